"""What tells how a run ended, on orbits whose periods are known (SCIENCE D)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from convcore.descent.criteria import PERIODS, is_closing_in, is_wandering, periods
from convcore.descent.descent import Status, descend
from convcore.objectives.gallery import BY_KEY

WELL = BY_KEY["well"].objective
DOUBLES = math.sqrt(5) - 1  # where the 2-cycle of the well becomes a 4-cycle
CHAOS = 1.3023


def orbit(p, steps=400, rate=0.0):
    """A made-up path (K+1, 1, 1) around p fixed points, on which a distance shrinks by `rate`."""
    k = np.arange(steps + 1)
    places = np.random.default_rng(p).normal(size=p)
    return (places[k % p] + rate**k if rate else places[k % p])[:, None, None]


@pytest.mark.parametrize("p", [2, 3, 4, 5, 8, 12, 32, PERIODS])
def test_a_cycle_has_its_own_period_and_no_multiple(p):
    assert periods(orbit(p)).tolist() == [p]
    assert periods(orbit(p, rate=0.9)).tolist() == [p]


def test_what_never_repeats_has_no_period():
    assert periods(orbit(2, rate=0.999)).tolist() == [0]
    angle = np.arange(500)[:, None, None] * math.sqrt(2)
    assert periods(np.cos(angle)).tolist() == [0]


def test_a_rest_of_alternate_sign_does_not_double_a_period():
    # (−μ)^k falls away by 1 − μ² after two rounds of 2, and by 1 + μ after one
    k = np.arange(2001)
    for mu in (0.99, 0.999):
        w = np.where(k % 2, 1.0, -1.0) + 0.1 * (-1.0) ** (k // 2) * mu**k
        for end in range(200, 2001, 100):
            assert periods(w[:end, None, None])[0] in (0, 2)


@pytest.mark.parametrize("steps", [600, 2000, 6000])
def test_no_period_is_doubled_just_below_a_doubling(steps):
    below = DOUBLES - np.geomspace(1e-7, 1e-2, 60)
    assert set(descend(WELL, [0.7], below, steps=steps).period.tolist()) <= {0, 2}
    above = DOUBLES + np.geomspace(1e-5, 1e-2, 60)
    assert set(descend(WELL, [0.7], above, steps=steps).period.tolist()) <= {0, 4}


@pytest.mark.parametrize("steps", [500, 1000, 2000])
def test_runs_that_close_in_on_a_cycle_are_under_way_and_not_called_bounded(steps):
    # Within these the rounds shrink so slowly that many runs have not settled at the end.
    etas = np.concatenate(
        [np.linspace(1.0005, DOUBLES - 1e-4, 200), np.linspace(DOUBLES + 2e-3, 1.29, 100)]
    )
    run = descend(WELL, [0.7], etas, steps=steps)
    assert set(run.status.tolist()) <= {Status.CYCLING, Status.OUT_OF_STEPS}


def test_rounds_do_shrink_where_a_run_is_said_to_be_under_way():
    run = descend(WELL, [0.7], DOUBLES - np.geomspace(1e-5, 1e-3, 40), steps=500)
    assert (run.status == Status.OUT_OF_STEPS).all()
    # w after 2 steps, at three times of the run
    early, later, last = (np.abs(run.w[k] - run.w[k - 2]) for k in (200, 350, 500))
    assert (later < early).all() and (last < later).all()


def test_chaos_is_still_called_bounded():
    etas = np.linspace(CHAOS + 0.05, 1.99, 200)
    run = descend(WELL, [0.7], etas, steps=1000)
    settled = np.isin(run.status, [Status.CYCLING, Status.BOUNDED])
    assert settled.mean() > 0.97 and (run.status == Status.BOUNDED).mean() > 0.85
    chaotic = run.w[:, run.status == Status.BOUNDED]
    assert not is_closing_in(chaotic).any()


def test_rounds_that_shrink_are_seen_at_any_period():
    for p in (2, 3, 5, 7):
        assert is_closing_in(orbit(p, 600, 0.995)).all()
        assert not is_closing_in(orbit(p, 600)).any()
    assert not is_closing_in(orbit(2, 60, 0.99)).any()  # too short to tell


def test_a_loss_with_a_trend_does_not_wander():
    k = np.arange(1000)
    noise = np.random.default_rng(0).uniform(size=1000)
    assert is_wandering(noise[:, None]).all()
    assert not is_wandering((np.exp(-k / 100) * noise)[:, None]).any()
    assert not is_wandering(np.exp(-k / 100)[:, None]).any()
