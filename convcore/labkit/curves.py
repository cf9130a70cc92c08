"""Curves as tables: without their gaps, and with no more points than are seen."""

from __future__ import annotations

import numpy as np

from convcore.arrays import Array
from convcore.charts.picture import Columns, short
from convcore.labkit.thinning import thinned as thinned


def pieces(x: Array, y: Array, name: str) -> Columns:
    """A curve (m,) without its gaps: rows where y is finite, numbered by piece."""
    known = np.isfinite(y)
    piece = np.cumsum(~known)[known]
    return {
        "w": short(x[known]),
        name: short(np.clip(y[known], -1e30, 1e30)),
        "piece": piece.astype(np.int16),
    }
