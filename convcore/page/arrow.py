"""Tables as they are sent to the browser: Arrow streams, built from the arrays' own memory.

`pyarrow.table` would do, but it asks pandas about each column, and importing pandas costs the first
visitor of a new server half a second.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from convcore.charts.picture import Columns

REPEATS = 64  # from this many rows on, a column of words is sent as codes and a list of words


def stream(columns: Columns) -> bytes:
    """A table of numbers, truth values or words as an Arrow stream; repeated words are sent once.

    Raises ValueError unless all columns are of one length, and pyarrow's error for a column of objects.
    """
    arrays = [np.asarray(values) for values in columns.values()]
    rows = len(arrays[0]) if arrays else 0
    if any(values.shape != (rows,) for values in arrays):
        raise ValueError(
            f"`stream(columns=...)` must be of one length: {list(map(np.shape, arrays))}."
        )
    table = pa.Table.from_arrays([_column(values) for values in arrays], names=list(columns))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as out:
        out.write_table(table)
    return bytes(sink.getvalue())


def _column(values: NDArray[Any]) -> pa.Array:
    if values.dtype.kind == "U":
        if len(values) < REPEATS:
            return _words(values)
        words, which = np.unique(values, return_inverse=True)
        return pa.DictionaryArray.from_arrays(_numbers(which.astype(np.int32)), _words(words))
    if values.dtype.kind == "b":
        bits = np.packbits(values, bitorder="little")
        return _array(pa.bool_(), len(values), bits.tobytes())
    if values.dtype == np.int64:  # which a browser would read slowly, one by one
        values = values.astype(np.float64)
    return _numbers(values)


def _numbers(values: NDArray[Any]) -> pa.Array:
    return _array(pa.from_numpy_dtype(values.dtype), len(values), values.tobytes())


def _words(words: NDArray[np.str_]) -> pa.Array:
    text = [word.encode() for word in words.tolist()]
    ends = np.fromiter(accumulate(map(len, text), initial=0), np.int32, len(text) + 1)
    return _array(pa.string(), len(text), ends.tobytes(), b"".join(text))


def _array(kind: pa.DataType, rows: int, *memory: bytes) -> pa.Array:
    """memory: the buffers of a column in Arrow's layout; for words, their offsets and their letters."""
    return pa.Array.from_buffers(kind, rows, [None, *map(pa.py_buffer, memory)])
