"""The map of a tuning grid: η across, methods or schedules down, in each cell the steps that it takes."""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, layer, vconcat
from convcore.charts.parts import WIDE, anchor, clicked, pointed
from convcore.charts.picture import Template
from convcore.charts.style import BAD, CAREFUL, GOOD, METHODS, QUIET, THEORY
from convcore.sweeps.tuning import TuningEnd

COLOURS = {
    TuningEnd.REACHED: GOOD,
    TuningEnd.SLOW: QUIET,
    TuningEnd.DIVERGES: BAD,
    TuningEnd.LEAVES: BAD,
    TuningEnd.CYCLES: CAREFUL,
    TuningEnd.KINK: CAREFUL,
    TuningEnd.SADDLE: CAREFUL,
    TuningEnd.MAXIMUM: CAREFUL,
    TuningEnd.DEGENERATE: CAREFUL,
}
NAMES = 132  # pixels for the names of methods


def headline(width: int) -> View:
    """The cell under the pointer in words, and below it the meaning of signs and outlines."""
    style: dict[str, Any] = {"align": "left", "baseline": "top", "limit": width}
    pointed_at = (
        Mark(alt.NamedData("cells"))
        .transform_filter("isValid(hover_race.say) && datum.say == hover_race.say[0]")
        .mark_text(fontWeight="bold", fontSize=13, **style)
        .encode(x=alt.value(0), y=alt.value(0), text="say:N")
    )
    hint = (
        Mark(alt.NamedData("t"))
        .transform_filter("!isValid(hover_race.say)")
        .mark_text(fontSize=13, **style)
        .encode(x=alt.value(0), y=alt.value(0), text="hint:N")
    )
    signs = (
        Mark(alt.NamedData("t"))
        .transform_calculate(said="split(datum.signs, '|')")
        .mark_text(fontSize=12, lineHeight=15, **style)
        .encode(x=alt.value(0), y=alt.value(18), text="said:N")
    )
    return layer(pointed_at, hint, signs).properties(
        width=width, height=50, view=alt.ViewConfig(stroke=None)
    )


def cells(width: int, across: bool) -> View:
    """The cells; across: η runs from left to right, else from top to bottom."""

    def named(table: str) -> str:
        return f"(data('{table}')[datum.value] || {{}}).name"

    band = alt.Scale(paddingInner=0.04, paddingOuter=0)
    eta_axis = alt.Axis(
        labelExpr=named("columns"),
        labelAngle=-60 if across else 0,
        ticks=False,
        labelOverlap=False,
        labelFlush=False,
    )
    name_axis = alt.Axis(
        labelExpr=named("rows"),
        labelAngle=0 if across else -60,
        labelLimit=NAMES,
        ticks=False,
        labelOverlap=False,
        labelFlush=False,
    )
    title = "η, in multiples of the unit below"
    if across:
        x = alt.X("j:O", title=title, axis=eta_axis, scale=band)
        y = alt.Y("i:O", title=None, axis=name_axis, scale=band)
        size: dict[str, Any] = {"width": width, "height": alt.Step(24)}
    else:
        x = alt.X("i:O", title=None, axis=name_axis, scale=band)
        y = alt.Y("j:O", title=title, axis=eta_axis, scale=band)
        size = {"width": width, "height": alt.Step(17)}
    source = Mark(alt.NamedData("cells"))
    scale = alt.Scale(domain=[end.value for end in COLOURS], range=list(COLOURS.values()))
    colour = alt.Color("kind:N", scale=scale)
    fill = source.transform_calculate(
        strength=f"datum.kind == '{TuningEnd.REACHED.value}' ? 0.12 + 0.53 * datum.shade : "
        f"datum.kind == '{TuningEnd.SLOW.value}' ? 0.1 : 0.3"
    ).mark_rect()
    fill = fill.encode(color=colour, fillOpacity=alt.FillOpacity("strength:Q", scale=None))
    outlines = [
        source.transform_filter(f"datum.mark == '{mark}'").mark_rect(
            fillOpacity=0, strokeWidth=2.5, stroke=ink, strokeDash=dash
        )
        for mark, ink, dash in (("now", METHODS["gd"][0], [4, 2]), ("best", THEORY, [1, 0]))
    ]
    steps = source.mark_text(fontSize=12).encode(text="label:N")
    target = source.mark_rect(fillOpacity=0).add_params(
        pointed("hover_race", "say"), clicked("pick_race", "who", "eta")
    )
    parts = (fill, steps, *outlines, anchor("rows"), anchor("columns"), target)
    return layer(*parts).encode(x=x, y=y).properties(**size)


def build(width: int) -> View:
    """η across where there is room, else down."""
    across = width >= WIDE
    inner = width - (NAMES + 40 if across else 76)
    return vconcat(headline(width - 40), cells(inner, across), spacing=14)


MAP = Template(
    build,
    "Steps to the tolerance: a cell for each step size and each method or schedule that was tried",
    picks=("pick_race",),
    renderer="canvas",
)
