"""The settings of "A real network": what is trained, how, and which step is shown."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Self

from convcore.descent.schedules import SCHEDULES, Constant, Schedule
from convcore.knobs import FieldError, OneOf, Range, Variant, Vector, Whole
from convcore.labkit.settings import Settings
from convcore.labs.network.data import Chebyshev, Data, Moons, Spirals, sampled
from convcore.labs.network.data_table import TableData
from convcore.labs.network.training import TRAININGS, NetworkTraining, network_of
from convcore.network import ACTIVATIONS, Network
from convcore.optimizers import OPTIMIZERS, GradientDescent, Optimizer
from convcore.optimizers.hessian_free import HESSIAN_FREE

# Sources of points: the key in a permalink, and the class.
DATA: tuple[tuple[str, type[Data]], ...] = (
    ("chebyshev", Chebyshev),
    ("spirals", Spirals),
    ("moons", Moons),
    ("table", TableData),
)
METHODS: tuple[tuple[str, type[Optimizer]], ...] = (*OPTIMIZERS, *HESSIAN_FREE)
MOST_WEIGHTS = 1000  # a whole spectrum takes n³ operations
MOST_STEPS = 10_000
BUDGET = 1.5e10  # operations that a training may take
READ = 5e8  # operations that its spectra take at least
OVERHEAD = 3e5  # operations of each step that do not depend on the network


@dataclass(frozen=True)
class RealNetworkSettings(Settings):
    """A multilayer perceptron trained on all points at once, and its sharpness along the way.

    Raises FieldError for an invalid value, and for a network of more than MOST_WEIGHTS.
    """

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
            "step shown",
            "whose fit and spectrum are shown; or point at the loss; beyond the last it is the last",
            0,
            MOST_STEPS,
            100,
        ),
    ] = MOST_STEPS

    key: ClassVar[str] = "network"
    title: ClassVar[str] = "A real network"
    first = ("eta", "data", "hidden", "optimizer", "steps")

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
    def work(self) -> float:
        return 0.0 if self.job in TRAININGS else self.work_anew

    @property
    def work_anew(self) -> float:
        return READ + self.taken * self.step_cost

    @property
    def job(self) -> NetworkTraining:
        """Its training, whichever step is shown, with no more steps than the budget allows."""
        return NetworkTraining(
            self.data,
            self.hidden,
            self.activation,
            self.optimizer,
            self.eta,
            self.schedule,
            self.taken,
            self.seed,
        )

    def network(self) -> Network:
        """The objective that is trained."""
        return network_of(sampled(self.data), self.hidden, self.activation)

    @property
    def plane_key(self) -> Hashable:
        """Fits to the same points may lie in one plane."""
        return self.data

    @property
    def taken(self) -> int:
        """The steps that are run: those requested, as far as the budget allows."""
        return int(min(self.steps, max(5, self.budget / self.step_cost)))

    @property
    def budget(self) -> float:
        """How many operations a training may take."""
        return BUDGET

    @property
    def step_cost(self) -> float:
        """About how many operations a step takes, overhead included."""
        net = self.network()
        n, gradient = net.n, OVERHEAD + 6.0 * len(net.inputs) * net.n
        return self.optimizer.work(n, gradient)

    @property
    def method(self) -> str:
        """The optimizer's key."""
        return next(key for key, kind in METHODS if type(self.optimizer) is kind)

    def after(self, field: str, before: Self | None = None) -> Self:
        kept = before is not None and self.optimizer.same_scale(before.optimizer)
        if field != "optimizer" or kept:
            return self
        eta, most = self.optimizer.usual
        return replace(self, eta=eta, steps=most)
