"""Tables as spreadsheets, pandas and other countries write them: each is what a careful person reads."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcore.arrays import Array
from convcore.datasets import Upload
from convcore.descent.theory import effective_condition_number
from convcore.knobs import FieldError
from convcore.labkit.own_table import OWN, Reading
from convcore.labs import (
    FromCSV,
    FromData,
    ManyWeights,
    PerceptronAndBackprop,
    RealNetwork,
    TableData,
)
from tests.draw import often

pytestmark = pytest.mark.filterwarnings("error")

N = 24
RNG = np.random.default_rng(28)
A = np.round(RNG.uniform(20, 70, N), 4)
B = np.round(RNG.normal(1, 2, N), 4)
Y = np.round(2.5 * A - 9 * B + RNG.normal(0, 3, N) + 40, 4)
A[0], B[0] = 51.2573, -2.5181  # no fraction of three digits alone, which may be thousands
PRICE = np.round(1000 * A, 2)
FLAG = np.array([b > 1 for b in B])
ALL = np.arange(N)


def rows(*columns: Any, by: str = ",", end: str = "\n") -> str:
    """Lines of cells, numbers in their shortest form."""
    cells = [
        [x if isinstance(x, str) else repr(x) for x in column]
        for column in zip(*columns, strict=True)
    ]
    return "".join(by.join(row) + end for row in cells)


def table(head: str = "a,b,y\n", *columns: Any, **way: Any) -> str:
    plain = columns or (A.tolist(), B.tolist(), Y.tolist())
    return head + rows(*plain, **way)


def with_gaps(a: str, b: str) -> str:
    """The plain table with nothing in a cell of a and of b."""
    first, second = list(map(repr, A.tolist())), list(map(repr, B.tolist()))
    first[5], second[9] = a, b
    return table("a,b,y\n", first, second, Y.tolist())


def commas(numbers: Array, groups: str = "") -> list[str]:
    """Numbers with a decimal comma, and perhaps with marks between thousands."""
    return [f"{x:,.4f}".translate({ord(","): groups, ord("."): ","}) for x in numbers.tolist()]


def grouped(x: float, mark: str) -> str:
    """A number with a mark between its thousands."""
    return f"{x:,}".replace(",", mark)


@dataclass(frozen=True)
class Brought:
    """A file, what a careful person reads in it, and what the line under the headline says of it."""

    raw: str | bytes
    says: str
    X: tuple[Array, ...] = (A, B)
    y: Array = field(default_factory=lambda: Y)
    rows: Array = field(default_factory=lambda: ALL)
    read: int = N  # records in the file

    @property
    def upload(self) -> Upload:
        raw = self.raw if isinstance(self.raw, bytes) else self.raw.encode()
        return Upload.decode("mine.csv", raw)


PLAIN, GAPPED = table(), np.delete(ALL, [5, 9])
LOST = f"target y, 2 features, {N - 2} of {N} rows; left out: 2 rows with gaps"
DAYS = [f"2024-01-{i + 1:02d}" for i in range(N)]
WHOLE = f"target y, 2 features, {N} rows"
ONE = f"target y, 1 feature, {N} rows"
FILES = {
    "plain": Brought(PLAIN, WHOLE),
    "utf-8 with a mark": Brought(b"\xef\xbb\xbf" + PLAIN.encode(), WHOLE),
    "utf-16": Brought(PLAIN.encode("utf-16"), WHOLE),
    "utf-16 without a mark": Brought(PLAIN.encode("utf-16-le"), f"{WHOLE}; read: as UTF-16"),
    "utf-16 the other way": Brought(PLAIN.encode("utf-16-be"), f"{WHOLE}; read: as UTF-16"),
    "windows": Brought(("größe,b,y\n" + PLAIN[6:]).encode("cp1252"), f"{WHOLE}; read: as Windows-1252"),
    "mac": Brought(("población,b,y\n" + PLAIN[6:]).encode("mac_roman"), f"{WHOLE}; read: as Mac Roman"),
    "line ends of windows": Brought(PLAIN.replace("\n", "\r\n"), WHOLE),
    "line ends of old macs": Brought(PLAIN.replace("\n", "\r"), WHOLE),
    "no header": Brought(PLAIN[6:], f"target column 3, 2 features, {N} rows; read: no header"),
    "tabs": Brought(PLAIN.replace(",", "\t"), f"{WHOLE}; read: by tab"),
    "pipes": Brought(PLAIN.replace(",", "|"), f"{WHOLE}; read: by |"),
    "blanks": Brought(PLAIN.replace(",", "   "), f"{WHOLE}; read: by blanks"),
    "sep=": Brought("sep=;\n" + PLAIN.replace(",", ";"), f"{WHOLE}; read: by semicolon"),
    "comments": Brought("# by logger\n# unit: m\n" + PLAIN, "read: comments 'by logger; unit: m'"),
    "a header as a comment": Brought("# a b y\n" + PLAIN[6:].replace(",", " "), WHOLE),
    "a title": Brought("Sales report 2024\n\n" + PLAIN, f"{WHOLE}; read: title 'Sales report 2024'"),
    "a title of excel": Brought("Sales report,,\n" + PLAIN, f"{WHOLE}; read: title 'Sales report'"),
    "trailing commas": Brought(PLAIN.replace("\n", ",\n"), WHOLE),
    "trailing commas below": Brought("a,b,y\n" + PLAIN[6:].replace("\n", ",\n"), WHOLE),
    "a header on two lines": Brought('"a\n(kg)",b,y\n' + PLAIN[6:], WHOLE),
    "two names alike": Brought("a,a,y\n" + PLAIN[6:], WHOLE),
    "rownames of R": Brought(
        "a,b,y\n" + rows(range(1, N + 1), A.tolist(), B.tolist(), Y.tolist()),
        f"{WHOLE}; left out: column 1 (row numbers)",
    ),
    "index of pandas": Brought(
        ",a,b,y\n" + rows(range(N), A.tolist(), B.tolist(), Y.tolist()),
        f"{WHOLE}; left out: column 1 (row numbers)",
    ),
    "index of pandas after rows were dropped": Brought(
        ",a,b,y\n" + rows([1, *range(3, N + 2)], A.tolist(), B.tolist(), Y.tolist()),
        f"{WHOLE}; left out: column 1 (row numbers)",
    ),
    "index of pandas with a gap": Brought(
        ",a,b,y\n" + rows([0, "", *range(2, N)], A.tolist(), B.tolist(), Y.tolist()),
        f"{WHOLE}; left out: column 1 (row numbers)",
    ),
    "unnamed index": Brought(
        "Unnamed: 0,a,b,y\n" + rows(range(N), A.tolist(), B.tolist(), Y.tolist()),
        f"{WHOLE}; left out: Unnamed: 0 (row numbers)",
    ),
    "ids and dates": Brought(
        "user_id,day,a,b,y\n" + rows(range(300, 300 + N), DAYS, A.tolist(), B.tolist(), Y.tolist()),
        f"{WHOLE}; left out: user_id (an id), day (dates)",
    ),
    "text ids and german days": Brought(
        "id,day,a,b,y\n"
        + rows(
            [f"id{i:03d}" for i in range(N)],
            [f"{i + 1:02d}.01.2024" for i in range(N)],
            A.tolist(), B.tolist(), Y.tolist(),
        ),
        f"{WHOLE}; left out: id (an id), day (dates)",
    ),
    "a city": Brought(
        "city,a,b,y\n" + rows(["Rome", "Oslo", "Bonn"] * 8, A.tolist(), B.tolist(), Y.tolist()),
        f"{WHOLE}; left out: city (text)",
    ),
    "a constant": Brought(
        "a,c,y\n" + rows(A.tolist(), [7] * N, Y.tolist()), f"{ONE}; left out: c (constant)", (A,)
    ),
    "NA": Brought(with_gaps("NA", "n/a"), LOST, rows=GAPPED),
    "empty cells": Brought(with_gaps("", ""), LOST, rows=GAPPED),
    "question marks": Brought(with_gaps("?", "–"), LOST, rows=GAPPED),
    "null": Brought(with_gaps("null", "#N/A"), LOST, rows=GAPPED),
    "a gap in the target": Brought(
        table("a,b,y\n", A.tolist(), B.tolist(), [*map(repr, Y[:-1].tolist()), "nan"]),
        f"{N - 1} of {N} rows; left out: 1 row with gaps",
        rows=ALL[:-1],
    ),
    "true and false": Brought(
        table("a,flag,y\n", A.tolist(), [str(f) for f in FLAG], Y.tolist()),
        f"{WHOLE}; read: flag: True = 1",
        (A, FLAG.astype(float)),
    ),
    "no and Yes": Brought(
        table("a,flag,y\n", A.tolist(), ["Yes" if f else "no" for f in FLAG], Y.tolist()),
        f"{WHOLE}; read: flag: Yes = 1",
        (A, FLAG.astype(float)),
    ),
    "a target of two words": Brought(
        table("a,b,y\n", A.tolist(), B.tolist(), ["yes" if f else "no" for f in FLAG]),
        f"{WHOLE}; read: y: yes = 1",
        y=FLAG.astype(float),
    ),
    "thousands": Brought(
        "price,b,y\n" + rows([f'"{x:,.2f}"' for x in PRICE.tolist()], B.tolist(), Y.tolist()),
        f"{WHOLE}; read: thousands marks in price",
        (PRICE, B),
    ),
    "german": Brought(
        "preis;b;y\n" + rows(commas(PRICE, "."), commas(B), commas(Y), by=";"),
        f"{WHOLE}; read: by semicolon, decimal commas in preis, b, y, thousands marks in preis",
        (PRICE, B),
    ),
    "german whole thousands": Brought(
        "preis;b;y\n" + rows([grouped(int(x), ".") for x in PRICE], commas(B), commas(Y), by=";"),
        "thousands marks in preis",
        (np.floor(PRICE), B),
    ),
    "decimal commas by tab": Brought(
        "a\tb\ty\n" + rows(commas(A), commas(B), commas(Y), by="\t"),
        "read: by tab, decimal commas in a, b, y",
    ),
    "decimal commas in quotes": Brought(
        "a,b,y\n" + rows(*([f'"{x}"' for x in commas(c)] for c in (A, B, Y))),
        "decimal commas in a, b, y",
    ),
    "swiss": Brought(
        "a;b;y\n" + rows([grouped(x, "’") for x in PRICE.tolist()], B.tolist(), Y.tolist(), by=";"),
        "thousands marks in a",
        (PRICE, B),
    ),
    "no-break spaces": Brought(
        "a;b;y\n" + rows([grouped(x, "\xa0") for x in PRICE.tolist()], B.tolist(), Y.tolist(), by=";"),
        "read: by semicolon, thousands marks in a",
        (PRICE, B),
    ),
    "percent": Brought(
        "a,b,y\n" + rows([f"{x!r}%" for x in A.tolist()], B.tolist(), Y.tolist()), f"{WHOLE}; read: a in %"
    ),
    "euros": Brought(
        "a,b,y\n" + rows([f"€{x!r}" for x in A.tolist()], B.tolist(), [f"{x!r} EUR" for x in Y.tolist()]),
        f"{WHOLE}; read: a in €, y in EUR",
    ),
    "accountants": Brought(
        "a,b,y\n" + rows(A.tolist(), [f"({-x!r})" if x < 0 else repr(x) for x in B.tolist()], Y.tolist()),
        WHOLE,
    ),
    "a minus of typesetters": Brought(
        "a,b,y\n" + rows(A.tolist(), [repr(x).replace("-", "−") for x in B.tolist()], Y.tolist()), WHOLE
    ),
    "powers of ten": Brought(
        "a,b,y\n" + rows([f"{x:.17E}" for x in A], [f"{x:.17e}" for x in B], Y.tolist()),
        WHOLE,
    ),
    "a total": Brought(
        f"month,a,b,y\n{rows(DAYS, A.tolist(), B.tolist(), Y.tolist())}Total,{A.sum()!r},,{Y.sum()!r}\n",
        f"target y, 2 features, {N} of {N + 1} rows; left out: month (dates), a total (line {N + 2})",
        read=N + 1,
    ),
    "units": Brought(
        "a,b,y\nkg,m,EUR\n" + PLAIN[6:],
        f"target y, 2 features, {N} of {N + 1} rows; left out: units (line 2)",
        read=N + 1,
    ),
    "the header again": Brought(
        PLAIN + "a,b,y\n",
        f"target y, 2 features, {N} of {N + 1} rows; left out: the header again (line {N + 2})",
        read=N + 1,
    ),
    "empty rows of excel": Brought(
        PLAIN + ",,\n,,\n", f"target y, 2 features, {N} of {N + 2} rows; left out: 2 empty rows", read=N + 2
    ),
    "y first": Brought(
        "y,a,b\n" + rows(Y.tolist(), A.tolist(), B.tolist()), f"target y, 2 features, {N} rows"
    ),
}  # fmt: skip


def plain(said: str) -> str:
    """Markdown without its escapes."""
    return re.sub(r"\\(.)", r"\1", said)


def standardised(X: Array) -> Array:
    return np.asarray((X - X.mean(axis=0)) / X.std(axis=0))


@pytest.mark.parametrize("brought", FILES.values(), ids=FILES)
def test_a_table_is_read_as_a_careful_person_reads_it(brought: Brought) -> None:
    X, y = np.column_stack(brought.X)[brought.rows], brought.y[brought.rows]
    problem = FromData(OWN, brought.upload)
    taken = problem.taken()
    np.testing.assert_array_equal(taken.X, X)
    np.testing.assert_array_equal(taken.values(), y)
    said = plain(problem.read())
    assert said.startswith("mine.csv: target ") and brought.says in said
    used = len(taken.rows)
    assert used + taken.gaps + len(taken.table.skipped) == brought.read
    # Least squares of the raw features, and the curvatures of the standardised ones.
    fit = problem.fit()
    wanted = np.linalg.lstsq(np.column_stack([X, np.ones(used)]), y, rcond=None)[0]
    np.testing.assert_allclose(
        fit.back @ fit.objective.stationary, wanted, rtol=1e-9, atol=1e-9 * abs(wanted).max()
    )
    Z = np.column_stack([standardised(X), np.ones(used)])
    curvatures = np.linalg.eigvalsh(Z.T @ Z / used)
    s = fit.objective.spectrum
    assert effective_condition_number(s) == pytest.approx(curvatures[-1] / curvatures[0], rel=1e-9)
    assert s.values[-1] == pytest.approx(curvatures[-1], rel=1e-9)


@pytest.mark.parametrize("brought", FILES.values(), ids=FILES)
def test_the_other_labs_read_the_same_table(brought: Brought) -> None:
    X, y = np.column_stack(brought.X)[brought.rows], brought.y[brought.rows]
    sample = TableData(OWN, brought.upload).sample()
    np.testing.assert_allclose(sample.inputs, standardised(X), atol=1e-12)
    if sample.classes:
        np.testing.assert_array_equal(sample.targets[:, 1], y)
    else:
        np.testing.assert_allclose(sample.targets[:, 0], standardised(y), atol=1e-12)
    assert sample.origin is not None and brought.says in plain(sample.origin.read)
    points = FromCSV(file=brought.upload, part=(100.0,) if len(set(y.tolist())) > 2 else ())
    column = FromData(OWN, brought.upload).taken().target
    found = replace(points, column=column).points()
    np.testing.assert_array_equal(found.x, X)
    np.testing.assert_array_equal(found.labels > 0, y > (100.0 if points.part else 0.5))


def test_the_line_stands_under_the_headline_of_each_lab() -> None:
    upload = FILES["true and false"].upload
    for lab in (
        ManyWeights(FromData(OWN, upload)),
        RealNetwork(data=TableData(OWN, upload), hidden=(3.0,), steps=3),
        PerceptronAndBackprop(FromCSV(file=upload, part=(100.0,)), epochs=3),
    ):
        assert "flag: True = 1" in plain(lab.run().read)
    assert ManyWeights(FromData()).run().read == ""


def test_counts_of_a_tall_table_have_separators_in_every_line_about_it() -> None:
    tall = "x,y\n" + "".join(f"{i % 97},{i % 89}\n" for i in range(20_000)) + "NA,3\n" * 12_345
    lab = ManyWeights(FromData(OWN, Upload("tall.csv", tall)), steps=1)
    lines = plain(lab.run().read), *lab.problem.notes()
    assert "20,000 of 32,345 rows" in lines[0] and "12,345 rows with gaps" in lines[0]
    assert "20,000 rows; " in lines[1] and not re.search(r"\d{5}", " ".join(lines))


# Choices


def own(text: str, **fields: Any) -> FromData:
    return FromData(OWN, Upload("mine.csv", text), **fields)


def test_gaps_are_filled_with_the_mean_or_drop_their_column() -> None:
    text = with_gaps("NA", "NA")
    filled = own(text, gaps="mean")
    a, b = A.copy(), B.copy()
    a[5], b[9] = np.delete(A, 5).mean(), np.delete(B, 9).mean()
    np.testing.assert_allclose(filled.taken().X, np.column_stack([a, b]), rtol=1e-14)
    assert "2 gaps filled with the mean" in plain(filled.read()) and f"{N} rows" in filled.read()
    one = table("a,b,y\n", A.tolist(), [*map(repr, B[:-1].tolist()), ""], Y.tolist())
    dropped = own(one, gaps="columns")
    np.testing.assert_array_equal(dropped.taken().X, A[:, None])
    assert "left out: b (1 gap)" in plain(dropped.read())


def test_a_number_that_stands_for_a_gap_is_one_on_request_and_is_asked_about() -> None:
    text = with_gaps("-999", "-999.0")
    assert "= −999: if that is a gap, name it under more gaps" in plain(own(text).read())
    told = own(text, more_gaps="-999, x")
    np.testing.assert_array_equal(told.taken().rows, GAPPED)


def test_one_chooses_which_of_two_words_is_1() -> None:
    text = table("a,sex,y\n", A.tolist(), ["m" if f else "w" for f in FLAG], Y.tolist())
    assert "sex: w = 1" in plain(own(text).read())
    other = own(text, ones=("sex: m",))
    np.testing.assert_array_equal(other.taken().X[:, 1], FLAG)
    assert "sex: m = 1" in plain(other.read())


def test_a_first_line_that_may_be_names_or_data_is_asked_about() -> None:
    text = "sub2104,3,399900\n1600,3,329900\n2400,3,369000\n1416,2,232000\n"
    with pytest.raises(
        FieldError, match="may be names or data, as 'sub2104' is no number"
    ) as asked:
        own(text).taken()
    assert asked.value.field == "first_line"
    assert len(own(text, first_line="names").taken().rows) == 3
    with pytest.raises(FieldError, match="holds text"):
        own(text, first_line="data").taken()
    mended = own(text, first_line="data", more_gaps="sub2104")
    assert len(mended.taken().rows) == 3 and "3 of 4 rows" in mended.read()
    years = "country,2019,2020\nFR,1.5,2.5\nIT,2.5,3.5\nES,0.5,7.5\n"
    with pytest.raises(FieldError, match="may be names or data"):
        own(years).taken()
    assert own(years, first_line="names").taken().target == "2020"


@pytest.mark.parametrize(
    ("text", "field", "line"),
    [
        (
            "x;y\n1.234;0\n1,5;0\n2,5;1\n",
            "features",
            "mixes decimal points and commas ('1,5' in line 3)",
        ),
        (
            "x\ty\n1,234\t0\n5,678\t1\n3,456\t2\n",
            "features",
            "'1,234' in line 2, which may be a",
        ),
        ("x,y\n$1,2\n€2,3\n$3,5\n", "features", "mixes units ('€2' in line 3); use one of them"),
        (
            "x,y\n1,2\nl2,3\n3,5\n",
            "features",
            "holds text ('l2' in line 3); mend it, or name it",
        ),
        ("x,y\n1,2\n2,o\n3,5\n", "target", "holds text ('o' in line 3)"),
        ("x,y\n1,NA\n2,NA\n3,5\n", "gaps", "Gaps leave one row: the column 'y' has 2"),
        (
            "a,b,y\n1,5,2,5,3,5\n2,5,3,5,4,5\n",
            "file",
            "make them alike; decimal commas need another",
        ),
        ("a;b;y\n1;2;3\n2;3\n3;4;5\n", "file", "Line 3 has 2 cells and line 1 has 3 by semicolon"),
        ("[[1, 2],\n [3, 4]]\n", "file", "is a matrix in brackets"),
        ("%%MatrixMarket matrix array real general\n1 1\n2\n", "file", "is a MatrixMarket matrix"),
    ],
    ids=range(10),
)
def test_what_cannot_be_read_for_certain_is_one_line_that_says_what_to_change(
    text: str, field: str, line: str
) -> None:
    with pytest.raises(FieldError, match=re.escape(line)) as told:
        own(text).taken()
    assert told.value.field == field and str(told.value).isprintable()


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"PK\x03\x04....xl/workbook.xml", "an Excel workbook (.xlsx)"),
        (b"PK\x03\x04....word/document.xml", "a Word document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an Excel workbook of the old kind (.xls)"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"<html><table><tr><td>1</td></tr></table>", "a web page"),
        (b'[{"x": 1}, {"x": 2}]', "JSON"),
    ],
)
def test_a_file_of_another_kind_under_a_false_name_is_called_what_it_is(
    raw: bytes, what: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(f"data.csv is {what}")):
        Upload.decode("data.csv", raw)


# Perceptron


def test_the_label_column_is_proposed_by_sense() -> None:
    kinds = ["u", "v", "w"] * 8
    for text, label in (
        (table("a,flag,b\n", A.tolist(), [str(f) for f in FLAG], B.tolist()), "flag"),
        (table("kind,a,b\n", kinds, A.tolist(), B.tolist()), "kind"),
        (table("a,b,grade\n", A.tolist(), B.tolist(), [1, 2, 3] * 8), "grade"),
        (table("a,0/1,kind\n", A.tolist(), FLAG.astype(int).tolist(), kinds), "kind"),
    ):
        data = FromCSV(file=Upload("mine.csv", text))
        assert data.taken().target == label and len(data.points()) == N
        assert f"target {label}" in plain(data.read())


def test_a_label_column_of_numbers_is_asked_where_the_classes_part() -> None:
    data = FromCSV(file=FILES["plain"].upload)
    with pytest.raises(FieldError, match="at which value do the classes part") as asked:
        data.points()
    assert asked.value.field == "part"
    with pytest.raises(FieldError, match="All are on one side of 1000: choose between"):
        replace(data, part=(1000.0,)).points()
    with pytest.raises(FieldError, match="one number; got 2"):
        replace(data, part=(100.0, 200.0))
    points = replace(data, part=(float(Y[3]),)).points()
    np.testing.assert_array_equal(points.labels > 0, Y[3] < Y)
    assert points.classes[1].startswith("above ")


@pytest.mark.parametrize("scaling", ["standardised", "whitened"])
def test_the_perceptrons_inputs_are_scaled_as_in_many_weights(scaling: str) -> None:
    points = FromCSV(file=FILES["plain"].upload, part=(100.0,), scaling=scaling).points()
    np.testing.assert_allclose(points.x.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(points.x.std(axis=0), 1)
    correlation = float(np.corrcoef(points.x.T)[0, 1])
    expected = 0 if scaling == "whitened" else np.corrcoef(A, B)[0, 1]
    assert correlation == pytest.approx(expected, abs=1e-12)


# Anything that may happen to a file


def mutated(rng: random.Random) -> str:
    """The plain table after one to three accidents: to a cell, to a line, to the header."""
    lines = PLAIN.rstrip("\n").split("\n")
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(1, len(lines))
        cells = lines[at].split(",")
        i = rng.randrange(len(cells))
        match rng.randrange(8):
            case 0:
                cells[i] = rng.choice(["", "NA", "?", "–", "null", "-", "N/A", "nan"])
            case 1:
                cells[i] = rng.choice(["x", "12a", "#REF!", "inf", "1e999", "1 2", "1.2.3", "--5"])
            case 2:
                cells[i] = cells[i].replace(".", rng.choice([",", "", ".."]))
            case 3:
                cells.pop(i)
            case 4:
                cells.insert(rng.randrange(4), rng.choice(["", "1", "note"]))
            case 5:
                cells[i] = rng.choice(["  {} ", '"{}"', " {}"]).format(cells[i])
            case 6:
                lines.insert(at, rng.choice(["", ",,", "a,b,y", "# note", "total,1,2", "1,,2"]))
                continue
            case 7:
                lines[0] = rng.choice(
                    ["a,b,7", "x1,2,y", "51.2,3,9", ",b,y", "a,b,", "A|B,c,d", "title"]
                )
        lines[at] = ",".join(cells)
    return "\n".join(lines)


def simply_read(line: str) -> list[float] | None:
    """The numbers of a line of plain cells; None if one is no number."""
    try:
        return [float(cell.strip().strip('"')) for cell in line.split(",")[:3]]
    except ValueError:
        return None


def check_mutated(text: str) -> None:
    """Each record is used or counted, each number is as it stands, and the question is the one asked."""
    try:
        taken = own(text).taken()
    except FieldError as error:
        assert str(error).isprintable() and len(str(error)) < 400
        return
    there, lines = taken.table, text.split("\n")
    assert (taken.target, len(taken.features)) == (there.columns[2], 2)
    notes = sum(line.strip(' "').startswith("# ") for line in lines) + (lines[0] == "title")
    header = "no header" not in there.said
    assert header + notes + there.rows + len(there.skipped) == sum(
        bool(line.strip()) for line in lines
    )
    assert len(taken.rows) + taken.gaps == there.rows
    used = np.column_stack([taken.X, taken.values()])
    for row, i in zip(used, taken.rows, strict=True):
        assert simply_read(lines[there.lines[i] - 1]) == row.tolist()
    said = plain(own(text).read())
    read = there.rows + len(there.skipped)
    assert (
        f"{len(taken.rows)} rows"
        if len(taken.rows) == read
        else f"{len(taken.rows)} of {read} rows"
    ) in said


@often(40, 300)
@given(st.integers(0, 10**9))
def test_no_accident_changes_the_question_in_silence(seed: int) -> None:
    text = mutated(random.Random(seed))
    check_mutated(text)
    for read in (
        TableData(OWN, Upload("mine.csv", text)).sample,
        FromCSV(file=Upload("mine.csv", text)).points,
    ):
        try:
            read()
        except FieldError as error:
            assert str(error).isprintable()


def test_the_choices_of_reading_are_the_same_in_all_labs() -> None:
    for data in (FromData(), TableData(), FromCSV()):
        assert isinstance(data, Reading)
