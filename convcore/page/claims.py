"""The experiments on the page: the list of claims; for the open one, its claim and verdict."""

from __future__ import annotations

from functools import partial

import streamlit as st

from convcore.claims import CLAIMS, Claim, Word
from convcore.labs import Lab, Result
from convcore.page import exercises, predict, state
from convcore.page.styles import CLAIM_STYLE
from convcore.teaching.link import NUMBERED

COLOURS = {Word.HOLDS: "green", Word.BECAUSE: "orange", Word.FAILS: "red", Word.UNTRIED: "gray"}


def tab() -> str:
    """The title of the browser's tab: the open claim, or the lab."""
    here = state.open_lab().title
    if claim := state.experiment():
        here = named(claim)
    return f"{here} · Convergence Explorer"


def named(claim: Claim) -> str:
    """A claim's number, and its name, which to those who predict first would give the answer away."""
    return f"Claim {claim.number}" + ("" if state.predicts() else f": {claim.name}")


def picker() -> None:
    """The list of all experiments and exercises, with the open one selected."""
    claim = state.experiment()
    state.show("experiment", claim.number if claim else exercises.key())

    def chosen() -> None:
        key: int | str | None = st.session_state["experiment"]
        if isinstance(key, str):
            # When names are hidden or come back, the browser may report one that is in the list no more.
            if key in exercises.NAMES:
                exercises.choose(key)
        else:
            _go(NUMBERED.get(key or 0))

    st.selectbox(
        "Experiment",
        [*NUMBERED, *exercises.NAMES],
        index=None,
        format_func=_hidden if state.predicts() else _titled,
        key="experiment",
        on_change=chosen,
        placeholder="Try a claim or an exercise …",
        label_visibility="collapsed",
    )


def steps() -> None:
    """While an experiment is open, all of them as a row: those tried have a mark, a click goes there."""
    claim = state.experiment()
    if claim is None or state.lesson():
        return
    tried = _tried(claim)
    state.show("steps", claim.number)

    def chosen() -> None:
        # While the page is being built, the browser may report an empty choice.
        if other := NUMBERED.get(st.session_state["steps"] or 0):
            _go(other)

    st.segmented_control(
        "Walk through the claims",
        list(NUMBERED),
        format_func=lambda number: f"{number}{' ✓' * (number in tried - {claim.number})}",
        key="steps",
        required=True,
        on_change=chosen,
        label_visibility="collapsed",
    )


def _tried(claim: Claim) -> set[int]:
    """The numbers of the experiments that were opened, with the open one."""
    tried: set[int] = st.session_state.setdefault("tried", set())
    tried.add(claim.number)
    return tried


def _titled(key: int | str) -> str:
    return exercises.NAMES[key] if isinstance(key, str) else f"{key}  {NUMBERED[key].name}"


def _hidden(key: int | str) -> str:
    return exercises.NAMES[key] if isinstance(key, str) else f"Claim {key}"


def _go(claim: Claim | None) -> None:
    state.touch()
    state.try_claim(claim)
    st.rerun()


def show(lab: Lab, result: Result | None) -> None:
    """The open claim, its verdict and the buttons; without a result only that something is asked."""
    claim = state.experiment()
    if claim is None and not state.predicts():
        return
    with st.container(horizontal=True, vertical_alignment="center", key="claim"):
        # Only while an experiment is open: each byte of the page is sent again at every change.
        st.html(CLAIM_STYLE)
        st.markdown(_words(claim, lab, result) if result else _asked(claim))
        if not state.lesson():
            with st.container(horizontal=True, vertical_alignment="center", key="walk", width=320):
                _walk(claim)


def _mark(claim: Claim) -> str:
    """Which of the claims it is, and how many were tried; a lesson has its own."""
    if state.lesson():
        return ""
    return f" :small[:gray[(claim {claim.number} of {len(CLAIMS)}, {len(_tried(claim))} tried)]]"


def _asked(claim: Claim | None) -> str:
    """In place of the claim, which would give the answer away."""
    what = "What will happen here?"
    return f"**{claim.number}. {what}**{_mark(claim)}" if claim else f"**{what}**"


def _words(claim: Claim | None, lab: Lab, result: Result) -> str:
    """The claim, its verdict, and whether the prediction was right."""
    told = predict.told(lab, result)
    if claim is None:
        return told
    precisely = f" :small[:gray[{claim.precisely}]]" if claim.precisely else ""
    found = claim.verdict(lab, result.study)
    word = f":{COLOURS[found.word]}-badge[{found.word.value}]"
    # What matters most first: a phone shows the beginning.
    says = f"**{claim.number}.** {word} **{claim.says}**"
    lines = (says, told, f"Here: {found.why}{precisely}{_mark(claim)}")
    return "  \n".join(filter(None, lines))


def _walk(claim: Claim | None) -> None:
    if claim:
        for label, step in (("Previous", -1), ("Next", 1)):
            other = NUMBERED.get(claim.number + step)
            # To those who predict first, its name would give the answer away.
            named = other and step > 0 and not state.predicts()
            st.button(
                f"Next: {other.name}" if other and named else label,
                key=f"claim.{label}",
                on_click=partial(_go, other),
                disabled=other is None,
            )
        st.button("Leave", key="claim.Leave", on_click=partial(_go, None))
    predict.toggle()
