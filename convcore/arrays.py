"""The array types used everywhere, and how numbers that a user gives are read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


def numbers(given: Any, what: str) -> Array:
    """Numbers as an array of floats (...): a list, a DataFrame, whole numbers, float32.

    what: what is given, as ``descend(eta=...)``. Raises ValueError, in one line that begins with it, for
    texts, also those that look like numbers, for rows of different lengths and for what else is no number.
    """
    try:
        array = np.asarray(given)
    except ValueError:  # NumPy's own line speaks of inhomogeneous shapes
        raise ValueError(
            f"`{what}` must be numbers in rows of one length; got {short(given)}."
        ) from None
    if array.dtype.kind in "biuf":
        return np.asarray(array, dtype=float)
    if array.dtype.kind == "O" and hasattr(given, "columns"):
        for name in given.columns:
            if np.asarray(given[name]).dtype.kind not in "biuf":
                held = next(iter(given[name]), None)
                raise ValueError(f"`{what}` must be numbers; column {name!r} holds {short(held)}.")
    flat = [given] if array.ndim == 0 else array.ravel().tolist()
    for each in flat:
        if not isinstance(each, int | float):
            raise ValueError(f"`{what}` must be numbers; got {short(each)}.")
    return np.asarray(array, dtype=float)


def short(given: Any) -> str:
    """What was given, in a few words for an error: a text, a class, or a value."""
    if isinstance(given, str):
        return f"the text {given[:40]!r}"
    if isinstance(given, type):
        return f"the class {given.__name__}"
    if isinstance(given, np.ndarray):
        return f"an array of shape {given.shape}"
    if callable(given) and hasattr(given, "__name__"):
        return f"the function {given.__name__}"
    text = repr(given)
    return text if len(text) <= 60 else f"a {type(given).__name__}"
