"""The sentence of "Perceptron and backprop" on a contest, all from the run."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from convcore.classifiers import margin
from convcore.endings import Status
from convcore.labkit.words import num, quoted
from convcore.labs.perceptron.learners_training import NAMES, Contest
from convcore.schedules import Constant
from convcore.separability import Novikoff
from convcore.sigmoid_unit import ACTIVATIONS, DIVERGENCES

Array = NDArray[np.float64]

NAMED = 2  # wrong points that a sentence names


def sentence(contest: Contest) -> str:
    """Who separates, who does not, and whether anybody could."""
    parts = [separable(contest)]
    if "perceptron" in contest.ends:
        parts.append(perceptron(contest))
    if "backprop" in contest.ends:
        parts += [backprop(contest), proxy(contest)]
    parts.append(swinging(contest))
    return " ".join(part for part in parts if part)


def separable(contest: Contest) -> str:
    """Whether a line separates, by the certificate."""
    proof, points = contest.reference.certificate, contest.points
    if points.one_class:
        return "**All points are of one class**: any constant answer separates them."
    if proof.separable:
        gap = margin(contest.reference.margin, points)
        if not gap > 0:
            return "**Separable**, but by less than rounding lets a margin be told."
        return f"**Separable**, with a margin of {num(gap)} at best."
    if proof.common is None:
        return "Whether a line separates these points cannot be told in double precision."
    at = ", ".join(num(v) for v in proof.common)
    return (
        f"**No line separates these points**: the hulls of + and − share "
        f"({at}), as {len(proof.witnesses)} of them prove."
    )


def perceptron(contest: Contest) -> str:
    """Mistakes made beside the mistakes allowed."""
    run, bound = contest.perceptron_run, contest.reference.novikoff
    made = of(run.total, "mistake")
    if not math.isinf(bound.bound):
        made += " (at most (R/γ)² = {}/{} = {})".format(*quotient(bound))
    if run.converged:
        return f"The perceptron **separates** after {made} in {of(run.epochs, 'epoch')}."
    last = of(int(run.mistakes[-1]), "mistake")
    still = f"it makes {last} in the last of {of(run.epochs, 'epoch')}"
    if contest.reference.separable:
        return f"The perceptron **has not separated yet**: {made}, and {still}."
    if contest.reference.certificate.proved:
        return f"The perceptron **never stops**: {still}."
    return f"The perceptron has not stopped: {still}."


def quotient(bound: Novikoff) -> tuple[str, str, str]:
    """R², γ² and the perceptron's bound, to as many digits as give it again: 101, 0.2, 505."""
    R2, g2, made = bound.radius**2, bound.margin**2, whole(bound.bound)
    digits = range(4, 17)
    d = next((d for d in digits if whole(float(f"{R2:.{d}g}") / float(f"{g2:.{d}g}")) == made), 17)
    return num(R2, d), num(g2, d), made


def whole(x: float) -> str:
    """A count, which may be a broken number: 505, 50,005, 123.9."""
    return f"{x:,.1f}".removesuffix(".0") if x < 1e7 else num(x)


def called(contest: Contest) -> str:
    """Backprop's combination in words."""
    b = contest.backprop
    name = DIVERGENCES[b.divergence]
    high, low, e = 1 - b.epsilon, b.epsilon, "1 − ε = {} and ε = {}"
    if b.activation == "tanh":
        high, low, e = 1 - 2 * b.epsilon, 2 * b.epsilon - 1, "1 − 2ε = {} and {}"
    soft = f"targets {e.format(num(high), num(low))}"
    targets = "hard targets" if b.epsilon == 0 else soft
    unit = "" if b.activation == "logistic" else f", {ACTIVATIONS[b.activation]}"
    return f"{name} ({targets}{unit})"


def backprop(contest: Contest) -> str:
    """What backprop ends with, and what theory says of that combination."""
    wrong, status = contest.wrong("backprop"), contest.run.outcome().status
    head = f"Backprop on {called(contest)}"
    right = np.flatnonzero(contest.errors == 0)
    if not wrong:
        # The epoch after the last with a point wrong.
        since = int(np.max(np.flatnonzero(contest.errors), initial=-1)) + 1
        if since == 0:
            return f"{head} **separates** from its start on."
        again = f", and without a break from {since:,} on" if since > right[0] else ""
        return f"{head} **separates** at epoch {right[0]:,}{again}."
    told = {
        Status.CONVERGED: "settles",
        Status.CYCLING: "cycles, and ends",
        Status.DIVERGED: "diverges, and ends",
        Status.FROZEN: "freezes",
    }.get(status, "ends")
    if contest.backprop.bound is not None:
        told = "ends"  # steps that are pulled back settle where the gradient does not vanish
    if not contest.ends["backprop"].any():
        return f"{head} {told} at **w = 0**: it answers alike everywhere, and there is no line."
    ends = f"{head} {told} with **{named(contest, wrong)} wrong**"
    if contest.must_separate and _gentle(contest):
        return f"{ends}. It needs more epochs: this combination must separate in the end."
    if contest.reference.separable and not contest.points.one_class:
        return f"{ends}, though a line separates."
    return f"{ends}."


def _gentle(contest: Contest) -> bool:
    """Whether η is below 2 over the largest curvature anywhere: then descent arrives."""
    if not (contest.plain and isinstance(contest.backprop.schedule, Constant)):
        return False
    steepest = float(np.linalg.norm(contest.unit.signed, 2)) ** 2 / 4
    return 0 < contest.backprop.eta < 2 / steepest


def named(contest: Contest, wrong: tuple[int, ...]) -> str:
    """Wrong points by their places, or how many there are of them."""
    if len(wrong) > NAMED:
        return f"{len(wrong):,} of {len(contest.points):,} points"
    return " and ".join(quoted(contest.points.describe(i)) for i in wrong)


def proxy(contest: Contest) -> str:
    """Where fewer points were wrong at a higher divergence, that is said: claim 18."""
    said = traded(contest.run.loss, contest.errors, contest.ends["backprop"])
    return f"**The divergence is only a proxy**: {said}" if said else ""


def traded(E: Array, errors: NDArray[np.int64], end: Array) -> str:
    """Since when E (K+1,) falls while more points go wrong, of a run to weights `end`; "" if it does not.

    errors: how many are wrong, (K+1,).
    """
    k = len(errors) - 1 - int(errors[::-1].argmin())
    # Weights 0 have no line for a point to be on the wrong side of.
    if not (errors[k] < errors[-1] and E[k] > E[-1] and end.any()):
        return ""
    return (
        f"from epoch {k:,} on E {fall(E[k], E[-1])} while {errors[k]:,} wrong become "
        f"{errors[-1]:,}."
    )


def swinging(contest: Contest) -> str:
    """What the extra point did to each boundary, and to whose the most."""
    moved = {name: s for name, s in contest.swings.items() if math.isfinite(s.disagreement)}
    if not moved:
        return ""
    told = listed({name: s.disagreement for name, s in moved.items()})
    said = f"The extra point {quoted(contest.points.describe(len(contest.base)))} "
    said += f"changes the answer on {told}."
    if {"perceptron", "backprop"} <= moved.keys():
        p, b = moved["perceptron"].disagreement, moved["backprop"].disagreement
        more = "**the perceptron swings more**" if p > b else "**backprop swings more**"
        said += " Here both swing alike." if p == b else f" Here {more}."
    return said


def listed(shares: dict[str, float]) -> str:
    """Shares of the domain by learner: 3 % of the domain (perceptron), 2 % (backprop)."""
    first, *rest = [f"{share(x)} of the domain ({NAMES[name]})" for name, x in shares.items()]
    return ", ".join([first, *(part.replace(" of the domain", "") for part in rest)])


def share(x: float) -> str:
    """A share of the domain in per cent."""
    return f"{num(100 * x, 3)} %" if math.isfinite(x) else "–"


def height(E: float) -> str:
    """A value of the divergence: of as many digits in sentences, tables and pictures."""
    return num(E, 5)


def fall(high: float, low: float) -> str:
    """From one value of the divergence to a lower one, to as many digits as show that it falls."""
    pairs = [(num(high, d), num(low, d)) for d in (5, 7, 9, 17)]
    return "falls from {} to {}".format(*next((p for p in pairs if p[0] != p[1]), pairs[0]))


def of(n: int, noun: str) -> str:
    """A number of things: 1 mistake, 2 mistakes."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
