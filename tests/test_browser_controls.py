"""Every control of every lab in a real Chromium, by drag, click, key and typing: page and link agree."""

from __future__ import annotations

import datetime
import random
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="pip install -r tests/requirements.txt")

from hypothesis import settings

from convcore.knobs import Knob, Range, UploadKnob, Variant, knobs, leaves
from convcore.labs import LABS, Lab
from convcore.session import permalink
from tests import browser as chrome
from tests.hands import Hand, as_its_link_shows, drag, refused, shown
from tests.test_browser import parameter, wait_for
from tests.test_page import CONTROLS, Control

if chrome.chromium() is None:
    if chrome.REQUIRED:
        raise RuntimeError(chrome.HOW)
    pytest.skip(chrome.HOW, allow_module_level=True)

THOROUGH = (
    not settings().derandomize
)  # where each control of each lab is moved, which takes an hour
# A number, several of a list, and a text.
FEW = ("one.eta", "newton.methods", "newton.start")

# Settings under which a run takes no time.
QUICK = {
    "one": {"steps": "200"},
    "newton": {"steps": "100"},
    "many": {"steps": "300"},
    "rough": {"second": "none", "steps": "60"},
    "perceptron": {"second": "none", "epochs": "300"},
    "network": {"hidden": "5", "steps": "150"},
}
# Settings under which a control has something to do.
NEEDS = {
    "one.schedule.patience": {"eta": "1"},
    "many.schedule.patience": {"eta": "0.2"},
    "many.sized": {"methods": "rprop|adam"},
    "many.decay": {"methods": "adamw"},
    "many.batch": {"problem": "data", "also": "minibatches"},
    "many.rows": {"problem": "data", "also": "minibatches"},
    "many.seed": {"problem": "data", "also": "minibatches"},
    "rough.compare": {"schedule": "exponential"},
    "rough.schedule.patience": {"eta": "2"},
    "perceptron.look": {"epochs": "3000"},
    "network.look": {"hidden": "1", "steps": "4000"},
}
# Controls that need not change the picture, such as limits that no step comes to, and the words beside
# them that say so.
STILL = {
    "perceptron.data.click": "click",
    "perceptron.optimizer.most": "of any coordinate",
    "network.optimizer.most": "of any coordinate",
    "network.optimizer.sufficient": "that a step must keep",
    "network.optimizer.iterations": "at most this many",
}
# Tables to bring, with a gap and words; what is learnt is last: a number, a class.
TABLE = "size,age,kind,y\n1,2,a,3\n2,,b,5\n3,4,a,4\n4,3,b,8\n5,9,a,9\n6,5,b,7\n"
CLASSES = "size,age,y,kind\n1,2,3,a\n2,,5,b\n3,4,4,a\n4,3,8,b\n5,9,9,a\n6,5,7,b\n"
MATRIX = "3, 1\n1, 2\n"
# What can be set only of a table of one's own.
OF_OWN = {
    "first_line",
    "gaps",
    "more_gaps",
    "ones",
    "column",
    "plus",
    "inputs",
    "part",
    "target",
    "features",
}


def link(control: Control) -> str:
    path = f"{control.lab.key}.{control.path}"
    held = {**QUICK[control.lab.key], **NEEDS.get(path, {}), **control.params}
    return "&".join(f"{k}={v}" for k, v in held.items())


def brings(control: Control) -> bool:
    """Whether the control is about a table of one's own, which no link can hold."""
    parent, _, name = control.path.rpartition(".")
    kind = dict(knobs(control.lab)[parent].kinds)[control.params[parent]] if parent else None  # type: ignore[attr-defined]
    table = kind and any(isinstance(k, UploadKnob) and k.table for k in knobs(kind).values())
    return bool(table) and name in OF_OWN


def moved(page: Any, other: Any, control: Control) -> list[str]:
    """Move a control in each way, and back; what is wrong. other: a tab to open its address in."""
    path = f"{control.lab.key}.{control.path}"
    hand, wrong, changed = Hand(page, path, control.knob), [], False
    if not hand.usable():
        return [f"{control} is not there, or cannot be used"]
    first, before = hand.shows(), shown(page)
    for way, move in hand.moves():
        value = hand.shows()
        page.evaluate("seen.reset()")
        move()
        page.mouse.move(5, 5)
        chrome.settle(page)
        now, complaint = shown(page), refused(page)
        if way == "drag" and page.evaluate("seen.built"):
            wrong.append(f"{control} by drag: a chart was built again")
        if hand.shows() == value:
            wrong.append(f"{control} by {way} stays at {value}")
        if not hand.agrees(parameter(page, control.path)) and not complaint:
            wrong.append(
                f"{control} by {way}: {hand.shows()}, {parameter(page, control.path)} in its link"
            )
        changed |= now != before or bool(complaint)
        before = now
    if isinstance(control.knob, Range):
        says_what_is_no_number(page, hand)
    if other:
        as_its_link_shows(page, other)
    if not changed and STILL.get(path, "\0") not in control.knob.help:
        wrong.append(f"{control} changes nothing, and nothing says why")
    hand.put(first)
    chrome.settle(page)
    if hand.shows() != first:
        wrong.append(f"{control} is not set back from {hand.shows()} to {first}")
    return wrong


def says_what_is_no_number(page: Any, hand: Hand) -> None:
    """What is typed wrong changes nothing, and a key brings the number back."""
    value = hand.shows()
    hand.put("no number")
    page.get_by_text("This is not a number.").wait_for()
    hand.box.press("Escape")
    assert hand.shows() == value == chrome.slider(page, hand.label).get_attribute("aria-valuetext")


def bring(page: Any, control: Control) -> None:
    """Choose a file of one's own where a control is, until the address has its name."""
    (at,) = (c for c in FILES if c.lab is control.lab and c.params == control.params)
    assert isinstance(at.knob, UploadKnob)
    text = (CLASSES if at.lab.key == "perceptron" else TABLE) if at.knob.table else MATRIX
    field = page.get_by_test_id("stFileUploader").filter(has_text=at.knob.label)
    file = {"name": "mine.csv", "mimeType": "text/csv", "buffer": text.encode()}
    field.locator("input[type=file]").set_input_files(file)
    wait_for(page, at.path, "mine.csv")


FILES = [c for c in CONTROLS if isinstance(c.knob, UploadKnob)]
MOVED = [c for c in CONTROLS if not isinstance(c.knob, UploadKnob)]
SOME = [c for c in MOVED if THOROUGH or (f"{c.lab.key}.{c.path}" in FEW and len(c.params) == 1)]


# The controls that are tried on one page, by its link; those about a table of one's own on another.
TOGETHER: dict[str, list[Control]] = {}
for control in SOME:
    TOGETHER.setdefault(f"{link(control)}{' own table' * brings(control)}", []).append(control)


@pytest.mark.parametrize("controls", TOGETHER.values(), ids=TOGETHER)
def test_each_control_moves_the_picture_the_address_and_what_it_opens(
    visit: Any, controls: list[Control]
) -> None:
    page, other = visit(link(controls[0])), None
    chrome.open_more(page)
    chrome.settle(page)
    if brings(controls[0]):
        bring(page, controls[0])
    else:
        other = visit(link(controls[0]))
    wrong = []
    for control in controls:
        print(control)  # a test that fails shows at which
        wrong += moved(page, other, control)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("control", FILES if THOROUGH else FILES[:1], ids=str)
def test_a_file_of_ones_own_moves_the_picture_and_goes_again(visit: Any, control: Control) -> None:
    page = visit(link(control))
    chrome.open_more(page)
    before = shown(page)
    bring(page, control)
    of_own = shown(page)
    assert of_own != before and not refused(page)
    page.get_by_role("button", name="Remove mine.csv").click()
    wait_for(page, control.path, "")
    assert shown(page) != of_own


# Pictures with several lines, each by a link and what is then left out of it.
LINES = {
    "many": ("steps=60&methods=gd|momentum|adam", "momentum|"),
    "newton": ("steps=30&methods=gd|newton|damped", "newton|"),
    "rough": ("second=none&steps=30&methods=momentum|adam|nesterov", "adam|"),
    "rough by schedule": ("second=schedules&steps=30&compare=linear|quadratic", "linear|"),
    "rough noise": ("second=noise&steps=30&compare=linear|quadratic", "linear|"),
    "perceptron": ("second=none&epochs=60&learners=perceptron|backprop", "perceptron|"),
}


@pytest.mark.parametrize("name", LINES if THOROUGH else ["many"])
def test_a_line_that_comes_back_lies_where_it_did(visit: Any, name: str) -> None:
    link, gone = LINES[name]
    all_lines = f"lab={name.split()[0]}&{link}"
    page = visit(all_lines)
    before = shown(page)
    for some in (all_lines.replace(gone, ""), all_lines):
        seen = shown(page)
        # As the browser's Back does.
        page.evaluate(
            """link => {
              history.pushState({ours: true}, "", "?" + link);
              dispatchEvent(new PopStateEvent("popstate"));
            }""",
            some,
        )
        page.wait_for_function(f"was => ({chrome.SHOWN})() !== was", arg=seen[1])
        chrome.settle(page)
    assert shown(page) == before


# Each day another lab, and all in the thorough run.
TODAY = LABS[datetime.datetime.now(datetime.UTC).toordinal() % len(LABS)]


@pytest.mark.parametrize("kind", LABS if THOROUGH else [TODAY], ids=lambda kind: kind.key)
def test_twenty_fast_drags_over_all_numbers_leave_page_address_and_server_agreeing(
    visit: Any, kind: type[Lab]
) -> None:
    rng = random.Random() if THOROUGH else random.Random(kind.key)
    variants = {n: k for n, k in knobs(kind).items() if isinstance(k, Variant)}
    drawn = {n: rng.choice([key for key, _ in k.kinds]) for n, k in variants.items()}
    params = {"lab": kind.key, **QUICK[kind.key], **drawn}
    print("&".join(f"{k}={v}" for k, v in params.items()))  # which a test that fails shows
    lab, _ = permalink.read(params, LABS)
    ranges: list[tuple[str, Knob]] = [(n, k) for n, k, _, _ in leaves(lab) if isinstance(k, Range)]
    page = visit("&".join(f"{k}={v}" for k, v in params.items()))
    chrome.open_more(page)
    for _ in range(20):
        _, knob = rng.choice(ranges)
        drag(page, knob.label, [rng.uniform(0.2, 0.8) for _ in range(3)])
    chrome.settle(page)
    wrong = refused(page)
    for path, knob in ranges:
        hand = Hand(page, f"{kind.key}.{path}", knob)
        assert hand.agrees(parameter(page, path)) or wrong, (path, hand.shows())
    assert page.evaluate("document.querySelectorAll('cv-number.moving').length") == 0
    as_its_link_shows(page)
