"""The page's numbers in an AppTest, which shows a component as an element that it does not know."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from streamlit.testing.v1 import AppTest


class Number:
    """The control of a number: what it was sent, and what it sends when it is moved."""

    type = "number"

    def __init__(self, at: AppTest, proto: Any) -> None:
        self.at, self.id = at, proto.id
        sent = json.loads(proto.json)
        self.path, self.label, self.help = (str(sent[name]) for name in ("path", "label", "help"))
        self.value: float = sent["value"]
        self.low, self.high, self.step = (sent[name] for name in ("low", "high", "step"))
        self.least, self.most = sent["least"], sent["most"]
        self.whole, self.log = bool(sent["whole"]), bool(sent["log"])
        self.tracks: dict[str, dict[str, Any]] = sent["tracks"]
        self.count = int(sent["seen"])

    def set_value(self, value: float) -> Number:
        """Hold it at a value, which `run` sends."""
        self.value = value
        return self

    def run(self) -> AppTest:
        """Send the value as the browser does while the control moves."""
        self.count += 1
        return self.send([self.value, self.count, True])

    def send(self, told: Any) -> AppTest:
        """Send anything."""
        return _told(self.at, self.id, {"value": told})


def resting(at: AppTest) -> Callable[[], AppTest]:
    """What tells that the hand on a number rests, also while the page has only what a number draws.

    An AppTest then draws the whole page.
    """
    (found,) = (c.proto.id for c in at.get("bidi_component") if c.proto.component_name == "rest")
    return partial(_told, at, found, {"count": 1})


def _told(at: AppTest, component: str, state: dict[str, Any]) -> AppTest:
    states = at._tree.get_widget_states()
    states.widgets.add(id=component, json_value=json.dumps(state))
    return at._run(states)


def numbers(at: AppTest) -> dict[str, Number]:
    """All numbers on the page, by their paths, such as ``one.eta``."""
    found = [Number(at, c.proto) for c in at.get("bidi_component") if '"path"' in c.proto.json]
    return {number.path: number for number in found}


def number(at: AppTest, path: str) -> Number:
    """The number of a path."""
    return numbers(at)[path]
