"""What labs and all that their fields hold have in common: values of plain numbers, whose `repr` runs."""

from __future__ import annotations

from abc import ABCMeta
from typing import Any

import numpy as np


class MadePlain(ABCMeta):
    """Makes values of plain numbers and texts, whatever types of NumPy's it is given."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        given = {name: plain(value) for name, value in kwargs.items()}
        return super().__call__(*map(plain, args), **given)


class Setting(metaclass=MadePlain):
    """A lab, or what a field of one may hold: a frozen dataclass whose `repr` runs.

    Scalars of NumPy's become Python's own before a value is made of them, once and for all classes: its
    `repr` has no `np.float64(2.0)`, and it is equal to, hashes and computes as the same of plain ones.
    """


def plain(value: Any) -> Any:
    """A scalar of NumPy's as Python's own, in a tuple as well; anything else as it is."""
    if isinstance(value, np.generic):
        return float(value) if isinstance(value, np.floating) else value.item()
    return tuple(map(plain, value)) if type(value) is tuple else value
