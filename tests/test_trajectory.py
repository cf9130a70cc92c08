"""The record of runs: what is kept of it, when runs converged, how it shows itself."""

from __future__ import annotations

import pickle
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore import Adam, DropOnPlateau, Function, LinearDecay, Momentum, Quadratic, descend
from convcore.separators.points import Points
from convcore.separators.sigmoid_unit import SigmoidUnit

BOWL = Quadratic([[1, 0.9], [0.9, 1]])
WELLS = Function("(x^2 - 1)^2/4 + y^2")
FIELDS = ("length", "status", "kind", "period", "ended")


@pytest.mark.parametrize("keep", ["losses", "last", 1, 3, 50])
@pytest.mark.parametrize(
    "how", [(None, None), (Momentum(0.5), LinearDecay()), (Adam(), DropOnPlateau())], ids=str
)
def test_what_is_kept_is_part_of_the_full_record_with_the_same_verdicts(
    keep: Any, how: Any
) -> None:
    optimizer, schedule = how
    rng = np.random.default_rng(len(str(keep)))
    start, eta = rng.normal(size=(3, 1, 2)), rng.uniform(0.05, 3, 4)
    steps = int(rng.integers(0, 60))
    full = descend(WELLS, start, eta, optimizer, schedule, steps)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("convcore.descent.descent.BLOCK", int(rng.integers(1, 5)) * 2 * (steps + 1))
        thin = descend(WELLS, start, eta, optimizer, schedule, steps, keep=keep)
    for name in FIELDS:
        assert getattr(thin, name).tolist() == getattr(full, name).tolist()
    going = np.arange(steps)[:, None, None] < full.ended  # after that the step sizes mean nothing
    assert thin.eta[going].tolist() == full.eta[going].tolist()
    assert thin.steps[0] == 0 and thin.steps[-1] == steps
    assert thin.w.tolist() == full.w[thin.steps].tolist()
    assert thin.loss.tolist() == full.loss[thin.loss_steps].tolist()
    assert len(thin.loss) == (steps + 1 if keep in ("losses", 1) else len(thin.w))
    assert thin.converged_at.tolist() == full.converged_at.tolist()
    assert pickle.loads(pickle.dumps(thin)).w.tolist() == thin.w.tolist()


def test_runs_of_different_objectives_are_kept_each_with_its_own() -> None:
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(5, 8, 2)), np.where(rng.random((5, 8)) < 0.5, 1.0, -1.0)
    unit = SigmoidUnit(x, labels)
    full = descend(unit, np.zeros((5, 3)), 0.5, steps=20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("convcore.descent.descent.BLOCK", 130)
        thin = descend(unit, np.zeros((5, 3)), 0.5, steps=20, keep="last")
    assert thin.w[-1] == pytest.approx(full.w[-1], rel=1e-12)
    assert thin.status.tolist() == full.status.tolist() and Points(x[0], labels[0])


def test_a_sweep_takes_the_memory_of_a_block_not_of_its_paths(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    A, etas, steps = np.diag(np.linspace(0.1, 1, 100)), np.linspace(0.1, 1.9, 100), 200
    block = 100 * (steps + 1) * 5  # five runs of the hundred, whose paths would take 16 MB
    monkeypatch.setattr("convcore.descent.descent.BLOCK", block)
    tracemalloc.start()
    run = descend(Quadratic(A), np.ones(100), etas, steps=steps, keep="losses")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert run.loss.shape == (steps + 1, 100) and run.w.shape == (2, 100, 100)
    assert peak < 8 * 6 * block  # some copies of a block
    assert run.loss[-1] == pytest.approx(
        0.5 * (np.diag(A) * (1 - np.multiply.outer(etas, np.diag(A))) ** (2 * steps)).sum(axis=-1)
    )


@given(st.floats(0.05, 0.95), st.floats(1e-6, 0.5))
@settings(max_examples=15)
def test_on_a_line_the_steps_to_a_tolerance_are_those_of_the_factor(
    factor: float, tolerance: float
) -> None:
    run = descend(Quadratic(1.0), [1.0], 1 - factor, steps=1500)
    needed = np.ceil(np.log(tolerance) / np.log(factor) - 1e-9)
    assert run.steps_to(tolerance, [0.0]) == needed
    assert run.steps_to(tolerance) == pytest.approx(needed, abs=1)
    assert run.converged_at == pytest.approx(np.ceil(np.log(1e-3) / np.log(factor)), abs=1)
    assert run.steps_to_loss(0.5 * tolerance**2 * (1 + 1e-9)) == pytest.approx(needed, abs=1)


def test_a_run_that_does_not_converge_never_did() -> None:
    run = descend(BOWL, [3, 2], [1, 1.5, 1e-4], steps=200)
    assert run.converged_at.tolist()[1:] == [np.inf, np.inf] and run.converged_at[0] < 100
    assert run.steps_to(1e-3).tolist()[1:] == [np.inf, np.inf]
    # Passing by on the way is not yet there: this run goes through 0 and comes back.
    back = descend(Quadratic(1.0), [1.0], 0.01, Momentum(0.95), steps=3000)
    assert back.converged_at > back.steps_to(0.01) and np.isfinite(back.converged_at)


def test_at_a_prompt_a_run_is_one_line() -> None:
    one, many = (
        descend(BOWL, [3, 2], 1, steps=300),
        descend(BOWL, [3, 2], [1, 1.5, 1e-4], steps=300),
    )
    assert repr(one).startswith(
        "<Trajectory of 300 steps, 2 weights: converged to a minimum; w = ("
    )
    assert repr(many) == (
        "<Trajectory of 3 runs (3,) of 300 steps, 2 weights: 1 converged, 1 diverged, 1 out of steps>"
    )
    for run in (one, many, descend(BOWL, [3, 2], steps=0), descend(BOWL, [3, 2], keep="last")):
        assert "\n" not in repr(run) and len(repr(run)) < 200


def test_in_a_notebook_runs_are_curves_and_a_table_in_the_colour_of_the_text() -> None:
    many = descend(BOWL, np.ones((5, 2)), np.linspace(0.1, 1.3, 4)[:, None], steps=50)
    page = many._repr_html_()
    assert page.count("<polyline") == page.count("<tr>") - 1 == 12 and "and 8 more" in page
    assert 'stroke="currentColor"' in page and "#" not in page
    assert str(many.outcome((0, 1))) in page
    for run in (descend(BOWL, [3, 2], steps=0), descend(BOWL, [0, 0]), descend(BOWL, [3, 2], 1e3)):
        assert "nan" not in run._repr_html_() and "inf" not in run._repr_html_()
    for keep in ("losses", "last", 7):
        assert "<polyline" in descend(BOWL, [3, 2], keep=keep)._repr_html_()
