"""Caches of earlier results, so that going back costs nothing; and returning freed memory."""

from __future__ import annotations

import ctypes
import functools
import sys
import threading
import weakref
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Generic, TypeVar

from convcore.parallel import Report

Function = TypeVar("Function", bound=Callable[..., Any])
Value = TypeVar("Value", covariant=True)
Contents = Mapping[str, Mapping[Hashable, Any]]  # of named caches, by name

MMAP_THRESHOLD, ARENA_MAX = -3, -8  # glibc's parameter numbers, from malloc.h
ARENAS = 2
ROOM = 32_000_000  # characters of text in the keys of one cache

_named: dict[str, Cache] = {}


def snapshot(without: Contents | None = None) -> Contents:
    """What all named caches hold now, without the keys in `without`."""
    known = without or {}
    return {name: cache.items(known.get(name, {})) for name, cache in _named.items()}


def restore(contents: Contents) -> None:
    """Put another process's snapshot into the caches of this one."""
    for name, values in contents.items():
        for key, value in values.items():
            _named[name].put(key, value)


class Job(ABC, Generic[Value]):
    """A computation as a value: a frozen dataclass whose fields are all that it reads.

    Equal jobs give equal results, so the job itself is the cache key.
    """

    @abstractmethod
    def compute(self, report: Report | None = None) -> Value:
        """Run the job; a long one calls `report(fraction)`, which may raise to stop it."""


class Cache:
    """The `most` recently used values, shared by all threads of a process.

    Unlike `functools.lru_cache` its contents can be listed, and a value may depend on more than its key.
    name: identifies it across processes; keys and values must then pickle. texts: the long texts in a
    key, such as files; the distinct ones may add up to at most `ROOM` characters.
    """

    def __init__(
        self, most: int, name: str = "", texts: Callable[[Any], tuple[str, ...]] = lambda key: ()
    ) -> None:
        self._most, self._texts, self._lock = most, texts, threading.Lock()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._long: dict[Hashable, tuple[str, ...]] = {}  # the texts of the keys that have any
        if name:
            _named[name] = self

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._kept

    def items(self, without: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Its contents, most recently used last, except for the keys in `without`."""
        with self._lock:
            return {key: value for key, value in self._kept.items() if key not in without}

    def get(self, key: Hashable) -> Any:
        """The value of the key, or None."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Hashable, value: Any) -> None:
        """Store a value; the least recently used are dropped when there are too many."""
        with self._lock:
            self._kept[key] = value
            if texts := self._texts(key):
                self._long[key] = texts
            while len(self._kept) > self._most or (self._is_full() and len(self._kept) > 1):
                first, _ = self._kept.popitem(last=False)
                self._long.pop(first, None)

    def result(self, job: Job[Value], report: Report | None = None) -> Value:
        """The job's result, computed if it is not cached; a stopped job stores nothing."""
        return self.get_or_make(job, lambda: job.compute(report))

    def _is_full(self) -> bool:
        return sum(map(len, {text for texts in self._long.values() for text in texts})) > ROOM

    def get_or_make(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of the key, made if there is none; a `make` that raises stores nothing."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                kept: Value = self._kept[key]
                return kept
        value = make()
        self.put(key, value)
        return value


def kept(most: int, texts: Callable[..., tuple[str, ...]]) -> Callable[[Function], Function]:
    """`functools.lru_cache(most)`, with a bound on the long texts in the arguments, which `texts` finds."""

    def decorate(function: Any) -> Any:
        cache = Cache(most, texts=lambda arguments: texts(*arguments))

        @functools.wraps(function)
        def found(*arguments: Any) -> Any:
            return cache.get_or_make(arguments, lambda: function(*arguments))

        return found

    return decorate


def kept_while_alive(most: int) -> Callable[[Function], Function]:
    """Keep the `most` last values for each first argument, and no longer than that argument is alive.

    It is known by identity: an `lru_cache` would keep it alive, and with it all that it holds.
    """

    def decorate(function: Any) -> Any:
        caches: weakref.WeakKeyDictionary[Any, Cache] = weakref.WeakKeyDictionary()
        lock = threading.Lock()

        @functools.wraps(function)
        def found(owner: Any, *others: Any) -> Any:
            with lock:
                cache = caches.setdefault(owner, Cache(most))
            return cache.get_or_make(others, lambda: function(owner, *others))

        return found

    return decorate


def return_freed_memory(size: int) -> None:
    """Make glibc return freed memory to the system from now on; does nothing without glibc.

    size: bytes; arrays at least as large get a mapping of their own, returned once freed. Mapping takes
    time, so `size` should exceed the arrays that are made over and over.
    Each rerun of the page is a thread, and glibc keeps what a thread freed, arrays of up to 32 MB
    included: the server grew by half with each class that came and left.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(MMAP_THRESHOLD, size)
        mallopt(ARENA_MAX, ARENAS)
