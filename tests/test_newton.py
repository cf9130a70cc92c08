"""Newton and its tamed kin, and BFGS: thresholds, saddles, and the minima that SciPy finds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq, minimize

from convcore.descent.descent import Status, descend
from convcore.descent.theory import PointKind, inertia
from convcore.objectives.gallery import BY_KEY, GALLERY, Function
from convcore.objectives.quadratics import Quadratic
from convcore.optimizers import BFGS, AbsoluteNewton, DampedNewton, Newton, ShiftedNewton

LOGCOSH = BY_KEY["logcosh"].objective
HIMMELBLAU = BY_KEY["himmelblau"].objective
THRESHOLD = brentq(lambda w: np.sinh(2 * w) - 4 * w, 1, 2, xtol=1e-15)
TAMED = [DampedNewton, AbsoluteNewton, ShiftedNewton]
RNG = np.random.default_rng(5)
B = RNG.normal(size=(9, 5))
BOWL = Quadratic(B.T @ B, RNG.normal(size=5))


@pytest.mark.parametrize("kind", [Newton, *TAMED])
def test_a_full_step_lands_on_a_quadratic_minimum_at_once(kind):
    run = descend(BOWL, np.arange(5.0), 1.0, kind(), steps=1)
    assert run.w[-1] == pytest.approx(np.linalg.solve(BOWL.A, -BOWL.b), rel=1e-10)


def test_plain_newton_converges_on_log_cosh_just_below_the_threshold_only():
    assert round(THRESHOLD, 4) == 1.0887
    run = descend(LOGCOSH, [[THRESHOLD - 1e-6], [THRESHOLD + 1e-6]], 1.0, Newton(), steps=40)
    assert run.status.tolist() == [Status.CONVERGED, Status.DIVERGED]


@pytest.mark.parametrize("kind", [*TAMED, BFGS])
def test_the_tamed_ones_converge_on_log_cosh_from_far_beyond_it(kind):
    run = descend(LOGCOSH, [[1.2], [-3.0], [20.0], [300.0]], 1.0, kind(), steps=80)
    assert all(status is Status.CONVERGED for status in run.status)
    assert np.abs(run.w[-1]).max() < 1e-8


@pytest.mark.parametrize("kind", TAMED)
@pytest.mark.parametrize("far", [1e3, 1e6, 1e9])
def test_from_far_away_the_search_ends_and_the_run_gets_home(kind, far):
    # The gradient is 1 there and E″ is w⁻³: a full step is w³ long, and E's digits are spent on w.
    run = descend(BY_KEY["hyperbola"].objective, [far], 1.0, kind(), steps=200)
    assert run.outcome().status is Status.CONVERGED
    assert abs(run.w[-1, 0]) < 1e-12


@pytest.mark.parametrize("kind", TAMED)
def test_a_constant_that_drowns_the_values_does_not_stall_it(kind):
    # At 10⁹ + E, values are equal long before the gradient is small: slopes take over.
    f = Function("10^9 + (1 - x)^2 + 100*(y - x^2)^2")
    run = descend(f, [-1.2, 1.0], 1.0, kind(), steps=60)
    assert run.w[-1] == pytest.approx([1, 1], rel=1e-9)


def test_where_the_full_step_is_good_damped_newton_is_newton():
    starts = [[0.5], [-0.9], [0.01]]
    plain = descend(LOGCOSH, starts, 1.0, Newton(), steps=6)
    assert descend(LOGCOSH, starts, 1.0, DampedNewton(), steps=6).w == pytest.approx(plain.w)


def test_damped_newton_takes_the_gradient_where_newtons_step_leads_uphill():
    # Its first trial is half as long as w, or as 1: it keeps what E promises and is taken.
    ridge = Quadratic(np.diag([-1.0, 2.0]))
    run = descend(ridge, [4.0, 0.0], 0.5, DampedNewton(), steps=1)
    assert run.w[1].tolist() == [6.0, 0.0]
    line = descend(Function("3*w"), [0.25], 0.5, DampedNewton(), steps=1)
    assert line.w[1].tolist() == [-0.25]


@pytest.mark.parametrize("kind", [AbsoluteNewton, ShiftedNewton])
def test_they_leave_the_saddles_and_the_maximum_of_himmelblau_that_newton_goes_to(kind):
    near = [[-0.270845, -0.923039], [-0.127961, -1.953715], [0.086678, 2.884255]]
    near += [[3.385154, 0.073852], [-3.073026, -0.081353]]
    starts = np.array(near) + np.array([0.02, -0.03])
    plain = descend(HIMMELBLAU, starts, 1.0, Newton(), steps=30)
    assert plain.kind.tolist() == [PointKind.MAXIMUM, *[PointKind.SADDLE] * 4]
    run = descend(HIMMELBLAU, starts, 1.0, kind(), steps=60)
    assert all(status is Status.CONVERGED for status in run.status)
    assert run.kind.tolist() == [PointKind.MINIMUM] * 5
    minima = np.array(BY_KEY["himmelblau"].minima)
    away = np.linalg.norm(run.w[-1][:, None] - minima, axis=-1).min(axis=1)
    assert away.max() < 1e-8


WITHOUT_FLAT_ENDS = {
    "regression", "exponentials3", "booth", "matyas", "rosenbrock", "himmelblau", "camel", "styblinski",
    "rastrigin",
}  # fmt: skip
TWO_SMOOTH = [e.key for e in GALLERY if len(e.view) == 2 and "kink" not in e.note]


@pytest.mark.parametrize("kind", [AbsoluteNewton, ShiftedNewton])
@pytest.mark.parametrize("key", TWO_SMOOTH)
def test_from_anywhere_they_end_on_a_point_with_no_downward_curvature(kind, key):
    entry = BY_KEY[key]
    low, high = np.array(entry.view).T
    starts = np.random.default_rng(3).uniform(low, high, size=(20, 2))
    run = descend(entry.objective, starts, 1.0, kind(), steps=150)
    ended = np.array([status is Status.CONVERGED for status in run.status])
    # Some, as Beale, have flat ends that bend down a little, to which one can run for ever.
    bends, _ = entry.objective.eigen(run.w[-1][~ended])
    flat = (bends[:, 0] < 0) & (np.abs(bends[:, 0]) <= 1e-3 * np.abs(bends[:, 1]))
    assert ended.all() or (key not in WITHOUT_FLAT_ENDS and ended.mean() >= 0.7 and flat.all())
    values, _ = entry.objective.eigen(run.w[-1][ended])
    assert all(inertia(v)[1] == 0 for v in values) and np.all(values[:, 0] >= 0)
    assert np.all(np.diff(run.loss, axis=0) <= 1e-9 * np.abs(run.loss[:-1]))


def test_the_absolute_step_is_that_of_the_eigenvalues_sizes():
    A = np.array([[1.0, 2, 0], [2, -3, 1], [0, 1, 0.5]])
    bowl, w = Quadratic(A, [1, 1, -1]), np.array([1.0, 2, 3])
    values, Q = np.linalg.eigh(A)
    d = AbsoluteNewton().look(bowl, w)[1]
    assert d == pytest.approx(-Q @ np.diag(1 / np.abs(values)) @ Q.T @ bowl.gradient(w))


def test_the_shifted_step_lifts_the_least_eigenvalue_to_its_share():
    A = np.array([[1.0, 2, 0], [2, -3, 1], [0, 1, 0.5]])
    bowl, w = Quadratic(A, [1, 1, -1]), np.array([1.0, 2, 3])
    values = np.linalg.eigvalsh(A)
    tau = 0.2 * np.abs(values).max() - values[0]
    d = ShiftedNewton(share=0.2).look(bowl, w)[1]
    assert d == pytest.approx(-np.linalg.solve(A + tau * np.eye(3), bowl.gradient(w)))


@pytest.mark.parametrize("kind", [*TAMED, BFGS])
def test_a_flat_direction_is_left_alone_and_a_stationary_point_is_kept(kind):
    valley = Quadratic(np.diag([0.0, 1.0, 4.0]), [0, 1, 1])
    run = descend(valley, [3.0, 4.0, 5.0], 1.0, kind(), steps=30)
    assert run.w[-1] == pytest.approx([3, -1, -0.25], abs=1e-9)
    for A in (np.eye(2), np.diag([1.0, -1.0]), -np.eye(2), np.zeros((2, 2))):
        assert not descend(Quadratic(A), [0.0, 0.0], 1.0, kind(), steps=3).w.any()


@pytest.mark.parametrize("kind", [*TAMED, BFGS])
@pytest.mark.parametrize("text, start", [("-w^2", 1.0), ("w^3", 1.0), ("-exp(w)", 0.0), ("w", 0.0)])
def test_what_is_unbounded_below_is_followed_down_without_a_nan(kind, text, start):
    run = descend(Function(text), [start], 1.0, kind(), steps=60)
    assert np.isfinite(run.w).all() and np.isfinite(run.loss).all()
    assert run.loss[-1] < run.loss[0]


def test_bfgs_ends_on_a_quadratic_minimum_after_n_exact_steps():
    # Nocedal & Wright 2006, theorem 6.4: conjugate directions, and B is the inverse afterwards.
    optimizer, w = BFGS(flat=1e-10), np.arange(5.0)
    run = descend(BOWL, w, 1.0, optimizer, steps=5)
    g = BOWL.gradient(run.w)
    assert np.linalg.norm(g[5]) < 1e-7 * np.linalg.norm(g[0])
    assert np.linalg.norm(g[3]) > 1e-3 * np.linalg.norm(g[0])
    s = np.diff(run.w, axis=0)
    conjugate = s @ BOWL.A @ s.T
    size = np.sqrt(np.outer(np.diag(conjugate), np.diag(conjugate)))
    assert np.abs(conjugate - np.diag(np.diag(conjugate))).max() < 1e-6 * size.max()
    memory = optimizer.start(w)
    for _ in range(6):
        w, memory = optimizer.step(BOWL, w, memory, np.ones(1))
    assert memory[0] == pytest.approx(np.linalg.inv(BOWL.A), rel=1e-5, abs=1e-6)


def test_bfgs_by_the_textbooks_formula():
    f, optimizer = BY_KEY["rosenbrock"].objective, BFGS()
    w, memory = np.array([-1.2, 1.0]), optimizer.start(np.array([-1.2, 1.0]))
    inverse = None
    for _ in range(12):
        before, known = w, memory
        w, memory = optimizer.step(f, w, memory, np.ones(1))
        if known[0].any() or inverse is not None:
            assert memory[0] == pytest.approx(inverse, rel=1e-9)
        s, y = w - before, f.gradient(w) - f.gradient(before)
        assert s @ y > 0  # the Wolfe conditions see to it
        inverse = (s @ y) / (y @ y) * np.eye(2) if inverse is None else inverse
        V = np.eye(2) - np.outer(y, s) / (s @ y)
        inverse = V.T @ inverse @ V + np.outer(s, s) / (s @ y)


@pytest.mark.parametrize(
    "key", ["rosenbrock", "beale", "regression", "himmelblau", "exponentials3"]
)
def test_bfgs_reaches_the_minimum_that_scipy_reaches(key):
    entry = BY_KEY[key]
    f = entry.objective
    theirs = minimize(f.value, entry.start, jac=f.gradient, method="BFGS", options={"gtol": 1e-9})
    run = descend(f, entry.start, 1.0, BFGS(), steps=80)
    assert run.w[-1] == pytest.approx(theirs.x, abs=1e-6)
    taken = run.steps_to(1e-6, run.w[-1])
    assert taken <= 1.5 * theirs.nit + 5


def test_bfgs_needs_no_hessian():
    class NoHessian(Function):
        def hessian(self, w):
            raise AssertionError("BFGS asked for the Hessian")

    optimizer, w = BFGS(), np.array([-1.2, 1.0])
    memory = optimizer.start(w)
    f = NoHessian(BY_KEY["rosenbrock"].text)
    for _ in range(60):
        w, memory = optimizer.step(f, w, memory, np.ones(1))
    assert w == pytest.approx([1, 1], abs=1e-8)


@pytest.mark.parametrize(
    "kind, name, value",
    [(DampedNewton, "sufficient", 0.6), (ShiftedNewton, "share", 0.0), (BFGS, "flat", 1.0)],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(kind, name, value):
    with pytest.raises(ValueError, match=rf"`{kind.__name__}\({name}=...\)` must be .*; got"):
        kind(**{name: value})
