"""Vega expressions that write mathematics: subscripts, powers of ten, numbers with a true minus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

SUBSCRIPTS, SUPERSCRIPTS = "₀₁₂₃₄₅₆₇₈₉", "⁰¹²³⁴⁵⁶⁷⁸⁹"
# What a character of a whole number becomes, in the tables of `sign_tables`. Beyond its last one an
# expression reads "undefined".
NONE = {"+": "", "undefined": ""}
SIGNS = {
    "SUB": dict(zip("0123456789", SUBSCRIPTS, strict=True)) | NONE,
    "SUP": dict(zip("-0123456789", "⁻" + SUPERSCRIPTS, strict=True)) | NONE,
}
LONGEST = 5  # digits of a step's number
SERIF = "Georgia, 'Times New Roman', serif"
BREAK = "\\n"  # a new line, inside an expression's text


def sign_tables(expressions: str) -> list[dict[str, Any]]:
    """The parameters that a spec needs whose expressions are among this text: tables of small digits."""
    return [{"name": name, "value": table} for name, table in SIGNS.items() if name in expressions]


def _small(text: str, name: str, most: int) -> str:
    """At most so many characters of an expression of a whole number's text, in small digits."""
    return "+".join(f"{name}[{text}[{i}]]" for i in range(most))


def subscript(k: str) -> str:
    """A whole number ≥ 0 as a subscript: ₁₂."""
    return _small(f"(''+({k}))", "SUB", LONGEST)


def power_of_ten(k: str) -> str:
    """10 to a whole number: 10⁻³."""
    return "('10'+" + _small(f"(''+({k}))", "SUP", 4) + ")"


def number(x: str, digits: int = 4, places: int | None = None) -> str:
    """A number with so many digits, or 1.2·10⁻⁷ where it is small or large, as in a run that blows up.

    places: decimal places at most of the 1.2, by default those of so many digits.
    """
    plain = f"!({x}) || inrange(abs({x}), [1e-3, 1e5])"
    power = _with_power(x, digits - 1 if places is None else places)
    return f"({plain} ? format({x}, '.{digits}~r') : {power})"


def written(
    columns: Sequence[str], kept: Sequence[str], digits: int = 4, places: int | None = None
) -> list[Any]:
    """Transforms that make texts of numbers: of rows of numbers in columns, whose other columns are lost.

    kept: columns that, together, identify a row. By one row a number, so that the long expression that
    typesets a number is there once. digits, places: as for `number`.
    """
    return [
        alt.FoldTransform(**{"fold": list(columns), "as": ["name", "value"]}),
        alt.CalculateTransform(
            **{"calculate": number("datum.value", digits, places), "as": "text"}
        ),
        alt.PivotTransform(pivot="name", value="text", op="max", groupby=list(kept)),
    ]


def in_brackets(text: str) -> str:
    """A typeset number as a factor: in brackets if it is negative or a power of ten."""
    return f"(test(/^−|·/,{text}) ? '(' + {text} + ')' : {text})"


def tick(x: str) -> str:
    """The label of a tick: a plain number, or 2·10⁵ where that would be long."""
    return f"{x} && (abs({x})>=1e5 || abs({x})<1e-4) ? {_with_power(x, 3)} : datum.label"


def _with_power(x: str, places: int) -> str:
    """m·10ⁿ, m with at most so many decimal places."""
    parts = f"split(format({x},'.{places}~e'),'e')"
    return f"{parts}[0]+'·10'+{_small(f'{parts}[1]', 'SUP', 4)}"
