"""The predicted steps of momentum and Nesterov against plain loops and high-precision matrix powers."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest

from convcore.descent.momentum_theory import momentum_steps
from convcore.descent.schedules import SCHEDULES, Constant, LinearDecay, OpenLoop, QuadraticDecay
from convcore.descent.theory import constant_steps
from convcore.optimizers.first_order import momentum_limit, nesterov_limit

OPEN = [kind() for _, kind in SCHEDULES if issubclass(kind, OpenLoop)]
# `diabetes.csv`, its ten features standardised, least squares from w = 0: λ and z_0 − z* of each mode.
DIABETES = np.array(
    [
        (0.0085607298, -51.135332),
        (0.078320024, 3.0656778),
        (0.43368204, 3.6485502),
        (0.53656565, -7.4593034),
        (0.60271708, 8.5690711),
        (0.66218139, 0.79350747),
        (0.9554764, 28.211055),
        (1.0, -152.13348),
        (1.2059663, -11.331984),
        (1.4923197, 12.212302),
        (4.0242108, 21.318452),
    ]
)


def followed(values, error, eta, beta, factors, tolerance, nesterov):
    """The count of a plain loop in long doubles; inf if it is not reached in these steps."""
    x = error.astype(np.longdouble)
    v, goal = np.zeros_like(x), tolerance * (1 + 1e-12) * np.sqrt((x * x).sum())
    for k, factor in enumerate(factors, 1):
        at = x + beta * v if nesterov else x
        v = beta * v - np.longdouble(eta) * factor * values * at
        x = x + v
        size = np.sqrt((x * x).sum())
        if size <= goal:
            return k
        if size > 1e100:
            break
    return math.inf


def draw(rng, fastest=1.2):
    """λ and error of 1 to 20 modes over up to 10 decades, η, β, τ, and whether it is Nesterov's."""
    n, nesterov = int(rng.integers(1, 21)), bool(rng.integers(2))
    values = 10 ** (rng.uniform(-3, 3) - rng.uniform(0, rng.uniform(0, 10), n))
    error = rng.normal(size=n) * 10 ** -rng.uniform(0, rng.choice([0, 6]), n)
    beta = float(rng.choice([0.0, 0.5, 0.9, 0.99, rng.uniform(0, 0.99)]))
    top = float(values.max())
    most = nesterov_limit(top, beta) if nesterov else momentum_limit(top, beta)
    # The slowest mode at its double root, the limit, near it, beyond it, and anywhere.
    root = 1 - math.sqrt(beta) if not nesterov else (1 - beta) / (1 + beta)
    shares = [root**2 / float(values.min()) / most, 1.0, 0.999, 1 - 1e-6, 1 + 1e-6, 1.001]
    share = min(float(rng.choice([*shares, *rng.uniform(0, fastest, 6)])), 20.0)
    return values, error, most * share, beta, float(10 ** rng.uniform(-9, -0.1)), nesterov


def exact_size(values, error, eta, beta, nesterov, k):
    """‖wₖ − w*‖/‖w_0 − w*‖ by powers of each mode's companion matrix, in 50 digits."""
    with mp.workdps(50):
        total, b = mp.mpf(0), mp.mpf(beta)
        for value, start in zip(values.tolist(), error.tolist(), strict=True):
            f = 1 - mp.mpf(eta) * mp.mpf(value)
            p, q = ((1 + b) * f, b * f) if nesterov else (b + f, b)
            M = mp.matrix([[p, -q], [1, 0]]) ** int(k)
            total += ((M[0, 0] + M[0, 1]) * mp.mpf(start)) ** 2
        return float(mp.sqrt(total / sum(mp.mpf(x) ** 2 for x in error.tolist())))


def test_predicted_steps_are_those_of_a_plain_loop():
    rng, reached = np.random.default_rng(0), 0
    for _ in range(100):
        values, error, eta, beta, tolerance, nesterov = case = draw(rng)
        took = followed(values, error, eta, beta, np.ones(300), tolerance, nesterov)
        predicted = momentum_steps(values, error, eta, beta, Constant(), tolerance, nesterov)
        assert predicted == took if took < math.inf else predicted > 300, case
        reached += took < math.inf
    assert reached > 2


def test_predicted_steps_under_a_schedule_are_those_of_a_plain_loop():
    rng = np.random.default_rng(0)
    for case in range(100):
        values, error, eta, beta, tolerance, nesterov = drawn = draw(rng, fastest=4)
        schedule = OPEN[case % len(OPEN)]
        took = followed(values, error, eta, beta, schedule.factors(300), tolerance, nesterov)
        predicted = momentum_steps(values, error, eta, beta, schedule, tolerance, nesterov)
        if took < math.inf:
            assert predicted == took, (schedule, drawn)
        else:
            assert not predicted <= 300, (schedule, drawn)


def test_counts_of_thousands_and_millions_are_exact_and_larger_ones_right_to_three_digits():
    rng, near, far = np.random.default_rng(0), 0, 0
    while near < 8 or far < 3:
        values, error, eta, beta, tolerance, nesterov = case = draw(rng, fastest=1)
        k = momentum_steps(values, error, eta, beta, Constant(), tolerance, nesterov)
        if 1000 < k <= 1e7:
            near += 1
            before, after = k - 1, k
        elif 1e7 < k < 1e15:
            far += 1
            before, after = round(k * 0.9995), round(k * 1.0005)
        else:
            continue
        assert exact_size(values, error, eta, beta, nesterov, after) <= tolerance * (1 + 1e-9), case
        assert exact_size(values, error, eta, beta, nesterov, before) >= tolerance * (1 - 1e-9), (
            case
        )


def test_the_rows_of_hilberts_matrix_and_of_the_diabetes_table_are_counted_not_estimated():
    # By the asymptotic rate it would be 1.77·10¹⁴ and 2,232.
    k = np.arange(10)
    lam, Q = np.linalg.eigh(1 / (1.0 + k + k[:, None]))
    assert momentum_steps(lam, Q.T @ np.ones(10), 0.18, 0.5, Constant(), 1e-3) == 519_398
    values, error = DIABETES.T
    assert momentum_steps(values, error, 0.18, 0.5, Constant(), 1e-3) == 1_853
    assert followed(values, error, 0.18, 0.5, np.ones(2000), 1e-3, nesterov=False) == 1_853


@pytest.mark.parametrize("nesterov", [False, True])
def test_without_momentum_the_count_is_that_of_plain_descent(nesterov):
    rng = np.random.default_rng(0)
    for _ in range(20):
        values, error, eta, _, tolerance, _ = draw(rng)
        plain = constant_steps(values, error, np.array([eta]), tolerance)[0]
        assert momentum_steps(values, error, eta, 0.0, Constant(), tolerance, nesterov) == plain


@pytest.mark.parametrize("nesterov", [False, True])
def test_a_run_that_diverges_is_counted_if_it_comes_near_before(nesterov):
    values, error, eta, beta = np.array([1.0, 35.0]), np.array([1.0, 1e-12]), 0.1, 0.5
    took = followed(values, error, eta, beta, np.ones(100), 0.1, nesterov)
    assert momentum_steps(values, error, eta, beta, Constant(), 0.1, nesterov) == took < 100
    assert momentum_steps(values, error, eta, beta, Constant(), 1e-11, nesterov) == math.inf


@pytest.mark.parametrize("nesterov", [False, True])
def test_at_its_limit_and_without_descent_it_never_arrives(nesterov):
    one = np.ones(1)
    for value in np.random.default_rng(0).uniform(0.1, 10, 20).tolist():
        most = nesterov_limit(value, 0.7) if nesterov else momentum_limit(value, 0.7)
        for eta in (most, 1.001 * most, 1e6 * most, 0.0, -0.1):
            never = momentum_steps(value * one, one, eta, 0.7, Constant(), 1e-3, nesterov)
            assert never == math.inf
    assert momentum_steps(one, 0 * one, 0.1, 0.5, Constant(), 0.5, nesterov) == 0


@pytest.mark.parametrize("nesterov", [False, True])
def test_any_step_up_to_overflow_is_counted(nesterov):
    rng, one = np.random.default_rng(1), np.ones(1)
    for eta in rng.choice([-1.0, 1.0], 300) * 10 ** rng.uniform(-30, 60, 300):
        beta = float(rng.choice([0.0, 0.2, 0.9, 0.999999]))
        counted = momentum_steps(one, one, eta, beta, Constant(), 0.5, nesterov)
        most = nesterov_limit(1.0, beta) if nesterov else momentum_limit(1.0, beta)
        assert (counted < math.inf) == (0 < eta < most), (eta, beta)
        if 0.01 < eta < most:
            took = followed(one, one, eta, beta, np.ones(2000), 0.5, nesterov)
            assert counted == took, (eta, beta)


def test_a_schedule_that_freezes_never_arrives_and_one_that_takes_too_long_is_not_said_to():
    one = np.ones(1)
    assert momentum_steps(one, one, 0.1, 0.5, QuadraticDecay(), 0.1) == math.inf
    assert math.isnan(momentum_steps(one, one, 0.01, 0.5, LinearDecay(), 1e-3))
    # What overflows on the way is not said to arrive, nor never to.
    assert math.isnan(momentum_steps(one, one, 1e12, 0.9, LinearDecay(), 1e-3))
