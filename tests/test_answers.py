"""What an engineer asks first, against NumPy's eigenvalues and against runs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore import PlainFunction, condition, descend, lr_limit, sharpness, steps_needed
from convcore.descent.answers import LOSSES

SEEDS = st.integers(0, 2**31)


def losses(X: np.ndarray, y: np.ndarray) -> dict[str, PlainFunction]:
    """Each loss of a linear model with a bias, written down plainly."""
    D = np.column_stack([X, np.ones(len(X))])

    def misfit(w: np.ndarray) -> np.ndarray:
        return np.asarray(w @ D.T - y)

    written = {
        "mean": lambda w: (misfit(w) ** 2).mean(axis=-1),
        "half mean": lambda w: (misfit(w) ** 2).mean(axis=-1) / 2,
        "sum": lambda w: (misfit(w) ** 2).sum(axis=-1),
    }
    assert written.keys() == set(LOSSES)
    return {name: PlainFunction(loss, np.zeros(D.shape[1])) for name, loss in written.items()}


@given(SEEDS, st.integers(2, 30), st.integers(1, 4))
@settings(max_examples=12)
def test_the_limit_is_two_over_the_largest_curvature_of_the_loss_as_written(
    seed: int, N: int, p: int
) -> None:
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(N, p)) * rng.uniform(0.3, 3, p) + rng.normal(size=p), rng.normal(size=N)
    for name, E in losses(X, y).items():
        top = np.linalg.eigvalsh(E.hessian(np.zeros(p + 1)))[-1]
        assert lr_limit(X, y, name) == pytest.approx(2 / top, rel=1e-6)
    D = np.column_stack([X, np.ones(N)])
    if p < N:
        assert condition(X) == pytest.approx(np.linalg.cond(D) ** 2, rel=1e-6)
        assert condition(X, intercept=False) == pytest.approx(np.linalg.cond(X) ** 2, rel=1e-6)
    else:
        assert condition(X) == np.inf


@given(SEEDS, st.sampled_from(LOSSES), st.floats(0.05, 0.98))
@settings(max_examples=12)
def test_the_steps_needed_are_those_that_a_run_takes(seed: int, loss: str, share: float) -> None:
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(12, 2)), rng.normal(size=12) + 3
    E, best = (
        losses(X, y)[loss],
        np.linalg.lstsq(np.column_stack([X, np.ones(12)]), y, rcond=None)[0],
    )
    eta = share * lr_limit(X, y, loss)
    needed = steps_needed(X, y, eta, loss, tolerance=1e-2)
    run = descend(E, np.zeros(3), eta, steps=int(min(needed + 5, 3000)))
    # The gradient by complex step is exact to rounding, so a step more or less is rounding of the mark.
    assert needed > 3000 or abs(run.steps_to(1e-2, best) - needed) <= 1
    assert steps_needed(X, y, 1.01 * lr_limit(X, y, loss), loss) == np.inf
    assert steps_needed(X, y, loss=loss) == steps_needed(X, y)  # the best η whatever the loss


def test_several_outputs_divide_the_mean_and_leave_the_sum() -> None:
    X, Y = np.random.default_rng(0).normal(size=(20, 3)), np.zeros((20, 4))
    assert lr_limit(X, Y) == pytest.approx(4 * lr_limit(X, Y[:, 0]))
    assert lr_limit(X, Y, "sum") == pytest.approx(lr_limit(X, Y[:, 0], "sum"))


def test_data_may_be_lists_a_frame_or_whole_numbers_and_must_not_depend_on_units_of_rows() -> None:
    X, y = [[1, 2], [3, 5], [4, 1]], [1, 0, 2]
    frame = pd.DataFrame(X, columns=["a", "b"])
    small = np.array(X, dtype=np.float32), np.array(y, dtype=np.int8)
    for given_X, given_y in ((X, y), (frame, pd.Series(y)), small):
        assert lr_limit(given_X, given_y) == pytest.approx(
            lr_limit(np.array(X, float), np.array(y, float))
        )
        assert steps_needed(given_X, given_y, tolerance=0.1) == steps_needed(X, y, tolerance=0.1)
    assert lr_limit(np.zeros((4, 2)), intercept=False) == np.inf


@given(SEEDS, st.integers(1, 60), st.sampled_from([np.float64, np.float32]))
@settings(max_examples=12)
def test_sharpness_is_the_largest_eigenvalue_whatever_the_type_of_the_products(
    seed: int, n: int, kind: type
) -> None:
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(n, n))
    A = (A + A.T) / 2
    found = sharpness(lambda v: (A @ v).astype(kind), n)
    assert found == pytest.approx(
        np.linalg.eigvalsh(A)[-1], abs=1e-4 * np.abs(A).max() * np.sqrt(n)
    )
