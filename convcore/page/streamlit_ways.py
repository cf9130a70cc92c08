"""Everything that the page relies on and Streamlit does not promise, and nothing else; its style sheets are
in `styles`.

Each has a test of its name in tests/test_browser_canaries.py, which fails in a real browser when
Streamlit changes it. To try another version of Streamlit, run `python -m pytest -m canary`.
"""

from __future__ import annotations

import contextlib
import gc
import json
import re
import socket
import time
from collections.abc import Callable, Mapping
from copy import copy, deepcopy
from functools import cache, lru_cache
from typing import Any, ClassVar, TypeVar
from uuid import uuid4

import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit.components.v2.bidi_component import main as bidi_component
from streamlit.cursor import Cursor
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements import vega_charts
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.scriptrunner import get_script_run_ctx

from convcore.page.styles import SMALL

Container = DeltaGenerator  # for annotations
Drawing = TypeVar("Drawing", bound=Callable[..., Any])

# What each name below relies on. The last three have nothing to call: the page just relies on them.
WAYS = {
    "from_position_0": "to draw into a deep copy of a container leaves its own next position as it was",
    "pause_unless_superseded": "a look into the session ends a run that a newer change supersedes",
    "progress_unless_superseded": "drawing ends it too, by a BaseException that may be raised again later",
    "one_fragment_for_all_callers": "drawn in one place, a fragment is the same one for every caller",
    "with_arrow_tables": "a chart's data sets may be bytes, which go to the browser as Arrow streams",
    "write_specs_once": "charts' specs are written and read by the `json` of one module, here replaced",
    "tell_theme_once": "each run tells the theme, as one function of one module fills it in, here replaced",
    "copy_cursors_plainly": "a cursor is a few numbers, which copies may share, and one sparse list",
    "show_components_as_they_are": "a component's state is shown by what one name makes, here replaced",
    "announced": "a region in Markdown keeps its element while its words and attributes change",
    "WINDOW_STYLE": "in a small window the page is built of elements with these test ids and classes",
    "TOUCH_STYLE": "what can be touched is built of elements with these test ids, roles and attributes",
    "PLAY_STYLE": "the page and a chart are built of elements with these test ids and classes",
    "WALK_HISTORY": "the page writes its link by history.pushState, and follows it back by popstate",
    "CLOSE_SIDEBAR": "the sidebar has a button that closes it, and notes in localStorage who closed it",
    "visitor": "all tabs of a browser bring one cookie, whose token is masked in another way each time",
    "picked_points": "the session holds, by a chart's key, the points picked in each of its selections",
    "magnified": "a chart has this test id, and an SVG finds what is pointed at when it is zoomed",
    "first_in_run": "what is asked for while a fragment runs is drawn in one run, which knows its keys",
    "keep_uploads_in_memory": "Starlette writes to a temporary file what is larger than this, else nothing",
    "send_at_once": "the server's sockets are this process's, and a new one is set as the one that listens",
    "freeze_what_is_loaded": "with runner.postScriptGC off, no run ends with a search of all memory",
    "PAGE_BLOCK": "the element with this test id holds the page's main part, and its padding",
    "SCRIPT_RUNNING": "an element has this attribute while the script runs, and none has it afterwards",
    "CONNECTED": "an element has this attribute while there is a server; the page looks for one by itself",
    "REACH_SCROLLED": "a table or formula in Markdown keeps what a script writes into it when words change",
    "TELL_CHARTS": "a bound parameter of a chart is an input below it, which takes what a script writes",
    "STYLE": "the page is built of elements with these test ids, classes and attributes",
    "PRINT_STYLE": "on paper as on the screen the page is built of elements with these test ids",
    "STANDING_STYLE": "what a run has yet to draw again has this attribute; charts, bars these test ids",
    "SLIDE_STYLE": "the header has this test id, and a chart stands in an element of its own",
    "CLAIM_STYLE": "elements stand directly in a container, and text has this test id",
    "fragment_runs_to_its_end": "a change within a fragment waits until the fragment's run has ended",
    "keyed_chart_is_updated_in_place": "a chart with the same key and spec takes new data in place",
    "embed_options_reach_the_chart": "a spec's usermeta says whether its chart is an SVG or a canvas",
}

PAGE_BLOCK = "[data-testid=stMainBlockContainer]"
SCRIPT_RUNNING = "[data-test-script-state=running]"
CONNECTED = "[data-test-connection-state=CONNECTED]"

# For the script of a component: `tell(name, value)` sets the bound parameter of that name in every chart on
# the page that has one, at once and without the server, and says whether any has; the value "" ends it (see
# `charts.live.held`).
# `within(chart, marks)` is where a chart's marks are in it, in the chart's own pixels.
TELL_CHARTS = """
const tell = (name, value) => {
  const inputs = document.querySelectorAll(`.vega-bindings input[name="${name}"]`);
  for (const input of inputs) {
    if (input.value === `${value}`) continue;
    input.value = value;
    input.dispatchEvent(new Event("input"));
  }
  return inputs.length > 0;
};
const within = (chart, marks) => {
  const outer = chart.getBoundingClientRect(), inner = marks.getBoundingClientRect();
  const zoom = chart.currentCSSZoom ?? 1;
  return [inner.left - outer.left, inner.top - outer.top].map(px => px / zoom);
};"""

# In the browser's history each lab and each experiment is an entry, whose link follows the controls;
# Streamlit would add one for each change of the link. A page that opens may get its whole link before this
# script runs, as a second entry: going back beyond it leaves the page.
WALK_HISTORY = """
if (!history.walks) {
  const names = ["lab", "exercise", "claim", "at"];
  const place = link => names.map(name => new URL(link, location).searchParams.get(name));
  const push = history.pushState, replace = history.replaceState;
  const ours = state => ({...state, ours: true});
  history.walks = true;
  history.pushState = (state, title, link) => {
    const before = place(location), after = place(link ?? location), [lab, exercise] = before;
    const moved = before.some((held, i) => held !== after[i]);
    const how = (lab || exercise) && moved ? push : replace;
    how.call(history, ours(state), title, link);
  };
  history.replaceState = (state, title, link) => replace.call(history, ours(state), title, link);
  history.replaceState(history.state, "");
  addEventListener("popstate", e => {
    if (history.state?.ours || location.hash) return;
    e.stopImmediatePropagation();
    history.back();
  }, true);
}"""

# The sidebar is closed where a window is small from the start or becomes so; what the visitor opens there
# stays open. As the visitor did not close it, it is open again in a large window.
CLOSE_SIDEBAR = f"""
if (!history.closes) {{
  history.closes = true;
  const small = matchMedia("{SMALL}"), mark = "closed by the page";
  const press = place => document.querySelector(place)?.click();
  const forget = () => {{
    for (const key of Object.keys(localStorage))
      if (key.startsWith("stSidebarCollapsed")) localStorage.removeItem(key);
  }};
  const fit = () => {{
    const open = document.querySelector("[data-testid=stSidebar]").dataset.collapsed === "false";
    if (small.matches && open) {{
      press("[data-testid=stSidebarCollapseButton] button");
      localStorage.setItem(mark, "");
    }} else if (!small.matches && localStorage.getItem(mark) !== null) {{
      localStorage.removeItem(mark);
      if (!open) press("[data-testid=stExpandSidebarButton]");
      forget();
    }}
  }};
  const built = setInterval(() => {{
    if (!document.querySelector("[data-testid=stSidebar]")) return;
    clearInterval(built);
    fit();
  }}, 30);
  small.addEventListener("change", () => setTimeout(fit, 100));
}}"""

# For the script of a component, which calls it with the page's block: what scrolls, as a wide table or a
# claim on a phone does, can be reached by the keyboard, as not every browser does by itself.
REACH_SCROLLED = """
const reachScrolled = page => {
  for (const e of page.querySelectorAll("table, .katex, .st-key-claim [data-testid=stMarkdownContainer]")) {
    const scrolls = e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight;
    if (scrolls && getComputedStyle(e).overflow !== "visible") e.tabIndex = 0;
    else e.removeAttribute("tabindex");
  }
};"""


def from_position_0(container: Container) -> Container:
    """The container as if it were empty, so that drawing into it updates its elements in place.

    Nothing else may draw into it. Drawing takes the next position of a container; a copy has the position
    of the time when it was copied. (st.empty() would remove the elements, so that charts are built again
    whenever the browser draws before the next message.)
    """
    return deepcopy(container)


def pause_unless_superseded(seconds: float, look: float) -> None:
    """Wait; a newer change ends the run meanwhile. look: seconds between two checks for one."""
    end = time.monotonic() + seconds
    # Streamlit checks for a newer change at each look into the session. This key is never set.
    while "superseded" not in st.session_state and time.monotonic() < end:
        time.sleep(look)


def progress_unless_superseded(bar: Container, share: float, words: str) -> None:
    """Let a progress bar show a share (0 to 1); raises Streamlit's exception if a newer change has come.

    That is a BaseException but no Exception. Code that has to end something first, such as a run in
    another process, may catch it and raise it later. Until then, whatever draws raises it again.
    """
    bar.progress(min(max(share, 0.0), 1.0), words)


def one_fragment_for_all_callers(key: str) -> Callable[[Drawing], Drawing]:
    """A fragment that the page and other fragments may draw, without its charts being built again.

    A chart that comes from another fragment than before is built again. With this, the fragment depends
    on the place that is drawn into, not on the caller.
    """
    return st.fragment(key=key)


def first_in_run(name: str) -> bool:
    """Whether this is the first call with this name in the present run, of whatever fragments.

    Two numbers that are moved while a run goes on are drawn in one, and what both draw would be there
    twice.
    """
    context = get_script_run_ctx(suppress_warning=True)
    return context is None or context.shared.widget_user_keys_this_run.check_and_add(name)


def with_arrow_tables(spec: dict[str, Any], tables: dict[str, bytes]) -> dict[str, Any]:
    """A Vega-Lite spec whose data sets are Arrow streams, which are sent as they are."""
    return {**spec, "datasets": tables}


class _Spec:
    """The spec of a chart, the same as another with the very same parts."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.spec = spec
        self._parts = tuple((name, id(part)) for name, part in spec.items())

    def __hash__(self) -> int:
        return hash(self._parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Spec) and self._parts == other._parts


class _Json:
    """What Streamlit uses of `json` for specs, whose parts stay as they are: so one writes them once."""

    JSONDecodeError = json.JSONDecodeError
    specs: ClassVar[dict[str, Any]] = {}

    # What is picked in a chart is written and read by these, too, each time, as it is changed.

    @staticmethod
    def loads(text: str) -> Any:
        spec = _Json.specs.get(text)
        return json.loads(text) if spec is None else spec

    @staticmethod
    def dumps(spec: Mapping[str, Any], **how: Any) -> str:
        return json.dumps(spec, **how) if how else _Json.written(_Spec(spec))

    @staticmethod
    @lru_cache(64)
    def written(held: _Spec) -> str:
        # Without spaces, which are a tenth of it; and all letters as they are.
        text = json.dumps(held.spec, separators=(",", ":"), ensure_ascii=False)
        _Json.specs[text] = json.loads(text)
        return text


def write_specs_once() -> None:
    """Let Streamlit write the spec of a chart once, and short; it would at each change, and read it too."""
    setattr(vega_charts, "json", _Json)  # noqa: B010 - it is not exported


def tell_theme_once() -> None:
    """Let Streamlit look up the theme once; it would go through all of its options several times a run."""
    fill = app_session._populate_theme_msg

    @cache
    def found(section: str) -> CustomThemeConfig:
        made = CustomThemeConfig()
        fill(made, section)
        return made

    def filled(theme: CustomThemeConfig, section: str = "theme") -> None:
        if found(section).ByteSize():  # else it must stay unset
            theme.MergeFrom(found(section))

    setattr(app_session, "_populate_theme_msg", filled)  # noqa: B010 - it is not exported


def copy_cursors_plainly() -> None:
    """Let a cursor be copied with a list of its own; each fragment copies some twenty, all the way down."""

    def copied(cursor: Cursor, _memo: object) -> Cursor:
        twin = copy(cursor)
        twin._transient_elements = copy(cursor._transient_elements)
        twin._transient_elements._data = dict(cursor._transient_elements._data)
        return twin

    setattr(Cursor, "__deepcopy__", copied)  # noqa: B010 - it has none


def show_components_as_they_are() -> None:
    """Let the state of a component be what the browser sent, which the page only reads.

    Streamlit would make a class for each look at each component, and looks at all of them in each run.
    """

    def presenter(*_: object) -> Callable[[object, object], object]:
        return lambda state, _session: state

    setattr(bidi_component, "make_bidi_component_presenter", presenter)  # noqa: B010 - it is not exported


def announced(*paragraphs: str, help: str, data: Mapping[str, str]) -> None:
    """Markdown that screen readers read out when it changes: a region, whose text React replaces.

    data: what scripts on the page find in its attributes, data-name; never a visitor's text.
    """
    attributes = "".join(f' data-{name}="{value}"' for name, value in data.items())
    words = [f'<div role="status" aria-live="polite"{attributes}>', *paragraphs, "</div>"]
    st.markdown("\n\n".join(words), unsafe_allow_html=True, help=help or None)


def visitor() -> str:
    """Names the visitor by the browser, in all of its tabs; by the session if it takes no cookies."""
    # As Tornado writes it: version, mask, masked token, time.
    cookie = str(st.context.cookies.get("_streamlit_xsrf", ""))
    if found := re.fullmatch(r"\W?2\|((?:[0-9a-f]{2}){4})\|((?:[0-9a-f]{2}){16})\|\d+\W?", cookie):
        mask, masked = map(bytes.fromhex, found.groups())
        return bytes(x ^ y for x, y in zip(masked, mask * 4, strict=True)).hex()
    name: str = st.session_state.setdefault("visitor", uuid4().hex)
    return name


def picked_points(key: str) -> dict[str, list[dict[str, Any]]]:
    """The points picked in the chart with this key, by the name of the selection."""
    points: dict[str, list[dict[str, Any]]] = dict(st.session_state[key].selection)
    return points


def magnified(scale: float) -> str:
    """A style sheet that scales all charts, which are made of pixels; "" for 1.

    They must be SVGs: on a canvas, Vega would look for the pointer elsewhere.
    """
    return (
        f"<style>[data-testid=stVegaLiteChart] {{zoom: {scale:g};}}</style>" if scale != 1 else ""
    )


def keep_uploads_in_memory(size: int) -> None:
    """From now on let no upload of at most `size` bytes be written to a disk, which may be full.

    So files of visitors are nowhere but in memory, too.
    """
    MultiPartParser.spool_max_size = size


def send_at_once() -> None:
    """From now on let each message leave at once, to those who are there and to all who come.

    Streamlit's server leaves Nagle's algorithm on: a message that is smaller than a packet waits until what
    was sent before is acknowledged, which takes the way there and back, and on one machine 40 ms.
    """
    for found in gc.get_objects():
        if isinstance(found, socket.socket) and found.type == socket.SOCK_STREAM:
            with contextlib.suppress(OSError):  # of a socket that was closed, or is no TCP's
                found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def freeze_what_is_loaded() -> None:
    """Let the garbage collector ignore all that is loaded by now, as it stays loaded.

    Even so, a full collection after each run would cost more than most runs: .streamlit/config.toml turns
    it off.
    """
    gc.collect()
    gc.freeze()
