"""Noisy gradients on "Rough ground": the floor of a fixed step size, and decay that removes it."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convcore.charts.picture import Picture, row, short
from convcore.charts.rough_sweeps import NOISE
from convcore.descent import Trajectory
from convcore.knobs import Range, Whole
from convcore.labkit.tables import Facts
from convcore.labkit.words import num
from convcore.labs.rough_scene import MAPS, Drawn, Scene, Second, called, downhill, settled_at
from convcore.noise import Band, floor, noisy_runs
from convcore.schedules import Constant
from convcore.stationary import StationaryPoint
from convcore.workers import Report, paced, part_of

Array = NDArray[np.float64]

LONGEST = 500  # steps that are followed
LIGHT = 600  # runs that need no progress bar


class _Noisy(NamedTuple):
    """Runs with noise at some of their steps k: mean of E, and what 10 % and 90 % of them are below."""

    k: NDArray[np.int64]
    mean: Array
    low: Array
    high: Array
    start: float
    late: float  # the mean over the last third
    lowest: float
    gone: int

    @classmethod
    def of(cls, run: Trajectory) -> _Noisy:
        lost, last = run.gone, len(run.eta)
        # A mean with runs in it that grow without bound says nothing of the others.
        loss = run.loss if lost.all() else run.loss[:, ~lost]
        k = np.unique(np.linspace(0, last, 161).round().astype(int))
        band = Band.of(loss[k])
        late = float(loss[-max(1, last // 3) :].mean())
        return cls(
            k, band.mean, band.low, band.high, float(loss[0, 0]), late, float(loss.min()),
            int(lost.sum()),
        )  # fmt: skip


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

    def key(self, scene: Scene) -> Hashable:
        start, plans = tuple(scene.origin.tolist()), tuple(scene.plans.items())
        return ("noise", scene.objective, start, scene.eta, plans, scene.steps, self)

    def heavy(self, scene: Scene) -> bool:
        return self.runs * len(scene.plans) > LIGHT and super().heavy(scene)

    def draw(self, scene: Scene, report: Report | None) -> Drawn:
        made = MAPS.held(self.key(scene), lambda: self._runs(scene, paced(report)))
        # The noisy runs are plain descent, whatever the method of the lab's own run.
        if scene.plain:
            home = settled_at(scene.points, scene.runs["run"])
        else:
            home = downhill(scene.objective, tuple(scene.origin.tolist()), scene.points)
        bottom = min(run.lowest for run in made.values())
        known = home is not None and home.value <= bottom + 1e-9 * max(1.0, abs(bottom))
        base = home.value if home and known else bottom
        above = "the minimum" if known else "the lowest met"
        parts, facts, floors = [], [], set()
        tiny = 1e-12 * max(1.0, abs(next(iter(made.values())).start - base))
        for name, run in made.items():
            log = [np.log10(np.maximum(y - base, tiny)) for y in (run.mean, run.low, run.high)]
            parts.append((np.full(len(run.k), name), run.k, *log))
            theory = self._floor(scene, home, name, base)
            if theory is not None and 0 < theory < math.inf:
                floors.add(theory)
            facts.append(
                (
                    called(scene.plans[name]),
                    num(max(run.late - base, tiny)),
                    num(theory) if theory is not None else "–",
                    f"{run.gone} of {self.runs}",
                )
            )
        names, step, mean, low, high = (np.concatenate(x) for x in zip(*parts, strict=True))
        top = float(np.clip(max(mean.max(), high.max()), -300, 300))
        steps = min(scene.steps, LONGEST)
        tables = {
            "t": row(
                khi=steps, ylo=math.floor(max(float(low.min()), top - 8)), yhi=top + 0.2,
                noted="dashed: the floor that theory gives a fixed η" if floors else "",
            ),
            "legend": scene.legend,
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
            f"{self.runs} runs{method}, {steps} steps each, for each schedule; the line is their mean, the "
            f"band holds the middle 80 % of them. E above {above} in the last third: "
            + "; ".join(f"{plan} {late}" for plan, late, *_ in facts)
            + "."
        )
        return Drawn(Picture("noise", NOISE, tables, about), table)

    def _runs(self, scene: Scene, report: Report | None) -> dict[str, _Noisy]:
        """What is kept of the runs of each schedule."""
        steps, found = min(scene.steps, LONGEST), {}
        for i, (name, plan) in enumerate(scene.plans.items()):
            run = noisy_runs(
                scene.objective, scene.origin, scene.eta, self.sigma, plan, self.runs, steps,
                self.seed, part_of(report, i, len(scene.plans)),
            )  # fmt: skip
            found[name] = _Noisy.of(run)
        if report:
            report(1.0)
        return found

    def _floor(
        self, scene: Scene, home: StationaryPoint | None, name: str, base: float
    ) -> float | None:
        """½Σλ_i·ησ²/(λ_i(2 − ηλ_i)) at a minimum, for a fixed η; None where it says nothing."""
        fixed = isinstance(scene.plans[name], Constant)
        if home is None or not fixed or home.value != base or min(home.curvatures) <= 0:
            return None
        return sum(0.5 * a * floor(a, scene.eta, self.sigma) for a in home.curvatures)
