"""The tables of the paths: in both planes, and their losses by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array, Bools
from convcore.charts.paths import clip_path, visible_points
from convcore.charts.picture import Columns, short
from convcore.descent.descent import Trajectory
from convcore.labkit.curves import log_ends, padded
from convcore.labs.many_weights.plane import Frame, QuadraticPlane

PIXELS = 580  # of a view's side, at most: on a page just too narrow for two side by side


def paths(
    plane: QuadraticPlane, runs: Mapping[str, Trajectory], log: bool, frame: Frame
) -> dict[str, Any]:
    """A row for each step of each run: where it lies in the plane, and its loss (`drawn_loss`)."""
    if not runs:
        return {name: np.empty(0) for name in ("k", "x", "y", "piece", "loss")} | {"method": []}
    w, method, k = _all_steps(runs)
    # All runs as one path: each begins at the start, within the picture, so no line joins two of them.
    xy, piece = clip_path(plane.in_picture(w), plane.middle, (frame[1] - frame[0]) / 2)
    return {
        "method": method, "k": k, "x": short(xy[:, 0]), "y": short(xy[:, 1]), "piece": piece,
        "loss": short(drawn_loss(plane, w, log)),
    }  # fmt: skip


def whitened_paths(plane: QuadraticPlane, runs: Mapping[str, Trajectory]) -> Columns:
    """The rows that the whitened plane draws, as `tracks`."""
    reach = plane.whitened_reach
    if not runs:
        return {name: np.empty(0) for name in ("k", "hx", "hy", "hpiece", "until")} | {"method": []}
    w, method, k = _all_steps(runs)
    h, piece = clip_path(plane.whitened(w), np.zeros(2), reach)
    found = {"method": method, "k": k, "hx": short(h[:, 0]), "hy": short(h[:, 1]), "hpiece": piece}
    return _seen(found, ("hx", "hy", "hpiece"), 2 * reach / PIXELS)


def tracks(found: Mapping[str, Any], frame: Frame) -> Columns:
    """The rows of `paths` that the plane draws; until: the step of the next one that is drawn."""
    columns = {name: found[name] for name in ("method", "k", "x", "y", "piece")}
    return _seen(columns, ("x", "y", "piece"), (frame[1] - frame[0]) / PIXELS)


def _all_steps(runs: Mapping[str, Trajectory]) -> tuple[Array, NDArray[Any], NDArray[np.int16]]:
    """The weights (m, n) of all runs, with the method and the step of each."""
    sizes = [len(run.w) for run in runs.values()]
    k = np.concatenate([np.arange(size, dtype=np.int16) for size in sizes])
    return np.concatenate([run.w for run in runs.values()]), np.repeat(list(runs), sizes), k


def _seen(found: Mapping[str, Any], names: tuple[str, str, str], pixel: float) -> Columns:
    """The rows that can be seen where a pixel is so wide; names: the columns x, y and piece."""
    x, y, piece = (np.asarray(found[name]) for name in names)
    method, k = np.asarray(found["method"]), np.asarray(found["k"])
    at = np.column_stack([x, y]).astype(float)  # pixels can be wider than a short number holds
    drawn_at = visible_points(method, k, (at / pixel, piece))
    drawn = {name: np.asarray(column)[drawn_at] for name, column in found.items()}
    following = np.append(drawn["k"], 0)[1:].astype(np.int16)
    return {**drawn, "until": np.where(following > 0, following, np.iinfo(np.int16).max)}


def drawn_loss(plane: QuadraticPlane, w: Array, log: bool) -> Array:
    """E − E* (...) at weights (..., n) as it is drawn: its log₁₀, or itself where there is no minimum."""
    excess = plane.excess(w)
    if not log:
        return excess
    with np.errstate(divide="ignore"):
        return np.maximum(np.log10(np.maximum(excess, 0)), -320)


def loss_ends(plane: QuadraticPlane, loss: NDArray[Any], log: bool) -> tuple[float, float]:
    """The ends of the axis of losses (m,), as they are drawn."""
    if not loss.size:
        return 0.0, 1.0
    if log:
        return log_ends(loss, float(drawn_loss(plane, plane.start, log)))
    return padded(float(loss.min()), float(loss.max()), 0.05)


def exact_loss(
    plane: QuadraticPlane, exact: Trajectory | None, log: bool, low: float, high: float
) -> NDArray[np.float32]:
    """The line (k+1,) of the loss by theory, as far as its view from `low` to `high` shows it."""
    if exact is None:
        return np.empty(0, dtype=np.float32)
    return short(np.clip(drawn_loss(plane, exact.w, log), low - 1, high + 1))


def losses(found: Mapping[str, Any], corners: Sequence[Bools]) -> Columns:
    """The lines of the loss of `paths`, by the points that they bend at; corners: which, by run (k+1,)."""
    kept = np.concatenate(corners)
    return {name: np.asarray(found[name])[kept] for name in ("method", "k", "loss")}


def exact_line(loss: NDArray[np.float32], corners: Bools) -> Columns:
    """The line (k+1,) of the loss by theory, by the points that it bends at."""
    return {"k": np.flatnonzero(corners).astype(np.int16), "loss": loss[corners]}


def exits(plane: QuadraticPlane, runs: Mapping[str, Trajectory], frame: Frame) -> Columns:
    """At which step each run first leaves the view, where, and the way it goes, in degrees clockwise
    from up."""
    half, methods, places = (frame[1] - frame[0]) / 2, list[str](), list[Array]()
    angles, k = list[float](), list[int]()
    for method, run in runs.items():
        at = (plane.in_picture(run.w) - plane.middle) / half
        outside = np.flatnonzero(~(np.abs(at) <= 1).all(axis=1))
        if not outside.size or not outside[0]:
            continue
        before, way = at[outside[0] - 1], at[outside[0]] - at[outside[0] - 1]
        way = way / np.abs(way).max()
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = np.nanmin(np.where(way == 0, np.inf, (np.sign(way) - before) / way))
        methods.append(method)
        k.append(int(outside[0]))
        places.append(plane.middle + half * np.clip(before + reach * way, -0.97, 0.97))
        angles.append(float(np.degrees(np.arctan2(way[0], way[1]))))
    x, y = np.array(places).reshape(-1, 2).T
    left = np.array(k, dtype=np.int16)
    return {"method": methods, "k": left, "x": short(x), "y": short(y), "angle": short(angles)}


APART = 0.055  # shares of the view's side between numbered points


def numbered(plane: QuadraticPlane, run: Trajectory, frame: Frame) -> dict[int, int]:
    """Which of the first steps 0 to 3 of a run get their number in the view: those with room for it.

    Each with the side of its number, in eighths of a turn from 1 (up right) to 8 (right): away from the
    path's next points.
    """
    half, found = (frame[1] - frame[0]) / 2, dict[int, int]()
    at = (plane.in_picture(run.w[:5]) - plane.middle) / half
    for k, place in enumerate(at[:4]):
        clear = all(np.abs(place - at[other]).max() > 2 * APART for other in found)
        if not (np.abs(place) <= 0.95).all() or not clear:
            continue
        ways = [at[j] - place for j in (k - 1, k + 1) if 0 <= j < len(at)]
        taken = [np.arctan2(way[1], way[0]) for way in ways if way.any()]
        sides = np.arange(1, 9) * np.pi / 4
        gaps = [np.abs((sides - angle + np.pi) % (2 * np.pi) - np.pi) for angle in taken]
        found[k] = 1 + int(np.argmax(np.round(np.min(gaps, axis=0), 6))) if gaps else 1
    return found
