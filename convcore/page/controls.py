"""A control for each knob: a widget that shows a value of `state.values` and sets it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import streamlit as st

from convcore.datasets import MAX_MB, read_csv
from convcore.datasets import Upload as File
from convcore.knobs import (
    Knob,
    OneOf,
    Range,
    Several,
    Text,
    UploadKnob,
    Variant,
    Vector,
    Whole,
    knobs,
)
from convcore.labkit.words import quoted
from convcore.labs import Lab
from convcore.page.compute import prepare
from convcore.page.state import (
    RUN,
    assemble,
    attempted,
    fragments_to_draw,
    holds,
    last_valid,
    open_lab,
    put,
    set_last_valid,
    show,
    touch,
    values,
    width_known,
)
from convcore.setting import Setting

PER_DECADE = 10  # positions of a logarithmic slider per power of ten


@dataclass(frozen=True)
class Sheet:
    """What all controls of a page share.

    draw_run: draws the run, as part of the control that was moved. lines: a message to show below a
    control, by its path. typed: whether numbers have boxes to type in instead of sliders. live: see
    `is_live`.
    """

    draw_run: Callable[[], None]
    lines: dict[str, str]
    typed: bool
    live: bool


def controls(kind: type[Lab], lines: dict[str, str], draw_run: Callable[[], None]) -> None:
    """Draw the controls of a lab, each with its line of `lines` below it; draw_run: see `Sheet`."""
    st.session_state["had_lines"] = bool(lines)
    # Text that could not be read is newer than values that do not go together.
    messages = {**lines, **st.session_state.get("unread", {})}
    sheet = Sheet(draw_run, messages, bool(st.session_state.get("typed")), is_live(kind))
    lab = last_valid(kind)
    _fields(kind, kind.key + ".", lab, sheet, at_once=True)
    # Open where a message is shown, which nobody would see otherwise.
    with st.expander("More", key="more", expanded=any(_waits(kind, path) for path in messages)):
        _fields(kind, kind.key + ".", lab, sheet, at_once=False)


def _waits(kind: type[Lab], path: str) -> bool:
    """Whether the control of a path such as ``many.problem.b1`` is below "More"."""
    owner: type[Setting] = kind
    for name in path.split(".")[1:]:
        if owner.first and name not in owner.first:
            return True
        knob = knobs(owner).get(name)
        if not isinstance(knob, Variant):
            return False
        owner = dict(knob.kinds)[values()[f"{kind.key}.{name}"]]
    return False


def is_live(kind: type[Lab]) -> bool:
    """Whether a number of the lab that moves draws the run itself.

    Streamlit lets such a run end before it starts the next one. A long run must stop when a newer change
    comes, so a lab that may be heavy draws by a rerun of the page.
    """
    return kind.heavy is False


def _fields(kind: type[Setting], prefix: str, owner: Any, sheet: Sheet, at_once: bool) -> None:
    """The controls that are shown at once, or all others of these fields."""
    found = knobs(kind)
    first = kind.first or tuple(found)
    for name in first if at_once else found:
        knob, path = found[name], prefix + name
        if at_once or name not in first:
            _field(knob, path, owner, sheet)
        if isinstance(knob, Variant):
            chosen = dict(knob.kinds)[values()[path]]
            inner = getattr(owner, name, None)
            for field in knobs(chosen):
                if f"{path}.{field}" not in values():
                    values()[f"{path}.{field}"] = getattr(chosen(), field)
            held = inner if type(inner) is chosen else chosen()
            # The choices come from the file that is there, even if the lab refuses the present column.
            tried = attempted(chosen, path, held)
            if name in first:
                _fields(chosen, path + ".", tried, sheet, at_once)
            else:
                for part in (True, False):
                    _fields(chosen, path + ".", tried, sheet, part)


def _field(knob: Knob, path: str, owner: Any, sheet: Sheet) -> None:
    """A control, with its message below it."""
    _draw(knob, path, owner, sheet)
    lab, _, inner = path.partition(".")
    # A lab may name a field of a variant in it by the field's own name.
    if line := sheet.lines.get(path) or sheet.lines.get(f"{lab}.{inner.rpartition('.')[2]}"):
        st.markdown(f":red[{quoted(line)}]")


def _draw(knob: Knob, path: str, owner: Any, sheet: Sheet) -> None:
    match knob:
        case Range() if sheet.live:
            _live(knob, path, sheet.typed, sheet.draw_run)
        case Range():
            _range(knob, path, sheet.typed)
        case Variant():
            labels = knob.labels
            _choice(knob, path, tuple(labels), labels.__getitem__)
        case Several():
            _several(knob, path, owner)
        case OneOf():
            _choice(knob, path, knob.choices(owner), lambda key: knob.name_of(key))
        case UploadKnob():
            _file(knob, path)
        case Vector() | Text():
            _text(knob, path)


@st.fragment
def _live(knob: Range, path: str, typed: bool, draw_run: Callable[[], None]) -> None:
    """A number that draws the run and itself when it moves; for open drawers see `_view`.

    To rerun from its callback would send each kind of message to the browser twice, which costs a third
    of the picture; to send all controls again would cost more than the picture.
    """
    draw_run()
    _range(knob, path, typed)


def _range(knob: Range, path: str, typed: bool) -> None:
    if typed:
        _number(knob, path)
    elif knob.log:
        _log_slider(knob, path)
    else:
        _slider(knob, path)


def _view(
    path: str, look: str, value: Any, take: Callable[[Any], Any], alone: bool = False
) -> dict[str, Any]:
    """Key and callback of a widget that shows values()[path] as `value`.

    alone: whether a change of this control leaves the look of all others as it is.
    """
    key = f"{path}#{look}"
    show(key, value)

    def changed() -> None:
        warned = touch()
        taken = values()[path] = take(st.session_state[key])
        kind = open_lab()
        lab, lines = assemble(kind)
        moved = lab if lines else lab.after(path.split(".", 1)[1])
        if moved != lab:
            put(moved)
        if is_live(kind):
            # Before anything is sent, or the browser draws the page twice: without the run and with it.
            prepare(moved)
        # A box that was emptied shows no number, and must be drawn again itself.
        as_shown = taken == st.session_state[key]
        unmoved = moved == lab and not lines and not st.session_state["had_lines"] and not warned
        others_stay = alone and as_shown and unmoved
        fragments = fragments_to_draw()
        if others_stay and width_known() and (fragments != [RUN] or not is_live(kind)):
            # Sending the controls again costs the browser as much as a picture.
            st.rerun(fragments)
        elif alone and is_live(kind) and not others_stay:
            st.rerun()

    return {"key": key, "on_change": changed, "persist_state": "session"}


def _slider(knob: Range, path: str) -> None:
    kind = int if isinstance(knob, Whole) else float
    value = kind(values()[path])
    low, high = _stretched(path, knob, value)
    st.slider(
        knob.label,
        kind(low),
        kind(high),
        step=kind(knob.step),
        help=knob.help or None,
        **_view(path, "slide", value, kind, alone=True),
    )


def _stretched(path: str, knob: Range, value: float) -> tuple[float, float]:
    """The slider's ends: the knob's, widened from the first value beyond them on."""
    ends: dict[str, tuple[float, float]] = st.session_state.setdefault("ends", {})
    low, high = ends.get(path, (knob.low, knob.high))
    ends[path] = stretched = min(low, value), max(high, value)
    return stretched


def _log_slider(knob: Range, path: str) -> None:
    value = values()[path]
    extra = st.session_state.setdefault("extra", {}).setdefault(path, [])
    grid = log_grid(knob.low, knob.high)
    # A value off the grid stays on the slider: without it, the next step would build a new slider.
    if value not in grid and value not in extra:
        extra.append(value)
        del extra[:-8]
    st.select_slider(
        knob.label,
        sorted({*grid, *extra}),
        format_func=_short,
        help=knob.help or None,
        **_view(path, "slide", value, float, alone=True),
    )


@cache
def log_grid(low: float, high: float) -> tuple[float, ...]:
    """Three-digit numbers, evenly spread over the powers of ten from low to high."""
    count = round(np.log10(high / low) * PER_DECADE) + 1
    return tuple(float(f"{x:.3g}") for x in np.geomspace(low, high, count))


def _short(x: float) -> str:
    return f"{x:.5g}"


def _number(knob: Range, path: str) -> None:
    kind = int if isinstance(knob, Whole) else float
    least, most = knob.bounds

    def take(typed: float | None) -> float:
        # An emptied box keeps its last number instead of taking the least one.
        return values()[path] if typed is None else kind(typed)

    st.number_input(
        knob.label,
        kind(least),
        kind(most),
        value=None,
        step=kind(knob.step),
        format="%d" if kind is int else "%.6g",
        help=knob.help or None,
        **_view(path, "type", kind(values()[path]), take, alone=True),
    )


def _choice(knob: Knob, path: str, options: tuple[str, ...], name: Callable[[str], str]) -> None:
    options = options or (values()[path],)
    if values()[path] not in options:
        values()[path] = options[0]
    st.selectbox(
        knob.label,
        options,
        format_func=name,
        help=knob.help or None,
        **_view(path, "choose", values()[path], str),
    )


def _several(knob: Several, path: str, owner: Any) -> None:
    options = knob.choices(owner) or values()[path]
    chosen = [option for option in values()[path] if option in options]
    st.multiselect(
        knob.label,
        options,
        format_func=knob.name_of,
        help=knob.help or None,
        **_view(path, "several", chosen, lambda picked: tuple(o for o in options if o in picked)),
    )


def _text(knob: Vector | Text, path: str) -> None:
    errors = st.session_state.setdefault("unread", {})
    drafts = st.session_state.setdefault("drafts", {})
    value = values()[path]
    shown = drafts.get(path, knob.write(value)) if path in errors else knob.write(value)

    def take(text: str) -> Any:
        errors.pop(path, None)
        try:
            return knob.read(text)
        except ValueError as error:
            errors[path], drafts[path] = f"{error}.", text
            return values()[path]

    view = _view(path, "text", shown, take)
    if isinstance(knob, Text) and knob.lines > 1:
        st.text_area(knob.label, help=knob.help or None, height=28 * knob.lines + 20, **view)
    else:
        placeholder = knob.empty if isinstance(knob, Vector) else None
        st.text_input(knob.label, help=knob.help or None, placeholder=placeholder, **view)


def _file(knob: UploadKnob, path: str) -> None:
    key = f"{path}#file"
    errors = st.session_state.setdefault("unread", {})
    before_removal = st.session_state.setdefault("before_removal", {})

    def changed() -> None:
        touch()
        bad = errors.pop(path, None)
        sent = st.session_state[key]
        if sent is None:
            # The uploader is empty before its next file comes: if that is bad, this one stays in use.
            if not bad:
                before_removal[path] = last_valid(open_lab())
                values()[path] = File()
            return
        if before := before_removal.pop(path, None):
            set_last_valid(before)
        try:
            file = File.decode(sent.name, sent.getvalue())
            read_csv(file.text, file.name)
        except ValueError as error:
            errors[path] = f"{error}."
            file = in_use()
        values()[path] = file

    def in_use() -> File:
        return holds(last_valid(open_lab()), path) or File()

    st.file_uploader(
        knob.label,
        type=["csv", "tsv", "txt"],
        max_upload_size=MAX_MB,
        key=key,
        on_change=changed,
        help=knob.help or None,
    )
    file = in_use()
    if file.text and (not st.session_state.get(key) or path in errors or file != values()[path]):
        st.caption(f"In use: {quoted(file.name)}")
