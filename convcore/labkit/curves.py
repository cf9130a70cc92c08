"""Curves as tables: split at gaps, thinned, and the ends of their axes."""

from __future__ import annotations

import math

import numpy as np

from convcore.arrays import Array, Ints
from convcore.charts.picture import Columns, short
from convcore.labkit.thinning import thinned as thinned

DEEP = 16  # digits below the start that are drawn: further down there is only rounding


def pieces(x: Array, y: Array, name: str) -> Columns:
    """A curve (m,) split at its gaps: the rows where y is finite, numbered by piece."""
    known = np.isfinite(y)
    piece = np.cumsum(~known)[known]
    return {
        "w": short(x[known]),
        name: short(np.clip(y[known], -1e30, 1e30)),
        "piece": piece.astype(np.int16),
    }


def log_floor(loss: Array, start: float) -> int:
    """The lower end of an axis of log₁₀ losses (m,): a whole number, at most DEEP below the start's."""
    return math.floor(max(float(loss.min()), start - DEEP))


def log_ends(loss: Array, start: float) -> tuple[int, int]:
    """The ends of an axis of log₁₀ losses (m,), whole numbers; start: the log₁₀ loss at w₀."""
    low = log_floor(loss, start)
    return low, max(math.ceil(float(loss.max())), low + 1)


def padded(low: float, high: float, share: float, rounding: float = 0.0) -> tuple[float, float]:
    """The ends of an axis with a margin: a share of its length, or more where that is only rounding.

    rounding: the least margin, as a share of |high|. An axis of no length gets a margin of 1.
    """
    pad = max(share * (high - low), rounding * abs(high)) or 1.0
    return low - pad, high + pad


def reach(k: Ints) -> Columns:
    """The table "steps": from where to where a pointer chooses each of the steps drawn (m,)."""
    between = (k[1:] + k[:-1]) / 2
    lo, hi = np.append(k[0] - 0.5, between), np.append(between, k[-1] + 0.5)
    return {"k": k.astype(np.int16), "lo": short(lo), "hi": short(hi)}
