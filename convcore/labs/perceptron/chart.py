"""The first picture of "Perceptron and backprop": points and boundaries, divergence, errors left.

All are views of one chart, so pointing at an epoch moves the boundaries without a server.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, hconcat, layer, vconcat
from convcore.charts.grid import AXIS, TITLE, panel, plot_width
from convcore.charts.legend import legend, listed
from convcore.charts.live import calculate, keep, shown_step
from convcore.charts.parts import WIDE, anchor, clicked, legible
from convcore.charts.picture import Template, domain, table_param, view_ends
from convcore.charts.style import LEARNERS, QUIET, THEORY
from convcore.charts.typeset import BREAK, number, written
from convcore.labs.perceptron.chart_epochs import divergence, left
from convcore.labs.perceptron.chart_parts import (
    COLOUR,
    DASH,
    SHAPE,
    SIDE,
    axis_names,
    pinned_boundaries,
)

CELLS = 40  # along each side, that a click can choose
PLUS_OFF = 0.036  # of the view: how far the + beside a line is from it
CROWD = 12  # wrong points whose rings would cover one another
NAMED = 3  # wrong points whose places are written beside them
# The columns of a selected epoch with the weights of each learner that is trained by epochs.
WEIGHTS = {"backprop": ("u", "v", "b"), "perceptron": ("pu", "pv", "pb")}
# Where it is wide or narrow: px that the updates take, and where backprop's begins.
EQUATION, SECOND = {True: 42, False: 148}, {True: 21, False: 80}
CROSS = "M-0.8,-0.8L0.8,0.8M-0.8,0.8L0.8,-0.8"  # lying, unlike the + beside the lines

PARAMS = [
    table_param("t"),
    listed("learner"),
    *view_ends("t"),
    *shown_step("at_loss", "at_errors"),
    # The weights of that epoch.
    alt.param(name="S", expr="data('snaps')[indexof(pluck(data('snaps'), 'k'), K)] || {}"),
]


def marks(x: alt.X, y: alt.Y) -> View:
    """The points by label, rings around those that are wrong at the epoch, the proof of overlap."""
    base = Mark(alt.NamedData("points"))
    dots = base.mark_point(filled=True, size=70, opacity=1, clip=True).encode(
        x=x, y=y, color=SIDE, shape=SHAPE
    )
    signs = legible(
        base, {"x": x, "y": y, "text": "sign:N"}, fontSize=12, fontWeight="bold", dy=-12, clip=True
    )
    extra = (
        Mark(alt.NamedData("points"))
        .transform_filter("datum.extra")
        .mark_point(shape="diamond", size=330, strokeWidth=2, color=THEORY, opacity=1, clip=True)
        .encode(x=x, y=y)
    )

    def wrong(learner: str) -> str:
        u, v, b = (f"S.{name}" for name in WEIGHTS[learner])
        return f"(S.{learner} && !(datum.sense * ({u} * datum.x + {v} * datum.v + {b}) > 0))"

    def rings(learner: str, size: int) -> Mark:
        """Rings around the points that a learner has wrong; where they are many, close to the points."""
        chart: Mark = (
            Mark(alt.NamedData("points"))
            .transform_filter(wrong(learner))
            .transform_calculate(learner=f"'{learner}'")
            .transform_joinaggregate(count="count()")
            .mark_point(
                size=alt.ExprRef(f"datum.count > {CROWD} ? {0.45 * size:.0f} : {size}"),
                strokeWidth=alt.ExprRef(f"datum.count > {CROWD} ? 1.2 : 2.2"),
                opacity=1,
                clip=True,
            )
            .encode(x=x, y=y, color=COLOUR)
        )
        return chart

    def named(right: bool) -> View:
        """Where the wrong points are, if they are few; on the left half the words go to the right."""
        some = Mark(alt.NamedData("points")).transform_filter(" || ".join(map(wrong, WEIGHTS)))
        some.transform = [
            *some.transform,
            alt.JoinAggregateTransform(joinaggregate=[{"op": "count", "as": "count"}]),
            keep(f"datum.count <= {NAMED} && (2 * datum.x > XLO + XHI) == {str(right).lower()}"),
            calculate(f"'wrong: ' + {vector(number('datum.x', 3), number('datum.v', 3))}", "place"),
        ]
        side: dict[str, Any] = (
            {"align": "right", "dx": -14} if right else {"align": "left", "dx": 14}
        )
        return legible(
            some,
            {"x": x, "y": y, "text": "place:N"},
            fontSize=12,
            baseline="middle",
            clip=True,
            **side,
        )

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
        rings("backprop", 170),
        rings("perceptron", 290),
        common,
        extra,
        named(False),
        named(True),
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

    def plus(when: str, opacity: float) -> View:
        """A + beside each line, on the side that it calls +: the left one on the way to its second end."""
        beside = Mark(alt.NamedData("lines")).transform_filter(when)
        beside.transform = [
            *beside.transform,
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
        at = {"x": alt.X("px:Q", title=None), "y": alt.Y("py:Q", title=None)}
        look = {"text": "+", "fontSize": 20, "fontWeight": "bold", "clip": True}
        return legible(beside, at, COLOUR, opacity=opacity, **look)

    now = "!datum.before && (datum.k == K || datum.k == -1)"
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
        marks(x, y),
        plus("datum.before", 0.6),
        plus(now, 1),
        grid,
        axis_names(size, height),
        anchor("t"),
    )


def vector(first: str, second: str, *rest: str) -> str:
    """A vector's expression, of those of its entries; without the second where there is one input."""
    tail = "".join(f" + ', ' + {entry}" for entry in rest)
    return f"('(' + {first} + (T.one ? '' : ', ' + {second}){tail} + ')')"


def written_vector(*columns: str) -> str:
    """The same of columns that are typeset already."""
    return vector(*(f"datum.{column}" for column in columns))


def equations(width: int, wide: bool) -> View:
    """The updates that led to the selected epoch, with their numbers in."""
    # Where it is narrow each vector has a line of its own.
    apart, point = ("' '", "'point '") if wide else (f"'{BREAK}'", "''")
    sign = "(datum.sense > 0 ? '+' : '−')"
    after, before = written_vector(*WEIGHTS["perceptron"]), written_vector("u0", "v0", "b0")
    perceptron = (
        f"datum.sense == 0 ? 'w = ' + {after} + ' at the start' : "
        f"'in epoch ' + format(datum.le, ',d') + {apart} + {point} + {written_vector('lx', 'lv')} + "
        f"' is wrong: w ← w ' + {sign} + ' x' + {apart} + '= ' + {before} + {apart} + {sign} + ' ' + "
        f"{written_vector('lx', 'lv', 'one')} + {apart} + '= ' + {after}"
    )
    came = {
        "u0": "datum.pu - datum.sense * datum.lx",
        "v0": "datum.pv - datum.sense * datum.lv",
        "b0": "datum.pb - datum.sense",
        "one": "1",
    }
    after = written_vector(*WEIGHTS["backprop"])
    rule = "(T.plain ? 'w ← w − η∇E' : 'w ← w + step')"
    factor = "(T.plain ? '− ' + datum.eta + '·' : '+ ')"
    backprop = (
        f"datum.k == 0 ? 'w = ' + {after} + ' at the start' : datum.k > T.bepochs ? "
        f"'ended at epoch ' + format(T.bepochs, ',d') + {apart} + 'with w = ' + {after} : {rule} + "
        f"{apart} + '= ' + {before} + {apart} + {factor} + {written_vector('gu', 'gv', 'gb')} + {apart} + "
        f"'= ' + {after}"
    )
    stepped = {
        f"{name}0": f"datum.{w} + (T.plain ? datum.eta : -1) * datum.g{w}"
        for name, w in zip("uvb", WEIGHTS["backprop"], strict=True)
    }

    # As large as the line has room for: long numbers of two inputs need more than there is at 14 px.
    size: Any = (
        alt.ExprRef(f"clamp({width / 0.53:.0f} / length(datum.text), 12, 14)") if wide else 13
    )

    def line(
        learner: str, text: str, made: dict[str, str], others: tuple[str, ...], y: int
    ) -> Mark:
        chart: Mark = (
            Mark(alt.NamedData("snaps"))
            .mark_text(style="step", fontSize=size, limit=width)
            .encode(x=alt.value(0), y=alt.value(y), text="text:N")
        )
        chart.transform = [
            keep(f"datum.k == K && datum.{learner}"),
            *(calculate(expression, name) for name, expression in made.items()),
            *written([*WEIGHTS[learner], *made, *others], kept=("k", "sense", "le"), digits=3),
            calculate(f"'{learner.capitalize()}: ' + ({text})", "text"),
        ]
        return chart

    # With one of the two alone its line comes first.
    return layer(
        line("perceptron", perceptron, came, ("lx", "lv"), 0),
        line("backprop", backprop, stepped, ("eta", "gu", "gv", "gb"), SECOND[wide]),
    ).properties(view=alt.ViewConfig(stroke=None))


def build(width: int) -> View:
    """The plane on the left, what happens by epoch on the right; one below the other if narrow."""
    wide = width >= WIDE
    inner, half = plot_width(width), plot_width(width, 2 if wide else 1)
    low = 128 if wide else 110
    tall = 2 * low + TITLE + AXIS if wide else 260
    plane = panel(field(half, tall), half, tall, "Points: ● +, ■ −, ringed if wrong")
    step = panel(equations(inner, wide), inner, EQUATION[wide], above=4, below=2)
    right = [
        panel(divergence(half, low), half, low, "Divergence E"),
        panel(left(half, low), half, low, "Points wrong"),
    ]
    body = [step, hconcat(plane, vconcat(*right))] if wide else [plane, step, *right]
    return (
        vconcat(legend(inner, COLOUR, DASH), *body)
        .add_params(*PARAMS)
        .resolve_scale(color="independent", shape="independent", strokeDash="independent")
    )


FIELD = Template(
    build,
    "Points with the learners' boundaries, divergence and points wrong by epoch; point to scrub",
    picks=("pick_point", "pick_loss", "pick_errors"),
    renderer="canvas",
)
