"""The settings of "Rough ground": a function, a start, step sizes and schedules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, ClassVar, Self

import numpy as np

from convcore.arrays import Array
from convcore.descent.schedules import SCHEDULES, Constant, Schedule
from convcore.knobs import FieldError, OneOf, Range, Several, Variant, Vector, Whole
from convcore.labkit.functions import FUNCTION_SOURCES, FromGallery, FunctionSource
from convcore.labkit.second_picture import SecondPicture
from convcore.labkit.settings import LIGHT, Settings
from convcore.labkit.start import check_defined, check_start
from convcore.labs.rough_ground.end_maps import EscapeMap
from convcore.labs.rough_ground.runs import RunsJob
from convcore.labs.rough_ground.scene import MAPS, Scene
from convcore.labs.rough_ground.second_pictures import SECONDS
from convcore.optimizers import OPTIMIZERS

METHODS = dict(OPTIMIZERS)
PLANS = dict(SCHEDULES)
NAMES = tuple((key, kind.label) for key, kind in OPTIMIZERS)
MOST = 7  # methods beside the lab's own: of more lines the eye loses track


@dataclass(frozen=True)
class RoughSettings(Settings):
    """A function with more than one valley: who escapes, who settles, who freezes on the way."""

    ground: Annotated[
        FunctionSource, Variant("E is", "a function's name, or a formula", FUNCTION_SOURCES)
    ] = FromGallery("pinhole")
    start: Annotated[
        tuple[float, ...],
        Vector("start w₀", "one number for each weight", empty="the usual start"),
    ] = ()
    eta: Annotated[
        float,
        Range("step size η₀", "the schedule's first; for Newton's relatives a share of the step", 1e-4, 1e1,
              0.01, True, (1e-9, 1e9)),
    ] = 0.8  # fmt: skip
    schedule: Annotated[
        Schedule, Variant("schedule", "how η decays from step to step", SCHEDULES)
    ] = Constant()
    compare: Annotated[
        tuple[str, ...],
        Several(
            "compare schedules",
            "others from the same start, with their usual settings",
            tuple(PLANS),
            names=tuple((key, kind.label) for key, kind in SCHEDULES),
        ),
    ] = ("linear", "quadratic")
    method: Annotated[
        str,
        OneOf(
            "method",
            "whose runs these are",
            tuple(METHODS),
            names=NAMES,
        ),
    ] = "gd"
    methods: Annotated[
        tuple[str, ...],
        Several(
            "compare methods",
            "others from the same start, by the same schedule; if their η is of another kind, their usual",
            tuple(METHODS),
            names=NAMES,
        ),
    ] = ()
    steps: Annotated[
        int, Whole("steps", "how many steps each run takes", 1, 1000, limits=(1, 10_000))
    ] = 200
    second: Annotated[
        SecondPicture[Scene], Variant("also show", "what is drawn below", SECONDS)
    ] = EscapeMap()  # fmt: skip

    key: ClassVar[str] = "rough"
    title: ClassVar[str] = "Rough ground"
    first = ("eta", "ground", "start", "schedule", "method", "steps")

    @property
    def work(self) -> float:
        kept = MAPS if self.long else ()
        runs = sum(job.work for job in self.jobs() if job not in kept)
        return runs + self.second.work(self.scene, MAPS)

    @property
    def live(self) -> bool:
        return False  # most numbers change the second picture

    @property
    def long(self) -> bool:
        """Whether the runs themselves are long, so that they are kept."""
        return sum(job.work for job in self.jobs()) > LIGHT

    def __post_init__(self) -> None:
        objective = self.ground.objective()
        check_start(self.start, objective.n, f" and E has {objective.n} weights")
        if not 0 < self.eta <= 1e12:
            raise FieldError("eta", "The step size must be positive and at most 1e12.")
        if not 1 <= self.steps <= 10_000:
            raise FieldError("steps", "steps must be between 1 and 10,000.")
        if self.method not in METHODS:
            raise FieldError("method", f"{self.method[:40]!r} is none of {', '.join(METHODS)}.")
        unknown = [name for name in self.compare if name not in PLANS]
        if unknown:
            raise FieldError("compare", f"{unknown[0][:40]!r} is none of {', '.join(PLANS)}.")
        unknown = [name for name in self.methods if name not in METHODS]
        if unknown:
            raise FieldError("methods", f"{unknown[0][:40]!r} is none of {', '.join(METHODS)}.")
        if len(self.methods) > MOST:
            raise FieldError(
                "methods", f"At most {MOST} methods to compare: more cannot be told apart."
            )
        if refused := self.second.refused(self.scene):
            raise FieldError("second", refused)
        check_defined(objective, self.origin)

    @cached_property
    def scene(self) -> Scene:
        """What is run, and where."""
        others = ((name, PLANS[name]()) for name in self.compare)
        return Scene(
            self.ground,
            tuple(self.origin.tolist()),
            self.eta,
            METHODS[self.method](),
            (("run", self.schedule), *((k, plan) for k, plan in others if plan != self.schedule)),
            self.steps,
            tuple(
                (name, METHODS[name](), self._eta_of(name))
                for name in self.methods
                if name != self.method
            ),
        )

    def _eta_of(self, method: str) -> float:
        """η of a method beside the lab's own: the lab's, or its usual one if it is of another kind."""
        if METHODS[method].relative == self.relative:
            return self.eta
        return self._usual_eta(method)

    def _usual_eta(self, method: str) -> float:
        return 1.0 if METHODS[method].relative else self.ground.eta()

    @property
    def origin(self) -> Array:
        """w₀ (n,)."""
        return np.array(self.start or self.ground.start(), dtype=float)

    @property
    def relative(self) -> bool:
        """Whether η is a share of the method's full step."""
        return METHODS[self.method].relative

    def jobs(self) -> tuple[RunsJob, ...]:
        """The runs of all schedules by the lab's method, and those of each other method."""
        scene = self.scene
        each = [(scene.eta, scene.optimizer, scene.schedules)]
        each += [(eta, method, (scene.schedule,)) for _, method, eta in scene.rivals]
        return tuple(
            RunsJob(scene.objective, scene.start, eta, method, plans, scene.steps)
            for eta, method, plans in each
        )

    def after(self, field: str, before: Self | None = None) -> Self:
        if field.startswith("ground"):
            second = EscapeMap() if self.second.refused(self.scene) else self.second
            return replace(self, start=(), eta=self.ground.eta(), second=second)
        if field != "method" or (before and self.relative == before.relative):
            return self
        return replace(self, eta=self._usual_eta(self.method))
