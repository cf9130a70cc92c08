"""The second pictures of "Perceptron and backprop": the loss over two weights, fans of boundaries."""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, hconcat, layer, vconcat
from convcore.charts.live import calculate
from convcore.charts.parts import WIDE, anchor, text_line
from convcore.charts.picture import Template, domain, table_param
from convcore.charts.pins import pinned_lines
from convcore.charts.style import BAD, GOOD, LEARNERS, QUIET
from convcore.labs.perceptron.chart_parts import COLOUR, DASH, SHAPE, SIDE

BLUE = LEARNERS["backprop"][0]
MOST = 4  # panels of a fan side by side
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

    minima = Mark(alt.NamedData("minima"))
    plain: Any = alt.condition("datum.off", alt.value(0.4), alt.value(1))
    dots = minima.mark_point(filled=True, size=170, clip=True).encode(
        x=x, y=y, color=ENDS, shape=FORM, opacity=plain
    )
    names = (
        Mark(alt.NamedData("minima"))
        .mark_text(dy=-14, fontSize=11, fontWeight="bold", clip=True)
        .encode(x=x, y=y, text="label:N", opacity=plain)
    )
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
        place("datum.last", size=80, color=BLUE, filled=True),
        dots,
        names,
        text_line("axes", size, right=True),
    ).properties(width=size, height=height)


def limits(width: int, height: int) -> View:
    """For each minimum the step sizes that can settle there, up to 2/λ_max; the η of the run."""
    scale = domain("T.rlo", "T.rhi")
    axis = alt.Axis(labelExpr="format(pow(10, datum.value), '.2~r')", tickCount=6)
    x = alt.X("from:Q", title="step size η (logarithmic)", scale=scale, axis=axis)
    y = alt.Y("line:Q", axis=None, scale=alt.Scale(domain=[4.5, -0.5], nice=False))
    bars = (
        Mark(alt.NamedData("minima"))
        .mark_rule(strokeWidth=12, opacity=0.6, clip=True)
        .encode(x=x, x2="to:Q", y=y, color=ENDS)
    )
    names = (
        Mark(alt.NamedData("minima"))
        .mark_text(align="left", dy=-14, dx=4, limit=width - 8, fontSize=11)
        .encode(x=alt.value(0), y=y, text="words:N")
    )
    now = (
        Mark(alt.NamedData("t"))
        .mark_rule(strokeWidth=2, color=BLUE)
        .encode(x=alt.X("eta:Q", scale=scale, axis=axis))
    )
    label = (
        Mark(alt.NamedData("t"))
        .mark_text(align="left", dx=5, color=BLUE, fontWeight="bold", baseline="bottom")
        .encode(x=alt.X("eta:Q", scale=scale, axis=axis), y=alt.value(height - 3), text="name:N")
    )
    return layer(bars, names, now, label).properties(width=width, height=height)


def build_landscape(width: int) -> View:
    """The plane on the left, the limits of the step size on the right; below if narrow."""
    inner = width - 62
    wide = width >= WIDE
    half = (width - 2 * 62 - 14) // 2 if wide else inner
    parts = [
        plane(half, 300 if wide else 260).properties(title="E over two weights"),
        limits(half, 300 if wide else 200).properties(title="η that can settle: up to 2/λ_max"),
    ]
    body = hconcat(*parts) if wide else vconcat(*parts)
    return body.add_params(table_param("t")).resolve_scale(color="independent", shape="independent")


def panel(i: int, size: int, height: int) -> View:
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
    return (
        layer(lines, points, text_line(f"panel{i}", size), anchor("t"))
        .properties(width=size, height=height)
        .resolve_scale(color="independent", shape="independent")
    )


def build_fan(panels: int, width: int) -> View:
    """The learners side by side, of five three above two; one below the other where it is narrow."""
    across = (panels if panels <= MOST else MOST - 1) if width >= WIDE else 1
    size = (width - across * 46 - 14 * (across - 1)) // across
    height = min(260, max(170, size))
    views = [panel(i, size, height) for i in range(panels)]
    rows = [hconcat(*views[i : i + across]) for i in range(0, panels, across)]
    body = rows[0] if len(rows) == 1 else vconcat(*rows)
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
