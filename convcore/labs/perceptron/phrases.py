"""Phrases that the sentences, tables and pictures of "Perceptron and backprop" share."""

from __future__ import annotations

import math

from convcore.labkit.words import num, quoted
from convcore.labs.perceptron.learners_training import NAMES, LearnersTraining, Trade
from convcore.separators.separability import Novikoff
from convcore.separators.sigmoid_unit import ACTIVATIONS, DIVERGENCES

NAMED = 2  # wrong points that a sentence names


def loss_name(training: LearnersTraining) -> str:
    """Backprop's combination in words."""
    b = training.backprop
    name = DIVERGENCES[b.divergence]
    high, low, e = 1 - b.epsilon, b.epsilon, "1 − ε = {} and ε = {}"
    if b.activation == "tanh":
        high, low, e = 1 - 2 * b.epsilon, 2 * b.epsilon - 1, "1 − 2ε = {} and {}"
    soft = f"targets {e.format(num(high), num(low))}"
    targets = "hard targets" if b.epsilon == 0 else soft
    unit = "" if b.activation == "logistic" else f", {ACTIVATIONS[b.activation]}"
    return f"{name} ({targets}{unit})"


def points_named(training: LearnersTraining, wrong: tuple[int, ...]) -> str:
    """Wrong points by their coordinates, or how many there are."""
    if len(wrong) > NAMED:
        return f"{len(wrong):,} of {len(training.points):,} points"
    return " and ".join(quoted(training.points.describe(i)) for i in wrong)


def traded(trade: Trade) -> str:
    """Since when the divergence has fallen while more points went wrong, up to the end."""
    was, became = trade.wrong
    return (
        f"from epoch {trade.before:,} on E {fall(*trade.E)} while {was:,} wrong become {became:,}."
    )


def most_mistakes(training: LearnersTraining, noun: str = "") -> str:
    """How many mistakes Novikoff allows, as a whole number unless it is very large; noun: theirs."""
    bound = training.reference.novikoff.bound
    named = f" {noun}{'s' * (math.isinf(bound) or not bound < 2)}" if noun else ""
    if math.isinf(bound):
        return f"any number of{named}" if noun else "any"
    most = f"{math.floor(bound * (1 + 1e-9)):,}" if bound < 1e7 else num(bound)
    return f"at most {most}{named}"


def quotient(bound: Novikoff) -> tuple[str, str, str]:
    """R², γ² and the perceptron's bound, with enough digits to reproduce it: 101, 0.2, 505."""
    R2, g2, made = bound.radius**2, bound.margin**2, whole(bound.bound)

    def shows(d: int) -> bool:
        """Whether d digits of both give what is printed, or the bound itself, at half of its last digit."""
        q = float(f"{R2:.{d}g}") / float(f"{g2:.{d}g}")
        return whole(q) == made or abs(q - bound.bound) <= 1e-12 * bound.bound

    d = next((d for d in range(4, 17) if shows(d)), 17)
    return num(R2, d), num(g2, d), made


def whole(x: float) -> str:
    """A count that need not be whole: 505, 50,005, 123.9."""
    return f"{x:,.1f}".removesuffix(".0") if x < 1e7 else num(x)


def listed(shares: dict[str, float]) -> str:
    """Shares of the domain by learner: 3 % of the domain (perceptron), 2 % (backprop)."""
    of = " of the domain"  # said once
    parts = [
        f"{share_text(x)}{'' if i else of} ({NAMES[name]})"
        for i, (name, x) in enumerate(shares.items())
    ]
    return ", ".join(parts)


def share_text(x: float) -> str:
    """A share of the domain in per cent."""
    return f"{num(100 * x, 3)} %" if math.isfinite(x) else "–"


def loss_text(E: float) -> str:
    """A value of the divergence, with the same digits in sentences, tables and pictures."""
    return num(E, 5)


def fall(high: float, low: float) -> str:
    """From one value of the divergence to a lower one, with enough digits to show the fall."""
    pairs = [(num(high, d), num(low, d)) for d in (5, 7, 9, 17)]
    return "falls from {} to {}".format(*next((p for p in pairs if p[0] != p[1]), pairs[0]))
