"""The pictures of the lab "Many weights": ruler, contours here and in the whitened space, losses.

All are views of one chart: the pointer on the ruler or on the contours redraws the path of plain
descent, its loss and its modes from the closed form, without a server.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, Part, View, hconcat, layer, vconcat
from convcore.charts.live import calculate, factors, keep, start_pointer
from convcore.charts.parts import (
    METHOD,
    STILL,
    WIDE,
    anchor,
    by_method,
    eta_pointer,
    fits,
    headline,
    legend,
    step_pointer,
    words,
)
from convcore.charts.picture import Template, domain, reader, view_ends
from convcore.charts.pins import pinned_lines
from convcore.charts.style import BAD, CAREFUL, GOOD, METHODS, QUIET, THEORY

BLUE = METHODS["gd"][0]

PARAMS = [
    reader("t"),
    reader("frame"),
    reader("plane"),
    reader("rule"),
    *view_ends("plane"),
    alt.param(name="ON_ETA", expr="isValid(hover.eta) && T.live"),
    alt.param(name="ON_START", expr="isValid(hover_start.x) && T.live"),
    alt.param(name="ON", expr="ON_ETA || ON_START"),
    alt.param(name="ETA", expr="ON_ETA ? pow(10, hover.eta[0]) : T.eta"),
    alt.param(name="SX", expr="ON_START ? hover_start.x[0] : T.sx"),
    alt.param(name="SY", expr="ON_START ? hover_start.y[0] : T.sy"),
    alt.param(name="K", expr="isValid(scrub.k) ? scrub.k[0] : T.look"),
    alt.param(name="FADE", expr="ON ? 0.12 : 0.9"),
]
COLOUR, DASH = by_method(("gd", "coordinate", "newton", "momentum", "nesterov"))
FADE: Any = alt.ExprRef("FADE")
WHITENED = "In the whitened space ŵ = A^½(w − w*)"
AS_GIVEN = alt.value(None)  # the order of a line's points: a browser need not sort them


PLANE = ("PLANE.xlo", "PLANE.xhi", "PLANE.ylo", "PLANE.yhi")
LEVELS = ("0", "PLANE.khi", "FRAME.llo", "FRAME.lhi")


def live_modes() -> list[Any]:
    """Transforms on the table "plan" (k, f): one row for each step and mode, its error under the pointer.

    e: z − z* of the mode (with λ = 0: z itself, drifting).
    """
    return [
        calculate("data('modes')", "mode"),
        alt.FlattenTransform(flatten=["mode"]),
        calculate("datum.mode.lam", "lam"),
        calculate("datum.mode.m", "m"),
        *factors("ETA", by=["m"]),
        calculate(
            "ON_START && (datum.mode.cx || datum.mode.cy)"
            " ? datum.mode.cx * (SX + T.ox) + datum.mode.cy * (SY + T.oy) : datum.mode.z0",
            "z0",
        ),
        calculate(
            "datum.lam != 0 ? (datum.z0 - datum.mode.zc) * datum.P"
            " : datum.z0 - datum.mode.drift * ETA * datum.S",
            "e",
        ),
    ]


def live_path() -> list[Any]:
    """Transforms to one row a step: x, y in the plane, hx, hy in the whitened one, and the loss."""
    return [
        keep("ON"),
        *live_modes(),
        calculate("datum.mode.cx * (datum.e + datum.mode.zc)", "px"),
        calculate("datum.mode.cy * (datum.e + datum.mode.zc)", "py"),
        calculate("datum.mode.cx * datum.mode.root * datum.e", "ph"),
        calculate("datum.mode.cy * datum.mode.root * datum.e", "pi"),
        calculate("0.5 * datum.lam * datum.e * datum.e + datum.mode.drift * datum.e", "part"),
        alt.AggregateTransform(
            aggregate=[
                {"op": "sum", "field": "px", "as": "x"},
                {"op": "sum", "field": "py", "as": "y"},
                {"op": "sum", "field": "ph", "as": "hx"},
                {"op": "sum", "field": "pi", "as": "hy"},
                {"op": "sum", "field": "part", "as": "excess"},
            ],
            groupby=["k"],
        ),
        calculate("datum.x - T.ox", "x"),
        calculate("datum.y - T.oy", "y"),
        keep("abs(datum.x) < 1e20 && abs(datum.y) < 1e20"),
        calculate(
            "T.log ? max(log(max(datum.excess, 1e-300)) / LN10, FRAME.llo - 1) : datum.excess",
            "loss",
        ),
    ]


def pointed_at(width: int) -> Part:
    """What the pointed-at η or start is, live."""
    start = "' (' + format(SX, '.3~g') + ', ' + format(SY, '.3~g') + ')'"
    said = f"'η = ' + format(ETA, '.4~g') + (ON_START ? ', start' + {start} : '') + ':  factors 1 − ηλ'"
    low, top = (f"format(1 - ETA * {curvature}, '.4~g')" for curvature in ("T.lmin", "T.lmax"))
    slow = "(T.lmin < 0 ? ' (bends down) to ' : ' (slowest) to ')"
    return headline(width, said, " ", f"'from ' + {low} + {slow} + {top} + ' (steepest)' + {STILL}")


def ruler(width: int) -> View:
    """η on a logarithmic ruler: every 2/λ_i, the binding one and the other limits marked."""
    axis = alt.Axis(labelExpr="format(pow(10, datum.value), '.2~r')", tickCount=8)
    scale = domain("RULE.rlo", "RULE.rhi")
    x = alt.X("eta:Q", title="step size η; ticks: 2/λ of each direction", scale=scale, axis=axis)
    regimes = alt.Scale(
        domain=["monotone", "oscillates", "diverges", "none"], range=[GOOD, CAREFUL, BAD, QUIET]
    )
    bands = (
        Mark(alt.NamedData("bands"))
        .mark_rect(fillOpacity=0.35)
        .encode(x="lo:Q", x2="hi:Q", color=alt.Color("regime:N", scale=regimes))
    )
    names = (
        Mark(alt.NamedData("bands"))
        .transform_filter(fits("datum.label", "datum.hi - datum.lo", width))
        .mark_text(dy=8, baseline="top", limit=width)
        .encode(x="middle:Q", y=alt.value(0), text="label:N")
    )
    limits = (
        Mark(alt.NamedData("modes"))
        .transform_filter("datum.lam > 0")
        .mark_tick(thickness=2, size=16, color=THEORY)
        .encode(x="limit:Q", y=alt.value(38))
    )
    marks = Mark(alt.NamedData("marks")).mark_rule(strokeWidth=2)
    labels = (
        Mark(alt.NamedData("marks"))
        .mark_text(baseline="bottom", dy=-3, fontWeight="bold", align="center")
        .encode(y=alt.Y("row:Q", scale=None, axis=None), text="label:N")
    )
    now = (
        Mark(alt.NamedData("t"))
        .transform_calculate(eta="log(ETA) / LN10")
        .mark_point(shape="triangle-up", filled=True, size=160, color=BLUE, opacity=1)
        .encode(y=alt.value(46))
    )
    parts = (bands, marks, names, labels, limits, now, anchor("rule"), eta_pointer())
    return layer(*parts).encode(x=x).properties(width=width, height=56)


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
        words("axes", size),
    )
    return layer(*parts).encode(x=x, y=y).properties(width=size, height=size)


def whitened(size: int) -> View:
    """The same paths where every direction is alike: level lines are circles."""
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
    parts = (circles, paths("hpiece", white), live_line(white), here(white), words("why", size))
    return layer(*parts).encode(x=x, y=y).properties(width=size, height=size)


def paths(piece: str, when: str = "") -> View:
    """The measured paths of all methods in a plane, dimmed while the pointer asks for another."""
    # Dots of their own: those of a line would each have its dash and its pieces.
    return layer(
        Mark()
        .mark_line(strokeWidth=1.8, clip=True, opacity=FADE)
        .encode(color=COLOUR, strokeDash=DASH, order=AS_GIVEN, detail=f"{piece}:N"),
        Mark().mark_point(filled=True, size=22, clip=True, opacity=FADE).encode(color=METHOD),
        data=alt.NamedData("tracks"),
        transform=[keep(when)] if when else [],
    )


def here(when: str = "true") -> Mark:
    """A ring on each path at the scrubbed step, or at the point that stands for it."""
    chart: Mark = (
        Mark(alt.NamedData("tracks"))
        .transform_filter(f"!ON && datum.k <= K && K < datum.until && {when}")
        .mark_point(size=110, strokeWidth=2, clip=True, opacity=1)
        .encode(color=METHOD)
    )
    return chart


def live_line(when: str = "") -> View:
    """The path of plain descent from its closed form, on the data that all views share."""
    return layer(
        Mark().mark_line(color=BLUE, strokeWidth=1.8, clip=True),
        Mark().mark_point(color=BLUE, filled=True, size=30, clip=True, opacity=1),
        transform=[keep(when)] if when else [],
    ).encode(order="k:Q")


def step_axis() -> alt.X:
    """The axis of steps that the views below share."""
    return alt.X(
        "k:Q",
        title="step k",
        scale=domain("0", "PLANE.khi"),
        axis=alt.Axis(tickMinStep=1, format="d"),
    )


def loss(width: int, height: int) -> View:
    """Loss by method; behind plain descent the line of the theory. The pointer scrubs through steps."""
    label = "T.log ? '1e' + datum.value : format(datum.value, '~g')"
    y = alt.Y(
        "loss:Q",
        title=None,
        scale=domain("FRAME.llo", "FRAME.lhi"),
        axis=alt.Axis(labelExpr=label, tickMinStep=1),
    )
    theory = (
        Mark(alt.NamedData("theory"))
        .transform_filter("!ON")
        .mark_line(color=THEORY, strokeWidth=5, opacity=0.55, clip=True)
        .encode(order=AS_GIVEN)
    )
    steps = step_pointer("plan")
    rule = (
        Mark(alt.NamedData("plan"))
        .transform_filter("datum.k == K")
        .mark_rule(color=THEORY, strokeWidth=1.5)
        .encode(y=alt.value(0), y2=alt.value(height))
    )
    said = words("losses", width, right=True)
    pinned = pinned_lines("k", "loss", "datum.log == T.log", LEVELS, "method")
    # Steps lie along the axis: dots would show nothing new, and each takes the browser its time.
    lines = (
        Mark(alt.NamedData("losses"))
        .mark_line(strokeWidth=1.8, clip=True, opacity=FADE)
        .encode(color=COLOUR, strokeDash=DASH, order=AS_GIVEN)
    )
    parts = (theory, pinned, lines, live_line(), rule, said, anchor("frame"), steps)
    return layer(*parts).encode(x=step_axis(), y=y).properties(width=width, height=height)


def modes(width: int, height: int) -> View:
    """The error of plain descent along each eigenvector, from teal (slow) to brown (steep)."""
    y = alt.Y(
        "y:Q",
        title=None,
        scale=domain("FRAME.elo", "FRAME.ehi"),
        axis=alt.Axis(labelExpr="'1e' + datum.value", tickMinStep=1),
    )
    colour = alt.Color("rank:Q", scale=alt.Scale(domain=[0, 1], range=["#1a9aa8", "#a0662c"]))
    measured = (
        Mark(alt.NamedData("errors"))
        .transform_filter("!ON")
        .transform_calculate(rank="datum.m / T.top")
        .mark_line(strokeWidth=2, clip=True)
        .encode(color=colour, detail="m:N", order=AS_GIVEN)
    )
    ends = (
        Mark(alt.NamedData("tags"))
        .transform_filter("!ON")
        .transform_calculate(rank="datum.m / T.top")
        .mark_text(align="left", baseline="middle", dx=4, fontWeight="bold")
        .encode(text="label:N", color=colour)
    )
    live = Mark(alt.NamedData("plan")).mark_line(strokeWidth=2, clip=True)
    live.transform = [
        keep("ON"),
        *live_modes(),
        keep("datum.mode.drawn && datum.lam != 0"),
        calculate("datum.m / T.top", "rank"),
        calculate("max(log(max(abs(datum.e), 1e-300)) / LN10, FRAME.elo - 1)", "y"),
    ]
    moved = live.encode(color=alt.Color("rank:Q"), detail="m:N")
    parts = (measured, moved, ends, words("slow", width, right=True))
    return layer(*parts).encode(x=step_axis(), y=y).properties(width=width, height=height)


def build(width: int) -> View:
    """All views: two by two where there is room, else ruler and loss first."""
    inner = width - 62
    if width >= WIDE:
        half = (width - 62 - 62 - 14) // 2
        rows: list[Any] = [
            pointed_at(inner),
            ruler(inner),
            legend(inner, COLOUR),
            hconcat(
                contours(min(half, 340)).properties(title="Level lines of E and the paths"),
                whitened(min(half, 340)).properties(title=WHITENED),
            ),
            hconcat(
                loss(half, 200).properties(title="Loss by step"),
                modes(half, 200).properties(title="Plain descent: error by eigenmode"),
            ),
        ]
    else:
        rows = [
            pointed_at(inner),
            ruler(inner),
            legend(inner, COLOUR),
            loss(inner, 190).properties(title="Loss by step"),
            contours(inner).properties(title="Level lines of E and the paths"),
            whitened(inner).properties(title=WHITENED),
            modes(inner, 190).properties(title="Plain descent: error by eigenmode"),
        ]
    composed = vconcat(*rows, data=alt.NamedData("plan"), transform=live_path())
    return composed.add_params(*PARAMS).resolve_scale(color="independent")


BOWL = Template(
    build,
    "Many weights: a ruler of step sizes, level lines with the paths of each method here and in the "
    "whitened space, loss by step, error by eigenmode",
    picks=("pick_eta", "pick_start", "pick_look"),
    renderer="canvas",
)
