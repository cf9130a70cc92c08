"""The lab "Many weights": theory beside runs, on matrices and on real tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from convcore.charts.levels import level_lines
from convcore.descent import descend
from convcore.knobs import FieldError
from convcore.labs import FromData, FromEigenvalues, ManyWeights, Typed, Upload
from convcore.labs.bowl import Bowl
from convcore.labs.many_weights import METHODS
from convcore.objectives import Quadratic

# NIST Statistical Reference Datasets, Longley: certified estimates of B1 … B6 and B0.
NIST = [
    15.0618722713733,
    -0.358191792925910e-01,
    -2.02022980381683,
    -1.03322686717359,
    -0.511041056535807e-01,
    1829.15146461355,
    -3482258.63459582,
]


def test_one_step_on_whitened_features_reaches_nists_coefficients():
    fit = FromData(table="longley", scaling="whitened").fit()
    run = descend(fit.objective, np.zeros(fit.objective.n), eta=1.0, steps=1)
    np.testing.assert_allclose(fit.back @ run.w[-1], NIST, rtol=1e-9)


def test_the_page_says_how_many_steps_each_scaling_needs():
    lab = ManyWeights(problem=FromData(table="longley", scaling="whitened"), eta=1.0)
    rows = {row[0]: row for row in lab.run().facts[2].rows}
    assert rows["whitened"][3] == "1"
    assert 10_000 < int(rows["standardised"][3].replace(",", "")) < 1_000_000
    assert "10¹⁹" in rows["raw"][1]
    assert "10¹" in rows["raw"][3] or "10²" in rows["raw"][3]


def test_the_sentence_says_when_the_notes_bound_is_too_generous():
    lab = ManyWeights(problem=Typed("1, .9\n.9, 1"), start=(1.0, 0.5), eta=1.5)
    sentence = lab.run().sentence
    assert "2/λ_max = **1.053**" in sentence
    assert "2·min 1/a_ii = 2 is too generous" in sentence
    assert "diverged" in sentence
    assert "is the same" in ManyWeights(problem=Typed("1, 0\n0, 5")).run().sentence


def test_singular_and_indefinite_matrices_say_what_they_do():
    def said(problem):
        return ManyWeights(problem=problem, methods=("gd",), eta=0.2, steps=200).run().sentence

    assert "part there stays" in said(FromEigenvalues(lambda1=0.0, lambda2=4.0))
    drift = said(FromEigenvalues(lambda1=0.0, lambda2=4.0, b1=1.0))
    assert "drifts" in drift
    away = said(FromEigenvalues(lambda1=-1.0, lambda2=4.0))
    assert "indefinite" in away
    assert "diverged" in away


@settings(max_examples=60, deadline=None)
@given(
    l1=st.floats(0.05, 5),
    l2=st.floats(0.05, 20),
    angle=st.integers(0, 180),
    share=st.floats(0.05, 1.9),
)
def test_predicted_steps_of_plain_descent_and_newton_are_those_taken(l1, l2, angle, share):
    problem = FromEigenvalues(lambda1=l1, lambda2=l2, angle=float(angle))
    lab = ManyWeights(problem=problem, eta=share / max(l1, l2), methods=("gd", "newton"), steps=200)
    for row in lab.run().facts[0].rows:
        predicted, took = row[4], row[5]
        if not took.startswith("not"):
            assert predicted == took
        else:
            assert predicted == "never" or int(predicted.replace(",", "")) > 200


@pytest.mark.parametrize(
    "A",
    [[[2, 1], [1, 3]], [[2, 3], [3, 1]], [[1, 1], [1, 1]], [[-2, 0], [0, -1]]],
    ids=["bowl", "saddle", "valley", "dome"],
)
def test_level_lines_are_level(A):
    objective = Quadratic(A, [0.3, 0.3])
    bowl = Bowl(objective, np.array([1.5, -1.0]))
    levels = bowl._levels((-3.0, 3.0, -3.0, 3.0))
    xy = np.column_stack([levels["x"], levels["y"]]).astype(float)
    line = np.asarray(levels["line"])
    assert len(set(line)) > 4
    for number in set(line):
        E = objective.value(xy[line == number])
        assert np.ptp(E) <= 1e-4 * (1 + np.abs(xy).max() ** 2)


def test_a_flat_ground_with_a_slope_has_parallel_level_lines():
    for line in level_lines(np.zeros(2), np.array([3.0, 4.0]), 2.0):
        assert np.ptp(np.array([3.0, 4.0]) @ line) < 1e-12


@pytest.mark.parametrize("n", [2, 3, 7])
def test_a_click_moves_the_start_to_where_it_was(n):
    rng = np.random.default_rng(n)
    root = rng.normal(size=(n, n))
    bowl = Bowl(Quadratic(root @ root.T, rng.normal(size=n)), rng.normal(size=n))
    w = bowl.moved(0.25, -0.5)
    np.testing.assert_allclose(bowl.seen(w), [0.25, -0.5], atol=1e-9)
    # Only within the picture's plane.
    s = bowl.objective.spectrum
    assert np.count_nonzero(np.abs((w - bowl.start) @ s.vectors) > 1e-9) <= 2


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (Typed("1, a\n2, 3"), "Row 1 of the matrix: 'a' is not a number."),
        (Typed("1, 2\n3"), "Row 2 has 1 number but there are 2 rows: A must be square."),
        (Typed("\n".join(["1"] * 51)), "51 rows are too many: at most 50."),
        (Typed(""), "The matrix is empty: write its rows, one a line."),
        (Typed("5"), "One number is the lab “One weight”; A needs 2 rows or more."),
        (Typed("1, nan\n2, 3"), "Row 1 of the matrix: nan is not a finite number."),
        (Typed("1, 0\n0, 1", b=(1.0,)), "b has 1 number, and A is 2 × 2."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_matrix_gets_one_line(problem, line):
    with pytest.raises(FieldError) as error:
        ManyWeights(problem=problem)
    assert str(error.value) == line


def test_fifty_weights_are_taken_and_the_symmetric_part_is_used_and_said():
    rng = np.random.default_rng(0)
    A = np.eye(50) * 3 + 0.01 * rng.normal(size=(50, 50))
    text = "\n".join(", ".join(f"{x:.6f}" for x in row) for row in A)
    result = ManyWeights(problem=Typed(text), eta=0.3).run()
    assert any("symmetric part" in note for note in result.notes)
    assert result.facts[1].rows[0][1] == "50"


def test_a_file_of_ones_own_gives_its_least_squares_line():
    text = "x,y\n" + "\n".join(f"{x},{3 * x - 2}" for x in range(6))
    lab = ManyWeights(problem=FromData(table="your CSV", file=Upload("line.csv", text), target="y"))
    rows = lab.run().facts[3].rows
    assert [row[1] for row in rows] == ["3", "−2"]
    waiting = ManyWeights(problem=FromData(table="your CSV"))
    assert "Choose your CSV" in waiting.run().notes[0]


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


def test_the_steps_of_each_scaling_are_said_to_be_from_zero():
    facts = ManyWeights(problem=FromData(), start=(1.0,) * 7).run().facts
    assert "predicted steps from w = 0 to 0.1 %" in facts[2].headings


def test_where_e_bends_down_no_step_is_recommended():
    """No η makes plain descent converge, whatever 2/λ_max and its kin would say."""
    lab = ManyWeights(problem=FromEigenvalues(-2.0, 10.0), methods=("gd", "momentum", "newton"))
    by_method, matrix, *_ = lab.run().facts
    limits = {row[0]: row[2] for row in by_method.rows}
    assert limits == {"gradient descent": "–", "momentum": "–", "Newton": "2"}
    said = {name: x for row in matrix.rows for name, x in (row[:2], row[2:])}
    assert said["best η"] == said["its rate"] == said["best momentum η"] == said["its β"] == "–"


ETAS = np.geomspace(0.01, 1, 15)


def tables_at(eta: float, **other: Any) -> dict[str, dict[str, Any]]:
    """The tables of the lab's picture as arrays."""
    tables = ManyWeights(eta=float(eta), **other).run().pictures[0].tables
    return {
        name: {key: np.asarray(x) for key, x in table.items()} for name, table in tables.items()
    }


@pytest.mark.parametrize("eta", ETAS)
def test_for_each_step_in_a_plane_stands_a_point_that_cannot_be_told_from_it(eta: float) -> None:
    lab = ManyWeights(eta=float(eta), methods=METHODS)
    tables, A, away = tables_at(eta, methods=METHODS), lab.problem.objective().A, steps_of(lab)
    tracks, plane = tables["tracks"], tables["plane"]
    # A view's side has at most 580 pixels.
    pixel = (plane["xhi"] - plane["xlo"])[0] / 580
    white = (plane["hhi"] - plane["hlo"])[0] / 580
    assert len(tracks["k"]) < sum(map(len, away.values()))
    centre = np.array([plane["cx"][0], plane["cy"][0]])
    for method, w in away.items():
        xy, h = w + centre, w @ sqrtm(A)
        drawn = {key: column[tracks["method"] == method] for key, column in tracks.items()}
        views = (("x", "y", xy, plane["xhi"][0], pixel), ("hx", "hy", h, plane["hhi"][0], white))
        for across, up, true, end, unit in views:
            for k in np.flatnonzero((np.abs(true) <= end).all(axis=1)):
                (at,) = np.flatnonzero((drawn["k"] <= k) & (k < drawn["until"]))
                gap = true[k] - [drawn[across][at], drawn[up][at]]
                assert np.abs(gap).max() <= unit * (1 + 1e-5)


@pytest.mark.parametrize("eta", ETAS)
def test_the_lines_over_steps_pass_every_step_within_half_a_pixel(eta: float) -> None:
    lab = ManyWeights(eta=float(eta), methods=METHODS)
    tables, objective, away = (
        tables_at(eta, methods=METHODS),
        lab.problem.objective(),
        steps_of(lab),
    )
    losses, theory, errors, ends = (
        tables[name] for name in ("losses", "theory", "errors", "frame")
    )
    half = (ends["lhi"] - ends["llo"])[0] / 200 / 2  # of a view of 200 pixels
    for method, w in away.items():
        with np.errstate(divide="ignore"):
            loss = np.log10(0.5 * np.einsum("ki,ij,kj->k", w, objective.A, w))
        loss = np.clip(loss, ends["llo"], ends["lhi"])
        of = losses["method"] == method
        drawn = np.interp(np.arange(len(w)), losses["k"][of], losses["loss"][of])
        assert np.abs(np.maximum(drawn, ends["llo"]) - loss).max() <= half
        if method == "gd":
            foretold = np.interp(np.arange(len(w)), theory["k"], theory["loss"])
            foretold = np.clip(foretold, ends["llo"], ends["lhi"])
            assert np.abs(foretold - loss).max() <= half
    half = (ends["ehi"] - ends["elo"])[0] / 200 / 2
    z = np.abs(away["gd"] @ objective.spectrum.vectors)
    for mode in (0, 1):
        drawn = np.interp(
            np.arange(len(z)), errors["k"][errors["m"] == mode], errors["y"][errors["m"] == mode]
        )
        true = np.log10(np.maximum(z[:, mode], 10.0 ** ends["elo"][0]))
        assert np.abs(np.maximum(drawn, ends["elo"]) - true).max() <= half
    # Under a constant η these are straight lines.
    assert len(errors["k"]) <= 2 * (np.log2(len(z)) + 3)


def steps_of(lab: ManyWeights) -> dict[str, Any]:
    """w − w* (steps, n) of each method's run."""
    record = lab.run().record
    w = np.column_stack([record["w1"], record["w2"]]) - lab.problem.objective().stationary
    return {method: w[np.asarray(record["method"]) == method] for method in lab.methods}


def test_the_plane_reaches_further_in_few_steps_while_eta_moves() -> None:
    ends = {float(tables_at(eta)["plane"]["xhi"][0]) for eta in ETAS}
    assert 2 <= len(ends) <= 4
    assert max(ends) == pytest.approx(2 * min(ends))


@pytest.mark.parametrize("eta", ETAS)
def test_the_names_of_the_modes_stay_within_their_view(eta: float) -> None:
    tables = tables_at(eta)
    (low,), (high,) = tables["frame"]["elo"], tables["frame"]["ehi"]
    assert len(tables["tags"]["y"]) == 2
    assert (tables["tags"]["y"] > low).all() and (tables["tags"]["y"] < high).all()


def test_without_a_method_there_is_a_page_all_the_same() -> None:
    result = ManyWeights(methods=()).run()
    assert len(result.pictures[0].tables["losses"]["k"]) == 0
    assert result.predicted == result.measured == "–"
