"""Play: a bar below the pictures that shows the run step by step, in the browser alone.

A script in the bar sets the step by the charts' bound parameter (`charts.live.shown_step`). What can be
played it reads from the headline's attributes, so that a change of a number sends nothing for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from convcore.charts.live import PLAYED
from convcore.charts.picture import Picture
from convcore.labs import Lab
from convcore.page.streamlit_ways import PAGE_BLOCK, TELL_CHARTS
from convcore.page.styles import SMALL

MOST = 300  # steps of a run that can be played


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


_bar = st.components.v2.component(
    "play",
    html=_file("bar.html"),
    css=_file("bar.css").replace("SMALL", SMALL),
    js=TELL_CHARTS + _file("bar.js").replace("PAGE_BLOCK", PAGE_BLOCK).replace("PLAYED", PLAYED),
)


def bar(moved: Callable[[], None]) -> None:
    """Draw the bar, once for all runs; it hides itself where nothing can be played.

    moved: called when keys have moved the start in the picture, see `moved_start`.
    """
    _bar(key="play", on_start_change=moved)


def moved_start() -> dict[str, float] | None:
    """Where keys have moved the start, as a point of its view; None if it is nothing that they can send."""
    held: Any = st.session_state.get("play") or {}
    match held.get("start"):
        case [int() | float() as x, int() | float() as y, int()] if math.isfinite(x + y):
            return {"x": float(x), "y": float(y)}
    return None


def attributes(lab: Lab, picture: Picture, pixels: int) -> dict[str, str]:
    """What the bar has to know of a run: its lab, the steps, the one that is shown, and their name.

    pixels: the width of the picture. steps: as in "0-40 50 60", of a long run MOST at most. number: the
    path of the step size's control. start: where the start is, by how much a key moves it, and its view's
    left, top, width and height in px, if it is moved by keys.
    """
    start, box = picture.start, lab.grips(pixels).get("start")
    steps = list(picture.steps) or [0]
    kept = steps[: -1 : -(-len(steps) // MOST)] + steps[-1:]
    return {
        "run": lab.key,
        "steps": " ".join(_stretches(kept)),
        "look": str(picture.tables["t"]["look"][0]),
        "unit": lab.unit,
        "number": f"{lab.key}.eta",
        **({"start": " ".join(map(_brief, (*start, *box)))} if start and box else {}),
    }


def _brief(x: float) -> str:
    return f"{x:.7g}"


def _stretches(steps: Sequence[int]) -> Iterator[str]:
    """Ascending whole numbers as "0-3" where they follow each other."""
    first = before = steps[0]
    for step in [*steps[1:], -1]:
        if step != before + 1:
            yield f"{first}-{before}" if before > first else f"{first}"
            first = step
        before = step
