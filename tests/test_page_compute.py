"""Who goes first on the page, and what is built once for all of a class."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from convcore.charts.compose import Mark
from convcore.charts.picture import Template
from convcore.labs import OneWeight, RoughGround
from convcore.page import compute


class Clock:
    """A clock that only sleeping moves."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(compute, "time", clock)
    monkeypatch.setattr(compute, "_asked", 0.0)
    yield clock


def test_heavy_work_goes_on_where_nobody_asks(clock: Clock) -> None:
    compute.give_way(1.0)
    assert clock.now == 100.0


def test_heavy_work_waits_until_a_light_lab_has_had_its_time(clock: Clock) -> None:
    compute.at_hand(OneWeight(eta=0.123))
    compute.give_way(1.0)
    assert clock.now == pytest.approx(100 + compute.ANSWER, abs=compute.TURN)


def test_a_crowd_holds_heavy_work_up_for_twice_its_time_at_most(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compute, "_asked", 1e9)  # somebody always asks
    compute.give_way(1.0)
    assert clock.now == pytest.approx(102.0, abs=compute.TURN)


def test_what_takes_long_is_not_at_hand_and_holds_nobody_up(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RoughGround, "heavy", True)
    assert compute.at_hand(RoughGround(eta=0.4321)) is None
    compute.give_way(1.0)
    assert clock.now == 100.0


def test_a_class_that_comes_at_once_has_a_picture_built_once() -> None:
    built = []

    def build(width: int) -> Mark:
        built.append(width)
        time.sleep(0.05)
        return Mark({"values": []}).mark_point()  # type: ignore[arg-type, return-value]

    template = Template(build, "a picture")  # type: ignore[arg-type]
    class_ = [
        threading.Thread(target=template.spec, args=(640, theme)) for theme in ("light", "dark") * 4
    ]
    for visitor in class_:
        visitor.start()
    for visitor in class_:
        visitor.join()
    assert built == [640]
