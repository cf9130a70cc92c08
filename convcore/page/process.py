"""What is set once for the whole process: memory that visitors share and leave."""

from __future__ import annotations

import ctypes
import gc
import sys
from threading import Lock

from convcore.page.compute import WORKER

MMAP_THRESHOLD = -3  # glibc's number of the parameter, from malloc.h
LARGE = 2**20  # bytes

_first = Lock()  # held for good by the first run that ends


def settle_in() -> None:
    """Once, after the first run."""
    if _first.acquire(blocking=False):
        # What is loaded by then stays for good and need not be searched.
        gc.collect()
        gc.freeze()
        _give_back()
        WORKER.start()


def _give_back() -> None:
    """Have what a run no longer needs returned to the system.

    Each rerun is a thread of its own, and glibc keeps what a thread freed for it, arrays of up to 32 MB
    among it: the server grew by half with each class that came and left.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(MMAP_THRESHOLD, LARGE)
