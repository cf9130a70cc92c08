"""The picture of "Taylor and Newton": the tables for one weight and for two."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np

from convcore.arrays import Array, Ints
from convcore.charts.landscape import landscape
from convcore.charts.legend import legend_table
from convcore.charts.paths import clip_path
from convcore.charts.picture import Columns, Picture, StartGrip, row, short
from convcore.charts.pins import trace
from convcore.labkit.curves import log_ends, padded, pieces, reach, thinned
from convcore.labkit.functions import FromGallery, View
from convcore.labkit.thinning import drawn_in_part, drawn_steps
from convcore.labkit.words import num
from convcore.labs.newton.chart import CURVE, PLANE
from convcore.labs.newton.local_model import finite, shares
from convcore.labs.newton.map_labels import MAP_SIZES, label_places
from convcore.labs.newton.newton_map import MapInView, without_poles
from convcore.labs.newton.settings import KINDS, LABELS
from convcore.labs.newton.study import Curve, NewtonStudy
from convcore.labs.newton.words import about
from convcore.objectives.gallery import BY_KEY, Function

SHORT = {"backtracking": "backtracking"}  # names that would be too long for a legend
MOST = 102  # steps that are all drawn; of a longer run so many
SOON = 20  # steps that are drawn in between, closer at first
LINES = 120  # stretches of a long run, for all methods, of which each shows its peaks
# E that goes so many times as high as all that path and ends show is drawn up to so many times above it.
FLAT, SHOWN = 12, 4
EDGE = 0.965  # of a view's half width: where the arrow of a path that leaves it is whole


def picture(study: NewtonStudy) -> Picture:
    """The panel for one weight or for two."""
    settings, view = study.settings, study.settings.view
    base, log = _loss_zero(study)
    drawn = _drawn(study)
    paths = _paths(study, base, log, drawn)
    llo, lhi = _loss_ends(paths["loss"], log)
    best, used = paths["best"][paths["bends"] == 1], math.log10(settings.eta)
    elo = math.floor(min(best.min(initial=used), used) - 0.2)
    ehi = math.ceil(max(best.max(initial=used), used) + 0.2)
    common = {
        "eta": used, "etaword": f"dotted: η = {num(settings.eta)}", "order": settings.order,
        "who": LABELS[settings.model],
        "look": min(settings.look, settings.steps), "khi": settings.steps, "llo": llo, "lhi": lhi,
        "last": study.model.last, "gone": int(study.followed.path.gone),
        "elo": float(elo), "ehi": float(max(ehi, elo + 1)), "log": int(log),
        "losses": "E above the lowest known" if log else "E",
    }  # fmt: skip
    if study.curve:
        template, tables = CURVE, _curve_tables(study, study.curve, common)
        box: View = (view[0], (tables["t"]["ylo"][0], tables["t"]["yhi"][0]))
    else:
        template, tables = PLANE, _plane_tables(study, common)
        box = view
    axes = ("w", "E") if study.curve else ("x", "y")
    models = {**tables["models"], "room": _room(study, box)}
    tables["models"] = {c: x[drawn[drawn <= study.model.last]] for c, x in models.items()}
    exits = _exits(study, axes, box)
    _cut(paths, axes, box)
    tables |= {"paths": paths, "legend": _legend(study), "steps": reach(drawn), "exits": exits}
    kept = {name: paths[name] for name in paths if name not in ("best", "bends")}
    pinned = trace(**kept, log=np.full(len(paths["k"]), log, np.int8))
    played = drawn[drawn <= np.max(paths["k"], initial=study.model.last)].tolist()
    told = about(study) + drawn_in_part(drawn)
    start = None if study.curve else StartGrip.of(settings.origin.tolist(), *view)
    return Picture("local", template, tables, told, pinned, played, start)


def _drawn(study: NewtonStudy) -> Ints:
    """The steps that are drawn and can be shown, where a path ends among them."""
    settings, runs = study.settings, study.shown.values()
    ends = [study.model.last, *(len(run.path.loss) - 1 for run in runs)]
    look, drawn = min(settings.look, settings.steps), drawn_steps(settings.steps, MOST)
    if settings.steps > MOST:
        # Most of the way is gone in the first steps, which evenly spaced ones would skip.
        soon = np.geomspace(MOST // 2, settings.steps, SOON).astype(int)
        drawn = np.union1d(drawn, soon)
    return np.union1d(drawn, [*ends, look])


def _loss_zero(study: NewtonStudy) -> tuple[float, bool]:
    """The lowest E known, and whether log₁₀ of the loss above it is drawn: if it is a known minimum's."""
    lowest = [float(run.path.loss.min()) for run in study.shown.values()]
    lowest = lowest or [float(study.model.E.min())]
    known = _lowest_minimum(study.objective)
    base = min([*lowest, known])
    return base, known < math.inf and known <= min(lowest) + 1e-9 * max(1.0, abs(known))


def _paths(study: NewtonStudy, base: float, log: bool, drawn: Ints) -> dict[str, Any]:
    """The table "paths" at the steps drawn, with those where a long run's loss has a peak."""
    parts = []
    for name, run in study.shown.items():
        E, values = run.path.loss, run.values
        loss = E - (base if log else 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            best = np.where(np.all(values > 0, axis=-1), -np.log10(values[:, -1]), np.nan)
            if log:
                loss = np.log10(np.maximum(loss, 1e-300))
        peaks, _ = thinned(np.arange(len(E)), loss, max(MOST // 5, LINES // len(study.shown)))
        k = np.union1d(drawn[drawn < len(E)], peaks) if len(peaks) < len(E) else peaks
        parts.append((np.full(len(k), name), k, run.path.w[k], E[k], loss[k], best[k]))
    if not parts:
        empty = np.empty(0)
        names = ("k", "w", "E", "x", "y", "loss", "best", "bends")
        return {"method": [], **dict.fromkeys(names, empty)}
    method, k, w, E, loss, best = (np.concatenate(part) for part in zip(*parts, strict=True))
    position = {"w": short(w[:, 0]), "E": short(E)}
    if study.objective.n > 1:
        position = {"x": short(w[:, 0]), "y": short(w[:, 1])}
    bends = np.abs(best) < 300  # False for NaN: there is no ηₒₚₜ
    return {
        "method": method, "k": k.astype(np.int16), **position, "loss": short(loss),
        "bends": bends.astype(np.int8), "best": short(np.where(bends, best, 0.0)),
    }  # fmt: skip


def _cut(paths: dict[str, Any], axes: tuple[str, str], box: View) -> None:
    """Cut paths that leave the picture, in place; the column "piece" numbers what is left of them."""
    middle, half = np.mean(box, axis=1), np.ptp(box, axis=1) / 2
    method = np.asarray(paths["method"])
    at = np.column_stack([np.asarray(paths[axis], dtype=float) for axis in axes])
    piece = np.zeros(len(at), dtype=np.int16)
    for name in dict.fromkeys(method.tolist()):
        rows = method == name
        drawn, piece[rows] = clip_path((at[rows] - middle) / half, np.zeros(2), 1.0)
        at[rows] = drawn * half + middle
    paths |= {axes[0]: short(at[:, 0]), axes[1]: short(at[:, 1]), "piece": piece}


def _exits(study: NewtonStudy, axes: tuple[str, str], box: View) -> Columns:
    """The table "exits": at which step each path first leaves the box, where, and the direction."""
    middle, half = np.mean(box, axis=1), np.ptp(box, axis=1) / 2
    left = []
    for name, run in study.shown.items():
        w, E = run.path.w, run.path.loss
        at = w if study.objective.n > 1 else np.column_stack([w[:, 0], E])
        if (out := _exit((at - middle) / half)) is not None:
            left.append((name, out[0], *(out[1] * half + middle), *out[2]))
    names, k, *places = zip(*left, strict=True) if left else [()] * 6
    return {
        "method": list(names),
        "k": np.array(k, dtype=np.int16),
        **{c: short(list(v)) for c, v in zip((*axes, "across", "up"), places, strict=True)},
    }


def _exit(path: Array) -> tuple[int, Array, Array] | None:
    """The step by which a path (m, 2) first leaves the square from −1 to 1, where, and its direction."""
    inside = np.all(np.abs(path) <= 1, axis=1)
    out = np.flatnonzero(inside[:-1] & ~inside[1:])
    if not out.size:
        return None
    start, step = path[out[0]], path[out[0] + 1] - path[out[0]]
    step = step / np.abs(step).max()
    with np.errstate(divide="ignore", invalid="ignore"):
        room = np.where(step != 0, (EDGE * np.sign(step) - start) / step, np.inf)
    return int(out[0]) + 1, start + max(float(room.min()), 0.0) * step, step


def _room(study: NewtonStudy, box: View) -> Any:
    """Which steps of the model's path are numbered: of the first four, those in view and apart (K+1,)."""
    model, room = study.model, np.zeros(len(study.model.w), dtype=np.int8)
    if study.settings.model not in study.shown:
        return room
    places = model.w if study.objective.n > 1 else np.column_stack([model.w[:, 0], model.E])
    middle, half = np.mean(box, axis=1), np.ptp(box, axis=1) / 2
    at = (places[:4] - middle) / half
    # The names of minima are at the bottom of E(w): so near, and so low, a number would touch one in the
    # narrowest plot.
    minima = (np.array(study.curve.map.fixed if study.curve else ()) - middle[0]) / half[0]
    near, low = (2 * px / size for px, size in zip((33, 40), MAP_SIZES["narrow"], strict=True))
    for k, place in enumerate(at):
        others = at[:k][room[:k] == 1]
        apart = np.all(np.abs(others - place).max(axis=1) > 0.1)
        taken = bool(np.any(np.abs(minima - place[0]) < near)) and place[1] < low - 1
        room[k] = np.abs(place).max() <= 0.95 and apart and not taken
    return room


def line_names(methods: Iterable[str]) -> dict[str, str]:
    """What the lines of these methods and of the local model are called, by their keys."""
    return {name: SHORT.get(name, LABELS[name]) for name in methods} | {"model": "local model"}


def _legend(study: NewtonStudy) -> Columns:
    """The lines in the picture, in order: the methods, the local model, Taylor's polynomial."""
    names = line_names(study.shown)
    if study.curve and study.settings.order != 2:
        names["taylor"] = f"Taylor, order {study.settings.order}"
    return legend_table("method", names)


def _steps(study: NewtonStudy) -> Columns:
    """How each step of the model's path is written: by which rule, and the share that it takes."""
    settings = study.settings
    name, eta = settings.model, settings.eta_of(settings.model)
    rule, share = shares(study.model, KINDS[name], eta)
    return {"rule": rule.astype(np.int8), "share": share}


def _curve_tables(study: NewtonStudy, curve: Curve, common: dict[str, Any]) -> dict[str, Columns]:
    model, order, ((low, high),) = study.model, study.settings.order, study.settings.view
    w0, target, bends = model.w[:, 0], model.target[:, 0], model.values[:, 0]
    w, E = curve.map.w, curve.map.E
    known = E[np.isfinite(E)]
    seen = model.E[(w0 >= low) & (w0 <= high)]
    bottom = float(min(known.min(), seen.min(initial=math.inf)))
    top = float(max(np.quantile(known, 0.96), seen.max(initial=-math.inf)))
    told = np.append(curve.map.heights[np.isfinite(curve.map.heights)], seen[np.isfinite(seen)])
    span = float(np.ptp(told)) if len(told) else 0.0
    if 0 < FLAT * span < top - bottom:  # what the path and its ends show would lie on one line
        top = float(told.max()) + SHOWN * span
    c = curve.coefficients
    up_to_order = c.copy()
    up_to_order[order + 1 :] = 0.0
    sends = np.isfinite(target)
    d = np.where(sends, target - w0, 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        bottoms = finite(c[0] + d * (c[1] + d * c[2]))
    # The minimum of the model is in the picture too, unless that would flatten E.
    deep = bottoms[(bends > 0) & (target >= low) & (target <= high)]
    deep = deep[deep > bottom - 0.5 * (top - bottom)]
    bottom = min(bottom, float(deep.min(initial=math.inf)))
    ylo, yhi = padded(bottom, top, 0.08, rounding=1e-9)
    ylo -= 0.06 * (yhi - ylo)  # for the names of minima
    models = {
        "k": np.arange(len(w0), dtype=np.int16), "w0": w0, "next": _following(w0),
        "sends": sends.astype(np.int8), "target": finite(target),
        **_steps(study),
        **{f"c{i}": up_to_order[i] for i in range(7)},
    }  # fmt: skip
    models["c2"] = c[2]  # the parabola is drawn whatever the order
    ends = {"xlo": low, "xhi": high, "ylo": ylo, "yhi": yhi}
    return {
        "t": row(**common, **ends),
        "curve": pieces(w, E, "E"),
        "map": pieces(w, without_poles(curve.map.next, low, high), "next"),
        "stairs": _stairs(curve.stairs),
        "points": _points(curve.map, (low, high)),
        "models": _shortened(models),
    }


def _following(w: Array) -> Array:
    """The weights (K+1,) one step on; the last for the last."""
    return np.append(w[1:], w[-1])


def _stairs(path: Array) -> Columns:
    """Newton's staircase: (wₖ, N(wₖ)), (N(wₖ), N(wₖ)), …"""
    x, y = np.repeat(path, 2)[:-1], np.repeat(path, 2)[1:]
    return {"w": x, "next": y, "i": np.arange(len(x))}


def _points(found: MapInView, view: tuple[float, float]) -> Columns:
    """Fixed points and two-cycles, each with a place for its number that no other number has."""
    w = np.array([*found.fixed, *found.cycles])
    on = np.isfinite(found.images)
    kinds = np.array(["fixed"] * len(found.fixed) + ["cycle"] * len(found.cycles))
    label = [num(x) for x in w[on]]
    named = np.array([*found.names, *[""] * len(found.cycles)])
    places = {
        name: label_places(w[on], found.images[on], label, kinds[on] == "cycle", view, size)
        for name, size in MAP_SIZES.items()
    }
    return {
        "w": w[on], "next": found.images[on], "kind": kinds[on], "label": label,
        "E": found.heights[on], "name": named[on], **places,
    }  # fmt: skip


def _plane_tables(study: NewtonStudy, common: dict[str, Any]) -> dict[str, Columns]:
    model, view, ground = study.model, study.settings.view, study.settings.ground
    (xlo, xhi), (ylo, yhi) = view
    known = np.asarray(np.isfinite(model.H).all(axis=(-2, -1)))
    H = np.where(known[:, None, None], model.H, 0.0)
    values, Q = np.linalg.eigh(H)
    sends = np.asarray(np.isfinite(model.target).all(axis=-1))
    target = np.where(sends[:, None], model.target, model.w)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        level = 0.5 * np.einsum("ki,ki->k", model.g, model.w - target)
        radius = finite(np.sqrt(2 * np.abs(level)))
        ru, rv = finite(np.abs(values[:, 0]) ** -0.5), finite(np.abs(values[:, 1]) ** -0.5)
    product = np.sign(values[:, 0]) * np.sign(values[:, 1])
    shape = np.where(sends & (radius > 0), np.where(product > 0, 1, np.where(product < 0, 2, 0)), 0)
    # A saddle's level line through wₖ opens along the axis on whose side wₖ lies.
    flip = (product < 0) & (np.sign(level) * np.sign(values[:, 0]) < 0)
    u = np.where(flip[:, None], Q[:, :, 1], Q[:, :, 0])
    models = {
        "k": np.arange(len(model.w), dtype=np.int16), "x": model.w[:, 0], "y": model.w[:, 1],
        "nx": _following(model.w[:, 0]), "ny": _following(model.w[:, 1]),
        "gx": model.g[:, 0], "gy": model.g[:, 1], **_steps(study),
        "hxx": H[:, 0, 0], "hxy": H[:, 0, 1], "hyy": H[:, 1, 1],
        "shape": shape.astype(np.int8),
        "sends": sends.astype(np.int8), "tx": finite(target[:, 0]), "ty": finite(target[:, 1]),
        "size": radius, "ru": np.where(flip, rv, ru), "rv": np.where(flip, ru, rv),
        "ux": u[:, 0], "uy": u[:, 1],
    }  # fmt: skip
    minima = BY_KEY[ground.name].minima if isinstance(ground, FromGallery) else ()
    lowest = np.array(minima, dtype=float).reshape(-1, 2)
    return {
        "t": row(**common, xlo=xlo, xhi=xhi, ylo=ylo, yhi=yhi),
        "ground": {"url": [landscape(study.objective, view)]},
        "known": {"x": lowest[:, 0], "y": lowest[:, 1], "name": ["minimum"] * len(lowest)},
        "models": _shortened(models),
    }


def _shortened(columns: dict[str, Any]) -> dict[str, Any]:
    """The columns, real numbers as floats of 4 bytes."""
    return {
        name: short(x) if np.asarray(x).dtype == np.float64 else x for name, x in columns.items()
    }


def _loss_ends(loss: Array, log: bool) -> tuple[float, float]:
    """The ends of the axis of losses (m,), as they are drawn."""
    if not loss.size:
        return 0.0, 1.0
    if log:
        low, high = map(float, log_ends(loss, float(loss[0])))
        return low, high + 0.05 * (high - low)  # room for the ring at the first step
    return padded(float(loss.min()), float(loss.max()), 0.06, rounding=1e-9)


@lru_cache(maxsize=64)
def _lowest_minimum(objective: Function) -> float:
    """E at the lowest known minimum of a function in the gallery; inf if none is known."""
    for entry in BY_KEY.values():
        if entry.text == objective.text and entry.minima:
            return float(objective.value(np.array(entry.minima, dtype=float)).min())
    return math.inf
