"""Line searches: Armijo's and Wolfe's conditions, the exits, and steepest descent by theorems."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from convcore.descent.descent import Status, descend
from convcore.objectives.base import EPS
from convcore.objectives.gallery import BY_KEY, GALLERY, Function
from convcore.objectives.quadratics import Quadratic
from convcore.optimizers import BFGS, BacktrackingDescent, ExactDescent
from convcore.optimizers.line_search import Backtracking
from convcore.optimizers.newton import AbsoluteNewton, DampedNewton, ShiftedNewton
from convcore.optimizers.searching import REACH, backtrack, search

SMOOTH = [entry for entry in GALLERY if entry.key not in ("ackley", "power1.5")]


def start_of(entry):
    return np.array(entry.start, dtype=float)


class Counting(Function):
    """A function that counts how often its value is asked for."""

    def value(self, w):
        Counting.asked += 1
        return super().value(w)

    def value_and_gradient(self, w):
        return self.value(w), self.gradient(w)


@pytest.mark.parametrize("kind", [BacktrackingDescent, DampedNewton, AbsoluteNewton, ShiftedNewton])
@pytest.mark.parametrize("entry", SMOOTH, ids=lambda e: e.key)
def test_armijos_condition_holds_at_every_accepted_step(kind, entry):
    optimizer, f = kind(), entry.objective
    run = descend(f, start_of(entry), 1.0, optimizer, steps=25)
    g = f.gradient(run.w[:-1])
    # E falls by c times what the slope promises along the step that was taken, to rounding of E.
    promised = np.einsum("ki,ki->k", g, np.diff(run.w, axis=0))
    fell = np.diff(run.loss)
    rounding = 64 * EPS * np.abs(run.loss).max()
    assert np.all(fell <= optimizer.sufficient * promised + rounding)
    assert isinstance(optimizer, Backtracking)


@pytest.mark.parametrize("entry", SMOOTH, ids=lambda e: e.key)
def test_the_step_is_the_longest_of_the_halvings_that_meet_the_condition(entry):
    f, w = entry.objective, start_of(entry)
    g = f.gradient(w)
    # The same search as a plain loop for one run.
    expected, c = 8.0, 0.3
    with np.errstate(all="ignore"):
        while not f.value(w - expected * g) <= f.value(w) - c * expected * (g @ g):
            expected /= 2
    assert backtrack(f, w, g, -g, np.array(8.0), c) == expected


def test_each_run_of_a_batch_has_a_step_length_of_its_own():
    f = BY_KEY["rosenbrock"].objective
    w = np.random.default_rng(0).uniform(-2, 2, size=(4, 5, 2))
    g = f.gradient(w)
    lengths = backtrack(f, w, g, -g, np.ones((4, 5)), 0.1)
    minima = search(f, w, g, -g, np.ones((4, 5)))
    assert len(np.unique(lengths)) > 3
    for i in np.ndindex(4, 5):
        assert lengths[i] == backtrack(f, w[i], g[i], -g[i], np.array(1.0), 0.1)
        assert minima[i] == search(f, w[i], g[i], -g[i], np.array(1.0))


@pytest.mark.parametrize("entry", SMOOTH, ids=lambda e: e.key)
def test_an_exact_search_finds_a_minimum_along_the_line_that_scipy_confirms(entry):
    f, w = entry.objective, start_of(entry)
    g = f.gradient(w)
    t = float(search(f, w, g, -g, np.array(entry.eta)))
    assert f.value(w - t * g) < f.value(w)
    assert abs(f.gradient(w - t * g) @ g) <= 1e-9 * (g @ g)
    near = minimize_scalar(
        lambda s: float(f.value(w - s * g)), bounds=(0.9 * t, 1.1 * t), method="bounded"
    )
    assert near.x == pytest.approx(t, rel=1e-3)  # a value tells its minimum to √ε only
    assert f.value(w - t * g) <= near.fun + 1e-12 * abs(f.value(w))


@pytest.mark.parametrize("entry", SMOOTH, ids=lambda e: e.key)
def test_a_loose_search_meets_the_strong_wolfe_conditions(entry):
    f, w = entry.objective, start_of(entry)
    g = f.gradient(w)
    for first in (1e-3, 1.0, 30.0):
        t = float(search(f, w, g, -g, np.array(first), flat=0.9))
        assert f.value(w - t * g) <= f.value(w) - 1e-4 * t * (g @ g)
        assert abs(f.gradient(w - t * g) @ g) <= 0.9 * (g @ g)


def test_an_uphill_a_flat_or_an_undefined_direction_gives_no_step():
    f = Function("w^2")
    w, one = np.array([[3.0], [3.0], [3.0], [0.0], [1e200]]), np.ones(5)
    g = f.gradient(w)
    d = np.array([[1.0], [np.nan], [0.0], [-1.0], [-1.0]])
    assert backtrack(f, w, g, d, one, 0.1).tolist() == [0, 0, 0, 0, 0]
    assert search(f, w, g, d, one).tolist() == [0, 0, 0, 0, 0]
    assert backtrack(f, w, g, -g, -one, 0.1).tolist() == [0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    "text, w", [("w - log(w)", 0.05), ("sqrt(w) - w/4", 0.5), ("exp(w^2)", 5.0)]
)
def test_a_search_turns_back_from_where_nothing_is_defined(text, w):
    f, w = Function(text), np.array([w])
    g = f.gradient(w)
    for t in (backtrack(f, w, g, -g, np.array(1e5), 0.1), search(f, w, g, -g, np.array(1e5))):
        assert t > 0 and np.isfinite(f.value(w - t * g)) and f.value(w - t * g) < f.value(w)


@pytest.mark.parametrize("first, most", [(1.0, 20), (0.9, 80), (1.1, 80)])
def test_a_search_finds_the_edge_of_a_domain_that_e_falls_to_in_few_trials(first, most):
    f, w = Counting("log(w)"), np.array([1.0])
    Counting.asked = 0
    t = float(search(f, w, np.ones(1), -np.ones(1), np.array(first)))
    assert 1 - 1e-13 < t < 1
    assert Counting.asked < most  # eighths took up to two hundred


@pytest.mark.parametrize("kind", [ExactDescent, BFGS])
def test_a_run_that_is_gone_is_not_followed_any_further(kind):
    # Far out a line search takes most of its trials, all for what is not recorded.
    f = Counting("log(1 + exp(w)) - w/3")
    Counting.asked = 0
    run = descend(f, [1.0], 5.0, kind(), steps=100)
    assert run.outcome().status is Status.DIVERGED and 3 < run.ended < 40
    asked, Counting.asked = Counting.asked, 0
    descend(f, [1.0], 5.0, kind(), steps=1000)
    assert Counting.asked < asked + 20


def test_on_a_line_that_falls_for_ever_a_search_goes_as_far_as_it_can_look():
    f = Function("-w")
    t = search(f, np.array([2.0]), np.array([-1.0]), np.array([1.0]), np.array(1.0))
    assert t == pytest.approx(2 * REACH)
    run = descend(f, [2.0], 1.0, ExactDescent(), steps=5)
    assert run.outcome().status is Status.DIVERGED


def test_backtracking_goes_on_by_slopes_where_values_are_equal_for_rounding():
    # E(1e-3) and E(0) differ by less than the spacing of numbers near 1e10.
    f = Function("10^10 + log(cosh(w))")
    run = descend(f, [1e-3], 1.0, DampedNewton(), steps=4)
    assert run.w[1, 0] == pytest.approx(1e-3 - np.sinh(2e-3) / 2, rel=1e-9)
    assert abs(run.w[-1, 0]) < 1e-20 and run.outcome().status is Status.CONVERGED
    # By values alone, one would have stalled at the very start.
    assert f.value(run.w[0]) == f.value(run.w[1])


def test_a_search_that_cannot_improve_ends_after_few_trials():
    # The gradient is off by 1, so no step is ever good enough: halving ends where w stands still.
    class Wrong(Counting):
        def gradient(self, w):
            return np.ones_like(w)

    f, w = Wrong("10^6 + (w - 1)^2"), np.array([[1.0], [1.0]])
    g = f.gradient(w)
    for t in (
        lambda: backtrack(f, w, g, -g, np.ones(2), 0.1),
        lambda: search(f, w, g, -g, np.ones(2)),
    ):
        Counting.asked = 0
        assert np.all(t() <= 1e-3)
        assert Counting.asked < 80


def test_steepest_descent_on_a_quadratic_takes_the_step_of_the_closed_form():
    bowl = Quadratic([[3, 1], [1, 2]], [1, -1])
    run = descend(bowl, [4, -3], 1.0, ExactDescent(), steps=12)
    w = np.array([4.0, -3])
    for k in range(12):
        assert run.w[k] == pytest.approx(w, rel=1e-9, abs=1e-12)
        g = bowl.gradient(w)
        w = w - (g @ g) / (g @ bowl.A @ g) * g


def test_steepest_descent_meets_kantorovichs_rate_from_its_worst_start():
    kappa = 50.0
    run = descend(Quadratic(np.diag([1, kappa])), [kappa, 1], 1.0, ExactDescent(), steps=40)
    ratios = run.loss[1:] / run.loss[:-1]
    assert ratios == pytest.approx(np.full(40, ((kappa - 1) / (kappa + 1)) ** 2), rel=1e-8)


def test_successive_gradients_of_steepest_descent_are_orthogonal():
    f = BY_KEY["rosenbrock"].objective
    g = f.gradient(descend(f, [-1.2, 1], 1.0, ExactDescent(), steps=30).w)
    size = np.linalg.norm(g, axis=-1)
    assert np.all(np.abs(np.sum(g[1:] * g[:-1], axis=-1)) < 1e-8 * size[:-1] ** 2)


@pytest.mark.parametrize("eta, converges", [(1.95, True), (2.05, False)])
def test_a_share_of_two_of_the_exact_step_is_the_limit_for_equal_curvatures(eta, converges):
    run = descend(Quadratic(np.eye(2)), [1, 2], eta, ExactDescent(), steps=600)
    assert (run.outcome().status is Status.CONVERGED) == converges


def test_backtracking_descent_converges_from_any_first_step():
    f = BY_KEY["logcosh"].objective
    run = descend(f, [[3.0]] * 5, [1, 10, 1e3, 1e6, 1e300], BacktrackingDescent(), steps=60)
    assert all(status is Status.CONVERGED for status in run.status)


@pytest.mark.parametrize("c", [0.0, -0.1, 0.5, np.nan])
def test_a_share_outside_zero_to_a_half_is_refused(c):
    with pytest.raises(ValueError, match=r"`BacktrackingDescent\(sufficient=...\)` must be in \(0"):
        BacktrackingDescent(sufficient=c)
