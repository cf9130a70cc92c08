"""Knobs: what they write can be read again, and nonsense gets one line."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    leaves,
    number,
    six_digits,
)
from convcore.labs import LABS, Lab
from convcore.setting import Setting

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
HUGE = Range("x", limits=(-math.inf, math.inf))


@dataclass(frozen=True)
class Still:
    pass


@dataclass(frozen=True)
class Moving:
    speed: Annotated[float, Range("speed", "metres a second", 0, 10)] = 2.0


@dataclass(frozen=True)
class Toy:
    size: Annotated[int, Whole("size", "", 1, 9)] = 3
    motion: Annotated[Still | Moving, Variant("motion", "", (("s", Still), ("m", Moving)))] = (
        Still()
    )
    points: Annotated[tuple[float, ...], Vector("points")] = field(default_factory=tuple)
    hidden: int = 7
    colour: Annotated[str, OneOf("colour", "", lambda toy: ("red", "blue")[: toy.size])] = "red"


@given(FLOATS)
def test_every_finite_number_survives_the_permalink(x):
    assert HUGE.read(HUGE.write(x)) == x


@given(st.integers(-(10**9), 10**9))
def test_every_whole_number_survives_the_permalink(x):
    knob = Whole("x", "", limits=(-1e9, 1e9))
    assert knob.read(knob.write(x)) == x and isinstance(knob.read(knob.write(x)), int)


@given(st.lists(FLOATS, max_size=50))
def test_every_vector_survives_the_permalink(xs):
    assert Vector("x").read(Vector("x").write(tuple(xs))) == tuple(xs)


@given(st.sets(st.sampled_from(["gd", "newton", "momentum"])))
def test_every_choice_of_several_survives_the_permalink(chosen):
    knob = Several("methods", "", ("gd", "newton", "momentum"))
    value = tuple(option for option in knob.choices(None) if option in chosen)
    assert knob.read(knob.write(value)) == value


@given(st.text())
def test_any_text_is_read_or_refused_in_one_line(text):
    for knob in (HUGE, Whole("n", "", 0, 9), Vector("v"), Text("t", limit=5), OneOf("o")):
        try:
            knob.read(text)
        except ValueError as error:
            assert str(error) and "\n" not in str(error) and len(str(error)) < 300


def test_numbers_are_written_without_an_idle_zero():
    assert [HUGE.write(x) for x in (1.0, 0.1, -2.5, 1e300)] == ["1", "0.1", "-2.5", "1e+300"]
    assert Whole("n").write(3.0) == "3"
    assert (six_digits(0.7), six_digits(1e-9), six_digits(-3.0)) == ("0.7", "1e-09", "-3")


def test_vectors_take_commas_blanks_and_typeset_minus_signs():
    assert Vector("v").read("1, −2;3\n 4") == (1, -2, 3, 4)
    assert Vector("v").read("  ") == ()
    assert number("−1.5") == -1.5


@pytest.mark.parametrize(
    "knob, text, message",
    [
        (HUGE, "banana", "'banana' is not a number"),
        (HUGE, "nan", "not a finite number"),
        (HUGE, "1e999", "not a finite number"),
        (Range("x"), "2", "2 is outside 0 to 1"),
        (Range("x"), "1.0000001", "1.0000001 is outside 0 to 1"),
        (Whole("n", "", 0, 9), "1.5", "1.5 is not a whole number"),
        (Text("t", limit=3), "abcd", "longer than 3"),
        (Vector("v", limit=2), "1 2 3", "3 numbers are too many; at most 2"),
        (OneOf("o", "", ("a", "b")), "c", "'c' is none of a, b"),
        (OneOf("o", "", ("", "a", "b")), "c", "'c' is none of a, b"),
        (Several("o", "", ("a", "b")), "a|c", "'c' is none of a, b"),
        (Variant("v", "", (("s", Still),)), "x", "'x' is none of s"),
    ],
)
def test_nonsense_is_named_in_the_error(knob, text, message):
    with pytest.raises(ValueError, match=message):
        knob.read(text)


def test_limits_may_be_wider_than_the_slider():
    assert Range("x", limits=(-5, 5)).read("-4") == -4
    assert Range("x").bounds == (0, 1) and Range("x", limits=(-5, 5)).bounds == (-5, 5)


def test_choices_may_depend_on_their_owner_and_have_names():
    knob = OneOf("colour", "", lambda toy: ("red", "blue")[: toy.size], (("red", "Red"),))
    assert knob.read("blue", Toy(size=2)) == "blue"
    with pytest.raises(ValueError, match="none of red"):
        knob.read("blue", Toy(size=1))
    assert (knob.name_of("red"), knob.name_of("blue")) == ("Red", "blue")


def test_knobs_come_in_the_order_of_the_fields_without_those_that_have_none():
    assert list(knobs(Toy)) == ["size", "motion", "points", "colour"]
    assert isinstance(knobs(Toy)["size"], Whole)
    assert knobs(Still) == {}


def test_defaults_are_found_however_they_are_made():
    assert (default(Toy, "size"), default(Toy, "points"), default(Toy, "motion")) == (
        3,
        (),
        Still(),
    )


def test_leaves_reach_into_variants():
    paths = [path for path, *_ in leaves(Toy(motion=Moving(5)))]
    assert paths == ["size", "motion", "motion.speed", "points", "colour"]
    owners = {path: owner for path, _, _, owner in leaves(Toy(motion=Moving(5)))}
    assert owners["motion.speed"] == Moving(5) and owners["size"] == Toy(motion=Moving(5))


def test_a_variant_is_read_as_its_default_and_written_by_its_key():
    knob = knobs(Toy)["motion"]
    assert isinstance(knob, Variant)
    assert knob.read("m") == Moving() and knob.write(Moving(9)) == knob.key(Moving(9)) == "m"


def test_the_plain_knob_is_text_and_an_upload_is_its_name():
    assert Knob("x").read("as it is") == "as it is" and Knob("x").write(3) == "3"
    assert UploadKnob("file").write(type("File", (), {"name": "a.csv"})) == "a.csv"


def test_a_field_error_knows_its_field():
    error = FieldError("eta", "eta must be finite.")
    assert (error.field, str(error)) == ("eta", "eta must be finite.") and isinstance(
        error, ValueError
    )


def on_the_page(kind: type[Setting], value: Setting) -> Iterator[str]:
    """The labels of the controls that are shown at once."""
    for name in kind.first or knobs(kind):
        knob = knobs(kind)[name]
        yield knob.label
        if isinstance(knob, Variant):
            inner = getattr(value, name)
            yield from on_the_page(type(inner), inner)


@pytest.mark.parametrize("kind", LABS, ids=lambda kind: kind.key)
def test_at_most_seven_controls_are_shown_at_once_and_the_step_size_is_the_first(
    kind: type[Lab],
) -> None:
    labels = list(on_the_page(kind, kind()))
    assert labels[0].startswith("step size η")
    assert len(labels) <= 7 and len(set(labels)) == len(labels)
