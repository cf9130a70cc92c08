"""What a Hessian costs: bytes and seconds against the number of weights."""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, Part, View, hconcat, layer, vconcat
from convcore.charts.parts import WIDE
from convcore.charts.picture import Template
from convcore.charts.style import BAD, METHODS, QUIET

WORK = {
    "gradient": (METHODS["gd"][0], [1, 0]),
    "product": (METHODS["momentum"][0], [8, 3]),
    "L-BFGS": (METHODS["bfgs"][0], [4, 2]),
    "hessian": (METHODS["newton"][0], [2, 2]),
    "solve": (BAD, [8, 3, 2, 3]),
}
COLOUR = alt.Color(
    "what:N",
    title=None,
    scale=alt.Scale(domain=list(WORK), range=[c for c, _ in WORK.values()]),
    legend=alt.Legend(
        orient="bottom",
        columns=3,
        symbolType="stroke",
        symbolDash=[],
        symbolStrokeWidth=3,
        labelExpr="{'product': 'Hessian·vector', 'hessian': 'full Hessian', 'solve': \"Newton's solve\"}"
        "[datum.label] || datum.label",
    ),
)
DASH = alt.StrokeDash(
    "what:N",
    scale=alt.Scale(domain=list(WORK), range=[d for _, d in WORK.values()]),
)
SCALES = {
    # Known sizes for comparison: log₁₀ of bytes, and of seconds.
    "bytes": [
        (10.2, "a laptop: 16 GB"),
        (12.3, "a big server: 2 TB"),
        (21.3, "all disks sold in a year"),
    ],
    "seconds": [
        (0.0, "1 second"),
        (4.94, "1 day"),
        (7.5, "1 year"),
        (17.64, "age of the universe"),
    ],
}


def cost_view(panel: str, width: int, height: int) -> View:
    """Bytes or seconds against the number of weights; measured points, and lines extrapolated from them."""
    x = alt.X(
        "n:Q",
        title="weights n",
        scale=alt.Scale(domain=[2, 12], nice=False),
        axis=alt.Axis(labelExpr="'1e' + datum.value", tickMinStep=2),
    )
    low, high = (2, 26) if panel == "bytes" else (-5, 26)
    y = alt.Y(
        "y:Q",
        title=panel,
        scale=alt.Scale(domain=[low, high], nice=False),
        axis=alt.Axis(labelExpr="'1e' + datum.value"),
    )
    known = [{"y": at, "name": name} for at, name in SCALES[panel]]
    marks = layer(
        Mark().mark_rule(color=QUIET, strokeDash=[2, 3]).encode(y=y),
        Mark()
        .mark_text(align="left", baseline="bottom", dx=4, dy=-1, fontSize=11)
        .encode(x=alt.value(0), y=y, text="name:N"),
        data=alt.InlineData(values=known),
    )
    lines = (
        Mark(alt.NamedData("lines"))
        .transform_filter(f"datum.panel == '{panel}'")
        .mark_line(strokeWidth=2, clip=True)
        .encode(x=x, y=y, color=COLOUR, strokeDash=DASH)
    )
    seen = (
        Mark(alt.NamedData("seen"))
        .mark_point(filled=True, size=44, opacity=1, clip=True)
        .encode(x=x, y=y, color=COLOUR)
    )
    parts: list[Part] = [marks, lines, *([seen] if panel == "seconds" else [])]
    return layer(*parts).properties(width=width, height=height)


def build_cost(width: int) -> View:
    """Memory and time, side by side where there is room."""
    wide = width >= WIDE
    half = (width - 62 - 62 - 14) // 2 if wide else width - 62
    memory = cost_view("bytes", half, 230).properties(title="Memory, counted")
    times = cost_view("seconds", half, 230).properties(
        title="Time: measured here (points), extended"
    )
    return hconcat(memory, times) if wide else vconcat(memory, times)


COST = Template(build_cost, "What a Hessian costs: bytes and seconds against the number of weights")
