"""The nearest points of two hulls: the line of the largest margin, and the perceptron's bound."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from convcore.arrays import Array
from convcore.objectives.base import EPS
from convcore.separators.points import Points

Support = Callable[[Array], tuple[Array, tuple[int, ...]]]
ROUNDS = 400  # of Wolfe's algorithm, at most; in two dimensions a dozen are many


def min_norm_point(support: Support) -> tuple[Array, tuple[int, ...]]:
    """The point of least length in a polytope, and the indices that span its face (Wolfe 1976).

    support: the vertex (n,) that is least along a direction (n,), with the indices that make it. Exact
    to rounding after finitely many steps; length 0 if the polytope contains the origin.
    """
    v, name = support(np.zeros(0))
    P, names, shares = [v], [name], np.ones(1)
    for _ in range(ROUNDS):
        vertex, name = support(v)
        size = max(float(np.abs(p).max()) for p in [*P, vertex])
        gain, length = float(v @ (v - vertex)), float(np.linalg.norm(v))
        if name in names or gain <= 4 * EPS * size * length or length <= 8 * EPS * size:
            break
        P, names, shares = [*P, vertex], [*names, name], np.append(shares, 0.0)
        while True:
            target = _affine_least(np.array(P))
            if (target > 0).all():
                shares = target
                break
            down = target <= 0
            # Move towards the affine optimum until a share reaches 0; drop that vertex.
            step = (
                shares[down] / np.maximum(shares[down] - target[down], np.finfo(float).tiny)
            ).min()
            shares = shares + min(1.0, step) * (target - shares)
            shares[down & (shares <= shares[down].min() + EPS)] = 0.0
            keep = np.flatnonzero(shares > 0)
            P, names = [P[i] for i in keep], [names[i] for i in keep]
            shares = shares[keep] / shares[keep].sum()
            if len(P) == 1:
                break
        v = shares @ np.array(P)
    indices = dict.fromkeys(i for name in names for i in name)
    return v, tuple(indices)


def _affine_least(P: Array) -> Array:
    """Shares (m,) with sum 1 of the point of least length in the affine hull of P (m, n)."""
    if len(P) == 1:
        return np.ones(1)
    edges = P[1:] - P[0]
    rest = np.linalg.lstsq(edges.T, -P[0], rcond=None)[0]
    return np.append(1 - rest.sum(), rest)


def hull_of(Z: Array) -> Support:
    """The hull of rows Z (N, n)."""

    def support(v: Array) -> tuple[Array, tuple[int, ...]]:
        i = int((Z @ v).argmin()) if v.size else int((Z * Z).sum(axis=1).argmin())
        return Z[i], (i,)

    return support


def _differences(x: Array, labels: Array) -> Support:
    """The hull of all differences between a + and a −, without forming them."""
    plus, minus = np.flatnonzero(labels > 0), np.flatnonzero(labels < 0)
    A, B = x[plus], x[minus]

    def support(v: Array) -> tuple[Array, tuple[int, ...]]:
        along = v if v.size else A.mean(axis=0) - B.mean(axis=0)
        i, j = int((A @ along).argmin()), int((B @ along).argmax())
        return A[i] - B[j], (int(plus[i]), int(minus[j]))

    return support


def nearest(x: Array, labels: Array) -> tuple[Array, float, tuple[int, ...]]:
    """The line halfway between the hulls: weights (p+1,), its least score, the points of both faces."""
    v, used = min_norm_point(_differences(x, labels))
    along = x @ v
    # From the points themselves, so that the gap is halved exactly in spite of rounding in v.
    low, high = along[labels > 0].min(), along[labels < 0].max()
    return np.append(v, -(low / 2 + high / 2)), float(low / 2 - high / 2), used


def frame(x: Array, bias: bool) -> tuple[Array, Array]:
    """Centre (p,) and scale (p,) by powers of two, so that scaling rounds nothing."""
    low, high = x.min(axis=0), x.max(axis=0)
    centre = low / 2 + high / 2 if bias else np.zeros(x.shape[1])
    size = np.abs(x - centre).max(axis=0)
    return centre, np.exp2(np.round(np.log2(np.where(size > 0, size, 1.0))))


def unscaled(w: Array, centre: Array, scale: Array, bias: bool) -> Array:
    """Weights (n,) on the scaled inputs as weights on the inputs themselves."""
    if not bias:
        return w / scale
    slope = w[:-1] / scale
    return np.append(slope, w[-1] - slope @ centre)


def max_margin(x: Array, labels: Array) -> Array:
    """The line of the largest margin (n,), the bias unpenalised: |score| is 1 at the nearest points.

    x: (N, p); labels: (N,). NaN if no line separates the points; constant if all are of one class.
    """
    if (labels == labels[0]).all():
        return np.append(np.zeros(x.shape[1]), labels[0])
    centre, scale = frame(x, True)
    one = float(scale.max())
    v, least, _ = nearest((x - centre) / one, labels)
    # The rounding error of the scores.
    noise = 4 * len(v) * EPS * (np.abs((x - centre) / one) @ np.abs(v[:-1]) + abs(v[-1])).max()
    if least <= noise:
        return np.full(len(v), np.nan)
    return unscaled(v / least, centre, np.full_like(scale, one), True)


@dataclass(frozen=True)
class Novikoff:
    """The bound (R/γ)² on the perceptron's mistakes; γ = 0 and the bound inf if inseparable."""

    radius: float
    margin: float

    @property
    def bound(self) -> float:
        """(R/γ)²."""
        return (self.radius / self.margin) ** 2 if self.margin > 0 else math.inf


def novikoff(points: Points, bias: bool = True) -> Novikoff:
    """R = max ‖x̃‖ and γ, the largest margin of a line through 0, both of the augmented vectors x̃ (N, n).

    bias: whether a constant 1 is added to the inputs. Of inseparable points γ = 0 (Novikoff 1962).
    """
    Z = points.labels[:, None] * points.augmented(bias)
    radius = float(np.linalg.norm(Z, axis=1).max())
    v, _ = min_norm_point(hull_of(Z))
    length = float(np.linalg.norm(v))
    margin = float((Z @ v).min()) / length if length > 16 * EPS * radius else 0.0
    return Novikoff(radius, max(margin, 0.0))
