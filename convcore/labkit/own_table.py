"""A table that a lab reads, one that comes with the app or the user's own, and what it takes of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from convcore.arrays import Array, Bools, Ints
from convcore.datasets import MAX_MB, TABLES, Column, Kind, Table, Undecided, Upload, load, read_csv
from convcore.knobs import FieldError, OneOf, Several, Text
from convcore.setting import Setting

OWN = "your CSV"
# In the label, because the uploader hides its own note of the limit once it holds a file.
OWN_FILE = f"{OWN}, at most {MAX_MB} MB"
STAND_IN = TABLES[0]  # shown until a file is chosen
NOT_NEEDED = "not needed"  # of columns beyond as many as a lab takes
# What a column is called that is to be predicted.
TARGET_NAME = re.compile(r"y|target|label|class|outcome|response", re.IGNORECASE)


def _two_words(reading: Any) -> tuple[str, ...]:
    """What may be chosen to be 1: each of the two words of each column of two."""
    table = reading.chosen.known()
    if table is None:
        return ()
    return tuple(
        _is_one(name, word)
        for name, c in table.held.items()
        if c.kind is Kind.TWO
        for word in reversed(c.words)
    )


def _is_one(name: str, word: str) -> str:
    return f"{name}: {word[:40]}".replace("|", "/")  # a permalink separates options by |


@dataclass(frozen=True, kw_only=True)
class Reading(Setting):
    """How a file of one's own is read where it leaves a choice."""

    first_line: Annotated[
        str,
        OneOf(
            "first line",
            "of a file of yours: the columns' names, or the first row",
            ("", "names", "data"),
            names=(("", "as it looks"), ("names", "names"), ("data", "a row of data")),
        ),
    ] = ""
    gaps: Annotated[
        str,
        OneOf(
            "gaps",
            "empty cells, NA, nan, ? and the like; a row without target is always left out",
            ("rows", "mean", "columns"),
            names=(
                ("rows", "leave out their rows"),
                ("mean", "fill with the column's mean"),
                ("columns", "leave out their columns"),
            ),
        ),
    ] = "rows"
    more_gaps: Annotated[
        str, Text("more gaps", "what else stands for no value, such as -999", limit=80)
    ] = ""
    ones: Annotated[
        tuple[str, ...],
        Several("words that are 1", "of a column of two words; none: yes, true, …", _two_words),
    ] = ()


@dataclass(frozen=True)
class ChosenTable:
    """The table of this name in TABLES, or the one in `file` if the name is OWN."""

    name: str
    file: Upload
    reading: Reading = Reading()

    @property
    def own(self) -> bool:
        """Whether it is a file of the user's that is there."""
        return self.name == OWN and bool(self.file.text)

    @property
    def waiting(self) -> bool:
        """Whether the user's file is wanted but not there yet."""
        return self.name == OWN and not self.file.text

    def read(self) -> Table:
        """The table; raises FieldError, in one line, if the file cannot be read or must be asked about."""
        if self.waiting:
            return load(STAND_IN.name)
        if self.name != OWN:
            return load(self.name)
        how = self.reading
        try:
            return read_csv(self.file.text, self.file.name, how.first_line, how.more_gaps)
        except Undecided as error:
            raise FieldError("first_line", _sentence(error)) from None
        except ValueError as error:
            raise FieldError("file", _sentence(error)) from None

    def known(self) -> Table | None:
        """The table, or None if it cannot be read."""
        try:
            return self.read()
        except FieldError:
            return None


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[0].upper()}{text[1:]}."


@dataclass(frozen=True, eq=False)
class Taken:
    """What a lab takes of a table: rows of features, and the rows and columns that it leaves out.

    rows: those used (n,), in order. X: the features (n, p), gaps filled if so chosen. unused: why columns
    are left out, by name. gaps: rows left out for a gap. filled: gaps filled. ones: of features and target
    of two words, the word that is 1.
    """

    table: Table
    target: str
    features: tuple[str, ...]
    rows: Ints
    X: Array
    unused: dict[str, str]
    gaps: int
    filled: int
    ones: dict[str, str]

    def values(self) -> Array:
        """The target's numbers (n,); those of two words are 0 and 1."""
        column = self.table.get(self.target)
        return _numbers(column, self.ones.get(self.target, ""))[self.rows]

    def labels(self) -> tuple[str, ...]:
        """The target's cells as labels (n,)."""
        cells = self.table.text(self.target)
        return tuple(cells[i] for i in self.rows.tolist())


def usual_target(table: Table, classes: Sequence[str] = ()) -> str:
    """The column to predict unless one is chosen; "" if none can be.

    The last of numbers, of two words, of damaged numbers, which are to be mended, or of `classes`; but
    one called y, target or the like if there is just one of them, unless the last holds classes. If there
    is none, a constant one.
    """
    fits = (Kind.NUMBERS, Kind.TWO, Kind.DAMAGED)
    found = [name for name, c in table.held.items() if c.kind in fits or name in classes]
    constant = [name for name, c in table.held.items() if c.kind is Kind.CONSTANT]
    called = [name for name in (*found, *constant) if TARGET_NAME.fullmatch(name)]
    last = found[-1:] or constant[-1:]
    return next(iter(called if len(called) == 1 and last[0] not in classes else last), "")


def take(
    table: Table,
    target: str,
    chosen: tuple[str, ...],
    reading: Reading,
    most: int | None = None,
    categories: bool = False,
) -> Taken:
    """The rows and features that predict a target.

    chosen: the features, () for all useful columns, at most `most`. categories: whether the target is
    taken as labels. Raises FieldError, in one line, for a column that is not what it must be.
    """
    if not categories:
        _need_numbers(table, target, "target", "This cannot be the target")
    wanted = tuple(name for name in chosen if name in table.columns and name != target)
    for name in wanted:
        _need_numbers(table, name, "features", "This cannot be a feature")
    unused: dict[str, str] = {}
    names = wanted or _usual_features(table, target, unused, most)
    if reading.gaps == "columns":
        for name in names:
            if missing := table.get(name).missing:
                unused[name] = "1 gap" if missing == 1 else f"{missing:,} gaps"
        names = tuple(name for name in names if not table.get(name).missing)
    out = table.get(target).gaps.copy()
    if reading.gaps == "rows":
        for name in names:
            out |= table.get(name).gaps
    rows = np.flatnonzero(~out)
    if rows.size < 2 and table.rows >= 2:
        raise FieldError("gaps", _too_few(table, (target, *names), int(rows.size)))
    ones = _ones(table, (*names, target), reading.ones)
    columns = [_numbers(table.get(name), ones.get(name, ""))[rows] for name in names]
    filled = sum(int(np.isnan(x).sum()) for x in columns)
    columns = [_filled(x) for x in columns]
    if not wanted:
        flat = [bool((x == x[0]).all()) for x in columns]
        if rows.size < table.rows and any(flat) and not all(flat):
            unused |= {
                n: "constant in the rows used" for n, f in zip(names, flat, strict=True) if f
            }
            names = tuple(n for n, f in zip(names, flat, strict=True) if not f)
            columns = [x for x, f in zip(columns, flat, strict=True) if not f]
    X = np.column_stack([np.empty((rows.size, 0)), *columns])
    return Taken(table, target, names, rows, X, unused, int(out.sum()), filled, ones)


def _usual_features(
    table: Table, target: str, unused: dict[str, str], most: int | None
) -> tuple[str, ...]:
    """The useful columns, at most `most`; why the others are not goes into `unused`."""
    names: list[str] = []
    for name, c in table.held.items():
        if name == target:
            continue
        if len(names) == most and (c.useful or c.kind is Kind.DAMAGED):
            unused[name] = NOT_NEEDED
        elif c.kind is Kind.DAMAGED:
            what, remedy = c.fault
            raise FieldError(
                "features", f"The column {name!r} {what}; {remedy}, or choose the features."
            )
        elif c.useful:
            names.append(name)
        else:
            unused[name] = c.kind.value
    return tuple(names)


def _need_numbers(table: Table, name: str, field: str, wrong: str) -> None:
    """FieldError unless a column has numbers."""
    column = table.get(name)
    if column.numbers is None:
        what, remedy = column.fault
        raise FieldError(field, f"{wrong}: column {name!r} {what}; {remedy}.")


def _too_few(table: Table, names: tuple[str, ...], left: int) -> str:
    """Which of the columns has most gaps, if they leave too few rows."""
    worst = max(names, key=lambda name: table.get(name).missing)
    rows = "no row" if left == 0 else "one row"
    return (
        f"Gaps leave {rows}: the column {worst!r} has {table.get(worst).missing:,}. Leave out the "
        "column, or fill its gaps with the mean."
    )


def _ones(table: Table, names: tuple[str, ...], chosen: tuple[str, ...]) -> dict[str, str]:
    """By column of two words, the word that is 1."""
    found = {}
    for name in names:
        c = table.get(name)
        if c.kind is Kind.TWO:
            asked = [word for word in c.words if _is_one(name, word) in chosen]
            found[name] = asked[0] if asked else c.words[1]
    return found


def _numbers(column: Column, one: str) -> Array:
    x = column.numbers
    assert x is not None
    return 1 - x if one and one == column.words[0] else x


def _filled(x: Array) -> Array:
    """The column with the mean of its other numbers in its gaps."""
    gaps: Bools = np.isnan(x)
    if not gaps.any():
        return x
    if gaps.all():
        return np.zeros_like(x)
    # A mean of numbers near the largest must not overflow.
    size = np.nanmax(np.abs(x)) or 1.0
    return np.asarray(np.where(gaps, np.nanmean(x / size) * size, x))
