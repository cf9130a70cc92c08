"""The race on the page: computed only when opened, and its button sets what the lab then bears out."""

from __future__ import annotations

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from convcore.labs import Lab
from convcore.session import permalink
from tests.test_page import lab_in_link, nothing_in_the_log, page, small_trainings, stands
from tests.test_tuning import counted, some_labs

__all__ = ["nothing_in_the_log", "small_trainings"]


def opened(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page of a lab with the drawer open; a test cannot click on its head."""
    monkeypatch.setattr("convcore.page.state.is_open", lambda drawer: True)
    at = page(permalink.write(lab))
    stands(at)
    return at


def offered(at: AppTest) -> tuple[str, int]:
    """The name of the best setting, and its steps, as the button says them."""
    found = re.fullmatch(
        r"(?:Use the best|In use): (.+) \((\d+) steps?\)", at.button("race.best").label
    )
    assert found
    return found[1], int(found[2])


@pytest.mark.parametrize("lab", some_labs()[::9], ids=lambda lab: lab.key)
def test_nothing_is_raced_before_the_drawer_is_opened(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unexpected(lab: Lab) -> None:
        raise AssertionError("raced unasked")

    monkeypatch.setattr("convcore.page.tuning._tuned", unexpected)
    stands(page(permalink.write(lab)))


@pytest.mark.parametrize("lab", some_labs()[1::3], ids=lambda lab: lab.key)
def test_after_the_button_the_lab_takes_the_steps_that_it_said(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = opened(lab, monkeypatch)
    buttons = [b for b in at.button if b.key == "race.best"]
    raced = lab.race()
    if raced.best is None:
        assert not buttons
        return
    name, took = offered(at)
    if not buttons[0].disabled:
        buttons[0].click().run()
    stands(at)
    after = lab_in_link(at)
    assert after == raced.best
    cells = raced.picture.tables["cells"]
    key = str(cells["who"][int(np.flatnonzero(cells["mark"] == "best")[0])])
    assert counted(after, key) == str(took)
    assert offered(at) == (name, took), "the best stays the best"
    assert at.button("race.best").disabled


def test_where_nothing_can_arrive_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    at = opened(some_labs()[0].__class__(a=-1.0), monkeypatch)
    assert any("Nothing to race" in m.value for m in at.markdown)
    assert not [b for b in at.button if b.key == "race.best"]
