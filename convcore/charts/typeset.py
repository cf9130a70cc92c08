"""Vega expressions that write mathematics: subscripts, powers of ten, numbers with a true minus."""

from __future__ import annotations

SUBSCRIPTS, SUPERSCRIPTS = "₀₁₂₃₄₅₆₇₈₉", "⁰¹²³⁴⁵⁶⁷⁸⁹"
SERIF = "Georgia, 'Times New Roman', serif"
BREAK = "\\n"  # a new line, inside an expression's text


def _digits(k: str, signs: str) -> str:
    """The digits of an expression of a whole number ≥ 0 in other signs."""
    text = f"''+({k})"
    for digit, sign in enumerate(signs):
        text = f"replace({text},/{digit}/g,'{sign}')"
    return text


def subscript(k: str) -> str:
    """A whole number ≥ 0 as a subscript: ₁₂."""
    return _digits(k, SUBSCRIPTS)


def power_of_ten(k: str) -> str:
    """10 to a whole number: 10⁻³."""
    return f"('10' + (({k}) < 0 ? '⁻' : '') + {_digits(f'abs({k})', SUPERSCRIPTS)})"


def number(x: str, digits: int = 4) -> str:
    """A number with so many digits, or 1.2·10⁻⁷ where it is small or large, as in a run that blows up."""
    plain = f"!({x}) || inrange(abs({x}), [1e-3, 1e5])"
    return f"({plain} ? format({x}, '.{digits}~r') : {_with_power(x, digits - 1)})"


def factor(x: str, digits: int = 4) -> str:
    """A number as a factor: in brackets if it is negative."""
    return f"(({x}) < 0 ? '(' + {number(x, digits)} + ')' : {number(x, digits)})"


def tick(x: str) -> str:
    """The label of a tick: a plain number, or 2·10⁵ where that would be long."""
    return f"{x} && (abs({x})>=1e5 || abs({x})<1e-4) ? {_with_power(x, 3)} : datum.label"


def _with_power(x: str, places: int) -> str:
    """m·10ⁿ, m with at most so many decimal places; short, as it is sent with every change."""
    parts = f"split(format({x},'.{places}~e'),'e')"
    power = _digits(f"replace(replace({parts}[1],'+',''),'-','⁻')", SUPERSCRIPTS)
    return f"{parts}[0]+'·10'+{power}"
