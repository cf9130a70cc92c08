"""What is computed once, and built once, for all of a class."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable
from typing import Any

import pytest

from convcore import cache
from convcore.charts.compose import Mark
from convcore.charts.picture import Template
from convcore.labkit.study import Study, StudyJob
from convcore.labs import Chebyshev, OneWeight, RealNetwork, Result, RoughGround
from convcore.labs.rough_ground.settings import RoughSettings
from convcore.page import compute, process
from convcore.parallel import Report
from convcore.session import worker_process as worker
from convcore.session.fair_queue import Place
from tests.test_page import page, stands

WORKER_START = worker.Worker.start  # which tests do not start unasked


class Bar:
    """A progress bar that nobody sees."""

    def progress(self, share: float, words: str) -> None:
        assert 0 <= share <= 1 and words

    def empty(self) -> None:
        pass


def test_what_takes_long_is_not_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = RoughGround(eta=0.4321)
    monkeypatch.setattr(RoughGround, "heavy", True)
    assert compute.quick_result(lab) is None
    monkeypatch.setattr(RoughGround, "heavy", False)
    assert compute.quick_result(lab) is compute.quick_result(lab)


def test_a_class_that_follows_a_link_to_heavy_work_has_it_done_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lab, done = RealNetwork(Chebyshev(2), hidden=(3,), steps=20, seed=11), []

    def study(job: StudyJob[Study], report: Report) -> Study:
        time.sleep(0.3)  # so that all others wait meanwhile
        done.append(job)
        return job.compute(report)

    class Slow(cache.Cache):
        def put(self, key: Hashable, value: Any) -> None:
            time.sleep(0.2)  # so that who gets the turn too early is sure to find nothing
            super().put(key, value)

    monkeypatch.setattr(compute.WORKER, "do", study)
    monkeypatch.setattr(compute.st, "progress", lambda *_: Bar())
    monkeypatch.setattr(compute, "RESULTS", Slow(4))
    seen: list[Result] = []
    class_ = [threading.Thread(target=lambda: seen.append(compute.compute(lab))) for _ in range(6)]
    for visitor in class_:
        visitor.start()
    for visitor in class_:
        visitor.join()
    assert done == [lab.study_job] and len(seen) == 6 and all(result is seen[0] for result in seen)


def test_a_job_whose_process_ended_is_done_by_the_next_one_and_one_that_does_not_get_on_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lab, why = RealNetwork(Chebyshev(2), hidden=(3,), steps=20, seed=12), "It gave no sign of life."
    tried, said = list[bool](), list[str]()

    def do(job: StudyJob[Study], report: Report) -> Study:
        tried.append(True)
        if len(tried) == 1 or not again:
            raise worker.WorkerEnded(why, again)
        return job.compute(report)

    class Read(Bar):
        def progress(self, share: float, words: str) -> None:
            said.append(words)

    monkeypatch.setattr(compute.WORKER, "do", do)
    monkeypatch.setattr(compute.st, "progress", lambda *_: Read())
    monkeypatch.setattr(compute, "RESULTS", cache.Cache(4))
    again = False
    with pytest.raises(compute.NotComputed, match=why):
        compute.compute(lab)
    again = True
    tried.clear()
    assert compute.compute(lab).sentence and len(tried) == 2
    assert f"{why} It is started again …" in said


def test_who_waits_reads_how_many_come_first_and_how_long_they_take() -> None:
    assert compute.waiting(Place(1, 0.2)) == "Waiting: 1 run comes first, about 1 s …"
    assert compute.waiting(Place(3, 12.4)) == "Waiting: 3 runs come first, about 12 s …"


def test_a_class_that_comes_at_once_has_a_picture_built_once() -> None:
    built = []

    def build(width: int) -> Mark:
        built.append(width)
        time.sleep(0.05)
        return Mark({"values": []}).mark_point()  # type: ignore[arg-type, return-value]

    template = Template(build, "a picture")  # type: ignore[arg-type]
    class_ = [
        threading.Thread(target=template.spec, args=(640, theme)) for theme in ("light", "dark") * 4
    ]
    for visitor in class_:
        visitor.start()
    for visitor in class_:
        visitor.join()
    assert built == [640]


def test_a_memory_forgets_results_where_their_files_take_too_much_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cache, "ROOM", 25)
    held = cache.Cache(9, texts=lambda key: (key[0],) if key[0] else ())
    for key in (("a" * 10, 1), ("a" * 10, 2), ("b" * 10, 1), ("", 1)):
        held.put(key, "a result")
    # The same file counts once, however many results come from it.
    assert ("a" * 10, 1) in held
    held.put(("c" * 10, 1), "a result")
    assert [key in held for key in (("a" * 10, 1), ("a" * 10, 2))] == [False, False]
    assert ("b" * 10, 1) in held and ("", 1) in held and ("c" * 10, 1) in held
    held.put(("d" * 90, 1), "the last one always stays")
    assert ("d" * 90, 1) in held and ("c" * 10, 1) not in held


def test_what_takes_long_is_at_hand_before_anybody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[StudyJob[Study]] = []

    def study(job: StudyJob[Study], report: Report) -> Study:
        ran.append(job)
        report(0.5)
        if isinstance(job.settings, RoughSettings):
            raise RuntimeError("a mistake of ours")
        return job.compute(report)

    monkeypatch.setattr(compute.WORKER, "do_in_process", study)
    monkeypatch.setattr(compute.WORKER, "start", lambda: True)
    monkeypatch.setattr(compute, "RESULTS", cache.Cache(9))
    monkeypatch.setattr(RoughGround, "heavy", True)
    monkeypatch.setattr(RealNetwork, "heavy", True)
    said: list[str] = []
    monkeypatch.setattr(compute.LOG, "exception", lambda words, *_: said.append(words))
    process.start_worker()
    assert RealNetwork().study_job in ran and OneWeight().study_job not in ran
    assert compute.quick_result(RealNetwork()) is not None
    assert compute.quick_result(RoughGround()) is None and len(said) == 1
    done = len(ran)
    compute.prefetch(RealNetwork())
    assert len(ran) == done, "what is at hand is not run again"
    monkeypatch.setattr(compute.WORKER, "start", lambda: False)
    monkeypatch.setattr(compute, "RESULTS", cache.Cache(9))
    process.start_worker()
    assert len(ran) == done, "without a process of its own it would take the server's time"


def test_nothing_runs_ahead_in_the_server_where_the_process_beside_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = worker.Worker()
    with monkeypatch.context() as patch:
        patch.setattr(worker, "__name__", "convcore.cache")  # a module that ends at once
        assert WORKER_START(gone)
    monkeypatch.setattr(compute, "WORKER", gone)
    monkeypatch.setattr(compute, "RESULTS", cache.Cache(9))
    monkeypatch.setattr(RealNetwork, "heavy", True)
    monkeypatch.setattr(RealNetwork, "run", lambda *_: pytest.fail("it ran here"))
    compute.prefetch(RealNetwork())
    assert RealNetwork() not in compute.RESULTS
    gone.stop()


def held_in(value: Any) -> list[Any]:
    """The value, and what its lists, tuples and dictionaries hold, however deep."""
    parts = value.values() if isinstance(value, dict) else value
    inner = parts if isinstance(value, (dict, list, tuple)) else ()
    return [value, *(x for part in inner for x in held_in(part))]


def test_a_page_without_pins_holds_no_result() -> None:
    at = page({"lab": "network", "steps": "20"})
    stands(at)
    held = held_in(at.session_state.to_dict())
    assert any(isinstance(x, RealNetwork) for x in held)
    assert not any(isinstance(x, Result) for x in held)


def test_a_run_is_late_by_what_it_waited_for_since_its_change_came_in_its_own_thread() -> None:
    late = []

    def run() -> None:
        late.append(compute.lateness())
        compute.change_came()
        time.sleep(0.1)
        late.append(compute.lateness())

    compute.change_came()
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert late[0] == 0 and late[1] >= 0.09
