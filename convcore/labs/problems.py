"""Where the quadratic of "Many weights" comes from: eigenvalues, a typed matrix, or a table of data."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from convcore.datasets import MAX_MB, TABLES, Table, Upload, load, read_csv
from convcore.knobs import FieldError, OneOf, Range, Several, Text, Vector, number, refuse_tiny
from convcore.knobs import Upload as UploadKnob
from convcore.labkit.words import awaited, quoted, several
from convcore.objectives import LeastSquares, Quadratic, QuadraticForm
from convcore.setting import Setting

Array = NDArray[np.float64]

MOST = 50  # weights
WIDE = (-1e9, 1e9)
HUGE = 1e18  # a table's columns are to lie between its inverse and this: their quotients are drawn


class Problem(Setting):
    """A source of a quadratic."""

    label: str

    @abstractmethod
    def objective(self) -> QuadraticForm:
        """The quadratic; FieldError, in one line, if the fields do not make one."""

    def notes(self) -> tuple[str, ...]:
        """What the reader should know of how it was made, a line each."""
        return ()

    def awaits(self) -> str:
        """What is still to be given, and what is shown until then (Markdown); "" if nothing."""
        return ""

    def default_start(self, n: int) -> tuple[float, ...]:
        """Where descent starts if the lab does not say."""
        return (3.0, 2.0) if n == 2 else (1.0,) * n


def slider(label: str, low: float, high: float, step: float, help: str) -> Range:
    """A knob for one number of a matrix or vector."""
    return Range(label, help, low, high, step, limits=WIDE)


@dataclass(frozen=True)
class FromEigenvalues(Problem):
    """A 2 × 2 matrix A = QΛQᵀ with eigenvalues λ₁, λ₂ and Q a rotation by `angle` degrees."""

    lambda1: Annotated[
        float, slider("eigenvalue λ₁", -2, 20, 0.1, "curvature along the first axis of the ellipse")
    ] = 1.0
    lambda2: Annotated[
        float, slider("eigenvalue λ₂", -2, 20, 0.1, "curvature along the second axis")
    ] = 10.0
    angle: Annotated[
        float,
        Range("rotation", "angle of the ellipse's axes to the weights' axes, degrees", 0, 180, 1),
    ] = 30.0
    b1: Annotated[float, slider("slope b₁", -10, 10, 0.1, "∂E/∂w₁ at w = 0")] = 0.0
    b2: Annotated[float, slider("slope b₂", -10, 10, 0.1, "∂E/∂w₂ at w = 0")] = 0.0
    label = "eigenvalues and an angle"

    def objective(self) -> QuadraticForm:
        for name in ("lambda1", "lambda2", "b1", "b2"):
            refuse_tiny(name, name, getattr(self, name))
        # The sine's square stands in A.
        refuse_tiny("angle", "the angle", self.angle, least=1e-9)
        t = math.radians(self.angle)
        c, s = math.cos(t), math.sin(t)
        l1, l2 = self.lambda1, self.lambda2
        off = (l1 - l2) * c * s if self.angle % 90 else 0.0
        A = [[l1 * c * c + l2 * s * s, off], [off, l1 * s * s + l2 * c * c]]
        if self.angle % 180 == 90:
            A = [[l2, 0.0], [0.0, l1]]
        return Quadratic(A, [self.b1, self.b2])


@dataclass(frozen=True)
class Typed(Problem):
    """A matrix A typed as rows of numbers, and b; the symmetric part of A is used."""

    matrix: Annotated[
        str,
        Text("matrix A", "rows of numbers, one row a line, up to 50 × 50", limit=60_000, lines=5),
    ] = "1, 0.9\n0.9, 1"
    b: Annotated[tuple[float, ...], Vector("slope b", "∇E at w = 0", empty="zeros")] = ()
    label = "typed matrix"

    def _rows(self) -> Array:
        lines = [line for line in self.matrix.replace(";", "\n").splitlines() if line.strip()]
        if not lines:
            raise FieldError("matrix", "The matrix is empty: write its rows, one a line.")
        if len(lines) > MOST:
            raise FieldError("matrix", f"{len(lines)} rows are too many: at most {MOST}.")
        rows = []
        for i, line in enumerate(lines, 1):
            words = line.replace(",", " ").replace("−", "-").strip(" []()\t").split()
            try:
                rows.append([number(word) for word in words])
            except ValueError as error:
                raise FieldError("matrix", f"Row {i} of the matrix: {error}.") from None
            if len(words) != len(lines):
                raise FieldError(
                    "matrix",
                    f"Row {i} has {several(len(words), 'number')} but there are {len(lines)} rows: "
                    "A must be square.",
                )
        if len(rows) < 2:
            raise FieldError(
                "matrix", "One number is the lab “One weight”; A needs 2 rows or more."
            )
        A = np.array(rows)
        if np.abs(A).max() > WIDE[1]:
            raise FieldError("matrix", "The matrix has numbers beyond 1e9; scale it down.")
        refuse_tiny("matrix", "each number of the matrix", *A.flat)
        return A

    def objective(self) -> QuadraticForm:
        A = self._rows()
        if self.b and len(self.b) != len(A):
            has = several(len(self.b), "number")
            raise FieldError("b", f"b has {has}, and A is {len(A)} × {len(A)}.")
        if self.b and np.abs(self.b).max() > WIDE[1]:
            raise FieldError("b", "b has numbers beyond 1e9; scale it down.")
        refuse_tiny("b", "each number of b", *self.b)
        return Quadratic(A, self.b or 0.0)

    def notes(self) -> tuple[str, ...]:
        A = self._rows()
        if np.array_equal(A, A.T):
            return ()
        return (
            "A is not symmetric: only its symmetric part ½(A + Aᵀ) matters for E, and is used.",
        )


OWN = "your CSV"
# In the label, for the uploader's own words of it go once a file is there.
OWN_FILE = f"{OWN}, at most {MAX_MB} MB"


def _among(problem: Any, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """The columns to choose from; none while the file is awaited, and then any name may stand.

    A chosen one that has a fault stays among them: it is not to be exchanged for another unsaid.
    """
    table = problem.known_table()
    if table is None or problem.waiting:
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
    def waiting(self) -> bool:
        """Whether a file of the user's is asked for and not there yet."""
        return self.table == OWN and not self.file.text

    def awaits(self) -> str:
        return awaited(TABLES[0].title) if self.waiting else ""

    def known_table(self) -> Table | None:
        """The table, or None where there is none yet or it cannot be read."""
        try:
            return self._table()
        except FieldError:
            return None

    def _table(self) -> Table:
        if self.waiting:
            return load(TABLES[0].name)
        if self.table != OWN:
            return load(self.table)
        try:
            return read_csv(self.file.text, self.file.name)
        except ValueError as error:
            raise FieldError("file", str(error)) from None

    def names(self) -> tuple[str, tuple[str, ...]]:
        """The target's and the features' names as used.

        A name that the table has not is none that was chosen. FieldError for a chosen column, or one
        that would be the usual target, that is not numeric: another is not what was meant.
        """
        table = self._table()
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
        table = self._table()
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
        if table.faults and not set(self.features) & set(table.columns):
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
    """The columns that are not numeric, each with its first bad cell; empty if there are none."""
    return quoted("; ".join(f"{name!r} {what}" for name, (what, _) in table.faults.items()))


def _why(table: Table) -> str:
    """The first of the columns that are not numeric and why, to end a sentence with."""
    return next((f"; {name!r} {what}" for name, (what, _) in table.faults.items()), "")


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
    table = problem._table()
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
    Z, back = _scaled(X, names, scaling)
    return Fit(LeastSquares(Z, y, problem.ridge), back, names)


def _refuse_beyond(field: str, name: str, x: Array) -> None:
    """FieldError for a column of which squares and quotients would leave the range of floats."""
    largest = float(np.abs(x).max())
    if largest and not 1 / HUGE <= largest <= HUGE:
        what = f"numbers beyond {HUGE:g}" if largest > 1 else f"no number beyond {1 / HUGE:g}"
        raise FieldError(field, f"The column '{name}' has {what} in size: write it in other units.")


def _scaled(X: Array, names: tuple[str, ...], scaling: str) -> tuple[Array, Array]:
    """Features (N, r) by the chosen scaling of X (N, p), and `back` (p+1, r+1) as in `Fit`."""
    p = X.shape[1]
    if scaling == "raw":
        return X, np.eye(p + 1)
    mean, spread = X.mean(axis=0), X.std(axis=0)
    flat = spread <= 1e-14 * np.abs(mean)
    if flat.any():
        name = names[int(flat.argmax())]
        raise FieldError(
            "features",
            f"The column '{name}' is the same in every row: it cannot be scaled. "
            "Leave it out, or use raw features.",
        )
    Z, T = (X - mean) / spread, np.diag(1 / spread)
    if scaling == "whitened":
        # From the centred and scaled features: XᵀX would lose the small singular values.
        U, sigma, Vt = np.linalg.svd(Z, full_matrices=False)
        kept = sigma > max(Z.shape) * np.finfo(float).eps * sigma[0]
        root = math.sqrt(len(X))
        Z, T = root * U[:, kept], T @ (root * Vt[kept].T / sigma[kept])
    back = np.zeros((p + 1, Z.shape[1] + 1))
    back[:p, :-1] = T
    back[p, :-1] = -mean @ T
    back[p, -1] = 1.0
    return Z, back


PROBLEMS: tuple[tuple[str, type[Problem]], ...] = (
    ("eigen", FromEigenvalues),
    ("typed", Typed),
    ("data", FromData),
)
