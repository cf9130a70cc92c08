"""Theory of a step against eigenvalues, brute-force loops and closed forms."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcore.descent.schedules import (
    SCHEDULES,
    Constant,
    CosineDecay,
    ExponentialDecay,
    LinearDecay,
    OpenLoop,
    QuadraticDecay,
    StepDrop,
)
from convcore.descent.theory import (
    HORIZON,
    PointKind,
    Regime,
    best_fixed_step,
    best_momentum,
    condition_number,
    constant_steps,
    effective_condition_number,
    gershgorin_bound,
    inertia,
    kinds_of_points,
    limit,
    momentum_rate,
    notes_bound,
    predicted_steps,
    regime,
    trace_bound,
    whitening,
)
from convcore.objectives.quadratics import Quadratic
from convcore.optimizers.first_order import momentum_limit, nesterov_limit

NOTES = np.array([[1, 0.9], [0.9, 1]])
SEEDS = st.integers(0, 10**6)
OPEN = [kind() for _, kind in SCHEDULES if issubclass(kind, OpenLoop)]


def semidefinite(seed, zero=True):
    """A random A = BᵀB, singular as often as not if `zero`."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 7))
    B = rng.normal(size=(int(rng.integers(1, 8)) if zero else n + 2, n))
    return B.T @ B * 10 ** rng.uniform(-3, 3)


@pytest.mark.parametrize("a", [1e-9, 0.3, 1.0, 2.0, 7.7, 1e6])
@pytest.mark.parametrize(
    "share, expected",
    [
        (-1, Regime.CLIMBS),
        (0, Regime.STILL),
        (1e-12, Regime.MONOTONE),
        (0.999, Regime.MONOTONE),
        (1, Regime.ONE_STEP),
        (1.001, Regime.OSCILLATES),
        (1.999, Regime.OSCILLATES),
        (2, Regime.JUMPS),
        (2.001, Regime.DIVERGES),
        (1e30, Regime.DIVERGES),
        (1e300, Regime.DIVERGES),
    ],
)
def test_the_regime_follows_the_factor(a, share, expected):
    assert regime(a, share / a) is expected
    factor = 1 - share
    if expected is Regime.MONOTONE:
        assert 0 < factor < 1
    elif expected is Regime.OSCILLATES:
        assert -1 < factor < 0
    elif expected is Regime.DIVERGES:
        assert factor < -1


def test_without_upward_curvature_there_are_other_regimes():
    assert regime(-1, 0.1) is regime(-1, 1e300) is Regime.RUNS_AWAY
    assert regime(0, 0.1, slope=2) is Regime.DRIFTS
    assert regime(0, 0.1) is regime(0, -0.1) is regime(3, 0) is Regime.STILL
    assert regime(0, -0.1, slope=2) is regime(-1, -0.1) is Regime.CLIMBS
    # Beside a maximum, η < 0 climbs to it unless it jumps across.
    assert regime(-1, -1.999) is Regime.CLIMBS and regime(-1, -2) is Regime.JUMPS
    assert regime(-1, -2.001) is regime(-1e-6, -1e30) is Regime.DIVERGES


def test_the_notes_bound_is_too_generous_for_a_matrix_that_is_not_diagonal():
    assert notes_bound(NOTES) == 2
    assert limit(Quadratic(NOTES).spectrum) == pytest.approx(2 / 1.9, rel=1e-14)
    assert notes_bound(np.diag([1.0, 4.0])) == limit(Quadratic(np.diag([1, 4])).spectrum) == 0.5


@given(SEEDS)
def test_trace_and_gershgorin_are_safe_and_the_notes_bound_never_stricter_than_the_truth(seed):
    A = semidefinite(seed)
    true = 2 / np.linalg.eigvalsh(A)[-1]
    roundings = 1 + 1e-12
    assert trace_bound(A) <= true * roundings
    assert gershgorin_bound(A) <= true * roundings
    assert limit(Quadratic(A).spectrum) == pytest.approx(true, rel=1e-12)
    assert notes_bound(A) >= true / roundings


def test_where_nothing_curves_upwards_no_step_is_too_long():
    for A in (np.zeros((2, 2)), -np.eye(2)):
        assert limit(Quadratic(A).spectrum) == notes_bound(A) == trace_bound(A) == math.inf
    assert gershgorin_bound(np.zeros((2, 2))) == math.inf
    assert momentum_limit(0, 0.9) == nesterov_limit(-1, 0.9) == math.inf


@given(SEEDS)
def test_the_best_fixed_step_beats_all_others_and_has_the_rate_of_kappa(seed):
    s = Quadratic(semidefinite(seed, zero=False)).spectrum
    eta, rate = best_fixed_step(s)
    kappa = condition_number(s)
    assert rate == pytest.approx((kappa - 1) / (kappa + 1), abs=1e-12)
    assert np.abs(1 - eta * s.values).max() == pytest.approx(rate, abs=1e-12)
    for other in np.linspace(0, 2 * eta, 101):
        assert np.abs(1 - other * s.values).max() >= rate - 1e-12
    # At η = 1/λₘₐₓ the slowest mode shrinks by 1 − 1/κ.
    assert np.abs(1 - s.values / s.values[-1]).max() == pytest.approx(1 - 1 / kappa, abs=1e-12)


def test_condition_numbers_of_singular_indefinite_and_negative_matrices():
    assert condition_number(Quadratic(np.diag([1, 4])).spectrum) == 4
    singular = Quadratic(np.diag([0, 2, 8])).spectrum
    assert condition_number(singular) == math.inf
    assert effective_condition_number(singular) == 4
    assert best_fixed_step(singular) == pytest.approx((0.2, 0.6))
    for values in ([-1, 1], [-2, -1], [0, 0]):
        assert math.isnan(condition_number(Quadratic(np.diag(values)).spectrum))
    nothing = Quadratic(np.zeros((2, 2))).spectrum
    assert math.isnan(effective_condition_number(nothing))
    assert all(map(math.isnan, (*best_fixed_step(nothing), *best_momentum(nothing))))


@given(SEEDS, st.floats(0, 0.99), st.floats(0.01, 3), st.booleans())
def test_the_momentum_rate_is_the_spectral_radius_of_the_companion_matrix(
    seed, beta, share, nesterov
):
    s = Quadratic(semidefinite(seed, zero=False)).spectrum
    eta = share / s.values[-1]
    radius = 0.0
    for lam in s.values:
        gain = 1 - eta * lam
        # (w, w before) → (next w, w), from the update written out.
        row = [(1 + beta) * gain, -beta * gain] if nesterov else [beta + gain, -beta]
        radius = max(radius, np.abs(np.linalg.eigvals([row, [1, 0]])).max())
    assert momentum_rate(s.values, eta, beta, nesterov) == pytest.approx(radius, abs=2e-7)


@given(SEEDS, st.floats(0, 0.99))
def test_momentum_is_stable_just_below_its_limit_and_not_above(seed, beta):
    s = Quadratic(semidefinite(seed, zero=False)).spectrum
    top = float(s.values[-1])
    for nesterov, most in ((False, momentum_limit(top, beta)), (True, nesterov_limit(top, beta))):
        assert momentum_rate(s.values, 0.999 * most, beta, nesterov) < 1
        assert momentum_rate(s.values, 1.001 * most, beta, nesterov) > 1


@pytest.mark.parametrize("kappa", [1.0, 4.0, 100.0, 1e4])
def test_the_best_momentum_has_the_rate_of_the_root_of_kappa_and_no_other_is_better(kappa):
    s = Quadratic(np.diag([3.0, 3 * kappa])).spectrum
    eta, beta = best_momentum(s)
    expected = (math.sqrt(kappa) - 1) / (math.sqrt(kappa) + 1)
    # The two roots coincide there, so rounding shows as its root.
    assert momentum_rate(s.values, eta, beta) == pytest.approx(expected, abs=1e-6)
    for e in np.linspace(0.5, 1.5, 21):
        for b in np.linspace(0, 0.99, 34):
            assert momentum_rate(s.values, e * eta, b) >= expected - 1e-7


@given(SEEDS, st.sampled_from(["symmetric", "cholesky"]))
def test_whitening_makes_every_direction_alike(seed, root):
    A = semidefinite(seed, zero=False)
    S = whitening(A, root)
    inverse = np.linalg.inv(S)
    assert np.allclose(S.T @ S, A, rtol=1e-12, atol=1e-12 * np.abs(A).max())
    kappa = np.linalg.cond(A)
    assert inverse.T @ A @ inverse == pytest.approx(np.eye(len(A)), abs=1e-13 * kappa)
    if root == "symmetric":
        assert np.allclose(S, S.T, rtol=0, atol=1e-13 * np.abs(S).max())
    else:
        assert np.allclose(S, np.triu(S))


@pytest.mark.parametrize("A", [[[1.0, 1.0], [1.0, 1.0]], [[-1.0]], [[1.0, 2.0], [0.0, 9.0]]])
def test_only_a_symmetric_positive_definite_matrix_can_be_whitened(A):
    with pytest.raises(ValueError, match=r"must be (symmetric|positive definite)"):
        whitening(np.array(A))


def test_inertia_names_stationary_points():
    values = np.array([[1, 2], [-1, 2], [-2, -1], [0, 1], [0, 0], [1e-20, 1], [np.nan, 1]])
    kinds = [PointKind.MINIMUM, PointKind.SADDLE, PointKind.MAXIMUM, *[PointKind.DEGENERATE] * 4]
    assert kinds_of_points(values).tolist() == kinds
    assert inertia(np.array([-1, 0, 2, 3])) == (2, 1, 1)
    assert kinds_of_points(np.array([-1.0, 0.0, 1.0]))[()] is PointKind.SADDLE


def counted(values, error, eta, f, tolerance):
    """The steps that a plain loop over the modes takes; inf if it never arrives."""
    goal = tolerance * np.linalg.norm(error)
    for k, share in enumerate(f):
        error = error * (1 - eta * share * values)
        if np.linalg.norm(error) <= goal:
            return k + 1
    return math.inf


def test_predicted_steps_are_those_of_a_loop_for_hundreds_of_quadratics():
    rng = np.random.default_rng(0)
    for case in range(400):
        n = int(rng.integers(1, 6))
        values = 10 ** rng.uniform(-2, 1, n)
        error = rng.normal(size=n)
        eta = rng.uniform(0, 2.1) / values.max()
        tolerance = 10 ** rng.uniform(-8, -0.1)
        schedule = OPEN[case % len(OPEN)]
        steps = 600
        took = counted(values, error, eta, schedule.factors(steps), tolerance)
        predicted = predicted_steps(values, error, eta, schedule, tolerance)
        if took < math.inf:
            assert predicted == took, (case, schedule)
        else:
            assert not predicted <= steps, (case, schedule)


def test_many_step_sizes_at_once_are_predicted_as_one_by_one():
    values, error = np.array([-0.01, 0.1, 1.0, 5.0]), np.array([1e-9, 1.0, -2.0, 0.5])
    etas = np.array([-0.1, 0.0, 1e-9, 0.01, 0.1, 0.2, 0.39, 0.4, 0.41, 1.0, 1e30, 1e300])
    one_by_one = [predicted_steps(values, error, eta, Constant(), 0.1) for eta in etas]
    assert constant_steps(values, error, etas, 0.1).tolist() == one_by_one
    assert math.inf in one_by_one and min(one_by_one) < 100


@pytest.mark.parametrize("share", [1e-14, 1e-9, 1e-3, 0.7, 1.3, 2 - 2**-30])
@pytest.mark.parametrize("tolerance", [0.5, 1e-3, 1e-200, 1e-320])
def test_predicted_steps_are_right_however_many(share, tolerance):
    with mp.workdps(60):
        exact = mp.log(mp.mpf(tolerance)) / mp.log(abs(1 - mp.mpf(share)))
    predicted = predicted_steps(np.ones(1), np.ones(1), share, Constant(), tolerance)
    assert predicted == pytest.approx(float(mp.ceil(exact)), rel=1e-11, abs=0)


def test_at_twice_the_best_step_rounding_does_not_make_jumps_for_ever_a_count():
    one = np.ones(1)
    for a in np.random.default_rng(0).uniform(0.1, 10, 50).tolist():
        for eta in (2 / a, np.nextafter(2 / a, 0), np.nextafter(2 / a, 9e9)):
            assert regime(a, eta) is Regime.JUMPS
            assert predicted_steps(a * one, one, eta, Constant(), 1e-3) == math.inf


def test_a_mode_that_grows_does_not_hide_that_the_tolerance_is_met_before():
    # The slow mode needs 2.3 million steps; until then the growing one stays below 10⁻⁸.
    values, error = np.array([-1e-6, 1e-3]), np.array([1e-10, 1.0])
    predicted = predicted_steps(values, error, 1e-3, Constant(), 0.1)
    assert predicted == pytest.approx(math.log(10) / 1e-6, rel=1e-5)
    assert predicted_steps(values, error, 1e-3, Constant(), 1e-11) == math.inf


def test_ties_count_as_reached_and_powers_of_ten_are_what_they_seem():
    one = np.ones(1)
    for k in range(1, 12):
        assert predicted_steps(one, one, 0.9, Constant(), 10.0**-k) == k
        assert predicted_steps(one, one, 1.5, Constant(), 2.0**-k) == k


def test_predictions_at_the_edges():
    one = np.ones(1)
    assert predicted_steps(one, one, 1.0, Constant(), 1e-300) == 1
    assert predicted_steps(one, one, 2.0, Constant(), 0.5) == math.inf
    assert predicted_steps(one, one, 0.0, Constant(), 0.5) == math.inf
    assert predicted_steps(one, one, -0.1, Constant(), 0.5) == math.inf
    assert predicted_steps(one, 0 * one, 0.1, Constant(), 0.5) == 0
    assert predicted_steps(one, 0 * one, 0.1, LinearDecay(), 0.5) == 0
    assert predicted_steps(one, one, 0.1, Constant(), 1.0) == 0
    assert predicted_steps(one, one, 0.1, Constant(), 0.0) == math.inf
    assert predicted_steps(one, one, 1.0, QuadraticDecay(), 0.0) == 1
    assert predicted_steps(-one, one, 0.1, QuadraticDecay(), 0.5) == math.inf


@pytest.mark.parametrize(
    "schedule",
    [QuadraticDecay(), ExponentialDecay(0.1), StepDrop(10, 0.5), CosineDecay(40)],
    ids=str,
)
def test_never_is_said_only_of_what_a_schedule_can_no_longer_reach(schedule):
    values, error = np.array([0.1, 1.0]), np.array([1.0, 1.0])
    f = schedule.factors(HORIZON)
    final = np.linalg.norm(error * np.prod(1 - np.outer(f, values), axis=0)) / math.sqrt(2)
    assert predicted_steps(values, error, 1.0, schedule, final * 0.999) == math.inf
    assert predicted_steps(values, error, 1.0, schedule, final * 1.001) < HORIZON


def test_what_takes_longer_than_can_be_followed_is_not_called_never():
    one = np.ones(1)
    assert math.isnan(predicted_steps(one, one, 0.1, LinearDecay(), 1e-3))
