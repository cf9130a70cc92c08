"""Second-order optimizers without a Hessian in memory: Newton and Gauss–Newton by conjugate gradients.

They need `at(w)` of an objective, its second-order model at w (such as `network.Linearised`): E, ∇E and
products. For an objective without it, `CGNewton` uses its Hessian.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, NamedTuple, Protocol

import numpy as np

from convcore.arrays import Array
from convcore.knobs import Range, Whole
from convcore.objectives.base import Objective
from convcore.optimizers import Memory, Optimizer
from convcore.optimizers.base import Needs, Search, check
from convcore.optimizers.searching import backtrack

Product = Callable[[Array], Array]

ARMIJO = 1e-4  # a step is accepted if E falls by this fraction of what the slope predicts


class Model(Protocol):
    """A second-order model at one w (n,): E, ∇E (n,), and ∇²E·v and JᵀBJ·v (n,) for v (n,)."""

    def value(self) -> float:
        """E(w)."""
        ...

    def gradient(self) -> Array:
        """∇E(w) (n,)."""
        ...

    def hessian_product(self, v: Array) -> Array:
        """∇²E(w)·v (n,)."""
        ...

    def gauss_newton_product(self, v: Array) -> Array:
        """JᵀBJ·v (n,): J = ∂y/∂w of the outputs y, B = ∂²E/∂y²."""
        ...


@dataclass(frozen=True, eq=False)
class HessianModel:
    """The second-order model at w (n,) of an objective with a Hessian but no products."""

    objective: Objective
    w: Array

    def value(self) -> float:
        """E(w)."""
        return float(self.objective.value(self.w))

    def gradient(self) -> Array:
        """∇E(w) (n,)."""
        return self.objective.gradient(self.w)

    def hessian_product(self, v: Array) -> Array:
        """∇²E(w)·v (n,)."""
        return self.objective.hessian(self.w) @ v

    def gauss_newton_product(self, v: Array) -> Array:
        """For v (n,). Raises TypeError: the objective has no outputs, so there is no J."""
        kind = type(self.objective).__name__
        raise TypeError(f"`GaussNewton` needs an objective with outputs; {kind} has none.")


def model_at(objective: Objective, w: Array) -> Model:
    """The second-order model of any objective at w (n,)."""
    at: Callable[[Array], Model] | None = getattr(objective, "at", None)
    return at(w) if at is not None else HessianModel(objective, w)


class Solution(NamedTuple):
    """The result of conjugate gradients: x (n,), A·x (n,), products used, and if curvature was ≤ 0."""

    x: Array
    Ax: Array
    products: int
    negative_curvature: bool


def conjugate_gradients(product: Product, b: Array, iterations: int, tolerance: float) -> Solution:
    """x (n,) with ‖Ax − b‖ ≤ tolerance·‖b‖, or as close as `iterations` products get.

    product: v (n,) -> A·v (n,) for a symmetric A. b: (n,).
    It stops before a direction without positive curvature; if that is the first, x = b, the direction
    of steepest descent (Hestenes and Stiefel 1952; Nocedal and Wright 2006, algorithm 7.1).
    """
    x, Ax = np.zeros_like(b), np.zeros_like(b)
    r, p = b, b
    rr = float(r @ r)
    goal = tolerance**2 * rr
    for k in range(iterations):
        if rr <= goal:
            return Solution(x, Ax, k, False)
        Ap = product(p)
        curvature = float(p @ Ap)
        if not curvature > 0:
            return Solution(x if k else b, Ax if k else Ap, k + 1, True)
        alpha = rr / curvature
        x, Ax, r = x + alpha * p, Ax + alpha * Ap, r - alpha * Ap
        last, rr = rr, float(r @ r)
        p = r + rr / last * p
    return Solution(x, Ax, iterations, False)


class HessianFree(Optimizer):
    """w′ = w + ηs with (A + μI)s ≈ −∇E(w) by conjugate gradients; η is halved until E falls enough.

    Backtracking is Armijo's rule, so E never rises; w does not move if no halving makes E fall. The
    inner solve is inexact, to a relative residual of min(½, √‖∇E‖) (Dembo, Steihaug 1983).
    iterations: most products in one step; damping: μ. ValueError if iterations < 1, or damping < 0 or
    not finite. Memory: μ (...), one number for each run.
    """

    needs = Needs.PRODUCTS
    search = Search.BACKTRACKING
    monotone = True
    relative = True
    beta = 1.0  # a step does not bound the next one
    iterations: int
    damping: float

    def __post_init__(self) -> None:
        check(self, "iterations", self.iterations >= 1, "at least 1")
        check(self, "damping", 0 <= self.damping < np.inf, "≥ 0 and finite")

    def start(self, w: Array) -> Memory:
        return (np.full(w.shape[:-1], self.damping),)

    @abstractmethod
    def product(self, model: Model) -> Product:
        """v (n,) -> A·v (n,), at the w of the model."""

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        (mu,) = memory
        new, damping = np.array(w), np.array(mu)
        share = np.broadcast_to(eta[..., 0], mu.shape)
        for run in np.ndindex(mu.shape):
            new[run], damping[run] = self._step_of_one(
                objective, w[run], float(mu[run]), float(share[run])
            )
        return new, (damping,)

    def _step_of_one(
        self, objective: Objective, w: Array, mu: float, eta: float
    ) -> tuple[Array, float]:
        model = model_at(objective, w)
        g, A = model.gradient(), self.product(model)
        size = float(np.linalg.norm(g))
        if size == 0 or not np.isfinite(size):
            return w, mu
        found = conjugate_gradients(
            lambda v: A(v) + mu * v, -g, self.iterations, min(0.5, math.sqrt(size))
        )
        t = float(backtrack(objective, w, g, found.x, np.asarray(eta), ARMIJO))
        if not t > 0:
            return w, self.next_damping(mu, 0.0)
        there = w + t * found.x
        curvature = float(found.x @ found.Ax) - mu * float(found.x @ found.x)
        expected = t * float(g @ found.x) + 0.5 * t**2 * curvature
        fall = float(objective.value(there)) - model.value()
        return there, self.next_damping(mu, fall / expected if expected < 0 else 0.0)

    def work(self, n: int, gradient: float) -> float:
        return gradient * (4 + 2.5 * self.iterations)

    def next_damping(self, mu: float, ratio: float) -> float:
        """The next μ; ratio: the change of E as a fraction of the model's prediction."""
        return mu


@dataclass(frozen=True)
class CGNewton(HessianFree):
    """Newton's step by conjugate gradients with Hessian-vector products, stopped at negative curvature.

    A = ∇²E(w) (Dembo and Steihaug 1983; Martens 2010). Any objective with a Hessian works.
    """

    iterations: Annotated[int, Whole("CG products", "at most this many for each step", 1, 100)] = 20
    damping: Annotated[
        float, Range("damping μ", "added to the Hessian's diagonal", 0, 1, 0.01, limits=(0, 1e9))
    ] = 0.0
    label = "Newton by CG"
    words = "(H + μI)⁻¹∇E by CG, halved until E falls enough"
    colour = "#d55e00"
    dash = ()
    usual = (1.0, 200)

    def product(self, model: Model) -> Product:
        return model.hessian_product


@dataclass(frozen=True)
class GaussNewton(HessianFree):
    """Gauss–Newton: JᵀBJ, which has no negative curvature, replaces the Hessian (Schraudolph 2002).

    μ follows Levenberg and Marquardt: × ⅔ after a step that does as well as predicted, × 3/2 after one
    that does much worse (Martens 2010). TypeError if the objective has no outputs, like a quadratic.
    """

    iterations: Annotated[int, Whole("CG products", "at most this many for each step", 1, 100)] = 20
    damping: Annotated[
        float,
        Range("first damping μ", "it then adapts itself", 1e-6, 10, 0.01, True, limits=(0, 1e9)),
    ] = 0.1
    label = "Gauss–Newton by CG"
    words = "(JᵀBJ + μI)⁻¹∇E by CG, halved until E falls enough"
    colour = "#2a93a8"
    dash = ()
    usual = (1.0, 200)

    def product(self, model: Model) -> Product:
        return model.gauss_newton_product

    def next_damping(self, mu: float, ratio: float) -> float:
        return mu * (2 / 3 if ratio > 0.75 else 1.5 if ratio < 0.25 else 1.0)


# Permalink key and class of each optimizer.
HESSIAN_FREE: tuple[tuple[str, type[Optimizer]], ...] = (
    ("cgnewton", CGNewton),
    ("gaussnewton", GaussNewton),
)
