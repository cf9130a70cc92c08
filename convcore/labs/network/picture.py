"""The tables of the pictures of "A real network": fit or regions, loss, sharpness, spectrum, slice."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from convcore.arrays import Array, Ints
from convcore.charts.picture import Columns, Picture, row, short
from convcore.descent.descent import Trajectory
from convcore.descent.schedules import Constant
from convcore.labkit.curves import thinned
from convcore.labkit.words import num, subscript
from convcore.labs.network.chart import CLASSES, VALUES
from convcore.labs.network.cost import cost_lines
from convcore.labs.network.headline import limits
from convcore.labs.network.learnt import LearntRegions, range_around
from convcore.labs.network.picture_learnt import ROOM, learnt_tables
from convcore.labs.network.readings import ALONG, Readings
from convcore.labs.network.study import RealNetworkStudy
from convcore.labs.network.words import share_of_limit
from convcore.objectives.base import drop_rounding

LINEAR_BELOW = 1e-2  # the scale of eigenvalues is linear below this size, logarithmic above
BARS = 44  # of a histogram, at most
FREE = 1.25  # times the highest sharpness: the top of its view, where words stand
PINNED = 60  # stretches of a pinned loss curve
FLOOR = 1e-16  # share of the first loss below which a loss is rounding


def picture(study: RealNetworkStudy) -> Picture:
    """The chart of a training; each step with a whole spectrum can be selected."""
    run, readings = study.run, study.readings
    shown = readings.k[readings.at]  # the steps that can be selected: those with a spectrum
    look = study.settings.look
    here = int(shown[np.abs(shown - look).argmin()]) if len(shown) else 0
    learnt, ends = learnt_tables(study, shown)
    loss, loss_ends = _loss(run)
    sharp, sharp_ends = _sharpness(study)
    bars, bar_ends = _bars(readings, shown)
    numbers = {**ends, **loss_ends, **sharp_ends, **bar_ends}
    tables: dict[str, Columns] = {
        "t": row(look=here, khi=max(1, study.length), method=study.settings.method, **numbers),
        "snaps": _snapshots(study),
        "loss": loss,
        "sharp": sharp,
        "bars": bars,
        "slice": _slices(readings, shown),
        "cost": cost_lines(study.net.n, len(study.net.inputs)),
        **learnt,
    }
    about = (
        f"E goes from {num(run.loss[0])} to {num(run.loss[-1])}, the sharpness from "
        f"{num(float(readings.sharpness[0]))} to {num(float(readings.sharpness[-1]))}."
        if len(shown)
        else "The run blew up at once."
    )
    template = CLASSES if study.sample.classes else VALUES
    kept = _trace(tables, numbers, here)
    return Picture("training", template, tables, about, kept, shown.tolist())


def _trace(tables: Mapping[str, Columns], numbers: Mapping[str, Any], here: int) -> Columns:
    """What is kept of a training when it is pinned: parts 0 loss, 1 sharpness, 2 the curve shown."""
    loss, sharp, curve = tables["loss"], tables["sharp"], tables.get("curve", {"k": []})
    k, y = thinned(loss["k"], loss["y"], PINNED)
    parts = [(k, k, y), (sharp["k"], sharp["k"], sharp["lam"])]
    if (shown := np.asarray(curve["k"]) == here).any():
        i, f = (np.asarray(curve[name])[shown] for name in "iy")
        x = numbers["cx"] + i * numbers["dx"]
        parts.append((np.arange(len(x)), x, f))
    k, x, y = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    part = np.repeat(np.arange(len(parts)), [len(k) for k, _, _ in parts])
    return {"part": part.astype(np.int8), "k": k.astype(np.int16), "x": short(x), "y": short(y)}


COLUMNS = (
    "k", "y", "lam", "q", "has", "aside", "step", "words", "sharp", "more", "counts",
)  # fmt: skip


def _snapshots(study: RealNetworkStudy) -> Columns:
    """One row for each step that can be selected: its numbers, also in words."""
    run, readings, learnt = study.run, study.readings, study.training.learnt
    targets = range_around(study.sample.targets[:, 0], ROOM)
    # A share of the method's own step is not a step along the gradient.
    relative = study.settings.optimizer.relative
    rows: dict[str, list[object]] = {name: [] for name in COLUMNS}
    for s, i in enumerate(readings.at.tolist()):
        k, lam, limit = int(readings.k[i]), float(readings.sharpness[i]), float(readings.limit[i])
        negative, zero, positive = study.signs[s]
        share = f", {share_of_limit(lam / limit)} of its limit" if math.isfinite(limit) else ""
        beside = ""
        if isinstance(learnt, LearntRegions):
            missed = learnt.wrong[s]
            beside = f"◯ {int(missed.sum()):,} of {len(missed):,} points wrong"
        elif not _in_view(learnt.y[s], targets):
            beside = "outside this view ↕"
        eta = float(run.eta[min(k, len(run.eta) - 1)])
        q = eta * lam
        rows["k"].append(k)
        rows["y"].append(_level(run.loss[k], run.loss[0]))
        rows["lam"].append(lam)
        rows["q"].append(q if 0 < q <= ALONG[-1] and not relative else -1.0)
        rows["has"].append(int(np.isfinite(readings.slices[s]).all()))
        rows["aside"].append(int(readings.shifted[s]))
        rows["step"].append(_step(study, s, k, eta))
        rows["words"].append(f"step {k:,}: {num(run.loss[k], 3)}")
        rows["sharp"].append(f"{num(lam, 4)}{share}")
        rows["more"].append(beside)
        middle = f"|λ| < {num(study.zero(s), 1)}: {zero}"  # short, for a phone
        rows["counts"].append(f"λ < 0: {negative}; {middle}; λ > 0: {positive}")
    return rows


def _in_view(y: Array, ends: tuple[float, float]) -> bool:
    """Whether any of the heights y (m,) is between the ends of the picture."""
    return bool(((y >= ends[0]) & (y <= ends[1])).any())


def _step(study: RealNetworkStudy, s: int, k: int, eta: float) -> str:
    """The step from the selected wₖ with its numbers in, in up to three lines."""
    settings, w = study.settings, study.training.weights[s]
    # Of a run that blows up, the sum of squares would overflow.
    long, steep = math.hypot(*w), float(study.readings.slope[study.readings.at[s]])
    at = f"w{subscript(k)}"
    size, slope = f"‖{at}‖ = {num(long)}", f"‖∇E({at})‖ = {num(steep)}"
    if k == study.length and not isinstance(settings.schedule, Constant):
        return f"{size}\n{slope}: the last step"  # the schedule has no η for a next one
    if not settings.optimizer.plain:
        return f"{settings.optimizer.label}, η = {num(eta)}\n{size}\n{slope}"
    following = f"w{subscript(k + 1)}"
    return (
        f"{following} = {at} − {num(eta)}·∇E({at})\n{size}\nη‖∇E‖ = {num(eta)}·{num(steep)} = "
        f"{num(eta * steep, 3)}"
    )


def _level(E: float, first: float) -> float:
    """log₁₀E, not below the rounding of the first loss."""
    return math.log10(max(E, FLOOR * first, 1e-300))


def _loss(run: Trajectory) -> tuple[Columns, dict[str, float]]:
    last = int(run.length)
    floor = max(FLOOR * float(run.loss[0]), 1e-300)
    k, y = thinned(np.arange(last + 1), np.log10(np.maximum(run.loss[: last + 1], floor)))
    low, high = math.floor(y.min() * 2) / 2, math.ceil(y.max() * 2) / 2
    room = 0.04 * max(high - low, 0.5)  # for the ring at the selected step
    ends = {"llo": low - room, "lhi": max(high, low + 0.5) + room}
    return {"k": k.astype(np.int16), "y": short(y)}, ends


def _sharpness(study: RealNetworkStudy) -> tuple[Columns, dict[str, float | str]]:
    readings = study.readings
    lam, limit = short(readings.sharpness), readings.limit
    known = np.isfinite(limit)
    top = float(lam.max(initial=0.0))
    # A limit far above the curve is given in words; a curve far above both the limit and its own start
    # leaves the view. The top is free for these words.
    near = float(limit[known].min()) if known.any() else math.inf
    reach = 4 * max(near, float(lam[0]) if len(lam) else 0.0)
    dashed = near <= 4 * top
    high = FREE * (max(near, min(top, reach)) if dashed else top) or 1.0
    low = min(0.0, float(lam.min(initial=0.0)))
    name = f"limit {limits(study)}" if known.any() else "no fixed limit of λₘₐₓ for this method"
    if known.any() and not dashed:
        name += ", above this picture"
    if top > high:
        name += f"; λₘₐₓ up to {num(top, 3)} ↑"
    columns = {
        "k": readings.k.astype(np.int16),
        "lam": lam,
        "limit": short(np.where(known, limit, -1.0)),
        "has": known.astype(np.int8),
    }
    return columns, {
        "slo": low - 0.05 * (high - low),
        "shi": high,
        "dashed": int(dashed),
        "limit": name,
    }


def _bars(readings: Readings, shown: Ints) -> tuple[Columns, dict[str, float]]:
    """Histograms of the spectra: bars of equal width on the scale sign(λ)·log(1 + |λ|/LINEAR_BELOW)."""
    columns: dict[str, list[float]] = {name: [] for name in ("k", "lo", "hi", "count", "side")}

    def bar(k: int, lo: float, hi: float, count: int, side: int) -> None:
        for name, value in zip(columns, (k, lo, hi, count, side), strict=True):
            columns[name].append(value)

    spectra = short(drop_rounding(readings.spectra)).astype(float)
    z = np.sign(spectra) * np.log1p(np.abs(spectra) / LINEAR_BELOW)
    low, high = min(float(z.min(initial=0)), -0.1), max(float(z.max(initial=0)), 0.1)
    # 0 is an edge, so no bar holds both signs.
    width = (high - low) / BARS
    edges = width * np.arange(math.floor(low / width), math.ceil(high / width) + 1)
    bounds = np.sign(edges) * LINEAR_BELOW * np.expm1(np.abs(edges))
    middle = float(LINEAR_BELOW * np.expm1(width / 4))
    for k, at in zip(shown.tolist(), z, strict=True):
        counts = np.histogram(np.clip(at[at != 0], edges[0], edges[-1]), edges)[0]
        for i in np.flatnonzero(counts).tolist():
            side = -1 if edges[i] < -width / 2 else 1
            bar(k, float(bounds[i]), float(bounds[i + 1]), int(counts[i]), side)
        if zeros := int((at == 0).sum()):
            bar(k, -middle, middle, zeros, 0)
    return (
        {
            "k": np.array(columns["k"], dtype=np.int16),
            "lo": short(columns["lo"]),
            "hi": short(columns["hi"]),
            "count": np.array(columns["count"], dtype=np.int16),
            "side": np.array(columns["side"], dtype=np.int8),
        },
        {
            "elo": float(bounds[0]),
            "ehi": float(bounds[-1]),
            "most": float(max(columns["count"], default=1)),
        },
    )


def _slices(readings: Readings, shown: Ints) -> Columns:
    """E along the top eigenvector, where it slopes."""
    has = np.isfinite(readings.slices).all(axis=-1) if len(shown) else np.zeros(0, dtype=bool)
    y = readings.slices[has] if len(shown) else np.empty((0, len(ALONG)))
    return {
        "k": np.repeat(shown[has], len(ALONG)).astype(np.int16),
        "i": np.tile(np.arange(len(ALONG), dtype=np.int8), len(y)),
        "y": np.clip(y.ravel(), -9, 9).astype(np.float32),
    }
