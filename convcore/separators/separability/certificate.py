"""Whether a line separates points, with a certificate that is checked in exact arithmetic.

Points x̃, the inputs and a constant 1, with labels ℓ are separable iff some w has ℓ·wᵀx̃ > 0 for all. If
none has, by Gordan's theorem weights y ≥ 0 exist that add up to 1 with Σ y ℓ x̃ = 0: the hulls of the
classes share a point. Either answer is checked in exact arithmetic on the stored numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from convcore.arrays import Array, Ints
from convcore.objectives.base import EPS
from convcore.separators.points import Points, augment
from convcore.separators.separability.hulls import frame, hull_of, min_norm_point, nearest, unscaled

START = 400  # points in the first linear program; those on the wrong side then enter
WAYS = 24  # random directions whose outermost points it contains
ENTER = 100


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
    """The separating weights or the proof that there are none, by linear programming (HiGHS).

    The program's answer is only a guess; exact arithmetic confirms it, or `proved` is False. bias: whether
    a constant 1 is added to the inputs.
    """
    if points.one_class and bias:
        constant = np.zeros(points.inputs + 1)
        constant[-1] = points.labels[0]
        return Certificate(True, constant)
    centre, scale = frame(points.x, bias)
    x = (points.x - centre) / scale
    Z = points.labels[:, None] * (augment(x) if bias else x)
    exact = _Exact(points, bias)
    w, working = _line(Z)
    if exact.separates(line := unscaled(w, centre, scale, bias)):
        return Certificate(True, line)
    proof = exact.proof(_overlap(Z[working], working))
    if proof is not None:
        return proof
    # Too close for the program's tolerance: the nearest points of the hulls decide.
    if bias:
        v, _, used = nearest(x, points.labels)
    else:
        v, used = min_norm_point(hull_of(Z))
    line = unscaled(v, centre, scale, bias)
    if exact.separates(line):
        return Certificate(True, line)
    return exact.proof(used) or Certificate(False, None, proved=False)


def _solved(*program: Any, **how: Any) -> Any:
    # Imported here, as it would take a tenth of a new server's first page.
    from scipy.optimize import linprog

    return linprog(*program, **how)


def _line(Z: Array) -> tuple[Array, Ints]:
    """The w (n,) in a box that maximises min Zw, and the rows that decided it."""
    n = Z.shape[1]
    working = np.arange(len(Z))
    if len(Z) > START:
        # The outermost points along some directions are likely to be on the hull.
        ends = np.random.default_rng(0).standard_normal((WAYS, n)) @ Z.T
        working = np.unique(np.concatenate([ends.argmin(axis=1), ends.argmax(axis=1)]))
    while True:
        A = np.column_stack([-Z[working], np.ones(len(working))])
        box = [(-1.0, 1.0)] * n + [(None, 1.0)]
        found = _solved(np.append(np.zeros(n), -1.0), A, np.zeros(len(A)), bounds=box)
        w = np.zeros(n) if found.x is None else np.asarray(found.x[:n])
        side = Z @ w
        if len(working) == len(Z) or side[working].min() <= 0 or side.min() > 0:
            return w, working
        worst = np.argpartition(side, min(ENTER, len(Z) - 1))[:ENTER]
        working = np.union1d(working, worst[side[worst] <= 0])


def _overlap(Z: Array, rows: Ints) -> tuple[int, ...]:
    """Rows that carry a basic solution of yᵀZ = 0, Σy = 1, y ≥ 0; () if there is none."""
    A = np.vstack([Z.T, np.ones(len(Z))])
    b = np.append(np.zeros(Z.shape[1]), 1.0)
    found = _solved(np.zeros(len(Z)), A_eq=A, b_eq=b, method="highs-ds")
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
        # So many points are close to a line only if it separates nothing.
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
