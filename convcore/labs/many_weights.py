"""The lab "Many weights": methods side by side on E(w) = ½wᵀAw + bᵀw + c (SCIENCE C)."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from convcore.charts.parts import marked
from convcore.descent import descend_each
from convcore.knobs import FieldError, Range, Several, Variant, Vector, Whole, knobs, refuse_tiny
from convcore.labkit.lab import Result
from convcore.labkit.record import later
from convcore.labkit.study import Unsplit
from convcore.labkit.tables import Facts
from convcore.labkit.words import num, percent, several
from convcore.labs.bowl import Bowl
from convcore.labs.course import Course
from convcore.labs.many_facts import by_method, data, limits
from convcore.labs.many_theory import KINDS, METHODS, predicted, rate, took
from convcore.labs.many_words import Account
from convcore.labs.problems import PROBLEMS, FromEigenvalues, Problem
from convcore.labs.racing import RacingLab
from convcore.objectives import QuadraticForm
from convcore.optimizers import Optimizer
from convcore.race import Entrant
from convcore.schedules import SCHEDULES, Constant, OpenLoop, Schedule
from convcore.workers import Report

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ManyWeights(RacingLab):
    """Descent on a quadratic of n weights by several methods from one start."""

    problem: Annotated[
        Problem, Variant("the quadratic", "where A and b in E = ½wᵀAw + bᵀw come from", PROBLEMS)
    ] = FromEigenvalues()
    start: Annotated[
        tuple[float, ...],
        Vector("start w₀", "n numbers; or click on the level lines", empty="the usual start"),
    ] = ()
    eta: Annotated[
        float,
        Range("step size η", "of plain descent and momentum", 1e-4, 1e2, 0.01, True, (-1e12, 1e12)),
    ] = 0.18
    methods: Annotated[
        tuple[str, ...],
        Several(
            "methods",
            "each has one colour in all pictures",
            METHODS,
            names=tuple((key, kind.label) for key, kind in KINDS.items()),
        ),
    ] = ("gd", "newton", "momentum")
    relative: Annotated[
        float,
        Range(
            "η of per coordinate and Newton",
            "a share of the full step: 1 goes all the way, below 2 converges for Newton",
            0.05,
            2.5,
            0.05,
            limits=(-1e6, 1e6),
        ),
    ] = 1.0
    beta: Annotated[
        float,
        Range(
            "momentum β", "share of the last step that momentum and Nesterov keep", 0, 0.99, 0.01
        ),
    ] = 0.5
    schedule: Annotated[
        Schedule, Variant("schedule", "how η changes from step to step", SCHEDULES)
    ] = Constant()
    steps: Annotated[int, Whole("steps", "how many steps each method takes", 1, 200)] = 36
    tolerance: Annotated[
        float,
        Range(
            "tolerance τ",
            "steps are counted until ‖w − w*‖ ≤ τ‖w₀ − w*‖",
            1e-9,
            0.5,
            0.001,
            log=True,
        ),
    ] = 1e-3
    look: Annotated[
        int,
        Whole(
            "look at step",
            "the step that is ringed; or point at the loss; beyond the last it is the last",
            0,
            200,
        ),
    ] = 3

    key: ClassVar[str] = "many"
    title: ClassVar[str] = "Many weights"

    def __post_init__(self) -> None:
        for name in ("eta", "relative"):
            if not abs(getattr(self, name)) <= 1e12:
                raise FieldError(name, "the step size must be a number of at most 1e12 in size.")
            refuse_tiny(name, "the step size", getattr(self, name))
        if not 0 <= self.beta < 1:
            raise FieldError("beta", "momentum β must be at least 0 and below 1.")
        if not 1 <= self.steps <= 10_000:
            raise FieldError("steps", "steps must be between 1 and 10,000.")
        if not 0 < self.tolerance < 1:
            raise FieldError("tolerance", "the tolerance must lie between 0 and 1.")
        unknown = [name for name in self.methods if name not in KINDS]
        if unknown:
            raise FieldError("methods", f"{unknown[0]!r} is none of {', '.join(KINDS)}.")
        n = quadratic(self.problem).n
        if self.start and len(self.start) != n:
            raise FieldError(
                "start",
                f"The start has {several(len(self.start), 'number')} and there are {n} weights: "
                f"give {n}, or none for the usual start.",
            )
        if self.start and np.abs(self.start).max() > 1e12:
            raise FieldError("start", "The start has numbers beyond 1e12.")
        refuse_tiny("start", "each number of the start", *self.start)

    @property
    def origin(self) -> Array:
        """w₀ (n,)."""
        n = quadratic(self.problem).n
        return np.array(self.start or self.problem.default_start(n))

    @property
    def bowl(self) -> Bowl:
        """The quadratic with its start, kept."""
        return _bowl(self.problem, tuple(self.origin.tolist()))

    def course(self) -> Course | None:
        bowl = self.bowl
        objective, s = bowl.objective, bowl.objective.spectrum
        if objective.minimiser is None or not bowl.error.any() or s.values[-1] <= 0:
            return None
        entrants = [
            Entrant(key, KINDS[key].label, self.optimizer(key), self.schedule) for key in METHODS
        ]
        return Course(
            objective=objective,
            start=tuple(bowl.start.tolist()),
            entrants=tuple(entrants),
            steps=min(max(self.steps, 200), 1000),
            own=self.steps,
            unit=1 / float(s.values[-1]),
            unit_words=f"1/λ_max = {num(1 / float(s.values[-1]))}",
            goal=f"{percent(self.tolerance)} of the starting error",
            kind="method",
            here=tuple(
                (key, self.relative if KINDS[key].relative else self.eta)
                for key in dict.fromkeys(("gd", *self.methods))
            ),
            tolerance=self.tolerance,
            target=tuple(bowl.target.tolist()),
        )

    def entered(self, key: str, eta: float, steps: int) -> ManyWeights:
        methods = tuple(name for name in METHODS if name in (*self.methods, key))
        field = "relative" if KINDS[key].relative else "eta"
        return replace(self, methods=methods, steps=steps, **{field: eta})  # type: ignore[arg-type]

    def picked(self, selection: str, point: Mapping[str, Any]) -> ManyWeights:
        if selection == "pick_race":
            return self.chosen(point)
        if selection == "pick_eta":
            return replace(self, eta=self._pointed_at(float(point["eta"])))
        if selection == "pick_look":
            return replace(self, look=int(point["k"]))
        w = self.bowl.moved(float(point["x"]), float(point["y"]))
        return replace(self, start=tuple(float(f"{x:.4g}") for x in w))

    def _pointed_at(self, digits: float) -> float:
        """The step size at log₁₀ η on the ruler, or the limit that is marked there."""
        bowl = self.bowl
        marks = {math.log10(limit): limit for limit in bowl.limits}
        at = marked(digits, marks, *bowl.ruler(self.eta))
        return marks.get(at) or float(f"{10.0**digits:.3g}")

    def optimizer(self, method: str) -> Optimizer:
        """The optimizer of this key with the lab's settings."""
        kind = KINDS[method]
        return kind(beta=self.beta) if "beta" in knobs(kind) else kind()  # type: ignore[call-arg]

    def run(self, report: Report | None = None) -> Result:
        bowl = self.bowl
        objective, start = bowl.objective, bowl.start
        methods = tuple(dict.fromkeys(("gd", *self.methods)))
        optimizers = [self.optimizer(method) for method in methods]
        entrants = [(self.relative if o.relative else self.eta, o) for o in optimizers]
        exact = self.eta if isinstance(self.schedule, OpenLoop) else None
        found = descend_each(objective, start, entrants, self.schedule, self.steps, exact=exact)
        runs = dict(zip(methods, found, strict=False))
        theory = None if exact is None else found[-1]
        rates = {name: rate(self, bowl, name) for name in runs}
        account = Account(
            self, objective, bowl, runs, theory, rates, predicted(self, bowl, rates),
            {name: took(self, bowl, run) for name, run in runs.items()},
        )  # fmt: skip
        return Result(
            study=Unsplit(self, later("method", runs)),
            said=(account.sentence(),),
            pictures=(bowl.picture(self, runs, theory),),
            facts=(by_method(account), _limits(self.problem), *data(account)),
            notes=(*self.problem.notes(), *account.notes()),
            awaits=self.problem.awaits(),
            predicted=account.foretold(),
            measured=account.measured(),
        )

    @property
    def plane_key(self) -> Hashable:
        return self.problem


@lru_cache(maxsize=16)
def _bowl(problem: Problem, start: tuple[float, ...]) -> Bowl:
    return Bowl(quadratic(problem), np.array(start))


@lru_cache(maxsize=16)
def _limits(problem: Problem) -> Facts:
    return limits(quadratic(problem))


@lru_cache(maxsize=16)
def quadratic(problem: Problem) -> QuadraticForm:
    """The problem's quadratic, kept, as each change of another control asks for it again."""
    return problem.objective()
