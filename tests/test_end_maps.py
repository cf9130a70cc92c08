"""Maps of many runs against the runs themselves, and the same numbers whoever computes them."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from convcore.descent.descent import Status, descend
from convcore.descent.schedules import LinearDecay, QuadraticDecay, WarmUp
from convcore.descent.theory import PointKind
from convcore.objectives.gallery import BY_KEY
from convcore.optimizers import OPTIMIZERS, GradientDescent, Newton
from convcore.parallel import map_jobs
from convcore.sweeps.end_maps import CODE, STATUSES, Ends, basins, escape_map, run_ends
from convcore.sweeps.stationary import stationary_points

PINHOLE, WELL = BY_KEY["pinhole"].objective, BY_KEY["well"].objective
HIMMELBLAU = BY_KEY["himmelblau"].objective
LINE, SQUARE = ((-3.0, 5.0),), ((-5.0, 5.0), (-5.0, 5.0))
METHODS = [kind() for key, kind in OPTIMIZERS if key not in ("exact", "bfgs")]


def same(one: Ends, other: Ends) -> bool:
    return all(
        getattr(one, name).tolist() == getattr(other, name).tolist()
        for name in ("w", "status", "period", "point")
    )


@pytest.mark.parametrize("optimizer", METHODS, ids=lambda o: type(o).__name__)
@pytest.mark.parametrize("objective", [PINHOLE, WELL], ids=["pinhole", "well"])
def test_runs_of_a_map_end_as_they_do_alone(objective, optimizer):
    starts = np.linspace(-1.9, 1.9, 12)[:, None]
    etas = np.array([0.1, 0.5, 0.9, 1.1]) if optimizer.relative else np.geomspace(0.02, 3, 8)
    found = escape_map(objective, starts, etas, optimizer, steps=200)
    run = descend(objective, starts, etas[:, None], optimizer, steps=200)
    expected = np.vectorize(CODE.__getitem__)(run.status)
    assert (found.status == expected).mean() > 0.98
    assert (found.is_(Status.CONVERGED) == (run.status == Status.CONVERGED)).mean() > 0.98
    both = found.is_(Status.CONVERGED) & (run.status == Status.CONVERGED)
    assert np.allclose(found.w[both], run.w[-1][both], atol=0.05)
    assert (found.period == run.period).mean() > 0.98


@pytest.mark.parametrize("schedule", [LinearDecay(), QuadraticDecay(), WarmUp(100)], ids=str)
def test_decaying_step_sizes_are_followed_to_the_end(schedule):
    starts, etas = np.linspace(-2, 4, 15)[:, None], np.geomspace(0.1, 6, 10)
    found = escape_map(PINHOLE, starts, etas, None, schedule, 300)
    run = descend(PINHOLE, starts, etas[:, None], None, schedule, 300)
    assert found.status.tolist() == np.vectorize(CODE.__getitem__)(run.status).tolist()


def test_the_pinhole_lets_go_beyond_its_limit():
    points = stationary_points(PINHOLE, LINE)
    etas = np.linspace(0.05, 2.3, 181)
    found = escape_map(PINHOLE, np.linspace(2.3, 4, 60)[:, None], etas, points=points, steps=600)
    wide, sharp = points[0], points[1]
    in_sharp = (found.point == 1).any(axis=1)
    assert etas[in_sharp].max() < sharp.limit < etas[in_sharp].max() + 0.03
    settles = (found.point == 0).all(axis=1)
    assert settles[(etas > 0.8) & (etas < 1.9)].all()
    assert not found.is_(Status.CONVERGED)[etas > wide.limit].any()


def test_small_steps_on_the_well_go_to_the_near_minimum():
    points = stationary_points(WELL, ((-2.0, 2.0),))
    starts = np.linspace(-1.5, 1.5, 40)
    found = escape_map(WELL, starts[:, None], [0.05, 0.1], points=points)
    assert found.w[..., 0] == pytest.approx(np.sign(starts) * np.ones((2, 1)), abs=1e-3)
    assert found.points == points


def test_cycles_and_divergence_are_told_apart():
    found = escape_map(WELL, [[0.7]], [0.9, 1.1, 1.25, 2.5], steps=2000)
    assert [STATUSES[code] for code in found.status[:, 0]] == [
        Status.CONVERGED, Status.CYCLING, Status.CYCLING, Status.DIVERGED,
    ]  # fmt: skip
    assert found.period[:, 0].tolist() == [0, 2, 4, 0]
    assert found.point[:, 0].tolist()[1:] == [-1, -1, -1]


def test_basins_of_newton_on_himmelblau_tell_minima_saddles_and_the_maximum():
    points = stationary_points(HIMMELBLAU, SQUARE)
    axis = np.linspace(-5, 5, 60)
    found = basins(HIMMELBLAU, axis, axis, 1.0, Newton(), steps=60, points=points)
    reached = Counter(
        points[i].kind.value for i in set(found.point[found.point >= 0].ravel().tolist())
    )
    assert reached == {"minimum": 4, "saddle": 4, "maximum": 1}
    # each cell by itself, by a Newton iteration written out
    rng = np.random.default_rng(0)
    for r, c in rng.integers(0, 60, (25, 2)):
        w = np.array([axis[c], axis[r]])
        for _ in range(60):
            w = w - np.linalg.solve(HIMMELBLAU.hessian(w), HIMMELBLAU.gradient(w))
        assert points[found.point[r, c]].w == pytest.approx(w, abs=1e-6)


def test_basins_of_descent_hold_minima_only():
    points = stationary_points(HIMMELBLAU, SQUARE)
    axis = np.linspace(-4.9, 4.9, 40)
    found = basins(HIMMELBLAU, axis, axis, 0.01, steps=600, points=points)
    assert found.is_(Status.CONVERGED).all()
    assert {points[i].kind for i in found.point.ravel()} == {PointKind.MINIMUM}


def test_a_minimum_outside_of_the_view_is_added_to_the_points():
    found = run_ends(WELL, np.array([[-0.5], [0.5]]), 0.2, points=())
    assert sorted(p.w[0] for p in found.points) == pytest.approx([-1, 1], abs=1e-9)
    assert sorted(found.points[i].w[0] for i in found.point) == pytest.approx([-1, 1], abs=1e-9)


def test_a_start_outside_of_the_domain_is_gone_from_the_outset():
    found = escape_map(BY_KEY["barrier"].objective, [[-1.0], [0.5]], [0.1])
    assert [STATUSES[code] for code in found.status[0]] == [Status.LEFT, Status.CONVERGED]
    nothing = escape_map(BY_KEY["barrier"].objective, [[-1.0]], [0.1])
    assert nothing.is_(Status.LEFT).all() and nothing.points == ()


def small(workers=1, report=None) -> Ends:
    axis = np.linspace(-5, 5, 12)
    return basins(HIMMELBLAU, axis, axis, 0.01, steps=200, workers=workers, report=report)


def test_threads_and_map_like_callables_give_the_same_numbers(monkeypatch):
    monkeypatch.setattr("convcore.sweeps.end_maps.BLOCK", 40)
    alone = small()
    with ThreadPoolExecutor(2) as pool:
        for workers in (2, -1, map, pool.map):
            assert same(small(workers), alone)
    with pytest.raises(ValueError, match="workers"):
        small(0)


def test_dask_on_a_local_cluster_gives_the_same_numbers(monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr("convcore.sweeps.end_maps.BLOCK", 40)
    settings = {"n_workers": 1, "threads_per_worker": 2, "processes": False, "protocol": "tcp"}
    # Named, the address need not be looked up on the network, which tests may not touch.
    with distributed.Client(host="127.0.0.1", dashboard_address=None, **settings) as client:
        assert same(small(client.get_executor().map), small())


def test_progress_is_reported_and_can_stop_the_work(monkeypatch):
    monkeypatch.setattr("convcore.sweeps.end_maps.BLOCK", 40)
    told: list[float] = []
    small(report=told.append)
    assert told == sorted(told) and told[-1] == 1 and len(told) >= 4

    class Stop(Exception):
        pass

    seen = []

    def stop(share):
        seen.append(share)
        raise Stop

    for workers in (1, 2, map):
        seen.clear()
        with pytest.raises(Stop):
            small(workers, stop)
        assert len(seen) == 1


def test_work_is_spread_in_order():
    assert map_jobs(lambda x: x * x, [3, 1, 2], 2) == [9, 1, 4]
    assert map_jobs(lambda x: x, [], 4) == []


def test_a_map_of_forty_thousand_runs_takes_seconds_at_most():
    points = stationary_points(PINHOLE, LINE)
    began = time.process_time()
    found = escape_map(
        PINHOLE, np.linspace(-3, 5, 200)[:, None], np.geomspace(0.025, 4.4, 200),
        GradientDescent(), steps=400, points=points,
    )  # fmt: skip
    # 1.2 s when nothing else runs; the limit leaves room for a busy machine.
    assert time.process_time() - began < 6
    assert found.status.shape == (200, 200)


def test_step_sizes_beyond_all_range_make_no_warning():
    # Runs that are gone may stand where E bends more than a float can hold, times η.
    found = basins(
        BY_KEY["exponentials3"].objective,
        np.linspace(-2, 2, 24),
        np.linspace(-2, 2, 24),
        eta=10.0,
        steps=3,
    )
    assert found.is_(Status.DIVERGED).any() or found.is_(Status.LEFT).any()
