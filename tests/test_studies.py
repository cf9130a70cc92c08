"""What every lab's study is: typed, frozen, pickled whole; and all that is shown is read from it."""

from __future__ import annotations

import contextlib
import pickle
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from convcore.cache import Cache, _named
from convcore.claims import CLAIMS
from convcore.knobs import FieldError, knobs
from convcore.labkit.lab import Result
from convcore.labkit.study import Study, StudyJob
from convcore.labs import LABS, Lab
from convcore.page.compute import RESULTS
from tests.draw import labs

SMALL: dict[str, dict[str, Any]] = {  # of heavy labs: values that take a moment
    "rough": {"steps": 40},
    "perceptron": {"epochs": 60},
    "network": {"steps": 40, "hidden": (4.0,)},
}
VALUES = [replace(kind(), **SMALL.get(kind.key, {})) for kind in LABS]  # type: ignore[type-var]
each_lab = pytest.mark.parametrize("lab", VALUES, ids=lambda lab: lab.key)


# What a process that only studies has no use for.
VIEWS = re.compile(
    r"altair|streamlit|pandas|pyarrow|convcore\.(charts|claims|labkit\.lab|labs\.registry|"
    r"labs\.\w+\.(lab|words|tables|claims|prediction|\w*picture|chart\w*|second_views))"
)


def views_in(modules: Iterable[str]) -> list[str]:
    """Those of the modules that show something, by their names."""
    return sorted(filter(VIEWS.fullmatch, modules))


def with_each_second_picture(lab: Lab) -> Iterator[Lab]:
    """The lab, and if it has second pictures also with each that it can have."""
    yield lab
    second: Any = knobs(type(lab)).get("second")
    for _, kind in second.kinds if second else ():
        with contextlib.suppress(FieldError):
            yield replace(lab, second=kind())  # type: ignore[type-var]


def parts(value: Any, seen: set[int]) -> Iterator[Any]:
    """A value and all that its fields, tuples and dictionaries hold."""
    if id(value) in seen:
        return
    seen.add(id(value))
    yield value
    if is_dataclass(value) and not isinstance(value, type):
        inner = [getattr(value, field.name) for field in fields(value)]
    elif isinstance(value, dict):
        inner = [*value.keys(), *value.values()]
    else:
        inner = list(value) if isinstance(value, tuple | list) else []
    for part in inner:
        yield from parts(part, seen)


def shown(result: Result) -> tuple[Any, ...]:
    tables = [
        {name: {c: np.asarray(x).tolist() for c, x in t.items()} for name, t in p.tables.items()}
        for p in result.pictures
    ]
    record = {name: np.asarray(column).tolist() for name, column in result.record.items()}
    return (
        result.said,
        result.facts,
        result.notes,
        result.predicted,
        result.measured,
        tables,
        record,
    )


@each_lab
def test_a_study_is_a_frozen_value_of_a_type_of_its_own_and_holds_its_settings(lab: Lab) -> None:
    study = lab.study()
    assert isinstance(study, Study) and type(study) is not Study
    assert study.settings == lab.settings
    with pytest.raises(FrozenInstanceError):
        study.settings = lab  # type: ignore[misc]


@each_lab
def test_a_study_holds_no_words_and_no_pictures(lab: Lab) -> None:
    for part in parts(lab.study(), set()):
        assert not isinstance(part, str) or len(part.split()) < 6 or part in repr(lab), part
        assert not type(part).__module__.startswith(("convcore.charts", "altair")), part


@each_lab
def test_a_study_that_was_pickled_shows_the_same(lab: Lab) -> None:
    study = lab.study()
    back = pickle.loads(pickle.dumps(study))
    assert type(back) is type(study) and back.settings == lab.settings
    assert shown(lab.show(back)) == shown(lab.show(study))


@settings(max_examples=30)
@given(labs())
def test_the_settings_of_a_lab_are_its_fields_in_its_settings_class_and_no_lab(lab: Lab) -> None:
    folder, _, _ = type(lab).__module__.rpartition(".")
    kind = type(lab.settings)
    assert kind.__module__ == f"{folder}.settings" and not issubclass(kind, Lab)
    given = {field.name: getattr(lab, field.name) for field in fields(lab)}  # type: ignore[arg-type]
    assert lab.settings == kind(**given) and hash(lab.settings) == hash(kind(**given))
    # Or a cache would answer for the settings with what it keeps for the lab.
    assert lab.settings != lab and lab != lab.settings


@each_lab
def test_a_study_holds_the_settings_and_not_the_lab_that_shows_it(lab: Lab) -> None:
    study = lab.study()
    assert type(study.settings) is type(lab.settings)
    assert not [part for part in parts(study, set()) if isinstance(part, Lab)]


@each_lab
def test_a_job_is_a_value_with_which_the_same_is_studied(lab: Lab) -> None:
    job = pickle.loads(pickle.dumps(lab.study_job))
    assert job == lab.study_job and hash(job) == hash(lab.study_job)
    assert job != StudyJob(job.study, lab)
    assert shown(lab.show(job.compute())) == shown(lab.run())


@each_lab
def test_a_job_and_its_study_are_unpickled_elsewhere_without_any_view(lab: Lab) -> None:
    chosen = list(with_each_second_picture(lab))
    pairs = pickle.dumps([(each.study_job, each.study()) for each in chosen])
    program = (
        "import pickle, sys; pairs = pickle.load(sys.stdin.buffer);"
        "assert all(study.settings == job.settings and study.record() for job, study in pairs);"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parent.parent,
        input=pairs,
        capture_output=True,
        check=True,
    )
    loaded = done.stdout.decode().split()
    assert type(lab.study()).__module__ in loaded
    assert not views_in(loaded)


@each_lab
def test_views_verdicts_and_answers_are_read_from_a_study_and_run_nothing(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = [claim for claim in CLAIMS if type(claim.lab) is type(lab)]
    studies = [(lab, lab.study()), *((claim.lab, claim.lab.study()) for claim in claims)]
    before = [lab.show(study).said for lab, study in studies]

    nothing_may_run(monkeypatch)
    assert [lab.show(study).said for lab, study in studies] == before
    for claim, (tried, study) in zip(claims, studies[1:], strict=False):
        assert claim.verdict(tried, study).why
    for tried, study in studies:
        assert tried.answer(study) in tried.question().options


@pytest.mark.parametrize("kind", LABS, ids=lambda kind: kind.key)
def test_whatever_a_visitor_chooses_verdicts_and_answers_run_nothing(
    kind: type[Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = [claim for claim in CLAIMS if type(claim.lab) is kind]
    small: dict[str, Any] = SMALL.get(kind.key, {})

    @settings(max_examples=3 if kind.key in SMALL else 15)
    @given(labs(kind))
    def read(lab: Lab) -> None:
        drawn = replace(lab, **small)  # type: ignore[type-var]
        with np.errstate(all="ignore"):  # whether a run warns is tested with the page
            study = drawn.study()
        with monkeypatch.context() as patched:
            nothing_may_run(patched)
            assert drawn.answer(study) in drawn.question().options
            for claim in claims:
                assert claim.verdict(drawn, study).why
                assert claim.answer(drawn, study) in claim.question(drawn).options

    read()


def nothing_may_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every descent and training fail, and every look into a cache of them.

    What `kept` and `kept_while_alive` know by their arguments, such as a problem's matrix, is no run.
    """

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something is run again to find out what the run did")

    for where in (
        "convcore.descent.descent._walk",
        "convcore.descent.descent._closed_form",
        "convcore.separators.learners.Perceptron.train",
        "convcore.separators.learners.MaxMargin.fit",
        "convcore.cache.Cache.get",
    ):
        monkeypatch.setattr(where, refuse)
    make = Cache.get_or_make

    def only_what_is_no_run(cache: Cache, key: Any, *more: Any) -> Any:
        if cache in (RESULTS, *_named.values()):
            refuse()
        return make(cache, key, *more)

    monkeypatch.setattr(Cache, "get_or_make", only_what_is_no_run)


@each_lab
def test_what_is_said_is_a_list_of_facts_in_whole_sentences(lab: Lab) -> None:
    result = lab.run()
    assert len(result.said) > 1 and " ".join(result.said) == result.sentence
    for fact in result.said:
        assert fact == fact.strip() and fact[-1] in ".!?*)", fact
