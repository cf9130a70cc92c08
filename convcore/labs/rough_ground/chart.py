"""The first picture of the lab "Rough ground": the function with paths, loss and η by step."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, hconcat, layer, vconcat
from convcore.charts.grid import LEFT, TITLE, panel, plot_width
from convcore.charts.legend import as_listed, listed
from convcore.charts.live import SO_FAR, curtain, keep, shown_step
from convcore.charts.logs import power_axis
from convcore.charts.parts import WIDE, anchor, clicked, legible, line_pointer, plane_pointer
from convcore.charts.picture import Template, domain, table_param, view_ends
from convcore.charts.pins import pinned_lines
from convcore.charts.style import CAREFUL, QUIET, THEORY
from convcore.descent.theory import PointKind
from convcore.labs.rough_ground.chart_parts import (
    COLOUR,
    DASH,
    RUNS,
    brief_axis,
    runs_height,
    runs_row,
    tall,
)
from convcore.labs.rough_ground.chart_step import equation, step_pointer

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
OWN = RUNS["run"][0]
# px: the step with its numbers where it is wide or narrow, and what is above and below it.
STEP, ABOVE, BELOW = {True: 16, False: 52}, 4, 6


def paths(x: alt.X, y: alt.Y) -> View:
    """The paths of all runs, with a ring at the start, at the step shown, and a dot at each end."""
    others = (
        as_listed(Mark().transform_filter("datum.run != 'run'"))
        .mark_line(point={"size": 12, "opacity": 0.7}, strokeWidth=1.2, opacity=0.7, clip=True)
        .encode(
            x=x, y=y, color=COLOUR, strokeDash=DASH, detail=["piece:N", "listed:N"], order="k:Q"
        )
    )
    own = (
        Mark()
        .transform_filter("datum.run == 'run'")
        .mark_line(
            color=OWN, point={"size": 24, "opacity": 1, "color": OWN}, strokeWidth=1.6, clip=True
        )
        .encode(x=x, y=y, detail="piece:N", order="k:Q")
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
    # Of a run at rest not every step is in the table.
    here = (
        Mark()
        .transform_filter("datum.run == 'run' && datum.k <= K")
        .transform_joinaggregate(latest="max(k)")
        .transform_filter("datum.k == datum.latest")
        .mark_point(size=170, strokeWidth=2.5, opacity=1, clip=True, color=THEORY)
        .encode(x=x, y=y)
    )
    parts = (others, own, first, end, here)
    return layer(*parts, data=alt.NamedData("paths"), transform=[keep(SO_FAR)])


def stationary_points(x: alt.X, y: alt.Y) -> View:
    """The stationary points, their shapes by kind, with their names: minima below, others above."""
    base = Mark(alt.NamedData("points"))
    below_and_above: list[tuple[int, Any, int]] = [(1, "top", 9), (0, "bottom", -9)]
    weights: list[tuple[str, Any]] = [("label", "normal"), ("ends", "bold")]
    marks = base.mark_point(size=90, strokeWidth=2, opacity=1, clip=True, color=CAREFUL).encode(
        x=x, y=y, shape=SHAPE
    )
    names = [
        legible(
            base.transform_filter(f"datum.below == {below}"), {"x": x, "y": y, "text": f"{text}:N"},
            align=alt.ExprRef("datum.side"), baseline=baseline, dy=dy, fontWeight=weight, clip=True,
            lineBreak="\n", fontSize=12,
        )
        for below, baseline, dy in below_and_above
        for text, weight in weights
    ]  # fmt: skip
    return layer(marks, *names)


def numbers(x: alt.X, y: alt.Y, width: int, height: int) -> View:
    """The numbers of the first steps of the lab's own run; where it leaves the view, an arrow."""
    text = legible(
        Mark(alt.NamedData("numbers")).transform_filter(SO_FAR),
        {"x": x, "y": y, "text": "text:N"},
        fontWeight="bold",
        dy=alt.ExprRef("datum.dy"),
        clip=True,
    )
    base = Mark(alt.NamedData("exits")).transform_filter(SO_FAR)
    arrow = (
        base.transform_calculate(angle=f"atan2(datum.dx * {width}, datum.dy * {height}) * 180 / PI")
        .mark_point(shape="arrow", filled=True, size=420, color=OWN, opacity=1, clip=True)
        .encode(x=x, y=y, angle=alt.Angle("angle:Q", scale=None))
    )
    sides: list[tuple[int, Any, int]] = [(1, "left", 14), (0, "right", -14)]
    where = [
        base.transform_filter(f"datum.left == {left}")
        .mark_text(fontWeight="bold", align=align, dx=dx, dy=alt.ExprRef("datum.down"))
        .encode(x=x, y=y, text="text:N")
        for left, align, dx in sides
    ]
    return layer(text, arrow, *where)


def curve(width: int, height: int) -> View:
    """E(w) with where it does not bend up, stationary points and paths; a click starts there."""
    x = alt.X("x:Q", title="weight w", scale=domain("T.xlo", "T.xhi"))
    y = alt.Y("E:Q", title="E(w)", scale=domain("T.ylo", "T.yhi"), axis=brief_axis())
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
        shade, landscape, pinned, paths(x, y), stationary_points(x, y),
        numbers(x, y, width, height), pick, anchor("t"),
    )  # fmt: skip


def plane(width: int, height: int) -> View:
    """The landscape with where its Hessian is not positive definite, the points and the paths."""
    x = alt.X("x:Q", title="first weight", scale=domain("T.xlo", "T.xhi"))
    y = alt.Y("y:Q", title="second weight", scale=domain("T.ylo", "T.yhi"))
    landscape = (
        Mark(alt.NamedData("ground"))
        .mark_image(width=width, height=height, aspect=False)
        .encode(x=alt.value(width / 2), y=alt.value(height / 2), url="url:N")
    )
    pick = plane_pointer(61, clicked("pick_start", "x", "y"))
    pinned = pinned_lines("x", "y", "datum.same", BOX, "piece")
    return layer(
        landscape, pinned, paths(x, y), stationary_points(x, y), numbers(x, y, width, height), pick,
        anchor("t"),
    )  # fmt: skip


def by_step(
    field: str, ends: tuple[str, str], labelled: bool, *under: Mark, over: Sequence[Mark] = ()
) -> View:
    """A quantity of every run by step, as a power of ten; marks under and over it have its axes."""
    shown: dict[str, Any] = {} if labelled else {"labels": False, "ticks": False, "domain": False}
    x = alt.X(
        "k:Q",
        title="step k" if labelled else None,
        scale=domain("0", "T.khi"),
        axis=alt.Axis(tickMinStep=1, format="d", **shown),
    )
    y = alt.Y(f"{field}:Q", title=None, scale=domain(*ends), axis=power_axis(4))
    lines = (
        as_listed(Mark(alt.NamedData("paths")))
        .mark_line(strokeWidth=1.8, clip=True)
        .encode(x=x, y=y, color=COLOUR, strokeDash=DASH, detail="listed:N", order="k:Q")
    )
    pinned = pinned_lines("k", field, "true", ("0", "T.khi", *ends))
    here = (
        Mark(alt.NamedData("t"))
        .transform_calculate(k="K")
        .mark_rule(color=THEORY, strokeWidth=1.5)
        .encode(x=x, y=alt.value(0), y2=alt.value("height"))
    )
    return layer(pinned, *under, lines, curtain(x), here, *over)


def stable_below() -> Mark:
    """Lines at 2ηₒₚₜ of the minima that the lab's own run is about."""
    base = Mark(alt.NamedData("stable"))
    rule: Mark = base.mark_rule(color=THEORY, strokeDash=[5, 4], clip=True).encode(y="at:Q")
    return rule


def _built(width: int, first: Callable[[int, int], View], weights: int, title: str) -> View:
    wide, inner = width >= WIDE, plot_width(width)
    half, height = _size(width)
    line = panel(equation(inner, weights, wide), inner, STEP[wide], above=ABOVE, below=BELOW)
    ground = panel(first(half, height), half, height, title)
    # The two share the axis of steps, and end where the ground ends.
    upper, lower = 10, TITLE - 4
    each = (height - upper - lower) // 2 if wide else 120
    rest = height - each - upper - lower if wide else each
    loss = by_step("loss", ("T.llo", "T.lhi"), False, over=[step_pointer()])
    eta = by_step("eta", ("T.elo", "T.ehi"), True, stable_below())
    right = (
        panel(loss, half, each, "E above the lowest: point at a step", below=upper),
        panel(eta, half, rest, "Step size ηₖ; dashed: 2ηₒₚₜ", lower),
    )
    body = [hconcat(ground, vconcat(*right))] if wide else [ground, *right]
    return (
        vconcat(runs_row(width), line, *body)
        .add_params(table_param("t"), listed("run"), *shown_step("scrub"), *view_ends("t"))
        .resolve_scale(color="independent", shape="independent")
    )


def _size(width: int) -> tuple[int, int]:
    """The width and the height of the plot of the function."""
    return (plot_width(width, 2), tall(width)) if width >= WIDE else (plot_width(width), 260)


def grips(width: int, names: Collection[str]) -> dict[str, tuple[int, int, int, int]]:
    """Where the start can be gripped in a picture of this width with runs of these names: left, top,
    width, height."""
    top = runs_height(width, names) + ABOVE + STEP[width >= WIDE] + BELOW + TITLE
    return {"start": (LEFT, top, *_size(width))}


def build_curve(width: int) -> View:
    """One weight."""
    return _built(width, curve, 1, "E(w) and paths; orange: bends down")


def build_plane(width: int) -> View:
    """Two weights."""
    return _built(width, plane, 2, "Paths; orange: bends down some way")


CURVE = Template(
    build_curve,
    "Rough ground, one weight: E(w) with stationary points and paths by schedule and method, "
    "the step with its numbers, loss and step size by step",
    picks=("pick_start",),
    renderer="canvas",
)
PLANE = Template(
    build_plane,
    "Rough ground, two weights: the landscape with stationary points and paths by schedule and method, "
    "the step with its numbers, loss and step size by step",
    picks=("pick_start",),
    renderer="canvas",
)
