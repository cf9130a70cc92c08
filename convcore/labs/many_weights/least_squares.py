"""A and b from data: least squares on a table that comes with the app, or on a file of the user's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

import numpy as np

from convcore.arrays import Array
from convcore.datasets import TABLES, Table, Upload
from convcore.knobs import FieldError, OneOf, Range, Several, UploadKnob, refuse_tiny
from convcore.labkit.own_table import OWN, OWN_FILE, STAND_IN, ChosenTable
from convcore.labkit.words import awaited, first_few, quoted, several
from convcore.labs.many_weights.features import scaled
from convcore.labs.many_weights.problem import MOST, Problem
from convcore.objectives.quadratics import LeastSquares, QuadraticForm

HUGE = 1e18  # a column's largest number lies between 1/HUGE and HUGE, as quotients are drawn


def _among(problem: Any, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """The columns to choose from; none while the file is awaited, as then any name may be right.

    A chosen column that has a fault stays among them: it must not silently give way to another.
    """
    table = problem.chosen.known()
    if table is None or problem.chosen.waiting:
        return ()
    return tuple(name for name in table.columns if name in table.numeric or name in chosen)


def _columns(problem: Any) -> tuple[str, ...]:
    return _among(problem, problem.features)


def _targets(problem: Any) -> tuple[str, ...]:
    """The columns, or the table's usual target."""
    columns = _among(problem, (problem.target,))
    return ("", *columns) if columns else ()


@dataclass(frozen=True)
class FromData(Problem):
    """Least squares on a table: E = ‖Xw − y‖²/2N + ½ρ‖w‖², the intercept not penalised."""

    table: Annotated[
        str,
        OneOf(
            "table",
            "a table that comes with the app, or a file of yours",
            (*(t.name for t in TABLES), OWN),
            names=tuple((t.name, t.title) for t in TABLES),
        ),
    ] = TABLES[0].name
    file: Annotated[
        Upload,
        UploadKnob(OWN_FILE, "first line: names; then numbers. Stays in memory."),
    ] = Upload()
    target: Annotated[
        str,
        OneOf("target y", "the column to predict", _targets, names=(("", "the usual column"),)),
    ] = ""
    features: Annotated[
        tuple[str, ...],
        Several("features X", "the columns to predict it from; none means all others", _columns),
    ] = ()
    scaling: Annotated[
        str,
        OneOf(
            "scaling of the features",
            "raw: as they are; standardised: mean 0, deviation 1; whitened: uncorrelated as well",
            ("raw", "standardised", "whitened"),
        ),
    ] = "standardised"
    ridge: Annotated[
        float,
        Range("ridge ρ", "adds ½ρ‖w‖² to E; 0 for none", 0, 2, 0.01, limits=(0.0, 1e9)),
    ] = 0.0
    label = "data (least squares)"

    def default_start(self, n: int) -> tuple[float, ...]:
        return (0.0,) * n

    @property
    def chosen(self) -> ChosenTable:
        """The table that is read."""
        return ChosenTable(self.table, self.file)

    def awaits(self) -> str:
        return awaited(STAND_IN.title) if self.chosen.waiting else ""

    def names(self) -> tuple[str, tuple[str, ...]]:
        """The target's and the features' names as used.

        Names that the table does not have are ignored. FieldError if a chosen column, or the usual
        target, is not numeric: another column is not what was meant.
        """
        table = self.chosen.read()
        if not table.numeric:
            raise FieldError("file", f"The table has no column of numbers{_why(table)}.")
        target = self._target(table)
        chosen = tuple(name for name in self.features if name in table.columns)
        for name in chosen:
            if name != target:
                _need_numbers(table, name, "features", "This cannot be a feature")
        names = tuple(name for name in chosen or table.numeric if name != target)
        if not names:
            raise FieldError(
                "features",
                f"There is no feature: it needs a column of numbers besides the target{_why(table)}.",
            )
        return target, names

    def _target(self, table: Table) -> str:
        """The chosen target; else the usual one, the last column that does not hold labels."""
        if self.target in table.columns:
            _need_numbers(table, self.target, "target", "This cannot be the target")
            return self.target
        if table.source:
            return table.target
        usual = next(name for name in reversed(table.columns) if name not in table.labels)
        _need_numbers(table, usual, "target", "The usual column cannot be the target")
        return usual

    def objective(self) -> QuadraticForm:
        return self.fit().objective

    def fit(self, scaling: str = "") -> Fit:
        """The least-squares problem with this scaling, or with the field's own."""
        return _fit(self, scaling or self.scaling)

    def notes(self) -> tuple[str, ...]:
        table = self.chosen.read()
        target, features = self.names()
        lines = [
            f"{table.rows} rows; {quoted(target)} from {several(len(features), 'feature')} and an "
            "intercept."
        ]
        last = table.columns[-1]
        if target != last and self.target != target and not table.source:
            lines.append(
                f"**{quoted(target)} is predicted**, as the last column, {quoted(last)}, holds no "
                "numbers; another can be chosen as the target."
            )
        if table.faulty and not set(self.features) & set(table.columns):
            lines.append(f"Left out, as not each row has a number in it: {_left_out(table)}.")
        if table.source:
            lines.append(f"Source: {table.source}")
        fit = self.fit()
        if fit.objective.n - 1 < len(features):
            lines.append(
                f"The features have rank {fit.objective.n - 1}, not {len(features)}: "
                "whitening leaves out what is redundant."
            )
        return tuple(lines)


def _need_numbers(table: Table, name: str, field: str, wrong: str) -> None:
    """FieldError unless the column is numeric."""
    try:
        table.column(name)
    except ValueError as error:
        raise FieldError(field, f"{wrong}: {error}.") from None


def _left_out(table: Table) -> str:
    """The first columns that are not numeric, each with its first bad cell."""
    named = first_few(table.faulty, lambda name: f"{name!r} {table.fault(name)[0]}")
    return quoted("; ".join(named))


def _why(table: Table) -> str:
    """The first column that is not numeric, and why: the end of a sentence."""
    return next((f"; {name!r} {table.fault(name)[0]}" for name in table.faulty), "")


@dataclass(frozen=True, eq=False)
class Fit:
    """A least-squares problem, and the way back: raw coefficients = back @ w, the intercept last.

    back: (p+1, n). names: of the raw features.
    """

    objective: LeastSquares
    back: Array
    names: tuple[str, ...]


@lru_cache(maxsize=8)
def _fit(problem: FromData, scaling: str) -> Fit:
    table = problem.chosen.read()
    target, names = problem.names()
    if table.rows < 2:
        raise FieldError("file", "The table has one row; a fit needs two or more.")
    if len(names) >= MOST:
        raise FieldError(
            "features", f"{len(names)} features are too many: at most {MOST - 1}; choose some."
        )
    refuse_tiny("ridge", "the ridge", problem.ridge)
    for field, columns in (("target", (target,)), ("features", names)):
        for name in columns:
            _refuse_beyond(field, name, table.column(name))
    X, y = table.features(names), table.column(target)
    Z, back = scaled(X, names, scaling)
    return Fit(LeastSquares(Z, y, problem.ridge), back, names)


def _refuse_beyond(field: str, name: str, x: Array) -> None:
    """FieldError for a column whose squares or quotients would leave the range of floats."""
    largest = float(np.abs(x).max())
    if largest and not 1 / HUGE <= largest <= HUGE:
        what = f"numbers beyond {HUGE:g}" if largest > 1 else f"no number beyond {1 / HUGE:g}"
        raise FieldError(field, f"The column '{name}' has {what} in size: write it in other units.")
