"""Descent along −∇E or another direction, with the step length from a line search."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from convcore.arrays import Array
from convcore.knobs import Range
from convcore.objectives.base import Objective
from convcore.optimizers.base import Memory, Needs, Optimizer, Search, check, dot
from convcore.optimizers.searching import backtrack, search

Sufficient = Annotated[
    float,
    Range("Armijo c", "share of the promised decrease that a step must keep", 0.001, 0.49, 0.001),
]


@dataclass(frozen=True)
class Backtracking(Optimizer):
    """w′ = w + t·d with t the first of η, η/2, η/4, … that meets Armijo's condition (`backtrack`).

    Where d does not lead downhill or is not finite, −∇E(w) replaces it, and the first trial is
    η·max(1, |w|) long, as its scale is unknown. Where there is no such t, w does not move.
    """

    sufficient: Sufficient = 0.1
    search = Search.BACKTRACKING
    monotone = True
    beta = 1.0

    def __post_init__(self) -> None:
        check(self, "sufficient", 0 < self.sufficient < 0.5, "in (0, 0.5)")

    @abstractmethod
    def look(self, objective: Objective, w: Array) -> tuple[Array, Array]:
        """g = ∇E and the direction d, both (..., n), at w (..., n)."""

    @np.errstate(all="ignore")
    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        g, d = self.look(objective, w)
        downhill = np.isfinite(d).all(axis=-1) & (dot(g, d) < 0)
        if not downhill.all():
            size = np.maximum(1.0, np.sqrt(dot(w, w))) / np.sqrt(dot(g, g))
            d = np.where(downhill[..., None], d, -g * size[..., None])
        t = backtrack(objective, w, g, d, eta[..., 0], self.sufficient)
        # Avoids 0·inf where t = 0.
        return np.where(t[..., None] > 0, w + t[..., None] * d, w), memory


@dataclass(frozen=True)
class BacktrackingDescent(Backtracking):
    """w′ = w − t∇E(w) with t the first of η, η/2, η/4, … that meets Armijo's condition."""

    label = "backtracking descent"
    words = "∇E, halved until E falls enough"
    colour = "#9a6bd0"
    dash = (14, 2, 1, 2)
    needs = Needs.GRADIENT
    relative = False
    usual = (1.0, 1000)

    def look(self, objective: Objective, w: Array) -> tuple[Array, Array]:
        g = objective.gradient(w)
        return g, -g


@dataclass(frozen=True)
class ExactDescent(Optimizer):
    """w′ = w − ηt∇E(w) with t at a minimum along the line: steepest descent (Cauchy 1847).

    η = 1 goes exactly there. If the line has several minima, t is the first that `search` finds from
    the last t. Where E falls without end, w diverges.
    """

    label = "exact line search"
    words = "t∇E, t to the lowest point on that line"
    colour = "#2a93a8"
    dash = (2, 6)
    needs = Needs.GRADIENT
    search = Search.MINIMUM
    monotone = True
    relative = True
    beta = 1.0
    usual = (1.0, 1000)

    def start(self, w: Array) -> Memory:
        """The last t (...), where the next search starts."""
        return (np.ones(w.shape[:-1]),)

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        (first,) = memory
        g = objective.gradient(w)
        t = search(objective, w, g, -g, first)
        moved = t[..., None] > 0
        return np.where(moved, w - eta * t[..., None] * g, w), (np.where(t > 0, t, first),)
