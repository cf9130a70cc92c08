"""The two planes of "Many weights": level lines with the paths, here and in the whitened space."""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, layer
from convcore.charts.legend import as_listed
from convcore.charts.live import SO_FAR, calculate, keep, start_pointer
from convcore.charts.parts import METHOD, legible
from convcore.charts.picture import domain
from convcore.charts.pins import pinned_lines
from convcore.charts.style import QUIET, THEORY
from convcore.labs.many_weights.chart_live import (
    AS_GIVEN,
    BLUE,
    FADE,
    ROLE_DASH,
    ROLE_FILL,
    ROLE_LINE,
    heading,
    live_line,
    upright,
)

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
        .transform_filter("datum.kind")
        .mark_point(shape="cross", size=90, color=THEORY, filled=True, opacity=1, clip=True)
        .encode(x=alt.X("cx:Q"), y=alt.Y("cy:Q"))
    )
    named = (
        Mark(alt.NamedData("plane"))
        .transform_filter("datum.kind")
        .mark_text(
            align=alt.ExprRef("datum.nx > datum.cx ? 'left' : 'right'"),
            baseline="middle",
            clip=True,
        )
        .encode(x=alt.X("nx:Q"), y=alt.Y("ny:Q"), text="kind:N")
    )
    start = (
        Mark(alt.NamedData("t"))
        .transform_calculate(x="SX", y="SY")
        .mark_point(shape="diamond", filled=True, size=110, color=BLUE, opacity=1, clip=True)
    )
    title = heading(
        size,
        "ON_START ? 'Trying start (' + format(SX, '.3~g') + ', ' + format(SY, '.3~g') + ')'"
        " : T.two ? 'E over the two weights' : 'E in the plane of two directions'",
    )
    parts = (
        levels,
        directions(),
        pinned_lines("x", "y", "datum.same", PLANE, "method", "piece"),
        paths(),
        live_line(),
        here(),
        centre,
        named,
        start,
        numbers(),
        exits(),
        start_pointer(live=True),
        title,
        *axis_names(size),
    )
    return layer(*parts).encode(x=x, y=y)


def directions() -> View:
    """The steepest and the flattest direction through the stationary point, named at the end away from
    the start, along the line."""
    lines = Mark().mark_line(strokeWidth=1.5, clip=True, strokeDash=ROLE_DASH)
    lines.transform = [calculate("[-1, 1]", "side"), *_along("side")]
    # On level lines.
    names = legible(
        Mark(),
        {"text": "name:N", "angle": alt.Angle("angle:Q", scale=None)},
        colour=ROLE_FILL,
        align=alt.ExprRef("datum.end < 0 ? 'left' : 'right'"),
        baseline="bottom",
        dy=-3,
        fontWeight="bold",
        clip=True,
    )
    return layer(
        lines.encode(stroke=ROLE_LINE),
        layer(names, transform=_along("0.92 * datum.end")),
        data=alt.NamedData("modes"),
        transform=[
            keep("PLANE.apart && datum.role > 0"),
            calculate("datum.cx < 0 ? -1 : 1", "turn"),  # from left to right, as one reads
            calculate("datum.turn * (XHI - XLO) / 2 / max(abs(datum.cx), abs(datum.cy))", "far"),
            calculate("datum.cx * datum.far", "dx"),
            calculate("datum.cy * datum.far", "dy"),
            calculate(
                "(T.sx - PLANE.cx) * datum.dx + (T.sy - PLANE.cy) * datum.dy > 0 ? -1 : 1", "end"
            ),
            calculate("-atan2(datum.dy, datum.dx) * 180 / PI", "angle"),
        ],
    )


def _along(share: str) -> list[Any]:
    """Points at a share, or several, of the way from the stationary point to the edge."""
    many = share == "side"
    at = f"datum.{share}" if many else share
    return [
        *[alt.FlattenTransform(flatten=[share])] * many,
        calculate(f"PLANE.cx + {at} * datum.dx", "x"),
        calculate(f"PLANE.cy + {at} * datum.dy", "y"),
    ]


def numbers() -> Mark:
    """0, 1, 2, 3 at the first points of plain descent, where there is room."""
    chart: Mark = (
        Mark(alt.NamedData("plan"))
        .transform_filter(f"!ON && datum.tag && {SO_FAR}")
        .transform_calculate(
            beside="datum.x + 0.035 * (XHI - XLO) * cos(datum.tag * PI / 4)",
            above="datum.y + 0.035 * (XHI - XLO) * sin(datum.tag * PI / 4)",
        )
        .mark_text(fontWeight="bold", clip=True)
        .encode(x=alt.X("beside:Q"), y=alt.Y("above:Q"), text="k:Q")
    )
    return chart


def exits() -> Mark:
    """An arrow where a path leaves the view, the way it goes."""
    chart: Mark = (
        Mark(alt.NamedData("exits"))
        .transform_filter(f"!ON && {SO_FAR}")
        .mark_point(shape="arrow", filled=True, size=260, opacity=1, clip=True)
        .encode(color=METHOD, angle=alt.Angle("angle:Q", scale=None))
    )
    return chart


def axis_names(size: int) -> list[Mark]:
    """The names of the plane's axes, where those of Vega-Lite would stand, which cannot change."""
    across: Mark = (
        Mark(alt.NamedData("t"))
        .transform_calculate(text="T.two ? 'weight w₁' : 'along the flattest direction'")
        .mark_text(baseline="top")
        .encode(x=alt.value(size / 2), y=alt.value(size + 24), text="text:N")
    )
    return [across, upright("T.two ? 'weight w₂' : 'along the steepest'", size)]


def paths(piece: str = "piece", when: str = SO_FAR) -> View:
    """The measured paths of all methods in a plane, dimmed while the pointer asks for another."""
    # Dots in a layer of their own: as points of the line they would be parted by its dash and piece.
    return layer(
        as_listed(Mark())
        .mark_line(strokeWidth=1.8, clip=True, opacity=FADE)
        .encode(
            color=METHOD, strokeDash="method:N", order=AS_GIVEN, detail=[f"{piece}:N", "listed:N"]
        ),
        Mark()
        .mark_point(filled=True, size=22, clip=True, opacity=FADE)
        .encode(color=METHOD, order="method:N"),
        data=alt.NamedData("tracks"),
        transform=[keep(when)],
    )


def here(when: str = "true") -> Mark:
    """A ring on each path at the scrubbed step, or at the point drawn in its place."""
    chart: Mark = (
        Mark(alt.NamedData("tracks"))
        .transform_filter(f"!ON && datum.k <= K && K < datum.until && {when}")
        .mark_point(size=110, strokeWidth=2, clip=True, opacity=1)
        # Rings at the minimum lie over one another: else one that moves would come to lie over the others.
        .encode(color=METHOD, order="method:N")
    )
    return chart
