"""A tuning grid as a picture and in words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convcore.charts.picture import Columns, Picture, row
from convcore.knobs import knobs
from convcore.labkit.tuning_chart import MAP
from convcore.labkit.tuning_grid import GridCells, TuningGrid, best_of
from convcore.labkit.words import num, steps
from convcore.sweeps.tuning import Candidate, TuningEnd

# The label of a cell without a number, and its meaning.
SIGNS = {
    TuningEnd.SLOW: ("·", "not within {steps}"),
    TuningEnd.DIVERGES: ("div", "diverges"),
    TuningEnd.LEAVES: ("out", "leaves the domain of E"),
    TuningEnd.CYCLES: ("cyc", "cycles"),
    TuningEnd.KINK: ("kink", "ends at a kink"),
    TuningEnd.SADDLE: ("sad", "ends at a saddle"),
    TuningEnd.MAXIMUM: ("max", "ends at a maximum"),
    TuningEnd.DEGENERATE: ("deg", "ends where E is flat in some direction"),
}


def now(grid: TuningGrid, cells: GridCells) -> str:
    """The steps of the lab's own settings."""
    parts = []
    for key, eta in grid.here:
        at = next((i for i, c in enumerate(grid.candidates) if c.key == key), None)
        if at is None:
            continue
        candidate = grid.candidates[at]
        hits = np.flatnonzero(cells.etas[at] == eta)
        if hits.size:
            what = _result(grid, cells, at, int(hits[0]))
            parts.append(f"{candidate.label} at {size(candidate, eta)}: {what}")
    return f" Now: {'; '.join(parts)}." if parts else ""


def lower(cells: GridCells) -> str:
    """Whether other settings end at a lower minimum than the fastest."""
    here = float(cells.loss[cells.best]) if cells.best else math.nan
    known = cells.loss[np.isfinite(cells.loss)]
    if math.isnan(here) or not known.size:
        return ""
    lowest, span = float(known.min()), max(1.0, float(np.abs(known).max()))
    if here <= lowest + 1e-6 * span:
        return ""
    there = int((known <= lowest + 1e-6 * span).sum())
    return (
        f" It is not the lowest minimum: E = {num(round(here, 12) + 0.0)} there, and {there} others end "
        f"at E = {num(round(lowest, 12) + 0.0)}."
    )


def each(grid: TuningGrid, cells: GridCells) -> str:
    """The steps of each candidate at its best step size."""
    parts, never = [], []
    for i, candidate in enumerate(grid.candidates):
        eta = best_of(grid, cells, i)
        if eta is None:
            never.append(candidate.label)
            continue
        parts.append(
            f"{candidate.label} at {size(candidate, eta)}: {num(float(cells.steps[i].min()))}"
        )
    if not parts:
        return ""
    rest = f"; at none: {', '.join(never)}" if never else ""
    return f"\n\nSteps of each at its best: {'; '.join(parts)}{rest}."


def size(candidate: Candidate, eta: float) -> str:
    """A candidate's η in words, or its share of the full step."""
    if candidate.optimizer.relative:
        return "the full step" if eta == 1 else f"{num(eta)} of its step"
    return f"η = {num(eta)}"


def _result(grid: TuningGrid, cells: GridCells, i: int, j: int) -> str:
    """The steps of a cell, or what happens instead."""
    k = float(cells.steps[i, j])
    return steps(k) if k < math.inf else _meaning(grid, cells.ends[i, j])


def _level(cells: GridCells, i: int, j: int) -> str:
    """Where a run to some minimum ends."""
    E = float(cells.loss[i, j])
    return "" if math.isnan(E) else f", to E = {num(round(E, 12) + 0.0)}"


def _meaning(grid: TuningGrid, end: TuningEnd) -> str:
    return SIGNS[end][1].format(steps=steps(grid.steps))


def picture(grid: TuningGrid, cells: GridCells) -> Picture:
    """The map: a cell for each setting, with its steps or what happens instead."""
    reached = np.isfinite(cells.steps)
    quick = (
        math.log(max(float(cells.steps[reached].min(initial=math.inf)), 1)) if reached.any() else 0
    )
    span = max(math.log(max(grid.steps, 2)) - quick, 1e-9)
    here = dict(grid.here)
    columns: dict[str, list[Any]] = {
        name: [] for name in ("i", "j", "who", "eta", "label", "say", "kind", "shade", "mark")
    }
    for i, candidate in enumerate(grid.candidates):
        for j in np.flatnonzero(np.isfinite(cells.etas[i])):
            eta, k, end = float(cells.etas[i, j]), cells.steps[i, j], cells.ends[i, j]
            there = bool(reached[i, j])
            used = here.get(candidate.key) == eta
            mark = "best" if cells.best == (i, int(j)) else "now" if used else ""
            shade = 1 - (math.log(max(k, 1)) - quick) / span if there else 0.0
            what = _result(grid, cells, i, int(j))
            new = (i, j, candidate.key, eta, f"{k:.0f}" if there else SIGNS[end][0],
                   f"{candidate.label} at {size(candidate, eta)}: {what}{_level(cells, i, int(j))}",
                   end.value, shade, mark)  # fmt: skip
            for column, value in zip(columns.values(), new, strict=True):
                column.append(value)
    seen = dict.fromkeys(cells.ends[np.isfinite(cells.etas)])
    signs = ";  ".join(f"{SIGNS[end][0]} {_meaning(grid, end)}" for end in seen if end in SIGNS)
    marks = "solid outline: the fastest" + ("; dashed: in use" if here else "")
    relative = any(one.optimizer.relative for one in grid.candidates)
    share = ", or a share of the full step" if relative else ""
    work = (
        " A step is not the same work for all: Newton's relatives need H, searches many values of E."
        if grid.kind == "method"
        else ""
    )
    kept = {
        c.label: c.optimizer.beta for c in grid.candidates if "beta" in knobs(type(c.optimizer))
    }
    betas = "".join(f" β of {label} is {num(beta)}." for label, beta in kept.items())
    sized = [c.label for c in grid.candidates if c.optimizer.sized] if grid.sized_unit else []
    lengths = f" Of {', '.join(sized)} it is in multiples of {grid.sized_words}." if sized else ""
    runs = f"η runs in multiples of {grid.unit_words}{share}.{lengths}{betas}{work}"
    about = f"Each number: steps to {grid.goal}. {runs}"
    tables: dict[str, Columns] = {
        "cells": {name: np.array(x) for name, x in columns.items()}
        | {
            "i": np.array(columns["i"], dtype=np.int16),
            "j": np.array(columns["j"], dtype=np.int16),
        },
        "rows": {"name": [c.label for c in grid.candidates]},
        "columns": {"name": [f"{x:.3g}" for x in cells.multiples]},
        "t": row(
            signs=f"{signs}|{marks}" if signs else f"|{marks}",
            hint="point at a cell; a click sets it",
        ),
    }
    return Picture("race", MAP, tables, about)
