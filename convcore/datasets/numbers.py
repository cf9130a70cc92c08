"""Cells as numbers, with the marks that people and countries write them with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from convcore.arrays import Array, Bools

LARGEST = 1e100  # squares and their sums still fit a float; the same limit as in `knobs.number`
GAPS = frozenset(
    {"", "na", "n/a", "nan", "null", "(null)", "none", "nil", "?", "-", "–", "—", ".", "..", "...",
     "#n/a", "#na", "#div/0!", "#value!", "#ref!", "#num!", "#name?", "\\n", "missing"}
)  # fmt: skip
# What may be a word in a column of words.
WORDS = frozenset({"none", "nil", "missing"})

_CURRENCY = (
    r"(?:US|CA|AU|NZ|HK|R|A|C)?\$|[€£¥₹₽₩₺฿₫₪₴]|EUR|USD|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|kr\.?"
    r"|Fr\.?|zł|Kč"
)
MARKED = re.compile(
    rf"(\()?([-+]?) ?({_CURRENCY})? ?([-+]?)([.,]?\d[\d.,' ]*(?:[eE][-+]?\d+)?)"
    rf" ?(%|‰|{_CURRENCY}|(?<= )[A-Za-z°µμΩ²³/]{{1,6}})?(\))?"
)
_BLANKS = str.maketrans(
    {"−": "-", "\xa0": " ", "\u202f": " ", "\u2009": " ", "\u2007": " ", "’": "'"}
)
_SPACED = re.compile(r"[1-9]\d{0,2}([ '])\d{3}(?:\1\d{3})*(?:[.,]\d+)?")
_POINT = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_COMMA = re.compile(r"(?:\d+,?\d*|,\d+)(?:[eE][-+]?\d+)?")
# Thousands: 1,234,567.8 and 1.234.567,8.
_BY_COMMA = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?")
_BY_POINT = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?")


class Decimal(Enum):
    """Which mark a column's cells have before their fractions, as far as they tell."""

    NONE = "no mark"
    POINT = "."
    COMMA = ","
    EITHER = "either"  # 1,234 or 1.234 alone
    MIXED = "mixed"  # each cell is a number, but no one way reads them all


@dataclass(frozen=True, eq=False)
class Written:
    """How the cells of a column are written, before it is decided what their marks mean.

    signs, bodies: of each cell that is there. units: what stands beside the digits: %, €; one for all.
    spaced: whether blanks or apostrophes group the digits. decimal: what the cells tell of it.
    whole: whether every cell has a comma.
    """

    signs: tuple[str, ...]
    bodies: tuple[str, ...]
    unit: str
    spaced: bool
    decimal: Decimal
    whole: bool

    def numbers(self, comma: bool) -> Array | None:
        """The numbers (N,), with a decimal comma or point; None if they cannot be read so."""
        point, thousands = (",", ".") if comma else (".", ",")
        plain, grouped = (_COMMA, _BY_POINT) if comma else (_POINT, _BY_COMMA)
        found = []
        for sign, body in zip(self.signs, self.bodies, strict=True):
            # 1,234 is grouped, and 0,512 is not a number with a decimal point.
            if not plain.fullmatch(body):
                if not grouped.fullmatch(body):
                    return None
                body = body.replace(thousands, "")
            found.append(float(sign + body.replace(point, ".")))
        return np.array(found)

    def groups(self, comma: bool) -> bool:
        """Whether, read so, a mark groups the digits of some cell."""
        mark = "." if comma else ","
        return self.spaced or any(mark in body for body in self.bodies)


def straight(cells: Sequence[str]) -> Array | None:
    """Cells without marks as numbers (N,), NaN where float() says so; None if one is none."""
    # float() accepts 1_000, but in a file that is more likely a code.
    if "_" in " ".join(cells):
        return None
    try:
        return np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        return None


def looks_like_number(cell: str) -> bool:
    """Whether a cell is a number of some country."""
    return MARKED.fullmatch(cell.translate(_BLANKS).strip()) is not None


def written(cells: Sequence[str]) -> Written | None:
    """How cells are written, none of them a gap; None if one is no number, or their units differ."""
    signs, bodies, units = [], [], set()
    spaced = False
    for cell in cells:
        match = MARKED.fullmatch(cell.translate(_BLANKS).strip())
        if match is None:
            return None
        opened, outer, before, inner, body, after, closed = match.groups()
        if bool(opened) != bool(closed) or (outer and inner) or (before and after):
            return None
        body = body.strip()
        if " " in body or "'" in body:
            if not _SPACED.fullmatch(body):
                return None
            body, spaced = body.replace(" ", "").replace("'", ""), True
        units.add((before or after or "").strip().rstrip("."))
        if len(units) > 1:
            return None
        # Accountants write (5) for −5.
        sign = outer or inner
        signs.append({"": "-", "-": "", "+": "-"}[sign] if opened else sign)
        bodies.append(body)
    return Written(
        tuple(signs), tuple(bodies), units.pop() if units else "", spaced, _decimal(bodies),
        all("," in body for body in bodies),
    )  # fmt: skip


def _decimal(bodies: Sequence[str]) -> Decimal:
    if not any("," in body or "." in body for body in bodies):
        return Decimal.NONE
    point = all(_POINT.fullmatch(body) or _BY_COMMA.fullmatch(body) for body in bodies)
    comma = all(_COMMA.fullmatch(body) or _BY_POINT.fullmatch(body) for body in bodies)
    if point and comma:
        return Decimal.EITHER
    if not (point or comma):
        return Decimal.MIXED
    if _contradicts(bodies, "," if point else "."):
        return Decimal.MIXED
    return Decimal.POINT if point else Decimal.COMMA


def _contradicts(bodies: Sequence[str], thousands: str) -> bool:
    """Whether only some cells are grouped and the others have fractions: 1.234 beside 1,5.

    A cell with both marks, or with two groups, proves that the one mark groups.
    """
    other = "." if thousands == "," else ","
    grouped = [body for body in bodies if thousands in body]
    if not grouped or not any(other in body for body in bodies):
        return False
    return not any(other in body or body.count(thousands) > 1 for body in grouped)


def are_gaps(cells: Sequence[str], more: frozenset[str], words: bool = False) -> Bools:
    """Which cells hold nothing (N,). more: what else counts as nothing, in lower case.

    words: whether the column is of words, where "none" may be one.
    """
    nothing = (GAPS - WORDS if words else GAPS) | more
    return np.array([cell.lower() in nothing for cell in cells], dtype=bool)
