"""The files that people bring (`data/files/`): what each lab understands, to nine digits of NumPy."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcore.arrays import Array
from convcore.datasets import Upload
from convcore.descent.theory import best_fixed_step, effective_condition_number, limit
from convcore.knobs import FieldError
from convcore.labkit.own_table import OWN
from convcore.labs import FromCSV, FromData, ManyWeights, TableData, Typed
from tests.cases.told import DATA
from tests.draw import often

pytestmark = pytest.mark.filterwarnings("error")

FILES = DATA / "files"
GAPS = {"", "NA", "?"}
WORDS = {"True": "1", "False": "0", "yes": "1", "no": "0"}
Clean = Callable[[str], str]


def as_it_is(cell: str) -> str:
    return WORDS.get(cell, cell)


def german(cell: str) -> str:
    return cell.replace(".", "").replace(",", ".")


@dataclass(frozen=True)
class Case:
    """How a careful person reads a file, and what is said of it after its name.

    by: between cells; skip: lines above the first that counts; header: how many lines it takes; out:
    columns that are left out; clean: a cell as Python writes numbers.
    """

    says: str
    by: str = ","
    skip: int = 0
    header: int = 1
    out: tuple[int, ...] = ()
    clean: Clean = as_it_is
    encoding: str = "utf-8-sig"
    target: int = -1

    def table(self, name: str) -> tuple[Array, Array]:
        """X (N, p) and y (N,) of the rows without gaps."""
        text = (FILES / name).read_bytes().decode(self.encoding)
        lines = [line for line in text.splitlines()[self.skip + self.header :] if line.strip()]
        kept = []
        for cells in csv.reader(lines, delimiter=self.by):
            row = [self.clean(c) for i, c in enumerate(cells) if i not in self.out]
            if not GAPS & set(row):
                kept.append([float(cell) for cell in row])
        M = np.array(kept)
        return np.delete(M, self.target, axis=1), M[:, self.target]


WHOLE = "target y, 2 features, 40 rows"
CASES = {
    "and.csv": Case("target label, 2 features, 4 rows"),
    "bom.csv": Case(WHOLE),
    "bool.csv": Case(f"{WHOLE}; read: flag: True = 1"),
    "bool_target.csv": Case(f"{WHOLE}; read: y: True = 1"),
    "collinear.csv": Case("target y, 3 features, 40 rows"),
    "comments.csv": Case(f"{WHOLE}; read: comments 'made by logger; unit: m'", skip=2),
    "constant.csv": Case("target y, 1 feature, 40 rows; left out: const (constant)", out=(1,)),
    "cr.csv": Case(WHOLE),
    "crlf.csv": Case(WHOLE),
    "currency_euro_target.csv": Case(
        "target price, 2 features, 40 rows; read: price in €", clean=lambda c: c.lstrip("€")
    ),
    "decimal_comma.csv": Case(
        f"{WHOLE}; read: by semicolon, decimal commas in a, b, y", by=";", clean=german
    ),
    "diabetes.csv": Case("target target, 10 features, 442 rows"),
    "dummies.csv": Case("target y, 4 features, 40 rows"),
    "dupnames.csv": Case(WHOLE),
    "excel_sep.csv": Case(f"{WHOLE}; read: by semicolon", by=";", skip=1),
    "hilbert10.txt": Case("target column 10, 9 features, 10 rows; read: no header", header=0),
    "iris_setosa_versicolor.csv": Case("target target, 2 features, 100 rows"),
    "logcsv.csv": Case(
        "target loss (the last, lr, is constant), 1 feature, 100 rows; left out: lr (constant)",
        out=(2,),
    ),
    "markup_headers.csv": Case("target =cmd/' /C calc'!A0, 6 features, 9 rows"),
    "missing_NA.csv": Case("target y, 2 features, 38 of 40 rows; left out: 2 rows with gaps"),
    "missing_empty.csv": Case("target y, 2 features, 38 of 40 rows; left out: 2 rows with gaps"),
    "missing_q.csv": Case("target y, 2 features, 38 of 40 rows; left out: 2 rows with gaps"),
    "missing_target.csv": Case("target y, 2 features, 39 of 40 rows; left out: 1 row with gaps"),
    "nbsp.csv": Case(
        f"{WHOLE}; read: by semicolon, thousands marks in a",
        by=";",
        clean=lambda c: c.replace("\xa0", ""),
    ),
    "noheader.csv": Case("target column 3, 2 features, 40 rows; read: no header", header=0),
    "onegap.csv": Case("target y, 2 features, 39 of 40 rows; left out: 1 row with gaps"),
    "pandas_index.csv": Case(f"{WHOLE}; left out: column 1 (row numbers)", out=(0,)),
    "percent.csv": Case(f"{WHOLE}; read: growth in %", clean=lambda c: c.rstrip("%")),
    "pipe.csv": Case(f"{WHOLE}; read: by |", by="|"),
    "plain.csv": Case(WHOLE),
    "quotednl_header.csv": Case(WHOLE, header=2),
    "scales.csv": Case(WHOLE),
    "sci.csv": Case(WHOLE),
    "spaces.csv": Case(f"{WHOLE}; read: by blanks", by=" "),
    "tabs.tsv.csv": Case(f"{WHOLE}; read: by tab", by="\t"),
    "textid_dates.csv": Case(f"{WHOLE}; left out: id (an id), date (dates)", out=(0, 1)),
    "thousands.csv": Case(
        f"{WHOLE}; read: thousands marks in price", clean=lambda c: c.replace(",", "")
    ),
    "thousands_semicolon_de.csv": Case(
        f"{WHOLE}; read: by semicolon, decimal commas in preis, b, y, thousands marks in preis",
        by=";",
        clean=german,
    ),
    "titleabove.csv": Case(f"{WHOLE}; read: title 'Sales report 2024'", skip=2),
    "trailingcomma.csv": Case(WHOLE, out=(3,)),
    "u0_100.csv": Case("target y, 1 feature, 500 rows"),
    "unicode_long.csv": Case("target 目标, 2 features, 40 rows"),
    "utf16.csv": Case(WHOLE, encoding="utf-16"),
    "utf16_nobom.csv": Case(f"{WHOLE}; read: as UTF-16", encoding="utf-16-le"),
    "wine_names.csv": Case(
        "target proline (the last, class, is text), 12 features, 178 rows; left out: class (text)",
        out=(13,),
    ),
    "yesno_target.csv": Case(f"{WHOLE}; read: y: yes = 1"),
}
REFUSED = {
    "empty.csv": "empty.csv is empty; it needs a header line and rows of numbers",
    "onlyheader.csv": "The file has a header but no rows; each row is a line of numbers.",
    "ragged.csv": "Line 12 has 2 cells and line 1 has 3; make them alike.",
    "numpy_str.txt": "The file is a matrix in brackets and no table; write a row a line, with commas.",
    "spd50.mtx": "The file is a MatrixMarket matrix and no table; write a row a line, with commas.",
}
each = pytest.mark.parametrize("name", CASES)


def brought(name: str) -> Upload:
    return Upload.decode(name, (FILES / name).read_bytes())


def plain(said: str) -> str:
    """Markdown without its escapes and code marks."""
    return re.sub(r"\\(.)", r"\1", said)


def standardised(X: Array) -> Array:
    return np.asarray((X - X.mean(axis=0)) / X.std(axis=0))


def test_every_file_is_tested() -> None:
    assert {path.name for path in FILES.iterdir()} == CASES.keys() | REFUSED.keys()


@each
def test_many_weights_reads_it_and_agrees_with_numpy(name: str) -> None:
    case = CASES[name]
    X, y = case.table(name)
    problem = FromData(OWN, brought(name))
    assert plain(problem.read()) == f"{name}: {case.says}"
    taken = problem.taken()
    np.testing.assert_array_equal(taken.X, X)
    np.testing.assert_array_equal(
        taken.values(), np.unique(y, return_inverse=True)[1] if taken.ones.get(taken.target) else y
    )
    N = len(y)
    for scaling, Z in (("standardised", standardised(X)), ("raw", X)):
        objective = replace(problem, scaling=scaling).objective()
        s, D = objective.spectrum, np.column_stack([Z, np.ones(N)])
        sigma = np.linalg.svd(D, compute_uv=False)
        bent = sigma[sigma > 1e-12 * sigma[0]] ** 2 / N
        assert limit(s) == pytest.approx(2 / bent[0], rel=1e-9)
        if bent[0] / bent[-1] < 1e7:  # else NumPy itself has no nine digits
            assert effective_condition_number(s) == pytest.approx(bent[0] / bent[-1], rel=1e-9)
            best = 2 / (bent[0] + bent[-1])
            assert best_fixed_step(s)[0] == pytest.approx(best, rel=1e-9)
    fit = problem.fit()
    ours = fit.back @ fit.objective.stationary
    size = np.append(np.abs(X).max(axis=0), 1.0)
    D = np.column_stack([X, np.ones(N)]) / size
    wanted = np.linalg.lstsq(D, taken.values(), rcond=None)[0]
    predicted = D @ (ours * size)
    np.testing.assert_allclose(predicted, D @ wanted, rtol=1e-9, atol=1e-9 * np.abs(y).max())
    if np.linalg.cond(D) < 1e6:
        np.testing.assert_allclose(ours * size, wanted, rtol=1e-9, atol=1e-9 * np.abs(wanted).max())


@each
def test_the_network_reads_the_same_rows(name: str) -> None:
    X, y = CASES[name].table(name)
    if name == "wine_names.csv":  # whose target may be three words here
        X, y = np.column_stack([X, y]), np.repeat([0.0, 1.0, 2.0], [59, 71, 48])
    sample = TableData(OWN, brought(name)).sample()
    assert sample.origin is not None
    said = plain(sample.origin.read)
    if len(y) > len(sample.inputs):
        assert f"200 of {len(y)} rows; left out: {len(y) - 200} rows not drawn" in said
        return
    np.testing.assert_allclose(sample.inputs, standardised(X), atol=1e-9)
    if sample.classes:
        np.testing.assert_array_equal(sample.targets.argmax(axis=1), y)
    else:
        np.testing.assert_allclose(sample.targets[:, 0], standardised(y), atol=1e-9)
    if name != "wine_names.csv":
        assert said == f"{name}: {CASES[name].says}"
    else:
        assert said == f"{name}: target class, 13 features, 178 rows"


@each
def test_the_perceptron_reads_the_same_points(name: str) -> None:
    X, y = CASES[name].table(name)
    many = len(np.unique(y)) > 2 and name != "wine_names.csv"
    data = FromCSV(file=brought(name))
    if many:
        with pytest.raises(FieldError, match="at which value do the classes part"):
            data.points()
        data = replace(data, part=(float(np.median(y)),))
    points = data.points()
    said = plain(data.read())
    if name == "wine_names.csv":
        assert "left out: 11 columns (not needed)" in said
        np.testing.assert_array_equal(points.x, X[:, :2])
        return
    assert "rows" in said and said.split(";")[0].endswith(
        CASES[name].says.split(";")[0].split(", ")[-1]
    )
    np.testing.assert_array_equal(points.x, X[:, : points.x.shape[1]])
    np.testing.assert_array_equal(points.labels > 0, y > (np.median(y) if many else y.mean()))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_is_one_line_in_each_lab(name: str) -> None:
    try:
        upload = brought(name)
    except ValueError as error:
        assert str(error) == REFUSED[name]
        return
    for read in (
        FromData(OWN, upload).taken,
        TableData(OWN, upload).sample,
        FromCSV(file=upload).points,
    ):
        with pytest.raises(FieldError, match=re.escape(REFUSED[name])):
            read()


@pytest.mark.parametrize("name", ["numpy_str.txt", "hilbert10.txt", "spd50.mtx"])
def test_matrices_are_read_where_a_matrix_is_asked_for(name: str) -> None:
    text = (FILES / name).read_text("utf-8")
    upload = Upload.decode(name, text.encode())
    A = ManyWeights(Typed(matrix_file=upload)).plane.objective.A
    if name == "spd50.mtx":
        wanted = np.zeros((50, 50))
        for line in text.splitlines()[3:]:
            i, j, x = line.split()
            wanted[int(i) - 1, int(j) - 1] = wanted[int(j) - 1, int(i) - 1] = float(x)
    else:
        rows = [re.findall(r"[\d.e+-]+", line) for line in text.splitlines() if line.strip()]
        wanted = np.array(rows, dtype=float)
    np.testing.assert_array_equal(A, wanted)
    values = np.linalg.eigvalsh(wanted)
    assert ManyWeights(Typed(matrix_file=upload)).plane.limit == pytest.approx(
        2 / values[-1], rel=1e-9
    )


# Accidents of all of them. What each line held is known, so that nothing is read twice.

TEXTS = {
    name: brought(name).text
    for name, case in CASES.items()
    if case.by == "," and case.header == 1 and case.skip == 0 and "'" not in case.says
    and name not in ("markup_headers.csv", "thousands.csv", "trailingcomma.csv")
}  # fmt: skip


@often(120, 1000)
@given(st.sampled_from(sorted(TEXTS)), st.integers(0, 10**9))
def test_an_accident_to_a_line_touches_no_other_and_each_row_is_used_or_counted(
    name: str, seed: int
) -> None:
    rng = random.Random(seed)
    before = FromData(OWN, Upload(name, TEXTS[name])).taken()
    held = dict(zip((before.table.lines[i] for i in before.rows.tolist()),
                    np.column_stack([before.X, before.values()]).tolist(), strict=True))  # fmt: skip
    lines: list[tuple[int, str]] = list(enumerate(TEXTS[name].splitlines(), 1))
    hurt = set[int]()
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(1, len(lines))
        number, line = lines[at]
        if not number:
            continue
        cells = line.split(",")
        i = rng.randrange(len(cells))
        match rng.randrange(6):
            case 0:
                cells[i] = rng.choice(["", "NA", "?", "–", "null", "N/A", "nan"])
            case 1:
                cells[i] = rng.choice(["x", "12a", "inf", "1e999", "1.2.3", "#REF!"])
            case 2:
                lines.pop(at)
                continue
            case 3:
                lines.insert(at, (0, rng.choice(["", ",".join("" for _ in cells), "# note"])))
                continue
            case 4:
                lines.append((0, ",".join(["total", *cells[1:]])))
                continue
            case 5:
                cells[i] = f" {cells[i]} "
        hurt.add(number)
        lines[at] = number, ",".join(cells)
    problem = FromData(OWN, Upload(name, "\n".join(line for _, line in lines)))
    try:
        taken = problem.taken()
    except FieldError as error:
        assert str(error).isprintable() and len(str(error)) < 400
        return
    said = plain(problem.read())
    records = sum(bool(line.strip()) and line != "# note" for _, line in lines) - 1
    there = taken.table
    assert len(taken.rows) + taken.gaps == there.rows
    assert there.rows + len(there.skipped) == records
    used = f"{len(taken.rows):,}"
    whole = f"{used} rows" if len(taken.rows) == records else f"{used} of {records:,} rows"
    assert whole in said
    if (taken.target, taken.features) != (before.target, before.features):
        # Another question: only if it is said which columns are what.
        lost = {before.target, *before.features} - {taken.target, *taken.features}
        assert lost and all(column in said for column in lost), said
        return
    values = np.column_stack([taken.X, taken.values()]).tolist()
    for row, i in zip(values, taken.rows.tolist(), strict=True):
        number = lines[there.lines[i] - 1][0]
        if number in held and number not in hurt:
            assert row == held[number]
