"""The table of the ruler of step sizes: its ends, its marks, and where the directions are named."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from convcore.charts.picture import row
from convcore.descent import theory
from convcore.labkit.words import num
from convcore.labs.many_weights.plane import QuadraticPlane

LEFT, LOW, ABOVE = 0.012, 0.12, 1.11  # a share of the ruler, and heights |1 − ηλ| of names


def rule(plane: QuadraticPlane, low: float, high: float) -> Mapping[str, Any]:
    """The table "rule" of a ruler from `low` to `high`; a mark that there is not is 0."""
    s = plane.objective.spectrum
    works = s.has_minimum and s.values[-1] > 0
    limit = theory.limit(s) if works else 0.0
    best, rate = theory.best_fixed_step(s) if works else (0.0, 0.0)
    notes = plane.other_bound
    if not works or not math.isfinite(notes) or abs(notes - limit) <= 1e-9 * limit:
        notes = 0.0
    none = "no η converges: E has no minimum"
    if s.values[0] == 0 and s.hidden.any():
        none += " that double precision shows"
    other = "2/L" if plane.local else "notes"
    sx, sy = _steep_name(plane, high)
    fx, fy = _flat_name(plane, high)
    return row(
        rlo=low, rhi=high, limit=limit, best=best, rate=rate, notes=notes,
        none=none, sx=sx, sy=sy, fx=fx, fy=fy, limitname=f"limit 2/λₘₐₓ = {num(limit, 3)}",
        bestname=f"best η = {num(best, 3)}", notesname=f"{other}: {num(notes, 3)}",
    )  # fmt: skip


def _steep_name(plane: QuadraticPlane, high: float) -> tuple[float, float]:
    """Where the name of the steepest direction begins: below its left branch, or right of the limit."""
    top = float(plane.objective.spectrum.values[-1])
    if top <= 0 or 1 / top >= 0.26 * high:
        return LEFT * high, LOW
    return 2.06 / top, 2.7 * LOW


def _flat_name(plane: QuadraticPlane, high: float) -> tuple[float, float]:
    """Where the name of the flattest direction begins: where no line passes, of two directions."""
    values = plane.objective.spectrum.values
    top, flat = float(values[-1]), float(values[plane.slow])
    if flat < 0:
        return 0.6 * high, LOW
    if flat == 0 or plane.objective.n > 2:
        return LEFT * high, ABOVE
    if top >= 2.5 * flat:  # between the branches of the steepest
        return 1 / top - 0.1 * high, 1 - flat / top - 0.16
    return (1.95 / top, 0.6) if top >= 1.5 * flat else (0.76 * high, LOW)
