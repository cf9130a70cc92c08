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


GAPS = "a,b,c,y\n1,2,u,4\n2,nan,v,7\n3,5,w,6\n4,6,u,9\n"


@pytest.mark.parametrize(
    ("problem", "field", "line"),
    [
        (
            own("a,b,y\n1,2,3\n2,5,x\n3,4,5\n"),
            "target",
            "This cannot be the target: column 'y' holds text ('x' in line 3); mend it, or name it under "
            "more gaps.",
        ),
        (
            own(GAPS, target="c"),
            "target",
            "This cannot be the target: column 'c' holds text ('u' in line 2); choose a numeric column.",
        ),
        (
            own(GAPS, features=("a", "c")),
            "features",
            "This cannot be a feature: column 'c' holds text ('u' in line 2); choose a numeric column.",
        ),
        (
            own("x,y\n1,2\nnan,3\nu,4\n4,7\n"),
            "features",
            "The column 'x' holds text ('u' in line 4); mend it, or name it under more gaps, or choose the "
            "features.",
        ),
        (
            own("x,y\na,1\nb,3\nc,5\n"),
            "features",
            "There is no feature: it needs a column of numbers besides the target; 'x' holds text ('a' in "
            "line 2).",
        ),
        (
            own("x,y\na,b\nc,d\n"),
            "file",
            "The table has no column of numbers; 'x' holds text ('a' in line 2).",
        ),
    ],
    ids=["damaged", "chosen", "feature", "damaged feature", "no feature", "no numbers"],
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
    holds = "text" if label else "empty"
    assert line.startswith(f"**y is predicted**, as the last column, kind, is {holds}")
    assert f"target y (the last, kind, is {holds})" in problem.read()
    chosen = replace(problem, target="y")
    assert not [note for note in chosen.notes() if "predicted" in note]


def test_a_shipped_table_knows_its_target():
    iris = FromData(table="iris")
    assert iris.names()[0] == "petal width"
    assert not [note for note in iris.notes() if "predicted" in note]
    assert any("'species' holds text" in note for note in iris.notes())


def test_a_name_that_the_table_has_not_is_none_that_was_chosen():
    problem = own(GAPS, target="gone", features=("gone",))
    assert problem.names() == ("y", ("a", "b"))


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
