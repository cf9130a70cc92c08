"""The lab "Many weights": methods side by side on E(w) = ½wᵀAw + bᵀw + c (SCIENCE C)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convcore.charts.parts import snapped_to_mark
from convcore.charts.picture import Picture
from convcore.descent.theory import best_fixed_step, best_momentum, limit
from convcore.labkit.lab import Box, Result, Track
from convcore.labkit.prediction import Question
from convcore.labkit.study import StudyJob
from convcore.labkit.tuning_grid import TuningGrid
from convcore.labkit.tuning_lab import TuningLab
from convcore.labkit.words import num, percent
from convcore.labs.many_weights import (
    local_words,
    minibatch_views,
    notes,
    prediction,
    study,
    tables,
    words,
)
from convcore.labs.many_weights.chart import grips
from convcore.labs.many_weights.given import given
from convcore.labs.many_weights.headline import headline
from convcore.labs.many_weights.methods import TUNED
from convcore.labs.many_weights.picture import picture
from convcore.labs.many_weights.second_picture import second_picture
from convcore.labs.many_weights.settings import EVERY, KINDS, ManyWeightsSettings, eta_field
from convcore.labs.many_weights.study import ManyWeightsStudy
from convcore.sweeps.tuning import Candidate


@dataclass(frozen=True)
class ManyWeights(ManyWeightsSettings, TuningLab):
    """Descent on a quadratic of n weights by several methods from one start."""

    @property
    def study_job(self) -> StudyJob[ManyWeightsStudy]:
        return StudyJob(study.study, self.settings)

    def show(self, study: ManyWeightsStudy) -> Result:
        return Result(
            study=study,
            headline=replace(headline(study), minimises=study.settings.problem.minimises()),
            said=(
                *(local_words if study.local else words).said(study),
                *minibatch_views.said(study),
            ),
            pictures=(picture(study), *second_picture(study)),
            facts=(*tables.facts(study), *minibatch_views.facts(study)),
            notes=(*study.settings.problem.notes(), *notes.notes(study)),
            read=study.settings.problem.read(),
            awaits=study.settings.problem.awaits(),
            predicted=(local_words if study.local else words).predicted(study),
            measured=words.measured(study),
        )

    def grips(self, width: int) -> dict[str, Box]:
        return grips(width, [KINDS[name].label for name in self.methods])

    def track(self) -> Track | None:
        s = self.plane.objective.spectrum
        if not s.has_minimum or s.values[-1] <= 0:
            return None
        best, most = best_fixed_step(s)[0], limit(s)
        return Track(most / 2, most, ((best, "best η"), (most, "2/λₘₐₓ")))

    def given(self) -> Picture:
        return given(self)

    def question(self) -> Question:
        return prediction.question(self)

    def answer(self, study: ManyWeightsStudy) -> str:
        return prediction.answer(study)

    def tuning_grid(self) -> TuningGrid | None:
        plane = self.plane
        s = plane.objective.spectrum
        if plane.objective.minimiser is None or not plane.error.any() or s.values[-1] <= 0:
            return None
        largest = float(np.abs(plane.start - plane.target).max())
        candidates = [
            Candidate(key, KINDS[key].label, self.optimizer(key), self.schedule) for key in EVERY
        ]
        return TuningGrid(
            objective=plane.function,
            start=tuple(plane.start.tolist()),
            candidates=tuple(candidates),
            steps=min(max(self.steps, 200), 1000, self.most_steps),
            own=self.steps,
            unit=1 / float(s.values[-1]),
            unit_words=f"1/λₘₐₓ = {num(1 / float(s.values[-1]))}",
            sized_unit=largest,
            sized_words=f"the largest error of a weight, {num(largest)}",
            goal=f"{percent(self.tolerance)} of the starting error",
            kind="method",
            here=tuple((key, self.eta_of(key)) for key in dict.fromkeys(("gd", *self.methods))),
            tolerance=self.tolerance,
            target=tuple(plane.target.tolist()),
            # A search along a line takes time.
            sparse=frozenset(c.key for c in candidates if c.optimizer.search.brackets),
            marks=self._best_by_theory(),
        )

    def _best_by_theory(self) -> tuple[tuple[str, float], ...]:
        """The best constant η of plain descent, and of momentum with the β for it; none if λₘᵢₙ is lost."""
        s = self.plane.objective.spectrum
        if s.hidden.any():
            return ()
        return ("gd", best_fixed_step(s)[0]), (TUNED, best_momentum(s)[0])

    def with_setting(self, key: str, eta: float, steps: int) -> ManyWeights:
        methods = tuple(name for name in EVERY if name in (*self.methods, key))
        return replace(self, methods=methods, steps=steps, **{eta_field(key): eta})  # type: ignore[arg-type]

    def clicked(self, selection: str, point: Mapping[str, Any]) -> ManyWeights:
        if selection == "pick_eta":
            return replace(self, eta=self._pointed_at(float(point["eta"])))
        if selection == "pick_look":
            return replace(self, look=int(point["k"]))
        w = self.plane.moved(float(point["x"]), float(point["y"]))
        return replace(self, start=tuple(float(f"{x:.4g}") for x in w))

    def _pointed_at(self, eta: float) -> float:
        """A step size picked on the ruler, or the mark near it: the limits of directions, the best η."""
        plane = self.plane
        best, _ = best_fixed_step(plane.objective.spectrum)
        at = snapped_to_mark(eta, (*plane.mode_limits, best), *plane.ruler(self.eta))
        return float(f"{at:.3g}") if at == eta else at
