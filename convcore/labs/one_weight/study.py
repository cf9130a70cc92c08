"""What a run of "One weight" found: its path beside the closed form, and the steps to the tolerance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from convcore.arrays import Array
from convcore.descent.descent import Trajectory, descend, descend_each
from convcore.descent.schedules import OpenLoop
from convcore.descent.theory import Regime, predicted_steps, regime
from convcore.labkit.study import Record, Study
from convcore.labs.one_weight.settings import OneWeightSettings
from convcore.objectives.base import EPS
from convcore.optimizers import GradientDescent

CLOSE = 1e-9  # of the starting error: landed, as far as rounding lets one see


@dataclass(frozen=True, eq=False)
class Errors:
    """The error w_k − w* along a run (K+1,), and the factor of each step until rounding rules (k,)."""

    error: Array
    factors: Array

    @property
    def first(self) -> float:
        """The factor of the first step."""
        return float(self.factors[0])

    @property
    def left(self) -> float:
        """The share of the starting error that is left at the end."""
        return abs(float(self.error[-1] / self.error[0]))


@dataclass(frozen=True, eq=False)
class OneWeightStudy(Study):
    """A run of plain descent on a parabola.

    run: the loop's path, up to where it blew up. theory: the closed form's likewise, None if η is not
    known beforehand. etas: η_k of all steps (K,).
    predicted: steps to the tolerance by theory, inf for never; None where there is no theory of them.
    took: the steps that the run took to it, inf if it did not get there, NaN without a stationary point.
    """

    settings: OneWeightSettings
    run: Trajectory
    theory: Trajectory | None
    etas: Array
    predicted: float | None
    took: float

    @property
    def last(self) -> int:
        """The last step that is recorded."""
        return int(self.run.length)

    @property
    def first_eta(self) -> float:
        """η_0, as the first step takes it."""
        return float(self.etas[0])

    def at_all_steps(self, run: Trajectory) -> tuple[Array, Array]:
        """w and E of a run of this study at all steps (K+1,): a run that ended holds its last."""
        rest = self.settings.steps + 1 - len(run.loss)
        w, loss = run.w[:, 0], run.loss
        return (
            (np.pad(w, (0, rest), "edge"), np.pad(loss, (0, rest), "edge")) if rest else (w, loss)
        )

    @property
    def regime(self) -> Regime:
        """What descent does if η is kept."""
        return regime(self.settings.a, self.settings.eta, self.settings.b)

    @property
    def schedule_acts(self) -> bool:
        """Whether the schedule changes η within these steps."""
        return not bool(np.all(self.etas == self.settings.eta))

    @property
    def lost(self) -> bool:
        """Whether the run ended before it came to the tolerance, as it blew up."""
        return self.took == math.inf and bool(self.run.gone)

    @cached_property
    def measured_factor(self) -> float:
        """What the first step multiplied the error by, or 1 − ηa where they differ by rounding only.

        Needs a stationary point, and a start that is not there.
        """
        lab = self.settings
        away = lab.w0 - lab.centre
        factor, first = 1 - self.first_eta * lab.a, float(self.run.w[1, 0] - lab.centre) / away
        rounding = 8 * EPS * (1 + abs(self.first_eta * lab.a)) * (abs(lab.w0) + abs(lab.centre))
        return factor if abs(first - factor) * abs(away) <= rounding else first

    @cached_property
    def errors(self) -> Errors | None:
        """The errors of the run; None if it starts where E′ = 0."""
        centre = self.settings.centre
        error = self.run.w[:, 0] - centre
        if error[0] == 0 or len(error) < 2:
            return None
        # Where the error is as small as the rounding of w, the ratio of two says nothing.
        seen = np.abs(error[:-1]) > 1e6 * EPS * (abs(error[0]) + abs(centre))
        count = max(1, int(np.argmin(np.append(seen, False))))
        return Errors(error, error[1 : count + 1] / error[:count])

    @property
    def stalls(self) -> bool:
        """Whether the schedule's steps to come cannot halve what is left of the error."""
        lab = self.settings
        if self.errors is None or lab.constant or not isinstance(lab.schedule, OpenLoop):
            return False
        rest = lab.schedule.remaining(lab.steps) * abs(lab.eta * lab.a)
        return bool(rest < 0.5 and self.errors.left > 1e-6)

    def record(self) -> Record:
        record = {
            "step": np.arange(self.last + 1),
            "eta": np.append(self.run.eta, 0.0),
            "w": self.run.w[:, 0],
            "E": self.run.loss,
        }
        if self.theory is None:
            return record
        predicted, _ = self.at_all_steps(self.theory)
        return record | {"w predicted": predicted[: self.last + 1]}


def study(lab: OneWeightSettings) -> OneWeightStudy:
    """Run descent, and the closed form beside it where η is known beforehand."""
    objective = lab.objective
    theory = predicted = None
    if isinstance(lab.schedule, OpenLoop):
        candidates = [(lab.eta, GradientDescent())]
        run, theory = descend_each(
            objective, [lab.w0], candidates, lab.schedule, lab.steps, exact=lab.eta
        )
        if lab.still:
            predicted = 0.0
        elif lab.a != 0:
            error = np.array([lab.w0 - lab.centre])
            predicted = predicted_steps(
                np.array([lab.a]), error, lab.eta, lab.schedule, lab.tolerance
            )
    else:
        run = descend(objective, [lab.w0], lab.eta, schedule=lab.schedule, steps=lab.steps)
    took = float(run.steps_to(lab.tolerance, np.array([lab.centre]))) if lab.a else math.nan
    return OneWeightStudy(
        lab, run.cut(), None if theory is None else theory.cut(), run.eta.copy(), predicted, took
    )
