"""The bifurcation diagram of "Rough ground": what a fixed step size keeps visiting."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from convcore.cache import Job
from convcore.descent.descent import Status
from convcore.knobs import Whole
from convcore.labkit.second_picture import SecondPicture
from convcore.labs.rough_ground.scene import Scene, limits
from convcore.objectives.gallery import Function
from convcore.optimizers import Optimizer, Search
from convcore.parallel import Report, throttled
from convcore.sweeps.bifurcation import Orbits, bifurcation, lyapunov

SWEEP = (480, 240)  # step sizes and levels of the diagram
SLOW = (96, 100)  # step sizes and transient of a method that takes milliseconds for a step


class Orbit(Enum):
    """What the orbit of a fixed step size does; the number is its period."""

    RESTS = 1
    PERIOD_2 = 2
    PERIOD_4 = 4
    PERIOD_8 = 8
    PERIOD_3 = 3
    NO_PERIOD = 0
    GONE = -1


@dataclass(frozen=True)
class Onset:
    """What an orbit does, and the lowest η of the diagram at which it does.

    first: whether that is the first η of the diagram.
    """

    orbit: Orbit
    eta: float
    first: bool


@dataclass(frozen=True, eq=False)
class Diagram:
    """How often the orbits visit each cell: hits (levels, step sizes), lowest first.

    xs: the smallest and the largest η; ys: the ends of the levels of the first weight. transient, kept:
    steps that were thrown away, and points after them. late: runs that had not settled by then.
    """

    hits: NDArray[np.uint8]
    xs: tuple[float, float]
    ys: tuple[float, float]
    transient: int
    kept: int
    onsets: tuple[Onset, ...]
    late: int


@dataclass(frozen=True)
class DiagramJob(Job[Diagram]):
    """Orbits from one start with step sizes in a span."""

    objective: Function
    start: tuple[float, ...]
    span: tuple[float, float]
    optimizer: Optimizer
    transient: int

    def compute(self, report: Report | None = None) -> Diagram:
        low, high = self.span
        slow = self.optimizer.search is Search.MINIMUM
        width, transient = SLOW if slow else (SWEEP[0], self.transient)
        etas = low + (np.arange(width) + 0.5) / width * (high - low)
        orbits = bifurcation(
            self.objective, np.array(self.start), etas, self.optimizer, transient,
            report=throttled(report),
        )  # fmt: skip
        hits, ys = _visited(orbits, SWEEP[1])
        late = int((orbits.stays & (orbits.status == Status.OUT_OF_STEPS)).sum())
        onsets = _onsets(self.objective, orbits, self.optimizer.plain)
        return Diagram(hits, self.span, ys, transient, len(orbits.w), onsets, late)


@dataclass(frozen=True)
class Bifurcation(SecondPicture[Scene]):
    """η → the points that the orbit keeps visiting."""

    transient: Annotated[
        int, Whole("transient", "steps before the points are drawn", 100, 2000)
    ] = 600
    label = "bifurcation diagram"

    def job(self, scene: Scene) -> DiagramJob:
        return DiagramJob(
            scene.objective, scene.start, _span(scene), scene.optimizer, self.transient
        )


def _span(scene: Scene) -> tuple[float, float]:
    """The smallest and the largest η of the diagram."""
    if scene.optimizer.relative:
        return 0.05, 2.6
    found = limits(scene.points, scene.eta)
    # At least a hundredth of the top: a needle among wide valleys would fill the diagram.
    high = 2.2 * max(found)
    return max(0.3 * min(found), 0.01 * high), high


def _visited(orbits: Orbits, height: int) -> tuple[NDArray[np.uint8], tuple[float, float]]:
    """How often the first weight of each orbit is at each level, and the ends of the levels."""
    w = orbits.w[:, orbits.stays, 0]
    low, high = (float(w.min()), float(w.max())) if w.size else (-1.0, 1.0)
    pad = 0.06 * (high - low) or 1.0
    low, high = low - pad, high + pad
    columns = np.broadcast_to(np.flatnonzero(orbits.stays), w.shape)
    rows = np.minimum(((w - low) / (high - low) * height).astype(int), height - 1)
    hits = np.zeros((height, len(orbits.eta)), dtype=np.uint8)
    np.add.at(hits, (rows, columns), 1)
    return hits, (low, high)


def _onsets(objective: Function, orbits: Orbits, plain: bool) -> tuple[Onset, ...]:
    """What orbits do and from which η on, by rising η; plain: for plain descent."""
    aperiodic = (orbits.period == 0) & orbits.stays
    if plain:
        # Near a doubling orbits settle slowly; only where neighbours diverge is there no period.
        aperiodic &= lyapunov(objective, orbits) > 0.01
    else:
        aperiodic &= orbits.status == Status.BOUNDED
    seen = {orbit: orbits.period == orbit.value for orbit in Orbit} | {
        Orbit.NO_PERIOD: aperiodic,
        Orbit.GONE: ~orbits.stays,
    }
    found = [(int(hit.argmax()), orbit) for orbit, hit in seen.items() if hit.any()]
    return tuple(
        Onset(orbit, float(orbits.eta[at]), at == 0)
        for at, orbit in sorted(found, key=lambda onset: onset[0])
    )
