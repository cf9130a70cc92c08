"""The settings of "Perceptron and backprop"."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Self

from convcore.descent.schedules import SCHEDULES, Constant, Schedule
from convcore.knobs import FieldError, OneOf, Range, Several, Variant, Vector, Whole
from convcore.labkit.second_picture import SecondPicture
from convcore.labkit.settings import LIGHT, Settings
from convcore.labkit.start import check_start
from convcore.labs.perceptron.extra_point import EXTRAS, Extra, ExtraPoint, NoPoint, points_with
from convcore.labs.perceptron.fitted_lines import LINES, StartedAt
from convcore.labs.perceptron.learners_training import NAMES, LearningTask, TrainAll
from convcore.labs.perceptron.own_points import SOURCES
from convcore.labs.perceptron.points import LectureSet, Source, points_of
from convcore.labs.perceptron.resamples import Resamples
from convcore.labs.perceptron.second_pictures import SECOND_JOBS, SECONDS, NoMore
from convcore.labs.perceptron.weight_landscape import WeightLandscape
from convcore.optimizers import OPTIMIZERS, GradientDescent, Optimizer
from convcore.separators.learners import Perceptron
from convcore.separators.points import Points
from convcore.separators.sigmoid_unit import ACTIVATIONS, DIVERGENCES

GRADIENT_ONLY = tuple((key, kind) for key, kind in OPTIMIZERS if kind.gradient_only())
EPOCH = 8e4  # operations of an epoch of all learners, and
OUTPUT = 300.0  # those for each of its points
WAITING = 100_000  # most epochs of all samples together, if they are trained one by one


@dataclass(frozen=True)
class PerceptronSettings(Settings):
    """The points, the learners and how they are trained; raises FieldError, in one line, if invalid."""

    data: Annotated[Source, Variant("points", "what is to be separated", SOURCES)] = LectureSet()
    divergence: Annotated[
        str,
        OneOf("divergence", "what backprop minimises", tuple(DIVERGENCES),
              names=tuple(DIVERGENCES.items())),
    ] = "l2"  # fmt: skip
    epsilon: Annotated[
        float, Range("targets ε", "1 − ε and ε; 0 for hard targets 1 and 0", 0, 0.45, 0.01)
    ] = 0.1
    eta: Annotated[
        float,
        Range("step size η", "of backprop; an epoch is one step on all points", 1e-4, 1e2, 0.01,
              True, (1e-9, 1e6)),
    ] = 0.5  # fmt: skip
    epochs: Annotated[
        int, Whole("epochs", "of backprop, and at most of the perceptron", 1, 3000, 1,
                   limits=(1, 20_000))
    ] = 1000  # fmt: skip
    look: Annotated[
        int,
        Whole(
            "epoch shown",
            "or point at the curves; beyond the last it is the last",
            0,
            3000,
            1,
            limits=(0, 20_000),
        ),
    ] = 3000
    extra: Annotated[
        Extra, Variant("extra point", "its entry shows how far each boundary swings", EXTRAS)
    ] = NoPoint()
    second: Annotated[
        SecondPicture[LearningTask], Variant("also show", "what is drawn below", SECONDS)
    ] = WeightLandscape()  # fmt: skip
    learners: Annotated[
        tuple[str, ...],
        Several("learners", "each has one colour in all pictures", tuple(NAMES),
                names=tuple(NAMES.items())),
    ] = ("perceptron", "backprop", "margin")  # fmt: skip
    seed: Annotated[int, Whole("seed", "of the random start, and of shuffled epochs", 0, 99)] = 1
    spread: Annotated[
        float, Range("spread of the start", "0 starts at w = 0", 0, 5, 0.1, limits=(0.0, 1e3))
    ] = 2.0
    start: Annotated[
        tuple[float, ...], Vector("start w₀", "weights, then the bias", empty="a random start")
    ] = ()
    activation: Annotated[
        str, OneOf("activation", "tanh has targets ±(1 − 2ε)", tuple(ACTIVATIONS))
    ] = "logistic"
    optimizer: Annotated[
        Optimizer, Variant("optimizer", "of backprop; by gradients only", GRADIENT_ONLY)
    ] = GradientDescent()
    schedule: Annotated[
        Schedule, Variant("schedule", "how η changes from epoch to epoch", SCHEDULES)
    ] = Constant()
    decay: Annotated[
        float, Range("weight decay ρ", "adds ½ρ‖w‖²", 0, 1, 0.01, limits=(0.0, 1e6))
    ] = 0.0
    bound: Annotated[
        float, Range("bound on ‖w‖", "steps beyond it are pulled back; 0 for none", 0, 20, 0.1,
                     limits=(0.0, 1e6))
    ] = 0.0  # fmt: skip
    order: Annotated[
        str, OneOf("perceptron's order", "in which it visits the points", ("in order", "shuffled"))
    ] = "in order"

    key: ClassVar[str] = "perceptron"
    title: ClassVar[str] = "Perceptron and backprop"
    first = ("eta", "data", "epsilon", "epochs", "learners", "extra")

    def __post_init__(self) -> None:
        for name, options in (
            ("divergence", tuple(DIVERGENCES)),
            ("activation", tuple(ACTIVATIONS)),
            ("order", ("in order", "shuffled")),
        ):
            if getattr(self, name) not in options:
                raise FieldError(name, f"{name} must be one of {', '.join(options)}.")
        for name, low, high in (
            ("epsilon", 0.0, 0.4999),
            ("eta", 1e-12, 1e6),
            ("epochs", 1, 20_000),
            ("look", 0, 20_000),
            ("spread", 0.0, 1e3),
            ("decay", 0.0, 1e6),
            ("bound", 0.0, 1e6),
        ):
            if not low <= getattr(self, name) <= high:
                raise FieldError(name, f"{name} must be between {low:g} and {high:g}.")
        for name in ("epsilon", "decay", "bound", "spread"):
            if 0 < getattr(self, name) < 1e-9:
                raise FieldError(name, f"{name} must be 0 or at least 1e-9.")
        unknown = [name for name in self.learners if name not in NAMES]
        if unknown:
            raise FieldError("learners", f"{unknown[0][:40]!r} is none of {', '.join(NAMES)}.")
        weights = self.points.inputs + 1
        check_start(self.start, weights, f"; the unit has {weights} weights, the bias last")
        samples = self.second.count if isinstance(self.second, Resamples) else 0
        if not self.schedule.open_loop and samples * self.epochs > WAITING:
            raise FieldError(
                "second",
                f"A schedule that waits for the loss takes samples one by one: {WAITING:,} epochs in "
                "all at most.",
            )
        if why := self.second.refused(self):
            raise FieldError("second", why)

    @property
    def points(self) -> Points:
        """What is learnt, the extra point last."""
        return points_with(self.data, self.extra)

    @property
    def plane_key(self) -> Hashable:
        return self.data

    def backprop(self) -> StartedAt:
        """The unit's training."""
        return StartedAt(
            self.divergence, self.epsilon, self.eta, self.epochs, self.decay, self.bound or None,
            self.activation, self.optimizer, self.schedule, self.spread, self.seed, self.start,
        )  # fmt: skip

    def perceptron(self) -> Perceptron:
        """The perceptron's training."""
        return Perceptron(self.epochs, self.order == "shuffled", self.seed)

    def trainings(self) -> TrainAll:
        """All that is trained."""
        return TrainAll(
            points_of(self.data), self.points, self.backprop(), self.perceptron(), self.learners
        )

    @property
    def work(self) -> float:
        turns = 2 if isinstance(self.extra, ExtraPoint) else 1
        trained = turns * self.epochs * (EPOCH + OUTPUT * len(self.points))
        known = trained > LIGHT and self.trainings() in LINES
        return (0.0 if known else trained) + self.second.work(self, SECOND_JOBS)

    @property
    def live(self) -> bool:
        return False  # most numbers change the second picture

    def after(self, field: str, before: Self | None = None) -> Self:
        if not field.startswith("data"):
            return self
        fits = not self.second.refused(self)
        moved = replace(self, second=self.second if fits else NoMore())
        usual = field == "data" and self.data.usual
        return replace(moved, eta=usual[0], spread=usual[1], start=()) if usual else moved
