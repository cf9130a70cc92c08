"""The lab "Taylor and Newton": thresholds by closed forms, verdicts by runs, models by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import brentq

from convcore.descent.descent import Status, descend
from convcore.descent.theory import PointKind
from convcore.knobs import FieldError
from convcore.labkit.words import num
from convcore.labs import FromFormula, FromGallery, TaylorAndNewton
from convcore.labs.newton import newton_map
from convcore.labs.newton.map_labels import MAP_SIZES, PLACES
from convcore.labs.newton.runs import progress
from convcore.labs.newton.settings import KINDS
from convcore.objectives.gallery import BY_KEY, GALLERY, Function
from convcore.optimizers import Newton


@pytest.mark.parametrize(
    ("text", "threshold"),
    [
        ("log(cosh(w))", brentq(lambda w: np.sinh(2 * w) - 4 * w, 0.5, 2, xtol=1e-15)),
        ("sqrt(1 + w^2)", 1.0),
        ("w^4/4 - w^2/2", 1 / np.sqrt(5)),
    ],
)
def test_newtons_thresholds_are_those_of_the_closed_forms(text, threshold):
    low, high, limit = newton_map.threshold(Function(text), (-4.0, 4.0))
    assert low == pytest.approx(-threshold, abs=1e-12)
    assert high == pytest.approx(threshold, abs=1e-12)
    assert abs(limit) < 1e-9


@pytest.mark.parametrize(
    ("text", "mapped"),
    [
        ("log(cosh(w))", lambda w: w - 0.5 * np.sinh(2 * w)),
        ("sqrt(1 + w^2)", lambda w: -(w**3)),
        ("abs(w)^3", lambda w: w / 2),
        ("abs(w)^1.5", lambda w: -w),
    ],
)
def test_newtons_map_is_the_closed_form(text, mapped):
    w = np.linspace(0.1, 2.0, 40)
    np.testing.assert_allclose(newton_map.newton_map(Function(text), w), mapped(w), rtol=1e-11)


@pytest.mark.parametrize(
    ("key", "kind"), [("himmelblau", "maximum"), ("camel", "saddle"), ("rosenbrock", "minimum")]
)
def test_newton_says_to_what_it_converged(key, kind):
    lab = TaylorAndNewton(FromGallery(key), methods=("newton",), steps=30)
    end = lab.study().newton.outcome
    assert (end.status, end.kind) == (Status.CONVERGED, PointKind(kind))
    assert f"converged to a {kind}" in lab.run().sentence


def test_damped_newton_goes_on_where_newton_is_thrown_out():
    lab = TaylorAndNewton(FromGallery("logcosh"), start=(3.0,), steps=60)
    runs = lab.study().runs
    assert runs["damped"].outcome.kind is PointKind.MINIMUM
    assert runs["damped"].outcome.status is Status.CONVERGED
    assert runs["newton"].outcome.status is not Status.CONVERGED


def test_the_table_along_the_path_is_the_path():
    lab = TaylorAndNewton(FromGallery("quartic"), model="newton", steps=5)
    rows = lab.run().facts[1].rows
    assert [row[0] for row in rows] == ["0", "1", "2", "3", "4", "5"]
    assert rows[0][1:6] == ("1.5", "5.0625", "13.5", "27", "0.03704")
    assert rows[0][6] == rows[1][1] == "1"


@pytest.mark.parametrize("entry", GALLERY, ids=lambda entry: entry.key)
def test_every_function_makes_a_whole_page(entry):
    lab = TaylorAndNewton(FromGallery(entry.key), eta=entry.eta)
    result = lab.run()
    for table in result.pictures[0].tables.values():
        for column in table.values():
            column = np.asarray(column)
            assert column.dtype.kind != "f" or np.isfinite(column).all()


def test_choosing_a_function_brings_its_usual_start_and_step():
    lab = TaylorAndNewton(FromGallery("rosenbrock"), start=(1.0, 2.0), eta=0.5)
    after = lab.after("ground.name")
    assert after.start == ()
    assert after.eta == BY_KEY["rosenbrock"].eta
    assert lab.after("steps") == lab


@pytest.mark.parametrize(
    ("text", "said"),
    [("w +", "character"), ("().__class__", "character"), ("a+b+c", "character"), ("w1*w2*w3", "")],
)
def test_a_bad_formula_gets_one_line(text, said):
    with pytest.raises(FieldError) as error:
        TaylorAndNewton(FromFormula(text))
    assert error.value.field == "text"
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_start_outside_of_the_domain_is_told():
    with pytest.raises(FieldError, match="not defined"):
        TaylorAndNewton(FromGallery("barrier"), start=(-1.0,))


def test_a_path_that_leaves_the_domain_is_not_called_converged():
    run = descend(Function("w - log(w)"), [3.0], 1.0, Newton(), steps=5)
    assert str(run.outcome()) == "left the domain of E at step 1"
    assert np.isfinite(run.w).all()
    assert TaylorAndNewton(FromGallery("barrier"), start=(3.0,)).study().newton.path.gone
    said = TaylorAndNewton(FromGallery("barrier"), start=(3.0,)).run().sentence
    assert "Newton: **left the domain of E at step 1**" in said


def test_a_start_of_another_size_gets_one_line():
    with pytest.raises(FieldError, match=r"^The start has 2 numbers and E has 1 weight\.$"):
        TaylorAndNewton(start=(1.0, 2.0))


def test_beyond_the_threshold_newton_is_not_said_to_have_arrived():
    assert "Newton: **converged to a minimum**" in TaylorAndNewton(start=(1.08,)).run().sentence
    assert "Newton: **stopped by rounding" in TaylorAndNewton(start=(1.2,)).run().sentence


def test_a_long_formula_is_in_the_notes_and_its_name_in_the_sentence():
    result = TaylorAndNewton(FromGallery("himmelblau")).run()
    assert result.sentence.startswith("**Himmelblau** from w₀ = (0, 0). ")
    assert result.notes[0].startswith("$E = ")
    assert TaylorAndNewton(FromFormula("w^2*w")).run().sentence.startswith("$E = ")


def test_an_infinite_curvature_at_the_start_is_not_called_a_missing_bend():
    said = TaylorAndNewton(FromGallery("power1.5"), start=(0.0,)).run().sentence
    assert "curvature of E is **not finite**" in said


def test_a_map_of_nothing_but_two_cycles_marks_none_and_a_pole_is_no_line():
    assert newton_map.two_cycles(Function("abs(w)^1.5"), (-3.0, 3.0)) == ()
    assert len(newton_map.two_cycles(Function("log(cosh(w))"), (-4.0, 4.0))) == 2
    w = np.linspace(-3, 5, 241)
    N = newton_map.without_poles(newton_map.newton_map(Function("log(w)^2 + w"), w), -3, 5)
    gap = np.isfinite(N[:-1]) & np.isfinite(N[1:])
    assert not (gap & (np.sign(N[:-1] - 1) != np.sign(N[1:] - 1)) & (np.abs(np.diff(N)) > 8)).any()


@pytest.mark.parametrize("key", ["quartic", "power3"])
@pytest.mark.parametrize("start", [-1000.0, -100.0, -10.0, -5.0, 10.0, 100.0, 1000.0])
def test_a_flat_minimum_is_found_in_a_view_of_any_width(key, start):
    lab = TaylorAndNewton(FromGallery(key), start=(start,))
    assert lab.run().sentence
    view = (min(-2.0, 1.3 * start), max(2.1, start))
    assert newton_map.fixed_points(lab.ground.objective(), view) == (0.0,)


def test_the_staircase_is_newtons_whatever_path_is_followed():
    for model in ("gd", "newton"):
        lab = TaylorAndNewton(FromGallery("logcosh"), start=(0.9,), model=model)
        stairs = lab.run().pictures[0].tables["stairs"]
        w = np.asarray(stairs["w"])[::2]
        np.testing.assert_allclose(w[1:4], (w - 0.5 * np.sinh(2 * w))[:3], rtol=1e-12)


def test_a_long_path_has_its_first_steps_and_its_last_in_the_table():
    lab = TaylorAndNewton(FromGallery("logcosh"), model="gd", steps=60)
    assert [row[0] for row in lab.run().facts[1].rows] == [*map(str, range(14)), "…", "60"]


def test_plain_newton_is_not_called_whitened_here():
    result = TaylorAndNewton().run()
    assert "whitened" not in result.sentence + repr(result.facts)
    assert "Newton" in result.pictures[0].tables["legend"]["name"]


def test_each_methods_gradient_is_told_and_the_criterion_for_all():
    result = TaylorAndNewton(start=(1.0,)).run()
    run = descend(Function("log(cosh(w))"), [1.0], 0.5, steps=15)
    first, last = num(np.tanh(1.0), 3), num(np.tanh(run.w[-1, 0]), 3)
    assert f"(∣E′∣ {first} at w₀, {last} at the end)" in result.sentence
    assert "Newton: **converged to a minimum** (gradient down to 10⁻⁶ after 5 steps)" in (
        result.sentence
    )
    assert any("10⁻⁶ of its size at w₀" in note for note in result.notes)
    gradients = {row[0]: row[4] for row in result.facts[0].rows}
    assert gradients["gradient descent"] == num(np.tanh(run.w[-1, 0]), 3)


@pytest.mark.parametrize("entry", GALLERY, ids=lambda entry: entry.key)
def test_converged_is_said_only_of_gradients_that_the_criterion_counts(entry):
    objective = entry.objective
    for name in KINDS:
        eta = 1.0 if KINDS[name].relative else entry.eta
        run = descend(objective, entry.start, eta, KINDS[name](), steps=60)
        if run.outcome().status is Status.CONVERGED:
            assert progress(objective, run).share <= 1.001e-6
        elif progress(objective, run).share > 1e-6:
            assert progress(objective, run).taken == np.inf


def test_the_step_size_in_use_stands_beside_the_best_one():
    assert "η = **0.5**, 0.21 ηₒₚₜ" in TaylorAndNewton().run().sentence
    assert "In use" not in TaylorAndNewton(methods=("newton", "damped")).run().sentence


def test_the_step_of_each_method_is_named_for_what_it_is():
    rows = (
        TaylorAndNewton(methods=("newton", "damped", "momentum"), relative=0.5).run().facts[0].rows
    )
    assert [row[1] for row in rows] == [
        "0.5·H⁻¹∇E", "0.5·H⁻¹∇E, halved until E falls enough", "0.5·∇E and 0.9 of the last step"
    ]  # fmt: skip
    assert KINDS["momentum"]().beta == KINDS["nesterov"]().beta == 0.9


def test_the_table_along_the_path_ends_where_it_only_repeats():
    rows = TaylorAndNewton().run().facts[1].rows
    assert [row[0] for row in rows] == ["0", "1", "2", "3", "4", "5", "6 to 15"]
    still = TaylorAndNewton(start=(0.0,)).run().facts[1].rows
    assert [row[0] for row in still] == ["0 to 15"]


def test_a_path_that_runs_away_is_cut_where_it_has_left_the_picture():
    lab = TaylorAndNewton(FromGallery("himmelblau"), methods=("gd",), eta=0.5)
    tables = lab.run().pictures[0].tables
    t, paths = tables["t"], tables["paths"]
    half = (t["xhi"][0] - t["xlo"][0]) / 2
    assert np.abs(paths["x"] - (t["xhi"][0] + t["xlo"][0]) / 2).max() <= 6.001 * half
    run = descend(Function(BY_KEY["himmelblau"].text), [0.0, 0.0], 0.5, steps=15)
    assert np.abs(run.w).max() > 100 * half


def test_the_step_under_the_pointer_may_be_one_that_the_models_path_has_no_more():
    tables = TaylorAndNewton(look=12).run().pictures[0].tables
    assert tables["t"]["look"] == [12] and tables["t"]["last"] == [6]
    assert tables["models"]["k"].tolist() == list(range(7))
    assert tables["steps"]["k"].tolist() == list(range(16))


@pytest.mark.parametrize(
    "lab",
    [
        # A curvature of which the inverse overflows, and two of which the product does.
        TaylorAndNewton(FromGallery("logcosh"), start=(-360.0,), methods=("gd",)),
        TaylorAndNewton(
            FromFormula("(exp((y+x))*((2*y)+(2+0.5)))"),
            methods=("gd", "newton", "damped"),
            eta=135809.2013289341,
            relative=687.0223889976572,
            steps=39,
            model="shifted",
        ),
    ],
)
def test_curvatures_of_any_size_make_no_warning(lab):
    result = lab.run()
    assert result.sentence and "inf" not in result.sentence.split()


def test_a_huge_constant_has_a_view_of_some_height():
    tables = TaylorAndNewton(FromFormula("(1e3)^100 - 1e3")).run().pictures[0].tables["t"]
    assert tables["ylo"][0] < tables["yhi"][0] and tables["llo"][0] < tables["lhi"][0]


@pytest.mark.parametrize(
    "text",
    [
        "w^4/4 - w^2/2",
        "w^4 - w^2",
        "w^4 - 0.1*w^2",
        "w^6 - 3*w^4 + 2*w^2",
        "w^2 + 3*sin(2*w)",
        "cos(w)",
    ],
)
@pytest.mark.parametrize("column", MAP_SIZES)
def test_numbers_on_newtons_map_are_apart_and_in_it_and_a_fixed_points_comes_first(text, column):
    lab = TaylorAndNewton(FromFormula(text), start=(0.3,))
    points = lab.run().pictures[0].tables["points"]
    (low, high), (wide, tall) = lab.view[0], MAP_SIZES[column]
    boxes = []
    for w, image, label, place in zip(
        *(points[n] for n in ("w", "next", "label", column)), strict=True
    ):
        if place < 0:
            continue
        side, below = PLACES[place]
        x, y = (w - low) / (high - low) * wide, (high - image) / (high - low) * tall + below
        ends = sorted((x + 8 * side, x + side * (8 + 6.5 * len(label))))
        assert ends[0] >= 0 and ends[1] <= wide + 3 and y - 12 >= 0 and y <= tall
        boxes.append((*ends, y))
    for one, other in itertools.combinations(boxes, 2):
        apart = one[1] <= other[0] or other[1] <= one[0] or abs(one[2] - other[2]) >= 12
        assert apart, (one, other)
    if text == "w^4/4 - w^2/2":
        fixed = [
            p for p, kind in zip(points[column], points["kind"], strict=True) if kind == "fixed"
        ]
        assert len(fixed) == 3 and min(fixed) >= 0, "the ends of runs have their numbers"
