"""The lab "One weight": plain descent on E(w) = ½aw² + bw + c (SCIENCE A)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from convcore.charts.parts import snapped_to_mark
from convcore.charts.picture import Picture
from convcore.descent.schedules import SCHEDULES
from convcore.labkit.lab import Box, Result, Track
from convcore.labkit.prediction import Question
from convcore.labkit.study import StudyJob
from convcore.labkit.tuning_grid import TuningGrid, all_schedules
from convcore.labkit.tuning_lab import TuningLab
from convcore.labkit.words import num, percent
from convcore.labs.one_weight import prediction, study, tables, words
from convcore.labs.one_weight.chart import grips
from convcore.labs.one_weight.given import given
from convcore.labs.one_weight.headline import headline
from convcore.labs.one_weight.picture import picture, ruler
from convcore.labs.one_weight.settings import OneWeightSettings
from convcore.labs.one_weight.study import OneWeightStudy
from convcore.sweeps.tuning import Candidate


@dataclass(frozen=True)
class OneWeight(OneWeightSettings, TuningLab):
    """Plain descent on E(w) = ½aw² + bw + c from w₀ with step size η and a schedule."""

    @property
    def study_job(self) -> StudyJob[OneWeightStudy]:
        return StudyJob(study.study, self.settings)

    def show(self, study: OneWeightStudy) -> Result:
        return Result(
            study=study,
            headline=headline(study),
            said=words.said(study),
            pictures=(picture(study),),
            facts=tables.facts(study),
            notes=words.notes(study),
            predicted=words.predicted(study),
            measured=words.measured(study),
        )

    def grips(self, width: int) -> dict[str, Box]:
        return grips(width)

    def track(self) -> Track | None:
        if self.a <= 0:
            return None
        best, limit = 1 / self.a, 2 / self.a
        return Track(best, limit, ((best, "ηₒₚₜ"), (limit, "2ηₒₚₜ")))

    def given(self) -> Picture:
        return given(self)

    def question(self) -> Question:
        return prediction.question(self)

    def answer(self, study: OneWeightStudy) -> str:
        return prediction.answer(study)

    def tuning_grid(self) -> TuningGrid | None:
        if self.a <= 0 or self.starts_at_rest:
            return None
        return TuningGrid(
            objective=self.objective,
            start=(self.w0,),
            candidates=tuple(
                Candidate(key, plan.label, schedule=plan)
                for key, plan in all_schedules(self.schedule)
            ),
            steps=min(max(self.steps, 200), 1000),
            own=self.steps,
            unit=1 / self.a,
            unit_words=f"ηₒₚₜ = {num(1 / self.a)}",
            goal=f"{percent(self.tolerance)} of the starting error",
            kind="schedule",
            here=tuple(
                (key, self.eta) for key, kind in SCHEDULES if isinstance(self.schedule, kind)
            ),
            tolerance=self.tolerance,
            target=(self.centre,),
        )

    def with_setting(self, key: str, eta: float, steps: int) -> OneWeight:
        return replace(self, schedule=dict(all_schedules(self.schedule))[key], eta=eta, steps=steps)

    def clicked(self, selection: str, point: Mapping[str, Any]) -> OneWeight:
        if selection == "pick_eta":
            eta = float(f"{float(point['eta']):.6g}")
            marks = (1 / self.a, 2 / self.a) if self.a > 0 else ()
            return replace(self, eta=snapped_to_mark(eta, marks, *ruler(self)))
        if selection == "pick_start":
            return replace(self, w0=float(f"{float(point['x']):.4g}"))
        return replace(self, look=int(point["k"]))
