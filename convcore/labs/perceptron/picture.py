"""The first picture of "Perceptron and backprop" from a contest: tables of points, lines, epochs."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcore.charts.parts import legend_table
from convcore.charts.picture import Columns, Picture, row
from convcore.labs.perceptron.chart import FIELD, output_png
from convcore.labs.perceptron.learners_training import NAMES, Contest
from convcore.labs.perceptron.point_marks import dotted, ends_of, frame, proof, spots
from convcore.labs.perceptron.words import height
from convcore.swing import Box

Array = NDArray[np.float64]

SNAPS = 56  # epochs that can be looked at
PIXELS = 32  # along each side of the output's picture
CURVE = 120  # stretches of a curve by epoch
ALONG = np.linspace(-1, 1, 15)  # places along a pinned boundary, at one of which its name stands


def picture(contest: Contest, look: int) -> Picture:
    """The whole chart; look: the epoch that is shown before anybody points at another."""
    one = contest.points.inputs == 1
    view = frame(contest)
    snaps = epochs(contest, look)
    shown = int(snaps[np.abs(snaps - look).argmin()])
    loss, log = _loss(contest)
    low, high = float(loss["E"].min()), float(loss["E"].max())
    pad = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
    most = max(contest.errors.max(), contest.perceptron_errors.max(), 1)
    (xlo, xhi), (ylo, yhi) = view
    axes = contest.points.names[0] + ("" if one else f" →, {contest.points.names[1]} ↑")
    tables = {
        "t": row(
            xlo=xlo, xhi=xhi, ylo=ylo, yhi=yhi, one=one, gain=contest.unit.gain, look=shown,
            khi=float(max(contest.epochs, len(contest.perceptron_errors) - 1, 2)) * 1.15,
            elo=low - pad, ehi=high + pad, log=log, nlo=-0.08 * most, nhi=1.15 * most,
            axes=axes[:60], fell=_fell(contest), rose=_rose(contest),
        ),
        "snaps": _snaps(contest, snaps),
        "shades": _shades(contest, snaps, view),
        "lines": _lines(contest, snaps, view),
        "points": spots(contest.points, contest, contest.extra),
        "proof": proof(contest),
        "box": dotted(contest.box, view, one, contest.extra),
        "loss": loss,
        "errors": _errors(contest),
        "legend": legend(tuple(contest.ends)),
    }  # fmt: skip
    return Picture("field", FIELD, tables, _about(contest), _trace(contest))


def epochs(contest: Contest, look: int) -> NDArray[np.int64]:
    """Epochs (m,) that can be looked at: dense at first, and where the count of wrong points changes."""
    last = max(contest.epochs, len(contest.perceptron_errors) - 1)
    evenly = np.geomspace(1, last + 1, SNAPS - 14).round().astype(np.int64) - 1
    turns = np.flatnonzero(np.diff(contest.errors))[:10] + 1
    chosen = {*evenly.tolist(), *turns.tolist(), min(max(look, 0), last), contest.epochs, last}
    return np.array(sorted(chosen))


def _at(k: NDArray[np.int64]) -> NDArray[np.float32]:
    """Where an epoch stands on the logarithmic axis: 0 at 0.5."""
    return np.maximum(k, 0.5).astype(np.float32)


def _bands(k: NDArray[np.int64]) -> Columns:
    """The stretch of the axis around each epoch, halfway to its neighbours."""
    at = _at(k).astype(float)
    between = np.sqrt(at[1:] * at[:-1])
    return {"lo": np.append(0.4, between), "hi": np.append(between, 1.2 * at[-1])}


def _held(k: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Indices into a record that ended earlier: it holds its last value."""
    return np.minimum(k, length - 1)


def _snaps(contest: Contest, k: NDArray[np.int64]) -> Columns:
    i, j = _held(k, len(contest.run.w)), _held(k, len(contest.perceptron_errors))
    w, v = contest.run.w[i], contest.perceptron_run.weights[j]
    one = contest.points.inputs == 1
    shown = {name: np.full(len(k), name in contest.ends) for name in ("backprop", "perceptron")}
    words = [
        f"Epoch {epoch:,}: E = {height(E)}; wrong: "
        + ", ".join(
            f"{name} {count}"
            for name, count in (("backprop", e), ("perceptron", p))
            if name in contest.ends
        )
        for epoch, E, e, p in zip(
            k.tolist(), contest.run.loss[i].tolist(), contest.errors[i].tolist(),
            contest.perceptron_errors[j].tolist(), strict=True,
        )
    ]  # fmt: skip
    zero = np.zeros(len(k))
    return {
        "k": k, "at": _at(k), "u": w[:, 0], "v": zero if one else w[:, 1], "b": w[:, -1],
        "pu": v[:, 0], "pv": zero if one else v[:, 1], "pb": v[:, -1], **shown,
        **_bands(k), "words": words,
    }  # fmt: skip


def _shades(contest: Contest, k: NDArray[np.int64], view: Box) -> Columns:
    if contest.points.inputs == 1 or "backprop" not in contest.ends:
        return {"k": [-1], "url": [""]}
    at = (np.arange(PIXELS) + 0.5) / PIXELS
    (xlo, xhi), (ylo, yhi) = view
    x, y = np.meshgrid(xlo + at * (xhi - xlo), ylo + at * (yhi - ylo))
    grid = np.stack([x.ravel(), y.ravel()], axis=-1)
    w = contest.run.w[_held(k, len(contest.run.w))]
    share = contest.unit.output(w, grid)
    if contest.unit.gain > 1:
        share = (1 + share) / 2
    return {"k": k, "url": [output_png(s) for s in share.reshape(-1, PIXELS, PIXELS)]}


def _lines(contest: Contest, snaps: NDArray[np.int64], view: Box) -> Columns:
    one = contest.points.inputs == 1
    asked: list[tuple[int, str, bool, Array]] = []
    for name, record in (
        ("backprop", contest.run.w),
        ("perceptron", contest.perceptron_run.weights),
    ):
        if name in contest.ends:
            at = _held(snaps, len(record))
            asked += [(k, name, False, w) for k, w in zip(snaps.tolist(), record[at], strict=True)]
    still = [name for name in contest.ends if name not in ("backprop", "perceptron")]
    asked += [(-1, name, False, contest.ends[name]) for name in still]
    asked += [(-1, name, True, swing.before) for name, swing in contest.swings.items()]
    drawn = [
        (k, name, before, *ends)
        for k, name, before, w in asked
        if (ends := ends_of(w, view, one)) is not None
    ]
    # A table without a row has no columns to read.
    drawn = drawn or [(-2, "backprop", False, 0.0, 0.0, 0.0, 0.0)]
    k, names, before, *xy = zip(*drawn, strict=True)
    columns = dict(zip(("x", "y", "x2", "y2"), map(np.array, xy), strict=True))
    return {
        "k": np.array(k, dtype=np.int32),
        "learner": list(names),
        "before": list(before),
        **columns,
    }


def _spread(contest: Contest) -> bool:
    """Whether the divergence is shown as a power of ten: it spans more than one and a half."""
    low, high = float(contest.run.loss.min()), float(contest.run.loss.max())
    return low > 0 and high > 30 * low


def _drawn(contest: Contest, loss: Array) -> Array:
    return np.log10(loss) if _spread(contest) else np.clip(loss, -1e300, 1e300)


def _thinned(y: Array) -> NDArray[np.int64]:
    """Epochs (m,) at which a curve (K + 1,) is drawn: its ends, and the lowest and the highest of
    stretches that are alike on the logarithmic axis."""
    edges = np.unique(np.geomspace(1, len(y), CURVE).round().astype(np.int64))
    kept = {0, len(y) - 1}
    for low, high in pairwise([0, *edges.tolist()]):
        kept |= {low + int(y[low:high].argmin()), low + int(y[low:high].argmax())}
    return np.array(sorted(kept))


def _loss(contest: Contest) -> tuple[dict[str, Any], bool]:
    E = _drawn(contest, contest.run.loss)
    k = _thinned(E)
    return {"at": _at(k), "k": k.astype(np.int32), "E": E[k]}, _spread(contest)


def _errors(contest: Contest) -> Columns:
    names: list[str] = []
    epochs, errors = [], []
    for name, record in (("backprop", contest.errors), ("perceptron", contest.perceptron_errors)):
        if name in contest.ends:
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


def _trace(contest: Contest) -> Columns:
    """What is kept for pins: the last boundaries as u·x + v·y + b = 0, and the divergence by epoch."""
    lines = []
    for name, w in contest.ends.items():
        size = np.abs(w[:-1]).max()
        if np.isfinite(w).all() and size > 0:
            u, *v, b = (w / size).tolist()
            lines.append((name, u, *(v or (0.0,)), b))
    # Even with no line at all the columns are there: pins are told apart by them.
    names, *uvb = zip(*lines, strict=True) if lines else ([], [], [], [])
    E = np.clip(contest.run.loss, -1e300, 1e300)
    k = _thinned(_drawn(contest, contest.run.loss)) if "backprop" in contest.ends else np.arange(0)
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


def _fell(contest: Contest) -> str:
    return f"E: {height(contest.run.loss[0])} → {height(contest.run.loss[-1])}"


def _rose(contest: Contest) -> str:
    return f"of {len(contest.points):,} points"


def legend(names: tuple[str, ...]) -> Columns:
    """The table "legend": each learner's stretch of line and its name."""
    shown = {name: NAMES[name] for name in names or ("backprop",)}
    return {**legend_table(shown), "learner": list(shown)}


def _about(contest: Contest) -> str:
    said = "Circles are +, squares −; a ring marks a point that its learner has wrong. "
    if contest.points.inputs == 2:
        said += "The shading is backprop's output. "
    else:
        said += "The curve is backprop's output, points stand at their targets. "
    if contest.extra:
        said += "Faint lines: before the extra point (diamond). "
    if contest.reference.certificate.common is not None:
        said += "The cross lies in the hulls of both classes. "
    return said + "Point at an epoch to go there; click among the points to place an extra one."
