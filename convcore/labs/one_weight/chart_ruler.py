"""The ruler of step sizes of "One weight", with the steps needed at each, and the words above it."""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, View, layer
from convcore.charts.live import calculate, keep
from convcore.charts.parts import anchor, eta_pointer, fits, legible, text_line
from convcore.charts.picture import domain
from convcore.charts.style import BAD, CAREFUL, GOOD, QUIET, THEORY
from convcore.charts.typeset import number, power_of_ten
from convcore.labs.one_weight.chart_live import BLUE, REGIME

REGIMES = alt.Scale(
    domain=["monotone", "oscillates", "diverges", "no minimum"],
    range=[GOOD, CAREFUL, BAD, QUIET],
)
CLOSE = 6.0  # px of a letter, where a name may come near both ends of its band


def ruler(width: int, height: int) -> View:
    """η along a ruler: the steps needed at each, regimes in colour, ηₒₚₜ and the limit, the ηₖ in use."""
    x = alt.X("eta:Q", title="step size η", scale=domain("RULE.rlo", "RULE.rhi"))
    y = alt.Y(
        "steps:Q",
        title="steps needed",
        scale=domain("FRAME.slo", "FRAME.shi"),
        axis=alt.Axis(
            labelExpr=f"datum.value < 3 ? pow(10, datum.value) : {power_of_ten('datum.value')}",
            tickMinStep=1,
            tickCount=3,
            grid=False,
        ),
    )
    bands = (
        _on_ruler("bands")
        .mark_rect(fillOpacity=0.35)
        .encode(x="lo:Q", x2="hi:Q", color=alt.Color("regime:N", scale=REGIMES))
    )
    room = "datum.hi - datum.lo"
    names = (
        _on_ruler("bands")
        .transform_calculate(name=f"{fits('datum.label', room, width)} ? datum.label : datum.brief")
        .transform_filter(fits("datum.name", room, width, CLOSE))
        .mark_text(dy=7, baseline="top", limit=width)
        .encode(x="middle:Q", y=alt.value(0), text="name:N")
    )
    marks = _on_ruler("marks").mark_rule(strokeWidth=2, clip=True).encode(x=x)
    labels = (
        _on_ruler("marks")
        .mark_text(baseline="bottom", dy=-4, fontWeight="bold")
        .encode(x=x, y=alt.value(0), text="label:N")
    )
    curve = (
        _on_ruler("sweep")
        .mark_line(color=THEORY, strokeWidth=2.5, interpolate="step", clip=True)
        .encode(x=x, y=y)
    )
    measured = (
        Mark(alt.NamedData("measured"))
        .transform_filter("!ON")
        .mark_point(color=BLUE, filled=True, size=80, opacity=1, clip=True)
        .encode(x=x, y=y)
    )
    used = (
        Mark(alt.NamedData("run"))
        .transform_filter("datum.k > 0")
        .mark_tick(color=BLUE, thickness=1.5, size=12, clip=True)
        .encode(x=x, y=alt.value(height - 8))
    )
    at_step = (
        Mark(alt.NamedData("run"))
        .transform_filter("datum.k == K + 1")
        .transform_calculate(eta="ETA * datum.f")
        .mark_tick(color=BLUE, thickness=3, size=22, clip=True)
        .encode(x=x, y=alt.value(height - 10))
    )
    named = legible(
        Mark(),
        {"x": x, "y": alt.value(height - 14), "text": "label:N"},
        baseline="middle",
        fontWeight="bold",
        align=alt.ExprRef("datum.eta > RULE.rhi / 2 ? 'right' : 'left'"),
        dx=alt.ExprRef("datum.eta > RULE.rhi / 2 ? -11 : 11"),
    )
    now = layer(
        Mark()
        .mark_rule(color=BLUE, strokeWidth=2.5)
        .encode(x=x, y=alt.value(24), y2=alt.value(height)),
        Mark()
        .mark_point(shape="triangle-up", filled=True, size=260, color=BLUE, opacity=1)
        .encode(x=x, y=alt.value(height - 7)),
        named,
        data=alt.NamedData("t"),
        transform=[
            calculate("clamp(ETA, RULE.rlo, RULE.rhi)", "eta"),
            calculate(f"'η = ' + {number('ETA')} + (ETA > RULE.rhi ? ' →' : '')", "label"),
        ],
    )
    grid = eta_pointer().transform_filter("datum.eta > 0")
    unknown = text_line("unknown", width, right=True)
    parts = (
        bands, marks, names, labels, curve, unknown, used, at_step, now, measured, anchor("rule"), grid,
    )  # fmt: skip
    return layer(*parts)


def _on_ruler(table: str) -> Mark:
    """Marks of a table of step sizes, each where its share of ηₒₚₜ is at the curvature at hand."""
    marks = Mark(alt.NamedData(table))
    if table == "bands":
        marks.transform = [
            calculate("min(datum.lo * STRETCH, RULE.rhi)", "lo"),
            calculate("datum.hi < RULE.rhi ? min(datum.hi * STRETCH, RULE.rhi) : datum.hi", "hi"),
            calculate("(datum.lo + datum.hi) / 2", "middle"),
        ]
    else:
        marks.transform = [calculate("datum.eta * STRETCH", "eta"), keep("datum.eta <= RULE.rhi")]
    return marks


def tried(width: int) -> Mark:
    """What the η at hand does, above the ruler; while there is none, how to try one."""
    does = f"'η = ' + {number('ETA')} + ': factor 1 − ηa = ' + {number('1 - SHARE')} + ', '"
    does = f"(TRIED ? 'Trying ' : '') + {does} + ({REGIME}) + (TRIED ? '. A click keeps it.' : '')"
    hint = "T.live ? 'Drag along the ruler to try η, or use ← →.' : ''"
    text: Mark = (
        Mark(alt.NamedData("t"))
        .transform_calculate(text=f"ON ? {does} : {hint}")
        .mark_text(align="left", baseline="bottom", limit=width)
        .encode(x=alt.value(0), y=alt.value(-26), text="text:N")
    )
    return text
