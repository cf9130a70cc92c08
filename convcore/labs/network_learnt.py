"""What the network has learnt, as tables: the fitted curve, outputs by target, or decision regions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convcore.charts.picture import Columns, short
from convcore.charts.real_network_learnt import regions_png
from convcore.labs.network_data import Sample
from convcore.network import Network, softmax

Array = NDArray[np.float64]

GRID = 48  # pixels of a picture of decision regions, each way
CURVE = 81  # points of a fitted curve


def misses(sample: Sample, y: Array) -> NDArray[np.bool_]:
    """Which points (N,) get their highest score y (N, q) in a class that is not theirs."""
    return np.asarray(y.argmax(axis=1) != sample.targets.argmax(axis=1))


def _range(x: Array, pad: float = 0.06) -> tuple[float, float]:
    low, high = float(x.min()), float(x.max())
    away = pad * (high - low) or 1.0
    return low - away, high + away


def values(
    sample: Sample, net: Network, weights: Array, shown: NDArray[np.int64]
) -> tuple[dict[str, Columns], dict[str, float | str]]:
    """The points and the fitted curve; with several inputs, outputs against targets.

    weights: (S, n), at the steps `shown` (S,). Gives tables, and what the picture's table "t" has of them.
    """
    x, t = sample.inputs, sample.targets[:, 0]
    tlo, thi = _range(t, 0.22)
    if x.shape[1] == 1:
        xlo, xhi = _range(x)
        # Not beyond the points: there it was taught nothing.
        at = np.linspace(x.min(), x.max(), CURVE)
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


def regions(
    sample: Sample, net: Network, weights: Array, shown: NDArray[np.int64]
) -> tuple[dict[str, Columns], dict[str, float | str]]:
    """Decision regions in the plane of two inputs, or of the two directions of most variance.

    Takes and gives what `values` does, weights (S, n) at steps (S,).
    """
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
            "x": short(flat[:, 0]),
            "y": short(flat[:, 1]),
            "class": member.astype(np.int8),
        },
        "wrong": {
            "k": np.array(wrong_k, dtype=np.int16),
            "x": short(flat[wrong, 0]),
            "y": short(flat[wrong, 1]),
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
        "classes": len(sample.classes),
    }
