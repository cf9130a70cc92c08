"""The losses of people's tools on one table: the limit of η in each, and the ridge as each counts it."""

from __future__ import annotations

import numpy as np
import pytest

from convcore.arrays import Array
from convcore.datasets import Upload
from convcore.descent.theory import limit
from convcore.knobs import FieldError
from convcore.labkit.own_table import OWN
from convcore.labs import FromData, ManyWeights
from convcore.labs.many_weights.losses import LOSSES, in_each_loss

pytestmark = pytest.mark.filterwarnings("error")


def drawn(seed: int) -> tuple[FromData, Array, Array]:
    """A table of one's own, and its design with the intercept last, and target."""
    rng = np.random.default_rng(seed)
    N, p = int(rng.integers(8, 40)), int(rng.integers(1, 5))
    X = np.round(rng.normal(1, 3, (N, p)), 3)
    y = np.round(X @ rng.normal(size=p) + rng.normal(size=N), 3)
    lines = [",".join(f"x{i}" for i in range(p)) + ",y"]
    lines += [",".join(map(repr, [*row, t])) for row, t in zip(X.tolist(), y.tolist(), strict=True)]
    problem = FromData(OWN, Upload("t.csv", "\n".join(lines)), scaling="raw")
    return problem, np.column_stack([X, np.ones(N)]), y


def gradient(key: str, D: Array, y: Array, w: Array, ridge: float = 0.0) -> Array:
    """∇E by the definition of each tool; the intercept is not penalised."""
    N, penalised = len(y), np.append(w[:-1], 0.0)
    residual = D @ w - y
    match key:
        case "half":
            return D.T @ residual / N + ridge * penalised
        case "mean":  # torch.nn.MSELoss with weight_decay; Keras's "mse"
            return 2 * D.T @ residual / N + ridge * penalised
        case _:  # sklearn.linear_model.Ridge: ‖Xw − y‖² + α‖w‖²
            return 2 * D.T @ residual + 2 * ridge * penalised


@pytest.mark.parametrize("key", [loss.key for loss in LOSSES])
@pytest.mark.parametrize("seed", range(5))
def test_a_loop_in_each_tools_loss_converges_below_the_limit_and_diverges_above(
    key: str, seed: int
) -> None:
    problem, D, y = drawn(seed)
    objective = FromData(OWN, problem.file, scaling="raw", loss=key).objective()
    end = {}
    for share in (0.99, 1.01):
        w = np.zeros(D.shape[1])
        sizes = []
        for _ in range(3000):
            w = w - share * limit(objective.spectrum) * gradient(key, D, y, w)
            sizes.append(float(np.abs(w).max()))
        end[share] = sizes
    assert end[0.99][-1] < 10 * max(end[0.99][:100]) and end[1.01][-1] > 1e6 * end[0.99][-1]


@pytest.mark.parametrize("key", [loss.key for loss in LOSSES])
@pytest.mark.parametrize("ridge", [0.0, 0.7])
def test_value_gradient_and_minimum_are_those_of_the_tool(key: str, ridge: float) -> None:
    problem, D, y = drawn(7)
    objective = FromData(OWN, problem.file, scaling="raw", loss=key, ridge=ridge).objective()
    w = np.random.default_rng(0).normal(size=D.shape[1])
    np.testing.assert_allclose(
        objective.gradient(w), gradient(key, D, y, w, ridge), rtol=1e-9, atol=1e-9
    )
    best = objective.minimiser
    assert best is not None
    np.testing.assert_allclose(gradient(key, D, y, best, ridge), 0, atol=1e-8)
    c = {"half": 0.5 / len(y), "mean": 1 / len(y), "sum": 1.0}[key]
    fit = c * float(((D @ w - y) ** 2).sum())
    penalty = (ridge if key == "sum" else ridge / 2) * float((w[:-1] ** 2).sum())
    assert float(objective.value(w)) == pytest.approx(fit + penalty)


def test_scikit_learns_ridge_has_these_coefficients() -> None:
    # sklearn 1.x: Ridge(alpha=3.0).fit(X, y) on the table below, by its normal equations about the means.
    text = "a,b,y\n1,2,3\n2,1,5\n4,0,6\n3,5,1\n5,2,8\n"
    X = np.array([[1, 2], [2, 1], [4, 0], [3, 5], [5, 2]], dtype=float)
    y = np.array([3, 5, 6, 1, 8], dtype=float)
    Z, t = X - X.mean(axis=0), y - y.mean()
    alpha = 3.0
    coefficients = np.linalg.solve(Z.T @ Z + alpha * np.eye(2), Z.T @ t)
    problem = FromData(OWN, Upload("t.csv", text), scaling="raw", loss="sum", ridge=alpha)
    best = problem.objective().minimiser
    assert best is not None
    np.testing.assert_allclose(best[:2], coefficients, rtol=1e-12)
    assert best[2] == pytest.approx(y.mean() - X.mean(axis=0) @ coefficients)


def test_the_table_of_losses_counts_one_problem_in_each() -> None:
    problem, _, y = drawn(3)
    for loss in LOSSES:
        here = FromData(OWN, problem.file, scaling="raw", loss=loss.key, ridge=0.6)
        objective = here.fit().objective
        for other in in_each_loss(objective):
            there = FromData(
                OWN, problem.file, scaling="raw", loss=other.loss.key, ridge=other.ridge
            )
            s = there.objective().spectrum
            assert other.limit == pytest.approx(limit(s), rel=1e-12)
            np.testing.assert_allclose(there.objective().minimiser, objective.minimiser, rtol=1e-9)
    shared = in_each_loss(FromData(OWN, problem.file, ridge=0.5).fit().objective)
    assert shared[2].ridge == pytest.approx(0.5 * len(y)), "α = N·ρ"


def test_the_page_states_e_and_marks_its_loss() -> None:
    result = ManyWeights(FromData(loss="mean", ridge=0.1), steps=5).run()
    assert result.headline.below.startswith("E = ‖Xw − y‖²/N + ½ρ‖w‖² · Theory")
    rows = next(facts.rows for facts in result.facts if facts.headings[0] == "loss")
    assert [row[-1] for row in rows] == ["", "on this page", ""]
    with pytest.raises(FieldError, match="'huber' is none of half, mean, sum"):
        ManyWeights(FromData(loss="huber"))
