"""A number of a light lab, moved on a real websocket: what is sent, and that its link shows the same."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="pip install -r tests/requirements.txt")

from convcore.labs import Lab
from tests import browser
from tests.load import Visitor
from tests.test_page import QUICK, drawn, page


class Reader(Visitor):
    """A visitor who keeps what the last rerun sent, by kind."""

    def __init__(self, lab: str) -> None:
        super().__init__(lab, random.Random(0))
        self.sent: dict[str, list[Any]] = {}

    def _see(self, delta: Any) -> None:
        super()._see(delta)
        if delta.WhichOneof("type") == "new_element":
            kind = delta.new_element.WhichOneof("type")
            self.sent.setdefault(kind, []).append(getattr(delta.new_element, kind))


@pytest.fixture(scope="module")
def app() -> Iterator[browser.Server]:
    with browser.server() as running:
        yield running


Sent = dict[str, list[Any]]


async def moved(url: str, lab: str, goes_on: bool) -> list[tuple[dict[str, str], Sent, Sent]]:
    """Each number of a lab, moved once: the values of all by then, what was sent, and what at rest.

    goes_on: whether the hand does.
    """
    reader, found = Reader(lab), []
    params = {"lab": lab}
    async with reader.opened(url) as at:
        for key in sorted(reader.sliders):
            shown = reader.sliders[key]
            low, high = shown["low"], shown["high"]
            value = float(f"{low * (high / low) ** 0.3:.3g}") if shown["log"] else (low + high) // 2
            reader.moved[key] = value
            params[shown["path"].partition(".")[2]] = str(value)
            reader.sent = {}
            await reader.tell(at, key, goes_on)
            pictures, reader.sent = reader.sent, {}
            assert reader.sliders[key]["told"] == (0 if goes_on else reader.told)
            if goes_on:
                await reader.tell(at, reader.rest)
            found.append((dict(params), pictures, reader.sent))
    assert reader.errors == []
    return found


@pytest.mark.parametrize("goes_on", [True, False])
@pytest.mark.parametrize("kind", QUICK, ids=lambda kind: kind.key)
def test_a_number_sends_itself_and_what_hangs_on_the_run_and_that_is_what_its_link_shows(
    app: browser.Server, kind: type[Lab], goes_on: bool
) -> None:
    for params, sent, at_rest in asyncio.run(moved(app.url, kind.key, goes_on)):
        assert set(sent) <= {"bidi_component", "vega_lite_chart", "markdown"}, "no other control"
        parts = [shown.component_name for shown in sent["bidi_component"]]
        assert parts == (["number"] if goes_on else ["number", "rest"])
        if goes_on:
            assert set(at_rest) == {"bidi_component", "markdown"}, "no picture is sent again"
            assert [shown.component_name for shown in at_rest["bidi_component"]] == ["rest"]
        anew = page(params)
        charts = [(c.spec, [d.data.data for d in c.datasets]) for c in sent["vega_lite_chart"]]
        assert charts == drawn(anew)
        said = sorted(text.body for text in [*sent["markdown"], *at_rest.get("markdown", [])])
        assert said == sorted(m.value for m in anew.main.markdown)
