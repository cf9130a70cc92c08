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
    over all pairs of lines; NaN with fewer than two. angle: the mean angle, in degrees, from the fan's
    mean direction. errors: (R,), how many points of its own sample each boundary misclassifies.
    """

    learner: Learner
    weights: Array
    lines: int
    disagreement: float
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
    w = learner.fit(samples.x, samples.labels, report)
    side = samples.labels * (np.einsum("rmp,rp->rm", samples.x, w[:, :-1]) + w[:, -1:])
    errors = (~(side > 0)).sum(axis=1)
    lines = w[np.isfinite(w).all(axis=1)]
    return Fan(learner, w, len(lines), _expected(lines, box), _turn(lines), errors)


def _expected(w: Array, box: Box) -> float:
    """The mean of 2k(R − k)/(R(R − 1)) over the places in the box, where k of R lines say +."""
    R = len(w)
    if R < 2:
        return float("nan")
    at = places(box)
    k = np.zeros(len(at))
    rows = max(1, BLOCK // len(at))
    for i in range(0, R, rows):
        k += (scores(w[i : i + rows], at) > 0).sum(axis=0)
    return float((2 * k * (R - k) / (R * (R - 1))).mean())


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
