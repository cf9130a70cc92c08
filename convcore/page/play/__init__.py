"""Play: a bar below the pictures that shows the run step by step, in the browser alone.

A script in the bar sets the step by the charts' bound parameter (`charts.live.shown_step`). What can be
played it reads from the headline's attributes, so that a change of a number sends nothing for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import streamlit as st

from convcore.charts.live import PLAYED
from convcore.charts.picture import Picture
from convcore.labs import Lab
from convcore.page.streamlit_ways import PAGE_BLOCK, SMALL, TELL_CHARTS

MOST = 300  # steps of a run that can be played


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


def attributes(lab: Lab, picture: Picture) -> dict[str, str]:
    """What the bar has to know of a run: its lab, the steps, the one that is shown, and their name.

    steps: as in "0-40 50 60", of a long run MOST at most. number: the path of the step size's control.
    """
    steps = list(picture.steps) or [0]
    kept = steps[: -1 : -(-len(steps) // MOST)] + steps[-1:]
    return {
        "run": lab.key,
        "steps": " ".join(_stretches(kept)),
        "look": str(picture.tables["t"]["look"][0]),
        "unit": lab.unit,
        "number": f"{lab.key}.eta",
    }


def _stretches(steps: Sequence[int]) -> Iterator[str]:
    """Ascending whole numbers as "0-3" where they follow each other."""
    first = before = steps[0]
    for step in [*steps[1:], -1]:
        if step != before + 1:
            yield f"{first}-{before}" if before > first else f"{first}"
            first = step
        before = step
