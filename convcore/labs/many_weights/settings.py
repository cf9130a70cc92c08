"""The settings of "Many weights": a quadratic, a start, and the methods that descend on it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

import numpy as np

from convcore.arrays import Array
from convcore.cache import kept
from convcore.descent.schedules import SCHEDULES, Constant, Schedule
from convcore.descent.theory import best_momentum
from convcore.knobs import (
    FieldError,
    OneOf,
    Range,
    Several,
    Variant,
    Vector,
    Whole,
    files,
    knobs,
    refuse_tiny,
)
from convcore.labkit.settings import Settings
from convcore.labkit.start import check_start
from convcore.labs.many_weights.local_plane import LocalPlane
from convcore.labs.many_weights.methods import EVERY as EVERY
from convcore.labs.many_weights.methods import KINDS as KINDS
from convcore.labs.many_weights.methods import METHODS as METHODS
from convcore.labs.many_weights.methods import TUNED
from convcore.labs.many_weights.plane import QuadraticPlane
from convcore.labs.many_weights.problem import Problem
from convcore.labs.many_weights.quadratics import PROBLEMS, FromEigenvalues, quadratic
from convcore.optimizers import Optimizer

SECONDS = ("nothing", "errors", "whitened", "minibatches")
TOGETHER = 0.8  # of the work of runs one after the other, as all step together
ROW, PAIR = (
    2e4,
    700.0,
)  # operations for each row, and each pair of weights in it, of minibatches and theory
WORK = 2_000_000  # rows of a table in all steps of a run
MOST_BETA = 1 - 1e-9  # of the tuned one, which rounds to 1 where κ is beyond double precision


@dataclass(frozen=True)
class ManyWeightsSettings(Settings):
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
        Range(
            "step size η", "of plain descent and of momentum", 1e-4, 1e2, 0.01, True, (-1e12, 1e12)
        ),
    ] = 0.18
    methods: Annotated[
        tuple[str, ...],
        Several(
            "methods",
            "each has one colour in all pictures",
            EVERY,
            names=tuple((key, kind.label) for key, kind in KINDS.items()),
        ),
    ] = ("gd", "newton", "momentum")
    relative: Annotated[
        float,
        Range(
            "η of full steps",
            "per coordinate, Newton, conjugate gradient, BFGS: a share of the full step; 1 goes all the "
            "way, below 2 converges for Newton",
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
    steps: Annotated[
        int, Whole("steps", "how many steps each method takes", 1, 200, limits=(1, 10_000))
    ] = 36
    tolerance: Annotated[
        float,
        Range(
            "stop at error τ",
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
            "step shown",
            "the step that is ringed; or point at the loss; beyond the last it is the last",
            0,
            200,
            limits=(0, 10_000),
        ),
    ] = 3
    also: Annotated[
        str,
        OneOf(
            "also show",
            "a second picture below the first",
            SECONDS,
            names=(
                ("errors", "errors by direction"),
                ("whitened", "the whitened space"),
                ("minibatches", "minibatches of a table"),
            ),
        ),
    ] = "nothing"

    sized: Annotated[
        float,
        Range(
            "η of RProp and Adam",
            "and of AdaGrad, RMSProp, AdamW: about how far a weight goes in a step, however steep E is",
            1e-4,
            1e2,
            0.01,
            True,
            (-1e12, 1e12),
        ),
    ] = 0.3
    decay: Annotated[
        float,
        Range(
            "weight decay of AdamW", "each step shrinks all weights by this share of η", 0, 1, 0.01
        ),
    ] = 0.01

    batch: Annotated[
        int,
        Whole(
            "batch size",
            "rows of the table in a step of a minibatch",
            1,
            256,
            limits=(1, 1_000_000),
        ),
    ] = 8
    rows: Annotated[
        str,
        OneOf(
            "rows of a minibatch",
            "without replacement, as PyTorch's DataLoader with shuffle=True; or each row drawn from all",
            ("shuffled", "drawn"),
            names=(("shuffled", "shuffled each epoch"), ("drawn", "drawn with replacement")),
        ),
    ] = "shuffled"
    seed: Annotated[
        int, Whole("seed of the minibatches", "other rows at each step", 0, 99, limits=(0, 10**9))
    ] = 0

    key: ClassVar[str] = "many"
    title: ClassVar[str] = "Many weights"
    first = ("eta", "problem", "methods", "steps")

    def __post_init__(self) -> None:
        for name in ("eta", "relative", "sized"):
            if not abs(getattr(self, name)) <= 1e12:
                raise FieldError(name, "the step size must be a number of at most 1e12 in size.")
            refuse_tiny(name, "the step size", getattr(self, name))
        if not 0 <= self.beta < 1:
            raise FieldError("beta", "momentum β must be at least 0 and below 1.")
        if not 1 <= self.batch <= 1_000_000:
            raise FieldError("batch", "the batch size must be between 1 and 1,000,000.")
        if self.rows not in ("shuffled", "drawn"):
            raise FieldError("rows", f"{self.rows!r} is none of shuffled, drawn.")
        if not 0 <= self.seed <= 10**9:
            raise FieldError("seed", "the seed must be between 0 and 1,000,000,000.")
        if not 0 <= self.decay <= 1:
            raise FieldError("decay", "the weight decay must lie between 0 and 1.")
        if not 1 <= self.steps <= 10_000:
            raise FieldError("steps", "steps must be between 1 and 10,000.")
        if not 0 < self.tolerance < 1:
            raise FieldError("tolerance", "the tolerance must lie between 0 and 1.")
        unknown = [name for name in self.methods if name not in KINDS]
        if unknown:
            raise FieldError("methods", f"{unknown[0]!r} is none of {', '.join(KINDS)}.")
        n = quadratic(self.problem).n
        if self.steps > self.most_steps:
            raise FieldError(
                "steps", f"Each step goes through all rows: take at most {self.most_steps:,} steps."
            )
        if self.also not in SECONDS:
            raise FieldError("also", f"{self.also!r} is no second picture.")
        needs = f" and there are {n} weights: give {n}, or none for the usual start"
        check_start(self.start, n, needs, exponent=12)
        refuse_tiny("start", "each number of the start", *self.start)

    @property
    def origin(self) -> Array:
        """w₀ (n,)."""
        n = quadratic(self.problem).n
        return np.array(self.start or self.problem.default_start(n))

    @property
    def most_steps(self) -> int:
        """How many steps there is time for: of a cross-entropy each goes through all rows."""
        function = self.problem.function()
        return 10_000 if function is None else max(200, min(10_000, WORK // len(function.target)))

    @property
    def plane(self) -> QuadraticPlane:
        """The quadratic with its start; cached."""
        return _plane(self.problem, tuple(self.origin.tolist()))

    @cached_property
    def work_anew(self) -> float:
        n, gradient = self.plane.function.n, self.plane.function.work
        steps = sum(self.optimizer(name).work(n, gradient) for name in self.methods)
        rows = self.problem.rows() if self.also == "minibatches" else 0
        return TOGETHER * self.steps * steps + rows * (ROW + PAIR * n * n)

    def optimizer(self, method: str) -> Optimizer:
        """The optimizer of this key with the lab's settings."""
        kind = KINDS[method].kind
        given = {"beta": self.beta_of(method), "decay": self.decay}
        return kind(**{name: x for name, x in given.items() if name in knobs(kind)})

    def beta_of(self, method: str) -> float:
        """The β of a method with momentum: the field's, or the best for the curvatures if it is tuned."""
        if method != TUNED:
            return self.beta
        _, beta = best_momentum(self.plane.objective.spectrum)
        return min(beta, MOST_BETA) if beta >= 0 else 0.0  # NaN where nothing bends up

    def eta_of(self, method: str) -> float:
        """The step size of a method, or the share of the full step of one that goes by shares."""
        return float(getattr(self, eta_field(method)))

    @property
    def plane_key(self) -> Hashable:
        return self.problem


def eta_field(method: str) -> str:
    """The field that holds the step size of a method."""
    kind = KINDS[method]
    return "relative" if kind.relative else "sized" if kind.sized else "eta"


@kept(16, files)
def _plane(problem: Problem, start: tuple[float, ...]) -> QuadraticPlane:
    E, w0, function = quadratic(problem), np.array(start), problem.function()
    return QuadraticPlane(E, w0) if function is None else LocalPlane(E, w0, function)
