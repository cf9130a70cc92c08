"""The points, as they are before the training of "Perceptron and backprop"."""

from __future__ import annotations

import numpy as np

from convcore.charts import given as pictures
from convcore.charts.picture import Picture
from convcore.labkit.given import schedule, set_here, vector
from convcore.labkit.words import num, several
from convcore.labs.perceptron.extra_point import ExtraPoint
from convcore.labs.perceptron.point_marks import DRAWN
from convcore.labs.perceptron.settings import PerceptronSettings
from convcore.separators.sigmoid_unit import DIVERGENCES
from convcore.separators.stability import box_around

NAMES = ("+", "−")  # of the classes


def given(settings: PerceptronSettings) -> Picture:
    """What is there before the training; points on a line stand at their targets."""
    points, one = settings.points, settings.points.inputs == 1
    extra = isinstance(settings.extra, ExtraPoint)
    chosen = np.arange(len(points))
    if len(points) > DRAWN:
        some = np.random.default_rng(0).permutation(len(points))[:DRAWN]
        chosen = np.unique(np.append(some, len(points) - 1))
    x, plus = points.x[chosen], points.labels[chosen] > 0
    targets = _targets(settings)
    height = np.where(plus, *targets) if one else x[:, 1]
    member = np.where(plus, 0, 1).astype(np.int8)
    first = [int(np.argmax(member == m)) for m in np.unique(member)]
    names = [NAMES[m] if i in first else "" for i, m in enumerate(member.tolist())]
    across, *up = box_around(points)
    pad = 0.16 * (targets[0] - targets[1])
    view = across, (targets[1] - pad, targets[0] + pad) if one else up[0]
    columns = {
        "x": x[:, 0], "y": height, "class": member, "name": names,
        "extra": (extra & (chosen == len(points) - 1)).tolist(),
    }  # fmt: skip
    axes = points.names[0], "target" if one else points.names[1]
    return pictures.points(columns, view, axes, _about(settings, targets))


def _targets(settings: PerceptronSettings) -> tuple[float, float]:
    """Of + and of −, for the unit's output."""
    high, low = 1 - settings.epsilon, settings.epsilon
    return (2 * high - 1, 2 * low - 1) if settings.activation == "tanh" else (high, low)


def _about(settings: PerceptronSettings, targets: tuple[float, float]) -> str:
    start = f"w = {vector(settings.start)}" if settings.start else "a random start"
    return set_here(
        several(len(settings.points), "point") + ", circles + and squares −",
        f"backprop minimises {DIVERGENCES[settings.divergence]} with targets "
        f"{num(targets[0])} and {num(targets[1])}",
        f"η = {num(settings.eta)}",
        schedule(settings.schedule),
        f"weight decay ρ = {num(settings.decay)}" if settings.decay else "",
        f"‖w‖ at most {num(settings.bound)}" if settings.bound else "",
        several(settings.epochs, "epoch"),
        "from w = 0" if not (settings.start or settings.spread) else f"from {start}",
    )
