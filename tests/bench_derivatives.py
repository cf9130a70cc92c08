"""What exact derivatives of a formula cost, beside sympy's `lambdify` and a JIT-compiled JAX.

JAX takes part where it can be imported; nothing here depends on it. All results are compared before
anything is timed. Both stay ahead: they know all of E and turn it into code before the first point,
where `convcore` reads a formula that was typed a moment ago, and compiles nothing.
"""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy

from convcore.objectives.gallery import BY_KEY

SIDE = 400  # points along each side of the grid
ROUNDS = 15
Work = Callable[[], Any]


def grid() -> np.ndarray:
    """SIDE × SIDE points over Rosenbrock's view, (SIDE, SIDE, 2)."""
    axes = [np.linspace(low, high, SIDE) for low, high in BY_KEY["rosenbrock"].view]
    return np.stack(np.meshgrid(*axes), axis=-1)


def convcore_call(w: np.ndarray) -> Work:
    """Value, gradient and Hessian at all points in one call."""
    formula = BY_KEY["rosenbrock"].objective.formula
    return lambda: tuple(formula.taylor(w))


def lambdify_calls(w: np.ndarray) -> tuple[Work, Work]:
    """sympy's function, common parts computed once: as arrays like ours, and as a bare tuple.

    The tuple has six arrays and, where a derivative is a constant, numbers: nothing is put together.
    """
    weights = sympy.symbols("x y")
    x, y = weights
    E = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    g = [sympy.diff(E, s) for s in weights]
    H = [sympy.diff(g[i], weights[j]) for i, j in ((0, 0), (0, 1), (1, 1))]
    f = sympy.lambdify(weights, [E, *g, *H], "numpy", cse=True)
    columns = np.ascontiguousarray(w[..., 0]), np.ascontiguousarray(w[..., 1])

    def arrays() -> Any:
        value, *g, xx, xy, yy = f(w[..., 0], w[..., 1])
        gradient, hessian = np.empty(w.shape), np.empty((*w.shape, 2))
        gradient[..., 0], gradient[..., 1] = g
        hessian[..., 0, 0], hessian[..., 1, 1] = xx, yy
        hessian[..., 0, 1] = hessian[..., 1, 0] = xy
        return value, gradient, hessian

    return arrays, lambda: f(*columns)


def jax_calls(w: np.ndarray) -> tuple[Work, Work]:
    """JAX in double precision: value, gradient and Hessian in one call, and the Hessian alone."""
    import jax

    jax.config.update("jax_enable_x64", True)

    def E(w: Any) -> Any:
        x, y = w
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def whole(w: Any) -> Any:
        return *jax.value_and_grad(E)(w), jax.hessian(E)(w)

    points = jax.numpy.asarray(w.reshape(-1, 2))
    both = [jax.jit(jax.vmap(f)) for f in (whole, jax.hessian(E))]
    return tuple(lambda f=f: jax.block_until_ready(f(points)) for f in both)  # type: ignore


def derivatives() -> None:
    """Rosenbrock on a grid of 160,000 points: value, gradient and Hessian in one call."""
    w = grid()
    ours = convcore_call(w)
    arrays, bare = lambdify_calls(w)
    others = {"lambdify, as arrays": arrays, "lambdify, a bare tuple": bare}
    agree(ours(), arrays())
    has_jax = importlib.util.find_spec("jax") is not None
    if has_jax:
        whole, hessian = jax_calls(w)
        agree(ours(), tuple(np.asarray(a).reshape(b.shape) for a, b in zip(whole(), ours())))  # noqa: B905
        hessian()
        others |= {"JAX, jit(vmap)": whole, "JAX, the Hessian alone": hessian}
    print(f"\nRosenbrock, its gradient and Hessian at {SIDE} × {SIDE} points")
    print("                                     ms   convcore ms   times as fast as convcore")
    for name, theirs in others.items():
        mine, other = in_turns(ours, theirs)
        print(f"  {name:<28}{other:11.2f}{mine:14.2f}{mine / other:28.2f}")
    if not has_jax:
        print("  JAX is not installed here; the README says how its rows are had.")


def agree(ours: Any, theirs: Any) -> None:
    """All three parts are the same to 1e-12 of the largest of each."""
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        assert np.abs(a - b).max() <= 1e-12 * np.abs(b).max()


def in_turns(a: Work, b: Work, rounds: int = ROUNDS) -> tuple[float, float]:
    """The medians of both in ms, taken in turns."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for work, times in zip((a, b), taken, strict=True):
            begun = time.perf_counter()
            work()
            times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(taken[0]), statistics.median(taken[1])


if __name__ == "__main__":
    derivatives()
