"""How stable a boundary is: under one more point, or from sample to sample (claims 22 and 23).

The disagreement of two boundaries is the share of a box on which they give different labels. Learners are
trained from scratch on each sample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from convcore.arrays import Array, Ints
from convcore.parallel import Report
from convcore.separators.learners import Learner, angle, directions, scores
from convcore.separators.points import Points

Box = tuple[tuple[float, float], ...]

CELLS = {1: 4001, 2: 101}  # along each axis of the box; boundaries are compared at their middles
SCATTER = 4096  # random places, for more than two inputs
MOST_CELLS = 2_000_000  # numbers in all samples together, at most
BLOCK = 2**21


def box_around(points: Points, pad: float = 0.15) -> Box:
    """The box around the points, wider by a share `pad` on each side; 1 where they have no width."""
    low, high = points.x.min(axis=0), points.x.max(axis=0)
    wide = np.where(high > low, pad * (high - low), 1.0)
    return tuple(zip((low - wide).tolist(), (high + wide).tolist(), strict=True))


def places(box: Box) -> Array:
    """Where classifiers are compared (G, p): the middles of equal cells, or a scatter for p > 2."""
    low, high = np.array(box).T
    if len(box) in CELLS:
        at = (np.arange(CELLS[len(box)]) + 0.5) / CELLS[len(box)]
        unit = np.stack(np.meshgrid(*[at] * len(box), indexing="ij"), axis=-1).reshape(-1, len(box))
    else:
        unit = np.random.default_rng(0).random((SCATTER, len(box)))
    return np.asarray(low + unit * (high - low))


def disagreement(one: Array, two: Array, box: Box) -> Array:
    """The share (...) of the box on which weights (..., n) label differently; NaN if one is NaN or 0."""
    at = places(box)
    a, b = np.broadcast_arrays(one, two)
    shape, n = a.shape[:-1], a.shape[-1]
    a, b = a.reshape(-1, n), b.reshape(-1, n)
    rows, found = max(1, BLOCK // len(at)), np.empty(len(a))
    for i in range(0, len(a), rows):
        differs = (scores(a[i : i + rows], at) > 0) != (scores(b[i : i + rows], at) > 0)
        found[i : i + rows] = differs.mean(axis=-1)
    known = [np.isfinite(w).all(axis=-1) & w.any(axis=-1) for w in (a, b)]
    return np.asarray(np.where(known[0] & known[1], found, np.nan).reshape(shape))


class LineChange(NamedTuple):
    """A boundary before and after one more point, weights (n,): its turn in degrees, and the share of the
    box whose label changes. NaN where a learner has no line (max-margin on inseparable points)."""

    before: Array
    after: Array
    angle: float
    disagreement: float

    @property
    def flips(self) -> bool:
        """Whether + and − change sides: most labels change, and the line turns by over a right angle."""
        return self.angle > 90 and self.disagreement > 0.5


def line_change(before: Array, after: Array, box: Box) -> LineChange:
    """How much a boundary moves from weights (n,) to others over the box."""
    return LineChange(
        before, after, float(angle(before, after)), float(disagreement(before, after, box))
    )


# Resamples


class Samples(NamedTuple):
    """R samples of M points each: x (R, M, p), labels (R, M)."""

    x: Array
    labels: Array


def _fits(x: Array) -> None:
    if x.size > MOST_CELLS:
        raise ValueError(
            f"{len(x):,} samples of {x.shape[1]:,} points are too many; use fewer of either"
        )


def bootstrap(points: Points, count: int = 100, seed: int = 0) -> Samples:
    """N of N points with replacement, `count` times; redrawn while one of two classes is absent.

    Each sample keeps the order of the points, which matters to a perceptron. Raises ValueError if the
    samples are too large together.
    """
    N = len(points)
    _fits(np.broadcast_to(0.0, (count, N, points.inputs)))
    rng = np.random.default_rng(seed)
    index = rng.integers(N, size=(count, N))
    for _ in range(1000):
        plus = (points.labels[index] > 0).sum(axis=1)
        lone = np.flatnonzero((plus == 0) | (plus == N))
        if points.one_class or not lone.size:
            break
        index[lone] = rng.integers(N, size=(len(lone), N))
    index.sort(axis=1)
    return Samples(points.x[index], points.labels[index])


def leave_one_out(points: Points, most: int = 200, seed: int = 0) -> Samples:
    """All points but one, for each point in turn; for `most` random ones if there are more points.

    Raises ValueError for one point, and for samples that are too large together.
    """
    N = len(points)
    if N < 2:
        raise ValueError("there is one point; leaving it out leaves none")
    left = np.arange(N)
    if most < N:
        left = np.sort(np.random.default_rng(seed).choice(N, most, replace=False))
    _fits(np.broadcast_to(0.0, (len(left), N - 1, points.inputs)))
    others = np.arange(N - 1)
    index = others + (others >= left[:, None])
    return Samples(points.x[index], points.labels[index])


def fresh(draw: Callable[[int], Points], count: int = 100, seed: int = 0) -> Samples:
    """New samples from one source: draw(seed), draw(seed + 1), …, all of one size.

    Raises ValueError if they are too large together.
    """
    drawn = [draw(seed + i) for i in range(count)]
    x = np.stack([points.x for points in drawn])
    _fits(x)
    return Samples(x, np.stack([points.labels for points in drawn]))


@dataclass(frozen=True, eq=False)
class Fan:
    """The boundaries of one learner over R samples.

    weights: (R, n), NaN where there is no line. lines: how many lines there are. disagreement: the mean
    over all pairs of lines; NaN with fewer than two. shares: (R,), the mean disagreement of each line with
    the others, NaN where there is no line. angle: the mean angle, in degrees, from the fan's mean
    direction. errors: (R,), how many points of its own sample each boundary misclassifies.
    """

    learner: Learner
    weights: Array
    lines: int
    disagreement: float
    shares: Array
    angle: float
    errors: Ints

    @property
    def separating(self) -> int:
        """How many samples were separated by their own boundary."""
        return int((self.errors == 0).sum())


def fan(learner: Learner, samples: Samples, box: Box, report: Report | None = None) -> Fan:
    """Train a learner on each sample and measure how much the boundaries differ over the box.

    report: called now and then with the share that is done; it may raise to stop the training.
    """
    w = learner.lines(samples.x, samples.labels, report)
    side = samples.labels * (np.einsum("rmp,rp->rm", samples.x, w[:, :-1]) + w[:, -1:])
    errors = (~(side > 0)).sum(axis=1)
    known = np.isfinite(w).all(axis=1)
    lines, shares = w[known], np.full(len(w), np.nan)
    shares[known] = _from_the_others(lines, box)
    mean = float(shares[known].mean()) if len(lines) > 1 else float("nan")
    return Fan(learner, w, len(lines), mean, shares, _turn(lines), errors)


def _from_the_others(w: Array, box: Box) -> Array:
    """The mean share of the box (R,) on which each line labels differently from another: with k of R lines
    at a place saying +, R − k of the R − 1 others differ from one of those, and k from one that says −."""
    R = len(w)
    if R < 2:
        return np.full(R, np.nan)
    at = places(box)
    rows = max(1, BLOCK // len(at))
    sides = np.empty((R, len(at)), dtype=bool)
    for i in range(0, R, rows):
        sides[i : i + rows] = scores(w[i : i + rows], at) > 0
    k = sides.sum(axis=0, dtype=np.int32)
    # Σ over places of k, and of R − 2k more where the line says +.
    more = np.array([int(np.where(row, R - 2 * k, 0).sum()) for row in sides])
    return np.asarray((int(k.sum()) + more) / ((R - 1) * len(at)))


def mean_error(shares: Array, of_all: float = 0.0) -> float:
    """The standard error of the mean disagreement over pairs, from each line's `shares` (R,), by jackknife.

    Also of a difference of two such means, from the differences of the shares on the same samples. of_all:
    the share of all samples that there are which was drawn; of all of them, nothing is left to chance.
    inf for fewer than three lines. (Efron and Stein 1981.)
    """
    R = len(shares)
    if of_all >= 1:
        return 0.0
    if R < 3:
        return float("inf")
    spread = float(((shares - shares.mean()) ** 2).sum())
    return float(2 / (R - 2) * np.sqrt((R - 1) / R * spread * (1 - of_all)))


def _turn(w: Array) -> float:
    """The mean angle from the mean unit normal; NaN where no line has a direction."""
    normals = directions(w[w[:, :-1].any(axis=1), :-1])
    if not len(normals):
        return float("nan")
    mean = np.append(normals.mean(axis=0), 0.0)
    if not mean.any():
        return float("nan")
    turned = np.concatenate([normals, np.zeros((len(normals), 1))], axis=1)
    return float(angle(turned, mean).mean())
