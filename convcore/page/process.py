"""What is done once for the whole process, after its first run."""

from __future__ import annotations

import time
from threading import Lock, Timer

from convcore.cache import return_freed_memory
from convcore.datasets import MAX_MB
from convcore.labs import LABS
from convcore.page.compute import PATIENCE, WORKER, prefetch
from convcore.page.streamlit_ways import (
    freeze_what_is_loaded,
    keep_uploads_in_memory,
    send_at_once,
)

WORKER_AFTER = 4.0  # seconds
LARGE = 2**17  # bytes; few arrays of the light labs are larger
_first = Lock()  # held forever by the first run that ends


def after_first_run() -> None:
    """Does its work only once, after the first run."""
    if _first.acquire(blocking=False):
        send_at_once()
        freeze_what_is_loaded()
        keep_uploads_in_memory((MAX_MB + 1) * 2**20)  # the largest there is, and what is around it
        return_freed_memory(LARGE)
        # Not at once: it would slow down the first visitor's browser on the same machine.
        start = Timer(WORKER_AFTER, start_worker)
        start.daemon = True
        start.start()


def start_worker() -> None:
    """Start the worker process and let it study the heavy labs at their defaults.

    So they open at once, and the process has loaded all it needs before a class comes.
    """
    if WORKER.start():
        for kind in LABS:
            prefetch(kind())
            time.sleep(PATIENCE)  # a visitor who waits for the turn comes first
