"""What the pictures of "Perceptron and backprop" share: colours of learners, the legend, pins."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from convcore.charts.compose import Mark, View, layer
from convcore.charts.grid import AXIS, LEFT
from convcore.charts.landscape import data_uri
from convcore.charts.live import calculate, keep
from convcore.charts.pins import pinned_lines
from convcore.charts.style import LEARNERS
from convcore.labs.perceptron.output_images import LEVELS

PLUS, MINUS = (190, 130, 20), (95, 110, 140)  # the sides of the output y, on either theme
SIDES = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in (MINUS, PLUS)]
# One scale for learners and labels, as one view has marks of both kinds.
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


def output_png(levels: NDArray[np.int8]) -> str:
    """A data URI of the levels of an output, as in Shades; (rows, columns), first row lowest."""
    levels = levels[::-1]
    rgba = np.zeros((*levels.shape, 4), dtype=np.uint8)
    rgba[..., :3] = np.where(levels[..., None] > 0, PLUS, MINUS)
    rgba[..., 3] = 6 + 90 * np.abs(levels).astype(float) / LEVELS
    return data_uri(rgba)


def axis_names(width: int, height: int) -> View:
    """The names of both axes, from the row T: where the grid has the titles of axes."""
    base = Mark(alt.NamedData("t"))
    look: dict[str, Any] = {"fontSize": 13, "limit": min(width, height)}
    return layer(
        base.mark_text(baseline="bottom", **look).encode(
            x=alt.value(width / 2), y=alt.value(height + AXIS - 4), text="xname:N"
        ),
        base.mark_text(baseline="bottom", angle=270, **look).encode(
            x=alt.value(16 - LEFT), y=alt.value(height / 2), text="yname:N"
        ),
    )


def above(data: str, text: str, width: int, taken: int, when: str = "true", **look: Any) -> Mark:
    """A text at the right of the line of a panel's title, of which `taken` px are taken."""
    chart: Mark = (
        Mark(alt.NamedData(data))
        .transform_filter(when)
        .transform_calculate(above=text)
        .mark_text(align="right", baseline="bottom", limit=width - taken, **look)
        .encode(x=alt.value(width), y=alt.value(-8), text="above:N")
    )
    return chart


# The frame of the view that T holds: the middle and the size of each side.
FRAME = {
    "wide": "T.xhi - T.xlo", "high": "T.yhi - T.ylo",
    "mx": "(T.xhi + T.xlo) / 2", "my": "(T.yhi + T.ylo) / 2",
}  # fmt: skip


def pinned_boundaries() -> View:
    """The boundaries of pinned runs on the same points, drawn to the edge of the view that T holds.

    Columns of "pins": u·x + v·y + b = 0 is the line, s in [−1, 1] runs along it. In a frame of sides 1
    around the origin the line is UX + VY + C = 0, at the distance |C|/√(U² + V²); all of the frame lies
    within √½ of the origin.
    """
    made = [calculate(expression, name) for name, expression in FRAME.items()]
    made += [
        calculate("datum.u * datum.wide", "U"),
        calculate("datum.v * datum.high", "V"),
        calculate("datum.u * datum.mx + datum.v * datum.my + datum.b", "C"),
        calculate("datum.U * datum.U + datum.V * datum.V", "Q"),
        keep("datum.Q > 0 && datum.C * datum.C < 0.5 * datum.Q"),
        calculate("0.71 * datum.s / sqrt(datum.Q)", "along"),
        calculate(
            "datum.mx - datum.wide * (datum.C * datum.U / datum.Q + datum.V * datum.along)", "x"
        ),
        calculate(
            "datum.my - datum.high * (datum.C * datum.V / datum.Q - datum.U * datum.along)", "y"
        ),
    ]
    return pinned_lines(
        "x", "y", "datum.same && datum.part == 0", ("T.xlo", "T.xhi", "T.ylo", "T.yhi"), "learner",
        made=made, named=("learner",), dash=DASH,
    )  # fmt: skip
