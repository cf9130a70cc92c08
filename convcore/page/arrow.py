"""Tables as they are sent to the browser: Arrow streams, built from the arrays' own memory.

`pyarrow.table` would do, but it asks pandas about each column, and importing pandas costs the first
visitor of a new server half a second.
"""

from __future__ import annotations

from functools import cache
from itertools import accumulate
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from convcore.charts.picture import Columns, Picture

REPEATS = 64  # from this many rows on, a column of words is sent as codes and a list of words

# A kept result is shown again and again: its pictures are encoded once.
_SENT: WeakKeyDictionary[Picture, dict[str, bytes]] = WeakKeyDictionary()


def streams(picture: Picture) -> dict[str, bytes]:
    """The tables of a picture, by name, as Arrow streams; kept as long as the picture is."""
    if (made := _SENT.get(picture)) is None:
        made = {name: stream(columns) for name, columns in picture.tables.items()}
        _SENT[picture] = made
    return made


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
    kind = values.dtype.kind
    if kind == "U":
        if len(values) < REPEATS:
            return _words(values)
        words, which = np.unique(values, return_inverse=True)
        return pa.DictionaryArray.from_arrays(_numbers(which.astype(np.int32)), _words(words))
    if kind == "b":
        bits = np.packbits(values, bitorder="little")
        return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(bits)])
    if values.dtype == np.int64:  # which a browser would read slowly, one by one
        values = values.astype(np.float64)
    return _numbers(values)


def _numbers(values: NDArray[Any]) -> pa.Array:
    # The stream has a copy of the memory, which must be in one piece.
    memory = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(_type(values.dtype), len(values), [None, memory])


_type = cache(pa.from_numpy_dtype)


def _words(words: NDArray[np.str_]) -> pa.Array:
    """Words in Arrow's layout: where each ends, and the letters of all."""
    text = [word.encode() for word in words.tolist()]
    ends = np.fromiter(accumulate(map(len, text), initial=0), np.int32, len(text) + 1)
    memory = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(text))]
    return pa.Array.from_buffers(pa.string(), len(text), memory)
