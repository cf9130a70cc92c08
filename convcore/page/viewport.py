"""The browser's window: its history, its sidebar, its width and the size of its text.

Charts side by side do not shrink, so they are built for the width of the page, and scaled as a whole by
what the browser's letters are larger than usual. On a slide the window's height counts, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from convcore.page.streamlit_ways import (
    CLOSE_SIDEBAR,
    CONNECTED,
    PAGE_BLOCK,
    REACH_SCROLLED,
    SCRIPT_RUNNING,
    WALK_HISTORY,
)

# In steps, so that a scroll bar or a small change of the window does not rebuild every chart.
STEP = 10
NARROWEST, WIDEST = 280, 1920
DESKTOP, PHONE = 880, 320
SMALLEST = 1.0  # of the scales: words of 12 px get no smaller
LETTERS = 16  # px of a browser's font, unless its visitor chose another

# Milliseconds without a change after which a width counts: the sidebar slides in when a page opens.
REST = 120

_measure = st.components.v2.component(
    "viewport",
    html="<span></span>",
    js=f"""{WALK_HISTORY}{CLOSE_SIDEBAR}{REACH_SCROLLED}
export default function({{parentElement, data, setStateValue}}) {{
  const page = document.querySelector("{PAGE_BLOCK}");
  let reported = null, letters = 1, high = 0, timer;
  // A run that follows the first one at once would replace widgets that the browser has yet to build,
  // and with them the values that they were to show.
  const building = () =>
    reported === null && document.querySelector("{SCRIPT_RUNNING}");
  const report = () => {{
    if (building()) return wait();
    reachScrolled(page);
    const style = getComputedStyle(page);
    const room = page.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const width = Math.floor(room / {STEP}) * {STEP};
    const text = parseFloat(getComputedStyle(document.documentElement).fontSize) / {LETTERS};
    if (width > 0 && text !== letters) {{ letters = text; setStateValue("text", text); }}
    if (width > 0 && data.slide && innerHeight !== high) {{
      high = innerHeight;
      setStateValue("height", high);
    }}
    if (width > 0 && width !== reported) {{ reported = width; setStateValue("width", width); }}
  }};
  const wait = () => {{ clearTimeout(timer); timer = setTimeout(report, {REST}); }};
  const watch = new ResizeObserver(wait);
  watch.observe(page);
  const written = new MutationObserver(() => reachScrolled(page));
  written.observe(page, {{subtree: true, childList: true}});
  addEventListener("resize", wait);
  wait(); // in a frame that is not in sight, nothing is observed
  // A server that was started anew knows of no number before it has drawn the whole page, and Streamlit
  // does not always ask it to.
  const [attribute] = "{CONNECTED}".slice(1).split("=");
  let there = true, asking;
  const back = new MutationObserver(() => {{
    if (there === (there = !!document.querySelector("{CONNECTED}")) || !there) return;
    clearTimeout(asking);
    asking = setTimeout(() => setStateValue("back", Date.now()), {REST});
  }});
  back.observe(document, {{subtree: true, attributeFilter: [attribute]}});
  return () => {{
    clearTimeout(timer);
    clearTimeout(asking);
    for (const observer of [watch, back, written]) observer.disconnect();
    removeEventListener("resize", wait);
  }};
}}""",
)


@dataclass(frozen=True)
class Room:
    """What charts are built for: a width in pixels, and what the browser then scales them by.

    high: the height of the window in pixels, 0 until it is known and where it does not count.
    """

    pixels: int
    scale: float
    high: int = 0


def room(slide: bool) -> Room:
    """The room of the charts; guessed from the browser's name until it has reported one.

    slide: whether the window's height counts; there nothing is scaled yet, see `charts.fit`.
    """
    phone = "Mobi" in st.context.headers.get("User-Agent", "")
    seen = _measure(
        key="viewport",
        data={"slide": slide},
        default={"width": 0, "text": 1, "height": 0, "back": 0},
        # without these, the component would not report
        on_width_change=lambda: None,
        on_text_change=lambda: None,
        on_height_change=lambda: None,
        on_back_change=lambda: None,
        height=1,
    )
    wide = min(max(seen.width or (PHONE if phone else DESKTOP), NARROWEST), WIDEST)
    if slide:
        return Room(wide, 1.0, int(seen.height) if seen.width else 0)
    # Letters larger than fit the least picture would push it out of the page.
    scale = min(max(seen.text, SMALLEST), wide / NARROWEST)
    return Room(int(wide / scale), scale)


def settle() -> None:
    """At the end of a run: remember whether the browser has reported its width."""
    if st.session_state["viewport"].get("width"):
        st.session_state["width_known"] = True
