"""Conjugate gradients: a textbook's loop on quadratics, and never worse than exact descent's end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from convcore.descent.descent import Status, descend
from convcore.objectives.gallery import BY_KEY
from convcore.objectives.quadratics import Quadratic
from convcore.optimizers import ConjugateGradient, ExactDescent
from tests.draw import SEEDS, often


def textbook(A, b, w, steps):
    """Hestenes and Stiefel (1952): the step length from pᵀAp, without any search."""
    path, r = [w], -(A @ w + b)
    p = r
    for _ in range(steps):
        length = r @ r / (p @ A @ p)
        w = w + length * p
        last, r = r, r - length * (A @ p)
        p = r + (r @ r) / (last @ last) * p
        path.append(w)
    return np.array(path)


@often(25, 400)
@given(seed=SEEDS)
def test_on_a_quadratic_it_walks_as_the_textbook_does_and_lands_in_n_steps(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 7))
    Q, _ = np.linalg.qr(rng.normal(size=(n, n)))
    A, b, w = (Q * rng.uniform(1, 30, n)) @ Q.T, rng.normal(size=n), rng.normal(size=n)
    A = (A + A.T) / 2
    run = descend(Quadratic(A, b), w, 1.0, ConjugateGradient(), steps=n)
    assert run.w == pytest.approx(textbook(A, b, w, n), rel=1e-6, abs=1e-6)
    assert run.w[-1] == pytest.approx(np.linalg.solve(A, -b), rel=1e-6, abs=1e-6)


def test_as_many_steps_as_curvatures_do():
    # Eight weights, three curvatures.
    bowl = Quadratic(np.diag([1.0, 1, 1, 5, 5, 20, 20, 20]), np.arange(8.0))
    run = descend(bowl, np.ones(8), 1.0, ConjugateGradient(), steps=12)
    away = np.linalg.norm(run.w - bowl.minimiser, axis=1)
    assert away[2] > 1e-3 * away[0] and away[3] < 1e-9 * away[0]
    assert run.outcome().status is Status.CONVERGED


def test_its_first_step_is_that_of_exact_descent():
    bowl = Quadratic([[2, 0.5], [0.5, 1]], [1, -1])
    first = [
        descend(bowl, [3, -2], 1.0, kind(), steps=1).w for kind in (ConjugateGradient, ExactDescent)
    ]
    assert first[0] == pytest.approx(first[1], rel=1e-12)


@pytest.mark.parametrize("key", ["rosenbrock", "himmelblau"])
def test_on_other_functions_it_arrives_sooner_than_exact_descent(key):
    ground = BY_KEY[key]
    both = [
        descend(ground.objective, ground.start, 1.0, kind(), steps=400)
        for kind in (ConjugateGradient, ExactDescent)
    ]
    assert both[0].outcome().status is Status.CONVERGED and both[0].outcome().kind.is_minimum
    sizes = [np.linalg.norm(ground.objective.gradient(run.w), axis=-1) for run in both]
    taken = [int((size > 1e-6 * size[0]).sum()) for size in sizes]
    assert taken[0] <= taken[1]
    assert np.all(np.diff(both[0].loss) <= 1e-12)


def test_it_stays_where_there_is_no_slope():
    run = descend(Quadratic(np.eye(2)), [0.0, 0.0], 1.0, ConjugateGradient(), steps=3)
    assert not run.w.any()
