"""E(w) with the path: the start to drag, the tangent at the step shown, the minimum with its name."""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, View, layer
from convcore.charts.live import SO_FAR, calculate, keep
from convcore.charts.parts import clicked, legible, line_pointer, pointed, tries
from convcore.charts.picture import domain
from convcore.charts.pins import pinned_lines
from convcore.charts.style import BAD, QUIET, THEORY
from convcore.charts.typeset import number
from convcore.labs.one_weight.chart_live import BLUE, PLANE, STARTS, paths


def landscape(width: int, height: int, bare: bool) -> View:
    """E(w) and the path; at the scrubbed step the tangent. On a quadratic Taylor's parabola is E.

    bare: whether the parabola that Taylor's series gives without its ½ is beside it.
    """
    x = alt.X("w:Q", title="weight w", scale=domain("PLANE.xlo", "PLANE.xhi"))
    y = alt.Y("E:Q", title="E(w)", scale=domain("PLANE.ylo", "PLANE.yhi"))
    curve = layer(
        Mark().mark_line(color=QUIET, strokeWidth=3.5, clip=True),
        Mark().mark_line(color=THEORY, strokeDash=[5, 4], strokeWidth=2, clip=True),
        data=alt.sequence(0, 121, as_="k"),
        transform=[
            calculate("PLANE.xlo + datum.k * (PLANE.xhi - PLANE.xlo) / 120", "w"),
            calculate("(0.5 * A * datum.w + B) * datum.w + C", "E"),
        ],
    )
    extremum = (
        Mark(alt.NamedData("plane"))
        .transform_filter("A != 0")
        .transform_calculate(ws="WS", Es="C - 0.5 * A * WS * WS")
        .mark_point(shape="cross", color=THEORY, filled=True, size=70, opacity=1, clip=True)
        .encode(x=alt.X("ws:Q"), y=alt.Y("Es:Q"))
    )
    # At the edge of the view, where its margin has room; the tangent may pass.
    called = Mark(alt.NamedData("plane"))
    called.transform = [
        keep("A != 0"),
        calculate("WS", "ws"),
        calculate(f"(A > 0 ? 'minimum' : 'maximum') + ' w* = ' + {number('WS')}", "named"),
    ]
    named = legible(
        called,
        {"x": alt.X("ws:Q"), "y": alt.value(0), "text": "named:N"},
        baseline=alt.ExprRef("A > 0 ? 'bottom' : 'top'"),
        dy=alt.ExprRef(f"A > 0 ? {height - 3} : 3"),
    )
    numbers = legible(
        Mark(alt.NamedData("run")).transform_filter(f"!ON && datum.tag && {SO_FAR}"),
        {"text": "k:Q"},
        fontWeight="bold",
        align=alt.ExprRef("datum.tag < 0 ? 'right' : 'left'"),
        dx=alt.ExprRef("9 * datum.tag"),
        dy=alt.ExprRef("A > 0 ? 6 : -6"),
    )
    tangent = (
        Mark(alt.NamedData("run"))
        .mark_line(color=THEORY, strokeWidth=1.5, clip=True)
        .encode(x=alt.X("side:Q"), y=alt.Y("rise:Q"))
    )
    tangent.transform = [
        keep("!ON && datum.k == K"),
        calculate("[PLANE.xlo, PLANE.xhi]", "side"),
        alt.FlattenTransform(flatten=["side"]),
        calculate("datum.E + (A * datum.w + B) * (datum.side - datum.w)", "rise"),
    ]
    here = (
        Mark(alt.NamedData("run"))
        .transform_filter("!ON && datum.k == K")
        .mark_point(color=THEORY, size=150, strokeWidth=2.5, clip=True, opacity=1)
    )
    start = (
        Mark(alt.NamedData("t"))
        .transform_calculate(w="W0", E="(0.5 * A * W0 + B) * W0 + C")
        .mark_point(shape="diamond", filled=True, size=150, color=BLUE, opacity=1, clip=True)
    )
    hint = (
        Mark(alt.NamedData("t"))
        .transform_calculate(
            text=f"START ? 'start w₀ = ' + {number('W0')} : T.live ? 'drag ◆ to start elsewhere' : ''"
        )
        .mark_text(align="right", baseline="bottom", fontSize=12)
        .encode(x=alt.value(width), y=alt.value(-8), text="text:N")
    )
    pinned = pinned_lines("w", "E", "datum.same", PLANE)
    moves = line_pointer(
        "x",
        "PLANE.xlo",
        "PLANE.xhi",
        STARTS,
        pointed("hover_start", "x"),
        clicked("pick_start", "x"),
    )
    moves.mark.cursor = tries("move")
    without = [without_half()] if bare else []
    parts = (curve, pinned, *without, extremum, tangent, *paths(), here, start, named, numbers)
    return layer(layer(*parts).encode(x=x, y=y, order="k:Q"), hint, moves)


def without_half() -> View:
    """E + E′d + E″d² about the step that is shown: its minimum is half the way to that of E."""
    at_step = [keep("!ON && datum.k == K"), calculate("T.a * datum.w + T.b", "slope")]
    spread = [
        calculate("sequence(0, 121)", "i"),
        alt.FlattenTransform(flatten=["i"]),
        calculate("PLANE.xlo + datum.i * (PLANE.xhi - PLANE.xlo) / 120 - datum.w", "d"),
    ]
    height = [
        calculate("datum.E + datum.d * (datum.slope + T.a * datum.d)", "E"),
        calculate("datum.w + datum.d", "w"),
    ]
    lines = Mark().mark_line(color=BAD, strokeWidth=2, strokeDash=[2, 3], clip=True)
    lines.transform = [*spread, *height]
    lowest = [keep("T.a > 0"), calculate("-datum.slope / (2 * T.a)", "d"), *height]
    return layer(
        lines.encode(order="i:Q"),
        layer(
            Mark().mark_point(
                shape="triangle-up", color=BAD, filled=True, size=90, opacity=1, clip=True
            ),
            legible(
                Mark(),
                {"text": alt.value("without ½")},
                align=alt.ExprRef("datum.slope > 0 ? 'right' : 'left'"),
                dx=alt.ExprRef("datum.slope > 0 ? -5 : 5"),
                dy=14,
            ),
            transform=lowest,
        ),
        data=alt.NamedData("run"),
        transform=at_step,
    )
