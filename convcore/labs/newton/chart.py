"""The pictures of the lab "Taylor and Newton": the local model at a scrubbed step, paths, Newton's map."""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, hconcat, layer, vconcat
from convcore.charts.live import calculate, keep, start_pointer
from convcore.charts.parts import WIDE, legend
from convcore.charts.picture import Template, domain
from convcore.charts.pins import pinned_lines
from convcore.charts.style import METHODS, QUIET, THEORY
from convcore.labs.newton.chart_steps import COLOUR, PARAMS, lines, loss, step_sizes

BOX = ("T.xlo", "T.xhi", "T.ylo", "T.yhi")


def number(expression: str) -> str:
    """A number in four digits, as an expression."""
    return f"format({expression}, '.4~g')"


# The model at the step in words, in parts: each an expression of the columns of "models".
AT_END = "T.gone ? ', the last' : ' and on'"
AT_STEP = f"'k = ' + datum.k + (datum.k < T.last || datum.k == T.khi ? '' : {AT_END})"
IN_ONE = (
    f"{AT_STEP} + ':  w = ' + {number('datum.w0')}",
    f"'E′ = ' + {number('datum.c1')} + ',  E″ = ' + (datum.known ? {number('2 * datum.c2')} : '–')",
    f"datum.c2 > 0 ? 'η_opt = ' + {number('0.5 / datum.c2')} + ',  Newton → ' + {number('datum.target')}"
    " : 'the model has no minimum'",
)
IN_TWO = (
    f"{AT_STEP} + ':  w = (' + {number('datum.x')} + ', ' + {number('datum.y')} + ')'",
    f"'λ = ' + (datum.known ? {number('datum.low')} + ' and ' + {number('datum.high')} : '–')",
    f"datum.low > 0 ? 'η_opt = ' + {number('1 / datum.high')} : 'not bent up everywhere: no η_opt'",
)


def headline(width: int, parts: tuple[str, ...]) -> View:
    """The scrubbed step in numbers, live; below it, what the marks of the local model mean.

    On a narrow page both take several lines.
    """
    rows = 1 if width >= WIDE - 100 else 3
    style: dict[str, Any] = {"align": "left", "baseline": "top", "limit": width}
    lines = [f"({part})" for part in parts]
    numbers = (
        Mark(alt.NamedData("models"))
        .transform_filter("datum.k == M")
        .transform_calculate(
            said=" + '   ' + ".join(lines) if rows == 1 else f"[{', '.join(lines)}]"
        )
        .mark_text(fontWeight="bold", fontSize=13, lineHeight=17, **style)
        .encode(x=alt.value(0), y=alt.value(0), text="said:N")
    )
    in_lines = "replace(datum.legend, /[|]/g, '   ')" if rows == 1 else "split(datum.legend, '|')"
    marks = (
        Mark(alt.NamedData("t"))
        .transform_calculate(said=in_lines)
        .mark_text(fontSize=11, lineHeight=14, **style)
        .encode(x=alt.value(0), y=alt.value(17 * rows + 2), text="said:N")
    )
    return layer(numbers, marks).properties(
        width=width, height=31 if rows == 1 else 81, view=alt.ViewConfig(stroke=None)
    )


def curve(width: int, height: int) -> View:
    """E(w), the paths, and at the scrubbed step the Taylor polynomials and where Newton goes."""
    x = alt.X("w:Q", title="weight w", scale=domain("T.xlo", "T.xhi"))
    y = alt.Y("E:Q", title="E(w)", scale=domain("T.ylo", "T.yhi"))
    function = (
        Mark(alt.NamedData("curve"))
        .mark_line(color=QUIET, strokeWidth=3, clip=True)
        .encode(x=x, y=y, detail="piece:N")
    )
    d = "(datum.at - datum.w0)"
    second = f"datum.c0 + {d} * (datum.c1 + {d} * datum.c2)"
    higher = f"datum.c6 * {d}"
    for i in (5, 4, 3, 2, 1):
        higher = f"(datum.c{i} + {higher}) * {d}"
    spread = [
        keep("datum.k == M"),
        calculate("sequence(0, 121)", "i"),
        alt.FlattenTransform(flatten=["i"]),
        calculate("T.xlo + datum.i * (T.xhi - T.xlo) / 120", "at"),
    ]
    parabola = Mark(alt.NamedData("models")).mark_line(
        color=THEORY, strokeDash=[5, 4], strokeWidth=2, clip=True
    )
    parabola.transform = [*spread, calculate(second, "E"), calculate("datum.at", "w")]
    polynomial = Mark(alt.NamedData("models")).mark_line(color="#7a9a01", strokeWidth=2, clip=True)
    polynomial.transform = [
        *spread,
        keep("T.order != 2"),
        calculate(f"datum.c0 + {higher}", "E"),
        calculate("datum.at", "w"),
    ]
    target = (
        Mark(alt.NamedData("models"))
        .transform_filter("datum.k == M && datum.sends")
        .mark_point(shape="diamond", filled=True, size=120, color=THEORY, opacity=1, clip=True)
        .encode(x=alt.X("target:Q"), y=alt.Y("bottom:Q"))
    )
    drop = (
        Mark(alt.NamedData("models"))
        .transform_filter("datum.k == M && datum.sends")
        .mark_rule(color=THEORY, strokeDash=[2, 3], clip=True)
        .encode(x=alt.X("target:Q"))
    )
    return layer(
        function,
        parabola.encode(x=x, y=y),
        polynomial.encode(x=x, y=y),
        drop,
        target,
        pinned_lines("w", "E", "datum.same", BOX, "method", "piece"),
        lines(x, y, piece="piece"),
    ).properties(width=width, height=height)


def newton_map(width: int, height: int) -> View:
    """w → N(w) = w − E′/E″, the diagonal, Newton's staircase on it, fixed points and two-cycles."""
    x = alt.X("w:Q", title="w", scale=domain("T.xlo", "T.xhi"))
    y = alt.Y("next:Q", title="N(w)", scale=domain("T.xlo", "T.xhi"))
    diagonal = (
        Mark(alt.NamedData("t"))
        .transform_calculate(ends="[T.xlo, T.xhi]")
        .transform_flatten(["ends"])
        .mark_line(color=QUIET, strokeWidth=1, clip=True)
        .encode(x=alt.X("ends:Q"), y=alt.Y("ends:Q"))
    )
    mapped = (
        Mark(alt.NamedData("map"))
        .mark_line(color=THEORY, strokeWidth=2.5, clip=True)
        .encode(x=x, y=y, detail="piece:N")
    )
    stairs = (
        Mark(alt.NamedData("stairs"))
        .mark_line(color=METHODS["newton"][0], strokeWidth=1.3, clip=True)
        .encode(x=x, y=y, order="i:Q")
    )
    marks = (
        Mark(alt.NamedData("points"))
        .mark_point(size=110, filled=True, opacity=1, clip=True)
        .encode(
            x=x,
            y=y,
            shape=alt.Shape(
                "kind:N",
                scale=alt.Scale(domain=["fixed", "cycle"], range=["circle", "triangle-up"]),
            ),
            color=alt.value(QUIET),
        )
    )
    names = (
        Mark(alt.NamedData("points"))
        .mark_text(align="left", dx=8, dy=-8)
        .encode(x=x, y=y, text="label:N")
    )
    return layer(diagonal, mapped, stairs, marks, names).properties(width=width, height=height)


def plane(size: int) -> View:
    """The landscape, the paths, and level lines of the local model at the scrubbed step."""
    x = alt.X("x:Q", title="first weight, w₁ or x", scale=domain("T.xlo", "T.xhi"))
    y = alt.Y("y:Q", title="second weight, w₂ or y", scale=domain("T.ylo", "T.yhi"))
    image = (
        Mark(alt.NamedData("ground"))
        .mark_image(width=size, height=size, aspect=False)
        .encode(x=alt.value(size / 2), y=alt.value(size / 2), url="url:N")
    )
    turn = "(datum.t < 31 ? datum.t : datum.t - 31) * PI / 15"
    run = "((datum.t < 31 ? datum.t : datum.t - 31) / 5 - 3)"
    side = "(datum.t < 31 ? 1 : -1)"
    # Ellipses where the model bends up or down everywhere, hyperbolas where it is a saddle.
    model = Mark(alt.NamedData("models")).mark_line(color=THEORY, strokeWidth=1.5, clip=True)
    model.transform = [
        keep("datum.k == M && datum.shape > 0"),
        calculate("sequence(0, 186)", "i"),
        alt.FlattenTransform(flatten=["i"]),
        calculate("floor(datum.i / 62)", "ring"),
        calculate("datum.i % 62", "t"),
        calculate("datum.size * (1 + datum.ring) / 3", "r"),
        calculate(
            f"datum.r * datum.ru * (datum.shape == 1 ? cos({turn})"
            f" : {side} * (exp({run}) + exp(-{run})) / 2)",
            "u",
        ),
        calculate(
            f"datum.r * datum.rv * (datum.shape == 1 ? sin({turn}) : (exp({run}) - exp(-{run})) / 2)",
            "v",
        ),
        calculate("datum.tx + datum.ux * datum.u + datum.vx * datum.v", "x"),
        calculate("datum.ty + datum.uy * datum.u + datum.vy * datum.v", "y"),
        calculate("datum.ring * 2 + (datum.t < 31 ? 0 : 1)", "line"),
    ]
    target = (
        Mark(alt.NamedData("models"))
        .transform_filter("datum.k == M && datum.sends")
        .mark_point(shape="diamond", filled=True, size=120, color=THEORY, opacity=1, clip=True)
        .encode(x=alt.X("tx:Q"), y=alt.Y("ty:Q"))
    )
    known = (
        Mark(alt.NamedData("known"))
        .mark_point(shape="cross", filled=True, size=80, opacity=1, clip=True, color=QUIET)
        .encode(x=x, y=y)
    )
    return layer(
        image, model.encode(x=x, y=y, detail="line:N", order="i:Q"), known,
        pinned_lines("x", "y", "datum.same", BOX, "method", "piece"),
        lines(x, y, piece="piece"), target, start_pointer(),
    ).properties(width=size, height=size)  # fmt: skip


def _built(width: int, parts: tuple[str, ...], *views: Any) -> View:
    inner = width - 62
    return vconcat(headline(inner, parts), legend(inner, COLOUR), *views).add_params(*PARAMS)


def _half(width: int) -> int:
    return (width - 62 - 62 - 14) // 2


def _below(width: int, height: int) -> list[Any]:
    return [
        loss(width, height).properties(title="Loss by step"),
        step_sizes(width, height).properties(title="η_opt along the path"),
    ]


def build_curve(width: int) -> View:
    """One weight: E(w) with the local model, and Newton's map."""
    wide = width >= WIDE
    half = _half(width) if wide else width - 62
    above = [
        curve(half, 250).properties(title="E(w), paths, and the Taylor model at the step"),
        newton_map(half, 250).properties(title="Newton's map: ● fixed points, ▲ two-cycles"),
    ]
    if wide:
        return _built(width, IN_ONE, hconcat(*above), hconcat(*_below(half, 170)))
    return _built(width, IN_ONE, *above, *_below(half, 170))


def build_plane(width: int) -> View:
    """Two weights: the landscape with the local model's level lines, loss and η_opt beside it."""
    title = "E, paths and local model"
    if width < WIDE:
        views = [plane(width - 62).properties(title=title), *_below(width - 62, 170)]
        return _built(width, IN_TWO, *views)
    half = _half(width)
    side = min(half, 400)
    beside = vconcat(*_below(half, (side - 90) // 2))
    return _built(width, IN_TWO, hconcat(plane(side).properties(title=title), beside))


PICKS = ("pick_look",)
CURVE = Template(
    build_curve,
    "Newton, one weight: E(w) with the Taylor model at a step and the paths, Newton's map, loss and "
    "η_opt by step",
    picks=PICKS,
    renderer="canvas",
)
PLANE = Template(
    build_plane,
    "Newton, two weights: the landscape with paths and the local model at a step, loss and η_opt by step",
    picks=(*PICKS, "pick_start"),
    renderer="canvas",
)
