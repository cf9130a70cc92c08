"""What tests and measurements need of a real browser: the app's own server, Chromium, and a watch."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    Response,
)

ROOT = Path(__file__).parent.parent
FLAGS = ["--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
REQUIRED = bool(os.environ.get("CONVERGENCE_REQUIRE_BROWSER"))
PHONE: dict[str, Any] = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
ERRORS = "[data-testid=stException], [data-testid=stAlertContentError], .vega-error"
HOW = (
    "the browser tests need Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM"
)

# Counts, inside the page: bytes over the websocket, messages sent, charts built, and when what was painted.
WATCH = r"""
(() => {
  const seen = window.seen = {};
  seen.reset = () => Object.assign(seen, {key: null, painted: null, moved: performance.now(), sent: 0,
     inBytes: 0, built: 0, paints: [], moves: [], rested: null});
  seen.reset();
  seen.asked = false; // whether the server has yet to answer
  addEventListener('keydown', e => { seen.key ??= e.timeStamp; }, true);
  addEventListener('pointerup', e => { seen.rested = e.timeStamp; }, true);
  addEventListener('input', e => { if (e.target.type === 'range') seen.moves.push(e.timeStamp); }, true);
  window.WebSocket = class extends WebSocket {
    constructor(...a) {
      super(...a);
      seen.asked = false;
      this.addEventListener('message', e => {
        seen.inBytes += e.data.byteLength ?? e.data.size ?? e.data.length;
        seen.moved = performance.now();
        seen.asked = false;
      });
    }
    send(d) { seen.sent++; seen.asked = true; return super.send(d); }
  };
  const CHART = '[data-testid=stVegaLiteChart]';
  const done = new MessageChannel();
  done.port1.onmessage = () => { seen.painted = performance.now(); seen.paints.push(seen.painted); };
  let queued = false;
  const changed = () => {
    seen.moved = performance.now();
    if (queued) return;
    queued = true;
    requestAnimationFrame(() => { queued = false; done.port2.postMessage(0); });
  };
  for (const name of ['clearRect', 'stroke', 'fill', 'fillRect']) {
    const draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...a) {
      if (this.canvas.isConnected && this.canvas.closest(CHART)) changed();
      return draw.apply(this, a);
    };
  }
  new MutationObserver(all => {
    for (const m of all) {
      const at = m.target.nodeType === 1 ? m.target : m.target.parentElement;
      if (!at?.closest(CHART)) continue;
      for (const n of m.addedNodes)
        if (n.nodeType === 1 && (n.matches('svg, canvas') || n.querySelector('svg, canvas'))) seen.built++;
      changed();
    }
  }).observe(document, {subtree: true, childList: true, attributes: true, characterData: true,
    attributeFilter: ['d', 'transform', 'x', 'y', 'width', 'height', 'x1', 'x2', 'y1', 'y2', 'opacity']});
})();
"""

# What the charts show, as one string: geometry and words of SVGs, pixels of canvases.
SHOWN = """() => [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].map(chart =>
  [...chart.querySelectorAll('canvas')].map(c => c.toDataURL()).join() +
  [...chart.querySelectorAll('svg')].map(s => s.innerHTML).join()).join()"""


def chromium() -> str | None:
    """The browser to use, if there is one."""
    for name in (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        if name and (found := shutil.which(name)):
            return found
    return None


def launch(playwright: Playwright) -> Browser:
    """Chromium without a window."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return playwright.chromium.launch(
        executable_path=chromium(), args=[*FLAGS, *(["--no-sandbox"] if root else [])]
    )


class Server:
    """An app on a port of its own, or the one given, until `stop`; started in the folder `root`."""

    def __init__(
        self, script: str = "app.py", port: int = 0, root: Path = ROOT, **environment: str
    ) -> None:
        if not port:
            with socket.socket() as s:
                s.bind(("127.0.0.1", 0))
                port = s.getsockname()[1]
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        options = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", script, *options],
            cwd=root,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self) -> None:
        for _ in range(300):
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                if urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5).status == 200:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"the app did not start: {self.stop()}")

    def cpu(self) -> float:
        """Milliseconds of processor time so far, its own and that of the processes it started (Linux)."""
        # A process's own clock, as `clock_getcpuclockid` numbers it; /proc counts by ten milliseconds.
        pids = [self.process.pid, *started_by(self.process.pid)]
        return sum(1000 * time.clock_gettime(~pid << 3 | 2) for pid in pids)

    def stop(self) -> str:
        """End the app; gives what it had printed."""
        self.process.terminate()
        try:
            return self.process.communicate(timeout=10)[0]
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.communicate()[0]


def started_by(pid: int) -> list[int]:
    """The processes that a process started and that are still there (Linux)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it may just have ended
            # The parent comes second behind the name, which is in brackets and may hold some itself.
            if int(path.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(path.parent.name))
    return found


@contextlib.contextmanager
def server(script: str = "app.py", root: Path = ROOT, **environment: str) -> Iterator[Server]:
    """An app that runs within the block, by default this checkout's."""
    running = Server(script, root=root, **environment)
    try:
        yield running
    finally:
        running.stop()


def wait_idle(page: Page) -> None:
    """Until the script has run and the charts stand."""
    page.wait_for_selector("[data-testid=stVegaLiteChart] :is(svg, canvas)", timeout=60_000)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)
    settle(page, 600)  # a page that has yet to tell its width draws all of itself once more


# Whether for so many looks, one each LOOK milliseconds, the server owed no answer and nothing moved. Looks
# and not the clock, as a browser that stands still for a moment has not yet done what its timers ask for.
LOOK = 40
RESTED = """looks => {
  const idle = document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning';
  const held = document.querySelector('cv-number.moving');
  const rests = idle && !held && !seen.asked && seen.lookedAt === seen.moved;
  seen.looks = rests ? seen.looks + 1 : 0;
  seen.lookedAt = seen.moved;
  return seen.looks >= looks;
}"""


def settle(page: Page, quiet: int = 300) -> None:
    """Until no hand moves, the server owes nothing, and nothing came or was drawn for some ms of looks."""
    page.evaluate("seen.looks = 0")
    page.wait_for_function(RESTED, arg=-(-quiet // LOOK), timeout=30_000, polling=LOOK)


# Where an element is, once it has stood there for some looks and no wider than the window: a page that has
# just told its width is about to draw its charts anew, and a new one is not there at once.
RESTS = """([selector, looks]) => {
  const e = document.querySelector(selector), r = e?.getBoundingClientRect();
  const here = r && r.width && r.right <= innerWidth && JSON.stringify(r);
  const rest = window.rest ??= {};
  rest.looks = here && rest.here === here ? rest.looks + 1 : 0;
  rest.here = here;
  return rest.looks >= looks && {x: r.x, y: r.y, width: r.width, height: r.height};
}"""


def place(page: Page, selector: str) -> dict[str, float]:
    """Where the first such element is on the screen, once it stands still."""
    found = page.wait_for_function(RESTS, arg=[selector, 5], polling=LOOK, timeout=60_000)
    box: dict[str, float] = found.json_value()
    return box


def context(browser: Browser, width: int = 1280, height: int = 800, **how: Any) -> BrowserContext:
    """A visitor's browser, with its own cache, cookies and settings."""
    return browser.new_context(viewport={"width": width, "height": height}, **how)


def open_more(page: Page) -> None:
    """Open the drawer of the controls that are not shown at once."""
    more = page.locator(".st-key-more details")
    if more.get_attribute("open") is None:
        more.locator("summary").click()
        more.locator("input").first.wait_for()


def open_page(browser: Browser, url: str, **how: Any) -> Page:
    """A page of a new visitor, its charts standing; see `context` and `open_in`."""
    return open_in(context(browser, **how), url)


def open_in(visitor: BrowserContext, url: str) -> Page:
    """A page of a visitor, its charts standing; `page.faults` collects what the browser minds."""
    page = visitor.new_page()
    faults: list[str] = []
    page.faults = faults  # type: ignore[attr-defined]

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(f"{message.type}: {message.text}")

    def minded(error: Error) -> None:
        faults.append(f"error: {error.message}")

    def answered(response: Response) -> None:
        if response.status >= 400:
            faults.append(f"{response.status}: {response.url}")

    page.on("console", said)
    page.on("pageerror", minded)
    page.on("response", answered)
    page.add_init_script(WATCH)
    page.goto(url)
    wait_idle(page)
    return page


def slider(page: Page, label: str) -> Any:
    """The handle of a number in the sidebar."""
    return page.get_by_role("slider", name=label, exact=True)


def box(page: Page, label: str) -> Any:
    """The box beside it, to type in."""
    return page.get_by_role("textbox", name=f"{label}, value", exact=True)
