"""What a training of "A real network" found: sharpness, its limit, spectra, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import numpy as np

from convcore.descent.descent import Outcome, Status, Trajectory
from convcore.labkit.study import Record, Study
from convcore.labs.network.data import Sample, sampled
from convcore.labs.network.readings import NEAR, Readings
from convcore.labs.network.settings import RealNetworkSettings
from convcore.labs.network.training import TRAININGS, TrainedNetwork
from convcore.network import Network
from convcore.objectives.base import EPS
from convcore.parallel import Report, throttled

RISE = 1e-12  # share of E above which a rise is more than rounding
SEEN = 0.1  # share of E above which a rise can be seen in its picture
NEGATIVE = 1e-6  # an eigenvalue below −NEGATIVE is negative beyond doubt
HOVERS = (0.9, 1.1)  # shares of the limit between which sharpness stays about it


class Edge(Enum):
    """What the sharpness did relative to the limit that a quadratic has."""

    NO_LIMIT = "the method has no fixed limit"
    DIVERGED = "the run diverged"
    NEVER_REACHED = "it never reached the limit"
    JUST_REACHED = "it reached the limit in the later half of the run and is there at its end"
    LEFT_AGAIN = "it reached the limit in the later half of the run and has left it"
    STAYS = "it stays about the limit"
    ABOVE = "over the later half of the run it is above the limit"
    BELOW = "over the later half of the run it is below the limit, which it had reached"


@dataclass(frozen=True, eq=False)
class RealNetworkStudy(Study):
    """A training and what was measured along it.

    sample: the points; net: the network on them; training: the run, its readings, and what the network
    had learnt at the steps that can be selected.
    """

    settings: RealNetworkSettings
    sample: Sample
    net: Network
    training: TrainedNetwork

    @property
    def run(self) -> Trajectory:
        """The record of the training, without its weights."""
        return self.training.run

    @property
    def readings(self) -> Readings:
        """Sharpness, spectra and the quadratic model's predictions at the steps that were read."""
        return self.training.readings

    @property
    def length(self) -> int:
        """The last step that is recorded."""
        return int(self.run.length)

    @cached_property
    def outcome(self) -> Outcome:
        """How the run ends; eigenvalues that may be rounding decide the kind of its last point."""
        return self.run.outcome()

    @property
    def fits_exactly(self) -> bool:
        """Whether it converged to E = 0, to rounding."""
        loss = self.run.loss
        return self.outcome.status is Status.CONVERGED and bool(loss[-1] <= EPS * loss[0])

    @cached_property
    def rises(self) -> int:
        """At how many steps E rises, by more than rounding."""
        loss = self.run.loss[: self.length + 1]
        return int((np.diff(loss) > RISE * np.abs(loss[:-1])).sum())

    @cached_property
    def rises_seen(self) -> int:
        """At how many steps E rises so much that it can be seen."""
        loss = self.run.loss[: self.length + 1]
        return int((np.diff(loss) > SEEN * np.abs(loss[:-1])).sum())

    @property
    def always_falls(self) -> bool:
        """Whether E falls at each step."""
        return bool(np.all(np.diff(self.run.loss[: self.length + 1]) < 0))

    @property
    def limited(self) -> bool:
        """Whether the method has a fixed limit of curvature."""
        return bool(np.isfinite(self.readings.limit).any())

    @property
    def stable_throughout(self) -> bool:
        """Whether sharpness was below its limit at every step that was read but the last."""
        readings = self.readings
        return bool((readings.share[: len(readings.predicted)] < 1).all())

    @cached_property
    def edge(self) -> Edge:
        """What the sharpness did relative to its limit."""
        readings = self.readings
        if not self.limited:
            return Edge.NO_LIMIT
        if self.outcome.status is Status.DIVERGED:
            return Edge.DIVERGED
        if readings.crossing is None:
            return Edge.NEVER_REACHED
        if readings.crossing > readings.k[-1] / 2:
            return Edge.JUST_REACHED if readings.share[-1] >= NEAR else Edge.LEFT_AGAIN
        if HOVERS[0] <= readings.late <= HOVERS[1]:
            return Edge.STAYS
        return Edge.ABOVE if readings.late > HOVERS[1] else Edge.BELOW

    @property
    def dip(self) -> int | None:
        """The reading at which sharpness is furthest below its limit; None if it never is."""
        least = int(self.readings.share.argmin())
        return least if self.readings.share[least] < 1 else None

    @cached_property
    def comeback(self) -> int | None:
        """The step with the lowest E after one that brought it down from a rise; None if none did.

        On a quadratic plain descent with a fixed η has none: E is a sum of geometric sequences, which is
        log-convex.
        """
        loss = self.run.loss[: self.length + 1]
        change, noise = np.diff(loss), RISE * np.abs(loss[:-1])
        risen = np.logical_or.accumulate(change > noise)
        falls = np.flatnonzero(risen & (change < -noise))
        return int(falls[0] + 1 + loss[falls[0] + 1 :].argmin()) if falls.size else None

    @cached_property
    def signs(self) -> tuple[tuple[int, int, int], ...]:
        """How many eigenvalues are negative, zero to rounding, positive, for each spectrum."""
        return tuple(self.readings.signs(s) for s in range(len(self.readings.spectra)))

    def clearly_negative(self, s: int) -> int:
        """How many eigenvalues of spectrum s are below −NEGATIVE."""
        return int((self.readings.spectra[s] < -NEGATIVE).sum())

    def zero(self, s: int) -> float:
        """The size below which an eigenvalue of spectrum s may be rounding, as `inertia` counts it."""
        return float(self.net.n * EPS * np.abs(self.readings.spectra[s]).max())

    def step_of(self, reading: int) -> int:
        """The step k at which a reading was taken."""
        return int(self.readings.k[reading])

    def record(self) -> Record:
        """η, loss and sharpness by step; the last step has no η, most steps no reading of sharpness."""
        last, readings = self.length, self.readings
        sharpness: list[float | str] = [""] * (last + 1)
        for k, value in zip(readings.k.tolist(), readings.sharpness.tolist(), strict=True):
            sharpness[k] = value
        return {
            "step": np.arange(last + 1),
            "eta": [*self.run.eta[:last].tolist(), ""],
            "E": self.run.loss[: last + 1],
            "sharpness": sharpness,
        }


def study(settings: RealNetworkSettings, report: Report | None = None) -> RealNetworkStudy:
    """Train the network unless its training is cached: showing another step trains nothing."""
    training = TRAININGS.result(settings.job, throttled(report))
    return RealNetworkStudy(settings, sampled(settings.data), settings.network(), training)
