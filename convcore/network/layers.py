"""A multilayer perceptron and its data: the layout of flat weights in layers, forward and backward pass.

Layer l is h_l = f(h_(l−1) W_l + b_l), the last one linear. The flat weights are W_1 (row by row), b_1,
W_2, b_2, ….
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from convcore.arrays import Array, numbers
from convcore.network.parts import ACTIVATIONS, DIVERGENCES
from convcore.objectives.base import Objective

BLOCK = 2**16  # activations at a time, so that they fit the processor's cache


@dataclass(frozen=True, eq=False)
class Layers(Objective):
    """The part that `Network` and `Linearised` share: data, layers, forward pass and backpropagation.

    inputs: (N, p). targets: (N, q): values, or for "softmax" the probability of each class. hidden: the
    widths of the hidden layers, () for none. activation: a key of ACTIVATIONS; divergence: of
    DIVERGENCES. Methods take a batch of weights (..., n). Raises ValueError if shapes do not
    fit, a number is not finite, a width is below 1, or a name is unknown.
    """

    inputs: Array
    targets: Array
    hidden: tuple[int, ...] = (20, 20)
    activation: str = "tanh"
    divergence: str = "l2"

    def __post_init__(self) -> None:
        for name in ("inputs", "targets"):
            read = numbers(getattr(self, name), f"Network({name}=...)")
            object.__setattr__(self, name, read)
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
        """The number of units of each layer, from the inputs p to the outputs q."""
        return (self.inputs.shape[1], *self.hidden, self.targets.shape[1])

    @cached_property
    def slots(self) -> tuple[tuple[int, int, int, int, int], ...]:
        """For each layer: start of W, start of b, end of b, fan-in, fan-out."""
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
        """Ones (N,): a product with them sums short columns much faster than `sum`."""
        return np.ones(len(self.inputs))

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

    def in_blocks(self, f: Callable[[Array], Array], w: Array, shape: tuple[int, ...]) -> Array:
        """f(w) (..., *shape) of weights (..., n), in parts of at most BLOCK activations.

        f: a function of weights (m, n) that returns (m, *shape).
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
        """X (M, p), h_1 (..., M, width), h_2, …, y (..., M, q), given `layers(w)`."""
        apply = ACTIVATIONS[self.activation].apply
        h = [X]
        for i, (W, b) in enumerate(layers, 1):
            z = h[-1] @ W
            z += b
            h.append(apply(z) if i < len(layers) else z)
        return h

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
