"""A and b from data: least squares on a table that comes with the app, or on a file of the user's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from convcore.arrays import Array
from convcore.cache import kept
from convcore.datasets import TABLES, Table, Upload
from convcore.knobs import FieldError, OneOf, Range, Several, UploadKnob, files, refuse_tiny
from convcore.labkit.own_table import (
    OWN,
    OWN_FILE,
    STAND_IN,
    ChosenTable,
    Reading,
    Taken,
    take,
    usual_target,
)
from convcore.labkit.own_words import understood
from convcore.labkit.scaling import scaled
from convcore.labkit.words import awaited, first_few, num, quoted, several
from convcore.labs.many_weights.losses import (
    BY_KEY,
    CROSS,
    CROSS_ENTROPY,
    CROSS_LABEL,
    CROSS_USED,
    LOSSES,
)
from convcore.labs.many_weights.problem import MOST, Problem
from convcore.objectives.logistic import LocalQuadratic, Logistic
from convcore.objectives.quadratics import LeastSquares, QuadraticForm

MOST_ROWS = 5000  # for cross-entropy, which goes through all of them at each step
HUGE = 1e18  # a column's largest number lies between 1/HUGE and HUGE, as quotients are drawn


def _among(problem: Any, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """The columns to choose from; none while the file is awaited, as then any name may be right.

    A chosen column that has a fault stays among them: it must not silently give way to another.
    """
    table = problem.chosen.known()
    if table is None or problem.chosen.waiting:
        return ()
    return tuple(n for n, c in table.held.items() if c.numbers is not None or n in chosen)


def _columns(problem: Any) -> tuple[str, ...]:
    return _among(problem, problem.features)


def _targets(problem: Any) -> tuple[str, ...]:
    """The columns, or the table's usual target."""
    columns = _among(problem, (problem.target,))
    return ("", *columns) if columns else ()


def _losses(problem: Any) -> tuple[str, ...]:
    """The losses; cross-entropy only where the target has two values, or it is chosen already."""
    keys = tuple(loss.key for loss in LOSSES)
    try:
        two = np.unique(problem.taken().values()).size == 2
    except FieldError:
        two = True  # what is read when the fault is mended may have two
    return (*keys, CROSS) if two or problem.loss == CROSS or problem.chosen.waiting else keys


@dataclass(frozen=True)
class FromData(Problem, Reading):
    """Least squares on a table: E = ‖Xw − y‖²/2N + ½ρ‖w‖², another loss of LOSSES, or cross-entropy;
    the intercept is not penalised."""

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
        UploadKnob(OWN_FILE, "a line a row; names in the first, if it has them. Stays in memory."),
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
        Range(
            "ridge ρ",
            "adds ½ρw² for each weight to E, or ρw² to a sum",
            0,
            2,
            0.01,
            limits=(0.0, 1e9),
        ),
    ] = 0.0
    loss: Annotated[
        str,
        OneOf(
            "loss",
            "as your tool counts it: curvatures, and with them the limit of η, are multiples. Of two "
            "classes there is cross-entropy, too",
            _losses,
            names=(
                *((loss.key, f"{loss.label} ({loss.used})") for loss in LOSSES),
                (CROSS, f"{CROSS_LABEL} ({CROSS_USED})"),
            ),
        ),
    ] = LOSSES[0].key
    label = "data (least squares, logistic)"
    first = ("table", "file", "target", "features", "scaling", "loss", "ridge")

    def default_start(self, n: int) -> tuple[float, ...]:
        return (0.0,) * n

    @property
    def chosen(self) -> ChosenTable:
        """The table that is read."""
        return ChosenTable(self.table, self.file, self)

    def awaits(self) -> str:
        return awaited(STAND_IN.title) if self.chosen.waiting else ""

    def names(self) -> tuple[str, tuple[str, ...]]:
        """The target's and the features' names as used; raises as `taken` does."""
        taken = self.taken()
        return taken.target, taken.features

    def taken(self) -> Taken:
        """The rows and columns that are used.

        Names that the table does not have are ignored. FieldError if a chosen column, or the usual
        target, is not numeric: another column is not what was meant.
        """
        return _taken(self)

    def objective(self) -> QuadraticForm:
        return self.fit().objective

    @property
    def crossed(self) -> bool:
        """Whether E is cross-entropy: not of the table that is shown while a file is awaited."""
        return self.loss == CROSS and not self.chosen.waiting

    def rows(self) -> int:
        return len(self.taken().X)

    def function(self) -> Logistic | None:
        return self.fit().function

    def fit(self, scaling: str = "") -> Fit:
        """The problem with this scaling, or with the field's own."""
        return _fit(self, scaling or self.scaling)

    def minimises(self) -> str:
        loss = BY_KEY.get(self.loss, LOSSES[0])
        fit, ridge = (CROSS_ENTROPY, "½ρ‖w‖²") if self.crossed else (loss.formula, loss.ridge)
        return f"E = {fit}{f' + {ridge}' if self.ridge else ''}"

    def read(self) -> str:
        return understood(self.taken(), self.file) if self.chosen.own else ""

    def notes(self) -> tuple[str, ...]:
        taken = self.taken()
        table, target, features = taken.table, taken.target, taken.features
        lines = [
            f"{len(taken.rows):,} rows; {quoted(target)} from {several(len(features), 'feature')} and an "
            "intercept."
        ]
        last = table.columns[-1]
        if last in taken.unused and self.target != target and not table.source:
            lines.append(
                f"**{quoted(target)} is predicted**, as the last column, {quoted(last)}, is "
                f"{taken.unused[last]}; another can be chosen as the target."
            )
        if taken.unused and table.source:
            left = first_few(
                tuple(taken.unused), lambda name: f"{name!r} {table.get(name).fault[0]}"
            )
            lines.append(f"Left out: {quoted(', '.join(left))}.")
        if table.source:
            lines.append(f"Source: {table.source}")
        fit = self.fit()
        if fit.function is not None:
            one = num(float(taken.values().max()))
            C = 1 / (len(taken.rows) * self.ridge) if self.ridge else 0.0
            same = (
                f" scikit-learn's LogisticRegression calls this ridge C = 1/(Nρ) = {num(C)}."
                * bool(C)
            )
            lines.append(
                f"p = 1/(1 + e^(−Xw)) is the probability that {quoted(target)} = {one}.{same}"
            )
        if fit.objective.n - 1 < len(features):
            lines.append(
                f"The features have rank {fit.objective.n - 1}, not {len(features)}: "
                "whitening leaves out what is redundant."
            )
        return tuple(lines)


def _why(table: Table) -> str:
    """The first column that holds no numbers, and why: the end of a sentence."""
    return next((f"; {n!r} {c.fault[0]}" for n, c in table.held.items() if c.numbers is None), "")


@kept(8, files)
def _taken(problem: FromData) -> Taken:
    table = problem.chosen.read()
    target = problem.target if problem.target in table.columns else table.target
    if not table.source and problem.target not in table.columns:
        target = usual_target(table)
    if not target:
        raise FieldError("file", f"The table has no column of numbers{_why(table)}.")
    if table.rows < 2:
        raise FieldError("file", "The table has one row; a fit needs two or more.")
    taken = take(table, target, problem.features, problem)
    if not taken.features:
        raise FieldError(
            "features",
            f"There is no feature: it needs a column of numbers besides the target{_why(table)}.",
        )
    return taken


@dataclass(frozen=True, eq=False)
class Fit:
    """A fit of a table, and the way back: raw coefficients = back @ w, the intercept last.

    back: (p+1, n). names: of the raw features. function: the cross-entropy, of which the objective is then
    the quadratic at the minimum.
    """

    objective: LeastSquares | LocalQuadratic
    back: Array
    names: tuple[str, ...]
    function: Logistic | None = None


@kept(8, files)
def _fit(problem: FromData, scaling: str) -> Fit:
    taken = problem.taken()
    names, y = taken.features, taken.values()
    if len(names) >= MOST:
        raise FieldError(
            "features", f"{len(names)} features are too many: at most {MOST - 1}; choose some."
        )
    refuse_tiny("ridge", "the ridge", problem.ridge)
    _refuse_beyond("target", taken.target, y)
    for name, x in zip(names, taken.X.T, strict=True):
        _refuse_beyond("features", name, x)
    Z, back = scaled(taken.X, names, scaling)
    if problem.crossed:
        E = _two_classes(Z, y, taken.target, problem.ridge)
        return Fit(E.near, back, names, E)
    loss = LOSSES[0] if problem.loss == CROSS else BY_KEY.get(problem.loss)
    if loss is None:
        raise FieldError("loss", f"{problem.loss[:40]!r} is none of {', '.join((*BY_KEY, CROSS))}.")
    return Fit(LeastSquares(Z, y, problem.ridge * loss.halves, loss.scale(len(y))), back, names)


def _two_classes(Z: Array, y: Array, target: str, ridge: float) -> Logistic:
    """The cross-entropy of a target of two values; FieldError, in one line, if it has no minimum."""
    values = np.unique(y)
    if values.size != 2:
        raise FieldError(
            "loss",
            f"Cross-entropy needs a target of two values, and {target!r} has {values.size:,}: choose "
            "another loss or target.",
        )
    if len(y) > MOST_ROWS:
        raise FieldError(
            "loss",
            f"Cross-entropy takes at most {MOST_ROWS:,} rows here, and there are {len(y):,}.",
        )
    E = Logistic(Z, (y == values[1]).astype(float), ridge)
    if E.minimiser is None:
        raise FieldError(
            "ridge",
            "The features tell the two classes apart, or all but: E falls without end as the weights grow, "
            "and has no minimum. A ridge ρ > 0, such as 0.01, gives it one.",
        )
    return E


def _refuse_beyond(field: str, name: str, x: Array) -> None:
    """FieldError for a column whose squares or quotients would leave the range of floats."""
    largest = float(np.abs(x).max())
    if largest and not 1 / HUGE <= largest <= HUGE:
        what = f"numbers beyond {HUGE:g}" if largest > 1 else f"no number beyond {1 / HUGE:g}"
        raise FieldError(field, f"The column '{name}' has {what} in size: write it in other units.")
