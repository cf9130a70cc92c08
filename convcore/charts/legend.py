"""The legend above the panels of a picture: each line's colour, dash and name, in rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np

from convcore.charts.compose import Mark, View, layer
from convcore.charts.grid import frame
from convcore.charts.live import calculate
from convcore.charts.picture import Columns

SAMPLE = 26  # px of each line
ROW = 18  # px of a row


def legend(
    width: int, columns: int, colour: alt.Color, dash: alt.StrokeDash, data: alt.Data | None = None
) -> View:
    """The lines of the table "legend", or of `data`, so many side by side, over plots `width` px wide.

    It is as high as the rows in use, and as wide as a panel, so that it lines up with those below.
    """
    x = alt.X("left:Q", axis=None, scale=alt.Scale(domain=[0, width], nice=False))
    y = alt.Y("row:O", axis=None, scale=alt.Scale(padding=0.5))
    lines = Mark().mark_rule(strokeWidth=2.5).encode(x=x, x2="right:Q", y=y)
    names = (
        Mark()
        .mark_text(align="left", dx=6, baseline="middle", limit=width // columns - SAMPLE - 12)
        .encode(x=alt.X("right:Q"), y=y, text="name:N")
    )
    placed = [
        calculate(f"datum.i % {columns} * {width / columns}", "left"),
        calculate(f"datum.left + {SAMPLE}", "right"),
        calculate(f"floor(datum.i / {columns})", "row"),
    ]
    parts = (frame(width), lines.encode(color=colour, strokeDash=dash), names)
    made = layer(*parts, data=data or alt.NamedData("legend"), transform=placed)
    return made.properties(width=width, height=alt.Step(ROW), view=alt.ViewConfig(stroke=None))


def legend_height(lines: int, columns: int) -> int:
    """The height in px of a legend of so many lines, so many of them side by side."""
    rows = -(-lines // columns)
    return ROW * rows + ROW // 2 if rows else 0


def height_of_rows(view: Mapping[str, Any], tables: Mapping[str, Columns]) -> int:
    """The height in px of a legend in a spec, with these tables."""
    columns = re.search(r"floor\(datum\.i/(\d+)\)", str(view["transform"]))
    assert columns
    return legend_height(len(tables[view["data"]["name"]]["i"]), int(columns[1]))


def legend_table(field: str, names: Mapping[str, str]) -> Columns:
    """The table "legend" for lines, key -> name; field: the column that colour and dash read."""
    return {
        "i": np.arange(len(names), dtype=np.int8),
        field: list(names),
        "name": list(names.values()),
    }
