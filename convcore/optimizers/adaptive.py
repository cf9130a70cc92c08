"""Methods with a step size for each coordinate: RProp, QuickProp, AdaGrad, RMSProp.

AdaGrad and RMSProp follow PyTorch exactly: ε is outside the root, and the sums start at 0
(SCIENCE H).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from convcore.arrays import Array, Bools
from convcore.knobs import Range
from convcore.objectives.base import Objective
from convcore.optimizers.base import Memory, Needs, Optimizer, Search, check

Epsilon = Annotated[
    float,
    Range("ε", "keeps the division from blowing up where gradients vanish", 1e-12, 1.0, 1e-8, True),
]


@dataclass(frozen=True)
class RProp(Optimizer):
    """Only the gradient's sign counts; each coordinate has its own step length Δ_i, initially η.

    Same sign as before: Δ_i grows by `grow`, up to `most`. Sign flipped: undo the step and shrink Δ_i
    by `shrink`; the next step counts as a first one. (Riedmiller & Braun 1993; PyTorch's `Rprop`
    differs: it does not move at a flip.) Δ_i has no lower bound, which would prevent convergence.
    """

    grow: Annotated[
        float, Range("growth", "of a coordinate's step while its sign lasts", 1.0, 2.0, 0.05)
    ] = 1.2
    shrink: Annotated[
        float, Range("shrinkage", "of a coordinate's step when its sign flips", 0.05, 0.95, 0.05)
    ] = 0.5
    most: Annotated[
        float, Range("largest step", "of any coordinate, as a multiple of η", 1.0, 1e6, 1.0, True)
    ] = 1e3
    label = "RProp"
    joint = " "
    words = "at first, then grown or shrunk by the sign of ∂ᵢE"
    colour = "#4b8f3c"
    dash = (5, 2, 1, 2)
    needs = Needs.GRADIENT
    search = Search.NONE
    monotone = False
    relative = False
    sized = True
    beta = 1.0
    usual = (0.01, 1000)

    def __post_init__(self) -> None:
        check(self, "grow", 1 <= self.grow < np.inf, "at least 1")
        check(self, "shrink", 0 < self.shrink < 1, "in (0, 1)")
        check(self, "most", self.most >= 1, "at least 1")

    def start(self, w: Array) -> Memory:
        """Step lengths in units of η (..., n), last signs (0: none) and last steps."""
        return np.ones_like(w), np.zeros_like(w), np.zeros_like(w)

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        size, before, last = memory
        sign = np.sign(objective.gradient(w))
        same, flipped = sign * before > 0, sign * before < 0
        size = np.where(same, np.minimum(self.grow * size, self.most), size)
        size = np.where(flipped, self.shrink * size, size)
        step = np.where(flipped, -last, -eta * size * sign)
        return w + step, (size, np.where(flipped, 0.0, sign), step)


@dataclass(frozen=True)
class QuickProp(Optimizer):
    """Each coordinate takes the secant step Δ′ = Δ·g/(g₋ − g), with g₋ the gradient before Δ.

    The first step, and one after a step of 0, is −ηg. No step grows by more than the factor `grow`,
    which is also used where the secant curves down (Fahlman 1988, without his extra −ηg).
    """

    grow: Annotated[
        float, Range("largest growth μ", "of a coordinate's step, as a factor", 1.0, 4.0, 0.05)
    ] = 1.75
    label = "QuickProp"
    words = "∇E at first, then the secant's step"
    colour = "#b04a9b"
    dash = (1, 2)
    needs = Needs.GRADIENT
    search = Search.NONE
    monotone = False
    relative = False
    beta = 1.0
    usual = (0.05, 1000)

    def __post_init__(self) -> None:
        check(self, "grow", 0 < self.grow < np.inf, "positive")

    def start(self, w: Array) -> Memory:
        """The last step (..., n) and the gradient before it."""
        return np.zeros_like(w), np.zeros_like(w)

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        last, before = memory
        g = objective.gradient(w)
        # g has g₋'s sign and at least μ/(1 + μ) of its size: the secant step exceeds μΔ, or goes back.
        far = g * np.sign(before) >= self.grow / (1 + self.grow) * np.abs(before)
        factor = np.divide(g, before - g, out=np.full_like(g, self.grow), where=~far)
        step = np.where(last == 0, -eta * g, last * factor)
        return w + step, (step, g)


@dataclass(frozen=True)
class AdaGrad(Optimizer):
    """s′ = s + g²; w′ = w − ηg/(√s′ + ε), coordinate by coordinate (Duchi et al. 2011)."""

    epsilon: Epsilon = 1e-10
    label = "AdaGrad"
    words = "∂ᵢE by the root of the summed squares"
    colour = "#8a6d3b"
    dash = (7, 2)
    needs = Needs.GRADIENT
    search = Search.NONE
    monotone = False
    relative = False
    sized = True
    beta = 0.0
    usual = (0.05, 3000)
    settles = False

    def __post_init__(self) -> None:
        check(self, "epsilon", 0 < self.epsilon < np.inf, "positive")

    def start(self, w: Array) -> Memory:
        return (np.zeros_like(w),)

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        (s,) = memory
        g = objective.gradient(w)
        s = s + g * g
        return w - eta * g / (np.sqrt(s) + self.epsilon), (s,)


@dataclass(frozen=True)
class RMSProp(Optimizer):
    """s′ = αs + (1 − α)g²; w′ = w − ηg/(√s′ + ε) (Tieleman & Hinton 2012)."""

    alpha: Annotated[
        float, Range("memory α", "share of the mean square that is kept", 0.0, 0.999, 0.001)
    ] = 0.99
    epsilon: Epsilon = 1e-8
    label = "RMSProp"
    words = "∂ᵢE by its root mean square"
    colour = "#3f83a6"
    dash = (3, 2)
    needs = Needs.GRADIENT
    search = Search.NONE
    monotone = False
    relative = False
    sized = True
    beta = 1.0
    usual = (0.002, 3000)
    settles = False

    def __post_init__(self) -> None:
        check(self, "alpha", 0 <= self.alpha < 1, "in [0, 1)")
        check(self, "epsilon", 0 < self.epsilon < np.inf, "positive")

    def leaves(self, eta: Array, curvature: Array, reach: Array) -> Bools:
        longest = np.abs(eta) / (1 - self.alpha) ** 0.5  # as g² is at most s′/(1 − α)
        return not_held(longest, reach, eta, curvature, self.epsilon)

    def start(self, w: Array) -> Memory:
        return (np.zeros_like(w),)

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        (s,) = memory
        g = objective.gradient(w)
        s = self.alpha * s + (1 - self.alpha) * g * g
        return w - eta * g / (np.sqrt(s) + self.epsilon), (s,)


def not_held(longest: Array, reach: Array, eta: Array, curvature: Array, epsilon: float) -> Bools:
    """Whether a step can exceed `reach`, and ε is too small to hold w: beside a minimum √s → 0.

    longest: its longest step there; all (...). Steps of −ηg/ε, to which it comes in the end, settle if
    ηλ < 2ε.
    """
    return np.asarray((longest > reach) & (np.abs(eta) * curvature > epsilon))
