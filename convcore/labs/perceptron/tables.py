"""The table and the notes of "Perceptron and backprop", and what a pin says of its run."""

from __future__ import annotations

import math

import numpy as np

from convcore.classifiers import margin, scores
from convcore.classifiers.perceptron import UPDATES, VISITS
from convcore.labkit.tables import Facts
from convcore.labkit.words import num
from convcore.labs.perceptron.learners_training import NAMES, Contest
from convcore.labs.perceptron.words import NAMED, height, named, of, quotient, share
from convcore.sigmoid_unit import always_separates


def foretold(contest: Contest) -> str:
    """What theory says of the run, in a few words: to stand beside other runs'."""
    proof = contest.reference.certificate
    if not proof.separable:
        return "no line separates" if proof.proved else "–"
    says = ["a line separates"]
    if "perceptron" in contest.ends and not math.isinf(contest.reference.novikoff.bound):
        says.append(f"perceptron: {_most(contest)} mistakes")
    if "backprop" in contest.ends and contest.must_separate:
        says.append("backprop: must separate")
    return "; ".join(says)


def found(contest: Contest) -> str:
    """What the learners did, in a few words: to stand beside other runs'."""
    says = []
    for name, w in contest.ends.items():
        if not np.isfinite(w).all():
            says.append(f"{NAMES[name]}: no such line")
            continue
        end = f"{len(contest.wrong(name)):,} wrong"
        if name == "perceptron":
            end = f"{of(contest.perceptron_run.total, 'mistake')}, {end}"
        if name == "backprop":
            end = f"E = {height(contest.run.loss[-1])}, {end}"
        if contest.extra:
            end += f", swung {share(contest.swings[name].disagreement)}"
        says.append(f"{NAMES[name]}: {end}")
    return "; ".join(says) or "–"


def facts(contest: Contest) -> Facts:
    """Each learner's end beside what bounds it."""
    heads = ("learner", "separates", "points wrong", "margin", "mistakes")
    rows = []
    for name, w in contest.ends.items():
        if not np.isfinite(w).all():
            rows.append((NAMES[name], "no such line", "–", "–", "–"))
            continue
        wrong = contest.wrong(name)
        which = f"{len(wrong)}: {named(contest, wrong)}" if 0 < len(wrong) <= NAMED else ""
        made = f"{contest.perceptron_run.total:,}"
        bound = (
            f"{made} of {_most(contest)}" if contest.reference.separable else f"{made}, no bound"
        )
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
                f"N = {len(points):,} points {than} (1/(2ε) − 1)² = {num(most)}: the lowest minimum of "
                f"soft L2 {says}."
            )
    bound = contest.reference.novikoff
    if "perceptron" in contest.ends and not math.isinf(bound.bound):
        R2, g2, _ = quotient(bound)
        lines.append(
            f"The perceptron's R² = {R2} is the largest squared length of a point, and γ = √{g2} the "
            "largest margin, both with a constant 1 beside the inputs: its weight is the bias."
        )
    if contest.extra:
        measured = "Swings are measured on the dotted box around the points without the extra one"
        # A shuffled epoch moves the extra point as any other.
        last = "perceptron" in contest.ends and not contest.perceptron.shuffle
        turn = "; the perceptron visits the extra point last in each epoch" if last else ""
        lines.append(f"{measured}{turn}.")
    if "margin" in contest.swings and not contest.reference.separable:
        lines.append("There is no max-margin line: no line separates these points.")
    if cut:
        lines.append(f"Of so many points backprop makes {contest.epochs:,} epochs at most.")
    ended = [w for name, w in contest.ends.items() if np.isfinite(w).all()]
    if any((scores(w, points.x) == 0).any() for w in ended):
        lines.append("A point on a boundary counts as wrong.")
    if contest.perceptron_run.cut:
        lines.append(_cut(contest))
    return tuple(lines)


def _cut(contest: Contest) -> str:
    """Why the perceptron made fewer epochs than asked for, one at least."""
    run = contest.perceptron_run
    why = (
        f"it has made {run.total:,} mistakes, and begins no epoch after {UPDATES:,}"
        if run.total >= UPDATES
        else f"with another it would make more than {VISITS:,} visits of points"
    )
    return f"The perceptron stopped short after {of(run.epochs, 'epoch')}: {why}."


def _most(contest: Contest) -> str:
    """How many mistakes Novikoff allows, as a whole number where there is one to read."""
    bound = contest.reference.novikoff.bound
    if math.isinf(bound):
        return "any"
    return f"at most {math.floor(bound * (1 + 1e-9)):,}" if bound < 1e7 else f"at most {num(bound)}"
