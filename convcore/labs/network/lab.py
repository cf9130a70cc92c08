"""The lab "A real network": how far the theory of a quadratic holds for a network (SCIENCE G, D 13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from convcore.charts.picture import Picture
from convcore.labkit.lab import Lab, Result
from convcore.labkit.prediction import Question
from convcore.labkit.study import StudyJob
from convcore.labs.network import prediction, study, tables, words
from convcore.labs.network.cost import cost_picture
from convcore.labs.network.given import given
from convcore.labs.network.headline import headline
from convcore.labs.network.picture import picture
from convcore.labs.network.settings import RealNetworkSettings
from convcore.labs.network.study import RealNetworkStudy
from convcore.network.hessian_cost import measured_here


@dataclass(frozen=True)
class RealNetwork(RealNetworkSettings, Lab):
    """A multilayer perceptron trained on all points at once, and its sharpness along the way."""

    aside: ClassVar[str] = "What a Hessian costs: measured here, extended to 10¹² weights"

    @property
    def study_job(self) -> StudyJob[RealNetworkStudy]:
        return StudyJob(study.study, self.settings)

    def show(self, study: RealNetworkStudy) -> Result:
        return Result(
            study=study,
            said=words.said(study),
            pictures=(picture(study),),
            facts=tables.facts(study),
            notes=words.notes(study),
            headline=headline(study),
            read=study.sample.origin.read if study.sample.origin else "",
            awaits=words.awaits(study.sample),
            predicted=words.predicted(study),
            measured=words.measured(study),
        )

    def besides(self) -> tuple[Picture, ...]:
        """What a Hessian costs on this machine: measured once per process, and not part of a run."""
        return (cost_picture(measured_here()),)

    def given(self) -> Picture:
        return given(self)

    def question(self) -> Question:
        return prediction.question(self)

    def answer(self, study: RealNetworkStudy) -> str:
        return prediction.answer(study)

    def picked(self, selection: str, point: Mapping[str, Any]) -> Self:
        return replace(self, look=int(point["k"]))
