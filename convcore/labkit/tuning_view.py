"""What a race shows: the map as a picture, and what it says in words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convcore.charts.picture import Columns, Picture, row
from convcore.knobs import knobs
from convcore.labkit.tuning_chart import MAP
from convcore.labkit.tuning_grid import Cells, Course
from convcore.labkit.words import num, steps
from convcore.sweeps.tuning import Entrant

# What stands in a cell that has no number, and what it means.
SIGNS = {
    "slow": ("·", "not within {steps}"),
    "diverges": ("div", "diverges"),
    "leaves": ("out", "leaves the domain of E"),
    "cycles": ("cyc", "cycles"),
    "kink": ("kink", "ends at a kink"),
    "saddle": ("sad", "ends at a saddle"),
    "maximum": ("max", "ends at a maximum"),
    "degenerate": ("deg", "ends where E is flat in some direction"),
}


def now(course: Course, cells: Cells) -> str:
    """What the lab's own settings take."""
    said = []
    for key, eta in course.here:
        at = next((i for i, e in enumerate(course.entrants) if e.key == key), None)
        if at is None:
            continue
        entrant = course.entrants[at]
        hits = np.flatnonzero(cells.etas[at] == eta)
        if hits.size:
            what = _told(course, cells, at, int(hits[0]))
            said.append(f"{entrant.label} at {size(entrant, eta)}: {what}")
    return f" Now: {'; '.join(said)}." if said else ""


def lower(cells: Cells) -> str:
    """Whether other settings go to a lower minimum than the soonest."""
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


def each(course: Course, cells: Cells) -> str:
    """What every entrant takes at the best of its step sizes."""
    said, never = [], []
    for i, entrant in enumerate(course.entrants):
        k = float(cells.steps[i].min())
        if k == math.inf:
            never.append(entrant.label)
            continue
        # Of several as soon, the one nearest to one unit.
        ties = np.flatnonzero(cells.steps[i] == k)
        j = ties[np.abs(np.log(cells.multiples[ties])).argmin()]
        said.append(f"{entrant.label} at {size(entrant, float(cells.etas[i, j]))}: {num(k)}")
    if not said:
        return ""
    rest = f"; at none: {', '.join(never)}" if never else ""
    return f"\n\nSteps of each at its best: {'; '.join(said)}{rest}."


def size(entrant: Entrant, eta: float) -> str:
    """An entrant's η in words, or its share of its own step."""
    if entrant.optimizer.relative:
        return "the full step" if eta == 1 else f"{num(eta)} of its step"
    return f"η = {num(eta)}"


def _told(course: Course, cells: Cells, i: int, j: int) -> str:
    """The steps of a cell, or what happens instead."""
    k = float(cells.steps[i, j])
    return steps(k) if k < math.inf else _meaning(course, str(cells.ends[i, j]))


def _level(cells: Cells, i: int, j: int) -> str:
    """Where a run to some minimum ends."""
    E = float(cells.loss[i, j])
    return "" if math.isnan(E) else f", to E = {num(round(E, 12) + 0.0)}"


def _meaning(course: Course, end: str) -> str:
    return SIGNS[end][1].format(steps=steps(course.steps))


def picture(course: Course, cells: Cells) -> Picture:
    """The map: a cell for each setting, with its steps or what happens instead."""
    reached = np.isfinite(cells.steps)
    quick = (
        math.log(max(float(cells.steps[reached].min(initial=math.inf)), 1)) if reached.any() else 0
    )
    span = max(math.log(max(course.steps, 2)) - quick, 1e-9)
    here = dict(course.here)
    columns: dict[str, list[Any]] = {
        name: [] for name in ("i", "j", "who", "eta", "label", "say", "kind", "shade", "mark")
    }
    for i, entrant in enumerate(course.entrants):
        for j in np.flatnonzero(np.isfinite(cells.etas[i])):
            eta, k, end = float(cells.etas[i, j]), cells.steps[i, j], str(cells.ends[i, j])
            there = bool(reached[i, j])
            used = here.get(entrant.key) == eta
            mark = "best" if cells.best == (i, int(j)) else "now" if used else ""
            shade = 1 - (math.log(max(k, 1)) - quick) / span if there else 0.0
            what = _told(course, cells, i, int(j))
            new = (i, j, entrant.key, eta, f"{k:.0f}" if there else SIGNS[end][0],
                   f"{entrant.label} at {size(entrant, eta)}: {what}{_level(cells, i, int(j))}",
                   "reached" if there else end, shade, mark)  # fmt: skip
            for column, value in zip(columns.values(), new, strict=True):
                column.append(value)
    seen = dict.fromkeys(kind for kind in columns["kind"] if kind != "reached")
    signs = ";  ".join(f"{SIGNS[end][0]} {_meaning(course, end)}" for end in seen)
    marks = "solid outline: the soonest" + ("; dashed: in use" if here else "")
    relative = any(one.optimizer.relative for one in course.entrants)
    share = ", or a share of the full step" if relative else ""
    work = (
        " A step is not the same work for all: Newton's relatives need H, searches many values of E."
        if course.kind == "method"
        else ""
    )
    kept = {
        e.label: e.optimizer.beta for e in course.entrants if "beta" in knobs(type(e.optimizer))
    }
    betas = "".join(f" β of {label} is {num(beta)}." for label, beta in kept.items())
    runs = f"η runs in multiples of {course.unit_words}{share}.{betas}{work}"
    about = f"Each number: steps to {course.goal}. {runs}"
    tables: dict[str, Columns] = {
        "cells": {name: np.array(x) for name, x in columns.items()}
        | {
            "i": np.array(columns["i"], dtype=np.int16),
            "j": np.array(columns["j"], dtype=np.int16),
        },
        "rows": {"name": [e.label for e in course.entrants]},
        "columns": {"name": [f"{x:.3g}" for x in cells.multiples]},
        "t": row(
            signs=f"{signs}|{marks}" if signs else f"|{marks}",
            hint="point at a cell; a click sets it",
        ),
    }
    return Picture("race", MAP, tables, about)
