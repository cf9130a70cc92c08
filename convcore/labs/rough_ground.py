"""The lab "Rough ground": where learning rates stop behaving (SCIENCE D and E)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from convcore.descent import Trajectory, descend_by_schedule
from convcore.knobs import FieldError, OneOf, Range, Several, Variant, Vector, Whole
from convcore.labkit.functions import GROUNDS, FromGallery, Ground
from convcore.labkit.lab import Result
from convcore.labkit.study import Unsplit
from convcore.labkit.tables import Facts
from convcore.labkit.words import several
from convcore.labs import rough_race
from convcore.labs.course import Course, plans
from convcore.labs.racing import RacingLab
from convcore.labs.rough_maps import EscapeMap
from convcore.labs.rough_scene import MAPS, Scene, Second, points_in
from convcore.labs.rough_seconds import SECONDS
from convcore.labs.rough_view import picture, record
from convcore.labs.rough_words import by_point, by_schedule, sentence
from convcore.optimizers import OPTIMIZERS, Needs, Search
from convcore.schedules import SCHEDULES, Constant, Schedule
from convcore.workers import Report, paced, part_of

Array = NDArray[np.float64]

KINDS = dict(OPTIMIZERS)
PLANS = dict(SCHEDULES)
LONG = 3000  # steps of all runs together that need a progress bar


@dataclass(frozen=True)
class RoughGround(RacingLab):
    """A function with more than one valley: who escapes, who settles, who freezes on the way."""

    ground: Annotated[Ground, Variant("E is", "a function's name, or a formula", GROUNDS)] = (
        FromGallery("pinhole")
    )
    start: Annotated[
        tuple[float, ...],
        Vector("start w₀", "one number for each weight", empty="the usual start"),
    ] = ()
    eta: Annotated[
        float,
        Range("step size η₀", "η_k = η₀·f_k; a share of the step for Newton's relatives", 1e-4, 1e1,
              0.01, True, (1e-9, 1e9)),
    ] = 0.8  # fmt: skip
    schedule: Annotated[
        Schedule, Variant("schedule", "how η decays from step to step", SCHEDULES)
    ] = Constant()
    compare: Annotated[
        tuple[str, ...],
        Several(
            "compare with",
            "other schedules from the same start, with their usual settings",
            tuple(PLANS),
            names=tuple((key, kind.label) for key, kind in SCHEDULES),
        ),
    ] = ("linear", "quadratic")
    method: Annotated[
        str,
        OneOf(
            "method",
            "whose runs these are",
            tuple(KINDS),
            names=tuple((key, kind.label) for key, kind in OPTIMIZERS),
        ),
    ] = "gd"
    steps: Annotated[int, Whole("steps", "how many steps each run takes", 1, 1000)] = 200
    second: Annotated[Second, Variant("second picture", "what is drawn below", SECONDS)] = (
        EscapeMap()
    )

    key: ClassVar[str] = "rough"
    title: ClassVar[str] = "Rough ground"

    @property
    def heavy(self) -> bool:  # type: ignore[override]
        """Whether the second picture, or runs with long steps, have still to be computed."""
        return (self._long and self._key() not in MAPS) or self.second.heavy(self.scene())

    @property
    def _long(self) -> bool:
        """Whether the runs themselves may take over half a second."""
        kind = KINDS[self.method]
        # By second derivatives a search needs few steps, by gradients many.
        many = kind.needs is Needs.GRADIENT and kind.search is not Search.NONE
        return many or self.steps * len(self.plans()) > LONG

    def __post_init__(self) -> None:
        objective = self.ground.objective()
        n = objective.n
        if self.start and len(self.start) != n:
            raise FieldError(
                "start",
                f"The start has {several(len(self.start), 'number')} and E has {n} weights.",
            )
        if self.start and np.abs(self.start).max() > 1e6:
            raise FieldError("start", "The start has numbers beyond 1e6.")
        if not 0 < self.eta <= 1e12:
            raise FieldError("eta", "The step size must be positive and at most 1e12.")
        if not 1 <= self.steps <= 5000:
            raise FieldError("steps", "steps must be between 1 and 5,000.")
        if self.method not in KINDS:
            raise FieldError("method", f"{self.method[:40]!r} is none of {', '.join(KINDS)}.")
        unknown = [name for name in self.compare if name not in PLANS]
        if unknown:
            raise FieldError("compare", f"{unknown[0][:40]!r} is none of {', '.join(PLANS)}.")
        if not self.second.fits(n):
            raise FieldError("second", "Basins need a function of two weights.")
        w = self.origin
        if not (np.isfinite(objective.value(w)) and np.isfinite(objective.gradient(w)).all()):
            raise FieldError("start", "E or its gradient is not defined at this start.")

    @property
    def origin(self) -> Array:
        """w₀ (n,)."""
        return np.array(self.start or self.ground.start(), dtype=float)

    def after(self, field: str) -> RoughGround:
        if field.startswith("ground"):
            second = self.second if self.second.fits(self.ground.objective().n) else EscapeMap()
            return replace(self, start=(), eta=self.ground.eta(), second=second)
        if field == "method":
            return replace(self, eta=1.0 if KINDS[self.method].relative else self.ground.eta())
        return self

    def course(self) -> Course | None:
        return rough_race.course(
            self.ground,
            tuple(self.origin.tolist()),
            KINDS[self.method](),
            self.schedule,
            self.eta,
            self.steps,
        )

    def entered(self, key: str, eta: float, steps: int) -> RoughGround:
        return replace(self, schedule=dict(plans(self.schedule))[key], eta=eta, steps=steps)

    def picked(self, selection: str, point: Mapping[str, Any]) -> RoughGround:
        if selection == "pick_race":
            return self.chosen(point)
        x = float(f"{point['x']:.4g}")
        if selection == "pick_eta":
            return replace(self, eta=x)
        if selection == "pick_power":
            return replace(self, eta=float(f"{10 ** point['x']:.3g}"))
        if selection == "pick_cell" and isinstance(self.second, EscapeMap):
            start = (x, *(float(w) for w in self.origin[1:]))
            return replace(self, start=start, eta=float(f"{10 ** point['y']:.3g}"))
        if len(self.origin) > 1:
            return replace(self, start=(x, float(f"{point['y']:.4g}")))
        return replace(self, start=(x,))

    def plans(self) -> dict[str, Schedule]:
        """The lab's own schedule as "run", and those that it is compared with."""
        others = {name: PLANS[name]() for name in self.compare}
        return {"run": self.schedule} | {
            name: plan for name, plan in others.items() if plan != self.schedule
        }

    def scene(self, runs: dict[str, Trajectory] | None = None) -> Scene:
        """What the pictures are about."""
        objective, view = self.ground.objective(), self.ground.view()
        return Scene(
            objective, view, self.origin, self.eta, KINDS[self.method](), self.plans(), self.steps,
            points_in(objective, view), runs or {},
        )  # fmt: skip

    def run(self, report: Report | None = None) -> Result:
        long = self._long
        runs = self._runs(part_of(report, 0, 2) if long else None)
        scene = self.scene(runs)
        drawn = self.second.draw(scene, part_of(report, 1, 2) if long else report)
        facts: tuple[Facts, ...] = (by_schedule(scene), by_point(scene))
        return Result(
            study=Unsplit(
                self,
                partial(record, list(scene.plans.values()), [run.cut() for run in runs.values()]),
            ),
            said=(sentence(scene),),
            pictures=(picture(scene),) + ((drawn.picture,) if drawn else ()),
            facts=facts + ((drawn.facts,) if drawn and drawn.facts else ()),
            notes=self.ground.notes(),
            measured=str(runs["run"].outcome()),
        )

    def _key(self) -> Hashable:
        """What the runs depend on."""
        start, plans = tuple(self.origin.tolist()), tuple(self.plans().items())
        return ("runs", self.ground, start, self.eta, plans, self.method, self.steps)

    def _runs(self, report: Report | None) -> dict[str, Trajectory]:
        """A run for each of the plans, by the same names."""
        plans = self.plans()

        def made() -> dict[str, Trajectory]:
            found = descend_by_schedule(
                self.ground.objective(), self.origin, self.eta, KINDS[self.method](),
                list(plans.values()), self.steps, report=paced(report),
            )  # fmt: skip
            return dict(zip(plans, found, strict=True))

        if not self._long:
            return made()
        return MAPS.held(self._key(), made)
