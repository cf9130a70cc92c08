"""A lab as a URL and back; whatever a URL says, a lab comes of it, and a line for what is not."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Annotated, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore.claims import CLAIMS
from convcore.knobs import FieldError, OneOf, Range, Text, UploadKnob, Variant, Whole
from convcore.labkit.lab import Lab, Result
from convcore.labkit.study import Study, StudyJob
from convcore.labs import LABS, ManyWeights, Typed
from convcore.session import permalink
from tests.draw import labs as drawn


@dataclass(frozen=True)
class File:
    name: str = ""


@dataclass(frozen=True)
class Slow:
    pass


@dataclass(frozen=True)
class Fast:
    speed: Annotated[float, Range("speed", "", 1, 9)] = 2.0
    gears: Annotated[int, Whole("gears", "", 1, 9)] = 3

    def __post_init__(self) -> None:
        if self.gears == 8:
            return  # only the lab that holds it will refuse it
        if self.gears > self.speed + 5:
            raise FieldError("gears", "too many gears for this speed.")


@dataclass(frozen=True)
class Toy(Lab):
    low: Annotated[float, Range("low", "", 0, 10)] = 1.0
    high: Annotated[float, Range("high", "", 0, 10)] = 2.0
    pace: Annotated[Slow | Fast, Variant("pace", "", (("slow", Slow), ("fast", Fast)))] = Slow()
    column: Annotated[str, OneOf("column", "", lambda toy: ("a", "b", "c")[: int(toy.high)])] = "a"
    text: Annotated[str, Text("text", "", 20)] = "x"
    file: Annotated[File, UploadKnob("file")] = File()

    key: ClassVar[str] = "toy"
    title: ClassVar[str] = "Toy"

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise FieldError("low", "low must lie below high.")
        if getattr(self.pace, "gears", 0) == 8:
            raise FieldError("gears", "eight gears do not fit.")
        if getattr(self.pace, "speed", 0) == 5:
            raise FieldError("gears", "no gears fit this speed.")
        if self.text == "nobody's":
            raise FieldError("elsewhere", "a field of no one.")
        if self.text == "all wrong":
            raise ValueError("nothing here goes together.")

    @property
    def study_job(self) -> StudyJob[Study]:
        raise NotImplementedError

    def show(self, study) -> Result:
        raise NotImplementedError

    given = question = answer = show


@dataclass(frozen=True)
class Other(Toy):
    key: ClassVar[str] = "other"
    title: ClassVar[str] = "Other"


KINDS = [Toy, Other]


def read(**params: str):
    return permalink.read({name.replace("_", "."): text for name, text in params.items()}, KINDS)


@settings(max_examples=40)
@given(drawn())
def test_every_value_of_every_lab_survives_its_permalink(lab):
    params = permalink.write(lab)
    assert all(isinstance(text, str) for text in params.values())
    again, lines = permalink.read(params, [type(lab)])
    if not any("please choose it again" in line for line in lines):
        assert (again, lines) == (lab, [])


FOREIGN = ["utm_source", "fbclid", "gclid", "ref", "amp;eta", "Lab", "ETA", "_ga", "ünï", "etta"]


def test_names_of_others_are_passed_over_in_silence():
    rng = random.Random(30)
    ours = frozenset().union(*map(permalink.names, LABS)) | {"lab", "claim", "pins"}
    for _ in range(100):
        params = permalink.write(rng.choice(CLAIMS).lab)
        some = rng.sample(FOREIGN, rng.randint(0, 3)) + [
            "".join(rng.choices("abcxyz._-~", k=rng.randint(1, 12))) for _ in range(2)
        ]
        foreign = {
            name: rng.choice(["", "1.2", "newton", "∞"]) for name in some if name not in ours
        }
        mixed = list({**foreign, **params}.items())
        rng.shuffle(mixed)
        assert permalink.read(dict(mixed), LABS) == permalink.read(params, LABS)


def test_a_control_of_another_lab_is_told():
    _, lines = permalink.read({"lab": "one", "hidden": "3"}, LABS)
    assert lines == ["The link's 'hidden' is no control of One weight; it is ignored."]


def test_some_values_of_a_lab_are_replaced_and_another_choice_has_its_own_defaults():
    toy = Toy(3.0, 4.5, Fast(7.0))
    again, lines = permalink.read(permalink.over(toy, {"low": "2", "pace": "fast"}), KINDS)
    assert (again, lines) == (Toy(2.0, 4.5, Fast(7.0)), [])
    again, lines = permalink.read(permalink.over(toy, {"pace": "slow"}), KINDS)
    assert (again, lines) == (Toy(3.0, 4.5, Slow()), [])


def test_an_empty_url_is_the_first_lab_with_its_defaults():
    assert read() == (Toy(), [])
    assert read(lab="other") == (Other(), [])


def test_a_url_holds_the_whole_state():
    toy = Toy(3.0, 4.5, Fast(7.0), "b", "two words")
    assert permalink.write(toy) == {
        "lab": "toy",
        "low": "3",
        "high": "4.5",
        "pace": "fast",
        "pace.speed": "7",
        "pace.gears": "3",
        "column": "b",
        "text": "two words",
        "file": "",
    }
    assert permalink.read(permalink.write(toy), KINDS) == (toy, [])


@pytest.mark.parametrize(
    "params, expected, line",
    [
        ({"lab": "nowhere"}, Toy(), "no lab 'nowhere'"),
        ({"low": "banana"}, Toy(), "low is replaced by its default, 1: 'banana' is not a number"),
        ({"low": "1e999"}, Toy(), "not a finite number"),
        ({"high": "11", "low": "0.5"}, Toy(low=0.5), "11 is outside 0 to 10"),
        ({"pace": "fast", "pace.speed": "x"}, Toy(pace=Fast()), "pace.speed is replaced"),
        ({"pace.speed": "3"}, Toy(), "'pace.speed' is no control"),
        ({"pace": "fast", "pace.gears": "9"}, Toy(pace=Fast()), "too many gears"),
        ({"low": "5"}, Toy(), "low must lie below high"),
        ({"text": "all wrong", "low": "0"}, Toy(), "nothing here goes together"),
        (
            {"pace": "fast", "pace.gears": "8", "pace.speed": "7"},
            Toy(pace=Fast(speed=7.0)),
            "link's pace.gears is replaced by its default: eight gears do not fit",
        ),
        ({"pace": "fast", "pace.speed": "5", "low": "0"}, Toy(low=0.0), "link's pace is replaced"),
        ({"text": "nobody's", "low": "0"}, Toy(), "a field of no one"),
        (
            {"file": "my.csv"},
            Toy(file=File("my.csv")),
            "made with the file 'my.csv': please choose it again",
        ),
        ({"column": "c"}, Toy(), "'c' is none of a, b"),
    ],
)
def test_what_is_nonsense_is_replaced_and_told_in_one_line(params, expected, line):
    lab, lines = permalink.read(params, KINDS)
    assert lab == expected
    assert len(lines) == 1 and line in lines[0]


def test_a_bad_matrix_is_replaced_and_the_rest_of_its_problem_kept():
    params = {"lab": "many", "problem": "typed", "problem.matrix": "1, 2\n3", "problem.b": "1, 2"}
    lab, lines = permalink.read(params, LABS)
    assert lab == ManyWeights(problem=Typed(b=(1.0, 2.0)))
    assert lines == [
        "The link's problem.matrix is replaced by its default: "
        "Row 2 has 1 number but there are 2 rows: A must be square."
    ]


def test_fields_that_go_together_are_not_judged_before_all_are_read():
    # low = 5 lies above the default of high, and below the high that follows.
    assert read(low="5", high="8", column="c", text="y") == (Toy(5, 8, column="c", text="y"), [])


@given(
    st.dictionaries(st.sampled_from(list(permalink.write(Toy(pace=Fast())))) | st.text(), st.text())
)
def test_reading_never_fails(params):
    lab, lines = permalink.read(params, KINDS)
    assert isinstance(lab, Toy)
    assert all(lines) and all(len(line) < 400 for line in lines)


def test_a_wrong_field_is_not_blamed_on_the_others():
    lab, lines = read(low="9", text="kept", column="b")
    assert lab == Toy(column="b", text="kept")
    assert lines == ["The link's low is replaced by its default: low must lie below high."]
