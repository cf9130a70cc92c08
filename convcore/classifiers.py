"""What draws a line between points: perceptron, backprop, linear LMS, maximum margin; and the line.

Each learner is a frozen value. `fit` takes points or many samples at once, x (..., M, p) and labels
(..., M), and gives weights (..., p + 1), the bias last; the boundary is where wᵀx + b = 0.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from itertools import count
from operator import mul

import numpy as np
from numpy.typing import NDArray

from convcore.descent import Trajectory, descend
from convcore.optimizers import (
    AdaGrad,
    Adam,
    GradientDescent,
    Momentum,
    Nesterov,
    Optimizer,
    QuickProp,
    RMSProp,
    RProp,
)
from convcore.pointsets import Points, augment
from convcore.schedules import Constant, Schedule
from convcore.separability import max_margin
from convcore.sigmoid_unit import SigmoidUnit, WithinNorm

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Box = tuple[tuple[float, float], ...]

VISITS = 600_000  # of points, that a perceptron makes at most; well under a second
UPDATES = 200_000


class Learner(ABC):
    """A rule that finds weights for points."""

    label: str

    @abstractmethod
    def fit(self, x: Array, labels: Array) -> Array:
        """Weights (..., p + 1) for samples x (..., M, p) and labels (..., M); NaN where there are none."""


@dataclass(frozen=True, eq=False)
class PerceptronRun:
    """The record of a perceptron.

    weights: (E+1, n) at the start and after each of E epochs. mistakes: (E,) in each epoch. points: (m,),
    which point was mistaken at each update, and visits: (m,), how many points had been visited by then,
    this one included. path: (m+1, n), the weights after each update, the start first. converged: whether
    an epoch passed without a mistake. cut: whether it stopped short of the epochs asked for, at the most
    visits or updates that are made.
    """

    weights: Array
    mistakes: Whole
    points: Whole
    visits: Whole
    path: Array
    converged: bool
    cut: bool

    @property
    def epochs(self) -> int:
        """E, the last one without a mistake if it converged."""
        return len(self.mistakes)

    @property
    def total(self) -> int:
        """All mistakes: what Novikoff's (R/γ)² bounds on separable points."""
        return int(self.mistakes.sum())


@dataclass(frozen=True)
class Perceptron(Learner):
    """Visit the points; where ℓ·wᵀx̃ ≤ 0, w ← w + ℓx̃ (Rosenblatt 1958); w starts at 0.

    epochs: at most; it stops after one without a mistake. shuffle: a new order for each epoch, drawn by
    `seed`, else the order of the points. bias: whether a constant 1 is added to the inputs.
    """

    epochs: int = 1000
    shuffle: bool = False
    seed: int = 0
    bias: bool = True
    label = "perceptron"

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise ValueError(f"`Perceptron(epochs=...)` must be ≥ 1; got {self.epochs}.")

    def train(self, points: Points) -> PerceptronRun:
        """The run on these points; exact if all numbers are whole."""
        x = points.augmented(self.bias)
        Z = points.labels[:, None] * x
        # Python's whole numbers never round; the largest doubles are whole, too, but long.
        whole = bool((np.round(Z) == Z).all() and np.abs(Z).max() < 2**53)
        rows: list[list[float]] = (Z.astype(np.int64) if whole else Z).tolist()
        rng = np.random.default_rng(self.seed)
        w: list[float] = [0] * Z.shape[1] if whole else [0.0] * Z.shape[1]
        path, ends, mistakes = [w], [w], []
        which: list[int] = []
        visits: list[int] = []
        converged = cut = False
        order = range(len(rows))
        for epoch in count():
            cut = (
                not converged
                and epoch > 0
                and ((epoch + 1) * len(rows) > VISITS or len(which) >= UPDATES)
            )
            if converged or cut or epoch == self.epochs:
                cut = cut and epoch < self.epochs
                break
            turn = rng.permutation(len(rows)).tolist() if self.shuffle else order
            before = len(which)
            for k, i in enumerate(turn, epoch * len(rows) + 1):
                z = rows[i]
                if sum(map(mul, w, z)) <= 0:
                    w = [a + b for a, b in zip(w, z, strict=True)]
                    path.append(w)
                    which.append(i)
                    visits.append(k)
            ends.append(w)
            mistakes.append(len(which) - before)
            converged = mistakes[-1] == 0
        return PerceptronRun(
            np.array(ends, dtype=float),
            np.array(mistakes, dtype=np.int64),
            np.array(which, dtype=np.int64),
            np.array(visits, dtype=np.int64),
            np.array(path, dtype=float),
            converged,
            cut,
        )

    def turns(self, points: int) -> int:
        """How many epochs `fit` makes at most of many samples of so many points each."""
        return max(1, min(self.epochs, VISITS // (6 * points)))

    def fit(self, x: Array, labels: Array) -> Array:
        """All samples side by side, each in its order (or one shuffled order for all)."""
        Z = labels[..., None] * (augment(x) if self.bias else x)
        batch, (M, n) = Z.shape[:-2], Z.shape[-2:]
        if not batch:
            ended = self.train(Points(x, labels)).weights[-1]
            return ended if self.bias else np.append(ended, 0.0)
        # Point by point, then input by input: what one visit reads lies together.
        Z = np.ascontiguousarray(Z.reshape(-1, M, n).transpose(1, 2, 0))
        w = np.zeros((n, Z.shape[2]))
        alive = np.arange(Z.shape[2])
        rng = np.random.default_rng(self.seed)
        done = np.zeros_like(w)
        for _ in range(self.turns(M)):
            erred = np.zeros(len(alive), dtype=bool)
            for i in rng.permutation(M) if self.shuffle else range(M):
                z = Z[i]
                wrong = np.add.reduce(w * z, axis=0) <= 0
                if wrong.any():
                    w = w + z * wrong
                    erred |= wrong
            done[:, alive] = w
            if not erred.all():
                alive, w, Z = alive[erred], w[:, erred], Z[:, :, erred]
            if not alive.size:
                break
        weights = done.T.reshape(*batch, n)
        return weights if self.bias else np.append(weights, np.zeros((*batch, 1)), axis=-1)


@dataclass(frozen=True)
class Backprop(Learner):
    """A `SigmoidUnit` trained by `descend` from w = 0, or a random start of the size `spread`.

    divergence, epsilon, decay, activation: of the unit; bound: the largest ‖w‖, None for any. eta, epochs,
    optimizer, schedule: of `descend`; an epoch is one step on all points. seed: of the start.
    """

    divergence: str = "l2"
    epsilon: float = 0.1
    eta: float = 0.5
    epochs: int = 2000
    decay: float = 0.0
    bound: float | None = None
    activation: str = "logistic"
    optimizer: Optimizer = field(default_factory=GradientDescent)
    schedule: Schedule = field(default_factory=Constant)
    spread: float = 0.0
    seed: int = 0
    label = "backprop"

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise ValueError(f"`Backprop(epochs=...)` must be ≥ 1; got {self.epochs}.")
        if not np.isfinite(self.eta):
            raise ValueError(f"`Backprop(eta=...)` must be finite; got {self.eta}.")

    def unit(self, x: Array, labels: Array) -> SigmoidUnit:
        """What is minimised."""
        return SigmoidUnit(x, labels, self.divergence, self.epsilon, self.decay, self.activation)

    @property
    def rule(self) -> Optimizer:
        """The optimizer, kept within the bound if there is one."""
        return self.optimizer if self.bound is None else WithinNorm(self.optimizer, self.bound)

    def start(self, n: int) -> Array:
        """The first weights (n,)."""
        return self.spread * np.random.default_rng(self.seed).standard_normal(n)

    def steps(self, points: int) -> int:
        """How many epochs are made with so many points, of all samples together: see `affordable`."""
        return affordable(points, self.epochs)

    def train(self, points: Points) -> Trajectory:
        """The run on these points: w (K+1, n), loss (K+1,), and how it ended."""
        unit = self.unit(points.x, points.labels)
        steps = self.steps(len(points))
        return descend(unit, self.start(unit.n), self.eta, self.rule, self.schedule, steps)

    def fit(self, x: Array, labels: Array) -> Array:
        batch, (M, p) = x.shape[:-2], x.shape[-2:]
        samples, signs = x.reshape(-1, M, p), labels.reshape(-1, M)
        steps = self.steps(M * len(samples))
        w0 = np.broadcast_to(self.start(p + 1), (len(samples), p + 1))
        if isinstance(self.optimizer, SIDE_BY_SIDE) and self.schedule.open_loop:
            settings = self.divergence, self.epsilon, self.decay, self.activation
            units: list[SigmoidUnit] = [_Unheard(samples, signs, *settings)]
            starts = [w0]
        else:
            # A line search evaluates runs apart from each other, so each has its own points.
            units, starts = list(map(self.unit, samples, signs)), list(w0)
        ends = [
            descend(unit, w, self.eta, self.rule, self.schedule, steps).w[-1]
            for unit, w in zip(units, starts, strict=True)
        ]
        return np.concatenate([np.atleast_2d(w) for w in ends]).reshape(*batch, p + 1)


class _Unheard(SigmoidUnit):
    """A unit of which only the weights at the end are asked for: its E costs as much as a step."""

    def value(self, w: Array) -> Array:
        return np.zeros(w.shape[:-1])


# Optimizers that ask for gradients only, of all runs at once.
SIDE_BY_SIDE = (GradientDescent, Momentum, Nesterov, RProp, QuickProp, AdaGrad, RMSProp, Adam)


@dataclass(frozen=True)
class LinearLMS(Learner):
    """The least squares of wᵀx + b against the labels ±1, by the shortest solution: where LMS ends."""

    label = "linear LMS"

    def fit(self, x: Array, labels: Array) -> Array:
        # Centred inputs and the intercept apart: far points do not spoil the digits of near ones.
        middle, level = x.mean(axis=-2, keepdims=True), labels.mean(axis=-1)
        centred = x - middle
        slope = (np.linalg.pinv(centred) @ (labels - level[..., None])[..., None])[..., 0]
        bias = level - np.einsum("...i,...i->...", slope, middle[..., 0, :])
        return np.concatenate([slope, bias[..., None]], axis=-1)


@dataclass(frozen=True)
class MaxMargin(Learner):
    """The line of the largest margin, bias free (hard margin); NaN where no line separates."""

    label = "max-margin"

    def fit(self, x: Array, labels: Array) -> Array:
        batch, (M, p) = x.shape[:-2], x.shape[-2:]
        pairs = zip(x.reshape(-1, M, p), labels.reshape(-1, M), strict=True)
        return np.array([max_margin(*pair) for pair in pairs]).reshape(*batch, p + 1)


def affordable(points: int, epochs: int, outputs: int = 20_000_000) -> int:
    """How many of these epochs keep the work within so many outputs (about a second), at least 1."""
    return max(1, min(epochs, outputs // points))


# Lines


def scores(weights: Array, x: Array) -> Array:
    """wᵀx + b (..., M) of weights (..., p + 1) at inputs x (M, p)."""
    return weights @ augment(x).T


def wrong_points(weights: Array, points: Points) -> tuple[int, ...]:
    """The indices of the points on the wrong side, or on the boundary, of weights (n,)."""
    return tuple(np.flatnonzero(~(points.labels * scores(weights, points.x) > 0)).tolist())


def margin(weights: Array, points: Points) -> float:
    """The distance of the worst point from the boundary, < 0 if it is on the wrong side; NaN if w = 0."""
    length = float(np.linalg.norm(weights[:-1]))
    worst = float((points.labels * scores(weights, points.x)).min())
    return worst / length if length > 0 else float("nan")


def boundary(weights: Array, box: Box) -> Array | None:
    """The two ends (2, 2) of the line of weights (3,) on the edge of a box, or None if it misses it.

    Of one input, weights (2,): its one position (1, 1), or None. None for no line at all (w = 0).
    """
    *slope, b = weights.tolist()
    if not np.isfinite(weights).all() or not any(slope):
        return None
    if len(slope) == 1:
        at = -b / slope[0]
        return np.array([[at]]) if box[0][0] <= at <= box[0][1] else None
    (xlo, xhi), (ylo, yhi) = box
    u, v = slope
    ends: list[tuple[float, float]] = []
    if v:
        ends += [(x, y) for x in (xlo, xhi) if ylo <= (y := -(u * x + b) / v) <= yhi]
    if u:
        ends += [(x, y) for y in (ylo, yhi) if xlo <= (x := -(v * y + b) / u) <= xhi]
    if not ends:
        return None
    # Through a corner, an edge counts twice: the two that are farthest apart are the ends.
    pairs = [(a, c) for a in ends for c in ends]
    first, last = max(pairs, key=lambda e: (e[0][0] - e[1][0]) ** 2 + (e[0][1] - e[1][1]) ** 2)
    return np.array(sorted([first, last])) if first != last else None


def angle(one: Array, two: Array) -> Array:
    """Degrees (...) between the normals of boundaries (..., p + 1), 0 to 180; NaN where one has none.

    180 is the same line with its sides exchanged.
    """
    a, b = one[..., :-1], two[..., :-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        a = a / np.linalg.norm(a, axis=-1, keepdims=True)
        b = b / np.linalg.norm(b, axis=-1, keepdims=True)
    # Half the angle by its tangent: arccos loses half of the digits near 0 and 180 (Kahan).
    apart, along = np.linalg.norm(a - b, axis=-1), np.linalg.norm(a + b, axis=-1)
    return np.asarray(np.degrees(2 * np.arctan2(apart, along)))
