"""The picture of "Many weights": its template filled with tables from a study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from convcore.charts.parts import legend_table
from convcore.charts.paths import needed_points
from convcore.charts.picture import Columns, Picture, row
from convcore.charts.pins import trace
from convcore.descent.schedules import OpenLoop
from convcore.labkit.words import known, num, steps
from convcore.labs.many_weights import picture_modes, picture_paths, picture_ruler
from convcore.labs.many_weights.chart import QUADRATIC_PICTURE
from convcore.labs.many_weights.level_lines import level_table
from convcore.labs.many_weights.mode_names import names
from convcore.labs.many_weights.plane import Frame, QuadraticPlane
from convcore.labs.many_weights.settings import KINDS
from convcore.labs.many_weights.study import ManyWeightsStudy

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
    errors, elo, ehi = picture_modes.errors(plane, shown.get("gd"))
    # All lines over steps at once: it takes hardly longer than one.
    losses = np.split(paths["loss"], np.flatnonzero(paths["k"] == 0)[1:])
    lines = [*losses, exact, *errors.values()]
    tolerances = [(lhi - llo) / FINE] * (len(losses) + 1) + [(ehi - elo) / FINE] * len(errors)
    corners = needed_points(lines, tolerances)
    tables: dict[str, Columns] = {
        "t": _numbers(study, log),
        # The views' ends are in tables of their own: marks that depend only on those that stay when η
        # moves are not drawn again.
        "frame": row(llo=llo, lhi=lhi, elo=elo, ehi=ehi),
        "rule": row(rlo=rlo, rhi=rhi),
        "plane": _ends(plane, frame, settings.steps),
        "tracks": picture_paths.tracks(paths, plane, frame),
        "losses": picture_paths.losses(paths, corners[: len(losses)]),
        "theory": picture_paths.exact_line(exact, corners[len(losses)]),
        "plan": _plan(study),
        "modes": picture_modes.modes(plane),
        "errors": picture_modes.error_lines(errors, corners[len(losses) + 1 :]),
        "tags": names(errors, s.values, settings.steps, elo, ehi),
        "bands": picture_ruler.bands(s, rlo, rhi),
        "marks": picture_ruler.marks(plane.objective, rhi - rlo),
        "levels": level_table(plane, frame),
        "legend": legend_table({name: KINDS[name].label for name in shown}),
    }
    drawn = {name: paths[name] for name in ("method", "k", "x", "y", "piece", "loss")}
    pinned = trace(**drawn, log=np.full(len(paths["k"]), log, np.int8))
    return Picture("bowl", QUADRATIC_PICTURE, tables, _about(study), pinned)


def _about(study: ManyWeightsStudy) -> str:
    """What the picture shows, in one sentence."""
    ends = "; ".join(
        f"{KINDS[name].label} {run.outcome()}, at E = {num(run.loss[-1])}"
        for name, run in study.shown.items()
    )
    settings = study.settings
    return (
        f"In {steps(settings.steps)} at η = {num(settings.eta)}: {ends or 'no method is chosen'}."
    )


def _numbers(study: ManyWeightsStudy, log: bool) -> Mapping[str, Any]:
    """The table "t": the settings, and the words inside the views."""
    settings, plane = study.settings, study.plane
    values = plane.objective.spectrum.values
    positive = values[values > 0]
    doubt = plane.objective.spectrum.doubt
    slowest = known(float(values[plane.slow]), float(doubt[plane.slow]), 3)
    singular = "A is singular to double precision" if np.isinf(doubt).any() else ""
    axes = (
        "w₁ across, w₂ up"
        if plane.objective.n == 2
        else (
            f"across: slowest eigenvector (λ = {slowest}), up: steepest (λ = {num(values[-1], 3)})"
        )
    )
    return row(
        eta=settings.eta, live=int(isinstance(settings.schedule, OpenLoop)), log=int(log),
        look=min(settings.look, settings.steps),
        sx=float(plane.start_in_picture[0]), sy=float(plane.start_in_picture[1]),
        ox=float(plane.offset[0]), oy=float(plane.offset[1]),
        lmin=float(positive[0] if positive.size and values[0] >= 0 else values[0]),
        lmax=float(values[-1]), top=max(1, plane.objective.n - 1), axes=axes,
        why="" if plane.has_whitened else f"no whitened space: {singular or 'A is not positive definite'}",
        slow="" if "gd" in study.shown else "plain descent is not among the methods",
        losses="E − E*" if log else "E, from the stationary point",
    )  # fmt: skip


def _ends(plane: QuadraticPlane, frame: Frame, K: int) -> Mapping[str, Any]:
    """The table "plane": the ends of both planes, and the last step K."""
    reach = plane.whitened_reach
    return row(
        xlo=frame[0], xhi=frame[1], ylo=frame[2], yhi=frame[3],
        cx=float(plane.middle[0]), cy=float(plane.middle[1]),
        stationary=int(not plane.objective.spectrum.drift.any()),
        hlo=-reach, hhi=reach, white=int(plane.has_whitened), khi=K,
    )  # fmt: skip


def _plan(study: ManyWeightsStudy) -> Columns:
    """The table "plan": η_k/η of the steps that the pointer's path is drawn of."""
    settings = study.settings
    K = min(settings.steps, max(1, LIVE_ROWS // study.objective.n))
    schedule = settings.schedule
    factors = (
        schedule.factors(K)
        if isinstance(schedule, OpenLoop)
        else study.etas[:K] / (settings.eta or 1.0)
    )
    return {"k": np.arange(K + 1, dtype=np.int16), "f": np.append(0.0, factors)}
