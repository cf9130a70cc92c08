"""When a run has diverged: past the mark and growing; for a method that can come back, for good."""

from __future__ import annotations

import numpy as np

from convcore.arrays import Array, Bools, Ints
from convcore.descent.criteria import squared_norm
from convcore.objectives.base import Objective

GROWTH = 1e8  # a run whose distance or loss has grown by this factor and still grows has diverged
BLOCK = 2**15  # numbers processed at a time, so that they stay in the processor's cache
HUGE = 1e150  # weights beyond this count as overflow: their squares nearly do
RISING = 3  # last steps that must all grow for a run that could come back to have diverged


def followed(
    objective: Objective, w: Array, loss: Array, returns: Bools
) -> tuple[Ints, Ints, Array]:
    """(length, ended, travel) of runs w (K+1, ..., n), loss (K+1, ...): see `outcomes.judge`.

    length: the last step kept; ended: the step at which a run has diverged or left, K+1 if it has not;
    travel: the largest distance from the start. returns (...): `Optimizer.returns`; such a run is followed
    past the mark, and has diverged only if it overflows, or is past the mark to its end and
    grows in its last steps or cannot move.
    """
    K = len(w) - 1
    far, high = _marks(objective, w, loss)
    length, ended, travel = _past_the_mark(w, loss, far, high)
    flung = returns & (ended <= K)
    if flung.any():
        found = _for_good(
            objective.for_runs(np.flatnonzero(flung)),
            w[:, flung], loss[:, flung], far[flung], high[flung],
        )  # fmt: skip
        length, ended, travel = np.array(length), np.array(ended), np.array(travel)
        length[flung], ended[flung], travel[flung] = found
    return length, ended, travel


def _for_good(
    objective: Objective, w: Array, loss: Array, far: Array, high: Array
) -> tuple[Ints, Ints, Array]:
    """As `followed`, for runs w (K+1, m, n) that have been past the mark and can come back from there."""
    K, k = len(w) - 1, np.arange(len(w))[:, None]
    away, E = squared_norm(w - w[0]), np.abs(loss - loss[0])
    known = np.isfinite(E) & (np.abs(w).max(axis=-1) < HUGE)
    past = ~known | (away > far) | (high < E)
    lost = ~known.all(axis=0)
    last = np.where(lost, known.argmin(axis=0), K)
    # The first step of the stretch past the mark that it ends with.
    since = np.where(past | (k > last), 0, k).max(axis=0) + 1
    late = slice(-RISING - 1, None)
    grows = np.any([(np.diff(size[late], axis=0) > 0).all(axis=0) for size in (away, E)], axis=0)
    rests = np.all(w[late] == w[-1], axis=(0, -1)) & ~objective.eigen(w[-1])[0].any(axis=-1)
    gone = lost | (past[-1] & (grows | rests) & (K >= RISING))
    ended = np.where(gone, since, K + 1)
    kept = np.take_along_axis(known, np.minimum(since, K)[None], axis=0)[0]
    length = np.where(gone, np.where(kept, since, since - 1), K)
    return length, ended, np.sqrt(away.max(axis=0))


def _past_the_mark(w: Array, loss: Array, far: Array, high: Array) -> tuple[Ints, Ints, Array]:
    """(length, ended, travel): the last step kept, the step at which distance or loss has grown past
    the mark (K+1 if neither has), and the largest distance from the start.

    The step that grew past the mark is kept if it is finite.
    """
    K, runs = len(w) - 1, w.shape[1:-1]
    ended, length = np.full(runs, K + 1), np.full(runs, K)
    travel = np.zeros(runs)
    before = np.zeros(runs), np.zeros(runs)
    rows = max(1, BLOCK // max(1, w[0].size))
    for k in range(1, K + 1, rows):
        away, E = squared_norm(w[k : k + rows] - w[0]), np.abs(loss[k : k + rows] - loss[0])
        peak = np.maximum(travel, away.max(axis=0))
        # Comparisons with NaN are false, so this also finds what is not finite.
        suspect = ~((peak <= far) & (E.max(axis=0) <= high))
        if suspect.any():
            finite = np.isfinite(E) & np.isfinite(w[k : k + rows] @ np.ones(w.shape[-1]))
            blown = ~finite | _past(away, before[0], far) | _past(E, before[1], high)
            first = blown.argmax(axis=0)
            now = blown.any(axis=0) & (ended > K)
            ended = np.where(now, k + first, ended)
            kept = np.take_along_axis(finite, first[None], axis=0)[0]
            length = np.where(now, np.where(kept, k + first, k + first - 1), length)
        travel, before = peak, (away[-1], E[-1])
        if np.all(ended <= K):
            break
    return length, ended, np.sqrt(travel)


def _past(size: Array, before: Array, mark: Array) -> Bools:
    """Where sizes (rows, ...) are past the mark and still growing; before: the size of the row before."""
    growing = np.concatenate([size[:1] > before, size[1:] > size[:-1]])
    return np.asarray((size > mark) & growing)


def _marks(objective: Objective, w: Array, loss: Array) -> tuple[Array, Array]:
    """The squared distance from the start and the change of E beyond which a run has diverged."""
    target = objective.minimiser
    length = np.maximum(1.0, np.sqrt(squared_norm(w[0])))
    if target is not None:
        size = np.sqrt(squared_norm(w[0] - target))
        fall = loss[0] - objective.value(target)
    else:
        # Only its slope shows the scale of E, and a first long step does not mean divergence.
        first = np.sqrt(squared_norm(w[min(1, len(w) - 1)] - w[0]))
        size = np.maximum(length, np.where(np.isfinite(first), first, 0.0))
        slope = np.sqrt(squared_norm(objective.gradient(w[0])))
        fall = np.maximum(np.maximum(1.0, np.abs(loss[0])), slope * size)
    size = np.where(size > 0, size, length)
    fall = np.where(fall > 0, fall, np.maximum(1.0, np.abs(loss[0])))
    # Infinite values are past every mark, however large E is at the start.
    most = np.finfo(float).max
    return np.minimum((GROWTH * size) ** 2, most), np.minimum(GROWTH * fall, most)
