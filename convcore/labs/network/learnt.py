"""What a network has learnt at the steps that can be selected: a curve, outputs, or decision regions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array, Bools
from convcore.labs.network.data import Sample
from convcore.network import Network, softmax

Small = NDArray[np.uint8]

GRID = 48  # pixels of a picture of decision regions, each way
CURVE = 81  # points of a fitted curve
LEVELS = 6  # of how far a class leads: few, so that the image stays small and their edges are level lines


@dataclass(frozen=True, eq=False)
class LearntCurve:
    """The output y (S, CURVE) over x (CURVE,), from the first to the last of the points' one input."""

    x: Array
    y: Array


@dataclass(frozen=True, eq=False)
class LearntOutputs:
    """The outputs y (S, N) at the points, which have several inputs."""

    y: Array


@dataclass(frozen=True, eq=False)
class LearntRegions:
    """Decision regions in a plane, and which points are on the wrong side.

    The plane is that of two inputs, or of the two directions of most variance; one input has the class
    as its second coordinate. points: (N, 2), in it. box: (low, high) of each coordinate. winner: (S,
    GRID, GRID), the class of the highest score at each pixel, lowest row first; lead: (S, GRID, GRID),
    by how many of LEVELS it leads. wrong: (S, N), the points that are misclassified.
    """

    points: Array
    box: tuple[tuple[float, float], tuple[float, float]]
    winner: Small
    lead: Small
    wrong: Bools


Learnt = LearntCurve | LearntOutputs | LearntRegions


def learnt_by(net: Network, sample: Sample, weights: Array) -> Learnt:
    """What the network of these weights (S, n) gives for the inputs around the points."""
    if sample.classes:
        return _regions(net, sample, weights)
    x = sample.inputs
    if x.shape[1] > 1:
        return LearntOutputs(net.output(weights)[..., 0])
    # Not beyond the points: it learnt nothing there.
    at = np.linspace(x.min(), x.max(), CURVE)
    return LearntCurve(at, net.output(weights, at[:, None])[..., 0])


def misclassified(sample: Sample, y: Array) -> Bools:
    """Which points (N,) have their highest score y (N, q) in another class than their own."""
    return np.asarray(y.argmax(axis=1) != sample.targets.argmax(axis=1))


def range_around(x: Array, pad: float = 0.06) -> tuple[float, float]:
    """(low, high) around numbers x, wider by a share of their range on either side."""
    low, high = float(x.min()), float(x.max())
    away = pad * (high - low) or 1.0
    return low - away, high + away


def _regions(net: Network, sample: Sample, weights: Array) -> LearntRegions:
    points, centre, plane = plane_of(sample)
    box = range_around(points[:, 0]), range_around(points[:, 1])
    x, y = np.meshgrid(*(low + (np.arange(GRID) + 0.5) / GRID * (high - low) for low, high in box))
    where = centre + np.column_stack([x.ravel(), y.ravel()]) @ plane
    shape = (len(weights), GRID, GRID)
    winner, lead = np.empty(shape, dtype=np.uint8), np.empty(shape, dtype=np.uint8)
    wrong = np.empty((len(weights), len(points)), dtype=bool)
    for s, w in enumerate(weights):
        scores = net.output(w, where)
        if sample.divergence == "softmax":
            scores = softmax(scores)
        scores = np.nan_to_num(scores.reshape(GRID, GRID, -1))
        ranked = np.sort(scores, axis=-1)
        winner[s] = scores.argmax(axis=-1)
        ahead = np.clip(ranked[..., -1] - ranked[..., -2], 0, 1)
        lead[s] = (ahead * LEVELS).astype(np.uint8)
        wrong[s] = misclassified(sample, net.output(w))
    return LearntRegions(points, box, winner, lead, wrong)


def plane_of(sample: Sample) -> tuple[Array, Array, Array]:
    """The points (N, 2) in a plane of their inputs, its centre (p,), and its two directions (2, p)."""
    X = sample.inputs
    if X.shape[1] == 1:
        flat = np.column_stack([X[:, 0], sample.targets.argmax(axis=1)])
        return flat, np.zeros(1), np.array([[1.0], [0.0]])
    if X.shape[1] == 2:
        return X, np.zeros(2), np.eye(2)
    centre = X.mean(axis=0)
    plane = np.linalg.svd(X - centre, full_matrices=False)[2][:2]
    return (X - centre) @ plane.T, centre, plane
