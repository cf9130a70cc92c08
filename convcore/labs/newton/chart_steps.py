"""What the lab "Taylor and Newton" shows step by step: paths, the loss, and ηₒₚₜ along them."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from convcore.charts.compose import Mark, Part, View, layer
from convcore.charts.grid import panel
from convcore.charts.legend import as_listed, listed
from convcore.charts.live import SO_FAR, curtain, keep, shown_step
from convcore.charts.parts import METHOD, step_pointer
from convcore.charts.picture import domain, table_param, view_ends
from convcore.charts.pins import pinned_lines
from convcore.charts.style import METHODS, THEORY
from convcore.charts.typeset import power_of_ten

PARAMS = [
    table_param("t"),
    listed("method"),
    *view_ends("t"),
    *shown_step("scrub"),
    # The model's path is shown up to the last step that moves.
    alt.param(name="M", expr="min(K, T.last)"),
]
# The lines of the legend: the methods, and at the step shown the local model and Taylor's polynomial. It
# defines the scales of colours and dashes; all other views share them.
LINES = METHODS | {"model": (THEORY, [5, 4]), "taylor": ("#7a9a01", [])}
COLOURS, DASHES = zip(*LINES.values(), strict=True)
COLOUR = alt.Color("method:N", scale=alt.Scale(domain=list(LINES), range=list(COLOURS)))
DASH = alt.StrokeDash("method:N", scale=alt.Scale(domain=list(LINES), range=list(DASHES)))
# The ends of axes of steps: room for the rings at the first step and the last.
STEPS = ("-0.025 * T.khi", "1.025 * T.khi")
DASHED = alt.StrokeDash("method:N")


def exits(width: int, height: int) -> Mark:
    """An arrow at the edge of a view where a path leaves it."""
    turn = f"atan2(datum.across * {width}, datum.up * {height}) * 180 / PI"
    return (
        Mark(alt.NamedData("exits"))
        .transform_filter(SO_FAR)
        .transform_calculate(turn=turn)
        .mark_point(shape="triangle-up", filled=True, size=110, opacity=1, clip=True)
        .encode(color=METHOD, angle=alt.Angle("turn:Q", scale=None))
    )


def numbered() -> Mark:
    """0, 1, 2, 3 at the first points of the path that the local model follows."""
    return (
        Mark(alt.NamedData("models"))
        .transform_filter(f"datum.room && {SO_FAR}")
        .mark_text(dy=14, fontWeight="bold", clip=True)
        .encode(text="k:Q")
    )


def lines(when: str = "true", piece: str = "") -> View:
    """The paths of all methods, with a ring at the scrubbed step of each.

    piece: the column that numbers the pieces of a path that leaves the view and comes back.
    """
    path = (
        as_listed(Mark())
        .mark_line(point={"size": 24, "opacity": 0.9}, strokeWidth=1.6, clip=True)
        .encode(
            color=METHOD, strokeDash=DASHED, order="k:Q",
            detail=[f"{name}:N" for name in ("listed", piece) if name],
        )
    )  # fmt: skip
    ring = (
        Mark()
        .transform_filter("datum.k == K")
        .mark_point(size=130, strokeWidth=2, clip=True, opacity=1)
        .encode(color=METHOD)
    )
    drawn = f"{when} && {SO_FAR}" if piece else when
    return layer(path, ring, data=alt.NamedData("paths"), transform=[keep(drawn)])


def beside_title(column: str, width: int) -> Part:
    """A text from the table "t" in the line of the title, where no curve crosses it."""
    return (
        Mark(alt.NamedData("t"))
        .mark_text(align="right", baseline="bottom", fontSize=12)
        .encode(x=alt.value(width), y=alt.value(-8), text=f"{column}:N")
    )


def by_step(
    field: str,
    axis: alt.Axis,
    ends: tuple[str, str],
    when: str,
    *over: Part,
    under: Sequence[Part] = (),
) -> View:
    """A quantity by step for all methods, with what else is in the view; the pointer scrubs."""
    x = alt.X("k:Q", title="step k", scale=domain(*STEPS), axis=alt.Axis(tickMinStep=1, format="d"))
    y = alt.Y(f"{field}:Q", title=None, scale=domain(*ends), axis=axis)
    rule = (
        Mark(alt.NamedData("steps"))
        .transform_filter("datum.k == K")
        .mark_rule(color=THEORY, strokeWidth=1.5)
        .encode(y=alt.value(0), y2=alt.value("height"))
    )
    return layer(*under, lines(when), curtain(), rule, *over).encode(x=x, y=y)


def loss(width: int, height: int) -> View:
    """Loss by step; the pointer here chooses the step that the other views show."""
    label = f"T.log ? {power_of_ten('datum.value')} : format(datum.value, '~g')"
    axis = alt.Axis(labelExpr=label, tickMinStep=alt.ExprRef("T.log ? 1 : 0"), tickCount=5)
    ends = ("T.llo", "T.lhi")
    pinned = pinned_lines("k", "loss", "datum.log == T.log", (*STEPS, *ends), "method")
    over = beside_title("losses", width), step_pointer("steps", reach=True)
    plot = by_step("loss", axis, ends, "true", *over, under=[pinned])
    return panel(plot, width, height, "Loss by step")


def step_sizes(width: int, height: int) -> View:
    """ηₒₚₜ(wₖ) = 1/E″ or 1/λₘₐₓ along each path, as log₁₀, beside the η that is used."""
    label = f"T.ehi - T.elo < 4 ? pow(10, datum.value) : {power_of_ten('datum.value')}"
    used = (
        Mark(alt.NamedData("t"))
        .mark_rule(color=METHODS["gd"][0], strokeDash=[1, 3], strokeWidth=2)
        .encode(x=alt.value(0), x2=alt.value(width), y=alt.Y("eta:Q"))
    )
    axis = alt.Axis(labelExpr=label, tickMinStep=1, tickCount=5)
    over = used, beside_title("etaword", width)
    plot = by_step("best", axis, ("T.elo", "T.ehi"), "datum.bends", *over)
    return panel(plot, width, height, "ηₒₚₜ along the path")
