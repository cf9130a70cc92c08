"""The Hessian of a network at a step: its spectrum, and E along its sharpest direction."""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, layer
from convcore.charts.live import calculate, keep
from convcore.charts.style import BAD, GOOD, QUIET, THEORY
from convcore.labs.network.chart_parts import METHOD


def spectrum(width: int, height: int) -> View:
    """A histogram of the Hessian's eigenvalues, the negative ones in their own colour."""
    ends: list[Any] = [alt.ExprRef("T.elo || -1"), alt.ExprRef("isValid(T.ehi) ? T.ehi : 1")]
    ticks = [s * 10.0**p for p in range(-2, 9) for s in (-1, 1)]
    x = alt.X(
        "lo:Q",
        title="eigenvalue λ of the Hessian (logarithmic beyond ± 0.01)",
        scale=alt.Scale(type="symlog", constant=0.01, domain=ends, nice=False),
        axis=alt.Axis(values=[0.0, *ticks], format="~g", labelOverlap=True),
    )
    top: list[Any] = [0, alt.ExprRef("(T.most || 1) * 1.6")]
    y = alt.Y(
        "count:Q",
        title="how many",
        scale=alt.Scale(type="symlog", constant=1, domain=top, nice=False),
        axis=alt.Axis(values=[0, 1, 3, 10, 30, 100, 300, 1000], format="d"),
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
        .mark_text(align="left", baseline="top", dx=5, dy=5, fontSize=11, limit=width - 8)
        .encode(x=alt.value(0), y=alt.value(0), text="counts:N")
    )
    return layer(bars, counts).properties(width=width, height=height)


def along(width: int, height: int) -> View:
    """E by step size along the sharpest direction, and its parabola with η_opt and 2η_opt."""
    x = alt.X(
        "q:Q",
        title="step size along the top eigenvector, in η_opt = 1/λ_max",
        scale=alt.Scale(domain=[0, 3], nice=False),
        axis=alt.Axis(values=[0, 1, 2, 3]),
    )
    y = alt.Y(
        "y:Q",
        title="change of E (best: −1)",
        scale=alt.Scale(domain=[-1.6, 3.2], nice=False),
        axis=alt.Axis(values=[-1, 0, 1, 2, 3]),
    )
    parabola = (
        Mark(alt.sequence(0, 61, as_="i"))
        .transform_calculate(q="datum.i / 20", y="pow(datum.i / 20, 2) - 2 * datum.i / 20")
        .mark_line(color=THEORY, strokeDash=[5, 4], strokeWidth=2, clip=True)
        .encode(x=x, y=y)
    )
    marks = layer(
        Mark().mark_rule(color=QUIET, strokeDash=[2, 3]).encode(x=x),
        Mark()
        .mark_text(align="left", baseline="bottom", dx=4, dy=-3)
        .encode(x=x, y=alt.value(height), text="name:N"),
        data=alt.InlineData(values=[{"q": 1, "name": "η_opt"}, {"q": 2, "name": "2η_opt"}]),
    )
    curve = (
        Mark(alt.NamedData("slice"))
        .transform_filter("datum.k == K")
        .transform_calculate(method="T.method")
        .mark_line(strokeWidth=2, clip=True)
        .encode(x=x, y=y, color=METHOD)
    )
    used = layer(
        Mark().mark_rule(strokeWidth=1.6, clip=True).encode(x=x, color=METHOD),
        Mark()
        .mark_text(align="left", baseline="top", dx=4, dy=4, fontWeight="bold")
        .encode(x=x, y=alt.value(0), text="text:N"),
        data=alt.NamedData("snaps"),
        transform=[
            keep("datum.k == K && datum.q > 0"),
            calculate("T.method", "method"),
            calculate("'η = ' + format(datum.q, '.3~g') + ' η_opt'", "text"),
        ],
    )
    none = (
        Mark(alt.NamedData("snaps"))
        .transform_filter("datum.k == K && (datum.aside || !datum.has)")
        .transform_calculate(
            text="datum.has ? 'no slope at w_k: from aside, E + 1 %' :"
            " datum.aside ? 'E is 0 here, but for rounding' : 'no upward bend along it here'"
        )
        .mark_text(align="left", baseline="top", dx=6, limit=width - 12)
        .encode(x=alt.value(0), y=alt.value(24), text="text:N")
    )
    return layer(marks, curve, parabola, used, none).properties(width=width, height=height)
