"""A formula as somebody types it, and the exact derivatives of what it says.

The text is read in three passes, none of which runs it: `Speller` turns what people write into
plain arithmetic or says at which character it cannot; Python's `ast` finds the structure;
`_Recorder` lists the operations. Limits on length and size keep all of it short.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike

from convcore.elementary import FUNCTIONS, Arithmetic, Array, absolute_power, maximum, minimum
from convcore.series import TaylorPolynomial, polynomial
from convcore.spelling import (
    CONSTANTS,
    FAMILIES,
    MAX_WEIGHTS,
    WEIGHTS,
    FormulaError,
    Speller,
    refuse,
)
from convcore.taylor import Expansion, expand
from convcore.typeset import latex

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "OPERATIONS", "Formula", "FormulaError"]

MAX_LENGTH = 500  # characters
MAX_DEPTH = 100  # operations within one another; a sum of 100 terms is as deep

OPERATIONS: Mapping[str, Callable[..., Any]] = {
    **FUNCTIONS,
    "min": minimum,
    "max": maximum,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
    "negative": operator.neg,
    "absolute_power": lambda u, a: absolute_power(a)(u),
}
Node = tuple[str, tuple[Any, ...]]  # ("weight", (index,)), ("number", (value,)) or (name, nodes)
Step = tuple[Callable[..., Any], tuple[int, ...], tuple[int, ...]]  # operation, slots, done with
SIGNS: Mapping[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "^",
}


@dataclass(frozen=True)
class _Program:
    """A formula as operations on slots: first the weights, then the numbers, then one per step."""

    tree: ast.expr
    names: tuple[str, ...]
    weights: tuple[int, ...]
    numbers: tuple[float, ...]
    steps: tuple[Step, ...]

    def run(self, variables: Sequence[Any]) -> Any:
        slots: list[Any] = [*(variables[i] for i in self.weights), *self.numbers]
        for operation, arguments, done in self.steps:
            slots.append(operation(*[slots[i] for i in arguments]))
            for i in done:  # what is no longer needed need not stay in memory
                slots[i] = None
        return slots[-1]


class _Recorder:
    """Turns a syntax tree into operations: equal parts once, numbers folded, overflow avoided."""

    def __init__(self, positions: Sequence[int]) -> None:
        self.positions = positions
        self.nodes: list[Node] = []
        self.known: dict[Node, int] = {}
        self.names: set[str] = set()

    def check_depth(self, tree: ast.expr) -> None:
        level = [tree]
        for _ in range(MAX_DEPTH):
            children = (child for parent in level for child in ast.iter_child_nodes(parent))
            level = [child for child in children if isinstance(child, ast.expr)]
        if level:
            self.refuse(f"more than {MAX_DEPTH} operations hang on each other here.", level[0])

    def visit(self, tree: ast.expr) -> int:
        match tree:
            case ast.Constant(value=float(value)):
                return self.enter(("number", (value,)))
            case ast.Name(id=name) if name in CONSTANTS:
                return self.enter(("number", (CONSTANTS[name],)))
            case ast.Name(id=name) if name in WEIGHTS:
                return self.weight(name, tree)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.visit(operand)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.record(tree, "negative", self.visit(operand))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in SIGNS:
                return self.record(tree, SIGNS[type(op)], self.visit(left), self.visit(right))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in OPERATIONS:
                return self.call(tree, name, [self.visit(argument) for argument in args])
        self.refuse("this is not part of a formula.", tree)

    def refuse(self, message: str, tree: ast.expr) -> NoReturn:
        refuse(message, self.positions[tree.col_offset])

    def weight(self, name: str, tree: ast.expr) -> int:
        family, index = WEIGHTS[name]
        for other in self.names:
            if WEIGHTS[other][0] != family:
                self.refuse(f"{name} and {other} do not go together; {FAMILIES}.", tree)
        self.names.add(name)
        return self.enter(("weight", (index,)))

    def call(self, tree: ast.expr, name: str, arguments: list[int]) -> int:
        if name not in ("min", "max"):
            if len(arguments) != 1:
                self.refuse(f"{name} takes one argument; it got {len(arguments)}.", tree)
            return self.record(tree, name, *arguments)
        if len(arguments) < 2:
            self.refuse(f"{name} takes two arguments or more, such as {name}(0, w).", tree)
        return reduce(lambda a, b: self.record(tree, name, a, b), arguments)

    def enter(self, node: Node) -> int:
        if node not in self.known:
            self.known[node] = len(self.nodes)
            self.nodes.append(node)
        return self.known[node]

    def record(self, tree: ast.expr, name: str, *arguments: int) -> int:
        nodes = [self.nodes[i] for i in arguments]
        if name == "/" and nodes[1] == ("number", (0.0,)):
            self.refuse("this divides by zero.", tree)
        if all(kind == "number" for kind, _ in nodes):
            value = float(OPERATIONS[name](*(np.float64(value) for _, (value,) in nodes)))
            if not math.isfinite(value):
                self.refuse("the number that begins here is not real, or too large.", tree)
            return self.enter(("number", (value,)))
        safe = self.rewritten(tree, name, nodes)
        return self.enter((name, arguments)) if safe is None else safe

    def rewritten(self, tree: ast.expr, name: str, nodes: list[Node]) -> int | None:
        """The same function in a form that neither overflows nor cancels, where one is known."""

        def record(name: str, *arguments: int) -> int:
            return self.record(tree, name, *arguments)

        match name, *nodes:
            case "log", ("cosh", (u,)):
                return record("logcosh", u)
            case "log", ("sigmoid", (u,)):
                return record("negative", record("softplus", record("negative", u)))
            case ("log", ("+", (i, j))) if (u := self.one_and_exp(i, j)) is not None:
                return record("softplus", u)
            case "log", ("+", (i, j)):
                match self.nodes[i], self.nodes[j]:
                    case ("exp", (u,)), ("exp", (v,)):
                        return record("+", v, record("softplus", record("-", u, v)))
            case "log1p", ("exp", (u,)):
                return record("softplus", u)
            case ("/", ("number", (1.0,)), ("+", (i, j))) if (
                u := self.one_and_exp(i, j)
            ) is not None:
                return record("sigmoid", record("negative", u))
            case "negative", ("negative", (u,)):
                return int(u)
            case "^", _, ("number", (0.0,)):
                return self.enter(("number", (1.0,)))
            case "^", ("number", (math.e,)), _:
                return record("exp", self.known[nodes[1]])
            case "^", ("abs", (u,)), ("number", _):
                return self.enter(("absolute_power", (u, self.known[nodes[1]])))
        return None

    def one_and_exp(self, i: int, j: int) -> int | None:
        """u where the two nodes are 1 and exp(u), in either order."""
        match self.nodes[i], self.nodes[j]:
            case (("number", (1.0,)), ("exp", (int(u),))) | (
                ("exp", (int(u),)),
                ("number", (1.0,)),
            ):
                return u
        return None

    def program(self, tree: ast.expr, result: int) -> _Program:
        needed = {result}
        for i in range(result, -1, -1):
            if i in needed and self.nodes[i][0] not in ("weight", "number"):
                needed.update(self.nodes[i][1])
        weights = [i for i in sorted(needed) if self.nodes[i][0] == "weight"]
        numbers = [i for i in sorted(needed) if self.nodes[i][0] == "number"]
        rest = sorted(needed - {*weights, *numbers})
        slot = {i: k for k, i in enumerate([*weights, *numbers, *rest])}
        last = {a: i for i in rest for a in self.nodes[i][1]}  # the last step that needs a node
        steps = []
        for i in rest:
            name, arguments = self.nodes[i]
            done = tuple(slot[a] for a in set(arguments) if last[a] == i)
            steps.append((OPERATIONS[name], tuple(slot[a] for a in arguments), done))
        return _Program(
            tree,
            tuple(sorted(self.names)),
            tuple(self.nodes[i][1][0] for i in weights),
            tuple(self.nodes[i][1][0] for i in numbers),
            tuple(steps),
        )


@lru_cache(maxsize=256)
@np.errstate(all="ignore")
def _read(text: str) -> _Program:
    if len(text) > MAX_LENGTH:
        refuse(f"a formula may have {MAX_LENGTH} characters; this has {len(text)}.", MAX_LENGTH)
    python, positions = Speller(text).run()
    tree = ast.parse(python, filename="<formula>", mode="eval").body
    recorder = _Recorder(positions)
    recorder.check_depth(tree)
    return recorder.program(tree, recorder.visit(tree))


@dataclass(frozen=True, init=False)
class Formula:
    """A function of n weights, as typed: ``Formula("(1 − w1)^2 + 100*(w2 − w1^2)^2")``.

    Weights are w, or w1 to w6, or x and y; n is the highest one used unless it is given. Known are
    + − * / ^, |w|, pi, e, and the functions of `FUNCTIONS`, min and max. A `FormulaError` says
    what is wrong and where. Every method takes a batch w (..., n), also when n is 1; outside its
    domain a formula is NaN, and so are its derivatives.
    """

    text: str
    n: int
    _program: _Program = field(repr=False, compare=False)

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
        """The n weights as they are written: ("w",), ("w1", "w2") or ("x", "y")."""
        return _names(self._program.names, self.n)

    @np.errstate(all="ignore")
    def __call__(self, variables: Sequence[Any]) -> Any:
        """The formula of n numbers, arrays, `Taylor` or `Series`, one per weight."""
        if len(variables) != self.n:
            raise ValueError(f"`{self!r}` is of {self.n} weights; got {len(variables)}.")
        return self._program.run(
            [v if isinstance(v, Arithmetic) else np.asarray(v, dtype=float)[()] for v in variables]
        )

    def taylor(self, w: ArrayLike, order: int = 2) -> Expansion:
        """Value (...), gradient (..., n) and Hessian (..., n, n) up to the order; the rest None."""
        return expand(self, w, order)

    def value(self, w: ArrayLike) -> Array:
        """E(w): (..., n) -> (...)."""
        return expand(self, w, 0).value

    def gradient(self, w: ArrayLike) -> Array:
        """∇E(w): (..., n) -> (..., n)."""
        return np.asarray(expand(self, w, 1).gradient)

    def hessian(self, w: ArrayLike) -> Array:
        """∇²E(w): (..., n) -> (..., n, n)."""
        return np.asarray(expand(self, w, 2).hessian)

    def polynomial(self, centre: ArrayLike, order: int = 6) -> TaylorPolynomial:
        """For one weight: the Taylor polynomial around each centre (...)."""
        return polynomial(self, centre, order)

    def latex(self) -> str:
        """The formula as it was understood, typeset."""
        return latex(self._program.tree)


def _names(used: tuple[str, ...], n: int) -> tuple[str, ...]:
    """The names of n weights, in the family of those used; fewer than n if it has not as many."""
    if used == ("w",) or (not used and n == 1):
        return ("w",)
    if used and used[0] in ("x", "y"):
        return ("x", "y")[:n]
    return tuple(f"w{i + 1}" for i in range(min(n, MAX_WEIGHTS)))
