"""The one grid of all pictures: plots share their edges; axes and titles take margins of a fixed size.

Vega-Lite places views by bounds that include titles and the labels of axes, so that plots move when a
label gets longer. A panel brings an invisible frame that reserves its margins: as long as all its words
fit in them, panels side by side and below each other line up, whatever the data.
"""

from __future__ import annotations

from typing import Literal

import altair as alt

from convcore.charts.compose import Mark, Part, View, layer

LEFT = 58  # px from the edge of a panel to its plot: labels and title of the y axis
RIGHT = 12  # px from the plot to the edge: half of a label at its end
TITLE = 30  # px above the plot: its title and the gap to it
AXIS = 44  # px below the plot: labels and title of the x axis


def plot_width(width: int, columns: int = 1) -> int:
    """The width of each of several plots side by side in a picture `width` px wide."""
    return width // columns - LEFT - RIGHT


def frame(width: int, top: int = 0, bottom: float | Literal["height"] = "height") -> Mark:
    """An invisible mark from `top` to `bottom` that takes a panel's margins beside a plot."""
    mark: Mark = Mark(alt.sequence(1)).mark_rect(
        opacity=0, x=-LEFT, x2=width + RIGHT, y=top, y2=bottom
    )
    return mark


def panel(
    plot: Part, width: int, height: int, title: str = "", above: int = TITLE, below: int = AXIS
) -> View:
    """A plot of this size, its title, and the margins around it in px.

    above, below: for panels without a title, or without an x axis.
    """
    name = Mark(alt.sequence(1)).mark_text(style="head", limit=width, x=0, y=-8, text=title)
    # A title of Vega-Lite's own would be placed above the frame.
    margins = frame(width, -above, height + below)
    return layer(margins, *[name] * bool(title), plot).properties(width=width, height=height)
