"""A table for "A real network" to learn: one that comes with the app, or the user's CSV."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np

from convcore.arrays import Array, Bools, Ints
from convcore.datasets import TABLES, Kind, Table, Upload
from convcore.knobs import FieldError, OneOf, Several, UploadKnob
from convcore.labkit.own_table import OWN, OWN_FILE, ChosenTable, Reading, take, usual_target
from convcore.labkit.own_words import understood
from convcore.labs.network.data import Data, Origin, Sample, divergence_knob

MOST_ROWS = 200  # of a table; a full-batch step touches every row
MOST_CLASSES = 6  # more colours and shapes are hard to distinguish
MOST_FEATURES = 50


def _numeric_columns(data: Any) -> tuple[str, ...]:
    """The columns to choose from; none, and any name is valid, until a file is uploaded."""
    table = data.chosen.known()
    if table is None or data.chosen.waiting:
        return ()
    return tuple(name for name, c in table.held.items() if c.numbers is not None)


def _all_columns(data: Any) -> tuple[str, ...]:
    table = data.chosen.known()
    return ("", *table.columns) if table is not None and not data.chosen.waiting else ()


@dataclass(frozen=True)
class TableData(Data, Reading):
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
        UploadKnob(OWN_FILE, "a line a row; names in the first, if it has them. Stays in memory."),
    ] = Upload()
    target: Annotated[
        str,
        OneOf(
            "target",
            "words are learned as classes, numbers as values",
            _all_columns,
            (("", "the usual: the last that can be learned"),),
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
    first = ("table", "file", "target", "features", "divergence")

    @property
    def chosen(self) -> ChosenTable:
        """The table that is read."""
        return ChosenTable(self.table, self.file, self)

    def sample(self) -> Sample:
        table = self.chosen.read()
        if table.rows < 2:
            raise FieldError("file", "The table has one row; learning needs two or more.")
        target = self.target if self.target in table.columns else _usual_target(table)
        if not target:
            for name in table.columns:
                raise FieldError("target", _class_count_error(name, _class_count(table, name)))
        values = table.get(target).kind not in (Kind.WORDS, Kind.TWO)
        taken = take(table, target, self.features, self, categories=not values)
        if not taken.features:
            last = table.columns[-1]
            if last in taken.unused and table.get(last).kind in (Kind.WORDS, Kind.ID):
                raise FieldError("target", _class_count_error(last, _class_count(table, last)))
            raise FieldError(
                "features",
                "The table needs a target and, besides, a column of numbers to learn from.",
            )
        if len(taken.features) > MOST_FEATURES:
            raise FieldError(
                "features",
                f"{len(taken.features)} features are too many: at most {MOST_FEATURES}; choose some.",
            )
        if values:
            # There are no classes to represent, so any rows will do.
            classes, member = np.empty(0, dtype=str), np.zeros(len(taken.rows), dtype=np.int64)
        else:
            classes, member = np.unique(np.array(taken.labels()), return_inverse=True)
            if not 2 <= len(classes) <= MOST_CLASSES:
                raise FieldError("target", _class_count_error(target, len(classes)))
        rows = _rows(member)
        X, names, left_out = _features(taken.X, taken.features, rows)
        flat = dict.fromkeys(left_out, "constant in the rows used")
        shown = replace(taken, features=names, unused=taken.unused | flat)
        read = understood(shown, self.file, drawn=len(rows)) if self.chosen.own else ""
        origin = Origin(len(taken.rows), left_out, table.source, self.chosen.waiting, read)
        if values:
            column = taken.values()[:, None]
            if _constant(column)[0]:
                raise FieldError("target", _constant_error(target))
            if _constant(column[rows])[0]:
                raise FieldError("target", _drawn_constant_error(target, len(rows)))
            return Sample(X, _standardised(column[rows]), names, target=target, origin=origin)
        return Sample(
            X,
            np.eye(len(classes))[member[rows]],
            names,
            tuple(str(c) for c in classes),
            self.divergence,
            target,
            origin,
        )


def _class_count_error(name: str, values: int) -> str:
    has = "one value" if values == 1 else f"{values} different values"
    return f"The column '{name}' has {has}; classes can be 2 to {MOST_CLASSES}."


def _class_count(table: Table, name: str) -> int:
    return len({label for label in table.text(name) if label})


def _usual_target(table: Table) -> str:
    """The last column that can be learned: numbers, or words that can be classes; "" if there is none."""
    classes = [
        name
        for name, c in table.held.items()
        if c.kind in (Kind.WORDS, Kind.TWO) and 2 <= _class_count(table, name) <= MOST_CLASSES
    ]
    if table.source:
        return next(reversed(classes), table.target)
    return usual_target(table, classes)


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
    X: Array, names: tuple[str, ...], rows: Ints
) -> tuple[Array, tuple[str, ...], tuple[str, ...]]:
    """The features that differ in the rows used, standardised; their names; those left out."""
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
