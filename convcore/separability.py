"""Whether a line separates points, with a certificate; and the line of the largest margin.

Points ±x̃ with a constant 1 behind them are separable iff some w has ℓ·wᵀx̃ > 0 for all. If none has,
by Gordan's theorem weights y ≥ 0 exist that add up to 1 with Σ y ℓ x̃ = 0: the hulls of the classes
share a point. Either answer is checked in exact arithmetic on the numbers as they are stored.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from convcore.objectives import EPS
from convcore.pointsets import Points, augment

Array = NDArray[np.float64]
Support = Callable[[Array], tuple[Array, tuple[int, ...]]]

START = 400  # points that the first linear program sees; those on the wrong side then enter
ENTER = 100
ROUNDS = 400  # of Wolfe's algorithm; in two dimensions a dozen are many


@dataclass(frozen=True, eq=False)
class Certificate:
    """Whether a line separates, and the proof.

    weights: (n,) with ℓ·wᵀx̃ > 0 for all points, or None. common: a point (p,) in the hulls of both
    classes, or None without a proof; witnesses: the indices of at most n + 1 points that show it, and
    shares: their convex weights, which add up to 1 in each class. With no bias, `common` is None and
    the shares of ℓ·x add up to 1. proved: whether exact arithmetic confirmed it.
    """

    separable: bool
    weights: Array | None
    common: Array | None = None
    witnesses: tuple[int, ...] = ()
    shares: tuple[float, ...] = ()
    proved: bool = True


def certificate(points: Points, bias: bool = True) -> Certificate:
    """The separating weights or the proof that there are none, by linear programming."""
    if points.one_class and bias:
        constant = np.zeros(points.inputs + 1)
        constant[-1] = points.labels[0]
        return Certificate(True, constant)
    centre, scale = _frame(points.x, bias)
    x = (points.x - centre) / scale
    Z = points.labels[:, None] * (augment(x) if bias else x)
    exact = _Exact(points, bias)
    w, working = _line(Z)
    if exact.separates(line := _unscaled(w, centre, scale, bias)):
        return Certificate(True, line)
    proof = exact.proof(_overlap(Z[working], working))
    if proof is not None:
        return proof
    # Closer than the program's tolerance: the nearest points of the hulls decide.
    if bias:
        v, _, used = _nearest(x, points.labels)
    else:
        v, used = min_norm_point(_members(Z))
    line = _unscaled(v, centre, scale, bias)
    if exact.separates(line):
        return Certificate(True, line)
    return exact.proof(used) or Certificate(False, None, proved=False)


def _frame(x: Array, bias: bool) -> tuple[Array, Array]:
    """Centre (p,) and scale (p,) by powers of two, so that scaling rounds nothing."""
    low, high = x.min(axis=0), x.max(axis=0)
    centre = low / 2 + high / 2 if bias else np.zeros(x.shape[1])
    size = np.abs(x - centre).max(axis=0)
    return centre, np.exp2(np.round(np.log2(np.where(size > 0, size, 1.0))))


def _unscaled(w: Array, centre: Array, scale: Array, bias: bool) -> Array:
    """Weights on the scaled inputs as weights on the inputs themselves."""
    if not bias:
        return w / scale
    slope = w[:-1] / scale
    return np.append(slope, w[-1] - slope @ centre)


def _line(Z: Array) -> tuple[Array, NDArray[np.int64]]:
    """The w (n,) in a box that maximises min Zw, and the rows that decided it."""
    n = Z.shape[1]
    working = np.arange(len(Z))
    if len(Z) > START:
        # The ends along some directions are likely on the hull.
        turn = np.random.default_rng(0).standard_normal((n, START // 4))
        ends = Z @ turn
        working = np.unique(np.concatenate([ends.argmin(axis=0), ends.argmax(axis=0)]))
    while True:
        A = np.column_stack([-Z[working], np.ones(len(working))])
        box = [(-1.0, 1.0)] * n + [(None, 1.0)]
        found = linprog(np.append(np.zeros(n), -1.0), A, np.zeros(len(A)), bounds=box)
        w = np.zeros(n) if found.x is None else np.asarray(found.x[:n])
        side = Z @ w
        if len(working) == len(Z) or side[working].min() <= 0 or side.min() > 0:
            return w, working
        worst = np.argpartition(side, min(ENTER, len(Z) - 1))[:ENTER]
        working = np.union1d(working, worst[side[worst] <= 0])


def _overlap(Z: Array, rows: NDArray[np.int64]) -> tuple[int, ...]:
    """Rows that carry a basic solution of yᵀZ = 0, Σy = 1, y ≥ 0; () if there is none."""
    A = np.vstack([Z.T, np.ones(len(Z))])
    b = np.append(np.zeros(Z.shape[1]), 1.0)
    found = linprog(np.zeros(len(Z)), A_eq=A, b_eq=b, method="highs-ds")
    if found.x is None:
        return ()
    return tuple(rows[np.flatnonzero(found.x > 1e-12)].tolist())


class _Exact:
    """Checks on the points as they are stored, in rational arithmetic."""

    def __init__(self, points: Points, bias: bool) -> None:
        self.points, self.bias = points, bias
        self.Z = points.labels[:, None] * points.augmented(bias)

    def row(self, i: int) -> list[Fraction]:
        """ℓ·x̃ of point i."""
        return [Fraction(v) for v in self.Z[i].tolist()]

    def separates(self, w: Array) -> bool:
        """Whether w (n,) is on the right side of each point, exactly."""
        if not np.isfinite(w).all():
            return False
        side = self.Z @ w
        noise = 4 * len(w) * EPS * (np.abs(self.Z) @ np.abs(w))
        if (side < -noise).any():
            return False
        close = np.flatnonzero(side <= noise)
        # As many as this are close to a line only if it is none.
        if len(close) > 20_000:
            return False
        exact = [Fraction(v) for v in w.tolist()]
        return all(
            sum((a * b for a, b in zip(self.row(i), exact, strict=True)), Fraction(0)) > 0
            for i in close.tolist()
        )

    def proof(self, rows: Sequence[int]) -> Certificate | None:
        """The certificate that these rows carry y ≥ 0 with Σ y ℓ x̃ = 0, solved exactly, or None."""
        y = _null_vector([self.row(i) for i in rows])
        if y is None:
            return None
        kept = [(i, share) for i, share in zip(rows, y, strict=True) if share > 0]
        total = sum((share for _, share in kept), Fraction(0))
        if not self.bias:
            shares = tuple(float(share / total) for _, share in kept)
            return Certificate(False, None, None, tuple(i for i, _ in kept), shares)
        labels, x = self.points.labels, self.points.x
        shares = tuple(float(2 * share / total) for _, share in kept)
        plus = [(i, Fraction(2) * s / total) for i, s in kept if labels[i] > 0]
        common = [
            float(sum((s * Fraction(float(x[i, j])) for i, s in plus), Fraction(0)))
            for j in range(x.shape[1])
        ]
        return Certificate(False, None, np.array(common), tuple(i for i, _ in kept), shares)


def _null_vector(rows: list[list[Fraction]]) -> list[Fraction] | None:
    """y ≥ 0, not all 0, with Σ y_i row_i = 0, where the rows have only one such direction."""
    if not rows:
        return None
    m, n = len(rows), len(rows[0])
    A = [[rows[j][i] for j in range(m)] for i in range(n)]
    pivots: list[int] = []
    r = 0
    for c in range(m):
        lead = next((i for i in range(r, n) if A[i][c] != 0), None)
        if lead is None:
            continue
        A[r], A[lead] = A[lead], A[r]
        A[r] = [v / A[r][c] for v in A[r]]
        for i in range(n):
            if i != r and A[i][c] != 0:
                A[i] = [a - A[i][c] * b for a, b in zip(A[i], A[r], strict=True)]
        pivots.append(c)
        r += 1
    for free in (c for c in range(m) if c not in pivots):
        y = [Fraction(0)] * m
        y[free] = Fraction(1)
        for i, c in enumerate(pivots):
            y[c] = -A[i][free]
        if min(y) >= 0:
            return y
        if max(y) <= 0:
            return [-v for v in y]
    return None


# The nearest points of two hulls


def min_norm_point(support: Support) -> tuple[Array, tuple[int, ...]]:
    """The point of least length in a polytope, and the indices that span its face (Wolfe 1976).

    support: the vertex (n,) that is least along a direction (n,), with the indices that make it. Exact
    up to rounding after finitely many steps; length 0 if the polytope holds the origin.
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
            # Towards the affine optimum until a first share runs out; that vertex leaves.
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
    """Shares (m,), which add up to 1, of the point of least length in the affine hull of P (m, n)."""
    if len(P) == 1:
        return np.ones(1)
    edges = P[1:] - P[0]
    rest = np.linalg.lstsq(edges.T, -P[0], rcond=None)[0]
    return np.append(1 - rest.sum(), rest)


def _members(Z: Array) -> Support:
    """The hull of rows Z (N, n)."""

    def support(v: Array) -> tuple[Array, tuple[int, ...]]:
        i = int((Z @ v).argmin()) if v.size else int((Z * Z).sum(axis=1).argmin())
        return Z[i], (i,)

    return support


def _differences(x: Array, labels: Array) -> Support:
    """The hull of all differences between a + and a −, whose rows are not formed."""
    plus, minus = np.flatnonzero(labels > 0), np.flatnonzero(labels < 0)
    A, B = x[plus], x[minus]

    def support(v: Array) -> tuple[Array, tuple[int, ...]]:
        along = v if v.size else A.mean(axis=0) - B.mean(axis=0)
        i, j = int((A @ along).argmin()), int((B @ along).argmax())
        return A[i] - B[j], (int(plus[i]), int(minus[j]))

    return support


def _nearest(x: Array, labels: Array) -> tuple[Array, float, tuple[int, ...]]:
    """The line halfway between the hulls: weights (p + 1,), its least score, the points of both faces."""
    v, used = min_norm_point(_differences(x, labels))
    along = x @ v
    # Taken on the points themselves: the gap is halved exactly, whatever rounding v has.
    low, high = along[labels > 0].min(), along[labels < 0].max()
    return np.append(v, -(low / 2 + high / 2)), float(low / 2 - high / 2), used


def max_margin(x: Array, labels: Array) -> Array:
    """The line of the largest margin (n,), bias free: |score| is 1 at the points nearest to it.

    x: (N, p); labels: (N,). NaN if no line separates the points; constant if all are of one class.
    """
    if (labels == labels[0]).all():
        return np.append(np.zeros(x.shape[1]), labels[0])
    centre, scale = _frame(x, True)
    one = float(scale.max())
    v, least, _ = _nearest((x - centre) / one, labels)
    # The sides are known no better than this.
    noise = 4 * len(v) * EPS * (np.abs((x - centre) / one) @ np.abs(v[:-1]) + abs(v[-1])).max()
    if least <= noise:
        return np.full(len(v), np.nan)
    return _unscaled(v / least, centre, np.full_like(scale, one), True)


@dataclass(frozen=True)
class Novikoff:
    """The bound (R/γ)² on the perceptron's mistakes; γ = 0 and the bound inf if inseparable."""

    radius: float
    margin: float

    @property
    def bound(self) -> float:
        """(R/γ)²."""
        return (self.radius / self.margin) ** 2 if self.margin > 0 else math.inf

    def allows(self, mistakes: int) -> bool:
        """Whether so many mistakes keep to the bound, which is known up to rounding."""
        return mistakes <= self.bound * (1 + 1e-9)


def novikoff(points: Points, bias: bool = True) -> Novikoff:
    """R = max ‖x̃‖ and γ, the largest margin of a line through 0, both of the augmented vectors."""
    Z = points.labels[:, None] * points.augmented(bias)
    radius = float(np.linalg.norm(Z, axis=1).max())
    v, _ = min_norm_point(_members(Z))
    length = float(np.linalg.norm(v))
    margin = float((Z @ v).min()) / length if length > 16 * EPS * radius else 0.0
    return Novikoff(radius, max(margin, 0.0))
