"""The maps of the lab "Rough ground": escape map and basins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from convcore.charts.compose import Mark, View, hconcat, layer, vconcat
from convcore.charts.landscape import data_uri
from convcore.charts.parts import WIDE, clicked, plane_pointer
from convcore.charts.picture import Template, domain, table_param, view_ends

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


def image(codes: NDArray[np.integer[Any]], colours: Sequence[str]) -> str:
    """A data URI of codes (rows, columns), first row lowest, each in its colour "#rrggbb"."""
    palette = np.array(
        [[int(c[i : i + 2], 16) for i in (1, 3, 5)] + [255] for c in colours], dtype=np.uint8
    )
    return data_uri(palette[codes[::-1]])


def key(width: int) -> View:
    """What each colour of a map means, a line each, with its share of the map."""
    x = alt.X("at:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False))
    y = alt.Y("line:O", axis=None, scale=alt.Scale(padding=0.5))
    base = Mark(alt.NamedData("key"))
    dots = base.mark_square(size=130, opacity=1).encode(
        x=x, y=y, color=alt.Color("colour:N", scale=None)
    )
    names = base.mark_text(align="left", dx=12, baseline="middle", limit=width - 24).encode(
        x=x, y=y, text="name:N"
    )
    return layer(dots, names).properties(
        width=width, height=alt.Step(19), view=alt.ViewConfig(stroke=None)
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
        base.mark_rule(color=SEAM, strokeWidth=3.5, opacity=0.8, clip=True).encode(y=y),
        base.mark_rule(color=MARK, strokeWidth=1.6, strokeDash=[6, 4], clip=True).encode(y=y),
    ]
    # Named on the outer sides, as the lines are close.
    below = base.mark_text(align="right", baseline="top", dx=-6, dy=4, fontSize=12, clip=True)
    above = base.mark_text(align="right", baseline="bottom", dx=-6, dy=-3, fontSize=12, clip=True)
    for mark, label in ((below, "below:N"), (above, "above:N")):
        names = mark.encode(x=alt.value("width"), y=y, text=label, color=alt.value(MARK))
        marks += [names.encode(stroke=alt.value(SEAM), strokeWidth=alt.value(3)), names]
    return tuple(marks)


def _power(title: str) -> alt.Y:
    axis = alt.Axis(labelExpr="format(pow(10, datum.value), '.3~g')", tickCount=6)
    return alt.Y("y:Q", title=title, scale=domain("T.ylo", "T.yhi"), axis=axis)


def _with_key(width: int, part: Any, title: str) -> View:
    """A map with its key to the right, or where it is narrow below."""
    inner = width - 62
    wide = width >= WIDE
    room = int(0.62 * inner) if wide else inner
    shown = part(room, 340 if wide else 280).properties(title=title)
    colours = key(inner - room - 20 if wide else inner)
    body = hconcat(shown, colours) if wide else vconcat(shown, colours)
    return body.add_params(table_param("t"), *view_ends("t")).resolve_scale(color="independent")


def build_escape(width: int) -> View:
    """Start against η, coloured by where the run ends."""
    x = alt.X("x:Q", title="start", scale=domain("T.xlo", "T.xhi"))
    y = _power("step size η")
    return _with_key(
        width,
        lambda w, h: _cells(w, h, x, y, 61, *_thresholds(y)),
        "Escape map: where a run from each start with each η ends",
    )


def build_basins(width: int) -> View:
    """A plane of starts, coloured by where the run ends."""
    x = alt.X("x:Q", title=None, scale=domain("T.xlo", "T.xhi"))
    y = alt.Y("y:Q", title=None, scale=domain("T.ylo", "T.yhi"))
    return _with_key(
        width, lambda w, h: _cells(w, h, x, y), "Basins: where a run from each start ends"
    )


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
