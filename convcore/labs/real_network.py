"""The lab "A real network": how far the theory of a quadratic holds for a network (SCIENCE G, D 13)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Annotated, Any, ClassVar

from convcore.charts.picture import Picture
from convcore.descent import descend
from convcore.hessian_cost import measured_here
from convcore.hessian_free import HESSIAN_FREE
from convcore.knobs import FieldError, OneOf, Range, Variant, Vector, Whole
from convcore.labkit.lab import Lab, Result
from convcore.labkit.study import Unsplit
from convcore.labs.network_cost import cost_picture, costs
from convcore.labs.network_data import Chebyshev, Data, Moons, Sample, Spirals
from convcore.labs.network_table import TableData
from convcore.labs.network_view import pictures
from convcore.labs.real_network_facts import facts, record
from convcore.labs.real_network_words import Account
from convcore.labs.training import Training, read, stations
from convcore.memory import Memory
from convcore.network import ACTIVATIONS, Network
from convcore.optimizers import OPTIMIZERS, GradientDescent, Optimizer
from convcore.schedules import SCHEDULES, Constant, Schedule
from convcore.workers import Report, paced, within

# One entry a source of points: its key in a permalink, its class.
DATA: tuple[tuple[str, type[Data]], ...] = (
    ("chebyshev", Chebyshev),
    ("spirals", Spirals),
    ("moons", Moons),
    ("table", TableData),
)
METHODS: tuple[tuple[str, type[Optimizer]], ...] = (*OPTIMIZERS, *HESSIAN_FREE)
# Few: a key holds its table, the text of an uploaded one too, up to 5 MB of file.
TRAININGS = Memory(16, "trainings")
MOST_WEIGHTS = 1000  # a whole spectrum takes n³ operations
MOST_STEPS = 10_000
# What a training may cost: operations, of which a step takes at least some thousand besides its own.
BUDGET = 1.5e10
OVERHEAD = 3e5


@dataclass(frozen=True)
class RealNetwork(Lab):
    """A multilayer perceptron trained on all points at once, its sharpness read on the way."""

    data: Annotated[Data, Variant("data", "what the network learns", DATA)] = Chebyshev()
    hidden: Annotated[
        tuple[float, ...],
        Vector("hidden widths", "units of each hidden layer, such as 20, 20", 6, "none"),
    ] = (20.0, 20.0)
    activation: Annotated[
        str,
        OneOf(
            "activation",
            "of the hidden units; the output is linear",
            tuple(ACTIVATIONS),
            tuple((key, kind.label) for key, kind in ACTIVATIONS.items()),
        ),
    ] = "tanh"
    optimizer: Annotated[
        Optimizer, Variant("optimizer", "how a gradient becomes a step", METHODS)
    ] = GradientDescent()
    eta: Annotated[
        float,
        Range(
            "step size η",
            "of each step; for Newton's kin the share of the full step",
            1e-4,
            10,
            0.01,
            True,
            (1e-9, 1e6),
        ),
    ] = 0.2
    schedule: Annotated[
        Schedule, Variant("schedule", "how η changes from step to step", SCHEDULES)
    ] = Constant()
    steps: Annotated[int, Whole("steps", "how many steps are taken", 1, MOST_STEPS, 100)] = 6000
    seed: Annotated[int, Whole("seed", "of the random start: weights normal/√fan-in", 0, 99)] = 0
    look: Annotated[
        int,
        Whole(
            "look at step",
            "whose fit and spectrum are shown; or point at the loss; beyond the last it is the last",
            0,
            MOST_STEPS,
            100,
        ),
    ] = MOST_STEPS

    key: ClassVar[str] = "network"
    title: ClassVar[str] = "A real network"
    aside: ClassVar[str] = "What a Hessian costs: measured here, extended to 10¹² weights"

    def __post_init__(self) -> None:
        if any(width != int(width) or not 1 <= width <= 500 for width in self.hidden):
            raise FieldError("hidden", "hidden widths are whole numbers from 1 to 500: 20, 20.")
        if self.activation not in ACTIVATIONS:
            raise FieldError("activation", f"activation is one of {', '.join(ACTIVATIONS)}.")
        if not 0 < self.eta <= 1e6:
            raise FieldError("eta", "η must be above 0 and at most 1e6.")
        if not 1 <= self.steps <= MOST_STEPS:
            raise FieldError("steps", f"steps must be between 1 and {MOST_STEPS:,}.")
        if self.seed < 0:
            raise FieldError("seed", "the seed must be a whole number from 0.")
        n = self.network().n
        if n > MOST_WEIGHTS:
            raise FieldError(
                "hidden",
                f"This network has {n:,} weights: at most {MOST_WEIGHTS:,}, as its spectrum takes n³ "
                "operations; make it narrower.",
            )

    @property
    def heavy(self) -> bool:  # type: ignore[override]
        """Whether it has still to be trained."""
        return self._unseen() not in TRAININGS

    def network(self) -> Network:
        """The objective that is trained."""
        sample = sampled(self.data)
        hidden = tuple(int(width) for width in self.hidden)
        return Network(sample.inputs, sample.targets, hidden, self.activation, sample.divergence)

    @property
    def plane_key(self) -> Hashable:
        """Fits to the same points may lie in one plane."""
        return self.data

    @property
    def taken(self) -> int:
        """The steps that are run: as many of those asked for as a training may cost."""
        return int(min(self.steps, max(5, self.budget / self.dearness)))

    @property
    def budget(self) -> float:
        """How many operations a training may take."""
        return BUDGET

    @property
    def dearness(self) -> float:
        """About how many operations a step takes, some thousand for itself included."""
        net = self.network()
        n, gradient = net.n, OVERHEAD + 6.0 * len(net.inputs) * net.n
        return self.optimizer.work(n, gradient)

    @property
    def method(self) -> str:
        """The optimizer's key."""
        return next(key for key, kind in METHODS if type(self.optimizer) is kind)

    def after(self, field: str) -> RealNetwork:
        if field != "optimizer":
            return self
        eta, most = self.optimizer.usual
        return replace(self, eta=eta, steps=most)

    def picked(self, selection: str, point: Mapping[str, Any]) -> RealNetwork:
        return replace(self, look=int(point["k"]))

    def run(self, report: Report | None = None) -> Result:
        net, sample, training = self.network(), sampled(self.data), self.trained(report)
        told = Account(self, net, training)
        return Result(
            study=Unsplit(self, partial(record, training.run, training.readings)),
            said=(told.sentence(),),
            pictures=pictures(
                sample, net, training, self.look, self.method, self.optimizer.relative
            ),
            facts=(facts(told), costs(net.n, len(net.inputs))),
            notes=told.notes(sample.notes),
            awaits=sample.awaits,
            predicted=told.predicted(),
            measured=told.measured(),
        )

    def trained(self, report: Report | None = None) -> Training:
        """The training itself; kept, as looking at another step of it must not train anew."""
        same = self._unseen()
        return TRAININGS.held(same, lambda: same._train(paced(report)))

    def _unseen(self) -> RealNetwork:
        """What its training hangs on: not the step that is looked at."""
        return replace(self, look=0)

    def _train(self, report: Report | None) -> Training:
        net = self.network()
        start = net.initial(self.seed)
        part = within(report, 0, 0.4)
        run = descend(net, start, self.eta, self.optimizer, self.schedule, self.taken, report=part)
        stops = stations(run)
        # The weights of all steps go before the Hessians come. A copy, as a view would keep them.
        run = replace(run, w=run.w[:0].copy())
        readings = read(net, run, stops, self.optimizer, within(report, 0.4, 0.95))
        return Training(run, readings, stops.w[readings.at])

    def besides(self) -> tuple[Picture, ...]:
        """What a Hessian costs on this machine: measured once in a process, and no part of a run."""
        return (cost_picture(measured_here()),)


@lru_cache(maxsize=8)
def sampled(data: Data) -> Sample:
    """The points of a source, kept, as each change of another control asks for them again."""
    return data.sample()
