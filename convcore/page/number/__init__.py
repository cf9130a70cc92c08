"""One control for all numbers: a range input with a box beside it, which sends while it is moved.

Its code is in `number.js` and `number.css`. A component's code is part of each message that shows it, so
`shared` sends it once for all, as a custom element `<cv-number>`, and each `number` sends a line that
hands its data over. Words of users are in data only, and become text.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from convcore.charts.style import BAD, CAREFUL, GOOD
from convcore.knobs import Range, Whole
from convcore.labkit.lab import Box, Track
from convcore.page import streamlit_ways as ways
from convcore.page.terms import plain_help_of

HERE = Path(__file__).parent
COLOURS = f":root {{--good: {GOOD}; --careful: {CAREFUL}; --bad: {BAD};}}\n"
CSS = COLOURS + (HERE / "number.css").read_text(encoding="utf-8")
JS = (HERE / "number.js").read_text(encoding="utf-8")

_NAMES = f"const RUNNING = '{ways.SCRIPT_RUNNING}', CONNECTED = '{ways.CONNECTED}';"
_shared = st.components.v2.component(
    "numbers",
    js=f"{ways.TELL_CHARTS}\n{_NAMES}\n{JS}",
    isolate_styles=False,
)
_number = st.components.v2.component(
    "number",
    html="<cv-number></cv-number>",
    js="""export default c => customElements.whenDefined("cv-number")
.then(() => c.parentElement.querySelector("cv-number").take(c))""",
    isolate_styles=False,
)
_rest = st.components.v2.component(
    "rest",
    html="<cv-rest></cv-rest>",
    js="""export default c => { c.parentElement.querySelector("cv-rest").ask = c.setStateValue; }""",
    isolate_styles=False,
)


@dataclass(frozen=True)
class Move:
    """What a control sent: its value, the number of the message, and whether the hand goes on."""

    value: float
    count: int
    goes_on: bool


def shared() -> None:
    """The code of all numbers: once for each page that a browser loads."""
    _shared(key="numbers", data={"css": CSS}, height=1)


def number(
    knob: Range,
    path: str,
    value: float,
    changed: Callable[[], None],
    tracks: dict[str, Track | None],
    grip: Box | None,
    quiet: bool = False,
    told: bool = False,
    late: float | None = None,
) -> None:
    """The control of a knob, which shows `value` unless it is held.

    path: of its field, such as ``one.eta``. changed: called when it is moved, see `last_move`. tracks:
    what happens along the controls of these paths, on the page as it will be. grip: where its keys work in
    the picture too. quiet: whether pictures wait for the run while it is held. told: whether the words are
    drawn with what it sent last, so that the browser need not ask for them. late: seconds that the run has
    waited for those of others, if that is known.
    """
    least, most = knob.bounds
    seen = _sent(path)[1]
    _number(
        key=key_of(path),
        data={
            "path": path, "label": knob.label, "help": plain_help_of(knob),
            "value": value, "low": knob.low,
            "high": knob.high, "step": knob.step, "log": knob.log, "least": least, "most": most,
            "whole": isinstance(knob, Whole), "seen": seen, "told": seen if told else 0,
            "tracks": {name: _drawn(track) for name, track in tracks.items()}, "grip": grip,
            "quiet": quiet, "late": None if late is None else round(1000 * late),
        },
        on_value_change=changed,
    )  # fmt: skip


def at_rest(changed: Callable[[], None]) -> None:
    """What tells when the hand on a number rests, and the run with its value was drawn; it cannot be seen.

    It is part of the fragment of what follows only then, which the browser so asks for alone: if a control
    were asked to start that fragment, the server would run twice.
    """
    _rest(key="rest", on_count_change=changed)


def last_move(knob: Range, path: str) -> Move | None:
    """What the control of a path sent last; None if it is nothing that it can send."""
    value, count, goes_on = _sent(path)
    least, most = knob.bounds
    if not math.isfinite(value) or not min(least, knob.low) <= value <= max(most, knob.high):
        return None
    return Move(round(value) if isinstance(knob, Whole) else float(value), count, goes_on)


def key_of(path: str) -> str:
    """The key of the control of a path."""
    return f"{path}#number"


def _sent(path: str) -> tuple[float, int, bool]:
    """Value, count of messages, and whether the hand goes on, as the browser sent them."""
    held: Any = st.session_state.get(key_of(path)) or {}
    match held.get("value"):
        case [int() | float() as value, int() as count, bool() as goes_on]:
            return value, count, goes_on
    return math.nan, 0, False


def _drawn(track: Track | None) -> dict[str, Any]:
    if track is None:
        return {"turn": 0, "limit": 0, "names": []}
    return {"turn": track.turn, "limit": track.limit, "names": track.names}
