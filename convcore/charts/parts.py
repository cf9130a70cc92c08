"""Parts that several pictures share: the methods' colours and legend, and words inside a view."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, layer

METHOD = alt.Color("method:N")  # without a scale, where another layer of the view has it

# Of points by class: the colour, and for the colour-blind the shape.
MEMBERS = ("#346ebe", "#cd5f1e", "#00966c", "#9a6bd0", "#a3791c", "#c0497e")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
MEMBER: dict[str, Any] = {
    "color": alt.Color(
        "class:N", scale=alt.Scale(domain=list(range(len(MEMBERS))), range=list(MEMBERS))
    ),
    "shape": alt.Shape(
        "class:N", scale=alt.Scale(domain=list(range(len(MEMBERS))), range=list(SHAPES))
    ),
}

WIDE = 640  # page width in pixels from which views are side by side
ETAS = 250  # step sizes other than 0 that the pointer can choose on a ruler
LETTER = 6.5  # approximate width of a letter in pixels


def fits(text: str, units: str, width: int, letter: float = LETTER) -> str:
    """An expression: whether a text fits in that many units of a ruler `width` pixels wide."""
    return f"{letter} * length({text}) < ({units}) / (RULE.rhi - RULE.rlo) * {width}"


def eta_pointer() -> Mark:
    """Where the pointer may choose η on a ruler with the ends RULE: `hover` follows, `pick_eta` keeps."""
    follows, keeps = pointed("hover", "eta"), clicked("pick_eta", "eta")
    pointer = line_pointer("eta", "RULE.rlo", "RULE.rhi", ETAS, follows, keeps)
    pointer.mark.cursor = tries("ew-resize")
    return pointer


def tries(cursor: str) -> alt.ExprRef:
    """The cursor where pointing tries a value in the browser, if it does: there the page sets its words
    about the run aside (see `page.streamlit_ways`)."""
    return alt.ExprRef(f"T.live ? '{cursor}' : 'pointer'")


def snapped_to_mark(value: float, marks: Iterable[float], low: float, high: float) -> float:
    """The mark nearest to a value picked on a ruler from `low` to `high` if near, else the value."""
    near = [mark for mark in marks if abs(mark - value) <= (high - low) / ETAS / 2 * (1 + 1e-9)]
    return min(near, key=lambda mark: abs(mark - value), default=value)


def line_pointer(field: str, low: str, high: str, bands: int, *params: alt.Parameter) -> Mark:
    """Where the pointer may choose the `field` of a view's x-axis between two expressions.

    Bands side by side, as `nearest` would add as many Voronoi cells. Their fill is transparent, as an
    opacity would make each a compositing layer in the browser. params: the selections they set.
    """
    step = f"({high} - {low}) / {bands}"
    chart: Mark = (
        Mark(alt.sequence(0, bands + 1, as_="i"))
        .transform_calculate(**{field: f"{low} + datum.i * {step}"})
        .transform_calculate(
            lo=f"datum.{field} - {step} / 2",
            hi=f"datum.{field} + {step} / 2",
        )
        .mark_rect(fillOpacity=0, clip=True)
        .encode(x="lo:Q", x2="hi:Q", y=alt.value(0), y2=alt.value("height"))
        .add_params(*params)
    )
    return chart


def step_pointer(table: str, reach: bool = False) -> Mark:
    """Where the pointer may choose a step of the table's column k: `scrub` follows, `pick_look` keeps.

    reach: whether the table says from where to where (lo, hi), as where not each step is drawn.
    """
    base = Mark(alt.NamedData(table))
    if not reach:
        base = base.transform_calculate(lo="datum.k - 0.5", hi="datum.k + 0.5")
    chart: Mark = (
        base.mark_rect(fillOpacity=0, clip=True, cursor="col-resize")
        .encode(x="lo:Q", x2="hi:Q", y=alt.value(0), y2=alt.value("height"))
        .add_params(pointed("scrub", "k"), clicked("pick_look", "k"))
    )
    return chart


def pointed(name: str, *fields: str) -> alt.Parameter:
    """A selection of what is under the pointer."""
    return alt.selection_point(name=name, on="pointermove", fields=list(fields), clear="pointerout")


def clicked(name: str, *fields: str) -> alt.Parameter:
    """A selection of what was clicked or tapped; it stays.

    On a canvas a click hits only what the pointer has moved over, which a finger that taps has not: hence
    touchend. One that slides there ends no click: hence pointerup.
    """
    return alt.selection_point(
        name=name,
        on="click, touchend, pointerup[event.pointerType === 'touch']",
        fields=list(fields),
        toggle=False,
        clear=False,
    )


def plane_pointer(side: int, *params: alt.Parameter) -> Mark:
    """Where the pointer may choose (x, y) in a view with the ends `picture.view_ends`.

    side × side cells with a transparent fill; params: the selections they set, by `pointed` or `clicked`.
    """
    wide, tall = (f"({c}HI - {c}LO) / {side - 1}" for c in "XY")
    chart: Mark = (
        Mark(alt.sequence(0, side * side, as_="i"))
        .transform_calculate(
            x=f"XLO + datum.i % {side} * {wide}",
            y=f"YLO + floor(datum.i / {side}) * {tall}",
            left=f"datum.x - {wide} / 2",
            right=f"datum.x + {wide} / 2",
            low=f"datum.y - {tall} / 2",
            high=f"datum.y + {tall} / 2",
        )
        .mark_rect(fillOpacity=0, clip=True)
        .encode(x="left:Q", x2="right:Q", y="low:Q", y2="high:Q")
        .add_params(*params)
    )
    return chart


def anchor(table: str) -> Mark:
    """An invisible mark: Vega drops a table that no mark uses, and expressions could not read it."""
    chart: Mark = (
        Mark(alt.NamedData(table)).mark_point(opacity=0).encode(x=alt.value(0), y=alt.value(0))
    )
    return chart


def text_line(column: str, width: int, right: bool = False) -> Mark:
    """A line of text inside a view, from a column of the table "t"."""
    side: dict[str, Any] = {"align": "right", "dx": -9} if right else {"align": "left", "dx": 5}
    chart: Mark = (
        Mark(alt.NamedData("t"))
        .mark_text(baseline="top", dy=5, limit=width - 8, fontSize=12, **side)
        .encode(x=alt.value(width if right else 0), y=alt.value(0), text=f"{column}:N")
    )
    return chart


def legible(base: Mark, channels: dict[str, Any], colour: Any = None, **look: Any) -> View:
    """Words of a base's data on a picture, with the page's colour around each letter."""
    ink = {} if colour is None else {"fill" if isinstance(colour, alt.Fill) else "color": colour}
    under, over = Mark().mark_text(style="halo", **look), Mark().mark_text(**look).encode(**ink)
    data, steps = (None if x is alt.Undefined else x for x in (base.data, base.transform))
    return layer(under, over, data=data, transform=steps or ()).encode(**channels)
