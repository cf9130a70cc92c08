"""Exercises on descent on a parabola of one weight (SCIENCE A)."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from convcore.exercises.numbers import Numbers
from convcore.exercises.task import Exercise, Fault, Slip, Task
from convcore.exercises.wording import bracket, half_taken, total, w
from convcore.labkit.words import num, superscript
from convcore.labs import OneWeight

TOPIC = "One weight"
DESCENT = "Descent: w ← w − η·E′(w)."


def three_steps(n: Numbers) -> Task:
    """w₃ of descent on (w − 3)² from 0 at η = 1.5, which jumps out: 0, 9, −9, 27."""
    a, centre = n.of(2.0, 1.0, 4.0), n.of(3.0, 1.0, 2.0, -1.0, -2.0, 4.0)
    w0 = centre + n.of(-3.0, -2.0, -1.0, 1.0, 2.0, 3.0)
    eta = n.of(3.0, 2.5, 1.8, 1.5, 0.5, 0.2) / a
    b, c = -a * centre, a * centre**2 / 2
    lab = OneWeight(a, b, c, w0, eta, steps=3, look=2)
    path = lab.study().run.w[:, 0].tolist()
    steps = tuple(
        f"{w(k + 1)} = {num(x)} − {num(eta)}·({num(a)}·{bracket(x)}{_plus(b)}) = {num(path[k + 1])}"
        for k, x in enumerate(path[:-1])
    )
    factor = 1 - eta * a
    steps += (
        f"Or at once: each step multiplies w − w* by 1 − ηa = {num(factor)}, with w* = {num(centre)}.",
    )
    start = w0 - centre
    return Task(
        given=(f"E(w) = {_parabola(a, b, c)}", f"w₀ = {num(w0)}, η = {num(eta)}", DESCENT),
        asks="Where is w after three steps: w₃ = ?",
        answer=path[3],
        lab=lab,
        hint="Write E′(w) = aw + b and put w₀, w₁, w₂ in, one after the other.",
        solution=steps,
        slips=(
            Slip(
                _after(a / 2, b, w0, eta, 3),
                Fault.HALF,
                f"That takes {num(a / 2)}w for the slope of {num(a / 2)}w²: it is {num(a)}w.",
            ),
            Slip(
                centre + start * (1 + eta * a) ** 3,
                Fault.SIGN,
                "That climbs: the step is −η·E′(w), against the slope.",
            ),
            Slip(path[2], Fault.OTHER, "That is w₂: take one step more."),
        ),
    )


def taylor(n: Numbers) -> Task:
    """E(w₁) by the series, whose ½ the notes drop."""
    a, w0 = n.of(2.0, 1.0, 8.0, 4.0, 5.0), n.of(4.0, -2.0, 3.0, 5.0, -3.0)
    centre = n.of(1.0, 0.0, 2.0, -1.0)
    b, c = -a * centre, a * centre**2 / 2 + n.of(0.5, 1.0, 2.0)
    eta = n.of(0.4, 0.3, 0.5, 0.6) / a
    lab = OneWeight(a, b, c, w0, eta, steps=10, look=0, also="bare")
    path, loss = (x[:2].tolist() for x in lab.study().at_all_steps(lab.study().run))
    E, slope, d = loss[0], a * w0 + b, path[1] - path[0]
    first, second = slope * d, a * d * d / 2
    return Task(
        given=(
            f"At w₀ = {num(w0)}: E = {num(E)}, E′ = {num(slope)}, E″ = {num(a)}",
            f"One step leads to w₁ = {num(path[1])}.",
        ),
        asks="What does Taylor's series to second order say of E(w₁)?",
        answer=loss[1],
        lab=lab,
        hint="E(w) ≈ E + E′·d + ½E″·d², with d = w₁ − w₀.",
        solution=(
            f"d = {num(path[1])} − {bracket(w0)} = {num(d)}",
            f"E(w₁) ≈ {num(E)} + {bracket(slope)}·{bracket(d)} + ½·{num(a)}·{bracket(d)}² = {num(loss[1])}",
            "E is a parabola, so the series is exact.",
        ),
        slips=(
            Slip(E + first + 2 * second, Fault.NO_HALF, "The ½ before E″·d² is missing."),
            Slip(E + first, Fault.OTHER, "That is the series to first order: ½E″·d² is missing."),
            Slip(E - first + second, Fault.SIGN, "d = w₁ − w₀ has the other sign."),
        ),
    )


def best_step(n: Numbers) -> Task:
    """ηₒₚₜ = 1/E″, where E = pw² + … has E″ = 2p."""
    p, q, c = n.of(3.0, 1.0, 2.0, 4.0, 5.0, 0.5), n.of(-12.0, 6.0, -4.0, 2.0), n.of(5.0, 1.0, -3.0)
    w0 = -q / (2 * p) + n.of(3.0, -2.0, 4.0)
    lab = OneWeight(2 * p, q, c, w0, eta=0.4 / (2 * p), steps=10)
    study = lab.study()
    best = study.first_eta / (1 - study.measured_factor)
    return Task(
        given=(f"E(w) = {_parabola(2 * p, q, c)}", DESCENT),
        asks="With which step size η does the first step land on the minimum, from any start?",
        answer=best,
        lab=lab,
        hint="Each step multiplies the error w − w* by 1 − ηE″. It is to be 0.",
        solution=(
            f"E″ = 2·{num(p)} = {num(2 * p)}",
            f"1 − ηE″ = 0: ηₒₚₜ = 1/E″ = 1/{num(2 * p)} = {num(best)}",
        ),
        slips=(
            Slip(1 / p, Fault.TWICE, f"Twice ηₒₚₜ: E″ is 2·{num(p)} = {num(2 * p)}, not {num(p)}."),
            Slip(
                1 / (4 * p),
                Fault.NO_HALF,
                f"Half of ηₒₚₜ, as without the ½ of Taylor's series: E″ is {num(2 * p)}, not {num(4 * p)}.",
            ),
        ),
    )


def share_left(n: Numbers) -> Task:
    """The share of the error after ten steps on w² at η = 0.05: 0.9¹⁰."""
    a, k = n.of(2.0, 1.0, 4.0, 5.0), n.of(10, 5, 8, 12)
    share, w0 = n.of(0.1, 0.2, 0.3, 1.8, 1.7, 1.6), n.of(10.0, -4.0, 5.0)
    lab = OneWeight(a, 0.0, 0.0, w0, share / a, steps=k, look=k)
    study = lab.study()
    assert study.errors is not None
    left, factor = 100 * study.errors.share_left, 1 - share
    return Task(
        given=(f"E(w) = {_parabola(a, 0, 0)}", f"w₀ = {num(w0)}, η = {num(share / a)}", DESCENT),
        asks=f"What share of the starting error |w₀ − w*| is left after {k} steps, in per cent?",
        answer=left,
        unit="%",
        lab=lab,
        hint="Each step multiplies the error by the same factor, 1 − ηE″.",
        solution=(
            f"1 − ηE″ = 1 − {num(share / a)}·{num(a)} = {num(factor)}",
            f"|{num(factor)}|{superscript(k)} = {num(left / 100)} = {num(left)} %",
        ),
        slips=(
            Slip(
                100 * abs(1 - share / 2) ** k,
                Fault.HALF,
                half_taken(a),
            ),
            Slip(left / abs(factor), Fault.ONE_OFF, f"That is after {k - 1} steps."),
            Slip(
                left**2 / 100,
                Fault.OTHER,
                "That is the share of E, which falls by the square of the factor.",
            ),
        ),
    )


def steps_to(n: Numbers) -> Task:
    """Steps to a millionth of the error at a factor 0.998: ln 10⁻⁶/ln 0.998, rounded up."""
    a, eta = 2.0, n.of(0.001, 0.002, 0.005, 0.01, 0.02, 0.05)
    tolerance = n.of(1e-6, 1e-4, 1e-3, 0.01)
    centre = n.of(3.0, 1.0, -2.0)
    lab = OneWeight(a, -a * centre, centre**2 + 4, centre + 12, eta, steps=20, tolerance=tolerance)
    steps = lab.study().predicted
    assert steps is not None
    lab = replace(lab, steps=min(10_000, int(steps) + 5))
    factor = 1 - eta * a
    exact = math.log(tolerance) / math.log(factor)
    return Task(
        given=(
            f"E(w) = (w{_plus(-centre)})² + 4",
            f"w₀ = {num(centre + 12)}, η = {num(eta)}",
            DESCENT,
        ),
        asks="After how many steps is the error |w − w*| for the first time at most "
        f"{num(tolerance)} of |w₀ − w*|?",
        answer=steps,
        unit="steps",
        whole=True,
        lab=lab,
        hint="After k steps (1 − ηE″)ᵏ of the error is left. Take logarithms.",
        solution=(
            f"1 − ηE″ = 1 − {num(eta)}·2 = {num(factor)}",
            f"k ≥ ln {num(tolerance)} / ln {num(factor)} = {num(exact, 6)}",
            f"so k = {steps:,.0f}",
        ),
        slips=(
            Slip(
                math.ceil(math.log(tolerance) / math.log(1 - eta)),
                Fault.TWICE,
                "Twice as many: that takes E″ = 1, but (w − w*)² has E″ = 2.",
            ),
            Slip(
                math.ceil(exact / 2),
                Fault.HALF,
                "Half as many: that is when E − E* has come down to this share, by the square.",
            ),
        ),
    )


def jumps(n: Numbers) -> Task:
    """2ηₒₚₜ, where w jumps between two points for ever."""
    a, centre = n.of(4.0, 2.0, 5.0, 8.0, 0.5), n.of(-1.0, 2.0, 0.0, 3.0)
    b, c, w0 = -a * centre, n.of(1.0, 0.0, 2.0), centre + n.of(2.0, -3.0, 1.0)
    lab = OneWeight(a, b, c, w0, eta=1.7 / a, steps=20)
    study = lab.study()
    limit = 2 * study.first_eta / (1 - study.measured_factor)
    return Task(
        given=(f"E(w) = {_parabola(a, b, c)}", f"w₀ = {num(w0)}", DESCENT),
        asks="With which η > 0 does w jump between two points for ever?",
        answer=limit,
        lab=lab,
        hint="Each step multiplies the error w − w* by 1 − ηE″. Which factor changes only its sign?",
        solution=(
            f"E″ = {num(a)}",
            f"1 − ηE″ = −1: η = 2/E″ = 2/{num(a)} = {num(limit)}. Below it descent converges, "
            "above it diverges.",
        ),
        slips=(
            Slip(1 / a, Fault.HALF, "Half the answer: that is ηₒₚₜ, which lands in one step."),
            Slip(
                4 / a, Fault.TWICE, f"Twice the answer: E″ is {num(a)}, twice the factor before w²."
            ),
        ),
    )


def blow_up(n: Numbers) -> Task:
    """When E has grown a hundredfold at a factor −1.2: the square of the factor counts."""
    share, times = n.of(2.2, 2.1, 2.3, 2.5, 3.0), n.of(100, 1000, 10_000)
    a, w0 = n.of(2.0, 1.0, 4.0), n.of(10.0, -3.0, 2.0)
    lab = OneWeight(a, 0.0, 0.0, w0, share / a, steps=60)
    loss = lab.study().run.loss
    first = int(np.argmax(loss > times * loss[0]))
    lab = replace(lab, steps=first, look=first)
    factor = 1 - share
    return Task(
        given=(f"E(w) = {_parabola(a, 0, 0)}", f"w₀ = {num(w0)}, η = {num(share / a)}", DESCENT),
        asks=f"After how many steps is E(w) for the first time more than {times:,} times E(w₀)?",
        answer=first,
        unit="steps",
        whole=True,
        lab=lab,
        hint="w is multiplied by 1 − ηE″ at each step, and E goes with the square of w.",
        solution=(
            f"1 − ηE″ = {num(factor)}, so E is multiplied by {num(factor**2)} at each step.",
            f"k > ln {times:,} / ln {num(factor**2)} = {num(math.log(times) / math.log(factor**2))}, "
            f"so k = {first}",
        ),
        slips=(
            Slip(
                math.floor(math.log(times) / math.log(-factor)) + 1,
                Fault.TWICE,
                "Twice as many: that is when |w| has grown so; E grows by the square of the factor.",
            ),
        ),
    )


def _after(a: float, b: float, x: float, eta: float, steps: int) -> float:
    """w after some steps with the slope aw + b."""
    for _ in range(steps):
        x -= eta * (a * x + b)
    return x


def _parabola(a: float, b: float, c: float) -> str:
    return total((a / 2, "w²"), (b, "w"), (c, ""))


def _plus(x: float) -> str:
    """A term of a sum with its sign: " − 6"."""
    return f" {'−' if x < 0 else '+'} {num(abs(x))}" if x else ""


EXERCISES = (
    Exercise("Taylor's ½", TOPIC, 1, taylor),
    Exercise("Three steps", TOPIC, 5, three_steps),
    Exercise("One step to the minimum", TOPIC, 2, best_step),
    Exercise("What is left", TOPIC, 3, share_left),
    Exercise("How many steps", TOPIC, 3, steps_to),
    Exercise("To and fro", TOPIC, 5, jumps),
    Exercise("How fast it blows up", TOPIC, 5, blow_up),
)
