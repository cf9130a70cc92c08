"""Exercises: each answer is computed twice, and wrong answers are told as what they are."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convcore.claims import CLAIMS
from convcore.exercises import EXERCISES, MOST, Fault, Numbers, Task, other_numbers, task
from convcore.exercises.answers import check, read, slips
from convcore.exercises.key import as_json, entries
from convcore.exercises.moodle import moodle_xml
from convcore.exercises.paper import sheet
from convcore.labs import LABS, RoughGround
from convcore.session import permalink
from tests.draw import often
from tests.exercise_texts import ANSWERS

each = pytest.mark.parametrize(
    "number", range(1, len(EXERCISES) + 1), ids=lambda k: EXERCISES[k - 1].name
)
seeds = st.integers(1, MOST)
BASE = "https://example.org/app"


def variants(few: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The usual numbers, and some drawn ones: 50 in the thorough profile."""

    def tried(test: Callable[..., None]) -> Callable[..., None]:
        return often(few, 50)(given(seed=seeds)(example(seed=0)(test)))

    return tried


@each
@variants(3)
def test_an_answer_of_the_study_is_that_of_the_words(number: int, seed: int) -> None:
    held = task(number, seed)
    again = ANSWERS[EXERCISES[number - 1].name](held)
    # The text rounds its numbers to four digits.
    assert held.answer == pytest.approx(again, rel=3e-3, abs=0)
    if held.whole:
        assert held.answer == again
    assert math.isfinite(held.answer) and held.answer != 0
    assert check(held, again).right


@each
@variants(3)
def test_a_factor_2_a_sign_and_a_missing_half_are_told_as_such(number: int, seed: int) -> None:
    held = task(number, seed)
    x = held.answer
    cases = [(2 * x, Fault.TWICE, "wice"), (x / 2, Fault.HALF, "alf"), (-x, Fault.SIGN, "sign")]
    for wrong, fault, word in cases:
        reply = check(held, wrong)
        assert not reply.right and reply.fault in (fault, Fault.NO_HALF)
        assert word in reply.says or "½" in reply.says
    for slip in slips(held):
        reply = check(held, slip.value)
        assert not reply.right and reply.says == slip.says


# Those whose formula has a ½ that can be forgotten.
@pytest.mark.parametrize(
    "name",
    [
        "Taylor's ½",
        "One step to the minimum",
        "Newton at a saddle",
        "The catapult",
        "Quadratic decay",
    ],
)
def test_a_missing_half_has_words_of_its_own(name: str) -> None:
    number = next(k for k, exercise in enumerate(EXERCISES, 1) if exercise.name == name)
    held = task(number)
    (slip,) = (slip for slip in slips(held) if slip.fault is Fault.NO_HALF)
    reply = check(held, slip.value)
    assert reply.fault is Fault.NO_HALF and re.search("½|second derivative", reply.says)


@each
@variants(2)
def test_an_exercise_reads_well_and_its_link_opens_its_lab(number: int, seed: int) -> None:
    held = task(number, seed)
    lab, lines = permalink.read(
        dict(parse_qsl(held.link().lstrip("?"), keep_blank_values=True)), LABS
    )
    assert lab == held.lab and not lines
    texts = [*held.given, held.asks, held.hint, *held.solution, *(s.says for s in slips(held))]
    for text in texts:
        assert text and not re.search(r"\bnan\b", text) and "∞" not in text and len(text) < 260
        assert not re.search(r"\+ −|− −|\be-?\d|\d-\d", text)
    assert held.answer_text.split()[0].rstrip("%") in held.solution[-1] + " ".join(held.solution)
    assert held.asks.endswith("?")


def test_the_exercises_follow_the_lecture_and_practise_its_claims() -> None:
    names = [exercise.name for exercise in EXERCISES]
    assert len(set(names)) == len(names) >= 25 and ANSWERS.keys() == set(names)
    topics = [exercise.topic for exercise in EXERCISES]
    assert len(set(topics)) == 1 + sum(a != b for a, b in itertools.pairwise(topics))
    claims = {claim.number for claim in CLAIMS} | {0}
    assert {exercise.claim for exercise in EXERCISES} <= claims


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("Three steps", 27), ("How many steps", 6901), ("Newton on cosh", 4.011398),
        ("Newton in a circle", 1),
        ("Newton on powers", -8), ("Each weight its own", 0.008), ("Steps at the best η", 346),
        ("Quadratic decay", 63.6619772), ("Exponential decay", 28.8788095), ("Linear decay", 1.7839011),
        ("The perceptron's mistakes", 18), ("The limit of momentum", 0.75),
        ("The best momentum", 0.4026055),
        ("One η for all", 1.0526316), ("Newton to the maximum", 5**-0.5), ("The size of a Hessian", 80),
    ],
)  # fmt: skip
def test_the_usual_numbers_are_published_ones(name: str, answer: float) -> None:
    number = next(k for k, exercise in enumerate(EXERCISES, 1) if exercise.name == name)
    assert task(number).answer == pytest.approx(answer, rel=1e-4)


@each
def test_new_numbers_are_others_and_the_same_seed_brings_the_same(number: int) -> None:
    following = other_numbers(number, 0)
    assert task(number, following).given != task(number).given
    again = EXERCISES[number - 1].make(Numbers(following))
    assert again == task(number, following)


@given(seed=seeds)
@often(3, 50)
def test_a_catapult_comes_down_again(seed: int) -> None:
    number = next(k for k, exercise in enumerate(EXERCISES, 1) if exercise.name == "The catapult")
    lab = task(number, seed).lab
    assert isinstance(lab, RoughGround)
    run = lab.study().run.path
    assert run.loss[1] > run.loss[0] and run.loss[-1] < run.loss.max() / 10 and not run.gone
    assert abs(run.w[-1, 0]) < abs(run.w[0, 0])


PLAIN = task(2)
COUNT = task(5)
SHARE = task(4)


@pytest.mark.parametrize(
    ("text", "held", "x"),
    [
        ("27", PLAIN, 27), (" w₃ = 27 ", PLAIN, 27), ("w3=27", PLAIN, 27), ("−0.4", PLAIN, -0.4),
        ("–0,4", PLAIN, -0.4), ("1/3", PLAIN, 1 / 3), ("-1 / 3", PLAIN, -1 / 3), (".5", PLAIN, 0.5),
        ("2.5e-3", PLAIN, 0.0025), ("3·10⁻⁴", PLAIN, 3e-4), ("3 x 10^-4", PLAIN, 3e-4),
        ("1,234", PLAIN, 1.234), ("40 %", PLAIN, 0.4), ("6,901", COUNT, 6901), ("6,901 steps", COUNT, 6901),
        ("6901steps", COUNT, 6901),
        ("1 step", COUNT, 1), ("34.87 %", SHARE, 34.87), ("34,87", SHARE, 34.87), ("+3", PLAIN, 3),
    ],
)  # fmt: skip
def test_an_answer_is_read_as_people_write_it(text: str, held: Task, x: float) -> None:
    assert read(text, held) == pytest.approx(x, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "a", "1+1", "__import__('os')", "2**9", "1/0", "1e999", "nan", "inf", "3 GB", "3 4",
     "9" * 61,
     "1e99999999999999999999", "1/2/3", "--1", "w₃ ="],
)  # fmt: skip
def test_what_is_no_number_is_refused_in_a_line(text: str) -> None:
    with pytest.raises(ValueError) as refused:
        read(text, PLAIN)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 100


@given(st.text(max_size=80))
@often(200, 5000)
def test_any_text_is_a_number_or_refused_in_a_line(text: str) -> None:
    for held in (PLAIN, COUNT, SHARE):
        try:
            x = read(text, held)
        except ValueError as refused:
            assert len(str(refused)) < 100
        else:
            assert math.isfinite(x) and check(held, x).says


def test_near_is_not_right_and_a_count_is_whole() -> None:
    assert check(PLAIN, 27.2).right and not check(PLAIN, 27.5).right
    assert check(PLAIN, 27.5).fault is Fault.NEAR
    assert check(COUNT, 6900.85).fault is Fault.WHOLE
    assert check(COUNT, 6900).fault is Fault.ONE_OFF
    assert check(SHARE, 0.3487).fault is Fault.PERCENT
    assert check(PLAIN, 1e9).fault is Fault.OTHER


def test_the_key_as_json_has_all_and_full_links() -> None:
    held = entries(3)
    made = json.loads(as_json(held, BASE))
    assert [one["number"] for one in made] == [*range(1, len(EXERCISES) + 1)]
    for one, entry in zip(made, held, strict=True):
        assert one["answer"] == entry.task.answer and one["link"].startswith(f"{BASE}?lab=")
        assert one["wrong"] and all(
            {"value", "fault", "says"} == wrong.keys() for wrong in one["wrong"]
        )


class Tags(HTMLParser):
    """Checks that tags nest, and keeps the text and the links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.said, self.links = "", []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        self.links += [str(value) for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


@pytest.mark.parametrize("answers", [True, False])
def test_the_sheet_has_all_exercises_and_answers_only_in_the_key(answers: bool) -> None:
    held = entries(0)
    page = Tags(sheet(held, 0, BASE, answers))
    assert len(page.links) == (len(held) if answers else 0)
    for entry in held:
        assert f"{entry.number}. {entry.exercise.name}" in page.said
        assert entry.task.asks in page.said and all(line in page.said for line in entry.task.given)
        assert (entry.task.hint in page.said) == answers
    assert ("6,901 steps" in page.said) == answers


def test_moodle_xml_has_a_category_an_exercise_and_right_and_wrong_answers() -> None:
    chosen = (0, 1, 2)
    tree = ElementTree.fromstring(moodle_xml(chosen, BASE))
    assert tree.tag == "quiz"
    kinds = [question.get("type") for question in tree]
    assert kinds.count("category") == len(EXERCISES) and set(kinds) == {"category", "numerical"}
    held = {entry.task.asks: entry.task for seed in chosen for entry in entries(seed)}
    names = set()
    for question in tree.iterfind("question[@type='numerical']"):
        names.add(question.findtext("name/text"))
        asked = Tags(question.findtext("questiontext/text") or "").said
        Tags(question.findtext("generalfeedback/text") or "")
        assert any(asks in asked for asks in held)
        right, *wrong = question.findall("answer")
        assert right.get("fraction") == "100" and {answer.get("fraction") for answer in wrong} == {
            "0"
        }
        x, tolerance = (float(right.findtext(tag) or "nan") for tag in ("text", "tolerance"))
        assert 0 < tolerance < abs(x) and all(answer.findtext("feedback/text") for answer in wrong)
        for answer in wrong:
            assert abs(float(answer.findtext("text") or "nan") - x) > tolerance
        assert question.findtext("defaultgrade") == "1" and f"{BASE}?lab=" in question.findtext(
            "hint/text"
        )
    assert len(names) == len(kinds) - len(EXERCISES) >= 2 * len(EXERCISES)


@pytest.mark.parametrize(
    ("number", "seed"), [(0, 0), (len(EXERCISES) + 1, 0), (1, -1), (1, MOST + 1)]
)
def test_there_is_no_other_exercise_and_no_other_seed(number: int, seed: int) -> None:
    with pytest.raises((IndexError, ValueError)):
        task(number, seed)
