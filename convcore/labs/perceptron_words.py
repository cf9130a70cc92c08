"""What "Perceptron and backprop" says of a contest: sentence, table and notes, all from the run."""

from __future__ import annotations

import math

import numpy as np

from convcore.classifiers import margin, scores
from convcore.endings import Status
from convcore.labs.contest import NAMES, Contest
from convcore.labs.lab import Facts
from convcore.labs.words import num, quoted
from convcore.schedules import Constant
from convcore.sigmoid_unit import ACTIVATIONS, DIVERGENCES, always_separates

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
    run, bound = contest.perceptron_run, contest.reference.novikoff.bound
    made = _of(run.total, "mistake")
    within = "" if math.isinf(bound) else f" (bound (R/γ)² = {num(bound)})"
    if run.converged:
        return f"The perceptron **separates** after {made} in {_of(run.epochs, 'epoch')}{within}."
    still = f"it makes {run.mistakes[-1]:,} in the last of {_of(run.epochs, 'epoch')}"
    if contest.reference.separable:
        return f"The perceptron **has not separated yet**: {made}, and {still}{within}."
    if contest.reference.certificate.proved:
        return f"The perceptron **never stops**: {still}."
    return f"The perceptron has not stopped: {still}."


def called(contest: Contest) -> str:
    """Backprop's combination in words."""
    b = contest.backprop
    name = DIVERGENCES[b.divergence]
    targets = "hard targets" if b.epsilon == 0 else f"ε = {num(b.epsilon)}"
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
    errors, loss = contest.errors, contest.run.loss
    k = len(errors) - 1 - int(errors[::-1].argmin())
    if not (errors[k] < errors[-1] and loss[k] > loss[-1]):
        return ""
    # As many digits as show that it falls.
    high, low = next(
        (a, b) for d in (4, 6, 9, 17) if (a := num(loss[k], d)) != (b := num(loss[-1], d))
    )
    return (
        f"**The divergence is only a proxy**: from epoch {k:,} on E falls from {high} to {low} "
        f"while {errors[k]:,} wrong become {errors[-1]:,}."
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


def _of(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def facts(contest: Contest) -> Facts:
    """Each learner's end beside what bounds it."""
    heads = ("learner", "separates", "points wrong", "margin", "mistakes / (R/γ)²")
    rows = []
    for name, w in contest.ends.items():
        if not np.isfinite(w).all():
            rows.append((NAMES[name], "no such line", "–", "–", "–"))
            continue
        wrong = contest.wrong(name)
        which = f"{len(wrong)}: {named(contest, wrong)}" if 0 < len(wrong) <= NAMED else ""
        bound = f"{contest.perceptron_run.total:,} / {num(contest.reference.novikoff.bound)}"
        rows.append(
            (
                NAMES[name],
                "no" if wrong else "yes",
                which or f"{len(wrong):,}",
                num(margin(w, contest.points)),
                bound if name == "perceptron" else "–",
            )
        )
    if not contest.extra:
        return Facts(heads, tuple(rows))
    added = []
    for line, name in zip(rows, contest.ends, strict=True):
        s = contest.swings[name]
        turn = f"{num(s.angle, 3)}°" if math.isfinite(s.angle) else "–"
        added.append((*line, turn, share(s.disagreement)))
    return Facts((*heads, "turned by", "of the domain changed"), tuple(added))


def notes(contest: Contest, cut: bool) -> tuple[str, ...]:
    """What theory says of the combination, and what the numbers stand for."""
    lines = []
    b, points = contest.backprop, contest.points
    if "backprop" in contest.ends and contest.reference.separable and not points.one_class:
        if contest.must_separate:
            lines.append(
                "The notes say that minimising a divergence may fail to separate. Cross-entropy with "
                "hard targets cannot: it has no minimum short of a separating direction."
            )
        elif b.divergence == "l2" and b.epsilon and b.decay == 0 and b.bound is None:
            most = (1 / (2 * b.epsilon) - 1) ** 2
            holds = always_separates(b.epsilon, len(points))
            says = "separates; a local one need not" if holds else "may trade a point for others"
            than = "<" if holds else "≥"
            lines.append(
                f"N = {len(points):,} {than} (1/(2ε) − 1)² = {num(most)}: the lowest minimum of soft "
                f"L2 {says}."
            )
    if contest.extra:
        lines.append(
            "Swings are measured on the dotted box around the points without the extra one; the "
            "perceptron visits the extra point last in each epoch."
        )
    if "margin" in contest.swings and not contest.reference.separable:
        lines.append("There is no max-margin line: no line separates these points.")
    if cut:
        lines.append(f"Of so many points backprop makes {contest.epochs:,} epochs at most.")
    ended = [w for name, w in contest.ends.items() if np.isfinite(w).all()]
    if any((scores(w, points.x) == 0).any() for w in ended):
        lines.append("A point on a boundary counts as wrong.")
    if contest.perceptron_run.cut:
        lines.append(
            f"The perceptron stopped short after {contest.perceptron_run.epochs:,} epochs: it visits "
            "600,000 points at most."
        )
    return tuple(lines)
