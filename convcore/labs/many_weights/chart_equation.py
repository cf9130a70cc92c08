"""The step of plain descent that leads to the one shown, with its numbers in."""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, layer
from convcore.charts.live import calculate, keep
from convcore.charts.parts import WIDE
from convcore.charts.typeset import BREAK, SERIF, number, power_of_ten, subscript

MATRIX = 820  # px from which there is room for the matrix
SLOT = 36  # px: half of what a number in a matrix takes


def equation(width: int) -> View:
    """The step in its numbers: of two weights as vectors, of more along the steepest direction."""
    wide = width >= MATRIX
    start, step, many = _text(BREAK if width < WIDE else "   ")
    before = [{"op": "lag", "field": name, "as": f"{name}0"} for name in ("x", "y", "norm")]
    shown = [
        alt.WindowTransform(window=before, sort=[{"field": "k", "order": "ascending"}]),
        keep("datum.k == LOOK && T.drawn"),
        calculate("ETA * datum.f", "eta"),
    ]
    if wide:
        text = f"T.two ? {start} : ({many})"
        shown += _pieces(f"MATRIX ? {_numbers()} : [[0, 20, 16, {text}]]")
    else:
        shown += [
            calculate("A11 * datum.x0 + A12 * datum.y0 + B1", "gx"),
            calculate("A12 * datum.x0 + A22 * datum.y0 + B2", "gy"),
            calculate(f"[0, 0, 15, T.two ? (datum.k ? {step} : {start}) : ({many})]", "piece"),
            calculate("datum.piece[3]", "text"),
        ]
    drawn = (
        Mark()
        .mark_text(
            align=alt.ExprRef("datum.piece[4] ? 'center' : 'left'"),
            baseline="middle" if wide else "top",
            font=SERIF,
            x=alt.ExprRef("datum.piece[0]"),
            y=alt.ExprRef("datum.piece[1]"),
            fontSize=alt.ExprRef("datum.piece[2]"),
            limit=width,
            lineBreak="\n",
        )
        .encode(text="text:N")
    )
    still = Mark(alt.sequence(1))
    still.transform = _pieces(f"MATRIX && T.drawn ? {_still()} : []")
    parts = [
        layer(drawn, data=alt.NamedData("plan"), transform=[keep("!ON"), *shown]),
        layer(drawn, transform=[keep("ON"), *shown]),
    ]
    if wide:
        parts.append(layer(drawn, data=alt.sequence(1), transform=still.transform))
    return layer(*parts).properties(view=alt.ViewConfig(stroke=None))


def _pieces(pieces: str) -> list[Any]:
    """Transforms to a row for each of an array of pieces: [x, y, size, number or text, centred]."""
    ten = "floor(log(abs(datum.v)) / LN10 + 1e-9)"
    power = f"format(datum.v / pow(10, datum.ten), '.2~g') + '·' + {power_of_ten('datum.ten')}"
    plain = f"!datum.v || inrange(datum.ten, [-3, 4]) ? {number('datum.v')}"
    return [
        calculate(pieces, "piece"),
        alt.FlattenTransform(flatten=["piece"]),
        calculate("datum.piece[3]", "v"),
        calculate(ten, "ten"),
        calculate(f"!isNumber(datum.v) ? datum.v : {plain} : {power}", "text"),
    ]


def _text(gap: str) -> tuple[str, str, str]:
    """Texts with `gap` between their parts: the start and a step of two weights, a step of more."""
    start = f"'w₀ = ' + {_pair('x', 'y')} + ', the start'"
    less = f"'{gap if gap == BREAK else ' '}− ' + {number('datum.eta')} + ' · '"
    step = (
        f"'w' + KS + ' = w' + KS0 + ' − η·∇E(w' + KS0 + '){gap}= ' + {_pair('x0', 'y0')}"
        f" + {less} + {_pair('gx', 'gy')} + '{gap}= ' + {_pair('x', 'y')}"
    )
    norm = f"'‖w' + KS + '‖ = ' + {number('datum.norm')}"
    steep = (
        "'steepest direction: z' + KS + ' = (1 − ηλ)·z' + KS0 + "
        f"'{gap}= (1 − ' + {number('datum.eta')} + ' · ' + {number('T.lmax')} + ') · ' + "
        f"{number('datum.y0')} + ' = ' + {number('datum.y')} + '{gap}' + {norm}"
    )
    many = f"datum.k && T.lmax ? {steep} : {norm}"
    return start, step, many


def _pair(x: str, y: str) -> str:
    return f"'(' + {number(f'datum.{x}')} + ', ' + {number(f'datum.{y}')} + ')'"


def _numbers() -> str:
    """The numbers of the step that depend on the run, as pieces."""
    before = [
        _number(f"AT+{at}", row, f"datum.{c}0") for at in (36, 344) for row, c in enumerate("xy")
    ]
    after = [_number("AT+EQUALS+52", row, f"datum.{c}") for row, c in enumerate("xy")]
    eta = f"[AT+108,20,16,'− '+{number('datum.eta')},1]"
    return f"[{','.join([*before, eta, *after])}]"


def _still() -> str:
    """The step's signs, brackets and matrix, as pieces."""
    of = "(SLOPED ? '(Aw' + KS0 + ' + b)  =' : '·Aw' + KS0 + '  =')"
    pieces = [f"[0,20,16,'w' + KS + ' = w' + KS0 + ' − η' + {of}]"]
    for x, wide, size in (
        ("AT", 1, "38"), ("AT+148", 2, "38"), ("AT+308", 1, "38"), ("AT+414", 1, "38*SLOPED"),
        ("AT+EQUALS+16", 1, "38"),
    ):  # fmt: skip
        pieces += [f"[{x},18,{size},'[',1]", f"[{x}+{2 * SLOT * wide},18,{size},']',1]"]
    pieces += [
        "[AT+138,18,38*SLOPED,'(',1]", "[AT+500,18,38*SLOPED,')',1]",
        "[AT+398,20,16*SLOPED,'+',1]", "[AT+EQUALS,20,16,'=',1]",
    ]  # fmt: skip
    for x, row, name in (
        (184, 0, "A11"), (256, 0, "A12"), (184, 1, "A12"), (256, 1, "A22"), (450, 0, "B1"), (450, 1, "B2"),
    ):  # fmt: skip
        pieces.append(_number(f"AT+{x}", row, name, "15*SLOPED" if "B" in name else "15"))
    return f"[{','.join(pieces)}]"


def _number(x: str, row: int, value: str, size: str = "15") -> str:
    return f"[{x},{11 + 19 * row},{size},{value},1]"


def matrix_params() -> list[Any]:
    """A and b of two weights, from the table of the modes: A = Σλccᵀ, b = Σ(drift − λz*)c."""

    def over_modes(term: str) -> str:
        # What rounding leaves of a 0 is one.
        parts = [term.replace("M.", f"M{i}.") for i in (0, 1)]
        total, size = " + ".join(parts), " + ".join(f"abs({part})" for part in parts)
        return f"abs({total}) > 1e-12 * ({size}) ? {total} : 0"

    terms = {
        "A11": "M.lam * M.cx * M.cx", "A12": "M.lam * M.cx * M.cy", "A22": "M.lam * M.cy * M.cy",
        "B1": "(M.drift - M.lam * M.zc) * M.cx", "B2": "(M.drift - M.lam * M.zc) * M.cy",
    }  # fmt: skip
    return [
        *(alt.param(name=f"M{i}", expr=f"data('modes')[{i}] || {{}}") for i in (0, 1)),
        *(alt.param(name=name, expr=over_modes(term)) for name, term in terms.items()),
        alt.param(name="SLOPED", expr="B1 != 0 || B2 != 0 ? 1 : 0"),
        alt.param(name="AT", expr="168 + 36 * SLOPED"),
        alt.param(name="EQUALS", expr="398 + 120 * SLOPED"),
        alt.param(name="LOOK", expr="min(K, T.last)"),
        alt.param(name="MATRIX", expr="T.two && LOOK > 0"),
        alt.param(name="KS", expr=subscript("LOOK")),
        alt.param(name="KS0", expr=subscript("max(LOOK - 1, 0)")),
    ]
