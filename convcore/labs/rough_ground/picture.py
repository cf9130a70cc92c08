"""The first picture of "Rough ground": the function, the paths, loss and η by step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array, Bools, Ints
from convcore.charts.landscape import landscape
from convcore.charts.paths import clip_path, needed_points
from convcore.charts.picture import Columns, Picture, StartGrip, row, short
from convcore.charts.pins import trace
from convcore.descent.theory import positive_definite
from convcore.labkit.curves import log_floor, padded, pieces
from convcore.labkit.functions import View, around
from convcore.labkit.thinning import drawn_in_part, drawn_steps
from convcore.labkit.words import num
from convcore.labs.rough_ground.chart import CURVE, PLANE
from convcore.labs.rough_ground.path_marks import (
    about,
    in_picture,
    labelled,
    path_marks,
    stable,
    step_shown,
    step_table,
    steps_shown,
)
from convcore.labs.rough_ground.picture_parts import legend
from convcore.labs.rough_ground.study import RoughStudy

ROWS = 1500  # of the table of paths, for all runs together
NAMED = 12  # stationary points that are marked
HALF_PIXEL = 1 / 1200  # of a picture's side
RISE = 16  # powers of ten by which the axis of the loss follows a run upwards


def picture(study: RoughStudy) -> Picture:
    """The function with stationary points and paths; loss and step size by step."""
    scene = study.scene
    view = around(scene.view, scene.origin)
    ended = "; ".join(
        f"{called}: {study.runs[name].outcome}" for name, called in scene.run_names().items()
    )
    marks = _points(study)
    if scene.objective.n == 1:
        template, frame, tables = CURVE, *_line(study, view, marks)
    else:
        template, frame, tables = PLANE, view, _plane(study, view, marks)
    lowest = [float(run.path.loss.min()) for run in study.runs.values()]
    tables["points"] = labelled(tables["points"], frame, in_picture(study))
    shown = steps_shown(study)
    paths = _paths(study, shown, min(lowest + [p.value for p in study.points]), frame)
    (xlo, xhi), (ylo, yhi) = frame
    rule, told, steps = step_table(study, shown)
    ends = _ends(paths, study)
    tables |= {
        "t": row(
            khi=max(1, int(paths["k"].max())), xlo=xlo, xhi=xhi, ylo=ylo, yhi=yhi, rule=rule, told=told,
            look=step_shown(study), **ends,
        ),
        "paths": paths,
        "legend": legend(scene.run_names()),
        "steps": steps,
        "stable": stable(study, ends["elo"], ends["ehi"]),
        **path_marks(study, frame, tables["points"]),
    }  # fmt: skip
    own = paths["run"] == "run"
    kept = trace(**{name: paths[name][own] for name in paths if name not in ("run", "last")})
    told_of = f"{ended}.{drawn_in_part(shown)}"
    start = StartGrip.of(scene.origin.tolist(), *view)
    return Picture("ground", template, tables, told_of, kept, shown.tolist(), start)


def _points(study: RoughStudy) -> dict[str, Any]:
    """The stationary points that are marked, the one where the run ends first, then the lowest."""
    shown = sorted(study.points[:NAMED], key=lambda p: p != study.end)
    return {
        "at": [p.w for p in shown],
        "kind": [p.kind.value for p in shown],
        "label": [
            f"minimum\n2ηₒₚₜ = {num(p.limit, 3)}" if p.kind.is_minimum else p.kind.value
            for p in shown
        ],
        "ends": [p == study.end and not p.kind.is_minimum for p in shown],
    }


def _ends(paths: Columns, study: RoughStudy) -> dict[str, Any]:
    """The ends of the axes by step, as powers of ten; of η with the limit that it falls below."""
    loss, start = paths["loss"], float(paths["loss"][0])
    limits = [math.log10(at) for at in about(study) if 1e-3 < at / study.scene.eta < 1e3]
    elo, ehi = (
        pick([float(of(paths["eta"])), *limits]) for pick, of in ((min, np.min), (max, np.max))
    )
    return {
        "llo": log_floor(loss, start),
        "lhi": min(math.ceil(float(loss.max()) + 0.01), math.ceil(start) + RISE),
        "elo": math.floor(max(elo, ehi - 8) - 0.2),
        "ehi": math.ceil(ehi + 0.2),
    }


def _paths(study: RoughStudy, shown: Ints, best: float, frame: View) -> dict[str, Any]:
    """The table "paths", of the lab's own run with the steps shown (m,).

    loss: log₁₀ of E above `best`. frame: the picture's ends, (x, y).
    """
    low, high = np.array(frame).T
    middle, half = (low + high) / 2, (high - low) / 2
    parts = []
    line = study.scene.objective.n == 1
    for name, run in study.runs.items():
        last = int(run.path.length)
        k = drawn_steps(last, ROWS // len(study.runs))
        if name == "run":
            k = np.union1d(k, shown)
        w, E = run.path.w[k], run.path.loss[k]
        with np.errstate(divide="ignore"):
            loss = np.log10(np.maximum(E - best, 1e-300))
            eta = np.log10(np.maximum(np.append(run.path.eta, run.next_eta)[k], 1e-300))
        seen = np.column_stack([w[:, 0], E if line else w[:, 1]])
        # In units of half the picture's width and height.
        drawn, piece = clip_path((seen - middle) / half, np.zeros(2), 1.0)
        xy = drawn * half + middle
        end = (k == last) & (k > 0)
        kept = ~_repeats(short(np.column_stack([xy, loss, eta])))
        if name != "run":  # whose steps can be pointed at
            kept &= _needed(xy, loss, eta, high - low)
        parts.append([x[kept] for x in (np.full(len(k), name), k, xy, piece, loss, eta, end)])
    run_, k, xy, piece, loss, eta, end = (np.concatenate(part) for part in zip(*parts, strict=True))
    return {
        "run": run_, "k": k.astype(np.int16), "x": short(xy[:, 0]),
        "E" if line else "y": short(xy[:, 1]), "piece": piece,
        "loss": short(loss), "eta": short(eta), "last": end.astype(np.int8),
    }  # fmt: skip


def _repeats(columns: NDArray[np.generic]) -> Bools:
    """Which rows (m, columns) say the same as those before and after, as of a run at rest."""
    same = np.all(columns[1:] == columns[:-1], axis=1)
    return np.append(False, same) & np.append(same, False)


def _needed(xy: Array, loss: Array, eta: Array, size: Array) -> Bools:
    """Which points of a run are needed to draw its lines to half a pixel. size: of the picture (2,)."""
    lines = [*(xy / size).T, *(x / max(1.0, np.ptp(x)) for x in (loss, eta))]
    return np.any(needed_points(lines, [HALF_PIXEL] * len(lines)), axis=0)


def _plane(study: RoughStudy, view: View, marks: dict[str, Any]) -> dict[str, Columns]:
    """The landscape of two weights and its stationary points."""
    return {
        "points": marks | {"x": [w[0] for w in marks["at"]], "y": [w[1] for w in marks["at"]]},
        "ground": {"url": [landscape(study.scene.objective, view)]},
    }


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
    low_end, high_end = padded(bottom, top, 0.1, rounding=1e-9)
    # Below the lowest minimum are its words.
    frame = (view[0], (low_end - 0.06 * (high_end - low_end), high_end))
    return frame, {
        "curve": pieces(w, E, "E"),
        "bent": {"from": spans[0], "to": spans[1]},
        "points": marks
        | {
            "x": [x for (x,) in marks["at"]],
            "E": objective.value(np.reshape(marks["at"], (-1, 1))),
        },
    }
