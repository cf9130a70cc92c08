"""What an engineer asks first of data or of a model: the limit of η, condition, steps, sharpness.

Of a linear model y ≈ Xw + b, for one of these losses, all of which have the same minimum:

mean        the mean of (ŷ − y)² over all entries of y, as `torch.nn.MSELoss` and Keras have it
half mean   half of that, as `LeastSquares` and the lecture have it
sum         the sum of (ŷ − y)² over all entries
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from convcore.arrays import Array, numbers
from convcore.descent.schedules import Constant
from convcore.descent.theory import best_fixed_step, condition_number, limit, predicted_steps
from convcore.network.spectra import largest
from convcore.objectives.graded import factored
from convcore.objectives.quadratics import Spectrum

LOSSES = ("mean", "half mean", "sum")


def lr_limit(
    X: ArrayLike, y: ArrayLike | None = None, loss: str = "mean", intercept: bool = True
) -> float:
    """2/λₘₐₓ: the learning rate below which gradient descent on a linear model converges.

    X: (N, p), arrays, lists or a DataFrame; y: (N,) or (N, q), of which only q matters, and only for the
    means; loss: see above; intercept: whether the model has a bias. With momentum β it is 1 + β times as
    large. inf if all of X is 0. Raises ValueError, in one line, for what is not such data or loss.

    >>> round(lr_limit([[1, 0], [0, 2], [1, 1]], loss="half mean", intercept=False), 6)
    1.131483
    """
    modes = _modes(X, y, intercept, "lr_limit")
    return limit(modes) / _scale(X, y, loss, "lr_limit")


def condition(X: ArrayLike, intercept: bool = True) -> float:
    """κ = λₘₐₓ/λₘᵢₙ of the loss of a linear model of X (N, p), whatever the loss: how slow descent will be.

    It is the square of `numpy.linalg.cond` of X, with a column of ones if there is an intercept. inf if the
    columns depend on each other; NaN if rounding hides whether they do. Raises ValueError as `lr_limit`.
    """
    return condition_number(_modes(X, None, intercept, "condition"))


def steps_needed(
    X: ArrayLike,
    y: ArrayLike,
    eta: float | None = None,
    loss: str = "mean",
    tolerance: float = 1e-3,
    start: ArrayLike | None = None,
    intercept: bool = True,
) -> float:
    """The steps of plain descent on a linear model until ‖w − w*‖ ≤ τ‖w_0 − w*‖, without running it.

    X: (N, p); y: (N,); eta: by default the best fixed one, 2/(λₘᵢₙ + λₘₐₓ); loss: see above; tolerance: τ;
    start: w_0 (p,), the bias last if there is one; 0 by default. inf means never. Where the columns of X
    depend on each other, w* is the nearest minimum. Raises ValueError as `lr_limit`.
    """
    modes = _modes(X, y, intercept, "steps_needed")
    n = len(modes.values)
    w0 = np.zeros(n) if start is None else numbers(start, "steps_needed(start=...)")
    if np.ndim(y) != 1 or w0.shape != (n,):
        raise ValueError(
            f"`steps_needed(y=..., start=...)` must be (N,) and ({n},); got {np.shape(y)} and {w0.shape}."
        )
    if not 0 < tolerance < 1:
        raise ValueError(f"`steps_needed(tolerance=...)` must be in (0, 1); got {tolerance}.")
    scale = _scale(X, y, loss, "steps_needed")
    rate = best_fixed_step(modes)[0] if eta is None else float(eta) * scale
    return predicted_steps(modes.values, modes.error(w0), rate, Constant(), tolerance)


def sharpness(hvp: Callable[[Array], Any], n: int, tolerance: float = 1e-6) -> float:
    """λₘₐₓ of a loss, from Hessian-vector products alone: compare it with 2/η (Cohen et al. 2021).

    hvp: v (n,) -> ∇²E·v (n,), such as two passes of PyTorch or JAX; n: the number of weights; tolerance: of
    the eigenvector, so that λₘₐₓ is right to its square or to the rounding of the products. By Lanczos, in
    some dozens of products. Raises ValueError, in one line, for a product that is not n finite numbers.
    """

    def product(v: Array) -> Array:
        found = np.asarray(hvp(v), dtype=float)
        if found.shape != (n,) or not np.isfinite(found).all():
            what = "numbers that are not finite" if found.shape == (n,) else f"shape {found.shape}"
            raise ValueError(f"`sharpness(hvp=...)` must give {n} finite numbers; it gives {what}.")
        return found

    return largest(product, n, tolerance=tolerance)[0]


def _modes(X: Any, y: Any, intercept: bool, what: str) -> Spectrum:
    """The spectrum of E = ‖Dw − y‖²/2N with D (N, n) = X, and a column of ones for an intercept."""
    D = numbers(X, f"{what}(X=...)")
    goal = np.zeros(len(D)) if y is None or np.ndim(y) > 1 else numbers(y, f"{what}(y=...)")
    if D.ndim != 2 or not D.size or (y is not None and len(y) != len(D)):
        got = f"{D.shape}" if y is None else f"{D.shape} and {np.shape(y)}"
        raise ValueError(f"`{what}(X=...)` must be (N, p), as many rows as y has; got {got}.")
    if not (np.isfinite(D).all() and np.isfinite(goal).all()):
        raise ValueError(f"`{what}(X=..., y=...)` must have finite numbers only.")
    N = len(D)
    D = np.column_stack([D, np.ones(N)]) if intercept else D
    missing = max(0, D.shape[1] - N)
    D, goal = np.pad(D, ((0, missing), (0, 0))), np.pad(goal, (0, missing))
    n = D.shape[1]
    if not D.any():
        return Spectrum(np.zeros(n), np.zeros(n), np.eye(n), np.zeros(n), np.zeros(n))
    sigma, Q, along, doubt = factored(D, goal)
    values = sigma**2 / N
    centre = np.divide(along, sigma, out=np.zeros(n), where=values > 0)
    return Spectrum(values, doubt, Q, -values * centre, centre)


def _scale(X: Any, y: Any, loss: str, what: str) -> float:
    """How many times as large the curvatures of a loss are as those of ‖Dw − y‖²/2N."""
    outputs = 1 if y is None or np.ndim(y) < 2 else np.shape(y)[1]
    if loss == "sum":
        return 2.0 * len(X)
    if loss not in LOSSES:
        raise ValueError(f"`{what}(loss=...)` must be one of {', '.join(LOSSES)}; got {loss!r}.")
    return (2.0 if loss == "mean" else 1.0) / outputs
