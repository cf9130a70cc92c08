"""The view of "fan over resamples": how much boundaries differ, their picture and a table."""

from __future__ import annotations

import math

import numpy as np

from convcore.charts.picture import Columns, Picture, row
from convcore.labkit.second_view import SecondView
from convcore.labkit.tables import Facts
from convcore.labkit.words import num
from convcore.labs.perceptron.chart_second import FANS
from convcore.labs.perceptron.learners_training import NAMES, LearnersTraining
from convcore.labs.perceptron.output_images import view_of
from convcore.labs.perceptron.phrases import listed, share_text
from convcore.labs.perceptron.point_marks import ends_of, spots
from convcore.labs.perceptron.resamples import Fans, Resamples, ResamplesStudy
from convcore.labs.perceptron.study import PerceptronStudy

LINES = 60  # boundaries drawn of each learner
SAMPLES = {
    "bootstrap": "{} bootstrap samples",
    "leave": "{} samples, each without one of the points",
    "fresh": "{} fresh samples",
}


def resamples_view(
    study: PerceptronStudy, second: Resamples, found: ResamplesStudy | None
) -> SecondView | None:
    """The fans, and how much the boundaries of each learner differ; None without a learner."""
    if found is None:
        return None
    said, measured = [], ""
    if found.disagreements:
        differ = f"differ on {listed(found.disagreements)}"
        what = SAMPLES[second.kind].format(found.samples)
        said.append(f"Over {what}, two boundaries of one learner {differ}.")
        measured = f"; two samples {differ}"
    fair = found.compared
    best = _steadiest(found)
    if 0 < len(best) < len(fair):
        said.append(f"Steadiest here: **{' and '.join(NAMES[name] for name in best)}**.")
    picture = _picture(study.training, found.fans)
    return SecondView(picture, (_facts(found),), tuple(said), measured)


def _steadiest(found: ResamplesStudy) -> list[str]:
    """The learner with the least disagreement, and those that its error bar does not tell from it."""
    fair = found.compared
    if not fair:
        return []
    least = min(fair, key=fair.__getitem__)
    return [
        name
        for name, x in fair.items()
        # Equal as shown counts as a tie.
        if share_text(x) == share_text(fair[least])
        or x - fair[least] <= found.gap_error(name, least)
    ]


def _facts(found: ResamplesStudy) -> Facts:
    fans = found.fans
    heads = (
        "learner",
        "boundaries",
        "disagreement of two ± 95 %",
        "mean turn from their average",
        "own sample separated",
    )
    rows = tuple(
        (
            NAMES[name],
            f"{f.lines} of {len(f.weights)}",
            share_text(f.disagreement) + _bar(found.error(name)),
            f"{num(f.angle, 3)}°" if f.lines > 1 and math.isfinite(f.angle) else "–",
            f"{f.separating} of {len(f.weights)}",
        )
        for name, f in fans.items()
    )
    return Facts(heads, rows)


def _bar(error: float) -> str:
    """Half a 95 % interval beside its mean; nothing where there is none, as all samples were drawn."""
    return f" ± {num(100 * error, 2)}" if 0 < error < math.inf else ""


def _picture(training: LearnersTraining, fans: Fans) -> Picture:
    view = view_of(training)
    one = training.points.inputs == 1
    found = [
        (i, name, *ends)
        for i, (name, f) in enumerate(fans.items())
        for w in f.weights[:LINES]
        if np.isfinite(w).all() and (ends := ends_of(w, view, one)) is not None
    ]
    found = found or [(-1, "backprop", 0.0, 0.0, 0.0, 0.0)]
    panel, names, *xy = zip(*found, strict=True)
    (xlo, xhi), (ylo, yhi) = view
    axes = training.points.names
    titles = {
        f"panel{i}": f"{NAMES[name]}: {share_text(f.disagreement)}"
        for i, (name, f) in enumerate(fans.items())
    }
    tables: dict[str, Columns] = {
        "t": row(
            xlo=xlo,
            xhi=xhi,
            ylo=ylo,
            yhi=yhi,
            **titles,
            xname=axes[0][:60],
            yname="output y" if one else axes[1][:60],
        ),
        "fan": {
            "panel": np.array(panel, dtype=np.int16),
            "learner": list(names),
            **dict(zip(("x", "y", "x2", "y2"), map(np.array, xy), strict=True)),
        },
        "points": spots(training),
    }
    about = (
        f"At most {LINES} boundaries of each learner, each trained on its own sample; in per "
        "cent, how much of the domain two of them label differently."
    )
    return Picture(f"fan{len(fans)}", FANS[len(fans) - 1], tables, about)
