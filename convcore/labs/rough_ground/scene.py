"""What runs and second pictures need of the settings of "Rough ground": function, start, schedules."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import lru_cache

import numpy as np

from convcore.arrays import Array
from convcore.cache import Cache
from convcore.descent.descent import Status, Trajectory, descend
from convcore.descent.schedules import Schedule
from convcore.descent.theory import PointKind
from convcore.labkit.functions import FunctionSource, View
from convcore.labkit.words import num
from convcore.objectives.base import EPS
from convcore.objectives.gallery import Function
from convcore.optimizers import Optimizer
from convcore.sweeps.end_maps import NEAR
from convcore.sweeps.stationary import StationaryPoint, classify, polish, stationary_points

SYMBOLS = {"beta": "β"}
EXACT = 1e-5  # a polished point within this share of 1 + its size is a listed one
MAPS = Cache(48, "maps")  # jobs of second pictures and long runs, shared by all visitors


@dataclass(frozen=True)
class Scene:
    """A function, a start (n,), and the schedules by which one method runs from there.

    plans: the schedules by name, the lab's own first, as "run"; steps: of each run. rivals: other methods
    by name, each with its η, which run by the first schedule.
    """

    ground: FunctionSource
    start: tuple[float, ...]
    eta: float
    optimizer: Optimizer
    plans: tuple[tuple[str, Schedule], ...]
    steps: int
    rivals: tuple[tuple[str, Optimizer, float], ...] = ()

    @property
    def objective(self) -> Function:
        """E."""
        return self.ground.objective()

    @property
    def view(self) -> View:
        """(low, high) of each weight."""
        return self.ground.view()

    @property
    def origin(self) -> Array:
        """w₀ (n,)."""
        return np.array(self.start, dtype=float)

    @property
    def schedule(self) -> Schedule:
        """The schedule of the lab's own run."""
        return self.plans[0][1]

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """All schedules, the lab's own first."""
        return tuple(plan for _, plan in self.plans)

    def plan_names(self) -> dict[str, str]:
        """How the run of each schedule is called, by the plans' names."""
        return {name: schedule_name(plan) for name, plan in self.plans}

    def method_names(self) -> dict[str, str]:
        """How the run of each method is called, the lab's own first, as "run"."""
        others = {
            name: method.label + (f", η = {num(eta)}" if eta != self.eta else "")
            for name, method, eta in self.rivals
        }
        return {"run": self.optimizer.label} | others

    def run_names(self) -> dict[str, str]:
        """How each run is called, by the names of plans and rivals."""
        if not self.rivals:
            return self.plan_names()
        own = self.optimizer.label
        if len(self.plans) > 1:
            own += f", {schedule_name(self.schedule)}"
        return self.plan_names() | self.method_names() | {"run": own}

    @property
    def points(self) -> tuple[StationaryPoint, ...]:
        """The stationary points in view, lowest first."""
        return points_in(self.objective, self.view)

    @property
    def plain(self) -> bool:
        """Whether the method is plain gradient descent, whose limits are 2ηₒₚₜ."""
        return self.optimizer.plain


def points_in(objective: Function, view: View) -> tuple[StationaryPoint, ...]:
    """The stationary points in a view, lowest first."""
    return stationary_points(objective, tuple((float(low), float(high)) for low, high in view))


def minima(points: tuple[StationaryPoint, ...]) -> tuple[StationaryPoint, ...]:
    """Those of the points that are minima, in the same order."""
    return tuple(p for p in points if p.kind.is_minimum)


def lowest(points: tuple[StationaryPoint, ...]) -> tuple[StationaryPoint, ...]:
    """The minimum with the smallest E, or several if they are equally low."""
    found, heights = minima(points), [p.value for p in points]
    least = min((p.value for p in found), default=0.0)
    # Equal to rounding, at the scale of the values that E has here.
    same = 1e-9 * (max(heights) - min(heights)) + 16 * EPS * abs(least) if heights else 0.0
    return tuple(p for p in found if p.value <= least + same)


def limits(points: tuple[StationaryPoint, ...], eta: float) -> list[float]:
    """The limits 2ηₒₚₜ of minima; the current η if there are none."""
    return [p.limit for p in minima(points) if 0 < p.limit < math.inf] or [eta]


def settled_at(
    points: tuple[StationaryPoint, ...], run: Trajectory, objective: Function
) -> StationaryPoint | None:
    """The stationary point that a single run converged to, if it is one of these, or of their valley."""
    if run.outcome().status is not Status.CONVERGED or not points:
        return None
    found = _nearest(points, run.w[-1], NEAR)
    if found is None or found.kind is not PointKind.DEGENERATE:
        return found
    # A valley of minima, or a flat floor, goes through the listed points: the run may be anywhere in it.
    end = polish(objective, run.w[-1:])
    exact = _nearest(points, end[0], EXACT)
    return exact or next(iter(classify(objective, end)), None)


def _nearest(
    points: tuple[StationaryPoint, ...], w: Array, within: float
) -> StationaryPoint | None:
    """The point nearest to w (n,), if it is within this share of 1 + |w|."""
    away = [float(np.abs(np.array(p.w) - w).max()) for p in points]
    nearest = int(np.argmin(away))
    return points[nearest] if away[nearest] <= within * (1 + np.abs(w).max()) else None


def resting_point(
    objective: Function, points: tuple[StationaryPoint, ...], run: Trajectory
) -> StationaryPoint | None:
    """The stationary point where a single run converged, one of these or another; None if it did not."""
    status = run.outcome().status
    if status not in (Status.CONVERGED, Status.KINK):
        return None
    if found := settled_at(points, run, objective):
        return found
    elsewhere = classify(objective, polish(objective, run.w[-1:]))
    return elsewhere[0] if elsewhere else None


@lru_cache(maxsize=256)
def downhill(
    objective: Function, start: tuple[float, ...], points: tuple[StationaryPoint, ...]
) -> StationaryPoint | None:
    """The minimum that small steps from the start lead to, if they lead to one in the view."""
    limits = [p.limit for p in minima(points) if 0 < p.limit < math.inf]
    if not limits:
        return None
    run = descend(objective, np.array(start), 0.2 * min(limits), steps=2000)
    found = settled_at(points, run, objective)
    return found if found and found.kind.is_minimum else None


def schedule_name(plan: Schedule) -> str:
    """A schedule with its settings: exponential decay (β = 0.1)."""
    settings = [f"{SYMBOLS.get(name, name)} = {num(x)}" for name, x in asdict(plan).items()]  # type: ignore[call-overload]
    return plan.label + (f" ({', '.join(settings)})" if settings else "")


def widened(low: float, high: float, at: float) -> tuple[float, float]:
    """The ends of a log₁₀ axis, extended to a whole power where `at` lies beyond them."""
    return math.floor(at) if at < low else low, math.ceil(at) if at > high else high
