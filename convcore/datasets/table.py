"""A table: named columns of numbers or words, and what was understood in reading it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from convcore.arrays import Array
from convcore.cache import Cache, Job
from convcore.datasets.columns import Column, Kind, column, commas_are_decimal
from convcore.datasets.layout import SEPARATORS, layout
from convcore.parallel import Report


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns of N rows each.

    held: the columns by name. lines: the line of the file on which each row starts (N,), counted from 1.
    skipped: what was no row, with its line and why. said: how the file was read, a few words each.
    target: the column to predict by default, "" if none is numeric. source: where a shipped table comes
    from, and its units.
    """

    name: str
    held: dict[str, Column] = field(repr=False)
    lines: tuple[int, ...] = field(repr=False)
    skipped: tuple[tuple[int, str], ...] = ()
    said: tuple[str, ...] = ()
    target: str = ""
    source: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(self.held)

    @property
    def rows(self) -> int:
        """N."""
        return len(self.lines)

    @cached_property
    def numeric(self) -> tuple[str, ...]:
        """The columns that hold a finite number in every row."""
        return tuple(
            name
            for name, c in self.held.items()
            if c.numbers is not None and c.kind is not Kind.TWO and not c.missing
        )

    def column(self, name: str) -> Array:
        """The numbers of a column (N,), read-only; ValueError names the first cell that is not one."""
        found = self.get(name)
        if name in self.numeric and found.numbers is not None:
            return found.numbers
        what, remedy = found.fault
        raise ValueError(f"column {name!r} {what}; {remedy}")

    def features(self, names: Sequence[str]) -> Array:
        """The columns of these names side by side (N, p); raises as `column` does."""
        return np.column_stack([np.empty((self.rows, 0)), *map(self.column, names)])

    def text(self, name: str) -> tuple[str, ...]:
        """The N cells of a column as labels, trimmed, gaps as ""; numbers in their shortest form."""
        return self.get(name).labels()

    def get(self, name: str) -> Column:
        """The column of this name; ValueError if there is none."""
        if name not in self.held:
            known = ", ".join(self.held)[:200]
            raise ValueError(f"there is no column {name[:60]!r}; the columns are {known}")
        return self.held[name]


@dataclass(frozen=True)
class ReadJob(Job["Table | ValueError"]):
    """`read_csv` with these arguments; what it raises is a value, too."""

    text: str
    name: str
    first: str = ""
    gaps: str = ""

    def compute(self, report: Report | None = None) -> Table | ValueError:
        try:
            return _read(self.text, self.name, self.first, self.gaps)
        except ValueError as error:
            return error.with_traceback(None)


# So that a change of step size does not read 5 MB again.
READ = Cache(16, "tables", texts=lambda job: (job.text,))


def read_csv(text: str, name: str = "", first: str = "", gaps: str = "") -> Table:
    """The table in a text: rows of cells between commas, semicolons, tabs, | or blanks.

    A title, comments, a line sep=; and a total row are no rows. A first row of numbers is data, under
    "column 1", "column 2", ...; one that might be either is asked about: `first` is "names" or "data".
    gaps: what else counts as a gap, separated by commas or blanks. The target is the last column that is
    numbers everywhere. Raises ValueError, in one line for the page, if the text is not a table.
    """
    found = READ.result(ReadJob(text, name, first, gaps))
    if isinstance(found, ValueError):
        raise type(found)(*found.args)
    return found


def _read(text: str, name: str, first: str, gaps: str) -> Table:
    found = layout(text, first)
    columns = list(zip(*found.rows, strict=True))
    names = _names(found.header or ("",) * len(columns))
    comma = commas_are_decimal(columns, found.separator)
    more = frozenset(gaps.lower().replace(",", " ").replace(";", " ").replace("−", "-").split())
    held = {}
    for i, (plain, cells) in enumerate(zip(names, columns, strict=True)):
        original = found.header[i].strip() if found.header else plain
        held[plain] = replace(column(original, cells, found.lines, comma, more), name=plain)
    by = SEPARATORS.get(found.separator, found.separator)
    said = (f"by {by}",) if len(columns) > 1 and found.separator != "," else ()
    table = Table(name, held, found.lines, found.skipped, (*said, *found.said))
    return replace(table, target=next(reversed(table.numeric), ""))


def _names(header: Sequence[str]) -> tuple[str, ...]:
    """The header's cells as names: trimmed, printable, at most 60 characters, no two alike."""
    names: list[str] = []
    for i, cell in enumerate(header, 1):
        # A permalink separates names by |.
        words = "".join(c if c.isprintable() else " " for c in cell.replace("|", "/")).split()
        plain = " ".join(words)[:60] or f"column {i}"
        name, copy = plain, 1
        while name in names:
            copy += 1
            name = f"{plain} ({copy})"
        names.append(name)
    return tuple(names)
