"""Play: a bar below the pictures that shows the run step by step, in the browser alone.

A script in the bar sets the step by the charts' bound parameter (`charts.live.shown_step`). What can be
played it reads from the headline's attributes, so that a change of a number sends nothing for it.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from convcore.charts.live import PLAYED
from convcore.charts.picture import Picture
from convcore.labs import Lab
from convcore.page.streamlit_ways import PAGE_BLOCK, SMALL, TELL_CHARTS


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


_bar = st.components.v2.component(
    "play",
    html=_file("bar.html"),
    css=_file("bar.css").replace("SMALL", SMALL),
    js=TELL_CHARTS + _file("bar.js").replace("PAGE_BLOCK", PAGE_BLOCK).replace("PLAYED", PLAYED),
)


def bar() -> None:
    """Draw the bar, once for all runs; it hides itself where nothing can be played."""
    _bar(key="play")


def told(lab: Lab, picture: Picture) -> dict[str, str]:
    """What the bar has to know of a run: its lab, the steps, the one that is shown, and their name.

    steps: the last one if they are all from 0 on. number: the path of the step size's control.
    """
    steps = picture.steps
    last = str(steps[-1]) if steps else "0"
    every = len(steps) == int(last) + 1
    return {
        "run": lab.key,
        "steps": last if every else " ".join(map(str, steps)),
        "look": str(picture.tables["t"]["look"][0]),
        "unit": lab.unit,
        "number": f"{lab.key}.eta",
    }
