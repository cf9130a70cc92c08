"""The tables of the eigenmodes: what the pointer's closed form needs, and the measured errors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array, Bools
from convcore.cache import kept_while_alive
from convcore.charts.picture import Columns, short
from convcore.descent.descent import Trajectory
from convcore.labkit.curves import DEEP
from convcore.labkit.words import num
from convcore.labs.many_weights.chart_live import FLATTEST, MIDDLE, STEEPEST
from convcore.labs.many_weights.plane import QuadraticPlane

DRAWN = 8  # modes in the picture of errors


@kept_while_alive(1)
def modes(plane: QuadraticPlane) -> Columns:
    """A row for each mode; cached, as nothing in it depends on η."""
    s, n = plane.objective.spectrum, plane.objective.n
    cx, cy = plane.axes
    return {
        "m": np.arange(n, dtype=np.int8), "lam": s.values, "zc": s.centre, "drift": s.drift,
        "z0": plane.start @ s.vectors, "cx": cx, "cy": cy,
        "role": roles(plane), "name": _named(plane),
    }  # fmt: skip


def roles(plane: QuadraticPlane) -> NDArray[np.int8]:
    """What each mode is drawn as (n,): the steepest, the flattest, one between, or (−1) not at all."""
    found = np.full(plane.objective.n, -1, dtype=np.int8)
    found[_drawn(plane.objective.n)] = MIDDLE
    found[plane.slow], found[-1] = FLATTEST, STEEPEST
    if not plane.apart:
        found[found == FLATTEST] = MIDDLE
    return found


def _named(plane: QuadraticPlane) -> list[str]:
    """The names of the modes: of the steepest and the flattest, of others none."""
    values, found = plane.objective.spectrum.values, [""] * plane.objective.n
    for mode, word in (plane.slow, "flat"), (-1, "steep" if plane.apart else "every"):
        curved = float(values[mode])
        word = word if curved > 0 else "bends down," if curved else "level,"
        found[mode] = f"{word} λ = {num(curved, 3)}"
    return found


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


def error_lines(
    lines: Mapping[int, Array], corners: Sequence[Bools], role: NDArray[np.int8]
) -> Columns:
    """The lines of the errors by mode, by the points that they bend at; corners: which, by line (k+1,).

    role: of all modes (n,), see `roles`.
    """
    if not lines:
        return {"k": np.empty(0), "y": np.empty(0), "m": [], "role": []}
    line, k = np.nonzero(np.stack(corners))
    m = np.array(list(lines), dtype=np.int8)[line]
    return {
        "k": k.astype(np.int16), "y": short(np.stack(list(lines.values()))[line, k]), "m": m,
        "role": role[m],
    }  # fmt: skip
