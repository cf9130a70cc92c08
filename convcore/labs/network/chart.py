"""The pictures of the lab "A real network": what it learnt, sharpness at its limit, loss, spectrum.

All are views of one chart, so pointing at a step shows its fit, spectrum and slice without a server.
"""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, Part, View, hconcat, layer, vconcat
from convcore.charts.parts import WIDE, text_line
from convcore.charts.picture import Template, domain
from convcore.charts.pins import pinned_lines
from convcore.charts.style import THEORY
from convcore.labs.network.chart_hessian import along, spectrum
from convcore.labs.network.chart_learnt import class_names, regions, values
from convcore.labs.network.chart_parts import METHOD, PARAMS, STEP, here, scrubbing


def headline(width: int) -> Mark:
    """The selected step in numbers, in one line or, where narrow, two."""
    wide = width >= WIDE - 100
    lines = "[datum.words, trim(replace(datum.more, /^,/, ''))]"
    return (
        Mark(alt.NamedData("snaps"))
        .transform_filter("datum.k == K")
        .transform_calculate(text="datum.words + datum.more" if wide else lines)
        .mark_text(align="left", baseline="top", fontWeight="bold", fontSize=13, limit=width)
        .encode(x=alt.value(0), y=alt.value(0), text="text:N")
        .properties(width=width, height=14 if wide else 30, view=alt.ViewConfig(stroke=None))
    )


def sharpness(width: int, height: int) -> View:
    """λ_max by step, with the limit that a quadratic would have."""
    y = alt.Y("lam:Q", title="sharpness λ_max", scale=domain("T.slo", "T.shi"))
    limit = (
        Mark(alt.NamedData("sharp"))
        .transform_filter("datum.has")
        .mark_line(color=THEORY, strokeDash=[6, 4], strokeWidth=2.5, clip=True)
        .encode(x=STEP, y=alt.Y("limit:Q", title="sharpness λ_max", scale=domain("T.slo", "T.shi")))
    )
    run = (
        Mark(alt.NamedData("sharp"))
        .transform_calculate(method="T.method")
        .mark_line(strokeWidth=1.6, clip=True, point=alt.OverlayMarkDef(size=14, opacity=0.9))
        .encode(x=STEP, y=y, color=METHOD)
    )
    pinned = pinned_lines("k", "y", "datum.part == 1", ("0", "T.khi", "T.slo", "T.shi"))
    return layer(
        pinned, run, limit, here(STEP, y), text_line("away", width), scrubbing("sharp", STEP, y)
    ).properties(width=width, height=height)


def loss(width: int, height: int) -> View:
    """The loss by step, all its rises kept."""
    y = alt.Y(
        "y:Q",
        title="loss E",
        scale=domain("T.llo", "T.lhi"),
        axis=alt.Axis(labelExpr="format(pow(10, datum.value), '.1~e')", tickMinStep=0.5),
    )
    run = (
        Mark(alt.NamedData("loss"))
        .transform_calculate(method="T.method")
        .mark_line(strokeWidth=1.1, clip=True)
        .encode(x=STEP, y=y, color=METHOD)
    )
    pinned = pinned_lines("k", "y", "datum.part == 0", ("0", "T.khi", "T.llo", "T.lhi"))
    return layer(pinned, run, here(STEP, y), scrubbing("loss", STEP, y)).properties(
        width=width, height=height
    )


def build(width: int, classes: bool) -> View:
    """All views: side by side where there is room."""
    wide = width >= WIDE
    inner = width - 62
    half = (width - 62 - 62 - 14) // 2 if wide else inner
    learnt = regions if classes else values
    first = learnt(half, 215).properties(
        title="What it has learnt" + (": wrong points ringed" if classes else "")
    )
    edge = sharpness(half, 215).properties(title="Sharpness beside its limit (dashed)")
    fall = loss(half, 190).properties(title="Loss by step; point to look at a step")
    bars = spectrum(half, 190).properties(title="The Hessian's spectrum at that step")
    cut = along(inner if wide else half, 170).properties(
        title="E along the sharpest direction" + (", and its parabola (dashed)" if wide else "")
    )
    rows: list[Part] = [headline(inner), *([class_names(inner)] if classes else [])]
    if wide:
        apart = {"color": "independent", "shape": "independent"}
        pairs = [hconcat(edge, first), hconcat(fall, bars)]
        rows += [*(pair.resolve_scale(**apart) for pair in pairs), cut]
    else:
        rows += [edge, first, fall, bars, cut]
    return (
        vconcat(*rows).add_params(*PARAMS).resolve_scale(color="independent", shape="independent")
    )


def build_values(width: int) -> View:
    """The views for targets that are numbers."""
    return build(width, classes=False)


def build_classes(width: int) -> View:
    """The views for targets that are classes."""
    return build(width, classes=True)


ABOUT = "A network in training: sharpness beside its limit, {}, loss, and the Hessian's spectrum"
PICKS = ("pick_sharp", "pick_loss")
VALUES = Template(build_values, ABOUT.format("the fit"), PICKS, "canvas")
CLASSES = Template(build_classes, ABOUT.format("decision regions"), PICKS, "canvas")
