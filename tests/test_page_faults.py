"""A run that fails as nobody foresaw: one line, the last good run, and the traceback in the log."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from convcore.cache import Cache
from convcore.labkit.study import Study
from convcore.labs import OneWeight
from convcore.page.main import NOT_COMPUTED
from tests.number_controls import number
from tests.test_page import lab_in_link, page, stands

ETA = "one.eta"


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convcore.page.compute.RESULTS", Cache(9))


def break_runs(monkeypatch: pytest.MonkeyPatch, fails: Any) -> None:
    """Let runs of "One weight" fail by a mistake where `fails(lab)`."""
    study = OneWeight.study

    def broken(lab: OneWeight, report: Any = None) -> Study:
        if fails(lab):
            raise ZeroDivisionError("by a mistake")
        return study(lab, report)

    monkeypatch.setattr(OneWeight, "study", broken)


def mistakes(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [r for r in caplog.records if r.name == "convcore.page.compute"]


def test_values_that_cannot_be_computed_leave_the_last_run_and_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    break_runs(monkeypatch, lambda lab: lab.eta > 1)
    at = page({"lab": "one", "eta": "0.3"})
    assert not at.warning and not mistakes(caplog)
    pictures = [chart.proto.spec for chart in at.get("vega_lite_chart")]
    before, sentence = lab_in_link(at), at.main.markdown[0].value

    number(at, ETA).set_value(1.26).run()
    stands(at)
    assert [line.value for line in at.warning] == [NOT_COMPUTED]
    assert [chart.proto.spec for chart in at.get("vega_lite_chart")] == pictures
    assert at.main.markdown[0].value == sentence
    assert lab_in_link(at) == before == OneWeight(eta=0.3)
    told = mistakes(caplog)[-1]
    assert told.exc_info and "by a mistake" in str(told.exc_info[1]) and "eta=" in told.getMessage()

    number(at, ETA).set_value(0.3).run()
    stands(at)
    assert not at.warning


def test_a_link_that_cannot_be_computed_shows_the_defaults(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    break_runs(monkeypatch, lambda lab: lab.eta > 1)
    at = page({"lab": "one", "eta": "3", "w0": "1"})
    stands(at)
    assert [line.value for line in at.warning] == [NOT_COMPUTED]
    assert lab_in_link(at) == OneWeight() and mistakes(caplog)


def test_a_pin_that_cannot_be_computed_is_left_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    break_runs(monkeypatch, lambda lab: lab.eta == 3)
    at = page({"lab": "one", "pins": "bad~one~eta~3"})
    stands(at)
    assert not at.warning and mistakes(caplog)
    assert any("not run yet" in text.value for text in at.main.markdown)


def test_where_not_even_the_defaults_can_be_computed_the_line_and_the_controls_stand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_runs(monkeypatch, lambda lab: True)
    at = page({"lab": "one"})
    assert not at.exception and [line.value for line in at.warning] == [NOT_COMPUTED]
    assert number(at, ETA).value


def test_a_race_that_fails_gets_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def race(lab: OneWeight) -> None:
        raise ZeroDivisionError("by a mistake")

    monkeypatch.setattr(OneWeight, "race", race)
    monkeypatch.setattr("convcore.page.state.is_open", lambda drawer: True)
    at = page({"lab": "one", "eta": "0.31"})
    stands(at)
    assert [line.value for line in at.warning] == ["This race could not be held."]
    assert mistakes(caplog)


def test_a_run_that_cannot_be_had_again_to_be_saved_gets_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[Any] = []

    def is_open(drawer: Any) -> bool:
        asked.append(drawer)
        return len(asked) == 3  # the drawers of the facts and of the race come before it

    break_runs(monkeypatch, lambda lab: bool(asked))
    monkeypatch.setattr("convcore.page.state.is_open", is_open)
    monkeypatch.setattr("convcore.page.compute.RESULTS", Cache(0))
    at = page({"lab": "one", "eta": "0.32"})
    stands(at)
    assert [line.value for line in at.warning] == ["This could not be computed again."]
    assert at.get("vega_lite_chart") and mistakes(caplog)
