"""What every optimizer is: one pure step, its memory a tuple of arrays, its settings frozen.

`step` takes and gives batches (..., n). η comes in as (..., 1), so that it multiplies gradients
directly. Runs of a batch know nothing of each other.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from enum import Enum
from typing import ClassVar

import numpy as np

from convcore.arrays import Array
from convcore.objectives.base import Objective
from convcore.setting import Setting

Memory = tuple[Array, ...]


class Needs(Enum):
    """What a step asks of the derivatives of E, values of E for a search left aside."""

    GRADIENT = "the gradient"
    DIAGONAL = "the Hessian's diagonal"
    PRODUCTS = "products with the Hessian"
    HESSIAN = "the Hessian, to solve with"


class Search(Enum):
    """How a step looks for its length along a line."""

    NONE = "not at all"
    BACKTRACKING = "halves it until E falls enough"
    FLATTER = "brackets a minimum, until the slope is flat enough"
    MINIMUM = "brackets a minimum and closes in on it, by dozens of looks"

    @property
    def brackets(self) -> bool:
        """Whether it brackets a minimum, which takes most looks where E falls without end."""
        return self in (Search.FLATTER, Search.MINIMUM)


class Optimizer(Setting):
    """A rule that turns w_k into w_(k+1).

    The class variables are what is true of it; labs, tables and pictures ask for nothing else. Every
    class in `OPTIMIZERS` sets those up to `usual`: tests/test_optimizers.py names what is missing. The
    defaults, grey and cautious, serve an optimizer that is no entry, such as one in a notebook.
    """

    label: ClassVar[str] = ""  # its name on the page
    words: ClassVar[str] = "{}"  # what one step is; "{}" is its η
    colour: ClassVar[str] = "#808080"  # its ink, 3:1 against the backgrounds of both themes
    dash: ClassVar[tuple[int, ...]] = ()  # its stroke in pixels, on and off; () for a solid line
    needs: ClassVar[Needs] = Needs.HESSIAN
    search: ClassVar[Search] = Search.NONE
    monotone: ClassVar[bool] = False  # whether E never rises, so that no run leaves a minimum again
    relative: ClassVar[bool] = False  # whether η is a share of a full step, not a step size
    # Share of the last step that is kept, whatever the gradient says; 1 where a last step and Ση do
    # not tell how far those to come can go. Decides whether a run counts as frozen.
    beta: float = 0.0
    usual: ClassVar[tuple[float, int]] = (0.2, 6000)  # η and steps to begin with on a network
    settles: ClassVar[bool] = True  # whether a small enough constant η ends at a minimum
    limit_words: ClassVar[str] = ""  # `limit`, solved for the curvature, as one writes it

    @classmethod
    def gradient_only(cls) -> bool:
        """Whether a step is made of gradients alone: no search, no second derivatives."""
        return cls.needs is Needs.GRADIENT and cls.search is Search.NONE

    def limit(self, curvature: float) -> float:
        """The largest stable η where this is the largest curvature; inf where that does not limit it.

        If η is a share of a step, the limit is one of the share.
        """
        return math.inf

    def work(self, n: int, gradient: float) -> float:
        """About how many operations a step takes, n weights and so many for a gradient given.

        A Hessian is counted as n products with it and all of its eigenvectors.
        """
        if self.needs in (Needs.DIAGONAL, Needs.HESSIAN):
            return 10 * gradient + 0.7 * n * gradient + 4.0 * n**3
        return gradient * (1 if self.search is Search.NONE else 15)

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
