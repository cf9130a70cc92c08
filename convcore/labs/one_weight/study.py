"""What a run of "One weight" found: its path beside the closed form, and the steps to the tolerance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from convcore.arrays import Array
from convcore.descent.descent import Status, Trajectory, descend, descend_each
from convcore.descent.schedules import OpenLoop
from convcore.descent.theory import Regime, predicted_steps, regime
from convcore.labkit.study import Record, Study
from convcore.labs.one_weight.settings import OneWeightSettings
from convcore.objectives.base import EPS
from convcore.optimizers import GradientDescent
from convcore.parallel import Report

CLOSE = 1e-9  # of the starting error: what is left is rounding, and the step has landed


@dataclass(frozen=True, eq=False)
class Errors:
    """The error wₖ − w* along a run (K+1,), and what each step did until rounding rules.

    factors: what each step multiplied the error by (k,), or 1 − ηₖ·a where they differ by rounding only.
    shares: ηₖ·a of the same steps (k,), the step size in units of ηₒₚₜ.
    """

    error: Array
    factors: Array
    shares: Array

    @property
    def first_factor(self) -> float:
        """The factor of the first step."""
        return float(self.factors[0])

    @property
    def share_left(self) -> float:
        """The share of the starting error that is left at the end."""
        return abs(float(self.error[-1] / self.error[0]))


@dataclass(frozen=True)
class FirstStep:
    """E one step on, and Taylor's series of it about w₀, with its ½ and without.

    quadratic: ½E″d², by which the two differ. rounding: of each of these numbers.
    """

    E: float
    half: float
    bare: float
    quadratic: float
    rounding: float


@dataclass(frozen=True, eq=False)
class OneWeightStudy(Study):
    """A run of plain descent on a parabola.

    run: the loop's path, w (k+1, 1), up to where it blew up. exact: the same from the closed form, None
    if η is not known beforehand. etas: ηₖ of all steps (K,).
    predicted: steps to the tolerance by theory, inf for never; None where there is no theory of them.
    took: the steps that the run took to it, inf if it did not get there, NaN without a stationary point.
    """

    settings: OneWeightSettings
    run: Trajectory
    exact: Trajectory | None
    etas: Array
    predicted: float | None
    took: float

    @property
    def last(self) -> int:
        """The last step that is recorded."""
        return int(self.run.length)

    @property
    def first_eta(self) -> float:
        """η₀, as the first step takes it."""
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
        """What descent does with η constant."""
        return regime(self.settings.a, self.settings.eta, self.settings.b)

    @property
    def schedule_acts(self) -> bool:
        """Whether the schedule changes η within these steps."""
        return not bool(np.all(self.etas == self.settings.eta))

    @property
    def blew_up_first(self) -> bool:
        """Whether the run blew up before it reached the tolerance."""
        return self.took == math.inf and bool(self.run.gone)

    @property
    def certain(self) -> Regime | None:
        """What the run does for certain, though its steps ran out first; None if they show it all.

        Only at a constant η: then each step multiplies the error by the same factor.
        """
        endless = (Regime.DIVERGES, Regime.RUNS_AWAY, Regime.CLIMBS, Regime.JUMPS)
        if self.run.outcome().status is not Status.OUT_OF_STEPS or not self.settings.constant_eta:
            return None
        climbs_to_it = self.settings.a < 0 and self.regime is Regime.CLIMBS
        return self.regime if self.regime in endless and not climbs_to_it else None

    @property
    def rest_of_way(self) -> float:
        """How far all further steps move w together, on a line (a = 0) under a schedule of finite sum."""
        settings = self.settings
        return -settings.b * settings.eta * settings.schedule.remaining(settings.steps)

    @cached_property
    def measured_factor(self) -> float:
        """What the first step multiplied the error by, or 1 − ηa where they differ by rounding only.

        Needs a stationary point, and a start that is not there.
        """
        assert self.errors is not None
        return self.errors.first_factor

    @cached_property
    def errors(self) -> Errors | None:
        """The errors of the run; None if it starts where E′ = 0."""
        centre = self.settings.centre
        error = self.run.w[:, 0] - centre
        if error[0] == 0 or len(error) < 2:
            return None
        # The ratio of two errors as small as the rounding of w says nothing.
        seen = np.abs(error[:-1]) > 1e6 * EPS * (abs(error[0]) + abs(centre))
        count = max(1, int(np.argmin(np.append(seen, False))))
        before, shares = error[:count], self.etas[:count] * self.settings.a
        factors, theory = error[1 : count + 1] / before, 1 - shares
        size = np.abs(self.run.w[:count, 0]) + abs(centre)
        rounding = 8 * EPS * (1 + np.abs(shares)) * size / np.abs(before)
        factors = np.where(np.abs(factors - theory) <= rounding, theory, factors)
        return Errors(error, factors, shares)

    @cached_property
    def first_step(self) -> FirstStep | None:
        """Taylor's series of the first step; None if that moves nothing."""
        settings, w, E = self.settings, self.run.w[:, 0], self.run.loss
        if len(w) < 2 or w[1] == w[0] or settings.starts_at_rest:
            return None
        a, d = settings.a, float(w[1] - w[0])
        quadratic = 0.5 * a * d * d
        half = float(E[0] + (a * w[0] + settings.b) * d + quadratic)
        # What E and the series are sums of; their rounding is a share of these terms.
        terms = np.abs(0.5 * a * w[:2] ** 2) + np.abs(settings.b * w[:2]) + abs(settings.c)
        size = float(terms.sum()) + abs(a * w[0] * d) + abs(settings.b * d)
        return FirstStep(float(E[1]), half, half + quadratic, quadratic, 16 * EPS * size)

    @property
    def stalls(self) -> bool:
        """Whether all steps that the schedule has left cannot halve the error that is left."""
        settings, schedule = self.settings, self.settings.schedule
        if self.errors is None or settings.constant_eta or not isinstance(schedule, OpenLoop):
            return False
        rest = schedule.remaining(settings.steps) * abs(settings.eta * settings.a)
        return bool(rest < 0.5 and self.errors.share_left > 1e-6)

    def record(self) -> Record:
        record = {
            "step": np.arange(self.last + 1),
            "eta": np.append(self.run.eta, 0.0),
            "w": self.run.w[:, 0],
            "E": self.run.loss,
        }
        if self.exact is None:
            return record
        predicted, _ = self.at_all_steps(self.exact)
        return record | {"w predicted": predicted[: self.last + 1]}


def study(settings: OneWeightSettings, report: Report | None = None) -> OneWeightStudy:
    """Run descent, and evaluate the closed form if η is known beforehand; too fast to `report`."""
    objective, schedule, tolerance = settings.objective, settings.schedule, settings.tolerance
    a, eta, w0, steps = settings.a, settings.eta, settings.w0, settings.steps
    exact = predicted = None
    if isinstance(schedule, OpenLoop):
        candidates = [(eta, GradientDescent())]
        run, exact = descend_each(objective, [w0], candidates, schedule, steps, exact=eta)
        if settings.starts_at_rest:
            predicted = 0.0
        elif a != 0:
            error = np.array([w0 - settings.centre])
            predicted = predicted_steps(np.array([a]), error, eta, schedule, tolerance)
    else:
        run = descend(objective, [w0], eta, schedule=schedule, steps=steps)
    took = float(run.steps_to(tolerance, np.array([settings.centre]))) if a else math.nan
    return OneWeightStudy(
        settings,
        run=run.cut(),
        exact=None if exact is None else exact.cut(),
        etas=run.eta.copy(),
        predicted=predicted,
        took=took,
    )
