"""Curves as tables: without their gaps, and with no more points than are seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convcore.charts.picture import Columns, short
from convcore.labkit.thinning import thinned as thinned

Array = NDArray[np.float64]


def pieces(x: Array, y: Array, name: str) -> Columns:
    """A curve (m,) without its gaps: rows where y is finite, numbered by piece."""
    known = np.isfinite(y)
    piece = np.cumsum(~known)[known]
    return {
        "w": short(x[known]),
        name: short(np.clip(y[known], -1e30, 1e30)),
        "piece": piece.astype(np.int16),
    }
