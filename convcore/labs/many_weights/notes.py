"""What the reader of "Many weights" should know too: what rounding does, and what methods do besides."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from convcore.descent import theory
from convcore.descent.schedules import Constant
from convcore.descent.theory import SAME
from convcore.labkit.words import known, num
from convcore.labs.many_weights.settings import KINDS
from convcore.labs.many_weights.study import ManyWeightsStudy
from convcore.objectives.base import EPS
from convcore.objectives.graded import equilibrated_condition


def notes(study: ManyWeightsStudy) -> tuple[str, ...]:
    """What the reader should know too, a line each."""
    settings, runs, exact, run = study.settings, study.runs, study.exact, study.run
    found = []
    told = exact is not None and exact.outcome().status is not run.outcome().status
    if exact is not None and told:
        found.append(
            f"The exact path: {exact.outcome()}; the run: {run.outcome()}. Rounding in "
            "the loop seeds a direction that the exact path does not know. In practice the run counts."
        )
    constant = isinstance(settings.schedule, Constant)
    late = (
        [] if study.local else [n for n in runs if _is_late(study, n) and not (n == "gd" and told)]
    )
    seeded = [n for n in late if constant and runs[n].gone]
    if seeded:
        found.append(
            f"{_labels(seeded)}: rounding seeds a direction that the start has no part in, and that the "
            "prediction leaves out. In practice the run counts."
        )
    if grown := [n for n in late if n not in seeded]:
        found.append(
            f"{_labels(grown)}: predicted in exact arithmetic. Rounding errors that grow on the way change "
            "the steps that the run takes. In practice the run counts."
        )
    passing = [n for n in runs if study.took[n] < math.inf and study.rates[n] > 1 + SAME]
    if passing and constant and not study.local:
        found.append(
            f"{_labels(passing)}: within the tolerance on the way, but diverging in the long run."
        )
    if study.elsewhere:
        who, several = _labels(study.elsewhere), len(study.elsewhere) > 1
        singular = "The Hessian" if study.local else "A"
        found.append(
            f"{singular} is singular, so there are many minima, and {who} {'lead' if several else 'leads'} "
            f"to another one than plain descent. {'Their' if several else 'Its'} steps are counted to the "
            "one of plain descent."
        )
    if study.leaves_again:
        found.append(
            f"{_labels(study.leaves_again)}: within the tolerance on the way, but farther away again at "
            "the end."
        )
    if settings.decay and "adamw" in settings.methods:
        found.append(
            f"AdamW shrinks the weights wherever they are, by η·{num(settings.decay)} of their size at "
            "each step: at a minimum other than 0 it does not rest."
        )
    if digits := _fewer_digits(study):
        found.append(
            f"{digits} the weights fewer digits than the tolerance asks for: rounding may decide when it "
            "is met."
        )
    if study.objective.n > 2:
        found.append(
            "The level lines show the plane through the minimum along the slowest (across) and the "
            "steepest eigenvector (up), as distances from the minimum."
        )
    if "coordinate" in settings.methods and (np.diagonal(study.objective.A) <= 0).any():
        found.append("Per coordinate leaves a weight alone whose own curvature is not positive.")
    return tuple(found)


def _is_late(study: ManyWeightsStudy, name: str) -> bool:
    """Whether a run of enough steps does not take those that exact arithmetic predicts."""
    predicted, run = study.predicted[name], study.runs[name]
    ran = math.inf if run.gone and name not in study.would_return else len(run.eta)
    return predicted <= ran and study.took[name] != predicted < math.inf


def _fewer_digits(study: ManyWeightsStudy) -> str:
    """What leaves the weights fewer digits than the tolerance asks for; empty if nothing does."""
    s, tolerance = study.objective.spectrum, study.settings.tolerance
    kappa = theory.effective_condition_number(s)
    # Rounding goes by the matrix with its weights scaled alike: a diagonal one has none to fear.
    if tolerance < EPS * kappa and tolerance < EPS * equilibrated_condition(study.objective.A):
        return f"κ = {known(kappa, theory.condition_doubt(s))} leaves"
    if s.hidden.any() and tolerance < s.doubt[~s.hidden].max(initial=0.0):
        return "Rounding, which hides the smallest curvatures, leaves"
    return ""


def _labels(methods: Sequence[str]) -> str:
    return ", ".join(KINDS[name].label for name in methods)
