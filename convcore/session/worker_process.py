"""A process beside the server that studies heavy labs: everybody's sliders keep the interpreter.

Labs and studies go through pipes, pickled. What the process keeps of a study to go back to (see `cache`)
is kept here too, so that the next change of what was computed there is quick here.
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
from convcore.labkit.lab import Lab
from convcore.labkit.study import Study
from convcore.parallel import Report

LARGE = 2**20  # bytes; the arrays that runs are followed in are smaller
POLITE = 5  # niceness: on two cores, whoever asks for little goes first


class Worker:
    """Studies labs in a process of its own once it was started, one at a time, and here until then."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> bool:
        """Start the process, unless one was, and say whether there is one: some machines start none."""
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

    def study(self, lab: Lab, report: Report) -> Study:
        """What `lab.study(report)` gives. What the report raises stops it, there too."""
        if self._process is not None:
            try:
                return self.study_there(lab, report)
            except (EOFError, OSError):  # it has ended, as where the machine ran out of memory
                self.stop()
                self.start()
        return lab.study(report)

    def study_there(self, lab: Lab, report: Report) -> Study:
        """`study`, by the process or not at all: EOFError or OSError if it has ended."""
        process = self._process
        assert process and process.stdin and process.stdout
        _say(process.stdin, lab)
        stopped: BaseException | None = None
        while True:
            told = pickle.load(process.stdout)
            if isinstance(told, float):
                if stopped is None:
                    try:
                        report(told)
                    except BaseException as error:  # of any kind, as is what ends a superseded run
                        stopped = error
                        _say(process.stdin, None)
                continue
            study, kept = told
            cache.restore(kept)
            if stopped is not None:
                raise stopped
            if isinstance(study, RuntimeError):
                raise study
            return study


class _Stopped(Exception):
    """Nobody waits for the result any more."""


def _say(pipe: IO[bytes], message: Any) -> None:
    pipe.write(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))
    pipe.flush()


def _serve(asks: IO[bytes], answers: IO[bytes]) -> None:
    """Study each lab that comes; None stops the one at work, and the end of input ends the process."""
    labs: queue.SimpleQueue[Lab] = queue.SimpleQueue()
    stop = threading.Event()

    def listen() -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                asked = pickle.load(asks)
                if asked is None:
                    stop.set()
                else:
                    stop.clear()
                    labs.put(asked)
        os._exit(0)  # the server has ended; a run that goes on would have nobody to tell

    def report(share: float) -> None:
        if stop.is_set():
            raise _Stopped
        _say(answers, float(share))

    threading.Thread(target=listen, daemon=True).start()
    while True:
        lab = labs.get()
        before = cache.snapshot()
        study: Study | RuntimeError
        try:
            study = lab.study(report)
        except Exception:  # in words, as not every error can be pickled
            study = RuntimeError(traceback.format_exc())
        _say(answers, (study, cache.snapshot(before)))
        del lab, before, study  # or they would wait here for the next lab


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, whose end ends this
    if hasattr(os, "nice"):
        os.nice(POLITE)
    cache.return_freed_memory(LARGE)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not speak in between
    _serve(sys.stdin.buffer, out)
