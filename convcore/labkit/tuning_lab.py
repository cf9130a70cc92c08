"""Which η and which method or schedule is fastest here: a lab's settings, tried against each other."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np

from convcore.labkit import tuning_view
from convcore.labkit.lab import Lab, Offer, Tuning
from convcore.labkit.tuning_grid import GridCells, TuningGrid, best_of, enough_steps, try_all
from convcore.labkit.words import steps


class TuningLab(Lab):
    """A lab whose settings can be tuned: it defines what is compared, and how to take over a setting."""

    @abstractmethod
    def tuning_grid(self) -> TuningGrid | None:
        """What is tried from here; None if no setting could arrive."""

    @abstractmethod
    def with_setting(self, key: str, eta: float, steps: int) -> Self:
        """The lab with the method or schedule `key` at η, for this number of steps."""

    @abstractmethod
    def clicked(self, selection: str, point: Mapping[str, Any]) -> Self:
        """The lab after a click that selected `point` in a picture of its run."""

    def picked(self, selection: str, point: Mapping[str, Any]) -> Self:
        return self.at_cell(point) if selection == "pick_race" else self.clicked(selection, point)

    def race(self) -> Tuning | None:
        grid = self.tuning_grid()
        return tune(grid, self.with_setting) if grid else None

    def at_cell(self, point: Mapping[str, Any]) -> Self:
        """The lab after a click on a cell of the map."""
        grid = self.tuning_grid()
        if grid is None:
            return self
        key, eta = str(point["who"]), float(point["eta"])
        candidate = next(c for c in grid.candidates if c.key == key)
        return self.with_setting(key, eta, enough_steps(grid, candidate, eta))


def tune(grid: TuningGrid, with_setting: Callable[[str, float, int], Lab]) -> Tuning:
    """Try all settings and offer the fastest; with_setting: see `TuningLab`."""
    cells = try_all(grid)
    of = f"of the {cells.tried} settings tried ({len(grid.candidates)} {grid.kind}s)"
    fastest, lab = "", None
    if cells.best is None:
        text = f"**None** {of} gets to {grid.goal} within {steps(grid.steps)}."
        if np.isfinite(cells.steps).any():
            text = f"None {of} is the fastest for sure: alone they take other steps than together."
    else:
        candidate, eta = grid.candidates[cells.best[0]], float(cells.etas[cells.best])
        taken = steps(float(cells.steps[cells.best]))
        name = f"{candidate.label} at {tuning_view.size(candidate, eta)}"
        fastest = f"{name} ({taken})"
        lab = with_setting(candidate.key, eta, enough_steps(grid, candidate, eta))
        tied = int((cells.steps == cells.steps[cells.best]).sum()) > 1
        rank = "is among the fastest" if tied else "is the fastest"
        text = f"**{name[0].upper()}{name[1:]}** {rank} {of} to {grid.goal}: **{taken}**."
        text += tuning_view.lower(cells)
    text += tuning_view.now(grid, cells) + tuning_view.each(grid, cells)
    own = _of_those_in_use(grid, cells, with_setting)
    return Tuning(text, fastest, lab, tuning_view.picture(grid, cells), own)


def _of_those_in_use(
    grid: TuningGrid, cells: GridCells, with_setting: Callable[[str, float, int], Lab]
) -> tuple[Offer, ...]:
    """For each candidate in use the η at which it is fastest, as a run of its own bears out."""
    found, rows = [], {candidate.key: i for i, candidate in enumerate(grid.candidates)}
    for key in dict(grid.here):
        eta = best_of(grid, cells, rows[key]) if key in rows else None
        if eta is None:
            continue
        candidate = grid.candidates[rows[key]]
        k = grid.count_alone(candidate, eta, grid.steps)
        if k < np.inf:
            text = f"{candidate.label} at {tuning_view.size(candidate, eta)} ({steps(k)})"
            found.append(
                Offer(key, text, with_setting(key, eta, enough_steps(grid, candidate, eta)))
            )
    return tuple(found)
