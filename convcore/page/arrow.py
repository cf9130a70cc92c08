"""Tables as they are sent to the browser: Arrow streams, made of the arrays' own memory.

`pyarrow.table` would do, but it asks pandas of each column, which takes a fresh server's first visitor
half a second to load. And to describe a picture's tables, most of them short, takes Arrow longer than to
copy them: so it does that once for all tables of one form, and later only the memory is another.
"""

from __future__ import annotations

import struct
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from convcore.charts.picture import Columns
from convcore.memory import Memory

REPEATS = 64  # rows from which a column of words is worth a list of its own
ALIGNED = 8  # bytes: all memory begins at a multiple of it
PAD = bytes(ALIGNED)

# What stands before, between and behind the memory of streams, by their form.
_frames = Memory(300)


class Column(NamedTuple):
    """A column as Arrow holds it: NumPy's name of its type, its memory, and that of listed words."""

    kind: str
    memory: tuple[bytes, ...]
    words: tuple[bytes, ...] = ()


def stream(columns: Columns) -> bytes:
    """A table of numbers, truth values or words as an Arrow stream; words that come again are sent once.

    Raises ValueError unless all columns are of one length, and pyarrow's error for one of objects.
    """
    arrays = [np.asarray(values) for values in columns.values()]
    rows = len(arrays[0]) if arrays else 0
    if any(values.shape != (rows,) for values in arrays):
        raise ValueError(
            f"`stream(columns=...)` must be of one length: {list(map(np.shape, arrays))}."
        )
    made = [_column(values) for values in arrays]
    sizes = [(kind, *map(len, memory), *map(len, words)) for kind, memory, words in made]
    form = (rows, *columns, *sizes)
    # Arrow writes each list of words by itself, then all columns.
    bodies = [*(words for _, _, words in made if words), [x for c in made for x in c.memory]]
    frame: list[bytes] | None = _frames.get(form)
    if frame is not None:
        return _filled(frame, bodies)
    written = _written(rows, list(columns), made)
    frame = _frame(written)
    if _filled(frame, bodies) == written:  # else Arrow keeps such a table in another way
        _frames.put(form, frame)
    return written


def _column(values: NDArray[Any]) -> Column:
    kind = values.dtype.str
    if values.dtype.kind == "U":
        kind = "U"
        if len(values) < REPEATS:
            return Column(kind, _spelled(values))
        words, which = np.unique(values, return_inverse=True)
        return Column(kind, (which.astype(np.int32).tobytes(),), _spelled(words))
    if values.dtype.kind == "b":
        return Column(kind, (np.packbits(values, bitorder="little").tobytes(),))
    if values.dtype == np.int64:  # which a browser would read one by one, as long integers
        values, kind = values.astype(np.float64), "f8"
    return Column(kind, (values.tobytes(),))


def _spelled(words: NDArray[np.str_]) -> tuple[bytes, bytes]:
    """Where the words end, from 0 on, and their letters."""
    text = [word.encode() for word in words.tolist()]
    ends = np.fromiter(accumulate(map(len, text), initial=0), np.int32, len(text) + 1)
    return ends.tobytes(), b"".join(text)


def _written(rows: int, names: list[str], columns: list[Column]) -> bytes:
    """The stream, by Arrow itself."""
    arrays = []
    for kind, memory, words in columns:
        if words:
            listed = _array("U", len(words[0]) // 4 - 1, words)
            arrays.append(pa.DictionaryArray.from_arrays(_array("i4", rows, memory), listed))
        else:
            arrays.append(_array(kind, rows, memory))
    table = pa.Table.from_arrays(arrays, names=names)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as out:
        out.write_table(table)
    return bytes(sink.getvalue())


def _array(kind: str, rows: int, memory: tuple[bytes, ...]) -> pa.Array:
    type_ = pa.string() if kind == "U" else pa.from_numpy_dtype(np.dtype(kind))
    return pa.Array.from_buffers(type_, rows, [None, *map(pa.py_buffer, memory)])


def _frame(written: bytes) -> list[bytes]:
    """What stands before, between and behind the bodies of a stream's messages.

    A message is a mark, the length of its description, both of 4 bytes, the description and the body:
    https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format.
    """
    frame, begin, at = [], 0, 0
    for message in pa.ipc.MessageReader.open_stream(written):
        at += 8 + struct.unpack_from("<i", written, at + 4)[0]
        if message.type != "schema":  # which has no body
            frame.append(written[begin:at])
            at = begin = at + message.body.size
    return [*frame, written[begin:]]


def _filled(frame: list[bytes], bodies: list[Any]) -> bytes:
    parts = []
    for head, body in zip(frame, bodies, strict=False):
        parts.append(head)
        for memory in body:
            parts += memory, PAD[: -len(memory) % ALIGNED]
    return b"".join([*parts, frame[-1]])
