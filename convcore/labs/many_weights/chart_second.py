"""The second pictures of "Many weights": errors by direction; the whitened space and the η that work."""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, View, hconcat, layer, vconcat
from convcore.charts.grid import panel, plot_width
from convcore.charts.legend import listed
from convcore.charts.live import SO_FAR, calculate, curtain, keep, shown_step
from convcore.charts.parts import WIDE, anchor, text_line
from convcore.charts.picture import Template, domain, table_param
from convcore.charts.style import GOOD, QUIET
from convcore.charts.typeset import number, power_of_ten
from convcore.labs.many_weights.chart import beside, methods_row
from convcore.labs.many_weights.chart_live import AS_GIVEN, ROLE_DASH, ROLE_FILL, ROLE_LINE, upright
from convcore.labs.many_weights.chart_planes import here, paths
from convcore.labs.many_weights.chart_steps import step_axis

# The pointer on the first picture does not reach these.
PARAMS = [
    *(table_param(table) for table in ("t", "frame", "plane", "rule")),
    alt.param(name="ON", value=False),
    *shown_step(),
    alt.param(name="FADE", value=0.9),
]


def build_errors(width: int) -> View:
    """The error of plain descent along each direction, by step."""
    inner = plot_width(width)
    view = panel(modes(inner, 220), inner, 220, "Gradient descent: error by direction")
    return vconcat(view).add_params(*(p for p in PARAMS if p.name != "RULE"))


def build_whitened(width: int) -> View:
    """The paths in the whitened space, and the interval of working η before and after."""
    side, rest = beside(width)
    if width < WIDE:
        side = rest = plot_width(width)
    low = side if width >= WIDE else 90
    plane = panel(whitened(side), side, side, "In the whitened space ŵ = √A (w − w*)")
    bars = panel(working(rest, low), rest, low, "Which η work, before and after normalising")
    rows = [hconcat(plane, bars)] if width >= WIDE else [bars, plane]
    rows.insert(0, methods_row(plot_width(width)))
    params = [p for p in PARAMS if p.name != "FRAME"]
    return vconcat(*rows).add_params(listed("method"), *params)


def modes(width: int, height: int) -> View:
    """The error of plain descent along each eigenvector, in the colours of the directions."""
    y = alt.Y(
        "y:Q",
        title=None,
        scale=domain("FRAME.elo", "FRAME.ehi"),
        axis=alt.Axis(labelExpr=power_of_ten("datum.value"), tickMinStep=1, tickCount=5),
    )
    measured = Mark(alt.NamedData("errors")).mark_line(
        strokeWidth=2, clip=True, strokeDash=ROLE_DASH
    )
    measured.transform = [keep("datum.role >= 0")]
    tags = Mark(alt.NamedData("tags")).mark_text(
        align="left", baseline="middle", dx=4, fontWeight="bold"
    )
    parts = (
        measured.encode(order=AS_GIVEN, stroke=ROLE_LINE, detail="m:N"),
        tags.encode(text="label:N", fill=ROLE_FILL),
        curtain(),
    )
    return layer(
        *parts,
        anchor("frame"),
        anchor("plane"),
        text_line("slow", width, right=True),
        upright("'error'", height),
    ).encode(x=step_axis(), y=y)


def whitened(size: int) -> View:
    """The same paths in the whitened space, where level lines are circles."""
    x = alt.X("hx:Q", title="ŵ₁", scale=domain("PLANE.hlo", "PLANE.hhi"))
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
    words = text_line("why", size), upright("'ŵ₂'", size)
    parts = (circles, paths("hpiece", f"{white} && {SO_FAR}"), here(white), *words, anchor("plane"))
    return layer(*parts).encode(x=x, y=y)


def working(width: int, height: int) -> View:
    """The interval of working η before and after normalising, as two bars on one axis."""
    x = alt.X("hi:Q", title="step size η", scale=domain("0", "PLANE.most"))
    y = alt.Y("name:N", title=None, sort=None, axis=alt.Axis(ticks=False, domain=False))
    kept = "format(100 * RULE.rate, '.3~g') + ' %'"
    before = f"'below ' + {number('RULE.limit', 3)} + '; the best keeps ' + {kept}"
    rows = [
        keep("PLANE.white"),
        calculate("datum.i ? 'after' : 'before'", "name"),
        calculate("datum.i ? 2 : RULE.limit", "hi"),
        calculate("0", "lo"),
        calculate(f"datum.i ? 'below 2; η = 1 lands at once' : {before}", "label"),
    ]
    bars = Mark().mark_bar(color=GOOD, opacity=0.45, height={"band": 0.5}).encode(x2="lo:Q")
    names = Mark().mark_text(align="left", baseline="middle", dx=6, limit=width)
    names.transform = [calculate("datum.hi < 0.5 * PLANE.most ? datum.hi : 0", "hi")]
    both = layer(bars, names.encode(text="label:N"), data=alt.sequence(2, as_="i"), transform=rows)
    return layer(both, anchor("rule")).encode(x=x, y=y)


ERRORS = Template(
    build_errors,
    "Many weights: the error of gradient descent by direction and step",
    renderer="canvas",
)
WHITENED = Template(
    build_whitened,
    "Many weights: the paths in the whitened space; working step sizes before and after normalising",
    renderer="canvas",
)
SECONDS = {"errors": ERRORS, "whitened": WHITENED}
