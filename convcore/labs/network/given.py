"""The points, as they are before the training of "A real network"."""

from __future__ import annotations

import numpy as np

from convcore.charts import given as pictures
from convcore.charts.picture import Picture
from convcore.labkit.given import schedule, set_here
from convcore.labkit.words import num, quoted, several, steps
from convcore.labs.network.data import sampled
from convcore.labs.network.learnt import plane_of, range_around
from convcore.labs.network.picture_learnt import plane_axes
from convcore.labs.network.settings import RealNetworkSettings


def given(settings: RealNetworkSettings) -> Picture:
    """What is there before the training."""
    sample = sampled(settings.data)
    if sample.classes:
        at, member = plane_of(sample)[0], sample.targets.argmax(axis=1)
        axes = plane_axes(sample.names)
    else:
        at = np.column_stack([sample.inputs[:, 0], sample.targets[:, 0]])
        member, axes = np.zeros(len(at), dtype=np.int64), (sample.names[0], sample.target)
    first = {int(np.argmax(member == m)): name for m, name in enumerate(sample.classes)}
    columns = {
        "x": at[:, 0], "y": at[:, 1], "class": member.astype(np.int8),
        "name": [first.get(i, "")[:24] for i in range(len(at))], "extra": [False] * len(at),
    }  # fmt: skip
    net, method = settings.network(), settings.optimizer
    layers = ", ".join(num(width) for width in settings.hidden) or "none"
    about = set_here(
        f"{several(len(at), 'point')} of {quoted(sample.target)}"
        if not sample.classes
        else f"{several(len(at), 'point')} of {len(sample.classes)} classes",
        f"hidden {settings.activation} units: {layers}, {several(net.n, 'weight')} in all",
        f"{method.label}, η = {num(settings.eta)}",
        schedule(settings.schedule),
        steps(settings.taken),
    )
    view = range_around(at[:, 0]), range_around(at[:, 1], 0.12)
    return pictures.points(columns, view, axes, about)
