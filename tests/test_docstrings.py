"""Whoever asks `help` is told: each public name says what it is, of what shapes, and what it raises."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest

import convcore

MODULES = ["convcore", *(m.name for m in pkgutil.walk_packages(convcore.__path__, "convcore."))]
ARRAYS = re.compile(r"\b(Array|ArrayLike|NDArray|Bools|Ints)\b")
SHAPE = re.compile(r"\((\.\.\.|[\w+−·-]+,)[^()]*\)")  # (..., n), (n,), (K+1, m)
RAISES = re.compile(r"[Rr]aise|[A-Z]\w+Error|\b[Rr]efuse")

Node = ast.ClassDef | ast.FunctionDef


def publics(module: str) -> Iterator[tuple[str, Node, str]]:
    """The public classes, functions and methods written in a module: name, source, what `help` says.

    What a base class says of a method or of its fields counts for those that override it.
    """
    loaded = importlib.import_module(module)
    for node in ast.parse(inspect.getsource(loaded)).body:
        if not isinstance(node, Node) or node.name.startswith("_"):
            continue
        item = getattr(loaded, node.name)
        if isinstance(node, ast.FunctionDef):
            yield node.name, node, said(item)
            continue
        family = [base for base in item.__mro__ if base.__module__.startswith("convcore")]
        yield node.name, node, "\n".join(said(base) for base in family)
        for own in node.body:
            if isinstance(own, ast.FunctionDef) and not own.name.startswith("_"):
                told = [
                    said(base.__dict__[own.name]) for base in family if own.name in base.__dict__
                ]
                yield f"{node.name}.{own.name}", own, "\n".join(told)


def said(item: Any) -> str:
    """A docstring of its own; that a dataclass makes up, "Name(field: type)", is none."""
    text = inspect.cleandoc(getattr(item, "__doc__", None) or "")
    return "" if inspect.isclass(item) and text.startswith(f"{item.__name__}(") else text


def deals_in_arrays(node: Node) -> bool:
    """Whether arrays go in or out, or are fields."""
    if isinstance(node, ast.ClassDef):
        held = [part.annotation for part in node.body if isinstance(part, ast.AnnAssign)]
    else:
        every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        held = [each for each in (*(a.annotation for a in every), node.returns) if each]
    return any(ARRAYS.search(ast.unparse(each)) for each in held)


def raises(node: Node) -> bool:
    """Whether an error of its own may come out of a function, or out of making a class's value."""
    if isinstance(node, ast.ClassDef):
        makers = ("__post_init__", "__init__")
        return any(raises(own) for own in node.body if getattr(own, "name", "") in makers)  # type: ignore[arg-type]
    return any(isinstance(part, ast.Raise) and part.exc for part in ast.walk(node))


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_says_what_it_is_of_what_shapes_and_what_it_raises(module: str) -> None:
    found = list(publics(module))
    assert said(importlib.import_module(module)), (
        f"{module} says nothing of itself: write a docstring at the top of its file"
    )
    bare = [
        name
        for name, node, told in found
        if not told or (isinstance(node, ast.ClassDef) and not ast.get_docstring(node))
    ]
    assert bare == [], f"in {module}: write a docstring"
    shapeless = [n for n, node, told in found if deals_in_arrays(node) and not SHAPE.search(told)]
    assert shapeless == [], f"in {module}: write the shapes, such as (..., n), into the docstring"
    silent = [n for n, node, told in found if raises(node) and not RAISES.search(told)]
    assert silent == [], f"in {module}: write what is raised, and when, into the docstring"


def test_the_examples_in_docstrings_print_what_they_say() -> None:
    tried = [doctest.testmod(importlib.import_module(module)) for module in MODULES]
    assert sum(result.failed for result in tried) == 0
    assert sum(result.attempted for result in tried) >= 5
