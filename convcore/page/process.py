"""What is done once for the whole process, after its first run."""

from __future__ import annotations

import gc
from threading import Lock, Timer

from convcore.memory import give_back
from convcore.page.compute import WORKER

WORKER_AFTER = 4.0  # seconds
_first = Lock()  # held for good by the first run that ends


def settle_in() -> None:
    """Once, after the first run."""
    if _first.acquire(blocking=False):
        # What is loaded by then stays for good and need not be searched.
        gc.collect()
        gc.freeze()
        give_back()
        # Not at once: it would take the core on which the first visitor's browser draws.
        start = Timer(WORKER_AFTER, WORKER.start)
        start.daemon = True
        start.start()
