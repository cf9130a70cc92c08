"""Exact first and second derivatives of any formula, batched over any number of points.

`Taylor` carries value, gradient and Hessian in n weights by truncated Taylor arithmetic, without
difference quotients (Griewank & Walther 2008, *Evaluating Derivatives*, chapter 3).

Where a formula is undefined (log of −1), its value and all derivatives are NaN; at a pole or a
vertical tangent they are infinite or NaN. No warning is given; callers check.

At a kink both sides count equally: |u|′ = 0 at 0, relu′ = ½ at 0, and where the arguments of
`minimum` or `maximum` tie, every derivative is the mean of the two. The infinite curvature of the
kink itself is ignored.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from convcore.arrays import Array, Bools, Ints
from convcore.formula.elementary import (
    Arithmetic,
    Elementary,
    Real,
    chooser,
    exactly,
    plus,
    power,
    times,
)
from convcore.formula.local import Local

BLOCK = 32768  # points at a time: they fit the processor's cache, and memory is bounded


class Parts(dict[Any, Any]):
    """Derivatives by index, {i: ∂ᵢ} or {(i, j): ∂ᵢⱼ} with i ≤ j. A missing one is zero."""

    __array_ufunc__ = None

    def __add__(self, other: Parts) -> Parts:
        total = Parts(self)
        for k, c in other.items():
            total[k] = plus(total[k], c) if k in total else c
        return total

    def __sub__(self, other: Parts) -> Parts:
        total = Parts(self)
        for k, c in other.items():
            total[k] = total[k] - c if k in total else -c
        return total

    def __mul__(self, a: Real) -> Parts:
        return (
            Parts()
            if not self or exactly(a, 0.0)
            else Parts({k: times(a, c) for k, c in self.items()})
        )

    __rmul__ = __mul__

    def __truediv__(self, a: Real) -> Parts:
        return Parts({k: c / a for k, c in self.items()})

    def squared(self) -> Parts:
        """gᵢgⱼ."""
        g = self.items()
        return Parts({(i, j): times(a, b) for i, a in g for j, b in g if i <= j})

    def crossed(self, other: Parts) -> Parts:
        """gᵢhⱼ + hᵢgⱼ."""
        cross = Parts()
        for i, a in self.items():
            for j, b in other.items():
                key = (i, j) if i <= j else (j, i)
                term = 2 * times(a, b) if i == j else times(a, b)
                cross[key] = plus(cross.get(key, 0.0), term)
        return cross

    def chosen(self, other: Parts, choose: Callable[[Real, Real], Any]) -> Parts:
        """`choose` of the entries of both, one by one; missing ones count as 0."""
        return Parts({k: choose(self.get(k, 0.0), other.get(k, 0.0)) for k in {**self, **other}})


@dataclass(frozen=True, slots=True, eq=False)
class Taylor(Arithmetic):
    """A function of the weights up to second order at each point of a batch.

    value: (...). gradient: {i: (...)}, or None if the requested order was 0. hessian:
    {(i, j): (...)} for i ≤ j, or None if it was less than 2. Nothing beyond that order is computed.
    """

    value: Real
    gradient: Parts | None
    hessian: Parts | None

    @property
    def order(self) -> int:
        """The highest order of derivatives: 0, 1 or 2."""
        return 0 if self.gradient is None else 1 if self.hessian is None else 2

    def lift(self, other: Any) -> Taylor:
        if type(other) is Taylor:
            return other
        return Taylor(np.asarray(other, dtype=float)[()], Parts(), Parts())

    def __add__(self, other: Any) -> Taylor:
        u, v = self, self.lift(other)
        return _taylor(u, v, u.value + v.value, lambda g, h: g + h, lambda g, h, G, H: G + H)

    def __sub__(self, other: Any) -> Taylor:
        u, v = self, self.lift(other)
        return _taylor(u, v, u.value - v.value, lambda g, h: g - h, lambda g, h, G, H: G - H)

    def __mul__(self, other: Any) -> Taylor:
        """(uv)ᵢ = uvᵢ + vuᵢ; (uv)ᵢⱼ = uvᵢⱼ + vuᵢⱼ + uᵢvⱼ + vᵢuⱼ."""
        t = self.lift(other)
        u, v = self.value, t.value
        return _taylor(
            self,
            t,
            u * v,
            lambda g, h: u * h + v * g,
            lambda g, h, G, H: u * H + v * G + g.crossed(h),
        )

    def __truediv__(self, other: Any) -> Taylor:
        """q = u/v: qᵢ = (uᵢ − qvᵢ)/v; qᵢⱼ = (uᵢⱼ − qvᵢⱼ − qᵢvⱼ − vᵢqⱼ)/v."""
        t = self.lift(other)
        v = t.value
        q = self.value / v
        return _taylor(
            self,
            t,
            q,
            lambda g, h: (g - q * h) / v,
            lambda g, h, G, H: (G - q * H - ((g - q * h) / v).crossed(h)) / v,
        )

    def __pow__(self, other: Any) -> Taylor:
        """uᵛ: ∂u = vuᵛ⁻¹, ∂v = uᵛ log u; 0·log 0 is 0."""
        if isinstance(other, int | float):
            return self.apply(power(float(other)))
        t = self.lift(other)
        u, v = self.value, t.value
        f, f_u = np.power(u, v), v * np.power(u, v - 1)
        f_v = xlogy(f, u)

        def hessian(g: Parts, h: Parts, G: Parts, H: Parts) -> Parts:
            f_uu = v * (v - 1) * np.power(u, v - 2)
            f_uv = np.power(u, v - 1) + xlogy(f_u, u)
            f_vv = xlogy(f_v, u)
            second: Parts = f_uu * g.squared() + f_uv * g.crossed(h) + f_vv * h.squared()
            total: Parts = f_u * G + f_v * H + second
            return total

        return _taylor(self, t, f, lambda g, h: f_u * g + f_v * h, hessian)

    def apply(self, f: Elementary) -> Taylor:
        """f(u): ∂ᵢ = f′uᵢ; ∂ᵢⱼ = f′uᵢⱼ + f″uᵢuⱼ."""
        u, g, H = self.value, self.gradient, self.hessian
        value = f.value(u)
        if g is None:
            return Taylor(value, None, None)
        p = f.slope(u, value)
        if H is None:
            return Taylor(value, p * g, None)
        q = f.curvature(u, value, p)
        return Taylor(value, p * g, p * H + q * g.squared())

    def minimum(self, other: Any) -> Taylor:
        t = self.lift(other)
        choose = chooser(self.value, t.value)
        return _taylor(
            self,
            t,
            np.minimum(self.value, t.value),
            lambda g, h: g.chosen(h, choose),
            lambda g, h, G, H: G.chosen(H, choose),
        )

    def at_rest(self) -> Bools:
        """Where the first derivatives are exactly 0: (...)."""
        slopes = (self.gradient or Parts()).values()
        return np.asarray(np.all([np.full_like(self.value, c) == 0 for c in slopes], axis=0))

    def held(self, constant: Bools) -> Taylor:
        """The same, with derivatives of exactly 0 where `constant` (...)."""
        return Taylor(
            self.value,
            *(
                parts
                if parts is None
                else Parts({k: np.where(constant, 0.0, c) for k, c in parts.items()})
                for parts in (self.gradient, self.hessian)
            ),
        )


def _taylor(
    u: Taylor,
    v: Taylor,
    value: Real,
    gradient: Callable[[Parts, Parts], Parts],
    hessian: Callable[[Parts, Parts, Parts, Parts], Parts],
) -> Taylor:
    """A result assembled from the derivatives of u and v, to the lower of their orders."""
    if u.gradient is None or v.gradient is None:
        return Taylor(value, None, None)
    g = gradient(u.gradient, v.gradient)
    if u.hessian is None or v.hessian is None:
        return Taylor(value, g, None)
    return Taylor(value, g, hessian(u.gradient, v.gradient, u.hessian, v.hessian))


class Expansion(NamedTuple):
    """value (...), gradient (..., n) or None, hessian (..., n, n) or None."""

    value: Array
    gradient: Array | None
    hessian: Array | None


def variables(w: ArrayLike, order: int = 2) -> tuple[Taylor, ...]:
    """The n weights of a batch w (..., n), each as a Taylor variable of order 0, 1 or 2."""
    return _seeded(np.moveaxis(np.asarray(w, dtype=float), -1, 0), order)


def _seeded(columns: Array, order: int) -> tuple[Taylor, ...]:
    if order not in (0, 1, 2):
        raise ValueError(f"`order` must be 0, 1 or 2; got {order!r}.")
    return tuple(
        Taylor(x, Parts({i: 1.0}) if order > 0 else None, Parts() if order > 1 else None)
        for i, x in enumerate(columns)
    )


@np.errstate(all="ignore")
def expand(f: Callable[[tuple[Any, ...]], Any], w: ArrayLike, order: int = 2) -> Expansion:
    """f and its derivatives up to `order` at a batch of points w (..., n).

    f takes the tuple of n weights and is written with + − × ÷ **, `FUNCTIONS`, `minimum` and
    `maximum`. Derivatives are NaN wherever the value is. The results may be strided views.
    Raises ValueError if w has no axis of weights.
    """
    w = np.asarray(w, dtype=float)
    if w.ndim == 0 or w.shape[-1] == 0:
        raise ValueError(f"`w` must have shape (..., n), also for n = 1; got {w.shape}.")
    n, batch = w.shape[-1], w.shape[:-1]
    size = math.prod(batch)
    if size == 1 and (alone := _at_one_point(f, w, order)) is not None:
        return alone
    points = w.reshape(size, n).T
    # Components come first, so that each is contiguous. They share one array, whose memory the
    # allocator reuses for the next call: fresh pages would cost more than the arithmetic.
    whole = np.empty((1 + (n if order > 0 else 0) + (n * n if order > 1 else 0), size))
    value = whole[0]
    gradient = whole[1 : 1 + n] if order > 0 else None
    hessian = whole[1 + n :].reshape(n, n, size) if order > 1 else None
    for start in range(0, size, BLOCK):
        here = slice(start, start + BLOCK)
        block = _seeded(np.ascontiguousarray(points[:, here]), order)
        t = block[0].lift(f(block))
        _write(t, here, value, gradient, hessian)
        # NaN and ±∞ spread through a sum, which is much faster than to ask each number.
        if order and not math.isfinite(whole[1:, here].sum()):
            unknown = np.isnan(whole[1:, here]).any(axis=0) & np.isfinite(value[here])
            lost = start + np.flatnonzero(unknown)
            parts = tuple(Local(t, True) for t in _seeded(points[:, lost], order))
            _write(parts[0].lift(f(parts)).inner, lost, value, gradient, hessian)
    outside = np.isnan(value)
    if outside.any():
        for derivatives in (gradient, hessian):
            if derivatives is not None:
                derivatives[..., outside] = np.nan
    return Expansion(
        value.reshape(batch),
        None if gradient is None else gradient.T.reshape(*batch, n),
        None if hessian is None else hessian.T.reshape(*batch, n, n),
    )


def _at_one_point(f: Callable[[tuple[Any, ...]], Any], w: Array, order: int) -> Expansion | None:
    """`expand` of a batch w (..., n) of one point, with plain numbers: faster than arrays of length one.

    None where anything is not finite, which takes a closer look.
    """
    batch, n = w.shape[:-1], w.shape[-1]
    seeds = _seeded(w.reshape(n), order)
    t = seeds[0].lift(f(seeds))
    axes = range(n)
    slopes, bends = t.gradient or Parts(), t.hessian or Parts()
    gradient = [slopes.get(i, 0.0) for i in axes] if order > 0 else []
    hessian = [[bends.get((min(i, j), max(i, j)), 0.0) for j in axes] for i in axes if order > 1]
    if not math.isfinite(t.value + sum(gradient) + sum(map(sum, hessian))):
        return None
    return Expansion(
        np.asarray(t.value).reshape(batch),
        np.array(gradient).reshape(*batch, n) if order > 0 else None,
        np.array(hessian).reshape(*batch, n, n) if order > 1 else None,
    )


def _write(
    t: Taylor, at: slice | Ints, value: Array, gradient: Array | None, hessian: Array | None
) -> None:
    """Copy a result to the points `at` of value (m,), gradient (n, m) and Hessian (n, n, m)."""
    value[at] = t.value
    if gradient is not None and t.gradient is not None:
        for i in range(len(gradient)):
            gradient[i, at] = t.gradient.get(i, 0.0)
    if hessian is not None and t.hessian is not None:
        for i in range(len(hessian)):
            for j in range(i, len(hessian)):
                hessian[i, j, at] = hessian[j, i, at] = t.hessian.get((i, j), 0.0)
