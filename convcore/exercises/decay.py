"""Exercises on decaying step sizes (SCIENCE E)."""

from __future__ import annotations

import math

import numpy as np

from convcore.descent.schedules import (
    ExponentialDecay,
    LinearDecay,
    QuadraticDecay,
    Schedule,
    StepDrop,
)
from convcore.exercises.numbers import Numbers
from convcore.exercises.task import Exercise, Fault, Slip, Task
from convcore.exercises.wording import half_taken, total
from convcore.labkit.words import num
from convcore.labs import OneWeight

TOPIC = "Decaying η"
LONG = 10_000  # steps, after which what is left of a finite sum changes no digit that is asked for


def _run(c: float, a: float, schedule: Schedule, steps: int) -> tuple[OneWeight, float]:
    """Descent on ½aw² from 1 at η₀ = c/a, and the share of the error that is left, in per cent."""
    lab = OneWeight(a, 0.0, 0.0, 1.0, c / a, schedule, steps=steps)
    errors = lab.study().errors
    assert errors is not None
    return lab, 100 * errors.share_left


def _given(a: float, c: float, schedule: str) -> tuple[str, ...]:
    return (
        f"E(w) = {total((a / 2, 'w²'))}, w₀ = 1",
        f"ηₖ = {schedule} with η₀ = {num(c / a)}, k = 0, 1, 2, …",
        "Descent: wₖ₊₁ = wₖ − ηₖ·E′(wₖ).",
    )


def linear(n: Numbers) -> Task:
    """η₀/(k+1) with aη₀ = ½: 1.78 % is left after 1,000 steps."""
    c, a, steps = n.of(0.5, 0.1, 0.25, 0.75), n.of(1.0, 2.0, 4.0), n.of(1000, 100, 2000, 500)
    lab, left = _run(c, a, LinearDecay(), steps)
    gamma = math.gamma(1 - c)
    return Task(
        given=_given(a, c, "η₀/(k + 1)"),
        asks=f"What share of the starting error is left after {steps:,} steps, in per cent?",
        answer=left,
        unit="%",
        lab=lab,
        hint="With c = aη₀ and large K, the product of all 1 − c/(k + 1) is close to K^(−c)/Γ(1 − c).",
        solution=(
            f"c = aη₀ = {num(a)}·{num(c / a)} = {num(c)}, Γ(1 − c) = {num(gamma)}",
            f"{steps}^(−{num(c)})/{num(gamma)} = {num(steps**-c / gamma)}; the product is {num(left)} %",
            "It goes to 0, as the sum of all ηₖ is infinite, but slowly.",
        ),
        slips=(
            Slip(100 * steps**-c, Fault.OTHER, "Γ(1 − c) is missing."),
            Slip(
                100 * steps ** (-2 * c) / math.gamma(1 - 2 * c) if c < 0.5 else math.nan,
                Fault.NO_HALF,
                f"That takes E″ = {num(2 * a)}: the ½ is missing.",
            ),
            Slip(
                100 * steps ** (-c / 2) / math.gamma(1 - c / 2),
                Fault.HALF,
                half_taken(a),
            ),
        ),
    )


def quadratic(n: Numbers) -> Task:
    """η₀/(k+1)² with aη₀ = ¼: 63.66 % is left for ever."""
    c, a = n.of(0.25, 0.1, 0.36, 0.49, 0.64, 0.16), n.of(1.0, 2.0, 4.0)
    lab, left = _run(c, a, QuadraticDecay(), LONG)
    return Task(
        given=_given(a, c, "η₀/(k + 1)²"),
        asks="What share of the starting error is left for ever, in per cent?",
        answer=left,
        unit="%",
        lab=lab,
        hint="sin(πx)/(πx) = (1 − x²/1²)·(1 − x²/2²)·(1 − x²/3²)·… (Euler)",
        solution=(
            f"Each step multiplies by 1 − c/(k + 1)² with c = aη₀ = {num(c)}.",
            f"The product of all is sin(π√c)/(π√c) with √c = {num(math.sqrt(c))}: "
            f"{num(_sine(math.sqrt(c)))} = {num(left)} %",
            "The sum of all ηₖ is finite, so the run freezes short of the minimum.",
        ),
        slips=(
            Slip(100 - left, Fault.OTHER, "That is what has gone; it is asked what is left."),
            Slip(100 * _sine(c), Fault.OTHER, "That takes c for √c."),
            Slip(
                100 * _sine(math.sqrt(2 * c)) if c < 0.5 else math.nan,
                Fault.NO_HALF,
                f"That takes E″ = {num(2 * a)}: the ½ is missing.",
            ),
            Slip(
                100 * _sine(math.sqrt(c / 2)),
                Fault.HALF,
                half_taken(a),
            ),
        ),
    )


def exponential(n: Numbers) -> Task:
    """η₀·rᵏ with aη₀ = r = ½: 28.88 % is left for ever."""
    c, a = n.of(0.5, 0.3, 0.8, 0.9), n.of(1.0, 2.0, 4.0)
    r = n.of(0.5, 0.25, 0.2, 0.4)
    lab, left = _run(c, a, ExponentialDecay(-math.log(r)), 60)
    factors = 1 - c * r ** np.arange(4)
    halved = 1 - c / 2 * r ** np.arange(60)
    return Task(
        given=_given(a, c, f"η₀·{num(r)}ᵏ"),
        asks="What share of the starting error is left for ever, in per cent?",
        answer=left,
        unit="%",
        lab=lab,
        hint="Multiply the factors 1 − aηₖ until they are so near to 1 that the product stays.",
        solution=(
            f"aη₀ = {num(c)}: the factors are {', '.join(map(num, factors.tolist()))}, …",
            f"Their product is {num(left / 100)} = {num(left)} %.",
            "The sum of all ηₖ is finite, so the run freezes short of the minimum.",
        ),
        slips=(
            Slip(100 - left, Fault.OTHER, "That is what has gone; it is asked what is left."),
            Slip(
                100 * math.exp(-c / (1 - r)),
                Fault.OTHER,
                "That takes e^(−aΣη) for the product: it is so for small steps only.",
            ),
            Slip(
                100 * float(halved.prod()),
                Fault.HALF,
                half_taken(a),
            ),
            Slip(left / (1 - c), Fault.OTHER, "The first factor is k = 0, with η₀ itself."),
        ),
    )


def reach(n: Numbers) -> Task:
    """How far a line can be walked down with step drops: |b|·Σηₖ."""
    b, eta = n.of(2.0, 1.0, 3.0), n.of(0.1, 0.2, 0.05)
    every, by = n.of(10, 5, 20), n.of(0.5, 0.1, 0.2, 0.25)
    lab = OneWeight(0.0, b, 0.0, 0.0, eta, StepDrop(every, by), steps=1000)
    run = lab.study().run.w[:, 0]
    way = abs(float(run[-1] - run[0]))
    rate = eta * every
    return Task(
        given=(
            f"E(w) = {total((b, 'w'))}, a line",
            f"η is {num(eta)} for {every} steps, then {num(by)} times that for {every} steps, and so on: "
            f"every {every} steps it drops to {num(by)} of what it was.",
        ),
        asks="How far can w travel in all, with any number of steps?",
        answer=way,
        lab=lab,
        hint="Each step goes ηₖ·|E′|, and E′ is the same everywhere. Add a geometric series.",
        solution=(
            f"Σηₖ = {every}·{num(eta)}·(1 + {num(by)} + {num(by)}² + …) = {num(rate)}/(1 − {num(by)}) = "
            f"{num(rate / (1 - by))}",
            f"|E′|·Σηₖ = {num(b)}·{num(rate / (1 - by))} = {num(way)}: it never gets farther away.",
        ),
        slips=(
            Slip(rate / (1 - by), Fault.OTHER, f"That is Σηₖ: each step goes ηₖ·|E′|, and E′ = {num(b)}."),
            Slip(b * eta / (1 - by), Fault.OTHER, f"That counts one step at each η: there are {every}."),
            Slip(b * rate, Fault.OTHER, "That is the way before the first drop."),
        ),
    )  # fmt: skip


def _sine(x: float) -> float:
    """sin(πx)/(πx)."""
    return math.sin(math.pi * x) / (math.pi * x)


EXERCISES = (
    Exercise("Linear decay", TOPIC, 17, linear),
    Exercise("Quadratic decay", TOPIC, 17, quadratic),
    Exercise("Exponential decay", TOPIC, 17, exponential),
    Exercise("How far it can go", TOPIC, 17, reach),
)
