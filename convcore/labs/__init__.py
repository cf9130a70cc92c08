"""The labs, a folder each: fields are controls, panels are the page. `registry` lists them.

`from convcore.labs import *` brings every name that the `repr` of a lab uses, so that it runs: the labs
and all classes that their fields can hold. They are loaded on first use, so that the settings and the
study of a lab can be imported without charts.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convcore.labs.registry import *  # noqa: F403


def __getattr__(name: str) -> Any:
    try:
        names: dict[str, Any] = import_module("convcore.labs.registry").NAMES
    except AttributeError as error:  # would be taken to mean that there is no such name here
        raise ImportError(f"convcore/labs/registry.py cannot be loaded: {error}") from error
    if name == "__all__":
        return sorted(names)
    if name in names:
        return names[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    names: list[str] = __getattr__("__all__")
    return names
