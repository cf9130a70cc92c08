"""The plain texts of exercises as HTML: in formulas letters lean, and small ones leave the line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

# Letters side by side that are a product; any others are words or names of functions.
PRODUCTS = {"aw", "xy", "Aw"}
UP = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵏᵀ", "0123456789−kT", strict=True))
DOWN = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₖₘₐₓᵢₙₒₚₜ", "0123456789+−kmaxinopt", strict=True))
# In turn: small digits and letters, and powers in brackets, above the line; those below; letters.
_PARTS = re.compile(rf"([{''.join(UP)}]+)|\^\(([^()]*)\)|([{''.join(DOWN)}]+)|([A-Za-zα-ω]+)")
_ARTICLE = re.compile(r"(?:a|^A) (?!is )[a-z]{2}")


def formula_html(text: str) -> str:
    """A line with its formulas set; nothing in it is markup."""
    made, end = "", 0
    for part in _PARTS.finditer(text):
        small, power, below, letters = part.groups()
        made += escape(text[end : part.start()])
        if letters:
            article = _ARTICLE.match(text, part.start()) or text[: part.start()].endswith("'")
            made += letters if article else _leaning(letters)
        elif below:
            made += f"<sub>{_leaning(''.join(map(DOWN.__getitem__, below)))}</sub>"
        else:
            inner = formula_html(power) if power else _leaning("".join(map(UP.__getitem__, small)))
            made += f"<sup>{inner}</sup>"
        end = part.end()
    return made + escape(text[end:])


def lines_html(lines: Sequence[str]) -> str:
    """Lines below each other."""
    return "".join(f"<p>{formula_html(line)}</p>" for line in lines)


def _leaning(letters: str) -> str:
    """A variable or a product of some in italics; a word, a function's name or digits as they are."""
    single = len(letters) == 1 and letters.isalpha() and letters != "T"
    leans = single or letters in PRODUCTS or any("α" <= letter <= "ω" for letter in letters)
    return f"<i>{letters}</i>" if leans else letters
