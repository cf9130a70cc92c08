"""The first picture of "Perceptron and backprop" from its study: tables of points, lines, epochs."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array, Ints
from convcore.charts.legend import legend_table
from convcore.charts.picture import Columns, Picture, row, short
from convcore.labs.perceptron.chart import FIELD
from convcore.labs.perceptron.chart_parts import output_png
from convcore.labs.perceptron.learners_training import NAMES, LearnersTraining
from convcore.labs.perceptron.output_images import Shades, clamped
from convcore.labs.perceptron.point_marks import dotted, ends_of, plus_places, proof, spots
from convcore.labs.perceptron.study import PerceptronStudy
from convcore.separators.stability import Box

UNSHADED: Columns = {"k": [-1], "url": [""]}
CURVE = 120  # stretches of a curve by epoch
ALONG = np.linspace(-1, 1, 15)  # places along a pinned boundary, one of which has its name


def picture(study: PerceptronStudy) -> Picture:
    """The whole chart; the settings say which epoch is shown at first."""
    training, view, look = study.training, study.view, study.settings.look
    one = training.points.inputs == 1
    snaps = study.looks
    shown = int(snaps[np.abs(snaps - look).argmin()])
    loss, log = _loss(training)
    low, high = float(loss["E"].min()), float(loss["E"].max())
    pad = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
    most = max(training.errors.max(), training.perceptron_errors.max(), 1)
    (xlo, xhi), (ylo, yhi) = view
    names = training.points.names
    b = training.backprop
    tables = {
        "t": row(
            xlo=xlo, xhi=xhi, ylo=ylo, yhi=yhi, one=one, gain=training.unit.gain, look=shown,
            khi=float(max(training.last_epoch, 2)) * 1.15,
            elo=low - pad, ehi=high + pad, log=log, nlo=-0.08 * most, nhi=1.15 * most,
            xname=names[0][:60], yname="output y" if one else names[1][:60],
            bepochs=training.epochs, plain=b.optimizer.plain and b.bound is None,
        ),
        "snaps": _snaps(training, snaps),
        "shades": {"k": snaps, "url": list(_urls(study.shades))} if study.shades else UNSHADED,
        "lines": _lines(training, snaps, view),
        "points": spots(training, training.extra),
        "proof": proof(training),
        "box": dotted(training.box, view, one, training.extra),
        "loss": loss,
        "errors": _errors(training),
        "legend": legend(tuple(training.ends)),
    }  # fmt: skip
    played = snaps.tolist()
    return Picture("field", FIELD, tables, _about(training), _trace(training), played)


@lru_cache(maxsize=32)  # by identity: showing a study again encodes nothing
def _urls(shades: Shades) -> tuple[str, ...]:
    """The image of the output at each epoch."""
    return tuple(output_png(levels) for levels in shades.levels)


def _at(k: Ints) -> NDArray[np.float32]:
    """Where an epoch is on the logarithmic axis: 0 at 0.5."""
    return np.maximum(k, 0.5).astype(np.float32)


def _bands(k: Ints) -> Columns:
    """The stretch of the axis around each epoch, halfway to its neighbours."""
    at = _at(k).astype(float)
    between = np.sqrt(at[1:] * at[:-1])
    return {"lo": np.append(0.4, between), "hi": np.append(between, 1.2 * at[-1])}


def _snaps(training: LearnersTraining, k: Ints) -> Columns:
    i, j = clamped(k, len(training.run.w)), clamped(k, len(training.perceptron_errors))
    w, v = training.run.w[i], training.perceptron_run.weights[j]
    shown = {name: np.full(len(k), name in training.ends) for name in ("backprop", "perceptron")}
    # Of an epoch without a mistake the last one before, as the weights have been the same since.
    every = np.arange(len(training.perceptron_last))
    since = np.maximum.accumulate(np.where(training.perceptron_last < 0, 0, every))[j]
    last = training.perceptron_last[since]
    x = np.where(last[:, None] < 0, 0.0, training.points.x[last])
    sense = np.where(last < 0, 0, training.points.labels[last]).astype(np.int8)
    eta = training.run.eta[np.maximum(i - 1, 0)]
    was = training.run.w[np.maximum(i - 1, 0)]
    b = training.backprop
    with np.errstate(all="ignore"):
        plain = b.optimizer.plain and b.bound is None
        # Where η is 0 a step shows no gradient.
        moved = np.where(eta[:, None] == 0, 0.0, (was - w) / eta[:, None]) if plain else w - was
    return {
        "k": k, "at": _at(k), **_weights("u", "v", "b", w), **_weights("pu", "pv", "pb", v),
        **_weights("gu", "gv", "gb", short(moved)),
        "lx": short(x[:, 0]), "lv": short(x[:, -1]), "sense": sense, "le": since.astype(np.int32),
        "eta": short(eta), **shown,
        "E": short(training.run.loss[i]), "be": training.errors[i].astype(np.int32),
        "pe": training.perceptron_errors[j].astype(np.int32), **_bands(k),
    }  # fmt: skip


def _weights(u: str, v: str, b: str, w: NDArray[Any]) -> Columns:
    """Weights (m, n) by name; the second is 0 where there is one input."""
    return {u: w[:, 0], v: w[:, 1] * (w.shape[1] == 3), b: w[:, -1]}


def _lines(training: LearnersTraining, snaps: Ints, view: Box) -> Columns:
    one = training.points.inputs == 1
    asked: list[tuple[int, str, bool, Array]] = []
    for name, record in (
        ("backprop", training.run.w),
        ("perceptron", training.perceptron_run.weights),
    ):
        if name in training.ends:
            at = clamped(snaps, len(record))
            asked += [(k, name, False, w) for k, w in zip(snaps.tolist(), record[at], strict=True)]
    still = [name for name in training.ends if name not in ("backprop", "perceptron")]
    asked += [(-1, name, False, training.ends[name]) for name in still]
    asked += [(-1, name, True, swing.before) for name, swing in training.swings.items()]
    drawn = [
        (k, name, before, *ends)
        for k, name, before, w in asked
        if (ends := ends_of(w, view, one)) is not None
    ]
    # A table without rows has no columns to read.
    drawn = drawn or [(-2, "backprop", False, 0.0, 0.0, 0.0, 0.0)]
    k, names, before, *xy = zip(*drawn, strict=True)
    columns = dict(zip(("x", "y", "x2", "y2"), map(np.array, xy), strict=True))
    return {
        "k": np.array(k, dtype=np.int32),
        "learner": list(names),
        "before": list(before),
        **columns,
        "along": plus_places(names, np.array(before), columns, training.points, view),
    }


def _spread(training: LearnersTraining) -> bool:
    """Whether the divergence is shown as a power of ten: it spans a factor of over 30."""
    low, high = float(training.run.loss.min()), float(training.run.loss.max())
    return low > 0 and high > 30 * low


def _drawn(training: LearnersTraining, loss: Array) -> Array:
    return np.log10(loss) if _spread(training) else np.clip(loss, -1e300, 1e300)


def _thinned(y: Array) -> Ints:
    """Epochs (m,) at which a curve (K + 1,) is drawn: its ends, and the lowest and highest of
    stretches of equal length on the logarithmic axis."""
    edges = np.unique(np.geomspace(1, len(y), CURVE).round().astype(np.int64))
    kept = {0, len(y) - 1}
    for low, high in pairwise([0, *edges.tolist()]):
        kept |= {low + int(y[low:high].argmin()), low + int(y[low:high].argmax())}
    return np.array(sorted(kept))


def _loss(training: LearnersTraining) -> tuple[dict[str, Any], bool]:
    E = _drawn(training, training.run.loss)
    k = _thinned(E)
    return {"at": _at(k), "k": k.astype(np.int32), "E": E[k]}, _spread(training)


def _errors(training: LearnersTraining) -> Columns:
    names: list[str] = []
    epochs, errors = [], []
    for name, record in (("backprop", training.errors), ("perceptron", training.perceptron_errors)):
        if name in training.ends:
            k = _thinned(record.astype(float))
            names += [name] * len(k)
            epochs.append(k)
            errors.append(record[k])
    if not names:
        return {"at": [0.5], "k": [0], "errors": [0], "learner": ["backprop"]}
    k = np.concatenate(epochs)
    return {
        "at": _at(k),
        "k": k.astype(np.int32),
        "errors": np.concatenate(errors).astype(np.int32),
        "learner": names,
    }


def _trace(training: LearnersTraining) -> Columns:
    """What is kept for pins: the last boundaries as u·x + v·y + b = 0, and the divergence by epoch."""
    lines = []
    for name, w in training.ends.items():
        size = np.abs(w[:-1]).max()
        if np.isfinite(w).all() and size > 0:
            u, *v, b = (w / size).tolist()
            lines.append((name, u, *(v or (0.0,)), b))
    # The columns are needed even without a line: they distinguish the kinds of pins.
    names, *uvb = zip(*lines, strict=True) if lines else ([], [], [], [])
    E = np.clip(training.run.loss, -1e300, 1e300)
    k = (
        _thinned(_drawn(training, training.run.loss))
        if "backprop" in training.ends
        else np.arange(0)
    )
    L, m = len(lines) * len(ALONG), len(k)
    u, v, b = (np.append(np.repeat(np.array(c, dtype=float), len(ALONG)), np.zeros(m)) for c in uvb)
    return {
        "part": np.repeat(np.array([0, 1], dtype=np.int8), (L, m)),
        "k": np.append(np.tile(np.arange(len(ALONG)), len(lines)), k).astype(np.int32),
        "learner": [*np.repeat(names, len(ALONG)).tolist(), *["backprop"] * m],
        "u": u, "v": v, "b": b,
        "s": np.append(np.tile(ALONG, len(lines)), np.zeros(m)).astype(np.float32),
        "epoch": np.append(np.full(L, 0.5), _at(k)).astype(np.float32),
        "E": np.append(np.ones(L), E[k]),
    }  # fmt: skip


def legend(names: tuple[str, ...]) -> Columns:
    """The table "legend": each learner and its name."""
    return legend_table("learner", {name: NAMES[name] for name in names or ("backprop",)})


def _about(training: LearnersTraining) -> str:
    said = "Circles are +, squares −; a ring marks a point that its learner has wrong. "
    said += "A + beside a line is on the side that it calls +. "
    if training.points.inputs == 2:
        said += "The shading is backprop's output. "
    else:
        said += "The curve is backprop's output, points stand at their targets. "
    if training.extra:
        said += "Faint lines: before the extra point (diamond). "
    if training.reference.certificate.common is not None:
        said += "The cross lies in the hulls of both classes. "
    return said + "Point at an epoch to go there; click among the points to place an extra one."
