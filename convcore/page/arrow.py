"""Tables as they are sent to the browser: Arrow's, made of the arrays' own memory.

`pyarrow.table` would do, but it asks pandas of each column, which takes a fresh server's first visitor
half a second to load.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from convcore.charts.picture import Columns

REPEATS = 64  # rows from which a column of words is worth a list of its own


def table(columns: Columns) -> pa.Table:
    """A table of columns of numbers, truth values or words; words that come again are sent once."""
    arrays = [_array(np.asarray(column)) for column in columns.values()]
    return pa.Table.from_arrays(arrays, names=list(columns))


def _array(values: NDArray[Any]) -> pa.Array:
    if values.dtype.kind == "U":
        if len(values) < REPEATS:
            return _words(values)
        words, which = np.unique(values, return_inverse=True)
        return pa.DictionaryArray.from_arrays(_array(which.astype(np.int32)), _words(words))
    if values.dtype.kind == "b":
        return _made(pa.bool_(), len(values), np.packbits(values, bitorder="little"))
    if values.dtype == np.int64:  # which a browser would read one by one, as long integers
        values = values.astype(np.float64)
    return _made(pa.from_numpy_dtype(values.dtype), len(values), np.ascontiguousarray(values))


def _words(words: NDArray[np.str_]) -> pa.Array:
    text = [word.encode() for word in words.tolist()]
    ends = np.cumsum([0, *map(len, text)], dtype=np.int32)
    return _made(pa.string(), len(text), ends, b"".join(text))


def _made(kind: pa.DataType, rows: int, *parts: Any) -> pa.Array:
    """An array of Arrow's without gaps, from its parts in memory."""
    return pa.Array.from_buffers(kind, rows, [None, *map(pa.py_buffer, parts)])
