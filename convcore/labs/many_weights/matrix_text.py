"""A square matrix as people write it: rows of numbers, Python, NumPy, MATLAB, R, LaTeX, MatrixMarket.

Nothing is evaluated: brackets and commands are taken off, and what is left must be numbers or fractions.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from convcore.knobs import number

Rows = list[list[str]]

LATEX = (
    (re.compile(r"\\(?:begin|end)\s*\{[A-Za-z*]+\}(?:\s*\{[lcr|\s]*\})?"), " "),
    (re.compile(r"\\[dtc]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}"), r"\1/\2"),
    (re.compile(r"\\[dt]?frac\s*(\d)\s*(\d)"), r"\1/\2"),
    (re.compile(r"\\\\(?:\s*\[[^\]]*\])?|\\cr\b"), ";"),
    (re.compile(r"\\(?:left|right|hline|displaystyle|quad|[,;!: ])|\$|\\[\[\]()]"), " "),
    (re.compile(r"&"), ", "),
)
COMMENTS = (re.compile(r"(?:%|#|//).*$", re.MULTILINE), "")
# What stands around the numbers in other languages.
AROUND = (
    (re.compile(r"^\s*[A-Za-z]\w*\s*(?::?=|≔)(?!=)"), " "),  # A =
    (re.compile(r"(?:\bnp\.|\bnumpy\.|\bsp\.|\btorch\.|\bjnp\.)"), " "),
    (re.compile(r",?\s*\b(?:dtype|device|requires_grad)\s*=\s*[\w.'\"]+"), " "),
    (re.compile(r"\b(?:float|int)\d+\s*\(([^()]*)\)"), r"\1"),  # np.float64(1.0)
    (re.compile(r"\b(?:array|matrix|Matrix|asarray|tensor|mat)\b\s*(?:\{\w+\}\s*:)?"), " "),
    (re.compile(r"^\s*\d+\s*[×x]\s*\d+\b.*$", re.MULTILINE), " "),  # Julia: 2×2 Matrix{Float64}:
    (re.compile(r"^[ \t]*(?:\[,\d+\][ \t]*)+$", re.MULTILINE), " "),  # R: [,1] [,2]
    (re.compile(r"^[ \t]*\[\d+,\]", re.MULTILINE), " "),  # R: [1,]
    (re.compile(r"\.\.\.[ \t]*\n"), " "),  # MATLAB's rows on two lines
)
DIAGONAL = re.compile(r"\s*diag(?:onal)?\s*[\[({]+([^\[\](){}]*)[\])}]+\s*;?\s*", re.IGNORECASE)
NESTED = re.compile(r"[\[({]\s*[\[({]")
INNER = re.compile(r"[\[({]([^\[\](){}]*)[\])}]")
FRACTION = re.compile(r"([-+]?)\(?([^()/]+)\)?/\(?([^()/]+)\)?")
VULGAR = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅛": "1/8"}


def read_matrix(text: str, most: int) -> list[list[float]]:
    """The rows of a square matrix of at most `most` rows.

    Raises ValueError, in one line without its full stop, that names the row.
    """
    text = text.replace("−", "-").replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    if text.lstrip().lower().startswith("%%matrixmarket"):
        return _market(text, most)
    if "..." in re.sub(r"\.\.\.[ \t]*\n", "", text) or "…" in text:
        raise ValueError("the matrix is abbreviated with “...”: give all its numbers")
    if not text.strip():
        raise ValueError("the matrix is empty: write its rows, one a line")
    # One blank for many, or patterns that begin with blanks would take the square of their number.
    text = re.sub(r"\n[ \n]*", "\n", re.sub(r"[ \t]+", " ", text))
    for pattern, instead in (COMMENTS, *LATEX, *AROUND):
        text = pattern.sub(instead, text)
    for mark, fraction in VULGAR.items():
        text = text.replace(mark, fraction)
    text = re.sub(r"\s*/\s*", "/", text)
    if diagonal := DIAGONAL.fullmatch(text):
        on_it = _words(diagonal[1])
        n = range(len(on_it[: most + 1]))
        return _square([[on_it[i] if i == j else "0" for j in n] for i in n], most)
    usual = _usual(text)
    for rows in (usual, _by_semicolon(text), _decimal_commas(text)):
        if len(rows) > 1 and all(len(row) == len(rows) for row in rows):
            return _square(rows, most)
    return _square(usual, most)


def _words(row: str) -> list[str]:
    return row.replace(",", " ").split()


def _usual(text: str) -> Rows:
    """Rows in brackets of their own, or by line ends and semicolons; numbers by commas or blanks."""
    if NESTED.search(text):
        return [words for inner in INNER.findall(text) if (words := _words(inner))]
    return _lines(text, r"[;\n]", _words)


def _by_semicolon(text: str) -> Rows:
    """A row a line, semicolons between numbers with decimal commas."""
    return _lines(text, r"\n", lambda row: row.rstrip("; ").replace(",", ".").split(";"))


def _decimal_commas(text: str) -> Rows:
    """Blanks between numbers with decimal commas."""
    return _lines(text, r"[;\n]", lambda row: row.replace(",", ".").split())


def _lines(text: str, ends: str, words: Callable[[str], list[str]]) -> Rows:
    lines = re.split(ends, text.lstrip(" \n[({").rstrip(" \n;])}"))
    return [words(line.strip(" [](){}")) for line in lines if line.strip(" [](){},")]


def _square(rows: Rows, most: int) -> list[list[float]]:
    if not rows:
        raise ValueError("the matrix is empty: write its rows, one a line")
    if len(rows) > most:
        raise ValueError(f"{len(rows)} rows are too many: at most {most}")
    found = []
    for i, words in enumerate(rows, 1):
        try:
            found.append([_value(word) for word in words])
        except ValueError as error:
            raise ValueError(f"row {i} of the matrix: {error}") from None
        if len(words) != len(rows):
            has = "1 number" if len(words) == 1 else f"{len(words)} numbers"
            raise ValueError(f"row {i} has {has} but there are {len(rows)} rows: A must be square")
    return found


def _value(word: str) -> float:
    """A number or a fraction of two."""
    word = word.strip()
    word = word.strip()
    if match := FRACTION.fullmatch(word):
        above, below = number(match[2]), number(match[3])
        if below == 0:
            raise ValueError(f"{word[:40]!r} divides by zero")
        return (-1 if match[1] == "-" else 1) * above / below
    return number(word.strip("()"))


def _market(text: str, most: int) -> list[list[float]]:
    """A matrix in the MatrixMarket exchange format: array or coordinate, general or symmetric, real.

    Boisvert, Pozo and Remington, NISTIR 5935 (1996).
    """
    head, _, rest = text.lstrip().partition("\n")
    words = head.lower().split()
    if len(words) < 5 or words[1] != "matrix" or words[2] not in ("array", "coordinate"):
        raise ValueError(
            "the MatrixMarket header must be: matrix, array or coordinate, field, symmetry"
        )
    form, kind, symmetry = words[2:5]
    if kind not in ("real", "double", "integer", "pattern"):
        raise ValueError(f"the MatrixMarket matrix is {kind[:20]}; it must be real")
    if symmetry not in ("general", "symmetric"):
        raise ValueError(
            f"the MatrixMarket matrix is {symmetry[:20]}; it must be general or symmetric"
        )
    lines = [line for line in rest.split("\n") if line.strip() and not line.startswith("%")]
    try:
        sizes = [int(word) for word in lines[0].split()]
        n, columns = sizes[:2]
    except (ValueError, IndexError):
        raise ValueError("the MatrixMarket sizes are missing below its header") from None
    if n != columns:
        raise ValueError(f"the matrix is {n} × {columns}: A must be square")
    if not 1 <= n <= most:
        raise ValueError(f"{n} rows are too many: at most {most}")
    found = [[0.0] * n for _ in range(n)]
    at = [(i, j) for j in range(n) for i in range(j if symmetry == "symmetric" else 0, n)]
    entries = lines[1:]
    wanted = len(at) if form == "array" else sizes[2] if len(sizes) > 2 else -1
    if len(entries) != wanted or wanted > n * n:
        raise ValueError(f"the MatrixMarket file names {wanted} entries and has {len(entries)}")
    for k, line in enumerate(entries):
        words = line.split()
        try:
            if form == "array":
                (i, j), value = at[k], number(words[0])
            else:
                i, j = int(words[0]) - 1, int(words[1]) - 1
                value = 1.0 if kind == "pattern" else number(words[2])
            if not (0 <= i < n and 0 <= j < n):
                raise IndexError
        except (ValueError, IndexError):
            raise ValueError(
                f"entry {k + 1} of the MatrixMarket file is {line.strip()[:40]!r}"
            ) from None
        found[i][j] = value
        if symmetry == "symmetric":
            found[j][i] = value
    return found
