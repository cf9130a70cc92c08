"""The step of plain descent that leads to the one shown, with its numbers in."""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, layer
from convcore.charts.live import calculate, keep
from convcore.charts.parts import WIDE
from convcore.charts.typeset import BREAK, in_brackets, number, subscript, written

MATRIX = 820  # px from which there is room for the matrix
SLOT = 36  # px: half of what a number in a matrix takes


def equation(width: int, local: bool = False) -> View:
    """The step in its numbers: of two weights as vectors, of more along the steepest direction.

    local: whether E is no quadratic; then the gradient is in the table, and of more weights its length.
    """
    if local:
        return _with_gradient(width)
    wide = width >= MATRIX
    start, step, many = _text(BREAK if width < WIDE else "   ")
    before = [{"op": "lag", "field": name, "as": f"{name}0"} for name in ("x", "y", "norm")]
    numbers = ["x0", "y0", "eta", "x", "y", "norm", "lmax"]
    shown = [
        alt.WindowTransform(window=before, sort=[{"field": "k", "order": "ascending"}]),
        keep("datum.k == LOOK && T.drawn"),
        calculate("ETA * datum.f", "eta"),
        calculate("T.lmax", "lmax"),
    ]
    if wide:
        pieces = f"MATRIX ? {_numbers()} : [[0, 20, 16, T.two ? {start} : ({many})]]"
        shown += [
            *written(numbers, kept=("k",), places=1),
            calculate(pieces, "piece"),
            alt.FlattenTransform(flatten=["piece"]),
        ]
    else:
        shown += [
            calculate("PLANE.a11 * datum.x0 + PLANE.a12 * datum.y0 + PLANE.b1", "gx"),
            calculate("PLANE.a12 * datum.x0 + PLANE.a22 * datum.y0 + PLANE.b2", "gy"),
            *written([*numbers, "gx", "gy"], kept=("k",)),
            calculate(f"[0, 0, 15, T.two ? (datum.k ? {step} : {start}) : ({many})]", "piece"),
        ]
    shown.append(calculate("datum.piece[3]", "text"))
    drawn = (
        Mark()
        .mark_text(
            align=alt.ExprRef("datum.piece[4] ? 'center' : 'left'"),
            baseline="middle" if wide else alt.Undefined,
            style="step",
            x=alt.ExprRef("datum.piece[0]"),
            y=alt.ExprRef("datum.piece[1]"),
            # A long number must fit its brackets.
            fontSize=alt.ExprRef(
                "datum.piece[2] - 2 * (datum.piece[4] && length(datum.text) > 7 ? 1 : 0)"
            ),
            limit=width,
        )
        .encode(text="text:N")
    )
    parts = [
        layer(drawn, data=alt.NamedData("plan"), transform=[keep("!ON"), *shown]),
        layer(drawn, transform=[keep("ON"), *shown]),
    ]
    if wide:
        still = [
            calculate(f"MATRIX && T.drawn ? {_still()} : []", "piece"),
            alt.FlattenTransform(flatten=["piece"]),
            calculate("datum.piece[3]", "v"),
            calculate(f"isNumber(datum.v) ? {number('datum.v', places=1)} : datum.v", "text"),
        ]
        parts.append(layer(drawn, data=alt.sequence(1), transform=still))
    return layer(*parts).properties(view=alt.ViewConfig(stroke=None))


def _with_gradient(width: int) -> View:
    """The step with the gradient of the table "plan"."""
    gap = BREAK if width < WIDE else "   "
    start, step, _ = _text(gap)
    names = ["x", "y", "gx", "gy", "slope"]
    before = [{"op": "lag", "field": name, "as": f"{name}0"} for name in names]
    norm = f"'‖w' + KS + '‖ = ' + datum.norm + (datum.k ? '{gap}‖∇E(w' + KS0 + ')‖ = ' + datum.slope : '')"
    shown = [
        alt.WindowTransform(window=before, sort=[{"field": "k", "order": "ascending"}]),
        keep("datum.k == LOOK && T.drawn"),
        calculate("ETA * datum.f", "eta"),
        *(calculate(f"datum.{name}0", name) for name in ("gx", "gy", "slope")),
        *written(["x0", "y0", "eta", "x", "y", "norm", "gx", "gy", "slope"], kept=("k",)),
        calculate(f"T.two ? (datum.k ? {step} : {start}) : ({norm})", "text"),
    ]
    y = 20 if width >= MATRIX else 0
    text = (
        Mark()
        .mark_text(align="left", style="step", fontSize=15, limit=width, x=0, y=y)
        .encode(text="text:N")
    )
    drawn = layer(text, data=alt.NamedData("plan"), transform=shown)
    return drawn.properties(view=alt.ViewConfig(stroke=None))


def _text(gap: str) -> tuple[str, str, str]:
    """Texts with `gap` between their parts: the start and a step of two weights, a step of more."""
    start = f"'w₀ = ' + {_pair('x', 'y')} + ', the start'"
    less = f"'{gap if gap == BREAK else ' '}− ' + datum.eta + ' · '"
    step = (
        f"'w' + KS + ' = w' + KS0 + ' − η·∇E(w' + KS0 + '){gap}= ' + {_pair('x0', 'y0')}"
        f" + {less} + {_pair('gx', 'gy')} + '{gap}= ' + {_pair('x', 'y')}"
    )
    norm = "'‖w' + KS + '‖ = ' + datum.norm"
    steep = (
        "'steepest direction: z' + KS + ' = (1 − ηλ)·z' + KS0 + "
        f"'{gap}= (1 − ' + datum.eta + ' · ' + datum.lmax + ') · ' + "
        f"{in_brackets('datum.y0')} + ' = ' + datum.y + '{gap}' + {norm}"
    )
    many = f"datum.k && T.lmax ? {steep} : {norm}"
    return start, step, many


def _pair(x: str, y: str) -> str:
    return f"'(' + datum.{x} + ', ' + datum.{y} + ')'"


def _numbers() -> str:
    """The numbers of the step that depend on the run, as pieces: [x, y, size, text, centred]."""
    before = [
        _number(f"AT+{at}", row, f"datum.{c}0") for at in (36, 344) for row, c in enumerate("xy")
    ]
    after = [_number("AT+EQUALS+52", row, f"datum.{c}") for row, c in enumerate("xy")]
    eta = "[AT+108,20,16,'− '+datum.eta,1]"
    return f"[{','.join([*before, eta, *after])}]"


def _still() -> str:
    """The step's signs, brackets and matrix, as pieces."""
    of = "(SLOPED ? '(Aw' + KS0 + ' + b)  =' : '·Aw' + KS0 + '  =')"
    pieces = [f"[0,20,16,'w' + KS + ' = w' + KS0 + ' − η' + {of}]"]
    for left, wide, tall in (
        ("AT", 1, "38"), ("AT+148", 2, "38"), ("AT+308", 1, "38"), ("AT+414", 1, "38*SLOPED"),
        ("AT+EQUALS+16", 1, "38"),
    ):  # fmt: skip
        pieces += [f"[{left},18,{tall},'[',1]", f"[{left}+{2 * SLOT * wide},18,{tall},']',1]"]
    pieces += [
        "[AT+138,18,38*SLOPED,'(',1]", "[AT+500,18,38*SLOPED,')',1]",
        "[AT+398,20,16*SLOPED,'+',1]", "[AT+EQUALS,20,16,'=',1]",
    ]  # fmt: skip
    entries = {(184, 0): "a11", (256, 0): "a12", (184, 1): "a12", (256, 1): "a22"}
    for (at, row), name in {**entries, (450, 0): "b1", (450, 1): "b2"}.items():
        size = "15" if name[0] == "a" else "15*SLOPED"
        pieces.append(_number(f"AT+{at}", row, f"PLANE.{name}", size))
    return f"[{','.join(pieces)}]"


def _number(x: str, row: int, value: str, size: str = "15") -> str:
    return f"[{x},{11 + 19 * row},{size},{value},1]"


def params() -> list[Any]:
    """Where the pieces are, the shown step and its subscripts."""
    return [
        alt.param(name="SLOPED", expr="PLANE.b1 || PLANE.b2 ? 1 : 0"),
        alt.param(name="AT", expr="168 + 36 * SLOPED"),
        alt.param(name="EQUALS", expr="398 + 120 * SLOPED"),
        alt.param(name="LOOK", expr="min(K, T.last)"),
        alt.param(name="MATRIX", expr="T.two && LOOK > 0"),
        alt.param(name="KS", expr=subscript("LOOK")),
        alt.param(name="KS0", expr=subscript("LOOK - 1")),
    ]
