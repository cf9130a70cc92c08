"""What a run of "Many weights" found: a path for each method, and what theory says of each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from convcore.arrays import Array
from convcore.descent import theory
from convcore.descent.descent import Status, Trajectory, descend_each
from convcore.descent.schedules import Constant, OpenLoop
from convcore.descent.theory import SAME, Regime
from convcore.labkit.record import by_step
from convcore.labkit.study import Record, Study
from convcore.labs.many_weights import method_theory
from convcore.labs.many_weights.minibatches import MinibatchStudy, minibatches
from convcore.labs.many_weights.plane import QuadraticPlane
from convcore.labs.many_weights.scalings import Coefficients, Scaling, by_scaling, coefficients
from convcore.labs.many_weights.settings import KINDS, ManyWeightsSettings
from convcore.objectives.quadratics import QuadraticForm
from convcore.parallel import Report


@dataclass(frozen=True, eq=False)
class ManyWeightsStudy(Study):
    """The runs of all methods from one start, each up to its last step, beside their theory.

    runs: by method, plain descent first and always among them. exact: the closed-form path of plain
    descent, if η is known beforehand. etas: the step sizes (steps,) of plain descent, those after it blew
    up included. rates: the asymptotic factor per step by method, NaN if there is none. predicted, took:
    steps to the tolerance by method, by theory and by the run; inf for never, NaN if that is no question.
    minibatches: where they are shown, of a table.
    """

    settings: ManyWeightsSettings
    plane: QuadraticPlane
    runs: Mapping[str, Trajectory]
    exact: Trajectory | None
    etas: Array
    rates: Mapping[str, float]
    predicted: Mapping[str, float]
    took: Mapping[str, float]
    minibatches: MinibatchStudy | None = None

    @property
    def objective(self) -> QuadraticForm:
        """The quadratic; of a cross-entropy the one at its minimum."""
        return self.plane.objective

    @property
    def local(self) -> bool:
        """Whether theory holds only near the minimum, as E is no quadratic."""
        return self.plane.local

    @property
    def run(self) -> Trajectory:
        """The run of plain descent."""
        return self.runs["gd"]

    @cached_property
    def shown(self) -> Mapping[str, Trajectory]:
        """The runs of the settings' methods: plain descent need not be among them."""
        return {name: run for name, run in self.runs.items() if name in self.settings.methods}

    @cached_property
    def regime(self) -> Regime | None:
        """What plain descent does at a constant η, along the steepest direction with an error at the start.

        None where there is no error, or no minimum.
        """
        return method_theory.regime(self.settings, self.plane)

    @cached_property
    def grows(self) -> bool:
        """Whether plain descent diverges for certain, though its steps ran out first: η is constant, and
        an error that the start has grows by a factor at each step."""
        settings, s = self.settings, self.objective.spectrum
        if self.local or not isinstance(settings.schedule, Constant):
            return False
        factors = np.abs(1 - settings.eta * s.values)[self.plane.error != 0]
        return bool((factors > 1 + SAME).any())

    @property
    def unsettled(self) -> bool:
        """Whether plain descent on a cross-entropy stays off its minimum, as η is beyond the limit."""
        if not self.local or not isinstance(self.settings.schedule, Constant):
            return False
        beyond = self.settings.eta > theory.limit(self.objective.spectrum) * (1 + SAME)
        moving = self.run.outcome().status in (Status.OUT_OF_STEPS, Status.CYCLING)
        return beyond and moving and bool(self.plane.error.any())

    @cached_property
    def limits(self) -> Mapping[str, float]:
        """The largest η by method with which it converges; NaN if there is none or it did not run."""
        return method_theory.limits(self.settings, self.plane, self.runs)

    @cached_property
    def doubt(self) -> Mapping[str, float]:
        """About the relative error that rounding of A leaves in large predicted counts, by method."""
        return {name: method_theory.doubt(self.plane, name) for name in self.runs}

    def counted(self, name: str) -> bool:
        """Whether theory counts a method's steps; it can end with "more than `theory.HORIZON`"."""
        open_loop = isinstance(self.settings.schedule, OpenLoop) and name in ("gd", "newton")
        open_loop &= not self.local
        exists = self.objective.minimiser is not None
        return exists and (open_loop or not math.isnan(self.predicted[name]))

    @cached_property
    def whitened_values(self) -> Array | None:
        """The eigenvalues (n,) of S⁻ᵀAS⁻¹, A in the whitened space; None where A has no such root S."""
        A = self.objective.A
        if self.objective.spectrum.values[0] <= 0:
            return None
        try:
            S = theory.whitening(A)
        except ValueError:
            return None
        return np.linalg.eigvalsh(np.linalg.solve(S.T, np.linalg.solve(S.T, A).T))

    @cached_property
    def would_return(self) -> frozenset[str]:
        """The methods whose run is stopped, though by theory its schedule would bring it back."""
        # Under a constant η nothing but rounding stops a run that arrives by theory.
        if self.local or isinstance(self.settings.schedule, Constant):
            return frozenset()
        return frozenset(name for name, run in self.runs.items() if self._would_return(name, run))

    def _would_return(self, name: str, run: Trajectory) -> bool:
        by_theory = name != "gd" or (self.exact is not None and bool(self.exact.gone))
        late = self.took[name] == math.inf and self.predicted[name] < math.inf
        return bool(run.gone) and by_theory and late

    @cached_property
    def elsewhere(self) -> tuple[str, ...]:
        """The methods that lead to another of many minima than plain descent.

        One η per coordinate by theory; others that scale each weight where their runs show it.
        """
        if self.objective.minimiser is None or self.objective.spectrum.values[0] != 0:
            return ()
        return tuple(name for name in self.runs if self._elsewhere(name))

    def _elsewhere(self, name: str) -> bool:
        plane, modes = self.plane, self.plane.coordinate_modes
        if name == "coordinate":
            parts = modes.parts(plane.start, plane.target)
            converges = 0 < self.settings.relative < self.limits["coordinate"]
            return bool(converges and np.any(parts[modes.values == 0]))
        s, run = self.objective.spectrum, self.runs[name]
        along = (run.w[-1] - plane.start) @ s.vectors[:, s.values == 0]
        goal = self.settings.tolerance * float(np.linalg.norm(plane.error))
        return KINDS[name].sized and not run.gone and bool(np.linalg.norm(along) > goal)

    @cached_property
    def leaves_again(self) -> tuple[str, ...]:
        """The methods without a theory of their steps that come within the tolerance and go again."""
        return tuple(name for name in self.runs if self._leaves_again(name))

    def _leaves_again(self, name: str) -> bool:
        if self.counted(name) or not self.took[name] < math.inf or not self.plane.error.any():
            return False
        away = np.linalg.norm(self.runs[name].w[[0, -1]] - self.plane.target, axis=1)
        return bool(away[1] > self.settings.tolerance * away[0])

    @cached_property
    def scalings(self) -> tuple[Scaling, ...]:
        """For a table, what each scaling of its features would need; else nothing."""
        return by_scaling(self.settings.problem, self.settings.tolerance)

    @cached_property
    def coefficients(self) -> Coefficients | None:
        """For a table, the coefficients of its raw features; else None."""
        return coefficients(self.settings.problem, self.objective, self.run.w[-1])

    def record(self) -> Record:
        return by_step("method", list(self.runs), list(self.runs.values()))


def study(settings: ManyWeightsSettings, report: Report | None = None) -> ManyWeightsStudy:
    """Run all methods, and compute what theory says of each; too fast to `report`."""
    plane = settings.plane
    methods = tuple(dict.fromkeys(("gd", *settings.methods)))
    candidates = [(settings.eta_of(name), settings.optimizer(name)) for name in methods]
    known = isinstance(settings.schedule, OpenLoop) and not plane.local
    eta = settings.eta if known else None
    found = descend_each(
        plane.function, plane.start, candidates, settings.schedule, settings.steps, exact=eta
    )
    cut = [run.cut() for run in found]
    runs = dict(zip(methods, cut, strict=False))
    return ManyWeightsStudy(
        settings,
        plane,
        runs,
        exact=None if eta is None else cut[-1],
        etas=found[0].eta.copy(),
        rates={name: method_theory.rate(settings, plane, name) for name in runs},
        predicted=method_theory.predicted(settings, plane),
        took={name: method_theory.took(settings, plane, run) for name, run in runs.items()},
        minibatches=minibatches(settings) if settings.also == "minibatches" else None,
    )
