"""What all tests share: nothing leaves this machine, and random tests are the same on each run."""

from __future__ import annotations

import os

# Before NumPy: on small matrices a second BLAS thread costs more than it gives.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import ipaddress
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from convcore.labs import Lab
from convcore.session import permalink

# The same draws on each machine; a slow shared core is no failure.
settings.register_profile(
    "tests",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
# `--hypothesis-profile thorough`: new draws at each run, as many as `tests.draw.often` gets for it; what
# fails says how to be drawn again.
settings.register_profile(
    "thorough",
    settings.get_profile("tests"),
    max_examples=2000,
    derandomize=False,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("tests")


@pytest.fixture(scope="session")
def app() -> Iterator[Any]:
    """The app as a visitor's browser finds it; it may print nothing that somebody would have to mend."""
    from tests import browser  # which needs Playwright

    with browser.server() as running:
        yield running
        printed = running.stop()
    # A log's lines begin with the time.
    said = [line for line in printed.splitlines() if re.match(r"\d{4}-|Traceback|.*Warning", line)]
    assert [line for line in said if "server started" not in line] == [], printed


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser; what opens pages in it is in `tests.browser`."""
    from playwright.sync_api import sync_playwright

    from tests import browser

    with sync_playwright() as started:
        running = browser.launch(started)
        yield running
        running.close()


@pytest.fixture(scope="module")
def desk(chromium: Any) -> Iterator[Any]:
    """Where pages open that ask for nothing special: with the scripts at hand, they take half the time."""
    from tests import browser

    context = browser.context(chromium)
    yield context
    context.close()


@pytest.fixture(scope="module")
def phone(chromium: Any) -> Iterator[Any]:
    """Likewise, for pages on a phone."""
    from tests import browser

    context = browser.context(chromium, **browser.PHONE)
    yield context
    context.close()


@pytest.fixture
def visit(app: Any, desk: Any, phone: Any) -> Iterator[Any]:
    """Open a page by a lab value or a link's end; at the end no page may have minded anything."""
    from tests import browser

    pages = []

    def opened(state: Lab | str = "", on_phone: bool = False) -> Any:
        if isinstance(state, Lab):
            state = "&".join(f"{k}={v}" for k, v in permalink.write(state).items())
        page = browser.open_in(phone if on_phone else desk, f"{app.url}/?{state}")
        pages.append(page)
        return page

    yield opened
    faults = [fault for page in pages for fault in page.faults]
    boxes = [page.locator(browser.ERRORS).count() for page in pages]
    for page in pages:
        page.close()
    assert not faults
    assert not any(boxes)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections to anywhere but this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _here(address[0]):
            raise AssertionError(f"a test wants to connect to {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def no_second_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Heavy labs run where a test can watch them, but for the tests of the process that else runs them."""
    if request.module.__name__ != "tests.test_worker_process":

        def start(_: object) -> bool:
            """Start nothing."""
            return False

        monkeypatch.setattr("convcore.session.worker_process.Worker.start", start)


def _here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
