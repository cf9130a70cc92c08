"""Running a lab for the page: results are cached; heavy work shows its progress and waits its turn."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator

import streamlit as st

from convcore.cache import Cache
from convcore.charts.picture import Picture
from convcore.knobs import UploadKnob, leaves
from convcore.labkit.lab import Lab, Result
from convcore.labkit.study import Study
from convcore.page.streamlit_ways import progress_unless_superseded
from convcore.session.worker_process import Worker


def files(lab: Lab) -> tuple[str, ...]:
    """The texts of the user's files in a lab."""
    return tuple(
        file.text for _, knob, file, _ in leaves(lab) if isinstance(knob, UploadKnob) and file.text
    )


RESULTS = Cache(96, texts=files)  # shared by all visitors: going back to a setting costs nothing
WAITING = "Waiting for another run to end …"
PATIENCE = 0.1  # seconds between two checks whether a newer change supersedes the waiting one

WORKER = Worker()
LOG = logging.getLogger(__name__)

# One visitor's pictures at a time: two threads that compute would slow each other down.
drawing = threading.Lock()
_turn = threading.Lock()  # one heavy run at a time: of two cores, one stays free for sliders


class NotComputed(Exception):
    """A lab failed by a mistake of ours; the traceback is in the server's log."""


@contextlib.contextmanager
def logged(lab: Lab) -> Iterator[None]:
    """Log any error of this lab, and raise `NotComputed` instead.

    A run that a newer change supersedes passes: it ends with no `Exception`, but a BaseException.
    """
    try:
        yield
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
    if lab.heavy:
        with contextlib.suppress(NotComputed), _turn, logged(lab):
            if lab not in RESULTS:
                # If the process has ended, the next heavy request starts it again.
                with contextlib.suppress(EOFError, OSError):
                    _shown(lab, WORKER.study_in_process(lab.study_job, lambda share: None))


def measure_extras(lab: Lab) -> tuple[Picture, ...]:
    """The lab's extra pictures, made while nothing heavy runs: other work would distort measured times."""
    with st.spinner("Measuring …"), _turn:
        return lab.besides()


def _with_progress(lab: Lab) -> Result:
    """Run with a progress bar; a newer change ends it, at any Streamlit call."""
    bar = st.progress(0.0, WAITING)

    def report(share: float) -> None:
        progress_unless_superseded(bar, share, "Computing …")

    while not _turn.acquire(timeout=PATIENCE):
        progress_unless_superseded(bar, 0.0, WAITING)
    try:
        made: Result | None = RESULTS.get(lab)
        if made is not None:  # by the run that this one waited for, as when a class opens a link
            return made
        # Cached before the turn ends: the next in turn looks there first.
        return _shown(lab, WORKER.study(lab.study_job, report))
    finally:
        _turn.release()
        bar.empty()
