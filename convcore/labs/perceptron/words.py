"""What "Perceptron and backprop" says about a training of all learners."""

from __future__ import annotations

import math

from convcore.labkit.words import num, quoted, several, unlike
from convcore.labs.perceptron.backprop_end import End
from convcore.labs.perceptron.learners_training import NAMES, LearnersTraining
from convcore.labs.perceptron.phrases import (
    listed,
    loss_name,
    loss_text,
    most_mistakes,
    points_named,
    quotient,
    share_text,
    traded,
)
from convcore.labs.perceptron.resamples import ResamplesStudy
from convcore.labs.perceptron.study import PerceptronStudy
from convcore.labs.perceptron.weight_landscape import WeightLandscape
from convcore.separators.learners import margin
from convcore.separators.learners.perceptron import UPDATES, VISITS
from convcore.separators.sigmoid_unit import MOST, always_separates

ENDS = {
    End.SETTLED: "settles",
    End.ON_BOUND: "settles on the bound",
    End.SADDLE: "rests where E is no minimum,",
    End.THROWN: "is thrown onto a plateau by η = {eta},",
    End.PLATEAU: "stays on the plateau where it starts,",
    End.RUNS_OFF: "runs off along a direction that does not separate,",
    End.CYCLING: "cycles, and ends",
    End.FLUNG: "is thrown about by η = {eta}, and ends",
    End.DIVERGED: "diverges, and ends",
    End.FROZEN: "freezes",
    End.STILL: "stands still, its steps lost in rounding,",
    End.UNDER_WAY: "is still under way after {epochs},",
}
# What a run does that has no point wrong, where that may change.
AND = {
    End.CYCLING: ", and cycles",
    End.FLUNG: ", and is thrown about by η = {eta}",
    End.DIVERGED: ", and diverges",
}


def said(study: PerceptronStudy) -> tuple[str, ...]:
    """Who separates, who does not, and whether a line could."""
    training = study.training
    parts = [separable(training)]
    if "perceptron" in training.ends:
        parts.append(perceptron(training))
    if "backprop" in training.ends:
        parts += [backprop(training), proxy(training)]
    parts.append(swinging(training))
    return tuple(filter(None, parts))


def separable(training: LearnersTraining) -> str:
    """Whether a line separates, by the certificate."""
    proof, points = training.reference.certificate, training.points
    if points.one_class:
        return "**All points are of one class**: any constant answer separates them."
    if proof.separable:
        gap = margin(training.reference.margin, points)
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


def perceptron(training: LearnersTraining) -> str:
    """The perceptron's mistakes, and its bound."""
    run, bound = training.perceptron_run, training.reference.novikoff
    made = several(run.total, "mistake")
    if not math.isinf(bound.bound):
        made += " (at most (R/γ)² = {}/{} = {})".format(*quotient(bound))
    if run.converged:
        return f"The perceptron **separates** after {made} in {several(run.epochs, 'epoch')}."
    if not training.perceptron_errors[-1]:
        turn = "its last epoch" if run.epochs > 1 else "its only epoch"
        return f"The perceptron **separates** after {made}, the last of them in {turn}."
    last = several(int(run.mistakes[-1]), "mistake")
    still = f"it makes {last} in the last of {several(run.epochs, 'epoch')}"
    if training.reference.separable:
        return f"The perceptron **has not separated yet**: {made}, and {still}."
    if training.reference.certificate.proved:
        return f"The perceptron **never stops**: {still}."
    return f"The perceptron has not stopped: {still}."


def backprop(training: LearnersTraining) -> str:
    """What backprop ends with, and what theory says of that combination."""
    wrong = training.wrong("backprop")
    head = f"Backprop on {loss_name(training)}"
    made = {"eta": num(training.backprop.eta), "epochs": several(training.epochs, "epoch")}
    if not wrong:
        first, since = training.separates_first, training.separates_since
        if since == 0:
            also = AND.get(training.end, "").format(**made)
            return f"{head} **separates** from its start on{also}."
        again = f", and without a break from {since:,} on" if since > first else ""
        return f"{head} **separates** at epoch {first:,}{again}{AND.get(training.end, '').format(**made)}."
    ends = "stays at its start" if training.never_moves else ENDS[training.end].format(**made)
    if training.lineless:
        rests = training.end in (End.SETTLED, End.SADDLE)
        balance = ", where the pulls of all points cancel (∇E = 0)" * rests
        return f"{head} {ends} at **w = 0**{balance}: it answers alike everywhere, and there is no line."
    ends += ", where ∇E = 0," * training.never_moves
    how = f"{head} {ends} with **{points_named(training, wrong)} wrong**"
    if training.must_separate:
        return f"{how}. It needs more epochs: this combination must separate in the end."
    if training.reference.separable and not training.points.one_class:
        return f"{how}, though a line separates."
    return f"{how}."


def proxy(training: LearnersTraining) -> str:
    """Claim 18, if fewer points were wrong at a higher divergence."""
    trade = training.trade
    return f"**The divergence is only a proxy**: {traded(trade)}" if trade else ""


def swinging(training: LearnersTraining) -> str:
    """What the extra point did to each boundary, and which it changed most."""
    moved = {name: s for name, s in training.swings.items() if math.isfinite(s.disagreement)}
    if not moved:
        return ""
    shares = listed({name: s.disagreement for name, s in moved.items()})
    said = f"The extra point {quoted(training.points.describe(len(training.base)))} "
    said += f"changes the answer on {shares}."
    flipped = [NAMES[name] for name, s in moved.items() if s.flips]
    if flipped:
        whose = " and ".join(flipped)
        said += f" **The + side flips** to the other side of the line ({whose})."
    if {"perceptron", "backprop"} <= moved.keys():
        p, b = moved["perceptron"].disagreement, moved["backprop"].disagreement
        more = "**the perceptron swings more**" if p > b else "**backprop swings more**"
        said += " Here both swing alike." if p == b else f" Here {more}."
    return said


def predicted(study: PerceptronStudy) -> str:
    """What theory says of the run, in a few words to compare runs by."""
    training = study.training
    proof = training.reference.certificate
    if not proof.separable:
        return "no line separates" if proof.proved else "–"
    says = ["a line separates"]
    if "perceptron" in training.ends and not math.isinf(training.reference.novikoff.bound):
        says.append(f"perceptron: {most_mistakes(training, 'mistake')}")
    if "backprop" in training.ends and training.must_separate:
        says.append("backprop: must separate")
    return "; ".join(says)


def measured(study: PerceptronStudy) -> str:
    """What the learners did, in a few words to compare runs by."""
    training = study.training
    says = []
    for name in training.ends:
        if not training.has_line(name):
            says.append(f"{NAMES[name]}: no such line")
            continue
        end = f"{len(training.wrong(name)):,} wrong"
        if name == "perceptron":
            end = f"{several(training.perceptron_run.total, 'mistake')}, {end}"
        if name == "backprop":
            end = f"E = {loss_text(training.run.loss[-1])}, {end}"
        if training.extra:
            end += f", swung {share_text(training.swings[name].disagreement)}"
        says.append(f"{NAMES[name]}: {end}")
    return "; ".join(says) or "–"


def notes(study: PerceptronStudy) -> tuple[str, ...]:
    """What theory says of the combination, and what the numbers mean."""
    training, lines = study.training, []
    b, points = training.backprop, training.points
    if "backprop" in training.ends and training.reference.separable and not points.one_class:
        if training.least_at_infinity:
            lines.append(_never_fails(training))
        elif b.divergence == "l2" and b.epsilon and b.decay == 0 and b.bound is None:
            most = (1 / (2 * b.epsilon) - 1) ** 2
            holds = always_separates(b.epsilon, len(points))
            says = "separates; a local one need not" if holds else "may trade a point for others"
            than = "<" if holds else "≥"
            lines.append(
                f"N = {several(len(points), 'point')} {than} (1/(2ε) − 1)² = "
                f"{unlike(most, len(points))}: the lowest minimum of "
                f"soft L2 {says}."
            )
    bound = training.reference.novikoff
    if "perceptron" in training.ends and not math.isinf(bound.bound):
        R2, g2, _ = quotient(bound)
        lines.append(
            f"The perceptron's R² = {R2} is the largest squared length of a point, and γ = √{g2} the "
            "largest margin, both with a constant 1 beside the inputs: its weight is the bias."
        )
    if training.extra:
        measured = "Swings are measured on the dotted box around the points without the extra one"
        # A shuffled epoch moves the extra point as any other.
        last = "perceptron" in training.ends and not training.perceptron.shuffle
        turn = "; the perceptron visits the extra point last in each epoch" if last else ""
        lines.append(f"{measured}{turn}.")
    if "margin" in training.swings and not training.reference.separable:
        lines.append("There is no max-margin line: no line separates these points.")
    if study.shortened:
        made = several(training.epochs, "epoch")
        lines.append(f"Of so many points backprop makes {made} at most.")
    if training.touching:
        lines.append("A point on a boundary counts as wrong.")
    if training.perceptron_run.cut:
        lines.append(_stopped_short(training))
    if isinstance(study.settings.second, WeightLandscape) and study.second is None:
        lines.append(f"There is no landscape of {len(points):,} points; at most {MOST:,}.")
    if isinstance(study.second, ResamplesStudy) and study.second.most_epochs:
        cut = [
            f"{name} {several(made, 'epoch')}" for name, made in study.second.most_epochs.items()
        ]
        lines.append(f"On each sample at most: {', '.join(cut)}.")
    return (*lines, *study.settings.data.notes())


def _never_fails(training: LearnersTraining) -> str:
    """Why cross-entropy with hard targets separates, and what it needs."""
    says = (
        "The notes say that minimising a divergence may fail to separate. Cross-entropy with hard targets "
        "cannot: it has no minimum short of a separating direction"
    )
    if training.must_separate:
        return f"{says}."
    needs = []
    if not training.lasting:
        total = "is finite" if training.backprop.schedule.open_loop else "depends on the run"
        needs.append(f"steps that add up to infinity, and the sum of these {total}")
    if not training.gentle:
        limit = 2 / training.unit.steepest(float(training.run.loss[0]))
        sure = f"plain descent below η = {num(limit)} is sure not to"
        needs.append(f"steps that do not overshoot, and {sure}")
    return f"{says}. To get there it needs {'; and '.join(needs)}."


def _stopped_short(training: LearnersTraining) -> str:
    """Why the perceptron made fewer epochs than requested."""
    run = training.perceptron_run
    why = (
        f"it has made {several(run.total, 'mistake')}, and begins no epoch after {UPDATES:,}"
        if run.total >= UPDATES
        else f"with another it would make more than {VISITS:,} visits of points"
    )
    return f"The perceptron stopped short after {several(run.epochs, 'epoch')}: {why}."
