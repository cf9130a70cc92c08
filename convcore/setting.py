"""The base class of labs and of the values in their fields: plain values, and a `repr` that runs."""

from __future__ import annotations

from abc import ABCMeta
from functools import cache
from typing import Any, ClassVar, Protocol, get_type_hints

import numpy as np

from convcore.arrays import short


class FieldError(ValueError):
    """A value that a field cannot take: `field` is its name, the message one line for the page."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Wanting(Protocol):
    """What the annotation of a field says of its values: a knob."""

    def wanted(self, value: Any) -> str:
        """What a value must be, if it is of a type that the field cannot take; else ""."""


class PlainArguments(ABCMeta):
    """Converts arguments to Python's own types before a value is made, and refuses wrong types."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        values = tuple(map(plain, args))
        given = {name: plain(value) for name, value in kwargs.items()}
        wanting = _wanting(cls)
        if wanting:
            names = getattr(cls, "__match_args__", ())
            for name, value in (*zip(names, values, strict=False), *given.items()):
                if name in wanting and (wanted := wanting[name].wanted(value)):
                    raise FieldError(
                        name, f"`{cls.__name__}({name}=...)` must be {wanted}; got {short(value)}."
                    )
        return super().__call__(*values, **given)


@cache
def _wanting(kind: type) -> dict[str, Wanting]:
    """The annotations of a class's fields that know which types a field takes, by field."""
    try:
        hints = get_type_hints(kind, include_extras=True)
    except NameError:  # a class inside a function, whose annotations are names of that function
        return {}
    return {
        name: mark
        for name, hint in hints.items()
        for mark in getattr(hint, "__metadata__", ())
        if hasattr(mark, "wanted")
    }


class Setting(metaclass=PlainArguments):
    """A lab, or the value of one of its fields: a frozen dataclass whose `repr` is code that runs.

    NumPy scalars are converted to Python's own, and lists and arrays to tuples, so `repr` never shows
    `np.float64(2.0)`, and a value made from them equals, hashes and computes like one made from plain
    numbers. Raises FieldError, in one line, for a value of a type that its field cannot take.

    first: the fields whose controls are on the page at once, in this order; the others wait below
    "More". Empty: all.
    """

    first: ClassVar[tuple[str, ...]] = ()


def plain(value: Any) -> Any:
    """A NumPy scalar as Python's own, also inside tuples; lists and arrays as tuples; else unchanged."""
    if isinstance(value, np.generic):
        return float(value) if isinstance(value, np.floating) else value.item()
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return tuple(map(plain, value)) if type(value) in (tuple, list) else value
