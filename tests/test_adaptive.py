"""RProp, QuickProp, AdaGrad, RMSProp, Adam and AdamW against plain loops and steps worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from convcore.descent.descent import Status, descend
from convcore.objectives.gallery import BY_KEY, Function
from convcore.objectives.quadratics import Quadratic
from convcore.optimizers import AdaGrad, Adam, AdamW, QuickProp, RMSProp, RProp

ROSENBROCK = BY_KEY["rosenbrock"].objective
STARTS = [[-1.2, 1.0], [0.0, 0.0], [1.5, -0.5]]


def slope(x, y):
    """Rosenbrock's gradient, written out."""
    return [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)]


def adagrad(w, eta, steps, epsilon):
    s = [0.0, 0.0]
    for _ in range(steps):
        g = slope(*w)
        for i in (0, 1):
            s[i] += g[i] ** 2
            w[i] -= eta * g[i] / (math.sqrt(s[i]) + epsilon)
    return w


def rmsprop(w, eta, steps, alpha, epsilon):
    s = [0.0, 0.0]
    for _ in range(steps):
        g = slope(*w)
        for i in (0, 1):
            s[i] = alpha * s[i] + (1 - alpha) * g[i] ** 2
            w[i] -= eta * g[i] / (math.sqrt(s[i]) + epsilon)
    return w


def adam(w, eta, steps, beta1, beta2, epsilon):
    m, s = [0.0, 0.0], [0.0, 0.0]
    for k in range(1, steps + 1):
        g = slope(*w)
        for i in (0, 1):
            m[i] = beta1 * m[i] + (1 - beta1) * g[i]
            s[i] = beta2 * s[i] + (1 - beta2) * g[i] ** 2
            mean, square = m[i] / (1 - beta1**k), s[i] / (1 - beta2**k)
            w[i] -= eta * mean / (math.sqrt(square) + epsilon)
    return w


def adamw(w, eta, steps, beta1, beta2, epsilon, decay):
    m, s = [0.0, 0.0], [0.0, 0.0]
    for k in range(1, steps + 1):
        g = slope(*w)
        for i in (0, 1):
            w[i] *= 1 - eta * decay  # first, as in PyTorch; the gradient is that of the old w
            m[i] = beta1 * m[i] + (1 - beta1) * g[i]
            s[i] = beta2 * s[i] + (1 - beta2) * g[i] ** 2
            mean, square = m[i] / (1 - beta1**k), s[i] / (1 - beta2**k)
            w[i] -= eta * mean / (math.sqrt(square) + epsilon)
    return w


def rprop(w, eta, steps, grow, shrink, most):
    size, before, last = [eta, eta], [0.0, 0.0], [0.0, 0.0]
    for _ in range(steps):
        g = slope(*w)
        for i in (0, 1):
            if g[i] * before[i] < 0:  # jumped over the minimum: go back, be more careful
                size[i] *= shrink
                w[i] -= last[i]
                before[i] = last[i] = 0.0
                continue
            if g[i] * before[i] > 0:
                size[i] = min(grow * size[i], most * eta)
            last[i] = -math.copysign(size[i], g[i]) if g[i] else 0.0
            w[i] += last[i]
            before[i] = g[i]
    return w


def quickprop(w, eta, steps, grow):
    last, before = [0.0, 0.0], [0.0, 0.0]
    for _ in range(steps):
        g = slope(*w)
        for i in (0, 1):
            if last[i] == 0:
                step = -eta * g[i]
            elif g[i] / before[i] >= 1:  # the slope got no flatter: the secant does not curve up
                step = grow * last[i]
            else:
                step = last[i] * min(g[i] / (before[i] - g[i]), grow)
            w[i], last[i], before[i] = w[i] + step, step, g[i]
    return w


@pytest.mark.parametrize(
    "optimizer, naive, settings, eta",
    [
        (AdaGrad(), adagrad, (1e-10,), 0.3),
        (AdaGrad(epsilon=0.1), adagrad, (0.1,), 0.3),
        (RMSProp(), rmsprop, (0.99, 1e-8), 0.003),
        (RMSProp(alpha=0.5, epsilon=1e-2), rmsprop, (0.5, 1e-2), 0.003),
        (Adam(), adam, (0.9, 0.999, 1e-8), 0.02),
        (Adam(0.0, 0.9, 1e-3), adam, (0.0, 0.9, 1e-3), 0.02),
        (AdamW(), adamw, (0.9, 0.999, 1e-8, 0.01), 0.02),
        (AdamW(0.5, 0.9, 1e-3, 2.0), adamw, (0.5, 0.9, 1e-3, 2.0), 0.3),
        (RProp(), rprop, (1.2, 0.5, 1e3), 0.01),
        (RProp(1.5, 0.25, 3.0), rprop, (1.5, 0.25, 3.0), 0.01),
        (QuickProp(), quickprop, (1.75,), 1e-4),
        (QuickProp(1.2), quickprop, (1.2,), 1e-4),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_the_path_is_that_of_a_plain_loop_over_coordinates(optimizer, naive, settings, eta):
    for steps in (1, 2, 3, 30):
        run = descend(ROSENBROCK, STARTS, eta, optimizer, steps=steps)
        expected = [naive(list(start), eta, steps, *settings) for start in STARTS]
        assert run.w[-1] == pytest.approx(np.array(expected), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    "optimizer, eta, steps, expected",
    [
        (AdamW(), 0.02, 1, [-1.1797600000009276, 1.0197999999977272]),
        (AdamW(), 0.02, 300, [-0.7378608248908377, 0.5502835925348549]),
        (AdamW(decay=0.5), 0.02, 30, [-0.8605565513348985, 0.7150043438927639]),
        (AdamW(decay=0.5), 0.02, 300, [0.08266694948204155, 0.006259719425030279]),
        (AdamW(0.5, 0.9, 1e-3, 2.0), 0.3, 30, [0.058462892655454436, 0.0029936318778442028]),
    ],
)
def test_adamw_is_where_pytorch_is(optimizer, eta, steps, expected):
    # torch.optim.AdamW of PyTorch 2.13.0 on Rosenbrock's function in double precision
    run = descend(ROSENBROCK, [-1.2, 1.0], eta, optimizer, steps=steps)
    assert run.w[-1] == pytest.approx(expected, rel=1e-11)


def test_adamw_without_decay_is_adam_and_no_weight_stays_beyond_one_over_its_decay():
    plain = descend(ROSENBROCK, STARTS, 0.02, Adam(), steps=50).w
    assert np.array_equal(descend(ROSENBROCK, STARTS, 0.02, AdamW(decay=0.0), steps=50).w, plain)
    # The minimum is at 5 and 0.2; weights of at most 1/λ = 2 come nearest at 2 and 0.2.
    bowl = Quadratic(np.diag([1.0, 3.0]), [-5.0, -0.6])
    run = descend(bowl, [0.0, 0.0], 0.01, AdamW(decay=0.5), steps=20_000)
    assert run.w[-1] == pytest.approx([2.0, 0.2], abs=0.02)


def test_rprop_by_hand():
    # E = ½w² from 1 with η = 0.5: −0.5; same sign, ×1.2: −0.6 jumps over 0; back, and halved: 0.3
    # (a first step again, as the flip is forgotten); then ×1.2: −0.36 jumps over 0; back.
    run = descend(Quadratic(1.0), [1.0], 0.5, RProp(), steps=6)
    assert run.w[:, 0] == pytest.approx([1, 0.5, -0.1, 0.5, 0.2, -0.16, 0.2])


def test_each_coordinate_of_rprop_minds_its_own_sign():
    together = descend(Quadratic(np.diag([1.0, 30.0])), [1.0, -2.0], 0.1, RProp(), steps=40).w
    one = descend(Quadratic(1.0), [1.0], 0.1, RProp(), steps=40).w[:, 0]
    two = descend(Quadratic(1.0), [-2.0], 0.1, RProp(), steps=40).w[:, 0]
    # Only signs count: a curvature of 30 makes no difference.
    assert np.array_equal(together, np.column_stack([one, two]))


def test_rprop_stops_on_a_gradient_of_zero_and_its_step_grows_to_its_largest():
    assert descend(Quadratic(1.0), [0.0], 1.0, RProp(), steps=5).w.tolist() == [[0.0]] * 6
    run = descend(Function("w"), [0.0], 1.0, RProp(grow=2.0, most=4.0), steps=6)
    assert run.w[:, 0].tolist() == [0, -1, -3, -7, -11, -15, -19]


def test_quickprop_lands_on_a_quadratic_minimum_with_its_second_step():
    # One step of −ηg, and the secant knows all of a parabola, in each coordinate.
    bowl = Quadratic(np.diag([1.0, 3.0]), [1.0, -2.0])
    run = descend(bowl, [2.0, 1.0], 0.5, QuickProp(4.0), steps=2)
    assert run.w[2] == pytest.approx(bowl.minimiser, rel=1e-14)


def test_quickprop_grows_by_no_more_than_its_factor_and_never_climbs_a_maximum():
    run = descend(Function("cos(w)"), [0.1], 0.1, QuickProp(), steps=25)
    step = np.diff(run.w[:, 0])
    moving = np.abs(step[:-1]) > 0
    assert np.all(np.abs(step[1:][moving]) <= 1.75 * np.abs(step[:-1][moving]) * (1 + 1e-12))
    assert run.w[-1, 0] == pytest.approx(math.pi, rel=1e-12)


def test_the_first_step_of_adam_is_eta_whatever_the_gradient():
    run = descend(Quadratic(np.diag([1e-4, 1.0, 1e6])), [1, -2, 3], 0.1, Adam(), steps=1)
    assert run.w[1] == pytest.approx([0.9, -1.9, 2.9], rel=1e-4)


def test_adagrad_is_the_same_in_any_units_of_a_coordinate():
    a = descend(Quadratic(np.diag([1.0, 1.0])), [1, 1], 0.1, AdaGrad(), steps=50).w
    b = descend(Quadratic(np.diag([1e6, 1.0])), [1, 1], 0.1, AdaGrad(), steps=50).w
    assert b == pytest.approx(a, rel=1e-6)


@pytest.mark.parametrize("kind", [AdaGrad, Adam, AdamW, QuickProp, RMSProp, RProp])
def test_where_there_is_no_slope_nothing_moves_and_nothing_warns(kind):
    optimizer, w = kind(), np.zeros((3, 2))
    new, memory = optimizer.step(Quadratic(np.eye(2)), w, optimizer.start(w), np.ones((3, 1)))
    assert np.array_equal(new, w) and all(np.isfinite(m).all() for m in memory)


@pytest.mark.parametrize("kind, eta", [(RProp, 0.1), (QuickProp, 0.01), (AdaGrad, 0.5)])
def test_a_convex_function_is_minimised_at_a_constant_step_size(kind, eta):
    f = BY_KEY["regression"].objective
    run = descend(f, BY_KEY["regression"].start, eta, kind(), steps=600)
    assert run.outcome().status is Status.CONVERGED
    assert run.w[-1] == pytest.approx(BY_KEY["regression"].minima[0], abs=1e-4)


@pytest.mark.parametrize(
    "kind, name, value",
    [
        (RProp, "grow", 0.9),
        (RProp, "shrink", 1.0),
        (RProp, "most", 0.5),
        (QuickProp, "grow", 0.0),
        (AdaGrad, "epsilon", 0.0),
        (RMSProp, "alpha", 1.0),
        (RMSProp, "epsilon", math.inf),
        (Adam, "beta1", -0.1),
        (Adam, "beta2", 1.0),
        (Adam, "epsilon", math.nan),
        (AdamW, "beta2", 1.0),
        (AdamW, "decay", -0.1),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(kind, name, value):
    with pytest.raises(
        ValueError, match=rf"`{kind.__name__}\({name}=...\)` must be .*; got {value}"
    ):
        kind(**{name: value})
