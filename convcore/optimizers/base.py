"""What every optimizer is: one pure step, its memory a tuple of arrays, its settings frozen.

`step` takes and gives batches (..., n). η comes in as (..., 1), so that it multiplies gradients
directly. Runs of a batch know nothing of each other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from convcore.objectives import Objective

Array = NDArray[np.float64]
Memory = tuple[Array, ...]


class Optimizer(ABC):
    """A rule that turns w_k into w_(k+1)."""

    label: str
    relative: bool = False  # whether η is a share of the full step (1 = all of it), not a step size
    # Share of the last step that is kept, whatever the gradient says; 1 where a last step and Ση do
    # not tell how far those to come can go. Decides whether a run counts as frozen.
    beta: float = 0.0

    def start(self, w: Array) -> Memory:
        """Memory before the first step, for starts w (..., n)."""
        return ()

    @abstractmethod
    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        """New w (..., n) and new memory; eta: (..., 1)."""


def check(owner: Optimizer, field: str, holds: bool, what: str) -> None:
    """Raise ValueError unless a setting `holds`; `what` says what it must be."""
    if not holds:
        kind, value = type(owner).__name__, getattr(owner, field)
        raise ValueError(f"`{kind}({field}=...)` must be {what}; got {value}.")


def dot(a: Array, b: Array) -> Array:
    """aᵀb over the last axis: (..., n) -> (...)."""
    return np.asarray(np.einsum("...i,...i->...", a, b))


def solve(objective: Objective, w: Array, g: Array) -> Array:
    """H(w)⁻¹g (..., n); where H is singular, the shortest solution in the least-squares sense.

    By eigenvalues, as a factorisation of a nearly singular H divides rounding errors by each other.
    """
    values, Q = objective.eigen(w)
    along = np.einsum("...ij,...i->...j", Q, g)
    along = np.divide(along, values, out=np.zeros_like(along), where=values != 0)
    return np.asarray(np.einsum("...ij,...j->...i", Q, along))
