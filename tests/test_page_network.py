"""The page of "A real network": what is not trained again."""

from __future__ import annotations

import pytest

from convcore.cache import Cache
from convcore.descent.descent import descend
from tests.number_controls import number
from tests.test_page import nothing_in_the_log, page, small_trainings, stands

__all__ = ["nothing_in_the_log", "small_trainings"]


def test_a_pinned_run_is_not_trained_again_as_controls_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = []

    def counted(*args, **more):
        begun.append(args)
        return descend(*args, **more)

    monkeypatch.setattr("convcore.labs.network.training.descend", counted)
    at = page({"lab": "network", "hidden": "3", "steps": "37"})
    next(b for b in at.button if b.label == "Pin this run").click().run()
    for seed in (1, 2, 3):
        # Only the session's own memory of its pins is left.
        monkeypatch.setattr("convcore.page.compute.RESULTS", Cache(9))
        forgetful = Cache(9)
        for module in ("settings", "study"):
            monkeypatch.setattr(f"convcore.labs.network.{module}.TRAININGS", forgetful)
        number(at, "network.seed").set_value(seed).run()
    stands(at)
    assert len(begun) == 4, "the pinned run, and once for each seed"
    (chart,) = at.get("vega_lite_chart")
    assert "pins" in [data.name for data in chart.proto.datasets]
