"""Canaries in a real Chromium: each test holds the way of `convcore.page.streamlit_ways` whose name it has.

They look at the page by its words, so that each fails for its own way only.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="pip install -r tests/requirements.txt")

from playwright.sync_api import Locator, Page, WebSocket

from convcore.page import streamlit_ways as ways
from tests import browser as chrome
from tests.barriers import open_choices, too_small

if chrome.chromium() is None:
    if chrome.REQUIRED:
        raise RuntimeError(chrome.HOW)
    pytest.skip(chrome.HOW, allow_module_level=True)

pytestmark = pytest.mark.canary
TESTS = Path(__file__).parent
SOON = 15_000  # milliseconds


@pytest.fixture(scope="module")
def served() -> Iterator[chrome.Server]:
    with chrome.server("tests/canary_pages.py") as running:
        yield running


# All connections of a page, so that a test can end them.
SOCKETS = """
window.sockets = [];
window.WebSocket = class extends WebSocket { constructor(...a) { super(...a); sockets.push(this); } };
"""


@pytest.fixture
def tiny(request: pytest.FixtureRequest, served: chrome.Server, desk: Any) -> Iterator[Page]:
    """The page of `canary_pages` whose name the test has."""
    page: Page = desk.new_page()
    page.set_default_timeout(SOON)
    way = request.function.__name__.removeprefix("test_")
    print(f"{way} relies on this: {ways.WAYS.get(way)}")  # which a test that fails shows
    page.add_init_script(SOCKETS)
    page.goto(f"{served.url}/?way={way}", timeout=30_000)
    page.get_by_text("opened", exact=True).wait_for(timeout=30_000)
    yield page
    page.close()


def says(page: Page | Locator, words: str) -> Locator:
    """The element with just these words, once it is there."""
    found = page.get_by_text(words, exact=True)
    found.wait_for()
    return found


def change(page: Page, button: str = "change") -> None:
    page.get_by_role("button", name=button, exact=True).click()


def test_from_position_0(tiny: Page) -> None:
    says(tiny, "ended")
    assert tiny.locator(".st-key-place p").all_inner_texts() == ["new", "stays"]


def test_pause_unless_superseded(tiny: Page) -> None:
    is_superseded(tiny)


def test_progress_unless_superseded(tiny: Page) -> None:
    is_superseded(tiny)


def is_superseded(page: Page) -> None:
    says(page, "began 1")
    change(page)
    says(page, "began 2")
    page.locator("p").filter(has_text="ended").wait_for()
    assert page.locator("p").all_inner_texts()[-1] == "ended by no Exception"


def test_one_fragment_for_all_callers(tiny: Page) -> None:
    says(tiny, "drawn 1")
    words = tiny.locator(".st-key-place p")
    mark(tiny, "at 1")
    for times, button in enumerate(("control", "control", "by its key", "control"), 2):
        change(tiny, button)
        says(tiny, f"drawn {times}")
        kept(tiny, f"at {times}")
        assert words.all_inner_texts() == [f"drawn {times}"]


def mark(page: Page, word: str) -> None:
    """Remember the chart in which this word stands."""
    says(page, word).evaluate("word => { word.closest('svg').marked = true; }")


def kept(page: Page, word: str) -> None:
    """The word now stands in the chart that was marked."""
    assert says(page, word).evaluate("word => word.closest('svg').marked"), (
        "a chart was built again"
    )


def test_with_arrow_tables(tiny: Page) -> None:
    says(tiny, "at 3")


def test_write_specs_once(tiny: Page) -> None:
    frames: list[str | bytes] = []

    def connected(socket: WebSocket) -> None:
        socket.on("framereceived", keep)

    def keep(frame: str | bytes) -> None:
        frames.append(frame)

    tiny.on("websocket", connected)
    tiny.reload()
    says(tiny, "at 3")
    sent = b"".join(frame for frame in frames if isinstance(frame, bytes))
    assert b'"x":{"field":"x","type":"quantitative"' in sent and b'"field": ' not in sent


def test_tell_theme_once(tiny: Page) -> None:
    shade = "e => getComputedStyle(e).backgroundColor"
    accent = tiny.get_by_role("button", name="accent", exact=True)
    config = tomllib.loads((TESTS.parent / ".streamlit/config.toml").read_text(encoding="utf-8"))
    wanted = config["theme"]["light"]["primaryColor"]
    red, green, blue = (int(wanted[i : i + 2], 16) for i in (1, 3, 5))
    for run in (1, 2, 3):
        says(tiny, f"run {run}")
        assert accent.evaluate(shade) == f"rgb({red}, {green}, {blue})"
        change(tiny)


def test_copy_cursors_plainly(tiny: Page) -> None:
    says(tiny, "ended")
    assert tiny.locator(".st-key-place p").all_inner_texts() == ["third", "second below"]
    for run in (1, 2, 3):
        says(tiny, f"part {run}")
        assert tiny.get_by_text(re.compile("part .")).count() == 1
        tiny.get_by_role("button", name="again").click()


def test_show_components_as_they_are(tiny: Page) -> None:
    says(tiny, "None, 0 of a class made for it, heard 0, run 1")
    tiny.get_by_role("button", name="send").click()
    says(tiny, "3, 0 of a class made for it, heard 1, run 2")
    change(tiny)
    says(tiny, "3, 0 of a class made for it, heard 1, run 3")


def test_picked_points(tiny: Page) -> None:
    says(tiny, "picked None")
    says(tiny, "at 2").click(force=True)
    says(tiny, "picked {'pick': [2]}")


def test_visitor(tiny: Page, chromium: Any) -> None:
    def name(page: Page) -> str:
        words = page.get_by_text(re.compile("visitor [0-9a-f]{32}$"))
        words.wait_for(timeout=30_000)
        return words.inner_text()

    def cookie(page: Page) -> str:
        return str(page.context.cookies()[0].get("value"))

    first, masked = name(tiny), cookie(tiny)
    tab = tiny.context.new_page()
    tab.goto(tiny.url)
    other = chrome.context(chromium).new_page()
    other.goto(tiny.url)
    assert name(tab) == first != name(other)
    assert cookie(tab) != masked, "so that the cookie alone would not tell"
    tab.close()
    other.context.close()


def test_magnified(tiny: Page) -> None:
    says(tiny, "picked None")
    svg = tiny.locator("[data-testid=stVegaLiteChart] svg")
    assert svg.evaluate("e => e.getBoundingClientRect().width / e.width.baseVal.value") == 2
    says(tiny, "at 2").click(force=True)
    says(tiny, "picked {'pick': [2]}")


def test_first_in_run(tiny: Page) -> None:
    says(tiny, "drawn 1 times")
    tiny.get_by_text("first").click()
    for _ in range(2):  # while the first is drawn
        for name in ("second", "first"):
            tiny.get_by_text(name).click()
    tiny.wait_for_timeout(4000)
    assert tiny.get_by_text("duplicate").count() == 0
    assert tiny.locator(chrome.ERRORS).count() == 0
    assert tiny.get_by_label("one key").count() == 1


def test_keep_uploads_in_memory(tiny: Page) -> None:
    says(tiny, "0 bytes")
    for size in (3_000_000, 10):
        tiny.locator("input[type=file]").set_input_files(
            {"name": "a.csv", "mimeType": "text/csv", "buffer": b"1" * size}
        )
        says(tiny, f"{size} bytes")


def test_send_at_once(tiny: Page) -> None:
    for _ in range(2):
        says(tiny, "before: False, later: True, True, 0 wait")
        tiny.reload()  # by connections of its own


def test_freeze_what_is_loaded(tiny: Page) -> None:
    for run in (1, 2, 3):
        says(tiny, f"run {run}, searches: 0, frozen: True")
        if run < 3:
            change(tiny)


# An element's width without its padding.
ROOM = """e => { const style = getComputedStyle(e);
  return e.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight); }"""


def test_PAGE_BLOCK(tiny: Page) -> None:
    says(tiny, "ended")
    block = tiny.locator(ways.PAGE_BLOCK)
    assert block.count() == 1
    assert block.inner_text().split() == ["opened", "ended"]
    # What is drawn below it has all of the width that is left.
    assert block.evaluate(ROOM) == tiny.locator(".st-key-inside").evaluate(ROOM) > 300


def test_SCRIPT_RUNNING(tiny: Page) -> None:
    running = tiny.locator(ways.SCRIPT_RUNNING)
    for run in (1, 2):
        says(tiny, f"ended {run}")
        running.wait_for(state="detached")
        if run < 2:
            change(tiny)
            says(tiny, "began 2")
            assert running.count() == 1


def test_CONNECTED(tiny: Page) -> None:
    says(tiny, "ended")
    there = tiny.locator(ways.CONNECTED)
    assert there.count() == 1
    tiny.evaluate("for (const socket of sockets) socket.close()")
    there.wait_for(state="detached")
    there.wait_for(timeout=30_000)


# Of each rule of the style sheet that has such a beginning, what it does not set to what it says.
UNSET = """([begins, narrow]) => {
  const unset = [];
  const look = rules => { for (const rule of rules) {
    if (rule instanceof CSSMediaRule) {
      if (matchMedia(rule.conditionText).matches) look(rule.cssRules);
      continue;
    }
    if (rule instanceof CSSContainerRule) { if (!narrow) look(rule.cssRules); continue; }
    if (narrow && !rule.parentRule) continue; // which a rule for this width may replace
    const e = document.querySelector(rule.selectorText);
    if (!e) { unset.push(`${rule.selectorText} is nowhere`); continue; }
    e.style.transition = 'none';
    for (const name of rule.style) {
      const now = getComputedStyle(e)[name], old = e.style.getPropertyValue(name);
      e.style.setProperty(name, rule.style.getPropertyValue(name), 'important');
      const said = getComputedStyle(e)[name];
      e.style.setProperty(name, old);
      if (now !== said) unset.push(`${rule.selectorText} has ${name}: ${now}, not ${said}`);
    }
  } };
  const sheets = [...document.querySelectorAll('style')].filter(s => s.textContent.includes(begins));
  for (const style of sheets) look(style.sheet.cssRules);
  return sheets.length === 1 ? unset : [`there are ${sheets.length} style sheets`];
}"""


def obeyed(page: Page, begins: str, narrow: bool = False) -> None:
    """The style sheet sets what it says, once all is there: some elements come a moment after the words."""
    for _ in range(SOON // 250):
        unset = page.evaluate(UNSET, [begins, narrow])
        if not unset:
            return
        page.wait_for_timeout(250)
    raise AssertionError("\n".join(unset))


def test_announced(tiny: Page) -> None:
    says(tiny, "ended")
    region = tiny.locator("[role=status][aria-live=polite]")
    region.evaluate("e => { window.region = e; }")  # once it is there: Markdown may come late
    assert "1 of many" in region.inner_text()
    assert region.get_attribute("data-run") == "1"
    change(tiny)
    region.filter(has_text="2 of many").wait_for(timeout=SOON)
    assert tiny.evaluate("region.isConnected && region.textContent.includes('2 of many')")
    assert region.locator("h2").count() == 1
    assert region.get_attribute("data-run") == "2"


def test_WALK_HISTORY(tiny: Page) -> None:
    tiny.get_by_role("button", name="run it").click()
    says(tiny, "it walks")
    entries = tiny.evaluate("history.length")
    for name, added in (
        ("eta", 0),
        ("eta", 0),
        ("lab", 1),
        ("eta", 1),
        ("claim", 2),
        ("exercise", 3),
    ):
        before = tiny.url
        change(tiny, f"another {name}")
        tiny.wait_for_url(lambda url, before=before: url != before)
        assert tiny.evaluate("history.length") == entries + added, name
    tiny.go_back()
    says(tiny, "link claim=1 eta=3 lab=1 way=WALK_HISTORY")
    tiny.go_back()
    says(tiny, "link eta=3 lab=1 way=WALK_HISTORY")
    tiny.go_back()
    says(tiny, "link eta=2 lab=0 way=WALK_HISTORY")
    tiny.go_forward()
    says(tiny, "link eta=3 lab=1 way=WALK_HISTORY")


def test_CLOSE_SIDEBAR(tiny: Page) -> None:
    tiny.get_by_role("button", name="run it").wait_for()
    sidebar = tiny.locator("[data-testid=stSidebar]")
    assert sidebar.get_attribute("data-collapsed") == "false"
    for width, height, closed in ((844, 390, "true"), (1200, 800, "false"), (850, 900, "true")):
        tiny.set_viewport_size({"width": width, "height": height})
        tiny.locator(f"[data-testid=stSidebar][data-collapsed={closed}]").wait_for(state="attached")
    # What the visitor opens stays open.
    tiny.get_by_test_id("stExpandSidebarButton").click()
    tiny.set_viewport_size({"width": 844, "height": 390})
    tiny.wait_for_timeout(500)
    assert sidebar.get_attribute("data-collapsed") == "false"


def test_TELL_CHARTS(tiny: Page) -> None:
    says(tiny, "held:")
    tiny.get_by_role("button", name="tell").click()
    says(tiny, "held: 0.25")


def test_STYLE(tiny: Page) -> None:
    tiny.emulate_media(
        color_scheme="dark"
    )  # in light mode, tags have the colour that they are to have
    tiny.reload()
    says(tiny, "ended")
    for name in ("large.csv", "larger.csv"):
        tiny.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "text/csv", "buffer": b"1,2\n" * 300_000}
        )
        tiny.get_by_title(name).wait_for(state="attached")
    obeyed(tiny, ".katex {")
    tiny.set_viewport_size({"width": 600, "height": 800})
    obeyed(tiny, ".katex {", narrow=True)


def test_PLAY_STYLE(tiny: Page) -> None:
    says(tiny, "at 1")
    for width, narrow in ((1280, False), (600, True)):
        tiny.set_viewport_size({"width": width, "height": 800})
        tiny.locator("[data-testid=stVegaLiteChart]").hover()
        # Set by a chart where the pointer tries a value, and by the page where it is closed.
        tiny.evaluate("""() => {
          document.querySelector('[data-testid=stVegaLiteChart]').style.cursor = 'ew-resize';
          document.querySelector('[data-testid=stSidebar]').dataset.collapsed = 'true';
        }""")
        obeyed(tiny, ".st-key-play {", narrow=narrow)


def test_PRINT_STYLE(tiny: Page) -> None:
    says(tiny, "ended")
    tiny.emulate_media(media="print")
    gone = "button:not(summary), input, [data-testid=stSidebar], [data-testid=stHeader]"
    seen = tiny.evaluate(
        "gone => [...document.querySelectorAll(gone)].filter(e => e.checkVisibility()).length", gone
    )
    assert seen == 0
    for words in ("A headline", "line 0", "line 29", "ended"):
        assert tiny.get_by_text(words, exact=True).is_visible()
    # Nothing scrolls: all of it is on the paper.
    assert tiny.evaluate("document.documentElement.scrollHeight") > 1000


def test_STANDING_STYLE(tiny: Page) -> None:
    seen = """() => [...document.querySelectorAll('[data-testid=stVegaLiteChart], [data-stale=true]')]
      .map(e => Number(getComputedStyle(e).opacity))"""
    says(tiny, "ended 1")
    change(tiny)
    says(tiny, "began 2")
    tiny.locator("[data-stale=true]").first.wait_for()
    tiny.wait_for_timeout(1200)  # Streamlit's own begins after half a second
    assert set(tiny.evaluate(seen)) == {1}
    says(tiny, "computing")
    tiny.wait_for_function(f"() => ({seen})().some(opacity => opacity < 0.6)")
    says(tiny, "ended 2")
    tiny.wait_for_function(f"() => ({seen})().every(opacity => opacity === 1)")


def test_WINDOW_STYLE(tiny: Page) -> None:
    says(tiny, "ended")
    tiny.set_viewport_size({"width": 600, "height": 800})
    obeyed(tiny, "@keyframes more", narrow=True)


def test_TOUCH_STYLE(tiny: Page) -> None:
    says(tiny, "ended")
    tiny.set_viewport_size({"width": 390, "height": 800})
    obeyed(tiny, "a.view {display: inline-flex", narrow=True)
    assert too_small(tiny) == []
    assert open_choices(tiny)
    assert too_small(tiny) == []


def test_REACH_SCROLLED(tiny: Page) -> None:
    says(tiny, "ended")
    table, narrow = tiny.locator("table").all()
    tiny.locator(".katex").nth(1).wait_for()  # the script that sets formulas is fetched late
    formula, short = tiny.locator(".katex").all()
    change(tiny, "run it")
    for wide in (table, formula):
        assert wide.get_attribute("tabindex") == "0"
    for other in (narrow, short):
        assert other.get_attribute("tabindex") is None
    change(tiny)
    says(tiny, "run 2")
    says(tiny, "typed 2")
    for wide in (table, formula):
        assert wide.get_attribute("tabindex") == "0"


def test_SLIDE_STYLE(tiny: Page) -> None:
    says(tiny, "ended")
    says(tiny, "at 1")
    obeyed(tiny, "[data-testid=stHeader] {")


def test_CLAIM_STYLE(tiny: Page) -> None:
    says(tiny, "ended")
    obeyed(tiny, ".st-key-claim {")


def test_fragment_runs_to_its_end(tiny: Page) -> None:
    says(tiny, "ended [1]")
    change(tiny)
    says(tiny, "began 2")
    change(tiny)
    says(tiny, "ended [1, 2, 3]")


def test_keyed_chart_is_updated_in_place(tiny: Page) -> None:
    mark(tiny, "at 1")
    for run in (2, 3):
        change(tiny)
        kept(tiny, f"at {run}")


def test_embed_options_reach_the_chart(tiny: Page) -> None:
    for renderer, other in (("svg", "canvas"), ("canvas", "svg")):
        drawn = tiny.locator(f".st-key-{renderer}")
        drawn.locator(f"{renderer}.marks").wait_for()
        assert drawn.locator(f"{other}.marks").count() == 0


TEST_ID = re.compile(r"""data-testid=(\w+)|get_by_test_id\("(\w+)""")


def test_what_the_browser_tests_look_for(tiny: Page) -> None:
    """No way of the page's: where this fails, it is the other browser tests that must be changed."""
    tiny.set_default_timeout(60_000)  # some of these elements load much of Streamlit's page first
    says(tiny, "ended")
    says(tiny, "at 1")
    files = [path for path in TESTS.glob("*.py") if path != Path(__file__)]
    ids = {"".join(found) for path in files for found in TEST_ID.findall(path.read_text("utf-8"))}
    assert len(ids) > 10
    for name in sorted(ids):
        tiny.get_by_test_id(name).first.wait_for(state="attached")
    assert tiny.get_by_role("slider", name="a slider").count() == 1, (
        "of the app without any of ours"
    )
    app = "[data-testid=stApp][data-test-script-state=notRunning]"
    tiny.locator(f"{app}[data-test-connection-state=CONNECTED]").wait_for()
