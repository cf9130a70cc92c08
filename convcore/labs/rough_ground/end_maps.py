"""The maps of "Rough ground": where runs end, by start and step size or by start alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array, Bools
from convcore.cache import Job
from convcore.descent.descent import Status
from convcore.descent.schedules import Constant, Schedule
from convcore.descent.theory import PointKind
from convcore.knobs import Whole
from convcore.labkit.functions import View, around
from convcore.labkit.second_picture import SecondPicture
from convcore.labs.rough_ground.scene import Scene, limits, points_in, widened
from convcore.objectives.gallery import Function
from convcore.optimizers import Optimizer
from convcore.parallel import Report, throttled
from convcore.sweeps.end_maps import Ends, basins, escape_map, has_cheap_steps
from convcore.sweeps.stationary import StationaryPoint

Span = tuple[float, float]  # the ends of an axis

SLOW = 50  # cells along each side of a map for methods that search or solve at each step
MOST = 9  # minima whose limits are measured
# How many stationary points of each kind have a colour of their own, and how many of all kinds.
LISTED = {PointKind.MINIMUM: 8, PointKind.SADDLE: 4, PointKind.MAXIMUM: 2}
LISTED_IN_ALL = 11
SHORT_PERIODS = (2, 4)  # cycles of other periods share a colour


@dataclass(frozen=True)
class EndGroup:
    """Runs of a map that end the same way: their status and their share of the map.

    point: where they converged, None for all unlisted points together; rank: its place among points of
    its kind. period: of runs that cycle, 0 for all but `SHORT_PERIODS`.
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
    """The largest η of a map at which runs end at a minimum, None if there is none, and the next larger
    one, None where the map ends."""

    point: StationaryPoint
    largest: float | None
    following: float | None


@dataclass(frozen=True, eq=False)
class EscapeEnds:
    """An escape map, y log₁₀ η. growth: of η from row to row. held: for each minimum the largest η at
    which runs end there; None where 2ηₒₚₜ is not their limit."""

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
        fixed = isinstance(self.schedule, Constant) and self.optimizer.plain
        return EscapeEnds(
            EndMap(self.xs, self.ys, *group_ends(ends)),
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
        return EndMap(self.xs, self.ys, *group_ends(ends))


@dataclass(frozen=True)
class EscapeMap(SecondPicture[Scene]):
    """start × η, coloured by where the run ends."""

    steps: Annotated[int, Whole("steps of the map", "of each of its runs", 50, 800)] = 400
    cells: Annotated[
        int, Whole("map resolution", "along each side of the map; a run for each cell", 20, 200, 20)
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
        int, Whole("map resolution", "along each side of the map; a run for each cell", 20, 200, 20)
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


def group_ends(ends: Ends) -> tuple[NDArray[np.uint8], tuple[EndGroup, ...]]:
    """The runs of a map by how they end: the index (rows, columns) of each run's group, and the groups."""
    groups: list[EndGroup] = []
    codes = np.zeros(ends.status.shape, dtype=np.uint8)

    def add(
        where: Bools,
        status: Status,
        point: StationaryPoint | None = None,
        rank: int = 0,
        period: int = 0,
    ) -> None:
        if where.any():
            codes[where] = len(groups)
            groups.append(EndGroup(status, float(where.mean()), point, rank, period))

    rest = ends.is_(Status.CONVERGED)
    for i, rank in _listed_points(ends):
        here = ends.point == i
        add(here, Status.CONVERGED, ends.points[i], rank)
        rest = rest & ~here
    add(rest, Status.CONVERGED)
    period = np.where(ends.is_(Status.CYCLING), ends.period, 0)
    for p in SHORT_PERIODS:
        add(period == p, Status.CYCLING, period=p)
    add((period > 0) & ~np.isin(period, SHORT_PERIODS), Status.CYCLING)
    for status in (
        Status.BOUNDED, Status.FROZEN, Status.STUCK, Status.DRIFTING, Status.OUT_OF_STEPS,
        Status.KINK, Status.NEAR, Status.UNDERFLOW, Status.DIVERGED, Status.LEFT,
    ):  # fmt: skip
        add(ends.is_(status), status)
    return codes, tuple(groups)


def _listed_points(ends: Ends) -> list[tuple[int, int]]:
    """The points that have a colour of their own: (index, place among those of its kind)."""
    found, used = [], dict.fromkeys(LISTED, 0)
    # Where there are too many for the colours, those where most runs end are listed.
    visits = np.bincount(ends.point[ends.point >= 0], minlength=len(ends.points))
    many = len(ends.points) > LISTED_IN_ALL
    order = np.argsort(-visits, kind="stable").tolist() if many else range(len(ends.points))
    for i in order:
        kind = ends.points[i].kind.plain
        rank = used.get(kind, 0)
        used[kind] = rank + 1
        if rank < LISTED.get(kind, 0) and sum(used.values()) <= LISTED_IN_ALL:
            found.append((i, rank))
    return found


def _held(ends: Ends, etas: Array) -> tuple[Held, ...]:
    """The largest η (rows,) at which runs end at each of the first minima."""
    found = []
    for i, point in enumerate(ends.points[:MOST]):
        if not point.kind.is_minimum:
            continue
        # Single cells can land on a minimum by accident, even beyond its limit.
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
    return widened(low, high, math.log10(scene.eta))


def _centres(ends: Span, cells: int) -> Array:
    low, high = ends
    return low + (np.arange(cells) + 0.5) / cells * (high - low)


def _side(optimizer: Optimizer, cells: int) -> int:
    """Cells along each side: fewer for methods with expensive steps."""
    if has_cheap_steps(optimizer):
        return cells
    if optimizer.search.brackets:
        return min(cells, SLOW // 2)
    # For methods that limit η most runs end after a few steps (`sweeps.end_maps`).
    return min(cells, 2 * SLOW if optimizer.limit(1.0) < math.inf else SLOW)
