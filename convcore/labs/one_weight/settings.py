"""What can be set in "One weight": the parabola, the start, η, the schedule (SCIENCE A)."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

from convcore.descent.schedules import SCHEDULES, Constant, Schedule
from convcore.knobs import FieldError, OneOf, Range, Variant, Whole, refuse_tiny
from convcore.labkit.settings import Settings
from convcore.objectives.base import EPS
from convcore.objectives.quadratics import Quadratic

BIG = 1e12  # beyond this pictures show nothing, and products come near overflow
WIDE = (-BIG, BIG)


@dataclass(frozen=True)
class OneWeightSettings(Settings):
    """Plain descent on E(w) = ½aw² + bw + c from w₀ with step size η and a schedule."""

    a: Annotated[
        float,
        Range(
            "curvature a", "E″: how sharply E(w) = ½aw² + bw + c bends", -5, 10, 0.1, limits=WIDE
        ),
    ] = 2.0
    b: Annotated[float, Range("slope b", "E′ at w = 0", -10, 10, 0.1, limits=WIDE)] = -2.0
    c: Annotated[
        float, Range("height c", "E at w = 0; it changes no step", -10, 10, 0.1, limits=WIDE)
    ] = 1.5
    w0: Annotated[float, Range("start w₀", "where descent starts", -10, 10, 0.1, limits=WIDE)] = 4.0
    eta: Annotated[
        float,
        Range("step size η", "each step is w ← w − η·E′(w)", 1e-4, 1e2, 0.01, True, WIDE),
    ] = 0.7
    schedule: Annotated[
        Schedule, Variant("schedule", "how η changes from step to step", SCHEDULES)
    ] = Constant()
    steps: Annotated[
        int, Whole("steps", "how many steps are taken", 1, 200, limits=(1, 10_000))
    ] = 20
    tolerance: Annotated[
        float,
        Range(
            "stop at error τ",
            "steps are counted until the error is this share of its start, |w − w*| ≤ τ|w₀ − w*|",
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
            "of the Taylor parabola; or point at the loss; beyond the last it is the last",
            0,
            200,
            limits=(0, 10_000),
        ),
    ] = 1
    also: Annotated[
        str,
        OneOf(
            "also show",
            "a second parabola on E(w), at the step shown",
            ("nothing", "bare"),
            names=(("bare", "Taylor without its ½"),),
        ),
    ] = "nothing"

    key: ClassVar[str] = "one"
    title: ClassVar[str] = "One weight"
    first = ("eta", "a", "w0", "schedule", "steps")

    def __post_init__(self) -> None:
        for name in ("a", "b", "c", "w0", "eta"):
            if not abs(getattr(self, name)) <= BIG:
                raise FieldError(name, f"{name} must be a number of at most 1e12 in size.")
            refuse_tiny(name, name, getattr(self, name))
        if self.a != 0 and not abs(self.b / self.a) <= BIG:
            raise FieldError("a", "a is too small beside b: the minimum −b/a is beyond 1e12.")
        if not 1 <= self.steps <= 100_000:
            raise FieldError("steps", "steps must be between 1 and 100,000.")
        if not 0 < self.tolerance < 1:
            raise FieldError("tolerance", "the tolerance must lie between 0 and 1.")
        if self.also not in ("nothing", "bare"):
            raise FieldError("also", f"{self.also!r} is no parabola: choose nothing or bare.")

    @property
    def plane_key(self) -> Hashable:
        return self.a, self.b, self.c

    @cached_property
    def objective(self) -> Quadratic:
        """E."""
        return Quadratic(self.a, self.b, self.c)

    @property
    def work_anew(self) -> float:
        return self.steps * self.objective.work

    @property
    def centre(self) -> float:
        """w* = −b/a, where E′ = 0; for a line (a = 0), which has no such point, the start."""
        return -self.b / self.a if self.a else self.w0

    @property
    def starts_at_rest(self) -> bool:
        """Whether E′(w₀) = 0, to the rounding of its two terms."""
        return abs(self.a * self.w0 + self.b) <= 4 * EPS * abs(self.b)

    @property
    def only_rounding_moves(self) -> bool:
        """Whether E′(w₀) = 0 to rounding, and what rounding leaves of it moves w."""
        return self.starts_at_rest and bool(self.a * self.w0 + self.b)

    @property
    def constant_eta(self) -> bool:
        """Whether η is the same at each step."""
        return isinstance(self.schedule, Constant)
