"""The pictures of the lab "A real network": what it learnt, sharpness at its limit, loss, spectrum.

All are views of one chart, so that pointing at a step of the loss or of the sharpness shows the fit, the
spectrum and the slice of that step without a server.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from convcore.charts.compose import Part, View, hconcat, layer, vconcat
from convcore.charts.landscape import data_uri
from convcore.charts.live import calculate, keep
from convcore.charts.parts import WIDE, words
from convcore.charts.picture import Template, domain, reader
from convcore.charts.style import BAD, GOOD, METHODS, QUIET, THEORY

MEMBERS = ("#346ebe", "#cd5f1e", "#00966c", "#9a6bd0", "#a3791c", "#c0497e")  # of the classes
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
PARAMS = [
    reader("t"),
    alt.param(
        name="K",
        expr="isValid(at_loss.k) ? at_loss.k[0] : isValid(at_sharp.k) ? at_sharp.k[0] : T.look",
    ),
]
COLOURS = {
    **{method: colour for method, (colour, _) in METHODS.items()},
    "cgnewton": "#d55e00",
    "gaussnewton": "#2a93a8",
}
METHOD = alt.Color(
    "method:N",
    scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
)
STEP = alt.X("k:Q", title="step k", scale=domain("0", "T.khi"), axis=alt.Axis(format=",d"))


def regions_png(scores: NDArray[np.float64]) -> str:
    """A data URI of decision regions; scores (rows, columns, classes ≤ 6), first row lowest.

    A pixel has the colour of its highest score, the fainter the nearer the next one comes.
    """
    scores = np.nan_to_num(scores[::-1])
    ranked = np.sort(scores, axis=-1)
    lead = np.clip(ranked[..., -1] - ranked[..., -2], 0, 1)
    colours = [[int(hex[i : i + 2], 16) for i in (1, 3, 5)] for hex in MEMBERS]
    rgba = np.zeros((*lead.shape, 4), dtype=np.uint8)
    rgba[..., :3] = np.array(colours, dtype=np.uint8)[scores.argmax(axis=-1)]
    # Few levels: the picture stays small, and their edges are level lines.
    rgba[..., 3] = 30 + 12 * (lead * 6).astype(np.uint8)
    return data_uri(rgba)


def scrubbing(name: str, x: alt.X, y: alt.Y, data: str = "snaps") -> alt.Chart:
    """Invisible points at the steps that can be looked at: pointing scrubs, a click keeps."""
    hover = alt.selection_point(
        name=f"at_{name}", on="pointermove", nearest=True, fields=["k"], clear="pointerout"
    )
    pick = alt.selection_point(
        name=f"pick_{name}", on="click", nearest=True, fields=["k"], toggle=False, clear=False
    )
    return (
        alt.Chart(alt.NamedData(data))
        .mark_point(size=60, opacity=0)
        .encode(x=x, y=y)
        .add_params(hover, pick)
    )


def here(x: alt.X, y: alt.Y) -> View:
    """The step that is looked at: a rule and a ring on the curve."""
    return layer(
        alt.Chart().mark_rule(color=THEORY, strokeWidth=1.3).encode(x=x),
        alt.Chart().mark_point(color=THEORY, size=110, strokeWidth=2.5, opacity=1).encode(x=x, y=y),
        data=alt.NamedData("snaps"),
        transform=[keep("datum.k == K")],
    )


def headline(width: int) -> alt.Chart:
    """The step that is looked at, in numbers."""
    return (
        alt.Chart(alt.NamedData("snaps"))
        .transform_filter("datum.k == K")
        .mark_text(align="left", baseline="top", fontWeight="bold", fontSize=13, limit=width)
        .encode(x=alt.value(0), y=alt.value(0), text="words:N")
        .properties(width=width, height=14, view=alt.ViewConfig(stroke=None))
    )


def sharpness(width: int, height: int) -> View:
    """λ_max by step, beside the limit that a quadratic would have."""
    y = alt.Y("lam:Q", title="sharpness λ_max", scale=domain("T.slo", "T.shi"))
    limit = (
        alt.Chart(alt.NamedData("sharp"))
        .transform_filter("datum.has")
        .mark_line(color=THEORY, strokeDash=[6, 4], strokeWidth=2.5, clip=True)
        .encode(x=STEP, y=alt.Y("limit:Q", title="sharpness λ_max", scale=domain("T.slo", "T.shi")))
    )
    run = (
        alt.Chart(alt.NamedData("sharp"))
        .transform_calculate(method="T.method")
        .mark_line(strokeWidth=1.6, clip=True, point=alt.OverlayMarkDef(size=14, opacity=0.9))
        .encode(x=STEP, y=y, color=METHOD)
    )
    return layer(
        run, limit, here(STEP, y), words("away", width), scrubbing("sharp", STEP, y)
    ).properties(width=width, height=height)


def loss(width: int, height: int) -> View:
    """The loss by step, all its rises kept."""
    y = alt.Y(
        "y:Q",
        title="loss E",
        scale=domain("T.llo", "T.lhi"),
        axis=alt.Axis(labelExpr="format(pow(10, datum.value), '.1~e')", tickMinStep=1),
    )
    run = (
        alt.Chart(alt.NamedData("loss"))
        .transform_calculate(method="T.method")
        .mark_line(strokeWidth=1.1, clip=True)
        .encode(x=STEP, y=y, color=METHOD)
    )
    return layer(run, here(STEP, y), scrubbing("loss", STEP, y)).properties(
        width=width, height=height
    )


def spectrum(width: int, height: int) -> View:
    """How many eigenvalues of the Hessian lie where, the negative ones apart."""
    ends: list[Any] = [alt.ExprRef("T.elo || -1"), alt.ExprRef("isValid(T.ehi) ? T.ehi : 1")]
    ticks = [s * 10.0**p for p in range(-2, 9) for s in (-1, 1)]
    x = alt.X(
        "lo:Q",
        title="eigenvalue λ of the Hessian (logarithmic beyond ± 0.01)",
        scale=alt.Scale(type="symlog", constant=0.01, domain=ends, nice=False),
        axis=alt.Axis(values=[0.0, *ticks], format="~g", labelOverlap=True),
    )
    top: list[Any] = [0, alt.ExprRef("(T.most || 1) * 1.6")]
    y = alt.Y(
        "count:Q",
        title="how many",
        scale=alt.Scale(type="symlog", constant=1, domain=top, nice=False),
        axis=alt.Axis(values=[0, 1, 3, 10, 30, 100, 300, 1000], format="d"),
    )
    bars = (
        alt.Chart(alt.NamedData("bars"))
        .transform_filter("datum.k == K")
        .transform_calculate(zero="0")
        .mark_rect(opacity=0.85, clip=True)
        .encode(
            x=x,
            x2="hi:Q",
            y=y,
            y2="zero:Q",
            color=alt.Color("side:N", scale=alt.Scale(domain=[-1, 0, 1], range=[BAD, QUIET, GOOD])),
        )
    )
    counts = (
        alt.Chart(alt.NamedData("snaps"))
        .transform_filter("datum.k == K")
        .mark_text(align="left", baseline="top", dx=5, dy=5, fontSize=11, limit=width - 8)
        .encode(x=alt.value(0), y=alt.value(0), text="counts:N")
    )
    return layer(bars, counts).properties(width=width, height=height)


def along(width: int, height: int) -> View:
    """E by the step size along the sharpest direction, beside its parabola with η_opt and 2η_opt."""
    x = alt.X(
        "q:Q",
        title="step size along the top eigenvector, in η_opt = 1/λ_max",
        scale=alt.Scale(domain=[0, 3], nice=False),
        axis=alt.Axis(values=[0, 1, 2, 3]),
    )
    y = alt.Y(
        "y:Q",
        title="change of E",
        scale=alt.Scale(domain=[-1.6, 3.2], nice=False),
        axis=alt.Axis(
            values=[-1, 0, 1, 2, 3], labelExpr="datum.value == -1 ? '−1 ·best' : datum.label"
        ),
    )
    parabola = (
        alt.Chart(alt.sequence(0, 61, as_="i"))
        .transform_calculate(q="datum.i / 20", y="pow(datum.i / 20, 2) - 2 * datum.i / 20")
        .mark_line(color=THEORY, strokeDash=[5, 4], strokeWidth=2, clip=True)
        .encode(x=x, y=y)
    )
    marks = layer(
        alt.Chart().mark_rule(color=QUIET, strokeDash=[2, 3]).encode(x=x),
        alt.Chart()
        .mark_text(align="left", baseline="bottom", dx=4, dy=-3)
        .encode(x=x, y=alt.value(height), text="name:N"),
        data=alt.InlineData(values=[{"q": 1, "name": "η_opt"}, {"q": 2, "name": "2η_opt"}]),
    )
    curve = (
        alt.Chart(alt.NamedData("slice"))
        .transform_filter("datum.k == K")
        .transform_calculate(method="T.method")
        .mark_line(strokeWidth=2, clip=True)
        .encode(x=x, y=y, color=METHOD)
    )
    used = layer(
        alt.Chart().mark_rule(strokeWidth=1.6, clip=True).encode(x=x, color=METHOD),
        alt.Chart()
        .mark_text(align="left", baseline="top", dx=4, dy=4, fontWeight="bold")
        .encode(x=x, y=alt.value(0), text="text:N"),
        data=alt.NamedData("snaps"),
        transform=[
            keep("datum.k == K && datum.q > 0"),
            calculate("T.method", "method"),
            calculate("'η = ' + format(datum.q, '.3~g') + ' η_opt'", "text"),
        ],
    )
    none = (
        alt.Chart(alt.NamedData("snaps"))
        .transform_filter("datum.k == K && !datum.has")
        .transform_calculate(text="'no slope, or no upward bend, along it here'")
        .mark_text(align="left", baseline="middle", dx=6)
        .encode(x=alt.value(0), y=alt.value(height / 2), text="text:N")
    )
    return layer(marks, curve, parabola, used, none).properties(width=width, height=height)


def _plane() -> tuple[alt.X, alt.Y]:
    return (
        alt.X("x:Q", title=None, scale=domain("T.xlo", "T.xhi")),
        alt.Y("y:Q", title=None, scale=domain("T.ylo", "T.yhi")),
    )


def axis_names(width: int, height: int) -> list[alt.Chart]:
    """The axes' names, which are the data's, inside the view."""
    across = words("xname", width, right=True).encode(y=alt.value(height - 20))
    return [words("yname", width), across]


def values(width: int, height: int) -> View:
    """The fitted curve on its points; with several inputs outputs against targets."""
    x, y = _plane()
    points = (
        alt.Chart(alt.NamedData("points"))
        .transform_filter("datum.k < 0 || datum.k == K")
        .mark_point(color=QUIET, filled=True, size=36, opacity=0.9, clip=True)
        .encode(x=x, y=y)
    )
    curve = (
        alt.Chart(alt.NamedData("curve"))
        .transform_filter("datum.k < 0 || datum.k == K")
        .transform_calculate(method="T.method")
        .mark_line(strokeWidth=2.2, clip=True)
        .encode(x=x, y=y, color=METHOD, order="x:Q")
    )
    return layer(points, curve, *axis_names(width, height)).properties(width=width, height=height)


def regions(width: int, height: int) -> View:
    """The decision regions on the points; those in a wrong region are ringed."""
    x, y = _plane()
    picture = (
        alt.Chart(alt.NamedData("regions"))
        .transform_filter("datum.k == K")
        .transform_calculate(x="(T.xlo + T.xhi) / 2", y="(T.ylo + T.yhi) / 2")
        .mark_image(width=width, height=height, aspect=False, clip=True)
        .encode(x=x, y=y, url="url:N")
    )
    member = {
        "color": alt.Color(
            "class:N",
            scale=alt.Scale(domain=list(range(len(MEMBERS))), range=list(MEMBERS)),
        ),
        "shape": alt.Shape(
            "class:N",
            scale=alt.Scale(domain=list(range(len(MEMBERS))), range=list(SHAPES)),
        ),
    }
    points = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(filled=True, size=42, opacity=0.95, clip=True)
        .encode(x=x, y=y, **member)
    )
    wrong = (
        alt.Chart(alt.NamedData("wrong"))
        .transform_filter("datum.k == K")
        .mark_point(size=150, strokeWidth=2, color=BAD, opacity=1, clip=True)
        .encode(x=x, y=y)
    )
    return layer(picture, points, wrong, *axis_names(width, height)).properties(
        width=width, height=height
    )


def class_names(width: int) -> View:
    """The classes' names, in their colours and shapes."""
    x = alt.X("class:Q", axis=None, scale=alt.Scale(domain=[-0.05, 5.5], nice=False))
    colour: dict[str, Any] = {
        "color": alt.Color(
            "class:N",
            scale=alt.Scale(domain=list(range(len(MEMBERS))), range=list(MEMBERS)),
        ),
        "shape": alt.Shape(
            "class:N",
            scale=alt.Scale(domain=list(range(len(MEMBERS))), range=list(SHAPES)),
        ),
    }
    return layer(
        alt.Chart()
        .mark_point(filled=True, size=70, opacity=1)
        .encode(x=x, y=alt.value(8), **colour),
        alt.Chart()
        .mark_text(align="left", dx=8, baseline="middle", limit=max(40, width // 6 - 16))
        .encode(x=x, y=alt.value(8), text="name:N"),
        data=alt.NamedData("names"),
    ).properties(width=width, height=16, view=alt.ViewConfig(stroke=None))


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

WORK = {
    "gradient": (METHODS["gd"][0], [1, 0]),
    "product": (METHODS["momentum"][0], [8, 3]),
    "L-BFGS": (METHODS["bfgs"][0], [4, 2]),
    "hessian": (METHODS["newton"][0], [2, 2]),
    "solve": (BAD, [8, 3, 2, 3]),
}
COLOUR = alt.Color(
    "what:N",
    title=None,
    scale=alt.Scale(domain=list(WORK), range=[c for c, _ in WORK.values()]),
    legend=alt.Legend(
        orient="bottom",
        columns=3,
        symbolType="stroke",
        symbolDash=[],
        symbolStrokeWidth=3,
        labelExpr="{'product': 'Hessian·vector', 'hessian': 'full Hessian', 'solve': \"Newton's solve\"}"
        "[datum.label] || datum.label",
    ),
)
DASH = alt.StrokeDash(
    "what:N",
    scale=alt.Scale(domain=list(WORK), range=[d for _, d in WORK.values()]),
)
SCALES = {
    # Known sizes beside the lines: log₁₀ of bytes, and of seconds.
    "bytes": [
        (10.2, "a laptop: 16 GB"),
        (12.3, "a big server: 2 TB"),
        (21.3, "all disks sold in a year"),
    ],
    "seconds": [
        (0.0, "1 second"),
        (4.94, "1 day"),
        (7.5, "1 year"),
        (17.64, "age of the universe"),
    ],
}


def cost_view(panel: str, width: int, height: int) -> View:
    """Bytes or seconds against the number of weights; measured points on the lines that extend them."""
    x = alt.X(
        "n:Q",
        title="weights n",
        scale=alt.Scale(domain=[2, 12], nice=False),
        axis=alt.Axis(labelExpr="'1e' + datum.value", tickMinStep=2),
    )
    low, high = (2, 26) if panel == "bytes" else (-5, 26)
    y = alt.Y(
        "y:Q",
        title=panel,
        scale=alt.Scale(domain=[low, high], nice=False),
        axis=alt.Axis(labelExpr="'1e' + datum.value"),
    )
    known = [{"y": at, "name": name} for at, name in SCALES[panel]]
    marks = layer(
        alt.Chart().mark_rule(color=QUIET, strokeDash=[2, 3]).encode(y=y),
        alt.Chart()
        .mark_text(align="left", baseline="bottom", dx=4, dy=-1, fontSize=11)
        .encode(x=alt.value(0), y=y, text="name:N"),
        data=alt.InlineData(values=known),
    )
    lines = (
        alt.Chart(alt.NamedData("lines"))
        .transform_filter(f"datum.panel == '{panel}'")
        .mark_line(strokeWidth=2, clip=True)
        .encode(x=x, y=y, color=COLOUR, strokeDash=DASH)
    )
    seen = (
        alt.Chart(alt.NamedData("seen"))
        .mark_point(filled=True, size=44, opacity=1, clip=True)
        .encode(x=x, y=y, color=COLOUR)
    )
    parts: list[Part] = [marks, lines, *([seen] if panel == "seconds" else [])]
    return layer(*parts).properties(width=width, height=height)


def build_cost(width: int) -> View:
    """Memory and time, side by side where there is room."""
    wide = width >= WIDE
    half = (width - 62 - 62 - 14) // 2 if wide else width - 62
    memory = cost_view("bytes", half, 230).properties(title="Memory, counted")
    times = cost_view("seconds", half, 230).properties(
        title="Time: measured here (points), extended"
    )
    return hconcat(memory, times) if wide else vconcat(memory, times)


COST = Template(build_cost, "What a Hessian costs: bytes and seconds against the number of weights")
