"""What the pictures of "Rough ground" are about, and what they share."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Hashable
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convcore.charts.picture import Columns, Picture
from convcore.descent import Status, Trajectory, descend
from convcore.gallery import Function
from convcore.labkit.functions import View
from convcore.labkit.tables import Facts
from convcore.labkit.words import num
from convcore.maps import NEAR
from convcore.memory import Memory
from convcore.objectives import EPS
from convcore.optimizers import GradientDescent, Optimizer
from convcore.schedules import Schedule
from convcore.setting import Setting
from convcore.stationary import StationaryPoint, stationary_points
from convcore.workers import Report

Array = NDArray[np.float64]

SYMBOLS = {"beta": "β"}
CLOSE = 0.025  # of a picture's width: limits closer than this share their words


@dataclass(frozen=True, eq=False)
class Scene:
    """What the second picture is about: the lab's function, its runs and its stationary points.

    plans: the schedules by name, "run" the one of the lab itself; runs: by the same names, empty
    where nothing has been run yet; steps: of each run; origin: w₀ (n,).
    """

    objective: Function
    view: View
    origin: Array
    eta: float
    optimizer: Optimizer
    plans: dict[str, Schedule]
    steps: int
    points: tuple[StationaryPoint, ...]
    runs: dict[str, Trajectory]

    @property
    def schedule(self) -> Schedule:
        """The schedule of the lab's own run."""
        return self.plans["run"]

    @property
    def minima(self) -> tuple[StationaryPoint, ...]:
        """Those in view, lowest first."""
        return tuple(p for p in self.points if p.kind == "minimum")

    @property
    def lowest(self) -> tuple[StationaryPoint, ...]:
        """The minimum in view with the smallest E, or all that are as low."""
        heights = [p.value for p in self.points]
        least = min((p.value for p in self.minima), default=0.0)
        # As high as each other to rounding, beside the heights that E has here.
        same = 1e-9 * (max(heights) - min(heights)) + 16 * EPS * abs(least) if heights else 0.0
        return tuple(p for p in self.minima if p.value <= least + same)

    @property
    def plain(self) -> bool:
        """Whether the lab's method is plain gradient descent, of which the limits 2η_opt speak."""
        return type(self.optimizer) is GradientDescent

    @property
    def legend(self) -> Columns:
        """The table "legend": the schedules, three in a line or one."""
        i = np.arange(len(self.plans))
        return {
            "run": list(self.plans),
            "name": [
                f"{'this run: ' if name == 'run' else ''}{called(plan)}"
                for name, plan in self.plans.items()
            ],
            "at3": 0.01 + i % 3 / 3,
            "line3": i // 3,
            "at1": np.full(len(i), 0.02),
            "line1": i,
        }


class Drawn(NamedTuple):
    """A second picture with a table of what theory says of it beside what was measured."""

    picture: Picture
    facts: Facts | None


class Second(Setting):
    """A choice of the second picture."""

    label: str

    def heavy(self, scene: Scene) -> bool:
        """Whether its heavy part has still to be computed."""
        key = self.key(scene)
        return key is not None and key not in MAPS

    def key(self, scene: Scene) -> Hashable | None:
        """What its heavy part depends on; None if nothing of it is heavy."""
        return None

    def fits(self, n: int) -> bool:
        """Whether there is such a picture for n weights."""
        return True

    @abstractmethod
    def draw(self, scene: Scene, report: Report | None) -> Drawn | None:
        """The picture."""


MAPS = Memory(48, "maps")  # maps and their images, over all visitors


def place(point: StationaryPoint) -> str:
    """Where a point lies, in words: w = 2.836, or (3, 2)."""
    at = [num(round(x, 9) + 0.0) for x in point.w]
    return f"w = {at[0]}" if len(at) == 1 else f"({', '.join(at)})"


def settled_at(points: tuple[StationaryPoint, ...], run: Trajectory) -> StationaryPoint | None:
    """The stationary point that a single run converged to, if it is one of these."""
    if run.outcome().status is not Status.CONVERGED or not points:
        return None
    away = [float(np.abs(np.array(p.w) - run.w[-1]).max()) for p in points]
    nearest = int(np.argmin(away))
    return points[nearest] if away[nearest] <= NEAR * (1 + np.abs(run.w[-1]).max()) else None


def origin(scene: Scene) -> str:
    """The start in words: 3.5, or (3.3, 0.4)."""
    said = ", ".join(num(x) for x in scene.origin.tolist())
    return said if len(scene.origin) == 1 else f"({said})"


def called(plan: Schedule) -> str:
    """A schedule with its settings: exponential decay (β = 0.1)."""
    settings = [f"{SYMBOLS.get(name, name)} = {num(x)}" for name, x in asdict(plan).items()]  # type: ignore[call-overload]
    return plan.label + (f" ({', '.join(settings)})" if settings else "")


def points_in(objective: Function, view: View) -> tuple[StationaryPoint, ...]:
    """The stationary points in a view, lowest first."""
    return stationary_points(objective, tuple((float(low), float(high)) for low, high in view))


def reaching(low: float, high: float, at: float) -> tuple[float, float]:
    """The ends of an axis of powers of ten, widened to a whole power where `at` lies beyond them."""
    return math.floor(at) if at < low else low, math.ceil(at) if at > high else high


@lru_cache(maxsize=256)
def downhill(
    objective: Function, start: tuple[float, ...], points: tuple[StationaryPoint, ...]
) -> StationaryPoint | None:
    """The minimum that small steps from the start lead to, if they lead to one in the view."""
    limits = [p.limit for p in points if p.kind == "minimum" and 0 < p.limit < math.inf]
    if not limits:
        return None
    run = descend(objective, np.array(start), 0.2 * min(limits), steps=2000)
    found = settled_at(points, run)
    return found if found and found.kind == "minimum" else None


def limits_of(scene: Scene) -> list[float]:
    """The limits 2η_opt of the minima in view; the current η if there is none to speak of."""
    return [p.limit for p in scene.minima if 0 < p.limit < math.inf] or [scene.eta]


def limit_marks(scene: Scene, low: float, high: float, most: int, log: bool = False) -> Columns:
    """The table "limits": 2η_opt of minima in (low, high); limits that are close share their words.

    log: whether the picture's axis is log₁₀ η.
    """
    limits: dict[float, list[str]] = {}
    for point in sorted(scene.minima[:most], key=lambda point: point.limit):
        if low < point.limit < high:
            limits.setdefault(float(f"{point.limit:.6g}"), []).append(place(point))
    x = [math.log10(at) if log else at for at in limits]
    width = math.log10(high / low) if log else high - low
    shared: dict[int, list[str]] = {}
    first = 0
    for i, places in enumerate(limits.values()):
        first = i if i == 0 or x[i] - x[first] > CLOSE * width else first
        shared.setdefault(first, []).extend(places)
    words = {
        i: f"2η_opt of {' and '.join(places[:2])}{' and others' if len(places) > 2 else ''}"
        for i, places in shared.items()
    }
    return {"x": x, "label": [words.get(i, "") for i in range(len(x))]}
