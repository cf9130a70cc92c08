"""Lab values drawn from their knobs: every lab, present or to come, is fuzzed by the same few lines."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from convcore.datasets import Upload as File
from convcore.knobs import (
    FieldError,
    Knob,
    OneOf,
    Range,
    Several,
    Text,
    UploadKnob,
    Variant,
    Vector,
    Whole,
    default,
    knobs,
)
from convcore.labs import LABS, Lab

CSV = "x,y,label\n1,2.5,a\n2,3.5,b\n3,7,a\n4,8.25,b\n"
FILES = (
    CSV,
    "x;y\n" + "\n".join(f"{k},5;{k * k},25" for k in range(9)),  # decimal commas, numbers only
    "a\tb\tc\n" + "\n".join(f"{k}\t{k % 3}\t{7 - k}" for k in range(8)),  # c is 7 − a: rank 1
    "kind,far,near\n" + "\n".join(f"{'uvw'[k % 3]},{10**k},{k}e-9" for k in range(12)),
    "1,2,0\n2,1,1\n4,4,1\n1,-3,0\n",  # no header
    '"<b>","x|y","x|y"\n1,2,yes\n2,2,no\n3,5,yes\n',
)

SEEDS = st.integers(0, 2**32 - 1)  # for what NumPy draws; a failure shows the number


def often(few: int, many: int) -> settings:
    """How many values a test draws: few, the same ones at each run, or under `thorough` many new ones."""
    return settings(max_examples=few if settings().derandomize else many)


def labs(kind: type[Lab] | None = None, beyond: bool = True) -> st.SearchStrategy[Lab]:
    """Any value of a lab, or of any lab; `beyond` also draws what can only be typed or linked to.

    Fields that do not go together are put back to their defaults, as in a permalink.
    """
    kinds = [kind] if kind else list(LABS)
    return st.one_of([_values(k, beyond) for k in kinds])


@st.composite
def _values(draw: st.DrawFn, kind: type, beyond: bool) -> Any:
    values: dict[str, Any] = {}
    for name, knob in knobs(kind).items():
        # The options of a field can depend on those before it.
        owner = _standing(kind, values)
        values[name] = draw(_of(knob, owner, default(kind, name), beyond))
    return _standing(kind, values)


def _standing(kind: type, values: dict[str, Any]) -> Any:
    values = dict(values)
    while True:
        try:
            return kind(**values)
        except FieldError as error:
            # Not every error names a field of the value's own.
            values.pop(error.field if error.field in values else next(reversed(values)))


def _of(knob: Knob, owner: Any, usual: Any, beyond: bool) -> st.SearchStrategy[Any]:
    match knob:
        case OneOf() if not knob.choices(owner):
            return st.just(usual)  # the options are not known before a file is there
        case Whole(label="map resolution"):
            return st.integers(20, 25)  # a map of so many runs each way: the square of it is work
        case Whole():
            # Ten thousand steps of eight methods take a minute: tests of their labs have long runs.
            long = knob.label == "steps" and getattr(owner, "methods", ()) and owner.key != "many"
            low, high = knob.bounds if beyond and not long else (knob.low, knob.high)
            whole = st.integers(int(low), int(high))
            return whole | st.sampled_from([int(low), int(high), usual])
        case Range():
            low, high = knob.bounds if beyond else (knob.low, knob.high)
            inside = st.floats(knob.low, knob.high)
            marks = st.sampled_from([low, high, knob.low, knob.high, usual])
            return inside | marks | st.floats(low, high) | st.just(0.0 if low <= 0 <= high else low)
        case Variant():
            return st.one_of([_values(kind, beyond) for _, kind in knob.kinds])
        case Several():
            return st.sets(st.sampled_from(knob.choices(owner))).map(
                lambda chosen: tuple(o for o in knob.choices(owner) if o in chosen)
            )
        case OneOf():
            return st.sampled_from(knob.choices(owner))
        case Vector(label="hidden widths"):
            widths = st.lists(st.integers(1, 12).map(float), max_size=3).map(tuple)
            return st.just(usual) | widths
        case Vector():
            size = 1e12 if beyond else 10
            return st.just(usual) | st.lists(st.floats(-size, size), max_size=4).map(tuple)
        case Text():
            return st.just(usual) | _typed(knob) | st.text(max_size=min(knob.limit, 40))
        case UploadKnob():
            return st.just(usual) | st.sampled_from(FILES).map(lambda text: File("mine.csv", text))
        case _:
            raise TypeError(f"tests/draw.py cannot draw a {type(knob).__name__} yet")


def _typed(knob: Text) -> st.SearchStrategy[str]:
    """What a user would type into a field."""
    match knob.label:
        case "E =":
            return formulas(1) | formulas(2)
        case "points":
            return point_texts()
        case "matrix A":
            return matrices()
        case "more gaps":
            return st.sampled_from(["-999", "n/a, ?", "-1, 0"])
        case label:
            raise KeyError(f"tests/draw.py does not know what one types into {label!r}")


def formulas(n: int) -> st.SearchStrategy[str]:
    """A formula of one or two weights: polynomials, what the functions make of them, sums, quotients."""
    weights = ["w"] if n == 1 else ["x", "y"]
    numbers = st.integers(1, 9).map(str) | st.floats(0.01, 100).map(lambda x: f"{x:.3f}")
    leaves = st.sampled_from(weights) | st.builds(
        "{}*{}^{}".format, numbers, st.sampled_from(weights), st.sampled_from("1234")
    )
    calls = st.sampled_from(
        ["sin", "cos", "exp", "tanh", "log", "sqrt", "abs", "cosh", "atan", "sigmoid"]
    )
    wholes = st.recursive(
        leaves,
        lambda inner: (
            st.builds("{}({})".format, calls, inner)
            | st.builds("({}){}({})".format, inner, st.sampled_from("+-*/"), inner)
            | st.builds("({})^{}".format, inner, st.sampled_from(["2", "3", "4", "-1", "0.5"]))
        ),
        max_leaves=4,
    )
    # With each weight in it, and mostly held up by a bowl.
    bowls = st.sampled_from(["+".join(f"{w}^2" for w in weights), "+".join(weights)])
    return st.builds("{} + {}".format, bowls, wholes)


@st.composite
def point_texts(draw: st.DrawFn) -> str:
    """Lines of points and labels: ties, points in one place, a single class among them."""
    p = draw(st.integers(1, 2))
    place = st.integers(-4, 4).map(str) | st.floats(-1e6, 1e6).map(repr)
    line = st.tuples(*[place] * p, st.sampled_from("+-")).map(" ".join)
    return "\n".join(draw(st.lists(line, min_size=1, max_size=12)))


@st.composite
def matrices(draw: st.DrawFn) -> str:
    """A square matrix as a user types it: mostly small whole numbers, singular ones among them."""
    n = draw(st.integers(2, 5))
    entry = st.integers(-3, 3).map(str) | st.floats(-1e3, 1e3).map(repr)
    row = st.lists(entry, min_size=n, max_size=n).map(", ".join)
    rows = draw(st.lists(row, min_size=n, max_size=n))
    return "\n".join(rows)
