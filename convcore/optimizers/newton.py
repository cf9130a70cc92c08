"""Newton's method, and variants that do not diverge or, two of them, do not stop at saddles.

`Newton` is the plain step. The others only go downhill: all three choose a direction from the
Hessian's eigenvalues λ and backtrack along it; they differ in how they treat λ ≤ 0. Where H is 0
or not finite, all three descend along −∇E (`Backtracking`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from convcore.arrays import Array
from convcore.knobs import Range
from convcore.objectives.base import Objective
from convcore.optimizers.base import Memory, Needs, Optimizer, Search, check, newton_step
from convcore.optimizers.line_search import Backtracking


@dataclass(frozen=True)
class Newton(Optimizer):
    """w′ = w − ηH(w)⁻¹∇E(w): on a quadratic, gradient descent in whitened space (SCIENCE C 11).

    Where H is singular the step is the shortest least-squares solution. A weight whose curvature is not
    finite does not move, as g/∞ = 0: |w|^1.5 is at its minimum there.
    """

    label = "Newton"
    words = "H⁻¹∇E"
    colour = "#d55e00"
    dash = (2, 2)
    needs = Needs.HESSIAN
    search = Search.NONE
    monotone = False
    relative = True
    beta = 0.0
    usual = (1.0, 30)
    returns = True

    def limit(self, curvature: float) -> float:
        return 2.0  # each step multiplies the error by 1 − η, whatever the curvature

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        return w - eta * newton_step(objective, w, objective.second_order(w)), memory


@dataclass(frozen=True)
class DampedNewton(Backtracking):
    """Newton's direction −H⁻¹∇E with backtracking; η is the first fraction of the step to try.

    Where that direction leads uphill, as it can with λ < 0, it descends along −∇E instead. It may still
    converge to a saddle. (Boyd & Vandenberghe 2004, section 9.5.)
    """

    label = "damped Newton"
    words = "H⁻¹∇E, halved until E falls enough"
    colour = "#00966c"
    dash = (12, 4)
    needs = Needs.HESSIAN
    relative = True
    usual = (1.0, 30)

    def look(self, objective: Objective, w: Array) -> tuple[Array, Array]:
        here = objective.second_order(w)
        return here.gradient, -newton_step(objective, w, here)


@dataclass(frozen=True)
class AbsoluteNewton(Backtracking):
    """−|H|⁻¹∇E with backtracking, where |H| has |λ| in place of λ: it leaves saddles and maxima.

    In a direction with λ = 0 it uses the largest |λ|, which makes a gradient step. (Gill, Murray &
    Wright 1981, section 4.4.2; as "saddle-free Newton" Dauphin et al. 2014.)
    """

    label = "absolute Newton"
    words = "∣H∣⁻¹∇E, halved until E falls enough"
    colour = "#c0497e"
    dash = (8, 2, 2, 2, 2, 2)
    needs = Needs.HESSIAN
    relative = True
    usual = (1.0, 30)

    def look(self, objective: Objective, w: Array) -> tuple[Array, Array]:
        g, values, Q = objective.second_order(w)
        size = np.abs(values)
        return g, _downhill(np.where(size == 0, size.max(axis=-1, keepdims=True), size), Q, g)


@dataclass(frozen=True)
class ShiftedNewton(Backtracking):
    """−(H + τI)⁻¹∇E with backtracking; τ = 0 where H is positive definite.

    Elsewhere τ raises the smallest λ to `share` times the largest |λ|, turning the step towards −∇E.
    (Nocedal & Wright 2006, section 3.4.)
    """

    share: Annotated[
        float,
        Range(
            "lift", "the least λ after the shift, as a share of the largest", 1e-3, 1.0, 0.001, True
        ),
    ] = 0.1
    label = "shifted Newton"
    words = "(H + τI)⁻¹∇E, halved until E falls enough"
    colour = "#a3791c"
    dash = (1, 4)
    needs = Needs.HESSIAN
    relative = True
    usual = (1.0, 30)

    def __post_init__(self) -> None:
        super().__post_init__()
        check(self, "share", 0 < self.share < np.inf, "positive")

    def look(self, objective: Objective, w: Array) -> tuple[Array, Array]:
        g, values, Q = objective.second_order(w)
        low, top = values[..., :1], np.abs(values).max(axis=-1, keepdims=True)
        shift = np.where(low > 0, 0.0, self.share * top - low)
        return g, _downhill(values + shift, Q, g)


def _downhill(values: Array, Q: Array, g: Array) -> Array:
    """−QΛ⁻¹Qᵀg (..., n) for values λ > 0 (..., n); NaN or infinite where λ = 0."""
    along = np.einsum("...ij,...i->...j", Q, g) / values
    return -np.asarray(np.einsum("...ij,...j->...i", Q, along))
