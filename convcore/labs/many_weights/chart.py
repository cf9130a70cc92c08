"""The pictures of the lab "Many weights": ruler, level lines in both planes, losses.

All are views of one chart: the pointer on the ruler or on the contours redraws the path of plain
descent, its loss and its modes from the closed form, without a server.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, hconcat, layer, vconcat
from convcore.charts.parts import WIDE, anchor, eta_pointer, fits, legend
from convcore.charts.picture import Template, domain
from convcore.charts.style import BAD, CAREFUL, GOOD, QUIET, THEORY
from convcore.labs.many_weights.chart_live import BLUE, COLOUR, PARAMS, live_path, pointed_at
from convcore.labs.many_weights.chart_planes import contours, whitened
from convcore.labs.many_weights.chart_steps import loss, modes

WHITENED = "In the whitened space ŵ = A^½(w − w*)"


def ruler(width: int) -> View:
    """η on a logarithmic ruler: every 2/λ_i, the binding one and the other limits marked."""
    axis = alt.Axis(labelExpr="format(pow(10, datum.value), '.2~r')", tickCount=8)
    scale = domain("RULE.rlo", "RULE.rhi")
    x = alt.X("eta:Q", title="step size η; ticks: 2/λ of each direction", scale=scale, axis=axis)
    regimes = alt.Scale(
        domain=["monotone", "oscillates", "diverges", "none"], range=[GOOD, CAREFUL, BAD, QUIET]
    )
    bands = (
        Mark(alt.NamedData("bands"))
        .mark_rect(fillOpacity=0.35)
        .encode(x="lo:Q", x2="hi:Q", color=alt.Color("regime:N", scale=regimes))
    )
    names = (
        Mark(alt.NamedData("bands"))
        .transform_filter(fits("datum.label", "datum.hi - datum.lo", width))
        .mark_text(dy=8, baseline="top", limit=width)
        .encode(x="middle:Q", y=alt.value(0), text="label:N")
    )
    limits = (
        Mark(alt.NamedData("modes"))
        .transform_filter("datum.lam > 0")
        .mark_tick(thickness=2, size=16, color=THEORY)
        .encode(x="limit:Q", y=alt.value(38))
    )
    marks = Mark(alt.NamedData("marks")).mark_rule(strokeWidth=2)
    labels = (
        Mark(alt.NamedData("marks"))
        .mark_text(baseline="bottom", dy=-3, fontWeight="bold", align="center")
        .encode(y=alt.Y("row:Q", scale=None, axis=None), text="label:N")
    )
    now = (
        Mark(alt.NamedData("t"))
        .transform_calculate(eta="log(ETA) / LN10")
        .mark_point(shape="triangle-up", filled=True, size=160, color=BLUE, opacity=1)
        .encode(y=alt.value(46))
    )
    parts = (bands, marks, names, labels, limits, now, anchor("rule"), eta_pointer())
    return layer(*parts).encode(x=x).properties(width=width, height=56)


def build(width: int) -> View:
    """All views: two by two where there is room, else ruler and loss first."""
    inner = width - 62
    if width >= WIDE:
        half = (width - 62 - 62 - 14) // 2
        rows: list[Any] = [
            pointed_at(inner),
            ruler(inner),
            legend(inner, COLOUR),
            hconcat(
                contours(min(half, 340)).properties(title="Level lines of E and the paths"),
                whitened(min(half, 340)).properties(title=WHITENED),
            ),
            hconcat(
                loss(half, 200).properties(title="Loss by step"),
                modes(half, 200).properties(title="Plain descent: error by eigenmode"),
            ),
        ]
    else:
        rows = [
            pointed_at(inner),
            ruler(inner),
            legend(inner, COLOUR),
            loss(inner, 190).properties(title="Loss by step"),
            contours(inner).properties(title="Level lines of E and the paths"),
            whitened(inner).properties(title=WHITENED),
            modes(inner, 190).properties(title="Plain descent: error by eigenmode"),
        ]
    composed = vconcat(*rows, data=alt.NamedData("plan"), transform=live_path())
    return composed.add_params(*PARAMS).resolve_scale(color="independent")


QUADRATIC_PICTURE = Template(
    build,
    "Many weights: a ruler of step sizes, level lines with the paths of each method here and in the "
    "whitened space, loss by step, error by eigenmode",
    picks=("pick_eta", "pick_start", "pick_look"),
    renderer="canvas",
)
