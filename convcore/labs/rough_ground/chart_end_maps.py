"""The maps of the lab "Rough ground": escape map and basins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from convcore.charts.compose import Mark, View, hconcat, layer, vconcat
from convcore.charts.grid import panel, plot_width
from convcore.charts.landscape import data_uri
from convcore.charts.logs import log_axis
from convcore.charts.parts import WIDE, clicked, plane_pointer
from convcore.charts.picture import Template, domain, table_param, view_ends
from convcore.labs.rough_ground.chart_parts import tall

# Where a run can end: hues for points by kind, yellows for cycles, greys for what goes nowhere.
MINIMA = ("#1f7ad6", "#00966c", "#9a6bd0", "#2ab5c8", "#4a4fc0", "#74b72e", "#0b5c8a", "#3f7f5f")
SADDLES = ("#e377a8", "#c0497e", "#f2a7c3", "#8f2d5c")
MAXIMA = ("#d0443c", "#8a2a20")
OTHER = {
    "other points": "#c9a0dc",
    "period 2": "#f2cf4a",
    "period 4": "#d9a514",
    "another period": "#a87c00",
    "bounded, no period": "#8c8f97",
    "frozen": "#a9d3ea",
    "drifts": "#c9b79c",
    "still under way": "#cdd0d6",
    "stuck": "#e3d5f0",
    "kink": "#7fb8ad",
    "near a point": "#b7c7e8",
    "rounding": "#d8c3d0",
    "gone": "#50535b",
    "left": "#8a4f5c",
}
MARK = "#ffffff"  # the current cell: white in a dark ring holds on every colour of a map
SEAM = "#20232a"
KEY_LINE = 20  # px of a line of the key


def image(codes: NDArray[np.integer[Any]], colours: Sequence[str]) -> str:
    """A data URI of codes (rows, columns), first row lowest, each in its colour "#rrggbb"."""
    palette = np.array(
        [[int(c[i : i + 2], 16) for i in (1, 3, 5)] + [255] for c in colours], dtype=np.uint8
    )
    return data_uri(palette[codes[::-1]])


def key(width: int, height: int = 0) -> View:
    """What each colour of a map means, a line each, with its share of the map.

    height: of the view, 0 for that of the lines.
    """
    x = alt.X("at:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False))
    if height:
        ends = alt.Scale(domain=[height / KEY_LINE - 0.5, -0.5], nice=False, zero=False)
        y = alt.Y("line:Q", axis=None, scale=ends)
    else:
        y = alt.Y("line:O", axis=None, scale=alt.Scale(padding=0.5))
    base = Mark(alt.NamedData("key"))
    dots = base.mark_square(size=130, opacity=1).encode(
        x=x, y=y, color=alt.Color("colour:N", scale=None)
    )
    names = base.mark_text(align="left", dx=12, baseline="middle", limit=width - 24).encode(
        x=x, y=y, text="name:N"
    )
    return layer(dots, names).properties(
        width=width, height=height or alt.Step(KEY_LINE), view=alt.ViewConfig(stroke=None)
    )


def _cells(width: int, height: int, x: alt.X, y: alt.Y, side: int = 61, *lines: Mark) -> View:
    """A map as an image, lines across it, the current place, and a click that sets another."""
    picture = (
        Mark(alt.NamedData("map"))
        .mark_image(width=width, height=height, aspect=False)
        .encode(x=alt.value(width / 2), y=alt.value(height / 2), url="url:N")
    )
    here = Mark(alt.NamedData("t"))
    ring = here.mark_point(size=190, strokeWidth=4, color=SEAM, opacity=1, clip=True)
    dot = here.mark_point(size=190, strokeWidth=2, color=MARK, opacity=1, clip=True)
    at = {"x": x, "y": y}
    pick = plane_pointer(side, clicked("pick_cell", "x", "y"))
    return layer(picture, *lines, pick, ring.encode(**at), dot.encode(**at)).properties(
        width=width, height=height
    )


def _thresholds(y: alt.Y) -> tuple[Mark, ...]:
    """Lines at the step sizes of the table "thresholds" with their names, light in a dark seam."""
    base = Mark(alt.NamedData("thresholds"))
    marks = [
        base.mark_rule(color=SEAM, strokeWidth=4.5, opacity=0.85, clip=True).encode(y=y),
        base.mark_rule(color=MARK, strokeWidth=1.8, strokeDash=[6, 4], clip=True).encode(y=y),
    ]
    # Named on the outer sides, as the lines are close, and away from the current place.
    sides: list[tuple[int, Any, int, Any]] = [(1, "left", 8, 0), (0, "right", -8, "width")]
    outer: list[tuple[str, Any, int]] = [("below:N", "top", 6), ("above:N", "bottom", -5)]
    for left, align, dx, x in sides:
        for label, baseline, dy in outer:
            words = base.transform_filter(f"datum.left == {left}").mark_text(
                align=align,
                dx=dx,
                baseline=baseline,
                dy=dy,
                fontSize=13,
                fontWeight="bold",
                clip=True,
            )
            names = words.encode(x=alt.value(x), y=y, text=label, color=alt.value(MARK))
            marks += [names.encode(stroke=alt.value(SEAM), strokeWidth=alt.value(5)), names]
    return tuple(marks)


def _with_key(width: int, part: Callable[[int, int], View], title: str) -> View:
    """A map with its key to the right, or where it is narrow below."""
    wide = width >= WIDE
    room, height = plot_width(width, 2 if wide else 1), tall(width) if wide else 280
    shown = panel(part(room, height), room, height, title)
    if wide:
        colours = panel(key(room, height), room, height, "Where the runs end, by share of the map")
        body = hconcat(shown, colours)
    else:
        body = vconcat(shown, key(room))
    return body.add_params(table_param("t"), *view_ends("t")).resolve_scale(color="independent")


def build_escape(width: int) -> View:
    """Start against η, coloured by where the run ends."""
    x = alt.X("x:Q", title="start w₀", scale=domain("T.xlo", "T.xhi"))
    y = alt.Y(
        "y:Q",
        title="step size η",
        scale=domain("T.ylo", "T.yhi"),
        axis=log_axis("T.ylo", "T.yhi", 7),
    )
    return _with_key(
        width,
        lambda w, h: _cells(w, h, x, y, 61, *_thresholds(y)),
        "Escape map: every start with every η",
    )


def build_basins(width: int) -> View:
    """A plane of starts, coloured by where the run ends."""
    x = alt.X("x:Q", title="start, first weight", scale=domain("T.xlo", "T.xhi"))
    y = alt.Y("y:Q", title="start, second weight", scale=domain("T.ylo", "T.yhi"))
    return _with_key(width, lambda w, h: _cells(w, h, x, y), "Basins: every start in the plane")


ESCAPE = Template(
    build_escape,
    "Escape map: start against step size, coloured by where the run ends",
    picks=("pick_cell",),
    renderer="canvas",
)
BASINS = Template(
    build_basins,
    "Basins: the plane of starts, coloured by where the run ends",
    picks=("pick_cell",),
    renderer="canvas",
)
