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
    """A number with so many digits, as a reader writes it."""
    return f"format({x}, '.{digits}~g')"


def scientific(x: str, digits: int = 3) -> str:
    """A number with so many digits, or 1.2·10⁻⁷ where it is small or large."""
    exponent = f"floor(log(abs({x})) / LN10 + 1e-9)"
    long = f"format(({x}) / pow(10, {exponent}), '.{digits}~r') + '·' + {power_of_ten(exponent)}"
    plain = f"({x}) == 0 || inrange(abs({x}), [1e-3, 1e5])"
    return f"({plain} ? format({x}, '.{digits}~r') : {long})"


def factor(x: str, digits: int = 4) -> str:
    """A number as a factor: in brackets if it is negative."""
    return f"(({x}) < 0 ? '(' + {number(x, digits)} + ')' : {number(x, digits)})"


def tick(x: str) -> str:
    """The label of a tick: a plain number, or 2·10⁵ where that would be long."""
    parts = f"split(format({x},'.3~e'),'e')"  # short, as it is sent with every change
    power = _digits(f"replace(replace({parts}[1],'+',''),'-','⁻')", SUPERSCRIPTS)
    long = f"{parts}[0]+'·10'+{power}"
    return f"{x} && (abs({x})>=1e5 || abs({x})<1e-4) ? {long} : datum.label"


def decades(low: str, high: str) -> str:
    """The ticks of an axis of log₁₀ between two expressions: at 1, 2, 5 · 10ⁿ, if many at 10ⁿ.

    An axis leaves out those beyond its ends, and every second one if they are more than its `tickCount`.
    """
    first = f"floor({low})"
    marks = ", ".join(f"{first} + {n + m:.5f}" for n in range(4) for m in (0, 0.30103, 0.69897))
    whole = f"sequence(ceil({low}), floor({high}) + 1)"
    return f"{high} - {low} > 2.9 ? {whole} : [{marks}]"


def decade(v: str) -> str:
    """The label of such a tick: 0.02, or 5·10⁻⁷ where that would be long."""
    power = f"floor({v} + 1e-3)"
    mantissa = f"format(pow(10, {v} - {power}), '.1r')"
    long = f"({mantissa} == '1' ? '' : {mantissa} + '·') + {power_of_ten(power)}"
    return f"abs({power}) > 4 ? {long} : format(pow(10, {v}), ',.1~r')"
