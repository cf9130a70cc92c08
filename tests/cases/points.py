"""Points of two classes: perceptrons that loop, and logistic losses without a minimum."""

from __future__ import annotations

from typing import Any

import numpy as np

from convcore import LeastSquares, MaxMargin, Newton, Perceptron, descend
from convcore.arrays import Array
from convcore.datasets import Upload
from convcore.labs import FromCSV, PerceptronAndBackprop
from convcore.separators.points import Points, parse
from convcore.separators.separability import certificate
from convcore.separators.sigmoid_unit import SigmoidUnit
from tests.cases.told import Told, case

MIT = "-1 -1 +\n1 0 -\n-1 1.5 +"
SIX = "3 0 -\n2 1.5 -\n1 3 -\n-1 0 +\n-2 0 +\n-1 2 +"
AND = "0 0 -\n0 1 -\n1 0 -\n1 1 +"
XOR = "0 0 -\n0 1 +\n1 0 +\n1 1 -"


def on_the_page(points: Points, epochs: int = 1000, **how: Any) -> Any:
    """The trainings of the lab on a CSV of these points."""
    rows = [(*x, int(d)) for x, d in zip(points.x.tolist(), points.labels.tolist(), strict=True)]
    head = ",".join([f"x{i}" for i in range(points.inputs)] + ["label"])
    text = "\n".join([head, *(",".join(map(repr, row)) for row in rows)])
    usual = {"data": FromCSV(file=Upload("mine.csv", text)), "epochs": epochs, "spread": 0.0}
    shown = PerceptronAndBackprop(**(usual | how)).run()
    assert "nan" not in shown.headline.plain.lower()
    return shown.study.training  # type: ignore[attr-defined]


def result(told: Told, path: str, points: Points) -> None:
    """The perceptron on the page made the mistakes told, each at the points told."""
    shown, run = on_the_page(points).perceptron_run, Perceptron().train(points)
    told.is_(f"{path}.epochs", shown.epochs)
    told.is_(f"{path}.mistakes", shown.total)
    told.is_(f"{path}.w", shown.weights[-1])
    if "per_point" in told.answer[path]:
        told.is_(f"{path}.per_point", np.bincount(run.points, minlength=len(points)))


def widest(points: Points) -> tuple[Array, float]:
    """The line of the largest margin with |ℓ·wᵀx̃| = 1 at its nearest points, and that margin."""
    found = MaxMargin().fit(points.x, points.labels)
    scores = points.labels * found.scores(points.x)
    size = 1 / scores.min()
    return size * np.append(found.w, found.b), float(1 / np.linalg.norm(size * found.w))


@case("perc-mit3")
def through_the_origin(told: Told) -> None:
    for variant, text in (("", MIT), ("variant_", MIT.replace("-1 1.5", "-1 10"))):
        points = parse(text)
        for first in (0, 1):
            turn = np.roll(np.arange(3), -first)
            at = Points(points.x[turn], points.labels[turn])
            run = Perceptron(bias=False).train(at)
            path = f"{variant}from_x{first + 1}"
            made = np.bincount(turn[run.points], minlength=3)
            told.is_(f"{path}.epochs", run.epochs)
            told.is_(f"{path}.mistakes", run.total)
            told.is_(f"{path}.w", run.weights[-1])
            told.is_(f"{path}.per_point", made)
            if not variant:
                told.is_(f"path{first + 1 if first else ''}", run.path[1:])


@case("perc-six")
def six(told: Told) -> None:
    points, plus_w = parse(SIX), parse(SIX + "\n-2.5 0 -")
    result(told, "six", points)
    line, margin = widest(points)
    told.is_("max_margin", line, to=1e-6)
    told.is_("margin", margin)
    assert certificate(points).separable
    proof = certificate(plus_w)
    assert proof.proved and not proof.separable and proof.common is not None
    result(told, "plus_w_after_1000_epochs", plus_w)


@case("perc-and")
def gate(told: Told) -> None:
    points = parse(AND)
    result(told, "result", points)
    line, margin = widest(points)
    told.is_("max_margin", line, to=1e-6)
    told.is_("margin", margin)


@case("perc-xor")
def xor(told: Told) -> None:
    asked, real = parse(XOR.replace("0 0", "1 1")), parse(XOR)
    result(told, "asked_result", asked)
    assert certificate(asked).separable and not certificate(real).separable
    run = Perceptron(epochs=2).train(real)
    told.is_("weights_cycle", run.path[1:])
    fit = LeastSquares(real.x, real.labels)
    assert fit.minimiser is not None and np.abs(fit.minimiser).max() < 1e-15
    unit = SigmoidUnit(real.x, real.labels, "entropy")
    assert not unit.gradient(np.zeros(3)).any()  # convex, so w = 0 is its minimum
    assert round(float(unit.value(np.zeros(3))) / 4, 6) == 0.693147


@case("log-separable-1d")
def without_minimum(told: Told) -> None:
    x = [7, 6.6, 6.2, 5.9, 5, 4.8, 4.7, 4.3, 3.9, 3.8, 3, 2, 1]
    points = parse("\n".join([f"{-a} -" for a in x] + [f"{a} +" for a in x]))
    # The asker's mean, as the sum over 26 points.
    how = {"divergence": "entropy", "epsilon": 0.0, "eta": 1 / 26, "learners": ("backprop",)}
    training = on_the_page(points, 10_000, **how)
    run = training.run
    told.is_("curvature_at_0", training.unit.hessian(np.zeros(2))[0, 0] / 26)
    told.is_("eta_limit_at_0", 2 * 26 / training.unit.hessian(np.zeros(2))[0, 0])
    assert training.least_at_infinity
    at = np.array([row[0] for row in told.at("k_w_loss")], dtype=int)
    told.is_("k_w_loss", np.column_stack([at, run.w[at, 0], run.loss[at] / 26]))


@case("log-scale-1e24")
def huge(told: Told) -> None:
    points = parse("-1e24 -\n1e24 +")
    how = {"divergence": "entropy", "epsilon": 0.0, "eta": 1e-9, "learners": ("backprop",)}
    training = on_the_page(points, 3, **how)
    assert certificate(points).separable and training.least_at_infinity
    H = training.unit.hessian(np.zeros(2))[0, 0] / 2
    told.is_("eta_limit_at_0", 2 / H)
    assert np.isclose(H, 2.5e47) and np.isfinite(training.run.w).all()
    step = descend(training.unit, (0.0, 0.0), 1.0, Newton(), steps=1)
    assert np.isclose(step.w[1, 0], 2e-24)
