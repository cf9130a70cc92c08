"""The tables of the pictures of "A real network": fit or regions, loss, sharpness, spectrum, slice."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from convcore.charts.picture import Columns, Picture, row
from convcore.charts.real_network import CLASSES, COST, VALUES, regions_png
from convcore.descent import Trajectory
from convcore.hessian_cost import Timings, counted
from convcore.labs.network_data import Sample
from convcore.labs.training import ALONG, Readings, Training, thinned
from convcore.labs.words import num
from convcore.network import Network, softmax
from convcore.objectives import drop_rounding

Array = NDArray[np.float64]

GRID = 48  # pixels of a picture of decision regions, each way
CURVE = 81  # points of a fitted curve
SLACK = 1e-2  # eigenvalues below this are drawn on a straight scale, above on a logarithmic one
BARS = 44  # of a histogram, at most
FLOOR = 1e-16  # of the loss, beside its start: there it is rounding


def pictures(
    sample: Sample,
    net: Network,
    training: Training,
    look: int,
    method: str,
    relative: bool,
) -> tuple[Picture, ...]:
    """The pictures of a training."""
    run, readings, weights = training.run, training.readings, training.weights
    shown = readings.k[readings.at]  # the steps with a spectrum, which one can scrub through
    here = int(shown[np.abs(shown - look).argmin()]) if len(shown) else 0
    fit, ends, template = (
        (*_regions(sample, net, weights, shown), CLASSES)
        if sample.classes
        else (*_values(sample, net, weights, shown), VALUES)
    )
    loss, loss_ends = _loss(run)
    sharp, sharp_ends = _sharpness(readings)
    bars, bar_ends = _bars(readings, shown)
    numbers = {**ends, **loss_ends, **sharp_ends, **bar_ends}
    tables: dict[str, Columns] = {
        "t": row(look=here, khi=max(1, int(run.length)), method=method, **numbers),
        "snaps": _snapshots(sample, net, training, relative),
        "loss": loss,
        "sharp": sharp,
        "bars": bars,
        "slice": _slices(readings, shown),
        **fit,
    }
    about = (
        f"E goes from {num(run.loss[0])} to {num(run.loss[-1])}, the sharpness from "
        f"{num(float(readings.sharpness[0]))} to {num(float(readings.sharpness[-1]))}."
        if len(shown)
        else "The run blew up at once."
    )
    return (Picture("training" if sample.classes else "fit", template, tables, about),)


def _snapshots(sample: Sample, net: Network, training: Training, relative: bool) -> Columns:
    """One row for each step that can be looked at: its numbers, in words too."""
    run, readings = training.run, training.readings
    rows: dict[str, list[object]] = {name: [] for name in ("k", "y", "lam", "q", "has", "words")}
    rows["counts"] = []
    for s, i in enumerate(readings.at.tolist()):
        k, lam, limit = int(readings.k[i]), float(readings.sharpness[i]), float(readings.limit[i])
        negative, zero, positive = readings.signs(s)
        share = f" = {lam / limit:.3f} of its limit" if math.isfinite(limit) else ""
        wrong = ""
        if sample.classes:
            missed = misses(sample, net.output(training.weights[s]))
            wrong = f", {int(missed.sum())} of {len(missed)} points wrong"
        eta = float(run.eta[min(k, len(run.eta) - 1)])
        q = eta * lam
        rows["k"].append(k)
        rows["y"].append(_level(run.loss[k], run.loss[0]))
        rows["lam"].append(lam)
        rows["q"].append(q if 0 < q <= ALONG[-1] and not relative else -1.0)
        rows["has"].append(int(np.isfinite(readings.slices[s]).all()))
        rows["words"].append(
            f"k = {k:,}:  E = {num(run.loss[k], 3)},  λ_max = {num(lam, 4)}{share}{wrong}"
        )
        rows["counts"].append(
            f"{negative} negative,  {zero} zero to rounding,  {positive} positive"
        )
    return rows


def misses(sample: Sample, y: Array) -> NDArray[np.bool_]:
    """Which points (N,) get their highest score y (N, q) in a class that is not theirs."""
    return np.asarray(y.argmax(axis=1) != sample.targets.argmax(axis=1))


def _level(E: float, first: float) -> float:
    """log₁₀E, not below what is rounding beside the start."""
    return math.log10(max(E, FLOOR * first, 1e-300))


def _loss(run: Trajectory) -> tuple[Columns, dict[str, float]]:
    last = int(run.length)
    floor = max(FLOOR * float(run.loss[0]), 1e-300)
    k, y = thinned(np.arange(last + 1), np.log10(np.maximum(run.loss[: last + 1], floor)))
    low, high = math.floor(y.min() * 2) / 2, math.ceil(y.max() * 2) / 2
    ends = {"llo": low, "lhi": max(high, low + 0.5)}
    return {"k": k.astype(np.int16), "y": y.astype(np.float32)}, ends


def _sharpness(readings: Readings) -> tuple[Columns, dict[str, float | str]]:
    lam, limit = readings.sharpness, readings.limit
    known = np.isfinite(limit)
    top = float(lam.max(initial=0.0))
    # A limit far above the curve is told in words, and a curve far above the limit leaves the view.
    near = float(limit[known].min()) if known.any() else math.inf
    high = 1.12 * max(min(top, 4 * near), min(near, 2.2 * top)) or 1.0
    low = min(0.0, float(lam.min(initial=0.0)))
    away = (
        ""
        if near <= high or not known.any()
        else f"the limit, {num(near, 3)}, is above this picture"
    )
    shown = np.where(known, np.minimum(limit, 1e30), -1.0)
    columns = {
        "k": readings.k.astype(np.int16),
        "lam": lam.astype(np.float32),
        "limit": shown.astype(np.float32),
        "has": known.astype(np.int8),
    }
    return columns, {"slo": low, "shi": high, "away": away}


def _bars(readings: Readings, shown: NDArray[np.int64]) -> tuple[Columns, dict[str, float]]:
    """Histograms of the spectra: bars of equal width on the scale sign(λ)·log(1 + |λ|/SLACK)."""
    columns: dict[str, list[float]] = {name: [] for name in ("k", "lo", "hi", "count", "side")}

    def bar(k: int, lo: float, hi: float, count: int, side: int) -> None:
        for name, value in zip(columns, (k, lo, hi, count, side), strict=True):
            columns[name].append(value)

    spectra = drop_rounding(readings.spectra)
    z = np.sign(spectra) * np.log1p(np.abs(spectra) / SLACK)
    low, high = min(float(z.min(initial=0)), -0.1), max(float(z.max(initial=0)), 0.1)
    # 0 is an edge, so that no bar is of both signs.
    width = (high - low) / BARS
    edges = width * np.arange(math.floor(low / width), math.ceil(high / width) + 1)
    bounds = np.sign(edges) * SLACK * np.expm1(np.abs(edges))
    middle = float(SLACK * np.expm1(width / 4))
    for k, values in zip(shown.tolist(), z, strict=True):
        counts = np.histogram(np.clip(values[values != 0], edges[0], edges[-1]), edges)[0]
        for i in np.flatnonzero(counts).tolist():
            side = -1 if edges[i] < -width / 2 else 1
            bar(k, float(bounds[i]), float(bounds[i + 1]), int(counts[i]), side)
        if zeros := int((values == 0).sum()):
            bar(k, -middle, middle, zeros, 0)
    return (
        {
            "k": np.array(columns["k"], dtype=np.int16),
            "lo": np.array(columns["lo"], dtype=np.float32),
            "hi": np.array(columns["hi"], dtype=np.float32),
            "count": np.array(columns["count"], dtype=np.int16),
            "side": np.array(columns["side"], dtype=np.int8),
        },
        {
            "elo": float(bounds[0]),
            "ehi": float(bounds[-1]),
            "most": float(max(columns["count"], default=1)),
        },
    )


def _slices(readings: Readings, shown: NDArray[np.int64]) -> Columns:
    """E along the top eigenvector, where it slopes."""
    has = np.isfinite(readings.slices).all(axis=-1) if len(shown) else np.zeros(0, dtype=bool)
    y = readings.slices[has] if len(shown) else np.empty((0, len(ALONG)))
    return {
        "k": np.repeat(shown[has], len(ALONG)).astype(np.int16),
        "q": np.tile(ALONG, len(y)).astype(np.float32),
        "y": np.clip(y.ravel(), -9, 9).astype(np.float32),
    }


def _range(x: Array, pad: float = 0.06) -> tuple[float, float]:
    low, high = float(x.min()), float(x.max())
    away = pad * (high - low) or 1.0
    return low - away, high + away


def _values(
    sample: Sample, net: Network, weights: Array, shown: NDArray[np.int64]
) -> tuple[dict[str, Columns], dict[str, float | str]]:
    """The points and the fitted curve; with several inputs, outputs against targets."""
    x, t = sample.inputs, sample.targets[:, 0]
    tlo, thi = _range(t, 0.22)
    if x.shape[1] == 1:
        xlo, xhi = _range(x)
        at = np.linspace(xlo, xhi, CURVE)
        y = net.output(weights, at[:, None])[..., 0]
        points: Columns = {"k": np.full(len(t), -1, dtype=np.int16), "x": x[:, 0], "y": t}
        curve: Columns = {
            "k": np.repeat(shown, CURVE).astype(np.int16),
            "x": np.tile(at, len(shown)).astype(np.float32),
            "y": _short(y, tlo, thi),
        }
        names = {
            "xname": sample.names[0],
            "yname": f"{sample.target} (points) and the output (line)",
        }
    else:
        xlo, xhi = tlo, thi
        y = net.output(weights)[..., 0]
        points = {
            "k": np.repeat(shown, len(t)).astype(np.int16),
            "x": np.tile(t, len(shown)).astype(np.float32),
            "y": _short(y, tlo, thi),
        }
        curve = {"k": [-1, -1], "x": [xlo, xhi], "y": [xlo, xhi]}
        names = {"xname": f"{sample.target}", "yname": "output; on the line it is right"}
    return {"points": points, "curve": curve}, {
        "xlo": xlo,
        "xhi": xhi,
        "ylo": tlo,
        "yhi": thi,
        **names,
    }


def _short(y: Array, low: float, high: float) -> NDArray[np.float32]:
    """Heights as small numbers; those far out of the picture are kept just far out of it."""
    return np.clip(y.ravel(), low - 9 * (high - low), high + 9 * (high - low)).astype(np.float32)


def _regions(
    sample: Sample, net: Network, weights: Array, shown: NDArray[np.int64]
) -> tuple[dict[str, Columns], dict[str, float | str]]:
    """Decision regions in the plane of two inputs, or of the two directions of most variance."""
    X = sample.inputs
    centre = X.mean(axis=0)
    if X.shape[1] == 1:
        plane = np.array([[1.0], [0.0]])
        flat = np.column_stack([X[:, 0], sample.targets.argmax(axis=1)])
        centre, names = np.zeros(1), (sample.names[0], "class")
    elif X.shape[1] == 2:
        plane, flat, centre, names = np.eye(2), X, np.zeros(2), (sample.names[0], sample.names[1])
    else:
        plane = np.linalg.svd(X - centre, full_matrices=False)[2][:2]
        flat = (X - centre) @ plane.T
        names = ("first principal direction", "second")
    (xlo, xhi), (ylo, yhi) = _range(flat[:, 0]), _range(flat[:, 1])
    gx, gy = np.meshgrid(
        xlo + (np.arange(GRID) + 0.5) / GRID * (xhi - xlo),
        ylo + (np.arange(GRID) + 0.5) / GRID * (yhi - ylo),
    )
    where = centre + np.column_stack([gx.ravel(), gy.ravel()]) @ plane
    urls, wrong_k, wrong_i = [], [], []
    for k, w in zip(shown.tolist(), weights, strict=True):
        y = net.output(w, where)
        p = softmax(y) if sample.divergence == "softmax" else y
        urls.append(regions_png(p.reshape(GRID, GRID, -1)))
        missed = np.flatnonzero(misses(sample, net.output(w)))
        wrong_k += [k] * len(missed)
        wrong_i.append(missed)
    wrong = np.concatenate([np.zeros(0, dtype=np.int64), *wrong_i])
    member = sample.targets.argmax(axis=1)
    tables: dict[str, Columns] = {
        "regions": {"k": shown.astype(np.int16), "url": urls},
        "points": {
            "x": flat[:, 0].astype(np.float32),
            "y": flat[:, 1].astype(np.float32),
            "class": member.astype(np.int8),
        },
        "wrong": {
            "k": np.array(wrong_k, dtype=np.int16),
            "x": flat[wrong, 0].astype(np.float32),
            "y": flat[wrong, 1].astype(np.float32),
        },
        "names": {
            "class": np.arange(len(sample.classes), dtype=np.int8),
            "name": [name[:24] for name in sample.classes],
        },
    }
    return tables, {
        "xlo": xlo,
        "xhi": xhi,
        "ylo": ylo,
        "yhi": yhi,
        "xname": names[0],
        "yname": names[1],
    }


def cost_picture(timings: Timings) -> Picture:
    """Bytes and seconds against the number of weights: measured here, then counted on."""
    n = 10.0 ** np.arange(2, 12.5, 0.5)
    counts = [counted(float(x)) for x in n]
    lines: dict[str, list[object]] = {"panel": [], "what": [], "n": [], "y": []}

    def add(panel: str, what: str, x: Array, y: Array) -> None:
        lines["panel"] += [panel] * len(x)
        lines["what"] += [what] * len(x)
        lines["n"] += np.log10(x).tolist()
        lines["y"] += np.log10(y).tolist()

    held = {"gradient": 0, "product": 1, "L-BFGS": 2, "hessian": 6}
    for what, i in held.items():
        add("bytes", what, n, np.array([line[i].bytes for line in counts]))
    for what in ("gradient", "product", "hessian", "solve"):
        add("seconds", what, n, timings.extended(what, n))
    seen: dict[str, list[object]] = {"what": [], "n": [], "y": []}
    for what in ("gradient", "product", "hessian", "solve"):
        seen["what"] += [what] * len(timings.n)
        seen["n"] += np.log10(timings.n).tolist()
        seen["y"] += np.log10(getattr(timings, what)).tolist()
    last = float(timings.n[-1])
    about = (
        f"At n = {num(last)} the full Hessian took {num(float(timings.hessian[-1]), 2)} seconds here; "
        f"at 10⁶ it would take {num(float(timings.extended('hessian', np.array(1e6))), 2)} seconds."
    )
    return Picture("cost", COST, {"lines": lines, "seen": seen}, about)
