"""The page in a real Chromium: what moves, what it costs, and that nothing is ever in the console."""

from __future__ import annotations

import re
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="pip install -r tests/requirements.txt")

from convcore.claims import CLAIMS
from convcore.knobs import Range, knobs
from convcore.labs import LABS, Lab, OneWeight
from tests import browser as chrome
from tests.barriers import found_by_axe

if chrome.chromium() is None:
    if chrome.REQUIRED:
        raise RuntimeError(chrome.HOW)
    pytest.skip(chrome.HOW, allow_module_level=True)

each_lab = pytest.mark.parametrize("kind", LABS, ids=lambda kind: kind.key)
CHART = "[data-testid=stVegaLiteChart]"


def parameter(page: Any, name: str) -> str:
    return str(page.evaluate("name => new URLSearchParams(location.search).get(name)", name))


def wait_for(page: Any, name: str, value: str) -> None:
    page.wait_for_function(
        "([name, value]) => new URLSearchParams(location.search).get(name) === value",
        arg=[name, value],
        timeout=60_000,
    )
    chrome.settle(page)


def press(page: Any, kind: type[Lab], key: str = "ArrowRight") -> tuple[str, dict[str, Any]]:
    """Press a key on the slider of a lab's step size, or its first; the field, and what was seen."""
    found = knobs(kind)
    name = "eta" if "eta" in found else next(n for n, k in found.items() if isinstance(k, Range))
    chrome.slider(page, found[name].label).focus()
    page.evaluate("seen.reset()")
    before = parameter(page, name)
    page.keyboard.press(key)
    page.wait_for_function(
        "([n, b]) => new URLSearchParams(location.search).get(n) !== b", arg=[name, before]
    )
    chrome.settle(page)
    return name, page.evaluate("seen")


def top_of_chart(page: Any) -> Any:
    """Where the chart is on the screen."""
    return chrome.place(page, f"{CHART} :is(svg, canvas)")


def on_ruler(page: Any, share: float) -> tuple[float, float]:
    """A point on the ruler of step sizes, the first coloured bands of each chart."""
    box = top_of_chart(page)
    if parameter(page, "lab") == "many" and box["width"] > 640:  # beside the level lines
        return box["x"] + box["width"] * (0.55 + 0.42 * share), box["y"] + 150
    return box["x"] + 60 + share * (box["width"] - 80), box["y"] + 90


@each_lab
def test_a_lab_opens_without_a_fault_in_both_themes(visit: Any, kind: type[Lab]) -> None:
    page = visit(f"lab={kind.key}")
    for theme in ("light", "dark"):
        if theme == "dark":
            page.emulate_media(color_scheme=theme)
            page.reload()
            chrome.wait_idle(page)
        assert parameter(page, "lab") == kind.key
        assert top_of_chart(page)["y"] < 400, "the first picture is on the screen"
        chart = page.locator(CHART).first
        assert len(chart.get_attribute("aria-label") or "") > 20, "a screen reader knows what it is"
        assert found_by_axe(page) == []


def test_what_is_opened_is_of_the_run_before_and_after_a_change(visit: Any) -> None:
    page = visit("lab=one")
    drawer = page.locator("[data-testid=stExpander]").filter(has_text="Share, save, copy")
    summary = drawer.locator("summary")

    def shows_what_the_link_says() -> None:
        drawer.get_by_text(re.compile(rf"eta={parameter(page, 'eta')}\b")).wait_for()

    press(page, OneWeight)
    page.evaluate("seen.reset()")
    summary.click()
    shows_what_the_link_says()
    assert page.evaluate("seen.painted") is None, "what opens is drawn alone"
    _, seen = press(page, OneWeight)
    assert seen["built"] == 0, "the pictures stay"
    shows_what_the_link_says()
    summary.click()
    drawer.get_by_test_id("stCode").wait_for(state="detached")
    press(page, OneWeight)
    summary.click()
    shows_what_the_link_says()
    assert page.evaluate("seen.built") == 0


def test_drawers_go_while_one_predicts_and_come_back_with_the_answer(visit: Any) -> None:
    page = visit("claim=3")
    drawer = page.get_by_text("Share, save, copy")
    page.get_by_text("Predict first").click()
    drawer.wait_for(state="detached")
    for answer in ("it converges without changing side", "it lands in one step"):
        page.get_by_text(answer).click()
        drawer.wait_for()
        page.locator(CHART).first.wait_for()
        press(page, OneWeight)
        drawer.wait_for(state="detached")
        page.get_by_text("What will happen here?").wait_for()
        assert page.locator(CHART).count() == 1, "the ground alone"


# To another link of the page, without loading it anew.
GO = "link => { history.pushState({}, '', link); dispatchEvent(new PopStateEvent('popstate')); }"


@each_lab
def test_each_experiment_opens_by_its_link_with_its_first_picture_on_the_screen(
    visit: Any, kind: type[Lab]
) -> None:
    page = None
    for claim in CLAIMS:
        if type(claim.lab) is not kind:
            continue
        link = f"claim={claim.number}"
        if page is None:
            page = visit(link)
        else:  # as when the browser goes back to it; to load the page each time would take twice as long
            page.evaluate("seen.reset()")
            page.evaluate(GO, f"?{link}")
            told = re.compile(rf"^\s*{claim.number}\. ")
            page.locator(".st-key-claim").filter(has_text=told).wait_for()
            chrome.settle(page)
        box = top_of_chart(page)
        assert box["y"] + min(box["height"], 300) <= 800, claim.number
        assert parameter(page, "lab") == claim.lab.key
        assert page.locator(chrome.ERRORS).count() == 0, claim.number
    assert page, "each lab has an experiment"


@each_lab
def test_a_lab_fits_a_phone_without_scrolling_sideways(visit: Any, kind: type[Lab]) -> None:
    page = visit(f"lab={kind.key}", on_phone=True)
    # The page tells its width only once it stands, and is then drawn for it.
    box = top_of_chart(page)
    assert box["x"] >= 0 and box["x"] + box["width"] <= chrome.PHONE["width"]
    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= chrome.PHONE["width"]


# The labs whose every change of a number is light.
LIGHT = [kind for kind in LABS if kind.key in ("one", "newton", "many")]


@pytest.mark.parametrize("kind", LIGHT, ids=lambda kind: kind.key)
def test_a_key_on_a_slider_redraws_the_chart_and_rebuilds_none(visit: Any, kind: type[Lab]) -> None:
    page = visit(f"lab={kind.key}")
    shown = page.evaluate(chrome.SHOWN)
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        _, seen = press(page, kind, key)
        now = page.evaluate(chrome.SHOWN)
        assert now != shown
        assert seen["built"] == 0
        assert seen["inBytes"] < 50_000
        shown = now
    # A key that is held down: what a change has no time to tell is told by the last one.
    page.evaluate("seen.reset()")
    for _ in range(8):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(40)
    chrome.settle(page, 600)
    assert page.evaluate("seen.built") == 0
    told = said(page)
    page.reload()
    chrome.wait_idle(page)
    assert said(page) == told


LIVE = [kind for kind in LIGHT if "pick_eta" in kind().run().pictures[0].template.picks]
each_live = pytest.mark.parametrize("kind", LIVE, ids=lambda kind: kind.key)


@each_live
def test_the_pointer_on_the_ruler_redraws_without_the_server_and_a_click_keeps_it(
    visit: Any, kind: type[Lab]
) -> None:
    page = visit(f"lab={kind.key}")
    shown, before = page.evaluate(chrome.SHOWN), parameter(page, "eta")
    page.evaluate("seen.reset()")
    for share in (0.2, 0.3):
        page.mouse.move(*on_ruler(page, share))
        page.wait_for_timeout(400)
        now = page.evaluate(chrome.SHOWN)
        assert now != shown
        shown = now
    seen = page.evaluate("seen")
    assert seen["sent"] == 0 and seen["inBytes"] == 0 and seen["built"] == 0
    page.mouse.click(*on_ruler(page, 0.3))
    page.wait_for_function(
        "b => new URLSearchParams(location.search).get('eta') !== b", arg=before, timeout=15_000
    )
    chrome.settle(page)
    eta = float(parameter(page, "eta"))
    assert float(chrome.box(page, knobs(kind)["eta"].label).input_value()) == eta


@each_live
def test_a_tap_on_the_ruler_keeps_that_step_size(visit: Any, kind: type[Lab]) -> None:
    page = visit(f"lab={kind.key}", on_phone=True)
    before = parameter(page, "eta")
    page.touchscreen.tap(*on_ruler(page, 0.3))
    page.wait_for_function(
        "b => new URLSearchParams(location.search).get('eta') !== b", arg=before, timeout=15_000
    )
    chrome.settle(page)


def test_the_pointer_on_the_loss_scrubs_through_steps_without_the_server(visit: Any) -> None:
    page = visit(OneWeight())
    box = top_of_chart(page)
    shown = page.evaluate(chrome.SHOWN)
    page.evaluate("seen.reset()")
    for share in (0.75, 0.9):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 330)
        page.wait_for_timeout(400)
        now = page.evaluate(chrome.SHOWN)
        assert now != shown
        shown = now
    assert page.evaluate("seen.sent") == 0


def test_a_click_on_the_level_lines_moves_the_start(visit: Any) -> None:
    page = visit("lab=many")
    if parameter(page, "lab") != "many":
        pytest.skip("there is no such lab yet")
    box = top_of_chart(page)
    page.mouse.click(box["x"] + 0.25 * box["width"], box["y"] + 300)
    page.wait_for_function(
        "() => new URLSearchParams(location.search).get('start')", timeout=15_000
    )
    chrome.settle(page)
    assert len(parameter(page, "start").split(",")) == 2


def test_pointing_at_an_epoch_moves_the_boundaries_and_a_click_places_a_point(visit: Any) -> None:
    page = visit("lab=perceptron&data=clouds&eta=0.01&second=none")
    page.locator(CHART).first.scroll_into_view_if_needed()
    box = top_of_chart(page)
    shown = page.evaluate(chrome.SHOWN)
    page.evaluate("seen.reset()")
    for share in (0.62, 0.7):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 170)
        page.wait_for_timeout(400)
        now = page.evaluate(chrome.SHOWN)
        assert now != shown
        shown = now
    assert page.evaluate("seen.sent") == 0
    page.mouse.click(box["x"] + 0.2 * box["width"], box["y"] + 200)
    wait_for(page, "extra", "point")
    x, y = (float(parameter(page, f"extra.{name}")) for name in ("x", "y"))
    assert -5 < x < 5 and -5 < y < 5
    assert "The extra point" in said(page)


def test_a_link_opens_what_it_says(visit: Any) -> None:
    page = visit(OneWeight(a=4, eta=0.5, steps=7))
    assert "which is 2ηₒₚₜ" in said(page)
    assert parameter(page, "steps") == "7"


@pytest.mark.parametrize("link", ["lab=one", "claim=3"])
def test_nonsense_in_a_link_is_told_until_something_is_used(visit: Any, link: str) -> None:
    page = visit(f"{link}&eta=banana&a=1e999")
    boxes = page.locator("[data-testid=stAlert]")
    assert boxes.count() == 1
    assert "banana" in boxes.inner_text() and "1e999" in boxes.inner_text()
    assert page.locator(f"{CHART} svg, {CHART} canvas").count()
    assert parameter(page, "eta") == "0.7"
    for _ in range(2):  # the first change draws the whole page, the next one the run alone
        press(page, OneWeight)
        assert boxes.count() == 0
    now = said(page)
    page.reload()
    chrome.wait_idle(page)
    assert said(page) == now


def said(page: Any) -> str:
    """The words of the page."""
    return str(page.locator("[data-testid=stMain]").inner_text())


def test_markup_in_a_link_is_shown_as_text(visit: Any) -> None:
    page = visit("eta=<img src=x onerror=alert(1)>**b**$x$[l](javascript:alert(1))")
    box = page.locator("[data-testid=stAlert]").first
    assert "<img" in box.inner_text() and "**b**" in box.inner_text()
    assert box.locator("img, a, strong, .katex").count() == 0


def test_back_and_forward_walk_through_labs_and_experiments_but_not_through_values(
    visit: Any,
) -> None:
    page = visit("claim=3")
    lab = type(CLAIMS[2].lab)
    for _ in range(2):
        press(page, lab)
    moved = parameter(page, "eta")
    page.get_by_role("button", name=re.compile("^Next: ")).click()
    wait_for(page, "claim", "4")
    page.locator(".st-key-lab").get_by_text("Taylor and Newton").click()
    wait_for(page, "lab", "newton")
    assert parameter(page, "claim") == "None"
    page.go_back()
    wait_for(page, "claim", "4")
    page.go_back()
    wait_for(page, "claim", "3")
    assert (parameter(page, "lab"), parameter(page, "eta")) == (lab.key, moved)
    page.get_by_text(CLAIMS[2].says).first.wait_for()
    page.go_forward()
    page.go_forward()
    wait_for(page, "lab", "newton")
    chosen = page.locator(".st-key-lab [aria-checked=true]")
    chosen.filter(has_text="Taylor and Newton").wait_for()
    chrome.settle(page)
    assert chosen.inner_text() == "Taylor and Newton" and parameter(page, "lab") == "newton"


def test_embedding_works(visit: Any) -> None:
    page = visit("embed=true&lab=one&eta=0.25")
    assert parameter(page, "eta") == "0.25"
    assert page.locator("[data-testid=stAlert]").count() == 0
