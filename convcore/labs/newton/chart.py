"""The pictures of the lab "Taylor and Newton": the local model at a scrubbed step, paths, Newton's map."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, hconcat, layer, vconcat
from convcore.charts.grid import AXIS, LEFT, RIGHT, TITLE, panel, plot_width
from convcore.charts.legend import legend, legend_height
from convcore.charts.live import calculate, keep, start_pointer
from convcore.charts.parts import WIDE
from convcore.charts.picture import Template, domain
from convcore.charts.pins import pinned_lines
from convcore.charts.style import METHODS, QUIET, THEORY
from convcore.labs.newton.chart_equation import equation, equation_height
from convcore.labs.newton.chart_steps import (
    COLOUR,
    DASH,
    PARAMS,
    exits,
    lines,
    loss,
    numbered,
    step_sizes,
)
from convcore.labs.newton.map_labels import BESIDE, PLACES

NAMES = 20  # px at the bottom of E(w), for the names of minima
LEFT_OF: dict[str, Any] = {"align": "right", "dx": -6}
RIGHT_OF: dict[str, Any] = {"align": "left", "dx": 6}
MINIMUM = 54  # px that the word "minimum" takes beside its cross
BOX = ("T.xlo", "T.xhi", "T.ylo", "T.yhi")


def curve(width: int, height: int) -> View:
    """E(w), the paths, and at the scrubbed step the Taylor polynomials and where Newton goes."""
    x = alt.X("w:Q", title="weight w", scale=domain("T.xlo", "T.xhi"))
    y = alt.Y("E:Q", title="E(w)", scale=domain("T.ylo", "T.yhi"))
    function = (
        Mark(alt.NamedData("curve"))
        .mark_line(color=QUIET, strokeWidth=3, clip=True)
        .encode(detail="piece:N")
    )
    d = "(datum.at - datum.w0)"
    second = f"datum.c0 + {d} * (datum.c1 + {d} * datum.c2)"
    higher = f"datum.c6 * {d}"
    for i in (5, 4, 3, 2, 1):
        higher = f"(datum.c{i} + {higher}) * {d}"
    spread = [
        keep("datum.k == M"),
        calculate("sequence(0, 121)", "i"),
        alt.FlattenTransform(flatten=["i"]),
        calculate("T.xlo + datum.i * (T.xhi - T.xlo) / 120", "at"),
    ]
    parabola = Mark(alt.NamedData("models")).mark_line(
        color=THEORY, strokeDash=[5, 4], strokeWidth=2, clip=True
    )
    parabola.transform = [*spread, calculate(second, "E"), calculate("datum.at", "w")]
    polynomial = Mark(alt.NamedData("models")).mark_line(color="#7a9a01", strokeWidth=2, clip=True)
    polynomial.transform = [
        *spread,
        keep("T.order != 2"),
        calculate(f"datum.c0 + {higher}", "E"),
        calculate("datum.at", "w"),
    ]
    target = (
        Mark(alt.NamedData("models"))
        .transform_filter("datum.k == M && datum.sends")
        .transform_calculate(at="datum.target")
        .transform_calculate(bottom=second)
        .mark_point(shape="diamond", filled=True, size=120, color=THEORY, opacity=1, clip=True)
        .encode(x=alt.X("target:Q"), y=alt.Y("bottom:Q"))
    )
    drop = (
        Mark(alt.NamedData("models"))
        .transform_filter("datum.k == M && datum.sends")
        .mark_rule(color=THEORY, strokeDash=[2, 3], clip=True)
        .encode(x=alt.X("target:Q"), y=alt.value(0), y2=alt.value(height - NAMES))
    )
    return layer(
        function,
        parabola,
        polynomial,
        drop,
        target,
        *extrema(height),
        pinned_lines("w", "E", "datum.same", BOX, "method", "piece"),
        lines(piece="piece"),
        exits(width, height),
        numbered().encode(x=alt.X("w0:Q"), y=alt.Y("c0:Q")),
    ).encode(x=x, y=y)


def cross(points: Mark) -> Mark:
    """A cross at points of the landscape."""
    crossed: Mark = points.mark_point(
        shape="cross", filled=True, size=90, opacity=1, clip=True, color=QUIET
    )
    return crossed


def extrema(height: int) -> tuple[Mark, Mark, Mark]:
    """A cross at each stationary point; minima named at the bottom, maxima above it."""
    points = Mark(alt.NamedData("points")).transform_filter("datum.kind == 'fixed'")
    low, high = (
        Mark(alt.NamedData("points")).transform_filter(f"datum.name == '{name}'")
        for name in ("minimum", "maximum")
    )
    return (
        cross(points),
        low.mark_text(baseline="bottom").encode(y=alt.value(height - 3), text="name:N"),
        high.mark_text(baseline="bottom", dy=-8).encode(text="name:N"),
    )


def newton_map(column: str) -> View:
    """w → N(w) = w − E′/E″, the diagonal, Newton's staircase on it, fixed points and two-cycles.

    column: of the places of their numbers.
    """
    x = alt.X("w:Q", title="weight w", scale=domain("T.xlo", "T.xhi"))
    y = alt.Y("next:Q", title="N(w) = w − E′/E″", scale=domain("T.xlo", "T.xhi"))
    diagonal = (
        Mark(alt.NamedData("t"))
        .transform_calculate(ends="[T.xlo, T.xhi]")
        .transform_flatten(["ends"])
        .mark_line(color=QUIET, strokeWidth=1, clip=True)
        .encode(x=alt.X("ends:Q"), y=alt.Y("ends:Q"))
    )
    mapped = (
        Mark(alt.NamedData("map"))
        .mark_line(color=THEORY, strokeWidth=2.5, clip=True)
        .encode(detail="piece:N")
    )
    stairs = (
        Mark(alt.NamedData("stairs"))
        .transform_filter("datum.i <= 2 * DRAWN")
        .mark_line(color=METHODS["newton"][0], strokeWidth=1.3, clip=True)
        .encode(order="i:Q")
    )
    marks = (
        Mark(alt.NamedData("points"))
        .mark_point(size=110, filled=True, opacity=1, clip=True)
        .encode(
            shape=alt.Shape(
                "kind:N",
                scale=alt.Scale(domain=["fixed", "cycle"], range=["circle", "triangle-up"]),
            ),
            color=alt.value(QUIET),
        )
    )
    names = [
        Mark(alt.NamedData("points"))
        .transform_filter(f"datum.{column} == {place}")
        .mark_text(align="left" if side > 0 else "right", dx=side * BESIDE, dy=below)
        .encode(text="label:N")
        for place, (side, below) in enumerate(PLACES)
    ]
    return layer(diagonal, mapped, stairs, marks, *names).encode(x=x, y=y)


def plane(size: int) -> View:
    """The landscape, the paths, and level lines of the local model at the scrubbed step."""
    x = alt.X("x:Q", title="first weight", scale=domain("T.xlo", "T.xhi"))
    y = alt.Y("y:Q", title="second weight", scale=domain("T.ylo", "T.yhi"))
    image = (
        Mark(alt.NamedData("ground"))
        .mark_image(width=size, height=size, aspect=False)
        .encode(x=alt.value(size / 2), y=alt.value(size / 2), url="url:N")
    )
    turn = "(datum.t < 31 ? datum.t : datum.t - 31) * PI / 15"
    run = "((datum.t < 31 ? datum.t : datum.t - 31) / 5 - 3)"
    side = "(datum.t < 31 ? 1 : -1)"
    # Ellipses where the model bends up or down everywhere, hyperbolas where it is a saddle.
    model = Mark(alt.NamedData("models")).mark_line(
        color=THEORY, strokeDash=[5, 4], strokeWidth=1.5, clip=True
    )
    model.transform = [
        keep("datum.k == M && datum.shape > 0"),
        calculate("sequence(0, 186)", "i"),
        alt.FlattenTransform(flatten=["i"]),
        calculate("floor(datum.i / 62)", "ring"),
        calculate("datum.i % 62", "t"),
        calculate("datum.size * (1 + datum.ring) / 3", "r"),
        calculate(
            f"datum.r * datum.ru * (datum.shape == 1 ? cos({turn})"
            f" : {side} * (exp({run}) + exp(-{run})) / 2)",
            "u",
        ),
        calculate(
            f"datum.r * datum.rv * (datum.shape == 1 ? sin({turn}) : (exp({run}) - exp(-{run})) / 2)",
            "v",
        ),
        calculate("datum.tx + datum.ux * datum.u - datum.uy * datum.v", "x"),
        calculate("datum.ty + datum.uy * datum.u + datum.ux * datum.v", "y"),
        calculate("datum.ring * 2 + (datum.t < 31 ? 0 : 1)", "line"),
    ]
    target = (
        Mark(alt.NamedData("models"))
        .transform_filter("datum.k == M && datum.sends")
        .mark_point(shape="diamond", filled=True, size=120, color=THEORY, opacity=1, clip=True)
        .encode(x=alt.X("tx:Q"), y=alt.Y("ty:Q"))
    )
    # Where a name on the right would be cut.
    far = f"datum.x > T.xhi - {MINIMUM / size:.3f} * (T.xhi - T.xlo)"
    names = [
        Mark(alt.NamedData("known"))
        .transform_filter(where)
        .mark_text(baseline="top", dy=5, **side)
        .encode(text="name:N")
        for where, side in ((far, LEFT_OF), (f"!({far})", RIGHT_OF))
    ]
    return layer(
        image, model.encode(detail="line:N", order="i:Q"), cross(Mark(alt.NamedData("known"))), *names,
        pinned_lines("x", "y", "datum.same", BOX, "method", "piece"),
        lines(piece="piece"), target, exits(size, size), numbered(), start_pointer(live=False),
    ).encode(x=x, y=y)  # fmt: skip


def _built(width: int, equation: View, *views: View) -> View:
    named_lines = legend(plot_width(width), COLOUR, DASH)
    return vconcat(equation, named_lines, *views).add_params(*PARAMS)


def grips(width: int, names: Collection[str]) -> dict[str, tuple[int, int, int, int]]:
    """Where the start can be gripped in a picture of two weights, with lines of these names: left, top,
    width, height."""
    side, inner = _side(width), plot_width(width)
    top = equation_height(width, one=False) + legend_height(names, inner) + TITLE
    return {"start": (LEFT, top, side, side)}


def _side(width: int) -> int:
    """Of the plane of two weights."""
    return min(plot_width(width, 2), 520) if width >= WIDE else plot_width(width)


def build_curve(width: int) -> View:
    """One weight: E(w) with the local model, and Newton's map."""
    wide = width >= WIDE
    each = plot_width(width, 2 if wide else 1)
    tall = min(max(240, width // 4), 340) if wide else 200
    places = "place" if wide else "narrow"
    views = (
        panel(curve(each, tall), each, tall, "Paths on E(w); ◆ where Newton goes"),
        panel(
            newton_map(places),
            each,
            tall,
            "Newton's map: ● fixed points, ▲ two-cycles",
        ),
        loss(each, 160),
        step_sizes(each, 160),
    )
    rows = [hconcat(*views[:2]), hconcat(*views[2:])] if wide else views
    return _built(width, equation(width, one=True), *rows)


def build_plane(width: int) -> View:
    """Two weights: the landscape with the local model's level lines, loss and ηₒₚₜ beside it."""
    inner = plot_width(width)
    title = "Paths on E; ◆ where Newton goes" + "; orange: not bent up" * (width >= WIDE)
    if width < WIDE:
        views = [panel(plane(inner), inner, inner, title), loss(inner, 160), step_sizes(inner, 160)]
        return _built(width, equation(width, one=False), *views)
    side = _side(width)
    rest = inner - side - LEFT - RIGHT
    low = (side - TITLE - AXIS) // 2
    beside = vconcat(loss(rest, side - TITLE - AXIS - low), step_sizes(rest, low))
    view = hconcat(panel(plane(side), side, side, title), beside)
    return _built(width, equation(width, one=False), view)


PICKS = ("pick_look",)
CURVE = Template(
    build_curve,
    "Newton, one weight: E(w) with the Taylor model at a step and the paths, Newton's map, loss and "
    "ηₒₚₜ by step",
    picks=PICKS,
    renderer="canvas",
)
PLANE = Template(
    build_plane,
    "Newton, two weights: the landscape with paths and the local model at a step, loss and ηₒₚₜ by step",
    picks=(*PICKS, "pick_start"),
    renderer="canvas",
)
