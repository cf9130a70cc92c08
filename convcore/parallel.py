"""Run a sweep's jobs on this thread, on several threads, or on any map-like callable, as in SciPy."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Input = TypeVar("Input")
Output = TypeVar("Output")
Report = Callable[[float], None]

# A number of threads (−1: one for each core), or a callable used as map(work, jobs): the `map` of an
# executor, a process pool or Dask. Jobs and results can be pickled.
Workers = int | Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]


def map_jobs(
    work: Callable[..., Output],
    jobs: Sequence[Input],
    workers: Workers = 1,
    report: Report | None = None,
    inner_report: bool = False,
) -> list[Output]:
    """[work(job) for job in jobs], run by `workers`, which does not change the numbers.

    report: called with the fraction done after each job; raising in it cancels the rest.
    inner_report: on this thread alone, call work(job, report), so that it reports progress within a job.
    Threads are enough where NumPy does the work, since it releases the GIL. Raises ValueError for a
    number of workers that is neither −1 nor at least 1.
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
    """A report for one of several turns of equal length, as its part of the whole."""
    return portion(report, turn / turns, (turn + 1) / turns)


def portion(report: Report | None, low: float, high: float) -> Report | None:
    """A report for the part of the work that runs from the fraction low to high of the whole."""
    if report is None:
        return None
    outer = report
    return lambda fraction: outer(low + (high - low) * fraction)


def throttled(report: Report | None, pause: float = 0.05) -> Report | None:
    """A report passed on at most every `pause` seconds, and at the end.

    Work may then report at every step, although updating the browser takes longer than a step.
    """
    if report is None:
        return None
    outer, last = report, -pause

    def passed_on(fraction: float) -> None:
        nonlocal last
        now = time.perf_counter()
        if fraction >= 1 or now - last >= pause:
            last = now
            outer(fraction)

    return passed_on


def _collected(results: Iterable[Output], count: int, report: Report | None) -> list[Output]:
    done = []
    for result in results:
        done.append(result)
        if report:
            report(len(done) / count)
    return done
