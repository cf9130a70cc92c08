"""What tests let the worker process do; it imports nothing, so that neither does the worker for it."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any


def fail(settings: Any, report: Any) -> Any:
    """A study with a mistake."""
    raise ZeroDivisionError("by a mistake")


def loaded_modules(settings: Any, report: Any) -> Any:
    """The names of all modules that the process has loaded."""
    return list(sys.modules)


ASLEEP = 1.5  # seconds


def fall_asleep(settings: Any, report: Any) -> Any:
    """A process that the system has stopped."""
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(60)


def run_for_ever(settings: Any, report: Any) -> Any:
    """A study with a loop without end, in a worker that soon minds."""
    vars(sys.modules["__main__"])["STUCK"] = 0.3
    while True:
        pass


def run_and_report(settings: Any, report: Any) -> Any:
    """A study that takes longer than a worker that soon minds lets pass without a report."""
    vars(sys.modules["__main__"])["STUCK"] = 0.3
    for turn in range(10):
        end = time.process_time() + 0.1
        while time.process_time() < end:
            pass
        report(turn / 10)
    return "done"


def sleep_without_report(settings: Any, report: Any) -> Any:
    """A study that cannot be stopped."""
    time.sleep(ASLEEP)
