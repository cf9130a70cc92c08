"""The pictures of the lab "A real network": sharpness at its limit, loss, what it learnt, the Hessian.

All are views of one chart, so pointing at a step shows its fit, spectrum and slice without a server.
"""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, Part, View, hconcat, layer, vconcat
from convcore.charts.grid import LEFT, RIGHT, TITLE, panel, plot_width
from convcore.charts.parts import WIDE
from convcore.charts.picture import Template, domain
from convcore.charts.pins import pinned_lines
from convcore.charts.style import THEORY
from convcore.charts.typeset import SERIF, power_of_ten
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

THIRDS = 800  # page width in pixels from which three views are side by side
STRIP = 13  # px from the top of a view to the middle of the line of text that it keeps free there
# Ticks of log₁₀E: powers of ten, or where there are few also twice and five times them.
FEW, FIRST = "T.lhi - T.llo < 2", "floor(T.llo)"
TICKS = (
    f"{FEW} ? [{', '.join(f'{FIRST} + {e + m}' for e in range(3) for m in (0, 0.30103, 0.69897))}]"
    " : sequence(ceil(T.llo), T.lhi, max(1, ceil((T.lhi - T.llo) / 6)))"
)
TICK = f"{FEW} ? format(pow(10, datum.value), '.1~g') : {power_of_ten('round(datum.value)')}"


def equation(width: int, wide: bool) -> View:
    """The step from the selected w_k with its numbers in."""
    text = "replace(datum.step, /\\n/g, ',   ')" if wide else "datum.step"
    return layer(
        Mark(alt.NamedData("snaps"))
        .transform_filter("datum.k == K")
        .transform_calculate(text=text)
        .mark_text(
            align="left",
            baseline="top",
            font=SERIF,
            fontSize=16 if wide else 14,
            limit=width,
            lineBreak="\n",
        )
        .encode(x=alt.value(0), y=alt.value(0), text="text:N")
    ).properties(view=alt.ViewConfig(stroke=None))


def sharpness(width: int, height: int) -> View:
    """λ_max by step, with the limit that a quadratic would have; the view below names the steps."""
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
    parts = (pinned, run, limit, here(height), *limit_name(width), beside_title(said, width))
    return layer(*parts, scrubbing("sharp")).encode(x=step_axis(0), y=y)


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
    return layer(pinned, run, here(height), said, scrubbing("loss")).encode(x=step_axis(width), y=y)


def build(width: int, classes: bool) -> View:
    """All views: the run and what it learnt first, then the Hessian and its cost."""
    columns = 3 if width >= THIRDS else 2 if width >= WIDE else 1
    column = plot_width(width, columns)
    apart = LEFT + RIGHT
    first = (
        2 * column + apart if columns == 3 else column
    )  # of the run; the rest is of what it learnt
    inner = columns * (column + apart) - apart
    high = 150 if columns > 1 else 140
    learnt, name = (regions, "Learnt regions") if classes else (values, "Fit to the points")
    rows: list[Part] = [
        panel(equation(inner, columns > 1), inner, 18 if columns > 1 else 54, above=2, below=4)
    ]
    if classes:
        rows.append(panel(class_names(inner), inner, 16, above=2, below=4))
    edge = panel(sharpness(first, high), first, high, "Sharpness λₘₐₓ", below=0)
    fall = panel(loss(first, high), first, high, "Loss E")
    tall = 2 * high + TITLE if columns > 1 else 200
    fit = panel(learnt(column, tall), column, tall, name)
    # Scales of one colour each: those of views side by side would be shared.
    own = {"color": "independent", "shape": "independent"}
    runs = vconcat(edge, fall)
    low = 170
    bars = panel(spectrum(column, low), column, low, "Spectrum of the Hessian")
    cut = panel(along(column, low), column, low, "E along the sharpest direction")
    alone = columns == 2
    cost_wide = inner if alone else column
    cost = panel(counted(cost_wide, low), cost_wide, low, "Cost by number of weights")
    if columns == 1:
        rows += [runs, fit, bars, cut, cost]
    else:
        pairs = hconcat(runs, fit), hconcat(bars, cut, *[cost] * (not alone))
        rows += [*(pair.resolve_scale(**own) for pair in pairs), *[cost] * alone]
    return vconcat(*rows).add_params(*PARAMS).resolve_scale(**own)


def build_values(width: int) -> View:
    """The views for targets that are numbers."""
    return build(width, classes=False)


def build_classes(width: int) -> View:
    """The views for targets that are classes."""
    return build(width, classes=True)


ABOUT = "A network in training: sharpness beside its limit, loss, {}, and the Hessian's spectrum and cost"
PICKS = ("pick_sharp", "pick_loss")
VALUES = Template(build_values, ABOUT.format("the fit"), PICKS, "canvas")
CLASSES = Template(build_classes, ABOUT.format("decision regions"), PICKS, "canvas")
