"""A multilayer perceptron as an objective over its flat weights, with exact second-order products.

Layer l is h_l = f(h_(l−1) W_l + b_l), the last one linear. The flat weights hold W_1 (row by row), b_1,
W_2, b_2, … . Gradients are by backpropagation, Hessian-vector products by Pearlmutter (1994): the
derivative of backpropagation along v, which costs about as much as two gradients and no matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convcore.objectives import Objective

Array = NDArray[np.float64]

BLOCK = 2**18  # activations that are worked on at a time: they stay in the processor's cache


class Activation(NamedTuple):
    """f in place, and its slopes f′ and f″ as functions of h = f(z) and of (h, f′)."""

    label: str
    apply: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    bend: Callable[[Array, Array], Array]


def _tanh(z: Array) -> Array:
    return np.tanh(z, out=z)


def _logistic(z: Array) -> Array:
    # ½(1 + tanh ½z) cannot overflow.
    z *= 0.5
    np.tanh(z, out=z)
    z *= 0.5
    z += 0.5
    return z


def _relu(z: Array) -> Array:
    return np.maximum(z, 0.0, out=z)


def _softplus(z: Array) -> Array:
    return np.logaddexp(z, 0.0, out=z)


def _softplus_slope(h: Array) -> Array:
    return np.asarray(-np.expm1(-h))


ACTIVATIONS: dict[str, Activation] = {
    "tanh": Activation("tanh", _tanh, lambda h: 1 - h * h, lambda h, d: -2 * h * d),
    "logistic": Activation(
        "logistic", _logistic, lambda h: h * (1 - h), lambda h, d: d * (1 - 2 * h)
    ),
    # At its kink ReLU has no slope; 0 is the usual choice, and its bend is 0 on both sides.
    "relu": Activation(
        "ReLU", _relu, lambda h: (h > 0).astype(np.float64), lambda h, d: np.zeros_like(h)
    ),
    "softplus": Activation("softplus", _softplus, _softplus_slope, lambda h, d: d * (1 - d)),
}
DIVERGENCES: dict[str, str] = {"l2": "L2", "softmax": "softmax cross-entropy"}


@dataclass(frozen=True, eq=False)
class Network(Objective):
    """E(w) = mean over N points of ½‖y − t‖² ("l2") or of −Σ t log softmax(y) ("softmax").

    inputs: (N, p). targets: (N, q): values, or for "softmax" the probability of each class. hidden: the
    widths of the hidden layers. activation: a key of ACTIVATIONS; divergence: of DIVERGENCES. Raises
    ValueError if these do not fit. Methods take weights (..., n).
    """

    inputs: Array
    targets: Array
    hidden: tuple[int, ...] = (20, 20)
    activation: str = "tanh"
    divergence: str = "l2"

    def __post_init__(self) -> None:
        X, T = self.inputs, self.targets
        if X.ndim != 2 or T.ndim != 2 or len(X) != len(T) or not X.size or not T.size:
            raise ValueError(
                "`Network(inputs=..., targets=...)` must be (N, p) and (N, q); got "
                f"{X.shape} and {T.shape}."
            )
        if not (np.isfinite(X).all() and np.isfinite(T).all()):
            raise ValueError("`Network(inputs=..., targets=...)` must have finite numbers only.")
        if any(width < 1 for width in self.hidden):
            raise ValueError(f"`Network(hidden=...)` must be widths ≥ 1; got {self.hidden}.")
        if self.activation not in ACTIVATIONS:
            raise ValueError(
                f"`Network(activation=...)` must be one of {', '.join(ACTIVATIONS)}; "
                f"got {self.activation!r}."
            )
        if self.divergence not in DIVERGENCES:
            raise ValueError(
                f"`Network(divergence=...)` must be one of {', '.join(DIVERGENCES)}; "
                f"got {self.divergence!r}."
            )
        if self.divergence == "softmax" and not np.allclose(T.sum(axis=1), 1):
            raise ValueError("`Network(targets=...)` must add up to 1 in each row for softmax.")

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """Of all layers, inputs and outputs included."""
        return (self.inputs.shape[1], *self.hidden, self.targets.shape[1])

    @cached_property
    def _slots(self) -> tuple[tuple[int, int, int, int, int], ...]:
        """Of each layer: where W starts, where b starts, where it ends, fan-in, fan-out."""
        slots, at = [], 0
        for fan_in, fan_out in zip(self.widths[:-1], self.widths[1:], strict=True):
            middle, end = at + fan_in * fan_out, at + (fan_in + 1) * fan_out
            slots.append((at, middle, end, fan_in, fan_out))
            at = end
        return tuple(slots)

    @property
    def n(self) -> int:  # type: ignore[override]
        return self._slots[-1][2]

    @cached_property
    def _ones(self) -> Array:
        # A product with ones adds up short columns much faster than `sum` does.
        return np.ones(len(self.inputs))

    def initial(self, seed: int) -> Array:
        """Random weights (n,): normal with deviation 1/√fan-in; biases 0."""
        rng, w = np.random.default_rng(seed), np.zeros(self.n)
        for start, middle, _, fan_in, _ in self._slots:
            w[start:middle] = rng.standard_normal(middle - start) / np.sqrt(fan_in)
        return w

    def layers(self, w: Array) -> list[tuple[Array, Array]]:
        """Views W (..., fan-in, fan-out) and b (..., 1, fan-out) of weights (..., n), layer by layer."""
        lead = w.shape[:-1]
        return [
            (
                w[..., start:middle].reshape(*lead, fan_in, fan_out),
                w[..., middle:end].reshape(*lead, 1, fan_out),
            )
            for start, middle, end, fan_in, fan_out in self._slots
        ]

    def output(self, w: Array, inputs: Array | None = None) -> Array:
        """y (..., M, q) for inputs (M, p), the network's own by default."""
        X = self.inputs if inputs is None else inputs
        return self._forward(self.layers(w), X)[-1]

    def value(self, w: Array) -> Array:
        return self._in_blocks(lambda part: self._divergence(self.output(part)), w, ())

    def gradient(self, w: Array) -> Array:
        if w.ndim == 1:
            return self._gradient_of_one(w)
        return self._in_blocks(self._gradient, w, (self.n,))

    def hessian(self, w: Array) -> Array:
        """Exact, as n products with the unit vectors: (..., n, n); n² numbers and n gradients' time."""
        H = np.empty((*w.shape, self.n))
        for run in np.ndindex(w.shape[:-1]):
            rows = self.at(w[run]).hessian_product(np.eye(self.n))
            H[run] = (rows + rows.T) / 2
        return H

    def at(self, w: Array) -> Place:
        """The network's second-order model at weights w (n,)."""
        layers = self.layers(w)
        return Place(self, w, layers, self._forward(layers, self.inputs))

    def hessian_product(self, w: Array, v: Array) -> Array:
        """∇²E(w)·v for w (n,) and v (..., n)."""
        return self.at(w).hessian_product(v)

    def gauss_newton_product(self, w: Array, v: Array) -> Array:
        """JᵀBJ·v for w (n,) and v (..., n): J = ∂y/∂w, B = ∂²E/∂y²; never negative curvature."""
        return self.at(w).gauss_newton_product(v)

    def _in_blocks(self, f: Callable[[Array], Array], w: Array, shape: tuple[int, ...]) -> Array:
        """f of weights (..., n) in parts of at most BLOCK activations each."""
        if w.ndim == 1:
            return f(w)
        rows = max(1, BLOCK // (len(self.inputs) * max(self.widths)))
        flat = w.reshape(-1, self.n)
        out = np.empty((len(flat), *shape))
        for first in range(0, len(flat), rows):
            out[first : first + rows] = f(flat[first : first + rows])
        return out.reshape(*w.shape[:-1], *shape)

    def _forward(self, layers: list[tuple[Array, Array]], X: Array) -> list[Array]:
        """X, h_1, h_2, …, y."""
        apply = ACTIVATIONS[self.activation].apply
        h = [X]
        for i, (W, b) in enumerate(layers, 1):
            z = h[-1] @ W
            z += b
            h.append(apply(z) if i < len(layers) else z)
        return h

    def _divergence(self, y: Array) -> Array:
        if self.divergence == "l2":
            r = y - self.targets
            return np.asarray(np.einsum("...ij,...ij->...", r, r) / (2 * len(self.targets)))
        y = y - y.max(axis=-1, keepdims=True)
        log_sum = np.log(np.exp(y).sum(axis=-1))
        fit = log_sum - np.einsum("...ij,ij->...i", y, self.targets)
        return np.asarray(fit.mean(axis=-1))

    def _slope(self, y: Array) -> Array:
        """∂E/∂y (..., N, q)."""
        p = y if self.divergence == "l2" else softmax(y)
        return (p - self.targets) / len(self.targets)

    def _bend(self, y: Array, dy: Array) -> Array:
        """∂²E/∂y²·dy (..., N, q)."""
        if self.divergence == "l2":
            return dy / len(self.targets)
        p = softmax(y)
        return p * (dy - np.sum(p * dy, axis=-1, keepdims=True)) / len(self.targets)

    def _gradient(self, w: Array) -> Array:
        layers = self.layers(w)
        h = self._forward(layers, self.inputs)
        return self._backward(layers, h, self._slope(h[-1]))

    def _gradient_of_one(self, w: Array) -> Array:
        """∇E(w) for one w (n,): the inner loop of all training, so `dot` on views, and no copies."""
        dot, f, slots = np.dot, ACTIVATIONS[self.activation], self._slots
        last = len(slots) - 1
        h, weights = [self.inputs], []
        for i, (start, middle, end, fan_in, fan_out) in enumerate(slots):
            W = w[start:middle].reshape(fan_in, fan_out)
            z = dot(h[i], W)
            z += w[middle:end]
            weights.append(W)
            h.append(f.apply(z) if i < last else z)
        e, g = self._slope(h[-1]), np.empty(self.n)
        for i in range(last, -1, -1):
            start, middle, end, fan_in, fan_out = slots[i]
            dot(h[i].T, e, g[start:middle].reshape(fan_in, fan_out))
            dot(self._ones, e, g[middle:end])
            if i:
                e = dot(e, weights[i].T)
                e *= f.slope(h[i])
        return g

    def _backward(self, layers: list[tuple[Array, Array]], h: list[Array], e: Array) -> Array:
        """Σ (∂y/∂w)ᵀe for e (..., N, q), by backpropagation: (..., n)."""
        slope, ones = ACTIVATIONS[self.activation].slope, self._ones
        g = np.empty((*e.shape[:-2], self.n))
        for i in range(len(layers) - 1, -1, -1):
            start, middle, end, fan_in, fan_out = self._slots[i]
            into = h[i].swapaxes(-1, -2) @ e
            g[..., start:middle] = into.reshape(*e.shape[:-2], fan_in * fan_out)
            g[..., middle:end] = ones @ e
            if i:
                e = e @ layers[i][0].swapaxes(-1, -2)
                e *= slope(h[i])
        return g


@dataclass(frozen=True, eq=False)
class Place:
    """A network at weights w (n,), with what all products there share. h: X, h_1, …, y."""

    network: Network
    w: Array
    layers: list[tuple[Array, Array]]
    h: list[Array]

    @cached_property
    def slopes(self) -> list[Array]:
        """f′ at each hidden layer."""
        slope = ACTIVATIONS[self.network.activation].slope
        return [slope(h) for h in self.h[1:-1]]

    @cached_property
    def _back(self) -> tuple[list[Array], list[Array]]:
        """Of each layer ∂E/∂z; of each hidden layer (∂E/∂h)·f″."""
        bend = ACTIVATIONS[self.network.activation].bend
        e = [self.network._slope(self.h[-1])]
        bent: list[Array] = []
        for i in range(len(self.layers) - 1, 0, -1):
            back = e[0] @ self.layers[i][0].T
            d = self.slopes[i - 1]
            e.insert(0, back * d)
            bent.insert(0, back * bend(self.h[i], d))
        return e, bent

    def value(self) -> float:
        """E(w)."""
        return float(self.network._divergence(self.h[-1]))

    def gradient(self) -> Array:
        """∇E(w) (n,)."""
        return self.network._backward(self.layers, self.h, self.network._slope(self.h[-1]))

    def hessian_product(self, v: Array) -> Array:
        """∇²E(w)·v (..., n), exactly (Pearlmutter 1994)."""
        return self._in_blocks(self._hessian_product, v)

    def gauss_newton_product(self, v: Array) -> Array:
        """JᵀBJ·v (..., n) (Schraudolph 2002)."""

        def product(v: Array) -> Array:
            dy = self._push(self.network.layers(v))[-1]
            net = self.network
            return net._backward(self.layers, self.h, net._bend(self.h[-1], dy))

        return self._in_blocks(product, v)

    def _in_blocks(self, f: Callable[[Array], Array], v: Array) -> Array:
        return self.network._in_blocks(f, v, (self.network.n,))

    def _push(self, along: list[tuple[Array, Array]]) -> list[Array]:
        """The derivative of each z along v, first layer first; the last is that of y."""
        dz: list[Array] = []
        for i, ((W, _), (V, c)) in enumerate(zip(self.layers, along, strict=True)):
            moved = self.h[i] @ V
            moved += c
            if i:
                moved += _through(self.slopes[i - 1] * dz[-1], W)
            dz.append(moved)
        return dz

    def _hessian_product(self, v: Array) -> Array:
        net, along = self.network, self.network.layers(v)
        (errors, bent), dz = self._back, self._push(along)
        Hv = np.empty(v.shape)
        de = net._bend(self.h[-1], dz[-1])
        for i in range(len(self.layers) - 1, -1, -1):
            start, middle, end, fan_in, fan_out = net._slots[i]
            into = self.h[i].T @ de
            if i:
                d = self.slopes[i - 1]
                into += (d * dz[i - 1]).swapaxes(-1, -2) @ errors[i]
            Hv[..., start:middle] = into.reshape(*v.shape[:-1], fan_in * fan_out)
            Hv[..., middle:end] = net._ones @ de
            if i:
                back = _through(de, self.layers[i][0].T)
                back += errors[i] @ along[i][0].swapaxes(-1, -2)
                back *= d
                back += bent[i - 1] * dz[i - 1]
                de = back
        return Hv


def _through(x: Array, W: Array) -> Array:
    """x @ W for x (..., N, p) and one W (p, q), as one product of two matrices."""
    return np.asarray(np.dot(x.reshape(-1, x.shape[-1]), W).reshape(*x.shape[:-1], W.shape[1]))


def softmax(y: Array) -> Array:
    """Probabilities (..., q) of scores (..., q)."""
    p = np.exp(y - y.max(axis=-1, keepdims=True))
    return np.asarray(p / p.sum(axis=-1, keepdims=True))
