"""The pictures of the lab "One weight": ruler, E(w) with the path, loss, steps to tolerance.

All four are views of one chart, so that the pointer on the ruler redraws the others without a server.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, hconcat, layer, vconcat
from convcore.charts.live import calculate, factors, keep
from convcore.charts.parts import (
    POINTER_NOTE,
    WIDE,
    anchor,
    eta_pointer,
    fits,
    headline,
    step_pointer,
    text_line,
)
from convcore.charts.picture import Template, domain, table_param
from convcore.charts.pins import pinned_lines
from convcore.charts.style import BAD, CAREFUL, GOOD, METHODS, QUIET, THEORY

BLUE = METHODS["gd"][0]


# Names that expressions use. T: the run's numbers; FRAME, PLANE, RULE: the views' ends, in tables of
# their own, so that marks that depend only on those that stay when η moves are not drawn again; ETA and
# K: from the pointer, else from the control; SHARE: η/η_opt.
PARAMS = [
    table_param("t"),
    table_param("frame"),
    table_param("plane"),
    table_param("rule"),
    alt.param(name="ON", expr="isValid(hover.eta) && T.live"),
    alt.param(name="ETA", expr="ON ? hover.eta[0] : T.eta"),
    alt.param(name="K", expr="isValid(scrub.k) ? scrub.k[0] : T.look"),
    alt.param(name="SHARE", expr="ETA * T.a"),
]
REGIME = (
    "ETA == 0 ? 'stands still' : ETA < 0 && SHARE < 2 - 1e-9 ? 'climbs' : ETA > 0 && T.a < 0 ? "
    "'runs away: no minimum' : T.a == 0 ? 'no curvature: a straight line' : "
    "abs(SHARE - 1) < 1e-9 ? 'lands in one step' : abs(SHARE - 2) < 1e-9 ? 'jumps for ever' : "
    "SHARE < 1 ? 'converges monotonically' : SHARE < 2 ? 'oscillates, converges' : 'diverges'"
)
REGIMES = alt.Scale(
    domain=["monotone", "oscillates", "diverges", "no minimum"],
    range=[GOOD, CAREFUL, BAD, QUIET],
)
PLANE = ("PLANE.xlo", "PLANE.xhi", "PLANE.ylo", "PLANE.yhi")
LEVELS = ("FRAME.klo", "FRAME.khi", "FRAME.llo", "FRAME.lhi")
STEP = alt.X(
    "k:Q",
    title="step k",
    scale=domain("FRAME.klo", "FRAME.khi"),
    axis=alt.Axis(tickMinStep=1, format="d"),
)


def ruler(width: int) -> View:
    """η along a ruler: regimes in colour, η_opt and 2η_opt marked, and the η_k in use."""
    x = alt.X("eta:Q", title="step size η", scale=domain("RULE.rlo", "RULE.rhi"))
    bands = (
        Mark(alt.NamedData("bands"))
        .mark_rect(fillOpacity=0.35)
        .encode(x="lo:Q", x2="hi:Q", color=alt.Color("regime:N", scale=REGIMES))
    )
    names = (
        Mark(alt.NamedData("bands"))
        .transform_filter(fits("datum.label", "datum.hi - datum.lo", width))
        .mark_text(dy=9, baseline="top", limit=width)
        .encode(x="middle:Q", y=alt.value(0), text="label:N")
    )
    marks = Mark(alt.NamedData("marks")).mark_rule(strokeWidth=2)
    labels = (
        Mark(alt.NamedData("marks"))
        .mark_text(baseline="bottom", dy=-3, fontWeight="bold")
        .encode(y=alt.value(0), text="label:N")
    )
    used = (
        Mark(alt.NamedData("run"))
        .transform_filter("datum.k > 0")
        .mark_tick(color=BLUE, thickness=1.5, size=12)
        .encode(y=alt.value(46))
    )
    at_step = (
        Mark(alt.NamedData("run"))
        .transform_filter("datum.k == K + 1")
        .transform_calculate(eta="ETA * datum.f")
        .mark_tick(color=BLUE, thickness=3, size=22)
        .encode(y=alt.value(46))
    )
    now = (
        Mark(alt.NamedData("t"))
        .transform_calculate(eta="ETA")
        .mark_point(shape="triangle-up", filled=True, size=160, color=BLUE, opacity=1)
        .encode(y=alt.value(46))
    )
    grid = eta_pointer().transform_filter("datum.eta > 0")
    parts = (bands, marks, names, labels, used, at_step, now, anchor("rule"), grid)
    return layer(*parts).encode(x=x).properties(width=width, height=56)


def landscape(width: int, height: int) -> View:
    """E(w) and the path; at the scrubbed step the tangent. On a quadratic Taylor's parabola is E."""
    x = alt.X("w:Q", title="weight w", scale=domain("PLANE.xlo", "PLANE.xhi"))
    y = alt.Y("E:Q", title="E(w)", scale=domain("PLANE.ylo", "PLANE.yhi"))
    curve = layer(
        Mark().mark_line(color=QUIET, strokeWidth=3.5, clip=True),
        Mark().mark_line(color=THEORY, strokeDash=[5, 4], strokeWidth=2, clip=True),
        data=alt.sequence(0, 121, as_="k"),
        transform=[
            calculate("PLANE.xlo + datum.k * (PLANE.xhi - PLANE.xlo) / 120", "w"),
            calculate("(0.5 * PLANE.a * datum.w + PLANE.b) * datum.w + PLANE.c", "E"),
        ],
    )
    minimum = (
        Mark(alt.NamedData("plane"))
        .transform_filter("datum.a > 0")
        .mark_point(shape="cross", color=THEORY, filled=True, size=70, opacity=1, clip=True)
        .encode(x=alt.X("ws:Q"), y=alt.Y("Es:Q"))
    )
    tangent = (
        Mark(alt.NamedData("run"))
        .mark_line(color=THEORY, strokeWidth=1.5, clip=True)
        .encode(x=alt.X("side:Q"), y=alt.Y("rise:Q"))
    )
    tangent.transform = [
        keep("!ON && datum.k == K"),
        calculate("[PLANE.xlo, PLANE.xhi]", "side"),
        alt.FlattenTransform(flatten=["side"]),
        calculate("datum.E + (T.a * datum.w + T.b) * (datum.side - datum.w)", "rise"),
    ]
    here = (
        Mark(alt.NamedData("run"))
        .transform_filter("!ON && datum.k == K")
        .mark_point(color=THEORY, size=150, strokeWidth=2.5, clip=True, opacity=1)
    )
    pinned = pinned_lines("w", "E", "datum.same", PLANE)
    parts = (curve, pinned, minimum, tangent, *paths(), here)
    return layer(*parts).encode(x=x, y=y, order="k:Q").properties(width=width, height=height)


def paths() -> tuple[View, View]:
    """The run's path, and the closed form's, which is drawn instead while the pointer asks for it."""

    def marks(**shared: Any) -> View:
        return layer(
            Mark().mark_line(color=BLUE, strokeWidth=1.2, opacity=0.75, clip=True),
            Mark().mark_point(color=BLUE, filled=True, size=32, opacity=1, clip=True),
            **shared,
        )

    return marks(data=alt.NamedData("run"), transform=[keep("!ON && datum.shown")]), marks()


def live_path() -> list[Any]:
    """Transforms of the run's table to the closed form's w, E and y under the pointer."""
    moved = "T.a != 0 ? T.ws + (T.w0 - T.ws) * datum.P : T.w0 - T.b * ETA * datum.S"
    excess = "max(0.5 * T.a * pow(datum.w - T.ws, 2), 1e-300)"
    return [
        keep("ON"),
        *factors("ETA", by=[]),
        calculate(moved, "w"),
        keep("abs(datum.w) < 1e30"),
        calculate("(0.5 * T.a * datum.w + T.b) * datum.w + T.c", "E"),
        calculate(f"T.log ? max(log({excess}) / LN10, FRAME.llo - 1) : datum.E", "y"),
    ]


def loss(width: int, height: int) -> View:
    """Loss against step: the run's points on the theory's line; the pointer scrubs through steps."""
    label = "T.log ? '1e' + datum.value : format(datum.value, '~g')"
    scale = domain("FRAME.llo", "FRAME.lhi")
    y = alt.Y("y:Q", title=None, scale=scale, axis=alt.Axis(labelExpr=label, tickMinStep=1))
    theory = (
        Mark(alt.NamedData("run"))
        .transform_filter("!ON && datum.k <= T.foretold")
        .mark_line(color=THEORY, strokeWidth=5, opacity=0.55, clip=True)
        .encode(y=alt.Y("theory:Q"))
    )
    steps = step_pointer("steps")
    here = layer(
        Mark()
        .mark_rule(color=THEORY, strokeWidth=1.5)
        .encode(y=alt.value(0), y2=alt.value(height)),
        Mark()
        .mark_text(align="right", baseline="top", dy=4, dx=-6, fontWeight="bold")
        .encode(x=alt.value(width), y=alt.value(0), text="text:N"),
        data=alt.NamedData("run"),
        transform=[
            keep("!ON && datum.k == K"),
            calculate(
                "'k = ' + datum.k + ':  w = ' + format(datum.w, '.4~g') + ',  '"
                " + (T.log ? 'E − E* = ' + (datum.y < FRAME.llo ? '0' : format(pow(10, datum.y), '.3~g'))"
                " : 'E = ' + format(datum.E, '.3~g'))",
                "text",
            ),
        ],
    )
    pinned = pinned_lines("k", "y", "datum.log == T.log", LEVELS)
    parts = (theory, pinned, *paths(), here, anchor("frame"), steps)
    return layer(*parts).encode(x=STEP, y=y).properties(width=width, height=height)


def steps_curve(width: int, height: int) -> View:
    """Steps to tolerance against η: the theory's curve, the η in use, the measured count."""
    x = alt.X("eta:Q", title="step size η", scale=domain("RULE.rlo", "RULE.rhi"))
    y = alt.Y(
        "steps:Q",
        title="steps to tolerance",
        scale=domain("FRAME.slo", "FRAME.shi"),
        axis=alt.Axis(labelExpr="format(pow(10, datum.value), '~s')", tickMinStep=1),
    )
    curve = (
        Mark(alt.NamedData("sweep"))
        .mark_line(color=THEORY, strokeWidth=2.5, interpolate="step", clip=True)
        .encode(x=x, y=y)
    )
    now = (
        Mark(alt.NamedData("t"))
        .transform_calculate(at="ETA")
        .mark_rule(color=BLUE, strokeWidth=1.5)
        .encode(x=alt.X("at:Q"))
    )
    measured = (
        Mark(alt.NamedData("measured"))
        .mark_point(color=BLUE, filled=True, size=90, opacity=1, clip=True)
        .encode(x=alt.X("eta:Q"), y=alt.Y("steps:Q"))
    )
    marks = (
        Mark(alt.NamedData("marks"))
        .mark_rule(strokeDash=[2, 3], color=QUIET)
        .encode(x=alt.X("eta:Q"))
    )
    unknown = text_line("unknown", width)
    return layer(marks, curve, now, measured, unknown).properties(width=width, height=height)


def build(width: int) -> View:
    """All views: side by side where there is room, else ruler and loss first."""
    wide = width >= WIDE
    inner = width - 62
    half = (width - 62 - 62 - 14) // 2 if wide else inner
    factor = (
        "'η = ' + format(ETA, '.4~g') + ':  factor per step 1 − ηa = ' + format(1 - SHARE, '.4~g')"
    )
    head = headline(inner, factor, ",  ", f"({REGIME}) + {POINTER_NOTE}")
    if wide:
        rows = [
            head,
            ruler(inner),
            hconcat(
                landscape(half, 250).properties(title="E(w) and the path on it"),
                loss(half, 250).properties(title="Loss by step: run on theory"),
            ),
            steps_curve(inner, 130).properties(title="Steps to tolerance by step size"),
        ]
    else:
        rows = [
            head,
            ruler(inner),
            loss(inner, 190).properties(title="Loss by step: run on theory"),
            landscape(inner, 200).properties(title="E(w) and the path on it"),
            steps_curve(inner, 130).properties(title="Steps to tolerance by step size"),
        ]
    composed = vconcat(*rows, data=alt.NamedData("run"), transform=live_path())
    return composed.add_params(*PARAMS).resolve_scale(color="independent")


DESCENT = Template(
    build,
    "One weight: a ruler of step sizes, E(w) with the path, the loss by step, and the steps needed",
    picks=("pick_eta", "pick_look"),
    renderer="canvas",
)
