"""The lab "Perceptron and backprop": who separates, and whose boundary swings (SCIENCE F)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from convcore.charts.picture import Picture
from convcore.labkit.lab import Lab, Result
from convcore.labkit.prediction import Question
from convcore.labkit.second_view import with_second
from convcore.labkit.study import StudyJob
from convcore.labs.perceptron import prediction, study, tables, words
from convcore.labs.perceptron.extra_point import ExtraPoint
from convcore.labs.perceptron.given import given
from convcore.labs.perceptron.headline import headline
from convcore.labs.perceptron.own_points import OwnPoints
from convcore.labs.perceptron.picture import picture
from convcore.labs.perceptron.second_views import SECOND_VIEWS
from convcore.labs.perceptron.settings import PerceptronSettings
from convcore.labs.perceptron.study import PerceptronStudy


@dataclass(frozen=True)
class PerceptronAndBackprop(PerceptronSettings, Lab):
    """A perceptron, a sigmoid unit trained by backprop, and reference lines on the same points."""

    unit: ClassVar[str] = "epoch"

    @property
    def study_job(self) -> StudyJob[PerceptronStudy]:
        return StudyJob(study.study, self.settings)

    def show(self, study: PerceptronStudy) -> Result:
        result = Result(
            study=study,
            headline=headline(study),
            said=words.said(study),
            pictures=(picture(study),),
            facts=tables.facts(study),
            notes=words.notes(study),
            read=study.settings.data.read(),
            awaits=study.settings.data.awaits(),
            predicted=words.predicted(study),
            measured=words.measured(study),
        )
        return with_second(result, SECOND_VIEWS, study.settings.second, study.second)

    def given(self) -> Picture:
        return given(self)

    def question(self) -> Question:
        return prediction.question(self)

    def answer(self, study: PerceptronStudy) -> str:
        return prediction.answer(study)

    def picked(self, selection: str, point: Mapping[str, Any]) -> PerceptronAndBackprop:
        if selection == "pick_point":
            sign = self.extra.sign if isinstance(self.extra, ExtraPoint) else "plus"
            at = tuple(float(f"{float(point[axis]):.3g}") for axis in "xy"[: self.points.inputs])
            if isinstance(self.data, OwnPoints) and (data := self.data.clicked(at)):
                return replace(self, data=data)
            x, y = (*at, 0.0)[:2]
            return replace(self, extra=ExtraPoint(x, y, sign))
        return replace(self, look=max(0, min(int(point["k"]), 20_000)))
