"""The views over steps of "Many weights": loss by method, and the error by eigenmode."""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, View, layer
from convcore.charts.legend import as_listed
from convcore.charts.live import curtain
from convcore.charts.parts import METHOD, anchor, step_pointer
from convcore.charts.picture import domain
from convcore.charts.pins import pinned_lines
from convcore.charts.style import THEORY
from convcore.charts.typeset import power_of_ten
from convcore.labs.many_weights.chart_live import (
    AS_GIVEN,
    FADE,
    heading,
    live_line,
    upright,
)

LEVELS = ("0", "PLANE.khi", "FRAME.llo", "LHI")


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
    label = f"T.log ? {power_of_ten('datum.value')} : format(datum.value, '~s')"
    y = alt.Y(
        "loss:Q",
        title=None,
        scale=domain("FRAME.llo", "LHI"),
        axis=alt.Axis(labelExpr=label, tickMinStep=1, tickCount=5),
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
    title = heading(
        width,
        "T.log ? 'Loss above the minimum, by step' : 'Loss, from the stationary point, by step'",
    )
    pinned = pinned_lines("k", "loss", "datum.log == T.log", LEVELS, "method")
    # No dots: steps lie along the axis, and each dot would cost the browser time.
    lines = (
        as_listed(Mark(alt.NamedData("losses")))
        .mark_line(strokeWidth=1.8, clip=True, opacity=FADE)
        .encode(color=METHOD, strokeDash="method:N", order=AS_GIVEN, detail="listed:N")
    )
    parts = (
        theory,
        pinned,
        lines,
        live_line(),
        curtain(),
        rule,
        title,
        upright("T.log ? 'E − E*' : 'E'", height),
        anchor("frame"),
        steps,
    )
    return layer(*parts).encode(x=step_axis(), y=y)
