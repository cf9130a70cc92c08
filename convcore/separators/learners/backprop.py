"""A sigmoid unit trained by backprop."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from convcore.arrays import Array
from convcore.descent.descent import Trajectory, descend
from convcore.descent.schedules import Constant, Schedule
from convcore.optimizers import GradientDescent, Optimizer
from convcore.parallel import Report, part_of
from convcore.separators.learners.learner import Learner
from convcore.separators.points import Points
from convcore.separators.sigmoid_unit import SigmoidUnit, WithinNorm

ALONE = 10_000_000  # outputs that one training may compute: half a second
TOGETHER = 40_000_000  # the same for many samples, which report their progress


@dataclass(frozen=True)
class Backprop(Learner):
    """A `SigmoidUnit` trained by `descend` from w = 0, or from a random start of size `spread`.

    divergence, epsilon, decay, activation: of the unit; bound: the largest ‖w‖, None for any. eta, epochs,
    optimizer, schedule: of `descend`; an epoch is one step on all points. seed: of the start.
    Raises ValueError for epochs < 1 and for an η that is not finite; `unit` does for what the unit refuses.
    """

    divergence: str = "l2"
    epsilon: float = 0.1
    eta: float = 0.5
    epochs: int = 2000
    decay: float = 0.0
    bound: float | None = None
    activation: str = "logistic"
    optimizer: Optimizer = field(default_factory=GradientDescent)
    schedule: Schedule = field(default_factory=Constant)
    spread: float = 0.0
    seed: int = 0
    label = "backprop"

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise ValueError(f"`Backprop(epochs=...)` must be ≥ 1; got {self.epochs}.")
        if not np.isfinite(self.eta):
            raise ValueError(f"`Backprop(eta=...)` must be finite; got {self.eta}.")

    def unit(self, x: Array, labels: Array) -> SigmoidUnit:
        """What is minimised on x (..., M, p), labels (..., M); ValueError if `SigmoidUnit` refuses them."""
        return SigmoidUnit(x, labels, self.divergence, self.epsilon, self.decay, self.activation)

    @property
    def rule(self) -> Optimizer:
        """The optimizer, kept within the bound if there is one."""
        return self.optimizer if self.bound is None else WithinNorm(self.optimizer, self.bound)

    def start(self, n: int) -> Array:
        """The first weights (n,)."""
        return self.spread * np.random.default_rng(self.seed).standard_normal(n)

    def steps(self, points: int, samples: int = 1) -> int:
        """How many epochs are run on so many samples of so many points each: see `affordable`."""
        return affordable(points * samples, self.epochs, TOGETHER if samples > 1 else ALONE)

    def train(self, points: Points, report: Report | None = None) -> Trajectory:
        """The run on these points: w (K+1, n), loss (K+1,), and how it ended.

        report: called before each epoch with the share that is done; it may raise to stop the run.
        Raises ValueError if the start does not fit or has no finite E.
        """
        return self._descend(
            self.unit(points.x, points.labels), self.start(points.inputs + 1), report
        )

    def _descend(
        self, unit: SigmoidUnit, start: Array, report: Report | None, samples: int = 1
    ) -> Trajectory:
        steps = self.steps(unit.x.shape[-2], samples)
        return descend(unit, start, self.eta, self.rule, self.schedule, steps, report=report)

    def lines(self, x: Array, labels: Array, report: Report | None = None) -> Array:
        batch, (M, p) = x.shape[:-2], x.shape[-2:]
        samples, signs = x.reshape(-1, M, p), labels.reshape(-1, M)
        R, start = len(samples), self.start(p + 1)
        settings = self.divergence, self.epsilon, self.decay, self.activation
        if not (self.optimizer.gradient_only() and self.schedule.open_loop):
            # A line search evaluates runs separately, so each sample is a run of its own.
            ends = [
                self._descend(self.unit(*pair), start, part_of(report, i, R), R).w[-1]
                for i, pair in enumerate(zip(samples, signs, strict=True))
            ]
            return np.array(ends).reshape(*batch, p + 1)
        if batch:
            unit = _WeightsOnly(samples, signs, *settings)
            start = np.broadcast_to(start, (R, p + 1))
        else:
            unit = _WeightsOnly(x, labels, *settings)
        return self._descend(unit, start, report, R).w[-1].reshape(*batch, p + 1)


class _WeightsOnly(SigmoidUnit):
    """A unit of which only the last weights are needed: computing E would cost as much as a step."""

    def value(self, w: Array) -> Array:
        return np.zeros(w.shape[:-1])

    def hessian(self, w: Array) -> Array:
        return np.zeros((*w.shape, self.n))


def affordable(points: int, epochs: int, outputs: int = ALONE) -> int:
    """How many of these epochs can be run within so many outputs, at least 1."""
    return max(1, min(epochs, outputs // points))
