"""The top of the page: its title, the lists of labs and of claims; and the buttons below the controls."""

from __future__ import annotations

import streamlit as st

from convcore.claims import CLAIMS
from convcore.exercises import EXERCISES
from convcore.labs import LABS, Lab
from convcore.page import claims, copying, exercises, lessons, pins, state, styles
from convcore.page import streamlit_ways as ways

HEAD = (
    f"{styles.STYLE}{styles.STANDING_STYLE}{styles.PLAY_STYLE}"
    f"{styles.WINDOW_STYLE}{styles.TOUCH_STYLE}{styles.PRINT_STYLE}"
    "<h1>Convergence Explorer</h1>"
    "<p>Why does training converge, crawl or blow up? "
    "<span class=more>Drag the step size η and watch, or try "
    f'<a href="?claim=1" target="_self">{len(CLAIMS)} claims</a> and '
    f'<a href="?exercise=1" target="_self">{len(EXERCISES)} exercises</a>.</span>'
    "<span class=brief>Drag η.</span></p>"
)


def top(scale: float) -> None:
    """The title, and the lists of labs and of claims."""
    st.html(HEAD + ways.magnified(scale))
    with st.container(horizontal=True, vertical_alignment="center", key="where"):
        _picker()
        claims.picker()
        claims.steps()
    lessons.bar()
    exercises.bar()


def _picker() -> None:
    titles = {kind.key: kind.title for kind in LABS}
    state.show("lab", state.open_lab().key)

    def chosen() -> None:
        # While the page is being built, the browser may report an empty choice.
        if kind := state.KINDS.get(st.session_state["lab"]):
            state.touch()
            state.try_claim(None)
            state.put(state.last_valid(kind))

    st.segmented_control(
        "Lab",
        list(titles),
        format_func=titles.__getitem__,
        key="lab",
        required=True,
        on_change=chosen,
        label_visibility="collapsed",
    )


def _origin() -> Lab:
    """The lab as its experiment or its exercise opens it, or else as it opens by itself."""
    if claim := state.experiment():
        return claim.lab
    practice = state.exercise()
    return practice.task.lab if practice else state.open_lab()()


def tools() -> None:
    """What is below the controls: pin, reset, copy the link."""

    def reset() -> None:
        state.touch()
        state.forget_drafts()
        state.put(_origin())

    with st.container(horizontal=True):
        pins.button()
        st.button(
            "Reset",
            on_click=reset,
            help="All controls of this lab back to their defaults, its experiment or exercise",
        )
        copying.button("Copy link", key="copy.link")
