"""Datasets: what is read from good files, and the one line that bad files get."""

import csv
import io
import re
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore.datasets import MAX_BYTES, TABLES, Kind, Table, Upload, load, read_csv

pytestmark = pytest.mark.filterwarnings("error")


def complaint(action, *arguments):
    """The message of the ValueError that an action raises, having checked that it is one line."""
    with pytest.raises(ValueError) as caught:
        action(*arguments)
    message = str(caught.value)
    assert message and message.isprintable() and len(message) < 400
    return message


# The tables that ship


@pytest.mark.parametrize("entry", TABLES, ids=lambda entry: entry.name)
def test_a_shipped_table_names_its_source_and_has_a_numeric_target(entry):
    table = load(entry.name)
    assert table is load(entry.name)
    assert table.target in table.numeric and table.name == entry.name
    assert re.search(r"\(1\d\d\d\)", table.source) and entry.title
    assert np.isfinite(table.features(table.numeric)).all()


def test_iris_is_fishers_and_not_the_uci_copy():
    iris = load("iris")
    assert iris.rows == 150 and iris.numeric == iris.columns[:4]
    species = iris.text("species")
    assert species == ("setosa",) * 50 + ("versicolor",) * 50 + ("virginica",) * 50
    X = iris.features(("sepal length", "sepal width", "petal length", "petal width"))
    # Flowers 35 and 38 as in R's datasets::iris; UCI has (4.9, 3.1, 1.5, 0.1) twice.
    assert X[34].tolist() == [4.9, 3.1, 1.5, 0.2] and X[37].tolist() == [4.9, 3.6, 1.4, 0.1]
    # The species' means; the first two as in Fisher (1936), table II.
    expected = [
        [5.006, 3.428, 1.462, 0.246],
        [5.936, 2.77, 4.26, 1.326],
        [6.588, 2.974, 5.552, 2.026],
    ]
    assert X.reshape(3, 50, 4).mean(axis=1) == pytest.approx(np.array(expected), abs=1e-12)


# NIST Statistical Reference Datasets, linear regression, "Longley": certified regression
# coefficients B0 to B6, https://www.itl.nist.gov/div898/strd/lls/data/Longley.shtml
CERTIFIED = (
    "-3482258.63459582",
    "15.0618722713733",
    "-0.358191792925910E-01",
    "-2.02022980381683",
    "-1.03322686717359",
    "-0.511041056535807E-01",
    "1829.15146461355",
)


def solve(A, b):
    """A⁻¹b by Gauss-Jordan elimination in rational numbers."""
    n = len(b)
    rows = [[*row, y] for row, y in zip(A, b, strict=True)]
    for i in range(n):
        pivot = next(r for r in range(i, n) if rows[r][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for r in range(n):
            if r != i:
                rows[r] = [x - rows[r][i] * y for x, y in zip(rows[r], rows[i], strict=True)]
    return [row[n] for row in rows]


def test_longley_reproduces_the_coefficients_that_nist_certifies():
    table = load("longley")
    assert table.rows == 16
    names = ("GNP deflator", "GNP", "unemployed", "armed forces", "population", "year")
    exact = [[Fraction(cell) for cell in table.text(name)] for name in names]
    X = [[Fraction(1)] * 16, *exact]
    y = [Fraction(cell) for cell in table.text("employed")]
    A = [[sum(a * b for a, b in zip(u, v, strict=True)) for v in X] for u in X]
    b = [sum(a * b for a, b in zip(u, y, strict=True)) for u in X]
    for beta, certified in zip(solve(A, b), map(Fraction, CERTIFIED), strict=True):
        assert abs(beta - certified) < abs(certified) * Fraction(1, 10**13)


def test_the_numbers_of_a_shipped_table_cannot_be_changed_in_place():
    with pytest.raises(ValueError, match="read-only"):
        load("longley").column("GNP")[0] = 0


def test_an_unknown_table_is_answered_with_the_known_ones():
    assert complaint(load, "boston") == "'boston' is none of longley, iris"


# Reading


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_each_separator_and_line_end_is_recognised(separator, end):
    rows = ["a", "b c", "d"], ["1", "-2.5e3", "x"], ["4", "5", "y"]
    table = read_csv(end.join(separator.join(row) for row in rows) + end)
    assert table.columns == ("a", "b c", "d") and table.numeric == ("a", "b c")
    assert table.features(("b c", "a")).tolist() == [[-2500, 1], [5, 4]]
    assert table.text("d") == ("x", "y") and table.target == "b c"


def test_decimal_commas_are_understood_beside_semicolons_and_tabs():
    assert read_csv("x;y\n1,5;2\n-3,25;4\n").features(("x", "y")).tolist() == [[1.5, 2], [-3.25, 4]]
    assert read_csv("x\ty\n1,5\t2\n").column("x").tolist() == [1.5]
    assert read_csv("1,5;2,5\n3,5;4,5\n").column("column 2").tolist() == [2.5, 4.5]


def test_columns_are_told_by_what_they_hold():
    table = read_csv(
        "a,b,c,d,e,f,g,h\n1,2,3 EUR,x,,−1,7,2024-01-01\n2,nan,4 EUR,class 1,,−.5,7,2024-01-02\n"
        "3,4,5 EUR,u,,1,7,2024-01-03\n4,5,6 EUR,x,,x1,7,2024-01-04\n"
    )
    assert [column.kind for column in table.held.values()] == [
        Kind.NUMBERS, Kind.NUMBERS, Kind.NUMBERS, Kind.WORDS,
        Kind.EMPTY, Kind.DAMAGED, Kind.CONSTANT, Kind.DATES,
    ]  # fmt: skip
    assert table.numeric == ("a", "c", "g") and table.get("c").marks == ("EUR",)
    assert table.get("b").missing == 1
    what, remedy = table.get("b").fault
    assert complaint(table.column, "b") == f"column 'b' {what}; {remedy}"


def test_a_column_that_mixes_decimal_points_and_commas_is_refused():
    message = complaint(read_csv("x;y\n1.234;0\n1,5;0\n").column, "x")
    assert (
        message == "column 'x' mixes decimal points and commas ('1,5' in line 3); use one of them"
    )


def test_quoted_cells_may_hold_separators_quotes_and_line_breaks():
    table = read_csv('name,"x, in m"\n"Lee, ""Jo""",1\n"two\nlines", 2\n"a;b",z\n')
    assert table.columns == ("name", "x, in m")
    assert table.text("name") == ('Lee, "Jo"', "two\nlines", "a;b")
    # The two-line cell counts: 'z' stands in line 5 of the file.
    assert "('z' in line 5)" in complaint(table.column, "x, in m")


def test_semicolons_in_text_do_not_make_a_comma_file_a_semicolon_file():
    assert read_csv("note,x\na;b,1\nc;d,2\n").columns == ("note", "x")


def test_header_names_are_trimmed_filled_in_and_made_unlike():
    columns = read_csv(" a ,,a,x|y,a (2)\n1,2,3,4,5\n").columns
    assert columns == ("a", "column 2", "a (2)", "x/y", "a (2) (2)")
    assert len(read_csv("x" * 1000 + "\n1\n").columns[0]) == 60


def test_a_first_row_of_numbers_is_data():
    table = read_csv("1,2\n3,4\n")
    assert table.columns == ("column 1", "column 2")
    assert table.features(table.columns).tolist() == [[1, 2], [3, 4]]
    assert table.lines == (1, 2)


def test_one_row_is_a_table_of_one_row():
    assert read_csv("a,b\n1,2").rows == 1


def test_empty_rows_are_skipped_and_do_not_shift_line_numbers():
    table = read_csv("\n\na,b\n\n1,2\n,\n3,x\n,,\n"[:-3])
    assert table.rows == 2 and table.lines == (5, 7)
    assert "('x' in line 7)" in complaint(table.column, "b")


def test_no_features_are_a_table_of_no_columns():
    assert load("iris").features(()).shape == (150, 0)


def test_numbers_become_labels_in_their_shortest_form():
    assert read_csv("k\n0\n1.50\n-2e3\n").text("k") == ("0", "1.5", "-2000")


# What bad tables get


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("setosa", "holds text ('setosa' in line 3); choose a numeric column"),
        ("1_000", "holds text ('1_000' in line 3); choose a numeric column"),
        ("x" * 99, f"holds text ('{'x' * 40}' in line 3); choose a numeric column"),
        ("", "has no number in line 3 (''); fill it in or leave that row out"),
        ("NaN", "has no number in line 3 ('NaN'); fill it in or leave that row out"),
        (" NA ", "has no number in line 3 ('NA'); fill it in or leave that row out"),
        ("-inf", "holds '-inf' in line 3; numbers must be finite, at most 1e100"),
        ("1e999", "holds '1e999' in line 3; numbers must be finite, at most 1e100"),
        ("2e100", "holds '2e100' in line 3; numbers must be finite, at most 1e100"),
    ],
)
def test_a_cell_that_is_no_number_is_named_with_its_column_and_line(cell, message):
    table = read_csv(f"a,b\n1,2\n{cell},3\n")
    assert table.numeric == ("b",)
    assert complaint(table.column, "a") == f"column 'a' {message}"
    assert complaint(table.features, ("b", "a")) == f"column 'a' {message}"


def test_an_unknown_column_is_answered_with_the_known_ones():
    for read in (load("longley").column, load("longley").text):
        assert complaint(read, "gnp").startswith(
            "there is no column 'gnp'; the columns are employed,"
        )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty; it needs a header line and rows of numbers"),
        (" \n\n", "the file is empty; it needs a header line and rows of numbers"),
        ("a,b\n", "the file has a header but no rows; each row is a line of numbers"),
        ("a,b\n1,2\n3\n", "line 3 has 1 cell and line 1 has 2; make them alike"),
        ("a;b\n1,5;2\n3;4;5", "line 3 has 3 cells and line 1 has 2 by semicolon; make them alike"),
        ('a,b\n1,2\n"3,4\n', "line 3 has a stray or open quotation mark"),
        ('a,b\n1,"2" x\n', "line 2 has a stray or open quotation mark"),
        (
            'a,b\n1,"' + "2" * 200_000,
            "line 2 has a stray or open quotation mark, or too long a cell",
        ),
        (",".join("x" * 201), "line 1 has 201 cells; at most 200 columns"),
        ("a\n" + "1\n" * 100_001, "the file has too many rows; at a width of 1 at most 100,000"),
        (
            ("1," * 199 + "1\n") * 10_001,
            "the file has too many rows; at a width of 200 at most 10,000",
        ),
    ],
    ids=range(11),
)
def test_what_is_not_a_table_is_refused_in_one_line(text, message):
    assert complaint(read_csv, text).startswith(message)


def test_the_largest_tables_allowed_are_read():
    assert read_csv("a\n" + "1\n" * 100_000).rows == 100_000
    assert read_csv(("1," * 199 + "1\n") * 10_000).features(("column 200",)).shape == (10_000, 1)


def test_five_megabytes_are_read_in_well_under_a_second_and_a_half():
    row = ",".join(["0.12345678"] * 9) + "\n"
    text = "a,b,c,d,e,f,g,h,i\n" + row * ((MAX_BYTES - 20) // len(row))
    assert len(text) > 4.9e6
    start = time.process_time()
    table = read_csv(text)
    assert table.features(table.numeric).shape == (table.rows, 9)
    assert time.process_time() - start < 1.5
    assert read_csv(text) is table


def test_a_bad_cell_at_the_end_of_a_long_file_is_found_quickly():
    table = read_csv("a,b\n" + "1,2\n" * 99_998 + "1,x\n1,\n")
    start = time.process_time()
    assert "('x' in line 100000)" in complaint(table.column, "b")
    assert time.process_time() - start < 0.6


# Uploads


def test_an_upload_is_hashable_and_its_repr_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "it's é.csv").write_bytes(b"x,y\n1,2\n")
    upload = Upload.decode("it's é.csv", b"x,y\n1,2\n")
    assert repr(Upload.decode("housing.csv", b"x\n1")) == "Upload.read('housing.csv')"
    assert repr(Upload()) == "Upload()" and repr(Upload("a.csv")) == "Upload('a.csv')"
    for value in (upload, Upload(), Upload("a.csv"), Upload(text="x\n1\n")):
        again = eval(repr(value), {"Upload": Upload})
        assert again == value and hash(again) == hash(value)


def test_reading_a_file_that_is_not_there_is_one_line(tmp_path):
    path = str(tmp_path / "none.csv")
    assert complaint(Upload.read, path) == f"{path} cannot be read: No such file or directory"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_utf8_and_marked_utf16_and_utf32_are_decoded(encoding):
    text = "größe,η\n1,2\n"
    assert Upload.decode("a.csv", text.encode(encoding)) == Upload("a.csv", text)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            "a,b\nétéà,2\n".encode() + b"\xe9\n",
            "x.csv is not UTF-8 text (byte 0xe9 in line 3); save it as CSV UTF-8",
        ),
        (b"a,b\n1,\x002\n", "x.csv is not a text file; save it as CSV UTF-8"),
        (b"PK\x03\x04\x14\x00\xff", "x.csv is a zip archive; open it and save it as CSV UTF-8"),
        (b"\xff\xfea", "x.csv is not a text file"),
        (b"\xff\xfe\x00\x00a", "x.csv is not a text file"),
        (b"a,b\x81\x8d\x01\xff", "x.csv is not a text file"),
        (b"", "x.csv is empty; it needs a header line and rows of numbers"),
        (b"\xef\xbb\xbf \n", "x.csv is empty"),
        (b"1\n" * 25_000_000, "x.csv is larger than 5 MB; leave out rows or columns"),
    ],
    ids=range(9),
)
def test_bytes_that_are_no_text_are_refused_in_one_line(raw, message):
    assert complaint(Upload.decode, "x.csv", raw).startswith(message)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/a.csv", "a.csv"),
        ("C:\\Users\\me\\b.csv", "b.csv"),
        ("a\nb\x00\u202e.csv", "ab.csv"),
        ("x" * 100 + ".csv", "x" * 76 + ".csv"),
        ("", "data.csv"),
    ],
)
def test_the_name_of_an_upload_is_its_last_part_in_print(name, shown):
    assert Upload.decode(name, b"x\n1").name == shown


# Anything at all


def check(text: str) -> None:
    """A text is a sound table or one clear line."""
    try:
        table = read_csv(text, "fuzz.csv")
    except ValueError as error:
        assert str(error).isprintable() and len(str(error)) < 400
        return
    assert isinstance(table, Table) and table.rows >= 1
    assert len(set(table.columns)) == len(table.columns) and all(table.columns)
    assert np.isfinite(table.features(table.numeric)).all()
    assert table.target in (*table.numeric, "")
    for name in table.columns:
        assert name.isprintable() and len(table.text(name)) == table.rows
        if name not in table.numeric:
            assert name in complaint(table.column, name) or repr(name) in complaint(
                table.column, name
            )


@settings(deadline=None, max_examples=150)
@given(name=st.text(max_size=100), raw=st.binary(max_size=300))
def test_any_bytes_are_text_or_one_line(name, raw):
    try:
        upload = Upload.decode(name, raw)
    except ValueError as error:
        assert str(error).isprintable() and len(str(error)) < 400
    else:
        assert 0 < len(upload.name) <= 80 and upload.name.isprintable()
        check(upload.text)


@settings(deadline=None, max_examples=300)
@given(st.text(st.sampled_from('abe19._-+,;\t "\r\n\x00|−é'), max_size=120) | st.text(max_size=120))
def test_any_text_is_a_table_or_one_line(text):
    check(text)


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


@settings(deadline=None, max_examples=100)
@given(
    st.integers(1, 5).flatmap(
        lambda width: st.lists(
            st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=6
        )
    ),
    st.sampled_from([",", ";", "\t"]),
)
def test_what_the_csv_module_writes_is_read_back(rows, separator):
    header = [f"c{i}" for i in range(len(rows[0]))]
    file = io.StringIO()
    csv.writer(file, delimiter=separator, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    kept = [row for row in rows if any(row)]
    if not kept:
        return
    table = read_csv(file.getvalue())
    assert table.columns == tuple(header)
    for name, cells in zip(header, zip(*kept, strict=True), strict=True):
        if name not in table.numeric:
            assert table.text(name) == tuple(cell.strip() for cell in cells)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=20), st.booleans())
def test_numbers_come_back_as_they_were(values, comma):
    cells = [repr(x).replace(".", ",") if comma else repr(x) for x in values]
    # A number as "1,5e-07" keeps its comma; "1e+16" has neither mark.
    table = read_csv("x;y\n" + "".join(f"{cell};0\n" for cell in cells))
    assert table.column("x").tolist() == values
