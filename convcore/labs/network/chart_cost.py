"""What a Hessian costs: operations, bytes and seconds against the number of weights."""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, Part, View, hconcat, layer, vconcat
from convcore.charts.grid import panel, plot_width
from convcore.charts.legend import legend, room
from convcore.charts.parts import WIDE
from convcore.charts.picture import Template
from convcore.charts.style import BAD, METHODS, QUIET
from convcore.charts.typeset import power_of_ten

WORK = {
    "gradient": (METHODS["gd"][0], [1, 0]),
    "product": (METHODS["momentum"][0], [8, 3]),
    "L-BFGS": (METHODS["bfgs"][0], [4, 2]),
    "hessian": (METHODS["newton"][0], [2, 2]),
    "solve": (BAD, [8, 3, 2, 3]),
}
NAMES = {
    "gradient": "gradient",
    "product": "Hessian·vector",
    "L-BFGS": "L-BFGS",
    "hessian": "Hessian",
    "solve": "Newton's solve",
}
COLOUR = alt.Color(
    "what:N",
    scale=alt.Scale(domain=list(WORK), range=[colour for colour, _ in WORK.values()]),
)
DASH = alt.StrokeDash(
    "what:N",
    scale=alt.Scale(domain=list(WORK), range=[dash for _, dash in WORK.values()]),
)
SCALES = {
    # Known sizes for comparison: log₁₀ of bytes, and of seconds.
    "bytes": [
        (10.2, "laptop: 16 GB"),
        (12.3, "server: 2 TB"),
        (21.3, "all disks sold in a year"),
    ],
    "seconds": [
        (0.0, "1 second"),
        (4.94, "1 day"),
        (7.5, "1 year"),
        (17.64, "age of the universe"),
    ],
}


def _powers(title: str, low: int, high: int, step: int) -> dict[str, Any]:
    """Title, scale and axis of a logarithm, whose ticks are powers of ten."""
    return {
        "title": title,
        "scale": alt.Scale(domain=[low, high], nice=False),
        "axis": alt.Axis(
            values=list(range(low + -low % step, high + 1, step)),
            labelExpr=power_of_ten("datum.value"),
        ),
    }


def counted(width: int, height: int) -> View:
    """The counted operations of a gradient, a Hessian and its solve; where this network is."""
    x = alt.X("n:Q", **_powers("weights n", 0, 12, 3))
    y = alt.Y("y:Q", **_powers("operations", 0, 42, 6))
    lines = (
        Mark(alt.NamedData("cost"))
        .transform_filter("!datum.here")
        .transform_fold(["gradient", "hessian", "solve"], as_=["what", "y"])
        .mark_line(strokeWidth=2, clip=True)
        .encode(color=COLOUR, strokeDash=DASH)
    )
    this = (
        Mark(alt.NamedData("cost"))
        .transform_filter("datum.here")
        .mark_rule(color=QUIET, strokeWidth=1.5)
        .encode(y=alt.value(0), y2=alt.value(height))
    )
    points = (
        Mark(alt.NamedData("cost"))
        .transform_filter("datum.here")
        .transform_fold(["gradient", "hessian", "solve"], as_=["what", "y"])
        .mark_point(filled=True, size=44, opacity=1, clip=True)
        .encode(color=COLOUR)
    )
    name = (
        Mark(alt.NamedData("cost"))
        .transform_filter("datum.here")
        .mark_text(align="left", baseline="top", dx=5, dy=6, fontSize=12)
        .encode(y=alt.value(0), text=alt.value("this network"))
    )
    # Above its line, or under it, whatever the batch.
    named = [
        {"n": 8.4, "y": 27.6, "what": "solve"},
        {"n": 11.9, "y": 17.5, "what": "hessian"},
        {"n": 11.9, "y": 7.5, "what": "gradient"},
    ]
    names = layer(
        Mark()
        .mark_text(align="right", baseline="middle", fontSize=12, fontWeight="bold")
        .encode(text="name:N"),
        data=alt.InlineData(values=[{**one, "name": NAMES[str(one["what"])]} for one in named]),
    )
    return layer(lines, this, points, name, names).encode(x=x, y=y)


def cost_view(panel: str, width: int, height: int) -> View:
    """Bytes or seconds against the number of weights; measured points, and lines extrapolated from them."""
    x = alt.X("n:Q", **_powers("weights n", 2, 12, 2))
    y = alt.Y("y:Q", **_powers(panel, *((2, 26) if panel == "bytes" else (-5, 26)), 4))
    known = [{"y": at, "name": name} for at, name in SCALES[panel]]
    marks = layer(
        Mark().mark_rule(color=QUIET, strokeDash=[2, 3]).encode(y=y),
        Mark()
        .mark_text(align="left", baseline="bottom", dx=4, dy=-1, fontSize=12)
        .encode(x=alt.value(0), y=y, text="name:N"),
        data=alt.InlineData(values=known),
    )
    lines = (
        Mark(alt.NamedData("lines"))
        .transform_filter(f"datum.panel == '{panel}'")
        .mark_line(strokeWidth=2, clip=True)
        .encode(x=x, y=y, color=COLOUR, strokeDash=DASH)
    )
    seen = (
        Mark(alt.NamedData("seen"))
        .mark_point(filled=True, size=44, opacity=1, clip=True)
        .encode(x=x, y=y, color=COLOUR)
    )
    parts: list[Part] = [marks, lines, *([seen] if panel == "seconds" else [])]
    return layer(*parts)


def names_of_lines(width: int) -> View:
    """The lines' names, each with its colour and dash."""
    each = room([NAMES[what] for what in WORK])
    entries = [
        {"i": i, "what": what, "name": NAMES[what], "room": each} for i, what in enumerate(WORK)
    ]
    return legend(width, COLOUR, DASH, alt.InlineData(values=entries))


def build_cost(width: int) -> View:
    """Memory and time, side by side where there is room."""
    wide = width >= WIDE
    half, inner = plot_width(width, 2 if wide else 1), plot_width(width)
    names = names_of_lines(inner)
    memory = panel(cost_view("bytes", half, 230), half, 230, "Memory, counted")
    times = panel(
        cost_view("seconds", half, 230), half, 230, "Time, measured (points) and extended"
    )
    return vconcat(names, hconcat(memory, times) if wide else vconcat(memory, times))


COST = Template(build_cost, "What a Hessian costs: bytes and seconds against the number of weights")
