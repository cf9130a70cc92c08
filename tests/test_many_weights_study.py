"""The study of "Many weights": typed, picklable, and all that its views, verdicts and answers read."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcore.claims import CLAIMS, Word
from convcore.descent.descent import Status, descend
from convcore.descent.theory import Regime
from convcore.labkit.prediction import ENDS
from convcore.labs import DropOnPlateau, FromData, FromEigenvalues, LinearDecay, ManyWeights, Typed
from convcore.labs.many_weights.settings import METHODS

ROOT = Path(__file__).parent.parent
OURS = tuple(claim for claim in CLAIMS if isinstance(claim.lab, ManyWeights))

LABS = (
    ManyWeights(),
    ManyWeights(methods=METHODS, schedule=DropOnPlateau(), eta=0.25),
    ManyWeights(FromEigenvalues(-1.0, 4.0), methods=()),
    ManyWeights(Typed("2 0 0; 0 1 0; 0 0 0", (1.0, 0.0, 1.0)), eta=1.5, schedule=LinearDecay()),
    ManyWeights(FromData(scaling="whitened"), eta=1.0, methods=("gd", "coordinate")),
)
each_lab = pytest.mark.parametrize("lab", LABS, ids=["usual", "plateau", "saddle", "slope", "data"])


@each_lab
def test_a_study_shows_the_same_after_it_was_pickled(lab: ManyWeights) -> None:
    study = lab.study()
    again = pickle.loads(pickle.dumps(study))
    one, other = lab.show(study), lab.show(again)
    assert again.settings == lab.settings
    assert (one.said, one.notes, one.facts) == (other.said, other.notes, other.facts)
    assert (one.predicted, one.measured) == (other.predicted, other.measured)
    assert one.pictures[0].about == other.pictures[0].about
    same_tables({"record": study.record()}, {"record": again.record()})
    same_tables(one.pictures[0].tables, other.pictures[0].tables)


def same_tables(one: Any, other: Any) -> None:
    """To rounding: what is computed anew from arrays elsewhere in memory may differ in a last bit."""
    assert one.keys() == other.keys()
    for name in one:
        assert one[name].keys() == other[name].keys()
        for column in one[name]:
            left, right = (np.asarray(tables[name][column]) for tables in (one, other))
            if left.dtype.kind == "f":
                largest = np.max(np.abs(left), initial=0.0, where=np.isfinite(left))
                np.testing.assert_allclose(left, right, rtol=1e-13, atol=1e-15 * largest)
            else:
                np.testing.assert_array_equal(left, right)


@each_lab
def test_each_run_of_a_study_is_what_descent_alone_does(lab: ManyWeights) -> None:
    study = lab.study()
    assert tuple(study.runs) == tuple(dict.fromkeys(("gd", *lab.methods)))
    for name, run in study.runs.items():
        eta = lab.relative if name in ("coordinate", "newton") else lab.eta
        alone = descend(
            study.objective, lab.origin, eta, lab.optimizer(name), lab.schedule, lab.steps
        )
        np.testing.assert_array_equal(run.w, alone.w[: int(alone.length) + 1])
        assert run.outcome() == alone.outcome()


def test_views_verdicts_and_answers_run_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    labs = [*(claim.lab for claim in OURS), *(replace(lab, methods=METHODS) for lab in LABS)]
    studies = [(lab, lab.study()) for lab in labs]

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("it was run again")

    monkeypatch.setattr("convcore.descent.descent._walk", refuse)
    monkeypatch.setattr("convcore.descent.descent._closed_form", refuse)
    for lab, study in studies:
        assert lab.show(study).study is study
        assert lab.answer(study) in lab.question().options
        for claim in OURS:
            assert claim.verdict(lab, study).why


def test_a_claim_of_a_method_that_does_not_run_is_not_tried() -> None:
    lab = ManyWeights(FromEigenvalues(angle=0.0), methods=("gd",))
    study = lab.study()
    for claim in OURS:
        if claim.number in (7, 11):
            verdict = claim.verdict(lab, study)
            assert verdict.word is Word.UNTRIED and "choose" in verdict.why
            assert claim.verdict(replace(lab, methods=METHODS)).word is Word.HOLDS


def test_a_step_that_leaves_the_numbers_leaves_the_verdicts_a_start() -> None:
    lab = ManyWeights(eta=1e12, relative=-1e6, methods=METHODS, steps=30)
    study = lab.study()
    assert study.run.outcome().status is Status.DIVERGED
    assert len(study.run.w) < 30 and len(study.etas) == 30
    assert all(claim.verdict(lab, study).why for claim in OURS)


def test_the_answer_is_where_the_factors_lead_and_else_how_the_run_ended() -> None:
    def said(**changed: Any) -> str:
        lab = ManyWeights(**changed)
        return lab.answer(lab.study())

    assert said(eta=0.1, steps=2) == ENDS[0]
    assert said(eta=0.21, steps=2) == ENDS[3]
    assert said(eta=0.2, steps=200) == ENDS[2]  # it jumps: the factors do not say
    assert said(eta=0.18, steps=2, schedule=LinearDecay()) == ENDS[5]
    assert said(problem=FromEigenvalues(-1.0, 4.0), start=(0.0, 0.0)) == ENDS[1]


@pytest.mark.parametrize(
    ("eta", "regime"),
    [
        (-0.1, Regime.CLIMBS),
        (0.0, Regime.STILL),
        (0.05, Regime.MONOTONE),
        (0.1, Regime.MONOTONE),  # the other direction still takes its time
        (0.18, Regime.OSCILLATES),
        (0.2, Regime.JUMPS),
        (0.21, Regime.DIVERGES),
    ],
)
def test_the_regime_is_that_of_the_steepest_direction(eta: float, regime: Regime) -> None:
    assert ManyWeights(eta=eta).study().regime is regime  # λ = 1 and 10


def test_there_is_a_regime_only_where_there_is_an_error_and_a_minimum() -> None:
    assert ManyWeights(FromEigenvalues(2.0, 2.0), eta=0.5).study().regime is Regime.ONE_STEP
    assert ManyWeights(start=(0.0, 0.0)).study().regime is None
    assert ManyWeights(FromEigenvalues(-1.0, 4.0)).study().regime is None


def test_settings_and_study_load_neither_charts_nor_the_page() -> None:
    # With a bare package in place of the one that opens all labs at once.
    program = (
        "import sys, types, convcore\n"
        "sys.modules['convcore.labs'] = labs = types.ModuleType('convcore.labs')\n"
        "labs.__path__ = [convcore.__path__[0] + '/labs']\n"
        "import convcore.labs.many_weights.study, convcore.labs.many_weights.prediction\n"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "convcore.labs.many_weights.settings" in loaded
    assert not {"altair", "streamlit", "pandas"} & loaded
    assert not [name for name in loaded if name.startswith("convcore.charts")]
