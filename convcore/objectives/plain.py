"""A plain Python function of w as an objective: how it may be called is found out by trying."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from convcore.arrays import Array, numbers, short
from convcore.objectives.base import BLOCK, BY_DIFFERENCES, EPS, Objective
from convcore.objectives.complex_step import complex_step, differences

Plain = Callable[[Any], Any]

NEAR = (1e-3, 1e-2, 0.3, 3.0)  # how far from `at` it is tried, in units of max(1, ‖at‖∞)
AGREE = 1e-4  # relative difference of two derivatives of one function


class Calls(Enum):
    """How a plain function is called with many points (m, n)."""

    LAST = "batched, weights on the last axis"
    FIRST = "batched, weights on the first axis"
    ALONE = "one point at a time"
    NUMBER = "one number at a time"


class Slopes(Enum):
    """Where the gradient of a plain function comes from."""

    GIVEN = "gradient as given"
    COMPLEX = "gradient by complex step"
    DIFFERENCES = "gradient by central differences"


@dataclass(frozen=True, init=False, eq=False)
class PlainFunction(Objective):
    """E(w) as a plain function of w (n,), or of a batch: `PlainFunction(f, at=[3, 2])`.

    at: a point (n,) where E is finite, such as the start; the function is tried there and around it, to
    find out how to call it (`calls`) and where its gradient may come from (`slopes`): the `repr` says both.
    gradient, hessian: plain functions too, w (n,) -> (n,) and (n, n). Without them: by the complex step if
    NumPy's complex numbers go through the function and agree with differences, else by central
    differences; the Hessian by differences of gradients. Where the function raises an ArithmeticError or a
    ValueError, as `math.log(-1)` does, E is NaN, and inf after an OverflowError. ValueError, in one line,
    if it fails at `at` or gives no number there. `descend` takes plain functions as they are.

    >>> PlainFunction(lambda w: (1 - w[0])**2 + 100*(w[1] - w[0]**2)**2, at=[-1.2, 1])
    <PlainFunction <lambda> of 2 weights: batched, weights on the first axis; gradient by complex step>
    """

    function: Plain
    n: int
    calls: Calls
    slopes: Slopes
    given: Plain | None = field(repr=False)
    given_calls: Calls = field(repr=False)
    bend: Plain | None = field(repr=False)
    eps: float = field(repr=False)

    @np.errstate(all="ignore")
    def __init__(
        self,
        function: Plain,
        at: ArrayLike,
        gradient: Plain | None = None,
        hessian: Plain | None = None,
    ) -> None:
        where = np.atleast_1d(numbers(at, "PlainFunction(at=...)"))
        if where.ndim != 1 or not where.size or not np.isfinite(where).all():
            raise ValueError(
                f"`PlainFunction(at=...)` must be one point of finite numbers; got {short(where)}."
            )
        n = len(where)
        # As many points as no weight could be taken for.
        far = np.array(NEAR if n != 1 + len(NEAR) else NEAR[1:])[:, None]
        size = max(1.0, float(np.abs(where).max()))
        moves = far * size * np.random.default_rng(0).standard_normal((len(far), n))
        points = np.concatenate([where[None], where + moves])
        calls = _found(function, points, (), "function")
        rows = {Calls.LAST: points[:1], Calls.FIRST: points[:1].T, Calls.ALONE: where}
        kind = np.asarray(function(rows.get(calls, float(where[0])))).dtype
        put = object.__setattr__
        put(self, "function", function)
        put(self, "n", n)
        put(self, "calls", calls)
        # A function in float32 has other rounding, and so other differences.
        put(self, "eps", float(np.finfo(kind).eps) if kind.kind == "f" else EPS)
        put(self, "given", gradient)
        put(self, "bend", hessian)
        if gradient is not None:
            put(self, "given_calls", _found(gradient, points, (n,), "gradient"))
            put(self, "slopes", Slopes.GIVEN)
        else:
            put(self, "given_calls", calls)
            put(self, "slopes", _slopes(self, points))
        rough = 64 * self.eps**0.5 if self.slopes is Slopes.DIFFERENCES else BY_DIFFERENCES
        put(self, "noise", EPS if hessian else rough)

    def __repr__(self) -> str:
        name = getattr(self.function, "__name__", type(self.function).__name__)
        weights = "1 weight" if self.n == 1 else f"{self.n} weights"
        return f"<PlainFunction {name} of {weights}: {self.calls.value}; {self.slopes.value}>"

    def value(self, w: Array) -> Array:
        rows = w.reshape(-1, self.n)
        return _called(self.function, self.calls, rows, ()).reshape(w.shape[:-1])

    def gradient(self, w: Array) -> Array:
        rows = w.reshape(-1, self.n)
        if self.given is not None:
            return _called(self.given, self.given_calls, rows, (self.n,)).reshape(w.shape)
        g, most = np.empty(rows.shape), max(1, BLOCK // self.n)
        for first in range(0, len(rows), most):
            g[first : first + most] = self._slope(rows[first : first + most])
        return g.reshape(w.shape)

    def hessian(self, w: Array) -> Array:
        if self.bend is None:
            rough = self.slopes is Slopes.DIFFERENCES
            return self.hessian_by_differences(w, self.eps**0.25 if rough else EPS ** (1 / 3))
        rows = w.reshape(-1, self.n)
        H = [np.asarray(self.bend(row), dtype=float).reshape(self.n, self.n) for row in rows]
        return np.array(H).reshape(*w.shape, self.n)

    def _slope(self, w: Array) -> Array:
        """∇E (m, n) at w (m, n) without a given gradient; NaN where E is not finite."""
        if self.slopes is Slopes.COMPLEX:
            try:
                found = complex_step(
                    lambda z: _called(self.function, self.calls, z, (), complex), w
                )
                return np.where(np.isfinite(self.value(w))[:, None], found, np.nan)
            except TypeError:  # in a branch that was not tried: it takes no complex numbers
                pass
        return differences(self.value, w, self.eps)


def as_objective(given: Any, start: Array, what: str = "descend(objective=...)") -> Objective:
    """An objective as it is, and a plain function as a `PlainFunction` at the first start of (..., n).

    Raises ValueError, in one line, for anything else.
    """
    if isinstance(given, Objective):
        return given
    if callable(given) and not isinstance(given, type):
        if start.ndim == 0:
            raise ValueError(
                "`descend(start=...)` must be weights (..., n), as in [1.0]; got a number."
            )
        return PlainFunction(given, start.reshape(-1, start.shape[-1])[0])
    hint = "an objective or a function of w"
    if isinstance(given, str):
        hint = f"{hint}; write `Function({given[:40]!r})` for a formula"
    elif isinstance(given, type):
        hint = f"{hint}, such as a value `{given.__name__}(...)`"
    elif isinstance(given, list | tuple | np.ndarray):
        hint = f"{hint}; write `Quadratic(A)` for ½wᵀAw"
    raise ValueError(f"`{what}` must be {hint}; got {short(given)}.")


@np.errstate(all="ignore")
def _called(f: Plain, calls: Calls, w: Array, tail: tuple[int, ...], kind: type = float) -> Array:
    """f at points w (m, n), as (m, *tail)."""
    shape = (len(w), *tail)
    if calls is Calls.LAST:
        return np.asarray(f(w), dtype=kind).reshape(shape)
    if calls is Calls.FIRST:
        found: Array = np.asarray(f(w.T), dtype=kind)
        return (np.moveaxis(found, -1, 0) if tail else found).reshape(shape)
    rows = w[:, 0].tolist() if calls is Calls.NUMBER else w
    return np.array([_alone(f, row, tail, kind) for row in rows], dtype=kind).reshape(shape)


def _alone(f: Plain, w: Any, tail: tuple[int, ...], kind: type = float) -> Array:
    """f at one point (n,), as `tail`; inf or NaN where Python's own arithmetic raises an error."""
    try:
        return np.asarray(f(w), dtype=kind).reshape(tail)
    except OverflowError:
        return np.full(tail, np.inf, dtype=kind)
    except (ArithmeticError, ValueError):
        return np.full(tail, np.nan, dtype=kind)


def _found(f: Plain, points: Array, tail: tuple[int, ...], what: str) -> Calls:
    """How f may be called; points (m, n), the first of which must be in its domain."""
    n, alone = points.shape[1], None
    try:
        first = np.asarray(f(points[0]), dtype=float)
        if first.size == max(1, *tail, 1) and np.isfinite(first).all():
            alone = np.array([_alone(f, w, tail) for w in points])
        failure = f"gives {short(first) if first.ndim else first}"
    except Exception as error:
        first, failure = np.empty(0), f"raises {type(error).__name__}: {error}"
    for calls in (Calls.LAST, Calls.FIRST):
        try:
            many = _called(f, calls, points, tail)
            if alone is None:  # made for batches only: they must not depend on who is in them
                parts = [_called(f, calls, points[i : i + 1], tail)[0] for i in range(len(points))]
                agrees = np.isfinite(many[0]).all() and _same(many, np.array(parts))
            else:
                agrees = _same(many, alone)
        except Exception:  # whatever a function raises that was not made for this
            continue
        if agrees:
            return calls
    if alone is None and n == 1 and np.isfinite(_numbers(f, points, tail)).any():
        return Calls.NUMBER
    if alone is None:
        wanted = "a finite number" if not tail else f"{n} finite numbers"
        raise ValueError(
            f"`PlainFunction({what}=...)` must give {wanted} for w = {points[0].tolist()}; it {failure}."
        )
    return Calls.ALONE


def _numbers(f: Plain, points: Array, tail: tuple[int, ...]) -> Array:
    """f of numbers, as `math.cosh` takes them, at points (m, 1); NaN if it takes none."""
    try:
        return _called(f, Calls.NUMBER, points, tail)
    except TypeError:
        return np.array([np.nan])


def _same(a: Array, b: Array) -> bool:
    known = np.isfinite(a) & np.isfinite(b)
    scale = np.abs(np.where(known, b, 0.0)).max()
    return bool(
        np.array_equal(np.isfinite(a), np.isfinite(b))
        and np.allclose(a[known], b[known], rtol=1e-6, atol=1e-9 * scale)
    )


def _slopes(f: PlainFunction, points: Array) -> Slopes:
    """Whether the complex step gives what differences give, at points (m, n)."""
    inside = points[np.isfinite(f.value(points))]
    try:
        exact = complex_step(lambda z: _called(f.function, f.calls, z, (), complex), inside)
    except Exception:  # whatever a function raises that takes no complex numbers
        return Slopes.DIFFERENCES
    near = differences(f.value, inside, f.eps)
    scale = np.abs(near).max(axis=-1, keepdims=True)
    noise = 100 * f.eps ** (2 / 3) * np.maximum(1.0, np.abs(f.value(inside)))[:, None]
    alike = np.abs(exact - near) <= AGREE * scale + noise
    # Beside a kink, or an edge of the domain, it is the difference that is wrong.
    known = np.isfinite(near) & np.isfinite(exact)
    return Slopes.COMPLEX if np.all(alike | ~known) and known.any() else Slopes.DIFFERENCES
