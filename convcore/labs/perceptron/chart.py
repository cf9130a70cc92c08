"""The first picture of "Perceptron and backprop": points and boundaries, divergence, errors left.

All are views of one chart, so pointing at an epoch moves the boundaries without a server.
"""

from __future__ import annotations

import json
from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, hconcat, layer, vconcat
from convcore.charts.live import calculate, keep
from convcore.charts.parts import WIDE, anchor, clicked, text_line
from convcore.charts.picture import Template, domain, table_param, view_ends
from convcore.charts.style import LEARNERS, QUIET, THEORY
from convcore.labs.perceptron.chart_epochs import divergence, left
from convcore.labs.perceptron.chart_parts import (
    COLOUR,
    DASH,
    SHAPE,
    SIDE,
    legend,
    pinned_boundaries,
)

CELLS = 40  # along each side, that a click can choose
# Where along each learner's line its + is, so that lines which coincide do not hide them; how far off.
PLUS_AT = {"lms": 0.2, "perceptron": 0.35, "backprop": 0.5, "margin": 0.65, "hard": 0.8}
PLUS_OFF = 0.032  # of the view
CROSS = "M-0.8,-0.8L0.8,0.8M-0.8,0.8L0.8,-0.8"  # lying, unlike the + beside the lines

PARAMS = [
    table_param("t"),
    *view_ends("t"),
    alt.param(
        name="K",
        expr="isValid(at_loss.k) ? at_loss.k[0] : isValid(at_errors.k) ? at_errors.k[0] : T.look",
    ),
    # The weights of that epoch.
    alt.param(name="S", expr="data('snaps')[indexof(pluck(data('snaps'), 'k'), K)] || {}"),
]


def headline(width: int) -> View:
    """The selected epoch in numbers, in one line or, where narrow, two."""
    wide = width > WIDE - 100
    text = (
        Mark(alt.NamedData("snaps"))
        .transform_filter("datum.k == K")
        .mark_text(
            align="left",
            baseline="top",
            fontWeight="bold" if wide else "normal",
            fontSize=13 if wide else 11,
            limit=width,
            lineBreak="\n" if wide else "; ",
        )
        .encode(x=alt.value(0), y=alt.value(0), text="words:N")
    )
    return layer(text, anchor("t")).properties(
        width=width, height=14 if wide else 28, view=alt.ViewConfig(stroke=None)
    )


def marks(x: alt.X, y: alt.Y) -> View:
    """The points by label, rings around those that are wrong at the epoch, the proof of overlap."""
    base = Mark(alt.NamedData("points"))
    dots = base.mark_point(filled=True, size=70, opacity=1, clip=True).encode(
        x=x, y=y, color=SIDE, shape=SHAPE
    )
    signs = base.mark_text(fontSize=11, fontWeight="bold", dy=-11, clip=True).encode(
        x=x, y=y, text="sign:N"
    )
    extra = (
        Mark(alt.NamedData("points"))
        .transform_filter("datum.extra")
        .mark_point(shape="diamond", size=330, strokeWidth=2, color=THEORY, opacity=1, clip=True)
        .encode(x=x, y=y)
    )

    def rings(learner: str, weights: tuple[str, str, str], size: int) -> Mark:
        u, v, b = (f"S.{name}" for name in weights)
        chart: Mark = (
            Mark(alt.NamedData("points"))
            .transform_filter(
                f"!(datum.sense * ({u} * datum.x + {v} * datum.v + {b}) > 0) && S.{learner}"
            )
            .transform_calculate(learner=f"'{learner}'")
            .mark_point(size=size, strokeWidth=2.2, opacity=1, clip=True)
            .encode(x=x, y=y, color=COLOUR)
        )
        return chart

    proof = Mark(alt.NamedData("proof"))
    hull = proof.mark_line(color=THEORY, strokeWidth=1.2, strokeDash=[3, 2], clip=True).encode(
        x=x, y=y, detail="label:N", order="i:Q"
    )
    common = (
        Mark(alt.NamedData("proof"))
        .transform_filter("datum.label == 'common'")
        .mark_point(shape=CROSS, size=110, strokeWidth=3.5, color=THEORY, opacity=1, clip=True)
        .encode(x=x, y=y)
    )
    return layer(
        hull,
        dots,
        signs,
        rings("backprop", ("u", "v", "b"), 170),
        rings("perceptron", ("pu", "pv", "pb"), 290),
        common,
        extra,
    )


def output(x: alt.X, y: alt.Y, size: int, height: int) -> View:
    """The unit's output at the epoch: shading in the plane, a curve over one input."""
    shade = (
        Mark(alt.NamedData("shades"))
        .transform_filter("datum.k == K")
        .mark_image(width=size, height=height, aspect=False)
        .encode(x=alt.value(size / 2), y=alt.value(height / 2), url="url:N")
    )
    curve = Mark(alt.sequence(0, 161, as_="i")).mark_line(
        color=LEARNERS["backprop"][0], strokeWidth=1.6, opacity=0.8, clip=True
    )
    curve = curve.encode(x=x, y=y)
    curve.transform = [
        keep("T.one"),
        calculate("T.xlo + datum.i * (T.xhi - T.xlo) / 160", "x"),
        calculate("1 / (1 + exp(-T.gain * (S.u * datum.x + S.b)))", "p"),
        calculate("T.gain > 1 ? 2 * datum.p - 1 : datum.p", "y"),
    ]
    return layer(shade, curve)


def field(size: int, height: int) -> View:
    """Points and boundaries at the epoch; a click places the extra point."""
    x = alt.X("x:Q", title=None, scale=domain("T.xlo", "T.xhi"))
    y = alt.Y("y:Q", title=None, scale=domain("T.ylo", "T.yhi"))

    def lines(when: str, **look: Any) -> Mark:
        chart: Mark = (
            Mark(alt.NamedData("lines"))
            .transform_filter(when)
            .mark_rule(clip=True, **look)
            .encode(x=x, y=y, x2="x2:Q", y2="y2:Q", color=COLOUR, strokeDash=DASH)
        )
        return chart

    def plus(when: str, opacity: float) -> Mark:
        """A + beside each line, on the side that it calls +: the left one on the way to its second end."""
        chart = (
            Mark(alt.NamedData("lines"))
            .transform_filter(when)
            .mark_text(text="+", fontSize=19, fontWeight="bold", opacity=opacity, clip=True)
            .encode(x=alt.X("px:Q", title=None), y=alt.Y("py:Q", title=None), color=COLOUR)
        )
        chart.transform = [
            *chart.transform,
            calculate(f"{json.dumps(PLUS_AT)}[datum.learner] + (datum.before ? 0.05 : 0)", "along"),
            calculate("(datum.x2 - datum.x) / (XHI - XLO)", "dx"),
            calculate("(datum.y2 - datum.y) / (YHI - YLO)", "dy"),
            calculate(f"{PLUS_OFF} / sqrt(datum.dx * datum.dx + datum.dy * datum.dy)", "off"),
            calculate(
                "datum.x + (XHI - XLO) * (datum.along * datum.dx - datum.off * datum.dy)", "px"
            ),
            calculate(
                "datum.y + (YHI - YLO) * (datum.along * datum.dy + datum.off * datum.dx)", "py"
            ),
        ]
        return chart

    now = "!datum.before && (datum.k == K || datum.k < 0)"
    box = (
        Mark(alt.NamedData("box"))
        .mark_rect(filled=False, stroke=QUIET, strokeDash=[2, 3], opacity=0.8, clip=True)
        .encode(x=x, y=y, x2="x2:Q", y2="y2:Q")
    )
    wide, high = f"(XHI - XLO) / {CELLS}", f"(YHI - YLO) / {CELLS}"
    grid = (
        Mark(alt.sequence(0, CELLS * CELLS, as_="i"))
        .transform_calculate(
            left=f"XLO + (datum.i % {CELLS}) * {wide}",
            low=f"YLO + floor(datum.i / {CELLS}) * {high}",
        )
        .transform_calculate(
            right=f"datum.left + {wide}",
            top=f"datum.low + {high}",
            x=f"datum.left + {wide} / 2",
            y=f"datum.low + {high} / 2",
        )
        .mark_rect(fillOpacity=0, clip=True)
        .encode(
            x=alt.X("left:Q", title=None), x2="right:Q", y=alt.Y("low:Q", title=None), y2="top:Q"
        )
        .add_params(clicked("pick_point", "x", "y"))
    )
    return layer(
        output(x, y, size, height),
        box,
        lines("datum.before", strokeWidth=1.6, opacity=0.45),
        pinned_boundaries(),
        lines(now, strokeWidth=2.6),
        plus("datum.before", 0.6),
        plus(now, 1),
        marks(x, y),
        grid,
        text_line("axes", size, right=True),
    ).properties(width=size, height=height)


def build(width: int) -> View:
    """The plane on the left, what happens by epoch on the right; one below the other if narrow."""
    inner = width - 62
    wide = width >= WIDE
    half = (width - 2 * 62 - 14) // 2 if wide else inner
    plane = field(half + 20 * wide, 330 if wide else 290).properties(
        title="Points (● +, ■ −; ringed: wrong)"
    )
    right = [
        divergence(half, 128).properties(title="Divergence by epoch"),
        left(half, 128).properties(title="Points wrong by epoch"),
    ]
    body = [hconcat(plane, vconcat(*right))] if wide else [plane, *right]
    return (
        vconcat(legend(inner), headline(inner), *body)
        .add_params(*PARAMS)
        .resolve_scale(color="independent", shape="independent", strokeDash="independent")
    )


FIELD = Template(
    build,
    "Points with the learners' boundaries, divergence and points wrong by epoch; point to scrub",
    picks=("pick_point", "pick_loss", "pick_errors"),
    renderer="canvas",
)
