"""Heavy labs in a process of their own: the same results, kept here too, stopped and survived."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Iterator
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
    there = worker.study(lab.study_job, told.append)
    assert told == sorted(told) and all(0 <= share <= 1 for share in told)
    assert not lab.heavy
    assert_same(lab, there)


def test_what_raises_in_a_report_ends_the_run_and_the_next_one_is_answered(worker: Worker) -> None:
    long, told = RealNetwork(seed=77), []

    def stop(share: float) -> None:
        told.append(share)
        raise Superseded

    with pytest.raises(Superseded):
        worker.study(long.study_job, stop)
    assert len(told) == 1 and long.heavy
    after = RealNetwork(Chebyshev(8), steps=20, hidden=(3,))
    assert_same(after, worker.study(after.study_job, ignored))


def test_a_process_that_was_ended_is_replaced_and_its_run_is_done_here() -> None:
    worker = Worker()
    worker.start()
    try:
        first = RealNetwork(Chebyshev(5), steps=20, hidden=(3,))
        worker.study(first.study_job, ignored)
        process = worker._process
        assert process
        os.kill(process.pid, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        process.wait()
        lost = replace(first, seed=1)
        assert_same(lost, worker.study(lost.study_job, ignored))
        assert worker._process and worker._process.pid != process.pid
    finally:
        worker.stop()


def test_the_process_ends_with_whoever_started_it() -> None:
    worker = Worker()
    worker.start()
    process = worker._process
    assert process and process.stdin and process.stdout
    pickle.dump(RealNetwork(seed=78).study_job, process.stdin)
    process.stdin.flush()
    assert isinstance(pickle.load(process.stdout), float)  # it is amid a run
    process.stdin.close()
    assert process.wait(timeout=30) == 0
    process.stdout.close()


def test_a_machine_that_starts_no_process_runs_labs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr("subprocess.Popen", refuse)
    worker = Worker()
    worker.start()
    lab = RealNetwork(Chebyshev(6), steps=20, hidden=(3,))
    assert lab.show(worker.study(lab.study_job, ignored)).sentence and not lab.heavy


def test_a_mistake_there_is_told_here_with_its_place(worker: Worker) -> None:
    with pytest.raises(RuntimeError, match=r"(?s)worker_jobs.py.*ZeroDivisionError: by a mistake"):
        worker.study(StudyJob(worker_jobs.fail, RealNetwork().settings), ignored)


def test_the_process_loads_no_charts_whatever_it_studies(worker: Worker) -> None:
    for lab in VALUES:
        assert_same(lab, worker.study(lab.study_job, ignored))
    asked: StudyJob[Any] = StudyJob(worker_jobs.loaded_modules, VALUES[0].settings)
    loaded = worker.study(asked, ignored)
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
