"""A formula as it is typed, and its exact derivatives.

The text is read in three passes, none of which runs it: `Reader` turns it into plain arithmetic, or
says at which character it cannot; Python's `ast` finds the structure; `Compiler` lists the
operations. Limits on length and size keep all three fast.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from convcore.arrays import Array
from convcore.formula.compiler import MAX_DEPTH as MAX_DEPTH
from convcore.formula.compiler import OPERATIONS as OPERATIONS
from convcore.formula.compiler import Compiler, Program
from convcore.formula.elementary import Arithmetic
from convcore.formula.errors import FormulaError as FormulaError
from convcore.formula.errors import refuse
from convcore.formula.latex import latex
from convcore.formula.names import MAX_WEIGHTS, WEIGHTS
from convcore.formula.reader import Reader
from convcore.formula.series import TaylorPolynomial, polynomial
from convcore.formula.taylor import Expansion, expand

MAX_LENGTH = 500  # characters


@lru_cache(maxsize=256)
@np.errstate(all="ignore")
def _read(text: str) -> Program:
    if len(text) > MAX_LENGTH:
        refuse(f"a formula may have {MAX_LENGTH} characters; this has {len(text)}.", MAX_LENGTH)
    reader = Reader(text)
    python, positions = reader.run()
    tree = ast.parse(python, filename="<formula>", mode="eval").body
    compiler = Compiler(positions)
    compiler.check_depth(tree)
    return compiler.program(tree, compiler.visit(tree), reader.weights.typed)


@dataclass(frozen=True, init=False)
class Formula:
    """A function of n weights, as typed: ``Formula("(1 − w1)^2 + 100*(w2 − w1^2)^2")``.

    Weights are w, or w1 to w6, or x and y, or x1 to x6, or θ, or those of f(a, b) = …; n is the number
    of the highest one used, unless given. A formula may use + − * / ^, 3xy, |w|, sin x, sin²x, pi, e,
    the functions in `FUNCTIONS`, min and max, and simple LaTeX. A `FormulaError` says what is wrong and
    where. Every method takes a batch w (..., n), also for n = 1; outside its domain a formula and its
    derivatives are NaN.
    """

    text: str
    n: int
    _program: Program = field(repr=False, compare=False)

    def __init__(self, text: str, n: int | None = None) -> None:
        if not isinstance(text, str):
            raise FormulaError(f"A formula is a text; got {type(text).__name__}.", 0)
        program = _read(text)
        used = 1 + max((WEIGHTS[name][1] for name in program.names), default=0)
        most = len(_names(program.names, MAX_WEIGHTS))
        if n is not None and not (isinstance(n, int) and used <= n <= most):
            span = f"{used}" if used == most else f"from {used} to {most}"
            raise FormulaError(f"`Formula({text!r}, n=...)` must be {span}; got {n!r}.", 0)
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "n", used if n is None else n)
        object.__setattr__(self, "_program", program)

    def __reduce__(self) -> tuple[type[Formula], tuple[str, int]]:
        return Formula, (self.text, self.n)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the n weights: ("w",), ("w1", "w2") or ("x", "y")."""
        return _names(self._program.names, self.n)

    @property
    def size(self) -> int:
        """How many operations it takes."""
        return len(self._program.steps)

    @np.errstate(all="ignore")
    def __call__(self, variables: Sequence[Any]) -> Any:
        """The formula of n numbers, arrays, `Taylor` or `Series`, one per weight; ValueError if not n."""
        return self._of(variables)

    def _of(self, variables: Sequence[Any]) -> Any:
        """As `__call__`, where NumPy's warnings are off already: to turn them off takes its time."""
        if len(variables) != self.n:
            raise ValueError(f"`{self!r}` is of {self.n} weights; got {len(variables)}.")
        return self._program.run(
            [v if isinstance(v, Arithmetic) else np.asarray(v, dtype=float)[()] for v in variables]
        )

    def taylor(self, w: ArrayLike, order: int = 2) -> Expansion:
        """Value (...), gradient (..., n) and Hessian (..., n, n) up to `order`; None beyond it."""
        return expand(self._of, w, order)

    def value(self, w: ArrayLike) -> Array:
        """E(w): (..., n) -> (...)."""
        return expand(self._of, w, 0).value

    def gradient(self, w: ArrayLike) -> Array:
        """∇E(w): (..., n) -> (..., n)."""
        return np.asarray(expand(self._of, w, 1).gradient)

    def hessian(self, w: ArrayLike) -> Array:
        """∇²E(w): (..., n) -> (..., n, n)."""
        return np.asarray(expand(self._of, w, 2).hessian)

    def polynomial(self, centre: ArrayLike, order: int = 6) -> TaylorPolynomial:
        """The Taylor polynomial of a formula of one weight around each centre (...)."""
        return polynomial(self, centre, order)

    def latex(self) -> str:
        """The formula, as it was read, in LaTeX."""
        return latex(self._program.tree, dict(self._program.typed))


def _names(used: tuple[str, ...], n: int) -> tuple[str, ...]:
    """The names of n weights in the family of those used; fewer if the family is smaller."""
    if used == ("w",) or (not used and n == 1):
        return ("w",)
    if used and used[0] in ("x", "y"):
        return ("x", "y")[:n]
    return tuple(f"w{i + 1}" for i in range(min(n, MAX_WEIGHTS)))
