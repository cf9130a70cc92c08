"""Exercises on Newton's method with one weight (SCIENCE B, and 14)."""

from __future__ import annotations

import math

from convcore.exercises.numbers import Numbers
from convcore.exercises.task import Exercise, Fault, Slip, Task
from convcore.exercises.wording import bracket, total, w
from convcore.labkit.words import num, superscript
from convcore.labs import FromFormula, TaylorAndNewton

TOPIC = "Newton's method"
DEEPEST = 1.7692923542386314  # where w³ − 2w + 2 = 0, with the other sign
NEWTON = "Newton's method: w ← w − E′(w)/E″(w)."


def _lab(text: str, start: float, steps: int) -> TaylorAndNewton:
    return TaylorAndNewton(FromFormula(text), (start,), ("newton",), steps=steps)


def cosh(n: Numbers) -> Task:
    """Newton on cosh(w/2) from 10: steps of nearly 2, as tanh is nearly 1."""
    c = n.of(0.5, 0.25, 1.0, 2.0)
    w0, k = n.of(5.0, 4.0, 3.0, -4.0, -5.0) / c, n.of(3, 2)
    lab = _lab(f"cosh({c:g}*w)", w0, k)
    path = lab.study().followed.path.w[:, 0].tolist()
    steps = tuple(
        f"{w(i + 1)} = {num(x)} − tanh({num(c)}·{bracket(x)})/{num(c)} = {num(path[i + 1])}"
        for i, x in enumerate(path[:k])
    )
    wrong = w0
    for _ in range(k):
        wrong -= math.tanh(c * wrong)
    return Task(
        given=(f"E(w) = cosh({total((c, 'w'))})", f"w₀ = {num(w0)}", NEWTON),
        asks=f"Where is w after {k} steps: {w(k)} = ?",
        answer=path[k],
        lab=lab,
        hint="Differentiate twice with the chain rule; E′/E″ is a tanh over a number.",
        solution=(
            f"E′ = {num(c)}·sinh({total((c, 'w'))}), E″ = {num(c)}²·cosh({total((c, 'w'))})",
            f"E′/E″ = tanh({total((c, 'w'))})/{num(c)}",
            *steps,
        ),
        slips=(
            Slip(
                wrong, Fault.OTHER, f"That steps by tanh: it is tanh/{num(c)}, by the chain rule."
            ),
            Slip(path[k - 1], Fault.ONE_OFF, f"That is {w(k - 1)}: take one step more."),
        ),
    )


def cycle(n: Numbers) -> Task:
    """Newton on w⁴/4 − w² + 2w from 0: 0, 1, 0, 1, … for ever."""
    s, k = n.of(1.0, 2.0, -1.0, 3.0, -2.0, 0.5), n.of(99, 7, 25, 51)
    lab = _lab(f"w^4/4 - {s * s:g}*w^2 + {2 * s**3:g}*w".replace("+ -", "- "), 0.0, k)
    path = lab.study().followed.path.w[:, 0].tolist()
    slope = total((1, "w³"), (-2 * s * s, "w"), (2 * s**3, ""))
    bend = total((3, "w²"), (-2 * s * s, ""))
    return Task(
        given=(
            f"E(w) = {total((0.25, 'w⁴'), (-s * s, 'w²'), (2 * s**3, 'w'))}",
            "w₀ = 0",
            NEWTON,
        ),
        asks=f"Where is w after {k} steps: {w(k)} = ?",
        answer=path[k],
        lab=lab,
        hint="Take two steps by hand, and look where you are.",
        solution=(
            f"E′ = {slope}, E″ = {bend}",
            f"w₁ = 0 − ({num(2 * s**3)})/({num(-2 * s * s)}) = {num(path[1])}",
            f"w₂ = {num(path[1])} − ({num(s**3)})/{num(s * s)} = 0, and round again.",
            f"{k} is odd: {w(k)} = {num(path[k])}. The minimum, at {num(-DEEPEST * s)}, "
            "is never met.",
        ),
        slips=(
            Slip(0.0, Fault.ONE_OFF, "So it is after an even number of steps."),
            Slip(
                -DEEPEST * s,
                Fault.OTHER,
                "That is the minimum. Newton's method does not get there from here: try two steps.",
            ),
        ),
    )


def powers(n: Numbers) -> Task:
    """Newton on |w|^(4/3): each step multiplies by −2."""
    p, name = n.of(
        (4 / 3, "4/3"), (5 / 4, "5/4"), (5 / 3, "5/3"), (3.0, "3"), (4.0, "4"), (6.0, "6")
    )
    w0, k = n.of(1.0, 2.0, 3.0, 0.5, -1.0), n.of(3, 2, 4, 5)
    lab = _lab(f"abs(w)^({name})", w0, k)
    path = lab.study().followed.path.w[:, 0].tolist()
    factor = (p - 2) / (p - 1)
    far = "away from" if abs(factor) > 1 else "to"
    return Task(
        given=(f"E(w) = |w|^({name})", f"w₀ = {num(w0)}", NEWTON),
        asks=f"Where is w after {k} steps: {w(k)} = ?",
        answer=path[k],
        lab=lab,
        hint="For w > 0, E′/E″ is w times a number. So each step multiplies w by the same factor.",
        solution=(
            f"With p = {name} and w > 0: E′ = p·w^(p − 1), E″ = p(p − 1)·w^(p − 2), E′/E″ = w/(p − 1)",
            f"w ← w·(1 − 1/(p − 1)) = {num(factor)}·w, {far} the minimum at 0; by symmetry for w < 0, too.",
            f"{w(k)} = {bracket(factor)}{superscript(k)}·{bracket(w0)} = {num(path[k])}",
        ),
        slips=(
            Slip(
                w0 / factor**k,
                Fault.OTHER,
                "The factor is (p − 2)/(p − 1), not the other way round.",
            ),
            Slip(path[k - 1], Fault.ONE_OFF, f"That is {w(k - 1)}: take one step more."),
        ),
    )


def to_the_maximum(n: Numbers) -> Task:
    """The starts from which Newton goes to the maximum of w⁴/4 − w²/2: below 1/√5."""
    q = n.of(1.0, 4.0, 2.0, 3.0, 9.0, 0.25)
    s = math.sqrt(q)
    lab = _lab(f"w^4/4 - {q / 2:g}*w^2", 0.4 * s, 15)
    curve = lab.study().curve
    assert curve is not None and curve.threshold is not None
    limit = curve.threshold.high
    return Task(
        given=(f"E(w) = {total((0.25, 'w⁴'), (-q / 2, 'w²'))}", NEWTON),
        asks="Below which |w₀| does Newton's method go to the maximum at w = 0?",
        answer=limit,
        lab=lab,
        hint="At the border w jumps between v and −v for ever: solve N(v) = −v for v > 0.",
        solution=(
            f"E′ = {total((1, 'w³'), (-q, 'w'))}, E″ = {total((3, 'w²'), (-q, ''))}, "
            f"so N(w) = w − E′/E″ = 2w³/({total((3, 'w²'), (-q, ''))})",
            f"N(v) = −v: 2v² = {num(q)} − 3v², v² = {num(q)}/5",
            f"v = {num(limit)}",
        ),
        slips=(
            Slip(
                s / math.sqrt(3),
                Fault.OTHER,
                "There E″ = 0. But starts beyond the cycle are thrown out before that.",
            ),
            Slip(s, Fault.OTHER, "That is the minimum itself."),
            Slip(q / 5, Fault.OTHER, "That is v²: take the root."),
        ),
    )


EXERCISES = (
    Exercise("Newton on cosh", TOPIC, 6, cosh),
    Exercise("Newton in a circle", TOPIC, 6, cycle),
    Exercise("Newton on powers", TOPIC, 6, powers),
    Exercise("Newton to the maximum", TOPIC, 14, to_the_maximum),
)
