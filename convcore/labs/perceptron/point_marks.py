"""Tables of what is drawn in the plane of the points: points, boundaries, the proof of inseparability."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array, Bools
from convcore.charts.picture import Columns
from convcore.labs.perceptron.learners_training import LearnersTraining
from convcore.separators.learners import boundary
from convcore.separators.points import Points
from convcore.separators.stability import Box

DRAWN = 300  # at most so many points: of more, wrong ones and a sample of the others
# Where along each learner's line its + is, so that lines which coincide do not hide them; and how far
# from there it may be instead.
PLUS_AT = {"lms": 0.2, "perceptron": 0.35, "backprop": 0.5, "margin": 0.65, "hard": 0.8}
PLUS_MOVES = np.array([0, 0.07, -0.07, 0.14, -0.14, 0.21, -0.21, 0.28, -0.28])
AVOIDED = 100  # points, at most, that the + beside a line keeps clear of
CLEAR = 0.08  # of the view, from a + to the next point
NUMBERED = 30  # at most so many places say how many points they hold


def ends_of(w: Array, view: Box, one: bool) -> tuple[float, float, float, float] | None:
    """Both ends of the line of weights (n,) on the edge of a view, x, y, x2, y2; None if it misses it.

    On the way from the first to the second the side of + is on the left.
    """
    found = boundary(w, view[:1] if one else view)
    if found is None:
        return None
    if one:
        x, (y, y2) = float(found[0, 0]), view[1]
        return (x, y, x, y2) if w[0] < 0 else (x, y2, x, y)
    (x, y), (x2, y2) = found.tolist()
    left = float(w[1]) * (x2 - x) - float(w[0]) * (y2 - y)
    return (x, y, x2, y2) if left > 0 else (x2, y2, x, y)


def plus_places(
    names: tuple[str, ...], before: Bools, lines: Columns, points: Points, view: Box
) -> NDArray[np.float32]:
    """How far along each line (m,) its + is, as a share: where its learner has it, or clear of points.

    lines: the columns x, y, x2, y2 of the ends.
    """
    usual = np.array([PLUS_AT[name] for name in names]) + 0.05 * before
    tried = np.mod(usual[:, None] + PLUS_MOVES - 0.1, 0.8) + 0.1
    if points.inputs == 1 or len(points) > AVOIDED:
        return tried[:, 0].astype(np.float32)
    (xlo, xhi), (ylo, yhi) = view
    size, low = np.array([xhi - xlo, yhi - ylo]), np.array([xlo, ylo])
    one, two = (np.column_stack([lines[x], lines[y]]) for x, y in (("x", "y"), ("x2", "y2")))
    at = (one[:, None] + tried[..., None] * (two - one)[:, None] - low) / size
    away = np.abs(at[:, :, None] - (points.x - low) / size).max(axis=-1).min(axis=-1)
    clear = np.where((away > CLEAR).any(axis=1), (away > CLEAR).argmax(axis=1), away.argmax(axis=1))
    return np.take_along_axis(tried, clear[:, None], axis=1)[:, 0].astype(np.float32)


def spots(training: LearnersTraining, extra: bool = False) -> Columns:
    """The points to draw; with one input, their height is their target. extra: whether to mark the last."""
    points, one = training.points, training.points.inputs == 1
    chosen = np.arange(len(points))
    if len(points) > DRAWN:
        wrong = training.wrong("backprop") if "backprop" in training.ends else ()
        rest = np.random.default_rng(0).permutation(len(points))[:DRAWN]
        chosen = np.unique([*wrong[: DRAWN // 2], *rest.tolist(), len(points) - 1])
    x, labels = points.x[chosen], points.labels[chosen]
    # Coinciding points are drawn once, with their number.
    _, first, count = np.unique(
        np.column_stack([x, labels]), axis=0, return_index=True, return_counts=True
    )
    x, labels, kept = x[first], labels[first], chosen[first]
    height = x[:, 0] * 0 + _level(training, labels) if one else x[:, 1]
    return {
        "x": x[:, 0], "y": height, "v": x[:, 0] * 0 if one else x[:, 1],
        "label": np.where(labels > 0, "plus", "minus").tolist(), "sense": labels,
        "sign": [(f"×{c}" if c > 1 and len(first) <= NUMBERED else "") for c in count.tolist()],
        "extra": (extra & (kept == len(points) - 1)).tolist(),
    }  # fmt: skip


def _level(training: LearnersTraining, labels: Array) -> Array:
    """The targets of the unit's output (m,) for labels (m,)."""
    epsilon = training.backprop.epsilon
    p = np.where(labels > 0, 1 - epsilon, epsilon)
    return 2 * p - 1 if training.unit.gain > 1 else p


def proof(training: LearnersTraining) -> Columns:
    """The witnesses of inseparability, each class a polygon, and the point that they share."""
    found = training.reference.certificate
    if found.common is None:
        return {"x": [0.0], "y": [0.0], "label": ["none"], "i": [0]}
    points, one = training.points, training.points.inputs == 1
    xs, ys, labels = [], [], []
    for sign, name in ((1.0, "plus"), (-1.0, "minus")):
        mine = [i for i in found.witnesses if points.labels[i] == sign]
        corners = points.x[[*mine, mine[0]]]
        xs += corners[:, 0].tolist()
        level = _level(training, np.full(len(corners), sign))
        ys += (level if one else corners[:, 1]).tolist()
        labels += [name] * len(corners)
    middle = float(np.mean(_level(training, np.array([1.0, -1.0]))))
    xs.append(float(found.common[0]))
    ys.append(middle if one else float(found.common[1]))
    return {"x": xs, "y": ys, "label": [*labels, "common"], "i": np.arange(len(xs))}


def dotted(box: Box, view: Box, one: bool, shown: bool) -> Columns:
    """The domain on which swings are compared, the whole view if there are none."""
    (xlo, xhi), (ylo, yhi) = (box[0], view[1]) if one else box
    if not shown:
        (xlo, xhi), (ylo, yhi) = view
    return {"x": [xlo], "x2": [xhi], "y": [ylo], "y2": [yhi]}
