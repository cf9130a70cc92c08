"""The page from top to bottom: title and labs, controls, sentences, pictures, downloads."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import streamlit as st

from convcore.charts.picture import Picture
from convcore.knobs import files
from convcore.labkit.glossary import terms_in
from convcore.labkit.words import quoted
from convcore.labs import Facts, Lab, Result
from convcore.page import (
    arrow,
    claims,
    exercises,
    head,
    keep,
    pins,
    play,
    predict,
    slide,
    state,
    tuning,
)
from convcore.page import streamlit_ways as ways
from convcore.page.compute import (
    NotComputed,
    compute,
    drawing,
    lateness,
    logged,
    measure_extras,
    quick_result,
)
from convcore.page.controls import controls
from convcore.page.number import at_rest, shared
from convcore.page.process import after_first_run
from convcore.page.terms import explained, words_of
from convcore.page.viewport import Room, room, settle

# Seconds between the pictures and the words: about what a browser takes to draw. Where a run is late by
# more, as in a crowd, nobody is to wait longer for that.
BREATH = 0.1
NOT_COMPUTED = "These values could not be computed; the last that could be are shown."
LONG = 84  # letters of a headline that takes smaller ones
GLANCE = 0.034  # seconds between two checks whether a newer change has come

ways.write_specs_once()
ways.tell_theme_once()
ways.copy_cursors_plainly()
ways.show_components_as_they_are()


def main() -> None:
    """Draw the page; runs when a page opens, and at each change that concerns more than a number."""
    with state.drawn_whole():
        state.follow_url()
        kind = state.open_lab()
        _, lines = state.assemble(kind)
        st.set_page_config(
            page_title=exercises.tab() or claims.tab(), page_icon="📉", layout="wide"
        )
        here = st.session_state["window"] = room(state.slide())
        _take(here)
        if state.slide():
            slide.top()
            if here.high:
                _run()
                play.bar(_start_moved)
                _words()
        else:
            _page(kind, lines, here.scale)
        with st.container():
            if not state.width_known():
                shared()
    settle()
    after_first_run()


def _page(kind: type[Lab], lines: dict[str, str], scale: float) -> None:
    """All but a slide."""
    head.top(scale)
    if practice := state.at_exercise():
        exercises.page(practice)
        state.write_url(state.last_valid(kind))
        return
    place = st.container()
    play.bar(_start_moved)
    below = st.container()
    with st.sidebar:
        controls(kind, lines, partial(_again_in, place, _run), partial(_words_again, below))
        head.tools()
    with ways.from_position_0(place):
        _run()
    with ways.from_position_0(below):
        _words()
    _drawers()


def _take(room: Room) -> None:
    """Let this be what pictures are built for."""
    st.session_state["room"], st.session_state["pixels"] = room, room.pixels


def _again_in(place: ways.Container, draw: Callable[[], None]) -> None:
    """Draw a part of the page as part of the control that was moved; nothing while all of it is drawn."""
    if not state.whole():
        with ways.from_position_0(place):
            draw()


def _words_again(place: ways.Container, drawn: bool) -> None:
    """Draw the words after a control's pictures; else just their fragment, or Streamlit forgets it."""
    if drawn:
        _let_paint()
    with state.silent(not drawn):
        _again_in(place, _words)


def _let_paint() -> None:
    """Let the browser paint the pictures before the words, which take it as long."""
    ways.pause_unless_superseded(BREATH - lateness(), look=GLANCE)


@ways.one_fragment_for_all_callers(key=state.RUN)
def _run() -> None:
    """The pictures and the words above them: all that a number draws while it moves."""
    if not ways.first_in_run(state.RUN):
        return  # by another number that was moved meanwhile: the values of both are known before
    kind = state.open_lab()
    lab, refused = state.assemble(kind)
    # Why a file is not what is shown stands with the sentence: a phone hides the controls.
    st.session_state["refusal"] = state.refusal(kind, refused)
    pixels: int = st.session_state["pixels"]
    live, asks = lab.live, predict.asks(lab)
    alone = state.slide() and not asks
    # Words above the picture would be painted before it. They may come after it only where nothing ends
    # the run early.
    picture_first = live and not state.whole()
    # Their container is there even when empty, as a chart that changes position is built again. A single
    # sentence needs no container, which would be one more message: it comes first.
    above = None if alone or (live and not _more_than_a_sentence()) else st.container()
    # The progress of a lab that may take long has its own container, so that nothing else moves.
    waiting = contextlib.nullcontext() if live else st.container()

    def show(lab: Lab, result: Result) -> None:
        if alone:
            _slide(lab, result)
            return
        if above is None:
            _headline(lab, result)
        elif not picture_first:
            _words_above(above, lab, result)
        _pictures(lab, result, pixels)

    if above is not None and not picture_first:
        with above:  # before anything is locked: whoever made the link chose how long this is
            _about_link()
    if above is not None and asks:  # then there is nothing of the run to show
        st.session_state.pop("shown", None)
        _words_above(above, lab, None)
        with above:
            predict.ask(lab, partial(_draw, lab), pixels)
        return
    try:
        result = _shown(lab, show, waiting)
    except NotComputed as error:
        above = st.container() if above is None else above
        above.warning(f"{error} {NOT_COMPUTED}".strip())
        lab = state.last_ran(kind)
        try:
            result = _shown(lab, show, waiting)
        except NotComputed:  # not even the defaults
            st.session_state.pop("shown", None)
            return
    state.ran(lab)
    # Not its result: Streamlit keeps the state of a page that was left for a while.
    st.session_state["shown"] = lab
    if above is not None and picture_first:
        with above:
            _about_link()
        _words_above(above, lab, result)


# Outside `_run`, as it comes only when the hand on a number rests.
@ways.one_fragment_for_all_callers(key=state.WORDS)
def _words() -> None:
    """The words below the pictures, and the address."""
    if state.is_silent() or not ways.first_in_run(state.WORDS):
        return
    at_rest(_rested)
    kind = state.open_lab()
    if predict.asks(state.last_valid(kind)):
        state.write_url(state.last_valid(kind))
        return
    lab = st.session_state.get("shown")
    if type(lab) is not kind:
        return
    if state.whole() and state.width_known():
        _let_paint()  # where a newer change ends the run, without words that nobody would read
    if state.slide():
        slide.below(lab)
    elif (result := _again(lab)) is not None:
        _words_below(lab, result)
        predict.note(lab, result)
    state.write_url(lab)


def _rested() -> None:
    """Draw what follows a number only when the hand rests: the words, which are being drawn, and more?"""
    if len(behind := state.fragments_at_rest()) > 1:
        st.rerun(behind)


# Outside `_run`: Streamlit forgets an inner fragment that the outer one does not draw each time.
@st.fragment(key=state.DRAWERS)
def _drawers() -> None:
    """The drawers below the run; while they are closed, a change of a number does not draw them."""
    lab = st.session_state.get("shown")
    kind = state.open_lab()
    if type(lab) is not kind or predict.asks(state.last_valid(kind)):
        return
    pixels: int = st.session_state["pixels"]
    _why(lab, pixels)
    if lab.aside:
        _extras(lab, pixels)
    tuning.show(lab, _draw, pixels)
    _keep(lab)


def _shown(
    lab: Lab, show: Callable[[Lab, Result], None], waiting: AbstractContextManager[Any]
) -> Result:
    """The lab's result, after it and its pins are computed and shown; raises `NotComputed`.

    waiting: where progress is shown; in place of the pictures, it would remove them meanwhile.
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


def _start_moved() -> None:
    if point := play.moved_start():
        state.touch()
        state.put(state.last_valid(state.open_lab()).picked("pick_start", point))


def _more_than_a_sentence() -> bool:
    """Whether more than the sentence is shown above the pictures."""
    lines = st.session_state.get("lines") or st.session_state["refusal"]
    return bool(lines) or state.experiment() is not None or state.predicts()


def _about_link() -> None:
    """Warnings about the link, as one element."""
    if lines := st.session_state.get("lines"):
        st.warning("\n\n".join(map(quoted, lines)))


def _words_above(above: ways.Container, lab: Lab, result: Result | None) -> None:
    """The words above the pictures: the open claim, the sentence."""
    with above:
        if refusal := st.session_state["refusal"]:
            st.warning(refusal)
        claims.show(lab, result)
        if result:
            _headline(lab, result)


def _headline(lab: Lab, result: Result) -> None:
    """A missing file; the headline and theory beside measurement, in one element, for speed."""
    headline = result.headline
    if result.awaits and not st.session_state["refusal"]:  # which says what the file lacks
        st.markdown(result.awaits)
    words = [f"## {headline.markdown}", _small(headline.below), _small(result.read)]
    run = play.attributes(lab, result.pictures[0], st.session_state["pixels"])
    if len(headline.plain) > LONG:
        run |= {"long": ""}
    if not lab.live:  # else each number is sent again with the run
        run |= state.heard_attribute()
    ways.announced(*filter(None, words), help=explained(terms_in(headline.plain)), data=run)


def _pictures(lab: Lab, result: Result, pixels: int) -> None:
    for i, picture in enumerate(result.pictures):
        if i:
            st.markdown(_small(result.pictures[i - 1].about))
        _draw(lab, pins.pinned(lab, picture), pixels)


def _slide(lab: Lab, result: Result) -> None:
    """The first picture, as large as the window allows, and the headline."""
    picture = pins.pinned(lab, result.pictures[0])
    _take(slide.fit(picture, st.session_state["window"]))
    _draw(lab, picture, st.session_state["pixels"])
    _headline(lab, result)


def _words_below(lab: Lab, result: Result) -> None:
    """The words below the pictures."""
    last = [picture.about for picture in result.pictures[-1:]]
    # What was read of one's own file is in no drawer.
    own = result.notes if files(lab) else ()
    st.markdown("\n\n".join(map(_small, [*last, *own])))
    pins.table(lab, result)


def _why(lab: Lab, pixels: int) -> None:
    """The drawer of all facts, tables and notes, and of the terms they use."""
    drawer = st.expander("Why? Every fact and number", key=state.WHY, on_change="rerun")
    if not state.is_open(drawer):
        return
    with drawer:
        if (result := _again(lab)) is None:
            return
        facts = "\n".join(f"- {fact}" for fact in result.said)
        # One element for all words: each costs the browser some milliseconds at every change.
        words = [facts, *map(_table, result.facts), *map(_small, result.notes)]
        drawn = (words_of(picture, pixels) for picture in result.pictures)
        shown = [result.headline.below, result.sentence, *map(str, result.facts), *drawn]
        used = explained(terms_in(" ".join(shown)))
        st.markdown("\n\n".join([*words, "### Words and symbols", used]))


def _again(lab: Lab) -> Result | None:
    """The result of the pictures above, for what is below; None, with a line there, if it cannot be had."""
    try:
        return quick_result(lab) or compute(lab)
    except NotComputed:  # though it was, for the pictures above
        st.warning("This could not be computed again.")
        return None


def _extras(lab: Lab, pixels: int) -> None:
    """The drawer of the lab's extra pictures; nothing is measured before it is opened."""
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
    here: Room = st.session_state["room"]
    spec = picture.spec(pixels, theme, "svg" if here.scale != 1 else "")
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
        ways.with_arrow_tables(spec, arrow.streams(picture)),
        key=key,
        width="content",
        alt=picture.template.alt,
        **select,
    )


def _table(facts: Facts) -> str:
    rows = (facts.headings, ("---",) * len(facts.headings), *facts.rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _keep(lab: Lab) -> None:
    """The drawer of what can be taken along and loaded; nothing is made before it is opened."""
    drawer = st.expander("Share, save, copy", key=state.KEEP, on_change="rerun")
    if not state.is_open(drawer):
        return
    with drawer:
        if (result := _again(lab)) is None:
            return
        keep.drawer(lab, result)
