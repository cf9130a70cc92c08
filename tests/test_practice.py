"""Exercises in links, and the letters of their formulas."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcore.exercises import EXERCISES, MOST, task
from convcore.exercises.typeset import formula_html, lines_html
from convcore.labs import OneWeight
from convcore.session.pinned import Pin
from convcore.teaching import link as links
from convcore.teaching.practice import Practice
from tests.draw import often
from tests.test_exercises import Tags

numbers = st.integers(1, len(EXERCISES))
HOSTILE = [
    "",
    "0",
    "31",
    "-1",
    "1.5",
    "abc",
    "٧",
    "７",
    "1e3",
    "9" * 5000,
    "0x1",
    "1_0",
    "²",
    "<b>",
    "None",
]


@given(numbers, st.integers(0, MOST))
@often(5, 100)
def test_an_exercise_survives_its_link(number: int, seed: int) -> None:
    link, lines = links.read({"exercise": f"{number}", "numbers": f"{seed}", "utm_source": "x"})
    assert link.exercise == Practice(number, seed) and not lines
    assert link.lab == task(number, seed).lab and not link.slide and link.claim is None
    assert links.write(link) == {"exercise": f"{number}", "numbers": f"{seed}"}
    # In the lab of its hint the link has both.
    there = links.Link(link.lab, exercise=Practice(number, seed, in_lab=True))
    assert links.read(links.write(there)) == (there, [])


def test_an_exercise_keeps_the_pins_and_leaves_the_rest() -> None:
    link = links.Link(task(7).lab, None, (Pin("one", OneWeight()),), exercise=Practice(7))
    assert links.read(links.write(link)) == (link, [])
    assert links.read({"exercise": "7", "view": "chart", "eta": "3"})[0].exercise == Practice(7)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_such_exercise_and_no_such_numbers_get_a_line(text: str) -> None:
    link, lines = links.read({"exercise": text})
    assert link.exercise is None and link.lab == OneWeight() and len(lines) == 1
    assert len(lines[0]) < 120 and "1 to 30" in lines[0]
    link, lines = links.read({"exercise": "7", "numbers": text})
    if text in ("", "0", "31"):
        assert link.exercise == Practice(7, int(text or 0)) and not lines
    else:
        assert link.exercise == Practice(7) and len(lines) == 1 and len(lines[0]) < 120


def test_numbers_without_an_exercise_are_passed_over() -> None:
    assert links.read({"numbers": "5", "claim": "3"}) == links.read({"claim": "3"})


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("w₁ = 2", "<i>w</i><sub>1</sub> = 2"),
        ("|0.9|¹⁰", "|0.9|<sup>10</sup>"),
        ("w^(p − 1)", "<i>w</i><sup><i>p</i> − 1</sup>"),
        ("ηₒₚₜ < 2/λₘₐₓ", "<i>η</i><sub>opt</sub> &lt; 2/<i>λ</i><sub>max</sub>"),
        ("½wᵀAw is a line", "½<i>w</i><sup>T</sup><i>Aw</i> is a line"),
        ("A is ln 2", "<i>A</i> is ln 2"),
        ("A table: Newton's", "A table: Newton&#x27;s"),
    ],
)
def test_letters_of_formulas_lean_and_words_do_not(text: str, made: str) -> None:
    assert formula_html(text) == made


@pytest.mark.parametrize("number", range(1, len(EXERCISES) + 1))
def test_what_is_set_says_the_same(number: int) -> None:
    held = task(number, 3)
    for line in (*held.given, held.asks, held.hint, *held.solution, held.answer_text):
        said = Tags(lines_html([line])).said
        plain = re.sub(r"\^\(([^()]*)\)", r"\1", line)
        for word in re.findall(r"[A-Za-z]{3,}", plain):
            assert word in said


@given(st.text(max_size=60))
@often(100, 2000)
def test_any_text_is_set_without_markup_of_its_own(text: str) -> None:
    bare = re.sub(r"</?(?:i|sub|sup)>", "", formula_html(text))
    assert "<" not in bare and ">" not in bare
