"""Gradient steps with a given step size: plain, per coordinate, with momentum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from convcore.arrays import Array
from convcore.knobs import Range
from convcore.objectives.base import Objective
from convcore.optimizers.base import Memory, Needs, Optimizer, Rest, Search, check


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    """w′ = w − η∇E(w)."""

    label = "gradient descent"
    words = "∇E"
    colour = "#1f7ad6"
    dash = ()
    plain = True
    needs = Needs.GRADIENT
    search = Search.NONE
    monotone = False
    relative = False
    beta = 0.0
    usual = (0.2, 6000)
    limit_words = "2/η"

    def limit(self, curvature: float) -> float:
        return momentum_limit(curvature, 0.0)

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        return w - eta * objective.gradient(w), memory


@dataclass(frozen=True)
class PerCoordinate(Optimizer):
    """w_i′ = w_i − η·∂_iE/a_ii: each coordinate its own η_i = 1/a_ii (η = 1); Jacobi's iteration.

    A coordinate without upward curvature (a_ii ≤ 0) has no such step and does not move.
    """

    label = "per coordinate"
    words = "∂ᵢE/∂ᵢ²E for each weight"
    colour = "#00966c"
    dash = (6, 2)
    needs = Needs.DIAGONAL
    search = Search.NONE
    monotone = False
    relative = True
    beta = 0.0
    usual = (0.01, 60)
    returns = True

    def shares(self, eta: Array, rest: Rest) -> tuple[Array, Array]:
        # By the modes of D^−½HD^−½, D the diagonal of H, over the weights that move.
        Q = rest.vectors
        H = np.nan_to_num((Q * rest.values[..., None, :]) @ np.swapaxes(Q, -1, -2))
        a = np.diagonal(H, axis1=-2, axis2=-1)
        by = np.where(a > 0, 1 / np.sqrt(np.where(a > 0, a, 1.0)), 0.0)
        values, modes = np.linalg.eigh(by[..., :, None] * H * by[..., None, :])
        parts = np.einsum(
            "...ij,...i->...j", modes, by * np.einsum("...ij,...j->...i", Q, rest.along)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            errors = parts / values * by.max(axis=-1, keepdims=True)
        return eta[..., None] * values, errors

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        a = np.diagonal(objective.hessian(w), axis1=-2, axis2=-1)
        g = objective.gradient(w)
        return w - eta * np.divide(g, a, out=np.zeros_like(g), where=a > 0), memory


@dataclass(frozen=True)
class Momentum(Optimizer):
    """v′ = βv − η∇E(w); w′ = w + v′ (Polyak 1964). On a quadratic stable iff ηλ < 2(1 + β)."""

    beta: Annotated[
        float, Range("momentum β", "share of the last step that is kept", 0.0, 0.99, 0.01)
    ] = 0.9
    label = "momentum"
    words = "∇E and 0.9 of the last step"
    colour = "#9a6bd0"
    dash = (8, 3, 2, 3)
    needs = Needs.GRADIENT
    search = Search.NONE
    monotone = False
    relative = False
    usual = (0.05, 3000)
    limit_words = "2(1+β)/η"

    def __post_init__(self) -> None:
        check(self, "beta", 0 <= self.beta < 1, "in [0, 1)")

    def limit(self, curvature: float) -> float:
        return momentum_limit(curvature, self.beta)

    def start(self, w: Array) -> Memory:
        return (np.zeros_like(w),)

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        (v,) = memory
        v = self.beta * v - eta * objective.gradient(w)
        return w + v, (v,)


@dataclass(frozen=True)
class Nesterov(Optimizer):
    """v′ = βv − η∇E(w + βv); w′ = w + v′ (Nesterov 1983). Stable iff ηλ < 2(1 + β)/(1 + 2β)."""

    beta: Annotated[
        float, Range("momentum β", "share of the last step that is kept", 0.0, 0.99, 0.01)
    ] = 0.9
    label = "Nesterov"
    words = "∇E looked up ahead, and 0.9 of the last step"
    colour = "#c0497e"
    dash = (4, 4)
    needs = Needs.GRADIENT
    search = Search.NONE
    monotone = False
    relative = False
    usual = (0.05, 3000)
    limit_words = "2(1+β)/((1+2β)η)"

    def __post_init__(self) -> None:
        check(self, "beta", 0 <= self.beta < 1, "in [0, 1)")

    def limit(self, curvature: float) -> float:
        return nesterov_limit(curvature, self.beta)

    def start(self, w: Array) -> Memory:
        return (np.zeros_like(w),)

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        (v,) = memory
        v = self.beta * v - eta * objective.gradient(w + self.beta * v)
        return w + v, (v,)


def momentum_limit(top: float, beta: float) -> float:
    """2(1+β)/λₘₐₓ: the largest stable η of heavy-ball momentum (SCIENCE H)."""
    return 2 * (1 + beta) / top if top > 0 else math.inf


def nesterov_limit(top: float, beta: float) -> float:
    """2(1+β)/((1+2β)λₘₐₓ): the largest stable η of Nesterov's momentum (SCIENCE H)."""
    return 2 * (1 + beta) / ((1 + 2 * beta) * top) if top > 0 else math.inf
