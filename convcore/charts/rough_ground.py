"""The first picture of the lab "Rough ground": the ground with paths, the schedules by step."""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import View, hconcat, layer, vconcat
from convcore.charts.parts import WIDE, words
from convcore.charts.picture import Template, domain, reader
from convcore.charts.style import CAREFUL, QUIET

# One colour and dash for the run, and for each schedule that it is compared with.
RUNS: dict[str, tuple[str, list[int]]] = {
    "run": ("#1f7ad6", [1, 0]),
    "constant": ("#d55e00", [7, 2]),
    "linear": ("#00966c", [6, 2]),
    "quadratic": ("#c0497e", [2, 2]),
    "exponential": ("#9a6bd0", [8, 3, 2, 3]),
    "drop": ("#a3791c", [4, 4]),
    "plateau": ("#2a93a8", [3, 3]),
    "cosine": ("#6d7f2e", [9, 2]),
    "warmup": ("#cf4a4a", [9, 3, 3, 3]),
}
COLOUR = alt.Color(
    "run:N",
    scale=alt.Scale(domain=list(RUNS), range=[colour for colour, _ in RUNS.values()]),
)
DASH = alt.StrokeDash(
    "run:N",
    scale=alt.Scale(domain=list(RUNS), range=[dash for _, dash in RUNS.values()]),
)
SHAPE = alt.Shape(
    "kind:N",
    scale=alt.Scale(
        domain=["minimum", "saddle", "maximum", "degenerate point"],
        range=["circle", "cross", "triangle-up", "square"],
    ),
)


def legend(width: int) -> View:
    """The schedules on the page: three in a line, or where it is narrow one."""
    wide = width >= WIDE - 100
    at, line, rows = ("at3", "line3", 3) if wide else ("at1", "line1", 9)
    x = alt.X(f"{at}:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False))
    y = alt.Y(f"{line}:Q", axis=None, scale=alt.Scale(domain=[rows - 0.5, -0.5]))
    base = alt.Chart(alt.NamedData("legend"))
    dots = base.mark_point(filled=True, size=100, opacity=1).encode(x=x, y=y, color=COLOUR)
    limit = width // (3 if wide else 1) - 20
    names = base.mark_text(align="left", dx=9, baseline="middle", limit=limit).encode(
        x=x, y=y, text="name:N"
    )
    return layer(dots, names).properties(
        width=width, height=15 * rows, view=alt.ViewConfig(stroke=None)
    )


def paths(x: alt.X, y: alt.Y) -> View:
    """The paths of all runs, with a ring at the start and a dot at the end of each."""
    line = (
        alt.Chart()
        .mark_line(point={"size": 14, "opacity": 0.8}, strokeWidth=1.2, opacity=0.85, clip=True)
        .encode(x=x, y=y, color=COLOUR, strokeDash=DASH, order="k:Q")
    )
    end = (
        alt.Chart()
        .transform_filter("datum.last")
        .mark_point(filled=True, size=90, opacity=1, clip=True)
        .encode(x=x, y=y, color=COLOUR)
    )
    first = (
        alt.Chart()
        .transform_filter("datum.k == 0")
        .mark_point(size=130, strokeWidth=2, opacity=1, clip=True, color=QUIET)
        .encode(x=x, y=y)
    )
    return layer(line, first, end, data=alt.NamedData("paths"))


def named(x: alt.X, y: alt.Y, dy: int) -> View:
    """The stationary points, their shapes by kind, with their names and limits."""
    base = alt.Chart(alt.NamedData("points"))
    marks = base.mark_point(size=90, strokeWidth=2, opacity=1, clip=True, color=CAREFUL).encode(
        x=x, y=y, shape=SHAPE
    )
    names = base.mark_text(align="center", dy=dy, fontSize=11, clip=True).encode(
        x=x, y=y, text="label:N"
    )
    return layer(marks, names)


def curve(width: int, height: int) -> View:
    """E(w) with where it does not bend up, stationary points and paths; a click starts there."""
    x = alt.X("x:Q", title="weight w", scale=domain("T.xlo", "T.xhi"))
    y = alt.Y("E:Q", title="E(w)", scale=domain("T.ylo", "T.yhi"))
    shade = (
        alt.Chart(alt.NamedData("bent"))
        .mark_rect(color="#cd5f1e", opacity=0.16, clip=True)
        .encode(x=alt.X("from:Q", scale=domain("T.xlo", "T.xhi")), x2="to:Q")
    )
    ground = (
        alt.Chart(alt.NamedData("curve"))
        .mark_line(color=QUIET, strokeWidth=3, clip=True)
        .encode(x=alt.X("w:Q", scale=domain("T.xlo", "T.xhi")), y=y, detail="piece:N")
    )
    pick = alt.selection_point(
        name="pick_start", on="click", nearest=True, fields=["x"], toggle=False, clear=False
    )
    grid = (
        alt.Chart(alt.sequence(0, 161, as_="i"))
        .transform_calculate(x="T.xlo + datum.i * (T.xhi - T.xlo) / 160")
        .mark_point(opacity=0, size=10)
        .encode(x=x, y=alt.value(height // 2))
        .add_params(pick)
    )
    return layer(
        shade, ground, named(x, y, 16), paths(x, y), grid, words("shaded", width)
    ).properties(width=width, height=height)


def plane(size: int, height: int) -> View:
    """The landscape with where its Hessian is not positive definite, the points and the paths."""
    x = alt.X("x:Q", title=None, scale=domain("T.xlo", "T.xhi"))
    y = alt.Y("y:Q", title=None, scale=domain("T.ylo", "T.yhi"))
    ground = (
        alt.Chart(alt.NamedData("ground"))
        .mark_image(width=size, height=height, aspect=False)
        .encode(x=alt.value(size / 2), y=alt.value(height / 2), url="url:N")
    )
    side = 41
    pick = alt.selection_point(
        name="pick_start", on="click", nearest=True, fields=["x", "y"], toggle=False, clear=False
    )
    grid = (
        alt.Chart(alt.sequence(0, side * side, as_="i"))
        .transform_calculate(
            x=f"T.xlo + (datum.i % {side}) * (T.xhi - T.xlo) / {side - 1}",
            y=f"T.ylo + floor(datum.i / {side}) * (T.yhi - T.ylo) / {side - 1}",
        )
        .mark_point(opacity=0, size=10)
        .encode(x=x, y=y)
        .add_params(pick)
    )
    return layer(ground, named(x, y, 14), paths(x, y), grid, words("shaded", size)).properties(
        width=size, height=height
    )


def by_step(width: int, height: int, field: str, ends: tuple[str, str], line: str) -> View:
    """A quantity of every run by step, as a power of ten."""
    x = alt.X(
        "k:Q", title="step k", scale=domain("0", "T.khi"), axis=alt.Axis(tickMinStep=1, format="d")
    )
    axis = alt.Axis(labelExpr="'1e' + datum.value", tickMinStep=1, tickCount=4)
    y = alt.Y(f"{field}:Q", title=None, scale=domain(*ends), axis=axis)
    chart = (
        alt.Chart(alt.NamedData("paths"))
        .mark_line(strokeWidth=1.5, clip=True)
        .encode(x=x, y=y, color=COLOUR, strokeDash=DASH, order="k:Q")
    )
    return layer(chart, words(line, width, right=True)).properties(width=width, height=height)


def _built(width: int, ground: Any, title: str) -> View:
    inner = width - 62
    wide = width >= WIDE
    half = (width - 2 * 62 - 14) // 2 if wide else inner
    left = ground(half, 300 if wide else 260).properties(title=title)
    right = [
        by_step(half, 113, "loss", ("T.llo", "T.lhi"), "losses").properties(title="Loss by step"),
        by_step(half, 113, "eta", ("T.elo", "T.ehi"), "etas").properties(title="η_k by step"),
    ]
    body = [hconcat(left, vconcat(*right))] if wide else [left, *right]
    return (
        vconcat(legend(inner), *body)
        .add_params(reader("t"))
        .resolve_scale(color="independent", shape="independent")
    )


def build_curve(width: int) -> View:
    """One weight."""
    return _built(width, curve, "E(w), paths, and where E does not bend up")


def build_plane(width: int) -> View:
    """Two weights."""
    return _built(width, plane, "E, paths, and where the Hessian is not positive definite")


CURVE = Template(
    build_curve,
    "One weight: E(w) with stationary points, paths by schedule, loss and step size by step",
    picks=("pick_start",),
    renderer="canvas",
)
PLANE = Template(
    build_plane,
    "Two weights: the landscape with stationary points, paths by schedule, loss and η by step",
    picks=("pick_start",),
    renderer="canvas",
)
