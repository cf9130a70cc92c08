"""Datasets: the tables that ship with the project, and reading a user's CSV.

A user's file is an `Upload`; its text becomes a `Table`, whose columns are numbers or text. Anything
wrong with a file raises a ValueError of one line: where the problem is, and how to fix it.
"""

from __future__ import annotations

import csv
import io
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from itertools import islice
from pathlib import Path

import numpy as np

from convcore.arrays import Array
from convcore.setting import Setting

MAX_MB = 5  # Streamlit's uploader has the same limit, in .streamlit/config.toml
MAX_BYTES = MAX_MB * 1_000_000
MAX_ROWS = 100_000
MAX_COLUMNS = 200
MAX_CELLS = 2_000_000
LARGEST = 1e100  # squares and their sums still fit a float; the same limit as in `knobs.number`
MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "-", "."}
BEGINS_AS_NUMBER = re.compile(r"\s*[-+−]?[.,]?\d")
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True)
class Upload(Setting):
    """A user's file: its name for display, and its text; empty if there is none."""

    name: str = ""
    text: str = ""

    def __repr__(self) -> str:
        if not self.text:
            return f"Upload({self.name!r})" if self.name else "Upload()"
        return f"Upload.read({self.name!r})" if self.name else f"Upload(text={self.text!r})"

    @classmethod
    def decode(cls, name: str, raw: bytes) -> Upload:
        """The file's bytes as text: UTF-8, or UTF-16 with its byte order mark, at most 5 MB.

        Raises ValueError, in one line for the page, for anything else.
        """
        name = "".join(c for c in re.split(r"[\\/]", name)[-1] if c.isprintable()).strip()[-80:]
        name = name or "data.csv"
        if len(raw) > MAX_BYTES:
            raise ValueError(f"{name} is larger than {MAX_MB} MB; leave out rows or columns")
        marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
        binary = f"{name} is not a text file (a workbook, perhaps); save it as CSV UTF-8"
        try:
            text = raw.decode("utf-16" if marked else "utf-8-sig")
        except UnicodeDecodeError as error:
            if marked or CONTROLS.search(raw.decode("latin-1")):
                raise ValueError(binary) from None
            line = raw.count(b"\n", 0, error.start) + 1
            at = f"byte 0x{raw[error.start]:02x} in line {line}"
            raise ValueError(f"{name} is not UTF-8 text ({at}); save it as CSV UTF-8") from None
        if CONTROLS.search(text):
            raise ValueError(binary)
        if not text.strip():
            raise ValueError(f"{name} is empty; it needs a header line and rows of numbers")
        return cls(name, text)

    @classmethod
    def read(cls, path: str) -> Upload:
        """The file at `path`, for notebooks; ValueError if it cannot be read or decoded."""
        try:
            with open(path, "rb") as file:
                return cls.decode(path, file.read(MAX_BYTES + 1))
        except OSError as error:
            raise ValueError(f"{path} cannot be read: {error.strerror}") from None


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns of N rows each.

    cells: for each column name its numbers (N,), or its raw cells if not all are numbers.
    lines: the line of the file on which each row starts (N,), counted from 1.
    comma: whether 1,5 means 1.5. target: the column to predict by default, "" if none is numeric.
    source: where a shipped table comes from, and its units.
    """

    name: str
    cells: dict[str, Array | tuple[str, ...]] = field(repr=False)
    lines: tuple[int, ...] = field(repr=False)
    comma: bool = False
    target: str = ""
    source: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(self.cells)

    @property
    def rows(self) -> int:
        """N."""
        return len(self.lines)

    @property
    def numeric(self) -> tuple[str, ...]:
        """The columns that hold a finite number in every row."""
        return tuple(name for name, x in self.cells.items() if isinstance(x, np.ndarray))

    @cached_property
    def faulty(self) -> tuple[str, ...]:
        """The columns that are not numeric."""
        return tuple(name for name, x in self.cells.items() if not isinstance(x, np.ndarray))

    def fault(self, name: str) -> tuple[str, str]:
        """Why a `faulty` column is not numeric: the first bad cell, and how to fix it."""
        if name not in self._faults:
            cells = self.cells[name]
            assert not isinstance(cells, np.ndarray)
            self._faults[name] = self._fault(cells)
        return self._faults[name]

    @cached_property
    def _faults(self) -> dict[str, tuple[str, str]]:
        """Those asked for so far: in a long file each takes a while to find."""
        return {}

    def column(self, name: str) -> Array:
        """The numbers of a column (N,), read-only; ValueError names the first cell that is not one."""
        cells = self._cells(name)
        if isinstance(cells, np.ndarray):
            return cells
        what, remedy = self.fault(name)
        raise ValueError(f"column {name!r} {what}; {remedy}")

    def _fault(self, cells: tuple[str, ...]) -> tuple[str, str]:
        # The first bad cell ends the longest run of numbers; bisect, since a file may be long.
        i = bisect_left(
            range(len(cells)), True, key=lambda i: _numbers(cells[: i + 1], self.comma) is None
        )
        line, cell = self.lines[i], cells[i].strip()
        shown = repr(cell[:40])
        if _numbers((cell,), self.comma) is not None:
            return f"mixes decimal points and commas ({shown} in line {line})", "use one of them"
        if cell.lower() in MISSING:
            return f"has no number in line {line} ({shown})", "fill it in or leave that row out"
        if _numbers((cell,), self.comma, np.inf) is not None:
            return f"holds {shown} in line {line}", "numbers must be finite, at most 1e100"
        return f"holds text ({shown} in line {line})", "choose a numeric column"

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The columns not meant as numbers: no cell starts like one."""
        return tuple(
            name
            for name, cells in self.cells.items()
            if not isinstance(cells, np.ndarray) and not any(map(BEGINS_AS_NUMBER.match, cells))
        )

    def features(self, names: Sequence[str]) -> Array:
        """The columns of these names side by side (N, p); raises as `column` does."""
        return np.column_stack([np.empty((self.rows, 0)), *map(self.column, names)])

    def text(self, name: str) -> tuple[str, ...]:
        """The N cells of a column as labels, trimmed; numbers in their shortest form."""
        cells = self._cells(name)
        if isinstance(cells, np.ndarray):
            return tuple(repr(x).removesuffix(".0") for x in cells.tolist())
        return tuple(cell.strip() for cell in cells)

    def _cells(self, name: str) -> Array | tuple[str, ...]:
        if name not in self.cells:
            known = ", ".join(self.cells)[:200]
            raise ValueError(f"there is no column {name[:60]!r}; the columns are {known}")
        return self.cells[name]


# Cached, so that a change of step size does not read 5 MB again.
@lru_cache(maxsize=4)
def read_csv(text: str, name: str = "") -> Table:
    """The table in CSV text: a header, then at least one row; separated by comma, semicolon or tab.

    Decimal commas are read unless the comma is the separator; empty rows are skipped. A first row of
    only numbers is data, under "column 1", "column 2", ... The target is the last numeric column.
    Raises ValueError, in one line for the page, if the text is not a table.
    """
    separator = _separator(text)
    comma = separator != ","
    records = _records(text, separator)
    first, header = next(records, (0, []))
    width = len(header)
    if not header:
        raise ValueError("the file is empty; it needs a header line and rows of numbers")
    if width > MAX_COLUMNS:
        raise ValueError(f"line {first} has {width:,} cells; at most {MAX_COLUMNS} columns")
    lines, rows = [first], [header]
    if any(_numbers((cell,), comma) is None for cell in header):
        lines, rows = [], []
    most = min(MAX_ROWS, MAX_CELLS // width)
    for line, row in records:
        if len(row) != width:
            has = "1 cell" if len(row) == 1 else f"{len(row):,} cells"
            raise ValueError(f"line {line} has {has} and line {first} has {width}; make them alike")
        if len(rows) == most:
            raise ValueError(f"the file has too many rows; at a width of {width} at most {most:,}")
        lines.append(line)
        rows.append(row)
    if not rows:
        raise ValueError("the file has a header but no rows; each row is a line of numbers")
    names = _names([""] * width if lines[0] == first else header)
    columns = zip(names, zip(*rows, strict=True), strict=True)
    cells = {name: f if (x := _numbers(f, comma)) is None else x for name, f in columns}
    table = Table(name, cells, tuple(lines), comma)
    return replace(table, target=next(reversed(table.numeric), ""))


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with its first line; ValueError for unbalanced quotes."""
    # newline=None accepts the line ends of every system.
    file = io.StringIO(text, newline=None)
    reader = csv.reader(file, delimiter=separator, skipinitialspace=True, strict=True)
    start = 1
    try:
        for row in reader:
            if any(row):
                yield start, row
            start = reader.line_num + 1
    except csv.Error:
        # The csv module's own words ("unexpected end of data") name neither the line nor a remedy.
        why = "a stray or open quotation mark, or too long a cell; set quotes in pairs"
        raise ValueError(f"line {start} has {why}") from None


def _separator(text: str) -> str:
    """Tab, semicolon or comma: whichever splits the first lines into equally many cells."""
    header = {}
    # Tab and semicolon come first: a comma may also occur in numbers and in text.
    for separator in "\t;,":
        widths: list[int] = []
        with suppress(ValueError):
            for _, row in islice(_records(text, separator), 20):
                widths.append(len(row))
        if len(set(widths)) == 1 and widths[0] > 1:
            return separator
        header[separator] = widths[0] if widths else 0
    return max(",;\t", key=header.__getitem__)


def _names(header: list[str]) -> tuple[str, ...]:
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


def _numbers(cells: tuple[str, ...], comma: bool, largest: float = LARGEST) -> Array | None:
    """The cells as numbers (N,), read-only; None if one is not a number or exceeds `largest`."""
    joined = " ".join(cells)
    # float() accepts 1_000, but in a file that is more likely a code.
    if "_" in joined:
        return None
    if comma and "," in joined:
        if "." in joined:
            return None
        cells = tuple(cell.replace(",", ".") for cell in cells)
    try:
        x = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        return None
    x.setflags(write=False)
    return x if bool(np.all(np.abs(x) <= largest)) else None


@dataclass(frozen=True)
class Shipped:
    """A table that ships with the project, and the column one would predict from it."""

    name: str
    title: str
    target: str
    source: str


@cache
def load(name: str) -> Table:
    """The shipped table of this name; ValueError if there is none."""
    entry = next((entry for entry in TABLES if entry.name == name), None)
    if entry is None:
        raise ValueError(f"{name[:40]!r} is none of {', '.join(entry.name for entry in TABLES)}")
    text = (Path(__file__).with_name("data") / f"{name}.csv").read_text(encoding="utf-8")
    return replace(read_csv(text, name), target=entry.target, source=entry.source)


TABLES: tuple[Shipped, ...] = (
    Shipped(
        name="longley",
        title="Longley: US employment, 1947 to 1962",
        target="employed",
        source="J. W. Longley (1967), J. Am. Stat. Assoc. 62, 819-841; coefficients certified by "
        "NIST's Statistical Reference Datasets. In thousands of people, millions of dollars.",
    ),
    Shipped(
        name="iris",
        title="Fisher's iris: 150 flowers of three species",
        target="petal width",
        # As in R's datasets::iris; the UCI copy differs in flowers 35 and 38.
        source="R. A. Fisher (1936), Annals of Eugenics 7, 179-188; as published, without the two "
        "errors of the UCI copy (flowers 35 and 38). In cm.",
    ),
)
