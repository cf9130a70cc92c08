"""Noisy gradients drawn: the mean of many runs with its band, and the floor that theory gives."""

from __future__ import annotations

import math

import numpy as np

from convcore.charts.picture import Picture, row, short
from convcore.descent.schedules import Constant, Schedule
from convcore.labkit.second_view import SecondView
from convcore.labkit.tables import Facts
from convcore.labkit.words import num
from convcore.labs.rough_ground.chart_sweeps import NOISE
from convcore.labs.rough_ground.noise import LONGEST, Noise, NoisyRuns
from convcore.labs.rough_ground.picture_parts import legend
from convcore.labs.rough_ground.scene import schedule_name
from convcore.labs.rough_ground.study import RoughStudy
from convcore.sweeps.noise import floor
from convcore.sweeps.stationary import StationaryPoint


def noise_view(study: RoughStudy, second: Noise, found: tuple[NoisyRuns, ...]) -> SecondView:
    """The picture and its table."""
    scene = study.scene
    # The noisy runs are plain descent, whatever the method of the lab's own run.
    home = study.end if scene.plain else study.home
    bottom = min(runs.lowest for runs in found)
    known = home is not None and home.value <= bottom + 1e-9 * max(1.0, abs(bottom))
    base = home.value if home and known else bottom
    above = "the minimum" if known else "the lowest met"
    parts, facts, floors = [], [], set()
    tiny = 1e-12 * max(1.0, abs(found[0].start - base))
    for (name, plan), runs in zip(scene.plans, found, strict=True):
        log = [np.log10(np.maximum(y - base, tiny)) for y in (runs.mean, runs.low, runs.high)]
        parts.append((np.full(len(runs.k), name), runs.k, *log))
        theory = _floor(plan, scene.eta, second.sigma, home, base)
        if theory is not None and 0 < theory < math.inf:
            floors.add(theory)
        facts.append(
            (
                schedule_name(plan),
                num(max(runs.late - base, tiny)),
                num(theory) if theory is not None else "–",
                f"{runs.gone} of {second.runs}",
            )
        )
    names, step, mean, low, high = (np.concatenate(x) for x in zip(*parts, strict=True))
    top = float(np.clip(max(mean.max(), high.max()), -300, 300))
    steps = min(scene.steps, LONGEST)
    tables = {
        "t": row(
            khi=steps, ylo=math.floor(max(float(low.min()), top - 8)), yhi=top + 0.2
        ),
        "legend": legend(scene.plan_names(), *[("floor", "floor of a fixed η, by theory")] * bool(floors)),
        "noise": {
            "run": names, "k": step.astype(np.int16), "mean": short(mean),
            "low": short(low), "high": short(high),
        },
        "floors": {"floor": [math.log10(x) for x in floors]},
    }  # fmt: skip
    table = Facts(
        (
            "schedule",
            f"E above {above}, mean of the last third",
            "floor ½Σησ²/(2 − ηλ)",
            "diverged or left the domain",
        ),
        tuple(facts),
    )
    method = "" if scene.plain else f" of plain descent with η₀ = {num(scene.eta)}"
    about = (
        f"{second.runs} runs{method}, {steps} steps each, for each schedule; the line is their mean, "
        f"the band holds the middle 80 % of them. E above {above} in the last third: "
        + "; ".join(f"{plan} {late}" for plan, late, *_ in facts)
        + "."
    )
    return SecondView(Picture("noise", NOISE, tables, about), (table,))


def _floor(
    plan: Schedule, eta: float, sigma: float, home: StationaryPoint | None, base: float
) -> float | None:
    """½Σλ_i·ησ²/(λ_i(2 − ηλ_i)) at a minimum, for a fixed η; None where it says nothing."""
    fixed = isinstance(plan, Constant)
    if home is None or not fixed or home.value != base or min(home.curvatures) <= 0:
        return None
    return sum(0.5 * a * floor(a, eta, sigma) for a in home.curvatures)
