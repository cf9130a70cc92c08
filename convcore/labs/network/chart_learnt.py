"""What a network has learnt: the fitted curve on its points, or its decision regions."""

from __future__ import annotations

import altair as alt
import numpy as np
from numpy.typing import NDArray

from convcore.charts.compose import Mark, View, layer
from convcore.charts.grid import LEFT
from convcore.charts.landscape import data_uri
from convcore.charts.parts import MEMBER, MEMBERS, WIDE
from convcore.charts.picture import domain
from convcore.charts.pins import pinned_lines
from convcore.charts.style import BAD, QUIET
from convcore.labs.network.chart_parts import METHOD, beside_title


def regions_png(winner: NDArray[np.uint8], lead: NDArray[np.uint8]) -> str:
    """A data URI of decision regions: of each pixel the class, below 6, and how far it leads, 0 to 6.

    winner, lead: (rows, columns), first row lowest. A pixel has the colour of its class, the fainter the
    less it leads.
    """
    colours = [[int(hex[i : i + 2], 16) for i in (1, 3, 5)] for hex in MEMBERS]
    rgba = np.empty((*winner.shape, 4), dtype=np.uint8)
    rgba[..., :3] = np.array(colours, dtype=np.uint8)[winner[::-1]]
    rgba[..., 3] = 30 + 12 * lead[::-1]
    return data_uri(rgba)


def _plane() -> tuple[alt.X, alt.Y]:
    return (
        alt.X("x:Q", title=None, scale=domain("T.xlo", "T.xhi")),
        alt.Y("y:Q", title=None, scale=domain("T.ylo", "T.yhi")),
    )


def axis_names(width: int, height: int) -> list[Mark]:
    """The axes' names, which are the data's, where an axis has its title."""
    across = (
        Mark(alt.NamedData("t"))
        .mark_text(baseline="top", limit=width)
        .encode(x=alt.value(width / 2), y=alt.value(height + 24), text="xname:N")
    )
    up = (
        Mark(alt.NamedData("t"))
        .mark_text(angle=270, baseline="top", limit=height)
        .encode(x=alt.value(6 - LEFT), y=alt.value(height / 2), text="yname:N")
    )
    return [up, across]


def values(width: int, height: int) -> View:
    """The fitted curve on its points; with several inputs outputs against targets."""
    x, y = _plane()
    points = (
        Mark(alt.NamedData("points"))
        .transform_filter("datum.k < 0 || datum.k == K")
        .mark_point(color=QUIET, filled=True, size=36, opacity=0.9, clip=True)
    )
    curve = (
        Mark(alt.NamedData("curve"))
        .transform_filter("datum.k < 0 || datum.k == K")
        .transform_calculate(method="T.method", x="T.cx + datum.i * T.dx")
        .mark_line(strokeWidth=2.2, clip=True)
        .encode(color=METHOD, order="i:Q")
    )
    ends = ("T.xlo", "T.xhi", "T.ylo", "T.yhi")
    pinned = pinned_lines("x", "y", "datum.part == 2 && datum.same", ends)
    away = beside_title("datum.more", width)
    return layer(points, pinned, curve, away, *axis_names(width, height)).encode(x=x, y=y)


def regions(width: int, height: int) -> View:
    """The decision regions on the points; those in a wrong region are ringed."""
    x, y = _plane()
    picture = (
        Mark(alt.NamedData("regions"))
        .transform_filter("datum.k == K")
        .transform_calculate(x="(T.xlo + T.xhi) / 2", y="(T.ylo + T.yhi) / 2")
        .mark_image(width=width, height=height, aspect=False, clip=True)
        .encode(url="url:N")
    )
    points = (
        Mark(alt.NamedData("points"))
        .mark_point(filled=True, size=42, opacity=0.95, clip=True)
        .encode(**MEMBER)
    )
    wrong = (
        Mark(alt.NamedData("wrong"))
        .transform_filter("datum.k == K")
        .mark_point(size=150, strokeWidth=2, color=BAD, opacity=1, clip=True)
    )
    missed = beside_title("datum.more", width)
    return layer(picture, points, wrong, missed, *axis_names(width, height)).encode(x=x, y=y)


def class_names(width: int) -> View:
    """The classes' names, in their colours and shapes."""
    many = f"max(T.classes || 0, {4 if width >= WIDE - 100 else 2})"
    x = alt.X("class:Q", axis=None, scale=domain("-0.05", many))
    return layer(
        Mark().mark_point(filled=True, size=70, opacity=1).encode(x=x, y=alt.value(8), **MEMBER),
        Mark()
        .mark_text(
            align="left", dx=8, baseline="middle", limit=alt.ExprRef(f"{width} / {many} - 24")
        )
        .encode(x=x, y=alt.value(8), text="name:N"),
        data=alt.NamedData("names"),
    ).properties(view=alt.ViewConfig(stroke=None))
