"""One unit y = f(wᵀx + b) as an objective over its weights: L2 or cross-entropy (SCIENCE F).

With s = ℓ·(wᵀx + b), the logistic unit's probability of the wrong class is m = σ(−s), and its target
for the right one 1 − ε. A point costs (ε − m)² under L2, and log(1 + e^(−s)) + εs under cross-entropy.
No ½ and no 1/N. The bias counts as a weight, the last one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convcore.descent import Status, descend
from convcore.objectives import Objective
from convcore.optimizers import Optimizer, ShiftedNewton
from convcore.optimizers.base import Memory
from convcore.pointsets import Points, augment
from convcore.separability import certificate

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

DIVERGENCES: dict[str, str] = {"l2": "L2", "entropy": "cross-entropy"}
ACTIVATIONS: dict[str, str] = {"logistic": "logistic", "tanh": "tanh"}
BLOCK = 2**16  # outputs that are worked on at a time: they stay in the processor's cache


@dataclass(frozen=True, eq=False)
class SigmoidUnit(Objective):
    """E(w) = Σ divergence(y, d) + ½ρ‖w‖², batched over w (..., n) with n = p + 1.

    x: (N, p) and labels: (N,), for all runs; or (R, N, p) and (R, N), each of R runs its own points,
    for w (..., R, n). divergence: a key of DIVERGENCES; epsilon: ε, 0 for hard targets 1 and 0, else
    soft ones 1 − ε and ε; decay: ρ. activation "tanh": y in (−1, 1), targets ±(1 − 2ε); (1 + y)/2 is
    the probability in the cross-entropy. Raises ValueError if these do not fit.
    """

    x: Array
    labels: Array
    divergence: str = "l2"
    epsilon: float = 0.0
    decay: float = 0.0
    activation: str = "logistic"

    def __post_init__(self) -> None:
        if self.x.ndim not in (2, 3) or self.labels.shape != self.x.shape[:-1] or not self.x.size:
            raise ValueError(
                "`SigmoidUnit(x=..., labels=...)` must be (N, p) and (N,), or (R, N, p) and (R, N); "
                f"got {self.x.shape} and {self.labels.shape}."
            )
        if not np.isfinite(self.x).all() or (np.abs(self.labels) != 1).any():
            raise ValueError("`SigmoidUnit(x=..., labels=...)` must be finite, and labels ±1.")
        for field, known in (("divergence", DIVERGENCES), ("activation", ACTIVATIONS)):
            if getattr(self, field) not in known:
                raise ValueError(
                    f"`SigmoidUnit({field}=...)` must be one of {', '.join(known)}; "
                    f"got {getattr(self, field)!r}."
                )
        if not 0 <= self.epsilon < 0.5:
            raise ValueError(f"`SigmoidUnit(epsilon=...)` must be in [0, 0.5); got {self.epsilon}.")
        if not 0 <= self.decay < np.inf:
            raise ValueError(f"`SigmoidUnit(decay=...)` must be ≥ 0; got {self.decay}.")

    @classmethod
    def on(
        cls,
        points: Points,
        divergence: str = "l2",
        epsilon: float = 0.0,
        decay: float = 0.0,
        activation: str = "logistic",
    ) -> SigmoidUnit:
        """The unit that learns these points."""
        return cls(points.x, points.labels, divergence, epsilon, decay, activation)

    @property
    def n(self) -> int:  # type: ignore[override]
        return int(self.x.shape[-1]) + 1

    @property
    def gain(self) -> float:
        """tanh z = 2σ(2z) − 1, so a tanh unit is a logistic one with twice the weights."""
        return 2.0 if self.activation == "tanh" else 1.0

    @property
    def _height(self) -> float:
        return 4.0 if self.activation == "tanh" and self.divergence == "l2" else 1.0

    @cached_property
    def signed(self) -> Array:
        """ℓ·x̃ times the gain: (N, n) or (R, N, n)."""
        return self.gain * self.labels[..., None] * augment(self.x)

    def sides(self, w: Array) -> Array:
        """s = ℓ·(wᵀx + b) times the gain (..., N): positive where the point is on its side."""
        if self.x.ndim == 2:
            return w @ self.signed.T
        return np.asarray(np.matmul(self.signed, w[..., None])[..., 0])

    def _pull(self, slope: Array) -> Array:
        """Σ slope·ℓx̃ (..., n) for slopes (..., N)."""
        if self.x.ndim == 2:
            return slope @ self.signed
        return np.asarray(np.matmul(slope[..., None, :], self.signed)[..., 0, :])

    def output(self, w: Array, x: Array) -> Array:
        """y (..., M) at inputs x (M, p)."""
        p = 1 - _wrong(self.gain * (w @ augment(x).T))
        return 2 * p - 1 if self.activation == "tanh" else p

    def errors(self, w: Array) -> Whole:
        """How many points are not on their side of the boundary: (..., n) -> (...)."""
        # ~(s > 0), as NaN is on no side.
        wrong = self._by_blocks(w, lambda s: np.asarray((~(s > 0)).sum(axis=-1), dtype=float))
        return wrong.astype(np.int64)

    def value(self, w: Array) -> Array:
        fit = self._by_blocks(w, self._cost)
        return np.asarray(fit + 0.5 * self.decay * np.einsum("...i,...i->...", w, w))

    def divergences(self, w: Array) -> Array:
        """What each point costs (..., N), without the penalty on the weights."""
        s = self.sides(w)
        if self.divergence == "l2":
            return self._height * (self.epsilon - _wrong(s)) ** 2
        # Each term is exact where the other underflows.
        return np.log1p(np.exp(-np.abs(s))) + np.maximum(-s, 0.0) + self.epsilon * s

    def gradient(self, w: Array) -> Array:
        m = _wrong(self.sides(w))
        if self.divergence == "l2":
            slope = (2 * self._height) * (self.epsilon - m) * (m - m * m)
        else:
            slope = self.epsilon - m
        return self._pull(slope) + self.decay * w if self.decay else self._pull(slope)

    def hessian(self, w: Array) -> Array:
        m = _wrong(self.sides(w))
        d = m * (1 - m)
        if self.divergence == "l2":
            d = (2 * self._height) * d * (d + (self.epsilon - m) * (2 * m - 1))
        Z = self.signed
        H = np.matmul(np.swapaxes(Z, -1, -2) * d[..., None, :], Z)
        return np.asarray(H + self.decay * np.eye(self.n))

    def _cost(self, s: Array) -> Array:
        if self.divergence == "l2":
            r = self.epsilon - _wrong(s)
            return np.asarray(self._height * np.einsum("...i,...i->...", r, r))
        cost = np.log1p(np.exp(-np.abs(s)))
        cost += np.maximum(-s, 0.0)
        return np.asarray(cost.sum(axis=-1) + self.epsilon * s.sum(axis=-1))

    def _by_blocks(self, w: Array, f: Callable[[Array], Array]) -> Array:
        """f of the sides, a few rows of w (K, ..., n) at a time."""
        if w.ndim < self.x.ndim:
            return np.asarray(f(self.sides(w)))
        each = int(np.prod(w.shape[1:-1])) * self.x.shape[-2]
        rows = max(1, BLOCK // each)
        parts = [f(self.sides(w[k : k + rows])) for k in range(0, len(w), rows)]
        return np.concatenate(parts) if parts else np.empty(w.shape[:-1])


def _wrong(s: Array) -> Array:
    """σ(−s), to full relative accuracy on both sides."""
    with np.errstate(over="ignore"):
        m = np.exp(s)
    m += 1.0
    return np.asarray(np.reciprocal(m, out=m))


def always_separates(epsilon: float, points: int) -> bool:
    """Whether each global minimiser of soft L2 separates separable points: N < (1/(2ε) − 1)².

    With hard targets the infimum 0 of L2 is approached only by separating directions.
    """
    # E ≤ Nε² is reached far out along a separating line; a wrong point alone costs (½ − ε)².
    return epsilon == 0 or points * epsilon**2 < (0.5 - epsilon) ** 2


@dataclass(frozen=True)
class WithinNorm(Optimizer):
    """Another optimizer's step, pulled back to ‖w‖ ≤ `bound` where it leaves the ball."""

    optimizer: Optimizer
    bound: float

    def __post_init__(self) -> None:
        if not 0 < self.bound < np.inf:
            raise ValueError(f"`WithinNorm(bound=...)` must be positive; got {self.bound}.")

    @property
    def label(self) -> str:  # type: ignore[override]
        return f"{self.optimizer.label}, ‖w‖ ≤ {self.bound:g}"

    @property
    def relative(self) -> bool:  # type: ignore[override]
        return self.optimizer.relative

    @property
    def beta(self) -> float:  # type: ignore[override]
        # A step that is pulled back says nothing of how far the next can go.
        return 1.0

    def start(self, w: Array) -> Memory:
        return self.optimizer.start(w)

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        moved, memory = self.optimizer.step(objective, w, memory, eta)
        length = np.sqrt(np.einsum("...i,...i->...", moved, moved))[..., None]
        return np.where(length > self.bound, moved * (self.bound / length), moved), memory


class Minimum(NamedTuple):
    """A minimum of a unit's divergence: w, E, and the indices of the points on the wrong side.

    curvatures: the Hessian's eigenvalues, ascending. share: of the starts that came here.
    """

    w: tuple[float, ...]
    value: float
    wrong: tuple[int, ...]
    curvatures: tuple[float, ...]
    share: float

    @property
    def separates(self) -> bool:
        """Whether no point is on the wrong side."""
        return not self.wrong

    @property
    def sharpness(self) -> float:
        """λ_max."""
        return self.curvatures[-1]

    @property
    def limit(self) -> float:
        """2/λ_max: beyond it, plain descent leaves this minimum."""
        return 2 / self.sharpness if self.sharpness > 0 else math.inf


SIZES = (0.3, 1.0, 3.0, 10.0, 30.0)  # of the starts' weights, beside 1/(spread of the inputs)
ALIKE = 1e-6
WORK = 60_000  # outputs at a time: of many points, fewer starts are tried
MOST = 5000


def minima(unit: SigmoidUnit, starts: int = 200, seed: int = 0) -> tuple[Minimum, ...]:
    """The minima that Newton's method with a line search finds from many starts, lowest first.

    Starts are random at five sizes, and along a separating line where there is one. Where the
    infimum lies at infinite weights, as with hard targets on separable points, that branch is not
    among them: () if there is none else. Of more than 300 points fewer starts are tried, at least 12;
    ValueError for more than 5,000 points, and for runs with points of their own.
    """
    if unit.x.ndim != 2:
        raise ValueError("`minima(unit=...)` must have one set of points for all runs.")
    if len(unit.x) > MOST:
        raise ValueError(f"the minima of {len(unit.x):,} points are not sought; at most {MOST:,}")
    starts = min(starts, max(12, WORK // len(unit.x)))
    w = _starts(unit, starts, seed)
    run = descend(unit, w, 1.0, ShiftedNewton(), steps=60, tolerance=1e-8)
    ends = run.w[-1]
    # One step more: a line search stops where E, but not its gradient, is lost in rounding.
    polished = descend(unit, ends, 1.0, ShiftedNewton(), steps=8, tolerance=1e-12).w[-1]
    arrived = (run.status == Status.CONVERGED) & (run.kind == "minimum")
    better = np.abs(unit.gradient(polished)).max(axis=-1) <= np.abs(unit.gradient(ends)).max(
        axis=-1
    )
    ends = np.where(better[:, None], polished, ends)[arrived]
    curvatures = unit.eigen(ends)[0] if len(ends) else np.empty((0, unit.n))
    values = unit.value(ends)
    found: list[Minimum] = []
    taken = np.zeros(len(ends), dtype=bool)
    for i in np.argsort(values, kind="stable").tolist():
        if taken[i]:
            continue
        near = np.abs(ends - ends[i]).max(axis=-1) <= ALIKE * max(1.0, np.abs(ends[i]).max())
        taken |= near
        # A minimum is known no better than to rounding: what is so close to its boundary is on it.
        noise = 1e-12 * max(1.0, float(np.abs(ends[i]).max())) * np.abs(unit.signed).sum(axis=-1)
        wrong = tuple(np.flatnonzero(unit.sides(ends[i]) <= noise).tolist())
        share = float(near.sum()) / len(w)
        at = tuple(ends[i].tolist())
        found.append(Minimum(at, float(values[i]), wrong, tuple(curvatures[i].tolist()), share))
    return tuple(found)


def global_minimum(unit: SigmoidUnit, starts: int = 200, seed: int = 0) -> Minimum | None:
    """The lowest of `minima`; None if there is none, as the infimum lies at infinity."""
    found = minima(unit, starts, seed)
    if not found:
        return None
    lowest = found[0]
    if unit.epsilon == 0 and unit.decay == 0:
        points = Points(unit.x, unit.labels)
        if certificate(points).separable:
            return None
    return lowest


def _starts(unit: SigmoidUnit, starts: int, seed: int) -> Array:
    """Start weights (starts + few, n), on the scale of the inputs."""
    rng = np.random.default_rng(seed)
    middle, spread = unit.x.mean(axis=0), unit.x.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0) * unit.gain
    u = rng.standard_normal((starts, unit.n))
    u *= np.array(SIZES)[np.arange(starts) % len(SIZES), None]
    slope = u[:, :-1] / spread
    random = np.column_stack([slope, u[:, -1] / unit.gain - slope @ middle])
    line = certificate(Points(unit.x, unit.labels)).weights
    if line is None:
        return random
    nearest = (unit.signed @ line).min()
    along = line / nearest * np.array([0.5, 1.0, 2.0, 4.0])[:, None]
    return np.vstack([random, along]) if np.isfinite(along).all() else random


def first_separating(unit: SigmoidUnit, w: Array) -> Array:
    """The first epoch k at which w (K+1, ..., n) separates the points, (...); inf if none does."""
    right = unit.errors(w) == 0
    return np.where(right.any(axis=0), right.argmax(axis=0), np.inf)
