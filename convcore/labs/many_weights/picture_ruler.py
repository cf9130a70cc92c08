"""The tables of the ruler of step sizes: its coloured bands and its marks."""

from __future__ import annotations

import math

import numpy as np

from convcore.charts.picture import Columns
from convcore.descent import theory
from convcore.objectives.quadratics import QuadraticForm, Spectrum


def bands(s: Spectrum, low: float, high: float) -> Columns:
    """What plain descent does at each η of the ruler from `low` to `high`, as log₁₀ η."""
    if not s.has_minimum or s.values[-1] <= 0:
        word = "no η converges: E has no minimum"
        if s.values[0] == 0 and s.hidden.any():
            word += " that double precision shows"
        edges, regimes, labels = [low, high], ["none"], [word]
    else:
        limit = math.log10(theory.limit(s))
        edges = [low, limit - math.log10(2), limit, high]
        regimes = labels = ["monotone", "oscillates", "diverges"]
    ends = np.array(edges)
    return {
        "lo": ends[:-1], "hi": ends[1:], "middle": (ends[:-1] + ends[1:]) / 2, "regime": regimes,
        "label": labels,
    }  # fmt: skip


def marks(objective: QuadraticForm, span: float) -> Columns:
    """2/λ_max and the bound of the lecture notes, on a ruler `span` long (in log₁₀ η)."""
    true = theory.limit(objective.spectrum)
    if not math.isfinite(true) or objective.spectrum.values[0] < 0:  # then no η holds
        return {"eta": np.empty(0), "label": [], "row": np.empty(0)}
    at, labels, rows = [math.log10(true)], ["2/λ_max"], [0.0]
    notes = theory.notes_bound(objective.A)
    if math.isfinite(notes) and abs(notes - true) > 1e-9 * true:
        # Labels that would touch are put one above the other.
        near = abs(math.log10(notes) - at[0]) < 0.17 * span
        at.append(math.log10(notes))
        labels.append("notes")
        rows.append(-13.0 if near else 0.0)
    return {"eta": np.array(at), "label": labels, "row": np.array(rows)}
