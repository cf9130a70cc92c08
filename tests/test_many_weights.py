"""The lab "Many weights": theory beside runs, on matrices and on real tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore.descent.descent import Status, descend
from convcore.knobs import FieldError
from convcore.labkit.words import num
from convcore.labs import (
    Constant,
    CosineDecay,
    ExponentialDecay,
    FromData,
    FromEigenvalues,
    LinearDecay,
    ManyWeights,
    StepDrop,
    Typed,
    Upload,
    WarmUp,
)
from convcore.labs.many_weights.settings import METHODS

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
    study = lab.study()
    needed = {scaling.name: scaling.steps for scaling in study.scalings}
    assert needed["whitened"] == 1 < 10_000 < needed["standardised"] < 1_000_000 < needed["raw"]
    rows = {row[0]: row for row in lab.show(study).facts[2].rows}
    assert rows["whitened"][3] == "1"
    assert 10_000 < int(rows["standardised"][3].replace(",", "")) < 1_000_000
    assert "10¹⁹" in rows["raw"][1]
    assert "10¹" in rows["raw"][3] or "10²" in rows["raw"][3]


def test_the_sentence_says_when_the_notes_bound_is_too_generous():
    lab = ManyWeights(problem=Typed("1, .9\n.9, 1"), start=(1.0, 0.5), eta=1.5)
    sentence = lab.run().sentence
    assert "2/λₘₐₓ = **1.053**" in sentence
    assert "2·min 1/aᵢᵢ = 2 is too generous" in sentence
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
    study = lab.study()
    for method in ("gd", "newton"):
        predicted, took = study.predicted[method], study.took[method]
        assert predicted == took or (took == np.inf and predicted > 200)


@pytest.mark.parametrize("scale", [1e-10, 1.0, 1e12])
def test_an_eigenvalue_of_0_is_0_at_any_angle(scale):
    for angle in range(0, 361, 15):
        problem = FromEigenvalues(lambda1=scale, lambda2=0.0, angle=float(angle), b2=1.0)
        result = ManyWeights(problem=problem, eta=1 / scale, methods=("gd",), steps=1).run()
        cells = {row[i]: row[i + 1] for row in result.facts[1].rows for i in (0, 2)}
        assert (cells["λₘᵢₙ"], cells["κ = λₘₐₓ/λₘᵢₙ"]) == ("0", "∞"), angle


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


def test_the_steps_of_each_scaling_are_said_to_be_from_zero():
    facts = ManyWeights(problem=FromData(), start=(1.0,) * 7).run().facts
    assert "predicted steps from w = 0 to 0.1 %" in facts[2].headings


def test_where_e_bends_down_no_step_is_recommended():
    """No η makes plain descent converge, whatever 2/λₘₐₓ and its kin would say."""
    lab = ManyWeights(problem=FromEigenvalues(-2.0, 10.0), methods=("gd", "momentum", "newton"))
    by_method, matrix, *_ = lab.run().facts
    limits = {row[0]: row[2] for row in by_method.rows}
    assert limits == {"gradient descent": "–", "momentum": "–", "Newton": "2"}
    said = {name: x for row in matrix.rows for name, x in (row[:2], row[2:])}
    assert said["best η"] == said["its rate"] == said["best momentum η"] == said["its β"] == "–"
    assert said["2/λₘₐₓ"] == said["notes: 2·min 1/aᵢᵢ"] == said["safe: 2/trace"] == "–"


def row_of(result: Any, method: str) -> tuple[str, ...]:
    """The method's row: η, its limit, rate, predicted, took and how it ends."""
    return next(row[1:] for row in result.facts[0].rows if row[0] == method)


@pytest.mark.parametrize(
    ("l1", "l2", "kind"),
    [
        (-1.0, -4.0, "negative definite"),
        (0.0, -4.0, "negative semi-definite"),
        (1.0, -4.0, "indefinite"),
    ],
)
def test_where_e_bends_down_a_is_called_what_it_is(l1: float, l2: float, kind: str) -> None:
    sentence = ManyWeights(FromEigenvalues(l1, l2), eta=0.1).run().sentence
    assert f"**A is {kind}**" in sentence
    assert "each step multiplies it by 1 − ηλ = **1.4**" in sentence
    still = ManyWeights(FromEigenvalues(l1, l2), start=(0.0, 0.0), eta=0.1).run().sentence
    kind = "saddle" if kind == "indefinite" else "maximum"
    assert f"The start is a {kind}: the gradient vanishes and nothing moves." in still


@pytest.mark.parametrize(
    ("l1", "l2", "eta", "factors", "end"),
    [
        (-1.0, 10.0, -0.1, ("0.9", "2"), "diverged"),
        (-1.0, 10.0, 0.0, ("1", "1"), "frozen"),
        (-1.0, -2.0, -0.5, ("0", "0.5"), "converged to a maximum"),
    ],
)
def test_where_e_bends_down_a_step_size_that_is_not_positive_makes_no_error_grow_by_itself(
    l1: float, l2: float, eta: float, factors: tuple[str, str], end: str
) -> None:
    sentence = ManyWeights(FromEigenvalues(l1, l2), eta=eta).run().sentence
    low, top = factors
    assert "no descent, as η is not positive" in sentence and "grow" not in sentence
    assert f"1 − ηλ = **{low}**" in sentence and f"= {num(max(l1, l2))} by **{top}**" in sentence
    assert f"of plain descent: {end}" in sentence


def test_beside_a_slope_without_end_the_steepest_direction_may_diverge() -> None:
    problem = FromEigenvalues(0.0, 10.0, b1=1.0)
    said = ManyWeights(problem, eta=0.3).run().sentence
    assert "η = 0.3 is beyond it: each step multiplies the error along the steepest" in said
    assert "by **−2**. After" in said and "diverged" in said
    assert "is beyond it" not in ManyWeights(problem, eta=0.2).run().sentence
    assert "η = −0.1 is not positive: it climbs" in ManyWeights(problem, eta=-0.1).run().sentence


def test_what_is_told_of_plain_descent_where_it_is_not_drawn_says_so() -> None:
    lab = ManyWeights(eta=0.29, methods=("momentum",))
    assert "of plain descent, which is not drawn: diverged" in lab.run().sentence
    assert "not drawn" not in replace(lab, methods=("gd", "momentum")).run().sentence


def test_momentum_at_its_limit_never_gets_there() -> None:
    for eta in (0.0, 0.3):  # 2(1 + β)/λₘₐₓ = 0.3
        row = row_of(ManyWeights(eta=eta, methods=("momentum",)).run(), "momentum")
        assert row[2] == "1" and row[3].startswith("never") and row[4].startswith("not in")


def test_a_start_with_no_part_along_the_steepest_direction_does_not_show_it() -> None:
    # By hand: along (1, −1) the curvature is 0.1, the factor 0.85, and 0.85⁴³ < 10⁻³ < 0.85⁴².
    lab = ManyWeights(Typed(), start=(1.0, -1.0), eta=1.5, steps=60, methods=METHODS)
    result = lab.run()
    assert (
        "(steepest): the start has no part along the steepest direction, and descent **converges** "
        "without oscillating unless rounding seeds that one. Predicted **43 steps**"
    ) in result.sentence
    assert row_of(result, "gradient descent")[2:5] == ("0.85", "43", "43")
    rate, predicted, measured, _ = row_of(result, "Nesterov")[2:]
    f = 0.85  # x² − 1.5f·x + 0.5f = 0
    assert float(rate) == pytest.approx(np.abs(np.roots([1, -1.5 * f, 0.5 * f])).max(), abs=1e-4)
    assert predicted == measured and measured.isdigit()
    across = ManyWeights(Typed(), start=(1.0, 1.0), eta=1.5).run().sentence
    assert "descent **diverges** along the steepest direction" in across


def test_where_rounding_seeds_what_the_start_has_no_part_of_a_note_says_so() -> None:
    lab = ManyWeights(FromEigenvalues(0.5, 0.01, 45.0), (1.0, -1.0), 6.0, METHODS, steps=200)
    result = lab.run()
    assert "diverged" in result.sentence and "unless rounding seeds that one" in result.sentence
    assert any(note.startswith("The exact path: converged") for note in result.notes)
    assert any(note.startswith("Nesterov: rounding seeds") for note in result.notes)


def test_per_coordinate_has_a_limit_by_the_scaled_matrix() -> None:
    # D^−½AD^−½ = [[1, .5], [.5, 1]] has λₘₐₓ = 1.5.
    for A in ("1 1; 1 4", "1 1 0; 1 4 0; 0 0 0"):
        result = ManyWeights(Typed(A), methods=("coordinate",), relative=1.0).run()
        assert row_of(result, "per coordinate")[1:3] == ("1.333", "0.5")
    result = ManyWeights(Typed("0 1; 1 4"), methods=("coordinate",)).run()
    assert row_of(result, "per coordinate")[1:3] == ("–", "–")


def test_the_first_factors_under_a_schedule_are_those_of_the_first_step() -> None:
    problem = FromEigenvalues(1.0, 4.0, 0.0)
    said = ManyWeights(problem, eta=0.5, schedule=WarmUp(warm=10)).run().sentence
    assert "The first step's η = 0.05 multiplies the errors by **0.95** (slowest" in said
    assert "to **0.8** (steepest): with η = 0.5 kept, descent **jumps between" in said
    bent = ManyWeights(FromEigenvalues(-1.0, 4.0), eta=0.5, schedule=WarmUp(warm=10)).run().sentence
    assert "the first step multiplies it by 1 − ηλ = **1.05**" in bent


def test_what_rounding_leaves_is_shown_as_nothing() -> None:
    problem = FromData(table="longley", scaling="whitened")
    result = ManyWeights(problem, eta=1.0, methods=METHODS).run()
    assert "η = 1 multiplies all errors by **0**: descent **lands on the minimum" in result.sentence
    rates = {row[0]: row[3] for row in result.facts[0].rows}
    assert rates["gradient descent"] == rates["per coordinate"] == rates["Nesterov"] == "0"
    said = {name: x for row in result.facts[1].rows for name, x in (row[:2], row[2:])}
    assert said["its rate"] == said["its β"] == "0"
    flat = ManyWeights(Typed("1 1 0; 1 1 0; 0 0 0"), eta=0.5).run().sentence
    assert "along (0.707, −0.707, 0)" in flat or "along (0, 0, 1)" in flat
    text = "x,y\n" + "\n".join(f"{x},{3 * x}" for x in range(6))
    line = FromData(table="your CSV", file=Upload("line.csv", text), target="y")
    assert [row[1] for row in ManyWeights(line).run().facts[3].rows] == ["3", "0"]


def test_just_beside_the_limit_the_digits_tell() -> None:
    problem = FromEigenvalues(1.0, 4.0, 0.0)
    above = ManyWeights(problem, eta=0.5000001).run().sentence
    assert "η = 0.5000001 multiplies" in above and "**−1.0000004** (steepest)" in above
    assert "**diverges**" in above
    assert "**jumps between two points" in ManyWeights(problem, eta=0.5).run().sentence


def test_newton_on_the_raw_table_reaches_a_minimum_and_says_so() -> None:
    result = ManyWeights(FromData(table="longley", scaling="raw"), eta=1e-12).run()
    assert row_of(result, "Newton")[-1] == "converged to a minimum"


@settings(max_examples=150)
@given(
    l1=st.sampled_from([0.0, 0.1, 1.0]),
    l2=st.sampled_from([1.0, 5.0]),
    angle=st.sampled_from([0.0, 30.0, 45.0]),
    start=st.sampled_from([(), (1.0, -1.0), (1.0, 1.0), (0.0, 0.0), (1.0, 0.0)]),
    share=st.sampled_from([0.3, 1.0, 1.9, 2.0, 2.5, 8.0, 40.0]),
    relative=st.sampled_from([0.5, 1.0, 2.5]),
    schedule=st.sampled_from(
        [Constant(), LinearDecay(), ExponentialDecay(0.1), StepDrop(8), CosineDecay(60), WarmUp(20)]
    ),
    tolerance=st.sampled_from([1e-9, 1e-3, 0.1]),
)
def test_theory_and_run_agree_or_it_is_said_why(
    l1, l2, angle, start, share, relative, schedule, tolerance
) -> None:
    problem, methods = FromEigenvalues(l1, l2, angle), ("gd", "newton")
    lab = ManyWeights(problem, start, share / l2, methods, relative, 0.5, schedule, 60, tolerance)
    study = lab.study()
    result = lab.show(study)
    for name in methods:
        predicted, took = study.predicted[name], study.took[name]
        if name in study.would_return:
            assert took == np.inf and study.runs[name].outcome().status is Status.DIVERGED
            assert name == "newton" or "the schedule would bring it back" in result.sentence
        elif took < np.inf:
            assert predicted == took
        elif predicted <= 60:
            assert any("Rounding" in note for note in result.notes)


def test_without_a_method_there_is_a_page_all_the_same() -> None:
    result = ManyWeights(methods=()).run()
    assert len(result.pictures[0].tables["losses"]["k"]) == 0
    assert result.predicted == result.measured == "–"


def test_a_method_that_comes_near_before_it_diverges_is_said_to() -> None:
    # But for 4·10⁻⁷ this start has no part along the steepest direction.
    problem = FromEigenvalues(10.0, 1.0, 30.0)
    lab = ManyWeights(problem, (-0.5, 0.866025), 0.8, ("momentum",), tolerance=0.1)
    result = lab.run()
    predicted, took, _ = row_of(result, "momentum")[3:]
    assert predicted == took and took.isdigit()
    assert (
        "gradient descent, momentum: within the tolerance on the way, but diverging in the long run."
        in result.notes
    )
    assert not any("rounding seeds" in note for note in result.notes)


def test_no_method_is_a_choice_too():
    result = ManyWeights(methods=()).run()
    for table in (result.pictures[0].tables[name] for name in ("tracks", "losses")):
        assert {len(column) for column in table.values()} == {0}
    assert "no method is chosen" in result.pictures[0].about


@pytest.mark.parametrize(
    "make",
    [
        lambda x: ManyWeights(FromEigenvalues(lambda1=x)),
        lambda x: ManyWeights(FromEigenvalues(b2=-x)),
        lambda x: ManyWeights(FromEigenvalues(1.0, 0.0, angle=x)),
        lambda x: ManyWeights(Typed(f"0, 0\n{-x}, 0", (1.0, -3.0))),
        lambda x: ManyWeights(Typed(b=(1.0, x))),
        lambda x: ManyWeights(start=(0.0, x)),
        lambda x: ManyWeights(eta=-x),
        lambda x: ManyWeights(relative=x),
        lambda x: ManyWeights(FromData(ridge=x)),
    ],
)
def test_numbers_whose_squares_leave_the_range_of_floats_are_refused(make):
    for tiny in (5e-324, 1e-300, 1e-21):
        with pytest.raises(FieldError, match="must be 0 or at least 1e-") as told:
            make(tiny)
        assert "\n" not in str(told.value)
    assert make(1e-8).run().sentence


@pytest.mark.parametrize(
    "lab",
    [
        # Each made NumPy warn of an overflow or of 0/0 before such sizes were cared for.
        ManyWeights(
            FromEigenvalues(0.0, 1e-20, 55.0, -10.0, -6.0),
            eta=0.18,
            methods=("gd", "momentum", "nesterov"),
            beta=0.99,
            schedule=WarmUp(warm=2),
            steps=81,
        ),
        ManyWeights(FromEigenvalues(1e-20, 4.7e-9, 0.0, 0.0, -5.7), eta=86.1),
        ManyWeights(FromEigenvalues(1e-20, 1e-20), eta=1e-20),
        ManyWeights(Typed("0, 0\n-1e-20, 0", (1e-20, -3.0)), eta=35.0, methods=("gd",)),
        ManyWeights(Typed("1e9, 1\n1, 1e-20", (1e9, 1e9)), relative=1e6, methods=tuple(METHODS)),
        ManyWeights(start=(0.0, 1e-20), eta=99.0, schedule=CosineDecay(period=48)),
        ManyWeights(
            FromEigenvalues(1e9, -1.0, 0.0, 0.0, -1e9),
            eta=-1e12,
            relative=-1e6,
            steps=2,
            methods=("gd", "coordinate", "newton"),
        ),
    ],
)
def test_the_least_and_largest_numbers_that_are_taken_make_a_whole_page(lab):
    for name, table in lab.run().pictures[0].tables.items():
        for column, x in table.items():
            if np.asarray(x).dtype.kind == "f":
                assert np.isfinite(x).all(), f"{name}.{column}"


@pytest.mark.parametrize("case", range(40))
def test_each_method_takes_as_many_steps_as_predicted_or_it_is_said_why(case: int) -> None:
    rng = np.random.default_rng(case)
    n = int(rng.integers(2, 7))
    B = rng.normal(size=(n, n - int(rng.random() < 0.2)))
    rows = [" ".join(map(repr, row)) for row in (B @ B.T).tolist()]
    start = tuple(rng.choice([*rng.normal(size=3), 0.0, 1.0], n).tolist())
    lab = ManyWeights(
        problem=Typed("\n".join(rows)),
        start=start if any(start) else (),
        eta=float(rng.uniform(0, 3.5) / np.linalg.norm(B, 2) ** 2),
        methods=METHODS,
        relative=float(rng.choice([0.2, 0.7, 1.0, 1.5, 2.2])),
        beta=float(rng.choice([0.0, 0.5, 0.9, 0.99, rng.uniform(0, 0.99)])),
        schedule=Constant() if case % 2 else rng.choice([LinearDecay(), StepDrop(8), WarmUp(20)]),
        steps=int(rng.choice([36, 200, 600])),
        tolerance=float(10 ** rng.uniform(-6, -0.4)),
    )
    study = lab.study()
    for name in METHODS:
        predicted, took = study.predicted[name], study.took[name]
        if took < np.inf:
            assert predicted == took, (name, lab)
        elif predicted <= lab.steps:
            seeded = any("ounding" in note for note in lab.show(study).notes)
            assert name in study.would_return or seeded, (name, lab)


def test_a_count_beyond_ten_million_is_rounded_and_said_to_be() -> None:
    def shown(eta: float) -> str:
        lab = ManyWeights(FromEigenvalues(1.0, 4.0, 0.0), (1.0, 1.0), eta, ("gd", "momentum"))
        return row_of(lab.run(), "momentum")[3]

    # ln(10³/√2) = 6.5612, and a β of ½ makes a small step twice as long.
    assert shown(1e-6).startswith("3,280,") and shown(1e-8) == "≈ 3.28·10⁸"


def test_where_per_coordinate_leads_to_another_minimum_a_note_says_so() -> None:
    lab = ManyWeights(Typed("1, 2\n2, 4"), (1.0, 0.0), 0.1, METHODS, relative=0.5)
    result = lab.run()
    assert row_of(result, "per coordinate")[3] == "never"
    assert any("per coordinate leads to another one" in note for note in result.notes)
    alike = replace(lab, problem=Typed("1, 1\n1, 1"), methods=METHODS).run()
    assert not any("per coordinate leads" in note for note in alike.notes)
