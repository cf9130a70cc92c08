"""A control for each knob: a widget that shows a value of `state.values` and sets it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from convcore.datasets import MAX_MB, Undecided, read_csv
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
    knobs,
    leaves,
)
from convcore.labkit.own_table import OWN
from convcore.labkit.words import quoted
from convcore.labs import Lab
from convcore.page.compute import change_came, lateness, prepare
from convcore.page.number import last_move, number
from convcore.page.reading import read_beside
from convcore.page.state import (
    RUN,
    WORDS,
    assemble,
    attempted,
    fragments_at_rest,
    heard,
    holds,
    last_valid,
    open_lab,
    predicts,
    put,
    set_last_valid,
    show,
    touch,
    values,
    whole,
    width_known,
)
from convcore.page.terms import help_of
from convcore.setting import Setting

TABLES = ("csv", "tsv", "txt", "dat", "data", "npy", "mtx")
WORKBOOKS = ("xlsx", "xls", "ods")  # refused by a line that says what to do


@dataclass(frozen=True)
class Sheet:
    """What all controls of a page share.

    draw_run: draws the run, as part of the control that was moved. draw_words: likewise the words below it,
    or, with False, none. lines: a message to show below a control, by its path. live: see `Settings.live`.
    """

    draw_run: Callable[[], None]
    draw_words: Callable[[bool], None]
    lines: dict[str, str]
    live: bool


def controls(
    kind: type[Lab],
    lines: dict[str, str],
    draw_run: Callable[[], None],
    draw_words: Callable[[bool], None],
) -> None:
    """Draw the controls of a lab, each with its line of `lines` below it; what draws: see `Sheet`."""
    st.session_state["had_lines"] = bool(lines)
    # Text that could not be read is newer than values that do not go together.
    messages = {**lines, **st.session_state.get("unread", {})}
    lab = last_valid(kind)
    sheet = Sheet(draw_run, draw_words, messages, lab.live)
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
    if brought := st.session_state.get("brought", {}).get(path):
        st.caption(quoted(brought))
    lab, _, inner = path.partition(".")
    # A lab may name a field of a variant in it by the field's own name.
    if line := sheet.lines.get(path) or sheet.lines.get(f"{lab}.{inner.rpartition('.')[2]}"):
        st.markdown(f":red[{quoted(line)}]")


def _draw(knob: Knob, path: str, owner: Any, sheet: Sheet) -> None:
    match knob:
        case Range() if sheet.live:
            _live(knob, path, sheet)
        case Range():
            _number(knob, path)
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
def _live(knob: Range, path: str, sheet: Sheet) -> None:
    """A number that draws the run and itself when it moves, and the words if the hand does not go on.

    To rerun from its callback would send each kind of message to the browser twice, which costs a third
    of the picture; to send all controls again would cost more than the picture. Words in a run of their own
    would cost the server a third of all.
    """
    sheet.draw_run()
    move = None if whole() else last_move(knob, path)
    words = move is not None and not move.goes_on and fragments_at_rest() == [WORDS]
    _number(knob, path, words)
    sheet.draw_words(words)


def _number(knob: Range, path: str, told: bool = False) -> None:
    """told: see `number`."""
    kind = open_lab()

    def changed() -> None:
        change_came()
        move = last_move(knob, path)
        if move is None:
            return
        heard(path, move.count)
        alone, live = True, last_valid(kind).live
        if move.value != values()[path]:
            warned = touch()
            values()[path] = move.value
            alone = _follow(path) and not st.session_state["had_lines"] and not warned
            alone &= last_valid(kind).live == live
        if not alone:
            if live:
                st.rerun()
        # To send the controls again costs the browser as much as a picture.
        elif width_known() and not live:
            st.rerun([RUN])

    lab, eta = last_valid(kind), f"{kind.key}.eta"
    # Where it is drawn alone, it tells the control of η too.
    # To those who predict first, its colours would give the answer away.
    track = None if predicts() else lab.track()
    tracks = {eta: track} if path == eta or not whole() else {}
    grips = lab.grips(st.session_state["pixels"])
    grip = grips.get(path.split(".", 1)[1])
    late = lateness() if lab.live else None
    number(knob, path, values()[path], changed, tracks, grip, predicts(), told, late)


def _follow(path: str) -> bool:
    """Let the lab follow the control of a path; whether all other controls stay as they are."""
    kind = open_lab()
    before, field = last_valid(kind), path.split(".", 1)[1]
    lab, lines = assemble(kind)
    moved = lab if lines else lab.after(field, before)
    if moved != lab:
        put(moved)
        st.session_state["brought"] = {path: _differences(lab, moved)}
    if moved.live:
        # Before anything is sent, or the browser draws the page twice: without the run and with it.
        prepare(moved)
    return moved == lab and not lines


def _differences(lab: Lab, moved: Lab) -> str:
    """What a choice has set in addition to itself, in a sentence."""
    was = {path: value for path, _, value, _ in leaves(lab)}
    set_ = [
        f"{knob.label} to {knob.write(value) or 'its usual value'}"
        for path, knob, value, _ in leaves(moved)
        if was.get(path) != value
    ]
    return f"This set {', '.join(set_)}."


def _view(path: str, look: str, value: Any, take: Callable[[Any], Any]) -> dict[str, Any]:
    """Key and callback of a widget that shows values()[path] as `value`."""
    key = f"{path}#{look}"
    show(key, value)

    def changed() -> None:
        touch()
        values()[path] = take(st.session_state[key])
        _follow(path)

    return {"key": key, "on_change": changed, "persist_state": "session"}


def _choice(knob: Knob, path: str, options: tuple[str, ...], name: Callable[[str], str]) -> None:
    options = options or (values()[path],)
    if values()[path] not in options:
        values()[path] = options[0]
    st.selectbox(
        knob.label,
        options,
        format_func=name,
        help=help_of(knob),
        **_view(path, "choose", values()[path], str),
    )


def _several(knob: Several, path: str, owner: Any) -> None:
    options = knob.choices(owner) or values()[path]
    chosen = [option for option in values()[path] if option in options]
    st.multiselect(
        knob.label,
        options,
        format_func=knob.name_of,
        help=help_of(knob),
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
        st.text_area(knob.label, help=help_of(knob), height=28 * knob.lines + 20, **view)
    else:
        placeholder = knob.empty if isinstance(knob, Vector) else None
        st.text_input(knob.label, help=help_of(knob), placeholder=placeholder, **view)


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
            if knob.table:
                read_beside(file)
                with contextlib.suppress(Undecided):  # a control decides
                    read_csv(file.text, file.name)
        except ValueError as error:
            text = str(error)
            errors[path] = f"{text[0].upper()}{text[1:]}."
            file = in_use()
        values()[path] = file
        # Who brings a table wants to see it, whichever was chosen.
        table = f"{path.rpartition('.')[0]}.table"
        if file.text and values().get(table, OWN) != OWN:
            values()[table] = OWN
            st.session_state["brought"] = {path: f"This set the table to {OWN}."}

    def in_use() -> File:
        return holds(last_valid(open_lab()), path) or File()

    st.file_uploader(
        knob.label,
        type=[*TABLES, *WORKBOOKS],
        max_upload_size=MAX_MB,
        key=key,
        on_change=changed,
        help=help_of(knob),
    )
    file = in_use()
    sent = st.session_state.get(key)
    # The uploader still names its own file where another was loaded with the settings.
    other = not sent or sent.name != file.name or path in errors or file != values()[path]
    if file.text and other:
        st.caption(f"In use: {quoted(file.name)}")
