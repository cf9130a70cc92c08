"""A lab written the plain way, for `tests.bench`: `streamlit run tests/plain.py`, then ?lab=many.

The lab alone, all on one page: a widget for each number, the run, and all its pictures mark for mark,
each chart built anew by Altair's own means, its tables pandas frames.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from dataclasses import replace

import altair as alt
import pandas as pd
import streamlit as st

from convcore.charts import compose

# Before any picture is imported: what everybody nests charts with.
plainly = {"Mark": alt.Chart, "layer": alt.layer, "hconcat": alt.hconcat, "vconcat": alt.vconcat}
for name, altairs in plainly.items():
    setattr(compose, name, altairs)

from convcore.charts.picture import Picture  # noqa: E402
from convcore.knobs import Range, Whole, knobs  # noqa: E402
from convcore.labs import LABS, Lab  # noqa: E402

WIDTH = 880


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
    """The lab's picture, mark for mark."""
    # Unchecked, which is faster: a line that keeps its points' order has a `null` that Altair refuses.
    chart = picture.template.build(*picture.template.given, WIDTH).to_dict(validate=False)
    frames = {name: pd.DataFrame(dict(table)) for name, table in picture.tables.items()}
    st.vega_lite_chart({**chart, "datasets": frames}, width="content")


lab = {kind.key: kind for kind in LABS}[st.query_params.get("lab", LABS[0].key)]()
st.title(lab.title)
with st.sidebar:
    lab = moved(lab)
result = lab.run()
st.markdown(result.sentence)
for picture in result.pictures:
    draw(picture)
for facts in result.facts:
    st.dataframe(pd.DataFrame(facts.rows, columns=[*map(str, range(len(facts.headings)))]))
