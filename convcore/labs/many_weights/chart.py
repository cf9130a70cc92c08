"""The pictures of the lab "Many weights": what a step keeps by direction, both planes, losses.

All are views of one chart: the pointer on the ruler or on the contours redraws the path of plain
descent, its loss and its modes from the closed form, without a server.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, as_spec, hconcat, vconcat
from convcore.charts.grid import AXIS, LEFT, RIGHT, TITLE, panel, plot_width
from convcore.charts.parts import WIDE, legend
from convcore.charts.picture import Template
from convcore.labs.many_weights.chart_equation import MATRIX, equation
from convcore.labs.many_weights.chart_factors import factors, working
from convcore.labs.many_weights.chart_live import COLOUR, DASH, PARAMS, live_path
from convcore.labs.many_weights.chart_planes import contours, whitened
from convcore.labs.many_weights.chart_steps import loss, modes

SQUARE = 0.385  # of the page's width: the side of a plane beside the other views
LARGEST = 480  # px, so that it fits a screen
WHITENED = "In the whitened space ŵ = √A (w − w*)"
WORKING = "Which η work, before and after normalising"
MODES = "Gradient descent: error by direction"


def build(width: int) -> View:
    """All views: planes beside the others where there is room, else the ruler first."""
    inner = plot_width(width)
    rows = _wide(width) if width >= WIDE else _narrow(inner)
    composed = vconcat(*rows, data=alt.NamedData("plan"), transform=live_path())
    return composed.add_params(*PARAMS).resolve_scale(color="independent")


def _wide(width: int) -> list[Any]:
    inner = plot_width(width)
    side = min(round(SQUARE * width), LARGEST)
    rest = width - side - 2 * (LEFT + RIGHT)
    # Two views are as high as the plane beside them.
    high = round(0.57 * (side - TITLE - AXIS))
    low = side - TITLE - AXIS - high
    return [
        _equation(inner),
        _legend(inner),
        hconcat(
            panel(contours(side), side, side),
            vconcat(panel(factors(rest, high), rest, high), panel(loss(rest, low), rest, low)),
        ),
        hconcat(
            panel(whitened(side), side, side, WHITENED),
            vconcat(
                panel(modes(rest, high), rest, high, MODES),
                panel(working(rest, low), rest, low, WORKING),
            ),
        ),
    ]


def _narrow(inner: int) -> list[Any]:
    return [
        panel(factors(inner, 150), inner, 150),
        _equation(inner),
        _legend(inner),
        panel(contours(inner), inner, inner),
        panel(loss(inner, 150), inner, 150),
        panel(modes(inner, 150), inner, 150, MODES),
        panel(working(inner, 90), inner, 90, WORKING),
        panel(whitened(inner), inner, inner, WHITENED),
    ]


def _equation(inner: int) -> View:
    height = 40 if inner >= MATRIX else 20 if inner >= WIDE else 72
    return panel(equation(inner), inner, height, above=4, below=4)


def _legend(inner: int) -> View:
    edges = (
        Mark(alt.sequence(1))
        .mark_rect(opacity=0)
        .encode(
            x=alt.value(-LEFT),
            x2=alt.value(inner + RIGHT),
            y=alt.value(0),
            y2=alt.value("height"),
        )
    )
    spec = legend(inner, COLOUR, DASH).spec
    return View({**spec, "layer": [as_spec(edges), *spec["layer"]]})


QUADRATIC_PICTURE = Template(
    build,
    "Many weights: what a step keeps of the error by direction and step size, level lines with the paths "
    "of each method here and in the whitened space, loss by step, error by direction, working step sizes "
    "before and after normalising",
    picks=("pick_eta", "pick_start", "pick_look"),
    renderer="canvas",
)
