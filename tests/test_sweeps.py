"""Sweeps without paths against the runs themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcore.descent import descend
from convcore.objectives import LeastSquares, Quadratic
from convcore.schedules import SCHEDULES, Constant, LinearDecay, OpenLoop, QuadraticDecay
from convcore.sweeps import sweep_losses, sweep_steps

OPEN = [kind() for _, kind in SCHEDULES if issubclass(kind, OpenLoop)]
RNG = np.random.default_rng(0)
ETAS = np.array([-0.2, 0.0, 1e-6, 0.1, 0.4, 0.7, 0.9, 1.1, 1.4])
PROBLEMS = {
    "one weight": Quadratic(2.0, -2.0, 5.0),
    "tilted bowl": Quadratic([[2, 0.5], [0.5, 1]], [-1, 0.3]),
    "saddle": Quadratic(np.diag([1.0, -0.5]), [1.0, 1.0]),
    "valley": Quadratic([[1, 1], [1, 1]], [-1, -1]),
    "slope": Quadratic(np.diag([1.0, 0.0]), [0.5, 2.0]),
    "least squares": LeastSquares(RNG.normal(size=(30, 3)), RNG.normal(size=30), ridge=0.1),
}


def brute_force(objective, start, etas, schedule, steps):
    """The paths (K+1, r, n) of plain descent, without any end."""
    w = np.broadcast_to(start, (len(etas), objective.n))
    path = [w]
    for f in schedule.factors(steps):
        w = w - (f * etas)[:, None] * (w @ objective.A + objective.b)
        path.append(w)
    return np.array(path)


@pytest.mark.parametrize("schedule", OPEN, ids=str)
@pytest.mark.parametrize("objective", PROBLEMS.values(), ids=PROBLEMS)
def test_losses_are_those_of_the_paths(objective, schedule):
    start = np.linspace(3, -2, objective.n)
    path = brute_force(objective, start, ETAS, schedule, 40)
    base = objective.value(objective.stationary)
    expected = objective.value(path) - base
    found = sweep_losses(objective, start, ETAS, schedule, 40)
    if objective.spectrum.drift.any():
        expected = expected - expected[0] + found[0]
    scale = np.abs(expected[0]).max() + abs(base)
    assert np.allclose(found, expected, rtol=1e-9, atol=1e-11 * scale)


@pytest.mark.parametrize("schedule", OPEN, ids=str)
@pytest.mark.parametrize("objective", PROBLEMS.values(), ids=PROBLEMS)
@pytest.mark.parametrize("tolerance", [0.3, 1e-3])
def test_steps_are_those_of_the_paths(objective, schedule, tolerance):
    start = np.linspace(3, -2, objective.n)
    s = objective.spectrum
    path = brute_force(objective, start, ETAS, schedule, 200)
    # The part of the start that lies along flat directions belongs to no error.
    away = np.linalg.norm((path @ s.vectors - s.centre)[..., s.values != 0], axis=-1)
    hit = away <= tolerance * away[0]
    expected = np.where(hit.any(axis=0), hit.argmax(axis=0), np.inf)
    if s.drift.any():
        expected = np.full(len(ETAS), np.inf)
    assert sweep_steps(objective, start, ETAS, schedule, 200, tolerance).tolist() == (
        expected.tolist()
    )


@given(st.integers(0, 10**6), st.sampled_from(OPEN))
def test_sweeps_agree_with_descend_on_random_bowls(seed, schedule):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 5))
    B = rng.normal(size=(n + 2, n))
    bowl = Quadratic(B.T @ B, rng.normal(size=n))
    start, top = rng.normal(size=n), bowl.spectrum.values[-1]
    etas = rng.uniform(0, 1.95 / top, size=7)
    run = descend(bowl, start, etas, schedule=schedule, steps=60)
    steps = sweep_steps(bowl, start, etas, schedule, 60, 0.01)
    assert steps.tolist() == run.steps_to(0.01, bowl.minimiser).tolist()
    losses = run.loss - bowl.value(bowl.minimiser)
    scale = np.abs(run.loss).max()
    assert np.allclose(sweep_losses(bowl, start, etas, schedule, 60), losses, atol=1e-12 * scale)


def test_a_thousand_step_sizes_are_as_one_by_one():
    bowl, etas = PROBLEMS["tilted bowl"], np.linspace(0.001, 1.2, 1000)
    for schedule in (Constant(), LinearDecay()):
        losses = sweep_losses(bowl, [3, -2], etas, schedule, 500)
        steps = sweep_steps(bowl, [3, -2], etas, schedule, 500)
        assert losses.shape == (501, 1000) and steps.shape == (1000,)
        for i in range(0, 1000, 97):
            alone = sweep_losses(bowl, [3, -2], etas[i], schedule, 500)[:, 0]
            assert losses[:, i] == pytest.approx(alone, rel=1e-12)
            assert steps[i] == sweep_steps(bowl, [3, -2], etas[i], schedule, 500)[0]


@pytest.mark.parametrize("schedule", [Constant(), LinearDecay(), QuadraticDecay()], ids=str)
@pytest.mark.parametrize("objective", PROBLEMS.values(), ids=PROBLEMS)
def test_overflow_is_held_at_the_largest_float(objective, schedule):
    etas = np.array([1e30, 1e160, 1e300])
    losses = sweep_losses(objective, np.full(objective.n, 7.0), etas, schedule, 400)
    assert np.isfinite(losses).all()
    if objective.spectrum.has_minimum:
        assert (losses >= 0).all() and (losses[1:] == np.finfo(float).max).any()


def test_a_start_at_the_stationary_point_needs_no_step_and_a_drift_never_arrives():
    for schedule in (Constant(), LinearDecay()):
        assert sweep_steps(PROBLEMS["one weight"], [1.0], ETAS, schedule).tolist() == [0] * 9
        assert (sweep_steps(PROBLEMS["slope"], [1, 1], ETAS, schedule) == math.inf).all()


def test_no_steps_and_one_step_are_sweeps_too():
    bowl = PROBLEMS["one weight"]
    assert sweep_losses(bowl, [4.0], [0.5, 1.0], steps=0).tolist() == [[9, 9]]
    assert sweep_losses(bowl, [4.0], 0.5, steps=1).tolist() == [[9], [0]]
    assert sweep_steps(bowl, [4.0], [0.5, 0.6], steps=1).tolist() == [1, math.inf]
    assert sweep_steps(bowl, [4.0], [0.5, 0.6], steps=0).tolist() == [math.inf, math.inf]
    assert sweep_steps(bowl, [4.0], [0.6], LinearDecay(), steps=0).tolist() == [math.inf]
