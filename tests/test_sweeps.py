"""Sweeps without paths against the runs themselves."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcore.descent.descent import Status, descend
from convcore.descent.schedules import SCHEDULES, Constant, LinearDecay, OpenLoop, QuadraticDecay
from convcore.objectives.gallery import BY_KEY
from convcore.objectives.quadratics import LeastSquares, Quadratic
from convcore.optimizers import Momentum, PerCoordinate
from convcore.sweeps.sweeps import sweep_losses, sweep_schedules, sweep_steps

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


PINHOLE = BY_KEY["pinhole"].objective
SCHEDULED = [kind() for _, kind in SCHEDULES]
ETA0S = np.geomspace(0.05, 6.0, 23)


def end_of_a_plain_loop(start, eta0, schedule, steps):
    """The last w of plain descent on the pinhole bowl, a number at a time, as one writes it down."""
    w = start
    best, waited, f = math.inf, 0, 1.0
    for k in range(steps):
        E = math.sqrt(1 + w * w) - math.exp(-((w - 3) ** 2) / 0.32)
        slope = w / math.sqrt(1 + w * w) + (w - 3) / 0.16 * math.exp(-((w - 3) ** 2) / 0.32)
        if isinstance(schedule, OpenLoop):
            f = float(schedule.factors(steps)[k])
        else:
            if k == 0 or best - 1e-3 * abs(best) > E:
                best, waited = E, 0
            else:
                waited += 1
            if waited >= schedule.patience:
                waited, f = 0, f * schedule.by
        w = w - eta0 * f * slope
    return w


@pytest.mark.parametrize("schedule", SCHEDULED, ids=lambda s: s.label)
def test_a_sweep_over_schedules_ends_where_plain_loops_end(schedule):
    found = sweep_schedules(PINHOLE, [3.5], ETA0S, [schedule], [0.0], steps=60)
    ends = np.array([end_of_a_plain_loop(3.5, eta, schedule, 60) for eta in ETA0S])
    # Beyond 2ηₒₚₜ paths are chaotic: rounding grows from step to step.
    calm = np.isin(found.status[0], [Status.CONVERGED, Status.FROZEN]) | (ETA0S < 0.35)
    assert calm.sum() >= 5
    assert found.distance[0, calm] == pytest.approx(np.abs(ends[calm]), abs=1e-9)
    assert found.loss[0, calm] == pytest.approx(PINHOLE.value(ends[calm, None]), abs=1e-9)


def test_rows_are_schedules_and_columns_are_step_sizes():
    found = sweep_schedules(PINHOLE, [3.5], ETA0S, SCHEDULED, [0.0], steps=80)
    assert found.distance.shape == found.status.shape == (len(SCHEDULED), len(ETA0S))
    for i, plan in enumerate(SCHEDULED):
        run = descend(PINHOLE, [3.5], ETA0S, None, plan, 80)
        assert found.distance[i].tolist() == np.abs(run.w[-1, :, 0]).tolist()
        assert found.status[i].tolist() == run.status.tolist()


def test_quadratic_decay_freezes_as_far_out_as_its_closed_form_says():
    eta = np.array([0.1, 0.3, 0.5])
    found = sweep_schedules(Quadratic(1.0), [4.0], eta, [QuadraticDecay()], [0.0], steps=20_000)
    c = math.pi * np.sqrt(eta)
    assert found.distance[0] == pytest.approx(4 * np.sin(c) / c, rel=2e-4)
    assert (found.status == Status.FROZEN).all()


def test_runs_that_are_gone_are_infinitely_far():
    bowl = Quadratic(1.0)
    found = sweep_schedules(bowl, [1.0], [0.5, 2.5], [Constant(), LinearDecay()], [0.0], steps=200)
    assert np.isinf(found.distance).tolist() == [[False, True], [False, False]]
    assert found.loss[0, 1] == math.inf and found.status[0, 1] is Status.DIVERGED


def test_a_run_beyond_the_square_of_what_can_be_written_is_gone_without_a_word():
    flat = BY_KEY["logcosh"].objective  # of which a step by curvature leads ever further out
    found = sweep_schedules(flat, [3.45], [1.0], [Constant()], [0.0], PerCoordinate(), 2)
    assert np.isinf(found.distance).all()


def test_of_several_optima_the_nearest_counts():
    well = BY_KEY["well"].objective
    found = sweep_schedules(well, [-0.5], [0.1, 0.3], [Constant()], [[1.0], [-1.0]], steps=300)
    alone = sweep_schedules(well, [-0.5], [0.1, 0.3], [Constant()], [1.0], steps=300)
    assert found.distance[0] == pytest.approx([0, 0], abs=1e-9)
    assert alone.distance[0] == pytest.approx([2, 2], abs=1e-9)


def swept(workers=1, report=None, optimizer=None):
    etas = np.linspace(0.1, 4, 30)
    return sweep_schedules(
        PINHOLE, [3.5], etas, SCHEDULED[:4], [0.0], optimizer, 50, workers, report
    )


def test_the_numbers_of_a_sweep_are_the_same_whoever_computes_them(monkeypatch):
    alone = swept(optimizer=Momentum())
    monkeypatch.setattr("convcore.sweeps.sweeps.ETAS", 7)
    with ThreadPoolExecutor(2) as pool:
        for workers in (1, 2, -1, map, pool.map):
            other = swept(workers, optimizer=Momentum())
            assert other.distance.tolist() == alone.distance.tolist()
            assert other.status.tolist() == alone.status.tolist()
            assert other.kind.tolist() == alone.kind.tolist()
    with pytest.raises(ValueError, match="workers"):
        swept(0)


def test_dask_on_a_local_cluster_gives_the_same_sweep():
    distributed = pytest.importorskip("distributed")
    settings = {"n_workers": 1, "threads_per_worker": 2, "processes": False, "protocol": "tcp"}
    with distributed.Client(host="127.0.0.1", dashboard_address=None, **settings) as client:
        assert swept(client.get_executor().map).distance.tolist() == swept().distance.tolist()


def test_a_sweep_reports_at_each_step_and_can_be_stopped():
    for workers, least in ((1, 200), (2, 4), (map, 4)):
        told: list[float] = []
        swept(workers, told.append)
        assert told == sorted(told) and told[-1] == 1 and len(told) >= least

    class Stop(Exception):
        pass

    def stop(share):
        raise Stop

    for workers in (1, 2, map):
        with pytest.raises(Stop):
            swept(workers, stop)


def test_a_sweep_over_schedules_needs_something_to_sweep():
    with pytest.raises(ValueError, match="optimum"):
        sweep_schedules(PINHOLE, [1.0], [0.1], SCHEDULED, [0.0, 0.0])
    with pytest.raises(ValueError, match="at least one"):
        sweep_schedules(PINHOLE, [1.0], [0.1], [], [0.0])
