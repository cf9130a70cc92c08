"""Running a lab for the page: results are kept; heavy work shows its progress and waits its turn."""

from __future__ import annotations

import threading
import time

import streamlit as st

from convcore.charts.picture import Picture
from convcore.labs import Lab, Result
from convcore.memory import Memory

RESULTS = Memory(96)  # over all visitors: going back to a setting costs nothing
HEAVY_AT_ONCE = 1  # two cores: one for heavy work, one for everybody's sliders
TURN = 0.002  # seconds between two looks whether light work has ended
PATIENCE = 0.1  # seconds between two looks whether a newer change has made the waiting pointless

ANSWER = 0.03  # seconds of the interpreter that a rerun of a light lab takes, about

_slots = threading.Semaphore(HEAVY_AT_ONCE)
_asked = 0.0  # when a light lab was last run


def at_hand(lab: Lab) -> Result | None:
    """The lab's result if it was asked for before or costs next to nothing."""
    global _asked
    result: Result | None = RESULTS.get(lab)
    if result is None and lab.heavy:
        return None
    _asked = time.monotonic()
    return result or compute(lab)


def compute(lab: Lab) -> Result:
    """The lab's result, run anew and kept."""
    result = _with_progress(lab) if lab.heavy else lab.run()
    RESULTS.put(lab, result)
    return result


def besides(lab: Lab) -> tuple[Picture, ...]:
    """What the lab shows besides its run; measured alone, or times would tell of other visitors."""
    with st.spinner("Measuring …"), _slots:
        return lab.besides()


def give_way(worked: float) -> None:
    """After so many seconds of work, wait while light labs are being run, at most twice as long.

    Two threads that compute share the interpreter: whoever asked just now for little goes first.
    """
    end = time.monotonic() + 2 * worked
    while time.monotonic() < min(end, _asked + ANSWER):
        time.sleep(TURN)


def _with_progress(lab: Lab) -> Result:
    """Run with a progress bar; any Streamlit call stops here when a newer change supersedes it."""
    bar = st.progress(0.0, "Waiting for another visitor's run to end …")
    rested = time.monotonic()

    def report(share: float) -> None:
        nonlocal rested
        bar.progress(min(max(share, 0.0), 1.0), "Computing …")
        give_way(time.monotonic() - rested)
        rested = time.monotonic()

    while not _slots.acquire(timeout=PATIENCE):
        bar.progress(0.0, "Waiting for another visitor's run to end …")
    try:
        return lab.run(report)
    finally:
        _slots.release()
        bar.empty()
