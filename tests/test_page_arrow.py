"""Tables as they are sent to the browser."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from streamlit.elements import vega_charts

from convcore.charts.picture import Columns
from convcore.labs import OneWeight
from convcore.page import streamlit_ways
from convcore.page.arrow import REPEATS, stream, streams


def table(columns: Columns) -> pa.Table:
    """What a browser reads."""
    return pa.ipc.open_stream(stream(columns)).read_all()


KINDS = ["int8", "int16", "int32", "int64", "uint8", "float32", "float64", "bool"]


@given(
    st.sampled_from(KINDS).flatmap(
        lambda kind: npst.arrays(kind, st.integers(0, 40), elements=whole(kind))
    )
)
def test_numbers_and_truth_values_arrive_as_they_were(column: np.ndarray) -> None:
    assert table({"x": column})["x"].to_pylist() == column.tolist()
    assert table({"x": column[::-1]})["x"].to_pylist() == column[::-1].tolist()
    assert table({"x": column.tolist()})["x"].to_pylist() == column.tolist()


def whole(kind: str) -> Any:
    """Values that survive as a floating-point number."""
    if kind == "int64":
        return st.integers(-(2**53), 2**53)
    return npst.from_dtype(np.dtype(kind), allow_nan=False)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)))
def test_words_arrive_as_they_were(column: list[str]) -> None:
    assert table({"a": column, "b": column})["b"].to_pylist() == column


@pytest.mark.parametrize("rows", [REPEATS - 1, REPEATS + 2, 3 * REPEATS])
def test_words_that_come_again_are_sent_once(rows: int) -> None:
    column = ["plain descent", "η λ", ""] * (rows // 3)
    made = table({"a": column, "k": range(len(column))})
    assert made["a"].to_pylist() == column
    assert made["k"].to_pylist() == list(range(len(column)))
    # A word of this column takes 4 bytes to point at and 6 on average to spell.
    assert made["a"].nbytes < (11 if rows < REPEATS else 5) * rows + 50


@given(
    st.integers(0, 2 * REPEATS).flatmap(
        lambda rows: st.lists(
            st.one_of(
                st.sampled_from(KINDS).flatmap(
                    lambda kind: npst.arrays(kind, rows, elements=whole(kind))
                ),
                st.lists(st.sampled_from(["a", "λ", "words"]), min_size=rows, max_size=rows),
            ),
            min_size=1,
            max_size=4,
        )
    )
)
def test_a_table_is_to_the_byte_what_arrow_itself_writes(columns: list[Any]) -> None:
    given = {f"c{i}": np.asarray(column) for i, column in enumerate(columns)}
    made = stream(given)
    read = pa.ipc.open_stream(made).read_all()
    assert read.to_pydict() == {name: column.tolist() for name, column in given.items()}
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, read.schema) as out:
        out.write_table(read)
    assert made == sink.getvalue().to_pybytes()


@pytest.mark.parametrize("rows", [REPEATS - 1, REPEATS])
def test_a_column_keeps_its_short_type_and_repeated_words_are_a_dictionary(rows: int) -> None:
    kinds = {kind: np.zeros(rows, kind) for kind in KINDS}
    made = table({**kinds, "words": ["a"] * rows}).schema
    for kind in KINDS:
        # A browser would read long integers one by one.
        sent = pa.float64() if kind == "int64" else pa.from_numpy_dtype(np.dtype(kind))
        assert made.field(kind).type == sent
    listed = pa.dictionary(pa.int32(), pa.string())
    assert made.field("words").type == (pa.string() if rows < REPEATS else listed)


def test_columns_of_another_length_are_refused() -> None:
    for other in ([1.0], [1.0, 2.0, 3.0], [[1.0, 2.0]] * 2):
        with pytest.raises(ValueError, match="of one length"):
            stream({"a": [1.0, 2.0], "b": other})


def test_what_is_no_column_is_refused() -> None:
    with pytest.raises(Exception, match="Unsupported numpy type"):
        table({"a": [None, "x"]})


def test_pandas_is_not_loaded() -> None:
    done = (
        "import sys; from convcore.page.arrow import stream; n = 99; "
        "stream({'a': [1.5] * n, 'b': ['x'] * n, 'c': [True] * n}); "
        "assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", done], check=True)


def test_a_picture_that_is_shown_again_is_not_encoded_again() -> None:
    picture = OneWeight().run().pictures[0]
    made = streams(picture)
    assert made == {name: stream(columns) for name, columns in picture.tables.items()}
    assert streams(picture) is made
    again = OneWeight().run().pictures[0]
    assert streams(again) == made
    assert streams(again) is not made


def test_a_spec_is_written_once_and_anew_if_a_part_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[Any] = []
    plain = json.dumps
    monkeypatch.setattr(json, "dumps", lambda x, **how: [written.append(x), plain(x, **how)][1])
    streamlit_ways.write_specs_once()
    spec = {"mark": {"type": "é"}, "params": [1, 2]}
    for changed, times in (({}, 1), ({}, 1), ({"params": [1, 3]}, 2), ({"width": 3}, 3), ({}, 3)):
        text = vega_charts.json.dumps({**spec, **changed})
        assert text == plain({**spec, **changed}, separators=(",", ":"), ensure_ascii=False)
        assert len(written) == times
    assert vega_charts.json.loads(text) is vega_charts.json.loads(text)
    assert vega_charts.json.loads(text) == spec
    picked = vega_charts.json.dumps({"selection": {}}, default=str)
    assert vega_charts.json.loads(picked) is not vega_charts.json.loads(picked)
