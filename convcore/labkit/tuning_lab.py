"""Which η and which method or schedule is soonest here: a lab's settings, raced against each other."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np

from convcore.labkit import tuning_view as race_view
from convcore.labkit.lab import Lab, Raced
from convcore.labkit.tuning_grid import Course, enough, run
from convcore.labkit.words import steps


class RacingLab(Lab):
    """A lab whose settings can be raced: it says what is compared, and how to take a setting over."""

    @abstractmethod
    def course(self) -> Course | None:
        """What is raced from here; None where no setting could get anywhere."""

    @abstractmethod
    def entered(self, key: str, eta: float, steps: int) -> Self:
        """The lab with the method or schedule `key` at η, taking so many steps."""

    def race(self) -> Raced | None:
        course = self.course()
        return hold(course, self.entered) if course else None

    def chosen(self, point: Mapping[str, Any]) -> Self:
        """The lab after a click on a cell of the map."""
        course = self.course()
        if course is None:
            return self
        key, eta = str(point["who"]), float(point["eta"])
        entrant = next(e for e in course.entrants if e.key == key)
        return self.entered(key, eta, enough(course, entrant, eta))


def hold(course: Course, enter: Callable[[str, float, int], Lab]) -> Raced:
    """Race them, and offer the soonest; enter: the lab with a method or schedule, its η and steps."""
    cells = run(course)
    of = f"of the {cells.tried} settings tried ({len(course.entrants)} {course.kind}s)"
    offer, lab = "", None
    if cells.best is None:
        said = f"**None** {of} gets to {course.goal} within {steps(course.steps)}."
        if np.isfinite(cells.steps).any():
            said = f"None {of} is the soonest for sure: alone they take other steps than together."
    else:
        entrant, eta = course.entrants[cells.best[0]], float(cells.etas[cells.best])
        taken = steps(float(cells.steps[cells.best]))
        name = f"{entrant.label} at {race_view.size(entrant, eta)}"
        offer = f"Use the best: {name} ({taken})"
        lab = enter(entrant.key, eta, enough(course, entrant, eta))
        tied = int((cells.steps == cells.steps[cells.best]).sum()) > 1
        rank = "is among the soonest" if tied else "is the soonest"
        said = f"**{name[0].upper()}{name[1:]}** {rank} {of} to {course.goal}: **{taken}**."
        said += race_view.lower(cells)
    said += race_view.now(course, cells) + race_view.each(course, cells)
    return Raced(said, offer, lab, race_view.picture(course, cells))
