"""The page as a screen reader has it: every control has its name, and the value that its lab has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

pytest.importorskip("playwright.sync_api", reason="pip install -r tests/requirements.txt")

from hypothesis import settings

from convcore.knobs import (
    OneOf,
    Range,
    Several,
    Text,
    UploadKnob,
    Variant,
    Vector,
    knobs,
    leaves,
    six_digits,
)
from convcore.labs import LABS, Lab, ManyWeights, RoughGround
from convcore.session import permalink
from tests import browser as chrome
from tests.test_page import CONTROLS

if chrome.chromium() is None:
    if chrome.REQUIRED:
        raise RuntimeError(chrome.HOW)
    pytest.skip(chrome.HOW, allow_module_level=True)

THOROUGH = not settings().derandomize
# Under `thorough` every lab with each of its variants.
LINKS = {
    tuple(c.params.items()): "&".join(f"{k}={v}" for k, v in c.params.items()) for c in CONTROLS
}
# What a screen reader stops at, to use it.
USED = {
    *("button", "link", "slider", "textbox", "searchbox", "combobox", "listbox", "option", "radio"),
    *("checkbox", "switch", "menuitem", "tab", "spinbutton", "DisclosureTriangle"),
}


class Node(NamedTuple):
    """A node of the accessibility tree; of a slider the value is what is read aloud."""

    role: str
    name: str
    value: str


def nodes(page: Any) -> list[Node]:
    """The controls in the accessibility tree of a page."""
    browser = page.context.new_cdp_session(page)
    found = []
    for each in browser.send("Accessibility.getFullAXTree")["nodes"]:
        if each["ignored"] or (role := each["role"]["value"]) not in USED:
            continue
        value = each.get("value", {}).get("value", "")
        if role == "slider":  # Chromium's inspector tells the number of its place instead
            told = browser.send("DOM.describeNode", {"backendNodeId": each["backendDOMNodeId"]})
            flat = told["node"]["attributes"]
            value = dict(zip(flat[::2], flat[1::2], strict=True)).get("aria-valuetext", "")
        found.append(Node(role, each["name"]["value"].strip(), str(value)))
    return found


def expected(lab: Lab) -> Iterator[Node]:
    """The controls of a lab, as they are to be read."""
    for _, knob, value, _ in leaves(lab):
        match knob:
            case Range():
                text = re.sub("e-0", "e-", six_digits(value))  # as JavaScript writes it
                yield Node("slider", knob.label, text)
                yield Node("textbox", f"{knob.label}, value", text)
            case Variant():
                yield Node("combobox", knob.label, knob.labels[knob.write(value)])
            case Several():
                yield Node("combobox", knob.label, "")
                yield from (Node("button", f"Remove {knob.name_of(one)}", "") for one in value)
            case OneOf():
                yield Node("combobox", knob.label, knob.name_of(value))
            case Vector() | Text():
                yield Node("textbox", knob.label, knob.write(value))
            case UploadKnob():
                yield Node("button", f"Help for {knob.label}", "")


def lab_of(link: str) -> Lab:
    return permalink.read(dict(part.split("=") for part in link.split("&")), LABS)[0]


@pytest.mark.parametrize("link", LINKS.values() if THOROUGH else [f"lab={ManyWeights.key}"])
def test_each_control_is_read_with_its_label_and_the_value_that_the_lab_has(
    visit: Any, link: str
) -> None:
    page = visit(link)
    chrome.open_more(page)
    chrome.settle(page)
    found = nodes(page)
    assert [node for node in found if not node.name] == []
    there, lab = Counter(found), lab_of(link)
    for node, times in Counter(expected(lab)).items():
        assert there[node] == times, (node, [n for n in found if n.name == node.name])
    # Besides, in the pictures: where a key moves η, it has the same value.
    for slider in (n for n in found if n.role == "slider" and n.name.endswith(", in the picture")):
        label = slider.name.removesuffix(", in the picture")
        assert slider.value == next(n.value for n in found if n.name == label)
    has_the_bar(found, lab)


def has_the_bar(found: list[Node], lab: Lab) -> None:
    """The bar of Play can be used by name, and says where it is."""
    named = {node.name: node for node in found}
    for name in ("One step back", "Play", "One step on"):
        assert named[name].role == "button"
    step = named["Step that is shown"]
    assert step.role == "slider" and step.value.startswith(f"{lab.unit} ") and " of " in step.value


@pytest.mark.parametrize("kind", LABS if THOROUGH else [RoughGround], ids=lambda kind: kind.key)
def test_on_a_phone_the_bar_is_read_with_its_values_and_the_closed_sidebar_is_not(
    visit: Any, kind: type[Lab]
) -> None:
    page = visit(f"lab={kind.key}", on_phone=True)
    found, lab = nodes(page), kind()
    assert [node for node in found if not node.name] == []
    has_the_bar(found, lab)
    eta = knobs(kind)["eta"]
    bars = [n for n in found if n.role == "slider" and n.name == eta.label]
    assert bars == [Node("slider", eta.label, six_digits(lab.eta))]  # type: ignore[attr-defined]
    beside = {node.name for node in expected(lab)} - {eta.label}
    assert [node for node in found if node.name in beside or node.name.startswith("Help for")] == []
