"""Exercises on the page: asked by a link, answered, explained, and back from the lab of a hint."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from convcore.exercises import EXERCISES, other_numbers, task
from convcore.labs import OneWeight
from tests.number_controls import number
from tests.test_page import complaints, lab_in_link, link, nothing_in_the_log, page, stands

__all__ = ["nothing_in_the_log"]


def exercise(n: int, numbers: int = 0) -> AppTest:
    return page({"exercise": str(n), "numbers": str(numbers)})


def answer(at: AppTest, text: str) -> str:
    """What is said to an answer."""
    at.main.text_input[0].set_value(text)
    next(b for b in at.main.button if b.label == "Check").click().run()
    assert not at.exception
    return next(m.value for m in at.main.markdown if "role=" in m.value)


def press(at: AppTest, name: str) -> None:
    at.button(key=f"exercise.{name}").click().run()
    assert not at.exception


def everything(at: AppTest) -> str:
    """All words on the page."""
    return " ".join([*(m.value for m in at.main.markdown), *(h.proto.body for h in at.get("html"))])


@pytest.mark.parametrize("n", range(1, len(EXERCISES) + 1))
def test_every_exercise_opens_by_its_link_and_takes_its_answer(n: int) -> None:
    at = exercise(n)
    assert not at.exception and not at.warning and not at.get("vega_lite_chart")
    assert link(at) == {"exercise": str(n), "numbers": "0"}
    assert EXERCISES[n - 1].name in at.main.markdown[0].value
    assert not at.sidebar.button
    said = answer(at, str(task(n).answer))
    assert "green-badge[right]" in said
    assert any("1 of 1" in c.value for c in at.main.caption)


@pytest.mark.parametrize(
    ("factor", "word"), [(2, "Twice"), (0.5, "alf"), (-1, "sign"), (7.77, "hint")]
)
def test_a_wrong_answer_is_told_what_is_wrong(factor: float, word: str) -> None:
    at = exercise(2)
    said = answer(at, str(factor * task(2).answer))
    assert "orange-badge[not yet]" in said and word in said
    assert any("0 of 1" in c.value for c in at.main.caption)


def test_what_is_no_number_is_asked_again_and_does_not_count() -> None:
    at = exercise(2)
    said = answer(at, "<b>*much*</b>")
    assert "number" in said and "badge" not in said
    assert not at.main.caption


def test_new_numbers_are_in_the_link_and_ask_anew() -> None:
    at = exercise(3)
    answer(at, "7")
    press(at, "new")
    seed = other_numbers(3, 0)
    assert link(at) == {"exercise": "3", "numbers": str(seed)}
    assert not any("badge" in m.value for m in at.main.markdown)
    assert "green" in answer(at, str(task(3, seed).answer))
    press(at, "Next")
    assert link(at) == {"exercise": "4", "numbers": str(seed)}
    press(at, "Leave")
    stands(at)
    assert "exercise" not in link(at)


@pytest.fixture
def all_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """All drawers are open: nobody can click on one here."""
    monkeypatch.setattr("convcore.page.state.is_open", lambda drawer: True)


def test_hint_solution_and_key_are_not_there_before_they_are_opened() -> None:
    at = exercise(4)
    held = task(4)
    assert held.answer_text not in everything(at)
    assert not any(b.key == "exercise.lab" for b in at.button) and not at.get("download_button")


def test_who_sees_the_solution_first_has_no_point_for_it(all_open: None) -> None:
    at = exercise(4)
    said = everything(at)
    assert '<p class="asks">34.87 %</p>' in said and "|0.9|<sup>10</sup>" in said
    assert "green" in answer(at, "34.87 %")
    assert any("0 of 1" in c.value for c in at.main.caption)


def test_the_hint_opens_the_lab_with_the_numbers_and_there_is_a_way_back(all_open: None) -> None:
    at = exercise(2, 3)
    press(at, "lab")
    stands(at)
    assert lab_in_link(at) == task(2, 3).lab and not complaints(at)
    held = link(at)
    assert held["exercise"] == "2" and held["numbers"] == "3"
    assert "where is w" in re.sub("<.*?>", "", everything(at)).lower()
    number(at, "one.eta").set_value(0.123).run()
    assert link(at)["eta"] == "0.123" and link(at)["exercise"] == "2"
    # Reset brings the exercise's numbers back, and the link alone has all this.
    next(b for b in at.button if b.label == "Reset").click().run()
    assert link(at) == held
    again = page(held)
    stands(again)
    assert link(again) == held
    press(again, "back")
    assert link(again) == {"exercise": "2", "numbers": "3"} and not again.get("vega_lite_chart")


def test_another_lab_or_a_claim_leaves_the_exercise() -> None:
    at = exercise(2)
    at.selectbox(key="experiment").set_value(8).run()
    stands(at)
    assert link(at)["claim"] == "8" and "exercise" not in link(at)
    at.selectbox(key="experiment").set_value("exercise 9").run()
    assert not at.exception and link(at) == {"exercise": "9", "numbers": "0"}
    assert at.selectbox(key="experiment").value == "exercise 9"


def test_the_key_for_teachers_is_made_from_the_numbers_on_the_page(all_open: None) -> None:
    at = exercise(1, 3)
    names = [b.proto.label for b in at.get("download_button")]
    assert names[:3] == ["Exercises to print", "Answer key to print", "Answer key as JSON"]
    assert names[3].startswith("Moodle XML")
    assert any("numbers 3" in c.value for c in at.main.caption)


@pytest.mark.parametrize(
    "params",
    [
        {"exercise": "0"},
        {"exercise": "9" * 400},
        {"exercise": "7", "numbers": "-1"},
        {"exercise": "<script>", "numbers": "1e9"},
    ],
)
def test_hostile_numbers_are_told_in_a_line(params: dict[str, str]) -> None:
    at = page(params)
    assert (
        not at.exception
        and len(at.warning) == 1
        and "<" not in at.warning[0].value.replace("\\<", "")
    )
    if "exercise" in link(at):
        assert link(at) == {"exercise": "7", "numbers": "0"}
    else:
        stands(at)
        assert lab_in_link(at) == OneWeight()
