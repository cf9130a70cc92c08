"""The picture of a local model: the tables for one weight and for two."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from convcore.charts.landscape import landscape
from convcore.charts.newton import CURVE, PLANE
from convcore.charts.parts import legend_table
from convcore.charts.paths import leaving
from convcore.charts.picture import Columns, Picture, row, short
from convcore.charts.pins import trace
from convcore.curvature import curvatures
from convcore.descent import Trajectory
from convcore.gallery import BY_KEY, Function
from convcore.labkit.curves import pieces
from convcore.labkit.functions import FromGallery, View, around
from convcore.labkit.words import num
from convcore.labs.local import Local, finite
from convcore.labs.newton_map import fixed_points, newton_map, two_cycles, without_poles
from convcore.optimizers import OPTIMIZERS

if TYPE_CHECKING:
    from convcore.labs.newton import TaylorAndNewton

Array = NDArray[np.float64]

LABELS = {key: kind.label for key, kind in OPTIMIZERS}
STAIRS = 12  # points of Newton's staircase: more could not be told apart
DEEP = 16  # digits of the loss below its start that are drawn


def picture(local: Local, lab: TaylorAndNewton, runs: dict[str, Trajectory]) -> Picture:
    """The panel for one weight or for two."""
    view = around(local.view, lab.origin)
    base, log = _ground_level(local, runs)
    paths = _paths(local, runs, base, log)
    steps = {"k": np.arange(lab.steps + 1, dtype=np.int16)}
    llo, lhi = _ends(paths["loss"], log)
    best = paths["best"][paths["bends"] == 1]
    elo = math.floor(min(best.min(initial=math.log10(lab.eta)), math.log10(lab.eta)) - 0.2)
    ehi = math.ceil(max(best.max(initial=math.log10(lab.eta)), math.log10(lab.eta)) + 0.2)
    common = {
        "eta": math.log10(lab.eta), "etaword": f"dashed: η = {num(lab.eta)}", "order": local.order,
        "look": min(lab.look, lab.steps), "khi": lab.steps, "llo": llo, "lhi": lhi,
        "last": local.last, "gone": int(local.run.gone),
        "elo": float(elo), "ehi": float(max(ehi, elo + 1)), "log": int(log),
        "losses": "E above the lowest known" if log else "E",
    }  # fmt: skip
    legend = legend_table({name: LABELS[name] for name in runs})
    if local.objective.n == 1:
        template, tables = CURVE, _curve_tables(local, view, common)
        box: View = (view[0], (tables["t"]["ylo"][0], tables["t"]["yhi"][0]))
    else:
        template, tables = PLANE, _plane_tables(local, lab, view, common)
        box = view
    _cut(paths, ("w", "E") if local.objective.n == 1 else ("x", "y"), box)
    about = "; ".join(
        f"{LABELS[name]}: E = {num(run.loss[-1])}, {run.outcome()}" for name, run in runs.items()
    )
    tables |= {"paths": paths, "legend": legend, "steps": steps}
    drawn = {name: paths[name] for name in paths if name not in ("best", "bends")}
    kept = trace(**drawn, log=np.full(len(paths["k"]), log, np.int8))
    return Picture("local", template, tables, (about or "No method is chosen") + ".", kept)


def _ground_level(local: Local, runs: dict[str, Trajectory]) -> tuple[float, bool]:
    """What the loss is measured from, and whether its logarithm is drawn: the lowest E known."""
    lowest = [float(run.loss.min()) for run in runs.values()] or [float(local.E.min())]
    known = _lowest(local.objective)
    base = min([*lowest, known])
    return base, known < math.inf and known <= min(lowest) + 1e-9 * max(1.0, abs(known))


def _paths(local: Local, runs: dict[str, Trajectory], base: float, log: bool) -> dict[str, Any]:
    parts = []
    for name, run in runs.items():
        w = run.w[: int(run.length) + 1]
        loss = run.loss[: int(run.length) + 1] - (base if log else 0.0)
        values = curvatures(local.objective, w)
        with np.errstate(divide="ignore", invalid="ignore"):
            best = np.where(np.all(values > 0, axis=-1), -np.log10(values[:, -1]), np.nan)
            if log:
                loss = np.log10(np.maximum(loss, 1e-300))
        parts.append((np.full(len(w), name), np.arange(len(w)), w, loss, best))
    if not parts:
        empty = np.empty(0)
        names = ("k", "w", "E", "x", "y", "loss", "best", "bends")
        return {"method": [], **dict.fromkeys(names, empty)}
    method, k, w, loss, best = (np.concatenate(part) for part in zip(*parts, strict=True))
    place = {"w": short(w[:, 0]), "E": short(local.objective.value(w))}
    if local.objective.n > 1:
        place = {"x": short(w[:, 0]), "y": short(w[:, 1])}
    bends = np.abs(best) < 300  # False for NaN: there is no η_opt
    return {
        "method": method, "k": k.astype(np.int16), **place, "loss": short(loss),
        "bends": bends.astype(np.int8), "best": short(np.where(bends, best, 0.0)),
    }  # fmt: skip


def _cut(paths: dict[str, Any], axes: tuple[str, str], box: View) -> None:
    """Cut paths that leave the picture, in place; the column "piece" parts what is drawn of them."""
    middle, half = np.mean(box, axis=1), np.ptp(box, axis=1) / 2
    method = np.asarray(paths["method"])
    at = np.column_stack([np.asarray(paths[axis], dtype=float) for axis in axes])
    piece = np.zeros(len(at), dtype=np.int16)
    for name in dict.fromkeys(method.tolist()):
        rows = method == name
        drawn, piece[rows] = leaving((at[rows] - middle) / half, np.zeros(2), 1.0)
        at[rows] = drawn * half + middle
    paths |= {axes[0]: short(at[:, 0]), axes[1]: short(at[:, 1]), "piece": piece}


def _curve_tables(local: Local, view: View, common: dict[str, Any]) -> dict[str, Columns]:
    ((low, high),) = view
    w, E, N = _curve(local.objective, (low, high))
    known = E[np.isfinite(E)]
    seen = local.E[(local.w[:, 0] >= low) & (local.w[:, 0] <= high)]
    bottom = float(min(known.min(), seen.min(initial=math.inf)))
    top = float(max(np.quantile(known, 0.96), seen.max(initial=-math.inf)))
    order = local.objective.formula.polynomial(local.w[:, 0], 6)
    c = np.array(finite(np.asarray(order.coefficients)))
    second = c.copy()
    if local.order < 6:
        c[local.order + 1 :] = 0.0
    target, sends = local.target[:, 0], np.isfinite(local.target[:, 0])
    bends = local.values[:, 0]
    d = np.where(sends, target - local.w[:, 0], 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        bottoms = finite(second[0] + d * (second[1] + d * second[2]))
    # The model's own minimum is in the picture as well, unless that would flatten E.
    deep = bottoms[(bends > 0) & (target >= low) & (target <= high)]
    deep = deep[deep > bottom - 0.5 * (top - bottom)]
    bottom = min(bottom, float(deep.min(initial=math.inf)))
    pad = (
        max(0.08 * (top - bottom), 1e-9 * abs(top)) or 1.0
    )  # of a huge constant, more than rounding
    models = {
        "k": np.arange(len(local.w), dtype=np.int16), "w0": local.w[:, 0],
        "known": np.isfinite(bends).astype(np.int8),
        "sends": sends.astype(np.int8), "target": finite(target), "bottom": bottoms,
        **{f"c{i}": c[i] for i in range(7)},
    }  # fmt: skip
    models["c2"] = second[2]
    return {
        "t": row(
            **common,
            xlo=low,
            xhi=high,
            ylo=bottom - pad,
            yhi=top + pad,
            legend=_curves(local.order),
        ),
        "curve": pieces(w, E, "E"),
        "map": pieces(w, without_poles(N, low, high), "next"),
        "stairs": _stairs(local.objective, float(local.w[0, 0]), (low, high)),
        "points": _points(local, (low, high)),
        "models": _shortened(models),
    }


@lru_cache(maxsize=32)
def _curve(objective: Function, view: tuple[float, float]) -> tuple[Array, Array, Array]:
    """w (m,) over the view, E(w), and where Newton's map sends w."""
    w = np.linspace(*view, 241)
    return w, objective.value(w[:, None]), newton_map(objective, w)


@lru_cache(maxsize=32)
def _stairs(objective: Function, start: float, view: tuple[float, float]) -> Columns:
    """Newton's staircase from the start: (w_k, N(w_k)), (N(w_k), N(w_k)), …, while in view."""
    path = [start]
    while len(path) < STAIRS and view[0] <= path[-1] <= view[1]:
        following = float(newton_map(objective, np.array(path[-1:]))[0])
        if math.isnan(following):
            break
        path.append(following)
    w = np.array(path)
    x, y = np.repeat(w, 2)[:-1], np.repeat(w, 2)[1:]
    return {"w": x, "next": y, "i": np.arange(len(x))}


def _points(local: Local, view: tuple[float, float]) -> Columns:
    fixed, cycle = (
        list(fixed_points(local.objective, view)),
        list(two_cycles(local.objective, view)),
    )
    w = np.array(fixed + cycle)
    N = newton_map(local.objective, w) if w.size else w
    on = np.isfinite(N)
    kinds = np.array(["fixed"] * len(fixed) + ["cycle"] * len(cycle))
    label = [num(x, 5) for x in w[on]]
    return {"w": w[on], "next": N[on], "kind": kinds[on], "label": label}


def _plane_tables(
    local: Local, lab: TaylorAndNewton, view: View, common: dict[str, Any]
) -> dict[str, Columns]:
    (xlo, xhi), (ylo, yhi) = view
    H = local.objective.hessian(local.w)
    known = np.asarray(np.isfinite(H).all(axis=(-2, -1)))
    H = np.where(known[:, None, None], H, 0.0)
    values, Q = np.linalg.eigh(H)
    sends = np.asarray(np.isfinite(local.target).all(axis=-1))
    target = np.where(sends[:, None], local.target, local.w)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        level = 0.5 * np.einsum("ki,ki->k", local.g, local.w - target)
        radius = finite(np.sqrt(2 * np.abs(level)))
        ru, rv = finite(np.abs(values[:, 0]) ** -0.5), finite(np.abs(values[:, 1]) ** -0.5)
    product = np.sign(values[:, 0]) * np.sign(values[:, 1])
    shape = np.where(sends & (radius > 0), np.where(product > 0, 1, np.where(product < 0, 2, 0)), 0)
    # A saddle's level line through w_k opens along the axis on whose side w_k lies.
    flip = (product < 0) & (np.sign(level) * np.sign(values[:, 0]) < 0)
    u = np.where(flip[:, None], Q[:, :, 1], Q[:, :, 0])
    v = np.where(flip[:, None], Q[:, :, 0], Q[:, :, 1])
    models = {
        "k": np.arange(len(local.w), dtype=np.int16), "x": local.w[:, 0], "y": local.w[:, 1],
        "known": known.astype(np.int8), "low": values[:, 0], "high": values[:, 1],
        "shape": shape.astype(np.int8),
        "sends": sends.astype(np.int8), "tx": finite(target[:, 0]), "ty": finite(target[:, 1]),
        "size": radius, "ru": np.where(flip, rv, ru), "rv": np.where(flip, ru, rv),
        "ux": u[:, 0], "uy": u[:, 1], "vx": v[:, 0], "vy": v[:, 1],
    }  # fmt: skip
    minima = BY_KEY[lab.ground.name].minima if isinstance(lab.ground, FromGallery) else ()
    lowest = np.array(minima, dtype=float).reshape(-1, 2)
    minimum = "+ known minima;  " if minima else ""
    legend = f"blue: E bends up; orange: it does not;|{minimum}◆ where Newton goes"
    return {
        "t": row(**common, xlo=xlo, xhi=xhi, ylo=ylo, yhi=yhi, legend=legend),
        "ground": {"url": [landscape(local.objective, view)]},
        "known": {"x": lowest[:, 0], "y": lowest[:, 1]},
        "models": _shortened(models),
    }


def _shortened(columns: dict[str, Any]) -> dict[str, Any]:
    """The columns, reals as floats of 4 bytes."""
    return {
        name: short(x) if np.asarray(x).dtype == np.float64 else x for name, x in columns.items()
    }


def _curves(order: int) -> str:
    """What the curves of the Taylor model are."""
    return "dashed: order 2, ◆ where Newton goes" + (
        f";|green: order {order}" if order != 2 else ""
    )


def _ends(loss: Array, log: bool) -> tuple[float, float]:
    if not loss.size:
        return 0.0, 1.0
    low, high = float(loss.min()), float(loss.max())
    if log:
        low = math.floor(max(low, float(loss[0]) - DEEP))
        return float(low), float(max(math.ceil(high), low + 1))
    pad = max(0.06 * (high - low), 1e-9 * abs(high)) or 1.0
    return low - pad, high + pad


@lru_cache(maxsize=64)
def _lowest(objective: Function) -> float:
    """E at the lowest known minimum of a gallery function; inf where none is known."""
    for entry in BY_KEY.values():
        if entry.text == objective.text and entry.minima:
            return float(objective.value(np.array(entry.minima, dtype=float)).min())
    return math.inf
