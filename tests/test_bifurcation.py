"""Fixed step sizes as a dynamical system: closed forms on the well ¼(w² − 1)² (SCIENCE D)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from convcore.descent.descent import Status, descend
from convcore.objectives.gallery import BY_KEY
from convcore.sweeps.bifurcation import bifurcation, lyapunov

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
    # Once around, distances are multiplied by 9 − 2(1 + η)².
    growth = math.log(abs(9 - 2 * (1 + eta) ** 2)) / 2
    assert lyapunov(WELL, orbit) == pytest.approx([growth], abs=1e-9)


def test_the_minimum_loses_stability_at_two_over_its_curvature():
    tilted = BY_KEY["tilted"]
    cases = [(WELL, 1.0, [0.7])]
    cases += [
        (tilted.objective, w, start)
        for (w,), start in zip(tilted.minima, ([-1.1], [1.0]), strict=True)
    ]
    for objective, w, start in cases:
        limit = 2 / (3 * w**2 - 1)
        orbit = bifurcation(objective, start, limit * np.array([0.99, 1.01]), transient=4000)
        assert orbit.period.tolist() == [1, 2]
        # At the minimum an error is multiplied by 1 − ηE″ = 1 − 2η/limit: by −1 at the limit.
        assert lyapunov(objective, orbit)[0] == pytest.approx(math.log(0.98), abs=1e-9)


def test_the_four_cycle_appears_at_root_five_minus_one():
    # There 9 − 2(1 + η)² = −1: the two-cycle turns unstable.
    etas = (math.sqrt(5) - 1) * np.array([0.999, 1.001])
    assert bifurcation(WELL, [0.7], etas, transient=4000).period.tolist() == [2, 4]


def test_the_wells_merge_at_three_root_three_halves_minus_one():
    etas = (1.5 * math.sqrt(3) - 1) * np.array([1 - 1e-14, 1 + 1e-14])
    before, after = descend(WELL, turning_point(etas), etas, steps=2).w[-1, :, 0]
    assert after < 0 < before


def test_everything_escapes_from_two_on():
    etas = np.array([2 - 1e-14, 2 + 1e-14])
    run = descend(WELL, turning_point(etas), etas, steps=100)
    assert (run.status == Status.DIVERGED).tolist() == [False, True]


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
