"""The grid of the pictures, read from Chromium: edges line up, words are whole and apart."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="pip install -r tests/requirements.txt")

from hypothesis import settings

from convcore.labs import LABS
from convcore.page.streamlit_ways import PAGE_BLOCK
from tests import browser as chrome

if chrome.chromium() is None:
    if chrome.REQUIRED:
        raise RuntimeError(chrome.HOW)
    pytest.skip(chrome.HOW, allow_module_level=True)

# Every plot with a border, and every text in sight: left, top, right, bottom in CSS pixels; a slanted text
# in parts, as its own box is mostly empty.
READ = """() => {
  const box = e => { const r = e.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; };
  const seen = e => e.getBoundingClientRect().width > 0 && getComputedStyle(e).opacity > 0
    && (e.getAttribute('opacity') ?? 1) > 0;
  const shown = e => {
    const [left, top, right, bottom] = box(e), svg = box(e.closest('svg'));
    return left < svg[2] && right > svg[0] && top < svg[3] && bottom > svg[1];
  };
  const parts = e => {
    const m = e.getScreenCTM(), {x, y, width, height} = e.getBBox();
    if (!m.b || !m.a) return [box(e)];
    const size = Math.hypot(m.a, m.b), half = height * size / 2;
    return [1, 3, 5, 7].map(i => {
      const at = new DOMPoint(x + width * i / 8, y + height / 2).matrixTransform(m);
      return [at.x - half, at.y - half, at.x + half, at.y + half];
    });
  };
  return [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].map(chart => ({
    frame: box(chart.closest('[data-testid=stMainBlockContainer]') ?? chart),
    chart: box(chart.querySelector('svg')),
    plots: [...chart.querySelectorAll('.role-scope > g > path.background')].filter(
      e => (e.getAttribute('stroke') ?? 'none') !== 'none').map(box),
    texts: [...chart.querySelectorAll('svg text')].filter(
      e => e.textContent.trim() && seen(e) && shown(e)).map(e => ({text: e.textContent, box: box(e),
        parts: parts(e), size: parseFloat(getComputedStyle(e).fontSize)})),
  }));
}"""
PADDING = """e => ["paddingLeft", "paddingRight"].map(
  side => parseFloat(getComputedStyle(e)[side]))"""
# Under `thorough` at all widths: opening thirty pages takes minutes.
WIDTHS = (1280, 390) if settings().derandomize else (1280, 1440, 1920, 820, 390)
# So are the claims, but for those in whose pictures words were cut or covered: on a phone, once.
OPENED = [(f"lab={kind.key}", width) for kind in LABS for width in WIDTHS]
OPENED += [(f"claim={claim}", 390) for claim in (8, 22)]
# Wells with points of two-cycles beside fixed ones, whose numbers had each other's place.
WELLS = (("w%5E4-w%5E2&start=0.5", 390), ("w%5E4-0.1*w%5E2", 1280))
OPENED += [(f"lab=newton&ground=formula&ground.text={well}", width) for well, width in WELLS]
if not settings().derandomize:
    OPENED += [(f"claim={claim}", width) for claim in range(1, 24) for width in WIDTHS]
SAME, EDGES, SHORT, SMALLEST = 1, 2, 24, 12  # px


@pytest.fixture(scope="module")
def svg_server() -> Iterator[str]:
    with chrome.server("tests/svg_page.py") as server:
        yield server.url


def rows(plots: list[list[float]]) -> list[list[list[float]]]:
    """Plots that overlap in height: those of a row."""
    found: list[list[list[float]]] = []
    for plot in sorted(plots, key=lambda box: box[1]):
        top, bottom = plot[1], plot[3]
        for row in found:
            if top < row[0][3] - 10 and bottom > row[0][1] + 10:
                row.append(plot)
                break
        else:
            found.append([plot])
    return found


@pytest.mark.parametrize(("link", "width"), OPENED)
def test_panels_line_up_and_words_are_whole_and_apart(
    chromium: Any, svg_server: str, link: str, width: int
) -> None:
    page = chrome.open_page(chromium, f"{svg_server}/?{link}", width=width, height=1000)
    charts: list[dict[str, Any]] = page.evaluate(READ)
    left, right = page.locator(PAGE_BLOCK).evaluate(PADDING)
    page.context.close()
    assert sum(len(chart["plots"]) for chart in charts) >= 2
    lefts, rights = [], []
    for chart in charts:
        for row in rows(chart["plots"]):
            row.sort()
            # In a column of two, the tall one beside them has the top of the first, the bottom of the last.
            assert min(abs(box[1] - row[0][1]) for box in row[1:] or row) <= SAME, row
            assert min(abs(box[3] - row[0][3]) for box in row[1:] or row) <= SAME, row
            lefts.append(row[0][0])
            rights.append(row[-1][2])
        room = chart["frame"][0] + left, chart["frame"][2] - right
        for text in chart["texts"]:
            assert text["size"] >= SMALLEST, text
            assert not text["text"].endswith("…"), f"cut: {text}"
            low, high = text["box"][0], text["box"][2]
            assert room[0] - EDGES <= low and high <= room[1] + EDGES, f"cut: {text}"
        for one, other in combinations(chart["texts"], 2):
            if one["text"] == other["text"]:  # words and their halo
                continue
            pairs = product(one["parts"], other["parts"])
            assert not any(covers(*pair) for pair in pairs), (one["text"], other["text"])
        assert room[1] - rights[-1] <= SHORT
    assert max(lefts) - min(lefts) <= EDGES, lefts
    assert max(rights) - min(rights) <= EDGES, rights


def covers(one: list[float], other: list[float]) -> bool:
    """Whether two boxes overlap by more than their letters' empty space."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    tall = min(one[3], other[3]) - max(one[1], other[1])
    return wide > 2 and tall > 0.3 * min(one[3] - one[1], other[3] - other[1])
