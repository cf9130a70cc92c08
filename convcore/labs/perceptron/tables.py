"""The table of "Perceptron and backprop": how each learner ended."""

from __future__ import annotations

import math

from convcore.labkit.tables import Facts
from convcore.labkit.words import num
from convcore.labs.perceptron.learners_training import NAMES
from convcore.labs.perceptron.phrases import NAMED, most_mistakes, points_named, share_text
from convcore.labs.perceptron.study import PerceptronStudy
from convcore.separators.learners import margin


def facts(study: PerceptronStudy) -> tuple[Facts, ...]:
    """How each learner ended."""
    return (_by_learner(study),)


def _by_learner(study: PerceptronStudy) -> Facts:
    """How each learner ended, and what bounds its mistakes."""
    training = study.training
    heads = ("learner", "separates", "points wrong", "margin", "mistakes")
    rows = []
    for name, w in training.ends.items():
        if not training.has_line(name):
            rows.append((NAMES[name], "no such line", "–", "–", "–"))
            continue
        wrong = training.wrong(name)
        which = f"{len(wrong)}: {points_named(training, wrong)}" if 0 < len(wrong) <= NAMED else ""
        made = f"{training.perceptron_run.total:,}"
        bound = (
            f"{made} of {most_mistakes(training)}"
            if training.reference.separable
            else f"{made}, no bound"
        )
        rows.append(
            (
                NAMES[name],
                "no" if wrong else "yes",
                which or f"{len(wrong):,}",
                num(margin(w, training.points)),
                bound if name == "perceptron" else "–",
            )
        )
    if not training.extra:
        return Facts(heads, tuple(rows))
    added = []
    for line, name in zip(rows, training.ends, strict=True):
        s = training.swings[name]
        turn = f"{num(s.angle, 3)}°" if math.isfinite(s.angle) else "–"
        added.append((*line, turn, share_text(s.disagreement)))
    return Facts((*heads, "turned by", "of the domain changed"), tuple(added))
