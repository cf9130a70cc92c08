"""Adam and AdamW: the mean of the gradients by the root of the mean of their squares.

Both follow PyTorch exactly: ε is outside the root, and the means start at 0 (SCIENCE H).
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from convcore.arrays import Array, Bools
from convcore.knobs import Range
from convcore.objectives.base import Objective
from convcore.optimizers.adaptive import Epsilon, not_held
from convcore.optimizers.base import Memory, Needs, Optimizer, Search, check


@dataclass(frozen=True)
class TwoMeans(Optimizer):
    """m′ = β₁m + (1 − β₁)g; s′ = β₂s + (1 − β₂)g²; the step follows from m̂/(√ŝ + ε).

    m̂ = m′/(1 − β₁ᵏ) and ŝ = s′/(1 − β₂ᵏ) at step k correct for the start at 0.
    """

    beta1: Annotated[
        float, Range("memory β₁", "share of the mean gradient that is kept", 0.0, 0.99, 0.01)
    ] = 0.9
    beta2: Annotated[
        float, Range("memory β₂", "share of the mean square that is kept", 0.0, 0.999, 0.001)
    ] = 0.999
    epsilon: Epsilon = 1e-8
    needs = Needs.GRADIENT
    search = Search.NONE
    monotone = False
    relative = False
    sized = True
    beta = 1.0
    usual = (0.005, 3000)
    settles = False

    def __post_init__(self) -> None:
        check(self, "beta1", 0 <= self.beta1 < 1, "in [0, 1)")
        check(self, "beta2", 0 <= self.beta2 < 1, "in [0, 1)")
        check(self, "epsilon", 0 < self.epsilon < np.inf, "positive")

    @property
    @abstractmethod
    def longest(self) -> float:
        """The longest step of a weight beside a minimum, after many steps, in multiples of η."""

    @property
    def longest_ratio(self) -> float:
        """The most that m̂/√ŝ can be in size, after many steps."""
        return max(1.0, float((1 - self.beta1) / (1 - self.beta2) ** 0.5))

    def leaves(self, eta: Array, curvature: Array, reach: Array) -> Bools:
        return not_held(np.abs(eta) * self.longest, reach, eta, curvature, self.epsilon)

    def start(self, w: Array) -> Memory:
        """Both means (..., n), and the number of steps taken (..., 1)."""
        return np.zeros_like(w), np.zeros_like(w), np.zeros_like(w[..., :1])

    def ratio(self, g: Array, memory: Memory) -> tuple[Array, Memory]:
        """m̂/(√ŝ + ε) (..., n) with the gradient g (..., n), and the new memory."""
        m, s, k = memory
        m = self.beta1 * m + (1 - self.beta1) * g
        s = self.beta2 * s + (1 - self.beta2) * g * g
        k = k + 1
        mean, square = m / (1 - self.beta1**k), s / (1 - self.beta2**k)
        return mean / (np.sqrt(square) + self.epsilon), (m, s, k)


@dataclass(frozen=True)
class Adam(TwoMeans):
    """w′ = w − η·m̂/(√ŝ + ε), see `TwoMeans` (Kingma & Ba 2015)."""

    label = "Adam"
    words = "mean of ∂ᵢE by its root mean square"
    colour = "#cf4a4a"
    dash = (9, 3, 3, 3)

    @property
    def longest(self) -> float:
        return self.longest_ratio

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        ratio, memory = self.ratio(objective.gradient(w), memory)
        return w - eta * ratio, memory


@dataclass(frozen=True)
class AdamW(TwoMeans):
    """Adam that also shrinks the weights: w′ = (1 − ηλ)w − η·m̂/(√ŝ + ε) (Loshchilov & Hutter 2019).

    decay: λ, as PyTorch's `weight_decay`. No gradient of a penalty enters m and s, so that where E is steep
    the weights shrink as much as elsewhere. It does not rest at a minimum of E other than 0: slowly, as the
    mean square forgets, it comes near one whose weights are all below 1/λ in size, and no weight stays
    beyond 1/λ (Xie & Li 2024).
    """

    decay: Annotated[
        float,
        Range(
            "weight decay λ", "share of η by which each step shrinks the weights", 0.0, 1.0, 0.01
        ),
    ] = 0.01
    label = "AdamW"
    words = "Adam's step, and shrinks the weights"
    colour = "#c9559b"
    dash = (9, 2, 2, 2)
    rests = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check(self, "decay", 0 <= self.decay < np.inf, "at least 0")

    @property
    def longest(self) -> float:
        # Weights that rest are at most 1/λ, so that to shrink them takes η at most.
        return self.longest_ratio + (self.decay > 0)

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        ratio, memory = self.ratio(objective.gradient(w), memory)
        return w - eta * self.decay * w - eta * ratio, memory
