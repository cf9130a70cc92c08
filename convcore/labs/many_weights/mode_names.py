"""Where the names of the slowest and the steepest mode are written beside their lines."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array
from convcore.charts.picture import Columns, short
from convcore.labkit.words import num

# Shares of the view: the width of a name, its distance from its line, and the gap around it that is enough.
NAME, BESIDE, FREE = 0.22, 0.07, 0.045
PLACES = 9  # tried along a line for its name
EVENLY = np.arange(PLACES)
SIDES = np.array([[1], [-1], [2], [-2]])  # above it, below it, and twice as far


def names(
    errors: Mapping[int, Array],
    values: Array,
    role: NDArray[np.int8],
    K: int,
    low: float,
    high: float,
) -> Columns:
    """The names of the slowest and the steepest mode with a line in the view of K steps.

    errors: its line (k+1,) by mode. values: λ (n,). role: (n,), see `picture_modes.roles`.
    low, high: the ends of the view.
    """
    seen = [mode for mode, line in errors.items() if (line >= low).any()]
    named = dict.fromkeys([seen[0], seen[-1]] if seen else [])
    lines, spots = np.array(list(errors.values())), list[tuple[int, float]]()
    for mode in named:
        spots.append(_spot(errors[mode], lines, spots, K, low, high))
    modes = np.array(list(named), dtype=np.int8)
    return {
        "m": modes,
        "role": role[modes],
        "k": np.array([k for k, _ in spots], dtype=np.int16),
        "y": short([y for _, y in spots]),
        "label": [f"λ = {num(values[mode], 3)}" for mode in named],
    }


def _spot(
    own: Array, lines: Array, taken: list[tuple[int, float]], K: int, low: float, high: float
) -> tuple[int, float]:
    """Where the name of a line `own` (k+1,) begins: its step, and its height from `low` to `high`.

    The first place beside the line that is clear of all `lines` (M, k+1) and of the names `taken`, or else
    the clearest. Always within the view: a name that sticks out would move the views below.
    """
    share, wide = high - low, max(1, round(NAME * K))
    inside = np.flatnonzero(own >= low)
    room = inside[inside <= K - wide]
    k = room if room.size else inside[:1]
    # Of few steps, some come twice: then the first of equals is taken.
    k = k[EVENLY * (len(k) - 1) // (PLACES - 1)]
    y = np.maximum(own[k] + BESIDE * share * SIDES, low + 0.04 * share)
    y = np.minimum(y, high - 0.04 * share)
    under = np.minimum(k[:, None] + EVENLY * wide // (PLACES - 1), len(own) - 1)
    gaps = np.abs(lines[:, under] - y[:, None, :, None]).min(axis=(1, 3))
    for other, level in taken:
        near = np.abs(k - other) < wide
        gaps = np.where(near, np.minimum(gaps, np.abs(y - level) / 2), gaps)
    best = np.unravel_index(int(np.minimum(gaps, FREE * share).argmax()), gaps.shape)
    return int(k[best[1]]), float(y[best])
