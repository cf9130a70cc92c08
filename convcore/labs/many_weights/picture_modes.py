"""The tables of the eigenmodes: what the pointer's closed form needs, and the measured errors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from convcore.arrays import Array, Bools
from convcore.charts.picture import Columns, short
from convcore.descent.descent import Trajectory
from convcore.labkit.curves import DEEP
from convcore.labs.many_weights.plane import QuadraticPlane

DRAWN = 8  # modes in the picture of errors


@lru_cache(maxsize=16)
def modes(plane: QuadraticPlane) -> Columns:
    """A row for each mode; cached, as nothing in it depends on η."""
    s, n = plane.objective.spectrum, plane.objective.n
    cx, cy = plane.axes
    root = np.sqrt(np.maximum(s.values, 0))
    drawn = np.zeros(n, dtype=np.int8)
    drawn[_drawn(n)] = 1
    with np.errstate(divide="ignore"):
        limit = np.where(s.values > 0, np.log10(2 / np.where(s.values > 0, s.values, 1.0)), 0.0)
    return {
        "m": np.arange(n, dtype=np.int8), "lam": s.values, "zc": s.centre, "drift": s.drift,
        "z0": plane.start @ s.vectors, "cx": cx, "cy": cy, "root": root, "drawn": drawn,
        "limit": limit,
    }  # fmt: skip


def _drawn(n: int) -> list[int]:
    """Which of n modes are drawn."""
    if n <= DRAWN:
        return list(range(n))
    return [int(m) for m in np.unique(np.linspace(0, n - 1, DRAWN).round())]


def errors(plane: QuadraticPlane, run: Trajectory | None) -> tuple[dict[int, Array], float, float]:
    """log₁₀|z − z*| by step (k+1,) for the modes that are drawn, and the ends of its axis."""
    s = plane.objective.spectrum
    drawn = [m for m in _drawn(plane.objective.n) if s.values[m] != 0]
    if run is None or not drawn or not plane.error[drawn].any():
        return {}, -1.0, 1.0
    error = np.abs((run.w - plane.objective.stationary) @ s.vectors[:, drawn])
    with np.errstate(divide="ignore"):
        y = np.log10(error)
    high = math.ceil(float(y.max()))
    low = float(max(min(float(y[np.isfinite(y)].min()), high - 1), float(y[0].max()) - DEEP))
    low = math.floor(low)
    lines = np.where(y < low, low - 1, y).T  # what is left below is rounding: out of the view
    return dict(zip(drawn, lines, strict=True)), float(low), float(max(high, low + 1))


def error_lines(lines: Mapping[int, Array], corners: Sequence[Bools]) -> Columns:
    """The lines of the errors by mode, by the points that they bend at; corners: which, by line (k+1,)."""
    if not lines:
        return {"k": np.empty(0), "y": np.empty(0), "m": []}
    line, k = np.nonzero(np.stack(corners))
    m = np.array(list(lines), dtype=np.int8)[line]
    return {"k": k.astype(np.int16), "y": short(np.stack(list(lines.values()))[line, k]), "m": m}
