"""Conjugate gradients with a line search, for any E: on a quadratic of n weights n steps do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convcore.arrays import Array
from convcore.objectives.base import Objective
from convcore.optimizers.base import Memory, Needs, Optimizer, Search, dot
from convcore.optimizers.searching import search


@dataclass(frozen=True)
class ConjugateGradient(Optimizer):
    """w′ = w + ηtd with t at a minimum along d = −g + βd₋, β = max(0, gᵀ(g − g₋)/g₋ᵀg₋), g = ∇E(w).

    η = 1 goes exactly there; then on a quadratic no step spoils an earlier one, and there are at most as
    many as curvatures in which the start has an error (Hestenes & Stiefel 1952; for any E Polak & Ribière
    1969). Where d does not lead downhill, and where a step was no use, it begins again with −g.
    """

    label = "conjugate gradient"
    joint = " of "
    words = "the way to the lowest point along a conjugate direction"
    colour = "#5b6fd6"
    dash = (12, 2, 2, 2)
    needs = Needs.GRADIENT
    search = Search.MINIMUM
    monotone = True
    relative = True
    beta = 1.0
    usual = (1.0, 500)

    def start(self, w: Array) -> Memory:
        """The last t (...), where the next search starts; the last d and g (..., n), 0 at first."""
        return np.ones(w.shape[:-1]), np.zeros_like(w), np.zeros_like(w)

    @np.errstate(all="ignore")
    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        first, last, before = memory
        g = objective.gradient(w)
        beta = np.maximum(dot(g, g - before) / dot(before, before), 0.0)
        d = -g + beta[..., None] * last
        onwards = np.isfinite(d).all(axis=-1) & (dot(g, d) < 0)
        d = np.where(onwards[..., None], d, -g)
        t = search(objective, w, g, d, first)
        moved = t[..., None] > 0
        return np.where(moved, w + eta * t[..., None] * d, w), (np.where(t > 0, t, first), d, g)
