"""The user's own points for "Perceptron and backprop", typed or from a CSV; and the list of all sources."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any

from convcore.datasets import Table, Upload, read_csv
from convcore.knobs import FieldError, OneOf, Several, Text, UploadKnob
from convcore.labkit.own_table import OWN, OWN_FILE
from convcore.labkit.words import awaited, quoted
from convcore.labs.perceptron.points import (
    D8,
    INPUTS,
    U12,
    Clouds,
    Gate,
    Iris,
    LectureSet,
    Source,
    check_count,
    one_line,
    points_of,
)
from convcore.separators import points as pointsets
from convcore.separators.points import Points

LONGEST = 20_000  # characters of the user's own points
CLASSES = 50  # of a column that are offered as +


@dataclass(frozen=True)
class OwnPoints(Source):
    """The user's own points, a line of text each."""

    text: Annotated[
        str,
        Text("points", "one a line: x y label, or x label; labels + or −", limit=LONGEST, lines=6),
    ] = "2 1 +\n1 3 +\n3 2 +\n-1 0 -\n0 -2 -\n-2 1 -"
    click: Annotated[
        str,
        OneOf(
            "a click on the plot",
            "adds a line to your points, or places the extra point",
            ("extra", "plus", "minus"),
            names=(("extra", "places the extra point"), ("plus", "adds a +"),
                   ("minus", "adds a −")),
        ),
    ] = "extra"  # fmt: skip
    label = "your own points"

    def clicked(self, at: tuple[float, ...]) -> OwnPoints | None:
        """The points after a click at (p,); None if the click places the extra point."""
        sign = {"plus": "+", "minus": "-"}.get(self.click)
        text = f"{self.text.rstrip()}\n{' '.join(map(str, at))} {sign}"
        return replace(self, text=text) if sign and len(text) <= LONGEST else None

    def points(self) -> Points:
        try:
            return pointsets.parse(self.text)
        except ValueError as error:
            raise FieldError("text", one_line(error)) from None


def _columns(source: Any) -> tuple[str, ...]:
    """The columns to choose inputs from; none, and any name is valid, until a file is uploaded."""
    table = source.known_table()
    return () if table is None else tuple(c for c in table.numeric if c != source.named(table))


def _all_columns(source: Any) -> tuple[str, ...]:
    table = source.known_table()
    return () if table is None else ("", *table.columns)


def _kinds(source: Any) -> tuple[str, ...]:
    table = source.known_table()
    return () if table is None else ("", *source.kinds(table)[:CLASSES])


@dataclass(frozen=True)
class FromCSV(Source):
    """Rows of a CSV file of the user's: one or two columns of numbers, and a column of classes."""

    file: Annotated[
        Upload,
        UploadKnob(OWN_FILE, "first line: names; then rows. Stays in memory."),
    ] = Upload()
    column: Annotated[
        str,
        OneOf("label column", "holds the classes", _all_columns, names=(("", "the usual column"),)),
    ] = ""
    plus: Annotated[
        str, OneOf("class +", "all others are −", _kinds, names=(("", "the usual class"),))
    ] = ""
    inputs: Annotated[
        tuple[str, ...],
        Several("inputs", "one or two columns of numbers; none means the first two", _columns),
    ] = ()
    label = OWN
    usual = (0.01, 0.0)

    @property
    def waiting(self) -> bool:
        """Whether no file is uploaded yet."""
        return not self.file.text

    def awaits(self) -> str:
        return awaited("Fisher's iris") if self.waiting else ""

    def known_table(self) -> Table | None:
        """The table, or None if there is none yet or it cannot be read."""
        try:
            return None if self.waiting else self._table()
        except FieldError:
            return None

    def _table(self) -> Table:
        try:
            return _read(self.file)
        except ValueError as error:
            raise FieldError("file", str(error)) from None

    def named(self, table: Table) -> str:
        """The column of classes: the chosen one, else the last column of words, else the last."""
        if self.column in table.columns:
            return self.column
        return (_word_columns(self.file) or table.columns)[-1]

    def kinds(self, table: Table) -> tuple[str, ...]:
        """The classes in order of appearance."""
        return _distinct(self.file, self.named(table))

    def points(self) -> Points:
        if self.waiting:
            return pointsets.iris()
        table = self._table()
        kinds, numeric = self.kinds(table), _columns(self)
        inputs = tuple(c for c in self.inputs if c in numeric) or numeric[:INPUTS]
        if table.rows < 2:
            raise FieldError("file", "The table has one row; two classes need two or more.")
        if not inputs:
            raise FieldError("file", self._without_inputs(table))
        check_count(inputs, "inputs")
        plus = self.plus if self.plus in kinds else kinds[0] if len(kinds) > 2 else ""
        try:
            points = pointsets.from_table(table, inputs, self.named(table), plus)
        except ValueError as error:
            raise FieldError("file", one_line(error)) from None
        if (points.x == points.x[0]).all():
            raise FieldError("file", f"All rows have the same {' and '.join(inputs)[:80]}.")
        return points

    def _without_inputs(self, table: Table) -> str:
        """Why no column can be an input."""
        for name in table.columns:
            if name != self.named(table) and _mostly_numbers(table, name):
                try:
                    table.column(name)
                except ValueError as error:
                    return one_line(error)
        return "The table has no column of numbers besides the labels."

    def notes(self) -> tuple[str, ...]:
        if self.waiting:
            return ()
        points, table = points_of(self), self._table()
        named = [quoted(name) for name in (*points.names, self.named(table), *points.classes[::-1])]
        *inputs, column, plus, minus = named
        return (
            f"{table.rows:,} rows; inputs {' and '.join(inputs)}; {column}: {plus} is +, {minus} −.",
        )


def _mostly_numbers(table: Table, name: str) -> bool:
    """Whether most cells of a column are numbers."""

    def number(cell: str) -> bool:
        try:
            float(cell)
        except ValueError:
            return False
        return True

    cells = table.text(name)[:1000]
    return sum(map(number, cells)) > len(cells) / 2


@lru_cache(maxsize=4)
def _read(file: Upload) -> Table:
    return read_csv(file.text, file.name)


# Cached, as the controls need the choices at each change.
@lru_cache(maxsize=8)
def _word_columns(file: Upload) -> tuple[str, ...]:
    """The columns in which most cells are not numbers."""
    table = _read(file)
    return tuple(
        c for c in table.columns if c not in table.numeric and not _mostly_numbers(table, c)
    )


@lru_cache(maxsize=32)
def _distinct(file: Upload, column: str) -> tuple[str, ...]:
    """The distinct cells of a column in order of appearance."""
    return tuple(dict.fromkeys(_read(file).text(column)))


SOURCES: tuple[tuple[str, type[Source]], ...] = (
    ("lecture", LectureSet),
    ("u12", U12),
    ("d8", D8),
    ("gate", Gate),
    ("clouds", Clouds),
    ("iris", Iris),
    ("own", OwnPoints),
    ("csv", FromCSV),
)
