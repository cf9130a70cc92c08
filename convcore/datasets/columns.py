"""What a column of a table holds: numbers, words, dates, ids; and what is wrong with it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from convcore.arrays import Array, Bools
from convcore.datasets.numbers import (
    GAPS,
    LARGEST,
    Decimal,
    Written,
    are_gaps,
    looks_like_number,
    straight,
    written,
)


class Kind(Enum):
    """What a column holds; each value is how a sentence calls it."""

    NUMBERS = "numbers"
    CONSTANT = "constant"
    TWO = "two words"  # read as 0 and 1
    WORDS = "text"
    DATES = "dates"
    ID = "an id"
    INDEX = "row numbers"
    EMPTY = "empty"
    DAMAGED = "damaged numbers"


# Marks in a column's numbers; all others are its unit.
COMMAS, THOUSANDS = "decimal commas", "thousands marks"


@dataclass(frozen=True, eq=False)
class Column:
    """A column of N cells.

    numbers: (N,), NaN in gaps; of two words, 0 and 1; None if there are none. cells: trimmed, () if all
    are numbers. gaps: (N,). words: of TWO, those for 0 and for 1. marks: what was read beside the digits.
    fault: what stands in the way of numbers, and how to mend it.
    """

    name: str
    kind: Kind
    numbers: Array | None = field(repr=False)
    cells: tuple[str, ...] = field(repr=False)
    gaps: Bools = field(repr=False)
    words: tuple[str, str] = ("", "")
    marks: tuple[str, ...] = ()
    fault: tuple[str, str] = ("", "")

    @property
    def missing(self) -> int:
        """How many cells are gaps."""
        return int(self.gaps.sum())

    @property
    def useful(self) -> bool:
        """Whether a lab takes it as a feature unless another choice is made."""
        return self.kind in (Kind.NUMBERS, Kind.TWO)

    def labels(self) -> tuple[str, ...]:
        """The N cells as labels; numbers in their shortest form, gaps as ""."""
        if self.numbers is not None and self.kind is not Kind.TWO:
            texts = (repr(x).removesuffix(".0") for x in self.numbers.tolist())
            return tuple("" if gap else x for x, gap in zip(texts, self.gaps, strict=True))
        if self.numbers is not None:  # True and TRUE are one word
            spelled = {0.0: self.words[0], 1.0: self.words[1]}
            return tuple(spelled.get(x, "") for x in self.numbers.tolist())
        return tuple("" if gap else c for c, gap in zip(self.cells, self.gaps, strict=True))


_DAY = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
_MONTH = r"(?:jan|feb|m[aä]r|apr|ma[yi]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zä]*\.?"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[ap]m)?(?:Z| ?[-+]\d{2}:?\d{2})?"
DATE = re.compile(
    rf"(?:{_DAY})(?:[T ]+{_CLOCK})?|{_CLOCK}|\d{{4}}-(?:0[1-9]|1[0-2])|\d{{4}}[- ]?Q[1-4]"
    rf"|{_MONTH}[ -]\d{{1,2}},? \d{{4}}|\d{{1,2}}\.?[ -]{_MONTH}[ -](?:\d{{4}}|\d{{2}})"
    rf"|{_MONTH}[ -](?:\d{{4}}|\d{{2}})",
    re.IGNORECASE,
)
DROPPED = 0.1  # the share of rows that may be missing among row numbers
ID_NAME = re.compile(
    r"(.*[ _.-])?(id|ids|idx|index|nr\.?|no\.?|uuid|guid|key|row|rownames|row names|#)|.*[a-z](Id|ID)",
    re.IGNORECASE,
)
CODE = re.compile(r"[A-Za-z]*[-_ #]?\d+|[0-9a-fA-F-]{8,}")
UNNAMED = re.compile(r"|unnamed(: ?\d+)?", re.IGNORECASE)
# Of two words, the one that is 1.
YES = frozenset(
    ("true", "t", "yes", "y", "ja", "j", "oui", "o", "si", "sí", "sim", "da", "on", "positive", "pos", "+",
     "pass", "passed", "success", "win", "malignant")
)  # fmt: skip


def column(
    name: str, cells: Sequence[str], lines: Sequence[int], comma: bool | None, more: frozenset[str]
) -> Column:
    """A column by its cells.

    comma: whether the file's fractions follow a comma, None if it does not tell. more: what else counts
    as a gap, in lower case. name: as in the file, "" if it has none.
    """
    plain = straight(cells)
    if plain is not None and not more and not (comma and _grouped(cells)):
        gaps = np.isnan(plain)
        return _of_numbers(name, plain, gaps, (), cells, lines)
    trimmed = tuple(cell.strip() for cell in cells)
    gaps = _number_gaps(trimmed, more)
    present = [cell for cell, gap in zip(trimmed, gaps, strict=True) if not gap]
    if not present:
        return Column(name, Kind.EMPTY, None, trimmed, gaps, fault=("is empty", "choose another"))
    found, marks = _numbers(present, comma)
    if found is not None:
        x = np.full(len(cells), np.nan)
        x[~gaps] = found
        return _of_numbers(name, x, gaps, marks, trimmed, lines)
    like = sum(map(looks_like_number, present))
    if 2 * like > len(present) and not all(map(DATE.fullmatch, present)):
        fault = _fault(trimmed, gaps, lines)
        return Column(name, Kind.DAMAGED, None, trimmed, gaps, fault=fault)
    return _of_words(name, trimmed, lines, more)


def _grouped(cells: Sequence[str]) -> bool:
    """Whether points may group the digits: all that there are stand before three digits."""
    pointed = [cell for cell in cells if "." in cell]
    return bool(pointed) and all(
        re.fullmatch(r"\s*[-+−]?[1-9]\d{0,2}\.\d{3}\s*", c) for c in pointed
    )


def _number_gaps(cells: tuple[str, ...], more: frozenset[str]) -> Bools:
    gaps = are_gaps(cells, more)
    # −999 also means −999.0.
    numbers = {float(word) for word in more if straight((word,)) is not None}
    for i, cell in enumerate(cells) if numbers else ():
        if (
            not gaps[i]
            and (x := straight((cell.replace("−", "-"),))) is not None
            and x[0] in numbers
        ):
            gaps[i] = True
    return gaps


def _numbers(present: Sequence[str], comma: bool | None) -> tuple[Array | None, tuple[str, ...]]:
    """The numbers of cells that are no gaps, and the marks read; None if they are none."""
    how = written(present)
    if how is None or (uses_comma := _uses_comma(how, comma)) is None:
        return None, ()
    found = how.numbers(uses_comma)
    if found is None:
        return None, ()
    marks = [how.unit] if how.unit else []
    if uses_comma and any("," in body for body in how.bodies):
        marks.append(COMMAS)
    if how.groups(uses_comma):
        marks.append(THOUSANDS)
    return found, tuple(marks)


def _uses_comma(how: Written, comma: bool | None) -> bool | None:
    match how.decimal:
        case Decimal.MIXED:
            return None
        case Decimal.COMMA:
            return True
        case Decimal.EITHER if any("," in body for body in how.bodies):
            return comma
        case Decimal.EITHER:
            return bool(comma)
        case _:
            return False


def commas_are_decimal(columns: Sequence[Sequence[str]], separator: str) -> bool | None:
    """Whether fractions follow a comma in a file of these columns; None if 1,234 may mean two things."""
    marked = [cells for cells in columns if any("," in cell for cell in cells)]
    if not marked:
        return False
    told, whole = set(), True
    for cells in marked:
        present = [c for cell in cells if (c := cell.strip()) and c.lower() not in GAPS]
        if (how := written(present)) is not None:
            told.add(how.decimal)
            whole = whole and (how.decimal is not Decimal.EITHER or how.whole)
    for cells in columns:
        if "." in "".join(cells) and straight(cells) is not None and not _grouped(cells):
            told.add(Decimal.POINT)
            break
    if {Decimal.POINT, Decimal.COMMA} <= told:
        return None
    if Decimal.COMMA in told:
        return True
    if Decimal.POINT in told or separator == ",":
        return False
    # In a file of semicolons each cell has a comma: fractions of three digits, not thousands.
    return True if separator == ";" and whole else None


def _of_numbers(
    name: str,
    x: Array,
    gaps: Bools,
    marks: tuple[str, ...],
    cells: Sequence[str],
    lines: Sequence[int],
) -> Column:
    present = x[~gaps]
    if not present.size:
        fault = ("is empty", "choose another")
        return Column(name, Kind.EMPTY, None, ("",) * len(cells), gaps, fault=fault)
    beyond = ~(np.abs(x) <= LARGEST) & ~gaps
    if beyond.any():
        i = int(beyond.argmax())
        fault = (
            f"holds {cells[i].strip()[:40]!r} in line {lines[i]}",
            "numbers must be finite, at most 1e100",
        )
        return Column(name, Kind.DAMAGED, None, tuple(cells), gaps, fault=fault)
    x.setflags(write=False)
    kind = Kind.NUMBERS
    if (present == present[0]).all() and len(present) > 1:
        kind = Kind.CONSTANT
    elif len(present) > 2 and (present == np.rint(present)).all():
        kind = _counting(name, present)
    fault = ("", "")
    if gaps.any():
        i = int(gaps.argmax())
        fault = (
            f"has no number in line {lines[i]} ({cells[i].strip()[:40]!r})",
            "fill it in or leave that row out",
        )
    return Column(name, kind, x, (), gaps, marks=marks, fault=fault)


def _counting(name: str, x: Array) -> Kind:
    """Whether whole numbers count or name the rows."""
    few = DROPPED * len(x)  # as pandas keeps the numbers of the rows that are left
    holes = int(np.count_nonzero(np.diff(x) != 1))
    if UNNAMED.fullmatch(name) and 0 <= x[0] <= 1 + few and (np.diff(x) > 0).all() and holes <= few:
        return Kind.INDEX
    if ID_NAME.fullmatch(name) and len(np.unique(x)) == len(x):
        return Kind.ID
    return Kind.NUMBERS


def _of_words(
    name: str, cells: tuple[str, ...], lines: Sequence[int], more: frozenset[str]
) -> Column:
    gaps = are_gaps(cells, more, words=True)
    present = [cell for cell, gap in zip(cells, gaps, strict=True) if not gap]
    first = next(
        (i for i, c in enumerate(cells) if not gaps[i] and not looks_like_number(c)),
        int((~gaps).argmax()),
    )
    fault = (
        f"holds text ({cells[first][:40]!r} in line {lines[first]})",
        "choose a numeric column",
    )
    values = sorted(set(present), key=lambda word: (word.casefold(), word))
    folded = {word.casefold() for word in values}
    kind, words, numbers = Kind.WORDS, ("", ""), None
    if all(map(DATE.fullmatch, present)):
        kind = Kind.DATES
    elif len(folded) == 2 and len(present) > 2:
        kind, words = Kind.TWO, _zero_and_one(present)
        ones = np.array([cell.casefold() == words[1].casefold() for cell in cells], dtype=float)
        numbers = np.where(gaps, np.nan, ones)
        numbers.setflags(write=False)
    elif len(folded) == len(cells) and len(cells) > 2 and (
        ID_NAME.fullmatch(name) or all(map(CODE.fullmatch, present))
    ):  # fmt: skip
        kind = Kind.ID
    return Column(name, kind, numbers, cells, gaps, words, fault=fault)


def _zero_and_one(present: Sequence[str]) -> tuple[str, str]:
    """Of two words, that for 0 and that for 1, each as it was first written."""
    spelled: dict[str, str] = {}
    for word in present:
        spelled.setdefault(word.casefold(), word)
    zero, one = sorted(spelled)
    if zero in YES and one not in YES:
        zero, one = one, zero
    return spelled[zero], spelled[one]


def _fault(cells: tuple[str, ...], gaps: Bools, lines: Sequence[int]) -> tuple[str, str]:
    """The first cell that is no number beside the others, and how to mend it."""
    there = [(cell, line) for cell, line, gap in zip(cells, lines, gaps, strict=True) if not gap]
    alone = [written([cell]) for cell, _ in there]
    for (cell, line), how in zip(there, alone, strict=True):
        shown = f"{cell[:40]!r} in line {line}"
        if how is None or how.decimal is Decimal.MIXED:
            if straight((cell,)) is not None:
                return f"holds {shown}", "numbers must be finite, at most 1e100"
            return f"holds text ({shown})", "mend it, or name it under more gaps"
        if alone[0] is not None and how.unit != alone[0].unit:
            return f"mixes units ({shown})", "use one of them"
    how = written([cell for cell, _ in there])
    if how is not None and how.decimal is Decimal.EITHER:
        cell, line = next((cell, line) for cell, line in there if "," in cell)
        what = f"holds {cell[:40]!r} in line {line}, which may be a fraction or thousands"
        return what, "write it without that comma"

    def mixed(i: int) -> bool:
        how = written([cell for cell, _ in there[: i + 1]])
        return how is None or how.decimal is Decimal.MIXED

    cell, line = there[bisect_left(range(len(there) - 1), True, key=mixed)]
    return f"mixes decimal points and commas ({cell[:40]!r} in line {line})", "use one of them"
