"""The lab "Perceptron and backprop": who separates separable points, and who swings (SCIENCE F)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, ClassVar

import numpy as np

from convcore.classifiers import Backprop, Perceptron, affordable
from convcore.knobs import FieldError, OneOf, Range, Several, Variant, Vector, Whole
from convcore.labkit.lab import Lab, Result
from convcore.labkit.study import Unsplit
from convcore.labkit.words import several
from convcore.labs.perceptron import picture as boundaries
from convcore.labs.perceptron import tables as perceptron_facts
from convcore.labs.perceptron import words as perceptron_words
from convcore.labs.perceptron.extra_point import EXTRAS, Extra, ExtraPoint, NoPoint, points_with
from convcore.labs.perceptron.learners_training import (
    LINES,
    NAMES,
    Contest,
    StartedAt,
    compete,
    key_of,
)
from convcore.labs.perceptron.own_points import SOURCES
from convcore.labs.perceptron.points import LectureSet, OwnPoints, Source, known
from convcore.labs.perceptron.resamples import KEPT, Further, NoMore, Resamples, Scene
from convcore.labs.perceptron.weight_landscape_view import WeightLandscape
from convcore.optimizers import OPTIMIZERS, GradientDescent, Optimizer
from convcore.pointsets import Points
from convcore.schedules import SCHEDULES, Constant, Schedule
from convcore.sigmoid_unit import ACTIVATIONS, DIVERGENCES
from convcore.workers import Report, paced, within

FURTHER: tuple[tuple[str, type[Further]], ...] = (
    ("landscape", WeightLandscape),
    ("fan", Resamples),
    ("none", NoMore),
)
GRADIENT_ONLY = tuple((key, kind) for key, kind in OPTIMIZERS if kind.by_gradient_only())
LIGHT = 6000  # epochs of all trainings together that a change may take without being heavy
LIGHT_OUTPUTS = 2_000_000  # and points looked at in them
TRAINED = 0.4  # of a heavy run is told when the training is done
WAITING = 100_000  # epochs of all samples together, where they are trained one by one


@dataclass(frozen=True)
class PerceptronAndBackprop(Lab):
    """A perceptron, a sigmoid unit trained by backprop, and reference lines on the same points."""

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
            "look at epoch",
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
    second: Annotated[Further, Variant("second picture", "what is drawn below", FURTHER)] = (
        WeightLandscape()
    )
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
        points = self.points
        if self.start and len(self.start) != points.inputs + 1:
            raise FieldError(
                "start",
                f"The start has {several(len(self.start), 'number')}; the unit has {points.inputs + 1} "
                "weights, the bias last.",
            )
        if self.start and np.abs(self.start).max() > 1e6:
            raise FieldError("start", "The start has numbers beyond 1e6.")
        samples = self.second.count if isinstance(self.second, Resamples) else 0
        if not self.schedule.open_loop and samples * self.epochs > WAITING:
            raise FieldError(
                "second",
                f"A schedule that waits for the loss takes samples one by one: {WAITING:,} epochs in "
                "all at most.",
            )
        if why := self.second.refused(self.data, len(points)):
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

    def _entrants(self) -> tuple[Points, Points, Backprop, Perceptron, tuple[str, ...]]:
        """Who learns what: all that the trainings hang on."""
        return known(self.data), self.points, self.backprop(), self.perceptron(), self.learners

    def _scene(self) -> Scene:
        """What all of it hangs on."""
        return Scene(self.data, self.extra, self.backprop(), self.perceptron(), self.learners)

    @property
    def heavy(self) -> bool:  # type: ignore[override]
        """Whether the second picture, or a long training, has still to be computed."""
        turns = 2 if isinstance(self.extra, ExtraPoint) else 1
        if (
            turns * self.epochs > LIGHT or turns * self.epochs * len(self.points) > LIGHT_OUTPUTS
        ) and key_of(*self._entrants()) not in LINES:
            return True
        key = self.second.key(self._scene())
        return key is not None and key not in KEPT

    def after(self, field: str) -> PerceptronAndBackprop:
        if not field.startswith("data"):
            return self
        fits = not self.second.refused(self.data, len(self.points))
        moved = replace(self, second=self.second if fits else NoMore())
        usual = field == "data" and self.data.usual
        return replace(moved, eta=usual[0], spread=usual[1], start=()) if usual else moved

    def picked(self, selection: str, point: Mapping[str, Any]) -> PerceptronAndBackprop:
        if selection == "pick_point":
            sign = self.extra.sign if isinstance(self.extra, ExtraPoint) else "plus"
            at = tuple(float(f"{float(point[axis]):.3g}") for axis in "xy"[: self.points.inputs])
            if isinstance(self.data, OwnPoints) and (data := self.data.clicked(at)):
                return replace(self, data=data)
            x, y = (*at, 0.0)[:2]
            return replace(self, extra=ExtraPoint(x, y, sign))
        return replace(self, look=max(0, min(int(point["k"]), 20_000)))

    def run(self, report: Report | None = None) -> Result:
        report = paced(report)
        contest = compete(*self._entrants(), within(report, 0, TRAINED))
        key = self.second.key(self._scene())
        more = self.second.draw(contest, self.data, key, within(report, TRAINED, 1))
        said = perceptron_words.sentence(contest)
        return Result(
            study=Unsplit(self, partial(_record, contest)),
            said=(f"{said} {more.says}" if more and more.says else said,),
            pictures=(boundaries.picture(contest, self.look), *([more.picture] if more else [])),
            facts=(perceptron_facts.facts(contest), *([more.facts] if more else [])),
            notes=(
                *perceptron_facts.notes(
                    contest, self.epochs > affordable(len(self.points), self.epochs)
                ),
                *filter(None, [self.second.missing(len(self.points)), more.note if more else ""]),
                *self.data.notes(),
            ),
            awaits=self.data.awaits(),
            predicted=perceptron_facts.foretold(contest),
            measured=f"{perceptron_facts.found(contest)}{more.measured if more else ''}",
        )


def _record(contest: Contest) -> dict[str, Any]:
    """Backprop's weights, divergence and errors by epoch, the perceptron's beside them."""
    k = np.arange(max(contest.epochs, len(contest.perceptron_errors) - 1) + 1)
    i = np.minimum(k, contest.epochs)
    j = np.minimum(k, len(contest.perceptron_errors) - 1)
    names = [*(f"w{a + 1}" for a in range(contest.points.inputs)), "bias"]
    w, v = contest.run.w[i], contest.perceptron_run.weights[j]
    return {
        "epoch": k,
        "E": contest.run.loss[i],
        "backprop wrong": contest.errors[i],
        **{f"backprop {name}": w[:, a] for a, name in enumerate(names)},
        "perceptron wrong": contest.perceptron_errors[j],
        **{f"perceptron {name}": v[:, a] for a, name in enumerate(names)},
    }
