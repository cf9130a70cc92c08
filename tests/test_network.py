"""The network: gradients and products against naive complex arithmetic, whatever it is made of."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np
import pytest

from convcore.descent.descent import Status, descend
from convcore.network import ACTIVATIONS, DIVERGENCES, Network, softmax

RNG = np.random.default_rng(0)
X = RNG.standard_normal((7, 2))
each_kind = [(a, d) for a in ACTIVATIONS for d in DIVERGENCES]
kinds = pytest.mark.parametrize("activation, divergence", each_kind)
NAIVE = {
    "tanh": np.tanh,
    "logistic": lambda z: 1 / (1 + np.exp(-z)),
    "relu": lambda z: np.where(z.real > 0, z, 0),
    "softplus": lambda z: np.log(1 + np.exp(z)),
}


def made(activation: str, divergence: str, hidden: tuple[int, ...] = (5, 4)) -> Network:
    T = RNG.standard_normal((7, 3)) if divergence == "l2" else softmax(RNG.standard_normal((7, 3)))
    return Network(X, T, hidden, activation, divergence)


def placed(net: Network) -> np.ndarray:
    return net.initial(3) + 0.1 * np.random.default_rng(4).standard_normal(net.n)


def naive(net: Network, w: np.ndarray) -> complex:
    """E(w) for complex w, point by point and unit by unit."""
    total = 0
    for x, t in zip(net.inputs, net.targets, strict=True):
        h, at = list(x), 0
        for layer, (fan_in, fan_out) in enumerate(zip(net.widths, net.widths[1:], strict=False)):
            W, b = w[at : at + fan_in * fan_out], w[at + fan_in * fan_out :]
            z = [
                sum(h[i] * W[i * fan_out + j] for i in range(fan_in)) + b[j] for j in range(fan_out)
            ]
            last = layer == len(net.widths) - 2
            h = z if last else [NAIVE[net.activation](np.asarray(u)) for u in z]
            at += (fan_in + 1) * fan_out
        y = np.array(h)
        if net.divergence == "l2":
            total += ((y - t) ** 2).sum() / 2
        else:
            total -= (t * (y - np.log(np.exp(y).sum()))).sum()
    return total / len(net.inputs)


def naive_gradient(net: Network, w: np.ndarray) -> np.ndarray:
    """By complex steps, exact to rounding (Squire and Trapp 1998)."""
    return np.array([naive(net, w + 1e-30j * e).imag for e in np.eye(net.n)]) / 1e-30


@kinds
def test_the_value_is_the_one_of_a_network_written_out(activation, divergence):
    net = made(activation, divergence)
    w = placed(net)
    assert net.value(w) == pytest.approx(naive(net, w + 0j).real, rel=1e-13)


@kinds
def test_backpropagation_agrees_with_complex_steps(activation, divergence):
    net = made(activation, divergence)
    w = placed(net)
    expected = naive_gradient(net, w)
    assert np.abs(net.gradient(w) - expected).max() <= 1e-14 * max(1, np.abs(expected).max())
    np.testing.assert_allclose(net.at(w).gradient(), net.gradient(w), rtol=0, atol=1e-15)


@kinds
def test_hessian_products_agree_with_differences_of_complex_steps(activation, divergence):
    net = made(activation, divergence)
    w, h = placed(net), 1e-5
    v = np.random.default_rng(5).standard_normal(net.n)
    v /= np.linalg.norm(v)
    expected = (naive_gradient(net, w + h * v) - naive_gradient(net, w - h * v)) / (2 * h)
    found = net.hessian_product(w, v)
    assert np.abs(found - expected).max() <= 1e-8 * np.abs(expected).max()


@kinds
def test_the_hessian_is_symmetric_and_its_rows_are_products(activation, divergence):
    net = made(activation, divergence)
    w = placed(net)
    V = np.random.default_rng(6).standard_normal((2, 3, net.n))
    H = net.hessian(w)
    rows = net.at(w).hessian_product(np.eye(net.n))
    np.testing.assert_allclose(rows, rows.T, rtol=0, atol=1e-13)
    np.testing.assert_allclose(net.hessian_product(w, V), V @ H, rtol=0, atol=1e-12)


@kinds
def test_gauss_newton_is_made_of_the_outputs_derivatives_and_never_bends_down(
    activation, divergence
):
    net = made(activation, divergence)
    w, N = placed(net), len(net.inputs)

    def output(w):
        h = net.inputs.astype(complex)
        for i, (W, b) in enumerate(net.layers(w)):
            z = h @ W + b
            h = z if i == len(net.hidden) else NAIVE[net.activation](z)
        return h

    J = np.stack([output(w + 1e-30j * e).imag / 1e-30 for e in np.eye(net.n)], axis=-1)
    B = np.broadcast_to(np.eye(3), (N, 3, 3))
    if net.divergence == "softmax":
        p = softmax(net.output(w))
        B = p[:, :, None] * np.eye(3) - p[:, :, None] * p[:, None, :]
    G = np.einsum("aip,aij,ajq->pq", J, B, J) / N
    found = net.gauss_newton_product(w, np.eye(net.n))
    np.testing.assert_allclose(found, G, rtol=0, atol=1e-13)
    assert np.linalg.eigvalsh(G)[0] >= -1e-13


@pytest.mark.parametrize("hidden", [(), (3,), (4, 2, 3)])
@pytest.mark.parametrize("divergence", DIVERGENCES)
def test_a_batch_of_weights_gives_what_each_gives_alone(hidden, divergence):
    net = made("tanh", divergence, hidden)
    w = np.random.default_rng(7).standard_normal((2, 3, net.n))
    for f in (net.value, net.gradient, net.hessian):
        whole = f(w)
        for i in np.ndindex(2, 3):
            np.testing.assert_allclose(whole[i], f(w[i]), rtol=1e-12, atol=1e-14)


def test_a_batch_too_large_for_the_cache_is_worked_on_in_parts(monkeypatch):
    net = made("tanh", "l2")
    w = np.random.default_rng(8).standard_normal((11, net.n))
    expected = net.value(w), net.gradient(w)
    monkeypatch.setattr("convcore.network.layers.BLOCK", 80)
    np.testing.assert_array_equal(net.value(w), expected[0])
    np.testing.assert_array_equal(net.gradient(w), expected[1])


def test_a_network_without_hidden_layers_is_the_quadratic_of_least_squares():
    t = RNG.standard_normal((7, 1))
    net = Network(X, t, ())
    D = np.column_stack([X, np.ones(7)])
    w = RNG.standard_normal(3)
    np.testing.assert_allclose(net.hessian(w), D.T @ D / 7, rtol=0, atol=1e-15)
    np.testing.assert_allclose(net.gradient(w), D.T @ (D @ w - t[:, 0]) / 7, rtol=0, atol=1e-14)


def test_scores_beyond_all_measure_give_no_overflow():
    net = Network(X, np.eye(3)[np.arange(7) % 3], (), divergence="softmax")
    w = 1e200 * RNG.standard_normal(net.n)
    assert np.isfinite(net.value(w)) and np.isfinite(net.gradient(w)).all()
    for activation in ("logistic", "softplus"):
        deep = Network(X, np.ones((7, 1)), (3,), activation)
        assert np.isfinite(deep.gradient(1e8 * deep.initial(0))).all()


@pytest.mark.parametrize("lead", [0.0, 1e-3, 4.0, 20.0, 40.0, 300.0])
@pytest.mark.parametrize("told", range(3), ids=lambda told: f"class {told}")
def test_cross_entropy_keeps_its_digits_however_certain_a_point_is(lead, told):
    kind, t = DIVERGENCES["softmax"], np.eye(3)[[told]]
    y, dy = np.array([[0.75, lead, -1.5]]), np.array([[3.0, 2.5, -0.625]])
    with localcontext(prec=400):
        e = [Decimal(float(score)).exp() for score in y[0]]
        p = [each / sum(e) for each in e]
        mean = sum(a * Decimal(float(b)) for a, b in zip(p, dy[0], strict=True))
        exact = -p[told].ln()
        slope = [a - int(i == told) for i, a in enumerate(p)]
        bend = [a * (Decimal(float(b)) - mean) for a, b in zip(p, dy[0], strict=True)]
    near = {"rtol": 1e-14 * max(1, lead), "atol": 0}  # a score has so many digits
    np.testing.assert_allclose(kind.value(y, t), float(exact), **near)
    np.testing.assert_allclose(kind.slope(y, t)[0], np.array(slope, dtype=float), **near)
    np.testing.assert_allclose(
        kind.curvature(softmax(y), dy)[0], np.array(bend, dtype=float), **near
    )


def test_starts_are_the_same_for_a_seed_and_scaled_by_fan_in():
    net = Network(X, np.ones((7, 1)), (300, 300))
    w = net.initial(1)
    np.testing.assert_array_equal(w, net.initial(1))
    assert np.any(w != net.initial(2))
    (W1, b1), (W2, _), _ = net.layers(w)
    assert W1.std() == pytest.approx(1 / np.sqrt(2), rel=0.1) and not b1.any()
    assert W2.std() == pytest.approx(1 / np.sqrt(300), rel=0.02)


def test_any_batch_of_step_sizes_trains_at_once():
    net = Network(X, X[:, :1] * X[:, 1:], (6,))
    run = descend(net, net.initial(0), [0.01, 0.1, 0.5], steps=60)
    alone = descend(net, net.initial(0), 0.1, steps=60)
    np.testing.assert_allclose(run.loss[:, 1], alone.loss, rtol=1e-11)
    assert np.all(run.loss[-1] < run.loss[0])
    assert set(run.status) <= {Status.OUT_OF_STEPS, Status.CONVERGED}


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"targets": np.ones((6, 1))}, "must be"),
        ({"targets": np.full((7, 1), np.nan)}, "finite"),
        ({"hidden": (0,)}, "widths"),
        ({"activation": "sine"}, "'sine'"),
        ({"divergence": "hinge"}, "'hinge'"),
        ({"divergence": "softmax", "targets": np.ones((7, 2))}, "add up to 1"),
    ],
)
def test_what_does_not_fit_is_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        Network(**{"inputs": X, "targets": np.ones((7, 1)), **wrong})
