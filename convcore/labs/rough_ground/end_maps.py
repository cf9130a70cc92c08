"""The maps of "Rough ground": where runs end, by start and step size or by start alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array
from convcore.cache import Job
from convcore.descent.descent import Status
from convcore.descent.schedules import Constant, Schedule
from convcore.knobs import Whole
from convcore.labkit.functions import View, around
from convcore.labkit.second_picture import SecondPicture
from convcore.labs.rough_ground.scene import Scene, limits, points_in, reaching
from convcore.objectives.gallery import Function
from convcore.optimizers import GradientDescent, Optimizer
from convcore.parallel import Report, throttled
from convcore.sweeps.end_maps import Ends, basins, escape_map, has_cheap_steps
from convcore.sweeps.stationary import StationaryPoint

Span = tuple[float, float]  # the ends of an axis

SLOW = 50  # cells along each side of a map by a method that searches or solves at each step
MOST = 9  # minima whose limits are measured
# Stationary points of each kind that are told apart, and how many of all kinds.
APART = {"minimum": 8, "saddle": 4, "maximum": 2}
APART_IN_ALL = 11
SHORT_PERIODS = (2, 4)  # told apart; all others are one


@dataclass(frozen=True)
class EndGroup:
    """Runs of a map that end alike: their status, their share of the map, and how they end.

    point: where runs that converged do, None for all other points together; rank: that point's place
    among those of its kind. period: of runs that cycle, 0 for all but `SHORT_PERIODS`.
    """

    status: Status
    share: float
    point: StationaryPoint | None = None
    rank: int = 0
    period: int = 0


@dataclass(frozen=True, eq=False)
class EndMap:
    """Where the run of each cell ends. xs, ys: ends of the axes. codes (rows, columns), lowest first:
    indices into `groups`."""

    xs: Span
    ys: Span
    codes: NDArray[np.uint8]
    groups: tuple[EndGroup, ...]


@dataclass(frozen=True)
class Held:
    """Up to which η of a map a minimum keeps runs: the largest, None if there is none, and the next row's,
    None where the map has no such row."""

    point: StationaryPoint
    largest: float | None
    following: float | None


@dataclass(frozen=True, eq=False)
class EscapeEnds:
    """An escape map, y log₁₀ η. growth: of η from row to row. held: for each minimum up to which η it
    keeps runs; None where the limits 2η_opt do not speak of them."""

    map: EndMap
    growth: float
    held: tuple[Held, ...] | None


@dataclass(frozen=True)
class EscapeJob(Job[EscapeEnds]):
    """Runs from starts (columns) with step sizes (rows). across: the start's other coordinates."""

    objective: Function
    view: View
    xs: Span
    ys: Span
    across: tuple[float, ...]
    optimizer: Optimizer
    schedule: Schedule
    steps: int
    cells: int

    def compute(self, report: Report | None = None) -> EscapeEnds:
        side = _side(self.optimizer, self.cells)
        x = _centres(self.xs, side)
        start = np.column_stack([x, np.tile(self.across, (side, 1))])
        etas = 10 ** _centres(self.ys, side)
        ends = escape_map(
            self.objective, start, etas, self.optimizer, self.schedule, self.steps,
            points_in(self.objective, self.view), report=throttled(report),
        )  # fmt: skip
        fixed = isinstance(self.schedule, Constant) and type(self.optimizer) is GradientDescent
        return EscapeEnds(
            EndMap(self.xs, self.ys, *grouped(ends)),
            float(etas[1] / etas[0] - 1),
            _held(ends, etas) if fixed else None,
        )


@dataclass(frozen=True)
class BasinsJob(Job[EndMap]):
    """Runs with one step size from a plane of starts."""

    objective: Function
    view: View
    xs: Span
    ys: Span
    eta: float
    optimizer: Optimizer
    schedule: Schedule
    steps: int
    cells: int

    def compute(self, report: Report | None = None) -> EndMap:
        side = _side(self.optimizer, self.cells)
        ends = basins(
            self.objective, _centres(self.xs, side), _centres(self.ys, side), self.eta,
            self.optimizer, self.schedule, self.steps, points_in(self.objective, self.view),
            report=throttled(report),
        )  # fmt: skip
        return EndMap(self.xs, self.ys, *grouped(ends))


@dataclass(frozen=True)
class EscapeMap(SecondPicture[Scene]):
    """start × η, coloured by where the run ends."""

    steps: Annotated[int, Whole("steps of the map", "of each of its runs", 50, 800)] = 400
    cells: Annotated[
        int, Whole("cells", "along each side of the map; a run for each cell", 20, 200, 20)
    ] = 200
    label = "escape map"

    def job(self, scene: Scene) -> EscapeJob:
        xs, across = around(scene.view, scene.origin)[0], scene.start[1:]
        return EscapeJob(
            scene.objective, scene.view, xs, _span(scene), across, scene.optimizer,
            scene.schedule, self.steps, self.cells,
        )  # fmt: skip


@dataclass(frozen=True)
class Basins(SecondPicture[Scene]):
    """A plane of starts, coloured by where the run ends."""

    cells: Annotated[
        int, Whole("cells", "along each side of the map; a run for each cell", 20, 200, 20)
    ] = 200
    label = "basins (two weights)"

    def refused(self, scene: Scene) -> str:
        return "" if scene.objective.n == 2 else "Basins need a function of two weights."

    def job(self, scene: Scene) -> BasinsJob:
        xs, ys = around(scene.view, scene.origin)
        return BasinsJob(
            scene.objective, scene.view, xs, ys, scene.eta, scene.optimizer, scene.schedule,
            scene.steps, self.cells,
        )  # fmt: skip


def grouped(ends: Ends) -> tuple[NDArray[np.uint8], tuple[EndGroup, ...]]:
    """The runs of a map by how they end: for each (rows, columns) its group's index, and the groups."""
    groups: list[EndGroup] = []
    codes = np.zeros(ends.status.shape, dtype=np.uint8)

    def put(
        where: NDArray[np.bool_],
        status: Status,
        point: StationaryPoint | None = None,
        rank: int = 0,
        period: int = 0,
    ) -> None:
        if where.any():
            codes[where] = len(groups)
            groups.append(EndGroup(status, float(where.mean()), point, rank, period))

    rest = ends.is_(Status.CONVERGED)
    for i, rank in _told_apart(ends):
        here = ends.point == i
        put(here, Status.CONVERGED, ends.points[i], rank)
        rest = rest & ~here
    put(rest, Status.CONVERGED)
    period = np.where(ends.is_(Status.CYCLING), ends.period, 0)
    for p in SHORT_PERIODS:
        put(period == p, Status.CYCLING, period=p)
    put((period > 0) & ~np.isin(period, SHORT_PERIODS), Status.CYCLING)
    for status in (
        Status.BOUNDED, Status.FROZEN, Status.STUCK, Status.DRIFTING, Status.OUT_OF_STEPS,
        Status.KINK, Status.DIVERGED, Status.LEFT,
    ):  # fmt: skip
        put(ends.is_(status), status)
    return codes, tuple(groups)


def _told_apart(ends: Ends) -> list[tuple[int, int]]:
    """The points that have a group of their own: (index, place among those of its kind)."""
    found, used = [], dict.fromkeys(APART, 0)
    # Where there are more than can be told apart, those where most runs end are.
    visits = np.bincount(ends.point[ends.point >= 0], minlength=len(ends.points))
    many = len(ends.points) > APART_IN_ALL
    order = np.argsort(-visits, kind="stable").tolist() if many else range(len(ends.points))
    for i in order:
        kind = ends.points[i].kind
        rank = used.get(kind, 0)
        used[kind] = rank + 1
        if rank < APART.get(kind, 0) and sum(used.values()) <= APART_IN_ALL:
            found.append((i, rank))
    return found


def _held(ends: Ends, etas: Array) -> tuple[Held, ...]:
    """Up to which η (rows,) each of the first minima keeps runs."""
    found = []
    for i, point in enumerate(ends.points[:MOST]):
        if point.kind != "minimum":
            continue
        # Single cells land on a minimum by accident, beyond its limit too.
        rows = np.flatnonzero((ends.point == i).mean(axis=1) > 0.01)
        largest, following = (
            [*etas[rows[-1] : rows[-1] + 2].tolist(), None][:2] if rows.size else (None, None)
        )
        found.append(Held(point, largest, following))
    return tuple(found)


def _span(scene: Scene) -> Span:
    """log₁₀ of the smallest and the largest η of a map: around the limits of the minima."""
    if scene.optimizer.relative:
        low, high = -1.3, 0.4
    else:
        found = limits(scene.points, scene.eta)
        low, high = math.log10(min(found)) - 1.2, math.log10(max(found)) + 0.35
    return reaching(low, high, math.log10(scene.eta))


def _centres(ends: Span, cells: int) -> Array:
    low, high = ends
    return low + (np.arange(cells) + 0.5) / cells * (high - low)


def _side(optimizer: Optimizer, cells: int) -> int:
    """Cells along each side: methods that cost much a step get fewer."""
    if has_cheap_steps(optimizer):
        return cells
    if optimizer.search.brackets:
        return min(cells, SLOW // 2)
    # With a limit of η most runs are through after a few steps (`maps.ends`).
    return min(cells, 2 * SLOW if optimizer.limit(1.0) < math.inf else SLOW)
