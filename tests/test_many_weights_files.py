"""Least squares on a table of one's own: its columns, its gaps, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from convcore.knobs import FieldError
from convcore.labkit.own_table import OWN
from convcore.labs import (
    FromData,
    ManyWeights,
    Upload,
)


def test_a_file_of_ones_own_gives_its_least_squares_line():
    text = "x,y\n" + "\n".join(f"{x},{3 * x - 2}" for x in range(6))
    lab = ManyWeights(problem=FromData(table="your CSV", file=Upload("line.csv", text), target="y"))
    rows = lab.run().facts[3].rows
    assert [row[1] for row in rows] == ["3", "−2"]
    waiting = ManyWeights(problem=FromData(table="your CSV"))
    assert "Choose your CSV" in waiting.run().awaits


def own(text: str, **fields: Any) -> FromData:
    """The problem of a file of one's own."""
    return FromData(table="your CSV", file=Upload("own.csv", text), **fields)


GAPS = "a,b,c,y\n1,2,3 EUR,4\n2,nan,4 EUR,7\n3,5,5 EUR,6\n4,6,6 EUR,9\n"


def test_each_column_that_is_left_out_is_named_with_its_reason_in_one_note():
    problem = own(GAPS)
    assert problem.names() == ("y", ("a",))
    (note,) = [note for note in problem.notes() if note.startswith("Left out")]
    assert r"'b' has no number in line 3 \('nan'\)" in note
    assert r"'c' holds text \('3 EUR' in line 2\)" in note
    # What was chosen leaves nothing out that was wanted.
    assert not [n for n in own(GAPS, features=("a",)).notes() if n.startswith("Left out")]


@pytest.mark.parametrize(
    ("problem", "field", "line"),
    [
        (
            own("a,b,y\n1,2,3\n2,5,nan\n3,4,5\n"),
            "target",
            "The usual column cannot be the target: column 'y' has no number in line 3 ('nan'); "
            "fill it in or leave that row out.",
        ),
        (
            own("a,b,y\n1,2,3\n2,5,\n3,4,5\n"),
            "target",
            "The usual column cannot be the target: column 'y' has no number in line 3 (''); "
            "fill it in or leave that row out.",
        ),
        (
            own("a,price\n1,3 EUR\n2,4 EUR\n"),
            "target",
            "The usual column cannot be the target: column 'price' holds text ('3 EUR' in line 2); "
            "choose a numeric column.",
        ),
        (
            own("a,y,kind\n1,2,s\n2,nan,t\n"),
            "target",
            "The usual column cannot be the target: column 'y' has no number in line 3 ('nan'); "
            "fill it in or leave that row out.",
        ),
        (
            own(GAPS, target="c"),
            "target",
            "This cannot be the target: column 'c' holds text ('3 EUR' in line 2); choose a numeric "
            "column.",
        ),
        (
            own(GAPS, features=("a", "b")),
            "features",
            "This cannot be a feature: column 'b' has no number in line 3 ('nan'); fill it in or "
            "leave that row out.",
        ),
        (
            own("x,y\n1,2\nnan,3\n3,4\n"),
            "features",
            "There is no feature: it needs a column of numbers besides the target; 'x' has no number "
            "in line 3 ('nan').",
        ),
        (
            own("x,y\na,b\nc,d\n"),
            "file",
            "The table has no column of numbers; 'x' holds text ('a' in line 2).",
        ),
    ],
    ids=["gap", "empty", "text", "before a label", "chosen", "feature", "no feature", "no numbers"],
)
def test_no_other_column_is_taken_for_one_that_is_no_numbers(problem, field, line):
    with pytest.raises(FieldError) as error:
        ManyWeights(problem=problem)
    assert (error.value.field, str(error.value)) == (field, line)


@pytest.mark.parametrize("label", ["s", ""], ids=["words", "nothing"])
def test_a_last_column_of_labels_is_no_target_and_the_page_says_which_is(label):
    problem = own(f"a,y,kind\n1,2,{label}\n2,3,{label}\n4,3,{label}\n")
    assert problem.names() == ("y", ("a",))
    (line,) = [note for note in problem.notes() if "predicted" in note]
    assert line.startswith("**y is predicted**, as the last column, kind, holds no numbers")
    chosen = replace(problem, target="y")
    assert not [note for note in chosen.notes() if "predicted" in note]


def test_a_shipped_table_knows_its_target():
    iris = FromData(table="iris")
    assert iris.names()[0] == "petal width"
    assert not [note for note in iris.notes() if "predicted" in note]
    assert any("'species' holds text" in note for note in iris.notes())


def test_a_name_that_the_table_has_not_is_none_that_was_chosen():
    problem = own(GAPS, target="gone", features=("gone",))
    assert problem.names() == ("y", ("a",))


@pytest.mark.parametrize(
    "size, line", [(1e99, r"beyond 1e\+18"), (1e-70, "no number beyond 1e-18")]
)
@pytest.mark.parametrize("column", ["target", "features"])
def test_a_table_of_units_out_of_all_range_is_refused(size, line, column):
    rows = "\n".join(f"{i * i / 25 * size!r},{i}" for i in range(1, 6))
    target = "x" if column == "target" else "y"
    with pytest.raises(FieldError, match=f"The column 'x' has .*{line}") as told:
        ManyWeights(FromData(OWN, Upload("mine.csv", f"x,y\n{rows}"), target))
    assert told.value.field == column
