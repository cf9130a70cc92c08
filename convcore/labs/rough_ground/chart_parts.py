"""What the pictures of the lab "Rough ground" share: runs, their legend, and limits of η."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, layer
from convcore.charts.grid import plot_width
from convcore.charts.legend import legend, legend_height
from convcore.charts.parts import WIDE
from convcore.charts.style import METHODS, THEORY

# One colour and dash for the run, and for each schedule and method that it is compared with: those of the
# methods in all labs, but for plain descent, whose the run has.
RUNS: dict[str, tuple[str, list[int]]] = {
    "run": ("#1f7ad6", [1, 0]),
    "constant": ("#d55e00", [7, 4]),
    "linear": ("#00966c", [6, 4]),
    "quadratic": ("#c0497e", [2, 3]),
    "exponential": ("#9a6bd0", [8, 4, 2, 4]),
    "drop": ("#a3791c", [5, 5]),
    "plateau": ("#2a93a8", [3, 3]),
    "cosine": ("#6d7f2e", [9, 5]),
    "warmup": ("#cf4a4a", [9, 4, 3, 4]),
    **METHODS,
    "gd": ("#5f7896", [16, 4]),
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
NOW = "#d55e00"  # the current step size
ROW, ROWS = 16, 4  # px of a row of names above a plot's data, and how many fit


def tall(width: int) -> int:
    """The height of the main plot of a picture: it grows with the page."""
    return max(300, min(480, round(0.33 * width)))


def brief_axis() -> alt.Axis:
    """A y axis whose labels fit in its margin: 15k for 15,000."""
    large = "inrange(abs(datum.value), [9999, 9.99e14])"
    return alt.Axis(labelExpr=f"{large} ? format(datum.value, '.3~s') : datum.label")


def runs_row(width: int) -> View:
    """The runs on the page, each with its line."""
    return legend(plot_width(width), COLOUR, DASH)


def runs_height(width: int, names: Collection[str]) -> int:
    """The height in px of the lines of runs with these names there; one alone needs no name."""
    return legend_height(names if len(names) > 1 else (), plot_width(width))


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
