"""The pictures of the lab "Many weights": what a step keeps by direction, both planes, losses.

All are views of one chart: the pointer on the ruler or on the contours redraws the path of plain
descent, its loss and its modes from the closed form, without a server.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

import altair as alt

from convcore.charts.compose import View, hconcat, vconcat
from convcore.charts.grid import AXIS, LEFT, RIGHT, TITLE, panel, plot_width
from convcore.charts.legend import legend, legend_height
from convcore.charts.parts import WIDE
from convcore.charts.picture import Template
from convcore.labs.many_weights.chart_equation import MATRIX, equation
from convcore.labs.many_weights.chart_factors import factors
from convcore.labs.many_weights.chart_live import COLOUR, DASH, PARAMS, live_path
from convcore.labs.many_weights.chart_planes import contours
from convcore.labs.many_weights.chart_steps import loss

SQUARE = 0.385  # of the page's width: the side of a plane beside the other views
LARGEST = 480  # px, so that it fits a screen
NARROW = 150  # px: the height of the ruler on a narrow page
STEP_MARGIN = 4  # px above and below the step with its numbers


def build(width: int, local: bool = False) -> View:
    """All views: planes beside the others where there is room, else the ruler first.

    local: whether E is a quadratic only near its minimum.
    """
    inner = plot_width(width)
    rows = _wide(width, local) if width >= WIDE else _narrow(inner, local)
    composed = vconcat(*rows, data=alt.NamedData("plan"), transform=live_path())
    return composed.add_params(*PARAMS)


def _wide(width: int, local: bool) -> list[Any]:
    inner = plot_width(width)
    side, rest = beside(width)
    high, low = _heights(side)
    return [
        _equation(inner, local),
        methods_row(inner),
        hconcat(
            panel(contours(side), side, side),
            vconcat(
                panel(factors(rest, high, local), rest, high), panel(loss(rest, low), rest, low)
            ),
        ),
    ]


def _heights(side: int) -> tuple[int, int]:
    """Of the two views beside a plane, which together are as high."""
    high = round(0.57 * (side - TITLE - AXIS))
    return high, side - TITLE - AXIS - high


def grips(width: int, names: Collection[str]) -> dict[str, tuple[int, int, int, int]]:
    """Where η and the start can be gripped in a picture of this width with methods of these names: left,
    top, width, height."""
    inner = plot_width(width)
    top = 2 * STEP_MARGIN + _step_height(inner) + legend_height(names, inner) + TITLE
    if width < WIDE:
        start = (LEFT, TITLE + NARROW + AXIS + top, inner, inner)
        return {"eta": (LEFT, TITLE, inner, NARROW), "start": start}
    side, rest = beside(width)
    eta = (side + 2 * LEFT + RIGHT, top, rest, _heights(side)[0])
    return {"eta": eta, "start": (LEFT, top, side, side)}


def beside(width: int) -> tuple[int, int]:
    """The side of a plane, and the width of the views beside it."""
    side = min(round(SQUARE * width), LARGEST)
    return side, width - side - 2 * (LEFT + RIGHT)


def _narrow(inner: int, local: bool) -> list[Any]:
    return [
        panel(factors(inner, NARROW, local), inner, NARROW),
        _equation(inner, local),
        methods_row(inner),
        panel(contours(inner), inner, inner),
        panel(loss(inner, 150), inner, 150),
    ]


def methods_row(inner: int) -> View:
    """The methods and their lines; it defines the scales of colours and dashes for all views."""
    return legend(inner, COLOUR, DASH)


def _equation(inner: int, local: bool) -> View:
    return panel(
        equation(inner, local), inner, _step_height(inner), above=STEP_MARGIN, below=STEP_MARGIN
    )


def _step_height(inner: int) -> int:
    return 40 if inner >= MATRIX else 20 if inner >= WIDE else 72


QUADRATIC_PICTURE = Template(
    build,
    "Many weights: what a step keeps of the error by direction and step size, level lines with the paths "
    "of each method, loss by step",
    picks=("pick_eta", "pick_start", "pick_look"),
    renderer="canvas",
)
LOCAL_PICTURE = Template(
    partial(build, local=True),
    "Many weights: what a step keeps of small errors by direction and step size, level lines with the "
    "paths of each method, loss by step",
    picks=("pick_eta", "pick_start", "pick_look"),
    renderer="canvas",
)
