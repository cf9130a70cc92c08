"""The lab "Rough ground": its settings, its study, and how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from convcore.charts.picture import Picture
from convcore.labkit.lab import Box, Result
from convcore.labkit.prediction import Question
from convcore.labkit.second_view import with_second
from convcore.labkit.study import StudyJob
from convcore.labkit.tuning_grid import TuningGrid, all_schedules
from convcore.labkit.tuning_lab import TuningLab
from convcore.labs.rough_ground import prediction, study, tables, tuning, words
from convcore.labs.rough_ground.chart import grips
from convcore.labs.rough_ground.end_maps import EscapeMap
from convcore.labs.rough_ground.given import given
from convcore.labs.rough_ground.headline import headline
from convcore.labs.rough_ground.picture import picture
from convcore.labs.rough_ground.picture_parts import line_names
from convcore.labs.rough_ground.second_views import SECOND_VIEWS
from convcore.labs.rough_ground.settings import RoughSettings
from convcore.labs.rough_ground.study import RoughStudy


@dataclass(frozen=True)
class RoughGround(RoughSettings, TuningLab):
    """A function with more than one valley: who escapes, who settles, who freezes on the way."""

    @property
    def study_job(self) -> StudyJob[RoughStudy]:
        return StudyJob(study.study, self.settings)

    def show(self, study: RoughStudy) -> Result:
        result = Result(
            study=study,
            headline=headline(study),
            said=words.said(study),
            pictures=(picture(study),),
            facts=tables.facts(study),
            notes=words.notes(study),
            measured=words.measured(study),
        )
        return with_second(result, SECOND_VIEWS, study.settings.second, study.second)

    def grips(self, width: int) -> dict[str, Box]:
        return grips(width, line_names(self.scene.run_names()).values())

    def given(self) -> Picture:
        return given(self)

    def question(self) -> Question:
        return prediction.question(self)

    def answer(self, study: RoughStudy) -> str:
        return prediction.answer(study)

    def tuning_grid(self) -> TuningGrid | None:
        return tuning.grid(self.scene)

    def with_setting(self, key: str, eta: float, steps: int) -> RoughGround:
        return replace(self, schedule=dict(all_schedules(self.schedule))[key], eta=eta, steps=steps)

    def clicked(self, selection: str, point: Mapping[str, Any]) -> RoughGround:
        x = float(f"{point['x']:.4g}")
        if selection == "pick_eta":
            return replace(self, eta=x)
        if selection == "pick_power":
            return replace(self, eta=float(f"{10 ** point['x']:.3g}"))
        if selection == "pick_cell" and isinstance(self.second, EscapeMap):
            start = (x, *(float(w) for w in self.origin[1:]))
            return replace(self, start=start, eta=float(f"{10 ** point['y']:.3g}"))
        if len(self.origin) > 1:
            return replace(self, start=(x, float(f"{point['y']:.4g}")))
        return replace(self, start=(x,))
