"""Where the names of the slowest and the steepest mode are written beside their lines."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from convcore.arrays import Array
from convcore.charts.picture import Columns, short
from convcore.labkit.words import num

# A mode's name, by the width and height of its view: how wide it is, how far from its line, how free.
NAME, BESIDE, FREE = 0.22, 0.07, 0.045
PLACES = 9  # along a line that are tried for its name
EVENLY = np.arange(PLACES)
SIDES = np.array([[1], [-1], [2], [-2]])  # above it, below it, and twice as far


def names(errors: Mapping[int, Array], values: Array, K: int, low: float, high: float) -> Columns:
    """The names of the slowest and the steepest mode with a line in the view of K steps.

    errors: its line (k+1,) by mode. values: λ (n,). low, high: the ends of the view.
    """
    seen = [mode for mode, line in errors.items() if (line >= low).any()]
    named = dict.fromkeys([seen[0], seen[-1]] if seen else [])
    lines, spots = np.array(list(errors.values())), list[tuple[int, float]]()
    for mode in named:
        spots.append(_spot(errors[mode], lines, spots, K, low, high))
    return {
        "m": np.array(list(named), dtype=np.int8),
        "k": np.array([k for k, _ in spots], dtype=np.int16),
        "y": short([y for _, y in spots]),
        "label": [f"λ = {num(values[mode], 3)}" for mode in named],
    }


def _spot(
    own: Array, lines: Array, taken: list[tuple[int, float]], K: int, low: float, high: float
) -> tuple[int, float]:
    """Where the name of a line `own` (k+1,) begins: its step, and its height from `low` to `high`.

    Beside the line at the first place that none of all `lines` (M, k+1) comes near, nor a name `taken`,
    or where those are farthest; and within the view: those below would give way to a name that sticks out.
    """
    share, wide = high - low, max(1, round(NAME * K))
    inside = np.flatnonzero(own >= low)
    room = inside[inside <= K - wide]
    k = room if room.size else inside[:1]
    k = k[EVENLY * (len(k) - 1) // (PLACES - 1)]  # of few, some twice: the first of equals is taken
    y = np.maximum(own[k] + BESIDE * share * SIDES, low + 0.04 * share)
    y = np.minimum(y, high - 0.04 * share)
    under = np.minimum(k[:, None] + EVENLY * wide // (PLACES - 1), len(own) - 1)
    gaps = np.abs(lines[:, under] - y[:, None, :, None]).min(axis=(1, 3))
    for other, level in taken:
        near = np.abs(k - other) < wide
        gaps = np.where(near, np.minimum(gaps, np.abs(y - level) / 2), gaps)
    best = np.unravel_index(int(np.minimum(gaps, FREE * share).argmax()), gaps.shape)
    return int(k[best[1]]), float(y[best])
