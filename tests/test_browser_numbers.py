"""Numbers in a real Chromium: pictures follow the hand, and the address holds where it rested."""

from __future__ import annotations

import signal
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from convcore.knobs import knobs
from convcore.labs import Lab, ManyWeights, OneWeight
from tests.hands import as_its_link_shows
from tests.test_browser import chrome, on_ruler, parameter, top_of_chart

THOROUGH = not settings().derandomize


def shown(page: Any, label: str) -> float:
    """What the control says, in its box and to a screen reader."""
    value = chrome.box(page, label).input_value()
    assert chrome.slider(page, label).get_attribute("aria-valuetext") == value
    return float(value)


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


# A hand on a number for 3 s, which never rests for long enough to be let go: when it asked the server.
HAND = """([range, late]) => new Promise(done => {
  const send = WebSocket.prototype.send, asked = [];
  WebSocket.prototype.send = function (message) {
    asked.push(performance.now());
    setTimeout(() => send.call(this, message), late);
  };
  const to = (kind, value) => { range.value = value; range.dispatchEvent(new Event(kind)); };
  range.dispatchEvent(new PointerEvent("pointerdown"));
  let at = 0;
  const moving = setInterval(() => {
    to("input", Number(range.min) + at % (range.max - range.min));
    if (++at < 150) return;
    clearInterval(moving);
    done(asked.slice());
    to("change", range.value);
  }, 20);
})"""


def asked(page: Any, late: float) -> list[float]:
    """When a hand on a number asks the server (ms), where each message leaves `late` ms later."""
    label = knobs(OneWeight)["a"].label
    found: list[float] = page.evaluate(HAND, [chrome.slider(page, label).element_handle(), late])
    page.wait_for_timeout(2000)
    as_its_link_shows(page)
    assert page.faults == []
    return found


def test_a_hand_leaves_a_crowded_server_time_for_others(chromium: Any) -> None:
    with chrome.server("tests/crowded_page.py") as crowded:
        page = chrome.open_page(chromium, f"{crowded.url}/?lab=one")
        # A run waits for 0.15 s on average, and the hand six times what is above 0.02 s.
        assert 2 <= len(asked(page, 0)) <= 6


def test_a_hand_far_away_is_not_taken_for_a_crowd(visit: Any) -> None:
    assert np.median(np.diff(asked(visit("lab=one"), 400))) < 1000
