"""Lab values drawn from their knobs: every lab, present or to come, is fuzzed by the same few lines."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from convcore.datasets import Upload as File
from convcore.knobs import (
    FieldError,
    Knob,
    OneOf,
    Range,
    Several,
    Text,
    Upload,
    Variant,
    Vector,
    Whole,
    default,
    knobs,
)
from convcore.labs import LABS, Lab

CSV = "x,y,label\n1,2.5,a\n2,3.5,b\n3,7,a\n4,8.25,b\n"


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
        case Whole(label="cells"):
            return st.integers(20, 25)  # a map of so many runs each way: the square of it is work
        case Whole():
            low, high = knob.bounds if beyond else (knob.low, knob.high)
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
        case Vector():
            size = 1e12 if beyond else 10
            return st.just(usual) | st.lists(st.floats(-size, size), max_size=4).map(tuple)
        case Text():
            return st.just(usual) | matrices() | st.text(max_size=min(knob.limit, 40))
        case Upload():
            return st.just(usual) | st.just(File("mine.csv", CSV))
        case _:
            raise TypeError(f"tests/draw.py cannot draw a {type(knob).__name__} yet")


@st.composite
def matrices(draw: st.DrawFn) -> str:
    """A square matrix as a user types it: mostly small whole numbers, singular ones among them."""
    n = draw(st.integers(2, 5))
    entry = st.integers(-3, 3).map(str) | st.floats(-1e3, 1e3).map(repr)
    row = st.lists(entry, min_size=n, max_size=n).map(", ".join)
    rows = draw(st.lists(row, min_size=n, max_size=n))
    return "\n".join(rows)
