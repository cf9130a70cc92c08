"""Running a lab for the page: results are cached; heavy work shows its progress and waits its turn."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from typing import TypeVar

import streamlit as st

from convcore.cache import Cache, Job
from convcore.charts.picture import Picture
from convcore.knobs import files
from convcore.labkit.lab import Lab, Result
from convcore.labkit.settings import SPEED
from convcore.labkit.study import Study
from convcore.page.streamlit_ways import (
    pause_unless_superseded,
    progress_unless_superseded,
    visitor,
)
from convcore.session.fair_queue import FairQueue, Place, Turn
from convcore.session.worker_process import Worker, WorkerEnded

RESULTS = Cache(96, texts=files)  # shared by all visitors: going back to a setting costs nothing
PATIENCE = 0.1  # seconds between two checks whether a newer change supersedes the waiting one
COMPUTING = "Computing …"
EXPECTED = 1.0  # seconds that extra pictures take; the queue learns how long turns do

Found = TypeVar("Found")

WORKER = Worker()
QUEUE = FairQueue()  # one heavy run at a time: of two cores, one stays free for sliders
LOG = logging.getLogger(__name__)

# One visitor's pictures at a time: two threads that compute would slow each other down.
drawing = threading.Lock()

_change = threading.local()  # when the change came that this thread answers


def change_came() -> None:
    """Note that a change has come, whose run follows in this thread."""
    _change.came = time.perf_counter() - time.thread_time()


def lateness() -> float:
    """Seconds that this run has waited, and not worked, since its change came; 0 if none came."""
    now = time.perf_counter() - time.thread_time()
    return now - float(getattr(_change, "came", now))


class NotComputed(Exception):
    """A lab failed by a mistake of ours, of which the server's log has the traceback; or as it says."""


@contextlib.contextmanager
def logged(lab: Lab) -> Iterator[None]:
    """Log any error of this lab, and raise `NotComputed` instead.

    A run that a newer change supersedes passes: it ends with no `Exception`, but a BaseException.
    """
    try:
        yield
    except NotComputed:
        raise
    except Exception as error:
        LOG.exception("Not computed: %.2000r", lab)
        raise NotComputed from error


def quick_result(lab: Lab) -> Result | None:
    """The lab's result if it is cached or the lab is light, else None; see `compute`."""
    result: Result | None = RESULTS.get(lab)
    if result is None and lab.heavy:
        return None
    return result or compute(lab)


def prepare(lab: Lab) -> None:
    """Compute a light lab's result ahead, unless another visitor's is being computed."""
    if drawing.acquire(blocking=False):
        try:
            with contextlib.suppress(NotComputed):
                quick_result(lab)
        finally:
            drawing.release()


def compute(lab: Lab) -> Result:
    """The lab's result, computed and cached; raises `NotComputed` if that fails."""
    with logged(lab):
        return _with_progress(lab) if lab.heavy else _shown(lab, lab.study())


def _shown(lab: Lab, study: Study) -> Result:
    """The result of a study, which is cached."""
    result = lab.show(study)
    RESULTS.put(lab, result)
    return result


def prefetch(lab: Lab) -> None:
    """Study a heavy lab before anybody asks for it, in the worker process or not at all."""
    if not lab.heavy:
        return
    turn = QUEUE.join("prefetch", lab.work / SPEED)
    with contextlib.suppress(NotComputed), turn, logged(lab):
        while not turn.wait(1.0):
            pass
        if lab not in RESULTS:
            # If the process has ended, the next heavy request starts it again.
            with contextlib.suppress(WorkerEnded):
                _shown(lab, WORKER.do_in_process(lab.study_job, lambda share: None))


def measure_extras(lab: Lab) -> tuple[Picture, ...]:
    """The lab's extra pictures, made while nothing heavy runs: other work would distort measured times."""
    with _turn(EXPECTED, "Measuring …"):
        return lab.besides()


def _with_progress(lab: Lab) -> Result:
    """Run with a progress bar; a newer change ends it, at any Streamlit call."""
    with _turn(lab.work / SPEED) as progress:
        made: Result | None = RESULTS.get(lab)
        if made is not None:  # by the run that this one waited for, as when a class opens a link
            return made
        # Cached before the turn ends: the next in turn looks there first.
        return _shown(lab, _beside(lab.study_job, progress))


def _beside(job: Job[Found], progress: _Progress) -> Found:
    """What a job gives, done in the worker process; once more in another one if that ended."""
    try:
        return WORKER.do(job, progress.report)
    except WorkerEnded as error:
        if not error.again:
            raise NotComputed(str(error)) from error
        progress.say(f"{error} It is started again …")
    try:
        return WORKER.do(job, progress.report)
    except WorkerEnded as error:
        raise NotComputed(str(error)) from error


class _Progress:
    """A bar that shows how far a turn is; what it does ends with a newer change."""

    def __init__(self, turn: Turn, words: str) -> None:
        self._turn, self._bar = turn, st.progress(0.0, words)
        self._shown = (0.0, words)

    def say(self, words: str) -> None:
        """Show these words from now on."""
        self._show(self._turn.share, words)

    def report(self, share: float) -> None:
        """Show the share that is done, from 0 to 1."""
        self._turn.share = share
        self._show(share, self._shown[1])

    def end(self) -> None:
        """Remove the bar."""
        self._bar.empty()

    def _show(self, share: float, words: str) -> None:
        if (share, words) == self._shown:
            pause_unless_superseded(0.0, look=0.0)  # which looks once
        else:
            self._shown = share, words
            progress_unless_superseded(self._bar, share, words)


@contextlib.contextmanager
def _turn(expected: float, words: str = COMPUTING) -> Iterator[_Progress]:
    """A turn in the queue, once it has come; until then the place is shown. expected: seconds it takes."""
    with QUEUE.join(visitor(), expected) as turn:
        at_once = turn.wait(0.0)
        progress = _Progress(turn, words if at_once else waiting(turn.place()))
        try:
            while not turn.wait(PATIENCE):
                progress.say(waiting(turn.place()))
            progress.say(words)
            yield progress
        finally:
            progress.end()


def waiting(place: Place) -> str:
    """Where a turn waits, in words."""
    first = "1 run comes" if place.ahead == 1 else f"{place.ahead} runs come"
    return f"Waiting: {first} first, about {max(1, round(place.seconds))} s …"
