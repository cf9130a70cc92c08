"""What the lab "Taylor and Newton" shows step by step: paths, the loss, and η_opt along them."""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, Part, View, layer
from convcore.charts.live import keep
from convcore.charts.parts import METHOD, by_method, step_pointer
from convcore.charts.picture import domain, table_param, view_ends
from convcore.charts.pins import pinned_lines
from convcore.charts.style import METHODS, THEORY

PARAMS = [
    table_param("t"),
    *view_ends("t"),
    alt.param(name="K", expr="isValid(scrub.k) ? scrub.k[0] : T.look"),
    # The model's path is shown up to the last step that moves.
    alt.param(name="M", expr="min(K, T.last)"),
]
# The legend defines the scale of colours and the loss that of dashes; all other views share them.
COLOUR, DASH = by_method(tuple(METHODS))
DASHED = alt.StrokeDash("method:N")


def lines(
    x: alt.X, y: alt.Y, when: str = "true", piece: str = "", dash: alt.StrokeDash = DASHED
) -> View:
    """The paths of all methods, with a ring at the scrubbed step of each.

    piece: the column that numbers the pieces of a path that leaves the view and comes back.
    """
    path = (
        Mark()
        .mark_line(point={"size": 24, "opacity": 0.9}, strokeWidth=1.6, clip=True)
        .encode(x=x, y=y, color=METHOD, strokeDash=dash, order="k:Q")
    )
    path = path.encode(detail=f"{piece}:N") if piece else path
    ring = (
        Mark()
        .transform_filter("datum.k == K")
        .mark_point(size=130, strokeWidth=2, clip=True, opacity=1)
        .encode(x=x, y=y, color=METHOD)
    )
    return layer(path, ring, data=alt.NamedData("paths"), transform=[keep(when)])


def beside_title(column: str, width: int) -> Part:
    """A text from the table "t" in the line of the title, where no curve crosses it."""
    return (
        Mark(alt.NamedData("t"))
        .mark_text(align="right", baseline="bottom", fontSize=11)
        .encode(x=alt.value(width), y=alt.value(-6), text=f"{column}:N")
    )


def by_step(
    width: int,
    height: int,
    field: str,
    when: str,
    axis: alt.Axis,
    ends: tuple[str, str],
    dash: alt.StrokeDash = DASHED,
) -> View:
    """A quantity by step for all methods; the pointer scrubs."""
    x = alt.X(
        "k:Q", title="step k", scale=domain("0", "T.khi"), axis=alt.Axis(tickMinStep=1, format="d")
    )
    y = alt.Y(f"{field}:Q", title=None, scale=domain(*ends), axis=axis)
    rule = (
        Mark(alt.NamedData("steps"))
        .transform_filter("datum.k == K")
        .mark_rule(color=THEORY, strokeWidth=1.5)
        .encode(x=x)
    )
    return layer(rule, lines(x, y, when, dash=dash)).properties(width=width, height=height)


def loss(width: int, height: int) -> View:
    """Loss by step; the pointer here chooses the step that the other views show."""
    label = "T.log ? '1e' + datum.value : format(datum.value, '~g')"
    axis = alt.Axis(labelExpr=label, tickMinStep=alt.ExprRef("T.log ? 1 : 0"))
    chart = by_step(width, height, "loss", "true", axis, ("T.llo", "T.lhi"), DASH)
    steps = step_pointer("steps").encode(x=alt.X("lo:Q", scale=domain("0", "T.khi")))
    ends = ("0", "T.khi", "T.llo", "T.lhi")
    pinned = pinned_lines("k", "loss", "datum.log == T.log", ends, "method")
    return layer(pinned, chart, beside_title("losses", width), steps).properties(
        width=width, height=height
    )


def step_sizes(width: int, height: int) -> View:
    """η_opt(w_k) = 1/E″ or 1/λ_max along each path, as log₁₀, beside the η that is used."""
    label = "'1e' + datum.value"
    used = (
        Mark(alt.NamedData("t"))
        .mark_rule(color=METHODS["gd"][0], strokeDash=[5, 4])
        .encode(y=alt.Y("eta:Q"))
    )
    chart = by_step(
        width,
        height,
        "best",
        "datum.bends",
        alt.Axis(labelExpr=label, tickMinStep=1),
        ("T.elo", "T.ehi"),
    )
    return layer(chart, used, beside_title("etaword", width)).properties(width=width, height=height)
