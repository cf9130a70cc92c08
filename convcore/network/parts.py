"""The parts of a network: activations and divergences, each with its first two derivatives.

To add one, add it to ACTIVATIONS or DIVERGENCES.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from convcore.arrays import Array, Bools


class Activation(NamedTuple):
    """h = f(z) element by element, in place, and its derivatives as functions of h.

    label: its name on the page. apply: z (...) -> h (...), overwriting z. slope: h -> f′ (...).
    curvature: (h, f′) -> f″ (...).
    """

    label: str
    apply: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    curvature: Callable[[Array, Array], Array]


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


class Divergence(NamedTuple):
    """The divergence of outputs y (..., N, q) from targets t (N, q), as a mean over the N points.

    label: its name on the page. value: (y, t) -> E (...). mean: y -> p (..., N, q), the prediction to
    compare with t. residual: (y, t) -> p − t (..., N, q). curvature: (p, dy) -> ∂²E/∂y²·dy (..., N, q).
    """

    label: str
    value: Callable[[Array, Array], Array]
    mean: Callable[[Array], Array]
    residual: Callable[[Array, Array], Array]
    curvature: Callable[[Array, Array], Array]

    def slope(self, y: Array, t: Array) -> Array:
        """∂E/∂y (..., N, q)."""
        return self.residual(y, t) / len(t)


def softmax(y: Array) -> Array:
    """Probabilities (..., q) of scores (..., q), without overflow."""
    p = np.exp(y - y.max(axis=-1, keepdims=True))
    return np.asarray(p / p.sum(axis=-1, keepdims=True))


def _squares(y: Array, t: Array) -> Array:
    r = y - t
    return np.asarray(np.einsum("...ij,...ij->...", r, r) / (2 * len(t)))


# For a point classified with near certainty, the likeliest class has p = 1 − ε, and 1 − p would be rounding
# error. So the functions below compute ε from the other classes, which have all its digits.


def _from_likeliest(y: Array) -> tuple[Array, Array, Bools]:
    """y − max y (..., q), its exponential, and a mask where that is 1."""
    below = y - y.max(axis=-1, keepdims=True)
    e = np.exp(below)
    return below, e, e == 1


def _cross_entropy(y: Array, t: Array) -> Array:
    below, e, top = _from_likeliest(y)
    others = (e - top).sum(axis=-1) + (top.sum(axis=-1) - 1)
    fit = np.log1p(others) - np.einsum("...ij,ij->...i", below, t)
    return np.asarray(fit.mean(axis=-1))


def _cross_entropy_residual(y: Array, t: Array) -> Array:
    _, e, top = _from_likeliest(y)
    r = e / e.sum(axis=-1, keepdims=True)
    r -= t
    r -= top * r.sum(axis=-1, keepdims=True)  # 0 but for rounding
    return np.asarray(r)


def _cross_entropy_curvature(p: Array, dy: Array) -> Array:
    # Adding a constant to all scores of a point changes nothing.
    moved = dy - dy[..., np.arange(len(p)), p.argmax(axis=-1)][..., None]
    moved *= p
    moved -= p * np.einsum("...i->...", moved)[..., None]
    moved /= p.shape[-2]
    return moved


ACTIVATIONS: dict[str, Activation] = {
    "tanh": Activation("tanh", _tanh, lambda h: 1 - h * h, lambda h, d: -2 * h * d),
    "logistic": Activation(
        "logistic", _logistic, lambda h: h * (1 - h), lambda h, d: d * (1 - 2 * h)
    ),
    # ReLU has no slope at its kink; 0 is the usual choice. f″ is 0 on both sides.
    "relu": Activation(
        "ReLU", _relu, lambda h: (h > 0).astype(np.float64), lambda h, d: np.zeros_like(h)
    ),
    "softplus": Activation("softplus", _softplus, _softplus_slope, lambda h, d: d * (1 - d)),
}
DIVERGENCES: dict[str, Divergence] = {
    "l2": Divergence(
        "L2", _squares, lambda y: y, lambda y, t: y - t, lambda p, dy: dy / dy.shape[-2]
    ),
    "softmax": Divergence(
        "softmax cross-entropy",
        _cross_entropy,
        softmax,
        _cross_entropy_residual,
        _cross_entropy_curvature,
    ),
}
