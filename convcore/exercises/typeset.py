"""The plain texts of exercises as HTML, in which the letters of formulas lean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

# Letters side by side that are a product; any others are words or names of functions.
PRODUCTS = {"aw", "xy", "Aw"}
_LETTERS = re.compile(r"[A-Za-zα-ω]+")
_ARTICLE = re.compile(r"[Aa] (?!is |each )[a-z]{2}")


def formula_html(text: str) -> str:
    """A line with its variables in italics; nothing in it is markup."""
    made, end = "", 0
    for found in _LETTERS.finditer(text):
        letters = found[0]
        greek = any(letter > "z" for letter in letters)
        leans = len(letters) == 1 or greek or letters in PRODUCTS
        if _ARTICLE.match(text, found.start()) or text[found.start() - 1 : found.start()] in (
            "'",
            "’",
        ):
            leans = False
        made += escape(text[end : found.start()]) + (f"<i>{letters}</i>" if leans else letters)
        end = found.end()
    return made + escape(text[end:])


def lines_html(lines: Sequence[str]) -> str:
    """Lines below each other."""
    return "".join(f"<p>{formula_html(line)}</p>" for line in lines)
