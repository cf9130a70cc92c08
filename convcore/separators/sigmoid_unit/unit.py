"""One unit y = f(wᵀx + b) as an objective over its weights: L2 or cross-entropy (SCIENCE F).

With s = ℓ·(wᵀx + b), the logistic unit's probability of the wrong class is m = σ(−s), and its target
for the right one 1 − ε. A point costs (ε − m)² under L2, and log(1 + e^(−s)) + εs under cross-entropy.
No ½ and no 1/N. The bias counts as a weight, the last one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from convcore.arrays import Array, Bools, Ints
from convcore.objectives.base import Objective
from convcore.optimizers import Optimizer
from convcore.optimizers.base import Memory
from convcore.separators.points import Points, augment

DIVERGENCES: dict[str, str] = {"l2": "L2", "entropy": "cross-entropy"}
ACTIVATIONS: dict[str, str] = {"logistic": "logistic", "tanh": "tanh"}
LARGEST = 709.0  # about the largest x for which e^x is finite
FEW = 4  # weights up to which the products of all inputs are kept for all points
SMALL = 1e-150  # a norm below this has squares that lose digits
BLOCK = 2**16  # outputs processed at a time, so that they stay in the processor's cache


@dataclass(frozen=True, eq=False)
class SigmoidUnit(Objective):
    """E(w) = Σ divergence(y, d) + ½ρ‖w‖², batched over w (..., n) with n = p + 1.

    x: (N, p) and labels: (N,), for all runs; or (R, N, p) and (R, N), where each of R runs has its own
    points, for w (..., R, n). divergence: a key of DIVERGENCES; epsilon: ε, 0 for hard targets 1 and 0,
    else soft ones 1 − ε and ε; decay: ρ. activation "tanh": y in (−1, 1), targets ±(1 − 2ε);
    (1 + y)/2 is the probability in the cross-entropy. Raises ValueError if these do not fit.
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
        """The unit that learns these points; raises ValueError as the class does."""
        return cls(points.x, points.labels, divergence, epsilon, decay, activation)

    @property
    def n(self) -> int:  # type: ignore[override]
        """How many weights there are, the bias among them."""
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

    @cached_property
    def _across(self) -> Array:
        return np.ascontiguousarray(self.signed.T)

    @cached_property
    def _squares(self) -> Array:
        return squares(self.signed)

    def sides(self, w: Array) -> Array:
        """s = ℓ·(wᵀx + b) times the gain (..., N): positive where the point is classified correctly."""
        if self.x.ndim == 2:
            return w @ self._across
        return np.asarray(np.matmul(self.signed, w[..., None])[..., 0])

    def _pull(self, slope: Array) -> Array:
        """Σ slope·ℓx̃ (..., n) for slopes (..., N)."""
        if self.x.ndim == 2:
            return slope @ self.signed
        return np.asarray(np.matmul(slope[..., None, :], self.signed)[..., 0, :])

    def for_runs(self, runs: Bools | Ints) -> SigmoidUnit:
        """The unit of some of the runs, by a mask (R,) or indices (m,), where each has its own points."""
        return self if self.x.ndim == 2 else replace(self, x=self.x[runs], labels=self.labels[runs])

    def output(self, w: Array, x: Array) -> Array:
        """y (..., M) at inputs x (M, p)."""
        p = 1 - _wrong(self.gain * (w @ augment(x).T))
        return 2 * p - 1 if self.activation == "tanh" else p

    def errors(self, w: Array) -> Ints:
        """How many points are not on the correct side of the boundary: (..., n) -> (...)."""
        # ~(s > 0) rather than s <= 0, so that NaN is an error.
        wrong = self._by_blocks(w, lambda s: np.asarray((~(s > 0)).sum(axis=-1), dtype=float))
        return wrong.astype(np.int64)

    def value(self, w: Array) -> Array:
        fit = self._by_blocks(w, self.fit)
        return np.asarray(fit + 0.5 * self.decay * np.einsum("...i,...i->...", w, w))

    def gradient(self, w: Array) -> Array:
        pull = self._pull(self.slopes(self.sides(w)))
        return pull + self.decay * w if self.decay else pull

    def slopes(self, s: Array) -> Array:
        """The derivative of each point's cost by its side s (..., N)."""
        m = _wrong(s)
        if self.divergence != "l2":
            return np.asarray(self.epsilon - m)
        slope = (self.epsilon - m) * (m - m * m)
        slope *= 2 * self._height
        return np.asarray(slope)

    def bends(self, s: Array) -> Array:
        """The second derivative of each point's cost by its side s (..., N)."""
        return self._bends(_wrong(s))

    def _bends(self, m: Array) -> Array:
        d = m * (1 - m)
        if self.divergence == "l2":
            d = (2 * self._height) * d * (d + (self.epsilon - m) * (2 * m - 1))
        return np.asarray(d)

    def steepest(self, below: float = np.inf) -> float:
        """A bound on the curvature of E wherever E ≤ `below`: with η < 2/steepest E falls there."""
        most = 1.0  # of m, where E is so low
        if self.epsilon == 0:
            # E is at least the cost of any single point, log(1/(1 − m)) or m².
            most = (
                float(np.sqrt(min(below / self._height, 1.0)))
                if self.divergence == "l2"
                else float(-np.expm1(-below))
            )
        bend = float(self._bends(np.linspace(0.0, most, 2001)).max()) * (1 + 1e-5)
        with np.errstate(over="ignore"):
            return float(np.linalg.norm(self.signed, 2)) ** 2 * bend + self.decay

    @property
    def least_wrong(self) -> float:
        """The least E at which a point can be wrong: a wrong one costs at least what it does at y = ½."""
        others = len(self.x) - 1
        if self.divergence == "l2":
            return self._height * (0.5 - self.epsilon) ** 2
        e = self.epsilon
        least = -e * np.log(e) - (1 - e) * np.log(1 - e) if e else 0.0
        return float(np.log(2) + others * least)

    def hessian(self, w: Array) -> Array:
        d = self.bends(self.sides(w))
        Z = self.signed
        if self.x.ndim == 2 and self.n <= FEW:
            # All of Σ d·x̃x̃ᵀ as one product of matrices.
            H = (d @ self._squares).reshape(*w.shape, self.n)
        else:
            H = np.matmul(np.swapaxes(Z, -1, -2) * d[..., None, :], Z)
        return np.asarray(H + self.decay * np.eye(self.n))

    def fit(self, s: Array) -> Array:
        """The points' costs (...), added up, by their sides s (..., N)."""
        if self.divergence == "l2":
            r = self.epsilon - _wrong(s)
            return np.asarray(self._height * np.einsum("...i,...i->...", r, r))
        # Each term is exact where the other underflows.
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


def squares(Z: Array) -> Array:
    """zzᵀ of each row z of Z (N, n), as (N, n²): a product with these adds up Hessians at once."""
    return (Z[:, :, None] * Z[:, None, :]).reshape(len(Z), -1)


def _wrong(s: Array) -> Array:
    """σ(−s), to full relative accuracy on both sides."""
    # Clipped to avoid overflow: for few points, silencing the warning would double the time.
    m = np.exp(np.minimum(s, LARGEST))
    m += 1.0
    return np.asarray(np.reciprocal(m, out=m))


def always_separates(epsilon: float, points: int) -> bool:
    """Whether each global minimiser of soft L2 separates `points` = N separable points: N < (1/(2ε) − 1)².

    With hard targets the infimum 0 of L2 is approached only by separating directions.
    """
    # E ≤ Nε² far out along a separating line; a single wrong point costs at least (½ − ε)².
    return epsilon == 0 or points * epsilon**2 < (0.5 - epsilon) ** 2


@dataclass(frozen=True)
class WithinNorm(Optimizer):
    """Another optimizer's step, pulled back to ‖w‖ ≤ `bound` where it leaves the ball: for plain descent
    the projected gradient (Goldstein 1964). Raises ValueError unless the bound is positive and finite."""

    optimizer: Optimizer
    bound: float

    def __post_init__(self) -> None:
        if not 0 < self.bound < np.inf:
            raise ValueError(f"`WithinNorm(bound=...)` must be positive; got {self.bound}.")

    @property
    def label(self) -> str:  # type: ignore[override]
        """The optimizer's name and the bound."""
        return f"{self.optimizer.label}, ‖w‖ ≤ {self.bound:g}"

    @property
    def relative(self) -> bool:  # type: ignore[override]
        return self.optimizer.relative

    @property
    def beta(self) -> float:  # type: ignore[override]
        # The length of a step that was pulled back does not bound the next.
        return 1.0

    def start(self, w: Array) -> Memory:
        return self.optimizer.start(w)

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        moved, memory = self.optimizer.step(objective, w, memory, eta)
        length = np.sqrt(np.einsum("...i,...i->...", moved, moved))[..., None]
        if self.bound > SMALL and np.isfinite(length).all():
            # Within the ball the factor is 1, exactly.
            return moved * (self.bound / np.maximum(length, self.bound)), memory
        # Squares overflow or vanish: scale first, by a power of two, which rounds nothing.
        size = np.maximum(np.abs(moved).max(axis=-1, keepdims=True), self.bound)
        power = np.frexp(size)[1]
        scaled, bound = np.ldexp(moved, -power), np.ldexp(self.bound, -power)
        length = np.sqrt(np.einsum("...i,...i->...", scaled, scaled))[..., None]
        outside = length > bound
        onto = scaled * (self.bound / np.where(outside, length, 1.0))
        return np.where(outside, onto, moved), memory
