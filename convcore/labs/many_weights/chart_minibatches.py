"""A second picture of "Many weights": minibatches, many runs as mean and band, beside full batches."""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, View, layer, vconcat
from convcore.charts.grid import panel, plot_width
from convcore.charts.legend import legend
from convcore.charts.live import curtain, shown_step
from convcore.charts.logs import power_axis
from convcore.charts.parts import anchor, text_line
from convcore.charts.picture import Template, domain, table_param
from convcore.charts.style import METHODS, QUIET, THEORY

HEIGHT = 240
MEAN, ONE, FULL, EXPECTED, FLOOR = "mean", "one", "full", "expected", "floor"
# Of each line its name, colour and dash.
LINES: dict[str, tuple[str, str, list[int]]] = {
    MEAN: ("minibatches, mean of the runs", "#c0497e", [1, 0]),
    ONE: ("one of the runs", QUIET, [1, 0]),
    FULL: ("full batches", METHODS["gd"][0], [1, 0]),
    EXPECTED: ("the mean by theory", THEORY, [7, 3]),
    FLOOR: ("the floor by theory", THEORY, [2, 3]),
}
_, COLOURS, DASHES = zip(*LINES.values(), strict=True)
COLOUR = alt.Color("line:N", scale=alt.Scale(domain=list(LINES), range=list(COLOURS)))
DASH = alt.StrokeDash("line:N", scale=alt.Scale(domain=list(LINES), range=list(DASHES)))


def build(width: int) -> View:
    """E − E* by step on a logarithmic axis."""
    inner = plot_width(width)
    x = alt.X(
        "k:Q", title="step k", scale=domain("0", "T.khi"), axis=alt.Axis(tickMinStep=1, format="d")
    )
    y = alt.Y("loss:Q", title="E − E*", scale=domain("T.ylo", "T.yhi"), axis=power_axis())
    band = (
        Mark(alt.NamedData("band"))
        .mark_area(color=LINES[MEAN][1], opacity=0.2, clip=True)
        .encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    )
    lines = (
        Mark(alt.NamedData("lines"))
        .mark_line(strokeWidth=1.8, clip=True)
        .encode(x=x, y=y, color=COLOUR, strokeDash=DASH, order="k:Q")
    )
    chart = layer(band, lines, curtain(), text_line("why", inner), anchor("t"))
    rows = (
        legend(inner, COLOUR, DASH),
        panel(chart, inner, HEIGHT, "Minibatches: mean and middle 80 % of the runs"),
    )
    return vconcat(*rows).add_params(table_param("t"), *shown_step())


MINIBATCHES = Template(
    build,
    "Many weights: the loss of minibatches by step, their mean and band, beside full batches and theory",
    renderer="canvas",
)
