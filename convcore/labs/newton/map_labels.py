"""Where the numbers of fixed points and two-cycles stand on Newton's map: apart, or nowhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array, Bools

# The least plots in px that the map is drawn in, wide and on a phone, by the column of its places.
MAP_SIZES = {"place": (370, 240), "narrow": (250, 200)}
# The places of a number beside its point: right or left of it, px below its height.
PLACES = ((1, 12), (1, -8), (-1, -8), (-1, 12))
BESIDE = 8  # px from a point to its number
LETTER, HIGH = 6.8, 13  # px of a digit
NOWHERE = -1
Box = tuple[float, float, float, float]


def label_places(
    w: Array,
    images: Array,
    labels: Sequence[str],
    cycles: Bools,
    view: tuple[float, float],
    size: tuple[int, int],
) -> NDArray[np.int8]:
    """The place of each number at (w, images) (m,) in a plot of `size` px that shows `view` both ways.

    cycles: which are points of two-cycles, whose first choice is above; fixed points choose before them.
    """
    (low, high), (wide, tall) = view, size
    x, y = (w - low) / (high - low) * wide, (high - images) / (high - low) * tall
    places, taken = np.full(len(w), NOWHERE, dtype=np.int8), list[Box]()
    for i in np.argsort(cycles, kind="stable"):
        for place in (1, 2, 0, 3) if cycles[i] else (0, 3, 1, 2):
            box = _box(x[i], y[i], len(labels[i]), place)
            inside = box[0] >= 0 and box[1] >= 0 and box[2] <= wide and box[3] <= tall
            if inside and not any(_overlap(box, other) for other in taken):
                places[i] = place
                taken.append(box)
                break
    return places


def _box(x: float, y: float, letters: int, place: int) -> Box:
    """Left, top, right and bottom of a number at its place."""
    side, below = PLACES[place]
    near = x + side * BESIDE
    left = near if side > 0 else near - LETTER * letters
    return left, y + below - HIGH, left + LETTER * letters, y + below


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
