"""The first picture of "Rough ground": the function, the paths, loss and η by step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convcore.arrays import Ints
from convcore.charts.landscape import landscape
from convcore.charts.paths import clip_path
from convcore.charts.picture import Columns, Picture, row, short
from convcore.charts.pins import trace
from convcore.descent.theory import PointKind, positive_definite
from convcore.labkit.curves import log_floor, padded, pieces
from convcore.labkit.functions import View, around
from convcore.labkit.words import num
from convcore.labs.rough_ground.chart import CURVE, PLANE
from convcore.labs.rough_ground.picture_parts import legend
from convcore.labs.rough_ground.scene import schedule_name
from convcore.labs.rough_ground.study import RoughStudy

ROWS = 1500  # of the table of paths, for all runs together
NAMED = 12  # stationary points that are marked
LABEL = (0.32, 0.055)  # the words of a stationary point, as shares of the picture


def picture(study: RoughStudy) -> Picture:
    """The function with stationary points and paths; loss and step size by step."""
    scene = study.scene
    shown = study.points[:NAMED]  # the lowest, where there are many
    marks: dict[str, Any] = {
        "kind": [p.kind.value for p in shown],
        "label": [
            f"min, 2η_opt {num(p.limit, 3)}" if p.kind.is_minimum else p.kind.value for p in shown
        ],
        "x": [p.w[0] for p in shown],
    }
    view = around(scene.view, scene.origin)
    about = "; ".join(
        f"{schedule_name(plan)}: {study.runs[name].outcome}" for name, plan in scene.plans
    )
    if scene.objective.n == 1:
        template, frame, tables = CURVE, *_line(study, view, marks)
    else:
        template, frame, tables = PLANE, view, _plane(study, view, marks)
    lowest = [float(run.path.loss.min()) for run in study.runs.values()]
    tables["points"] = _labelled(tables["points"], frame)
    paths = _paths(study, min(lowest + [p.value for p in study.points]), frame)
    (xlo, xhi), (ylo, yhi) = frame
    tables |= {
        "t": row(khi=scene.steps, **_ends(paths), xlo=xlo, xhi=xhi, ylo=ylo, yhi=yhi),
        "paths": paths,
        "legend": legend(scene),
    }
    own = paths["run"] == "run"
    kept = trace(**{name: paths[name][own] for name in paths if name not in ("run", "last")})
    return Picture("ground", template, tables, about + ".", kept)


def _ends(paths: Columns) -> dict[str, Any]:
    """The ends of the axes by step, as powers of ten."""
    loss, start = paths["loss"], float(paths["loss"][0])
    elo, ehi = float(paths["eta"].min()), float(paths["eta"].max())
    return {
        "llo": log_floor(loss, start),
        "lhi": min(math.ceil(float(loss.max()) + 0.01), math.ceil(start) + 3),
        "elo": math.floor(max(elo, ehi - 8) - 0.2),
        "ehi": math.ceil(ehi + 0.2),
    }


def _drawn_steps(steps: int, most: int) -> Ints:
    """The steps that are drawn: all of the first ones, then an odd stride, which shows cycles of 2."""
    if steps < most:
        return np.arange(steps + 1)
    first = most // 2
    stride = -(-(steps - first) // (most - first)) | 1
    return np.unique(
        np.concatenate([np.arange(first), np.arange(first, steps + 1, stride), [steps]])
    )


def _paths(study: RoughStudy, best: float, frame: View) -> dict[str, Any]:
    """The table "paths"; loss: log₁₀ of E above `best`. frame: the picture's ends, (x, y)."""
    low, high = np.array(frame).T
    middle, half = (low + high) / 2, (high - low) / 2
    parts = []
    line = study.scene.objective.n == 1
    for name, run in study.runs.items():
        last = int(run.path.length)
        k = _drawn_steps(last, ROWS // len(study.runs))
        w, E = run.path.w[k], run.path.loss[k]
        with np.errstate(divide="ignore"):
            loss = np.log10(np.maximum(E - best, 1e-300))
            eta = np.log10(np.maximum(np.append(run.path.eta, run.next_eta)[k], 1e-300))
        seen = np.column_stack([w[:, 0], E if line else w[:, 1]])
        # In units of half the picture's width and height.
        drawn, piece = clip_path((seen - middle) / half, np.zeros(2), 1.0)
        xy = drawn * half + middle
        end = (k == last) & (k > 0)
        parts.append((np.full(len(k), name), k, xy, piece, loss, eta, end))
    run_, k, xy, piece, loss, eta, end = (np.concatenate(part) for part in zip(*parts, strict=True))
    return {
        "run": run_, "k": k.astype(np.int16), "x": short(xy[:, 0]),
        "E" if line else "y": short(xy[:, 1]), "piece": piece,
        "loss": short(loss), "eta": short(eta), "last": end.astype(np.int8),
    }  # fmt: skip


def _plane(study: RoughStudy, view: View, marks: dict[str, Any]) -> dict[str, Columns]:
    """The landscape of two weights and its stationary points."""
    shown = study.points[:NAMED]
    return {
        "points": marks | {"y": [p.w[1] for p in shown]},
        "ground": {"url": [landscape(study.scene.objective, view)]},
    }


def _labelled(points: Columns, frame: View) -> Columns:
    """Stationary points with their words aligned to stay in the picture, and left out where they
    would cover others."""
    low, high = np.array(frame).T
    where = np.column_stack([points["x"], points["E" if "E" in points else "y"]]).reshape(-1, 2)
    at = (where - low) / (high - low)
    label, taken = list(points["label"]), np.empty((0, 2))
    for i, place in enumerate(at):
        # Minima have theirs below, others above.
        spot = place + np.array([0, -0.05 if PointKind(points["kind"][i]).is_minimum else 0.05])
        if np.any(np.all(np.abs(taken - spot) < LABEL, axis=1)):
            label[i] = ""
        else:
            taken = np.vstack([taken, spot])
    side = np.select(
        [at[:, 0] < LABEL[0] / 2, at[:, 0] > 1 - LABEL[0] / 2], ["left", "right"], "center"
    )
    return {**points, "label": label, "side": side}


def _line(study: RoughStudy, view: View, marks: dict[str, Any]) -> tuple[View, dict[str, Columns]]:
    """The picture's ends; E(w) of one weight, where it does not bend up, its stationary points."""
    objective = study.scene.objective
    ((low, high),) = view
    w = np.linspace(low, high, 241)
    E = objective.value(w[:, None])
    known = E[np.isfinite(E)]
    bottom, top = float(known.min()), float(np.quantile(known, 0.96))
    start = float(study.run.path.loss[0])
    top, bottom = max(top, start), min(bottom, start)
    bent = ~positive_definite(objective.hessian(w[:, None]))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], bent.astype(int), [0]])))
    half = (w[1] - w[0]) / 2
    spans = np.clip(np.stack([w[edges[::2]] - half, w[edges[1::2] - 1] + half]), low, high)
    frame = (view[0], padded(bottom, top, 0.1, rounding=1e-9))
    return frame, {
        "curve": pieces(w, E, "E"),
        "bent": {"from": spans[0], "to": spans[1]},
        "points": marks | {"E": objective.value(np.array(marks["x"])[:, None])},
    }
