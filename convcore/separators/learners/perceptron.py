"""The perceptron, with the record of its mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import mul
from typing import Any

import numpy as np

from convcore.arrays import Array, Ints
from convcore.parallel import Report
from convcore.separators.learners.learner import Learner
from convcore.separators.learners.separator import Separator, labelled
from convcore.separators.points import Points, augment

VISITS = 600_000  # visits of points by a perceptron, at most; well under a second
UPDATES = 200_000
RARE = 25  # points per mistake from which testing many at a time is faster
ASKED = 16, 8192  # points at a time, at least and at most


@dataclass(frozen=True, eq=False)
class PerceptronRun:
    """The record of a perceptron.

    weights: (E+1, n) at the start and after each of E epochs. mistakes: (E,) in each epoch. points: (m,),
    which point caused each update, and visits: (m,), how many points had been visited by then, this
    one included. path: (m+1, n), the weights after each update, the start first. converged: whether
    an epoch passed without a mistake. cut: whether it stopped before the requested epochs, at the limit of
    visits or updates.
    """

    weights: Array
    mistakes: Ints
    points: Ints
    visits: Ints
    path: Array
    converged: bool
    cut: bool

    @property
    def epochs(self) -> int:
        """E; if it converged, the last epoch has no mistake."""
        return len(self.mistakes)

    @property
    def total(self) -> int:
        """All mistakes: what Novikoff's (R/γ)² bounds on separable points."""
        return int(self.mistakes.sum())


@dataclass(frozen=True, eq=False)
class TrainedPerceptron(Separator):
    """A perceptron's line, with the record of its training."""

    run: PerceptronRun

    @property
    def mistakes(self) -> Ints:
        """Mistakes in each epoch (E,); the last is 0 if it found a line that separates."""
        return self.run.mistakes

    @property
    def converged(self) -> bool:
        """Whether an epoch passed without a mistake."""
        return self.run.converged

    def __repr__(self) -> str:
        made = f"{self.run.total:,} mistakes in {self.run.epochs:,} epochs"
        return f"<{type(self).__name__}: {self.line}; {made}>"


@dataclass(frozen=True)
class Perceptron(Learner):
    """Visit the points; where ℓ·wᵀx̃ ≤ 0, w ← w + ℓx̃ (Rosenblatt 1958); w starts at 0.

    epochs: at most; it stops after one without a mistake. shuffle: a new order for each epoch, drawn by
    `seed`, else the order of the points. bias: whether a constant 1 is added to the inputs. Raises
    ValueError for epochs < 1. On separable points at most (R/γ)² mistakes are made (Novikoff 1962).
    """

    epochs: int = 1000
    shuffle: bool = False
    seed: int = 0
    bias: bool = True
    label = "perceptron"

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise ValueError(f"`Perceptron(epochs=...)` must be ≥ 1; got {self.epochs}.")

    def train(self, points: Points, report: Report | None = None) -> PerceptronRun:
        """The run on these points; exact if all numbers are whole.

        report: called after each epoch with the share that is done; it may raise to stop the run.
        """
        Z = points.labels[:, None] * points.augmented(self.bias)
        # Python's integers never round; the largest doubles are integers too, but long ones.
        whole = bool((np.round(Z) == Z).all() and np.abs(Z).max() < 2**53)
        rows: list[list[float]] = (Z.astype(np.int64) if whole else Z).tolist()
        columns = np.ascontiguousarray(Z.T)
        rng = np.random.default_rng(self.seed)
        w: list[float] = [0] * Z.shape[1] if whole else [0.0] * Z.shape[1]
        path, ends = [w], [w]
        mistakes: list[int] = []
        which: list[int] = []
        visits: list[int] = []
        converged = cut = False
        order = np.arange(len(rows))
        for epoch in range(self.epochs):
            cut = epoch > 0 and ((epoch + 1) * len(rows) > VISITS or len(which) >= UPDATES)
            if cut:
                break
            turn = rng.permutation(len(rows)) if self.shuffle else order
            # Where mistakes are rare, many points at a time are tested; in the first epoch they are not.
            rare = epoch > 0 and mistakes[-1] * RARE < len(rows)
            each = _in_the_plane if len(w) == 3 else _one_by_one
            search = _by_blocks if rare and _holds(w, Z, whole) else each
            before = len(which)
            for place, moved in search(w, turn, rows, columns):
                w = moved
                path.append(w)
                which.append(int(turn[place]))
                visits.append(epoch * len(rows) + place + 1)
            ends.append(w)
            mistakes.append(len(which) - before)
            converged = mistakes[-1] == 0
            if converged:
                break
            if report is not None:
                report((epoch + 1) / self.epochs)
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
        """How many epochs `lines` runs at most on many samples of so many points each."""
        return max(1, min(self.epochs, VISITS // (6 * points)))

    def fit(self, X: Any, y: Any) -> TrainedPerceptron:
        """As `Learner.fit`, for X (N, p) and y (N,), with the mistakes of each epoch.

        Where no line separates it is the last one that was tried. Raises ValueError likewise.
        """
        points, classes = labelled(X, y)
        run = self.train(points)
        last = run.weights[-1] if self.bias else np.append(run.weights[-1], 0.0)
        return TrainedPerceptron(last, points, classes, run)

    def lines(self, x: Array, labels: Array, report: Report | None = None) -> Array:
        """All samples side by side, each in its order (or one shuffled order for all)."""
        Z = labels[..., None] * (augment(x) if self.bias else x)
        batch, (M, n) = Z.shape[:-2], Z.shape[-2:]
        if not batch:
            ended = self.train(Points(x, labels), report).weights[-1]
            return ended if self.bias else np.append(ended, 0.0)
        # Axes point, input, sample: what one visit reads is contiguous.
        Z = np.ascontiguousarray(Z.reshape(-1, M, n).transpose(1, 2, 0))
        w = np.zeros((n, Z.shape[2]))
        alive = np.arange(Z.shape[2])
        rng = np.random.default_rng(self.seed)
        done = np.zeros_like(w)
        turns = self.turns(M)
        for epoch in range(turns):
            if report is not None:
                report(epoch / turns)
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


# The mistakes of one epoch: the position in the order, and the weights after the update.


def _one_by_one(
    w: list[float], turn: Ints, rows: list[list[float]], columns: Array
) -> Iterator[tuple[int, list[float]]]:
    for place, i in enumerate(turn.tolist()):
        z = rows[i]
        if sum(map(mul, w, z)) <= 0:
            w = [a + b for a, b in zip(w, z, strict=True)]
            yield place, w


def _in_the_plane(
    w: list[float], turn: Ints, rows: list[list[float]], columns: Array
) -> Iterator[tuple[int, list[float]]]:
    # The same sums unrolled: most points have two inputs, and this takes a third of the time.
    u, v, b = w
    for place, i in enumerate(turn.tolist()):
        x, y, o = rows[i]
        if u * x + v * y + b * o <= 0:
            u, v, b = u + x, v + y, b + o
            yield place, [u, v, b]


def _by_blocks(
    w: list[float], turn: Ints, rows: list[list[float]], columns: Array
) -> Iterator[tuple[int, list[float]]]:
    at, size = 0, ASKED[0]
    inputs = columns[:, turn]
    while at < len(turn):
        Z = inputs[:, at : at + size]
        # Input by input, in the order of `_one_by_one`, so that the rounding is the same.
        side = w[0] * Z[0]
        for a, z in zip(w[1:], Z[1:], strict=True):
            side += a * z
        wrong = np.flatnonzero(side <= 0)
        if not wrong.size:
            at, size = at + size, min(2 * size, ASKED[1])
            continue
        place = at + int(wrong[0])
        w = [a + b for a, b in zip(w, rows[turn[place]], strict=True)]
        yield place, w
        at, size = place + 1, max(size // 2, ASKED[0])


def _holds(w: list[float], Z: Array, whole: bool) -> bool:
    """Whether doubles hold each score of an epoch exactly; True if the numbers are not all whole."""
    size = float(np.abs(Z).max())
    return not whole or len(w) * size * (max(map(abs, w)) + len(Z) * size) < 2**53
