"""The page from top to bottom: title and labs, controls, the sentence, the pictures, what to keep."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import streamlit as st

from convcore.charts.picture import Picture
from convcore.labkit.words import quoted
from convcore.labs import LABS, Facts, Lab, Result
from convcore.page import arrow, claims, pins, state, tuning
from convcore.page import streamlit_ways as ways
from convcore.page.compute import (
    NotComputed,
    compute,
    drawing,
    logged,
    measure_extras,
    quick_result,
)
from convcore.page.controls import controls, is_live
from convcore.page.process import after_first_run
from convcore.page.viewport import settle, width
from convcore.session import permalink

BREATH = 0.1  # seconds between the pictures and the words: a browser takes about as long to draw
NOT_COMPUTED = "These values could not be computed; the last that could be are shown."
GLANCE = 0.034  # seconds between two looks whether a newer change has come

HEAD = f"{ways.STYLE}<h1>Convergence Explorer</h1>"


def main() -> None:
    """Draw the page; Streamlit calls this when a page opens, and at changes of more than a number."""
    with state.drawn_whole():
        state.follow_url()
        kind = state.open_lab()
        _, lines = state.assemble(kind)
        st.set_page_config(page_title="Convergence Explorer", page_icon="📉", layout="wide")
        st.session_state["pixels"] = width()
        _top()
        place = st.container()
        with st.sidebar:
            controls(kind, lines, partial(_run_again, place))
            _tools()
        with ways.from_position_0(place):
            _run()
        _drawers()
    settle()
    after_first_run()


def _run_again(place: ways.Container) -> None:
    """The run as part of the control that was moved; nothing while the whole page is drawn."""
    if not state.whole():
        with ways.from_position_0(place):
            _run()


@ways.one_fragment_for_all_callers(key=state.RUN)
def _run() -> None:
    """All that hangs on the run; at a change of a number, this alone is drawn if no drawer is open."""
    kind = state.open_lab()
    lab, _ = state.assemble(kind)
    pixels: int = st.session_state["pixels"]
    live = is_live(kind)
    # Words above the picture would be laid out and painted before it. They come for certain after it only
    # where nothing ends the run early.
    picture_first = live and not state.whole()
    # Their place stands whether or not it is filled: a chart that moves is built anew. The browser makes
    # room for it while the run is computed. A sentence alone needs none, which would be one more message:
    # it comes first, and is laid out as soon as a place for it.
    told = None if live and not _has_more_to_tell() else st.container()
    # A lab that may take long tells how far it is: in a place of its own, so that nothing else gives way.
    waiting = contextlib.nullcontext() if live else st.container()

    def show(lab: Lab, result: Result) -> None:
        if told is None:
            st.markdown(_said(result))
        elif not picture_first:
            _tell(told, lab, result)
        _pictures(lab, result, pixels)

    if told is not None and claims.asks(lab):  # then there is nothing to draw yet
        _tell(told, lab, None)
        state.write_url(lab)
        return
    try:
        result = _shown(lab, show, waiting)
    except NotComputed:
        told = st.container() if told is None else told
        told.warning(NOT_COMPUTED)
        lab = state.last_ran(kind)
        try:
            result = _shown(lab, show, waiting)
        except NotComputed:  # not even the defaults
            st.session_state.pop("shown", None)
            return
    state.ran(lab)
    # Without its result, which a page that was left would keep for as long as Streamlit keeps its state.
    st.session_state["shown"] = lab
    _let_paint(to_end=picture_first)
    if told is not None and picture_first:
        _tell(told, lab, result)
    _words(lab, result)
    state.write_url(lab)


# No part of the run: Streamlit forgets a fragment that the one around it does not draw each time.
@st.fragment(key=state.DRAWERS)
def _drawers() -> None:
    """What may be opened below the run; a closed one costs a change of a number nothing."""
    lab = st.session_state.get("shown")
    kind = state.open_lab()
    if type(lab) is not kind or claims.asks(state.last_valid(kind)):
        return
    pixels: int = st.session_state["pixels"]
    if lab.aside:
        _extras(lab, pixels)
    tuning.show(lab, _draw, pixels)
    _keep(lab)


def _shown(
    lab: Lab, show: Callable[[Lab, Result], None], waiting: AbstractContextManager[Any]
) -> Result:
    """The lab's result, once it is computed and shown, together with the pins; may be `NotComputed`.

    waiting: where to tell of the progress; in the pictures' place, they would be gone meanwhile.
    """
    with drawing:
        result = quick_result(lab)
        if at_once := result is not None and not pins.missing(lab):
            show(lab, result)
    if result is None or not at_once:
        with waiting:
            pins.fetch(lab)
            result = result or compute(lab)
        with drawing:
            show(lab, result)
    return result


def _let_paint(to_end: bool) -> None:
    """Give the browser a moment to paint before it is sent what takes it as long as the pictures.

    A newer change ends the run here: it need not wait for words that would not be read. to_end: whether the
    next change is likely another number's, which Streamlit draws only when this run has ended.
    """
    if state.width_known():
        ways.pause_unless_superseded(BREATH, look=BREATH if to_end else GLANCE)


def _top() -> None:
    st.html(HEAD)
    with st.container(horizontal=True, vertical_alignment="center", key="where"):
        _picker()
        claims.picker()


def _picker() -> None:
    titles = {kind.key: kind.title for kind in LABS}
    state.show("lab", state.open_lab().key)

    def chosen() -> None:
        # A page that is still being built may report that nothing is chosen.
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


def _tools() -> None:
    def reset() -> None:
        state.touch()
        state.forget_drafts()
        claim = state.experiment()
        state.put(claim.lab if claim else state.open_lab()())

    st.toggle("Type the numbers", key="typed", help="Boxes to type in, instead of sliders")
    with st.container(horizontal=True):
        pins.button()
        st.button(
            "Reset",
            on_click=reset,
            help="All controls of this lab back to their defaults, or to its experiment",
        )


def _has_more_to_tell() -> bool:
    """Whether more than the sentence stands above the pictures."""
    return bool(st.session_state.get("lines")) or state.experiment() is not None


def _tell(told: ways.Container, lab: Lab, result: Result | None) -> None:
    """What is told above the pictures: what a link cannot mean, the claim that is tried, the sentence."""
    with told:
        for line in st.session_state.get("lines", ()):
            st.warning(quoted(line))
        claims.show(lab, result)
        if result:
            st.markdown(_said(result))


def _said(result: Result) -> str:
    """The sentence, and what is awaited: in one, as each element costs the browser some milliseconds."""
    return "\n\n".join(filter(None, [result.awaits, result.sentence]))


def _pictures(lab: Lab, result: Result, pixels: int) -> None:
    for i, picture in enumerate(result.pictures):
        if i:
            st.markdown(_small(result.pictures[i - 1].about))
        _draw(lab, pins.pinned(lab, picture), pixels)


def _words(lab: Lab, result: Result) -> None:
    """What is told below the pictures."""
    # Each element of the page costs the browser some milliseconds at every change: one for all words.
    last = [_small(picture.about) for picture in result.pictures[-1:]]
    st.markdown("\n\n".join([*last, *map(_table, result.facts), *map(_small, result.notes)]))
    pins.table(lab, result)


def _extras(lab: Lab, pixels: int) -> None:
    """What is no part of the run; nothing is measured before it is opened."""
    drawer = st.expander(lab.aside, key=state.EXTRAS, on_change="rerun")
    if state.is_open(drawer):
        with drawer:
            try:
                with logged(lab):
                    pictures = measure_extras(lab)
            except NotComputed:
                st.warning("This could not be measured.")
                return
            for picture in pictures:
                _draw(lab, picture, pixels - 40)
                st.markdown(_small(picture.about))


def _small(text: str) -> str:
    return f":small[:gray[{text}]]" if text else ""


def _draw(lab: Lab, picture: Picture, pixels: int) -> None:
    theme = st.context.theme.type or "light"
    tables = {name: arrow.stream(columns) for name, columns in picture.tables.items()}
    key = f"{lab.key}.{picture.name}"
    picks = picture.template.picks

    def picked() -> None:
        for name, points in ways.picked_points(key).items():
            seen = st.session_state.setdefault("seen", {})
            if points and seen.get((key, name)) != points:
                seen[key, name] = points
                state.touch()
                held = state.last_valid(type(lab))
                state.put(held.picked(name, points[0]))
                st.rerun()

    select: dict[str, Any] = {"on_select": picked, "selection_mode": list(picks)} if picks else {}
    st.vega_lite_chart(
        ways.with_arrow_tables(picture.spec(pixels, theme), tables),
        key=key,
        width="content",
        alt=picture.template.alt,
        **select,
    )


def _table(facts: Facts) -> str:
    rows = (facts.headings, ("---",) * len(facts.headings), *facts.rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _keep(lab: Lab) -> None:
    """Copy as Python and downloads; nothing is made before it is opened."""
    drawer = st.expander("Share, save, copy", key=state.KEEP, on_change="rerun")
    if not state.is_open(drawer):
        return
    with drawer:
        try:
            result = quick_result(lab) or compute(lab)
        except NotComputed:  # though it could be for the pictures above
            st.warning("This could not be computed again.")
            return
        st.markdown("The address bar always holds this page's state: copy it to share.")
        st.code(as_python(lab), language="python", wrap_lines=True)
        left, right = st.columns(2)
        left.download_button(
            "Run as CSV", lambda: as_csv(result), f"{lab.key}.csv", "text/csv", on_click="ignore"
        )
        right.download_button(
            "Settings as JSON",
            json.dumps(permalink.write(lab), indent=2, ensure_ascii=False),
            f"{lab.key}.json",
            "application/json",
            on_click="ignore",
        )
        st.caption("Each picture has its own buttons: enlarge, data, PNG.")


def as_python(lab: Lab) -> str:
    """The lab as a program of three lines."""
    return f"from convcore.labs import *\n\nresult = {lab!r}.run()\nprint(result.sentence)"


def as_csv(result: Result) -> str:
    """The run as CSV, one line a step."""
    text = io.StringIO()
    write = csv.writer(text)
    record = result.record
    write.writerow(record)
    write.writerows(zip(*record.values(), strict=True))
    return text.getvalue()
