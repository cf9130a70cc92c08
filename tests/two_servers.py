"""`python -m tests.two_servers`: two servers behind nginx, by the settings that the README tells.

A visitor keeps to one server. When that one ends, the other takes over with all that the link holds, and
when it is back, it takes part again. Then a crowd comes, as in `tests.load`. Needs nginx (Debian:
nginx-light) and Chromium; 127.0.0.1 only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests import browser
from tests.load import Crowd

ROOT = Path(__file__).parent.parent
BEGIN, END = "```nginx\n", "```"


def settings(port: int, servers: list[int], folder: Path) -> str:
    """The README's settings of nginx, with these ports."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    text = text.replace("listen 80;", f"listen 127.0.0.1:{port};")
    for written, meant in zip((8501, 8502), servers, strict=True):
        text = text.replace(f"127.0.0.1:{written} ", f"127.0.0.1:{meant} ")
    # Beside what the README says: who answered, and no files where only root may write.
    text = text.replace("proxy_pass", "add_header X-Replica $upstream_addr always;\n    proxy_pass")
    kept = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"  {name}_temp_path {folder}/{name};\n" for name in kept)
    return (
        f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nworker_processes 1;\n"
        f"events {{worker_connections 4096;}}\nhttp {{\n  access_log off;\n{places}{text}}}\n"
    )


@contextlib.contextmanager
def proxy(servers: list[int]) -> Iterator[str]:
    """The address of nginx before these servers."""
    found = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if not found:
        raise SystemExit("there is no nginx: install it (Debian: apt-get install nginx-light)")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "nginx.conf").write_text(settings(port, servers, folder), encoding="utf-8")
        running = subprocess.Popen([found, "-c", f"{folder}/nginx.conf", "-p", name])
        try:
            url = f"http://127.0.0.1:{port}"
            for _ in range(100):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"{url}/_stcore/health", timeout=5)
                    break
                time.sleep(0.1)
            yield url
            said = (folder / "error.log").read_text(encoding="utf-8")
            print(f"nginx: {said.count('upstream')} lines about servers that had ended")
        finally:
            running.terminate()
            running.wait()


def replica(page: Any) -> int:
    """The port of the server that answers this visitor."""
    answer = page.request.get(page.url)
    return int(answer.headers["x-replica"].split(", ")[-1].rpartition(":")[2])


def moves(chromium: Any, url: str, servers: dict[int, browser.Server]) -> None:
    """A visitor keeps to a server until it ends, goes on at the other, and loses nothing of the link."""
    page = browser.open_page(chromium, f"{url}/?lab=one&eta=0.3")
    mine = replica(page)
    assert {replica(page) for _ in range(10)} == {mine}, "a visitor keeps to one server"
    browser.slider(page, "step size η").focus()
    page.keyboard.press("ArrowRight")
    browser.settle(page)
    link = page.url
    servers[mine].stop()
    began = time.perf_counter()
    page.wait_for_timeout(1000)
    page.keyboard.press("ArrowRight")  # while nobody answers
    wanted = browser.slider(page, "step size η").get_attribute("aria-valuetext")
    page.wait_for_function(
        "value => Number(new URLSearchParams(location.search).get('eta')) === Number(value)",
        arg=wanted, timeout=60_000,
    )  # fmt: skip
    browser.settle(page)
    print(f"a visitor went on at the other server after {time.perf_counter() - began:.1f} s")
    assert replica(page) != mine and page.url != link
    assert page.locator(browser.ERRORS).count() == 0
    servers[mine] = browser.Server(port=mine)
    time.sleep(12)  # until nginx tries it again
    others = [browser.open_page(chromium, f"{url}/?lab=one") for _ in range(8)]
    assert {replica(other) for other in others} == set(servers), "both take part again"
    for opened in (page, *others):
        opened.context.close()


def main() -> None:
    """Run both parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--light", type=int, default=60, help="visitors in the light labs")
    parser.add_argument("--dragging", type=int, default=5, help="of them, who drag all the time")
    parser.add_argument("--heavy", type=int, default=2, help="visitors who run heavy work")
    parser.add_argument("--turns", type=int, default=10, help="changes that each visitor makes")
    asked = parser.parse_args()
    servers = {one.port: one for one in (browser.Server(), browser.Server())}
    try:
        with proxy(list(servers)) as url:
            with sync_playwright() as started:
                chromium = browser.launch(started)
                moves(chromium, url, servers)
                chromium.close()
            crowd = Crowd(
                min(asked.light, 200), min(asked.dragging, asked.light), min(asked.heavy, 8),
                min(asked.turns, 200), 2.0, 1,
            )  # fmt: skip
            errors = asyncio.run(crowd.visit(url, [one.process.pid for one in servers.values()]))
    finally:
        for one in servers.values():
            one.stop()
    raise SystemExit(min(1, errors))


if __name__ == "__main__":
    main()
