"""Which η and which method or schedule is fastest here: a lab's settings, tried against each other."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np

from convcore.labkit import tuning_view
from convcore.labkit.lab import Lab, Tuning
from convcore.labkit.tuning_grid import TuningGrid, enough, run
from convcore.labkit.words import steps


class TuningLab(Lab):
    """A lab whose settings can be tuned: it says what is compared, and how a setting is taken over."""

    @abstractmethod
    def tuning_grid(self) -> TuningGrid | None:
        """What is tried from here; None where no setting could get anywhere."""

    @abstractmethod
    def with_setting(self, key: str, eta: float, steps: int) -> Self:
        """The lab with the method or schedule `key` at η, taking so many steps."""

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
        candidate = next(e for e in grid.candidates if e.key == key)
        return self.with_setting(key, eta, enough(grid, candidate, eta))


def tune(grid: TuningGrid, enter: Callable[[str, float, int], Lab]) -> Tuning:
    """Try them all, and offer the fastest; enter: the lab with a method or schedule, its η and steps."""
    cells = run(grid)
    of = f"of the {cells.tried} settings tried ({len(grid.candidates)} {grid.kind}s)"
    offer, lab = "", None
    if cells.best is None:
        said = f"**None** {of} gets to {grid.goal} within {steps(grid.steps)}."
        if np.isfinite(cells.steps).any():
            said = f"None {of} is the soonest for sure: alone they take other steps than together."
    else:
        candidate, eta = grid.candidates[cells.best[0]], float(cells.etas[cells.best])
        taken = steps(float(cells.steps[cells.best]))
        name = f"{candidate.label} at {tuning_view.size(candidate, eta)}"
        offer = f"Use the best: {name} ({taken})"
        lab = enter(candidate.key, eta, enough(grid, candidate, eta))
        tied = int((cells.steps == cells.steps[cells.best]).sum()) > 1
        rank = "is among the soonest" if tied else "is the soonest"
        said = f"**{name[0].upper()}{name[1:]}** {rank} {of} to {grid.goal}: **{taken}**."
        said += tuning_view.lower(cells)
    said += tuning_view.now(grid, cells) + tuning_view.each(grid, cells)
    return Tuning(said, offer, lab, tuning_view.picture(grid, cells))
