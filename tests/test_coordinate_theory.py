"""The predicted steps of one η per coordinate against plain loops and high-precision matrix powers."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np

from convcore.descent.coordinate_theory import CoordinateModes, coordinate_steps
from convcore.descent.schedules import SCHEDULES, Constant, OpenLoop, QuadraticDecay

OPEN = [kind() for _, kind in SCHEDULES if issubclass(kind, OpenLoop)]


def draw(rng, decades=6.0, fastest=1.2):
    """A positive definite A with a diagonal over up to 8 decades, w_0, w*, η and τ."""
    n = int(rng.integers(2, 11))
    B = rng.normal(size=(n, n)) * 10 ** -rng.uniform(0, rng.uniform(0, decades) / 2, n)
    scale = 10 ** rng.uniform(-rng.uniform(0, 4), 0, n)
    A = B @ B.T * np.outer(scale, scale)
    start, end = rng.normal(size=n) * 10 ** -rng.uniform(0, 3, n), rng.normal(size=n)
    most = 2 / float(CoordinateModes(A).values[-1])
    eta = most * float(rng.choice([0.999, 1 - 1e-6, 1.001, *rng.uniform(0, fastest, 5)]))
    return (A + A.T) / 2, start, end, eta, float(10 ** rng.uniform(-4, -0.1))


def followed(A, start, end, eta, factors, tolerance):
    """The count of a plain loop in long doubles; inf if it is not reached in these steps."""
    e = (start - end).astype(np.longdouble)
    goal, a = tolerance * (1 + 1e-12) * np.sqrt((e * e).sum()), np.diagonal(A)
    for k, factor in enumerate(factors, 1):
        e = e - np.longdouble(eta) * factor * (A @ e) / a
        size = np.sqrt((e * e).sum())
        if size <= goal:
            return k
        if size > 1e100:
            break
    return math.inf


def test_predicted_steps_are_those_of_a_plain_loop_under_every_schedule():
    rng, reached = np.random.default_rng(0), 0
    for case in range(120):
        A, start, end, eta, tolerance = drawn = draw(rng)
        schedule = Constant() if case % 2 else OPEN[case // 2 % len(OPEN)]
        took = followed(A, start, end, eta, schedule.factors(300), tolerance)
        modes = CoordinateModes(A)
        predicted = coordinate_steps(modes, start, end, eta, schedule, tolerance)
        if took < math.inf:
            assert predicted == took, (schedule, drawn)
            reached += 1
        else:
            assert not predicted <= 300, (schedule, drawn)
    assert reached > 0


def test_counts_of_thousands_and_millions_are_those_of_powers_of_the_iteration_matrix():
    rng, near, far = np.random.default_rng(0), 0, 0
    while near < 4 or far < 2:
        A, start, end, eta, tolerance = draw(rng, decades=12, fastest=1)
        if np.linalg.cond(A / np.sqrt(np.outer(np.diagonal(A), np.diagonal(A)))) > 1e9:
            continue  # then the slowest eigenvalue itself is known to a few digits only
        k = coordinate_steps(CoordinateModes(A), start, end, eta, Constant(), tolerance)
        if not 1000 < k < 1e12:
            continue
        near, far = near + (k <= 1e7), far + (k > 1e7)
        with mp.workdps(60):
            M = mp.eye(len(A)) - mp.mpf(eta) * mp.matrix(
                [[mp.mpf(x) / mp.mpf(row[i]) for x in row] for i, row in enumerate(A.tolist())]
            )
            e = mp.matrix((start - end).tolist())
            goal = tolerance * mp.norm(e)
            sizes = [mp.norm(M**j * e) / goal for j in (int(k) - 1, int(k))]
            if k <= 1e7:  # as many digits as A's smallest eigenvalue has in double precision
                assert sizes[1] <= 1 + 1e-5 and sizes[0] >= 1 - 1e-5
                continue
            # The envelope: where a mode changes sign at each step, every other error can be much smaller.
            for j, arrived in ((round(k * 0.9995), False), (round(k * 1.0005), True)):
                largest = max(mp.norm(M ** (j + i) * e) for i in (0, 1))
                assert (largest <= goal) == arrived


def test_modes_that_cancel_at_first_are_not_counted_alone():
    # Jacobi's modes of A are (0.1, ±1): from (0, 1) they cancel in the first weight, which is no error.
    A = np.array([[100.0, 9.0], [9.0, 1.0]])
    start, end = np.array([0.0, 1.0]), np.zeros(2)
    for tolerance in (0.9, 0.5, 0.1, 1e-3):
        took = followed(A, start, end, 0.5, np.ones(1000), tolerance)
        assert coordinate_steps(CoordinateModes(A), start, end, 0.5, Constant(), tolerance) == took


def test_at_its_limit_and_where_a_weight_stays_away_it_never_arrives():
    A, end = np.array([[1.0, 0.9], [0.9, 1.0]]), np.zeros(2)
    for eta in (2 / 1.9, 1.2, 1e6, 0.0, -0.1):
        never = coordinate_steps(
            CoordinateModes(A), np.array([1.0, 0.5]), end, eta, Constant(), 0.1
        )
        assert never == math.inf
    flat = CoordinateModes(np.diag([1.0, 0.0]))
    assert coordinate_steps(flat, np.array([1.0, 0.5]), end, 1.0, Constant(), 0.5) == 1
    assert coordinate_steps(flat, np.array([1.0, 0.5]), end, 1.0, Constant(), 0.4) == math.inf
    frozen = coordinate_steps(CoordinateModes(A), np.ones(2), end, 0.1, QuadraticDecay(), 0.1)
    assert frozen == math.inf


def test_where_a_weight_that_stays_bends_the_quadratic_nothing_is_said():
    modes = CoordinateModes(np.array([[1.0, 0.5], [0.5, -1.0]]))
    assert not modes.known
    assert math.isnan(coordinate_steps(modes, np.ones(2), np.zeros(2), 0.5, Constant(), 0.1))
