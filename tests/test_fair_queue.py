"""Turns go round among visitors, whoever brings how much."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter

import pytest
from hypothesis import given

from convcore.session import fair_queue
from convcore.session.fair_queue import FairQueue, Place, Turn
from tests.draw import SEEDS, often


def runs(turn: Turn) -> bool:
    return turn.wait(0.0)


def end(turn: Turn) -> None:
    turn.queue.leave(turn, done=True)


def test_a_visitor_with_eight_tabs_puts_nobody_else_last() -> None:
    queue = FairQueue()
    tabs = [queue.join("eight tabs", 1.0) for _ in range(8)]
    one = queue.join("one tab", 1.0)
    assert runs(tabs[0]) and not runs(one)
    assert one.place().ahead == 2, "the tab that runs, and the newest"
    end(tabs[0])
    assert runs(tabs[7]), "the newest of a visitor's goes first"
    end(tabs[7])
    assert runs(one)
    another = queue.join("another", 1.0)
    end(one)
    assert runs(tabs[6])
    end(tabs[6])
    assert runs(another)


def test_a_newer_change_keeps_the_place_of_the_one_that_it_supersedes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queue = FairQueue()
    running, old = queue.join("a", 1.0), queue.join("b", 1.0)
    later = queue.join("c", 1.0)
    queue.leave(old, done=False)
    new = queue.join("b", 1.0)
    assert new.place().ahead == 1 and later.place().ahead == 2
    monkeypatch.setattr(fair_queue, "KEPT", -1.0)
    queue.leave(new, done=False)
    assert queue.join("b", 1.0).place().ahead == 2, "but not for long"
    end(running)
    assert runs(later)


def test_the_wait_is_what_turns_took_and_what_the_running_one_has_done() -> None:
    queue = FairQueue()
    first, second = queue.join("a", 1.0), queue.join("b", 1.0)
    assert first.place() == Place(0, 0.0)
    assert first.began is not None
    first.began -= 3.0  # it runs for three seconds
    assert second.place().seconds == 0.0, "it is late"
    first.share = 0.5
    assert second.place().seconds == pytest.approx(3, abs=0.5)
    first.share = 0.0
    end(first)
    third = queue.join("c", 1.0)
    assert third.place().seconds == pytest.approx(1 + 2 * fair_queue.SMOOTH, abs=0.3)


def test_a_turn_that_fails_is_given_up() -> None:
    queue = FairQueue()
    with pytest.raises(KeyError), queue.join("a", 1.0):
        raise KeyError
    with queue.join("b", 1.0) as turn:
        assert runs(turn)


def test_who_waits_is_woken() -> None:
    queue, woken = FairQueue(), threading.Event()
    first = queue.join("a", 1.0)

    def wait() -> None:
        with queue.join("b", 1.0) as turn:
            assert turn.wait(30)
            woken.set()

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.05)
    assert not woken.is_set()
    end(first)
    thread.join()
    assert woken.is_set()


@given(SEEDS)
@often(40, 2000)
def test_between_two_turns_of_a_visitor_all_who_wait_have_one(seed: int) -> None:
    rng, queue = random.Random(seed), FairQueue()
    turns: list[Turn] = []
    served: list[tuple[str, int]] = []  # the visitor, and how many turns ended before
    since: dict[Turn, int] = {}
    while len(served) < 60:
        running = next((turn for turn in turns if turn.began is not None), None)
        match rng.choice(["join", "leave", "end", "end"]):
            case "join" if len(turns) < 20:
                turn = queue.join(rng.choice("abcde"), rng.random())
                turns.append(turn)
                since[turn] = len(served)
            case "leave" if len(turns) > 1:
                turn = rng.choice([turn for turn in turns if turn is not running])
                turns.remove(turn)
                queue.leave(turn, done=False)
            case "end" if running:
                turns.remove(running)
                end(running)
                served.append((str(running.visitor), len(served)))
        assert sum(turn.began is not None for turn in turns) == bool(turns)
        ahead = Counter(turn.place().ahead for turn in turns)
        assert sorted(ahead) == list(range(len(turns))), "each has a place of its own"
        waiting = {turn.visitor for turn in turns if turn.began is None}
        for visitor in waiting:
            first = min(since[t] for t in turns if t.visitor == visitor)
            others = [name for name, at in served if at >= first and name != visitor]
            mine = sum(name == visitor for name, at in served if at >= first)
            assert max(Counter(others).values(), default=0) <= mine + 2


def test_nothing_is_left_of_those_who_went(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_queue, "KEPT", -1.0)
    queue = FairQueue()
    turns = [queue.join(f"visitor {i}", 1.0) for i in range(50)]
    for turn in turns[::-1]:
        queue.leave(turn, done=False)
    assert not queue._places and not queue._left
