"""A fair queue for heavy work: turns go round among visitors, however many jobs each of them brings."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import NamedTuple

KEPT = 2.0  # seconds for which a place is kept: a newer change of the same visitor takes it
SMOOTH = 0.3  # weight of the last turn in the pace


class Place(NamedTuple):
    """Where a turn waits: how many turns come first, the one that runs included, and their seconds."""

    ahead: int
    seconds: float


@dataclass(eq=False)
class Turn:
    """A visitor's wish to run one job; `with` leaves the queue at the end, whether it ran or not.

    expected: seconds that the job is estimated to take. share: how much of it is done, from 0 to 1.
    """

    queue: FairQueue
    visitor: Hashable
    expected: float
    share: float = 0.0
    began: float | None = field(default=None, init=False)

    def wait(self, timeout: float) -> bool:
        """Wait for at most `timeout` seconds; returns whether it is its turn."""
        with self.queue.changed:
            return self.queue.changed.wait_for(lambda: self.began is not None, timeout)

    def place(self) -> Place:
        """Where it waits now; (0, 0.0) when it is its turn."""
        return self.queue.place(self)

    def __enter__(self) -> Turn:
        return self

    def __exit__(self, *raised: object) -> None:
        self.queue.leave(self, done=raised == (None, None, None))


class FairQueue:
    """One job runs at a time, and the next is of the visitor whose turn is longest ago.

    Each visitor has one place. When it comes up, the newest of the visitor's jobs runs, and the place
    moves to the end: eight tabs of one visitor take every second turn while another waits, not eight.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self._running: Turn | None = None
        self._places: dict[Hashable, list[Turn]] = {}  # in the order of turns; the newest job last
        self._left: dict[Hashable, float] = {}  # when the last job of a place without jobs left it
        self._pace = 1.0  # seconds that a turn takes for each one expected

    def join(self, visitor: Hashable, expected: float) -> Turn:
        """Wait for a turn; expected: about how many seconds the job takes."""
        turn = Turn(self, visitor, expected)
        with self.changed:
            self._forget()
            self._left.pop(visitor, None)
            self._places.setdefault(visitor, []).append(turn)
            self._go_on()
        return turn

    def leave(self, turn: Turn, done: bool) -> None:
        """Give the turn up. done: whether its job was done, which tells the pace."""
        with self.changed:
            if turn is self._running:
                self._running = None
                assert turn.began is not None
                if done and turn.expected > 0:
                    took = (time.monotonic() - turn.began) / turn.expected
                    self._pace += SMOOTH * (took - self._pace)
            else:
                self._places[turn.visitor].remove(turn)
                if not self._places[turn.visitor]:
                    self._left[turn.visitor] = time.monotonic()
            self._forget()
            self._go_on()

    def place(self, turn: Turn) -> Place:
        """See `Turn.place`."""
        with self.changed:
            if turn.began is not None:
                return Place(0, 0.0)
            first = [self._running] if self._running else []
            first += self._before(turn)
            return Place(len(first), sum(map(self._remaining, first)))

    def _before(self, turn: Turn) -> list[Turn]:
        """The waiting turns that come before one, if nobody else joins."""
        order = list(self._places)
        # By rounds: a visitor's newest job in the first, and so on.
        my_round = self._places[turn.visitor][::-1].index(turn)
        mine = order.index(turn.visitor)
        return [
            other
            for at, visitor in enumerate(order)
            for other in self._places[visitor][::-1][: my_round + (at < mine)]
        ]

    def _remaining(self, turn: Turn) -> float:
        expected = turn.expected * self._pace
        if turn.began is None:
            return expected
        took = time.monotonic() - turn.began
        if turn.share > 0:  # what was measured is better than what was expected
            return took * (1 - turn.share) / turn.share
        return max(0.0, expected - took)

    def _go_on(self) -> None:
        """Begin the next turn if none runs."""
        visitor = next((visitor for visitor, turns in self._places.items() if turns), None)
        if self._running is None and visitor is not None:
            turns = self._places.pop(visitor)
            self._running = turns.pop()
            self._running.began = time.monotonic()
            if turns:
                self._places[visitor] = turns  # now at the end
            self.changed.notify_all()

    def _forget(self) -> None:
        """Drop the places without jobs that were kept long enough."""
        now = time.monotonic()
        for visitor in [v for v, left in self._left.items() if now - left > KEPT]:
            del self._left[visitor], self._places[visitor]
