"""Theorems on drawn problems: what must hold for each of them, and is no matter of a preset."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from convcore.descent.descent import Status, descend
from convcore.descent.theory import PointKind
from convcore.labs import FromFormula, TaylorAndNewton
from convcore.network import ACTIVATIONS, DIVERGENCES, Network
from convcore.network.spectra import largest
from convcore.objectives.gallery import GALLERY, Function
from convcore.optimizers import GradientDescent, Momentum, Newton
from convcore.separators.learners import Backprop, Perceptron, wrong_points
from convcore.separators.points import Points
from convcore.separators.separability import certificate, novikoff
from convcore.sweeps.end_maps import CODE, basins, escape_map
from convcore.sweeps.stationary import stationary_points
from tests.draw import often


@st.composite
def separable(draw: st.DrawFn) -> tuple[Points, np.ndarray]:
    """Points on both sides of a drawn line, and the line (n,)."""
    p = draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    line = np.append(rng.standard_normal(p), draw(st.floats(-2, 2)))
    line /= np.linalg.norm(line)
    x = 3 * rng.standard_normal((draw(st.integers(2, 30)), p))
    score = x @ line[:-1] + line[-1]
    kept = np.abs(score) > draw(st.floats(0.05, 0.5))
    assume(kept.sum() > 1 and len(set(np.sign(score[kept]))) == 2)
    return Points(x[kept], np.sign(score[kept])), line


@given(separable(), st.booleans(), st.integers(0, 99))
@often(40, 400)
def test_the_perceptron_separates_within_novikoffs_bound(drawn, shuffle, seed):
    points, line = drawn
    z = points.labels[:, None] * points.augmented()
    R, gap = np.linalg.norm(z, axis=1).max(), (z @ line).min()
    assert certificate(points).separable
    bound = novikoff(points)
    # γ is the largest margin: that of the line at hand is no larger.
    assert bound.radius == pytest.approx(R) and bound.margin >= gap * (1 - 1e-9)
    run = Perceptron(epochs=20_000, shuffle=shuffle, seed=seed).train(points)
    assert run.converged and not wrong_points(run.weights[-1], points)
    assert run.total <= min(bound.bound, (R / gap) ** 2) * (1 + 1e-9)


@given(separable(), st.floats(0.1, 1), st.integers(0, 99))
@often(25, 250)
def test_cross_entropy_with_hard_targets_separates_in_as_many_steps_as_theory_needs(
    drawn, share, seed
):
    # Of a convex E with ∇E of Lipschitz constant L, η ≤ 1/L: E(w_K) ≤ E(u) + ‖w_0 − u‖²/2ηK for each u.
    # E(u) ≤ N·exp(−γ‖u‖), and E < log 2 leaves no point on the wrong side.
    points, _ = drawn
    x, gamma = points.augmented(), novikoff(points).margin
    eta = share * 4 / np.linalg.eigvalsh(x.T @ x)[-1]
    size = math.log(2 * len(points) / math.log(2)) / gamma
    steps = math.ceil(size**2 / (eta * math.log(2)))
    assume(steps <= 4000)
    training = Backprop("entropy", 0.0, eta, steps, spread=0.0, seed=seed)
    run = training.train(points)
    assert not wrong_points(run.w[-1], points)


PLANES = [entry for entry in GALLERY if len(entry.view) == 2]
LINES = [entry for entry in GALLERY if len(entry.view) == 1]
methods = st.sampled_from([GradientDescent(), Momentum(0.5), Newton()])


@given(st.sampled_from(PLANES), methods, st.floats(-3, -0.5), st.integers(0, 2**32 - 1))
@often(8, 80)
def test_a_cell_of_a_basin_map_is_the_run_from_there(entry, method, power, seed):
    eta = 1.0 if method.relative else 10**power
    rng = np.random.default_rng(seed)
    x, y = (rng.uniform(low, high, 3) for low, high in entry.view)
    found = basins(entry.objective, x, y, eta, method, steps=150)
    for r, c in rng.integers(0, 3, (3, 2)):
        the_cell_is_the_run(found, (r, c), entry.objective, [x[c], y[r]], eta, method, 150)


@given(st.sampled_from(LINES), methods, st.integers(0, 2**32 - 1))
@often(12, 120)
def test_a_cell_of_an_escape_map_is_the_run_from_there(entry, method, seed):
    rng = np.random.default_rng(seed)
    starts, etas = rng.uniform(*entry.view[0], 5), 10 ** rng.uniform(-2, 0.5, 4)
    found = escape_map(entry.objective, starts[:, None], etas, method, steps=150)
    for r, c in rng.integers(0, 4, (4, 2)):
        the_cell_is_the_run(found, (r, c), entry.objective, [starts[c]], etas[r], method, 150)


def the_cell_is_the_run(found, cell, objective, start, eta, method, steps):
    if not np.isfinite(objective.value(np.array(start))):
        assert found.status[cell] == CODE[Status.LEFT]
        return
    run = descend(objective, start, eta, method, steps=steps)
    end = found.w[cell]
    # A map stops following a run that has settled, and a run that is about to settle goes on.
    if found.status[cell] == CODE[Status.CONVERGED]:
        assert run.status in (Status.CONVERGED, Status.OUT_OF_STEPS)
        np.testing.assert_allclose(end, run.w[-1], rtol=0, atol=0.02 * (1 + np.abs(end).max()))
    else:
        assert found.status[cell] == CODE[run.status.item()]


numbers = st.floats(-5, 5).map(lambda x: round(x, 3))


@given(
    st.integers(1, 100).map(lambda k: k / 10),
    st.integers(-95, 95).map(lambda k: k / 100),
    st.integers(1, 100).map(lambda k: k / 10),
    numbers,
    numbers,
    numbers,
)
@often(30, 300)
def test_newton_lands_on_the_minimum_of_a_typed_quadratic_in_one_step(a, r, d, e, f, start):
    across = round(r * math.sqrt(a * d), 6)
    H = np.array([[a, across], [across, d]])
    text = f"{a / 2}*x^2 + {across}*x*y + {d / 2}*y^2 + {e}*x + {f}*y"
    lab = TaylorAndNewton(FromFormula(text), (start, 2.0), methods=("newton",), steps=3)
    record = lab.run().record
    landed = np.column_stack([record["w1"], record["w2"]])[record["step"] == 1]
    best = np.linalg.solve(H, [-e, -f])
    away = 1 + np.abs(best).max() + abs(start)
    np.testing.assert_allclose(landed, best[None], rtol=0, atol=1e-9 * away)


@given(
    st.lists(st.tuples(numbers, numbers), min_size=2, max_size=2), st.floats(0.5, 2), st.booleans()
)
@often(20, 200)
def test_stationary_points_are_named_by_the_signs_of_the_bends_around_them(waves, pace, bowl):
    (a, b), (c, d) = waves
    text = f"{a}*sin({pace}*x) + {b}*cos(y) + {c}*sin(x + y) + {d}*x*y/9" + " + x^2 + y^2" * bowl
    E = Function(text)
    h = 1e-4
    for point in stationary_points(E, ((-4.0, 4.0), (-4.0, 4.0))):
        w = np.array(point.w)
        # Second differences of the values, which know nothing of exact derivatives.
        shifts = h * np.eye(2)
        H = np.array([[E.value(w + u + v) - E.value(w + u - v) - E.value(w - u + v) + E.value(w - u - v)
                       for u in shifts] for v in shifts]) / (4 * h * h)  # fmt: skip
        bends = np.linalg.eigvalsh(H)
        slope = [(E.value(w + u) - E.value(w - u)) / (2 * h) for u in shifts]
        assert np.abs(slope).max() <= 1e-4
        np.testing.assert_allclose(point.curvatures, bends, rtol=0, atol=1e-3)
        if np.abs(bends).min() > 1e-2:
            kinds = (PointKind.MAXIMUM, PointKind.SADDLE, PointKind.MINIMUM)
            assert point.kind is kinds[int((bends > 0).sum())]


@given(
    st.lists(st.integers(1, 12), max_size=2),
    st.sampled_from(sorted(ACTIVATIONS)),
    st.sampled_from(sorted(DIVERGENCES)),
    st.integers(0, 2**32 - 1),
)
@often(25, 250)
def test_lanczos_finds_the_top_of_the_dense_spectrum_of_any_network(
    hidden, activation, divergence, seed
):
    rng = np.random.default_rng(seed)
    x, classes = rng.standard_normal((12, 4)), rng.integers(0, 3, 12)
    net = Network(x, np.eye(3)[classes], tuple(hidden), activation, divergence)
    w = net.initial(seed % 100) * rng.uniform(0.2, 3)
    values = np.linalg.eigvalsh(net.hessian(w))
    near = 1e-5 * np.abs(values).max()
    product = net.at(w).hessian_product
    assert abs(largest(product, net.n)[0] - values[-1]) <= near
