"""What happens by epoch in "Perceptron and backprop": the divergence, and how many points are wrong."""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, View, layer
from convcore.charts.legend import as_listed
from convcore.charts.live import calculate, curtain
from convcore.charts.logs import decade, decades
from convcore.charts.parts import clicked, pointed
from convcore.charts.picture import domain
from convcore.charts.pins import pinned_lines
from convcore.charts.style import THEORY
from convcore.charts.typeset import tick
from convcore.labs.perceptron.chart_parts import COLOUR, DASH, above

# Epoch 0 is at 0.5 on the logarithmic axis.
EPOCH = alt.X(
    "at:Q",
    title="epoch",
    scale=alt.Scale(
        type="log", domain=[0.5, alt.ExprRef("isValid(T.khi) ? T.khi : 10")], nice=False
    ),
    axis=alt.Axis(
        values=[0.5, *(m * 10**n for n in range(5) for m in (1, 2, 5))],
        labelExpr="datum.value < 1 ? '0' : format(datum.value, ',d')",
    ),
)


def scrubbing(name: str) -> View:
    """The selected epoch, and clear bands around all that can be selected: pointing scrubs."""
    rule = (
        Mark(alt.NamedData("snaps"))
        .transform_filter("datum.k == K")
        .mark_rule(color=THEORY, strokeWidth=1.4)
        .encode(x=EPOCH)
    )
    bands = (
        Mark(alt.NamedData("snaps"))
        .mark_rect(fillOpacity=0, clip=True)
        .encode(x=alt.X("lo:Q"), x2="hi:Q", y=alt.value(0), y2=alt.value("height"))
        .add_params(pointed(f"at_{name}", "k"), clicked(f"pick_{name}", "k"))
    )
    return layer(rule, bands)


def _later() -> Mark:
    """The epochs that are not played yet, dimmed."""
    return curtain(EPOCH, "max(DRAWN, 0.5)")


def divergence(width: int, height: int) -> View:
    """Backprop's divergence by epoch."""
    axis = alt.Axis(
        values=alt.ExprRef(f"T.log ? ({decades('T.elo', 'T.ehi')}) : null"),
        labelExpr=f"T.log ? ({decade('datum.value')}) : {tick('datum.value')}",
        tickCount=4,
    )
    y = alt.Y("E:Q", title="E", scale=domain("T.elo", "T.ehi"), axis=axis)
    line = (
        Mark(alt.NamedData("loss"))
        .transform_calculate(learner="'backprop'")
        .mark_line(strokeWidth=1.8, clip=True)
        .encode(x=EPOCH, y=y, color=COLOUR)
    )
    ends = ("0.5", "T.khi", "T.elo", "T.ehi")
    pinned = pinned_lines(
        "epoch", "shown", "datum.part == 1 && (datum.E > 0 || !T.log)", ends,
        made=[calculate("T.log ? log(datum.E) / LN10 : datum.E", "shown")],
    )  # fmt: skip
    now = "'epoch ' + format(datum.k, ',d') + ': E = ' + format(datum.E, '.5~g')"
    return layer(
        pinned, line, _later(), scrubbing("loss"), above("snaps", now, width, 120, "datum.k == K")
    )


def left(width: int, height: int) -> View:
    """How many points each learner has wrong after each epoch."""
    axis = alt.Axis(tickMinStep=1, format="d", tickCount=4)
    y = alt.Y("errors:Q", title="points wrong", scale=domain("T.nlo", "T.nhi"), axis=axis)
    lines = (
        as_listed(Mark(alt.NamedData("errors")))
        .mark_line(strokeWidth=1.8, interpolate="step-after", clip=True)
        .encode(x=EPOCH, y=y, color=COLOUR, strokeDash=DASH, detail="listed:N", order="k:Q")
    )
    count = "(datum.{0} ? ', {0} ' + format(datum.{1}, ',d') : '')"
    now = f"slice({count.format('perceptron', 'pe')} + {count.format('backprop', 'be')}, 2)"
    return layer(
        lines, _later(), scrubbing("errors"), above("snaps", now, width, 95, "datum.k == K")
    )
