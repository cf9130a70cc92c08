"""What the views of "A real network" share: the selected step and the method's colour."""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, View, layer
from convcore.charts.live import keep, shown_step
from convcore.charts.picture import domain, table_param
from convcore.charts.style import THEORY
from convcore.optimizers import OPTIMIZERS
from convcore.optimizers.hessian_free import HESSIAN_FREE

PARAMS = [
    table_param("t"),
    *shown_step("at_loss", "at_sharp"),
]
COLOURS = {key: kind.colour for key, kind in (*OPTIMIZERS, *HESSIAN_FREE)}
METHOD = alt.Color(
    "method:N",
    scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
)
BASE = "pow(10, floor(log(T.khi || 1) / LN10 + 1e-9))"
# Steps to name: 0 and 1, 2, 5 × 10ⁿ.
NAMED = f"T.khi < 10 ? [0, 1, 2, 5] : [0, {', '.join(f'{m} * {BASE}' for m in (0.1, 0.2, 0.5, 1, 2, 5))}]"


def step_axis(title: str | None) -> alt.X:
    """The axis of steps, with this title; None: its lines alone, as the view below names the steps.

    Most happens in the first steps, which are therefore stretched: linear to a tenth of the run, then
    logarithmic. A little longer than the run: the ring at its end is whole.
    """
    named = title is not None
    axis = alt.Axis(
        values=alt.ExprRef(NAMED), format=",d", labelOverlap=True, labels=named, ticks=named
    )
    scale = domain("0", "T.khi * 1.1")
    scale.type, scale.constant = "symlog", alt.ExprRef("max(1, T.khi / 10)")
    return alt.X("k:Q", title=title or None, scale=scale, axis=axis)


def beside_title(text: str, width: int) -> Mark:
    """A text of the selected step, an expression of "snaps", at the right end of the title's line."""
    said: Mark = (
        Mark(alt.NamedData("snaps"))
        .transform_filter("datum.k == K")
        .transform_calculate(text=text)
        .mark_text(align="right", baseline="bottom", fontSize=12, limit=width)
        .encode(x=alt.value(width), y=alt.value(-8), text="text:N")
    )
    return said


def scrubbing(name: str) -> Mark:
    """Invisible points at the steps that can be selected: pointing scrubs, a click keeps."""
    hover = alt.selection_point(
        name=f"at_{name}", on="pointermove", nearest=True, fields=["k"], clear="pointerout"
    )
    pick = alt.selection_point(
        name=f"pick_{name}", on="click", nearest=True, fields=["k"], toggle=False, clear=False
    )
    return (
        Mark(alt.NamedData("snaps"))
        .mark_point(size=60, opacity=0, clip=True)
        .add_params(hover, pick)
    )


def here(height: int) -> View:
    """The selected step: a rule and a ring on the curve."""
    return layer(
        Mark()
        .mark_rule(color=THEORY, strokeWidth=1.3)
        .encode(y=alt.value(0), y2=alt.value(height)),
        Mark().mark_point(color=THEORY, size=110, strokeWidth=2.5, opacity=1, clip=True),
        data=alt.NamedData("snaps"),
        transform=[keep("datum.k == K")],
    )
