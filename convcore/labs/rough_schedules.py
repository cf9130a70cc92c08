"""Schedules × η₀ on "Rough ground": how far from the optimum each ends, over step sizes."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from convcore.charts.picture import Picture, row, short
from convcore.charts.rough_sweeps import BY_SCHEDULE
from convcore.descent import Status
from convcore.knobs import Whole
from convcore.labkit.tables import Facts
from convcore.labkit.words import num, steps
from convcore.labs.rough_scene import (
    MAPS,
    Drawn,
    Scene,
    Second,
    called,
    limit_marks,
    limits_of,
    origin,
    place,
    reaching,
)
from convcore.maps import NEAR
from convcore.sweeps import Remains, sweep_schedules
from convcore.workers import Report, paced

Array = NDArray[np.float64]

SLOW = 40  # step sizes for methods that bracket a minimum on a line at each step
DEEP = -12.0  # log₁₀ of the smallest distance that is drawn: further down there is only rounding
MARKED = 9  # stationary points whose limits are marked


@dataclass(frozen=True)
class BySchedule(Second):
    """How far from the lowest minimum the run ends, by η₀, for each schedule."""

    count: Annotated[
        int, Whole("step sizes η₀", "how many, a run with each for each schedule", 20, 400, 20)
    ] = 120
    label = "schedules × η₀"

    def key(self, scene: Scene) -> Hashable | None:
        if not scene.minima:
            return None
        plans, start = tuple(scene.plans.values()), tuple(scene.origin.tolist())
        ends = _reach(scene)
        return (
            "schedules", scene.objective, start, ends, scene.optimizer, plans, scene.steps, self.count
        )  # fmt: skip

    def draw(self, scene: Scene, report: Report | None) -> Drawn:
        low, high = _reach(scene)
        frame = {"xlo": low, "xhi": high, "x": math.log10(scene.eta)}
        shared = {
            "legend": scene.legend,
            "limits": limit_marks(scene, 10**low, 10**high, MARKED, log=True),
        }
        if not scene.minima:
            said = "There is no minimum in this view to be far from."
            table = {"run": [], "x": np.empty(0), "y": np.empty(0), "piece": np.empty(0)}
            ends = row(**frame, ylo=-1.0, yhi=1.0, noted=said)
            tables = {**shared, "t": ends, "remains": table}
            return Drawn(Picture("schedules", BY_SCHEDULE, tables, said), None)
        optima = np.array([p.w for p in scene.lowest])
        count = min(self.count, SLOW) if scene.optimizer.search.brackets else self.count
        etas = 10 ** np.linspace(low, high, count)
        found = MAPS.held(
            self.key(scene),
            lambda: sweep_schedules(
                scene.objective, scene.origin, etas, tuple(scene.plans.values()), optima,
                scene.optimizer, scene.steps, report=paced(report),
            ),
        )  # fmt: skip
        lines = _lines(tuple(scene.plans), np.log10(etas), found)
        ylo, yhi = _ends(lines["y"])
        facts = self._facts(scene, etas, found)
        tables = {
            **shared,
            "t": row(**frame, ylo=ylo, yhi=yhi, noted=""),
            "remains": lines,
        }
        reach = "; ".join(f"{plan} {reached}" for plan, reached, *_ in facts.rows)
        about = (
            f"{count} step sizes η₀ for each schedule, a run of {steps(scene.steps)} with each, from "
            f"{origin(scene)}. They reach {_goal(scene)}, for: {reach}. Runs that diverge or leave the "
            "domain of E have no point. Dashed: 2η_opt of the minima; grey: η₀ now."
        )
        return Drawn(Picture("schedules", BY_SCHEDULE, tables, about), facts)

    def _facts(self, scene: Scene, etas: Array, found: Remains) -> Facts:
        size = float(np.abs([p.w for p in scene.lowest]).max())
        arrived = found.status == Status.CONVERGED
        there = arrived & (found.distance <= NEAR * (1 + size))
        kinds = (
            there,
            found.status == Status.FROZEN,
            arrived & ~there,
            found.status == Status.OUT_OF_STEPS,
        )
        rows = []
        for i, plan in enumerate(scene.plans.values()):
            hit = etas[there[i]]
            rows.append(
                (
                    called(plan),
                    f"{hit.size} of {etas.size}",
                    f"{num(hit.min(), 3)} to {num(hit.max(), 3)}" if hit.size else "–",
                    *(str(int(kind[i].sum())) for kind in kinds[1:]),
                    str(int((~np.any([kind[i] for kind in kinds], axis=0)).sum())),
                )
            )
        return Facts(
            (
                "schedule",
                f"η₀ that reach {_target(scene)}",
                "smallest to largest",
                "frozen on the way",
                "settled elsewhere",
                "still on the way",
                "cycling, chaotic or gone",
            ),
            tuple(rows),
        )


def _target(scene: Scene) -> str:
    lowest = scene.lowest
    return place(lowest[0]) if len(lowest) == 1 else f"one of the {len(lowest)} lowest minima"


def _goal(scene: Scene) -> str:
    end = ", the lowest minimum in view" if len(scene.lowest) == 1 else " in view, all as low"
    return _target(scene) + end


def _reach(scene: Scene) -> tuple[float, float]:
    """log₁₀ of the smallest and the largest η₀: a decade around the limits of the minima."""
    at = math.log10(scene.eta)
    if scene.optimizer.relative:
        return reaching(-2.0, 0.5, at)
    limits = limits_of(scene)
    low, high = math.log10(min(limits)) - 1, math.log10(max(limits)) + 1
    return reaching(low, high, at)


def _lines(names: tuple[str, ...], x: Array, found: Remains) -> dict[str, NDArray[np.generic]]:
    """The table "remains"; a line is cut where runs are gone."""
    known = np.isfinite(found.distance)
    with np.errstate(divide="ignore"):
        y = np.maximum(np.log10(found.distance), DEEP)
    row_, column = np.nonzero(known)
    piece = np.cumsum(~known, axis=1)
    return {
        "run": np.array(names)[row_],
        "x": short(x[column]),
        "y": short(y[known]),
        "piece": piece[known].astype(np.int16),
    }


def _ends(y: NDArray[np.generic]) -> tuple[float, float]:
    if not y.size:
        return -1.0, 1.0
    low, high = float(y.min()), float(y.max())
    return math.floor(low), math.ceil(min(high, 6.0) + 0.05)
