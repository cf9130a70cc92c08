"""The sigmoid unit: derivatives by differences, minima by other means, and section F's table."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from scipy.optimize import minimize

from convcore.descent.descent import Status, descend
from convcore.objectives.base import Objective
from convcore.optimizers import GradientDescent, Momentum, Optimizer, ShiftedNewton
from convcore.separators.points import Points, augment, clouds, d8, gate, iris, lecture_set, u12
from convcore.separators.separability import certificate
from convcore.separators.sigmoid_unit import (
    ACTIVATIONS,
    DIVERGENCES,
    SigmoidUnit,
    WithinNorm,
    always_separates,
    minima,
)

KINDS = list(itertools.product(DIVERGENCES, ACTIVATIONS, (0.0, 0.2), (0.0, 0.3)))
kinds = pytest.mark.parametrize("divergence, activation, epsilon, decay", KINDS)
SEPARABLE = {
    "U12": u12(),
    "D8": d8(),
    "lecture 1": lecture_set(1),
    "lecture 5": lecture_set(5),
    "AND": gate("and"),
    "OR": gate("or"),
    "setosa": iris("setosa", "versicolor"),
    "clouds": clouds(40, 3, 0.5),
}


def naive(points, w, divergence, activation, epsilon, decay):
    """E(w), point by point, by the definitions of section F."""
    total = 0.0
    for x, label in zip(points.x, points.labels, strict=True):
        z = x @ w[:-1] + w[-1]
        y = np.tanh(z) if activation == "tanh" else 1 / (1 + np.exp(-z))
        d = 1 - epsilon if label > 0 else epsilon
        if divergence == "l2":
            total += (y - (2 * d - 1 if activation == "tanh" else d)) ** 2
        else:
            p = (1 + y) / 2 if activation == "tanh" else y
            total -= d * np.log(p) + (1 - d) * np.log(1 - p)
    return total + decay / 2 * (w @ w)


def first_separating(unit, w):
    """The first epoch k at which weights w (K+1, ..., n) separate the points, (...); inf if none do."""
    right = unit.errors(w) == 0
    return np.where(right.any(axis=0), right.argmax(axis=0), np.inf)


@kinds
def test_the_value_is_the_definition_point_by_point(divergence, activation, epsilon, decay):
    points = clouds(9, 1.0)
    unit = SigmoidUnit.on(points, divergence, epsilon, decay, activation)
    for w in np.random.default_rng(0).normal(size=(5, 3)):
        expected = naive(points, w, divergence, activation, epsilon, decay)
        assert unit.value(w) == pytest.approx(expected, rel=1e-12)


@kinds
def test_gradient_and_hessian_are_central_differences(divergence, activation, epsilon, decay):
    unit = SigmoidUnit.on(clouds(9, 1.0), divergence, epsilon, decay, activation)
    w, h = np.random.default_rng(1).normal(size=(2, 4, 3)), 1e-5
    up, down = w[..., None, :] + h * np.eye(3), w[..., None, :] - h * np.eye(3)
    slope = (unit.value(up) - unit.value(down)) / (2 * h)
    bend = (unit.gradient(up) - unit.gradient(down)) / (2 * h)
    assert unit.gradient(w) == pytest.approx(slope, rel=1e-8, abs=1e-8)
    assert unit.hessian(w) == pytest.approx(bend, rel=1e-8, abs=1e-8)


@kinds
def test_runs_with_their_own_points_agree_with_units_of_their_own(
    divergence, activation, epsilon, decay
):
    sets = [clouds(9, 1.0, draw=draw) for draw in range(4)]
    settings = divergence, epsilon, decay, activation
    both = SigmoidUnit(np.stack([p.x for p in sets]), np.stack([p.labels for p in sets]), *settings)
    w = np.random.default_rng(2).normal(size=(5, 4, 3))
    for i, points in enumerate(sets):
        unit = SigmoidUnit.on(points, *settings)
        assert both.value(w)[:, i] == pytest.approx(unit.value(w[:, i]), rel=1e-13)
        assert both.gradient(w)[:, i] == pytest.approx(unit.gradient(w[:, i]), rel=1e-12)
        assert both.hessian(w)[:, i] == pytest.approx(unit.hessian(w[:, i]), rel=1e-12)
        assert np.array_equal(both.errors(w)[:, i], unit.errors(w[:, i]))
    assert both.value(w[0]).shape == both.errors(w[0]).shape == (4,)


@pytest.mark.parametrize("eta", [0.5, 2.0, 60.0])
def test_runs_with_their_own_points_end_as_alone_also_where_only_some_of_them_settle(eta):
    sets = [clouds(9, 1.0, draw=draw) for draw in range(6)]
    together = SigmoidUnit(
        np.stack([p.x for p in sets]), np.stack([p.labels for p in sets]), "l2", 0.1
    )
    runs = descend(together, np.zeros((6, 3)), eta, steps=400)
    alone = [descend(SigmoidUnit.on(p, "l2", 0.1), np.zeros(3), eta, steps=400) for p in sets]
    for i, one in enumerate(alone):
        assert runs.outcome((i,)) == one.outcome()
    if eta == 0.5:
        converged = [one.status[()] is Status.CONVERGED for one in alone]
        assert any(converged) and not all(converged)


def test_far_out_nothing_overflows_and_small_gradients_keep_their_digits():
    unit = SigmoidUnit.on(lecture_set(1), "entropy", 0.0)
    w = np.array([[300.0, 0, 0], [-2000.0, 0, 1], [1e100, 1e100, 0]])
    assert np.isfinite(unit.value(w)).all() and np.isfinite(unit.gradient(w)).all()
    far = SigmoidUnit(np.array([[1.0]]), np.array([1.0]), "entropy")
    at = np.array([100.0, 0.0])
    assert far.value(at) == pytest.approx(np.exp(-100), rel=1e-13)
    assert far.gradient(at) == pytest.approx([-np.exp(-100)] * 2, rel=1e-13)
    l2 = SigmoidUnit(np.array([[1.0]]), np.array([1.0]), "l2")
    assert l2.gradient(at) == pytest.approx([-2 * np.exp(-200)] * 2, rel=1e-12)


def test_outputs_and_errors_are_those_of_the_boundary():
    unit = SigmoidUnit.on(u12())
    w = np.array([1.0, 0.25])
    assert unit.output(w, np.array([[-0.25], [1.0]])) == pytest.approx(
        [0.5, 1 / (1 + np.exp(-1.25))]
    )
    assert unit.errors(w) == 1
    # A point on the boundary is not on its side.
    assert unit.errors(np.array([1.0, 0.5])) == 1 and unit.errors(np.zeros(2)) == 12
    tanh = SigmoidUnit.on(u12(), activation="tanh")
    assert tanh.output(w, np.array([[1.0]])) == pytest.approx([np.tanh(1.25)])


# The minima of section F


def lowest_of_a_grid(points, epsilon):
    """The global minimum of soft L2 on one input: a fine grid of both weights, each cell's best refined."""
    D = augment(points.x)
    d = np.where(points.labels > 0, 1 - epsilon, epsilon)

    def E(w):
        with np.errstate(over="ignore"):
            y = 1 / (1 + np.exp(-(D @ w)))
        g = 2 * (y - d) * y * (1 - y) @ D
        return ((y - d) ** 2).sum(), g

    found = []
    for slope in (-1.0, 0.02, 0.1, 0.3, 1.0, 3.0):
        for at in np.linspace(points.x.min(), points.x.max(), 13):
            start = [slope, -slope * at]
            found.append(minimize(E, start, jac=True, method="BFGS", options={"gtol": 1e-11}))
    return min(found, key=lambda run: run.fun)


@pytest.mark.parametrize(
    "points, epsilon, value, wrong",
    [
        (u12(), 0.2, 0.13324635658, ["x = −0.5 (+)"]),
        (d8(), 0.2, 0.17829558648, ["x = −3 (+)"]),
        (d8(), 0.15, 0.13499999840, []),
    ],
    ids=["U12", "D8 at .2", "D8 at .15"],
)
def test_the_global_minimum_of_soft_l2_to_eight_digits_and_its_wrong_point(
    points, epsilon, value, wrong
):
    expected = lowest_of_a_grid(points, epsilon)
    for seed in range(3):
        found = minima(SigmoidUnit.on(points, "l2", epsilon), seed=seed)[0]
        assert found.value == pytest.approx(expected.fun, rel=1e-9)
        assert found.value == pytest.approx(value, rel=1e-8)
        assert [points.describe(i) for i in found.wrong] == wrong
        assert found.separates is (not wrong)
        if wrong:
            # The separating minimum of D8 is so flat far out that a grid's BFGS stops early.
            assert found.w == pytest.approx(expected.x, rel=1e-6)


def test_u12_has_one_minimum_and_its_boundary_is_where_section_f_says():
    (only,) = minima(SigmoidUnit.on(u12(), "l2", 0.2))
    assert only.value == pytest.approx(0.13325, abs=5e-6)
    assert -only.w[1] / only.w[0] == pytest.approx(-0.345, abs=5e-4)
    assert certificate(u12()).separable and not only.separates


@pytest.mark.parametrize("t", [5, 20, 50])
def test_the_lecture_set_has_a_sharp_separating_minimum_and_a_flat_wrong_one(t):
    right, wrong = minima(SigmoidUnit.on(lecture_set(t), "l2", 0.1))
    assert right.separates and right.value == pytest.approx(0.0097, abs=5e-5)
    assert wrong.wrong == (3,)
    # To (1 − ε)² and logit(1 − ε)·(1, 1, 0), exponentially fast in t.
    slip = 50 * np.exp(-2 * t) + 1e-12
    assert wrong.value == pytest.approx(0.81, abs=slip + 1e-4 * (t == 5))
    assert wrong.w == pytest.approx(np.log(9) * np.array([1, 1, 0]), abs=0.02 if t == 5 else 1e-8)
    if t >= 20:
        assert right.sharpness == pytest.approx(2 * 0.09**2 * t**2, rel=0.05)
        assert right.limit < wrong.limit


def test_the_wrong_minimum_of_the_lecture_set_appears_at_t_4_11():
    def wrong(t):
        found = minima(SigmoidUnit.on(lecture_set(t), "l2", 0.1), starts=400)
        return any(not m.separates for m in found)

    assert not wrong(4.10)
    assert wrong(4.12)


@pytest.mark.parametrize("points", [u12(), d8(), lecture_set(5)])
def test_every_minimum_is_one_and_descent_below_its_limit_stays(points):
    unit = SigmoidUnit.on(points, "l2", 0.2)
    for m in minima(unit):
        w = np.array(m.w)
        assert np.abs(unit.gradient(w)).max() < 1e-10
        assert m.curvatures == pytest.approx(
            np.linalg.eigvalsh(unit.hessian(w)), rel=1e-6, abs=1e-9
        )
        assert m.limit == pytest.approx(2 / m.sharpness)
        run = descend(unit, w + 1e-5, 0.5 * m.limit, steps=200)
        assert np.abs(run.w[-1] - w).max() < 1e-4


def test_an_infimum_at_infinity_is_no_minimum():
    assert minima(SigmoidUnit.on(u12(), "entropy", 0.0)) == ()
    assert not any(m.separates for m in minima(SigmoidUnit.on(lecture_set(5), "l2", 0.0)))
    (xor,) = minima(SigmoidUnit.on(gate("xor"), "entropy", 0.0))
    assert xor.w == pytest.approx(np.zeros(3), abs=1e-9) and len(xor.wrong) == 4


@pytest.mark.parametrize("activation, height", [("logistic", 1), ("tanh", 4)])
def test_an_infimum_at_infinity_is_no_minimum_though_no_line_separates(activation, height):
    x = np.array([1.0, 2, 3, -1, -2, -3, -10])[:, None]
    points = Points(x, np.array([1.0, 1, 1, -1, -1, -1, 1]))
    unit = SigmoidUnit.on(points, "l2", 0.0, activation=activation)
    assert not certificate(points).separable
    # One point wrong far out, four at the only minimum.
    assert unit.value(np.array([1000.0, 0.0])) == pytest.approx(height, rel=1e-12)
    assert minima(unit)[0].value > 1.6 * height
    # Soft targets and decay bring it in; cross-entropy of inseparable points has it near anyway.
    for change in ({"epsilon": 0.1}, {"decay": 0.01}, {"divergence": "entropy"}):
        settings = {"divergence": "l2", "epsilon": 0.0, "activation": activation} | change
        other = SigmoidUnit.on(points, **settings)
        lowest = minima(other)[0]
        far = 10.0 ** np.arange(-2, 4, 0.05)[:, None]
        grid = np.concatenate([far * [np.cos(a), np.sin(a)] for a in np.linspace(0, 6.28, 200)])
        assert lowest.value <= other.value(grid).min()


@pytest.mark.parametrize("epsilon, most", [(0.1, 15), (0.2, 2), (0.25, 0), (0.05, 80)])
def test_the_bound_of_claim_20_is_strict(epsilon, most):
    assert most == 0 or always_separates(epsilon, most)
    assert not always_separates(epsilon, most + 1)
    assert always_separates(0.0, 10**6)


def test_below_the_bound_of_claim_20_the_global_minimum_separates():
    for draw in range(12):
        points = clouds(15, 1.0, 0.05, draw)
        assert certificate(points).separable and always_separates(0.1, len(points))
        assert minima(SigmoidUnit.on(points, "l2", 0.1))[0].separates


def test_a_large_step_cannot_reach_the_sharp_minimum_of_the_lecture_set():
    def end(t, eta):
        unit = SigmoidUnit.on(lecture_set(t), "l2", 0.1)
        run = descend(unit, np.zeros(3), eta, steps=5000)
        return run.status[()], int(unit.errors(run.w[-1])), float(run.loss[-1])

    status, errors, loss = end(5, 0.5)
    assert status == Status.CONVERGED and errors == 0 and loss == pytest.approx(0.00972, abs=1e-5)
    # 2/λₘₐₓ = .0123 there: from the same start, the same step ends with D on the wrong side.
    status, errors, loss = end(100, 0.5)
    assert errors == 1 and loss > 0.8


@pytest.mark.parametrize("points", [clouds(2000, 3, 0), clouds(5000, 4, 1), clouds(5001)])
def test_minima_of_many_points_take_two_seconds_or_get_one_line(points):
    start = time.process_time()
    if len(points) <= 5000:
        assert minima(SigmoidUnit.on(points, "l2", 0.1))
    else:
        with pytest.raises(ValueError, match="5,001 points are not sought; at most 5,000"):
            minima(SigmoidUnit.on(points, "l2", 0.1))
    assert time.process_time() - start < 2


# Section F's table: which combination may fail to separate separable points


def test_l2_with_soft_targets_may_stop_at_a_local_minimum_that_does_not_separate():
    unit = SigmoidUnit.on(lecture_set(5), "l2", 0.1)
    run = descend(unit, np.array([2.0, 2.0, 0.0]), 0.5, steps=3000)
    assert run.status[()] == Status.CONVERGED and unit.errors(run.w[-1]) == 1
    assert minima(unit)[0].separates


def test_l2_with_soft_targets_may_not_separate_at_its_global_minimum():
    assert minima(SigmoidUnit.on(u12(), "l2", 0.2))[0].wrong == (5,)


def test_l2_with_hard_targets_may_run_off_along_a_direction_that_does_not_separate():
    unit = SigmoidUnit.on(lecture_set(20), "l2", 0.0)
    run = descend(unit, np.array([3.0, 3.0, 0.0]), 0.5, steps=20_000)
    assert np.isinf(first_separating(unit, run.w))
    length = np.linalg.norm(run.w, axis=-1)
    assert (np.diff(run.loss) < 0).all() and (np.diff(length[5000:]) > 0).all()
    assert run.loss[-1] == pytest.approx(1, abs=1e-3)
    line = certificate(lecture_set(20)).weights
    assert unit.value(200 * line) < 1e-12


@pytest.mark.parametrize("name", SEPARABLE)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_cross_entropy_with_hard_targets_separates_in_finite_time_from_every_start(
    name, activation
):
    points = SEPARABLE[name]
    unit = SigmoidUnit.on(points, "entropy", 0.0, activation=activation)
    rng = np.random.default_rng(5)
    start = rng.normal(size=(24, unit.n)) * np.tile([0.0, 0.1, 1.0, 5.0], 6)[:, None]
    # λₘₐₓ ≤ ¼‖Z‖² everywhere.
    eta = 4 / np.linalg.norm(unit.signed, 2) ** 2
    run = descend(unit, start, eta, steps=15_000 if name == "D8" else 3000)
    assert np.isfinite(first_separating(unit, run.w)).all()
    assert (unit.errors(run.w[-1]) == 0).all()
    late = np.linalg.norm(run.w[-100:], axis=-1)
    assert (np.diff(late, axis=0) > 0).all()


def test_cross_entropy_with_hard_targets_separates_with_momentum_and_newton_too():
    unit = SigmoidUnit.on(d8(), "entropy", 0.0)
    eta = 4 / np.linalg.norm(unit.signed, 2) ** 2
    assert first_separating(unit, descend(unit, np.zeros(2), eta, Momentum(), steps=500).w) < 500
    assert first_separating(unit, descend(unit, np.zeros(2), 1.0, ShiftedNewton(), steps=50).w) < 50


def test_cross_entropy_with_hard_targets_turns_to_the_augmented_max_margin_direction():
    unit = SigmoidUnit.on(lecture_set(1), "entropy", 0.0)
    run = descend(unit, np.zeros(3), 1.0, steps=20_000)
    # The widest line through 0 of the augmented vectors is (2, 0, 1): A and C, and B, D for t = 1.
    goal = np.array([2, 0, 1]) / np.sqrt(5)
    w = run.w[[200, 2000, 20_000]]
    along = w @ goal / np.linalg.norm(w, axis=-1)
    assert (np.diff(along) >= -1e-12).all() and along[-1] > 0.999


@pytest.mark.parametrize("points, wrong", [(u12(), (5,)), (d8(), (3,))], ids=["U12", "D8"])
def test_cross_entropy_with_soft_targets_is_convex_and_may_not_separate(points, wrong):
    unit = SigmoidUnit.on(points, "entropy", 0.2)
    (only,) = minima(unit)
    assert only.wrong == wrong
    w = 3 * np.random.default_rng(6).normal(size=(200, 2))
    assert (np.linalg.eigvalsh(unit.hessian(w)) >= -1e-9).all()


@pytest.mark.parametrize("t", [1, 5, 50])
def test_cross_entropy_with_soft_targets_separates_the_lecture_set(t):
    assert minima(SigmoidUnit.on(lecture_set(t), "entropy", 0.1))[0].separates


def test_a_bounded_norm_may_not_separate():
    unit = SigmoidUnit.on(d8(), "entropy", 0.0)

    def end(bound):
        rule = WithinNorm(GradientDescent(), bound)
        return descend(unit, np.zeros(2), 0.01, rule, steps=20_000).w[-1]

    tight, loose = end(1.0), end(5.0)
    assert np.linalg.norm(tight) == pytest.approx(1.0) and unit.errors(tight) == 1
    assert np.linalg.norm(loose) == pytest.approx(5.0) and unit.errors(loose) == 0
    # The best on the circle, by trying it all around.
    angle = np.linspace(0, 2 * np.pi, 200_001)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    assert tight == pytest.approx(circle[unit.value(circle).argmin()], abs=1e-4)


def test_strong_weight_decay_may_not_separate():
    assert minima(SigmoidUnit.on(d8(), "entropy", 0.0, decay=0.1))[0].wrong == (3,)
    assert minima(SigmoidUnit.on(d8(), "entropy", 0.0, decay=0.01))[0].separates


class Hinge(Objective):
    """Σ max(0, 1 − s)^power: the hinge at 1, threshold LMS at 2 (no penalty beyond the target)."""

    def __init__(self, points, power):
        self.Z, self.power = points.labels[:, None] * augment(points.x), power
        self.n = self.Z.shape[1]

    def value(self, w):
        return (np.maximum(0, 1 - w @ self.Z.T) ** self.power).sum(axis=-1)

    def gradient(self, w):
        short = np.maximum(0, 1 - w @ self.Z.T)
        return -(self.power * (short if self.power == 2 else (short > 0) * 1.0)) @ self.Z

    def hessian(self, w):
        active = (w @ self.Z.T < 1) * (2.0 if self.power == 2 else 0.0)
        return np.einsum("...i,ij,ik->...jk", active, self.Z, self.Z)


@pytest.mark.parametrize("name", SEPARABLE)
@pytest.mark.parametrize("power", [1, 2], ids=["hinge", "threshold LMS"])
def test_hinge_and_threshold_lms_separate(name, power):
    points = SEPARABLE[name]
    loss = Hinge(points, power)
    start = np.random.default_rng(8).normal(size=(6, loss.n))
    # No curvature limits the hinge's step; at D8's narrow margin it needs a longer one.
    eta = (5 if power == 1 else 0.5) / np.linalg.norm(loss.Z, 2) ** 2
    run = descend(loss, start, eta, steps=15_000 if name == "D8" else 3000)
    separated = (run.w @ loss.Z.T > 0).all(axis=-1)
    assert separated.any(axis=0).all()


def test_the_divergence_can_fall_while_errors_rise():
    unit = SigmoidUnit.on(u12(), "l2", 0.2)
    run = descend(unit, np.array([1.5, 1.5]), 0.1, steps=1000)
    errors = unit.errors(run.w)
    assert (np.diff(run.loss) <= 1e-15).all()
    assert errors[0] == 0 and errors[-1] == 1


# Bad settings


@pytest.mark.parametrize(
    "change, part",
    [
        ({"divergence": "l1"}, "l2, entropy"),
        ({"activation": "relu"}, "logistic, tanh"),
        ({"epsilon": 0.5}, "[0, 0.5)"),
        ({"epsilon": float("nan")}, "[0, 0.5)"),
        ({"decay": -1.0}, "≥ 0"),
        ({"labels": np.zeros(2)}, "±1"),
        ({"x": np.array([[np.nan], [1.0]])}, "finite"),
        ({"x": np.zeros(2)}, "(N, p)"),
    ],
)
def test_settings_that_make_no_unit_are_refused_in_one_line(change, part):
    settings = {"x": np.zeros((2, 1)), "labels": np.ones(2)} | change
    with pytest.raises(ValueError) as caught:
        SigmoidUnit(**settings)
    assert part in str(caught.value) and str(caught.value).isprintable()


def test_a_bound_on_the_norm_must_be_positive():
    with pytest.raises(ValueError, match="positive"):
        WithinNorm(GradientDescent(), 0.0)


class Jump(Optimizer):
    """To a stated point."""

    def __init__(self, *to):
        self.to = np.array(to)

    def step(self, objective, w, memory, eta):
        return np.broadcast_to(self.to, w.shape), memory


@pytest.mark.parametrize("size", [1e-300, 1e-170, 1e-3, 1.0, 1e8, 1e162, 1e200, 1e307])
@pytest.mark.parametrize("bound", [1e-200, 1.0, 1e150])
def test_a_step_of_any_size_lands_on_the_ball(size, bound):
    unit = SigmoidUnit.on(lecture_set(1))
    step = WithinNorm(Jump(3 * size, 4 * size, 0.0), bound).step
    moved, _ = step(unit, np.zeros((2, 3)), (), np.array(1.0))
    # ‖(3, 4, 0)‖ = 5, so that the norm is known without its squares.
    length = min(5 * size, bound)
    np.testing.assert_allclose(moved / length, [[0.6, 0.8, 0.0]] * 2, rtol=1e-15)


def test_a_step_whose_squares_overflow_is_pulled_back_along_itself():
    unit = SigmoidUnit.on(u12())
    moved, _ = WithinNorm(Jump(1e162, 1e62), 1.0).step(unit, np.zeros(2), (), np.array(1.0))
    assert moved == pytest.approx([1.0, 1e-100], rel=1e-15)
