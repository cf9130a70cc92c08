"""A worker process that studies heavy labs, so that the server stays free for everybody's sliders.

Jobs and studies are pickled and sent through pipes; neither knows the lab, so the worker loads no charts.
What it cached (see `cache`) is sent too, so that the server can draw a small change without the worker.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import traceback
from typing import IO, Any

from convcore import cache
from convcore.labkit.study import Study, StudyJob
from convcore.parallel import Report

LARGE = 2**20  # bytes; the arrays that runs work in are smaller
NICENESS = 5  # on two cores, light requests go first


class Worker:
    """Does jobs one at a time: in a process of its own once that is started, else in this one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> bool:
        """Start the process if there is none; returns whether there is one, as some machines start none."""
        if self._process is not None:
            return True
        path = os.pathsep.join(filter(None, sys.path))
        with contextlib.suppress(OSError):
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": path},
            )
        return self._process is not None

    def stop(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def study(self, job: StudyJob[Study], report: Report) -> Study:
        """The result of `job.compute(report)`. If `report` raises, the process stops its study too."""
        if self._process is not None:
            try:
                return self.study_in_process(job, report)
            except (EOFError, OSError):  # the process has ended, for example for lack of memory
                self.stop()
                self.start()
        return job.compute(report)

    def study_in_process(self, job: StudyJob[Study], report: Report) -> Study:
        """`study` in the process only; raises EOFError or OSError if that has ended."""
        process = self._process
        assert process and process.stdin and process.stdout
        _send(process.stdin, job)
        stopped: BaseException | None = None
        while True:
            message = pickle.load(process.stdout)
            if isinstance(message, float):
                if stopped is None:
                    try:
                        report(message)
                    except (
                        BaseException
                    ) as error:  # of any kind: a superseded run ends with no Exception
                        stopped = error
                        _send(process.stdin, None)
                continue
            study, kept = message
            cache.restore(kept)
            if stopped is not None:
                raise stopped
            if isinstance(study, RuntimeError):
                raise study
            return study


class _Stopped(Exception):
    """Nobody waits for the result any more."""


def _send(pipe: IO[bytes], message: Any) -> None:
    pipe.write(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))
    pipe.flush()


def _serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Do each job that comes; None stops the current study, and the end of input ends the process."""
    jobs: queue.SimpleQueue[StudyJob[Study]] = queue.SimpleQueue()
    stop = threading.Event()

    def listen() -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                request = pickle.load(requests)
                if request is None:
                    stop.set()
                else:
                    stop.clear()
                    jobs.put(request)
        os._exit(0)  # the server has ended: nobody waits for a result

    def report(share: float) -> None:
        if stop.is_set():
            raise _Stopped
        _send(answers, float(share))

    threading.Thread(target=listen, daemon=True).start()
    while True:
        job = jobs.get()
        before = cache.snapshot()
        study: Study | RuntimeError
        try:
            study = job.compute(report)
        except Exception:  # as text, as not every error can be pickled
            study = RuntimeError(traceback.format_exc())
        _send(answers, (study, cache.snapshot(before)))
        del job, before, study  # or they would stay in memory until the next job


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server; this ends with it
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    cache.return_freed_memory(LARGE)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # anything printed must not mix with the answers
    _serve(sys.stdin.buffer, out)
