"""What was computed before, so that going back costs nothing."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Made = TypeVar("Made")


class Memory:
    """The values that were asked for last, `most` of them, for all threads of a process.

    Unlike `functools.lru_cache` it says what it holds, and a key need not be all that a value is made
    from.
    """

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._kept

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
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def held(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What stands under the key, made if nothing does; a stopped `make` leaves nothing."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                kept: Made = self._kept[key]
                return kept
        value = make()
        self.put(key, value)
        return value
