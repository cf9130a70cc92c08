"""The lab "Perceptron and backprop": who separates, and whose boundary swings (SCIENCE F)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from convcore.labkit.lab import Lab, Result, SecondView
from convcore.labkit.prediction import Question
from convcore.labs.perceptron import prediction, tables, words
from convcore.labs.perceptron import study as studies
from convcore.labs.perceptron.extra_point import ExtraPoint
from convcore.labs.perceptron.learners_training import LearnersTraining
from convcore.labs.perceptron.own_points import OwnPoints
from convcore.labs.perceptron.picture import picture
from convcore.labs.perceptron.resamples import Resamples
from convcore.labs.perceptron.resamples_view import resamples_view
from convcore.labs.perceptron.settings import PerceptronSettings
from convcore.labs.perceptron.study import PerceptronStudy
from convcore.labs.perceptron.weight_landscape import WeightLandscape
from convcore.labs.perceptron.weight_landscape_view import landscape_view
from convcore.parallel import Report

SECOND_VIEWS: dict[type, Callable[[LearnersTraining, Any], SecondView]] = {
    WeightLandscape: landscape_view,
    Resamples: resamples_view,
}


@dataclass(frozen=True)
class PerceptronAndBackprop(PerceptronSettings, Lab):
    """A perceptron, a sigmoid unit trained by backprop, and reference lines on the same points."""

    def study(self, report: Report | None = None) -> PerceptronStudy:
        return studies.study(self, report)

    def show(self, study: PerceptronStudy) -> Result:
        more = None
        if study.second is not None:
            more = SECOND_VIEWS[type(study.settings.second)](study.training, study.second)
        return Result(
            study=study,
            said=(*words.said(study), *(more.said if more else ())),
            pictures=(picture(study), *([more.picture] if more else [])),
            facts=(tables.facts(study), *(more.facts if more else ())),
            notes=(*words.notes(study), *(more.notes if more else ()), *self.data.notes()),
            awaits=self.data.awaits(),
            predicted=words.predicted(study),
            measured=words.measured(study) + (more.measured if more else ""),
        )

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
