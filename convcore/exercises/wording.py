"""How formulas with numbers are written in exercises."""

from __future__ import annotations

from convcore.labkit.words import num, subscript


def w(k: int) -> str:
    """wₖ with its number: w₃."""
    return f"w{subscript(k)}"


def half_taken(a: float) -> str:
    """What was done by who takes half of E″ = a for a parabola."""
    return f"That takes E″ = {num(a / 2)}: {total((a / 2, 'w²'))} has E″ = {num(a)}."


def bracket(x: float, digits: int = 4) -> str:
    """A number as a factor: 2, or (−2)."""
    return num(x, digits) if x >= 0 else f"({num(x, digits)})"


def total(*terms: tuple[float, str]) -> str:
    """A sum of coefficients times symbols: (1, "w²"), (−6, "w"), (9, "") is w² − 6w + 9."""
    text = ""
    for x, symbol in terms:
        if x == 0:
            continue
        size = "" if symbol and abs(x) == 1 else num(abs(x))
        sign = (" − " if x < 0 else " + ") if text else ("−" if x < 0 else "")
        text += f"{sign}{size}{symbol}"
    return text or "0"
