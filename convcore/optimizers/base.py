"""The base class of optimizers: one pure step, a memory that is a tuple of arrays, frozen settings.

`step` takes and returns batches (..., n). η has shape (..., 1), so that it multiplies gradients
directly. The runs of a batch are independent.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from enum import Enum
from typing import ClassVar, NamedTuple

import numpy as np

from convcore.arrays import Array, Bools
from convcore.objectives.base import Objective, SecondOrder, drop_rounding
from convcore.setting import Setting

Memory = tuple[Array, ...]


class Needs(Enum):
    """The derivatives of E that a step needs (values of E for a line search not counted)."""

    GRADIENT = "the gradient"
    DIAGONAL = "the Hessian's diagonal"
    PRODUCTS = "products with the Hessian"
    HESSIAN = "the Hessian, to solve with"


class Search(Enum):
    """How a step finds its length along a line."""

    NONE = "not at all"
    BACKTRACKING = "halves it until E falls enough"
    FLATTER = "brackets a minimum, until the slope is flat enough"
    MINIMUM = "brackets a minimum and closes in on it, by dozens of looks"

    @property
    def brackets(self) -> bool:
        """Whether it brackets a minimum, which takes most evaluations where E falls without end."""
        return self in (Search.FLATTER, Search.MINIMUM)


# How often a step looks along its line, as measured on functions and quadratics.
LOOKS = {Search.NONE: 0, Search.BACKTRACKING: 5, Search.FLATTER: 14, Search.MINIMUM: 25}


class Rest(NamedTuple):
    """Beside points where ∇E is 0: the Hessian's eigenvalues λ (..., n) and eigenvectors Q (..., n, n), and
    Qᵀ∇E (..., n), the gradient along these."""

    values: Array
    vectors: Array
    along: Array


class Optimizer(Setting):
    """A rule that turns wₖ into w_(k+1).

    The class variables are its properties; labs, tables and pictures need nothing else. Every class in
    `OPTIMIZERS` sets those up to `usual`: tests/test_optimizers.py names missing ones. The defaults,
    grey and cautious, are for optimizers that are not registered, such as one in a notebook.
    """

    label: ClassVar[str] = ""  # its name on the page
    words: ClassVar[str] = ""  # describes one step, after its η
    joint: ClassVar[str] = "·"  # between η and `words`
    colour: ClassVar[str] = "#808080"  # contrast of 3:1 with the background of both themes
    dash: ClassVar[tuple[int, ...]] = ()  # dashes of its lines in pixels, on and off; () for solid
    plain: ClassVar[bool] = False  # a step is −η∇E and nothing else; a subclass must say so itself
    needs: ClassVar[Needs] = Needs.HESSIAN
    search: ClassVar[Search] = Search.NONE
    monotone: ClassVar[bool] = False  # E never rises, so a run that reaches a minimum stays there
    relative: ClassVar[bool] = False  # η is a fraction of a full step, not a step size
    sized: ClassVar[bool] = False  # η is about how far a weight goes, however large the gradient
    # Fraction of the last step that is kept, whatever the gradient; 1 where the last step and Ση do not
    # bound how far later steps can go. Decides whether a run counts as frozen.
    beta: float = 0.0
    usual: ClassVar[tuple[float, int]] = (0.2, 6000)  # default η and steps on a network
    settles: ClassVar[bool] = True  # whether a small enough constant η ends at a minimum
    rests: ClassVar[bool] = True  # where ∇E is 0 it stays: it moves by nothing else
    # Whether curvature that vanishes can fling a run far out although η is small, so that it comes back:
    # such a run is followed until it does, or overflows.
    returns: ClassVar[bool] = False
    limit_words: ClassVar[str] = ""  # `limit` solved for the curvature, as a formula

    def __init_subclass__(cls) -> None:
        # A subclass of plain descent exists to do something else, which its theory does not cover.
        cls.plain = vars(cls).get("plain", False)

    @classmethod
    def sets_own_steps(cls) -> bool:
        """Whether η does little to set how long steps are, so that trying few η is enough.

        Either η is a share of a full step, or the method sets its own step sizes as it runs.
        """
        return cls.relative or cls.beta == 1

    def same_scale(self, other: Optimizer) -> bool:
        """Whether an η means the same kind of thing to both, so that one may keep the other's."""
        return (self.relative, self.sized) == (other.relative, other.sized)

    @classmethod
    def described(cls, eta: str) -> str:
        """One step in words; eta: its η as it is shown, which goes without saying for a full step."""
        return cls.words if cls.relative and eta == "1" else f"{eta}{cls.joint}{cls.words}"

    @classmethod
    def gradient_only(cls) -> bool:
        """Whether a step uses gradients alone: no search, no second derivatives."""
        return cls.needs is Needs.GRADIENT and cls.search is Search.NONE

    def limit(self, curvature: float) -> float:
        """The largest stable η if this is the largest curvature; inf if curvature does not limit η.

        If η is `relative`, so is the limit.
        """
        return math.inf

    def leaves(self, eta: Array, curvature: Array, reach: Array) -> Bools:
        """Whether it can move by more than `reach` (...) from beside a minimum, however small the gradient.

        eta (...): η; curvature (...): the largest there. Then a small gradient is not yet convergence.
        """
        return np.zeros(np.shape(reach), dtype=bool)

    def shares(self, eta: Array, rest: Rest) -> tuple[Array, Array]:
        """How steps of η (...) change each error of w, and these errors: both (..., n).

        A share is 0 to 2 where the error shrinks for good, beyond 2 or below 0 where it grows; of plain
        descent it is ηλ, and a step multiplies the error by 1 − ηλ.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            errors = rest.along / rest.values
        scale = np.ones_like(rest.values) if self.relative else rest.values
        return 2 * eta[..., None] * scale / self.limit(1.0), errors

    def work(self, n: int, gradient: float) -> float:
        """About how many operations a step takes, for n weights and `gradient` operations per gradient.

        A Hessian counts as n products with it and a full eigendecomposition, a look along a line as a
        gradient.
        """
        looks = LOOKS[self.search] * gradient
        if self.needs in (Needs.DIAGONAL, Needs.HESSIAN):
            return looks + 2 * gradient + 0.5 * n * gradient + 4.0 * n**3
        return looks + gradient

    def start(self, w: Array) -> Memory:
        """The memory before the first step, for starts w (..., n)."""
        return ()

    @abstractmethod
    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        """The next w (..., n) and memory; eta: (..., 1)."""


def check(owner: Optimizer, field: str, holds: bool, what: str) -> None:
    """Raise ValueError unless `holds` is true of a field; `what` says what its value must be."""
    if not holds:
        kind, value = type(owner).__name__, getattr(owner, field)
        raise ValueError(f"`{kind}({field}=...)` must be {what}; got {value}.")


def dot(a: Array, b: Array) -> Array:
    """aᵀb over the last axis: (..., n) -> (...)."""
    return np.asarray(np.einsum("...i,...i->...", a, b))


def newton_step(objective: Objective, w: Array, here: SecondOrder) -> Array:
    """H(w)⁻¹∇E(w) (..., n); where H is singular, the shortest least-squares solution.

    here: what is known at w (..., n).
    By eigenvalues, since factorising a nearly singular H divides rounding errors by one another. Where
    curvature is infinite the solution is the limit: 0 for that weight, and of the others alone.
    """
    g, values, Q = here
    if np.isnan(values).any():
        values, Q, g = _without_infinite(objective.hessian(w), g)
    along = np.einsum("...ij,...i->...j", Q, g)
    along = np.divide(along, values, out=np.zeros_like(along), where=values != 0)
    return np.asarray(np.einsum("...ij,...j->...i", Q, along))


def _without_infinite(H: Array, g: Array) -> tuple[Array, Array, Array]:
    """Eigenvalues, eigenvectors and g with the weights left out whose own curvature is infinite.

    H (..., n, n); their g is 0. Where H is not finite otherwise, the values stay NaN.
    """
    steep = np.isinf(np.diagonal(H, axis1=-2, axis2=-1))
    H = np.where(steep[..., None] | steep[..., None, :], 0.0, H)
    finite = np.asarray(np.isfinite(H).all(axis=(-2, -1), keepdims=True))
    values, Q = np.linalg.eigh(np.where(finite, H, 0.0))
    return np.where(finite[..., 0], drop_rounding(values), np.nan), Q, np.where(steep, 0.0, g)
