"""The lab "A real network": how far the theory of a quadratic holds for a network (SCIENCE G, D 13)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from convcore.charts.picture import Columns, Picture
from convcore.descent import Status, Trajectory, descend
from convcore.hessian_cost import counted, measured_here
from convcore.hessian_free import HESSIAN_FREE
from convcore.knobs import FieldError, OneOf, Range, Variant, Vector, Whole
from convcore.labs.lab import Facts, Lab, Report, Result
from convcore.labs.network_data import DATA, Chebyshev, Data, Sample
from convcore.labs.network_view import cost_picture, pictures
from convcore.labs.pace import Pace
from convcore.labs.training import HERE, NEAR, Readings, Training, read
from convcore.labs.words import count, num, percent, steps
from convcore.network import ACTIVATIONS, Network
from convcore.optimizers import OPTIMIZERS, GradientDescent, Optimizer
from convcore.schedules import SCHEDULES, Constant, Schedule

Array = NDArray[np.float64]

METHODS: tuple[tuple[str, type[Optimizer]], ...] = (*OPTIMIZERS, *HESSIAN_FREE)
MOST_WEIGHTS = 1000  # a whole spectrum takes n³ operations
MOST_STEPS = 10_000
# What a training may cost: operations, of which a step takes at least some thousand besides its own.
BUDGET = 1.5e10
OVERHEAD = 3e5
DENSE = ("coordinate", "newton", "damped", "absolute", "shifted")
SEARCHING = ("backtracking", "exact")  # several looks at E along a line
# The η and the steps that a method starts with when it is chosen; those not named here: 0.2, 6000.
USUAL = {
    "coordinate": (0.01, 60),
    "newton": (1.0, 30),
    "damped": (1.0, 30),
    "absolute": (1.0, 30),
    "shifted": (1.0, 30),
    "backtracking": (1.0, 1000),
    "exact": (1.0, 1000),
    "bfgs": (1.0, 200),
    "cgnewton": (1.0, 200),
    "gaussnewton": (1.0, 200),
    "momentum": (0.05, 3000),
    "nesterov": (0.05, 3000),
    "rprop": (0.01, 1000),
    "quickprop": (0.05, 1000),
    "adagrad": (0.05, 3000),
    "rmsprop": (0.002, 3000),
    "adam": (0.005, 3000),
}


@dataclass(frozen=True)
class RealNetwork(Lab):
    """A multilayer perceptron trained on all points at once, its sharpness read on the way."""

    data: Annotated[Data, Variant("data", "what the network learns", DATA)] = Chebyshev()
    hidden: Annotated[
        tuple[float, ...],
        Vector("hidden widths", "units of each hidden layer, such as 20, 20; empty for none", 6),
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
            "whose fit and spectrum are shown; or point at the loss or the sharpness",
            0,
            MOST_STEPS,
            100,
        ),
    ] = MOST_STEPS

    key: ClassVar[str] = "network"
    title: ClassVar[str] = "A real network"
    heavy: ClassVar[bool] = True
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

    def network(self) -> Network:
        """The objective that is trained."""
        sample = sampled(self.data)
        hidden = tuple(int(width) for width in self.hidden)
        return Network(sample.inputs, sample.targets, hidden, self.activation, sample.divergence)

    @property
    def taken(self) -> int:
        """The steps that are run: as many of those asked for as a training may cost."""
        net = self.network()
        n, gradient = net.n, OVERHEAD + 6.0 * len(net.inputs) * net.n
        method = self.method
        if method in DENSE:
            # A Hessian by n products, and all its eigenvectors.
            cost = 10 * gradient + 0.7 * n * gradient + 4.0 * n**3
        elif method == "bfgs":
            cost = 10 * gradient + 130.0 * n**2
        elif method in dict(HESSIAN_FREE):
            cost = gradient * (4 + 2.5 * getattr(self.optimizer, "iterations", 20))
        else:
            cost = gradient * (15 if method in SEARCHING else 1)
        return int(min(self.steps, max(5, BUDGET / cost)))

    @property
    def method(self) -> str:
        """The optimizer's key."""
        return next(key for key, kind in METHODS if type(self.optimizer) is kind)

    def after(self, field: str) -> RealNetwork:
        if field != "optimizer":
            return self
        eta, most = USUAL.get(self.method, (0.2, 6000))
        return replace(self, eta=eta, steps=most)

    def picked(self, selection: str, point: Mapping[str, Any]) -> RealNetwork:
        return replace(self, look=int(point["k"]))

    def run(self, report: Report | None = None) -> Result:
        net, sample, training = self.network(), sampled(self.data), self.trained(report)
        run, readings = training.run, training.readings
        return Result(
            sentence=self._sentence(net, run, readings),
            pictures=pictures(
                sample, net, training, self.look, self.method, self.optimizer.relative
            ),
            facts=(self._facts(net, run, readings), self._costs(net)),
            record=self._record(run, readings),
            notes=self._notes(sample, run, readings),
        )

    def trained(self, report: Report | None = None) -> Training:
        """The training itself; kept, as looking at another step of it must not train anew."""
        same = replace(self, look=0)
        with _lock:
            if same in _kept:
                _kept.move_to_end(same)
                return _kept[same]
        pace, net = Pace(report), self.network()
        start = net.initial(self.seed)
        part = pace.part(0, 0.4)
        run = descend(net, start, self.eta, self.optimizer, self.schedule, self.taken, report=part)
        readings = read(net, run, self.optimizer, pace.part(0.4, 0.95))
        weights = run.w[readings.k[readings.at]]
        training = Training(replace(run, w=run.w[:0]), readings, weights)
        with _lock:
            _kept[same] = training
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        return training

    def besides(self) -> tuple[Picture, ...]:
        """What a Hessian costs on this machine: measured once in a process, and no part of a run."""
        return (cost_picture(measured_here()),)

    def _sentence(self, net: Network, run: Trajectory, readings: Readings) -> str:
        before, after = f"{num(run.loss[0])}", f"{num(run.loss[-1])}"
        n_negative = readings.signs(-1)[0]
        ends = (
            f" E goes from {before} to {after} in {steps(int(run.length))}{self._rises(run)}; "
            f"{run.outcome()}."
        )
        bends = f" {self._indefinite(net, readings, n_negative)}" if len(readings.spectra) else ""
        return f"{self._edge(run, readings)}{ends}{self._model(readings)}{bends}"

    def _edge(self, run: Trajectory, readings: Readings) -> str:
        """Where the sharpness stands beside the limit that a quadratic would have."""
        lam, share, limit = readings.sharpness, readings.share, readings.limit
        first, last = num(lam[0], 3), num(lam[-1], 3)
        if not np.isfinite(limit).any():
            return (
                f"**{self.optimizer.label}** has no fixed limit of curvature; the sharpness λ_max goes "
                f"from {first} to **{last}**."
            )
        what = f"the limit {self.limit_formula()}"
        fixed = isinstance(self.schedule, Constant)
        at = f"{what} = **{num(limit[0])}**" if fixed else f"{what}, now {num(limit[-1], 3)}"
        k = readings.crossing
        if run.outcome().status is Status.DIVERGED:
            return (
                f"Sharpness λ_max starts at {first}, {num(share[0], 3)} times {at}, and the run "
                "**diverges**, as it would on a quadratic."
                if share[0] > 1
                else f"Sharpness λ_max starts at {first}, below {at}, and yet the run **diverges**: the "
                "quadratic at the start does not tell."
            )
        if k is None:
            return (
                f"**Below the edge**: λ_max goes from {first} to {last} and never reaches {at} "
                f"(at most {percent(float(share.max()))} of it): no direction is sharp enough to overshoot "
                "for good."
            )
        late, arrives = readings.late, f"starts at {first}, reaches {at} by step {count(k)}"
        if k == 0:
            arrives = f"starts at {first}, {num(share[0], 3)} times {at},"
        if 0.9 <= late <= 1.1:
            return (
                f"**The edge of stability**: λ_max {arrives} and {'stays there' if k else 'goes to it'}: "
                f"over the later half of the run it is **{late:.3f}** of the limit on average. A "
                "quadratic sharper than the limit blows up; this E bends back."
            )
        side = "above" if late > 1.1 else "below"
        return (
            f"**Not at the edge for good**: λ_max {arrives} and over the later half of the run it is "
            f"**{late:.3f}** of the limit on average, {side} it."
        )

    def limit_formula(self) -> str:
        """The limit of curvature by the quadratic theory, as one writes it."""
        name = type(self.optimizer).__name__
        return {"Momentum": "2(1+β)/η", "Nesterov": "2(1+β)/((1+2β)η)"}.get(name, "2/η")

    def _rises(self, run: Trajectory) -> str:
        ups = rises(run)
        if not ups:
            return ", falling at each step"
        return f", rising at **{count(ups)}** of them"

    def _model(self, readings: Readings) -> str:
        """How well the quadratic at w_k foresees the next change of E."""
        if not len(readings.foreseen):
            return ""
        near = readings.near
        if near.all() or not near.any():
            always = percent(readings.misfit(np.ones_like(near)))
            return (
                " The quadratic at w_k foresees the next change of E with a median error of "
                f"**{always}**."
            )
        off, then = readings.misfit(~near), readings.misfit(near)
        return (
            f" The quadratic at w_k foresees the next change of E with a median error of "
            f"**{percent(off)}** while λ_max is below {percent(NEAR)} of the limit, and of "
            f"**{percent(then)}** nearer to it or above."
        )

    def _indefinite(self, net: Network, readings: Readings, negative: int) -> str:
        least = min(readings.signs(s)[0] for s in range(len(readings.spectra)))
        if not any(readings.signs(s)[0] for s in range(len(readings.spectra))):
            return (
                "No eigenvalue of the Hessian is negative: this E is convex wherever it was read."
            )
        always = "; some are at every step that was read" if least else ""
        return (
            f"At the end **{negative}** of {net.n} eigenvalues of the Hessian are negative{always}: "
            "along those Newton's step climbs."
        )

    def _facts(self, net: Network, run: Trajectory, readings: Readings) -> Facts:
        rows = [("weights n", "", f"{net.n:,}")]
        share, limit = readings.share, readings.limit
        if np.isfinite(limit).any():
            name = f"{self.limit_formula()}"
            expected = num(limit[-1])
            rows += [
                (f"sharpness at the end, beside {name}", expected, num(readings.sharpness[-1])),
                (
                    "sharpness/limit, mean of the later half",
                    "below 1 to converge",
                    f"{readings.late:.4f}",
                ),
                ("largest sharpness/limit", "", num(float(share.max()), 4)),
                (
                    f"first read step with at least {percent(HERE)} of the limit",
                    "",
                    "none" if readings.crossing is None else count(readings.crossing),
                ),
            ]
            if isinstance(self.optimizer, GradientDescent):
                stable = bool((share[: len(readings.foreseen)] < 1).all())
                rows.append(
                    (
                        "steps at which E rises",
                        "0 while λ_max < 2/η" if stable else "possible where λ_max > 2/η",
                        count(rises(run)),
                    )
                )
        if len(readings.spectra):
            for label, s in (("start", 0), ("end", -1)):
                negative, zero, positive = readings.signs(s)
                rows.append(
                    (
                        f"eigenvalues at the {label}: negative, zero, positive",
                        "none negative if E were convex",
                        f"{negative}, {zero}, {positive}",
                    )
                )
        rows.append(("how it ends", "", str(run.outcome())))
        return Facts(("", "by the quadratic theory", "measured"), tuple(rows))

    def _costs(self, net: Network) -> Facts:
        rows = [
            (f"n = {num(n, 3)}", *(line.words() for line in counted(n, len(net.inputs))))
            for n in (net.n, 1e5, 1e6, 1e9, 1e12)
        ]
        heads = tuple(line.name for line in counted(net.n, len(net.inputs)))
        return Facts(("stored; operations", *heads), tuple(rows))

    def _record(self, run: Trajectory, readings: Readings) -> Columns:
        last = int(run.length)
        sharpness = [""] * (last + 1)
        for k, value in zip(readings.k.tolist(), readings.sharpness.tolist(), strict=True):
            sharpness[k] = repr(value)
        return {
            "step": np.arange(last + 1),
            "eta": np.append(run.eta[:last], 0.0)[: last + 1],
            "E": run.loss[: last + 1],
            "sharpness": sharpness,
        }

    def _notes(self, sample: Sample, run: Trajectory, readings: Readings) -> tuple[str, ...]:
        notes = list(sample.notes)
        if len(run.eta) < self.steps:
            notes.insert(
                0,
                f"{self.steps:,} steps are asked for and {steps(len(run.eta))} are run: more would take "
                f"minutes, as each step of {self.optimizer.label} is dear at this size.",
            )
        notes.append(
            "The notes say that the Hessian of a large network is extremely hard to compute; precisely, "
            "it takes n² numbers and its solve n³/3 operations, while a product with it costs about "
            "two gradients."
        )
        if self.activation == "relu" and self.hidden:
            notes.append(
                "ReLU has kinks: E is a patchwork of smooth pieces, and the Hessian is that of the piece "
                "on which w stands; crossings between pieces are not in it."
            )
        return tuple(notes)


KEPT = 16  # trainings, each well under a megabyte
_kept: OrderedDict[RealNetwork, Training] = OrderedDict()
_lock = threading.Lock()


def rises(run: Trajectory) -> int:
    """At how many steps E rises, by more than rounding."""
    loss = run.loss[: int(run.length) + 1]
    return int((np.diff(loss) > 1e-12 * np.abs(loss[:-1])).sum())


@lru_cache(maxsize=8)
def sampled(data: Data) -> Sample:
    """The points of a source, kept, as each change of another control asks for them again."""
    return data.sample()
