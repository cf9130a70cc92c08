"""Predict first: the question and the ground before a run, what was guessed, and the score."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from convcore.charts.picture import Picture
from convcore.labkit.prediction import Question, same_run
from convcore.labs import Lab, Result
from convcore.page import state
from convcore.teaching.log import Entry, Log

MOST = 50  # guesses that a session remembers
SPLIT = 900  # px of the page from which the options are beside the picture
SHARE = 0.6  # of the page that the picture then has

Asked = tuple[int, Lab]  # the number of the claim, 0 for none, and the lab


def asks(lab: Lab) -> bool:
    """Whether the visitor wants to predict first, and has not yet done so for this lab."""
    return state.predicts() and _asked(lab) not in _guesses()


def question(lab: Lab) -> Question:
    """What is asked of the lab: by the open claim, or by itself."""
    claim = state.experiment()
    return claim.question(lab) if claim else lab.question()


def ask(lab: Lab, draw: Callable[[Picture, int], None], pixels: int) -> None:
    """The question, with what is given, and the answers to choose from."""
    asked, given = question(lab), lab.given()
    st.markdown(f"**{asked.asks}**")
    wide = pixels >= SPLIT
    picture, options = st.columns([SHARE, 1 - SHARE]) if wide else (st.container(), st.container())
    with picture:
        draw(given, int(SHARE * pixels) - 20 if wide else pixels)
        st.caption(given.about)
    with options, st.container(key="guess"):
        # Buttons, as the arrow keys of a radio button would choose what they pass.
        for i, said in enumerate(asked.options):
            st.button(said, key=f"guess.{i}", on_click=partial(_choose, lab, said), width="stretch")


def toggle() -> None:
    """The control that turns it on and off."""
    state.show("predict", state.predicts())

    def changed() -> None:
        state.touch()
        state.set_predicts(st.session_state["predict"])
        st.rerun()  # the whole page, as the drawers go or come back

    st.toggle(
        "Predict first",
        key="predict",
        on_change=changed,
        help="Say what will happen before the pictures are drawn, and keep a score",
    )


def told(lab: Lab, result: Result) -> str:
    """Whether what was said was right, with the score; "" if nothing was."""
    if (guess := _guess(lab)) is None:
        return ""
    entry = log().kept(Entry.of(state.experiment(), lab, result.study, guess))
    answer = "**right**" if entry.right else f"**no**: {entry.answer}"
    return f"You said “{guess}”: {answer}. Score: {log().score}."


def note(lab: Lab, result: Result) -> None:
    """Note that a claim was tried, for the hand-in sheet."""
    if (claim := state.experiment()) and _guess(lab) is None:
        log().kept(Entry.of(claim, lab, result.study))


def log() -> Log:
    """What was done in this session."""
    held: Log = st.session_state.setdefault("log", Log())
    return held


def _guess(lab: Lab) -> str | None:
    """What was said of this lab, if the visitor predicts."""
    return _guesses().get(_asked(lab)) if state.predicts() else None


def _choose(lab: Lab, said: str) -> None:
    state.touch()
    held = _guesses()
    held[_asked(lab)] = said
    if len(held) > MOST:
        del held[next(iter(held))]
    st.rerun()  # the whole page, as the drawers come back


def _asked(lab: Lab) -> Asked:
    claim = state.experiment()
    return claim.number if claim else 0, same_run(lab)


def _guesses() -> dict[Asked, str]:
    held: dict[Asked, str] = st.session_state.setdefault("guesses", {})
    return held
