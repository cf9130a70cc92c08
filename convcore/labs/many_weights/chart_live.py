"""What pointer and controls draw in the pictures of "Many weights" while they move: plain descent, from its
closed form."""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, layer
from convcore.charts.grid import LEFT
from convcore.charts.legend import listed
from convcore.charts.live import (
    SO_FAR,
    at_hand,
    calculate,
    factors,
    followed_top,
    held,
    keep,
    moved,
    shown_step,
)
from convcore.charts.picture import table_param, view_ends
from convcore.charts.typeset import number
from convcore.labs.many_weights.chart_equation import params
from convcore.labs.many_weights.methods import KINDS

BLUE = KINDS["gd"].colour

# log₁₀ of the most that E can be above its minimum at the start under the pointer.
START = "log(0.5 * T.lmax * (pow(SX - PLANE.cx, 2) + pow(SY - PLANE.cy, 2))) / LN10"

PARAMS = [
    *held("ETA", "SX", "SY", "LOOK"),
    table_param("t"),
    listed("method"),
    table_param("frame"),
    table_param("plane"),
    table_param("rule"),
    *view_ends("plane"),
    alt.param(name="TRIED", expr="isValid(hover.eta)"),
    alt.param(name="ON_ETA", expr=f"T.live && (TRIED || {moved('ETA', 'T.eta')})"),
    alt.param(
        name="ON_START",
        expr=f"T.live && (isValid(hover_start.x) || {moved('SX', 'T.sx')} || {moved('SY', 'T.sy')})",
    ),
    alt.param(name="ON", expr="ON_ETA || ON_START"),
    alt.param(name="ETA", expr="!ON_ETA ? T.eta : TRIED ? hover.eta[0] : +HELD_ETA"),
    alt.param(name="SAID", expr=f"'η = ' + {number('ETA')}"),
    *(
        alt.param(
            name=f"S{c}",
            expr=f"!ON_START ? T.s{c.lower()} : isValid(hover_start.x) ? hover_start.{c.lower()}[0] : "
            + at_hand(f"S{c}", f"T.s{c.lower()}"),
        )
        for c in "XY"
    ),
    *shown_step("scrub", otherwise=f"min({at_hand('LOOK', 'T.look')}, PLANE.khi)"),
    alt.param(
        name="LHI",
        expr=followed_top(
            f"(ON_START ? max(T.level, {START}) : T.level)",
            "max(abs(1 - ETA * T.lmin), abs(1 - ETA * T.lmax))",
            "PLANE.khi",
        ),
    ),
    alt.param(name="FADE", expr="ON ? 0.12 : 0.9"),
    *params(),
]
LOOKS = {key: (method.colour, list(method.dash)) for key, method in KINDS.items()}
_COLOURS, _DASHES = zip(*LOOKS.values(), strict=True)
COLOUR = alt.Color("method:N", scale=alt.Scale(domain=list(LOOKS), range=list(_COLOURS)))
DASH = alt.StrokeDash("method:N", scale=alt.Scale(domain=list(LOOKS), range=list(_DASHES)))
FADE: Any = alt.ExprRef("FADE")
# The roles of directions in the table "modes", and their look: colours are the theme's (see
# `style.config`). Not as "color" and "strokeDash", whose scales are those of the methods in all views.
MIDDLE, FLATTEST, STEEPEST = 0, 1, 2
ROLES = alt.Scale(domain=[MIDDLE, FLATTEST, STEEPEST], range="ordinal")
ROLE_LINE, ROLE_FILL = alt.Stroke("role:O", scale=ROLES), alt.Fill("role:O", scale=ROLES)
ROLE_DASH: Any = alt.ExprRef(f"datum.role == {FLATTEST} ? [7, 4] : [1, 0]")
AS_GIVEN = alt.value(None)  # as the order of a line: its points come sorted


def live_modes() -> list[Any]:
    """Transforms on the table "plan" (k, f): a row for each step and mode, its error under the pointer.

    e: z − z* of the mode (with λ = 0: z itself, drifting).
    """
    return [
        calculate("data('modes')", "mode"),
        alt.FlattenTransform(flatten=["mode"]),
        calculate("datum.mode.lam", "lam"),
        calculate("datum.mode.m", "m"),
        *factors("ETA", by=["m"]),
        calculate(
            "ON_START && (datum.mode.cx || datum.mode.cy)"
            " ? datum.mode.cx * (SX + T.ox) + datum.mode.cy * (SY + T.oy) : datum.mode.z0",
            "z0",
        ),
        calculate(
            "datum.lam != 0 ? (datum.z0 - datum.mode.zc) * datum.P"
            " : datum.z0 - datum.mode.drift * ETA * datum.S",
            "e",
        ),
    ]


def live_path() -> list[Any]:
    """Transforms to one row a step: x, y in the plane, and the loss."""
    return [
        keep(f"ON && {SO_FAR}"),
        *live_modes(),
        calculate("datum.mode.cx * (datum.e + datum.mode.zc)", "px"),
        calculate("datum.mode.cy * (datum.e + datum.mode.zc)", "py"),
        calculate("pow(datum.e + datum.mode.zc, 2)", "square"),
        calculate("0.5 * datum.lam * datum.e * datum.e + datum.mode.drift * datum.e", "part"),
        alt.AggregateTransform(
            aggregate=[
                {"op": "sum", "field": "px", "as": "x"},
                {"op": "sum", "field": "py", "as": "y"},
                {"op": "sum", "field": "part", "as": "excess"},
                {"op": "sum", "field": "square", "as": "norm"},
            ],
            groupby=["k", "f"],
        ),
        calculate("datum.x - T.ox", "x"),
        calculate("datum.y - T.oy", "y"),
        calculate("sqrt(datum.norm)", "norm"),
        keep("abs(datum.x) < 1e20 && abs(datum.y) < 1e20"),
        calculate(
            "T.log ? max(log(max(datum.excess, 1e-300)) / LN10, FRAME.llo - 1) : datum.excess",
            "loss",
        ),
    ]


def heading(width: int, text: str) -> Mark:
    """The title of a panel that follows the pointer: an expression, where `grid.panel` writes one."""
    title: Mark = (
        Mark(alt.NamedData("t"))
        .transform_calculate(text=text)
        .mark_text(style="head", limit=width)
        .encode(x=alt.value(0), y=alt.value(-8), text="text:N")
    )
    return title


def upright(text: str, height: int) -> Mark:
    """The name of the y axis, an expression, which those of Vega-Lite cannot be."""
    name: Mark = (
        Mark(alt.NamedData("t"))
        .transform_calculate(text=text)
        .mark_text(angle=270, baseline="middle")
        .encode(x=alt.value(10 - LEFT), y=alt.value(height / 2), text="text:N")
    )
    return name


def live_line(when: str = "") -> View:
    """The path of plain descent from its closed form, on the data that all views share."""
    return layer(
        Mark().mark_line(color=BLUE, strokeWidth=1.8, clip=True),
        Mark().mark_point(color=BLUE, filled=True, size=30, clip=True, opacity=1),
        transform=[keep(when)] if when else [],
    ).encode(order="k:Q")
