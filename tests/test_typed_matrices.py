"""Matrices as Python, NumPy, MATLAB, R, Julia, LaTeX and MatrixMarket write them, typed or in a file."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import mmwrite

from convcore.arrays import Array
from convcore.datasets import Upload
from convcore.knobs import FieldError
from convcore.labs import ManyWeights
from convcore.labs.many_weights.matrix_text import read_matrix
from convcore.labs.many_weights.quadratics import Typed
from tests.draw import often

pytestmark = pytest.mark.filterwarnings("error")


def joined(A: Array, between: str, rows: str, write: Callable[[float], str] = repr) -> str:
    return rows.join(between.join(write(x) for x in row) for row in A.tolist())


def german(x: float) -> str:
    return repr(x).replace(".", ",")


def marketed(A: Array) -> str:
    file = io.BytesIO()
    mmwrite(file, A, precision=17)
    return file.getvalue().decode()


WAYS: dict[str, Callable[[Array], str]] = {
    "rows": lambda A: joined(A, ", ", "\n"),
    "blanks": lambda A: joined(A, "  ", "\n"),
    "tabs": lambda A: joined(A, "\t", "\r\n"),
    "semicolons": lambda A: joined(A, " ", "; "),
    "list": lambda A: str(A.tolist()),
    "list on lines": lambda A: str(A.tolist()).replace("], [", "],\n [") + "\n",
    "rows in brackets": lambda A: "\n".join(map(str, A.tolist())),
    "tuples": lambda A: str(tuple(map(tuple, A.tolist()))),
    "numpy scalars": lambda A: joined(A, ", ", "], [", lambda x: f"np.float64({x!r})").join(("[[", "]]")),
    "str": lambda A: str(A),
    "repr": lambda A: repr(A),
    "call": lambda A: f"A = np.array({A.tolist()}, dtype=np.float64)",
    "torch": lambda A: f"torch.tensor({A.tolist()})",
    "sympy": lambda A: f"Matrix({A.tolist()})",
    "matlab": lambda A: f"A = [{joined(A, ' ', '; ')}];",
    "matlab with commas": lambda A: f"[{joined(A, ', ', ';')}]",
    "matlab on lines": lambda A: "% curvature\nA = [" + joined(A, " ", "\n     ") + "];",
    "latex": lambda A: r"\begin{pmatrix} " + joined(A, " & ", r" \\ ") + r" \end{pmatrix}",
    "latex array": lambda A: (
        "$$\\left[\\begin{array}{ccc}\n" + joined(A, " & ", "\\\\\n") + "\n\\end{array}\\right]$$"
    ),
    "mathematica": lambda A: f"{{{{{joined(A, ', ', '}, {')}}}}}",
    "R": lambda A: "     [,1] [,2] [,3]\n" + "\n".join(
        f"[{i + 1},] {' '.join(map(repr, row))}" for i, row in enumerate(A.tolist())
    ),
    "julia": lambda A: "3×3 Matrix{Float64}:\n" + joined(A, "  ", "\n"),
    "german cells": lambda A: joined(A, ";", "\n", german),
    "german blanks": lambda A: joined(A, " ", "\n", german),
    "market": marketed,
    "a typesetter's minus": lambda A: joined(A, ", ", "\n").replace("-", "−"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@often(6, 100)
@given(st.integers(0, 10**6))
def test_a_matrix_is_read_as_it_was_written(way: Callable[[Array], str], seed: int) -> None:
    # Three digits, so that NumPy's str shows all of them; fractions, so that a comma is one.
    A = np.round(np.random.default_rng(seed).normal(size=(3, 3)), 3) + 0.0
    A = np.where(np.rint(A) == A, A + 0.5, A)
    assert np.array_equal(read_matrix(way(A), 50), A)


@pytest.mark.parametrize(
    "text",
    ["1 1/2\n1/2 1/3", "[[1, 1/2], [1/2, 1/3]]", "1 ½; ½ ⅓", "(2)/(2) 1 / 2; 1/2 1/3",
     r"\begin{bmatrix} 1 & \frac{1}{2} \\ \frac12 & \tfrac{1}{3} \end{bmatrix}"],
)  # fmt: skip
def test_fractions_are_numbers(text: str) -> None:
    assert read_matrix(text, 50) == [[1, 0.5], [0.5, 1 / 3]]


def test_a_diagonal_is_a_matrix() -> None:
    assert read_matrix("diag(4, 1)", 50) == read_matrix("np.diag([4 1])", 50) == [[4, 0], [0, 1]]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "The matrix is empty: write its rows, one a line."),
        ("[[1, 2], [3]]", "Row 2 has 1 number but there are 2 rows: A must be square."),
        ("[[1, 2], [3, x]]", "Row 2 of the matrix: 'x' is not a number."),
        ("1 1/0\n0 1", "Row 1 of the matrix: '1/0' divides by zero."),
        ("[[1. 2. ... 9.]]", "The matrix is abbreviated with “...”: give all its numbers."),
        ("[[1+2j, 0], [0, 1]]", "Row 1 of the matrix: '1+2j' is not a number."),
        ("__import__('os')", "Row 1 of the matrix: "),
        (
            "%%MatrixMarket matrix array complex general\n1 1\n1 0\n",
            "The MatrixMarket matrix is complex;",
        ),
        (
            "%%MatrixMarket matrix coordinate real general\n2 3 1\n1 1 1\n",
            "The matrix is 2 × 3: A must be",
        ),
        (
            "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n",
            "The MatrixMarket file names 2 ",
        ),
        (
            "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 3 1\n",
            "Entry 1 of the MatrixMarket",
        ),
    ],
)
def test_what_is_no_matrix_is_one_line(text: str, line: str) -> None:
    with pytest.raises(FieldError, match=re.escape(line)):
        ManyWeights(Typed(text))


def npy(A: Array) -> bytes:
    file = io.BytesIO()
    np.save(file, A)
    return file.getvalue()


@pytest.mark.parametrize("name", ["A.npy", "A.mtx", "A.csv", "named.csv", "A.txt"])
def test_a_matrix_comes_from_a_file(name: str) -> None:
    A = np.array([[2.0, 0.5, 0.0], [0.5, 3.0, 1.0], [0.0, 1.0, 4.0]])
    raw = {
        "A.npy": npy(A),
        "A.mtx": marketed(A).encode(),
        "A.csv": joined(A, ",", "\n").encode(),
        "named.csv": b",a,b,c\na,2,0.5,0\nb,0.5,3,1\nc,0,1,4\n",
        "A.txt": str(A).encode(),
    }[name]
    problem = Typed(matrix_file=Upload.decode(name, raw))
    np.testing.assert_array_equal(problem.objective().A, A)
    assert "A is 3 × 3" in ManyWeights(problem, steps=2).run().read


@pytest.mark.parametrize(
    "raw",
    [
        npy(np.array([[{}]], dtype=object)),
        npy(np.ones((2, 2)))[:-8],
        npy(np.ones((2, 2))).replace(b"(2, 2)", b"(9, 9)"),
        npy(np.ones((2, 2, 2))),
        b"\x93NUMPY\x01\x00",
    ],
)
def test_an_array_file_is_never_trusted(raw: bytes) -> None:
    with pytest.raises(ValueError, match="no NumPy array of rows of numbers"):
        Upload.decode("a.npy", raw)


@often(100, 2000)
@given(st.text(st.sampled_from("012 ,;.[](){}\\n\n/-%#&efracdig…npxR="), max_size=60), st.randoms())
def test_any_text_is_a_square_matrix_or_one_line(text: str, rng: random.Random) -> None:
    whole = "[[1, 2], [3, 4]]"
    at = rng.randrange(len(whole))
    for typed in (text, whole[:at] + text[:3] + whole[at:]):
        try:
            rows = read_matrix(typed, 50)
        except ValueError as error:
            assert "\n" not in str(error) and len(str(error)) < 300
        else:
            assert all(len(row) == len(rows) for row in rows)
