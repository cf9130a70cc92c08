"""Tables that several pictures of "Rough ground" share."""

from __future__ import annotations

import math

import numpy as np

from convcore.charts.picture import Columns
from convcore.labs.rough_ground.scene import Scene, schedule_name
from convcore.labs.rough_ground.study import RoughStudy
from convcore.labs.rough_ground.words import place

MARKED = 9  # minima whose limits are marked
CLOSE = 0.025  # of a picture's width: limits closer than this share their words


def legend(scene: Scene) -> Columns:
    """The table "legend": the schedules, three in a line or one."""
    i = np.arange(len(scene.plans))
    return {
        "run": [name for name, _ in scene.plans],
        "name": [
            f"{'this run: ' if name == 'run' else ''}{schedule_name(plan)}"
            for name, plan in scene.plans
        ],
        "at3": 0.01 + i % 3 / 3,
        "line3": i // 3,
        "at1": np.full(len(i), 0.02),
        "line1": i,
    }


def limit_marks(study: RoughStudy, low: float, high: float, log: bool = False) -> Columns:
    """The table "limits": 2η_opt of minima in (low, high); limits that are close share their words.

    The crisis of the minimum that small steps lead to follows. log: whether the picture's axis is log₁₀ η.
    """
    limits: dict[float, list[str]] = {}
    for point in sorted(study.minima[:MARKED], key=lambda point: point.limit):
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
    labels = [words.get(i, "") for i in range(len(x))]
    if (at := study.crisis) and low < at < high:
        x.append(math.log10(at) if log else at)
        labels.append(f"crisis of {place(study.home)}" if study.home else "")
    return {"x": x, "label": labels}
