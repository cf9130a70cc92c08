"""What the views of "A real network" share: the selected step and the method's colour."""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, View, layer
from convcore.charts.live import keep
from convcore.charts.picture import domain, table_param
from convcore.charts.style import THEORY
from convcore.optimizers import OPTIMIZERS
from convcore.optimizers.hessian_free import HESSIAN_FREE

PARAMS = [
    table_param("t"),
    alt.param(
        name="K",
        expr="isValid(at_loss.k) ? at_loss.k[0] : isValid(at_sharp.k) ? at_sharp.k[0] : T.look",
    ),
]
COLOURS = {key: kind.colour for key, kind in (*OPTIMIZERS, *HESSIAN_FREE)}
METHOD = alt.Color(
    "method:N",
    scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
)
# A little longer than the run: the ring at its end is whole.
STEP = alt.X(
    "k:Q",
    title="step k",
    scale=domain("0", "T.khi * 1.02"),
    axis=alt.Axis(format=",d", tickMinStep=1),
)


def scrubbing(name: str, x: alt.X, y: alt.Y, data: str = "snaps") -> Mark:
    """Invisible points at the steps that can be selected: pointing scrubs, a click keeps."""
    hover = alt.selection_point(
        name=f"at_{name}", on="pointermove", nearest=True, fields=["k"], clear="pointerout"
    )
    pick = alt.selection_point(
        name=f"pick_{name}", on="click", nearest=True, fields=["k"], toggle=False, clear=False
    )
    return (
        Mark(alt.NamedData(data))
        .mark_point(size=60, opacity=0, clip=True)
        .encode(x=x, y=y)
        .add_params(hover, pick)
    )


def here(x: alt.X, y: alt.Y) -> View:
    """The selected step: a rule and a ring on the curve."""
    return layer(
        Mark().mark_rule(color=THEORY, strokeWidth=1.3).encode(x=x),
        Mark()
        .mark_point(color=THEORY, size=110, strokeWidth=2.5, opacity=1, clip=True)
        .encode(x=x, y=y),
        data=alt.NamedData("snaps"),
        transform=[keep("datum.k == K")],
    )
