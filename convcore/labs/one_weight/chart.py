"""The pictures of the lab "One weight": ruler, E(w) with the path, loss, steps to tolerance.

All four are views of one chart, so that the pointer on the ruler redraws the others without a server.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, hconcat, layer, vconcat
from convcore.charts.grid import panel, plot_width
from convcore.charts.live import calculate, factors, keep
from convcore.charts.parts import (
    WIDE,
    anchor,
    eta_pointer,
    fits,
    legible,
    step_pointer,
    text_line,
)
from convcore.charts.picture import Template, domain, table_param
from convcore.charts.pins import pinned_lines
from convcore.charts.style import BAD, CAREFUL, GOOD, METHODS, QUIET, THEORY
from convcore.charts.typeset import (
    BREAK,
    in_brackets,
    number,
    power_of_ten,
    subscript,
    written,
)

BLUE = METHODS["gd"][0]


# Names that expressions use. T: the run's numbers; FRAME, PLANE, RULE: the views' ends, in tables of
# their own, so that marks that depend only on those that stay when η moves are not drawn again; ETA and
# K: from the pointer, else from the control; SHARE: η/ηₒₚₜ.
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


def ruler(width: int, height: int) -> View:
    """η along a ruler: the steps needed at each, regimes in colour, ηₒₚₜ and the limit, the ηₖ in use."""
    x = alt.X("eta:Q", title="step size η", scale=domain("RULE.rlo", "RULE.rhi"))
    y = alt.Y(
        "steps:Q",
        title="steps needed",
        scale=domain("FRAME.slo", "FRAME.shi"),
        axis=alt.Axis(
            labelExpr=f"datum.value < 3 ? pow(10, datum.value) : {power_of_ten('datum.value')}",
            tickMinStep=1,
            tickCount=3,
            grid=False,
        ),
    )
    bands = (
        Mark(alt.NamedData("bands"))
        .mark_rect(fillOpacity=0.35)
        .encode(x="lo:Q", x2="hi:Q", color=alt.Color("regime:N", scale=REGIMES))
    )
    names = (
        Mark(alt.NamedData("bands"))
        .transform_filter(fits("datum.label", "datum.hi - datum.lo", width))
        .mark_text(dy=7, baseline="top", limit=width)
        .encode(x="middle:Q", y=alt.value(0), text="label:N")
    )
    marks = Mark(alt.NamedData("marks")).mark_rule(strokeWidth=2).encode(x=x)
    labels = (
        Mark(alt.NamedData("marks"))
        .mark_text(baseline="bottom", dy=-4, fontWeight="bold")
        .encode(x=x, y=alt.value(0), text="label:N")
    )
    curve = (
        Mark(alt.NamedData("sweep"))
        .mark_line(color=THEORY, strokeWidth=2.5, interpolate="step", clip=True)
        .encode(x=x, y=y)
    )
    measured = (
        Mark(alt.NamedData("measured"))
        .mark_point(color=BLUE, filled=True, size=80, opacity=1, clip=True)
        .encode(x=x, y=y)
    )
    used = (
        Mark(alt.NamedData("run"))
        .transform_filter("datum.k > 0")
        .mark_tick(color=BLUE, thickness=1.5, size=12)
        .encode(x=x, y=alt.value(height - 8))
    )
    at_step = (
        Mark(alt.NamedData("run"))
        .transform_filter("datum.k == K + 1")
        .transform_calculate(eta="ETA * datum.f")
        .mark_tick(color=BLUE, thickness=3, size=22)
        .encode(x=x, y=alt.value(height - 10))
    )
    now = layer(
        Mark()
        .mark_rule(color=BLUE, strokeWidth=2.5)
        .encode(x=x, y=alt.value(24), y2=alt.value(height)),
        Mark()
        .mark_point(shape="triangle-up", filled=True, size=170, color=BLUE, opacity=1)
        .encode(x=x, y=alt.value(height - 6)),
        data=alt.NamedData("t"),
        transform=[calculate("ETA", "eta")],
    )
    grid = eta_pointer().transform_filter("datum.eta > 0")
    unknown = text_line("unknown", width, right=True)
    parts = (
        bands, marks, names, labels, curve, unknown, used, at_step, now, measured, anchor("rule"), grid,
    )  # fmt: skip
    return layer(*parts)


def landscape(width: int, height: int, bare: bool) -> View:
    """E(w) and the path; at the scrubbed step the tangent. On a quadratic Taylor's parabola is E.

    bare: whether the parabola that Taylor's series gives without its ½ is beside it.
    """
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
    extremum = (
        Mark(alt.NamedData("plane"))
        .transform_filter("datum.a")
        .mark_point(shape="cross", color=THEORY, filled=True, size=70, opacity=1, clip=True)
        .encode(x=alt.X("ws:Q"), y=alt.Y("Es:Q"))
    )
    # At the edge of the view, where its margin has room; the tangent may pass.
    named = legible(
        Mark(alt.NamedData("plane")),
        {"x": alt.X("ws:Q"), "y": alt.value(0), "text": "named:N"},
        baseline=alt.ExprRef("datum.a > 0 ? 'bottom' : 'top'"),
        dy=alt.ExprRef(f"datum.a > 0 ? {height - 3} : 3"),
    )
    numbers = legible(
        Mark(alt.NamedData("run")).transform_filter("!ON && datum.tag"),
        {"text": "k:Q"},
        colour=alt.value(BLUE),
        fontWeight="bold",
        align=alt.ExprRef("datum.tag < 0 ? 'right' : 'left'"),
        dx=alt.ExprRef("9 * datum.tag"),
        dy=alt.ExprRef("T.a > 0 ? 6 : -6"),
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
    without = [without_half()] if bare else []
    parts = (curve, pinned, *without, extremum, tangent, *paths(), here, named, numbers)
    return layer(*parts).encode(x=x, y=y, order="k:Q")


def without_half() -> View:
    """E + E′d + E″d² about the step that is shown: its minimum is half the way to that of E."""
    at_step = [keep("!ON && datum.k == K"), calculate("T.a * datum.w + T.b", "slope")]
    spread = [
        calculate("sequence(0, 121)", "i"),
        alt.FlattenTransform(flatten=["i"]),
        calculate("PLANE.xlo + datum.i * (PLANE.xhi - PLANE.xlo) / 120 - datum.w", "d"),
    ]
    height = [
        calculate("datum.E + datum.d * (datum.slope + T.a * datum.d)", "E"),
        calculate("datum.w + datum.d", "w"),
    ]
    lines = Mark().mark_line(color=BAD, strokeWidth=2, strokeDash=[2, 3], clip=True)
    lines.transform = [*spread, *height]
    lowest = [keep("T.a > 0"), calculate("-datum.slope / (2 * T.a)", "d"), *height]
    return layer(
        lines.encode(order="i:Q"),
        layer(
            Mark().mark_point(
                shape="triangle-up", color=BAD, filled=True, size=90, opacity=1, clip=True
            ),
            legible(
                Mark(),
                {"text": alt.value("without ½")},
                colour=alt.value(BAD),
                align=alt.ExprRef("datum.slope > 0 ? 'right' : 'left'"),
                dx=alt.ExprRef("datum.slope > 0 ? -5 : 5"),
                dy=14,
            ),
            transform=lowest,
        ),
        data=alt.NamedData("run"),
        transform=at_step,
    )


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
        calculate("T.a", "lam"),
        *factors("ETA", by=[]),
        calculate(moved, "w"),
        keep("abs(datum.w) < 1e30"),
        calculate("(0.5 * T.a * datum.w + T.b) * datum.w + T.c", "E"),
        calculate(f"T.log ? max(log({excess}) / LN10, FRAME.llo - 1) : datum.E", "y"),
    ]


def loss(width: int, height: int) -> View:
    """Loss against step: the run's points on the theory's line; the pointer scrubs through steps."""
    label = f"T.log ? {power_of_ten('datum.value')} : format(datum.value, '~g')"
    scale = domain("FRAME.llo", "FRAME.lhi")
    y = alt.Y("y:Q", title=None, scale=scale, axis=alt.Axis(labelExpr=label, tickMinStep=1))
    theory = (
        Mark(alt.NamedData("run"))
        .transform_filter("!ON && datum.k <= T.foretold")
        .mark_line(color=THEORY, strokeWidth=5, opacity=0.55, clip=True)
        .encode(y=alt.Y("theory:Q"))
    )
    steps, excess = step_pointer("steps"), number("pow(10, datum.y)", 3)
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
    parts = (theory, pinned, *paths(), here, anchor("frame"), steps)
    return layer(*parts).encode(x=STEP, y=y)


def equation(width: int, wide: bool) -> View:
    """The step that leads to the one shown, with its numbers in; it follows the pointer."""
    k = "datum.k"
    last = f"'w' + {subscript(f'{k} - 1')}"
    symbols = f"'w' + {subscript(k)} + ' = ' + {last} + ' − η·E′(' + {last} + ')'"
    numbers = (
        f"datum.before + ' − ' + {in_brackets('datum.eta')} + ' · ' + {in_brackets('datum.slope')}"
    )
    step = f"{symbols} + '{' ' if wide else BREAK} = ' + {numbers} + ' = ' + datum.w"
    shown = [
        alt.WindowTransform(
            window=[{"op": "lag", "field": "w", "as": "before"}],
            sort=[{"field": "k", "order": "ascending"}],
        ),
        keep("datum.k == K"),
        calculate("ETA * datum.f", "eta"),
        calculate("T.a * datum.before + T.b", "slope"),
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
        layer(text, transform=[keep("ON"), *shown]),
    ).properties(view=alt.ViewConfig(stroke=None))


def build(bare: int, width: int) -> View:
    """All views: side by side where there is room, else ruler and loss first."""
    wide = width >= WIDE
    inner, half = plot_width(width), plot_width(width, 2 if wide else 1)
    on_ruler = panel(layer(tried(inner), ruler(inner, 100)), inner, 100, above=42)
    step = panel(equation(inner, wide), inner, 16 if wide else 38, above=2, below=6)
    tall = 240 if wide else 200
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


def tried(width: int) -> Mark:
    """What the η under the pointer does, above the ruler; while there is none, how to try one."""
    does = f"'Trying η = ' + {number('ETA')} + ': factor 1 − ηa = ' + {number('1 - SHARE')} + ', '"
    hint = "T.live ? 'Point at the ruler to try a step size; a click keeps it.' : ''"
    text: Mark = (
        Mark(alt.NamedData("t"))
        .transform_calculate(text=f"ON ? {does} + ({REGIME}) + '. A click keeps it.' : {hint}")
        .mark_text(align="left", baseline="bottom", limit=width)
        .encode(x=alt.value(0), y=alt.value(-26), text="text:N")
    )
    return text


DESCENT, DESCENT_AND_BARE = (
    Template(
        build,
        "One weight: a ruler of step sizes, E(w) with the path, the loss by step, and the steps needed",
        picks=("pick_eta", "pick_look"),
        renderer="canvas",
        given=(bare,),
    )
    for bare in (0, 1)
)
