"""What could keep somebody out: what axe finds on a page, and what is too small for a finger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python

from tests import browser as chrome

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"

# Findings in Streamlit's own markup, by rule and a part of the element.
STREAMLITS = {
    # The surface for a file that is dropped has a name, and a role that forbids one. It is a button too.
    ("presentation-role-conflict", 'data-testid="stFileUploaderDropzone"'),
    # A list of choices is laid over the page, in none of its regions. Its box, which keeps the focus and
    # names what is chosen, is in one.
    ("region", 'role="listbox"'),
}

LEAST = 44  # px that a finger needs, each way
# What can be used and is smaller, shadow roots included. The target of a box to tick is its label. A link
# within a line of text is as high as the line, which WCAG 2.5.5 allows.
SMALL = """least => {
  const small = [];
  const hides = e => e.offsetWidth <= 1 && getComputedStyle(e).overflow === 'hidden';
  const hidden = e => e && (hides(e) || hidden(e.parentElement));
  const seen = e => e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && !hidden(e);
  const used = 'button, a[href], summary, input, textarea, select, [role=option], [role=menuitem]';
  const look = root => { for (const e of root.querySelectorAll('*')) {
    if (e.shadowRoot) look(e.shadowRoot);
    if (!e.matches(used) || e.matches('[type=file]')) continue;
    const target = e.matches('[type=checkbox], [type=radio]') ? e.closest('label') ?? e : e;
    if (!seen(target) || getComputedStyle(target).pointerEvents === 'none') continue;
    const {width, height} = target.getBoundingClientRect();
    if (width <= 1 || height <= 1) continue; // it is shown when the keyboard comes to it
    const text = e.matches('a') && e.parentElement.textContent.trim() !== e.textContent.trim();
    if (!text && Math.min(width, height) < least - 0.5)
      small.push(`${width.toFixed()} × ${height.toFixed()} ${e.outerHTML.slice(0, 200)}`);
  } };
  look(document);
  return small;
}"""

# What has the focus and is outside of the window, or behind the header or the bar of Play, when all in the
# main part gets it in turn, on and back.
OBSCURED = """() => {
  const obscured = new Set();
  const find = s => document.querySelector(s)?.getBoundingClientRect();
  const seen = e => e.checkVisibility({visibilityProperty: true, opacityProperty: true});
  const main = document.querySelector('[data-testid=stMain]');
  const used = [...main.querySelectorAll('button, a, summary, input, textarea')].filter(
    e => seen(e) && e.tabIndex >= 0 && !e.closest('.st-key-play'));
  for (const turn of [used, used.toReversed()]) for (const e of turn) {
    e.focus();
    const {top, bottom} = e.getBoundingClientRect();
    if (bottom - top <= 1 || bottom - top > innerHeight / 2) continue; // such as the grip over a picture
    const behind = ['[data-testid=stHeader]', '.st-key-play'].map(find)
      .some(bar => bar && top < bar.bottom - 1 && bottom > bar.top + 1);
    if (behind || top < 0 || bottom > innerHeight)
      obscured.add(`${top.toFixed()} to ${bottom.toFixed()} ${e.outerHTML.slice(0, 200)}`);
  }
  return [...obscured];
}"""


def found_by_axe(page: Any) -> list[str]:
    """All that axe-core finds on a page, of any weight."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{v['id']}: {node['html'][:200]} {node['failureSummary']}"
        for v in found
        for node in v["nodes"]
        if not any(v["id"] == rule and part in node["html"] for rule, part in STREAMLITS)
    ]


def too_small(page: Any) -> list[str]:
    """What a finger can use on a page and is less than LEAST px wide or high."""
    found: list[str] = page.evaluate(SMALL, LEAST)
    return found


def open_all(page: Any) -> None:
    """Open the drawers that are in sight, those in them, and the helps of numbers."""
    closed = "[data-testid=stExpander] details:not([open]) > summary >> visible=true"
    while page.locator(closed).count():
        page.locator(closed).first.click()
        page.wait_for_timeout(100)
        chrome.settle(page)
    helps = page.locator("cv-number button[aria-expanded=false] >> visible=true")
    while helps.count():
        helps.first.click()


def open_sidebar(page: Any) -> None:
    """Open the sidebar of a small window."""
    page.get_by_role("button", name="Expand sidebar").click()
    page.locator("[data-testid=stSidebar][data-collapsed=false]").wait_for()
    page.wait_for_timeout(400)  # it slides in
    chrome.settle(page)


def open_choices(page: Any) -> bool:
    """Open the first list of choices that is in sight; whether there is one."""
    box = page.locator("[data-testid=stSelectbox] input >> visible=true").first
    if not box.count():
        return False
    box.scroll_into_view_if_needed()
    page.wait_for_timeout(300)  # a list closes when what it is at moves
    box.click()
    page.get_by_role("option").first.wait_for()
    return True
