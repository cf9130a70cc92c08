"""What "Many weights" says of its runs: the sentence, the notes, and a few words beside pins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from convcore import curvature
from convcore.curvature import SAME, less_rounding
from convcore.descent import Trajectory
from convcore.labkit.words import (
    count,
    followed,
    foretold,
    num,
    percent,
    steps,
    stopped,
    taken,
    unlike,
)
from convcore.labs.bowl import Bowl
from convcore.labs.many_theory import KINDS
from convcore.objectives import EPS, QuadraticForm
from convcore.schedules import Constant, OpenLoop

if TYPE_CHECKING:
    from convcore.labs.many_weights import ManyWeights

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Account:
    """The runs of the lab in words; every number in them is computed.

    runs: by method, plain descent always among them. theory: its exact path, if η is known beforehand.
    rates: the asymptotic factor per step by method. predicted, took: steps to the tolerance by method,
    by theory and by the run.
    """

    lab: ManyWeights
    objective: QuadraticForm
    bowl: Bowl
    runs: dict[str, Trajectory]
    theory: Trajectory | None
    rates: dict[str, float]
    predicted: dict[str, float]
    took: dict[str, float]

    @property
    def run(self) -> Trajectory:
        """The run of plain descent."""
        return self.runs["gd"]

    @cached_property
    def back(self) -> dict[str, str]:
        """What to add, by method, where a run is stopped that its schedule would bring back."""
        return {
            name: followed(self.predicted[name], run) if self._would_return(name, run) else ""
            for name, run in self.runs.items()
        }

    def _would_return(self, name: str, run: Trajectory) -> bool:
        # Under a constant η nothing but rounding stops a run that arrives by theory.
        if not run.gone or isinstance(self.lab.schedule, Constant):
            return False
        by_theory = name != "gd" or (self.theory is not None and bool(self.theory.gone))
        return by_theory and self.took[name] == math.inf and self.predicted[name] < math.inf

    def foretold(self) -> str:
        """What theory says of each method, in a few words."""
        return self._each(
            {
                name: foretold(self.predicted[name], self.lab.tolerance) + self.back[name]
                for name in self.lab.methods
            }
        )

    def measured(self) -> str:
        """What each method did, in a few words."""
        return self._each({name: self._measured(name) for name in self.lab.methods})

    def _measured(self, name: str) -> str:
        run, took = self.runs[name], self.took[name]
        if took < math.inf or (took == math.inf and not run.gone):
            return taken(took, self.lab.steps)
        return str(run.outcome())

    def _each(self, said: dict[str, str]) -> str:
        return "; ".join(f"{KINDS[name].label}: {words}" for name, words in said.items()) or "–"

    def sentence(self) -> str:
        """What happens and why, in numbers (Markdown)."""
        s, bowl, run = self.objective.spectrum, self.bowl, self.run
        low, top = float(s.values[0]), float(s.values[-1])
        drawn = "" if "gd" in self.lab.methods else ", which is not drawn"
        ends = f" After {steps(int(run.length))} of plain descent{drawn}: {run.outcome()}."
        if top <= 0 and low == 0 and not s.drift.any():
            return "A = 0 and b = 0: E is flat, and nothing moves."
        singular = ""
        if low == 0:
            singular = (
                f" A is singular: along {bowl.direction(0)} nothing bends, and the start's part "
                "there stays."
            )
        if not bowl.error.any() and not s.drift.any():
            kind = "minimum" if low >= 0 else "saddle" if top > 0 else "maximum"
            moved = "only rounding moves it" if np.any(run.w != run.w[0]) else "nothing moves"
            said = f"The start is a {kind}: the gradient vanishes and {moved}.{singular}"
            return said + (ends if np.any(run.w != run.w[0]) else "")
        eta = float(run.eta[0])
        if low < 0:
            kind = "indefinite" if top > 0 else f"negative {'semi-' if top == 0 else ''}definite"
            which = "each" if isinstance(self.lab.schedule, Constant) else "the first"
            bends = (
                f"**A is {kind}**: along {bowl.direction(0)} the curvature is λ = {num(low)}, so E has "
                "no minimum."
            )
            if self.lab.eta <= 0:
                return (
                    f"{bends} And no descent, as η is not positive: {which} step multiplies the error "
                    f"there by 1 − ηλ = **{_factor(eta, low)}**, and the one along the largest λ = "
                    f"{num(top)} by **{_factor(eta, top)}**.{ends}"
                )
            unseen = (
                "" if bowl.error[0] else " The start has no part there: only rounding seeds it."
            )
            return (
                f"{bends} Every η > 0 makes the error there grow, however small it is at the start: "
                f"{which} step multiplies it by 1 − ηλ = **{_factor(eta, low)}**.{unseen}{ends}"
            )
        bound = self._bounds_in_words()
        if s.drift.any():
            slope = bowl.direction(int(np.flatnonzero(s.drift)[0]))
            return (
                f"**A is singular and b is not in its range**: along {slope} E is a "
                f"straight slope without end, and every η > 0 drifts down it. {bound}"
                f"{self._beside_the_slope(eta, top)}{ends}"
            )
        kappa = curvature.effective_condition_number(s)
        ends_of = _factor(eta, float(s.values[s.values > 0][0])), _factor(eta, top)
        factors = (
            f"the errors by **{ends_of[0]}** (slowest direction) to **{ends_of[1]}** (steepest)"
        )
        if ends_of[0] == ends_of[1]:
            factors = f"all errors by **{ends_of[0]}**"
        step = "" if isinstance(self.lab.schedule, Constant) else "The first step's "
        among = " among the directions that bend" if singular else ""
        return (
            f"**κ = {num(kappa)}**{among}. {bound} {step}η = {unlike(eta, 1 / top, 2 / top)} multiplies "
            f"{factors}: {self._does(s.values[bowl.error != 0], top)}.{singular}"
            f"{self._counted()}{ends}"
        )

    def _beside_the_slope(self, eta: float, top: float) -> str:
        """What the first step's η does besides drifting down a slope without end, or instead of it."""
        if self.lab.eta <= 0:
            does = "climbs" if self.lab.eta else "moves nothing"
            return f" η = {num(self.lab.eta)} is not positive: it {does}."
        if eta * top <= 2 * (1 + SAME) or not self.bowl.error[-1]:
            return ""
        which = "each" if isinstance(self.lab.schedule, Constant) else "the first"
        return (
            f" η = {unlike(eta, 2 / top)} is beyond it: {which} step multiplies the error along the "
            f"steepest direction by **{_factor(eta, top)}**."
        )

    def _does(self, met: Array, top: float) -> str:
        """What becomes of the directions of curvatures `met`, ascending, that the start has an error in."""
        if self.lab.eta <= 0:
            return "no descent: η is not positive"
        slow, share = self.lab.eta * float(met[0]), self.lab.eta * float(met[-1])
        seen = met[-1] >= (1 - SAME) * top
        along = "the steepest direction" if seen else "the steepest of its own"
        if abs(share - 2) <= 2 * SAME:
            does = f"**jumps between two points for ever** along {along}"
        elif share > 2:
            does = f"**diverges** along {along}"
        elif abs(share - 1) <= SAME and abs(slow - 1) <= SAME:
            does = "**lands on the minimum in one step**, as all directions with an error are alike"
        elif share > 1 + SAME:
            does = f"**converges**, oscillating along {along}"
        else:
            does = "**converges** without oscillating"
        start = "" if seen else "the start has no part along the steepest direction, and "
        if not seen and self.run.eta.max() * top > 2 * (1 + SAME) and share <= 2:
            does += " unless rounding seeds that one"
        if isinstance(self.lab.schedule, Constant):
            return f"{start}descent {does}"
        kept = (
            "leaves it so in these steps" if np.all(self.run.eta == self.lab.eta) else "changes it"
        )
        return (
            f"{start}with η = {num(self.lab.eta)} kept, descent {does}; "
            f"the schedule ({self.lab.schedule.label}) {kept}"
        )

    def _bounds_in_words(self) -> str:
        true = curvature.limit(self.objective.spectrum)
        notes = curvature.notes_bound(self.objective.A)
        if not math.isfinite(true):
            return "There is no upward curvature to limit η."
        if abs(notes - true) <= 1e-9 * true:
            return (
                f"Limit of η: 2/λ_max = **{num(true)}**; the notes' 2·min 1/a_ii is the same, "
                "as the steepest direction is a weight's own."
            )
        return (
            f"Limit of η: 2/λ_max = **{num(true)}**; the notes' 2·min 1/a_ii = {num(notes)} is too "
            "generous, as it holds for diagonal A only."
        )

    def _counted(self) -> str:
        predicted, took = self.predicted["gd"], self.took["gd"]
        goal = percent(self.lab.tolerance)
        measured = (
            f"took {count(took)}"
            if took < math.inf
            else f"not reached in {steps(int(self.run.length) if self.run.gone else self.lab.steps)}"
        )
        if not isinstance(self.lab.schedule, OpenLoop):
            return f" To {goal} of the starting error: {measured}."
        if predicted == math.inf:
            return f" Predicted: {goal} of the starting error is **never** reached; {measured}."
        if self.back["gd"]:
            measured = f"the schedule would bring it back by then, but {stopped(self.run)}"
        return f" Predicted **{steps(predicted)}** to {goal} of the starting error; {measured}."

    def notes(self) -> tuple[str, ...]:
        """What the reader should know besides, a line each."""
        runs, theory, objective = self.runs, self.theory, self.objective
        notes, run = [], self.run
        if theory is not None and theory.outcome().status is not run.outcome().status:
            notes.append(
                f"The exact path: {theory.outcome()}; the run: {run.outcome()}. Rounding in "
                "the loop seeds a direction that the exact path does not know. In practice the run counts."
            )
        seeded = [n for n in runs if n != "gd" and runs[n].gone and self.predicted[n] < math.inf]
        if seeded and isinstance(self.lab.schedule, Constant):
            notes.append(
                f"{', '.join(KINDS[name].label for name in seeded)}: rounding seeds a direction that the "
                "start has no part in, and that the prediction leaves out. In practice the run counts."
            )
        passing = [n for n in runs if self.predicted[n] == math.inf and self.took[n] < math.inf]
        if passing:
            notes.append(
                f"{', '.join(KINDS[name].label for name in passing)}: predicted for the long run; "
                "on the way the error was small for a while."
            )
        kappa = curvature.effective_condition_number(objective.spectrum)
        if self.lab.tolerance < kappa * EPS < math.inf:
            notes.append(
                f"κ = {num(kappa)} leaves the weights fewer digits than the tolerance asks for: rounding "
                "may decide when it is met."
            )
        if objective.n > 2:
            notes.append(
                "The level lines show the plane through the minimum along the slowest (across) and the "
                "steepest eigenvector (up), as distances from the minimum."
            )
        if "coordinate" in self.lab.methods and (np.diagonal(objective.A) <= 0).any():
            notes.append(
                "Per coordinate leaves a weight alone whose own curvature is not positive."
            )
        return tuple(notes)


def _factor(eta: float, curved: float) -> str:
    """1 − ηλ in words."""
    return unlike(less_rounding(1 - eta * curved), -1, 0, 1)
