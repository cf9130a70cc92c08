"""In class, in a real Chromium: links that hold, what is asked first, lessons, slides."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="pip install -r tests/requirements.txt")

from tests import browser as chrome

if chrome.chromium() is None:
    if chrome.REQUIRED:
        raise RuntimeError(chrome.HOW)
    pytest.skip(chrome.HOW, allow_module_level=True)


def test_what_is_copied_is_title_and_address(visit: Any) -> None:
    page = visit("claim=5&utm_source=course")
    assert page.title() == "Claim 5: diverges · Convergence Explorer"
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link", exact=True).click()
    page.get_by_text("Copied", exact=True).wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{page.title()}\n{page.url}"
    assert "claim=5" in page.url and "eta=1.1" in page.url and "utm" not in page.url
    # Where the browser refuses, it is there to be copied by hand.
    page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject())")
    page.get_by_role("button", name="Copy link", exact=True).click()
    held = page.locator("input[aria-label='To copy']")
    held.wait_for()
    assert held.input_value() == copied.replace("\n", " ")
