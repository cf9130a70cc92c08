"""What methods did on a function of one or two weights, and the local models along one of the paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from convcore.arrays import Array
from convcore.descent.theory import curvatures
from convcore.labkit.functions import View
from convcore.labkit.record import by_step
from convcore.labkit.study import Record, Study
from convcore.labs.newton.local_model import LocalModel, finite
from convcore.labs.newton.newton_map import NEWTON_MAPS, MapInView, Threshold, staircase
from convcore.labs.newton.runs import RUNS, MethodRun
from convcore.labs.newton.settings import NewtonSettings
from convcore.objectives.gallery import Function
from convcore.parallel import Report, part_of
from convcore.sweeps.stationary import without_minimum

HIGHEST = 6  # order of the Taylor polynomials
GRID = {1: 401, 2: 41}  # points along each axis at which the curvature is looked at
ROUNDING = 1e-10  # share of the largest curvature, or of E, that counts as rounding


@dataclass(frozen=True, eq=False)
class Curve:
    """What only a function of one weight has.

    map: Newton's map in the view. stairs: w₀, N(w₀), N(N(w₀)), … (j,), while in view. threshold: where
    starts of different limits meet, if that is known. coefficients: (7, K+1), the Taylor polynomials of E
    around the steps of the local model.
    """

    map: MapInView
    stairs: Array
    threshold: Threshold | None
    coefficients: Array


@dataclass(frozen=True, eq=False)
class NewtonStudy(Study):
    """The runs of all methods from one start, and the local models along one of them.

    runs: by the methods' keys, in the order of the settings; the local model's method is always among
    them, last if the settings do not have it. curve: None for two weights.
    """

    settings: NewtonSettings
    runs: Mapping[str, MethodRun]
    model: LocalModel
    curve: Curve | None

    @property
    def objective(self) -> Function:
        """E."""
        return self.settings.objective

    @property
    def shown(self) -> dict[str, MethodRun]:
        """The runs of the settings' methods."""
        return {name: self.runs[name] for name in self.settings.methods}

    @property
    def followed(self) -> MethodRun:
        """The run that the local models follow."""
        return self.runs[self.settings.model]

    @cached_property
    def first_slope(self) -> Array:
        """∇E(w₀) (n,)."""
        return self.objective.gradient(self.settings.origin)

    @property
    def first_length(self) -> float:
        """How long Newton's first step is, ‖ηH⁻¹∇E‖ at w₀; LinAlgError if H is singular."""
        step = np.linalg.solve(self.model.H[0], self.first_slope)
        return self.settings.relative * float(np.linalg.norm(step))

    @property
    def newton(self) -> MethodRun | None:
        """Newton's run, if it is one of the methods or the local model follows it."""
        return self.runs.get("newton")

    @property
    def least_curvature(self) -> float:
        """The smallest curvature on a grid of E's usual view and on Newton's way; 0 where E is convex.

        What could be rounding of the largest counts as 0.
        """
        low, high = _curvatures_in_view(self.objective, self.settings.ground.view())
        on_the_way = self.newton.values if self.newton else np.empty(0)
        values = np.append(on_the_way[np.isfinite(on_the_way)], [low, high])
        least = float(values.min())
        return least if least < -ROUNDING * float(np.abs(values).max()) else 0.0

    @property
    def no_minimum(self) -> bool:
        """Whether E has none in view, and no run found one beyond."""
        found = any(run.outcome.at_minimum for run in self.runs.values())
        return not found and without_minimum(self.objective, self.settings.view)

    def record(self) -> Record:
        return by_step("method", list(self.runs), [run.path for run in self.runs.values()])


def study(settings: NewtonSettings, report: Report | None = None) -> NewtonStudy:
    """Run all methods, and make the local models along one of the paths."""
    objective, jobs = settings.objective, settings.jobs()
    runs = {
        name: RUNS.result(job, part_of(report, turn, len(jobs)))
        for turn, (name, job) in enumerate(jobs.items())
    }
    followed = runs[settings.model]
    model = LocalModel.along(objective, followed.path, followed.values)
    curve = _curve(settings, model) if objective.n == 1 else None
    return NewtonStudy(settings, runs, model, curve)


def _curve(settings: NewtonSettings, model: LocalModel) -> Curve:
    objective, (view,) = settings.objective, settings.view
    series = objective.formula.polynomial(model.w[:, 0], HIGHEST)
    in_view, pair = settings.map_jobs()
    return Curve(
        map=NEWTON_MAPS.result(in_view),
        stairs=staircase(objective, float(model.w[0, 0]), view),
        threshold=NEWTON_MAPS.result(pair),
        coefficients=finite(np.asarray(series.coefficients)),
    )


@lru_cache(maxsize=32)
def _curvatures_in_view(objective: Function, view: View) -> tuple[float, float]:
    """The smallest and the largest eigenvalue of the Hessian on a grid of the view."""
    axes = [np.linspace(low, high, GRID[objective.n]) for low, high in view]
    points = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, objective.n)
    with np.errstate(all="ignore"):  # E need not be defined everywhere in the view
        values = curvatures(objective, points)
    known = values[np.isfinite(values)]
    return float(known.min(initial=0.0)), float(known.max(initial=0.0))
