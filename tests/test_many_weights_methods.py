"""The methods of "Many weights" whose steps theory does not count, and two that it does: against loops."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from convcore.arrays import Array
from convcore.labkit.headline import AGREES
from convcore.labs import (
    Constant,
    FromData,
    FromEigenvalues,
    LinearDecay,
    ManyWeights,
    StepDrop,
    Typed,
)
from convcore.labs.many_weights.methods import EVERY, KINDS
from tests.draw import SEEDS, labs, often
from tests.test_headlines_many import holds

Slope = Callable[[Array], Array]


def adagrad(w: Array, slope: Slope, eta: float, steps: int) -> list[Array]:
    s, path = np.zeros(len(w)), [w]
    for _ in range(steps):
        g = slope(w)
        s = s + g**2
        w = w - eta * g / (np.sqrt(s) + 1e-10)
        path.append(w)
    return path


def rmsprop(w: Array, slope: Slope, eta: float, steps: int) -> list[Array]:
    s, path = np.zeros(len(w)), [w]
    for _ in range(steps):
        g = slope(w)
        s = 0.99 * s + 0.01 * g**2
        w = w - eta * g / (np.sqrt(s) + 1e-8)
        path.append(w)
    return path


def adamw(w: Array, slope: Slope, eta: float, steps: int, decay: float = 0.0) -> list[Array]:
    m, s, path = np.zeros(len(w)), np.zeros(len(w)), [w]
    for k in range(1, steps + 1):
        g = slope(w)
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
        w = (1 - eta * decay) * w
        w = w - eta * (m / (1 - 0.9**k)) / (np.sqrt(s / (1 - 0.999**k)) + 1e-8)
        path.append(w)
    return path


def rprop(w: Array, slope: Slope, eta: float, steps: int) -> list[Array]:
    n = len(w)
    size, before, last, path = [eta] * n, [0.0] * n, [0.0] * n, [w]
    for _ in range(steps):
        g, w = slope(w), w.copy()
        for i in range(n):
            if g[i] * before[i] < 0:
                size[i] *= 0.5
                w[i] -= last[i]
                before[i] = 0.0
                continue
            size[i] = min(1.2 * size[i], 1e3 * eta) if g[i] * before[i] > 0 else size[i]
            last[i] = -math.copysign(size[i], g[i])
            w[i] += last[i]
            before[i] = g[i]
        path.append(w)
    return path


@often(20, 300)
@given(seed=SEEDS)
def test_each_run_is_that_of_a_loop_and_takes_its_steps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 5))
    B = rng.normal(size=(n, n)) + 2 * np.eye(n)
    A, b, start = B @ B.T, rng.normal(size=n), rng.normal(size=n)
    lab = ManyWeights(
        Typed("\n".join(" ".join(map(repr, row)) for row in A.tolist()), tuple(b.tolist())),
        tuple(start.tolist()),
        methods=("rprop", "adagrad", "rmsprop", "adam", "adamw"),
        sized=float(rng.choice([0.01, 0.1, 0.7])),
        decay=float(rng.choice([0.0, 0.01, 0.5])),
        steps=60,
        tolerance=0.05,
    )
    A, study = (A + A.T) / 2, lab.study()
    target = np.linalg.solve(A, -b)
    loops = {"rprop": rprop, "adagrad": adagrad, "rmsprop": rmsprop, "adam": adamw}
    for name in lab.methods:
        found, eta = study.runs[name], lab.sized
        if name == "adamw":
            path = adamw(start, lambda w: A @ w + b, eta, 60, lab.decay)
        else:
            path = loops[name](start, lambda w: A @ w + b, eta, 60)
        assert found.w[:31] == pytest.approx(
            np.array(path[: len(found.w)])[:31], rel=1e-6, abs=1e-6
        )
        left = np.linalg.norm(np.array(path) - target, axis=1)
        left = left / left[0]
        sure = np.flatnonzero(left < 0.05 * (1 - 1e-4))
        near = np.flatnonzero(left < 0.05 * (1 + 1e-4))
        took = study.took[name]
        assert not sure.size or took <= sure[0], name
        assert took == math.inf or (near.size and near[0] <= took), name
        assert math.isnan(study.predicted[name]) and math.isnan(study.limits[name])


@often(40, 400)
@given(seed=SEEDS)
def test_conjugate_gradient_takes_the_steps_that_exact_arithmetic_needs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 9))
    Q, _ = np.linalg.qr(rng.normal(size=(n, n)))
    A = (Q * rng.choice([1.0, 2.0, 3.5, 20.0], n)) @ Q.T
    matrix = "\n".join(" ".join(map(repr, row)) for row in ((A + A.T) / 2).tolist())
    lab = ManyWeights(
        Typed(matrix), tuple(rng.normal(size=n).tolist()), methods=("cg",), tolerance=1e-4
    )
    study = lab.study()
    assert study.predicted["cg"] == study.took["cg"] <= min(n, 4)
    assert AGREES in lab.show(study).headline.theory
    for other in (replace(lab, relative=0.9), replace(lab, schedule=LinearDecay())):
        assert math.isnan(other.study().predicted["cg"]), "no exact step, no theory"


@often(30, 400)
@given(seed=SEEDS)
def test_tuned_momentum_is_as_fast_as_momentum_gets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    low, top = 1.0, float(10 ** rng.uniform(0.1, 4))
    root = math.sqrt(top)
    eta = 4 / (1 + root) ** 2
    lab = ManyWeights(FromEigenvalues(low, top), eta=eta, methods=("tuned",), steps=200)
    study = lab.study()
    assert lab.beta_of("tuned") == pytest.approx(((root - 1) / (root + 1)) ** 2, rel=1e-9)
    assert study.took["tuned"] in (study.predicted["tuned"], math.inf)

    def slowest(eta: float, beta: float) -> float:
        companions = [[[1 + beta - eta * x, -beta], [1, 0]] for x in (low, top)]
        return float(np.abs(np.linalg.eigvals(np.array(companions))).max())

    # A double root moves by the square root of rounding.
    best = study.rates["tuned"]
    assert best == pytest.approx(slowest(eta, lab.beta_of("tuned")), abs=1e-6)
    for _ in range(20):
        other = slowest(float(eta * rng.uniform(0.3, 1.6)), float(rng.uniform(0, 1)))
        assert best <= other + 1e-6


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("start", [(), (0.0, 0.0), (1.0, 2.0)])
@pytest.mark.parametrize("low", [-1.0, 0.0, 1.0])
def test_a_headline_of_each_method_alone_is_true(
    name: str, start: tuple[float, ...], low: float
) -> None:
    for b1, schedule in ((0.0, Constant()), (1.0, LinearDecay())):
        problem = FromEigenvalues(low, 4.0, 20.0, b1=b1)
        lab = ManyWeights(problem, start, methods=(name,), schedule=schedule, decay=0.5)
        holds(lab.study())
        assert lab.run().html()


@often(30, 500)
@given(lab=labs(ManyWeights))
def test_a_headline_of_any_lab_with_all_methods_is_true(lab: ManyWeights) -> None:
    holds(replace(lab, methods=EVERY, steps=min(lab.steps, 60)).study())


def test_adamw_is_said_to_leave_a_start_at_a_minimum() -> None:
    lab = ManyWeights(FromEigenvalues(b1=-1.0), methods=("adamw",))
    there = tuple(lab.plane.objective.minimiser.tolist())
    at_rest = replace(lab, start=there).run()
    assert at_rest.headline.plain == (
        "The start is a minimum, but AdamW shrinks the weights wherever it is."
    )
    assert any("at a minimum other than 0 it does not rest" in note for note in at_rest.notes)
    assert not any("AdamW" in note for note in replace(lab, decay=0.0).run().notes)


def test_who_leads_to_another_minimum_and_who_leaves_again_is_noted() -> None:
    lab = ManyWeights(Typed("1, 2\n2, 4"), (1.0, 0.0), 0.1, ("gd", "adagrad", "bfgs", "cg"))
    assert any("AdaGrad leads to another one" in note for note in lab.run().notes)
    back = ManyWeights(methods=("adam",), sized=0.3, steps=9, tolerance=0.1, start=(2.0, 1.0))
    assert back.study().took["adam"] < math.inf
    assert any("Adam: within the tolerance on the way" in note for note in back.run().notes)


@pytest.mark.parametrize(
    "lab",
    [
        ManyWeights(methods=EVERY),
        ManyWeights(methods=("gd", "adam"), schedule=LinearDecay()),
        ManyWeights(FromData("iris"), methods=("cg", "adamw", "tuned"), steps=100),
    ],
)
def test_the_best_step_size_of_each_method_is_offered_and_keeps_its_word(lab: ManyWeights) -> None:
    raced = lab.race()
    assert raced is not None
    offers = {offer.key: offer for offer in raced.own}
    assert set(offers) <= set(lab.methods) | {"gd"}
    assert offers
    cells = raced.picture.tables["cells"]
    for key, offer in offers.items():
        own = (cells["who"] == key) & (cells["kind"] == "reached")
        fewest = int(cells["label"][own].astype(int).min())
        taken = offer.lab.study().took[key]
        assert f"({fewest} step" in offer.text and taken == fewest
        assert offer.text.startswith(KINDS[key].label)


def test_theory_s_best_step_sizes_are_on_the_map() -> None:
    cells = ManyWeights().race().picture.tables["cells"]  # λ = 1 and 10
    assert 2 / 11 in cells["eta"][cells["who"] == "gd"]
    eta = 4 / (1 + math.sqrt(10)) ** 2
    assert np.isclose(cells["eta"][cells["who"] == "tuned"], eta, rtol=1e-12).any()


def test_the_longest_name_leaves_a_headline_of_twenty_words() -> None:
    lab = ManyWeights(
        methods=("coordinate",), relative=0.01, schedule=StepDrop(500), steps=36
    )  # its steps are still all of one size
    said = lab.run().headline.plain
    assert said.startswith("At η = 0.01 so far, per-coordinate descent is still on its way")
    assert len(said.split()) <= 20
