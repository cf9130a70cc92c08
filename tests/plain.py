"""A lab written the plain way, for `tests.bench`: `streamlit run tests/plain.py`, then ?lab=many.

All on one page: a widget for each number, all labs' runs one below the other whichever is looked at, and
for each table of its pictures a chart of two axes, built anew in Altair from a pandas frame: fewer
marks than the lab's own, and nothing in them that follows the pointer.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from dataclasses import replace

import altair as alt
import pandas as pd
import streamlit as st
from pandas.api.types import is_numeric_dtype

from convcore.charts.picture import Picture
from convcore.knobs import Range, Whole, knobs
from convcore.labs import LABS, Lab


def moved(lab: Lab) -> Lab:
    """The lab with its numbers taken from sliders."""
    values = {}
    for name, knob in knobs(type(lab)).items():
        if isinstance(knob, Range):
            kind = int if isinstance(knob, Whole) else float
            values[name] = st.slider(
                knob.label,
                kind(knob.low),
                kind(knob.high),
                kind(getattr(lab, name)),
                kind(knob.step),
                key=f"{lab.key}.{name}",
            )
    return replace(lab, **values)


def draw(picture: Picture) -> None:
    """A chart of two axes for each table of lines or points, and nothing that follows the pointer."""
    for table in picture.tables.values():
        frame = pd.DataFrame(dict(table))
        numbers = [name for name in frame if is_numeric_dtype(frame[name])]
        words = [name for name in frame if name not in numbers]
        if len(frame) < 3 or len(numbers) < 2:
            continue
        chart = alt.Chart(frame).mark_line(point=True).encode(x=numbers[0], y=numbers[1])
        st.altair_chart(chart.encode(color=words[0]) if words else chart)


asked = st.query_params.get("lab", LABS[0].key)
st.title("Convergence")
for kind in sorted(LABS, key=lambda kind: kind.key != asked):
    st.header(kind.title)
    with st.sidebar:
        lab = moved(kind())
    result = lab.run()
    st.markdown(result.sentence)
    for picture in result.pictures:
        draw(picture)
    for facts in result.facts:
        st.dataframe(pd.DataFrame(facts.rows, columns=[*map(str, range(len(facts.headings)))]))
