"""One visitor of `tests.load`: a websocket that speaks Streamlit's protocol, with the widgets of a page."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import random
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileUploaderState, UploadedFileInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 60  # seconds for one rerun


@dataclass
class Visitor:
    """One open page: the widgets that it was sent, their values, and how long each rerun took."""

    lab: str  # and what else its link has
    rng: random.Random
    sliders: dict[str, Any] = field(default_factory=dict)  # what each was sent
    fragments: dict[str, str] = field(default_factory=dict)  # the part of the page of each widget
    moved: dict[str, float] = field(default_factory=dict)  # where each slider was moved to
    told: int = 0  # how often any was
    values: dict[str, str | FileUploaderState] = field(default_factory=dict)  # of each widget
    opening: float = 0.0  # seconds until the page stood
    times: list[float] = field(default_factory=list)  # of each rerun since
    bytes: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    viewport: str = ""  # the widget that tells the width
    rest: str = ""  # the widget that tells that the hand rests
    uploader: str = ""  # the widget that takes a file
    session: str = ""  # what the server calls this visitor
    drags: bool = False
    cookie: str = field(default_factory=lambda: f"replica={secrets.token_hex(8)}")

    async def stay(self, url: str, turns: int, pause: float, start: float) -> None:
        """Come after `start` seconds, change a control `turns` times, `pause` seconds apart, and go."""
        await asyncio.sleep(start)
        try:
            async with self.opened(url) as page:
                took = 0.0
                for _ in range(turns):
                    await asyncio.sleep(max(0.0, pause * self.rng.uniform(0.8, 1.2) - took))
                    began = time.perf_counter()
                    moved = self.rng.choice(sorted(self.sliders))
                    if self.drags:
                        await self._drag(page, moved, pause)
                    self.bytes.append(await self.move(page, moved))
                    took = time.perf_counter() - began
        except (OSError, TimeoutError, RuntimeError) as error:
            self.errors.append(repr(error))

    @contextlib.asynccontextmanager
    async def opened(self, url: str) -> AsyncIterator[ClientConnection]:
        """The page, once it stands."""
        address = url.replace("http", "ws") + "/_stcore/stream"
        cookie = {"Cookie": self.cookie}
        async with connect(  # type: ignore[list-item]
            address, subprotocols=["streamlit"], max_size=None, additional_headers=cookie
        ) as page:
            came = time.perf_counter()
            await self._rerun(page)
            await self._rerun(page)  # tells the page's width, as a browser does
            self.opening = time.perf_counter() - came
            self.times.clear()
            yield page

    async def go(self, page: ClientConnection, lab: str) -> None:
        """Follow a link to another lab, whose sliders take the place of those that there were."""
        self.lab = lab
        self.sliders.clear()
        self.fragments.clear()
        self.values = {k: v for k, v in self.values.items() if k == self.viewport}
        await self._rerun(page)

    async def upload(self, url: str, page: ClientConnection, name: str, raw: bytes) -> None:
        """Choose a file of one's own, and wait until the page shows it."""
        asks = BackMsg()
        asks.file_urls_request.request_id = name
        asks.file_urls_request.file_names.append(name)
        asks.file_urls_request.session_id = self.session
        await page.send(asks.SerializeToString())
        async with asyncio.timeout(PATIENCE):
            async for data in page:
                told = _message(data)
                if told.WhichOneof("type") == "file_urls_response":
                    (place,) = told.file_urls_response.file_urls
                    break
        await asyncio.to_thread(_put, url, place.upload_url, name, raw)
        info = UploadedFileInfo(name=name, size=len(raw), file_id=place.file_id, file_urls=place)
        self.values[self.uploader] = FileUploaderState(uploaded_file_info=[info])
        await self._rerun(page)

    async def _drag(self, page: ClientConnection, key: str, seconds: float) -> None:
        """Move a number for some seconds, ten times a second at most, as a hand that does not rest.

        After a late answer it waits, as `number.js` does.
        """
        end = time.perf_counter() + seconds
        while (began := time.perf_counter()) < end:
            self.moved[key] = self._elsewhere(key)
            await self.tell(page, key, goes_on=True)
            took = time.perf_counter() - began
            late = self.sliders[key]["late"]
            wait = max(0.04, 3 * (took - 0.15)) if late is None else 6 * (late - 20) / 1000
            await asyncio.sleep(max(0.1 - took, min(wait, 1.5), 0))

    async def move(self, page: ClientConnection, key: str) -> int:
        """Another value of a number, anywhere between its ends, and its words; the bytes that they took."""
        self.moved[key] = self._elsewhere(key)
        size = await self.tell(page, key)
        if self.sliders[key]["told"] == self.told:
            return size
        return size + await self.tell(page, self.rest)

    def _elsewhere(self, key: str) -> float:
        sent = self.sliders[key]
        if sent["log"]:
            value: float = sent["low"] * (sent["high"] / sent["low"]) ** self.rng.random()
            return value
        steps = round((sent["high"] - sent["low"]) / sent["step"])
        return round(sent["low"] + self.rng.randint(0, steps) * sent["step"], 9)

    async def tell(self, page: ClientConnection, key: str, goes_on: bool = False) -> int:
        """Send where a number is, as the browser does while it moves, or that the hand rests."""
        self.told += 1
        if key == self.rest:
            self.values[key] = json.dumps({"count": self.told})
        else:
            self.values[key] = json.dumps({"value": [self.moved[key], self.told, goes_on]})
        return await self._rerun(page, self.fragments[key])

    async def _rerun(self, page: ClientConnection, fragment: str = "") -> int:
        """Ask for a rerun with the present values and read until it has ended; the bytes it took."""
        asks = BackMsg()
        asks.rerun_script.query_string = f"lab={self.lab}"
        asks.rerun_script.fragment_id = fragment
        for key, value in self.values.items():
            state = asks.rerun_script.widget_states.widgets.add(id=key)
            if isinstance(value, str):
                state.json_value = value
            else:
                state.file_uploader_state_value.CopyFrom(value)
        began = time.perf_counter()
        await page.send(asks.SerializeToString())
        size = 0
        async with asyncio.timeout(PATIENCE):
            async for data in page:
                size += len(data)
                told = _message(data)
                if told.WhichOneof("type") == "delta":
                    self._see(told.delta)
                elif told.WhichOneof("type") == "new_session":
                    self.session = told.new_session.initialize.session_id
                elif (
                    told.WhichOneof("type") == "script_finished"
                    # which is what a number of a heavy lab does before the pictures are run alone
                    and told.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
                ):
                    self.times.append(time.perf_counter() - began)
                    return size
        raise RuntimeError("the server closed the page")

    def _see(self, delta: Any) -> None:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "bidi_component":
            shown = element.bidi_component
            if shown.component_name == "viewport":
                self.viewport = shown.id
                self.values[self.viewport] = '{"width": 880}'
            elif shown.component_name == "rest":
                self.rest = shown.id
                self.fragments[shown.id] = delta.fragment_id
            elif shown.component_name == "number":
                self.sliders[shown.id] = json.loads(shown.json)
                self.fragments[shown.id] = delta.fragment_id
        elif kind == "file_uploader":
            self.uploader = element.file_uploader.id
        elif kind == "exception":
            self.errors.append(element.exception.message)


def _message(data: str | bytes) -> ForwardMsg:
    return ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())


def _put(url: str, path: str, name: str, raw: bytes) -> None:
    """Send a file as a browser does, which a cookie and a header allow."""
    server = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    with contextlib.closing(server):
        server.request("GET", "/_stcore/health")
        answer = server.getresponse()
        answer.read()
        cookies = [x.partition(";")[0] for x in answer.headers.get_all("Set-Cookie") or ()]
        token = dict(x.split("=", 1) for x in cookies)["_streamlit_xsrf"]
        head = f'Content-Disposition: form-data; name="file"; filename="{name}"'
        body = (
            f"--cut\r\n{head}\r\nContent-Type: text/csv\r\n\r\n".encode() + raw + b"\r\n--cut--\r\n"
        )
        server.request("PUT", path, body, {
            "Content-Type": "multipart/form-data; boundary=cut",
            "Cookie": "; ".join(cookies), "X-Xsrftoken": token,
        })  # fmt: skip
        answer = server.getresponse()
        said = answer.read()
        if answer.status != 204:
            raise RuntimeError(f"the file was not taken: {answer.status} {said[:200]!r}")
