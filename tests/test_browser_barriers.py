"""Nothing keeps anybody out: axe finds nothing on any page, in both themes; a finger hits what it wants."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="pip install -r tests/requirements.txt")

from hypothesis import settings

from convcore.claims import CLAIMS
from convcore.exercises import EXERCISES
from convcore.labs import LABS
from tests import browser as chrome
from tests.barriers import (
    OBSCURED,
    found_by_axe,
    open_all,
    open_choices,
    open_sidebar,
    too_small,
)

if chrome.chromium() is None:
    if chrome.REQUIRED:
        raise RuntimeError(chrome.HOW)
    pytest.skip(chrome.HOW, allow_module_level=True)

THOROUGH = not settings().derandomize  # where all pages are opened, which takes minutes
PINS = "pins=slow~one~eta~0.1|fast~many~eta~0.2"
# Links, and what they show that others do not.
PAGES = {
    "own table": f"lab=many&problem=data&also=minibatches&{PINS}",
    "own points": "lab=perceptron&data=csv&second=fan",
    "own network": "lab=network&data=table",
    "formula": "lab=newton&ground=formula&ground.text=x%5E2%2By%5E2%2Bxy",
    "noise": "lab=rough&second=noise",
    "claim": f"claim=3&{PINS}",
    "asked": "claim=8&predict=1",
    "lesson": "lesson=4,8,15&at=2&title=Step+sizes",
    "exercise": "exercise=2",
    "nonsense": "lab=one&eta=banana&a=1e999",
    "refused": "lab=newton&ground=formula&ground.text=x%5E2%2B(",
    "slide": "claim=3&view=chart",
}
LABS_OPEN = {kind.key: f"lab={kind.key}&{PINS}" for kind in LABS}
ALIKE = {f"claim {c.number}": f"claim={c.number}" for c in CLAIMS}
ALIKE |= {f"exercise {n}": f"exercise={n}&numbers=1" for n in range(1, len(EXERCISES) + 1)}
ALIKE |= {f"slide {kind.key}": f"lab={kind.key}&view=chart" for kind in LABS}
ALL = {**LABS_OPEN, **PAGES, **ALIKE}
WAYS = [(phone, theme) for phone in (False, True) for theme in ("light", "dark")]
# A few pages that hold each kind of element.
FEW = [
    ("own table", True, "dark"),
    ("claim", False, "light"),
    ("exercise", True, "light"),
    ("slide", False, "dark"),
]
# Pages that are alike in one way each.
EACH = [(name, *way) for name in [*LABS_OPEN, *PAGES] for way in WAYS]
EACH += [(name, *WAYS[i % 4]) for i, name in enumerate(ALIKE)]


def opened(app: Any, chromium: Any, link: str, phone: bool, theme: str) -> Any:
    visitor = chrome.context(
        chromium, **(chrome.PHONE if phone else {"height": 900}), color_scheme=theme
    )
    page = visitor.new_page()
    page.add_init_script(chrome.WATCH)
    page.goto(f"{app.url}/?{link}")
    if link.startswith("exercise"):
        page.locator(".st-key-exercise [data-testid=stForm]").wait_for(timeout=60_000)
        chrome.settle(page, 600)
    else:
        chrome.wait_idle(page)
    return page


def nothing_found(page: Any, phone: bool, where: str) -> None:
    assert found_by_axe(page) == [], where
    if phone:
        assert too_small(page) == [], where


@pytest.mark.parametrize(("name", "phone", "theme"), EACH if THOROUGH else FEW)
def test_all_that_opens_is_without_barriers(
    app: Any, chromium: Any, name: str, phone: bool, theme: str
) -> None:
    page = opened(app, chromium, ALL[name], phone, theme)
    nothing_found(page, phone, "as it opens")
    open_all(page)
    nothing_found(page, phone, "all drawers open")
    if phone and page.get_by_role("button", name="Expand sidebar").count():
        open_sidebar(page)
        open_all(page)
        nothing_found(page, phone, "the sidebar open")
    if open_choices(page):
        nothing_found(page, phone, "a list of choices open")
    page.context.close()


SIZES = [(1280, 800), (860, 900), (844, 390), (390, 844)]


@pytest.mark.parametrize("size", SIZES if THOROUGH else SIZES[2:3], ids=str)
@pytest.mark.parametrize("link", ["claim=3", "exercise=3"] if THOROUGH else ["claim=3"])
def test_what_the_keyboard_comes_to_is_in_sight(
    app: Any, chromium: Any, link: str, size: tuple[int, int]
) -> None:
    page = opened(app, chromium, link, False, "light")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    chrome.settle(page, 600)
    open_all(page)
    assert page.evaluate(OBSCURED) == []
    page.context.close()
