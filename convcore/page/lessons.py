"""Lessons on the page: the bar that walks one, and the drawer's part that makes one."""

from __future__ import annotations

from functools import partial

import streamlit as st

from convcore.labkit.words import quoted, several
from convcore.labs import Lab
from convcore.page import claims, predict, state
from convcore.session.pinned import in_words
from convcore.teaching import lesson as lessons
from convcore.teaching import link as links
from convcore.teaching import sheet
from convcore.teaching.lesson import MAX_TITLE, MOST, Lesson

STYLE = """<style>
.st-key-lesson {border-left: 3px solid #8888; padding-left: 0.8rem; row-gap: 0.3rem !important;}
.st-key-lesson button {min-height: 1.7rem; padding: 0 0.6rem;}
@media (pointer: coarse) {.st-key-lesson button {min-height: 2.75rem;}}
</style>"""


def bar() -> None:
    """While a lesson is open: its title, where one is in it, and the way on."""
    lesson = state.lesson()
    if lesson is None:
        return
    many = len(lesson.stops)
    where = f"{lesson.at} of {many}" if lesson.at else several(many, "stop")
    with st.container(horizontal=True, vertical_alignment="center", key="lesson"):
        st.html(STYLE)
        st.markdown(f"**{quoted(lesson.title) or 'Lesson'}** {where}")
        for label, step in (("Previous", -1), ("Next", 1)):
            other = lesson.gone(step)
            st.button(
                label, key=f"lesson.{label}", on_click=partial(_go, other), disabled=other is None
            )
        if lesson.at == many:
            hand_in("lesson.sheet")
        st.button("Leave", key="lesson.Leave", on_click=_leave, help="Leave the lesson")
        predict.toggle()


def hand_in(key: str) -> None:
    """The button that takes home what was done."""
    # Looked up here, as nothing of the session is known where the file is made.
    log, address, lesson = predict.log(), st.context.url or "", state.lesson()
    title = lesson.title if lesson else ""
    st.download_button(
        "Hand-in sheet",
        lambda: sheet.write(log, address, title),
        "convergence.html",
        "text/html",
        key=key,
        on_click="ignore",
        help="What you predicted and what came out, with settings and links: to print and hand in",
    )


def editor(lab: Lab) -> None:
    """Make a lesson: add what is on the page, name it, put its stops in order."""
    lesson = state.lesson()
    added = (lesson or Lesson(())).with_stop(lessons.stop(links.short(state.here(lab))))
    with st.container(horizontal=True):
        st.button(
            "Add this to the lesson" if lesson else "Add this to a lesson",
            key="lesson.add",
            on_click=partial(_set, added),
            disabled=added is None,
            help=f"A list of at most {MOST} claims and settings to walk through, held in the link alone",
        )
        hand_in("keep.sheet")
    if lesson is None:
        return
    state.show("lesson.title", lesson.title)
    st.text_input("Title of the lesson", key="lesson.title", max_chars=MAX_TITLE, on_change=_rename)
    for i, text in enumerate(lesson.stops, 1):
        _stop(lesson, i, text)
    st.caption("The link of the lesson, from its first stop:")
    st.code(
        links.address(st.context.url or "", links.opening(state.here(lab))), None, wrap_lines=True
    )


def _stop(lesson: Lesson, i: int, text: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{i}. {quoted(_named(text))}")
        if i > 1:
            st.button("Up", key=f"lesson.{i}.up", on_click=partial(_set, lesson.raised(i)))
        st.button("Remove", key=f"lesson.{i}.remove", on_click=partial(_set, lesson.without(i)))


def _named(text: str) -> str:
    """A stop in words: its claim or lab, and what is set."""
    link, _ = links.read(lessons.params(text))
    changed, words = links.short(link), in_words(link.lab)
    told = ", ".join(
        f"{words[path][0]} {words[path][1] or 'none'}" for path in words if path in changed
    )
    name = claims.named(link.claim) if link.claim else link.lab.title
    return f"{name} ({told})" if told else name


def _go(lesson: Lesson | None) -> None:
    state.touch()
    if lesson:
        state.set_lesson(lesson)
        link, lines = links.read(lesson.here)
        state.open_link(link.lab, link.claim, lines)
    st.rerun()


def _leave() -> None:
    _set(None)


def _set(lesson: Lesson | None) -> None:
    state.touch()
    state.set_lesson(lesson)
    st.rerun()  # the whole page, as its bar is above the run


def _rename() -> None:
    state.touch()
    if lesson := state.lesson():
        state.set_lesson(lesson.titled(st.session_state["lesson.title"]))
    st.rerun()
