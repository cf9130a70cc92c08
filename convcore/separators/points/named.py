"""The named sets (SCIENCE F): the lecture's, gates, clouds, iris."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr, ndtri

from convcore.datasets import load
from convcore.separators.points.own import from_table
from convcore.separators.points.points import Points

SPECIES = ("setosa", "versicolor", "virginica")
FEATURES = ("petal length", "petal width")


def lecture_set(t: float = 1.0) -> Points:
    """A(1, 0)+, B(0, 1)+, C(−1, 0)−, D(0, −t)+; separable for every t."""
    return Points(np.array([[1.0, 0], [0, 1], [-1, 0], [0, -t]]), np.array([1.0, 1, -1, 1]))


def u12() -> Points:
    """One input: +2 five times and −0.5, all +; −2 five times and −1.5, all −."""
    x = np.array([2.0] * 5 + [-0.5] + [-2.0] * 5 + [-1.5])
    return Points(x[:, None], np.repeat([1.0, -1.0], 6), ("x",))


def d8() -> Points:
    """One input: + at 9, 10, 11, −3; − at −9, −10, −11, −4."""
    x = np.array([9.0, 10, 11, -3, -9, -10, -11, -4])
    return Points(x[:, None], np.repeat([1.0, -1.0], 4), ("x",))


def gate(name: str) -> Points:
    """The logical "and", "or" or "xor" of two inputs 0 and 1, x (4, 2); the last is not separable.

    Raises ValueError for any other name (XOR: Minsky and Papert 1969).
    """
    x = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    true = {"and": x.all(axis=1), "or": x.any(axis=1), "xor": x.sum(axis=1) == 1}
    if name not in true:
        raise ValueError(f"{name[:40]!r} is none of {', '.join(true)}")
    return Points(x, np.where(true[name], 1.0, -1.0))


def clouds(points: int = 40, distance: float = 4.0, margin: float = 0.0, draw: int = 0) -> Points:
    """Two Gaussian clouds in the plane, of variance 1, their centres `distance` apart.

    margin > 0: a strip of that width around the line halfway between the centres is kept free: the
    coordinate across it is drawn from a truncated normal distribution. At 0 the clouds may overlap.
    draw: the seed. Labels alternate, starting with +.
    Raises ValueError for fewer than 2 points, and for a distance or margin that no cloud can have.
    """
    if points < 2:
        raise ValueError(f"two clouds need at least 2 points; got {points}")
    if not (math.isfinite(distance) and distance >= 0 and math.isfinite(margin) and margin >= 0):
        raise ValueError("`clouds(distance=..., margin=...)` must be finite and ≥ 0.")
    if margin > distance + 12:
        raise ValueError(f"no cloud reaches beyond a margin of {margin:.6g}; at most distance + 12")
    rng = np.random.default_rng(draw)
    labels = np.where(np.arange(points) % 2 == 0, 1.0, -1.0)
    uniform, along = rng.random(points), rng.standard_normal(points)
    cut = (margin - distance) / 2 if margin > 0 else -np.inf
    # From the upper tail, which stays accurate where almost nothing of the cloud is left.
    across = distance / 2 - ndtri((1 - uniform) * ndtr(-cut))
    if margin > 0:
        across = np.maximum(across, margin / 2)
    across = labels * across
    # Across the diagonal, so that neither input alone separates the classes.
    return Points(np.column_stack([across - along, across + along]) / math.sqrt(2), labels)


def iris(
    minus: str = "versicolor", plus: str = "virginica", features: Sequence[str] = FEATURES
) -> Points:
    """Two species of Fisher's iris (1936) by some of their measurements, in cm; setosa is separable.

    Raises ValueError for unknown species or measurements, and for the same species twice.
    """
    return from_table(load("iris"), features, "species", plus, minus)
