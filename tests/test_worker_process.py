"""Heavy labs in a process of their own: the same results, kept here too, stopped and survived."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from convcore import cache
from convcore.cache import Cache
from convcore.labkit.study import Study, StudyJob
from convcore.labs import (
    Chebyshev,
    Lab,
    NoMore,
    OwnPoints,
    PerceptronAndBackprop,
    RealNetwork,
    Resamples,
    RoughGround,
)
from convcore.labs.rough_ground.presets import PRESETS as ROUGH
from convcore.session import worker_process
from convcore.session.worker_process import Worker
from tests import worker_jobs
from tests.test_studies import VALUES, views_in

HEAVY = [
    RealNetwork(Chebyshev(7), steps=150, hidden=(5,)),
    RealNetwork(steps=40, hidden=(4,), seed=3),
    PerceptronAndBackprop(OwnPoints("0 0 +\n1 0.5 -\n2 1 -"), epochs=40),
    PerceptronAndBackprop(OwnPoints("0 0 +\n2 1 -"), epochs=7000, second=NoMore()),
    PerceptronAndBackprop(OwnPoints("0 0 +\n3 1 -"), epochs=30, second=Resamples("bootstrap", 5)),
    *(replace(lab, steps=29) for _, _, lab in ROUGH),
]


class Superseded(BaseException):
    """As what Streamlit raises, no Exception."""


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker()
    worker.start()
    yield worker
    worker.stop()


def ignored(share: float) -> None:
    """Nobody looks at the progress."""


def assert_same(lab: Lab, study: Study) -> None:
    """A study from there is shown as one that is made here."""
    one, two = lab.show(study), lab.run()
    for name in ("sentence", "facts", "notes", "predicted", "measured"):
        assert getattr(one, name) == getattr(two, name)
    for p, q in zip(one.pictures, two.pictures, strict=True):
        # Built once for both: else a template would be built, and kept, for each run.
        assert (p.name, p.template, p.about) == (q.name, q.template, q.about)
        assert hash(p.template) == hash(q.template) and p.tables.keys() == q.tables.keys()
        for name, table in p.tables.items():
            for column, values in table.items():
                np.testing.assert_array_equal(values, q.tables[name][column])
    np.testing.assert_array_equal(list(one.record.values()), list(two.record.values()))


@pytest.mark.parametrize("lab", HEAVY, ids=lambda lab: repr(lab)[:60])
def test_a_lab_gives_there_what_it_gives_here_and_is_light_here_from_then_on(
    worker: Worker, lab: Lab
) -> None:
    told: list[float] = []
    assert lab.heavy or isinstance(lab, RoughGround)
    there = worker.do(lab.study_job, told.append)
    assert told == sorted(told) and all(0 <= share <= 1 for share in told)
    assert not lab.heavy
    assert_same(lab, there)


def test_what_raises_in_a_report_ends_the_run_and_the_next_one_is_answered(worker: Worker) -> None:
    long, told = RealNetwork(seed=77), []

    def stop(share: float) -> None:
        told.append(share)
        raise Superseded

    with pytest.raises(Superseded):
        worker.do(long.study_job, stop)
    assert len(told) == 1 and long.heavy
    after = RealNetwork(Chebyshev(8), steps=20, hidden=(3,))
    assert_same(after, worker.do(after.study_job, ignored))


def ended(pid: int) -> bool:
    """Whether there is no such process any more, not even as a zombie."""
    try:
        os.kill(pid, 0)
    except OSError:
        return True
    return False


def soon(true: Callable[[], bool]) -> bool:
    """Whether it becomes true within some seconds."""
    for _ in range(500):
        if true():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def own() -> Iterator[Worker]:
    """A worker that a test may end."""
    worker = Worker()
    assert worker.start()
    yield worker
    worker.stop()


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_process_that_was_killed_leaves_no_zombie_and_another_takes_its_place(
    own: Worker,
) -> None:
    first = RealNetwork(Chebyshev(5), steps=20, hidden=(3,))
    own.do(first.study_job, ignored)
    process = own._process
    assert process
    os.kill(process.pid, signal.SIGKILL)
    assert soon(lambda: ended(process.pid)), "though nobody asked for anything"
    after = replace(first, seed=1)
    assert_same(after, own.do(after.study_job, ignored))
    assert own._process and own._process.pid != process.pid


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_process_killed_amid_a_job_says_so_and_the_job_can_be_done_again(own: Worker) -> None:
    lab, killed = RealNetwork(Chebyshev(5), steps=400, hidden=(4,)), []

    def kill(share: float) -> None:
        process = own._process
        if process and not killed:
            killed.append(process.pid)
            os.kill(process.pid, signal.SIGKILL)

    with pytest.raises(worker_process.WorkerEnded, match="has ended") as error:
        own.do(lab.study_job, kill)
    assert error.value.again and ended(killed[0])
    assert_same(lab, own.do(lab.study_job, ignored))


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_process_that_gives_no_sign_of_life_is_ended(
    own: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process, "SILENT", 1.0)
    job = StudyJob(worker_jobs.fall_asleep, RealNetwork().settings)
    process = own._process
    with pytest.raises(worker_process.WorkerEnded, match=r"no sign of life for \d+ s") as error:
        own.do(job, ignored)
    assert error.value.again and process and ended(process.pid)


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="only Linux tells who waits")
def test_a_process_that_the_machine_does_not_let_run_is_waited_for(
    own: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process, "SILENT", 0.2)
    told: list[bool] = []

    def wants(pid: int) -> bool:
        told.append(os.path.isdir(f"/proc/{pid}"))
        return True

    job = StudyJob(worker_jobs.fall_asleep, RealNetwork().settings)
    with monkeypatch.context() as patch, pytest.raises(worker_process.WorkerEnded, match="no sign"):
        patch.setattr(worker_process, "_wants_to_run", wants)
        patch.setattr(worker_process, "CROWDED", 1.5)
        own.do(job, ignored)
    assert len(told) > 1 and all(told)


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="only Linux tells who waits")
def test_who_wants_to_run_is_told_from_who_sleeps_or_was_stopped() -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        assert soon(lambda: worker_process._wants_to_run(busy.pid))
        assert soon(lambda: worker_process._used(busy.pid) > 0)
        os.kill(busy.pid, signal.SIGSTOP)
        assert soon(lambda: not worker_process._wants_to_run(busy.pid))
        busy.kill()
    assert not worker_process._wants_to_run(busy.pid) and not worker_process._used(busy.pid)


def test_a_job_that_does_not_get_on_is_ended_but_not_one_that_reports(own: Worker) -> None:
    settings = RealNetwork().settings
    with pytest.raises(worker_process.WorkerEnded, match="did not get on") as error:
        own.do(StudyJob(worker_jobs.run_for_ever, settings), ignored)
    assert not error.value.again
    told: list[float] = []
    assert own.do(StudyJob(worker_jobs.run_and_report, settings), told.append)
    assert len(set(told)) > 3


def test_who_waits_for_nothing_any_more_is_let_go_and_the_next_job_waits_for_the_old_one(
    own: Worker,
) -> None:
    def stop(share: float) -> None:
        raise Superseded

    began = time.monotonic()
    with pytest.raises(Superseded):
        own.do(StudyJob(worker_jobs.sleep_without_report, RealNetwork().settings), stop)
    let_go = time.monotonic() - began
    lab = RealNetwork(Chebyshev(5), steps=20, hidden=(3,), seed=2)
    assert_same(lab, own.do(lab.study_job, ignored))
    assert let_go < worker_jobs.ASLEEP <= time.monotonic() - began


def test_the_process_ends_with_whoever_started_it() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "convcore.session.worker_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin and process.stdout
    assert pickle.load(process.stdout) is None  # a sign of life
    pickle.dump(RealNetwork(seed=78).study_job, process.stdin)
    process.stdin.flush()
    while pickle.load(process.stdout) is None:
        pass  # until it is amid a run
    process.stdin.close()
    assert process.wait(timeout=30) == 0
    process.stdout.close()


def test_where_the_process_ends_at_once_jobs_are_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_process, "__name__", "convcore.cache")  # a module that ends at once
    worker = Worker()
    lab = RealNetwork(Chebyshev(6), steps=20, hidden=(3,), seed=5)
    assert lab.show(worker.do(lab.study_job, ignored)).sentence and not lab.heavy
    worker.stop()


def test_a_machine_that_starts_no_process_runs_labs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr("subprocess.Popen", refuse)
    worker = Worker()
    worker.start()
    lab = RealNetwork(Chebyshev(6), steps=20, hidden=(3,))
    assert lab.show(worker.do(lab.study_job, ignored)).sentence and not lab.heavy


def test_a_mistake_there_is_told_here_with_its_place(worker: Worker) -> None:
    with pytest.raises(RuntimeError, match=r"(?s)worker_jobs.py.*ZeroDivisionError: by a mistake"):
        worker.do(StudyJob(worker_jobs.fail, RealNetwork().settings), ignored)


def test_the_process_loads_no_charts_whatever_it_studies(worker: Worker) -> None:
    for lab in VALUES:
        assert_same(lab, worker.do(lab.study_job, ignored))
    asked: StudyJob[Any] = StudyJob(worker_jobs.loaded_modules, VALUES[0].settings)
    loaded = worker.do(asked, ignored)
    assert {lab.study_job.study.__module__ for lab in VALUES} <= set(loaded)
    assert not views_in(loaded)


def test_named_memories_learn_only_what_is_new() -> None:
    one = Cache(3, "a cache of a test")
    try:
        one.put("old", 1)
        before = cache.snapshot()
        one.put("new", 2)
        news = cache.snapshot(before)
        assert news["a cache of a test"] == {"new": 2}
        assert not any(values for name, values in news.items() if name != "a cache of a test")
        cache.restore({"a cache of a test": {"newer": 3, "newest": 4}})
        assert one.get("new") == 2 and one.get("newest") == 4 and "old" not in one
    finally:
        del cache._named["a cache of a test"]
