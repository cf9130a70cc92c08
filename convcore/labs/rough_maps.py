"""The maps of "Rough ground": where runs end, by start and step size or by start alone."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from convcore.charts.picture import Columns, Picture, row
from convcore.charts.rough_maps import BASINS, ESCAPE, MAXIMA, MINIMA, OTHER, SADDLES, image
from convcore.descent import Status
from convcore.knobs import Whole
from convcore.labkit.functions import around
from convcore.labkit.tables import Facts
from convcore.labkit.words import num, percent, steps
from convcore.labs.rough_scene import MAPS, Drawn, Scene, Second, limits_of, place, reaching
from convcore.maps import Ends, basins, escape_map, quick
from convcore.schedules import Constant
from convcore.stationary import StationaryPoint
from convcore.workers import Report, paced

Array = NDArray[np.float64]

SLOW = 50  # cells along each side of a map by a method that searches or solves at each step
FEWER = " (fewer than asked for, as a step of this method takes long)"
MOST = 9  # stationary points with a colour of their own


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

        def made() -> tuple[dict[str, Columns], str, Facts | None]:
            found = escape_map(
                scene.objective, start, etas, scene.optimizer, scene.schedule, self.steps,
                scene.points, report=paced(report),
            )  # fmt: skip
            return *_map_tables(found), self._limits(scene, found, etas)

        shown, about, facts = MAPS.held(self.key(scene), made)
        here = {"x": float(scene.origin[0]), "y": math.log10(scene.eta)}
        tables = shown | {"t": row(xlo=xlo, xhi=xhi, ylo=ylo, yhi=yhi, **here)}
        counted = (
            f"Each cell is a run of {steps(self.steps)}, {side} starts by {side} step sizes"
            f"{FEWER if side < self.cells else ''}; "
            f"from one row of cells to the next η grows by {percent(etas[1] / etas[0] - 1)}. "
            f"Of these {side * side:,} runs: "
        )
        return Drawn(Picture("escape", ESCAPE, tables, counted + about), facts)

    def _limits(self, scene: Scene, made: Ends, etas: Array) -> Facts | None:
        """Up to which η each minimum keeps runs, by theory and in the map."""
        if not (isinstance(scene.schedule, Constant) and scene.plain):
            return None
        rows = []
        for i, point in enumerate(made.points[:MOST]):
            if point.kind != "minimum":
                continue
            # Single cells land on a minimum by accident, beyond its limit too.
            held = np.flatnonzero((made.point == i).mean(axis=1) > 0.01)
            last = int(held[-1]) if held.size else -1
            following = float(etas[last + 1]) if 0 <= last < len(etas) - 1 else math.nan
            seen = num(float(etas[last])) if held.size else "none"
            rows.append((place(point), num(point.limit), seen, self._beyond(point, following)))
        return Facts(
            (
                "minimum",
                "2η_opt = 2/λ_max",
                "largest η of the map with which over 1 % of the starts end there",
                "its next η",
            ),
            tuple(rows),
        )

    def _beyond(self, point: StationaryPoint, eta: float) -> str:
        """Why no runs of the map end at a minimum with the first η after those that do."""
        if math.isnan(eta):
            return "–"
        if eta >= point.limit:
            return f"{num(eta, 5)}, beyond 2η_opt"
        # Near the minimum the distance shrinks by this factor: 1 − ηλ_max, or 1 − ηλ_min.
        left = max(abs(1 - eta * v) for v in point.curvatures)
        return (
            f"{num(eta, 5)}, below 2η_opt: but a step leaves {num(100 * left, 5)} % of the distance, "
            f"and {self.steps} steps {percent(left**self.steps)}"
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
        steps = scene.steps
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

        def made() -> tuple[dict[str, Columns], str]:
            found = basins(
                scene.objective, xs, ys, scene.eta, scene.optimizer, scene.schedule,
                scene.steps, scene.points, report=paced(report),
            )  # fmt: skip
            return _map_tables(found)

        shown, about = MAPS.held(self.key(scene), made)
        x, y = scene.origin.tolist()
        tables = shown | {"t": row(xlo=xlo, xhi=xhi, ylo=ylo, yhi=yhi, x=x, y=y)}
        counted = (
            f"Each cell is a run of {steps(scene.steps)}, {side} × {side} starts"
            f"{FEWER if side < self.cells else ''}. "
            f"Of these {side * side:,} runs: "
        )
        return Drawn(Picture("basins", BASINS, tables, counted + about), None)


def span(scene: Scene) -> tuple[float, float]:
    """log₁₀ of the smallest and the largest η of a map: around the limits of the minima."""
    if scene.optimizer.relative:
        low, high = -1.3, 0.4
    else:
        limits = limits_of(scene)
        low, high = math.log10(min(limits)) - 1.2, math.log10(max(limits)) + 0.35
    return reaching(low, high, math.log10(scene.eta))


def _line(scene: Scene) -> tuple[float, float]:
    return around(scene.view, scene.origin)[0]


def _centres(low: float, high: float, cells: int) -> Array:
    return low + (np.arange(cells) + 0.5) / cells * (high - low)


def _side(scene: Scene, cells: int) -> int:
    """Cells along each side: methods that cost much a step get fewer."""
    if quick(scene.optimizer):
        return cells
    if scene.optimizer.search.brackets:
        return min(cells, SLOW // 2)
    # With a limit of η most runs are through after a few steps (`maps.ends`).
    return min(cells, 2 * SLOW if scene.optimizer.limit(1.0) < math.inf else SLOW)


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
    # Where there are more points than colours, those where most runs end have one.
    visits = np.bincount(made.point[made.point >= 0], minlength=len(made.points))
    many = len(made.points) > MOST + 2
    for i in np.argsort(-visits, kind="stable").tolist() if many else range(len(made.points)):
        point = made.points[i]
        palette = palettes.get(point.kind, ())
        hue = used.get(point.kind, 0)
        used[point.kind] = hue + 1
        if hue >= len(palette) or sum(used.values()) > MOST + 2:
            continue
        here = made.point == i
        # Two weights fill a line of the key by themselves.
        short = point.kind == "minimum" and len(point.w) == 1
        limit = f", 2η_opt = {num(point.limit)}" if short else ""
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
    return tables, "; ".join(names) + "."
