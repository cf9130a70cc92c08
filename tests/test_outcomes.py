"""What a run converged to, on functions whose stationary points are known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from convcore.descent.criteria import curvatures_at_rest
from convcore.descent.descent import Status, descend
from convcore.descent.theory import PointKind
from convcore.labs import FromData
from convcore.objectives.gallery import BY_KEY, GALLERY, Function
from convcore.objectives.quadratics import LeastSquares, Quadratic
from convcore.optimizers import OPTIMIZERS

KINDS = dict(OPTIMIZERS)
ENTRIES = [entry for entry in GALLERY if entry.minima]


def kind(text, start, method="newton", steps=100, eta=1.0):
    """The end of a run that converges, by name."""
    run = descend(Function(text), start, eta, KINDS[method](), steps=steps)
    assert run.status[()] is Status.CONVERGED
    return run.kind[()].value


# Newton goes to all of them by a fixed share of the way, from a side where the Hessian is not zero.
@pytest.mark.parametrize("steps", [20, 50, 200])
@pytest.mark.parametrize(
    "text, start, name",
    [
        ("w^3", [1.0], "degenerate point"),
        ("w^3", [-1.0], "degenerate point"),
        ("(w - 1)^3", [2.0], "degenerate point"),
        ("w^5", [0.3], "degenerate point"),
        ("w^4", [-2.0], "degenerate minimum"),
        ("(w - 1)^4", [2.0], "degenerate minimum"),
        ("-w^4", [1.0], "degenerate maximum"),
        ("abs(w)^3", [1.0], "degenerate minimum"),
        ("abs(w)^2.2", [-1.0], "degenerate minimum"),
        ("x^2 + y^4", [1.0, 1.0], "degenerate point"),
        ("x^2 + y^3", [1.0, 1.0], "degenerate point"),
        ("x^2 - y^4", [1.0, 1.0], "degenerate point"),
        ("(x - y)^4 + (x + y)^2", [1.0, 0.3], "degenerate point"),
        ("x^3 - 3*x*y^2", [1.0, 0.3], "degenerate point"),
        ("x^2*y^2", [1.0, 0.5], "degenerate point"),
        ("w1^2 - w2^2 + w3^4", [1.0, 1.0, 1.0], "saddle"),
    ],
)
def test_a_point_where_curvature_vanishes_is_named_so_on_the_way_to_it(text, start, name, steps):
    assert kind(text, start, steps=steps) == name


@pytest.mark.parametrize("method", ["damped", "absolute", "bfgs", "backtracking"])
def test_an_infinite_curvature_decides_nothing_either_and_the_two_sides_do(method):
    assert kind("abs(w)^1.5", [1.0], method, steps=300) == "degenerate minimum"


@pytest.mark.parametrize(
    "text, start, method, name",
    [
        ("log(cosh(w))", [1.0], "newton", "minimum"),
        ("log(cosh(w))", [3.0], "gd", "minimum"),
        ("w^2 + 1e-3*w^4", [5.0], "newton", "minimum"),
        ("w^4/4 - w^2/2", [0.4], "newton", "maximum"),
        ("w^4/4 - w^2/2", [2.0], "newton", "minimum"),
        ("x^2 - y^2 + x^4", [1.0, 1.0], "newton", "saddle"),
        ("cos(x) + cos(y)", [0.3, 0.2], "newton", "maximum"),
        ("(1 - x)^2 + 100*(y - x^2)^2", [-1.2, 1.0], "newton", "minimum"),
        ("(1 - x)^2 + 100*(y - x^2)^2", [-1.2, 1.0], "bfgs", "minimum"),
    ],
)
def test_what_curvature_decides_keeps_its_name(text, start, method, name):
    assert kind(text, start, method, eta=0.5 if method == "gd" else 1.0) == name


def test_a_run_that_stops_early_is_named_by_the_curvature_at_the_point_and_not_before_it():
    # 1e-3·w² under w⁴: at w = 0.05 most of E″ is that of w⁴, and yet 0 is a plain minimum
    objective = Function("0.001*w^2 + w^4")
    found = curvatures_at_rest(objective, np.array([[0.05], [-0.02], [1e-9]]))
    assert found == pytest.approx(np.full((3, 1), 0.002), rel=1e-2)


def test_quadratics_keep_the_eigenvalues_of_their_matrix_however_small():
    for smallest in (1e-12, 0.0, -1e-9):
        found = curvatures_at_rest(Quadratic([[1.0, 0], [0, smallest]]), np.ones((3, 2)))
        assert np.array_equal(found, np.tile(sorted([smallest, 1.0]), (3, 1)))


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.key for entry in ENTRIES])
def test_damped_newton_near_a_known_minimum_of_the_gallery_never_says_saddle_or_maximum(entry):
    w = np.array(entry.minima[0], dtype=float)
    start = w + 0.02 * np.array([1.0, -0.7, 0.4, 0.3, 0.2, 0.1])[: len(w)]
    run = descend(entry.objective, start, 1.0, KINDS["damped"](), steps=60)
    if run.status[()] is Status.CONVERGED:
        curved = np.linalg.eigvalsh(entry.objective.hessian(w))
        plain = np.isfinite(curved).all() and (curved > 1e-6 * curved.max()).all()
        assert run.kind[()] in (
            (PointKind.MINIMUM,) if plain else (PointKind.DEGENERATE_MINIMUM, PointKind.DEGENERATE)
        )


def test_a_drift_is_along_a_slope_and_not_said_to_be_flat():
    for slope in (-2.0, 1e-9):
        run = descend(Quadratic(0.0, slope), [1.0], 0.3, steps=20)
        assert str(run.outcome()) == "drifts along a straight slope"


def test_newton_on_longleys_raw_table_converges_to_the_minimum_that_its_singular_values_know():
    objective = FromData(table="longley", scaling="raw").objective()
    low, *_, top = objective.spectrum.values
    assert low > 0 and top > 1e19 * low
    run = descend(objective, np.zeros(objective.n), 1.0, KINDS["newton"](), steps=5)
    assert str(run.outcome()) == "converged to a minimum"
    twice = LeastSquares(np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]]), np.array([1.0, 3.0, 2.0]))
    run = descend(twice, np.zeros(3), 1.0, KINDS["newton"](), steps=5)
    assert str(run.outcome()) == "converged to a degenerate minimum"


def test_of_many_long_runs_those_are_called_bounded_that_are_so_alone():
    # More than are asked at a time: cycles, chaos and runs that settle side by side.
    etas = np.linspace(0.5, 6.0, 300)
    pinhole = BY_KEY["pinhole"].objective
    runs = descend(pinhole, np.full((300, 1), 3.5), etas, steps=400)
    alone = [descend(pinhole, [3.5], eta, steps=400).outcome() for eta in etas]
    assert [runs.outcome((i,)) for i in range(300)] == alone
    assert {Status.BOUNDED, Status.CYCLING, Status.CONVERGED} <= {each.status for each in alone}
