"""The two planes of "Many weights": level lines with the paths, here and in the whitened space."""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, View, layer
from convcore.charts.live import keep, start_pointer
from convcore.charts.parts import METHOD, text_line
from convcore.charts.picture import domain
from convcore.charts.pins import pinned_lines
from convcore.charts.style import QUIET, THEORY
from convcore.labs.many_weights.chart_live import AS_GIVEN, BLUE, COLOUR, DASH, FADE, live_line

PLANE = ("PLANE.xlo", "PLANE.xhi", "PLANE.ylo", "PLANE.yhi")


def contours(size: int) -> View:
    """Level lines of E in the plane, the paths of all methods, the start; the pointer moves it."""
    x = alt.X("x:Q", title=None, scale=domain("PLANE.xlo", "PLANE.xhi"))
    y = alt.Y("y:Q", title=None, scale=domain("PLANE.ylo", "PLANE.yhi"))
    levels = (
        Mark(alt.NamedData("levels"))
        .mark_line(color=QUIET, strokeWidth=1, clip=True, interpolate="cardinal")
        .encode(detail="line:N", order=AS_GIVEN)
    )
    centre = (
        Mark(alt.NamedData("plane"))
        .transform_filter("datum.stationary")
        .mark_point(shape="cross", size=90, color=THEORY, filled=True, opacity=1, clip=True)
        .encode(x=alt.X("cx:Q"), y=alt.Y("cy:Q"))
    )
    start = (
        Mark(alt.NamedData("t"))
        .transform_calculate(x="SX", y="SY")
        .mark_point(shape="diamond", filled=True, size=110, color=BLUE, opacity=1, clip=True)
    )
    grid = start_pointer()
    parts = (
        levels,
        pinned_lines("x", "y", "datum.same", PLANE, "method", "piece"),
        paths("piece"),
        live_line(),
        here(),
        centre,
        start,
        grid,
        text_line("axes", size),
    )
    return layer(*parts).encode(x=x, y=y).properties(width=size, height=size)


def whitened(size: int) -> View:
    """The same paths in the whitened space, where level lines are circles."""
    x = alt.X("hx:Q", title=None, scale=domain("PLANE.hlo", "PLANE.hhi"))
    y = alt.Y("hy:Q", title=None, scale=domain("PLANE.hlo", "PLANE.hhi"))
    # A symbol's size is the square of its width: circles of a fifth, two fifths, … of the view's.
    circles = (
        Mark(alt.sequence(1, 7, as_="i"))
        .transform_filter("PLANE.white")
        .transform_calculate(hx="0", hy="0", area=f"pow(datum.i / 5 * {size}, 2)")
        .mark_point(color=QUIET, strokeWidth=1, opacity=1, clip=True)
        .encode(size=alt.Size("area:Q", scale=None))
    )
    white = "PLANE.white"
    parts = (circles, paths("hpiece", white), live_line(white), here(white), text_line("why", size))
    return layer(*parts).encode(x=x, y=y).properties(width=size, height=size)


def paths(piece: str, when: str = "") -> View:
    """The measured paths of all methods in a plane, dimmed while the pointer asks for another."""
    # Dots in a layer of their own: as points of the line they would be parted by its dash and piece.
    return layer(
        Mark()
        .mark_line(strokeWidth=1.8, clip=True, opacity=FADE)
        .encode(color=COLOUR, strokeDash=DASH, order=AS_GIVEN, detail=f"{piece}:N"),
        Mark().mark_point(filled=True, size=22, clip=True, opacity=FADE).encode(color=METHOD),
        data=alt.NamedData("tracks"),
        transform=[keep(when)] if when else [],
    )


def here(when: str = "true") -> Mark:
    """A ring on each path at the scrubbed step, or at the point drawn in its place."""
    chart: Mark = (
        Mark(alt.NamedData("tracks"))
        .transform_filter(f"!ON && datum.k <= K && K < datum.until && {when}")
        .mark_point(size=110, strokeWidth=2, clip=True, opacity=1)
        .encode(color=METHOD)
    )
    return chart
