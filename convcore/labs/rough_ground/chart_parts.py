"""What the pictures of the lab "Rough ground" share: runs, their legend, and limits of η."""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, View, layer
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
}
COLOUR = alt.Color(
    "run:N",
    scale=alt.Scale(domain=list(RUNS), range=[colour for colour, _ in RUNS.values()]),
)
DASH = alt.StrokeDash(
    "run:N",
    scale=alt.Scale(domain=list(RUNS), range=[dash for _, dash in RUNS.values()]),
)


def legend(width: int) -> View:
    """The schedules on the page: three in a line, or where it is narrow one."""
    wide = width >= WIDE - 100
    at, line = ("at3", "line3") if wide else ("at1", "line1")
    x = alt.X(f"{at}:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False))
    y = alt.Y(f"{line}:O", axis=None, scale=alt.Scale(padding=0.5))
    base = Mark(alt.NamedData("legend"))
    dots = base.mark_point(filled=True, size=100, opacity=1).encode(x=x, y=y, color=COLOUR)
    limit = width // (3 if wide else 1) - 20
    names = base.mark_text(align="left", dx=9, baseline="middle", limit=limit).encode(
        x=x, y=y, text="name:N"
    )
    return layer(dots, names).properties(
        width=width, height=alt.Step(15), view=alt.ViewConfig(stroke=None)
    )


def limit_rules(x: alt.X) -> View:
    """The limits 2η_opt of the minima, from the table "limits", with their names."""
    limits = Mark(alt.NamedData("limits"))
    rules = limits.mark_rule(color=THEORY, strokeDash=[5, 4], clip=True).encode(x=x)
    names = limits.mark_text(
        align="right", angle=270, baseline="bottom", dy=-4, dx=-6, fontSize=11, clip=True
    ).encode(x=x, y=alt.value(0), text="label:N")
    return layer(rules, names)


def current(x: alt.X, colour: str = "#d55e00") -> Mark:
    """The current step size."""
    chart: Mark = (
        Mark(alt.NamedData("t")).mark_rule(color=colour, strokeWidth=2, clip=True).encode(x=x)
    )
    return chart
