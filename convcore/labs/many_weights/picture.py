"""The picture of "Many weights": its template filled with tables from a study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from convcore.charts.legend import legend_table
from convcore.charts.paths import needed_points
from convcore.charts.picture import Columns, Picture, StartGrip, row, short
from convcore.charts.pins import trace
from convcore.descent.schedules import Constant, OpenLoop
from convcore.labkit.words import num, steps
from convcore.labs.many_weights import picture_modes, picture_paths, picture_ruler
from convcore.labs.many_weights.chart import LOCAL_PICTURE, QUADRATIC_PICTURE
from convcore.labs.many_weights.level_lines import level_table
from convcore.labs.many_weights.plane import Frame, QuadraticPlane
from convcore.labs.many_weights.settings import KINDS
from convcore.labs.many_weights.study import ManyWeightsStudy
from convcore.labs.many_weights.words import ending

LIVE_ROWS = 2000  # steps × modes that a browser follows under the pointer without a stutter
FINE = 800  # parts of the height of a view over steps: quarters of a pixel


def picture(study: ManyWeightsStudy) -> Picture:
    """The panel: every table that the template reads."""
    settings, plane, shown = study.settings, study.plane, study.shown
    s = plane.objective.spectrum
    log = s.has_minimum and bool(plane.error.any())
    frame = plane.frame([run.w for run in shown.values()])
    rlo, rhi = plane.ruler(settings.eta)
    paths = picture_paths.paths(plane, shown, log, frame)
    llo, lhi = picture_paths.loss_ends(plane, paths["loss"], log)
    exact = picture_paths.exact_loss(plane, study.exact if "gd" in shown else None, log, llo, lhi)
    # All lines over steps at once: it takes hardly longer than one.
    losses = np.split(paths["loss"], np.flatnonzero(paths["k"] == 0)[1:])
    lines = [*losses, exact]
    corners = needed_points(lines, [(lhi - llo) / FINE] * len(lines))
    tables: dict[str, Columns] = {
        "t": _numbers(study, log),
        # The views' ends are in tables of their own: marks that depend only on those that stay when η
        # moves are not drawn again.
        "frame": row(llo=llo, lhi=lhi),
        "rule": picture_ruler.rule(plane, rlo, rhi),
        "plane": _ends(plane, frame, settings.steps),
        "exits": picture_paths.exits(plane, shown, frame),
        "tracks": picture_paths.tracks(paths, frame),
        "losses": picture_paths.losses(paths, corners[: len(losses)]),
        "theory": picture_paths.exact_line(exact, corners[len(losses)]),
        "plan": _plan(study, frame),
        "modes": picture_modes.modes(plane),
        "levels": level_table(plane, frame),
        "legend": legend_table("method", {name: KINDS[name].label for name in shown}),
    }
    drawn = {name: paths[name] for name in ("method", "k", "x", "y", "piece", "loss")}
    pinned = trace(**drawn, log=np.full(len(paths["k"]), log, np.int8))
    played = range(len(tables["plan"]["k"]))
    start = StartGrip.of(plane.start_in_picture.tolist(), frame[:2], frame[2:])
    template = LOCAL_PICTURE if study.local else QUADRATIC_PICTURE
    return Picture("bowl", template, tables, _about(study), pinned, played, start)


def _about(study: ManyWeightsStudy) -> str:
    """What the picture shows, in one sentence."""
    ends = "; ".join(
        f"{KINDS[name].label} {ending(study, name)}, E = {num(run.loss[-1])}"
        for name, run in study.shown.items()
    )
    return f"In {steps(study.settings.steps)}: {ends or 'no method is chosen'}."


def _numbers(study: ManyWeightsStudy, log: bool) -> Mapping[str, Any]:
    """The table "t": the settings, and the words inside the views."""
    settings, plane = study.settings, study.plane
    values = plane.objective.spectrum.values
    positive = values[values > 0]
    low, high = plane.ruler(settings.eta)
    way = " →" if settings.eta > high else " ←" if settings.eta < low else ""
    return row(
        eta=settings.eta, beyond=f"η = {num(settings.eta)}{way}" if way else "",
        live=int(isinstance(settings.schedule, OpenLoop) and not study.local), log=int(log),
        look=min(settings.look, settings.steps),
        sx=float(plane.start_in_picture[0]), sy=float(plane.start_in_picture[1]),
        ox=float(plane.offset[0]), oy=float(plane.offset[1]),
        lmin=float(positive[0] if positive.size and values[0] >= 0 else values[0]),
        lmax=float(values[-1]), two=int(plane.objective.n == 2),
        even=int(isinstance(settings.schedule, Constant)),
        level=float(picture_paths.drawn_loss(plane, plane.start, True)),
        drawn=int("gd" in study.shown), last=len(study.run.w) - 1,
    )  # fmt: skip


def _ends(plane: QuadraticPlane, frame: Frame, K: int) -> Mapping[str, Any]:
    """The table "plane": the ends of both planes, and the last step K."""
    s, half = plane.objective.spectrum, (frame[1] - frame[0]) / 2
    x, y = plane.middle.tolist()
    dx, dy = _beside(plane)
    A, b = plane.objective.A, plane.objective.b
    kind = "minimum" if s.values[0] >= 0 else "saddle" if s.values[-1] > 0 else "maximum"
    return row(
        xlo=frame[0], xhi=frame[1], ylo=frame[2], yhi=frame[3], cx=x, cy=y,
        kind="" if s.drift.any() else kind, nx=x + half * dx, ny=y + half * dy,
        apart=int(plane.apart), khi=K,
        a11=A[0, 0], a12=A[0, 1], a22=A[1, 1], b1=b[0], b2=b[1],
    )  # fmt: skip


def _beside(plane: QuadraticPlane) -> tuple[float, float]:
    """Where the name of the stationary point begins, in half sides of the view from it.

    Between two directions, on the side that the start is not on, below rather than above.
    """
    pair = [0, 1] if plane.objective.n == 2 else [plane.slow, -1]
    along = np.arctan2(*plane.axes[::-1, pair[0]]) + np.pi / 4 + np.arange(4) * np.pi / 2
    way = np.column_stack([np.cos(along), np.sin(along)])
    towards = way @ (plane.start_in_picture - plane.middle)
    best = int(
        np.argmax(np.abs(way[:, 0]).round(6) - 2e-3 * np.sign(towards) - 1e-3 * (way[:, 1] > 0))
    )
    return float(np.copysign(0.07, way[best, 0])), float(0.09 * way[best, 1])


def _plan(study: ManyWeightsStudy, frame: Frame) -> Columns:
    """The table "plan": ηₖ/η of the steps that the pointer's path is drawn of, and the run's weights.

    tag: on which side the step has its number in the picture, in eighths of a turn; or 0.
    """
    settings, plane, run = study.settings, study.plane, study.run
    K = min(settings.steps, max(1, LIVE_ROWS // study.objective.n))
    schedule = settings.schedule
    factors = (
        schedule.factors(K)
        if isinstance(schedule, OpenLoop)
        else study.etas[:K] / (settings.eta or 1.0)
    )
    factors = np.append(0.0, factors)
    if isinstance(schedule, Constant):
        factors = factors.astype(np.int8)  # ones: an eighth of the bytes
    w = run.w[np.minimum(np.arange(K + 1), len(run.w) - 1)]  # beyond its end it is not shown
    at, tag = plane.in_picture(w), np.zeros(K + 1, dtype=np.int8)
    if "gd" in study.shown:
        for k, side in picture_paths.numbered(plane, run, frame).items():
            tag[min(k, K)] = side
    of_many = study.objective.n > 2
    norm = short(np.linalg.norm(w, axis=1)) if of_many else np.zeros(K + 1, dtype=np.int8)
    found: Columns = {
        "k": np.arange(K + 1, dtype=np.int16), "f": factors, "x": short(at[:, 0]),
        "y": short(at[:, 1]), "norm": norm, "tag": tag,
    }  # fmt: skip
    if not study.local:
        return found
    g = plane.function.gradient(w)
    slope = np.linalg.norm(g, axis=1)
    return {**found, "gx": short(g[:, 0]), "gy": short(g[:, 1]), "slope": short(slope)}
