"""Fixed step sizes as a dynamical system: closed forms on the well ¼(w² − 1)² (SCIENCE D)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from convcore.descent.descent import Status, descend
from convcore.objectives.gallery import BY_KEY
from convcore.sweeps.bifurcation import bifurcation, doubling, lyapunov, multiplier, narrowed

WELL = BY_KEY["well"].objective


def two_cycle(eta):
    """From f(u) = v, f(v) = u for f(w) = (1 + η)w − ηw³: u + v = √(1 + 3/η), v − u = √(1 − 1/η)."""
    total, apart = math.sqrt(1 + 3 / eta), math.sqrt(1 - 1 / eta)
    return sorted([(total - apart) / 2, (total + apart) / 2])


def turning_point(eta):
    """Where f′ = 0, the point whose orbit bounds all others: w² = (1 + η)/3η; (..., 1)."""
    return np.sqrt((1 + eta) / (3 * eta))[..., None]


@pytest.mark.parametrize("eta", [1.05, 1.1, 1.2, 1.23])
def test_two_cycles_are_those_of_their_closed_form(eta):
    orbit = bifurcation(WELL, [0.7], [eta], transient=3000)
    assert orbit.period.tolist() == [2] and orbit.status[0] is Status.CYCLING
    assert sorted(orbit.w[-2:, 0, 0]) == pytest.approx(two_cycle(eta), abs=1e-12)
    # the multiplier of the two-cycle is 9 − 2(1 + η)²
    assert multiplier(WELL, orbit, 2) == pytest.approx([9 - 2 * (1 + eta) ** 2], abs=1e-10)


def test_the_minimum_loses_stability_at_two_over_its_curvature():
    assert doubling(WELL, [0.7], 0.8, 0.95, 1) == pytest.approx(1, abs=1e-12)
    tilted = BY_KEY["tilted"]
    for (w,), start in zip(tilted.minima, ([-1.1], [1.0]), strict=True):
        limit = 2 / (3 * w**2 - 1)
        found = doubling(tilted.objective, start, 0.8 * limit, 0.95 * limit, 1)
        assert found == pytest.approx(limit, rel=1e-12)


def test_the_four_cycle_appears_at_root_five_minus_one():
    assert doubling(WELL, [0.7], 1.08, 1.2, 2) == pytest.approx(math.sqrt(5) - 1, abs=1e-12)
    before, after = bifurcation(WELL, [0.7], [1.23, 1.242], transient=4000).period
    assert (before, after) == (2, 4)


def test_the_wells_merge_at_three_root_three_halves_minus_one():
    def crosses(etas):
        return descend(WELL, turning_point(etas), etas, steps=2).w[-1, :, 0] < 0

    low, high = narrowed(crosses, 1.3, 1.9)
    assert low == pytest.approx(1.5 * math.sqrt(3) - 1, abs=1e-14) and high - low < 1e-14


def test_everything_escapes_from_two_on():
    def escapes(etas):
        return descend(WELL, turning_point(etas), etas, steps=100).status == Status.DIVERGED

    low, high = narrowed(escapes, 1.5, 2.5)
    assert low <= 2 <= high and high - low < 1e-14


def test_orbits_stay_in_their_well_before_the_merging_and_visit_both_after():
    before, after = bifurcation(WELL, [0.7], [1.59, 1.62], transient=1000, kept=400).w[..., 0].T
    assert (before > 0).all() and (after > 0).any() and (after < 0).any()


def test_chaos_is_told_by_neighbours_that_part():
    etas = [0.5, 1.1, 1.25, 1.29, 1.31, 1.5, 1.9]
    growth = lyapunov(WELL, bifurcation(WELL, [0.7], etas, transient=2000, kept=400))
    assert (growth[:4] < 0).all() and (growth[4:] > 0.01).all()
    # at η = ½ the factor at the minimum is 1 − 2η = 0; near it the growth is log|1 − 2η|
    near = lyapunov(WELL, bifurcation(WELL, [0.7], [0.4], transient=500))
    assert near == pytest.approx([math.log(0.2)], abs=1e-9)


def test_periods_along_the_cascade_double():
    etas = [0.9, 1.1, 1.25, 1.29, 1.3]
    assert bifurcation(WELL, [0.7], etas, transient=4000).period.tolist() == [1, 2, 4, 8, 16]


def test_a_fixed_step_size_that_jumps_is_never_called_converged():
    orbit = bifurcation(WELL, [0.7], np.linspace(1.01, 1.99, 300))
    assert not (orbit.status == Status.CONVERGED).any()


def test_what_escapes_is_called_diverged():
    orbit = bifurcation(WELL, [0.7], np.linspace(2.05, 6, 50))
    assert (orbit.status == Status.DIVERGED).all() and not orbit.stays.any()
    assert np.isfinite(orbit.w).all() and np.abs(orbit.w).max() < 1e100


def test_blocks_and_starts_of_their_own_change_nothing():
    etas = np.linspace(0.5, 2.1, 450)
    whole = bifurcation(WELL, [0.7], etas, transient=200, kept=10)
    alone = bifurcation(WELL, np.full((1, 1), 0.7), etas[301:302], transient=200, kept=10)
    assert whole.w[:, 301:302].tolist() == alone.w.tolist()
    threads = bifurcation(WELL, [0.7], etas, transient=200, kept=10, workers=2)
    assert threads.w.tolist() == whole.w.tolist()


def test_narrowing_needs_a_change():
    with pytest.raises(ValueError, match="needs a change"):
        narrowed(lambda x: x > 5, 0, 1)
