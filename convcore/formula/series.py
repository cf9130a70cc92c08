"""Power series of any order in one weight, and their Taylor polynomials.

Conventions at kinks, at poles and outside a domain are those of `taylor`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from convcore.arrays import Array, Bools
from convcore.formula.elementary import (
    FUNCTIONS,
    Arithmetic,
    Elementary,
    Real,
    chooser,
    exp,
    plus,
    times,
)
from convcore.formula.local import Local


@dataclass(frozen=True, slots=True, eq=False)
class Series(Arithmetic):
    """A function of one weight as a power series: Σ coefficients[k]·(w − w₀)ᵏ, each (...).

    The recurrences are those of Griewank & Walther 2008, tables 13.1 and 13.2.
    """

    coefficients: tuple[Real, ...]

    def lift(self, other: Any) -> Series:
        if isinstance(other, Series):
            return other
        zeros = [0.0] * (len(self.coefficients) - 1)
        return Series((np.asarray(other, dtype=float)[()], *zeros))

    def __add__(self, other: Any) -> Series:
        pairs = zip(self.coefficients, self.lift(other).coefficients, strict=False)
        return Series(tuple(plus(a, b) for a, b in pairs))

    def __sub__(self, other: Any) -> Series:
        return self + -self.lift(other)

    def __mul__(self, other: Any) -> Series:
        """vₖ = Σ aⱼbₖ₋ⱼ."""
        a, b = self.coefficients, self.lift(other).coefficients
        higher = (_convolved(a, b, k) for k in range(1, min(len(a), len(b))))
        return Series((a[0] * b[0], *higher))

    def __truediv__(self, other: Any) -> Series:
        """qₖ = (aₖ − Σ_{j<k} qⱼbₖ₋ⱼ)/b₀."""
        a, b = self.coefficients, self.lift(other).coefficients
        q: tuple[Real, ...] = ()
        for k in range(min(len(a), len(b))):
            q = (*q, (a[k] - _convolved((*q, 0.0), b, k)) / b[0])
        return Series(q)

    def __pow__(self, other: Any) -> Series:
        """vₖ = Σ_{j≥1} (ja − (k − j)) uⱼvₖ₋ⱼ/(ku₀); integer powers multiply, so that 0 works too."""
        if not isinstance(other, int | float):
            raised: Series = exp(self.lift(other) * FUNCTIONS["log"](self))
            return raised
        a, u = float(other), self.coefficients
        if a.is_integer() and abs(a) <= 64:
            one = self.lift(np.ones_like(u[0]))
            product = reduce(lambda x, y: x * y, [self] * int(abs(a)), one)
            return product if a >= 0 else one / product
        v: tuple[Real, ...] = (np.power(u[0], a),)
        for k in range(1, len(u)):
            terms = (times(j * a - (k - j), times(u[j], v[k - j])) for j in range(1, k + 1))
            v = (*v, reduce(plus, terms, 0.0) / (k * u[0]))
        return Series(v)

    def apply(self, f: Elementary) -> Series:
        """v = f(u), p = f′(u): v′ = p·u′ and p′ = f″·u′ give the orders one by one."""
        u = self.coefficients
        v: tuple[Real, ...] = (f.value(u[0]),)
        p: tuple[Real, ...] = (f.slope(u[0], v[0]),)
        for k in range(1, len(u)):
            q = Series(u[:k]).lift(f.curvature(Series(u[:k]), Series(v), Series(p)))
            rate = tuple(times(float(j), u[j]) for j in range(k + 1))
            v = (*v, _convolved((*p, 0.0), rate, k) / k)
            p = (*p, _convolved((*q.coefficients, 0.0), rate, k) / k)
        return Series(v)

    def minimum(self, other: Any) -> Series:
        a, b = self.coefficients, self.lift(other).coefficients
        choose = chooser(a[0], b[0])
        pairs = zip(a[1:], b[1:], strict=False)
        return Series((np.minimum(a[0], b[0]), *(choose(x, y) for x, y in pairs)))

    @property
    def value(self) -> Real:
        """The value at w₀: (...)."""
        return self.coefficients[0]

    def at_rest(self) -> Bools:
        """Where the slope is exactly 0: (...)."""
        return np.asarray(np.full_like(self.value, (*self.coefficients, 0.0)[1]) == 0)

    def held(self, constant: Bools) -> Series:
        """The same, with derivatives of exactly 0 where `constant` (...)."""
        higher = (np.where(constant, 0.0, c) for c in self.coefficients[1:])
        return Series((self.value, *higher))


def _convolved(a: Sequence[Real], b: Sequence[Real], k: int) -> Real:
    return reduce(plus, (times(a[j], b[k - j]) for j in range(k + 1)), 0.0)


@dataclass(frozen=True, eq=False)
class TaylorPolynomial:
    """Σ coefficients[k]·(w − centre)ᵏ for one weight: centre (...), coefficients (order+1, ...)."""

    centre: Array
    coefficients: Array

    def __call__(self, w: ArrayLike) -> Array:
        """The polynomial at w (...), which broadcasts against the centre (Horner)."""
        d = np.asarray(w, dtype=float) - self.centre
        return np.asarray(reduce(lambda total, c: total * d + c, self.coefficients[::-1], 0 * d))


@np.errstate(all="ignore")
def polynomial(
    f: Callable[[tuple[Any, ...]], Any], centre: ArrayLike, order: int = 6
) -> TaylorPolynomial:
    """The Taylor polynomial of f, a function of one weight, around each centre (...).

    Raises ValueError for a negative order."""
    if order < 0:
        raise ValueError(f"`order` must not be negative; got {order!r}.")
    at = np.asarray(centre, dtype=float)
    c = _coefficients(f, at, order)
    lost = np.isfinite(c[0]) & np.isnan(c).any(axis=0)
    if lost.any():
        c[:, lost] = _coefficients(f, at[lost], order, local=True)
    return TaylorPolynomial(at, np.where(np.isnan(c[0]), np.nan, c))


def _coefficients(
    f: Callable[[tuple[Any, ...]], Any], at: Array, order: int, local: bool = False
) -> Array:
    """The series of f (order+1, ...) around each point (...); local: see `Local`."""
    w = Series((at[()], 1.0, *[0.0] * order)[: order + 1])
    result = Local(w, True).lift(f((Local(w, True),))).inner if local else w.lift(f((w,)))
    return np.stack([np.broadcast_to(c, at.shape) for c in result.coefficients])
