"""What a run begins with, without the run: a function and its start, or points that are to be learnt."""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, Part, View, layer
from convcore.charts.grid import AXIS, LEFT, panel, plot_width
from convcore.charts.parts import MEMBER, anchor, legible
from convcore.charts.picture import Columns, Picture, Template, domain, row, table_param
from convcore.charts.style import METHODS, QUIET, THEORY

MOST = 560  # px of a plot's width: there is nothing beside it
TALL, LOW = 300, 190  # px of its height, where the page is wide, and on a phone
NARROW = 460  # px of a picture, below which it is on a phone

View2 = tuple[tuple[float, float], tuple[float, float]]  # the ends of x, and of y


def _axes() -> tuple[alt.X, alt.Y]:
    return (
        alt.X("x:Q", title=None, scale=domain("T.xlo", "T.xhi")),
        alt.Y("y:Q", title=None, scale=domain("T.ylo", "T.yhi")),
    )


def _start() -> list[Part]:
    """The start, with its name."""
    x, y = _axes()
    table = alt.NamedData("t")
    mark = Mark(table).mark_point(
        shape="diamond", filled=True, size=150, color=METHODS["gd"][0], opacity=1, clip=True
    )
    name = legible(
        Mark(table),
        {"x": x, "y": y, "text": alt.value("start")},
        fontWeight="bold",
        dy=-14,
        clip=True,
    )
    return [mark.encode(x=x, y=y), name]


def _named(plot: list[Part], width: int, title: str) -> View:
    """A plot with the names of its axes, from the table "t"."""
    size, tall = _size(width)
    look: dict[str, Any] = {"baseline": "bottom", "limit": min(size, tall)}
    table = alt.NamedData("t")
    across = Mark(table).mark_text(**look)
    up = Mark(table).mark_text(angle=270, **look)
    names = (
        across.encode(x=alt.value(size / 2), y=alt.value(tall + AXIS - 4), text="xname:N"),
        up.encode(x=alt.value(16 - LEFT), y=alt.value(tall / 2), text="yname:N"),
    )
    return panel(layer(*plot, *names, anchor("t")), size, tall, title).add_params(table_param("t"))


def _size(width: int) -> tuple[int, int]:
    """Width and height of the plot in a picture of this width."""
    return min(plot_width(width), MOST), TALL if width >= NARROW else LOW


def build_curve(width: int) -> View:
    """A function of one weight."""
    x, y = _axes()
    line = Mark(alt.NamedData("curve")).mark_line(color=QUIET, strokeWidth=3.5, clip=True)
    return _named([line.encode(x=x, y=y, detail="piece:N"), *_start()], width, "E(w) and the start")


def build_plane(width: int) -> View:
    """A function of two weights, or in a plane of more."""
    size, tall = _size(width)
    image = Mark(alt.NamedData("ground")).mark_image(width=size, height=tall, aspect=False)
    at = {"x": alt.value(size / 2), "y": alt.value(tall / 2)}
    return _named(
        [image.encode(url="url:N", **at), *_start()], width, "Level lines of E, the start"
    )


def build_points(width: int) -> View:
    """Points by class, or by value."""
    x, y = _axes()
    base = Mark(alt.NamedData("points"))
    dots = base.mark_point(filled=True, size=60, opacity=1, clip=True).encode(x=x, y=y, **MEMBER)
    extra = base.transform_filter("datum.extra").mark_point(
        shape="diamond", size=330, strokeWidth=2, color=THEORY, opacity=1, clip=True
    )
    # Each name on its first point, which tells the classes apart without a legend.
    named = base.transform_filter("datum.name")
    names = legible(named, {"x": x, "y": y, "text": "name:N"}, fontWeight="bold", dy=-13, clip=True)
    return _named([dots, extra.encode(x=x, y=y), names], width, "What is to be learnt")


CURVE = Template(
    build_curve, "E(w) of one weight with the start, before the run", renderer="canvas"
)
PLANE = Template(
    build_plane, "Level lines of E in a plane with the start, before the run", renderer="canvas"
)
POINTS = Template(build_points, "The points to learn, before the training", renderer="canvas")


def curve(line: Columns, start: tuple[float, float], view: View2, about: str) -> Picture:
    """A function of one weight. line: x, y and piece; start: (w₀, E(w₀)); about: what is set."""
    tables = {"t": _numbers(view, ("weight w", "E(w)"), start), "curve": line}
    return Picture("before", CURVE, tables, about)


def plane(
    url: str, start: tuple[float, float], view: View2, names: tuple[str, str], about: str
) -> Picture:
    """A function in a plane, as an image (see `charts.landscape`). names: of the axes."""
    tables: dict[str, Columns] = {"t": _numbers(view, names, start), "ground": {"url": [url]}}
    return Picture("before", PLANE, tables, about)


def points(found: Columns, view: View2, names: tuple[str, str], about: str) -> Picture:
    """Points: x, y, their class, their name or "", and whether each is extra. names: of the axes."""
    tables = {"t": _numbers(view, names), "points": found}
    return Picture("before", POINTS, tables, about)


def _numbers(
    view: View2, names: tuple[str, str], start: tuple[float, float] = (0.0, 0.0)
) -> Columns:
    (xlo, xhi), (ylo, yhi) = view
    return row(
        xlo=xlo, xhi=xhi, ylo=ylo, yhi=yhi, x=start[0], y=start[1],
        xname=names[0][:60], yname=names[1][:60],
    )  # fmt: skip
