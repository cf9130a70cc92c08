"""Tiny pages for tests/test_browser_canaries.py, one for each way of Streamlit's: `?way=from_position_0`.

Each does just what the page does there, so that a canary that fails names the cause.
"""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from convcore.page import arrow, styles
from convcore.page import streamlit_ways as ways

LONG = 6.0  # seconds that a run takes if nothing ends it early
PAGES: dict[str, Callable[[], None]] = {}


def page(draw: Callable[[], None]) -> Callable[[], None]:
    """Registers a page under the name of its function."""
    PAGES[draw.__name__] = draw
    return draw


def count(name: str = "run") -> int:
    """How often the session has come here, this time included."""
    st.session_state[name] = st.session_state.get(name, 0) + 1
    return int(st.session_state[name])


def chart(x: float, renderer: str = "svg", key: str = "chart", **select: Any) -> None:
    """A chart of one point at `x` with its word."""
    tables = {"dot": arrow.stream({"x": [x], "word": [f"at {x:g}"]})}
    encoding: dict[str, Any] = {
        "x": {"field": "x", "type": "quantitative", "scale": {"zero": True}}
    }
    dot: dict[str, Any] = {"mark": {"type": "point", "filled": True, "size": 4000}}
    word = {"mark": "text", "encoding": {"text": {"field": "word", "type": "nominal"}}}
    if select:
        dot["params"] = [{"name": "pick", "select": {"type": "point", "fields": ["x"]}}]
    spec = {
        "data": {"name": "dot"},
        "width": 300,
        "height": 100,
        "autosize": {"type": "pad"},
        "encoding": encoding,
        "layer": [dot, word],
        "usermeta": {"embedOptions": {"renderer": renderer}},
    }
    st.vega_lite_chart(ways.with_arrow_tables(spec, tables), key=key, width="content", **select)


@page
def from_position_0() -> None:
    place = st.container(key="place")
    with ways.from_position_0(place):
        st.markdown("old")
        st.markdown("stays")
    with ways.from_position_0(place):
        st.markdown("new")
    st.markdown("ended")


def superseded(how: Callable[[], None]) -> None:
    """How a first run that would take LONG ends when a button is pressed, as a second run shows it.

    The first goes on beside the second, and the session forgets what it sets by then.
    """
    run = count()
    found: list[str] = st.session_state.setdefault("found", [])
    st.button("change")
    st.markdown(f"began {run}")
    if run > 1:
        while not found:
            time.sleep(0.03)
        st.markdown(found[0])
        return
    try:
        how()
        found.append("not ended")
    except BaseException as error:
        found.append(f"ended by {'an' if isinstance(error, Exception) else 'no'} Exception")
        raise
    finally:
        st.empty()  # raises again: the page draws in such places too


@page
def pause_unless_superseded() -> None:
    superseded(lambda: ways.pause_unless_superseded(LONG, look=0.03))


@page
def progress_unless_superseded() -> None:
    bar = st.progress(0.0)

    def report() -> None:
        end = time.monotonic() + LONG
        while time.monotonic() < end:
            time.sleep(0.03)
            try:
                ways.progress_unless_superseded(bar, 0.5, "Computing …")
            except BaseException as error:
                stopped = error
                break
        else:
            return
        time.sleep(0.1)  # as for a run elsewhere to end
        raise stopped

    superseded(report)


@ways.one_fragment_for_all_callers(key="drawing")
def drawing() -> None:
    times = count("times")
    st.markdown(f"drawn {times}")
    chart(times)


@st.fragment
def control(place: ways.Container) -> None:
    """Draws the other fragment with itself when it is used, but not while the page is drawn."""
    if not st.session_state["whole"]:
        with ways.from_position_0(place):
            drawing()
    st.button("control")


@page
def one_fragment_for_all_callers() -> None:
    st.session_state["whole"] = True
    place = st.container(key="place")
    with st.sidebar:
        control(place)
        st.button("by its key", on_click=lambda: st.rerun(["drawing"]))
    with ways.from_position_0(place):
        drawing()
    st.session_state["whole"] = False


@page
def with_arrow_tables() -> None:
    chart(3)


@page
def write_specs_once() -> None:
    ways.write_specs_once()
    chart(3)


@page
def tell_theme_once() -> None:
    ways.tell_theme_once()
    st.button("change")
    st.button("accent", type="primary")
    st.markdown(f"run {count()}")


@page
def copy_cursors_plainly() -> None:
    ways.copy_cursors_plainly()
    place = st.container(key="place")
    for word in ("first", "second"):
        with ways.from_position_0(place):
            st.markdown(word)
            st.markdown(f"{word} below")
    with place:
        st.markdown("third")
    part()
    st.markdown("ended")


@st.fragment
def part() -> None:
    st.button("again")
    st.markdown(f"part {count()}")


SENDER = st.components.v2.component(
    "sender",
    html="<button>send</button>",
    js="""export default c => {
  c.parentElement.querySelector("button").onclick = () => c.setStateValue("value", 3);
}""",
)


@page
def show_components_as_they_are() -> None:
    ways.show_components_as_they_are()
    st.button("change")
    SENDER(key="sender", on_value_change=lambda: count("heard"))
    context = get_script_run_ctx()
    assert context is not None
    kept = context.session_state._state._old_state.values()
    made = sum(type(value).__qualname__.startswith("make_bidi") for value in kept)
    value, heard = st.session_state["sender"].get("value"), st.session_state.get("heard", 0)
    st.text(f"{value}, {made} of a class made for it, heard {heard}, run {count()}")


@page
def picked_points() -> None:
    def picked() -> None:
        points = ways.picked_points("chart")
        st.session_state["picked"] = {name: [p["x"] for p in ps] for name, ps in points.items()}

    chart(2, on_select=picked, selection_mode=["pick"])
    st.text(f"picked {st.session_state.get('picked')}")


@page
def visitor() -> None:
    st.text(f"visitor {ways.visitor()}")


@page
def magnified() -> None:
    st.html(ways.magnified(2))
    picked_points()


@page
def first_in_run() -> None:
    drawn = st.session_state.setdefault("drawn", [])

    @st.fragment(key="both draw it")
    def shared() -> None:
        if ways.first_in_run("shared"):
            drawn.append(1)
            st.text_input("one key", key="one")
            time.sleep(1)

    @st.fragment
    def one() -> None:
        st.button("first")
        with ways.from_position_0(place):
            shared()

    @st.fragment
    def other() -> None:
        st.button("second")
        with ways.from_position_0(place):
            shared()
        st.markdown(f"drawn {len(drawn)} times")

    place = st.container()
    one()
    other()


@page
def keep_uploads_in_memory() -> None:
    import resource  # which Windows has not

    ways.keep_uploads_in_memory(4 * 2**20)
    # What would go to a disk could not be written.
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, resource.RLIM_INFINITY))
    sent = st.file_uploader("file")
    st.markdown(f"{len(sent.getvalue()) if sent else 0} bytes")


@st.cache_resource
def all_before() -> list[bool]:
    """Whether all sockets sent at once, before each run of the next page."""
    return []


@page
def send_at_once() -> None:
    def now(level: int, name: int) -> list[bool]:
        return [bool(s.getsockopt(level, name)) for s in here]

    found = [s for s in gc.get_objects() if isinstance(s, socket.socket) and s.fileno() >= 0]
    here = [s for s in found if s.family == socket.AF_INET and s.type == socket.SOCK_STREAM]
    listen = now(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    before = now(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    if not before[listen.index(True)]:  # in the first run of all
        ways.send_at_once()
    late = now(socket.IPPROTO_TCP, socket.TCP_NODELAY).count(False)
    all_before().append(all(before))
    first, *later = all_before()
    st.markdown(f"before: {first}, later: {all(later)}, {len(here) > 1}, {late} wait")


@page
def freeze_what_is_loaded() -> None:
    run = count()
    gc.disable()  # none but those that are asked for
    if run == 1:
        ways.freeze_what_is_loaded()
        st.session_state["searches"] = []
        seen, thread = st.session_state["searches"], threading.main_thread()

        def searched(phase: str, info: dict[str, int]) -> None:
            # The server's own thread may search, as where a page is left.
            if phase == "stop" and info["generation"] == 2 and threading.current_thread() != thread:
                seen.append(1)

        gc.callbacks.append(searched)
    frozen = gc.get_freeze_count() > 10_000
    st.button("change")
    st.markdown(f"run {run}, searches: {len(st.session_state['searches'])}, frozen: {frozen}")


@page
def PAGE_BLOCK() -> None:
    st.sidebar.markdown("beside")
    with st.container(key="inside"):
        st.markdown("ended")


@page
def SCRIPT_RUNNING() -> None:
    run = count()
    st.button("change")
    st.markdown(f"began {run}")
    time.sleep(1.5 if run == 2 else 0)
    st.markdown(f"ended {run}")


@page
def CONNECTED() -> None:
    st.markdown("ended")


@page
def announced() -> None:
    run = count()
    st.button("change")
    ways.announced(f"## {run} of **many**", "below", help="explained", data={"run": str(run)})
    st.markdown("ended")


def bound_chart() -> None:
    """A chart of a word that says what its bound parameter holds."""
    word = {"type": "text", "text": {"expr": "'held: ' + HELD_X"}}
    spec = {
        "data": {"name": "dot"},
        "params": [{"name": "HELD_X", "value": "", "bind": {"input": "number"}}],
        "mark": word,
        "usermeta": {"embedOptions": {"renderer": "svg"}},
    }
    tables = {"dot": arrow.stream({"x": [1.0]})}
    st.vega_lite_chart(ways.with_arrow_tables(spec, tables), key="bound")


# Tells all charts when it is clicked.
TELLER = st.components.v2.component(
    "teller",
    html="<button>tell</button>",
    js=ways.TELL_CHARTS
    + """
export default ({parentElement}) => {
  parentElement.querySelector("button").onclick = () => tell("HELD_X", 0.25);
}""",
)


@page
def TELL_CHARTS() -> None:
    bound_chart()
    TELLER(key="teller")


@page
def STYLE() -> None:
    st.set_page_config(layout="wide")
    st.html(f"{styles.STYLE}<h1>A title</h1><p>What it is about <span class=brief>now</span></p>")
    ways.announced("## A headline", "and what follows", help="", data={})
    ways.announced("## A long headline", help="", data={"long": ""})
    with st.container(key="where"), st.container(key="experiment"):
        st.markdown("beside the title")
    st.markdown("### A part\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nA formula: $x^2$.")
    bound_chart()
    with st.sidebar:
        st.multiselect("several", ["one", "two"], default=["one"])
        st.file_uploader("a file", type=["csv"], max_upload_size=1)
        st.text_input("waits", disabled=True)
    with st.form("form"):
        st.form_submit_button("send", type="primary")
    st.caption("in few words")
    st.markdown("ended")


def script(js: str) -> None:
    """Run a script of the page's in the browser, with a button that says when it is there."""
    mount = st.components.v2.component(
        "script",
        html="<button>run it</button>",
        js=f"{js} export default c => {{ c.parentElement.querySelector('button').onclick = run; }}",
    )
    mount(key="script")


@page
def PLAY_STYLE() -> None:
    st.html(styles.PLAY_STYLE)
    st.sidebar.markdown("beside")
    ways.announced("## A headline", help="", data={})
    with st.container(key="claim"):
        st.markdown("What is claimed")
    with st.container(key="play"):
        chart(1)
        script("const run = () => {};")


@page
def TOUCH_STYLE() -> None:
    st.html(f"{styles.STYLE}{styles.TOUCH_STYLE}")
    st.session_state.setdefault("experiment", 1)
    st.selectbox("Experiment", [1, 2], index=None, key="experiment", help="one of them")
    st.multiselect("several", ["one", "two"], default=["one"])
    st.text_input("write", help="anything")
    st.text_area("write more")
    st.button("press")
    st.toggle("turn")
    st.download_button("take", "x")
    st.file_uploader("bring")
    with st.expander("A drawer", expanded=True):
        st.segmented_control("Lab", ["one", "two"])
    st.html('<a class="view" href="?" target="_blank">all</a>')
    st.markdown("ended")


@page
def REACH_SCROLLED() -> None:
    script(
        f"{ways.REACH_SCROLLED}"
        f"const run = () => reachScrolled(document.querySelector('{ways.PAGE_BLOCK}'));"
    )
    st.html(styles.STYLE)
    st.button("change")
    st.markdown(f"{'| a column ' * 40}|\n{'|---' * 40}|\n| run {count()} |\n")
    st.markdown("| narrow |\n|---|\n| 1 |\n")
    times = count("times")
    st.markdown(f"$({'w' * 300} + {times})$\n\n$w$\n\ntyped {times}")
    st.markdown("ended")


@page
def PRINT_STYLE() -> None:
    st.html(f"{styles.PRINT_STYLE}<h1>A title</h1><p>What it is about</p>")
    with st.container(key="where"):
        st.segmented_control("Lab", ["one", "two"], key="lab", label_visibility="collapsed")
    with st.sidebar:
        st.markdown("beside")
    ways.announced("## A headline", help="", data={})
    for i in range(30):
        st.markdown(f"line {i}")
    with st.expander("A drawer", expanded=True):
        st.button("press")
        st.download_button("take", "x")
        st.toggle("turn")
        st.text_input("write")
        st.selectbox("choose", [1, 2])
        st.file_uploader("bring")
        st.markdown("ended")


@page
def WINDOW_STYLE() -> None:
    st.html(
        f"{styles.WINDOW_STYLE}<h1>A title</h1>"
        "<p>What <span class=more>it is about</span><span class=brief>is it</span></p>"
    )
    st.session_state.setdefault("experiment", 1)
    with st.container(horizontal=True, key="where"):
        st.segmented_control("Lab", ["one", "two"], key="lab", label_visibility="collapsed")
        st.selectbox(
            "Experiment", [1, 2], index=None, key="experiment", label_visibility="collapsed"
        )
    ways.announced("## A headline", "and what follows", help="explained", data={})
    st.markdown("| a | b |\n|---|---|\n| 1 | 2 |")
    st.markdown("ended")


@page
def WALK_HISTORY() -> None:
    """Links as the page writes them: the buttons change a value, the lab, the experiment."""
    script(ways.WALK_HISTORY + "const run = e => { e.target.textContent = 'it walks'; };")
    held = {name: st.query_params.get(name, "") for name in st.query_params}
    for name in ("eta", "lab", "claim", "exercise"):
        if st.button(f"another {name}"):
            held[name] = str(count(name))
    st.query_params.from_dict({"lab": "0", **held})
    st.markdown("link " + " ".join(f"{name}={held[name]}" for name in sorted(held)))


@page
def CLOSE_SIDEBAR() -> None:
    st.sidebar.markdown("beside")
    script(ways.CLOSE_SIDEBAR + "const run = () => {};")


@page
def STANDING_STYLE() -> None:
    st.html(styles.STANDING_STYLE)
    run = count()
    st.button("change")
    st.markdown(f"began {run}")
    time.sleep(3 if run > 1 else 0)
    place = st.container()
    if run > 1:
        with place:
            bar = st.progress(0.5, "computing")
            time.sleep(1.5)
            bar.empty()
    st.markdown("stands")
    chart(1)
    st.markdown(f"ended {run}")


@page
def SLIDE_STYLE() -> None:
    st.html(styles.SLIDE_STYLE)
    chart(1)
    ways.announced("## A headline", "and what follows", help="", data={})
    st.html('<a class="view" href="?" target="_blank">all</a>')
    st.markdown("ended")


@page
def CLAIM_STYLE() -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="claim"):
        st.html(styles.CLAIM_STYLE)
        st.markdown("What is claimed")
        with st.container(horizontal=True, vertical_alignment="center", key="walk", width=230):
            st.button("Next")
    st.segmented_control("Walk", [1, 2], key="steps")
    st.markdown("ended")


@st.fragment
def slow() -> None:
    run = count()
    st.button("change")
    st.markdown(f"began {run}")
    ways.pause_unless_superseded(1.0 if run == 2 else 0, look=0.03)
    ended = st.session_state["ended"] = [*st.session_state.get("ended", []), run]
    st.markdown(f"ended {ended}")


@page
def fragment_runs_to_its_end() -> None:
    slow()


@page
def keyed_chart_is_updated_in_place() -> None:
    chart(count())
    st.button("change")


@page
def embed_options_reach_the_chart() -> None:
    for renderer in ("svg", "canvas"):
        with st.container(key=renderer):
            chart(1, renderer, key=f"a chart of {renderer}")


@page
def what_the_browser_tests_look_for() -> None:
    chart(1)
    st.slider("a slider", 0, 9)
    st.number_input("a number")
    st.selectbox("a choice", ["one"])
    st.progress(0.5)
    st.code("code")
    with st.expander("a drawer", expanded=True):
        st.markdown("inside")
    with st.form("a form"):
        st.form_submit_button("send")
    st.sidebar.file_uploader("a file")
    st.warning("a warning")
    st.error("an error")
    try:
        raise ValueError("which is shown")
    except ValueError as error:
        st.exception(error)
    st.markdown("ended")


st.text("opened")
PAGES[st.query_params["way"]]()
