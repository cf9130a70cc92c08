"""BFGS: Newton's step with an inverse Hessian estimated from gradients along the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from convcore.arrays import Array
from convcore.knobs import Range
from convcore.objectives.base import EPS, Objective
from convcore.optimizers.base import Memory, Needs, Optimizer, Search, check, dot
from convcore.optimizers.searching import search


@dataclass(frozen=True)
class BFGS(Optimizer):
    """w′ = w − ηtB∇E(w); B → H⁻¹ by B′ = (I − ρsyᵀ)B(I − ρysᵀ) + ρssᵀ, ρ = 1/sᵀy.

    s = w′ − w, y = ∇E(w′) − ∇E(w). t comes from a line search to slopes of at most `flat` times the
    first (strong Wolfe conditions); with a tiny `flat`, n steps reach a quadratic's minimum. B
    starts as (sᵀy/yᵀy)·I after a first step along −∇E. A pair with sᵀy ≤ 0 is skipped. Memory grows
    as n². (Nocedal & Wright 2006, algorithm 6.1.)
    """

    flat: Annotated[
        float,
        Range(
            "flatness",
            "share of the first slope at which a line search ends",
            1e-10,
            0.9,
            0.1,
            True,
        ),
    ] = 0.9
    label = "BFGS"
    joint = " of "
    words = "a Newton step learnt on the way"
    colour = "#b3541e"
    dash = (10, 3)
    needs = Needs.GRADIENT
    search = Search.FLATTER
    monotone = True
    relative = True
    beta = 1.0
    usual = (1.0, 200)

    def __post_init__(self) -> None:
        check(self, "flat", 0 < self.flat < 1, "in (0, 1)")

    def work(self, n: int, gradient: float) -> float:
        return 10 * gradient + 130.0 * n**2

    def start(self, w: Array) -> Memory:
        """B (..., n, n), 0 until something is known; the point and gradient before the last step."""
        return np.zeros((*w.shape, w.shape[-1])), w, np.zeros_like(w)

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        B, before, slope = memory
        g = objective.gradient(w)
        B = _updated(B, w - before, g - slope)
        d = -np.einsum("...ij,...j->...i", B, g)
        # Rounding can make B indefinite; then it is reset.
        downhill = np.isfinite(d).all(axis=-1) & (dot(g, d) < 0)
        B = np.where(downhill[..., None, None], B, 0.0)
        d = np.where(downhill[..., None], d, -g)
        # The scale is still unknown, so the first step has length 1 at most.
        first = np.where(downhill, 1.0, 1 / np.maximum(1.0, np.sqrt(dot(g, g))))
        t = search(objective, w, g, d, first, self.flat)[..., None]
        return np.where(t > 0, w + eta * t * d, w), (B, w, g)


@np.errstate(all="ignore")
def _updated(B: Array, s: Array, y: Array) -> Array:
    """B′ (..., n, n) from the step s (..., n) and the change y (..., n) of the gradient."""
    sy, yy = dot(s, y), dot(y, y)
    good = np.greater(sy, EPS * np.sqrt(dot(s, s) * yy))
    fresh = np.asarray(~B.any(axis=(-2, -1)))
    B0 = (sy / yy)[..., None, None] * np.eye(s.shape[-1])
    B1 = np.where(fresh[..., None, None], B0, B)
    rho = (1 / sy)[..., None, None]
    By = np.einsum("...ij,...j->...i", B1, y)
    ss, sBy = s[..., :, None] * s[..., None, :], s[..., :, None] * By[..., None, :]
    yBy = dot(y, By)[..., None, None]
    B1 = B1 - rho * (sBy + np.swapaxes(sBy, -1, -2)) + rho * (1 + rho * yBy) * ss
    return np.where(good[..., None, None], B1, B)
