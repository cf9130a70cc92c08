"""Schedules × η₀ drawn: a line for each schedule, and a table of how its runs end."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from convcore.charts.picture import Picture, row, short
from convcore.descent.descent import Status
from convcore.labkit.second_view import SecondView
from convcore.labkit.tables import Facts
from convcore.labkit.words import num, steps
from convcore.labs.rough_ground.by_schedule import BySchedule, SchedulesByEta, reach
from convcore.labs.rough_ground.chart_sweeps import BY_SCHEDULE
from convcore.labs.rough_ground.picture_parts import legend, limit_marks
from convcore.labs.rough_ground.scene import schedule_name
from convcore.labs.rough_ground.study import RoughStudy
from convcore.labs.rough_ground.words import origin, place
from convcore.sweeps.end_maps import NEAR

DEEP = -12.0  # log₁₀ of the smallest distance that is drawn: anything smaller is rounding
HEADINGS = (
    "smallest to largest",
    "frozen on the way",
    "settled elsewhere",
    "still under way",
    "cycling, chaotic or gone",
)


def by_schedule_view(
    study: RoughStudy, second: BySchedule, found: SchedulesByEta | None
) -> SecondView:
    """The picture; without a minimum in view it has no lines."""
    scene = study.scene
    low, high = reach(scene, study.points)
    frame = {"xlo": low, "xhi": high, "x": math.log10(scene.eta)}
    shared = {
        "legend": legend(scene.plan_names()),
        "limits": limit_marks(study, 10**low, 10**high, log=True),
    }
    if found is None:
        said = "There is no minimum in this view to be far from."
        table = {"run": [], "x": np.empty(0), "y": np.empty(0), "piece": np.empty(0)}
        ends = row(**frame, ylo=-1.0, yhi=1.0, noted=said)
        tables = {**shared, "t": ends, "remains": table}
        return SecondView(Picture("schedules", BY_SCHEDULE, tables, said))
    lines = _lines([name for name, _ in scene.plans], found)
    ylo, yhi = _ends(lines["y"])
    facts = _facts(study, found)
    tables = {**shared, "t": row(**frame, ylo=ylo, yhi=yhi, noted=""), "remains": lines}
    each = "; ".join(f"{plan} {reached}" for plan, reached, *_ in facts.rows)
    about = (
        f"{len(found.etas)} step sizes η₀ for each schedule, a run of {steps(scene.steps)} with "
        f"each, from {origin(scene)}. They reach {_goal(study)}, for: {each}. Runs that diverge or "
        "leave the domain of E have no point. Dashed: 2ηₒₚₜ of the minima, and the crisis."
    )
    return SecondView(Picture("schedules", BY_SCHEDULE, tables, about), (facts,))


def _facts(study: RoughStudy, found: SchedulesByEta) -> Facts:
    """How the runs of each schedule end."""
    etas, status = found.etas, found.remains.status
    size = float(np.abs([p.w for p in study.lowest]).max())
    arrived = status == Status.CONVERGED
    there = arrived & (found.remains.distance <= NEAR * (1 + size))
    kinds = (there, status == Status.FROZEN, arrived & ~there, status == Status.OUT_OF_STEPS)
    rows = []
    for i, plan in enumerate(study.scene.schedules):
        hit = etas[there[i]]
        rows.append(
            (
                schedule_name(plan),
                f"{hit.size} of {etas.size}",
                f"{num(hit.min(), 3)} to {num(hit.max(), 3)}" if hit.size else "–",
                *(str(int(kind[i].sum())) for kind in kinds[1:]),
                str(int((~np.any([kind[i] for kind in kinds], axis=0)).sum())),
            )
        )
    return Facts(("schedule", f"η₀ that reach {_target(study)}", *HEADINGS), tuple(rows))


def _target(study: RoughStudy) -> str:
    lowest = study.lowest
    return place(lowest[0]) if len(lowest) == 1 else f"one of the {len(lowest)} lowest minima"


def _goal(study: RoughStudy) -> str:
    end = ", the lowest minimum in view" if len(study.lowest) == 1 else " in view, all as low"
    return _target(study) + end


def _lines(names: list[str], found: SchedulesByEta) -> dict[str, NDArray[np.generic]]:
    """The table "remains"; lines break where runs diverged or left the domain."""
    distance = found.remains.distance
    known = np.isfinite(distance)
    with np.errstate(divide="ignore"):
        y = np.maximum(np.log10(distance), DEEP)
    row_, column = np.nonzero(known)
    piece = np.cumsum(~known, axis=1)
    return {
        "run": np.array(names)[row_],
        "x": short(np.log10(found.etas)[column]),
        "y": short(y[known]),
        "piece": piece[known].astype(np.int16),
    }


def _ends(y: NDArray[np.generic]) -> tuple[float, float]:
    if not y.size:
        return -1.0, 1.0
    low, high = float(y.min()), float(y.max())
    return math.floor(low), math.ceil(min(high, 6.0) + 0.05)
