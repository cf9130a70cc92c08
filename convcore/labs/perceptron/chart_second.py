"""The second pictures of "Perceptron and backprop": the loss over two weights, fans of boundaries."""

from __future__ import annotations

import math
from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, hconcat, layer, vconcat
from convcore.charts.grid import panel, plot_width
from convcore.charts.live import SO_FAR, calculate, shown_step
from convcore.charts.logs import log_axis
from convcore.charts.parts import WIDE, anchor, legible
from convcore.charts.picture import Template, domain, table_param
from convcore.charts.pins import pinned_lines
from convcore.charts.style import BAD, GOOD, LEARNERS, QUIET, THEORY
from convcore.labs.perceptron.chart_parts import COLOUR, DASH, SHAPE, SIDE, above, axis_names

BLUE = LEARNERS["backprop"][0]
MOST = 3  # panels of a fan side by side
ENDS = alt.Color(
    "separates:N",
    scale=alt.Scale(domain=["yes", "no", "none"], range=[GOOD, BAD, QUIET]),
)
FORM = alt.Shape(
    "separates:N",
    scale=alt.Scale(domain=["yes", "no", "none"], range=["circle", "cross", "circle"]),
)


def plane(size: int, height: int) -> View:
    """E over a plane through weight space, the path of training, and the minima."""
    x = alt.X("x:Q", title=None, scale=domain("T.xlo", "T.xhi"))
    y = alt.Y("y:Q", title=None, scale=domain("T.ylo", "T.yhi"))
    image = (
        Mark(alt.NamedData("ground"))
        .mark_image(width=size, height=height, aspect=False)
        .encode(x=alt.value(size / 2), y=alt.value(height / 2), url="url:N")
    )
    path = (
        Mark(alt.NamedData("path"))
        .transform_filter(SO_FAR)
        .mark_line(point={"size": 12, "color": BLUE}, strokeWidth=1.8, color=BLUE, clip=True)
        .encode(x=x, y=y, order="k:Q")
    )

    def place(when: str, **look: Any) -> Mark:
        chart: Mark = (
            Mark(alt.NamedData("path"))
            .transform_filter(when)
            .mark_point(opacity=1, clip=True, strokeWidth=2, **look)
            .encode(x=x, y=y)
        )
        return chart

    # Of many epochs not each is in the table.
    here = (
        Mark(alt.NamedData("path"))
        .transform_filter(f"DRAWN < 1e9 && {SO_FAR}")
        .transform_joinaggregate(latest="max(k)")
        .transform_filter("datum.k == datum.latest")
        .mark_point(size=170, strokeWidth=2.5, opacity=1, clip=True, color=THEORY)
        .encode(x=x, y=y)
    )
    numbers = legible(
        Mark(alt.NamedData("path")).transform_filter(f"datum.numbered && {SO_FAR}"),
        {"x": x, "y": y, "text": "k:Q"}, fontSize=12, align="left", dx=7, dy=-5, clip=True,
    )  # fmt: skip
    minima = Mark(alt.NamedData("minima"))
    plain: Any = alt.condition("datum.off", alt.value(0.4), alt.value(1))
    dots = minima.mark_point(filled=True, size=170, clip=True).encode(
        x=x, y=y, color=ENDS, shape=FORM, opacity=plain
    )
    names = [
        legible(
            Mark(alt.NamedData("minima")).transform_filter(
                f"datum.side == '{align}' && datum.up == {up}"
            ),
            {"x": x, "y": y, "text": "label:N"},
            fontSize=12, fontWeight="bold", align=align, dy=-16 if up else 18, clip=True,
        )
        for align in ("left", "center", "right")
        for up in (0, 1)
    ]  # fmt: skip
    # A pinned run's path on the same E, projected onto this run's plane.
    off = " + ".join(f"(datum.{w} - T.o{w}) * T.{{0}}{w}" for w in "uvb")
    pinned = pinned_lines(
        "x", "y", "datum.same && datum.unit == T.unit", ("T.xlo", "T.xhi", "T.ylo", "T.yhi"),
        made=[calculate(off.format("a"), "x"), calculate(off.format("c"), "y")],
    )  # fmt: skip
    return layer(
        image,
        pinned,
        path,
        place("datum.k == 0", size=130, color=QUIET),
        place(f"datum.last && {SO_FAR}", size=80, color=BLUE, filled=True),
        here,
        dots,
        numbers,
        *names,
        axis_names(size, height),
        anchor("t"),
    )


def limits(width: int, height: int) -> View:
    """For each minimum the step sizes that can settle there, up to 2/λₘₐₓ; the η of the run."""
    axis = log_axis("T.rlo", "T.rhi")
    x = alt.X("from:Q", title="step size η", scale=domain("T.rlo", "T.rhi"), axis=axis)
    y = alt.Y("line:Q", axis=None, scale=domain("T.rows - 0.5", "-0.65"))
    minima = Mark(alt.NamedData("minima"))
    bars = minima.mark_rule(strokeWidth=12, opacity=0.6, clip=True).encode(
        x=x, x2="to:Q", y=y, color=ENDS
    )
    names = minima.mark_text(align="left", dy=-15, dx=4, limit=width - 8, fontSize=12).encode(
        x=alt.value(0), y=y, text="words:N"
    )
    # The run's η crosses the bars only, not the words.
    here = (
        Mark(alt.NamedData("minima"))
        .transform_calculate(eta="T.eta")
        .mark_tick(orient="vertical", thickness=3, size=18, color=BLUE, opacity=1)
        .encode(x=alt.X("eta:Q", title="step size η", axis=axis), y=y)
    )
    label = above("t", "'▏' + datum.name", width, 210, fontWeight="bold")
    return layer(bars, names, here, label)


def build_landscape(width: int) -> View:
    """The plane on the left, the limits of the step size on the right; below if narrow."""
    wide = width >= WIDE
    half = plot_width(width, 2 if wide else 1)
    tall, low = (300, 300) if wide else (260, 210)
    ruled = panel(limits(half, low), half, low, "η that can settle: up to 2/λₘₐₓ")
    parts = [panel(plane(half, tall), half, tall, "E over the weights, and its path"), ruled]
    body = hconcat(*parts) if wide else vconcat(*parts)
    params = [table_param("t"), *shown_step(otherwise="0")]
    return body.add_params(*params).resolve_scale(color="independent", shape="independent")


def fan(i: int, size: int, height: int) -> View:
    """The boundaries of one learner over all samples."""
    x = alt.X("x:Q", title=None, scale=domain("T.xlo", "T.xhi"))
    y = alt.Y("y:Q", title=None, scale=domain("T.ylo", "T.yhi"))
    lines = (
        Mark(alt.NamedData("fan"))
        .transform_filter(f"datum.panel == {i}")
        .mark_rule(strokeWidth=1.1, opacity=0.45, clip=True)
        .encode(x=x, y=y, x2="x2:Q", y2="y2:Q", color=COLOUR, strokeDash=DASH)
    )
    points = (
        Mark(alt.NamedData("points"))
        .mark_point(filled=True, size=34, opacity=1, clip=True)
        .encode(x=x, y=y, color=SIDE, shape=SHAPE)
    )
    title = (
        Mark(alt.NamedData("t"))
        .mark_text(style="head", limit=size)
        .encode(x=alt.value(0), y=alt.value(-8), text=f"panel{i}:N")
    )
    return panel(layer(lines, points, title, axis_names(size, height)), size, height).resolve_scale(
        color="independent", shape="independent"
    )


def build_fan(panels: int, width: int) -> View:
    """The learners side by side, at most three; one below the other where it is narrow."""
    most = MOST if width >= WIDE else 1
    rows = math.ceil(panels / most)
    across = math.ceil(panels / rows)
    parts = []
    for first in range(0, panels, across):
        here = range(first, min(first + across, panels))
        size = plot_width(width, len(here))
        views = [fan(i, size, 240 if most > 1 else 200) for i in here]
        parts.append(hconcat(*views) if len(views) > 1 else views[0])
    body = parts[0] if len(parts) == 1 else vconcat(*parts)
    return body.add_params(table_param("t")).resolve_scale(color="independent", shape="independent")


LANDSCAPE = Template(
    build_landscape,
    "The loss over two weights with the path of training and its minima; the step size's limits",
    renderer="canvas",
)
FANS = tuple(
    Template(
        build_fan,
        "Boundaries of each learner over resamples of the points",
        renderer="canvas",
        given=(panels,),
    )
    for panels in range(1, len(LEARNERS) + 1)
)
