"""The experiments on the page: the list of claims; for the open one, its claim and verdict."""

from __future__ import annotations

from functools import partial

import streamlit as st

from convcore.claims import CLAIMS, Claim, Word
from convcore.labkit.prediction import same_run
from convcore.labkit.words import quoted
from convcore.labs import Lab, Result
from convcore.page import exercises, state
from convcore.page.streamlit_ways import CLAIM_STYLE
from convcore.session.pinned import settings
from convcore.teaching.link import NUMBERED

COLOURS = {Word.HOLDS: "green", Word.BECAUSE: "orange", Word.FAILS: "red", Word.UNTRIED: "gray"}


def tab() -> str:
    """The title of the browser's tab: the open claim, or the lab."""
    here = state.open_lab().title
    if claim := state.experiment():
        # To those who predict first, the name would give the answer away.
        name = "" if st.session_state.get("predict") else f": {claim.name}"
        here = f"Claim {claim.number}{name}"
    return f"{here} · Convergence Explorer"


def picker() -> None:
    """The list of all experiments and exercises, with the open one selected."""
    claim = state.experiment()
    # To those who predict first, the name would give the answer away.
    hidden = claim is not None and bool(st.session_state.get("predict"))
    state.show("experiment", claim.number if claim and not hidden else exercises.key())

    def chosen() -> None:
        key: int | str | None = st.session_state["experiment"]
        if isinstance(key, str):
            exercises.choose(key)
        else:
            _go(NUMBERED.get(key or 0))

    st.selectbox(
        "Experiment",
        [*NUMBERED, *exercises.NAMES],
        index=None,
        format_func=_titled,
        key="experiment",
        on_change=chosen,
        placeholder=f"Claim {claim.number}" if claim and hidden else "Try a claim or an exercise …",
        label_visibility="collapsed",
    )


def steps() -> None:
    """While an experiment is open, all of them as a row: those tried have a mark, a click goes there."""
    claim = state.experiment()
    if claim is None:
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


def _go(claim: Claim | None) -> None:
    state.touch()
    state.try_claim(claim)
    st.rerun()


def asks(lab: Lab) -> bool:
    """Whether the visitor wants to predict first, and has not yet done so for this lab."""
    if not st.session_state.get("predict") or state.experiment() is None:
        return False
    return lab.question() is not None and _guess(lab) is None


def _guess(lab: Lab) -> str | None:
    """The visitor's prediction for this lab, if it was the last one asked about."""
    asked, guess = st.session_state.get("guess", (None, None))
    return guess if asked == same_run(lab) else None


def show(lab: Lab, result: Result | None) -> None:
    """The open claim, its verdict and the buttons; without a result, the question."""
    claim = state.experiment()
    if claim is None:
        return
    tried = _tried(claim)
    with st.container(horizontal=True, vertical_alignment="center", key="claim"):
        # Only while an experiment is open: each byte of the page is sent again at every change.
        st.html(CLAIM_STYLE)
        mark = f":small[:gray[(claim {claim.number} of {len(CLAIMS)}, {len(tried)} tried)]]"
        # Without a result: the claim would give the answer away.
        st.markdown(
            f"{_words(claim, mark)}{_found(claim, lab, result)}"
            if result
            else f"**{claim.number}. What will happen here?** {mark}"
        )
        with st.container(horizontal=True, vertical_alignment="center", key="walk", width=320):
            _walk(claim)
    if result is None:
        _ask(lab)


def _walk(claim: Claim) -> None:
    for label, step in (("Previous", -1), ("Next", 1)):
        other = NUMBERED.get(claim.number + step)
        st.button(
            f"Next: {other.name}" if other and step > 0 else label,
            key=f"claim.{label}",
            on_click=partial(_go, other),
            disabled=other is None,
        )
    st.button("Leave", key="claim.Leave", on_click=partial(_go, None))
    st.toggle(
        "Predict first",
        key="predict",
        on_change=_redraw,
        help="Say what will happen before the pictures are drawn, and keep a score",
        persist_state="session",
    )


def _redraw() -> None:
    """Draw the whole page, as the drawers go or come back; keeps what was set just before."""
    state.touch()
    st.rerun()


def _words(claim: Claim, mark: str) -> str:
    precisely = f" :small[:gray[{claim.precisely}]]" if claim.precisely else ""
    return f"**{claim.number}. {claim.says}**{precisely} {mark}"


def _found(claim: Claim, lab: Lab, result: Result) -> str:
    """The verdict, and whether the prediction was right."""
    found = claim.verdict(lab, result.study)
    line = f"  \n:{COLOURS[found.word]}-badge[{found.word.value}] {found.why}"
    guess = _guess(lab) if st.session_state.get("predict") else None
    if guess is None:
        return line
    truth = lab.answer(result.study)
    score: dict[Lab, bool] = st.session_state.setdefault("score", {})
    score.setdefault(same_run(lab), guess == truth)
    answer = "**right**" if guess == truth else f"**no**: {truth}"
    return f"{line}  \nYou said “{guess}”: {answer}. Score: {sum(score.values())} of {len(score)}."


def _ask(lab: Lab) -> None:
    asked = lab.question()
    if asked is None:
        return

    def chosen() -> None:
        state.touch()
        st.session_state["guess"] = same_run(lab), st.session_state["said"]
        st.rerun()  # the whole page, as the drawers come back

    st.radio(asked.asks, asked.options, index=None, key="said", on_change=chosen)
    st.caption(f"Set here: {quoted(settings(lab))}; all settings are in the sidebar.")
