"""Newton and Gauss–Newton without a Hessian."""

from __future__ import annotations

import numpy as np
import pytest

from convcore.descent.descent import Status, descend
from convcore.network import Network
from convcore.objectives.quadratics import Quadratic
from convcore.optimizers.hessian_free import (
    HESSIAN_FREE,
    CGNewton,
    GaussNewton,
    conjugate_gradients,
)

A = np.array([[4.0, 1, 0], [1, 3, 0.5], [0, 0.5, 2]])
each_optimizer = pytest.mark.parametrize("kind", [kind for _, kind in HESSIAN_FREE])


def net() -> Network:
    x = np.linspace(-1, 1, 20)[:, None]
    return Network(x, 8 * x**4 - 8 * x**2 + 1, (8, 8))


def test_conjugate_gradients_solve_in_as_many_products_as_there_are_eigenvalues():
    b = np.array([1.0, -2, 0.5])
    found = conjugate_gradients(lambda v: A @ v, b, 10, 1e-12)
    np.testing.assert_allclose(found.x, np.linalg.solve(A, b), rtol=1e-12)
    np.testing.assert_allclose(found.Ax, b, rtol=1e-12)
    assert found.products == 3 and not found.negative_curvature
    assert conjugate_gradients(lambda v: 2 * v, b, 10, 1e-12).products == 1


def test_conjugate_gradients_stop_at_negative_curvature():
    b = np.array([1.0, 1.0])
    down = conjugate_gradients(lambda v: -v, b, 10, 1e-12)
    assert down.negative_curvature
    np.testing.assert_array_equal(down.x, b)
    later = conjugate_gradients(lambda v: np.array([3.0, -1.0]) * v, b, 10, 1e-12)
    assert later.negative_curvature and later.products == 2


def test_a_quadratic_takes_as_few_steps_as_the_inner_solve_allows():
    quadratic = Quadratic(A, [1.0, 2, 3])
    run = descend(quadratic, [[3.0, -1, 2], [1, 1, 1]], 1.0, CGNewton(), steps=12)
    assert (run.status == Status.CONVERGED).all()
    np.testing.assert_allclose(run.w[-1], np.tile(quadratic.minimiser, (2, 1)), atol=1e-6)


@each_optimizer
def test_the_loss_never_rises_and_falls_far_below_what_descent_reaches(kind):
    f = net()
    run = descend(f, f.initial(0), 1.0, kind(), steps=60)
    assert np.all(np.diff(run.loss) <= 0)
    plain = descend(f, f.initial(0), 0.1, steps=600)
    assert run.loss[-1] < plain.loss[-1] / 100


@each_optimizer
def test_a_batch_of_starts_gives_what_each_gives_alone(kind):
    f = net()
    starts = np.stack([f.initial(0), f.initial(1)])
    together = descend(f, starts, 1.0, kind(), steps=5)
    for i in range(2):
        alone = descend(f, starts[i], 1.0, kind(), steps=5)
        np.testing.assert_allclose(together.w[:, i], alone.w, rtol=1e-9, atol=1e-12)


def test_gauss_newton_with_all_products_and_no_damping_is_the_normal_equations():
    x = np.random.default_rng(0).standard_normal((30, 3))
    t = x @ [[1.0], [2], [-1]] + 0.5
    linear = Network(x, t, ())
    run = descend(linear, np.zeros(4), 1.0, GaussNewton(damping=0.0), steps=6)
    np.testing.assert_allclose(run.w[-1], [1, 2, -1, 0.5], atol=1e-6)


def test_damping_adapts_to_how_well_the_model_foretells():
    g = GaussNewton()
    assert g.next_damping(1.0, 0.9) == 2 / 3 and g.next_damping(1.0, 0.1) == 1.5 and g.next_damping(1.0, 0.5) == 1


def test_an_objective_without_outputs_has_no_gauss_newton():
    with pytest.raises(TypeError, match="Quadratic has none"):
        descend(Quadratic(A), [1.0, 1, 1], 1.0, GaussNewton(), steps=1)


@each_optimizer
@pytest.mark.parametrize("wrong", [{"iterations": 0}, {"damping": -1.0}, {"damping": np.inf}])
def test_settings_out_of_range_are_named(kind, wrong):
    with pytest.raises(ValueError, match=f"{kind.__name__}.*{next(iter(wrong))}"):
        kind(**wrong)
