"""A multilayer perceptron as an objective over its flat weights, with exact second-order products.

Layer l is h_l = f(h_(l−1) W_l + b_l), the last one linear. The flat weights hold W_1 (row by row), b_1,
W_2, b_2, … . Gradients are by backpropagation, Hessian-vector products by Pearlmutter (1994): the
derivative of backpropagation along v, which costs two gradients more and no matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from convcore.network.parts import ACTIVATIONS, DIVERGENCES
from convcore.network.place import Place
from convcore.objectives import Objective

Array = NDArray[np.float64]

BLOCK = 2**16  # activations that are worked on at a time: they stay in the processor's cache


@dataclass(frozen=True, eq=False)
class Network(Objective):
    """E(w) = mean over N points of ½‖y − t‖² ("l2") or of −Σ t log softmax(y) ("softmax").

    inputs: (N, p). targets: (N, q): values, or for "softmax" the probability of each class. hidden: the
    widths of the hidden layers, () for none. activation: a key of ACTIVATIONS; divergence: of
    DIVERGENCES. Methods take weights (..., n), any batch of them. Raises ValueError if shapes do not
    fit, a number is not finite, a width is below 1, or a name is not known.
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
        """Units of all layers, inputs p and outputs q included."""
        return (self.inputs.shape[1], *self.hidden, self.targets.shape[1])

    @cached_property
    def slots(self) -> tuple[tuple[int, int, int, int, int], ...]:
        """Of each layer: where W starts, where b starts, where it ends, fan-in, fan-out."""
        slots, at = [], 0
        for fan_in, fan_out in zip(self.widths[:-1], self.widths[1:], strict=True):
            middle, end = at + fan_in * fan_out, at + (fan_in + 1) * fan_out
            slots.append((at, middle, end, fan_in, fan_out))
            at = end
        return tuple(slots)

    @property
    def n(self) -> int:  # type: ignore[override]
        """The number of weights, biases included."""
        return self.slots[-1][2]

    @cached_property
    def ones(self) -> Array:
        """Ones (N,): a product with them adds up short columns much faster than `sum` does."""
        return np.ones(len(self.inputs))

    def initial(self, seed: int) -> Array:
        """Random weights (n,), always the same for a seed: normal, deviation 1/√fan-in; biases 0.

        (LeCun, Bottou, Orr, Müller 1998.) ValueError if the seed is negative.
        """
        rng, w = np.random.default_rng(seed), np.zeros(self.n)
        for start, middle, _, fan_in, _ in self.slots:
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
            for start, middle, end, fan_in, fan_out in self.slots
        ]

    def output(self, w: Array, inputs: Array | None = None) -> Array:
        """y (..., M, q) of weights (..., n) for inputs (M, p), the network's own by default."""
        X = self.inputs if inputs is None else inputs
        return self.forward(self.layers(w), X)[-1]

    def value(self, w: Array) -> Array:
        """E (...) at weights w (..., n)."""
        value = DIVERGENCES[self.divergence].value
        return self.in_blocks(lambda part: value(self.output(part), self.targets), w, ())

    def gradient(self, w: Array) -> Array:
        """∇E (..., n) at weights w (..., n), by backpropagation."""
        if w.ndim == 1:
            return self._gradient_of_one(w)
        return self.in_blocks(self._gradient, w, (self.n,))

    def hessian(self, w: Array) -> Array:
        """∇²E (..., n, n) at weights w (..., n): exact, as n products with the unit vectors.

        n² numbers, and two gradients' operations for each of its n rows.
        """
        H = np.empty((*w.shape, self.n))
        for run in np.ndindex(w.shape[:-1]):
            rows = self.at(w[run]).hessian_product(np.eye(self.n))
            H[run] = (rows + rows.T) / 2
        return H

    def at(self, w: Array) -> Place:
        """The network's second-order model at weights w (n,): E, ∇E and products with ∇²E and JᵀBJ."""
        layers = self.layers(w)
        return Place(self, w, layers, self.forward(layers, self.inputs))

    def hessian_product(self, w: Array, v: Array) -> Array:
        """∇²E(w)·v for w (n,) and v (..., n)."""
        return self.at(w).hessian_product(v)

    def gauss_newton_product(self, w: Array, v: Array) -> Array:
        """JᵀBJ·v for w (n,) and v (..., n): J = ∂y/∂w, B = ∂²E/∂y²; never negative curvature."""
        return self.at(w).gauss_newton_product(v)

    def in_blocks(self, f: Callable[[Array], Array], w: Array, shape: tuple[int, ...]) -> Array:
        """f(w) (..., *shape) of weights (..., n), in parts of at most BLOCK activations.

        f: a function of weights (m, n) that gives (m, *shape).
        """
        if w.ndim == 1:
            return f(w)
        rows = max(1, BLOCK // (len(self.inputs) * max(self.widths)))
        flat = w.reshape(-1, self.n)
        out = np.empty((len(flat), *shape))
        for first in range(0, len(flat), rows):
            out[first : first + rows] = f(flat[first : first + rows])
        return out.reshape(*w.shape[:-1], *shape)

    def forward(self, layers: list[tuple[Array, Array]], X: Array) -> list[Array]:
        """X (M, p), h_1 (..., M, width), h_2, …, y (..., M, q), for layers as of `layers`."""
        apply = ACTIVATIONS[self.activation].apply
        h = [X]
        for i, (W, b) in enumerate(layers, 1):
            z = h[-1] @ W
            z += b
            h.append(apply(z) if i < len(layers) else z)
        return h

    def _gradient(self, w: Array) -> Array:
        layers = self.layers(w)
        h = self.forward(layers, self.inputs)
        slope = DIVERGENCES[self.divergence].slope
        return self.backward(layers, h, slope(h[-1], self.targets))

    def _gradient_of_one(self, w: Array) -> Array:
        """∇E(w) for one w (n,): the inner loop of all training, so `dot` on views, and no copies."""
        dot, f, slots = np.dot, ACTIVATIONS[self.activation], self.slots
        last = len(slots) - 1
        h, weights = [self.inputs], []
        for i, (start, middle, end, fan_in, fan_out) in enumerate(slots):
            W = w[start:middle].reshape(fan_in, fan_out)
            z = dot(h[i], W)
            z += w[middle:end]
            weights.append(W)
            h.append(f.apply(z) if i < last else z)
        slope = DIVERGENCES[self.divergence].slope
        e, g = slope(h[-1], self.targets), np.empty(self.n)
        for i in range(last, -1, -1):
            start, middle, end, fan_in, fan_out = slots[i]
            dot(h[i].T, e, g[start:middle].reshape(fan_in, fan_out))
            dot(self.ones, e, g[middle:end])
            if i:
                e = dot(e, weights[i].T)
                e *= f.slope(h[i])
        return g

    def backward(self, layers: list[tuple[Array, Array]], h: list[Array], e: Array) -> Array:
        """Σ (∂y/∂w)ᵀe for e (..., N, q), by backpropagation: (..., n)."""
        slope, ones = ACTIVATIONS[self.activation].slope, self.ones
        g = np.empty((*e.shape[:-2], self.n))
        for i in range(len(layers) - 1, -1, -1):
            start, middle, end, fan_in, fan_out = self.slots[i]
            into = h[i].swapaxes(-1, -2) @ e
            g[..., start:middle] = into.reshape(*e.shape[:-2], fan_in * fan_out)
            g[..., middle:end] = ones @ e
            if i:
                e = e @ layers[i][0].swapaxes(-1, -2)
                e *= slope(h[i])
        return g
