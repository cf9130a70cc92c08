"""Running a lab for the page: results are kept; heavy work shows its progress and waits its turn."""

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


def _files(lab: Lab) -> tuple[str, ...]:
    """The files of the user's that a lab holds, as text."""
    return tuple(
        file.text for _, knob, file, _ in leaves(lab) if isinstance(knob, UploadKnob) and file.text
    )


RESULTS = Cache(96, texts=_files)  # over all visitors: going back to a setting costs nothing
WAITING = "Waiting for another run to end …"
PATIENCE = 0.1  # seconds between two looks whether a newer change has made the waiting pointless

WORKER = Worker()
LOG = logging.getLogger(__name__)

# One visitor's pictures at a time: of two threads that compute, each waits for the other at every turn.
drawing = threading.Lock()
_turn = threading.Lock()  # one heavy run at a time: of two cores, one is for everybody's sliders


class NotComputed(Exception):
    """What a lab was asked for failed, as nobody foresaw; the server's log has it all."""


@contextlib.contextmanager
def logged(lab: Lab) -> Iterator[None]:
    """Put any mistake of this lab in the log, and raise `NotComputed` in its place.

    What ends a run for a newer change is no mistake, and no `Exception`: `progress_unless_superseded`.
    """
    try:
        yield
    except Exception as error:
        LOG.exception("Not computed: %.2000r", lab)
        raise NotComputed from error


def quick_result(lab: Lab) -> Result | None:
    """The lab's result if it was asked for before or costs next to nothing; else see `compute`."""
    result: Result | None = RESULTS.get(lab)
    if result is None and lab.heavy:
        return None
    return result or compute(lab)


def prepare(lab: Lab) -> None:
    """Let the lab's result be at hand, unless another visitor's turn is on: to wait twice helps nobody."""
    if drawing.acquire(blocking=False):
        try:
            with contextlib.suppress(NotComputed):
                quick_result(lab)
        finally:
            drawing.release()


def compute(lab: Lab) -> Result:
    """The lab's result, run anew and kept; `NotComputed` if that fails."""
    with logged(lab):
        return _with_progress(lab) if lab.heavy else _shown(lab, lab.study())


def _shown(lab: Lab, study: Study) -> Result:
    """A study's views, kept with it."""
    result = lab.show(study)
    RESULTS.put(lab, result)
    return result


def prefetch(lab: Lab) -> None:
    """Have a lab that takes long run before anybody asks for it, by the process beside or not at all."""
    if lab.heavy:
        with contextlib.suppress(NotComputed), _turn, logged(lab):
            if lab not in RESULTS:
                # Who asks for something heavy next starts the process again where it has ended.
                with contextlib.suppress(EOFError, OSError):
                    _shown(lab, WORKER.study_there(lab, lambda share: None))


def measure_extras(lab: Lab) -> tuple[Picture, ...]:
    """What the lab shows besides its run; measured alone, or times would tell of other visitors."""
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
        if made is not None:  # by whom we waited for, as where a class follows a link
            return made
        # Kept before the turn ends: who waits for it looks here first.
        return _shown(lab, WORKER.study(lab, report))
    finally:
        _turn.release()
        bar.empty()
