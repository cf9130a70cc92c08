"""Cross-entropy of a table in Many weights: what is said is true of the run, and of the table."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from convcore.claims import CLAIMS, Word
from convcore.datasets import Upload
from convcore.descent.theory import limit
from convcore.knobs import FieldError, OneOf, knobs
from convcore.labkit.own_table import OWN
from convcore.labs import FromData, ManyWeights
from convcore.labs.many_weights.local_plane import LocalPlane
from convcore.labs.many_weights.methods import EVERY
from convcore.objectives import Logistic
from convcore.session import permalink
from tests.draw import SEEDS, often

pytestmark = pytest.mark.filterwarnings("error")


def drawn(seed: int, **how: Any) -> tuple[FromData, Logistic]:
    """A table of overlapping classes with ridge, and its cross-entropy on standardised features."""
    rng = np.random.default_rng(seed)
    N, p = int(rng.integers(20, 60)), int(rng.integers(1, 4))
    X = np.round(rng.normal(size=(N, p)) * 10.0 ** rng.uniform(-1, 2, p), 4)
    y = np.round(X[:, 0] / X[:, 0].std() + rng.normal(size=N)) > 0
    y[:2] = False, True
    ridge = float(np.round(10 ** rng.uniform(-3, 0), 4))
    lines = [",".join([*(f"x{i}" for i in range(p)), "y"])]
    cells = zip(X.tolist(), y, strict=True)
    lines += [",".join([*map(repr, row), "yes" if t else "no"]) for row, t in cells]
    given = {"loss": "cross", "ridge": ridge} | how
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    return (
        FromData(OWN, Upload("mine.csv", "\n".join(lines)), **given),
        Logistic(Z, y, given["ridge"]),
    )


@often(12, 200)
@given(SEEDS)
def test_limit_bound_and_coefficients_are_those_of_the_table(seed: int) -> None:
    problem, E = drawn(seed)
    study = ManyWeights(problem, methods=("gd",)).study()
    D, N, best = E.design, len(E.target), E.minimiser
    assert best is not None and isinstance(study.plane, LocalPlane)
    p = 1 / (1 + np.exp(-D @ best))
    H = D.T @ (D * (p * (1 - p))[:, None]) / N + np.diag(E.penalty)
    top = np.linalg.eigvalsh(H)[-1]
    assert study.limits["gd"] == pytest.approx(2 / top, rel=1e-9)
    L = np.linalg.eigvalsh(D.T @ D)[-1] / (4 * N) + problem.ridge
    assert study.plane.other_bound == pytest.approx(2 / L, rel=1e-9)
    assert study.plane.other_bound <= study.limits["gd"] * (1 + 1e-12)
    found = study.coefficients
    assert found is not None
    # The raw coefficients have the gradient 0 that the standardised ones have.
    fit = problem.fit()
    np.testing.assert_allclose(found.solution, fit.back @ best, rtol=1e-7, atol=1e-9)


@often(12, 200)
@given(SEEDS)
def test_runs_1_percent_below_and_above_the_limit_do_what_is_said(seed: int) -> None:
    problem, E = drawn(seed)
    plane = ManyWeights(problem).plane
    top = limit(plane.objective.spectrum)
    start = tuple((plane.target + 0.01 * plane.objective.spectrum.vectors.sum(axis=1)).tolist())
    lab = ManyWeights(problem, methods=("gd",), steps=1000, start=start)
    below, above = (replace(lab, eta=share * top) for share in (0.99, 1.01))
    assert below.study().took["gd"] < math.inf or below.study().predicted["gd"] > 1000
    beyond = above.study()
    assert beyond.unsettled and "does not settle" in above.run().headline.plain
    away = np.linalg.norm(beyond.run.w - plane.target, axis=1)
    assert away[-100:].max() > away[0]
    assert any("is beyond the limit" in line for line in above.run().said)
    # And below 2/L descent arrives from far away, as each step lowers E.
    assert isinstance(plane, LocalPlane)
    far = replace(lab, eta=0.99 * plane.other_bound, start=tuple(50 * np.ones(E.n)), steps=200)
    loss = far.study().run.loss
    assert (np.diff(loss) <= 1e-12 * loss[:-1]).all()


@often(6, 100)
@given(SEEDS)
def test_near_the_minimum_the_steps_predicted_are_those_taken(seed: int) -> None:
    problem, _ = drawn(seed)
    plane = ManyWeights(problem).plane
    rng = np.random.default_rng(seed)
    start = tuple((plane.target + 1e-6 * rng.normal(size=plane.objective.n)).tolist())
    eta = rng.uniform(0.2, 1.6) / float(plane.objective.spectrum.values[-1])
    methods = ("gd", "coordinate", "momentum", "nesterov", "tuned")
    study = ManyWeights(
        problem, start=start, eta=eta, relative=0.5, methods=methods, steps=400, tolerance=0.01
    ).study()
    for name in methods:
        if study.predicted[name] <= 400:
            assert abs(study.took[name] - study.predicted[name]) <= 1, name


def test_all_methods_run_on_it_and_those_that_solve_arrive() -> None:
    problem, E = drawn(4)
    result = ManyWeights(problem, methods=EVERY, steps=120, eta=1.0).run()
    study = ManyWeights(problem, methods=EVERY, steps=120, eta=1.0).study()
    for name in ("gd", "coordinate", "newton", "momentum", "nesterov", "cg", "bfgs", "rprop"):
        assert study.took[name] < math.inf, name
    assert math.isnan(study.predicted["newton"]) and math.isnan(study.predicted["cg"])
    assert "Near the minimum: limit of η" in result.headline.below
    assert result.headline.below.startswith("E = −mean[y ln p + (1 − y) ln(1 − p)] + ½ρ‖w‖² · ")
    assert "✓" not in result.headline.below, "an approximation is no theory to agree with"
    assert any("scikit-learn" in note for note in result.notes)
    heads = [facts.headings[0] for facts in result.facts]
    assert "of the Hessian at the minimum" in heads and "loss" not in heads
    excess = study.plane.excess(study.run.w)
    exact = E.value(study.run.w) - float(E.value(study.plane.target))
    np.testing.assert_allclose(excess, exact, atol=1e-12)


@pytest.mark.parametrize(
    "claim", [c for c in CLAIMS if isinstance(c.lab, ManyWeights)], ids=lambda c: c.name
)
def test_no_claim_about_quadratics_is_judged_by_it(claim: Any) -> None:
    problem, _ = drawn(5)
    lab = replace(claim.lab, problem=problem, start=())
    verdict = claim.verdict(lab)
    assert verdict.word is Word.UNTRIED and "no quadratic" in verdict.why


def test_separable_classes_are_told_in_one_line_and_what_a_ridge_gives() -> None:
    upload = Upload("and.csv", "x1,x2,label\n0,0,-1\n0,1,-1\n1,0,-1\n1,1,1\n")
    with pytest.raises(FieldError, match=r"has no minimum\. A ridge ρ > 0") as told:
        ManyWeights(FromData(OWN, upload, loss="cross"))
    assert told.value.field == "ridge"
    result = ManyWeights(FromData(OWN, upload, loss="cross", ridge=0.1), eta=1.0).run()
    assert "is the probability that label = 1." in result.notes[1]
    with pytest.raises(FieldError, match="target of two values, and 'y' has 3") as told:
        FromData(OWN, Upload("t.csv", "x,y\n1,2\n2,3\n3,5\n"), loss="cross").fit()
    assert told.value.field == "loss"


def test_it_is_a_choice_only_where_the_target_has_two_values() -> None:
    knob = knobs(FromData)["loss"]
    assert isinstance(knob, OneOf)
    two, _ = drawn(6, loss="half")
    assert "cross" in knob.choices(two)
    assert "cross" not in knob.choices(FromData())
    waiting = FromData(OWN, loss="cross")  # as in a link, whose file is still to be chosen
    assert "cross" in knob.choices(waiting) and waiting.minimises().startswith("E = ‖Xw − y‖²/2N")
    lab = ManyWeights(waiting)
    assert permalink.read(permalink.write(lab), (ManyWeights,))[0] == lab


def test_minibatches_of_it_are_not_offered_and_a_tall_table_takes_fewer_steps() -> None:
    problem, _ = drawn(7)
    lab = ManyWeights(problem, also="minibatches")
    assert lab.study().minibatches is None
    rows = "".join(f"{i % 89},{(i * i) % 3 % 2}\n" for i in range(4000))
    tall = FromData(OWN, Upload("t.csv", "x,y\n" + rows), loss="cross")
    with pytest.raises(FieldError, match="at most 500 steps"):
        ManyWeights(tall, steps=501)
    with pytest.raises(FieldError, match="at most 5,000 rows"):
        FromData(OWN, Upload("t.csv", "x,y\n" + 2 * rows), loss="cross").fit()


def test_level_lines_have_equal_loss_along_them() -> None:
    problem, _ = drawn(8)
    for chosen in (problem, replace(problem, features=("x0",))):
        lab = ManyWeights(chosen)
        plane, picture = lab.plane, lab.run().pictures[0]
        assert isinstance(plane, LocalPlane)
        levels = {name: np.asarray(c) for name, c in picture.tables["levels"].items()}
        at = {name: np.asarray(c) for name, c in picture.tables["plane"].items()}
        inside = (levels["x"] > at["xlo"]) & (levels["x"] < at["xhi"])
        inside &= (levels["y"] > at["ylo"]) & (levels["y"] < at["yhi"])
        height = plane.excess(plane.at(levels["x"].astype(float), levels["y"].astype(float)))
        whole = height[inside].max()
        for line in np.unique(levels["line"]):
            on = height[inside & (levels["line"] == line)]
            assert not on.size or np.ptp(on) < 0.02 * whole
        back = plane.in_picture(plane.at(np.array([0.3, -0.2]), np.array([0.1, 0.4])))
        np.testing.assert_allclose(back, [[0.3, 0.1], [-0.2, 0.4]], atol=1e-9)


def test_what_is_said_names_no_step_of_a_quadratic() -> None:
    problem, _ = drawn(9)
    for eta in (0.5, 60.0):
        result = ManyWeights(problem, eta=eta, steps=40).run()
        said = " ".join((*result.said, result.headline.plain, *result.notes))
        assert not re.search(r"diverge|exact path|least squares|Rounding errors", said)
