"""The first picture of the lab "Rough ground": the function with paths, loss and η by step."""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, hconcat, layer, vconcat
from convcore.charts.parts import WIDE, anchor, clicked, line_pointer, plane_pointer
from convcore.charts.picture import Template, domain, table_param, view_ends
from convcore.charts.pins import pinned_lines
from convcore.charts.style import CAREFUL, QUIET
from convcore.descent.theory import PointKind
from convcore.labs.rough_ground.chart_parts import COLOUR, DASH, legend

BOX = ("T.xlo", "T.xhi", "T.ylo", "T.yhi")
SHAPES = {
    PointKind.MINIMUM: "circle",
    PointKind.SADDLE: "cross",
    PointKind.MAXIMUM: "triangle-up",
    PointKind.DEGENERATE: "square",
    PointKind.DEGENERATE_MINIMUM: "circle",
    PointKind.DEGENERATE_MAXIMUM: "triangle-up",
}
SHAPE = alt.Shape(
    "kind:N",
    scale=alt.Scale(
        domain=[kind.value for kind in SHAPES],
        range=list(SHAPES.values()),
    ),
)


def paths(x: alt.X, y: alt.Y) -> View:
    """The paths of all runs, with a ring at the start and a dot at the end of each."""
    line = (
        Mark()
        .mark_line(point={"size": 14, "opacity": 0.8}, strokeWidth=1.2, opacity=0.85, clip=True)
        .encode(x=x, y=y, color=COLOUR, strokeDash=DASH, detail="piece:N", order="k:Q")
    )
    end = (
        Mark()
        .transform_filter("datum.last")
        .mark_point(filled=True, size=90, opacity=1, clip=True)
        .encode(x=x, y=y, color=COLOUR)
    )
    first = (
        Mark()
        .transform_filter("datum.k == 0")
        .mark_point(size=130, strokeWidth=2, opacity=1, clip=True, color=QUIET)
        .encode(x=x, y=y)
    )
    return layer(line, first, end, data=alt.NamedData("paths"))


def stationary_points(x: alt.X, y: alt.Y, dy: int) -> View:
    """The stationary points, their shapes by kind, with their names: minima below, others above."""
    base = Mark(alt.NamedData("points"))
    marks = base.mark_point(size=90, strokeWidth=2, opacity=1, clip=True, color=CAREFUL).encode(
        x=x, y=y, shape=SHAPE
    )
    names = [
        base.transform_filter(f"(indexof(datum.kind, '{PointKind.MINIMUM.value}') >= 0) == {below}")
        .mark_text(
            align=alt.ExprRef("datum.side"),
            dy=dy if below == "true" else -dy,
            fontSize=11,
            clip=True,
        )
        .encode(x=x, y=y, text="label:N")
        for below in ("true", "false")
    ]
    return layer(marks, *names)


def curve(width: int, height: int) -> View:
    """E(w) with where it does not bend up, stationary points and paths; a click starts there."""
    x = alt.X("x:Q", title="weight w", scale=domain("T.xlo", "T.xhi"))
    y = alt.Y("E:Q", title="E(w)", scale=domain("T.ylo", "T.yhi"))
    shade = (
        Mark(alt.NamedData("bent"))
        .mark_rect(color="#cd5f1e", opacity=0.16, clip=True)
        .encode(x=alt.X("from:Q", scale=domain("T.xlo", "T.xhi")), x2="to:Q")
    )
    landscape = (
        Mark(alt.NamedData("curve"))
        .mark_line(color=QUIET, strokeWidth=3, clip=True)
        .encode(x=alt.X("w:Q", scale=domain("T.xlo", "T.xhi")), y=y, detail="piece:N")
    )
    pick = line_pointer("x", "XLO", "XHI", 160, clicked("pick_start", "x"))
    pinned = pinned_lines("x", "E", "datum.same", BOX, "piece")
    return layer(
        shade, landscape, stationary_points(x, y, 15), pinned, paths(x, y), pick, anchor("t")
    ).properties(width=width, height=height)


def plane(size: int, height: int) -> View:
    """The landscape with where its Hessian is not positive definite, the points and the paths."""
    x = alt.X("x:Q", title=None, scale=domain("T.xlo", "T.xhi"))
    y = alt.Y("y:Q", title=None, scale=domain("T.ylo", "T.yhi"))
    landscape = (
        Mark(alt.NamedData("ground"))
        .mark_image(width=size, height=height, aspect=False)
        .encode(x=alt.value(size / 2), y=alt.value(height / 2), url="url:N")
    )
    pick = plane_pointer(61, clicked("pick_start", "x", "y"))
    pinned = pinned_lines("x", "y", "datum.same", BOX, "piece")
    return layer(
        landscape, stationary_points(x, y, 14), pinned, paths(x, y), pick, anchor("t")
    ).properties(width=size, height=height)


def by_step(width: int, height: int, field: str, ends: tuple[str, str]) -> View:
    """A quantity of every run by step, as a power of ten."""
    x = alt.X(
        "k:Q", title="step k", scale=domain("0", "T.khi"), axis=alt.Axis(tickMinStep=1, format="d")
    )
    axis = alt.Axis(labelExpr="'1e' + datum.value", tickMinStep=1, tickCount=4)
    y = alt.Y(f"{field}:Q", title=None, scale=domain(*ends), axis=axis)
    chart = (
        Mark(alt.NamedData("paths"))
        .mark_line(strokeWidth=1.5, clip=True)
        .encode(x=x, y=y, color=COLOUR, strokeDash=DASH, order="k:Q")
    )
    pinned = pinned_lines("k", field, "true", ("0", "T.khi", *ends))
    return layer(pinned, chart).properties(width=width, height=height)


def _built(width: int, first: Any, title: str) -> View:
    inner = width - 62
    wide = width >= WIDE
    half = (width - 2 * 62 - 14) // 2 if wide else inner
    left = first(half, 300 if wide else 260).properties(title=title)
    right = [
        by_step(half, 113, "loss", ("T.llo", "T.lhi")).properties(
            title="E above the lowest known, by step"
        ),
        by_step(half, 113, "eta", ("T.elo", "T.ehi")).properties(title="Step size η_k by step"),
    ]
    body = [hconcat(left, vconcat(*right))] if wide else [left, *right]
    return (
        vconcat(legend(inner), *body)
        .add_params(table_param("t"), *view_ends("t"))
        .resolve_scale(color="independent", shape="independent")
    )


def build_curve(width: int) -> View:
    """One weight."""
    return _built(width, curve, "E(w) and paths; orange: does not bend up")


def build_plane(width: int) -> View:
    """Two weights."""
    return _built(width, plane, "E and paths; orange: H not positive definite")


CURVE = Template(
    build_curve,
    "Rough ground, one weight: E(w) with stationary points, paths by schedule, loss and η by step",
    picks=("pick_start",),
    renderer="canvas",
)
PLANE = Template(
    build_plane,
    "Rough ground, two weights: the landscape with stationary points, paths by schedule, loss and η by "
    "step",
    picks=("pick_start",),
    renderer="canvas",
)
