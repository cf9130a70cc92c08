"""What the network has learnt, as tables: the fitted curve, outputs by target, or decision regions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array, Ints
from convcore.charts.picture import Columns, short
from convcore.labs.network.chart_learnt import regions_png
from convcore.labs.network.data import Sample
from convcore.labs.network.learnt import LearntCurve, LearntOutputs, LearntRegions, range_around
from convcore.labs.network.study import RealNetworkStudy

ROOM = 0.22  # share of the targets' range that is shown beyond them, each way

Tables = tuple[dict[str, Columns], dict[str, float | str]]


def learnt_tables(study: RealNetworkStudy, shown: Ints) -> Tables:
    """The tables of what was learnt at the steps `shown` (S,), and its part of the picture's table "t"."""
    learnt = study.training.learnt
    if isinstance(learnt, LearntRegions):
        return _regions(study.sample, learnt, shown)
    return _values(study.sample, learnt, shown)


def _values(sample: Sample, learnt: LearntCurve | LearntOutputs, shown: Ints) -> Tables:
    """The points and the fitted curve; with several inputs, outputs against targets."""
    x, t = sample.inputs, sample.targets[:, 0]
    tlo, thi = range_around(t, ROOM)
    if isinstance(learnt, LearntCurve):
        xlo, xhi = range_around(x)
        points: Columns = {"k": np.full(len(t), -1, dtype=np.int16), "x": x[:, 0], "y": t}
        curve: Columns = {
            "k": np.repeat(shown, len(learnt.x)).astype(np.int16),
            "i": np.tile(np.arange(len(learnt.x), dtype=np.int8), len(shown)),
            "y": _short(learnt.y, tlo, thi),
        }
        even = {"cx": float(learnt.x[0]), "dx": float(learnt.x[1] - learnt.x[0])}
        names = {
            "xname": sample.names[0],
            "yname": f"{sample.target}; output (line)",
        }
    else:
        xlo, xhi = tlo, thi
        points = {
            "k": np.repeat(shown, len(t)).astype(np.int16),
            "x": np.tile(t, len(shown)).astype(np.float32),
            "y": _short(learnt.y, tlo, thi),
        }
        curve = {"k": [-1, -1], "i": [0, 1], "y": [xlo, xhi]}
        even = {"cx": xlo, "dx": xhi - xlo}
        names = {"xname": f"{sample.target}", "yname": "output (on the line: right)"}
    ends = {"xlo": xlo, "xhi": xhi, "ylo": tlo, "yhi": thi}
    return {"points": points, "curve": curve}, {**ends, **even, **names}


def _short(y: Array, low: float, high: float) -> NDArray[np.float32]:
    """Heights as float32, those far outside the picture moved to just outside it."""
    return np.clip(y.ravel(), low - 9 * (high - low), high + 9 * (high - low)).astype(np.float32)


def _regions(sample: Sample, learnt: LearntRegions, shown: Ints) -> Tables:
    """The decision regions as images, the points on them, and which of these are wrong at each step."""
    (xlo, xhi), (ylo, yhi) = learnt.box
    urls = [regions_png(*each) for each in zip(learnt.winner, learnt.lead, strict=True)]
    step, wrong = np.nonzero(learnt.wrong)
    x, y = learnt.points.T
    tables: dict[str, Columns] = {
        "regions": {"k": shown.astype(np.int16), "url": urls},
        "points": {
            "x": short(x),
            "y": short(y),
            "class": sample.targets.argmax(axis=1).astype(np.int8),
        },
        "wrong": {"k": shown[step].astype(np.int16), "x": short(x[wrong]), "y": short(y[wrong])},
        "names": {
            "class": np.arange(len(sample.classes), dtype=np.int8),
            "name": [name[:24] for name in sample.classes],
        },
    }
    xname, yname = plane_axes(sample.names)
    return tables, {
        "xlo": xlo,
        "xhi": xhi,
        "ylo": ylo,
        "yhi": yhi,
        "xname": xname,
        "yname": yname,
        "classes": len(sample.classes),
    }


def plane_axes(names: tuple[str, ...]) -> tuple[str, str]:
    """What the plane's directions are called, given the inputs' names."""
    if len(names) == 1:
        return names[0], "class"
    return (
        (names[0], names[1])
        if len(names) == 2
        else ("first principal direction", "second principal direction")
    )
