"""Elementary functions by their differential equations, and the base of the arithmetics over them.

One table, `FUNCTIONS`, serves `taylor.Taylor` and `series.Series` alike, to any order
(Griewank & Walther 2008, *Evaluating Derivatives*, chapters 3 and 13).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any, Self

import numpy as np
from scipy.special import erf, expit

from convcore.arrays import Array

# One number per point of the batch: a NumPy number or an array of the batch's shape. A derivative may
# also be a plain Python 0.0 or 1.0, the same at all points: a factor of 1.0 then costs nothing, and
# 0.0 times infinity is 0.
Real = Any


def exactly(x: Real, constant: float) -> bool:
    """Whether x is this plain Python number; arrays are not looked at."""
    return type(x) is float and x == constant


def times(a: Real, b: Real) -> Real:
    """a·b; a factor that is exactly 0 or 1 costs nothing."""
    if type(a) is float and (a == 0.0 or a == 1.0):
        return b if a == 1.0 else 0.0
    if type(b) is float and (b == 0.0 or b == 1.0):
        return a if b == 1.0 else 0.0
    return a * b


def plus(a: Real, b: Real) -> Real:
    """a + b; a plain 0 costs nothing."""
    return b if exactly(a, 0.0) else a if exactly(b, 0.0) else a + b


def _raised(c: float, u: Any, a: float) -> Any:
    """c·uᵃ, exact where it can be: (−2)³ = −8, u⁰ = 1, and 0·uᵃ = 0."""
    if c == 0.0 or a == 0.0:
        return c
    if not a.is_integer() or abs(a) > 8:
        return c * u**a
    product = reduce(lambda x, y: x * y, [u] * int(abs(a)))
    return times(c, product) if a > 0 else c / product


def _logcosh(u: Real) -> Real:
    size = np.abs(u)
    if isinstance(u, float):  # a single point, for which half of the work would be in vain
        return _near(size) if size < 1 else _far(size)
    return np.where(size < 1, _near(np.minimum(size, 1.0)), _far(size))


def _near(size: Real) -> Real:
    """log cosh where it is small."""
    return np.log1p(2 * np.sinh(size / 2) ** 2)


def _far(size: Real) -> Real:
    """log cosh where e^size is large."""
    return size - math.log(2) + np.log1p(np.exp(-2 * size))


@dataclass(frozen=True, slots=True)
class Elementary:
    """A function f(u) as the solution of f″ = curvature(u, f, f′), which gives every order.

    value: f of an array u (...). slope: f′ (...) from arrays u and f. curvature: f″ from u, f and f′,
    written with + − × ÷, powers and `exp` alone, so that it works on arrays and on series.
    """

    name: str
    value: Callable[[Array], Any]
    slope: Callable[[Array, Array], Any]
    curvature: Callable[[Any, Any, Any], Any]

    def __call__(self, u: Any) -> Any:
        return u.apply(self) if isinstance(u, Arithmetic) else self.value(u)


@lru_cache(maxsize=256)
def power(a: float) -> Elementary:
    """uᵃ for a constant a; real for every u if a is an integer, for u ≥ 0 if it is not."""
    return Elementary(
        f"power({a!r})",
        lambda u: _raised(1.0, u, a) if a else np.ones_like(u),
        lambda u, f: _raised(a, u, a - 1),
        lambda u, f, p: _raised(a * (a - 1), u, a - 2),
    )


@lru_cache(maxsize=256)
def absolute_power(a: float) -> Elementary:
    """|u|ᵃ for a constant a, as one function: at 0 it has the curvature of |u|ᵃ, not of |u|."""
    return Elementary(
        f"absolute_power({a!r})",
        lambda u: _raised(1.0, np.abs(u), a) if a else np.ones_like(u),
        lambda u, f: np.sign(u) * _raised(a, np.abs(u), a - 1),
        lambda u, f, p: _raised(a * (a - 1), abs(u), a - 2),
    )


@lru_cache(maxsize=256)
def exponential(a: float) -> Elementary:
    """aᵘ for a constant a. It has a slope for a ≥ 0 only (0ᵘ counts as flat)."""
    rate = math.log(a) if a > 0 else 0.0 if a == 0 else math.nan
    return Elementary(
        f"exponential({a!r})",
        lambda u: np.power(a, u),
        lambda u, f: rate * f,
        lambda u, f, p: rate * p,
    )


exp = Elementary("exp", np.exp, lambda u, f: f, lambda u, f, p: f)
absolute = Elementary("abs", np.abs, lambda u, f: np.sign(u), lambda u, f, p: 0.0)

Rule = tuple[str, Callable[[Any], Any], Callable[[Any, Any], Any], Callable[[Any, Any, Any], Any]]
RULES: tuple[Rule, ...] = (  # name, f(u), f′ from u and f, f″ from u, f and f′
    ("expm1", np.expm1, lambda u, f: np.exp(u), lambda u, f, p: p),
    ("log", np.log, lambda u, f: 1 / u, lambda u, f, p: -p * p),
    ("log1p", np.log1p, lambda u, f: 1 / (1 + u), lambda u, f, p: -p * p),
    ("log2", np.log2, lambda u, f: 1 / (math.log(2) * u), lambda u, f, p: -p / u),
    ("log10", np.log10, lambda u, f: 1 / (math.log(10) * u), lambda u, f, p: -p / u),
    ("sqrt", np.sqrt, lambda u, f: 0.5 / f, lambda u, f, p: -0.5 * p / u),
    ("cbrt", np.cbrt, lambda u, f: 1 / (3 * f * f), lambda u, f, p: -2 / 3 * p / u),
    ("sin", np.sin, lambda u, f: np.cos(u), lambda u, f, p: -f),
    ("cos", np.cos, lambda u, f: -np.sin(u), lambda u, f, p: -f),
    ("tan", np.tan, lambda u, f: 1 + f * f, lambda u, f, p: 2 * f * p),
    ("arcsin", np.arcsin, lambda u, f: 1 / np.sqrt((1 - u) * (1 + u)), lambda u, f, p: u * p**3),
    ("arccos", np.arccos, lambda u, f: -1 / np.sqrt((1 - u) * (1 + u)), lambda u, f, p: u * p**3),
    ("arctan", np.arctan, lambda u, f: 1 / (1 + u * u), lambda u, f, p: -2 * u * p * p),
    ("sinh", np.sinh, lambda u, f: np.cosh(u), lambda u, f, p: f),
    ("cosh", np.cosh, lambda u, f: np.sinh(u), lambda u, f, p: f),
    # sech² straight from cosh: 1 − tanh² would cancel, and Newton's step divides by it.
    ("tanh", np.tanh, lambda u, f: (1 / np.cosh(u)) ** 2, lambda u, f, p: -2 * f * p),
    ("arcsinh", np.arcsinh, lambda u, f: 1 / np.hypot(1.0, u), lambda u, f, p: -u * p**3),
    ("arccosh", np.arccosh, lambda u, f: 1 / np.sqrt((u - 1) * (u + 1)), lambda u, f, p: -u * p**3),
    ("arctanh", np.arctanh, lambda u, f: 1 / ((1 - u) * (1 + u)), lambda u, f, p: 2 * u * p * p),
    ("relu", lambda u: np.maximum(u, 0), lambda u, f: np.heaviside(u, 0.5), lambda u, f, p: 0.0),
    ("sigmoid", expit, lambda u, f: f * expit(-u), lambda u, f, p: p * (1 - 2 * f)),
    # e^−softplus(u) = σ(−u) and e^−2·logcosh(u) = sech²(u), both free of cancellation.
    ("softplus", lambda u: np.logaddexp(0, u), lambda u, f: expit(u), lambda u, f, p: p * exp(-f)),
    ("logcosh", _logcosh, lambda u, f: np.tanh(u), lambda u, f, p: exp(-2 * f)),
    ("erf", erf, lambda u, f: 2 / math.sqrt(math.pi) * np.exp(-u * u), lambda u, f, p: -2 * u * p),
)
FUNCTIONS: Mapping[str, Elementary] = {
    f.name: f for f in (exp, absolute, *(Elementary(*rule) for rule in RULES))
}


class Arithmetic(ABC):
    """What `Taylor` and `Series` share: + − × ÷ ** in either order with plain numbers."""

    __slots__ = ()
    __array_ufunc__ = None  # so that array * self calls __rmul__, not NumPy's loops

    @abstractmethod
    def lift(self, other: Any) -> Self:
        """A number, or an array of the batch's shape (...), as a constant of this arithmetic."""

    @abstractmethod
    def apply(self, f: Elementary) -> Self:
        """f(self)."""

    @abstractmethod
    def minimum(self, other: Any) -> Self:
        """The smaller of the two at each point; where they tie, the mean of their derivatives."""

    @abstractmethod
    def __add__(self, other: Any) -> Self: ...
    @abstractmethod
    def __sub__(self, other: Any) -> Self: ...
    @abstractmethod
    def __mul__(self, other: Any) -> Self: ...
    @abstractmethod
    def __truediv__(self, other: Any) -> Self: ...
    @abstractmethod
    def __pow__(self, other: Any) -> Self: ...

    def __radd__(self, other: Any) -> Self:
        return self.__add__(other)

    def __rsub__(self, other: Any) -> Self:
        return self.lift(other) - self

    def __rmul__(self, other: Any) -> Self:
        return self.__mul__(other)

    def __rtruediv__(self, other: Any) -> Self:
        return self.lift(other) / self

    def __rpow__(self, base: Any) -> Self:
        scalar = isinstance(base, int | float)
        return self.apply(exponential(float(base))) if scalar else self.lift(base) ** self

    def __neg__(self) -> Self:
        return self * -1.0

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> Self:
        return self.apply(absolute)


def minimum(u: Any, v: Any) -> Any:
    """min(u, v) of numbers, arrays, Taylor or Series; a tie takes the mean of the derivatives."""
    if isinstance(u, Arithmetic):
        return u.minimum(v)
    return v.minimum(u) if isinstance(v, Arithmetic) else np.minimum(u, v)


def maximum(u: Any, v: Any) -> Any:
    """max(u, v); a tie takes the mean of the derivatives."""
    return -minimum(-u, -v)


def chooser(u: Real, v: Real) -> Callable[[Real, Real], Any]:
    """Selects from a pair (a, b): a where u < v, b where v < u, and the mean where they tie."""
    return lambda a, b: np.where(u < v, a, np.where(v < u, b, (a + b) / 2))
