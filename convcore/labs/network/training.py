"""A training as a job: everything it depends on, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from convcore.arrays import Array
from convcore.cache import Cache, Job
from convcore.descent.descent import Trajectory, descend
from convcore.descent.schedules import Schedule
from convcore.knobs import files
from convcore.labs.network.data import Data, Sample, sampled
from convcore.labs.network.learnt import Learnt, learnt_by
from convcore.labs.network.readings import Readings, checkpoints, read
from convcore.network import Network
from convcore.optimizers import Optimizer
from convcore.parallel import Report, portion


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """A finished training.

    run: its record, without the weights, which would take tens of megabytes. readings: what was
    measured along it. weights: (S, n), at the steps of `readings.at`. learnt: what the network gave there.
    """

    run: Trajectory
    readings: Readings
    weights: Array
    learnt: Learnt


@dataclass(frozen=True)
class NetworkTraining(Job[TrainedNetwork]):
    """A network trained on all points at once; the fields are those of `RealNetworkSettings`.

    steps: those that are run, no more than the budget allows.
    """

    data: Data
    hidden: tuple[float, ...]
    activation: str
    optimizer: Optimizer
    eta: float
    schedule: Schedule
    steps: int
    seed: int

    def compute(self, report: Report | None = None) -> TrainedNetwork:
        sample = sampled(self.data)
        net = network_of(sample, self.hidden, self.activation)
        run = descend(
            net,
            net.initial(self.seed),
            self.eta,
            self.optimizer,
            self.schedule,
            self.steps,
            report=portion(report, 0, 0.4),
        )
        stops = checkpoints(run)
        # Free the weights of all steps before the Hessians; a view would keep them alive.
        run = replace(run, w=run.w[:0].copy())
        readings = read(net, run, stops, self.optimizer, portion(report, 0.4, 0.95))
        weights = stops.w[readings.at]
        return TrainedNetwork(run, readings, weights, learnt_by(net, sample, weights))


TRAININGS = Cache(16, "trainings", texts=lambda job: files(job.data))


def network_of(sample: Sample, hidden: tuple[float, ...], activation: str) -> Network:
    """The objective that is trained on these points; hidden: whole widths."""
    widths = tuple(int(width) for width in hidden)
    return Network(sample.inputs, sample.targets, widths, activation, sample.divergence)
