"""Logistic regression: the cross-entropy of a table with two classes, and its quadratic at the minimum."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from convcore.arrays import Array, numbers
from convcore.objectives.base import Objective
from convcore.objectives.graded import factored
from convcore.objectives.quadratics import QuadraticForm, Spectrum

NEWTON_STEPS = 150
ROWS = 2**18  # of the table, for all weights of a part together
EXACT = 1e-13  # of singular values: below it is rounding
CLOSE = 1e-3  # of a step: from here on each one squares what is left, and the third is the last
LOST = 1e-7  # of a direction's root of curvature: the square is rounding


@dataclass(frozen=True, eq=False)
class Logistic(Objective):
    """E(w) = −Σ [y ln p + (1 − y) ln(1 − p)]/N + ½ρ Σ' w_i², with p = 1/(1 + e^(−Dw)), D = [features, 1].

    The intercept is the last weight and not penalised. features: (N, p); target: y (N,), each 0 or 1;
    ridge: ρ ≥ 0. As PyTorch's BCEWithLogitsLoss, with weight_decay = ρ for all but the bias, and
    scikit-learn's LogisticRegression with C = 1/(Nρ). Raises ValueError if shapes do not fit or something
    is not such a number.
    """

    features: Array
    target: Array
    ridge: float = 0.0

    def __post_init__(self) -> None:
        for name in ("features", "target"):
            read = numbers(getattr(self, name), f"Logistic({name}=...)")
            object.__setattr__(self, name, read)
        if self.features.ndim != 2 or self.target.shape != self.features.shape[:1]:
            raise ValueError(
                "`Logistic(features=..., target=...)` must be (N, p) and (N,); got "
                f"{self.features.shape} and {self.target.shape}."
            )
        if not np.isfinite(self.features).all():
            raise ValueError("`Logistic(features=...)` must have finite numbers only.")
        if not (self.target.size and np.isin(self.target, (0, 1)).all()):
            raise ValueError("`Logistic(target=...)` must have rows of 0 and 1 only.")
        if not 0 <= self.ridge < np.inf:
            raise ValueError(f"`Logistic(ridge=...)` must be ≥ 0; got {self.ridge}.")

    @property
    def n(self) -> int:  # type: ignore[override]
        """The number of weights: p features and an intercept."""
        return int(self.features.shape[1]) + 1

    @property
    def work(self) -> float:
        each = 100.0 + 4 * self.n  # an exponential and a logarithm for each row
        return 1e5 + len(self.target) * each

    @cached_property
    def design(self) -> Array:
        """D (N, n): the features and a column of ones."""
        return np.column_stack([self.features, np.ones(len(self.features))])

    @cached_property
    def penalty(self) -> Array:
        """ρ for each feature, 0 for the intercept: (n,)."""
        return np.append(np.full(self.n - 1, self.ridge), 0.0)

    @cached_property
    def _signs(self) -> Array:
        """1 for rows of class 0, −1 for rows of class 1: (N,)."""
        return 1 - 2 * self.target

    def _wrong(self, w: Array) -> Array:
        """How far each row is on the wrong side, ±Dw: (..., N)."""
        return np.asarray(self._signs * (w @ self.design.T))

    def _blocks(self, w: Array) -> list[Array]:
        """The weights (..., n) as parts (m, n), for whose rows of the table there is memory."""
        rows = w.reshape(-1, self.n)
        most = max(1, ROWS // len(self.target))
        return [rows[first : first + most] for first in range(0, len(rows), most)]

    def value(self, w: Array) -> Array:
        fit = [np.logaddexp(0, self._wrong(part)).mean(axis=-1) for part in self._blocks(w)]
        return np.asarray(
            np.concatenate([*fit, np.empty(0)]).reshape(w.shape[:-1]) + 0.5 * (w * w) @ self.penalty
        )

    def gradient(self, w: Array) -> Array:
        misfits = [np.exp(-np.logaddexp(0, -self._wrong(part))) for part in self._blocks(w)]
        # Of a row it is p − y.
        sums = [(self._signs * misfit) @ self.design for misfit in misfits]
        total = np.concatenate([*sums, np.empty((0, self.n))]).reshape(w.shape)
        return np.asarray(total / len(self.target) + self.penalty * w)

    def hessian(self, w: Array) -> Array:
        root = self._root(w)
        return np.asarray(np.swapaxes(root, -1, -2) @ root)

    def _root(self, w: Array) -> Array:
        """R (..., N + n, n) with RᵀR = ∇²E = Dᵀ diag(p(1 − p)) D/N + diag(ρ, …, ρ, 0)."""
        m = self._wrong(w)
        bend = np.exp(-(np.logaddexp(0, m) + np.logaddexp(0, -m)) / 2) / np.sqrt(len(self.target))
        below = np.broadcast_to(np.diag(np.sqrt(self.penalty)), (*w.shape, self.n))
        return np.concatenate([bend[..., None] * self.design, below], axis=-2)

    @cached_property
    def bound(self) -> float:
        """L = ¼·λₘₐₓ(DᵀD)/N + ρ: nowhere is the curvature larger, as p(1 − p) ≤ ¼."""
        largest = float(np.linalg.norm(self.design, 2))
        return largest * largest / (4 * len(self.target)) + self.ridge

    @cached_property
    def minimiser(self) -> Array | None:
        """w* by Newton's method, or None where a plane separates the classes, or all but, and ρ = 0.

        If r is the most that a full step changes any row's Dw, E″ grows along it by e^(rt) at most, so that
        the share ln(1 + r)/r of it makes E fall if the full one does not (Bach 2010, *Self-concordant
        analysis for logistic regression*). Without a minimum r does not vanish.
        """
        w, close = np.zeros(self.n), 0
        first, _ = self._bends(w)
        kept = first > EXACT * first[0]
        for _ in range(NEWTON_STEPS):
            size, V = self._bends(w)
            # Where only rows bend E whose p is all but y, double precision shows no minimum.
            if (size[kept] < LOST * first[kept]).any() or self._told_apart(w):
                return None
            step = -V[:, kept] / size[kept] ** 2 @ (V[:, kept].T @ self.gradient(w))
            r = float(np.abs(self.design @ step).max())
            falls = self.value(w + step) < self.value(w) + self.gradient(w) @ step / 4
            w = w + (1.0 if falls or r < CLOSE else np.log1p(r) / r) * step
            close += r < CLOSE
            if close == 3:
                return w
        return None

    def _told_apart(self, w: Array) -> bool:
        """Whether the plane of w proves that there is no minimum: no row is on its wrong side."""
        return not self.ridge and bool((self._wrong(w) < 0).all())

    def _bends(self, w: Array) -> tuple[Array, Array]:
        """Singular values (n,) of ∇²E's root with columns scaled alike, and V (n, n) scaled back.

        So ∇²E⁻¹ is V·diag(1/size²)·Vᵀ: DᵀSD would lose digits.
        """
        R = self._root(w)
        unit = np.linalg.norm(R, axis=0)
        unit[unit == 0] = 1.0
        # A triangle in place of the rows, as the singular values of all would take ten times as long.
        _, size, Vt = np.linalg.svd(np.linalg.qr(R / unit, mode="r"))
        return size, Vt.T / unit[:, None]

    @cached_property
    def near(self) -> LocalQuadratic:
        """E as its minimum has it, to second order; ValueError where there is none."""
        w = self.minimiser
        if w is None:
            raise ValueError("`Logistic(...)` has no minimum: its classes can be told apart.")
        return LocalQuadratic(self._root(w), w, float(self.value(w)))

    def excess(self, w: Array) -> Array:
        """E(w) − E(w*) (...) without the cancellation: what each row adds beside its tangent at w*."""
        best = self.near.stationary
        q = np.exp(-np.logaddexp(0, -self._wrong(best)))  # of the wrong class
        d = self._wrong(w - best)
        with np.errstate(over="ignore", invalid="ignore"):
            far = np.logaddexp(np.log1p(-q), np.log(q) + d) - q * d
        s = q * (1 - q)
        small = s * d * d * (1 / 2 + d * ((1 - 2 * q) / 6 + d * (1 - 6 * s) / 24))
        rows = np.where(np.abs(d) < 1e-3, small, far)
        return np.asarray(rows.mean(axis=-1) + 0.5 * (w - best) ** 2 @ self.penalty)


@dataclass(frozen=True, eq=False)
class LocalQuadratic(QuadraticForm):
    """E* + ½‖R(w − w*)‖², what a function is near its minimum.

    root: R (m, n); centre: w* (n,); least: E*.
    """

    root: Array
    centre: Array
    least: float

    @property
    def n(self) -> int:  # type: ignore[override]
        """The number of weights."""
        return len(self.centre)

    @cached_property
    def A(self) -> Array:  # type: ignore[override]
        """The Hessian RᵀR (n, n)."""
        return np.asarray(self.root.T @ self.root)

    @cached_property
    def b(self) -> Array:  # type: ignore[override]
        """−RᵀRw* (n,)."""
        return -self.A @ self.centre

    @cached_property
    def spectrum(self) -> Spectrum:
        sigma, Q, _, doubt = factored(self.root, np.zeros(len(self.root)))
        values = sigma**2
        centre = np.where(values > 0, Q.T @ self.centre, 0.0)
        return Spectrum(values, doubt, Q, -values * centre, centre)

    def value(self, w: Array) -> Array:
        away = (w - self.centre) @ self.root.T
        return np.asarray(self.least + 0.5 * np.einsum("...i,...i->...", away, away))
