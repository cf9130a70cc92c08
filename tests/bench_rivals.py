"""What one would write instead of `convcore`: torch.optim, optax, SciPy, scikit-learn's perceptron.

Each takes part where it can be imported; nothing here depends on it. Both sides do the same work, and
their results are compared before anything is timed.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from convcore.descent.descent import descend, exact_descent
from convcore.descent.schedules import Constant
from convcore.objectives.gallery import BY_KEY
from convcore.objectives.quadratics import Quadratic
from convcore.optimizers import BFGS, OPTIMIZERS, Adam
from convcore.separators.learners import Perceptron
from convcore.separators.points import iris
from convcore.sweeps.sweeps import sweep_losses, sweep_steps
from tests.bench_derivatives import in_turns

Work = Callable[[], Any]
Row = tuple[str, Work, Work]

A = np.array([[2.0, 0.6], [0.6, 1.0]])
B = np.array([-1.0, 0.5])
START = np.array([3.0, -2.0])
GOAL = 1e-3
ROUNDS = 5


def rivals() -> None:
    """A table for each package that is here; a line for each that is not."""
    print(
        "\nthe same work elsewhere             ms   convcore ms   convcore is so many times as fast"
    )
    for package, rows in {
        "torch": torch_rows,
        "optax": optax_rows,
        "scipy": scipy_rows,
        "sklearn": sklearn_rows,
    }.items():
        if importlib.util.find_spec(package) is None:
            print(f"  {package} is not installed here; the README says how its rows are had.")
            continue
        for name, theirs, ours in rows():
            mine, other = in_turns(ours, theirs, ROUNDS)
            print(f"  {name:<30}{other:9.2f}{mine:14.2f}{other / mine:12.1f}")


def torch_rows(runs: int = 50, steps: int = 200) -> list[Row]:
    """Sweeps of η on a quadratic and on Rosenbrock: a loop over runs, each with its optimizer."""
    import torch

    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    a, b = torch.tensor(A), torch.tensor(B)

    def quadratic(w: Any) -> Any:
        return 0.5 * w @ a @ w + b @ w

    def rosenbrock(w: Any) -> Any:
        x, y = w
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def loop(kind: Any, E: Any, start: np.ndarray, etas: np.ndarray) -> np.ndarray:
        paths = np.empty((steps + 1, len(etas), 2))
        for i, eta in enumerate(etas.tolist()):
            w = torch.tensor(start, requires_grad=True)
            optimizer = kind([w], lr=eta)
            paths[0, i] = start
            for k in range(steps):
                optimizer.zero_grad()
                E(w).backward()
                optimizer.step()
                paths[k + 1, i] = w.detach().numpy()
        return paths

    gd = dict(OPTIMIZERS)["gd"]()
    rows = []
    for name, kind, optimizer, E, objective, start, etas in (
        ("torch.optim.SGD, quadratic", torch.optim.SGD, gd, quadratic, Quadratic(A, B), START,
         np.linspace(0.01, 0.8, runs)),
        ("torch.optim.Adam, Rosenbrock", torch.optim.Adam, Adam(), rosenbrock,
         BY_KEY["rosenbrock"].objective, np.array([-1.2, 1.0]), np.linspace(0.001, 0.05, runs)),
    ):  # fmt: skip
        theirs = partial(loop, kind, E, start, etas)

        def ours(o: Any = objective, s: Any = start, e: Any = etas, m: Any = optimizer) -> Any:
            return descend(o, np.tile(s, (runs, 1)), e, m, steps=steps).w

        same(ours(), theirs(), 1e-9)
        rows.append((name, theirs, ours))
    return rows


def optax_rows(runs: int = 1000, steps: int = 500) -> list[Row]:
    """The sweep of the numerics, jitted: optax's SGD in a `scan`, `vmap` over step sizes."""
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    objective = Quadratic(A, B)
    etas = np.linspace(0.01, 0.99 * 2 / objective.spectrum.values[-1], runs)
    target, least = objective.stationary, float(objective.value(objective.stationary))
    away = float(np.linalg.norm(START - target))
    jnp = jax.numpy

    def E(w: Any) -> Any:
        return 0.5 * w @ A @ w + B @ w

    def path(eta: Any) -> Any:
        optimizer = optax.sgd(eta)
        start = jnp.asarray(START)

        def step(carry: Any, _: Any) -> Any:
            w, memory = carry
            change, memory = optimizer.update(jax.grad(E)(w), memory)
            new = optax.apply_updates(w, change)
            return (new, memory), new

        _, w = jax.lax.scan(step, (start, optimizer.init(start)), length=steps)
        return jnp.concatenate([start[None], w])

    def losses(eta: Any) -> Any:
        return jax.vmap(E)(path(eta)) - least

    def count(eta: Any) -> Any:
        near = jnp.linalg.norm(path(eta) - target, axis=1) <= GOAL * away
        return jnp.where(near.any(), near.argmax(), jnp.inf)

    def jitted(f: Any, axis: int = 0) -> Work:
        made, given = jax.jit(jax.vmap(f, out_axes=axis)), jnp.asarray(etas)
        return lambda: np.asarray(made(given))

    mine_losses = partial(sweep_losses, objective, START, etas, Constant(), steps)
    mine_steps = partial(sweep_steps, objective, START, etas, Constant(), steps, GOAL)
    starts = np.tile(START, (runs, 1))
    rows: list[Row] = [
        ("optax, losses", jitted(losses, 1), mine_losses),
        ("optax, steps to a tolerance", jitted(count), mine_steps),
        ("optax, paths (a bare loop)", jitted(path, 1),
         lambda: descend(objective, starts, etas, steps=steps).w),
        ("optax, paths (closed form)", jitted(path, 1),
         lambda: exact_descent(objective, starts, etas, Constant(), steps).w),
    ]  # fmt: skip
    for name, theirs, ours in rows:
        if "tolerance" in name:
            # Where a path touches the mark to rounding, a step more or less is no difference.
            found, wanted = np.minimum(ours(), steps + 1), np.minimum(theirs(), steps + 1)
            assert np.abs(found - wanted).max() <= 1
        else:
            same(ours(), theirs(), 1e-12)
    return rows


def scipy_rows(runs: int = 200) -> list[Row]:
    """BFGS from many starts on Rosenbrock's function with its gradient."""
    from scipy.optimize import minimize, rosen, rosen_der

    starts = np.random.default_rng(0).uniform(-2, 2, (runs, 2))

    def theirs() -> np.ndarray:
        return np.array([minimize(rosen, w, jac=rosen_der, method="BFGS").x for w in starts])

    def ours() -> np.ndarray:
        run = descend(BY_KEY["rosenbrock"].objective, starts, 1.0, BFGS(), steps=100)
        return run.w[-1]

    assert np.abs(ours() - 1).max() < 1e-4 and np.abs(theirs() - 1).max() < 1e-4
    return [("SciPy's BFGS, 200 starts", theirs, ours)]


def sklearn_rows(epochs: int = 100) -> list[Row]:
    """The perceptron on two species of iris that no line separates, point after point."""
    from sklearn.linear_model import Perceptron as Theirs

    points = iris()

    def theirs() -> np.ndarray:
        # tol=None: all epochs are made, as scikit-learn does not stop at an epoch without a mistake.
        model = Theirs(max_iter=epochs, tol=None, shuffle=False).fit(points.x, points.labels)
        return np.append(model.coef_[0], model.intercept_)

    def ours() -> np.ndarray:
        return Perceptron(epochs=epochs).train(points).weights[-1]

    same(ours(), theirs(), 1e-12)
    return [("scikit-learn's Perceptron", theirs, ours)]


def same(ours: np.ndarray, theirs: np.ndarray, tolerance: float) -> None:
    """Equal to a share of the largest number."""
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= tolerance * np.abs(theirs).max()


if __name__ == "__main__":
    rivals()
