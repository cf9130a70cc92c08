"""Reading a long file of a visitor's beside the server, so that nobody waits for it but the visitor."""

from __future__ import annotations

import contextlib

from convcore.datasets import READ, ReadJob, Upload
from convcore.page.compute import PATIENCE, QUEUE, WORKER
from convcore.page.streamlit_ways import visitor
from convcore.session.worker_process import WorkerEnded

PACE = 3e6  # characters that are read in a second
LONG = 0.1 * PACE  # characters from which a file is read beside the server


def read_beside(file: Upload, first: str = "", gaps: str = "") -> None:
    """Have a long file read, if it is not yet; then `read_csv` knows what it gives.

    Nothing ends it early: a file that comes is told once, and would be lost.
    """
    job = ReadJob(file.text, file.name, first, gaps)
    if len(file.text) < LONG or job in READ:
        return
    with QUEUE.join(visitor(), len(file.text) / PACE) as turn:
        while not turn.wait(PATIENCE):
            pass
        if job not in READ:
            with contextlib.suppress(WorkerEnded):  # it is read where it is used
                READ.put(job, WORKER.do(job, lambda share: None))
