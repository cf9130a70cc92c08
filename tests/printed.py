"""Numbers as the labs print them, read back: 1.2·10⁻⁷, −3, 1,234, ∞."""

from __future__ import annotations

import math
import re

NUMBER = r"−?(?:∞|10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|\d[\d,]*(?:\.\d+)?(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?)"
RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def read(text: str) -> float:
    """The number that a text begins with, after "≈ " if that is there."""
    found = re.match(rf"(?:≈ )?({NUMBER})", text)
    assert found, text
    plain = found[1].replace("−", "-").replace(",", "").replace("∞", "inf")
    power = r"(.*?)(?:(?:·|(?<![\d.]))10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?"
    mantissa, raised = re.fullmatch(power, plain).groups()  # type: ignore[union-attr]
    exponent = int(raised.translate(RAISED)) if raised else 0
    return float(f"{mantissa if mantissa not in ('', '-') else mantissa + '1'}e{exponent}")


def within(text: str, pattern: str) -> list[str]:
    """The numbers that stand for each N in a pattern, where a text has it first; [] if it has not."""
    parts = [re.escape(part) for part in pattern.split("N")]
    found = re.search(f"({NUMBER})".join(parts), text)
    return list(found.groups()) if found else []


def says(text: str, x: float, slack: float = 0.0, digits: int = 4) -> bool:
    """Whether a printed number is x, to its last digit, but at least to so many as it is printed with.

    slack: how far off x may be itself, from rounding.
    """
    value = read(text)
    if not math.isfinite(x) or not math.isfinite(value):
        return value == x
    shown = len(re.sub(r"·?10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|[^\d]", "", text).lstrip("0"))
    size = math.floor(math.log10(abs(value))) if value else -300
    half = 0.5 * 10.0 ** max(size - max(shown, digits) + 1, -300)
    return abs(value - x) <= half * (1 + 1e-9) + slack + 4e-16 * abs(x)
