"""The picture alone, for a slide or a frame in another page: its headline below it, and a link back."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from urllib.parse import urlencode

import streamlit as st

from convcore.charts.fit import fitted
from convcore.charts.picture import Picture
from convcore.labkit.words import quoted
from convcore.labs import Lab
from convcore.page import state, styles
from convcore.page import streamlit_ways as ways
from convcore.page.viewport import Room
from convcore.teaching import link as links

FRAME: dict[str, int | str] = {
    "width": 700,
    "height": 520,
    "view": links.SLIDE,
}  # what is offered for another page, in px
MARGIN = 14  # px above and below the picture
# px that the headline and Play take below it, whose letters grow with the window.
WORDS, WORDS_BY_WIDTH = 60, 0.05


def top() -> None:
    """The style of the whole page."""
    st.html(f"{styles.STYLE}{styles.STANDING_STYLE}{styles.TOUCH_STYLE}{styles.SLIDE_STYLE}")


def fit(picture: Picture, window: Room) -> Room:
    """What to build the picture for, so that it fills the window; draws the style that scales it."""
    words = WORDS + WORDS_BY_WIDTH * window.pixels
    pixels, scale = fitted(picture, window.pixels, window.high - MARGIN, words)
    st.html(ways.magnified(scale) or "<style></style>")
    return Room(pixels, scale, window.high)


def below(lab: Lab) -> None:
    """What is wrong with the link or its file, if anything, and the link to the page with its controls."""
    lines = [*map(quoted, st.session_state.get("lines") or ()), st.session_state["refusal"]]
    if said := "\n\n".join(filter(None, lines)):
        st.warning(said)
    link(lab, "Full page", alone=False)


def link(lab: Lab, words: str, alone: bool) -> None:
    """The link to this lab in another tab, as a slide or with all around it."""
    address = escape(f"?{urlencode(links.write(replace(state.here(lab), slide=alone)))}")
    st.html(f'<a class="view" href="{address}" target="_blank">{words} ↗</a>')
