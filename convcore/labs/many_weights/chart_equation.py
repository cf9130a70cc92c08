"""The step of plain descent that leads to the one shown, with its numbers in."""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, layer
from convcore.charts.live import calculate, keep
from convcore.charts.parts import WIDE
from convcore.charts.typeset import BREAK, SERIF, number, power_of_ten, subscript

MATRIX = 800  # px from which there is room for the matrix
SLOT = 36  # px: half of what a number in a matrix takes


def equation(width: int) -> View:
    """The step in its numbers: of two weights as vectors, of more along the steepest direction."""
    wide = width >= MATRIX
    text = _text(BREAK if width < WIDE else "   ")
    pieces = (
        f"T.two && datum.k > 0 ? (SLOPED ? {_matrix(True)} : {_matrix(False)}) : [[0, 20, 16, 0]]"
    )
    exponent = "floor(log(abs(datum.v)) / LN10 + 1e-9)"
    power = f"format(datum.v / pow(10, {exponent}), '.2~g') + '·' + {power_of_ten(exponent)}"
    long = "datum.v != 0 && (abs(datum.v) >= 1e5 || abs(datum.v) < 1e-3)"
    before = [{"op": "lag", "field": name, "as": f"{name}0"} for name in ("x", "y", "norm")]
    shown = [
        alt.WindowTransform(window=before, sort=[{"field": "k", "order": "ascending"}]),
        keep("datum.k == min(K, T.last) && T.drawn"),
        calculate(subscript("datum.k"), "s"),
        calculate(subscript("datum.k - 1"), "s0"),
        calculate("ETA * datum.f", "eta"),
        calculate("A11 * datum.x0 + A12 * datum.y0 + B1", "gx"),
        calculate("A12 * datum.x0 + A22 * datum.y0 + B2", "gy"),
        calculate(text, "line"),
        calculate(pieces if wide else "[[0, 0, 15, 0]]", "piece"),
        alt.FlattenTransform(flatten=["piece"]),
        calculate("datum.piece[0]", "px"),
        calculate("datum.piece[1]", "py"),
        calculate("datum.piece[2]", "size"),
        calculate("datum.piece[3]", "v"),
        calculate(
            "datum.piece[2] < 15.5 && isNumber(datum.v) && datum.piece.length > 4 ? "
            f"({long} ? {power} : format(datum.v, '.4~g')) : datum.v === 0 ? datum.line : datum.v",
            "text",
        ),
    ]
    if not wide:
        shown[-1] = calculate("datum.line", "text")
    parts = [
        Mark().mark_text(
            align=alt.ExprRef("datum.piece.length > 4 ? 'center' : 'left'"),
            baseline="middle" if wide else "top",
            font=SERIF,
            limit=width,
            lineBreak="\n",
        )
    ]
    drawn = parts[0].encode(
        x=alt.X("px:Q", scale=None, axis=None),
        y=alt.Y("py:Q", scale=None, axis=None),
        size=alt.Size("size:Q", scale=None),
        text="text:N",
    )
    return layer(
        layer(drawn, data=alt.NamedData("plan"), transform=[keep("!ON"), *shown]),
        layer(drawn, transform=[keep("ON"), *shown]),
    ).properties(view=alt.ViewConfig(stroke=None))


def _text(gap: str) -> str:
    """The step as a text, with `gap` between its parts."""
    start = f"'w₀ = ' + {_pair('x', 'y')} + ', the start'"
    less = f"'{gap if gap == BREAK else ' '}− ' + {number('datum.eta')} + ' · '"
    step = (
        f"'w' + datum.s + ' = w' + datum.s0 + ' − η·∇E(w' + datum.s0 + '){gap}= ' + {_pair('x0', 'y0')}"
        f" + {less} + {_pair('gx', 'gy')} + '{gap}= ' + {_pair('x', 'y')}"
    )
    norm = f"'‖w' + datum.s + '‖ = ' + {number('datum.norm')}"
    steep = (
        "'steepest direction: z' + datum.s + ' = (1 − ηλ)·z' + datum.s0 + "
        f"'{gap}= (1 − ' + {number('datum.eta')} + ' · ' + {number('T.lmax')} + ') · ' + "
        f"{number('datum.y0')} + ' = ' + {number('datum.y')} + '{gap}' + {norm}"
    )
    many = f"datum.k && T.lmax ? {steep} : {norm}"
    return f"T.two ? (datum.k ? {step} : {start}) : ({many})"


def _pair(x: str, y: str) -> str:
    return f"'(' + {number(f'datum.{x}')} + ', ' + {number(f'datum.{y}')} + ')'"


def _matrix(sloped: bool) -> str:
    """The step with its vectors and its matrix: [x, y, size, number or text, centred]; sloped: b ≠ 0."""
    of = "'(Aw' + datum.s0 + ' + b)  ='" if sloped else "'·Aw' + datum.s0 + '  ='"
    pieces = [f"[0, 20, 16, 'w' + datum.s + ' = w' + datum.s0 + ' − η' + {of}]"]
    at = 204 if sloped else 166

    def column(x: int, *numbers: str) -> None:
        """Numbers in two rows, in brackets."""
        wide = len(numbers) // 2
        for bracket, shift in (("[", 0), ("]", 2 * SLOT * wide)):
            sign(x + shift, f"'{bracket}'", 38)
        for i, one in enumerate(numbers):
            place = at + x + SLOT * (2 * (i % wide) + 1)
            pieces.append(f"[{place}, {11 + 19 * (i // wide)}, 15, {one}, 1]")

    def sign(x: int, text: str, size: int = 16) -> None:
        pieces.append(f"[{at + x}, {20 if size < 38 else 18}, {size}, {text}, 1]")

    column(0, "datum.x0", "datum.y0")
    sign(106, f"'− ' + {number('datum.eta')}")
    column(146, "A11", "A12", "A12", "A22")
    column(300, "datum.x0", "datum.y0")
    end = 386
    if sloped:
        sign(140, "'('", 38)
        sign(386, "'+'")
        column(400, "B1", "B2")
        sign(480, "')'", 38)
        end = 494
    sign(end, "'='")
    column(end + 14, "datum.x", "datum.y")
    return f"[{', '.join(pieces)}]"


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
        alt.param(name="SLOPED", expr="B1 != 0 || B2 != 0"),
    ]
