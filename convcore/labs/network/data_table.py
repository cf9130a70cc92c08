"""A table for "A real network" to learn: one that comes with the app, or the user's CSV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from convcore.arrays import Array, Bools, Ints
from convcore.datasets import TABLES, Table, Upload
from convcore.knobs import FieldError, OneOf, Several, UploadKnob
from convcore.labkit.own_table import OWN, OWN_FILE, ChosenTable
from convcore.labs.network.data import Data, Origin, Sample, divergence_knob

MOST_ROWS = 200  # of a table; a full-batch step touches every row
MOST_CLASSES = 6  # more colours and shapes are hard to distinguish
MOST_FEATURES = 50


def _numeric_columns(data: Any) -> tuple[str, ...]:
    """The columns to choose from; none, and any name is valid, until a file is uploaded."""
    table = data.chosen.known()
    return table.numeric if table is not None and not data.chosen.waiting else ()


def _all_columns(data: Any) -> tuple[str, ...]:
    table = data.chosen.known()
    return ("", *table.cells) if table is not None and not data.chosen.waiting else ()


@dataclass(frozen=True)
class TableData(Data):
    """Rows of a table: a column of words makes classes, a column of numbers makes values.

    Features are standardised, and so are values.
    """

    table: Annotated[
        str,
        OneOf(
            "table",
            "a table that comes with the app, or a file of yours",
            ("iris", *(t.name for t in TABLES if t.name != "iris"), OWN),
            tuple((t.name, t.title) for t in TABLES),
        ),
    ] = "iris"
    file: Annotated[
        Upload,
        UploadKnob(OWN_FILE, "first line: names. Stays in memory."),
    ] = Upload()
    target: Annotated[
        str,
        OneOf(
            "target",
            "words are learned as classes, numbers as values",
            _all_columns,
            (("", "the usual: classes if there are any"),),
        ),
    ] = ""
    features: Annotated[
        tuple[str, ...],
        Several(
            "features",
            "the columns of numbers to predict it from; none: all others",
            _numeric_columns,
        ),
    ] = ()
    divergence: Annotated[str, divergence_knob] = "softmax"
    label = "a table (iris, your CSV)"

    @property
    def chosen(self) -> ChosenTable:
        """The table that is read."""
        return ChosenTable(self.table, self.file)

    def sample(self) -> Sample:
        table = self.chosen.read()
        if table.rows < 2:
            raise FieldError("file", "The table has one row; learning needs two or more.")
        target = self.target if self.target in table.cells else ""
        target = target or _usual_target(table)
        wanted = self.features or table.numeric
        names = tuple(name for name in wanted if name in table.numeric and name != target)
        if not target or not names:
            _check_gaps(table)
            for name in table.cells:
                if name not in table.numeric and (has := len(set(table.text(name)))) > MOST_CLASSES:
                    raise FieldError("target", _class_count_error(name, has))
            raise FieldError(
                "features",
                "The table needs a target and, besides, a column of numbers to learn from.",
            )
        if len(names) > MOST_FEATURES:
            raise FieldError(
                "features",
                f"{len(names)} features are too many: at most {MOST_FEATURES}; choose some.",
            )
        values = target in table.numeric
        if values:
            # There are no classes to represent, so any rows will do.
            classes, member = np.empty(0, dtype=str), np.zeros(table.rows, dtype=np.int64)
        else:
            classes, member = np.unique(np.array(table.text(target)), return_inverse=True)
            if not 2 <= len(classes) <= MOST_CLASSES:
                raise FieldError("target", _class_count_error(target, len(classes)))
        rows = _rows(member)
        X, names, left_out = _features(table, names, rows)
        origin = Origin(table.rows, left_out, table.source, self.chosen.waiting)
        if values:
            column = table.column(target)[:, None]
            if _constant(column)[0]:
                raise FieldError("target", _constant_error(target))
            if _constant(column[rows])[0]:
                raise FieldError("target", _drawn_constant_error(target, len(rows)))
            return Sample(X, _standardised(column[rows]), names, target=target, origin=origin)
        return Sample(
            X,
            np.eye(len(classes))[member[rows]],
            names,
            tuple(str(c) or "(empty)" for c in classes),
            self.divergence,
            target,
            origin,
        )


def _class_count_error(name: str, values: int) -> str:
    has = "one value" if values == 1 else f"{values} different values"
    return f"The column '{name}' has {has}; classes can be 2 to {MOST_CLASSES}."


def _usual_target(table: Table) -> str:
    """The last column of words that can be classes, else the table's own target.

    A column of numbers with a gap is not a column of classes.
    """
    for name in reversed(table.cells):
        if name in table.numeric or not 2 <= len(set(table.text(name))) <= MOST_CLASSES:
            continue
        if not any(_is_number(cell) for cell in table.text(name)):
            return name
    return table.target


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def _check_gaps(table: Table) -> None:
    """Raise FieldError for the first column in which some cells, but not all, are numbers."""
    for name in table.cells:
        if name not in table.numeric and any(_is_number(cell) for cell in table.text(name)):
            try:
                table.column(name)
            except ValueError as error:
                raise FieldError("file", f"The {error}.") from None


def _rows(member: Ints) -> Ints:
    """Which rows are used: at most MOST_ROWS, drawn at random, at least one of each class.

    member: each row's class (N,).
    """
    if len(member) <= MOST_ROWS:
        return np.arange(len(member))
    order = np.random.default_rng(0).permutation(len(member))
    # Move the first row of each class to the front.
    first = np.unique(member[order], return_index=True)[1]
    order = np.concatenate([order[first], np.delete(order, first)])
    return np.sort(order[:MOST_ROWS])


def _features(
    table: Table, names: tuple[str, ...], rows: Ints
) -> tuple[Array, tuple[str, ...], tuple[str, ...]]:
    """The features that differ in the rows used, standardised; their names; those left out."""
    X = table.features(names)
    if (flat := _constant(X)).any():
        raise FieldError("features", _constant_error(names[int(flat.argmax())]))
    X = X[rows]
    flat = _constant(X)
    if flat.all():
        raise FieldError("features", _drawn_constant_error(names[0], len(rows)))
    kept = tuple(name for name, out in zip(names, flat, strict=True) if not out)
    left_out = tuple(name for name, out in zip(names, flat, strict=True) if out)
    return _standardised(X[:, ~flat]), kept, left_out


def _constant_error(name: str) -> str:
    return f"The column '{name}' is the same in every row; leave it out."


def _drawn_constant_error(name: str, rows: int) -> str:
    return f"The column '{name}' is the same in all {rows} rows that are drawn; choose another."


def _scaled(X: Array) -> Array:
    # Squares of numbers near the largest float overflow: scale first.
    size = np.abs(X).max(axis=0)
    return np.asarray(X / np.where(size > 0, size, 1.0))


def _constant(X: Array) -> Bools:
    """Which columns (p,) are the same in every row, to rounding."""
    X = _scaled(X)
    return np.asarray(X.std(axis=0) <= 1e-13 * np.abs(X.mean(axis=0)))


def _standardised(X: Array) -> Array:
    """Columns with mean 0 and deviation 1."""
    X = _scaled(X)
    return np.asarray((X - X.mean(axis=0)) / X.std(axis=0))
