"""A worker process that does heavy jobs, so that the server stays free for everybody's sliders.

Jobs and results are pickled and sent through pipes; neither knows the lab, so the worker loads no charts.
What it cached (see `cache`) is sent too, so that the server can draw a small change without the worker.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import IO, Any, TypeVar

from convcore import cache
from convcore.cache import Job
from convcore.parallel import Report

Found = TypeVar("Found")

LARGE = 2**20  # bytes; the arrays that runs work in are smaller
NICENESS = 5  # on two cores, light requests go first
BEAT = 0.2  # seconds between two signs of life
SILENT = 10.0  # seconds without one until the process is ended
CROWDED = 60.0  # the same for a process that the machine does not let run
STUCK = 10.0  # seconds of processor time that a job may take without reporting
LOG = logging.getLogger(__name__)


class WorkerEnded(Exception):
    """The process ended before the job was done; says why.

    again: whether the same job may be done by the next process.
    """

    def __init__(self, why: str, again: bool = True) -> None:
        super().__init__(why)
        self.again = again


class Worker:
    """Does jobs one at a time: in a process of its own, or in this one where none can be started."""

    def __init__(self) -> None:
        self._process: _Process | None = None
        self._starting = threading.Lock()
        self._behind = False  # whether the process still does a job that nobody waits for

    def start(self) -> bool:
        """Start the process if there is none; returns whether there is one, as some machines start none."""
        with self._starting:
            if self._process is None or self._process.ended:
                self._process, self._behind = None, False
                with contextlib.suppress(OSError):
                    self._process = _Process()
            return self._process is not None

    def stop(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def do(self, job: Job[Found], report: Report) -> Found:
        """The result of `job.compute(report)`.

        If `report` raises, the process stops its job too. Raises WorkerEnded, and RuntimeError with the
        traceback of an error of the job.
        """
        if not self.start():
            return job.compute(report)
        process = self._process
        try:
            return self.do_in_process(job, report)
        except WorkerEnded:
            if process is None or process.heard:
                raise
            return job.compute(report)  # it ended before it could do anything

    def do_in_process(self, job: Job[Found], report: Report) -> Found:
        """`do` in the process only; raises WorkerEnded if there is none."""
        process = self._process
        if process is None:
            raise WorkerEnded("There is no worker process.")
        if self._behind:
            try:
                self._answer(process, report, waiting=True)
            except WorkerEnded as error:
                raise WorkerEnded(str(error)) from error  # which says nothing about this job
        self._behind = True
        process.send(job)
        found: Found = self._answer(process, report, waiting=False)
        return found

    def _answer(self, process: _Process, report: Report, waiting: bool) -> Any:
        """The answer to the job that was sent last. waiting: whether it is one that nobody waits for."""
        share = 0.0
        while True:
            message = process.hear()
            if not isinstance(message, tuple):
                share = share if message is None or waiting else message
                try:
                    report(share)
                # Of any kind: a superseded run ends with no Exception.
                except BaseException:
                    process.send(None)
                    raise  # the next job waits until this one has ended
                continue
            self._behind = False
            found, kept = message
            cache.restore(kept)
            if isinstance(found, RuntimeError) and not waiting:
                raise found
            return found


class _Process:
    """The process, with a thread that hears it and one that writes to it, as either may block."""

    def __init__(self) -> None:
        path = os.pathsep.join(filter(None, sys.path))
        self._popen = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        self.heard = False  # whether it ever gave a sign of life
        self.ended = False
        self._messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=work, daemon=True) for work in (self._read, self._write)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._popen.pid

    def send(self, message: Any) -> None:
        """Send a job, or None to stop the present one."""
        self._outbox.put(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))

    def hear(self) -> Any:
        """The next message: a share, None as a sign of life, or an answer; raises WorkerEnded.

        A process that gives no sign of life for SILENT seconds is ended.
        """
        began, used = time.monotonic(), _used(self.pid)
        while True:
            try:
                message = self._messages.get(timeout=SILENT)
                break
            except queue.Empty:
                silent = time.monotonic() - began
                busy = _used(self.pid) - used > STUCK
                if silent < CROWDED and not busy and _wants_to_run(self.pid):
                    continue
            self.end()
            raise self._stopped(f"gave no sign of life for {silent:.0f} s", again=True)
        if isinstance(message, WorkerEnded):
            self._messages.put(message)  # for whoever asks again
            raise message
        if message == _STUCK:
            self.end()
            raise self._stopped(f"did not get on for {STUCK:g} s", again=False)
        return message

    def end(self) -> None:
        """End it, and wait until it has ended."""
        self._popen.kill()
        for thread in self._threads:
            thread.join()

    def _stopped(self, what: str, again: bool) -> WorkerEnded:
        LOG.warning("The worker process %s and was ended.", what)
        return WorkerEnded(f"The worker process {what} and was ended.", again)

    def _read(self) -> None:
        assert self._popen.stdout
        # Its last message may be cut off anywhere.
        with contextlib.suppress(Exception), self._popen.stdout as pipe:
            while True:
                self._messages.put(pickle.load(pipe))
                self.heard = True
        self._popen.kill()
        self._popen.wait()  # at once, or it would stay as a zombie until somebody needs it
        self.ended = True
        self._messages.put(WorkerEnded("The worker process has ended."))
        self._outbox.put(None)

    def _write(self) -> None:
        assert self._popen.stdin
        with contextlib.suppress(OSError), self._popen.stdin as pipe:
            while message := self._outbox.get():
                pipe.write(message)
                pipe.flush()


def _wants_to_run(pid: int) -> bool:
    """Whether a process waits for a processor or a disk; False where the system does not tell."""
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            # The state comes first behind the name, which is in brackets and may hold some itself.
            if (thread / "stat").read_text().rpartition(")")[2].split()[0] in "RD":
                return True
    return False


def _used(pid: int) -> float:
    """Seconds of processor time that a process has used; 0 where the system does not tell."""
    with contextlib.suppress(OSError):
        times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


_STUCK = "stuck"


class _Stopped(Exception):
    """Nobody waits for the result any more."""


class _Answers:
    """Sends answers, and signs of life between them."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe, self._lock = pipe, threading.Lock()
        self.reported = math.inf  # processor time of the last report; inf without a job

    def send(self, message: Any) -> None:
        """Send a share, an answer, or None."""
        told = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        with self._lock:
            self._pipe.write(told)
            self._pipe.flush()

    def report(self) -> None:
        """Note that the job gets on."""
        self.reported = time.process_time()

    def beat(self) -> None:
        """Give a first sign of life, and more while there is a job; or say that it does not get on."""
        with contextlib.suppress(OSError):  # the server has ended
            self.send(None)
            while True:
                time.sleep(BEAT)
                if self.reported < math.inf:
                    # Processor time: on a crowded machine a job may have to wait.
                    stuck = time.process_time() - self.reported > STUCK
                    self.send(_STUCK if stuck else None)


def _serve(requests: IO[bytes], pipe: IO[bytes]) -> None:
    """Do each job that comes; None stops the current one, and the end of input ends the process."""
    jobs: queue.SimpleQueue[Job[Any]] = queue.SimpleQueue()
    stop = threading.Event()
    answers = _Answers(pipe)

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
        answers.report()
        answers.send(float(share))

    for work in (listen, answers.beat):
        threading.Thread(target=work, daemon=True).start()
    while True:
        answers.reported = math.inf
        job = jobs.get()
        answers.report()
        before = cache.snapshot()
        found: Any
        try:
            found = job.compute(report)
        except Exception:  # as text, as not every error can be pickled
            found = RuntimeError(traceback.format_exc())
        answers.send((found, cache.snapshot(before)))
        del job, before, found  # or they would stay in memory until the next job


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server; this ends with it
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    cache.return_freed_memory(LARGE)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # anything printed must not mix with the answers
    _serve(sys.stdin.buffer, out)
