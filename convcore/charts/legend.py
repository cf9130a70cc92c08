"""The legend above the panels of a picture: each line's colour, dash and name, in rows."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

import altair as alt
import numpy as np

from convcore.charts.compose import Mark, View, layer
from convcore.charts.grid import frame
from convcore.charts.live import calculate
from convcore.charts.picture import Columns

SAMPLE = 26  # px of each line
ROW = 18  # px of a row
BESIDE = 12  # px before and after a name
# Of the letters of 12 px, those that take another room than OTHER px each.
NARROW, WIDEST, OTHER = (4.0, " -.,:;'()|/ijlftr"), (10.0, "mwMW"), 6.6


def legend(
    width: int, colour: alt.Color, dash: alt.StrokeDash, data: alt.Data | None = None
) -> View:
    """The lines of the table "legend", or of `data`, over plots `width` px wide.

    As many are side by side as there is room for. It is as high as the rows in use, and as wide as a
    panel, so that it lines up with those below.
    """
    x = alt.X("left:Q", axis=None, scale=alt.Scale(domain=[0, width], nice=False))
    y = alt.Y("row:O", axis=None, scale=alt.Scale(padding=0.5))
    lines = Mark().mark_rule(strokeWidth=2.5).encode(x=x, x2="right:Q", y=y)
    names = (
        Mark()
        .mark_text(align="left", dx=6, baseline="middle", limit=width - SAMPLE - BESIDE)
        .encode(x=alt.X("right:Q"), y=y, text="name:N")
    )
    placed = [
        calculate(f"max(1, floor({width} / datum.room))", "columns"),
        calculate(f"datum.i % datum.columns * {width} / datum.columns", "left"),
        calculate(f"datum.left + {SAMPLE}", "right"),
        calculate("floor(datum.i / datum.columns)", "row"),
    ]
    parts = (frame(width), lines.encode(color=colour, strokeDash=dash), names)
    made = layer(*parts, data=data or alt.NamedData("legend"), transform=placed)
    return made.properties(width=width, height=alt.Step(ROW), view=alt.ViewConfig(stroke=None))


def listed(field: str) -> alt.Parameter:
    """LISTED, which `as_listed` needs: the lines in the legend. field: as in `legend_table`."""
    return alt.param(name="LISTED", expr=f"join(pluck(data('legend'), '{field}'))")


def as_listed(lines: Mark) -> Mark:
    """Lines over one another in their table's order, whatever was drawn before; `detail` has ``listed``.

    A line that comes back would be drawn over those that had stayed. With LISTED among what tells lines
    apart, all are new when one comes or goes.
    """
    made: Mark = lines.transform_calculate(listed="LISTED")
    return made


def legend_height(names: Collection[str], width: int) -> int:
    """The height in px of the legend of lines with these names."""
    return _height(len(names), room(names), width)


def _height(lines: int, each: int, width: int) -> int:
    rows = -(-lines // max(1, width // each))
    return ROW * rows + ROW // 2 if rows else 0


def height_of_rows(view: Mapping[str, Any], tables: Mapping[str, Columns]) -> int:
    """The height in px of a legend in a spec, with these tables."""
    lines = tables[view["data"]["name"]]["room"]
    return _height(len(lines), int(max(lines, default=1)), view["width"])


def room(names: Collection[str]) -> int:
    """The px that each of the lines with these names takes."""
    widths = dict.fromkeys(NARROW[1], NARROW[0]) | dict.fromkeys(WIDEST[1], WIDEST[0])
    longest = max((sum(widths.get(c, OTHER) for c in name) for name in names), default=0.0)
    return SAMPLE + BESIDE + math.ceil(longest)


def legend_table(field: str, names: Mapping[str, str]) -> Columns:
    """The table "legend" for lines, key -> name; field: the column that colour and dash read."""
    return {
        "i": np.arange(len(names), dtype=np.int8),
        field: list(names),
        "name": list(names.values()),
        "room": np.full(len(names), room(names.values()), np.int16),
    }
