"""A formula's syntax tree in LaTeX, which shows how it was read.

Only the tree's numbers and known names are written; no typed text gets through.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

SUM, SIGNED, PRODUCT, POWER, ATOM = range(5)  # how tightly a piece binds
NAMES = {"pi": r"\pi", "e": r"\mathrm{e}"}
AROUND = {"sqrt": (r"\sqrt{", "}"), "cbrt": (r"\sqrt[3]{", "}"), "abs": (r"\left|", r"\right|")}
UPRIGHT = {  # functions that LaTeX has commands for, and three others
    **{f: rf"\{f}" for f in ("log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "min", "max")},
    **{f: rf"\{f}" for f in ("arcsin", "arccos", "arctan")},
    **{"log2": r"\log_{2}", "log10": r"\log_{10}", "sigmoid": r"\sigma"},
}


def latex(tree: ast.expr, typed: Mapping[str, str] | None = None) -> str:
    """The expression in LaTeX, without surrounding dollars; ValueError for other trees.

    typed: what the weights are called, by their names in the tree.
    """
    text = _typeset(tree)[0]
    if not typed:
        return text
    called = {_indexed(inside): _indexed(name) for inside, name in typed.items()}
    # A weight stands alone: the x of \max is none.
    return re.sub(
        r"(?<![\\A-Za-z])([wxy](?:_\{\d\})?)(?![A-Za-z])", lambda m: called.get(m[1], m[1]), text
    )


def _indexed(name: str) -> str:
    """A weight's name with its index below."""
    return re.sub(r"(\d)", r"_{\1}", name).replace("θ", r"\theta ").strip()


def _typeset(tree: ast.expr) -> tuple[str, int]:
    match tree:
        case ast.Constant(value=float(value)):
            return _number(value)
        case ast.Name(id=name):
            return NAMES.get(name, _indexed(name)), ATOM
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _typeset(operand)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"-{_within(operand, PRODUCT)}", SIGNED
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return f"{_within(left, SUM)} + {_within(right, SUM, first=False)}", SUM
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return f"{_within(left, SUM)} - {_within(right, PRODUCT)}", SUM
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            a, b = _within(left, SIGNED), _within(right, PRODUCT)
            binding = SIGNED if a.startswith("-") else PRODUCT
            return a + (r" \cdot " if b[0].isdigit() else r"\,") + b, binding
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return rf"\frac{{{latex(left)}}}{{{latex(right)}}}", PRODUCT
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return f"{_within(left, ATOM)}^{{{latex(right)}}}", POWER
        case ast.Call(func=ast.Name(id=name), args=args):
            return _call(name, ", ".join(latex(argument) for argument in args))
    raise ValueError(f"{type(tree).__name__} is not part of a formula.")


def _within(tree: ast.expr, least: int, first: bool = True) -> str:
    """The piece as part of a larger one, in brackets unless it binds tightly enough."""
    text, binding = _typeset(tree)
    if binding >= least and (first or not text.startswith("-")):
        return text
    return rf"\left({text}\right)"


def _number(value: float) -> tuple[str, int]:
    digits, _, exponent = f"{value:.15g}".partition("e")
    if not exponent:
        return digits, ATOM
    power = f"10^{{{int(exponent)}}}"
    return (power, POWER) if digits == "1" else (rf"{digits} \cdot {power}", PRODUCT)


def _call(name: str, arguments: str) -> tuple[str, int]:
    if name == "exp":
        return rf"\mathrm{{e}}^{{{arguments}}}", POWER
    if name in AROUND:
        before, after = AROUND[name]
        return before + arguments + after, ATOM
    function = UPRIGHT.get(name, rf"\operatorname{{{name}}}")
    return rf"{function}\left({arguments}\right)", ATOM
