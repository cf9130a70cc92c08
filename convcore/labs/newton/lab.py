"""The lab "Taylor and Newton": local models, and the methods that trust them (SCIENCE B and D)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from convcore.charts.picture import Picture
from convcore.labkit.lab import Box, Result
from convcore.labkit.prediction import Question
from convcore.labkit.study import StudyJob
from convcore.labkit.tuning_grid import TuningGrid, affordable_steps, largest_curvature
from convcore.labkit.tuning_lab import TuningLab
from convcore.labkit.words import num
from convcore.labs.newton import prediction, study, tables, words
from convcore.labs.newton.chart import grips
from convcore.labs.newton.given import given
from convcore.labs.newton.headline import headline
from convcore.labs.newton.picture import line_names, picture
from convcore.labs.newton.settings import KINDS, LABELS, MOST, NewtonSettings
from convcore.labs.newton.study import NewtonStudy
from convcore.sweeps.tuning import Candidate

# Methods in the tuning grid, in addition to those on the page.
TRIED = ("gd", "newton", "momentum", "nesterov", "damped", "bfgs")


@dataclass(frozen=True)
class TaylorAndNewton(NewtonSettings, TuningLab):
    """Methods side by side on a function of one or two weights, with the local model at each step."""

    @property
    def study_job(self) -> StudyJob[NewtonStudy]:
        return StudyJob(study.study, self.settings)

    def show(self, study: NewtonStudy) -> Result:
        return Result(
            study=study,
            said=words.said(study),
            pictures=(picture(study),),
            facts=tables.facts(study),
            notes=words.notes(study),
            headline=headline(study),
            measured=words.measured(study),
        )

    def grips(self, width: int) -> dict[str, Box]:
        return grips(width, line_names(self.methods).values()) if self.objective.n > 1 else {}

    def given(self) -> Picture:
        return given(self)

    def question(self) -> Question:
        return prediction.question(self)

    def answer(self, study: NewtonStudy) -> str:
        return prediction.answer(study)

    def clicked(self, selection: str, point: Mapping[str, Any]) -> TaylorAndNewton:
        if selection == "pick_look":
            return replace(self, look=int(point["k"]))
        return replace(self, start=tuple(float(f"{point[axis]:.4g}") for axis in ("x", "y")))

    def tuning_grid(self) -> TuningGrid | None:
        objective, start = self.objective, tuple(self.origin.tolist())
        asked = tuple(dict.fromkeys((*self.methods, *TRIED)))[:MOST]
        names = [key for key in KINDS if key in asked]
        largest = largest_curvature(objective, start)
        unit = 1 / largest if 1e-12 < largest < 1e12 else self.ground.eta()
        return TuningGrid(
            objective=objective,
            start=start,
            candidates=tuple(Candidate(key, LABELS[key], KINDS[key]()) for key in names),
            steps=affordable_steps(objective, [KINDS[key]() for key in names], 15, 40),
            own=self.steps,
            unit=unit,
            unit_words=f"{num(unit)} (1/λₘₐₓ, at w₀ or where damped Newton ends)",
            goal="a minimum, with the gradient down to 10⁻⁶",
            kind="method",
            here=tuple((key, self.eta_of(key)) for key in self.methods),
            sparse=frozenset(key for key in names if KINDS[key].sets_own_steps()),
        )

    def with_setting(self, key: str, eta: float, steps: int) -> TaylorAndNewton:
        kept = self.methods if key in self.methods else self.methods[: MOST - 1]
        methods = tuple(name for name in KINDS if name in (*kept, key))
        field = "relative" if KINDS[key].relative else "eta"
        return replace(self, methods=methods, steps=steps, **{field: eta})  # type: ignore[arg-type]
