"""The one palette and theme of all pictures. Colours keep 3:1 against both themes' backgrounds."""

from __future__ import annotations

from typing import Any

from convcore.charts.grid import LEFT
from convcore.charts.typeset import SERIF, tick
from convcore.optimizers import OPTIMIZERS

# One colour and one dash per method, in every picture. The colour-blind distinguish them by lightness and
# dash. After Okabe and Ito (2008), with medium lightness for contrast on both white and black.
METHODS: dict[str, tuple[str, list[int]]] = {
    key: (kind.colour, list(kind.dash)) for key, kind in OPTIMIZERS
}
# Learners that draw a line between points; from the same palette.
LEARNERS: dict[str, tuple[str, list[int]]] = {
    "perceptron": ("#d55e00", [7, 3]),
    "backprop": ("#1f7ad6", []),
    "margin": ("#00966c", [2, 2]),
    "lms": ("#9a6bd0", [8, 3, 2, 3]),
    "hard": ("#a3791c", [5, 2, 1, 2]),
}
# A pinned run's lines, by its place among the pins; told apart by dash as well.
PINS: tuple[tuple[str, list[int]], ...] = (
    ("#9a6bd0", [6, 3]), ("#2a8a9c", [2, 2]), ("#c0497e", [8, 3, 2, 3]), ("#8a6d3b", [1, 3]),
    ("#00966c", [10, 3]), ("#c95a2a", [4, 4]), ("#6f7f1a", [5, 2, 1, 2]), ("#8a8d94", [3, 1]),
)  # fmt: skip
GOOD, CAREFUL, BAD = "#00966c", "#c98500", "#d0443c"
THEORY = "#d58a00"
QUIET = "#8a8d94"
INK = {"light": "#31333f", "dark": "#fafafa"}
PAPER = {"light": "#ffffff", "dark": "#0d1016"}
# The steepest and the flattest direction, in lines and in their names: 4.5:1 against each background.
STEEP = {"light": "#a8480a", "dark": "#f0a06a"}
FLAT = {"light": "#0a7480", "dark": "#58c8d2"}


def config(theme: str) -> dict[str, Any]:
    """What our charts change in Streamlit's theme: text in the theme's colour, quiet axes."""
    ink = INK[theme]
    axis = {
        # Written out, the ticks of 10¹² would be wider than a phone.
        "labelExpr": f"isNumber(datum.value) ? {tick('datum.value')} : datum.label",
        "labelColor": ink,
        "labelPadding": 6,
        "titleColor": ink,
        "titleFontWeight": "normal",
        "titlePadding": 4,
        "tickCount": 6,
    }
    return {
        "text": {"color": ink, "fontSize": 13},
        "rule": {"color": ink},  # black otherwise, in the dark theme too
        "axis": {**axis, "titleFontSize": 13, "labelFontSize": 12, "gridOpacity": 0.35},
        # Always at one place, however long the labels: panels keep their margins (see `grid`).
        "axisLeft": {"titleX": 16 - LEFT, "labelLimit": LEFT - 22},
        # Our own legends are above the views, in rows that fit a phone.
        "legend": {"disable": True, "labelColor": ink, "titleColor": ink, "labelFontSize": 12},
        "title": {"color": ink, "fontSize": 13, "fontWeight": "bold", "anchor": "start"},
        "view": {"stroke": QUIET, "strokeOpacity": 0.35},
        # Invalid values are filtered once, not at each mark of a line. Our own text describes what is under
        # the pointer, not Streamlit's tooltip of columns and values.
        "mark": {"invalid": "filter", "tooltip": None},
        # Of directions: one between, the flattest, the steepest.
        "range": {"ordinal": [QUIET, FLAT[theme], STEEP[theme]]},
        "style": {
            # A panel's title, and the step with its numbers in.
            "head": {"align": "left", "baseline": "bottom", "fontWeight": "bold", "fontSize": 14},
            "step": {"align": "left", "baseline": "top", "font": SERIF, "lineBreak": "\n"},
            "pin": {"strokeWidth": 1.4, "opacity": 0.9},
            # Under words on a picture, so that what they cross does not make them hard to read.
            "halo": {
                "fill": PAPER[theme],
                "stroke": PAPER[theme],
                "strokeWidth": 4,
                "strokeJoin": "round",
                "opacity": 0.85,
            },
            # Over the steps that are not played yet.
            "curtain": {"color": PAPER[theme], "opacity": 0.8},
        },
    }
