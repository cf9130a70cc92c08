"""What the pictures of the lab "Rough ground" share: runs, their legend, and limits of η."""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, layer
from convcore.charts.grid import LEFT, RIGHT
from convcore.charts.parts import WIDE
from convcore.charts.style import THEORY

# One colour and dash for the run, and for each schedule that it is compared with.
RUNS: dict[str, tuple[str, list[int]]] = {
    "run": ("#1f7ad6", [1, 0]),
    "constant": ("#d55e00", [7, 2]),
    "linear": ("#00966c", [6, 2]),
    "quadratic": ("#c0497e", [2, 2]),
    "exponential": ("#9a6bd0", [8, 3, 2, 3]),
    "drop": ("#a3791c", [4, 4]),
    "plateau": ("#2a93a8", [3, 3]),
    "cosine": ("#6d7f2e", [9, 2]),
    "warmup": ("#cf4a4a", [9, 3, 3, 3]),
    "floor": (THEORY, [5, 4]),  # no run: what theory gives for one
}
COLOUR = alt.Color(
    "run:N",
    scale=alt.Scale(domain=list(RUNS), range=[colour for colour, _ in RUNS.values()]),
)
DASH = alt.StrokeDash(
    "run:N",
    scale=alt.Scale(domain=list(RUNS), range=[dash for _, dash in RUNS.values()]),
)
SAMPLE = 26  # px of a line in the legend
NOW = "#d55e00"  # the current step size
ROW, ROWS = 16, 4  # px of a row of names above a plot's data, and how many fit


def tall(width: int) -> int:
    """The height of the main plot of a picture: it grows with the page."""
    return max(300, min(480, round(0.33 * width)))


def brief_axis() -> alt.Axis:
    """A y axis whose labels fit in its margin: 15k for 15,000."""
    large = "inrange(abs(datum.value), [9999, 9.99e14])"
    return alt.Axis(labelExpr=f"{large} ? format(datum.value, '.3~s') : datum.label")


def legend(width: int) -> View:
    """The schedules on the page, each with its line: three side by side, or where it is narrow one."""
    wide = width >= WIDE
    at, line = ("at3", "line3") if wide else ("at1", "line1")
    inner = width - LEFT - RIGHT
    x = alt.X(f"{at}:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False))
    y = alt.Y(f"{line}:O", axis=None, scale=alt.Scale(padding=0.5))
    base = Mark(alt.NamedData("legend"))
    lines = (
        base.transform_calculate(to=f"datum.{at} + {SAMPLE / inner}")
        .mark_rule(strokeWidth=2.5)
        .encode(x=x, x2="to:Q", y=y, color=COLOUR, strokeDash=DASH)
    )
    limit = inner // (3 if wide else 1) - SAMPLE - 16
    names = base.mark_text(align="left", dx=SAMPLE + 6, baseline="middle", limit=limit).encode(
        x=x, y=y, text="name:N"
    )
    # As wide as the panels below, so that its left edge is theirs.
    frame = (
        Mark(alt.sequence(1))
        .mark_rect(opacity=0)
        .encode(x=alt.value(-LEFT), x2=alt.value(inner + RIGHT), y=alt.value(0), y2=alt.value(1))
    )
    return layer(frame, lines, names).properties(
        width=inner, height=alt.Step(18), view=alt.ViewConfig(stroke=None)
    )


def named_rules(x: alt.X, width: int, height: int) -> View:
    """The limits of η and the current one, from the table "limits", as lines down from their names.

    The names are in rows of their own, above the data, so that no name is on a line or a point.
    """
    row = "wide" if width >= WIDE else "narrow"
    limits = Mark(alt.NamedData("limits")).transform_calculate(top=f"datum.{row} * {ROW}")
    top = alt.Y("top:Q", scale=None, axis=None)
    rules = [
        limits.transform_filter(f"datum.now == {now}")
        .mark_rule(color=colour, strokeDash=dash, strokeWidth=2, clip=True)
        .encode(x=x, y=top, y2=alt.value(height))
        for now, colour, dash in ((0, THEORY, [5, 4]), (1, NOW, [1, 0]))
    ]
    sides: list[tuple[int, Any, int]] = [(0, "left", 5), (1, "right", -5)]
    names = [
        limits.transform_filter(f"datum.{row} < {ROWS} && datum.{row}left == {left}")
        .mark_text(align=align, dx=dx, baseline="top", dy=2, fontSize=12)
        .encode(x=x, y=top, text=f"{row}label:N")
        for left, align, dx in sides
    ]
    return layer(*rules, *names)
