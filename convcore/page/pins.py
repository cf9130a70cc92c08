"""Pinned runs: they stay in the pictures and in a table while the controls change."""

from __future__ import annotations

import contextlib
import csv
import io
import unicodedata
from functools import partial
from itertools import accumulate, pairwise

import streamlit as st

from convcore.charts.picture import Picture
from convcore.charts.pins import Pinned, with_pins
from convcore.charts.style import PINS
from convcore.labkit.words import quoted
from convcore.labs import Lab, Result
from convcore.page import state
from convcore.page.compute import NotComputed, compute, quick_result
from convcore.page.state import pins
from convcore.session.pinned import MAX_NAME, MAX_PINS, Pin, name_for, settings

HEADINGS = ("name", "lab", "settings", "predicted", "measured")


def button() -> None:
    """The button that pins the current run."""
    full = len(pins()) >= MAX_PINS
    st.button(
        "Pin this run",
        on_click=_pin,
        disabled=full,
        help=f"At most {MAX_PINS} pins: remove one first."
        if full
        else "Keep this run in the pictures as a thin line, and in a table below them",
    )


def _pin() -> None:
    state.touch()
    lab = state.last_valid(state.open_lab())
    pins().append(Pin(name_for(lab, pins()), lab))


def pinned(lab: Lab, picture: Picture) -> Picture:
    """The picture with the session's pins of this lab in it."""
    if not picture.trace:
        return picture
    others = {}
    for look, pin in enumerate(pins()):
        if type(pin.lab) is type(lab) and (result := _result(pin)):
            for other in result.pictures:
                if other.name == picture.name:
                    others[pin.name] = Pinned(other, pin.lab.plane_key == lab.plane_key, look)
    return with_pins(picture, others)


def _result(pin: Pin) -> Result | None:
    """A pin's run, if cached or light. The session keeps it, as the shared cache may drop it."""
    kept: dict[Lab, Result] = st.session_state.setdefault("pinned", {})
    if pin.lab not in kept:
        result = None
        with contextlib.suppress(NotComputed):
            result = quick_result(pin.lab)
        if result is None:
            return None
        kept[pin.lab] = result
        for lab in kept.keys() - {pin.lab for pin in pins()}:
            del kept[lab]
    return kept[pin.lab]


def missing(lab: Lab) -> list[Lab]:
    """The pins of this lab whose runs are still to be computed, such as heavy ones from a link."""
    return [pin.lab for pin in pins() if type(pin.lab) is type(lab) and _result(pin) is None]


def fetch(lab: Lab) -> None:
    """Run the pins of this lab that are `missing`; one that fails is left out of the picture."""
    for other in missing(lab):
        with contextlib.suppress(NotComputed):
            compute(other)


def table(lab: Lab, result: Result) -> None:
    """The pins and the current run: settings, prediction and measurement; nothing without pins."""
    if not pins():
        return
    with st.expander(f"Pinned runs ({len(pins())})", key="pinned", expanded=True):
        found = rows(lab, result)
        for i, (pin, row) in enumerate(zip(pins(), found, strict=False)):
            _line(i, pin, row)
        st.markdown(f"**now** · {_said(found[-1][1:])}")
        st.download_button(
            "Table as CSV",
            partial(as_csv, found),
            "pins.csv",
            "text/csv",
            on_click="ignore",
        )
        if not state.link_holds_pins():
            st.warning(
                f"The link does not hold the pins: it would be over {state.ROOM:,} characters."
            )


def rows(lab: Lab, result: Result) -> list[tuple[str, ...]]:
    """A row for each pin, as in HEADINGS, and one for the current run; none without pins."""
    held = [_row(pin.name, pin.lab, _result(pin)) for pin in pins()]
    return [*held, _row("now", lab, result)] if held else []


def _row(name: str, lab: Lab, result: Result | None) -> tuple[str, ...]:
    predicted, measured = (result.predicted, result.measured) if result else ("–", "not run yet")
    return name, lab.title, settings(lab), predicted, measured


def _said(row: tuple[str, ...]) -> str:
    title, held, predicted, measured = map(quoted, row)
    return f"{title} · {held}  \n:small[:gray[predicted:] {predicted}; :gray[measured:] {measured}]"


def _line(i: int, pin: Pin, row: tuple[str, ...]) -> None:
    key = f"pin.{i}.name"
    state.show(key, pin.name)
    sample, name, said, restore, remove = st.columns(
        [0.35, 1.5, 6, 1, 1], vertical_alignment="center"
    )
    sample.html(_sample(i))
    name.text_input(
        "Name of the pin",
        key=key,
        max_chars=MAX_NAME,
        label_visibility="collapsed",
        on_change=partial(_rename, i, key),
    )
    said.markdown(_said(row[1:]))
    restore.button("Restore", key=f"pin.{i}.restore", on_click=partial(_restore, pin))
    remove.button("Remove", key=f"pin.{i}.remove", on_click=partial(_remove, pin))


def _sample(i: int) -> str:
    """The line of a pin as the pictures have it: its colour and dash, repeated from the left."""
    colour, dash = PINS[i]
    ends = list(accumulate([0, *dash]))
    stops = ", ".join(
        f"{'transparent' if j % 2 else colour} {a}px {b}px"
        for j, (a, b) in enumerate(pairwise(ends))
    )
    return (
        "<div aria-hidden='true' style='min-width:1.8rem;height:3px;"
        f"background:repeating-linear-gradient(90deg,{stops})'></div>"
    )


def _rename(i: int, key: str) -> None:
    state.touch()
    name = " ".join(st.session_state[key].split())
    others = {pin.name for k, pin in enumerate(pins()) if k != i}
    if name and name not in others:
        pins()[i] = Pin(name, pins()[i].lab)


def _restore(pin: Pin) -> None:
    state.touch()
    state.forget_drafts()
    state.try_claim(None)
    state.put(pin.lab)
    st.rerun()


def _remove(pin: Pin) -> None:
    state.touch()
    pins().remove(pin)
    st.rerun()


def as_csv(rows: list[tuple[str, ...]]) -> str:
    """The table of pins as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows([HEADINGS, *(map(_no_formula, row) for row in rows)])
    return text.getvalue()


def _no_formula(cell: str) -> str:
    """The cell, marked as text if a spreadsheet would read it as a formula: anybody can make a link."""
    # Some programs skip blanks, and take full-width and small signs for the usual ones.
    first = unicodedata.normalize("NFKC", cell.lstrip())[:1]
    return f"'{cell}" if first and first in "=+-@" else cell
