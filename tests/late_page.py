"""The app, on a server slow to send what follows "the script has ended", as a crowded one may be."""

from __future__ import annotations

import asyncio
import runpy
import time
from pathlib import Path
from typing import Any

from streamlit.runtime.app_session import AppSession

LATE = 0.6  # seconds


def be_late() -> None:
    """Let messages wait behind each one that says that nothing runs."""
    flush = AppSession.flush_browser_queue
    if flush.__name__ != "flush_browser_queue":  # it is late already
        return
    until: dict[str, float] = {}

    def flush_late(self: AppSession) -> Any:
        if time.monotonic() < until.get(self.id, 0.0):
            return []
        sent = flush(self)
        for i, message in enumerate(sent):
            status = message.session_status_changed
            if message.HasField("session_status_changed") and not status.script_is_running:
                until[self.id] = time.monotonic() + LATE
                loop = asyncio.get_running_loop()
                loop.call_later(LATE + 0.01, self._message_enqueued_callback)  # type: ignore[arg-type]
                for waits in sent[i + 1 :]:
                    self._browser_queue.enqueue(waits)
                return sent[: i + 1]
        return sent

    AppSession.flush_browser_queue = flush_late  # type: ignore[method-assign]


be_late()
runpy.run_path(str(Path(__file__).parent.parent / "app.py"), run_name="__main__")
