"""Second pictures of "Rough ground" over step sizes and steps: orbits, schedules, noise."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from convcore.charts.compose import Mark, View, layer, vconcat
from convcore.charts.landscape import data_uri
from convcore.charts.parts import clicked, line_pointer, text_line
from convcore.charts.picture import Template, domain, table_param, view_ends
from convcore.charts.style import QUIET, THEORY
from convcore.labs.rough_ground.chart_parts import COLOUR, DASH, current, legend, limit_rules


def density(hits: NDArray[np.integer[Any]]) -> str:
    """A data URI of how often a cell (rows, columns), first row lowest, was hit; empty is clear."""
    rgba = np.zeros((*hits.shape, 4), dtype=np.uint8)
    rgba[..., :3] = (31, 122, 214)
    strength = 150 + 105 * np.minimum(hits / max(1.0, 0.25 * float(hits.max())), 1)
    rgba[..., 3] = np.where(hits > 0, strength, 0)
    return data_uri(rgba[::-1])


def build_bifurcation(width: int) -> View:
    """η against the points that the orbit keeps visiting; the limits 2η_opt and the current η."""
    inner = width - 62
    x = alt.X("x:Q", title="step size η", scale=domain("T.xlo", "T.xhi"))
    y = alt.Y("y:Q", title="w after the transient", scale=domain("T.ylo", "T.yhi"))
    picture = (
        Mark(alt.NamedData("map"))
        .mark_image(width=inner, height=330, aspect=False)
        .encode(x=alt.value(inner / 2), y=alt.value(165), url="url:N")
    )
    frame = Mark(alt.NamedData("t")).mark_point(opacity=0, clip=True).encode(x=x, y=y)
    title = "Bifurcation: what a fixed η keeps visiting"
    chart = layer(
        picture,
        limit_rules(x),
        current(x),
        frame,
        line_pointer("x", "XLO", "XHI", 400, clicked("pick_eta", "x")),
    ).properties(width=inner, height=330, title=title)
    # A single view would be squeezed to the page's width; a concatenation keeps its size.
    return vconcat(chart).add_params(table_param("t"), *view_ends("t"))


def build_by_schedule(width: int) -> View:
    """η₀ against how far from the lowest minimum the run of each schedule ends."""
    inner = width - 62
    powers = "format(pow(10, datum.value), '.3~g')"
    x = alt.X(
        "x:Q", title="step size η₀", scale=domain("T.xlo", "T.xhi"),
        axis=alt.Axis(labelExpr=powers, tickCount=6),
    )  # fmt: skip
    axis = alt.Axis(labelExpr="'1e' + datum.value", tickMinStep=1, tickCount=6)
    y = alt.Y("y:Q", title="distance at the end", scale=domain("T.ylo", "T.yhi"), axis=axis)
    runs = (
        Mark(alt.NamedData("remains"))
        .mark_line(point={"size": 12, "opacity": 0.9}, strokeWidth=1.2, clip=True)
        .encode(x=x, y=y, color=COLOUR, strokeDash=DASH, detail="piece:N")
    )
    title = "How far from the lowest minimum runs end"
    chart = layer(
        limit_rules(x),
        runs,
        current(x, QUIET),
        line_pointer("x", "XLO", "XHI", 240, clicked("pick_power", "x")),
        text_line("noted", inner),
    ).properties(width=inner, height=300, title=title)
    return (
        vconcat(legend(inner), chart)
        .add_params(table_param("t"), *view_ends("t"))
        .resolve_scale(color="independent")
    )


def build_noise(width: int) -> View:
    """Mean and band of E above the minimum by step, by schedule; theory's floor of a fixed η."""
    inner = width - 62
    x = alt.X("k:Q", title="step k", scale=domain("0", "T.khi"), axis=alt.Axis(format="d"))
    axis = alt.Axis(labelExpr="'1e' + datum.value", tickMinStep=1, tickCount=5)
    y = alt.Y("mean:Q", title="E above the lowest", scale=domain("T.ylo", "T.yhi"), axis=axis)
    runs = Mark(alt.NamedData("noise"))
    band = runs.mark_area(opacity=0.18, clip=True).encode(
        x=x, y=alt.Y("low:Q"), y2="high:Q", color=COLOUR
    )
    mean = runs.mark_line(strokeWidth=1.8, clip=True).encode(
        x=x, y=y, color=COLOUR, strokeDash=DASH, order="k:Q"
    )
    floors = (
        Mark(alt.NamedData("floors"))
        .mark_rule(color=THEORY, strokeDash=[5, 4], strokeWidth=1.5, clip=True)
        .encode(y=alt.Y("floor:Q"))
    )
    chart = layer(band, mean, floors, text_line("noted", inner, right=True)).properties(
        width=inner, height=300, title="Noisy gradients: mean of many runs, 10 % to 90 % of them"
    )
    return (
        vconcat(legend(inner), chart)
        .add_params(table_param("t"))
        .resolve_scale(color="independent")
    )


BIFURCATION = Template(
    build_bifurcation,
    "Bifurcation diagram: the points of the orbit against the step size",
    picks=("pick_eta",),
    renderer="canvas",
)
NOISE = Template(
    build_noise,
    "Descent with noisy gradients: mean and band of E by step for each schedule",
    renderer="canvas",
)
BY_SCHEDULE = Template(
    build_by_schedule,
    "Schedules by step size: how far from the lowest minimum in view each run ends",
    picks=("pick_power",),
    renderer="canvas",
)
