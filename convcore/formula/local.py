"""A second look at points where a derivative came out as ∞·0: is a part of the formula constant there?

relu(x)^1.5 has the second derivative 0 for x < 0, but the chain rule multiplies the infinite curvature of
u^1.5 at u = 0 by u′ = 0. Derivatives at the point alone cannot tell: x⁴ has just as many zeros at 0, and
(x⁴)^0.5 a curvature of 2. So `Local` also follows where a part is affine in a whole neighbourhood; an
affine part of slope 0 is constant, and so is whatever is made of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convcore.arrays import Bools
from convcore.formula.elementary import Arithmetic, Elementary


@dataclass(frozen=True, slots=True, eq=False)
class Local(Arithmetic):
    """An inner `Taylor` or `Series` of a batch, and where it is affine in a neighbourhood: (...)."""

    inner: Any
    affine: Any

    def lift(self, other: Any) -> Local:
        return other if isinstance(other, Local) else Local(self.inner.lift(other), True)

    @property
    def constant(self) -> Bools:
        """Where it is constant in a neighbourhood (...)."""
        return np.asarray(self.affine & self.inner.at_rest())

    def __add__(self, other: Any) -> Local:
        v = self.lift(other)
        return Local(self.inner + v.inner, self.affine & v.affine)

    def __sub__(self, other: Any) -> Local:
        v = self.lift(other)
        return Local(self.inner - v.inner, self.affine & v.affine)

    def __mul__(self, other: Any) -> Local:
        v = self.lift(other)
        a, b = self.constant, v.constant
        constant = a & b | a & (self.inner.value == 0) | b & (v.inner.value == 0)
        return _held(self.inner * v.inner, constant, self.affine & v.affine & (a | b))

    def __truediv__(self, other: Any) -> Local:
        v = self.lift(other)
        a, b = self.constant, v.constant
        constant = a & (b | (self.inner.value == 0) & (v.inner.value != 0))
        return _held(self.inner / v.inner, constant, self.affine & b)

    def __pow__(self, other: Any) -> Local:
        if isinstance(other, int | float):
            return _held(self.inner**other, self.constant)
        v = self.lift(other)
        return _held(self.inner**v.inner, self.constant & v.constant)

    def apply(self, f: Elementary) -> Local:
        u = self.inner.value
        constant = self.constant | (f.name == "relu") & (u < 0)
        pieces = self.affine & (u != 0) if f.name in ("relu", "abs") else False
        return _held(self.inner.apply(f), constant, pieces)

    def minimum(self, other: Any) -> Local:
        v = self.lift(other)
        a, b = self.constant, v.constant
        below, above = (
            self.inner.value < v.inner.value,
            self.inner.value > v.inner.value,
        )
        return _held(
            self.inner.minimum(v.inner),
            below & a | above & b | a & b,
            below & self.affine | above & v.affine,
        )


def _held(inner: Any, constant: Any, affine: Any = False) -> Local:
    """An inner result, with derivatives of exactly 0 where it is constant."""
    return Local(inner.held(constant), constant | affine)
