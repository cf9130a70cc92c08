"""What the page remembers of a session: the value of every control, and the last valid lab.

Values live here, not in widgets: a widget is a view of a value, so a value survives while its widget is
not on the page, and a click or a link can set it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus

import streamlit as st

from convcore.claims import Claim
from convcore.datasets import Upload
from convcore.knobs import FieldError, UploadKnob, Variant, knobs, leaves
from convcore.labkit.words import first_few, quoted
from convcore.labs import LABS, Lab
from convcore.page.reading import read_beside
from convcore.session import pinned
from convcore.session.pinned import Pin
from convcore.session.saved import Saved
from convcore.teaching import link as links
from convcore.teaching.lesson import Lesson
from convcore.teaching.link import NUMBERED, Link
from convcore.teaching.practice import Practice

KINDS = {kind.key: kind for kind in LABS}
ROOM = 3000  # characters of pins in a link, which stays under 4,000: longer ones may be cut off
RUN = "run"  # the fragment of the pictures and their headline, which follow a number while it moves
WORDS = "words"  # the fragment of the words below them
DRAWERS = "drawers"  # the fragment of the drawers below the words
# The keys of the drawers, by which the session knows what is open.
WHY, EXTRAS, TUNING, KEEP = OPENED = "why", "aside", "race", "keep"


def values() -> dict[str, Any]:
    """Every control's value by name, such as ``one.schedule.beta``."""
    held: dict[str, Any] = st.session_state.setdefault("values", {})
    return held


def last_valid(kind: type[Lab]) -> Lab:
    """The last valid lab of this kind."""
    held: dict[str, Lab] = st.session_state.setdefault("last_valid", {})
    return held.get(kind.key) or kind()


def set_last_valid(lab: Lab) -> None:
    """Let this be the last valid lab of its kind."""
    st.session_state.setdefault("last_valid", {})[lab.key] = lab


def ran(lab: Lab) -> None:
    """Remember that this lab could be run."""
    st.session_state.setdefault("ran", {})[lab.key] = lab


def last_ran(kind: type[Lab]) -> Lab:
    """The last lab of this kind that could be run, or else its defaults; it is the last valid one again."""
    lab: Lab = st.session_state.get("ran", {}).get(kind.key) or kind()
    set_last_valid(lab)
    return lab


def show(key: str, value: Any) -> None:
    """Let the widget with this key show a value."""
    # Only a value that changed elsewhere is set, so that fast key presses are not undone. But until the
    # browser has reported its width, the next run may replace widgets that are not built yet, together
    # with the values set here.
    if not width_known() or st.session_state.get(key, _Nothing) != value:
        st.session_state[key] = value


def is_open(drawer: Any) -> bool:
    """Whether an expander is open; a function because a test, which cannot click on it, replaces it."""
    return bool(drawer.open)


def touch() -> bool:
    """Note that a control was used, which is newer than the link: its warnings are dropped.

    Returns whether there were any.
    """
    st.session_state["touched"] = True
    st.session_state.pop("brought", None)
    return bool(st.session_state.pop("lines", None))


def width_known() -> bool:
    """Whether the browser has reported its width: the page is built."""
    return "width_known" in st.session_state


class _Nothing:
    """No value yet."""


@contextlib.contextmanager
def _while(name: str, on: bool) -> Iterator[None]:
    """Let a mark be set meanwhile, and not afterwards."""
    st.session_state[name] = on
    try:
        yield
    finally:
        st.session_state[name] = False


def drawn_whole() -> AbstractContextManager[None]:
    """While the whole page is drawn."""
    return _while("whole", True)


def whole() -> bool:
    """Whether the whole page is being drawn, and not a part of it alone."""
    return bool(st.session_state["whole"])


def silent(on: bool) -> AbstractContextManager[None]:
    """While the words are not drawn, but their fragment is."""
    return _while("silent", on)


def is_silent() -> bool:
    """Whether the words are not drawn."""
    return bool(st.session_state.get("silent"))


def heard(path: str, count: int) -> None:
    """Note the last message of the number of a path."""
    st.session_state.setdefault("heard", {})[path] = count


def heard_attribute() -> dict[str, str]:
    """The last message of each number, as an attribute of what the page draws for it."""
    held: dict[str, int] = st.session_state.get("heard", {})
    told = " ".join(f"{path}={count}" for path, count in held.items())
    return {"seen": told} if told else {}


def fragments_at_rest() -> list[str]:
    """The fragments to draw when the hand on a number rests."""
    # In "Predict first", the drawers come and go.
    alive = predicts() or any(st.session_state.get(key) for key in OPENED)
    # If another change has ended the run of the pictures, they are still to come.
    behind = st.session_state.get("shown") != last_valid(open_lab())
    return [*[RUN] * behind, WORDS, *[DRAWERS] * bool(alive)]


def open_lab() -> type[Lab]:
    """The lab on the page."""
    return KINDS[st.session_state.get("open", LABS[0].key)]


def put(lab: Lab) -> None:
    """Set every control to this lab's values and open it."""
    held = (
        values()
    )  # looked up once: a look into the session costs as much as an iteration of this loop
    for path, knob, value, _ in leaves(lab):
        held[f"{lab.key}.{path}"] = knob.write(value) if isinstance(knob, Variant) else value
    set_last_valid(lab)
    st.session_state["open"] = lab.key


def restore(saved: Saved) -> None:
    """Set every control and pin to what a file held, and say what it could not."""
    touch()
    forget_drafts()
    try_claim(None)
    st.session_state["pins"] = list(saved.pins)
    put(saved.lab)
    st.session_state["lines"] = first_few(saved.lines, str)


def experiment() -> Claim | None:
    """The open claim, if there is one and its lab is open."""
    claim = NUMBERED.get(st.session_state.get("claim", 0))
    return claim if claim and type(claim.lab) is open_lab() else None


def try_claim(claim: Claim | None) -> None:
    """Load an experiment into its lab, or leave the experiment and keep the lab as it is."""
    st.session_state["claim"] = claim.number if claim else 0
    if held := lesson():
        set_lesson(replace(held, at=0))  # it is at none of its stops
    set_exercise(None)
    if claim:
        forget_drafts()
        put(claim.lab)


def predicts() -> bool:
    """Whether the visitor is asked before a run is shown."""
    return bool(st.session_state.get("predicts"))


def set_predicts(on: bool) -> None:
    """Ask before a run is shown, or do not."""
    st.session_state["predicts"] = on


def lesson() -> Lesson | None:
    """The open lesson, if there is one."""
    held: Lesson | None = st.session_state.get("lesson")
    return held


def set_lesson(lesson: Lesson | None) -> None:
    """Let this lesson be open; None closes it."""
    st.session_state["lesson"] = lesson


def open_link(lab: Lab, claim: Claim | None, lines: list[str]) -> None:
    """Open what a link of ours opens; lines: what it could not."""
    forget_drafts()
    st.session_state["claim"] = claim.number if claim else 0
    st.session_state["lines"] = first_few(lines, str)
    put(lab)


def forget_drafts() -> None:
    """Forget what controls hold in addition to their values, such as unread texts."""
    for held in ("unread", "before_removal"):
        st.session_state.pop(held, None)


def pins() -> list[Pin]:
    """The session's pinned runs."""
    held: list[Pin] = st.session_state.setdefault("pins", [])
    return held


def link_holds_pins() -> bool:
    """Whether the pins fit into the link."""
    return len(quote_plus(pinned.write(pins()))) <= ROOM


def follow_url() -> None:
    """Take the URL's state, on the first run and when the browser went back or opened another link."""
    params = st.query_params.to_dict()  # at once, as a link may have thousands
    written: dict[str, str] | None = st.session_state.get("url")
    if params == written:
        return
    # A control changed while the last URL was on its way: the control is newer. Not if the browser has had
    # that URL from the start: it went on, and what its controls held before only looks like a change.
    touched = st.session_state.pop("touched", False) and not st.session_state.get("followed")
    if written is not None and (touched or not params):
        return
    link, lines = links.read(params)
    st.session_state["pins"] = list(link.pins)
    put(link.lab)
    st.session_state["claim"] = link.claim.number if link.claim else 0
    set_predicts(link.predict)
    set_lesson(link.lesson)
    st.session_state["slide"] = link.slide
    set_exercise(link.exercise)
    st.session_state["lines"] = first_few(lines, str)
    st.session_state["url"] = params
    st.session_state["followed"] = True


def slide() -> bool:
    """Whether the picture stands alone, as on a slide or in a frame of another page."""
    return bool(st.session_state.get("slide"))


def exercise() -> Practice | None:
    """The open exercise, if there is one; its hint may have opened a lab."""
    held: Practice | None = st.session_state.get("exercise")
    return held


def at_exercise() -> Practice | None:
    """The exercise that is shown in place of a lab."""
    held = exercise()
    return None if held is None or held.in_lab else held


def set_exercise(practice: Practice | None) -> None:
    """Let this exercise be open; None leaves it for the lab."""
    st.session_state["exercise"] = practice


def here(lab: Lab) -> Link:
    """The link that opens the page as it is, with this lab."""
    held = tuple(pins() if link_holds_pins() else ())
    return Link(lab, experiment(), held, predicts(), lesson(), slide(), exercise())


def write_url(lab: Lab) -> None:
    """Let the URL hold the whole state."""
    params = links.write(here(lab))
    if params != st.session_state.get("url"):
        st.query_params.from_dict(params)
        st.session_state["url"] = params
        st.session_state["followed"] = False
    st.session_state["touched"] = False


def assemble(kind: type[Lab]) -> tuple[Lab, dict[str, str]]:
    """The lab that the controls describe, and a line for each control with an error.

    If the values do not make a lab, the last valid one is returned.
    """
    lines: dict[str, str] = {}
    try:
        lab = _build(kind, kind.key + ".", values(), lines)
        if lines:
            return last_valid(kind), lines
        set_last_valid(lab)
    except FieldError as error:
        return last_valid(kind), {f"{kind.key}.{error.field}": str(error)}
    return lab, lines


def refusal(kind: type[Lab], lines: Mapping[str, str]) -> str:
    """Why what a file of the user's asks for is not what is shown, and what is (Markdown); "" if it is.

    lines: of `assemble`. It stands beside the control too, but a phone hides that.
    """
    unread: dict[str, str] = st.session_state.get("unread", {})
    prefix = f"{kind.key}."
    files = {
        path: value
        for path, value in values().items()
        if path.startswith(prefix) and isinstance(value, Upload)
    }
    said = [line for path, line in unread.items() if path in files]
    if not said and any(file.text for file in files.values()):
        said = [*lines.values()]
    if not said:
        return ""
    shown = last_valid(kind)
    held = [x.name for _, _, x, _ in leaves(shown) if isinstance(x, Upload) and x.text]
    still = quoted(held[0]) if held else "what was shown before"
    return f"{quoted(said[0])} **Below is still {still}.**"


def attempted(kind: type, path: str, otherwise: Any) -> Any:
    """The variant that its controls describe, even if the lab refuses it; `otherwise` if there is none."""
    with contextlib.suppress(FieldError):
        return _build(kind, path + ".", values(), {})
    return otherwise


def holds(lab: Lab, path: str) -> Any:
    """The value of the lab's field at a path such as ``many.problem.file``; None if it has none."""
    return next((value for name, _, value, _ in leaves(lab) if f"{lab.key}.{name}" == path), None)


def _build(kind: type, prefix: str, held: Mapping[str, Any], lines: dict[str, str]) -> Any:
    """held: `values()`."""
    fields: dict[str, Any] = {}
    for name, knob in knobs(kind).items():
        path = prefix + name
        if path not in held:
            continue
        value = held[path]
        if isinstance(knob, Variant):
            chosen = dict(knob.kinds)[value]
            with _naming(path, lines):
                value = _build(chosen, path + ".", held, lines)
        fields[name] = value
    for name, knob in knobs(kind).items():
        if isinstance(knob, UploadKnob) and knob.table and name in fields:
            read_beside(fields[name], fields.get("first_line", ""), fields.get("more_gaps", ""))
    return kind(**fields)


@contextlib.contextmanager
def _naming(path: str, lines: dict[str, str]) -> Any:
    """Name the field of a variant by its path, so that the error is shown at its control."""
    try:
        yield
    except FieldError as error:
        raise FieldError(f"{path.split('.', 1)[1]}.{error.field}", str(error)) from None
