"""The pictures of the lab "One weight": ruler, E(w) with the path, loss, steps to tolerance.

All four are views of one chart, so that the pointer on the ruler redraws the others without a server, and
so does a control that is moved.
"""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, View, hconcat, layer, vconcat
from convcore.charts.grid import AXIS, LEFT, TITLE, panel, plot_width
from convcore.charts.live import calculate, curtain, keep
from convcore.charts.parts import WIDE, anchor, step_pointer
from convcore.charts.picture import Template, domain
from convcore.charts.pins import pinned_lines
from convcore.charts.style import THEORY
from convcore.charts.typeset import (
    BREAK,
    in_brackets,
    number,
    power_of_ten,
    subscript,
    written,
)
from convcore.labs.one_weight.chart_landscape import landscape
from convcore.labs.one_weight.chart_live import LEVELS, PARAMS, live_path, paths
from convcore.labs.one_weight.chart_ruler import ruler, tried

STEP = alt.X(
    "k:Q",
    title="step k",
    scale=domain("FRAME.klo", "FRAME.khi"),
    axis=alt.Axis(tickMinStep=1, format="d"),
)


def loss(width: int, height: int) -> View:
    """Loss against step: the run's points on the theory's line; the pointer scrubs through steps."""
    label = f"T.log ? {power_of_ten('datum.value')} : format(datum.value, '~g')"
    scale = domain("FRAME.llo", "LHI")
    y = alt.Y("y:Q", title=None, scale=scale, axis=alt.Axis(labelExpr=label, tickMinStep=1))
    theory = (
        Mark(alt.NamedData("run"))
        .transform_filter("!ON && datum.k <= T.foretold")
        .mark_line(color=THEORY, strokeWidth=5, opacity=0.55, clip=True)
        .encode(y=alt.Y("theory:Q"))
    )
    steps, excess = step_pointer("steps", reach=True), number("pow(10, datum.y)", 3)
    here = layer(
        Mark()
        .mark_rule(color=THEORY, strokeWidth=1.5)
        .encode(y=alt.value(0), y2=alt.value(height)),
        Mark()
        .mark_text(align="right", baseline="bottom")
        .encode(x=alt.value(width), y=alt.value(-8), text="text:N"),
        data=alt.NamedData("run"),
        transform=[
            keep("!ON && datum.k == K"),
            calculate(
                f"'step ' + datum.k + (T.log ? ': E − E* = ' + (datum.y < FRAME.llo ? '0' : {excess})"
                f" : ': E = ' + {number('datum.E', 3)})",
                "text",
            ),
        ],
    )
    pinned = pinned_lines("k", "y", "datum.log == T.log", LEVELS)
    parts = (theory, pinned, *paths(), curtain(), here, anchor("frame"), steps)
    return layer(*parts).encode(x=STEP, y=y)


def equation(width: int, wide: bool) -> View:
    """The step that leads to the one shown, with its numbers in; it follows the pointer."""
    k, was = "datum.k", "datum.before"
    last = f"'w' + {subscript(f'{k} - 1')}"
    symbols = f"'w' + {subscript(k)} + ' = ' + {last} + ' − η·E′(' + {last} + ')'"
    numbers = f"{was} + ' − ' + {in_brackets('datum.eta')} + ' · ' + {in_brackets('datum.slope')}"
    step = f"{symbols} + '{' ' if wide else BREAK} = ' + {numbers} + ' = ' + datum.w"
    # Of the closed form: back from where the step led, but where it led to the minimum at once.
    before = [
        alt.WindowTransform(
            window=[{"op": "lag", "field": "w", "as": "last"}],
            sort=[{"field": "k", "order": "ascending"}],
        ),
        calculate(
            "datum.n > 1 && datum.h != 0 ? WS + (datum.w - WS) / datum.h : datum.last", "before"
        ),
    ]
    shown = [
        keep("datum.k == K"),
        calculate("ETA * datum.f", "eta"),
        calculate("A * datum.before + B", "slope"),
        *written(("before", "eta", "slope", "w"), kept=("k",)),
        calculate(f"{k} ? {step} : 'w₀ = ' + datum.w + ', the start'", "text"),
    ]
    text = (
        Mark()
        .mark_text(style="step", fontSize=16, limit=width)
        .encode(x=alt.value(0), y=alt.value(0), text="text:N")
    )
    return layer(
        layer(text, data=alt.NamedData("run"), transform=[keep("!ON && datum.shown"), *shown]),
        layer(text, transform=[keep("ON"), *before, *shown]),
    ).properties(view=alt.ViewConfig(stroke=None))


RULER, ABOVE = 100, 42  # px: the ruler's height, and what is above it
STEP_ABOVE, STEP_BELOW = 2, 6  # px above and below the step with its numbers


def build(bare: int, width: int) -> View:
    """All views: side by side where there is room, else ruler and loss first."""
    wide = width >= WIDE
    inner, half = plot_width(width), plot_width(width, 2 if wide else 1)
    on_ruler = panel(layer(tried(inner), ruler(inner, RULER)), inner, RULER, above=ABOVE)
    step = panel(
        equation(inner, wide), inner, _step_height(wide), above=STEP_ABOVE, below=STEP_BELOW
    )
    tall = _height(wide)
    views = (
        panel(landscape(half, tall, bool(bare)), half, tall, "The path on E(w)"),
        panel(
            loss(half, tall),
            half,
            tall,
            "Loss above the minimum, by step" if wide else "Loss by step",
        ),
    )
    rows = [on_ruler, step, hconcat(*views)] if wide else [on_ruler, step, *reversed(views)]
    composed = vconcat(*rows, data=alt.NamedData("run"), transform=live_path())
    return composed.add_params(*PARAMS).resolve_scale(color="independent")


def _step_height(wide: bool) -> int:
    return 16 if wide else 38


def _height(wide: bool) -> int:
    """Of the views below."""
    return 240 if wide else 200


def grips(width: int) -> dict[str, tuple[int, int, int, int]]:
    """Where η and the start can be gripped in a picture of this width, by the name of the field."""
    wide = width >= WIDE
    inner, half = plot_width(width), plot_width(width, 2 if wide else 1)
    top = ABOVE + RULER + AXIS + STEP_ABOVE + _step_height(wide) + STEP_BELOW + TITLE
    if not wide:  # below the loss
        top += _height(wide) + AXIS + TITLE
    return {"eta": (LEFT, ABOVE, inner, RULER), "w0": (LEFT, top, half, _height(wide))}


DESCENT, DESCENT_AND_BARE = (
    Template(
        build,
        "One weight: a ruler of step sizes, E(w) with the path, the loss by step, and the steps needed",
        picks=("pick_eta", "pick_look", "pick_start"),
        renderer="canvas",
        given=(bare,),
    )
    for bare in (0, 1)
)
