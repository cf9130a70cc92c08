"""The drawer "Share, save, copy": the lines that run the lab, downloads, and loading what was saved."""

from __future__ import annotations

import csv
import io

import streamlit as st

from convcore.charts.picture import Picture
from convcore.datasets import MAX_MB
from convcore.labkit.words import quoted
from convcore.labs import LABS, Facts, Lab, Result
from convcore.page import copying, lessons, pins, slide, state
from convcore.page.reading import read_beside
from convcore.session import saved
from convcore.session.report import report


def drawer(lab: Lab, result: Result) -> None:
    """What the drawer holds while it is open."""
    st.markdown("The address bar always holds this page's state.")
    with st.container(horizontal=True, vertical_alignment="center"):
        copying.button("Copy title and link", key="copy.shared")
        copying.button("Copy as a frame for your page", key="copy.frame", frame=slide.FRAME)
        slide.link(lab, "Picture alone", alone=True)
    lessons.editor(lab)
    st.code(as_python(lab), language="python", wrap_lines=True)
    # Looked up here, as nothing of the session is known where a file is made.
    held, pinned = tuple(state.pins()), _pinned(lab, result)
    with st.container(horizontal=True):
        st.download_button(
            "Run as CSV", lambda: as_csv(result), f"{lab.key}.csv", "text/csv", on_click="ignore"
        )
        st.download_button(
            "Report as HTML",
            lambda: report(lab, result, *pinned),
            f"{lab.key}.html",
            "text/html",
            on_click="ignore",
            help="One file: pictures, tables, settings. Its pictures need a connection",
        )
        st.download_button(
            "All as JSON",
            lambda: saved.write(lab, held),
            f"{lab.key}.json",
            "application/json",
            on_click="ignore",
            help="Settings, pins, and your own file: to be loaded again below",
        )
    st.caption("Each picture has its own buttons: enlarge, data, PNG.")
    if not saved.fits(lab):
        st.warning(
            f"Your file is too large for the JSON, which can have {MAX_MB} MB: it holds all but that "
            "file, and asks for it when it is loaded."
        )
    _load()


def _load() -> None:
    """The control that loads what was saved; empty again afterwards."""
    turn = st.session_state.setdefault("loads", 0)
    key = f"load.{turn}"

    def loaded() -> None:
        sent = st.session_state[key]
        if sent is None:
            return
        st.session_state["loads"] = (
            turn + 1
        )  # another uploader, so that the same file can come again
        try:
            held = saved.read(sent.getvalue(), LABS, read_beside)
        except ValueError as error:
            st.session_state["not_loaded"] = str(error)
            return
        st.session_state.pop("not_loaded", None)
        state.restore(held)
        st.rerun()

    st.file_uploader(
        "Load a JSON saved here",
        type=["json"],
        max_upload_size=MAX_MB,
        key=key,
        on_change=loaded,
    )
    if refused := st.session_state.get("not_loaded"):
        st.error(refused)


def as_python(lab: Lab) -> str:
    """The lab as a program of three lines."""
    return f"from convcore.labs import *\n\nresult = {lab!r}.run()\nprint(result.sentence)"


def as_csv(result: Result) -> str:
    """The run as CSV, one line per step."""
    text = io.StringIO()
    write = csv.writer(text)
    record = result.record
    write.writerow(record)
    write.writerows(zip(*record.values(), strict=True))
    return text.getvalue()


def _pinned(lab: Lab, result: Result) -> tuple[list[Picture], str, Facts | None]:
    """What the report needs: the pictures with the session's pins, the program, the table of pins."""
    pictures = [pins.pinned(lab, picture) for picture in result.pictures]
    rows = tuple(tuple(map(quoted, row)) for row in pins.rows(lab, result))
    return pictures, as_python(lab), Facts(pins.HEADINGS, rows) if rows else None
