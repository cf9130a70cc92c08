"""Points for "Perceptron and backprop" from a table of the user's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np

from convcore.cache import kept, kept_while_alive
from convcore.datasets import YES, Column, Kind, Table, Upload
from convcore.knobs import FieldError, OneOf, Several, UploadKnob, Vector, files
from convcore.labkit.own_table import (
    OWN,
    OWN_FILE,
    TARGET_NAME,
    ChosenTable,
    Reading,
    Taken,
    take,
)
from convcore.labkit.own_words import understood
from convcore.labkit.scaling import scaled
from convcore.labkit.words import awaited, num, quoted
from convcore.labs.perceptron.points import INPUTS, Source, check_count, one_line, points_of
from convcore.separators import points as pointsets
from convcore.separators.points import Points

CLASSES = 50  # of a column that are offered as +
FEW = 6  # different numbers in a column that may be classes


def _columns(source: Any) -> tuple[str, ...]:
    """The columns to choose inputs from; none, and any name is valid, until a file is uploaded."""
    table = source.known_table()
    if table is None:
        return ()
    label = source.named(table)
    return tuple(name for name, c in table.held.items() if c.numbers is not None and name != label)


def _all_columns(source: Any) -> tuple[str, ...]:
    table = source.known_table()
    return () if table is None else ("", *table.columns)


def _kinds(source: Any) -> tuple[str, ...]:
    table = source.known_table()
    return () if table is None else ("", *source.kinds(table)[:CLASSES])


@dataclass(frozen=True)
class FromCSV(Source, Reading):
    """Rows of a table of the user's: one or two columns of numbers, and a column of classes.

    A column of many numbers makes two classes, parted at the number `part`.
    """

    file: Annotated[
        Upload,
        UploadKnob(OWN_FILE, "a line a row; names in the first, if it has them. Stays in memory."),
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
    part: Annotated[
        tuple[float, ...],
        Vector("classes part at", "of a label column of numbers: above it is +", 1, "a number"),
    ] = ()
    scaling: Annotated[
        str,
        OneOf(
            "scaling of the inputs",
            "raw: as they are; standardised: mean 0, deviation 1; whitened: uncorrelated as well",
            ("raw", "standardised", "whitened"),
        ),
    ] = "raw"
    label = OWN
    usual = (0.01, 0.0)
    first = ("file", "column", "plus", "part", "inputs", "scaling")

    def __post_init__(self) -> None:
        if len(self.part) > 1:  # a second one would be ignored, and no link could hold it
            raise FieldError("part", f"Classes part at one number; got {len(self.part)}.")

    @property
    def chosen(self) -> ChosenTable:
        """The table that is read."""
        return ChosenTable(OWN, self.file, self)

    @property
    def waiting(self) -> bool:
        """Whether no file is uploaded yet."""
        return self.chosen.waiting

    def awaits(self) -> str:
        return awaited("Fisher's iris") if self.waiting else ""

    def known_table(self) -> Table | None:
        """The table, or None if there is none yet or it cannot be read."""
        return None if self.waiting else self.chosen.known()

    def named(self, table: Table) -> str:
        """The column of classes: the chosen one, else the last that seems to hold some, else the last."""
        return self.column if self.column in table.columns else _usual_label(table)

    def kinds(self, table: Table) -> tuple[str, ...]:
        """The classes in order of appearance."""
        return tuple(kind for kind in _distinct(table, self.named(table)) if kind)

    def points(self) -> Points:
        if self.scaling not in ("raw", "standardised", "whitened"):
            raise FieldError("scaling", f"{self.scaling[:40]!r} is no scaling.")
        if self.waiting:
            iris = pointsets.iris()
            x, _ = scaled(iris.x, iris.names, self.scaling)
            return replace(iris, x=x, names=self._axes(iris.names, x.shape[1]))
        taken = self.taken()
        label, cells, plus = taken.target, taken.labels(), self.plus
        if self.part and not plus:
            cells, plus = _sides(taken, self.part[0])
        elif plus not in cells:
            plus = _usual_plus(taken)
        x, _ = scaled(taken.X, taken.features, self.scaling)
        try:
            points = pointsets.labelled(
                x, cells, self._axes(taken.features, x.shape[1]), label, plus
            )
        except ValueError as error:
            raise FieldError("file", one_line(error)) from None
        if (points.x == points.x[0]).all():
            raise FieldError("file", f"All rows have the same {' and '.join(taken.features)[:80]}.")
        return points

    def taken(self) -> Taken:
        """The rows and columns that are used; FieldError, in one line, if there are none."""
        return _taken(self)

    def _axes(self, names: tuple[str, ...], width: int) -> tuple[str, ...]:
        if self.scaling == "whitened":
            return tuple(f"whitened {i + 1}" for i in range(width))
        return tuple(name + " (standardised)" * (self.scaling != "raw") for name in names)

    def read(self) -> str:
        return "" if self.waiting else understood(self.taken(), self.file, "input")

    def notes(self) -> tuple[str, ...]:
        if self.waiting:
            return ()
        points = points_of(self)
        named = [quoted(n) for n in (*points.names, self.taken().target, *points.classes[::-1])]
        *inputs, column, plus, minus = named
        said = f"inputs {' and '.join(inputs)}; {column}: {plus} is +, {minus} −."
        return (f"{len(points):,} rows; {said}",)


@kept(8, files)
def _taken(source: FromCSV) -> Taken:
    table = source.chosen.read()
    if table.rows < 2:
        raise FieldError("file", "The table has one row; two classes need two or more.")
    label = source.named(table)
    wanted = tuple(name for name in source.inputs if name in table.columns and name != label)
    if wanted:
        check_count(wanted, "inputs")
    try:
        words = table.get(label).kind is not Kind.DAMAGED
        taken = take(table, label, wanted, source, most=INPUTS, categories=words)
    except FieldError as error:
        field = {"target": "column", "features": "inputs"}.get(error.field, error.field)
        raise FieldError(field, str(error)) from None
    if not taken.features:
        raise FieldError("file", "The table has no column of numbers besides the labels.")
    return taken


def _sides(taken: Taken, part: float) -> tuple[tuple[str, ...], str]:
    """On which side of a number the labels lie, and the name of the side that is +."""
    if taken.table.get(taken.target).numbers is None:
        raise FieldError("part", f"The column '{taken.target}' holds no numbers to be parted.")
    y = taken.values()
    if not y.min() <= part < y.max():
        ends = f"{num(float(y.min()))} and {num(float(y.max()))}"
        raise FieldError("part", f"All are on one side of {num(part)}: choose between {ends}.")
    above, below = f"above {num(part)}", f"at most {num(part)}"
    return tuple(above if high else below for high in (y > part).tolist()), above


def _usual_plus(taken: Taken) -> str:
    """The class that is + unless one is chosen; "" leaves it to the order of two.

    FieldError asks where the classes part if they are many numbers.
    """
    table, label = taken.table, taken.target
    kinds, column = dict.fromkeys(taken.labels()), table.get(label)
    if column.kind is Kind.TWO and column.words[1].casefold() in YES:
        return column.words[1]
    if len(kinds) <= 2:
        return ""
    if column.numbers is not None and not _different(column, FEW):
        middle = num(float(np.median(taken.values())))
        raise FieldError(
            "part",
            f"The column '{label}' holds {len(kinds):,} different numbers: at which value do the classes "
            f"part? Its median is {middle}. Or choose another label column.",
        )
    return next(iter(kinds))


# Cached, as the controls need the choices at each change.
@kept_while_alive(1)
def _usual_label(table: Table) -> str:
    """The last column if it is called y or the like or seems to hold classes; else the last that does.

    If none does, the last of numbers, whose classes part somewhere.
    """
    two = [name for name, c in table.held.items() if _different(c, 2)]
    words = [
        name for name, c in table.held.items() if c.kind is Kind.WORDS and _different(c, CLASSES)
    ]
    few = [name for name in table.columns[-1:] if _different(table.get(name), FEW)]
    last = table.columns[-1]
    if last in (*two, *words, *few) or TARGET_NAME.fullmatch(last):
        return last
    useful = [name for name, c in table.held.items() if c.useful]
    return next(reversed(two or words or useful), last)


def _different(column: Column, most: int) -> bool:
    """Whether a column has 2 to `most` different values, some more than once; numbers twice on average."""
    if column.kind not in (Kind.NUMBERS, Kind.TWO, Kind.WORDS):
        return False
    there = [label for label in column.labels() if label]
    count = len(set(there))
    times = 1 + (column.kind is Kind.NUMBERS)
    return count == 2 or (2 < count <= most and times * count <= len(there) > count)


@kept_while_alive(8)
def _distinct(table: Table, column: str) -> tuple[str, ...]:
    """The distinct cells of a column in order of appearance."""
    return tuple(dict.fromkeys(table.text(column)))
