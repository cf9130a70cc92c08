"""Where A and b come from: eigenvalues and an angle, a typed matrix, data. To add one, see PROBLEMS."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np

from convcore.arrays import Array
from convcore.cache import kept
from convcore.datasets import MAX_MB, Kind, Upload, read_csv
from convcore.knobs import FieldError, Range, Text, UploadKnob, Vector, files, refuse_tiny
from convcore.labkit.words import quoted, several
from convcore.labs.many_weights.least_squares import FromData
from convcore.labs.many_weights.matrix_text import read_matrix
from convcore.labs.many_weights.problem import MOST, Problem
from convcore.objectives.quadratics import Quadratic, QuadraticForm

WIDE = (-1e9, 1e9)
LONGEST = 200_000  # characters of a file with a matrix: four times what the longest numbers take
MATRIX_FILE = f"or A from a file, at most {MAX_MB} MB"


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
    first = ("lambda1", "lambda2", "angle")

    def objective(self) -> QuadraticForm:
        for name in ("lambda1", "lambda2", "b1", "b2"):
            refuse_tiny(name, name, getattr(self, name))
        # A contains the square of the sine.
        refuse_tiny("angle", "the angle", self.angle, least=1e-9)
        t = math.radians((self.angle + 90) % 180 - 90)  # half a turn changes nothing: sin 180° is 0
        c, s = math.cos(t), math.sin(t)
        l1, l2 = self.lambda1, self.lambda2
        off = (l1 - l2) * c * s if self.angle % 90 else 0.0
        A = [[l1 * c * c + l2 * s * s, off], [off, l1 * s * s + l2 * c * c]]
        if self.angle % 180 == 90:
            A = [[l2, 0.0], [0.0, l1]]
        return Quadratic(A, [self.b1, self.b2], null=[l1, l2].count(0.0))


@dataclass(frozen=True)
class Typed(Problem):
    """A matrix A typed as rows of numbers or from a file, and b; the symmetric part of A is used."""

    matrix: Annotated[
        str,
        Text(
            "matrix A",
            "a row a line, up to 50 × 50; or as Python, NumPy, MATLAB or LaTeX write it",
            limit=60_000,
            lines=5,
        ),
    ] = "1, 0.9\n0.9, 1"
    b: Annotated[tuple[float, ...], Vector("slope b", "∇E at w = 0", empty="zeros")] = ()
    matrix_file: Annotated[
        Upload,
        UploadKnob(MATRIX_FILE, ".npy, .mtx or .csv; then what is typed rests", table=False),
    ] = Upload()
    label = "typed matrix"

    def _rows(self) -> Array:
        field = "matrix_file" if self.matrix_file.text else "matrix"
        try:
            return _matrix(self.matrix, self.matrix_file)
        except ValueError as error:
            text = str(error).rstrip(".")
            raise FieldError(field, f"{text[0].upper()}{text[1:]}.") from None

    def read(self) -> str:
        if not self.matrix_file.text:
            return ""
        return f"{quoted(self.matrix_file.name)}: A is {quadratic(self).n} × {quadratic(self).n}"

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


# Cached, as the views ask for it at each change of another control.
@lru_cache(maxsize=8)
def _matrix(typed: str, file: Upload) -> Array:
    """A (n, n) as typed, or from the file if there is one; ValueError, in one line, if it is unfit."""
    A = np.array(_in_file(file) if file.text else read_matrix(typed, MOST))
    if len(A) < 2:
        raise ValueError("one number is the lab “One weight”; A needs 2 rows or more")
    if np.abs(A).max() > WIDE[1]:
        raise ValueError("the matrix has numbers beyond 1e9; scale it down")
    refuse_tiny("matrix", "each number of the matrix", *A.flat)
    A.setflags(write=False)
    return A


def _in_file(file: Upload) -> list[list[float]]:
    """The rows of the matrix in a file, without names of rows and columns; ValueError if it has none."""
    if len(file.text) > LONGEST:
        raise ValueError(
            f"{file.name} is too long for a matrix: at most {MOST} × {MOST}, in {LONGEST:,} characters"
        )
    try:
        return read_matrix(file.text, MOST)
    except ValueError as plainly:
        with suppress(ValueError):
            table = read_csv(file.text, file.name, "names")
            numbers = [c for c in table.held.values() if c.kind in (Kind.NUMBERS, Kind.CONSTANT)]
            if len(numbers) == table.rows <= MOST and not any(c.missing for c in numbers):
                columns = [c.numbers.tolist() for c in numbers if c.numbers is not None]
                return [list(row) for row in zip(*columns, strict=True)]
        raise plainly from None


PROBLEMS: tuple[tuple[str, type[Problem]], ...] = (
    ("eigen", FromEigenvalues),
    ("typed", Typed),
    ("data", FromData),
)


@kept(16, files)
def quadratic(problem: Problem) -> QuadraticForm:
    """The problem's quadratic; cached, as each change of another control asks for it again."""
    return problem.objective()
