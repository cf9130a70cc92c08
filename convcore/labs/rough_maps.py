"""The second picture of "Rough ground": what to draw, and the tables that draw it."""

from __future__ import annotations

import math
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from convcore.bifurcation import Orbits, bifurcation, lyapunov
from convcore.charts.picture import Columns, Picture, row
from convcore.charts.rough_maps import (
    BASINS,
    BIFURCATION,
    ESCAPE,
    MAXIMA,
    MINIMA,
    NOISE,
    OTHER,
    SADDLES,
    density,
    image,
)
from convcore.descent import Status, Trajectory
from convcore.gallery import Function
from convcore.knobs import Range, Whole
from convcore.labs.bowl import short
from convcore.labs.functions import View, around
from convcore.labs.lab import Facts, Report
from convcore.labs.words import num, percent
from convcore.maps import QUICK, Ends, basins, escape_map
from convcore.noise import floor, noisy_runs
from convcore.optimizers import BFGS, ExactDescent, Newton, Optimizer
from convcore.schedules import Constant, Schedule
from convcore.stationary import StationaryPoint

Array = NDArray[np.float64]
Made = TypeVar("Made")

SLOW = 50  # cells along each side of a map by a method that searches or solves at each step
SWEEP = (480, 240)  # step sizes and levels of the bifurcation diagram
KEPT = 48  # maps and their images that are remembered, over all visitors
MOST = 9  # stationary points with a colour of their own


@dataclass(frozen=True, eq=False)
class Scene:
    """What the second picture is about: the lab's function, its runs and its stationary points.

    runs: by name, "run" the one of the lab itself; plans: their schedules.
    """

    objective: Function
    view: View
    origin: Array
    eta: float
    optimizer: Optimizer
    plans: dict[str, Schedule]
    runs: dict[str, Trajectory]
    points: tuple[StationaryPoint, ...]
    legend: Columns

    @property
    def schedule(self) -> Schedule:
        return self.plans["run"]


class Drawn(NamedTuple):
    """A second picture with a table of what theory says of it beside what was measured."""

    picture: Picture
    facts: Facts | None


class Second(ABC):
    """A choice of the second picture."""

    label: str

    def key(self, scene: Scene) -> Hashable | None:
        """What its heavy part depends on; None if nothing of it is heavy."""
        return None

    def fits(self, n: int) -> bool:
        """Whether there is such a picture for n weights."""
        return True

    @abstractmethod
    def draw(self, scene: Scene, report: Report | None) -> Drawn | None:
        """The picture."""


@dataclass(frozen=True)
class EscapeMap(Second):
    """start × η, coloured by where the run ends."""

    steps: Annotated[int, Whole("steps of the map", "of each of its runs", 50, 800)] = 400
    cells: Annotated[
        int, Whole("cells", "along each side of the map; a run for each cell", 20, 200, 20)
    ] = 200
    label = "escape map"

    def key(self, scene: Scene) -> Hashable:
        xs, ys = _line(scene), span(scene)
        across = tuple(scene.origin[1:].tolist())
        return (
            "escape",
            scene.objective,
            xs,
            ys,
            across,
            scene.optimizer,
            scene.schedule,
            self.steps,
            self.cells,
        )

    def draw(self, scene: Scene, report: Report | None) -> Drawn:
        (xlo, xhi), (ylo, yhi) = _line(scene), span(scene)
        side = _side(scene, self.cells)
        start = np.tile(scene.origin, (side, 1))
        start[:, 0] = _centres(xlo, xhi, side)
        etas = 10 ** _centres(ylo, yhi, side)
        made = MAPS.held(
            self.key(scene),
            lambda: escape_map(
                scene.objective, start, etas, scene.optimizer, scene.schedule, self.steps,
                scene.points, report=report,
            ),
        )  # fmt: skip
        here = {"x": float(scene.origin[0]), "y": math.log10(scene.eta)}
        shown, about = MAPS.held(("shown", self.key(scene)), lambda: _map_tables(made))
        tables = shown | {"t": row(xlo=xlo, xhi=xhi, ylo=ylo, yhi=yhi, **here)}
        return Drawn(Picture("escape", ESCAPE, tables, about), self._limits(scene, made, etas))

    def _limits(self, scene: Scene, made: Ends, etas: Array) -> Facts | None:
        """Up to which η each minimum keeps runs, by theory and in the map."""
        if not (
            isinstance(scene.schedule, Constant) and scene.optimizer.label == "gradient descent"
        ):
            return None
        rows = []
        for i, point in enumerate(made.points[:MOST]):
            if point.kind != "minimum":
                continue
            # Single cells land on a minimum by accident, beyond its limit too.
            rows_held = np.flatnonzero((made.point == i).mean(axis=1) > 0.01)
            seen = num(float(etas[rows_held[-1]])) if rows_held.size else "none"
            rows.append((place(point), num(point.limit), seen))
        return Facts(
            ("minimum", "2η_opt = 2/λ_max", "largest η of the map that ends there"), tuple(rows)
        )


@dataclass(frozen=True)
class Basins(Second):
    """A plane of starts, coloured by where the run ends."""

    cells: Annotated[
        int, Whole("cells", "along each side of the map; a run for each cell", 20, 200, 20)
    ] = 200
    label = "basins (two weights)"

    def fits(self, n: int) -> bool:
        return n == 2

    def key(self, scene: Scene) -> Hashable:
        view = around(scene.view, scene.origin)
        steps = len(scene.runs["run"].eta)
        return (
            "basins",
            scene.objective,
            view,
            scene.eta,
            scene.optimizer,
            scene.schedule,
            steps,
            self.cells,
        )

    def draw(self, scene: Scene, report: Report | None) -> Drawn:
        (xlo, xhi), (ylo, yhi) = around(scene.view, scene.origin)
        side = _side(scene, self.cells)
        xs, ys = _centres(xlo, xhi, side), _centres(ylo, yhi, side)
        made = MAPS.held(
            self.key(scene),
            lambda: basins(
                scene.objective, xs, ys, scene.eta, scene.optimizer, scene.schedule,
                len(scene.runs["run"].eta), scene.points, report=report,
            ),
        )  # fmt: skip
        x, y = scene.origin.tolist()
        shown, about = MAPS.held(("shown", self.key(scene)), lambda: _map_tables(made))
        tables = shown | {"t": row(xlo=xlo, xhi=xhi, ylo=ylo, yhi=yhi, x=x, y=y)}
        return Drawn(Picture("basins", BASINS, tables, about), None)


@dataclass(frozen=True)
class Bifurcation(Second):
    """η → the points that the orbit keeps visiting."""

    transient: Annotated[
        int, Whole("transient", "steps before the points are drawn", 100, 2000)
    ] = 600
    label = "bifurcation diagram"

    def key(self, scene: Scene) -> Hashable:
        start = tuple(scene.origin.tolist())
        reach = _reach(scene)
        return ("orbits", scene.objective, start, reach, scene.optimizer, self.transient)

    def draw(self, scene: Scene, report: Report | None) -> Drawn:
        low, high = _reach(scene)
        width, height = SWEEP
        etas = low + (np.arange(width) + 0.5) / width * (high - low)
        made = MAPS.held(
            self.key(scene),
            lambda: bifurcation(
                scene.objective, scene.origin, etas, scene.optimizer, self.transient, report=report
            ),
        )
        w = made.w[:, made.stays, 0]
        ylo, yhi = (float(w.min()), float(w.max())) if w.size else (-1.0, 1.0)
        pad = 0.06 * (yhi - ylo) or 1.0
        ylo, yhi = ylo - pad, yhi + pad
        columns = np.broadcast_to(np.flatnonzero(made.stays), w.shape)
        rows = np.minimum(((w - ylo) / (yhi - ylo) * height).astype(int), height - 1)
        hits = np.zeros((height, width), dtype=np.int64)
        np.add.at(hits, (rows, columns), 1)
        limits: dict[float, list[str]] = {}
        for point in scene.points[:MOST]:
            if point.kind == "minimum" and low < point.limit < high:
                # Minima that let go at the same η share a line and its words.
                limits.setdefault(float(f"{point.limit:.6g}"), []).append(place(point))
        tables: dict[str, Columns] = {
            "t": row(x=scene.eta, y=ylo, xlo=low, xhi=high, ylo=ylo, yhi=yhi),
            "map": {"url": [density(hits)]},
            "limits": {
                "x": list(limits),
                "label": [f"2η_opt of {' and '.join(places)}" for places in limits.values()],
            },
        }
        facts = Facts(("what the orbit does", "first at η"), tuple(_changes(scene, made)))
        about = "; ".join(f"{what} from η = {eta}" for what, eta in facts.rows)
        return Drawn(Picture("orbits", BIFURCATION, tables, about + "."), facts)


@dataclass(frozen=True)
class Noise(Second):
    """Many runs with noisy gradients, for each schedule."""

    sigma: Annotated[
        float, Range("noise σ", "standard deviation of each gradient component", 0.0, 5.0, 0.05,
                     limits=(0.0, 1e6))
    ] = 0.5  # fmt: skip
    runs: Annotated[int, Whole("noisy runs", "for each schedule", 10, 500)] = 200
    seed: Annotated[int, Whole("seed", "the same seed gives the same noise", 0, 9999)] = 0
    label = "noisy gradients"

    def draw(self, scene: Scene, report: Report | None) -> Drawn:
        steps = min(len(scene.runs["run"].eta), 500)
        loss: dict[str, Any] = {}
        gone: dict[str, Any] = {}
        for name, plan in scene.plans.items():
            run = noisy_runs(
                scene.objective,
                scene.origin,
                scene.eta,
                self.sigma,
                plan,
                self.runs,
                steps,
                self.seed,
            )
            if report:
                report((len(loss) + 1) / len(scene.plans))
            lost = run.gone
            gone[name] = int(lost.sum())
            # A mean with runs in it that grow without bound says nothing of the others.
            loss[name] = run.loss if lost.all() else run.loss[:, ~lost]
        home = settled_at(scene.points, scene.runs["run"])
        bottom = min(float(x.min()) for x in loss.values())
        base = home.value if home and home.value <= bottom + 1e-9 else bottom
        k = np.unique(np.linspace(0, steps, 161).round().astype(int))
        parts, facts = [], []
        tiny = 1e-12 * max(1.0, abs(float(next(iter(loss.values()))[0, 0]) - base))
        for name, x in loss.items():
            above = np.maximum(x - base, tiny)
            low, high = np.quantile(above[k], [0.1, 0.9], axis=1)
            mean = above.mean(axis=1)
            parts.append((np.full(len(k), name), k, *(np.log10(y) for y in (mean[k], low, high))))
            late = float(mean[-max(1, steps // 3) :].mean())
            theory = self._floor(scene, home, name, base)
            facts.append(
                (
                    scene.plans[name].label,
                    num(late),
                    num(theory) if theory is not None else "–",
                    f"{gone[name]} of {self.runs}",
                )
            )
        names, step, mean, low, high = (np.concatenate(x) for x in zip(*parts, strict=True))
        floors = {self._floor(scene, home, name, base) for name in loss} - {None, math.inf, 0.0}
        top = float(np.clip(max(mean.max(), high.max()), -300, 300))
        tables = {
            "t": row(
                khi=steps, ylo=math.floor(max(float(low.min()), top - 8)), yhi=top + 0.2,
                noted="dotted: the floor that theory gives a fixed η" if floors else "",
            ),
            "legend": scene.legend,
            "noise": {
                "run": names, "k": step.astype(np.int16), "mean": short(mean),
                "low": short(low), "high": short(high),
            },
            "floors": {"floor": [math.log10(x) for x in floors if x]},
        }  # fmt: skip
        table = Facts(
            (
                "schedule",
                "E above the minimum, mean of the last third",
                "floor ½Σησ²/(2 − ηλ)",
                "diverged or left the domain",
            ),
            tuple(facts),
        )
        about = "; ".join(
            f"{plan}: {late} above the minimum at the end" for plan, late, *_ in facts
        )
        return Drawn(Picture("noise", NOISE, tables, about + "."), table)

    def _floor(
        self, scene: Scene, home: StationaryPoint | None, name: str, base: float
    ) -> float | None:
        """½Σλ_i·ησ²/(λ_i(2 − ηλ_i)) at a minimum, for a fixed η; None where it says nothing."""
        fixed = isinstance(scene.plans[name], Constant)
        if home is None or not fixed or home.value != base or min(home.curvatures) <= 0:
            return None
        return sum(0.5 * a * floor(a, scene.eta, self.sigma) for a in home.curvatures)


@dataclass(frozen=True)
class Nothing(Second):
    """No second picture."""

    label = "none"

    def draw(self, scene: Scene, report: Report | None) -> None:
        return None


SECONDS: tuple[tuple[str, type[Second]], ...] = (
    ("escape", EscapeMap),
    ("basins", Basins),
    ("bifurcation", Bifurcation),
    ("noise", Noise),
    ("none", Nothing),
)


class Maps:
    """The last heavy results, over all visitors: moving the current cell computes nothing."""

    def __init__(self) -> None:
        self._lock, self._kept = threading.Lock(), OrderedDict[Hashable, Any]()

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._kept

    def held(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What stands under the key, made if it does not; a stopped `make` leaves nothing."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                kept: Made = self._kept[key]
                return kept
        value = make()
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return value


MAPS = Maps()


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
    return points[nearest] if away[nearest] <= 0.02 * (1 + np.abs(run.w[-1]).max()) else None


def span(scene: Scene) -> tuple[float, float]:
    """log₁₀ of the smallest and the largest η of a map: around the limits of the minima."""
    if scene.optimizer.relative:
        low, high = -1.3, 0.4
    else:
        limits = [p.limit for p in scene.points if p.kind == "minimum" and 0 < p.limit < math.inf]
        limits = limits or [scene.eta]
        low, high = math.log10(min(limits)) - 1.2, math.log10(max(limits)) + 0.35
    at = math.log10(scene.eta)
    return min(low, math.floor(at)) if at < low else low, max(
        high, math.ceil(at)
    ) if at > high else high


def _reach(scene: Scene) -> tuple[float, float]:
    """The smallest and the largest η of the bifurcation diagram."""
    if scene.optimizer.relative:
        return 0.05, 2.6
    limits = [p.limit for p in scene.points if p.kind == "minimum" and 0 < p.limit < math.inf]
    limits = limits or [scene.eta]
    # Within a factor of ten: a needle among wide valleys would take all of the diagram's room.
    high = 2.2 * max(limits)
    return max(0.3 * min(limits), 0.01 * high), high


def _line(scene: Scene) -> tuple[float, float]:
    return around(scene.view, scene.origin)[0]


def _centres(low: float, high: float, cells: int) -> Array:
    return low + (np.arange(cells) + 0.5) / cells * (high - low)


def _side(scene: Scene, cells: int) -> int:
    """Cells along each side: methods that cost much a step get fewer."""
    if isinstance(scene.optimizer, QUICK):
        return cells
    if isinstance(scene.optimizer, ExactDescent | BFGS):
        return min(cells, SLOW // 2)
    return min(cells, 2 * SLOW if type(scene.optimizer) is Newton else SLOW)


def _changes(scene: Scene, orbits: Orbits) -> list[tuple[str, str]]:
    """What the orbit does, and the first η of the sweep at which it does so."""
    chaos = (orbits.period == 0) & orbits.stays
    if scene.optimizer.label == "gradient descent":
        # Near a doubling orbits settle slowly; there is no period only where neighbours part.
        chaos &= lyapunov(scene.objective, orbits) > 0.01
    else:
        chaos &= orbits.status == Status.BOUNDED
    seen = [
        ("rests at a point", orbits.period == 1),
        *((f"period {p}", orbits.period == p) for p in (2, 4, 8, 3)),
        ("chaos: bounded, and neighbours part", chaos),
        ("is gone", ~orbits.stays),
    ]
    return [(what, num(float(orbits.eta[hit.argmax()]))) for what, hit in seen if hit.any()]


def _map_tables(made: Ends) -> tuple[dict[str, Columns], str]:
    """The image of a map with its key, each colour with its share."""
    names: list[str] = []
    colours: list[str] = []
    codes = np.zeros(made.status.shape, dtype=np.int64)

    def put(name: str, colour: str, where: NDArray[np.bool_]) -> None:
        if where.any():
            codes[where] = len(names)
            names.append(f"{name}: {percent(float(where.mean()))}")
            colours.append(colour)

    palettes = {"minimum": MINIMA, "saddle": SADDLES, "maximum": MAXIMA}
    used = dict.fromkeys(palettes, 0)
    rest = made.is_(Status.CONVERGED)
    for i, point in enumerate(made.points):
        palette = palettes.get(point.kind, ())
        hue = used.get(point.kind, 0)
        used[point.kind] = hue + 1
        if hue >= len(palette) or sum(used.values()) > MOST + 2:
            continue
        here = made.point == i
        limit = f", 2η_opt = {num(point.limit)}" if point.kind == "minimum" else ""
        put(f"{point.kind} {place(point)}{limit}", palette[hue], here)
        rest = rest & ~here
    put("other stationary points", "#c9a0dc", rest)
    period = np.where(made.is_(Status.CYCLING), made.period, 0)
    put("cycles, period 2", OTHER["period 2"], period == 2)
    put("cycles, period 4", OTHER["period 4"], period == 4)
    put(
        "cycles, longer or odd period",
        OTHER["another period"],
        (period > 0) & ~np.isin(period, (2, 4)),
    )
    put("bounded, no period", OTHER["bounded, no period"], made.is_(Status.BOUNDED))
    put("frozen on the way", OTHER["frozen"], made.is_(Status.FROZEN))
    put("stuck: slope, no curvature", OTHER["stuck"], made.is_(Status.STUCK))
    put("drifts", OTHER["drifts"], made.is_(Status.DRIFTING))
    put("still under way", OTHER["still under way"], made.is_(Status.OUT_OF_STEPS))
    put("settles at a kink", OTHER["kink"], made.is_(Status.KINK))
    put("diverges", OTHER["gone"], made.is_(Status.DIVERGED))
    put("outside the domain of E, or leaves it", OTHER["left"], made.is_(Status.LEFT))
    line = np.arange(len(names))
    key = {"name": names, "colour": colours, "line": line, "at": np.full(len(names), 0.03)}
    tables: dict[str, Columns] = {"map": {"url": [image(codes, colours)]}, "key": key}
    return tables, "Of the runs: " + "; ".join(names) + "."
