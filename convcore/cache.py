"""What was computed before, so that going back costs nothing; and memory that is no longer needed."""

from __future__ import annotations

import ctypes
import sys
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Generic, TypeVar

from convcore.parallel import Report

Made = TypeVar("Made")
Kept = Mapping[str, Mapping[Hashable, Any]]  # what named memories hold, by their names

MMAP_THRESHOLD, ARENA_MAX = -3, -8  # glibc's numbers of the parameters, from malloc.h
ARENAS = 2
ROOM = 32_000_000  # characters of texts in keys

_named: dict[str, Cache] = {}


def snapshot(without: Kept | None = None) -> Kept:
    """What all named memories hold now, but for the keys of `besides`."""
    known = without or {}
    return {name: held.items(known.get(name, {})) for name, held in _named.items()}


def restore(kept: Kept) -> None:
    """Put what another process kept where it would stand here."""
    for name, values in kept.items():
        for key, value in values.items():
            _named[name].put(key, value)


class Job(ABC, Generic[Made]):
    """A computation as a value: a frozen dataclass whose fields are all that it reads.

    Equal jobs give the same, so a job is itself the key under which its result is kept.
    """

    @abstractmethod
    def compute(self, report: Report | None = None) -> Made:
        """Do it; a long one calls `report(fraction)`, which may raise to stop it."""


class Cache:
    """The values that were asked for last, `most` of them, for all threads of a process.

    Unlike `functools.lru_cache` it says what it holds, and a key need not be all that a value is made
    from. name: by which another process knows it too; then keys and values can be pickled. texts: the
    long texts in a key, such as files: of different ones it keeps at most `ROOM` characters.
    """

    def __init__(
        self, most: int, name: str = "", texts: Callable[[Any], tuple[str, ...]] = lambda key: ()
    ) -> None:
        self._most, self._texts, self._lock = most, texts, threading.Lock()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._long: dict[Hashable, tuple[str, ...]] = {}  # the texts of those keys that have any
        if name:
            _named[name] = self

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._kept

    def items(self, without: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """What it holds, those asked for last at the end, but for the keys of `besides`."""
        with self._lock:
            return {key: value for key, value in self._kept.items() if key not in without}

    def get(self, key: Hashable) -> Any:
        """What stands under the key, or None."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Hashable, value: Any) -> None:
        """Keep a value, and forget what was not asked for longest where they are too many."""
        with self._lock:
            self._kept[key] = value
            if texts := self._texts(key):
                self._long[key] = texts
            while len(self._kept) > self._most or (self._is_full() and len(self._kept) > 1):
                first, _ = self._kept.popitem(last=False)
                self._long.pop(first, None)

    def result(self, job: Job[Made], report: Report | None = None) -> Made:
        """What a job gives, computed if it is not here; a stopped one leaves nothing."""
        return self.get_or_make(job, lambda: job.compute(report))

    def _is_full(self) -> bool:
        return sum(map(len, {text for texts in self._long.values() for text in texts})) > ROOM

    def get_or_make(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What stands under the key, made if nothing does; a stopped `make` leaves nothing."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                kept: Made = self._kept[key]
                return kept
        value = make()
        self.put(key, value)
        return value


def return_freed_memory(size: int) -> None:
    """Have what this process no longer needs returned to the system from now on (glibc; else nothing).

    size: bytes; an array as large has memory of its own, which is returned with it. That takes time: who
    works on arrays of some size all the time had better keep what those take.
    On the page each rerun is a thread of its own, and glibc keeps what a thread freed for it, arrays of
    up to 32 MB among it: the server grew by half with each class that came and left.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(MMAP_THRESHOLD, size)
        mallopt(ARENA_MAX, ARENAS)
