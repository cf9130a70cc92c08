"""Second pictures of "Rough ground" over step sizes and steps: orbits, schedules, noise."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from convcore.charts.compose import Mark, View, layer, vconcat
from convcore.charts.grid import panel, plot_width
from convcore.charts.landscape import data_uri
from convcore.charts.legend import as_listed, listed
from convcore.charts.logs import log_axis, power_axis
from convcore.charts.parts import anchor, clicked, line_pointer
from convcore.charts.picture import Template, domain, table_param, view_ends
from convcore.charts.style import THEORY
from convcore.labs.rough_ground.chart_parts import (
    COLOUR,
    DASH,
    ROW,
    ROWS,
    RUNS,
    brief_axis,
    named_rules,
    runs_row,
    tall,
)

NAMES = ROW * ROWS + 4  # px above the data of a plot whose lines have names


def density(hits: NDArray[np.integer[Any]]) -> str:
    """A data URI of how often a cell (rows, columns), first row lowest, was hit; empty is clear."""
    rgba = np.zeros((*hits.shape, 4), dtype=np.uint8)
    rgba[..., :3] = (31, 122, 214)
    strength = 150 + 105 * np.minimum(hits / max(1.0, 0.25 * float(hits.max())), 1)
    rgba[..., 3] = np.where(hits > 0, strength, 0)
    return data_uri(rgba[::-1])


def build_bifurcation(width: int) -> View:
    """η against the points that the orbit keeps visiting; the limits 2ηₒₚₜ and the current η."""
    inner, height = plot_width(width), tall(width) + NAMES
    x = alt.X("x:Q", title="step size η", scale=domain("T.xlo", "T.xhi"))
    y = alt.Y(
        "y:Q",
        title="w, once settled",
        scale=_below_names("T.ylo", "T.yhi", height),
        axis=brief_axis(),
    )
    picture = (
        Mark(alt.NamedData("map"))
        .mark_image(width=inner, height=height - NAMES, aspect=False)
        .encode(x=alt.value(inner / 2), y=alt.value((height + NAMES) / 2), url="url:N")
    )
    frame = Mark(alt.NamedData("t")).mark_point(opacity=0, clip=True).encode(x=x, y=y)
    chart = layer(
        picture,
        named_rules(x, width, height),
        frame,
        line_pointer("x", "XLO", "XHI", 400, clicked("pick_eta", "x")),
    )
    title = "Bifurcation: what a fixed η keeps visiting"
    # A single view would be squeezed to the page's width; a concatenation keeps its size.
    return vconcat(panel(chart, inner, height, title)).add_params(table_param("t"), *view_ends("t"))


def build_by_schedule(width: int) -> View:
    """η₀ against how far from the lowest minimum the run of each schedule ends."""
    inner, height = plot_width(width), tall(width) + NAMES
    x = alt.X(
        "x:Q",
        title="step size η₀",
        scale=domain("T.xlo", "T.xhi"),
        axis=log_axis("T.xlo", "T.xhi", 10),
    )
    y = alt.Y(
        "y:Q", title="distance at the end", scale=_below_names("T.ylo", "T.yhi", height),
        axis=power_axis(),
    )  # fmt: skip
    runs = (
        as_listed(Mark(alt.NamedData("remains")))
        .mark_line(point={"size": 12, "opacity": 0.9}, strokeWidth=1.4, clip=True)
        .encode(x=x, y=y, color=COLOUR, strokeDash=DASH, detail=["piece:N", "listed:N"])
    )
    chart = layer(
        named_rules(x, width, height),
        runs,
        line_pointer("x", "XLO", "XHI", 240, clicked("pick_power", "x")),
        _note(inner, height),
    )
    title = "How far from the lowest minimum runs end"
    return (
        vconcat(runs_row(width), panel(chart, inner, height, title))
        .add_params(table_param("t"), listed("run"), *view_ends("t"))
        .resolve_scale(color="independent")
    )


def build_noise(width: int) -> View:
    """Mean and band of E above the minimum by step, by schedule; theory's floor of a fixed η."""
    inner, height = plot_width(width), tall(width)
    x = alt.X("k:Q", title="step k", scale=domain("0", "T.khi"), axis=alt.Axis(format="d"))
    y = alt.Y(
        "mean:Q", title="E above the lowest", scale=domain("T.ylo", "T.yhi"), axis=power_axis()
    )
    runs = as_listed(Mark(alt.NamedData("noise")))
    band = runs.mark_area(opacity=0.18, clip=True).encode(
        x=x, y=alt.Y("low:Q"), y2="high:Q", color=COLOUR, detail="listed:N"
    )
    mean = runs.mark_line(strokeWidth=2, clip=True).encode(
        x=x, y=y, color=COLOUR, strokeDash=DASH, detail="listed:N", order="k:Q"
    )
    floors = (
        Mark(alt.NamedData("floors"))
        .mark_rule(color=THEORY, strokeDash=RUNS["floor"][1], strokeWidth=2, clip=True)
        .encode(y=alt.Y("floor:Q"))
    )
    title = "Noisy gradients: mean and middle 80 %"
    return (
        vconcat(
            runs_row(width),
            panel(layer(band, mean, floors, anchor("t")), inner, height, title),
        )
        .add_params(table_param("t"), listed("run"))
        .resolve_scale(color="independent")
    )


def _below_names(low: str, high: str, height: int) -> alt.Scale:
    """The scale of a plot whose upper rows are for names."""
    scale = domain(low, high)
    scale["range"] = [height, NAMES]
    return scale


def _note(width: int, height: int) -> Mark:
    """What is said where there is nothing to draw."""
    chart: Mark = (
        Mark(alt.NamedData("t"))
        .mark_text(fontSize=14, limit=width)
        .encode(x=alt.value(width / 2), y=alt.value(height / 2), text="noted:N")
    )
    return chart


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
