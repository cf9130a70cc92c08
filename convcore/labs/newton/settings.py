"""The settings of "Taylor and Newton": a function, a start, the methods, and which local model is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, ClassVar, Self

import numpy as np

from convcore.arrays import Array
from convcore.knobs import FieldError, OneOf, Range, Several, Variant, Vector, Whole
from convcore.labkit.functions import FUNCTION_SOURCES, FromGallery, FunctionSource, View, around
from convcore.labkit.settings import Settings
from convcore.labkit.start import check_defined, check_start
from convcore.labkit.words import several
from convcore.labs.newton.newton_map import NEWTON_MAPS, MapJob, ThresholdJob
from convcore.labs.newton.runs import RUNS, MethodJob
from convcore.objectives.gallery import Function
from convcore.optimizers import OPTIMIZERS

KINDS = dict(OPTIMIZERS)
LABELS = {key: kind.label for key, kind in OPTIMIZERS}
NAMES = tuple(LABELS.items())
MOST_STEPS = 10_000
MOST = 8  # methods in one picture: of more lines the eye loses track


@dataclass(frozen=True)
class NewtonSettings(Settings):
    """Methods side by side on a function of one or two weights, with the local model at each step."""

    ground: Annotated[
        FunctionSource,
        Variant("E is", "a named function, or a formula that you type", FUNCTION_SOURCES),
    ] = FromGallery()
    start: Annotated[
        tuple[float, ...],
        Vector("start w₀", "one number for each weight", empty="the usual start"),
    ] = ()
    methods: Annotated[
        tuple[str, ...],
        Several("methods", "each has one colour in all pictures", tuple(KINDS), names=NAMES),
    ] = ("gd", "newton", "damped")
    eta: Annotated[
        float,
        Range("step size η", "of methods whose step is η·∇E", 1e-4, 1e2, 0.01, True, (1e-12, 1e12)),
    ] = 0.5
    relative: Annotated[
        float,
        Range(
            "damping",
            "η of the methods that know curvature: 1 goes all the way",
            0.05,
            2.0,
            0.05,
            limits=(1e-6, 1e3),
        ),
    ] = 1.0
    steps: Annotated[
        int, Whole("steps", "how many steps each method takes", 1, 100, limits=(1, MOST_STEPS))
    ] = 15
    model: Annotated[
        str,
        OneOf("local model of", "whose path the Taylor model follows", tuple(KINDS), names=NAMES),
    ] = "newton"
    look: Annotated[
        int,
        Whole(
            "step shown",
            "the step of the local model; or point at the loss; beyond the last it is the last",
            0,
            100,
            limits=(0, MOST_STEPS),
        ),
    ] = 0
    order: Annotated[
        int,
        Whole("Taylor order", "of the second curve, one weight: what order 2 leaves out", 1, 6),
    ] = 2

    key: ClassVar[str] = "newton"
    title: ClassVar[str] = "Taylor and Newton"
    first = ("eta", "ground", "start", "methods", "relative", "steps")

    @property
    def work(self) -> float:
        maps = self.map_jobs() if self.objective.n == 1 else ()
        looked_for = sum(job.work for job in maps if job not in NEWTON_MAPS)
        return looked_for + sum(job.work for job in self.jobs().values() if job not in RUNS)

    @cached_property
    def work_anew(self) -> float:
        return sum(job.work for job in self.jobs().values())

    def __post_init__(self) -> None:
        objective = self.objective
        check_start(self.start, objective.n, f" and E has {several(objective.n, 'weight')}")
        for name in ("eta", "relative"):
            if not 0 < getattr(self, name) <= 1e12:
                raise FieldError(name, "The step size must be positive and at most 1e12.")
        if not 1 <= self.steps <= MOST_STEPS:
            raise FieldError("steps", f"steps must be between 1 and {MOST_STEPS:,}.")
        if not 1 <= self.order <= 6:
            raise FieldError("order", "The order must be between 1 and 6.")
        unknown = [name for name in (*self.methods, self.model) if name not in KINDS]
        if unknown:
            raise FieldError("methods", f"{unknown[0][:40]!r} is none of {', '.join(KINDS)}.")
        if len(self.methods) > MOST:
            raise FieldError(
                "methods", f"At most {MOST} methods at once: more cannot be told apart."
            )
        check_defined(objective, self.origin)

    @property
    def objective(self) -> Function:
        """E."""
        return self.ground.objective()

    @property
    def origin(self) -> Array:
        """w₀ (n,)."""
        return np.array(self.start or self.ground.start(), dtype=float)

    @property
    def view(self) -> View:
        """(low, high) of each weight in the pictures: the usual view of E, widened to hold w₀."""
        return around(self.ground.view(), self.origin)

    def eta_of(self, method: str) -> float:
        """η of a method: the step size, or the share of a full step if it uses curvature."""
        return self.relative if KINDS[method].relative else self.eta

    def jobs(self) -> dict[str, MethodJob]:
        """The runs of all methods, and last of the local model's, if it is not among them."""
        objective, start = self.objective, tuple(self.origin.tolist())
        return {
            name: MethodJob(objective, start, KINDS[name], self.eta_of(name), self.steps)
            for name in dict.fromkeys((*self.methods, self.model))
        }

    def map_jobs(self) -> tuple[MapJob, ThresholdJob]:
        """What is looked for in Newton's map, which is of a function of one weight."""
        (view,), (usual,) = self.view, self.ground.view()
        return MapJob(self.objective, view), ThresholdJob(self.objective, usual)

    def after(self, field: str, before: Self | None = None) -> Self:
        if field.startswith("ground"):
            return replace(self, start=(), eta=self.ground.eta())
        return self
