"""The second picture of "Many weights", if one is chosen: its template filled from a study."""

from __future__ import annotations

import numpy as np

from convcore.charts.legend import legend_table
from convcore.charts.paths import needed_points
from convcore.charts.picture import Columns, Picture, row
from convcore.labkit.words import BEYOND
from convcore.labs.many_weights import minibatch_views, picture_modes, picture_paths, picture_ruler
from convcore.labs.many_weights.chart_second import SECONDS
from convcore.labs.many_weights.mode_names import names
from convcore.labs.many_weights.settings import KINDS
from convcore.labs.many_weights.study import ManyWeightsStudy

FINE = 800  # parts of the height of a view over steps: quarters of a pixel
NEAR = " Of the quadratic that E is near its minimum."
ABOUT = {
    "errors": "Each line is the error of gradient descent along one eigenvector: straight under a constant "
    "η, as each step multiplies it by |1 − ηλ|.",
    "whitened": "In ŵ = √A (w − w*) every direction has curvature 1, so that η < 2 works and η = 1 lands.",
}


def second_picture(study: ManyWeightsStudy) -> tuple[Picture, ...]:
    """The chosen second picture, or none."""
    also = study.settings.also
    if also == "nothing":
        return ()
    if also == "minibatches":
        return (minibatch_views.picture(study),)
    tables = _errors(study) if also == "errors" else _whitened(study)
    about = ABOUT[also] + NEAR * study.local
    return (Picture(also, SECONDS[also], tables, about),)


def _errors(study: ManyWeightsStudy) -> dict[str, Columns]:
    plane, steps = study.plane, study.settings.steps
    errors, low, high = picture_modes.errors(plane, study.shown.get("gd"))
    corners = needed_points(list(errors.values()), [(high - low) / FINE] * len(errors))
    role, values = picture_modes.roles(plane), plane.objective.spectrum.values
    drawn = "gd" in study.shown
    return {
        "t": row(slow="" if drawn else "gradient descent is not among the methods", look=0),
        "frame": row(elo=low, ehi=high),
        "plane": row(khi=steps),
        "errors": picture_modes.error_lines(errors, corners, role),
        "tags": names(errors, values, role, steps, low, high),
    }


def _whitened(study: ManyWeightsStudy) -> dict[str, Columns]:
    plane, settings = study.plane, study.settings
    reach, white = plane.whitened_reach, plane.has_whitened
    rounded = np.isinf(plane.objective.spectrum.doubt).any()
    reason = f"λₘᵢₙ is {BEYOND}" if rounded else "A is not positive definite"
    why = "" if white else f"no whitened space: {reason}"
    return {
        "t": row(why=why, look=min(settings.look, settings.steps)),
        "plane": row(hlo=-reach, hhi=reach, white=int(white), most=1.1 * max(plane.limit, 2.0)),
        "rule": picture_ruler.rule(plane, *plane.ruler(settings.eta)),
        "tracks": picture_paths.whitened_paths(plane, study.shown),
        "legend": legend_table("method", {name: KINDS[name].label for name in study.shown}),
    }
