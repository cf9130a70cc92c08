"""A syntax tree as a list of operations that any arithmetic can run, each distinct part once.

`Compiler` is the only code that reads trees, and refuses any node that it does not know.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, NoReturn

import numpy as np

from convcore.formula.elementary import FUNCTIONS, absolute_power, maximum, minimum
from convcore.formula.errors import refuse
from convcore.formula.names import CONSTANTS, WEIGHTS

MAX_DEPTH = 100  # nested operations; a sum of 100 terms is that deep

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
Step = tuple[
    Callable[..., Any], tuple[int, ...], tuple[int, ...]
]  # operation, its slots, the slots no longer needed
SIGNS: Mapping[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "^",
}


@dataclass(frozen=True)
class Program:
    """A formula as operations on slots: first the weights, then the numbers, then one per step.

    names: of the weights, and as they were typed.
    """

    tree: ast.expr
    names: tuple[str, ...]
    typed: tuple[tuple[str, str], ...]
    weights: tuple[int, ...]
    numbers: tuple[float, ...]
    steps: tuple[Step, ...]

    def run(self, variables: Sequence[Any]) -> Any:
        """The result for one value (of any arithmetic) per weight."""
        slots: list[Any] = [*(variables[i] for i in self.weights), *self.numbers]
        for operation, arguments, done in self.steps:
            slots.append(operation(*[slots[i] for i in arguments]))
            for i in done:  # frees memory
                slots[i] = None
        return slots[-1]


class Compiler:
    """Turns a syntax tree into operations: shared parts once, constants folded, overflow avoided."""

    def __init__(self, positions: Sequence[int]) -> None:
        self.positions = positions
        self.nodes: list[Node] = []
        self.known: dict[Node, int] = {}
        self.names: set[str] = set()

    def check_depth(self, tree: ast.expr) -> None:
        """Raise FormulaError where operations are nested too deeply."""
        level = [tree]
        for _ in range(MAX_DEPTH):
            children = (child for parent in level for child in ast.iter_child_nodes(parent))
            level = [child for child in children if isinstance(child, ast.expr)]
        if level:
            self.refuse(f"more than {MAX_DEPTH} operations hang on each other here.", level[0])

    def visit(self, tree: ast.expr) -> int:
        """Record the operations of a tree; returns the number of the node with its result."""
        match tree:
            case ast.Constant(value=float(value)):
                return self.enter(("number", (value,)))
            case ast.Name(id=name) if name in CONSTANTS:
                return self.enter(("number", (CONSTANTS[name],)))
            case ast.Name(id=name) if name in WEIGHTS:
                self.names.add(name)
                return self.enter(("weight", (WEIGHTS[name][1],)))
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
        """Raise FormulaError, pointing at the place of the tree in the text."""
        refuse(message, self.positions[tree.col_offset])

    def call(self, tree: ast.expr, name: str, arguments: list[int]) -> int:
        """The node of a function call; min and max take two or more arguments."""
        if name not in ("min", "max"):
            if len(arguments) != 1:
                self.refuse(f"{name} takes one argument; it got {len(arguments)}.", tree)
            return self.record(tree, name, *arguments)
        if len(arguments) < 2:
            self.refuse(f"{name} takes two arguments or more, such as {name}(0, w).", tree)
        return reduce(lambda a, b: self.record(tree, name, a, b), arguments)

    def enter(self, node: Node) -> int:
        """The number of a node; equal nodes are stored once."""
        if node not in self.known:
            self.known[node] = len(self.nodes)
            self.nodes.append(node)
        return self.known[node]

    def record(self, tree: ast.expr, name: str, *arguments: int) -> int:
        """The node of an operation; one on numbers alone is computed now."""
        nodes = [self.nodes[i] for i in arguments]
        if name == "/" and nodes[1] == ("number", (0.0,)):
            self.refuse("this divides by zero.", tree)
        if all(kind == "number" for kind, _ in nodes):
            value = float(OPERATIONS[name](*(np.float64(value) for _, (value,) in nodes)))
            if not math.isfinite(value):
                self.refuse("the number that begins here is not real, or too large.", tree)
            return self.enter(("number", (value,)))
        safe = self.rewrite(tree, name, nodes)
        return self.enter((name, arguments)) if safe is None else safe

    def rewrite(self, tree: ast.expr, name: str, nodes: list[Node]) -> int | None:
        """An equal function that neither overflows nor cancels, or None if none is known."""

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
        """u if the two nodes are 1 and exp(u), in either order."""
        match self.nodes[i], self.nodes[j]:
            case (("number", (1.0,)), ("exp", (int(u),))) | (
                ("exp", (int(u),)),
                ("number", (1.0,)),
            ):
                return u
        return None

    def program(self, tree: ast.expr, result: int, typed: Mapping[str, str]) -> Program:
        """The steps needed for a result, in order, and the last use of each value."""
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
        return Program(
            tree,
            tuple(sorted(self.names)),
            tuple(typed.items()),
            tuple(self.nodes[i][1][0] for i in weights),
            tuple(self.nodes[i][1][0] for i in numbers),
            tuple(steps),
        )
