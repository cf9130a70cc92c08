"""The base class of labs and of the values in their fields: plain numbers, and a `repr` that runs."""

from __future__ import annotations

from abc import ABCMeta
from typing import Any, ClassVar

import numpy as np


class PlainArguments(ABCMeta):
    """Converts NumPy scalars among the arguments to Python's own types before a value is made."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        given = {name: plain(value) for name, value in kwargs.items()}
        return super().__call__(*map(plain, args), **given)


class Setting(metaclass=PlainArguments):
    """A lab, or the value of one of its fields: a frozen dataclass whose `repr` is code that runs.

    NumPy scalars are converted to Python's own, so `repr` never shows `np.float64(2.0)`, and a value
    made from them equals, hashes and computes like one made from plain numbers.

    first: the fields whose controls are on the page at once, in this order; the others wait below
    "More". Empty: all.
    """

    first: ClassVar[tuple[str, ...]] = ()


def plain(value: Any) -> Any:
    """A NumPy scalar as Python's own, also inside tuples; anything else unchanged."""
    if isinstance(value, np.generic):
        return float(value) if isinstance(value, np.floating) else value.item()
    return tuple(map(plain, value)) if type(value) is tuple else value
