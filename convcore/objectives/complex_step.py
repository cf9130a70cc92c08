"""Gradients of plain functions: by the complex step where a function allows it, else by differences.

∂_iE = Im E(w + ih·e_i)/h with h so small that nothing is subtracted: exact to rounding (Squire and Trapp
1998). NumPy's |z| and sign z forget the imaginary part, which would give a derivative of 0; here they keep
it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from convcore.arrays import Array

STEP = 1e-20  # h: its square is lost in any sum, and it is far from underflow in float32 too


class Analytic(np.ndarray[Any, np.dtype[np.complex128]]):
    """Weights w + ih·e (..., n): |w| and sign w keep the derivative; what loses it raises TypeError."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **how: Any) -> Any:
        given = [_bare(x) for x in inputs]
        if out := how.get("out"):
            how["out"] = tuple(map(_bare, out))
        if ufunc is np.absolute and method == "__call__":
            found: Any = np.where(np.real(given[0]) < 0, -given[0], given[0])
        elif ufunc is np.sign and method == "__call__":
            found = np.sign(np.real(given[0]))
        else:
            found = getattr(ufunc, method)(*given, **how)
        return out[0] if out else _kept(found)

    def __array_function__(self, function: Any, types: Any, args: Any, how: Any) -> Any:
        if function in (np.linalg.norm, np.real, np.imag, np.angle, np.isreal, np.real_if_close):
            raise TypeError(f"{function.__name__} loses the imaginary part")
        return super().__array_function__(function, types, args, how)

    def __getitem__(self, at: Any) -> Any:
        return _kept(super().__getitem__(at))

    def __float__(self) -> float:
        raise TypeError("a float loses the imaginary part")

    @property  # type: ignore[misc]  # NumPy's can be set
    def real(self) -> Any:
        """Refused: it would lose the derivative."""
        raise TypeError("`.real` loses the imaginary part")


def _bare(x: Any) -> Any:
    return x.view(np.ndarray) if isinstance(x, Analytic) else x


def _kept(x: Any) -> Any:
    """A result as `Analytic`, a single number too, as long as it has an imaginary part."""
    return np.asarray(x).view(Analytic) if np.iscomplexobj(x) else x


def complex_step(value: Callable[[Any], Any], w: Array) -> Array:
    """∇E (m, n) at points w (m, n) by the complex step; value: (m·n, n) -> (m·n,).

    Raises TypeError if the function cannot take complex numbers.
    """
    m, n = w.shape
    moved = (w[:, None, :] + 1j * STEP * np.eye(n)).reshape(m * n, n)
    return np.asarray(np.imag(_bare(np.asarray(value(moved.view(Analytic)))))).reshape(m, n) / STEP


def differences(value: Callable[[Any], Any], w: Array, eps: float) -> Array:
    """∇E (m, n) at points w (m, n) by central differences; eps: the relative rounding of E."""
    m, n = w.shape
    step = eps ** (1 / 3) * np.maximum(1.0, np.abs(w))
    sides = step[:, None, :] * np.eye(n)
    up, down = (
        np.asarray(value((w[:, None, :] + side).reshape(m * n, n)), dtype=float).reshape(m, n)
        for side in (sides, -sides)
    )
    return np.asarray((up - down) / (2 * step))
