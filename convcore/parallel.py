"""Who computes a sweep: this thread, several threads, or any map-like callable, as in SciPy."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Input = TypeVar("Input")
Output = TypeVar("Output")
Report = Callable[[float], None]

# A number of threads (−1: one for each core), or what is called as map(work, jobs): an executor's
# `map`, a process pool's, Dask's. Jobs and what they give can be pickled.
Workers = int | Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]


def map_jobs(
    work: Callable[..., Output],
    jobs: Sequence[Input],
    workers: Workers = 1,
    report: Report | None = None,
    inner_report: bool = False,
) -> list[Output]:
    """[work(job) for job in jobs], by whom `workers` says; the numbers do not depend on it.

    report: called with the fraction that is done after each job; what it raises stops the rest.
    within: if this thread computes, work(job, report) tells how far it is with a job itself.
    Threads suffice where NumPy does the work, as it lets go of the interpreter meanwhile.
    """
    if inner_report and report and workers == 1:
        turns = (work(job, part_of(report, i, len(jobs))) for i, job in enumerate(jobs))
        return _collected(turns, len(jobs), report)
    if callable(workers):
        return _collected(workers(work, jobs), len(jobs), report)
    if not (workers == -1 or workers >= 1):
        raise ValueError(f"`workers` must be -1, at least 1, or map-like; got {workers!r}.")
    threads = min(os.cpu_count() or 1 if workers == -1 else workers, max(1, len(jobs)))
    if threads == 1:
        return _collected(map(work, jobs), len(jobs), report)
    pool = ThreadPoolExecutor(threads)
    try:
        return _collected(pool.map(work, jobs), len(jobs), report)
    finally:
        pool.shutdown(cancel_futures=True)


def part_of(report: Report | None, turn: int, turns: int) -> Report | None:
    """What reports one of several turns as its part of the whole."""
    return portion(report, turn / turns, (turn + 1) / turns)


def portion(report: Report | None, low: float, high: float) -> Report | None:
    """What reports work that is the share from low to high of the whole."""
    if report is None:
        return None
    tell = report
    return lambda share: tell(low + (high - low) * share)


def throttled(report: Report | None, pause: float = 0.05) -> Report | None:
    """A report that is passed on at most every `pause` seconds, and at the end.

    Whoever works may then report at every step, though telling a browser takes longer than a step.
    """
    if report is None:
        return None
    tell, last = report, -pause

    def told(share: float) -> None:
        nonlocal last
        now = time.perf_counter()
        if share >= 1 or now - last >= pause:
            last = now
            tell(share)

    return told


def _collected(results: Iterable[Output], count: int, report: Report | None) -> list[Output]:
    done = []
    for result in results:
        done.append(result)
        if report:
            report(len(done) / count)
    return done
