"""The pictures of the lab "A real network": sharpness at its limit, loss, what it learnt, the Hessian.

All are views of one chart, so pointing at a step shows its fit, spectrum and slice without a server.
"""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, Part, View, hconcat, layer, vconcat
from convcore.charts.grid import AXIS, LEFT, RIGHT, panel, plot_width
from convcore.charts.live import curtain
from convcore.charts.parts import WIDE
from convcore.charts.picture import Template, domain
from convcore.charts.pins import pinned_lines
from convcore.charts.style import THEORY
from convcore.charts.typeset import power_of_ten
from convcore.labs.network.chart_cost import counted
from convcore.labs.network.chart_hessian import along, spectrum
from convcore.labs.network.chart_learnt import class_names, regions, values
from convcore.labs.network.chart_parts import (
    METHOD,
    PARAMS,
    beside_title,
    here,
    scrubbing,
    step_axis,
)

THIRDS = 800  # page width in pixels from which a row has room for three views
ROOMY = 1200  # page width in pixels from which views are higher
LOW = 170  # height of the views of the Hessian
STRIP = 13  # px from the top of a view to the middle of the line of text that it keeps free there
# Ticks of log₁₀E: powers of ten, or where there are few also twice and five times them.
FEW, FIRST = "T.lhi - T.llo < 2", "floor(T.llo)"
TICKS = (
    f"{FEW} ? [{', '.join(f'{FIRST} + {e + m}' for e in range(3) for m in (0, 0.30103, 0.69897))}]"
    " : sequence(ceil(T.llo), T.lhi, max(1, ceil((T.lhi - T.llo) / 6)))"
)
TICK = f"{FEW} ? format(pow(10, datum.value), '.1~g') : {power_of_ten('round(datum.value)')}"


def equation(width: int, wide: bool) -> View:
    """The step from the selected wₖ with its numbers in."""
    text = "replace(datum.step, /\\n/g, ',   ')" if wide else "datum.step"
    return layer(
        Mark(alt.NamedData("snaps"))
        .transform_filter("datum.k == K")
        .transform_calculate(text=text)
        .mark_text(style="step", fontSize=16 if wide else 14, limit=width)
        .encode(x=alt.value(0), y=alt.value(0), text="text:N")
    ).properties(view=alt.ViewConfig(stroke=None))


def sharpness(width: int, height: int, named: bool) -> View:
    """λₘₐₓ by step, with the limit that a quadratic would have; named: whether its steps are."""
    y = alt.Y("lam:Q", title="λₘₐₓ", scale=domain("T.slo", "T.shi"), axis=alt.Axis(tickCount=4))
    limit = (
        Mark(alt.NamedData("sharp"))
        .transform_filter("datum.has")
        .mark_line(color=THEORY, strokeDash=[6, 4], strokeWidth=2.5, clip=True)
        .encode(y=alt.Y("limit:Q"))
    )
    run = (
        Mark(alt.NamedData("sharp"))
        .transform_calculate(method="T.method")
        .mark_line(strokeWidth=1.6, clip=True, point=alt.OverlayMarkDef(size=14, opacity=0.9))
        .encode(color=METHOD)
    )
    pinned = pinned_lines("k", "y", "datum.part == 1", ("0", "T.khi", "T.slo", "T.shi"))
    said = "datum.sharp" if width > 300 else "split(datum.sharp, ',')[0]"
    parts = (
        pinned,
        run,
        limit,
        curtain(),
        here(height),
        *limit_name(width),
        beside_title(said, width),
    )
    return layer(*parts, scrubbing("sharp")).encode(x=step_axis("" if named else None), y=y)


def limit_name(width: int) -> tuple[Mark, Mark]:
    """The limit's name with its dash, at the top of the view."""
    table, at = alt.NamedData("t"), alt.value(STRIP)
    dash = (
        Mark(table)
        .transform_filter("datum.dashed")
        .mark_rule(color=THEORY, strokeDash=[6, 4], strokeWidth=2.5)
        .encode(x=alt.value(8), x2=alt.value(34), y=at)
    )
    name = (
        Mark(table)
        .mark_text(
            align="left",
            baseline="middle",
            dx=alt.ExprRef("T.dashed ? 40 : 8"),
            fontWeight="bold",
            limit=width - 44,
        )
        .encode(x=alt.value(0), y=at, text="limit:N")
    )
    return dash, name


def loss(width: int, height: int) -> View:
    """The loss by step, all its rises kept."""
    y = alt.Y(
        "y:Q",
        title="E",
        scale=domain("T.llo", "T.lhi"),
        axis=alt.Axis(values=alt.ExprRef(TICKS), labelExpr=TICK, labelOverlap=True),
    )
    run = (
        Mark(alt.NamedData("loss"))
        .transform_calculate(method="T.method")
        .mark_line(strokeWidth=1.3, clip=True)
        .encode(color=METHOD)
    )
    pinned = pinned_lines("k", "y", "datum.part == 0", ("0", "T.khi", "T.llo", "T.lhi"))
    said = beside_title("datum.words", width)
    hint = "step k: point to look at one (early ones are stretched)"
    return layer(pinned, run, curtain(), here(height), said, scrubbing("loss")).encode(
        x=step_axis(hint if width > 400 else hint.split(" (")[0]), y=y
    )


def build(width: int, classes: bool) -> View:
    """All views: the run with what it learnt and what a Hessian costs, then the Hessian."""
    columns = 3 if width >= THIRDS else 2 if width >= WIDE else 1
    column, apart = plot_width(width, columns), LEFT + RIGHT
    first = (
        2 * column + apart if columns == 3 else column
    )  # where there is room, two of three columns
    inner = columns * (column + apart) - apart
    paired = columns > 1
    high = 180 if width >= ROOMY else 130 if paired else 140
    rows: list[Part] = [
        panel(equation(inner, paired), inner, 18 if paired else 54, above=2, below=4)
    ]
    if classes:
        rows.append(panel(class_names(inner), inner, 16, above=2, below=4))
    below = AXIS if paired else 0
    edge = panel(sharpness(first, high, paired), first, high, "Sharpness λₘₐₓ", below=below)
    fall = panel(loss(first, high), first, high, "Loss E")
    learnt, name = (regions, "Learnt regions") if classes else (values, "Fit to the points")
    tall = high if paired else 200
    fit = panel(learnt(column, tall), column, tall, name)
    cost = panel(counted(column, tall), column, tall, "Cost by number of weights")
    bars = panel(spectrum(first, LOW), first, LOW, "Spectrum of the Hessian")
    cut = panel(along(column, LOW), column, LOW, "E along the sharpest direction")
    # Of views side by side, which would share their scales of colour otherwise.
    own = {"color": "independent", "shape": "independent"}
    if paired:
        pairs = hconcat(edge, fit), hconcat(fall, cost), hconcat(bars, cut)
        rows += [pair.resolve_scale(**own) for pair in pairs]
    else:
        rows += [edge, fall, fit, bars, cut, cost]
    return vconcat(*rows).add_params(*PARAMS).resolve_scale(**own)


def build_values(width: int) -> View:
    """The views for targets that are numbers."""
    return build(width, classes=False)


def build_classes(width: int) -> View:
    """The views for targets that are classes."""
    return build(width, classes=True)


ABOUT = (
    "A network in training: sharpness beside its limit, loss, {}, the Hessian's spectrum, E along the "
    "sharpest direction, and what a Hessian costs"
)
PICKS = ("pick_sharp", "pick_loss")
VALUES = Template(build_values, ABOUT.format("the fit"), PICKS, "canvas")
CLASSES = Template(build_classes, ABOUT.format("decision regions"), PICKS, "canvas")
