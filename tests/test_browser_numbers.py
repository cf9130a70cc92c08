"""Numbers in a real Chromium: pictures follow the hand, and the address holds where it rested."""

from __future__ import annotations

import random
import signal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import settings

from convcore.knobs import Knob, Range, knobs
from convcore.labs import LABS, Lab, ManyWeights, OneWeight
from tests.test_browser import chrome, on_ruler, parameter, top_of_chart
from tests.test_page import NUMBERS, Control

THOROUGH = (
    not settings().derandomize
)  # where every number of every lab is moved, which takes minutes
FEW = {"one": ("eta", "b"), "many": ("steps",)}  # a logarithmic, a linear and a whole number
SOME = [c for c in NUMBERS if THOROUGH or (c.path in FEW.get(c.lab.key, ()) and len(c.params) == 1)]


def drag(page: Any, label: str, shares: list[float]) -> None:
    """Press on the track of a number and go to these shares of it in turn, then let go."""
    track = chrome.slider(page, label)
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for share in shares:
        page.mouse.move(box["x"] + 10 + share * (box["width"] - 20), box["y"] + box["height"] / 2)
        page.wait_for_timeout(16)
    page.mouse.up()


def shown(page: Any, label: str) -> float:
    """What the control says, in its box and to a screen reader."""
    value = chrome.box(page, label).input_value()
    assert chrome.slider(page, label).get_attribute("aria-valuetext") == value
    return float(value)


def rests(page: Any, control: Control) -> float:
    """Where the hand rested: control and address agree."""
    chrome.settle(page)
    value = shown(page, control.knob.label)
    assert float(parameter(page, control.path)) == pytest.approx(value, rel=1e-5)
    return value


def as_its_link_shows(page: Any) -> None:
    """The page opened anew from its address shows the same pictures and words."""
    page.mouse.move(5, 5)
    chrome.settle(page, 600)
    pictures, words = page.evaluate(chrome.SHOWN), told(page)
    page.reload()
    chrome.wait_idle(page)
    assert told(page) == words
    assert page.evaluate(chrome.SHOWN) == pictures


def told(page: Any) -> str:
    return str(page.locator("[data-testid=stMain]").inner_text())


@pytest.mark.parametrize(
    "kind", [k for k in LABS if any(c.lab is k for c in SOME)], ids=lambda k: k.key
)
def test_a_number_is_dragged_stepped_and_typed_and_its_address_shows_the_same(
    visit: Any, kind: type[Lab]
) -> None:
    page, params = None, None
    for control in SOME:
        if control.lab is not kind:
            continue
        if page is None or params != control.params:
            if page is not None:
                as_its_link_shows(page)
            page, params = (
                visit("&".join(f"{k}={v}" for k, v in control.params.items())),
                control.params,
            )
            chrome.open_more(page)
        label = control.knob.label
        before = rests(page, control)
        page.evaluate("seen.reset()")
        drag(page, label, [0.5, 0.45, 0.4, 0.35, 0.3])
        dragged = rests(page, control)
        seen = page.evaluate("seen")
        assert seen["built"] == 0
        chrome.slider(page, label).focus()
        page.keyboard.press("End" if dragged == before else "ArrowRight")
        stepped = rests(page, control)
        assert stepped != dragged
        box = chrome.box(page, label)
        box.fill(str(before))
        box.press("Enter")
        assert rests(page, control) == before
        box.fill("no number")
        box.press("Enter")
        page.get_by_text("This is not a number.").wait_for()
        box.press("Escape")
        assert shown(page, label) == before
        drag(page, label, [0.6, 0.7])
        rests(page, control)
    as_its_link_shows(page)


def test_on_a_quadratic_pictures_follow_without_a_server_which_has_the_last_word(
    chromium: Any,
) -> None:
    with chrome.server() as app:
        for lab in (OneWeight(eta=0.3), ManyWeights(eta=0.1)):
            follows_without_a_server(chromium, app, lab)


def follows_without_a_server(
    chromium: Any, app: chrome.Server, lab: OneWeight | ManyWeights
) -> None:
    """Drag η while the server is stopped."""
    page = chrome.open_page(chromium, f"{app.url}/?lab={lab.key}&eta={lab.eta}")
    pictures = [page.evaluate(chrome.SHOWN)]
    label = knobs(type(lab))["eta"].label
    track = chrome.slider(page, label)
    box = track.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.6 * box["width"], y)
    app.process.send_signal(signal.SIGSTOP)
    try:
        page.mouse.down()
        for share in (0.55, 0.58, 0.61, 0.64):
            page.evaluate("seen.reset()")
            page.mouse.move(box["x"] + share * box["width"], y)
            page.wait_for_function("seen.painted !== null", timeout=10_000)
            assert page.evaluate("seen.inBytes") == 0
            page.wait_for_timeout(60)
            pictures.append(page.evaluate(chrome.SHOWN))
        page.mouse.up()
    finally:
        app.process.send_signal(signal.SIGCONT)
    assert all(a != b for a, b in pairwise(pictures))
    chrome.settle(page)
    assert float(parameter(page, "eta")) == pytest.approx(shown(page, label), rel=1e-5)
    as_its_link_shows(page)
    assert page.faults == []
    page.context.close()


# All that the hand can do in a hurry: each lab in the thorough run.
@pytest.mark.parametrize("kind", LABS if THOROUGH else [OneWeight], ids=lambda kind: kind.key)
def test_twenty_fast_drags_over_all_numbers_leave_page_address_and_server_agreeing(
    visit: Any, kind: type[Lab]
) -> None:
    page = visit(f"lab={kind.key}")
    chrome.open_more(page)
    rng = random.Random(kind.key)
    ranges: list[tuple[str, Knob]] = [
        (n, k) for n, k in knobs(kind).items() if isinstance(k, Range)
    ]
    for _ in range(20):
        _, knob = rng.choice(ranges)
        drag(page, knob.label, [rng.uniform(0.2, 0.8) for _ in range(3)])
    chrome.settle(page)
    for name, knob in ranges:
        assert float(parameter(page, name)) == pytest.approx(shown(page, knob.label), rel=1e-5)
    assert page.evaluate("document.querySelectorAll('cv-number.moving').length") == 0
    as_its_link_shows(page)


@pytest.mark.parametrize(
    "kind", [OneWeight, ManyWeights] if THOROUGH else [OneWeight], ids=lambda kind: kind.key
)
def test_the_grip_in_the_picture_is_moved_by_keys_and_by_a_finger(
    visit: Any, kind: type[Lab]
) -> None:
    page = visit(f"lab={kind.key}")
    label = knobs(kind)["eta"].label
    grip = page.get_by_role("slider", name=f"{label}, in the picture", exact=True)
    before = shown(page, label)
    grip.focus()
    page.keyboard.press("ArrowRight")
    chrome.settle(page)
    assert shown(page, label) == float(grip.get_attribute("aria-valuetext")) > before
    chart, box = top_of_chart(page), grip.bounding_box()
    x, y = on_ruler(page, 0.5)
    assert box["x"] < x < box["x"] + box["width"] and box["y"] < y < box["y"] + box["height"]
    assert box["width"] < chart["width"]

    phone = visit(f"lab={kind.key}", on_phone=True)
    hand = phone.context.new_cdp_session(phone)
    begin, end = on_ruler(phone, 0.2), on_ruler(phone, 0.6)

    def touch(kind: str, *at: tuple[float, float]) -> None:
        points = [{"x": x, "y": y} for x, y in at]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", begin)
    pictures = set()
    for share in (0.3, 0.4, 0.5, 0.6):
        touch("touchMove", on_ruler(phone, share))
        phone.wait_for_timeout(60)
        pictures.add(phone.evaluate(chrome.SHOWN))
    assert len(pictures) == 4, "they follow the finger"
    touch("touchEnd")
    phone.wait_for_function(
        "b => Number(new URLSearchParams(location.search).get('eta')) !== b", arg=kind().eta
    )
    chrome.settle(phone)
    at_end = float(parameter(phone, "eta"))
    # Where it was let go: a tap there chooses the same.
    phone.touchscreen.tap(*end)
    chrome.settle(phone)
    assert float(parameter(phone, "eta")) == pytest.approx(at_end, rel=0.02)
