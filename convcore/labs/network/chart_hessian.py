"""The Hessian of a network at a step: its spectrum, and E along its sharpest direction."""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, layer
from convcore.charts.style import BAD, GOOD, QUIET, THEORY
from convcore.charts.typeset import power_of_ten
from convcore.labs.network.chart_parts import METHOD

STRIP = 13  # px from the top of a view to the middle of a legend in it


def spectrum(width: int, height: int) -> View:
    """A histogram of the Hessian's eigenvalues, the negative ones in their own colour."""
    ends: list[Any] = [alt.ExprRef("T.elo || -1"), alt.ExprRef("isValid(T.ehi) ? T.ehi : 1")]
    ticks = [s * 10.0**p for p in range(-2, 9) for s in (-1, 1)]
    power = f"(datum.value < 0 ? '−' : '') + {power_of_ten('round(log(abs(datum.value)) / LN10)')}"
    x = alt.X(
        "lo:Q",
        title="eigenvalue λ",
        scale=alt.Scale(type="symlog", constant=0.01, domain=ends, nice=False),
        axis=alt.Axis(
            values=[0.0, *ticks],
            labelExpr=f"abs(datum.value) < 1e4 ? format(datum.value, '.2~f') : {power}",
            labelOverlap=True,
        ),
    )
    top: list[Any] = [0, alt.ExprRef("(T.most || 1) * 2.2")]
    y = alt.Y(
        "count:Q",
        title="how many",
        scale=alt.Scale(type="symlog", constant=1, domain=top, nice=False),
        axis=alt.Axis(
            values=[0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000], format="d", labelOverlap=True
        ),
    )
    bars = (
        Mark(alt.NamedData("bars"))
        .transform_filter("datum.k == K")
        .transform_calculate(zero="0")
        .mark_rect(opacity=0.85, clip=True)
        .encode(
            x=x,
            x2="hi:Q",
            y=y,
            y2="zero:Q",
            color=alt.Color("side:N", scale=alt.Scale(domain=[-1, 0, 1], range=[BAD, QUIET, GOOD])),
        )
    )
    counts = (
        Mark(alt.NamedData("snaps"))
        .transform_filter("datum.k == K")
        .mark_text(align="left", baseline="top", dx=6, dy=6, fontSize=12, limit=width - 8)
        .encode(x=alt.value(0), y=alt.value(0), text="counts:N")
    )
    return layer(bars, counts)


def along(width: int, height: int) -> View:
    """E by step size along the sharpest direction, and its parabola with ηₒₚₜ and 2ηₒₚₜ."""
    x = alt.X(
        "q:Q",
        title="step size along it; ηₒₚₜ = 1/λₘₐₓ",
        scale=alt.Scale(domain=[0, 3], nice=False),
        axis=alt.Axis(
            values=[0, 1, 2, 3],
            labelExpr="['0', 'ηₒₚₜ', '2ηₒₚₜ', '3ηₒₚₜ'][datum.value]",
            labelFlush=True,
        ),
    )
    y = alt.Y(
        "y:Q",
        title="change of E",
        scale=alt.Scale(domain=[-1.6, 5], nice=False),
        axis=alt.Axis(values=[-1, 0, 1, 2, 3]),
    )
    parabola = (
        Mark(alt.sequence(0, 61, as_="i"))
        .transform_calculate(q="datum.i / 20", y="pow(datum.i / 20, 2) - 2 * datum.i / 20")
        .mark_line(color=THEORY, strokeDash=[5, 4], strokeWidth=2, clip=True)
    )
    marks = (
        Mark(alt.sequence(1, 3, as_="q"))
        .mark_rule(color=QUIET, strokeDash=[2, 3])
        .encode(y=alt.value(2 * STRIP + 16), y2=alt.value(height))
    )
    curve = (
        Mark(alt.NamedData("slice"))
        .transform_filter("datum.k == K")
        .transform_calculate(method="T.method", q="datum.i / 10")
        .mark_line(strokeWidth=2, clip=True)
        .encode(color=METHOD)
    )
    used = (
        Mark(alt.NamedData("snaps"))
        .transform_filter("datum.k == K && datum.q > 0")
        .transform_calculate(method="T.method")
        .mark_rule(strokeWidth=1.6, clip=True)
        .encode(y=alt.value(2 * STRIP + 16), y2=alt.value(height), color=METHOD)
    )
    none = (
        Mark(alt.NamedData("snaps"))
        .transform_filter("datum.k == K")
        .transform_calculate(
            text="datum.aside && datum.has ? 'no slope at wₖ: from aside, E + 1 %' :"
            " datum.aside ? 'E is 0 here, but for rounding' : !datum.has ? 'no upward bend along it here' :"
            " datum.q > 0 ? 'the run: η = ' + format(datum.q, '.3~g') + ' ηₒₚₜ' : ''"
        )
        .mark_text(align="left", baseline="top", dx=6, fontSize=12, limit=width - 12)
        .encode(x=alt.value(0), y=alt.value(24), text="text:N")
    )
    dash = (
        Mark(alt.sequence(1))
        .mark_rule(color=THEORY, strokeDash=[5, 4], strokeWidth=2)
        .encode(x=alt.value(6), x2=alt.value(30), y=alt.value(STRIP))
    )
    name = (
        Mark(alt.sequence(1))
        .mark_text(align="left", baseline="middle", fontSize=12)
        .encode(x=alt.value(36), y=alt.value(STRIP), text=alt.value("its parabola"))
    )
    return layer(marks, curve, parabola, used, none, dash, name).encode(x=x, y=y)
