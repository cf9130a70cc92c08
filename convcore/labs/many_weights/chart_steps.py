"""The views over steps of "Many weights": loss by method, and the error by eigenmode."""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, View, layer
from convcore.charts.live import calculate, keep
from convcore.charts.parts import anchor, step_pointer, text_line
from convcore.charts.picture import domain
from convcore.charts.pins import pinned_lines
from convcore.charts.style import THEORY
from convcore.labs.many_weights.chart_live import (
    AS_GIVEN,
    COLOUR,
    DASH,
    FADE,
    live_line,
    live_modes,
)

LEVELS = ("0", "PLANE.khi", "FRAME.llo", "FRAME.lhi")


def step_axis() -> alt.X:
    """The axis of steps that the views below share."""
    return alt.X(
        "k:Q",
        title="step k",
        scale=domain("0", "PLANE.khi"),
        axis=alt.Axis(tickMinStep=1, format="d"),
    )


def loss(width: int, height: int) -> View:
    """Loss by method; behind plain descent the line of the theory. The pointer scrubs through steps."""
    label = "T.log ? '1e' + datum.value : format(datum.value, '~g')"
    y = alt.Y(
        "loss:Q",
        title=None,
        scale=domain("FRAME.llo", "FRAME.lhi"),
        axis=alt.Axis(labelExpr=label, tickMinStep=1),
    )
    theory = (
        Mark(alt.NamedData("theory"))
        .transform_filter("!ON")
        .mark_line(color=THEORY, strokeWidth=5, opacity=0.55, clip=True)
        .encode(order=AS_GIVEN)
    )
    steps = step_pointer("plan")
    rule = (
        Mark(alt.NamedData("plan"))
        .transform_filter("datum.k == K")
        .mark_rule(color=THEORY, strokeWidth=1.5)
        .encode(y=alt.value(0), y2=alt.value(height))
    )
    unit = text_line("losses", width, right=True)
    pinned = pinned_lines("k", "loss", "datum.log == T.log", LEVELS, "method")
    # No dots: steps lie along the axis, and each dot would cost the browser time.
    lines = (
        Mark(alt.NamedData("losses"))
        .mark_line(strokeWidth=1.8, clip=True, opacity=FADE)
        .encode(color=COLOUR, strokeDash=DASH, order=AS_GIVEN)
    )
    parts = (theory, pinned, lines, live_line(), rule, unit, anchor("frame"), steps)
    return layer(*parts).encode(x=step_axis(), y=y).properties(width=width, height=height)


def modes(width: int, height: int) -> View:
    """The error of plain descent along each eigenvector, from teal (slow) to brown (steep)."""
    y = alt.Y(
        "y:Q",
        title=None,
        scale=domain("FRAME.elo", "FRAME.ehi"),
        axis=alt.Axis(labelExpr="'1e' + datum.value", tickMinStep=1),
    )
    colour = alt.Color("rank:Q", scale=alt.Scale(domain=[0, 1], range=["#1a9aa8", "#a0662c"]))
    measured = (
        Mark(alt.NamedData("errors"))
        .transform_filter("!ON")
        .transform_calculate(rank="datum.m / T.top")
        .mark_line(strokeWidth=2, clip=True)
        .encode(color=colour, detail="m:N", order=AS_GIVEN)
    )
    ends = (
        Mark(alt.NamedData("tags"))
        .transform_filter("!ON")
        .transform_calculate(rank="datum.m / T.top")
        .mark_text(align="left", baseline="middle", dx=4, fontWeight="bold")
        .encode(text="label:N", color=colour)
    )
    live = Mark(alt.NamedData("plan")).mark_line(strokeWidth=2, clip=True)
    live.transform = [
        keep("ON"),
        *live_modes(),
        keep("datum.mode.drawn && datum.lam != 0"),
        calculate("datum.m / T.top", "rank"),
        calculate("max(log(max(abs(datum.e), 1e-300)) / LN10, FRAME.elo - 1)", "y"),
    ]
    moved = live.encode(color=alt.Color("rank:Q"), detail="m:N")
    parts = (measured, moved, ends, text_line("slow", width, right=True))
    return layer(*parts).encode(x=step_axis(), y=y).properties(width=width, height=height)
