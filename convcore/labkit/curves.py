"""Curves as tables: without their gaps, and with no more points than are seen."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from convcore.charts.picture import Columns, short

Array = NDArray[np.float64]
Steps = NDArray[np.int64]


def pieces(x: Array, y: Array, name: str) -> Columns:
    """A curve (m,) without its gaps: rows where y is finite, numbered by piece."""
    known = np.isfinite(y)
    piece = np.cumsum(~known)[known]
    return {
        "w": short(x[known]),
        name: short(np.clip(y[known], -1e30, 1e30)),
        "piece": piece.astype(np.int16),
    }


def thinned(k: Sequence[int] | Steps, y: Array, most: int = 240) -> tuple[Steps, Array]:
    """A curve (m,) by the lowest and the highest point of each of `most` stretches: no rise is lost."""
    steps = np.asarray(k)
    if len(steps) <= 2 * most:
        return steps, y
    edges = np.linspace(0, len(steps), most + 1).astype(np.int64)
    kept = {0, len(steps) - 1}
    for low, high in pairwise(edges.tolist()):
        kept |= {int(low + y[low:high].argmin()), int(low + y[low:high].argmax())}
    order = np.array(sorted(kept))
    return steps[order], y[order]
