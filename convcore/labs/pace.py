"""The pace of heavy work: it tells its progress now and then, and lets others have their turn."""

from __future__ import annotations

import time

from convcore.labs.lab import Report

TELL = 0.05  # seconds between two reports
BREATHE = 0.002  # seconds of work after which others may go first
BREATH = 2e-5  # seconds; any sleep hands Python's lock to whoever waits for it


class Pace:
    """A `report` that may be called as often as one likes; `part` gives a share of the work its own.

    A numerical loop holds Python's lock for its time slice of 5 ms at each of its turns; an answer to
    another visitor, which needs dozens of turns, would wait for most of them.
    """

    def __init__(self, report: Report | None) -> None:
        self._report = report
        self._told = self._breathed = time.perf_counter()

    def __call__(self, fraction: float) -> None:
        """Report at most every 50 ms; whatever the report raises passes through."""
        if self._report is None:
            return
        now = time.perf_counter()
        if now - self._breathed > BREATHE:
            time.sleep(BREATH)
            self._breathed = now
        if now - self._told > TELL:
            self._report(fraction)
            self._told = time.perf_counter()

    def part(self, low: float, high: float) -> Report:
        """A report for work that is the share from low to high of the whole."""
        return lambda fraction: self(low + (high - low) * fraction)
