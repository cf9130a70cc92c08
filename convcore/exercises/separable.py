"""Exercises on the perceptron and the divergence of a sigmoid unit (SCIENCE F)."""

from __future__ import annotations

import numpy as np

from convcore.exercises.numbers import Numbers
from convcore.exercises.task import Exercise, Fault, Slip, Task
from convcore.labkit.words import num, several, superscript
from convcore.labs import OwnPoints, PerceptronAndBackprop
from convcore.labs.perceptron.learners_training import LearnersTraining
from convcore.labs.perceptron.second_pictures import NoMore

TOPIC = "Perceptron and backprop"
SETS = (
    "0 0 -\n0 1 -\n1 0 -\n1 1 +",  # AND
    "0 0 -\n0 1 +\n1 0 +\n1 1 +",  # OR
    "0 0 +\n0 1 +\n1 0 +\n1 1 -",  # NAND
    "3 0 -\n2 1.5 -\n1 3 -\n-1 0 +\n-2 0 +\n-1 2 +",
    "1 0 +\n0 1 +\n-1 0 -\n0 -2 +",
    "2 1 +\n1 3 +\n-1 0 -\n0 -2 -",
    "0 2 +\n2 0 -\n1 3 +\n3 2 -",
    "1 1 +\n2 2 -\n0 1 +\n3 1 -",
    "-1 2 +\n1 1 -\n-2 0 +\n2 -1 -",
    "0 0 +\n2 0 -\n0 2 -\n-1 -1 +",
)
EPOCHS = 60  # more than any of these sets takes
MIDDLE = 0.5  # the output of the unit at weights 0


def _lab(text: str, epsilon: float = 0.1) -> PerceptronAndBackprop:
    return PerceptronAndBackprop(
        OwnPoints(text), "l2", epsilon, epochs=EPOCHS, learners=("perceptron", "backprop"), spread=0.0,
        second=NoMore(),
    )  # fmt: skip


def _training(lab: PerceptronAndBackprop) -> LearnersTraining:
    return lab.study().training


def _said(text: str) -> str:
    """The points in a line: (0, 0) −, (1, 1) +."""
    lines = (line.split() for line in text.split("\n"))
    return ", ".join(
        f"({', '.join(num(float(x)) for x in at)}) {'+' if sign == '+' else '−'}"
        for *at, sign in lines
    )


def mistakes(n: Numbers) -> Task:
    """The perceptron on AND makes 18 mistakes."""
    text = n.of(*SETS)
    lab = _lab(text)
    training = _training(lab)
    run = training.perceptron_run
    made = zip(run.mistakes[:3].tolist(), run.weights[1:4].tolist(), strict=True)
    first = [
        f"Epoch {i}: {several(k, 'mistake')}, then w = ({', '.join(map(num, v))})"
        for i, (k, v) in enumerate(made, 1)
    ]
    return Task(
        given=(
            f"The points, in this order: {_said(text)}",
            "Perceptron: a constant 1 is added to each point as its last input, w starts at 0, the "
            "points are visited in order again and again. On a mistake, ℓ·wᵀx ≤ 0, w becomes w + ℓ·x.",
        ),
        asks="How many mistakes does it make until it makes no more?",
        answer=run.total,
        unit="mistakes",
        whole=True,
        lab=lab,
        hint="Make a table: point, wᵀx, wrong or not, new w. The first is always wrong, as wᵀx = 0.",
        solution=(
            *first,
            f"In all {several(run.total, 'mistake')} in {several(run.epochs, 'epoch')}, the last without: "
            f"w = ({', '.join(map(num, run.weights[-1].tolist()))}).",
        ),
        slips=(
            Slip(run.epochs, Fault.OTHER, "That is the number of epochs: count each change of w."),
            Slip(
                _without_ties(training), Fault.OTHER,
                "That lets a point with wᵀx = 0 pass: it counts as a mistake.",
            ),
        ),
    )  # fmt: skip


def bound(n: Numbers) -> Task:
    """Novikoff's bound of AND, (R/γ)² = 51."""
    text = n.of(*SETS)
    lab = _lab(text)
    training = _training(lab)
    found = training.reference.novikoff
    R, margin = found.radius, found.margin
    return Task(
        given=(
            f"Points with a constant 1 as last input have lengths of at most R = {num(R, 5)}.",
            f"A line through 0 in this space separates them with the margin γ = {num(margin, 5)}.",
        ),
        asks="What is Novikoff's bound on the number of mistakes of the perceptron, before rounding?",
        answer=found.bound,
        unit="mistakes",
        lab=lab,
        hint="After m mistakes the length of w is at least mγ and at most R√m.",
        solution=(
            "mγ ≤ ‖w‖ ≤ R√m, so m ≤ (R/γ)²",
            f"({num(R, 5)}/{num(margin, 5)})² = {num(found.bound)}; on these points it makes "
            f"{training.perceptron_run.total}.",
        ),
        slips=(
            Slip(R / margin, Fault.OTHER, "That is R/γ: square it."),
            Slip(1 / margin**2, Fault.OTHER, "That is 1/γ²: R belongs to it, too."),
            Slip(margin**2 / R**2, Fault.OTHER, "The other way round: R is above."),
        ),
    )


def divergence(n: Numbers) -> Task:
    """The L2 divergence at weights 0: each of the N outputs is ½."""
    text, epsilon = n.of(SETS[4], *SETS[:4], *SETS[5:]), n.of(0.1, 0.2, 0.05, 0.0, 0.15)
    lab = _lab(text, epsilon)
    E, count = float(_training(lab).run.loss[0]), len(text.split("\n"))
    gap = MIDDLE - epsilon
    return Task(
        given=(
            f"The points: {_said(text)}",
            f"A unit y = σ(wᵀx + b), all weights 0. Targets d are {num(1 - epsilon)} for + and "
            f"{num(epsilon)} for −.",
            "Divergence E = Σ(y − d)²",
        ),
        asks="How large is E?",
        answer=E,
        lab=lab,
        hint="σ(0) is the same for each point.",
        solution=(
            f"σ(0) = ½, so each |y − d| is {num(gap)}",
            f"E = {count}·{num(gap)}{superscript(2)} = {num(E)}",
        ),
        slips=(
            Slip(E / 2, Fault.HALF, "Half the answer: this divergence has no ½."),
            Slip(E / count, Fault.OTHER, "That is the mean: this divergence is the sum."),
            Slip(count * gap, Fault.OTHER, "The differences are to be squared."),
        ),
    )


def _without_ties(training: LearnersTraining) -> float:
    """The mistakes of a perceptron that starts at w = ℓx of the first point, and lets ties pass."""
    X = training.points.augmented()
    labels = training.points.labels
    v, made = labels[0] * X[0], 1
    for _ in range(EPOCHS):
        wrong = 0
        for x, label in zip(X, labels, strict=True):
            if label * float(np.dot(v, x)) < 0:
                v, wrong = v + label * x, wrong + 1
        made += wrong
        if not wrong:
            return float(made)
    return float("nan")


EXERCISES = (
    Exercise("The perceptron's mistakes", TOPIC, 21, mistakes),
    Exercise("Novikoff's bound", TOPIC, 21, bound),
    Exercise("The divergence at the start", TOPIC, 18, divergence),
)
