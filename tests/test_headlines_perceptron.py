"""The headline of "Perceptron and backprop": short, and true of the run by a look of the test's own."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from convcore.labkit.headline import AGREES, Tone
from convcore.labs import Gate, LectureSet, PerceptronAndBackprop
from convcore.labs.perceptron.backprop_end import End
from convcore.labs.perceptron.extra_point import ExtraPoint
from convcore.labs.perceptron.headline import ENDS, RESTLESS, headline
from convcore.labs.perceptron.learners_training import NAMES
from convcore.labs.perceptron.own_points import OwnPoints
from convcore.labs.perceptron.presets import PRESETS
from convcore.labs.perceptron.second_pictures import NoMore
from tests.draw import labs


def wrong_of(w: np.ndarray, x: np.ndarray, labels: np.ndarray) -> int:
    """How many points are not strictly on their side, by a plain loop."""
    sides = [label * (float(np.dot(w[:-1], at)) + float(w[-1])) for at, label in zip(x, labels)]  # noqa: B905
    return sum(not side > 0 for side in sides)


def check(lab: PerceptronAndBackprop) -> None:
    study = lab.study()
    said, training = headline(study), study.training
    plain, words = said.plain, said.plain + said.theory
    assert len(plain.split()) <= 20, plain
    assert said.says.count("{}") == 1 and said.verdict in plain
    assert re.search(r"\*\*[^*]*\d[^*]*\*\*", said.says), said.says
    assert "nan" not in words and "_" not in words
    points, shown = training.points, training.ends
    b = wrong_of(training.run.w[-1], points.x, points.labels)
    p = wrong_of(training.perceptron_run.weights[-1], points.x, points.labels)
    total = int(training.perceptron_run.mistakes.sum())
    if "extra point" in plain:
        shares = {
            NAMES[name]: change.disagreement
            for name, change in training.swings.items()
            if math.isfinite(change.disagreement)
        }
        if said.verdict.endswith(" most"):
            name = said.verdict.removeprefix("moves ").removesuffix(" most").removeprefix("the ")
            assert shares[name] == max(shares.values()) > min(shares.values())
        else:
            assert len(set(shares.values())) == 1
        assert said.tone is Tone.NEUTRAL
        return
    if points.one_class:
        assert "one class" in plain and len(set(points.labels.tolist())) == 1
        return
    for count in re.findall(r"([\d,]+) mistakes?", plain):
        assert int(count.replace(",", "")) == total
    for count in re.findall(r"([\d,]+) of [\d,]+ points wrong(?!, backprop)", plain):
        assert int(count.replace(",", "")) == b
    if "both separate" in plain:
        assert p == b == 0 and training.end not in RESTLESS and said.tone is Tone.ARRIVES
    if said.tone is Tone.ARRIVES:
        assert ("backprop" not in shown or b == 0) and ("perceptron" not in shown or p == 0)
    if "The perceptron separates" in plain:
        assert p == 0
    if re.search("[Bb]ackprop separates", plain):
        assert b == 0
    if "has not separated" in plain or "neither" in plain:
        assert p > 0
    if "No line separates" in plain or "no line separates" in plain:
        assert not training.reference.separable and training.reference.certificate.proved
    if "though a line separates" in plain or "A line separates, but" in plain:
        assert training.reference.separable and b > 0
    ended = {verdict: end for end, (verdict, _) in ENDS.items()}
    if said.verdict in ended:
        assert training.end is ended[said.verdict]
        assert ("backprop" in shown) and (b > 0 or training.end in RESTLESS)
    if AGREES in said.theory and "at most" in said.theory:
        bound = training.reference.novikoff.bound
        assert total <= bound * (1 + 1e-9)
    if "must separate" in said.theory:
        assert lab.divergence == "entropy" and lab.epsilon == 0 and training.reference.separable
        assert ("not yet" in said.theory) == (b > 0)


@settings(max_examples=170)
@given(labs(PerceptronAndBackprop, beyond=False))
def test_a_headline_is_short_and_true_of_its_run(lab):
    check(replace(lab, second=NoMore(), epochs=min(lab.epochs, 300)))


@settings(max_examples=40)
@given(labs(PerceptronAndBackprop))
def test_so_it_is_of_values_that_can_only_be_typed(lab):
    check(replace(lab, second=NoMore(), epochs=min(lab.epochs, 300)))


@pytest.mark.parametrize("preset", PRESETS[:: len(PRESETS) // 6], ids=lambda preset: preset[1])
def test_the_headline_of_a_claims_experiment_is_true(preset):
    check(preset[2])


def plain(lab: PerceptronAndBackprop) -> str:
    return headline(lab.study()).plain


def test_the_headline_contrasts_the_two_learners():
    said = headline(PerceptronAndBackprop().study())
    assert said.plain == "The perceptron separates; backprop settles with 1 of 4 points wrong."
    assert said.theory.startswith(
        f"Theory: the perceptron makes at most (R/γ)² = 505 mistakes; made 14{AGREES}"
    )
    assert "η = 0.5 is below 2/λₘₐₓ = 1.202" in said.theory
    both = PerceptronAndBackprop(LectureSet(5.0), spread=0.0)
    assert plain(both) == (
        "Perceptron and backprop both separate: after 9 mistakes and from epoch 3 on."
    )


def test_where_no_line_separates_the_perceptron_never_stops():
    lab = PerceptronAndBackprop(Gate("xor"), eta=0.1, spread=0.0)
    assert plain(lab) == (
        "No line separates: the perceptron never stops, "
        "backprop stays put at w = 0, where its slope is zero."
    )
    alone = plain(replace(lab, learners=("perceptron",)))
    assert alone.startswith("No line separates these points, so the perceptron never stops:")
    assert plain(replace(lab, learners=("margin",))) == "No line separates these 4 points."


@pytest.mark.parametrize(
    ("lab", "end", "words"),
    [
        (PerceptronAndBackprop(Gate("xor"), eta=1e5, epochs=50), End.THROWN, "onto a plateau"),
        (PerceptronAndBackprop(LectureSet(50.0), eta=1e-6, epochs=9), End.UNDER_WAY, "on its way"),
        (PerceptronAndBackprop(LectureSet(), eta=0.5, bound=1.0), End.CYCLING, "cycles"),
        (next(lab for _, _, lab in PRESETS if lab.bound), End.ON_BOUND, "on the bound"),
    ],
)
def test_an_end_has_its_own_words(lab, end, words):
    assert lab.study().training.end is end
    alone = replace(lab, learners=("backprop",), second=NoMore())
    assert words in plain(alone)


def test_an_extra_point_is_what_the_headline_is_about():
    lab = PerceptronAndBackprop(extra=ExtraPoint(3.0, 4.0, "minus"), second=NoMore())
    assert plain(lab).startswith("The extra point moves")
    assert "points wrong" in headline(lab.study()).theory


def test_points_of_one_class_need_no_line():
    lab = PerceptronAndBackprop(OwnPoints("1 2 +\n3 4 +"), second=NoMore())
    assert plain(lab) == "All 2 points are of one class: any constant answer separates them."
