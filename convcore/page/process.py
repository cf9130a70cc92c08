"""What is done once for the whole process, after its first run."""

from __future__ import annotations

import time
from threading import Lock, Timer

from convcore.cache import return_freed_memory
from convcore.labs import LABS
from convcore.page.compute import PATIENCE, WORKER, prefetch
from convcore.page.streamlit_ways import freeze_what_is_loaded

WORKER_AFTER = 4.0  # seconds
LARGE = 2**17  # bytes; few arrays of the light labs are as large
_first = Lock()  # held for good by the first run that ends


def after_first_run() -> None:
    """Once, after the first run."""
    if _first.acquire(blocking=False):
        freeze_what_is_loaded()
        return_freed_memory(LARGE)
        # Not at once: it would take the core on which the first visitor's browser draws.
        start = Timer(WORKER_AFTER, start_worker)
        start.daemon = True
        start.start()


def start_worker() -> None:
    """Start the process beside the server, and have it run first what the heavy labs show when opened.

    So whoever opens one finds it there, and the process has loaded all it needs before a class comes.
    """
    if WORKER.start():
        for kind in LABS:
            prefetch(kind())
            time.sleep(PATIENCE)  # a visitor who waits for the turn comes first
