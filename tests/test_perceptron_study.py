"""What a run of "Perceptron and backprop" gives: typed, and all that its views and verdicts read."""

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
from convcore.datasets import Upload
from convcore.labs import (
    Clouds,
    ExtraPoint,
    FromCSV,
    Gate,
    NoMore,
    PerceptronAndBackprop,
    Resamples,
    Result,
    WeightLandscape,
)
from convcore.labs.perceptron.prediction import SIDES
from convcore.labs.perceptron.resamples import ResamplesStudy
from convcore.labs.perceptron.second_pictures import SECONDS
from convcore.labs.perceptron.second_views import SECOND_VIEWS
from convcore.separators.stability import box_around, disagreement

ROOT = Path(__file__).parent.parent
BARE = PerceptronAndBackprop(second=NoMore(), epochs=200)
OF_SECTION_F = [claim for claim in CLAIMS if claim.number >= 18]


def tables(result: Result) -> list[tuple[str, str, str, list[Any]]]:
    """All columns of all pictures."""
    return [
        (picture.name, name, column, np.asarray(values).tolist())
        for picture in result.pictures
        for name, columns in (*picture.tables.items(), ("trace", picture.trace))
        for column, values in columns.items()
    ]


@pytest.mark.parametrize("second", [NoMore(), WeightLandscape(), Resamples("leave", 5)], ids=repr)
def test_a_study_comes_out_of_a_pickle_with_the_same_views(second: Any) -> None:
    lab = replace(BARE, second=second, extra=ExtraPoint(1, 1))
    study = lab.study()
    again = pickle.loads(pickle.dumps(study))
    assert again.settings == lab.settings == study.settings
    for name, column in study.record().items():
        np.testing.assert_array_equal(again.record()[name], column)
    one, two = lab.show(study), lab.show(again)
    assert (one.said, one.facts, one.notes) == (two.said, two.facts, two.notes)
    assert tables(one) == tables(two)


def test_settings_and_study_load_neither_altair_nor_streamlit() -> None:
    # The package that lists all labs stays outside: it loads their views.
    program = (
        "import sys, types\n"
        "labs = types.ModuleType('convcore.labs')\n"
        "labs.__path__ = ['convcore/labs']\n"
        "sys.modules['convcore.labs'] = labs\n"
        "import convcore.labs.perceptron.settings, convcore.labs.perceptron.study\n"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "convcore.labs.perceptron.study" in loaded
    assert not {"altair", "streamlit", "pandas", "pyarrow"} & loaded


def forbid_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def train(*_: object, **__: object) -> None:
        raise AssertionError("nobody should be trained again")

    for where in (
        "convcore.separators.learners.backprop.descend",
        "convcore.separators.learners.Perceptron.train",
        "convcore.separators.learners.Perceptron.fit",
        "convcore.separators.learners.MaxMargin.fit",
        "convcore.labs.perceptron.weight_landscape.minima",
        "convcore.labs.perceptron.resamples.fan",
    ):
        monkeypatch.setattr(where, train)


@pytest.mark.parametrize("claim", OF_SECTION_F, ids=lambda claim: f"claim {claim.number}")
def test_verdicts_views_and_answers_train_nobody(
    claim: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = claim.lab.study()
    forbid_training(monkeypatch)
    monkeypatch.setattr(
        "convcore.cache.Cache.get_or_make", lambda *_: pytest.fail("nothing is kept")
    )
    assert claim.verdict(claim.lab, study).why
    assert claim.lab.show(study).sentence
    assert claim.lab.answer(study) in SIDES


def test_claim_20_is_tried_only_where_the_second_picture_seeks_the_minima() -> None:
    claim = next(claim for claim in OF_SECTION_F if claim.number == 20)
    assert claim.verdict(claim.lab).word is Word.HOLDS
    verdict = claim.verdict(replace(claim.lab, second=NoMore()))
    assert verdict.word is Word.UNTRIED and "loss over two weights" in verdict.why


def test_what_the_extra_point_does_is_known_of_learners_that_are_not_shown() -> None:
    lab = replace(BARE, extra=ExtraPoint(0.5, -3.0, "minus"), learners=())
    hidden = lab.study().training
    assert not hidden.swings
    for name in ("perceptron", "backprop"):
        shown = replace(lab, learners=(name,)).study().training.swings[name]
        assert hidden.changes[name].disagreement == shown.disagreement
        # By the package's own measure, which trains both lines itself.
        learner = lab.perceptron() if name == "perceptron" else lab.backprop()
        box = box_around(hidden.base)
        more = hidden.base.with_point((0.5, -3.0), -1.0)
        before, after = (learner.lines(points.x, points.labels) for points in (hidden.base, more))
        assert shown.disagreement == pytest.approx(disagreement(before, after, box), abs=1e-3)
        assert disagreement(shown.before, before, box) < 1e-3


def test_a_trade_of_points_for_divergence_is_where_the_record_has_it() -> None:
    claim = OF_SECTION_F[0]
    study = claim.lab.study()
    record, trade = study.record(), study.training.trade
    assert trade is not None and (trade.before, trade.after) == (323, 1000)
    assert (record["E"][323], record["E"][1000]) == trade.E
    assert trade.wrong == (record["backprop wrong"][323], record["backprop wrong"][1000]) == (0, 1)
    separated = replace(BARE, data=Gate("and"), eta=1.0, epochs=500).study().training
    assert separated.trade is None
    assert (separated.errors[separated.separates_since :] == 0).all()
    assert separated.errors[separated.separates_since - 1] > 0


def test_fresh_samples_alone_depend_on_where_the_points_come_from() -> None:
    lab = replace(BARE, data=Clouds(20, 4.0, 1.0), second=Resamples("fresh", 5))
    assert lab.second.job(lab).source == lab.data  # type: ignore[union-attr]
    for kind in ("bootstrap", "leave"):
        other = replace(lab, second=Resamples(kind, 5))
        assert other.second.job(other).source is None  # type: ignore[union-attr]
    study = lab.study()
    assert isinstance(study.second, ResamplesStudy) and study.second.samples == 5


def test_every_second_picture_has_its_view() -> None:
    assert SECOND_VIEWS.keys() == {kind for _, kind in SECONDS} - {NoMore}


def test_a_landscape_of_too_many_points_is_nothing_to_wait_for() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((5001, 2))
    rows = [f"{a:.4f},{b:.4f},{'u' if a + b > 0.1 else 'v'}" for a, b in x.tolist()]
    data = FromCSV(Upload("many.csv", "a,b,kind\n" + "\n".join(rows)))
    lab = PerceptronAndBackprop(data, eta=1e-4, epochs=20)
    assert not lab.heavy and lab.study().second is None
    assert any("no landscape of 5,001 points" in note for note in lab.run().notes)
