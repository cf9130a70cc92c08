"""What the pictures of "Perceptron and backprop" share: colours of learners and labels, the legend."""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import View, layer
from convcore.charts.parts import WIDE
from convcore.charts.style import LEARNERS

PLUS, MINUS = (190, 130, 20), (95, 110, 140)  # the sides of the output y, on either theme
SIDES = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in (MINUS, PLUS)]
# One scale for learners and labels, as marks of both kinds stand in one view.
PALETTE = {**dict(zip(("minus", "plus"), ((c, [1, 0]) for c in SIDES), strict=True)), **LEARNERS}
COLOURS = alt.Scale(domain=list(PALETTE), range=[colour for colour, _ in PALETTE.values()])
DASHES = alt.Scale(domain=list(PALETTE), range=[dash for _, dash in PALETTE.values()])
COLOUR = alt.Color("learner:N", scale=COLOURS)
DASH = alt.StrokeDash("learner:N", scale=DASHES)
SIDE = alt.Color("label:N", scale=COLOURS)
SHAPE = alt.Shape(
    "label:N",
    # The same domain as the colours', or a chart warns of two legends.
    scale=alt.Scale(domain=list(PALETTE), range=["square", *["circle"] * (len(PALETTE) - 1)]),
)


def legend(width: int) -> View:
    """The learners on the page, each a stretch of its line: in one row, or where it is narrow two."""
    wide = width >= WIDE - 100
    at, line, rows = ("at4", "line4", 1) if wide else ("at2", "line2", 2)
    stretch = "0.05" if wide else "0.1"
    x = alt.X("from:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False))
    y = alt.Y(f"{line}:Q", axis=None, scale=alt.Scale(domain=[rows - 0.5, -0.5], nice=False))
    base = alt.Chart(alt.NamedData("legend")).transform_calculate(
        **{"from": f"datum.{at}", "to": f"datum.{at} + {stretch}"}
    )
    lines = base.mark_rule(strokeWidth=2.5).encode(
        x=x, x2="to:Q", y=y, color=COLOUR, strokeDash=DASH
    )
    names = base.mark_text(align="left", dx=5, baseline="middle").encode(
        x=alt.X("to:Q", axis=None), y=y, text="name:N"
    )
    return layer(lines, names).properties(
        width=width, height=17 * rows, view=alt.ViewConfig(stroke=None)
    )
