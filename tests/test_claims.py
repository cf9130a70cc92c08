"""The lecture's claims: each verdict at its preset, and after one change of a control."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from convcore.claims import CLAIMS, Claim, Verdict, Word
from convcore.descent.descent import Status
from convcore.labkit.study import Study
from convcore.labs import (
    LABS,
    Clouds,
    Constant,
    ExtraPoint,
    FromEigenvalues,
    FromGallery,
    Gate,
    Lab,
    LinearDecay,
    ManyWeights,
    NoMore,
    OneWeight,
    QuadraticDecay,
    Resamples,
    Typed,
)
from convcore.session import permalink
from tests.draw import labs, often

H, B, F, U = Word.HOLDS, Word.BECAUSE, Word.FAILS, Word.UNTRIED
BY = {claim.number: claim for claim in CLAIMS}
each_claim = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"claim {claim.number}")


@cache
def study(lab: Lab) -> Study:
    return lab.study()


def verdict(number: int, **changed: Any) -> Verdict:
    """What claim `number` says of its preset, after these controls were changed."""
    claim = BY[number]
    lab = replace(claim.lab, **changed)  # type: ignore[type-var]
    return claim.verdict(lab, study(lab))


def test_the_claims_are_those_of_the_science_page_in_order() -> None:
    assert [claim.number for claim in CLAIMS] == list(range(1, 24))
    # A lab may have none; those of each that has a module of them are collected (test_imports).
    assert len({type(claim.lab) for claim in CLAIMS} & set(LABS)) >= 6
    assert {type(claim.lab) for claim in CLAIMS} <= set(LABS)
    assert sum(len(claim.name.encode()) for claim in CLAIMS) < 400, (
        "sent at each change of a control"
    )


AT_PRESET = dict.fromkeys(range(1, 24), H) | {8: F}

# One control each, and what the verdict turns to; the number that decides it must be said.
CHANGES: list[tuple[int, dict[str, Any], Word, str]] = [
    (1, {"a": 5.0}, H, "with the ½"),
    (1, {"a": 0.0}, H, "a = 0"),
    (2, {"eta": 0.7}, U, "η = 1.4 ηₒₚₜ"),
    (2, {"a": -1.0}, U, "a = −1"),
    (3, {"eta": 0.7}, U, "η = 1.4 ηₒₚₜ"),
    (3, {"eta": 1.1}, U, "η = 2.2 ηₒₚₜ"),
    (3, {"schedule": QuadraticDecay()}, F, "of the error stays"),
    (4, {"eta": 0.2}, U, "η = 0.4 ηₒₚₜ"),
    (4, {"eta": 1.1}, U, "η = 2.2 ηₒₚₜ"),
    (5, {"eta": 0.7}, U, "η = 1.4 ηₒₚₜ"),
    (5, {"eta": 1.0}, U, "jumps between two points"),
    (5, {"w0": 1.0}, U, "move it"),
    (6, {"start": (1.2,)}, F, "The model is local"),
    (6, {"relative": 0.5, "steps": 60}, U, "the whole step"),
    (7, {"problem": FromEigenvalues(angle=30.0)}, U, "not diagonal"),
    (7, {"relative": 0.5}, H, "by 0.5"),
    (8, {"eta": 0.5}, B, "2/λₘₐₓ = 1.053"),
    (8, {"eta": 2.5}, U, "below the notes' bound"),
    (8, {"start": (1.0, -1.0)}, U, "try another"),
    (8, {"problem": FromEigenvalues(angle=0.0), "eta": 0.15}, B, "A is diagonal"),
    (9, {"problem": Typed()}, F, "κ = 19"),
    (9, {"problem": FromEigenvalues(lambda2=20.0, angle=1.0)}, B, "nearly diagonal"),
    (10, {"problem": FromEigenvalues(lambda1=-1.0)}, U, "λₘᵢₙ = −1"),
    (10, {"problem": FromEigenvalues(lambda2=15.0)}, H, "κ = 15 becomes 1"),
    (11, {"relative": 2.5}, U, "between 0 and 2"),
    (11, {"relative": 1.5}, H, "by −0.5"),
    (12, {"relative": 2.0}, U, "not even a quadratic is descended"),
    (12, {"ground": FromGallery("exponentials3")}, H, "at the minimum"),
    (13, {"hidden": (3.0,)}, U, "for these 10 weights"),
    (14, {"method": "damped"}, F, "converged to a minimum"),
    (14, {"start": (3.5, 2.5)}, U, "positive definite at w₀"),
    (15, {"eta": 0.1}, U, "not beyond 2ηₒₚₜ"),
    (15, {"ground": FromGallery("tilted"), "start": (-1.5,), "eta": 1.0}, B, "sharp"),
    (15, {"eta": 0.43}, F, "stays trapped"),
    (16, {"schedule": LinearDecay()}, U, "η decays"),
    (16, {"eta": 0.8}, F, "below the one that it found"),
    (16, {"eta": 0.1}, U, "w = 2.836"),
    (17, {"schedule": QuadraticDecay()}, F, "frozen"),
    (17, {"schedule": Constant()}, U, "does not decay"),
    (17, {"eta": 1.5, "steps": 1000}, B, "η₀ is below"),
    (17, {"steps": 20}, U, "more steps would tell"),
    (18, {"start": (5.0, 0.0)}, U, "more epochs"),
    (18, {"start": (), "spread": 0.0}, F, "at no epoch"),
    (19, {"epsilon": 0.0, "divergence": "entropy"}, F, "it separates"),
    (19, {"epochs": 3}, U, "more epochs"),
    (19, {"data": Gate("xor")}, U, "no line separates"),
    (20, {"epsilon": 0.15}, F, "separates; this descent ended elsewhere"),
    (20, {"epsilon": 0.0}, F, "no minimum"),
    (21, {"data": Gate("xor")}, U, "no line separates"),
    (21, {"epochs": 5}, U, "more epochs"),
    (22, {"second": NoMore()}, U, "fan over resamples"),
    (22, {"data": Clouds(30, 6.0, 0.0)}, U, "within its error bar"),
    (22, {"data": Clouds(30, 6.0, 2.0), "second": Resamples("leave")}, F, "the steadier one"),
    (23, {"divergence": "entropy"}, F, "(backprop)"),
    (23, {"extra": ExtraPoint(-2.0, 2.0, "minus")}, F, "(backprop)"),
]


@each_claim
def test_each_claim_has_its_verdict_at_its_preset(claim: Claim) -> None:
    found = verdict(claim.number)
    assert found.word is AT_PRESET[claim.number], found
    assert re.search(r"\d", found.why), "the number that decides"


@pytest.mark.parametrize(
    ("number", "changed", "word", "says"),
    CHANGES,
    ids=[f"claim {n}: {', '.join(changed)}" for n, changed, _, _ in CHANGES],
)
def test_the_verdict_follows_a_control(
    number: int, changed: dict[str, Any], word: Word, says: str
) -> None:
    found = verdict(number, **changed)
    assert found.word is word, found
    assert says in found.why, found


def test_every_claim_is_tried_by_a_change_of_a_control() -> None:
    assert {number for number, *_ in CHANGES} == set(BY)


@each_claim
def test_a_claim_refuses_another_lab(claim: Claim) -> None:
    other = next(kind for kind in LABS if kind is not type(claim.lab))
    with pytest.raises(TypeError, match=type(claim.lab).__name__):
        claim.verdict(other())


@each_claim
def test_the_preset_fits_in_a_link(claim: Claim) -> None:
    params = permalink.write(claim.lab)
    assert permalink.read(params, LABS) == (claim.lab, [])


QUICK = [kind for kind in LABS if kind.key in ("one", "newton", "many")]


@pytest.mark.parametrize("kind", QUICK, ids=lambda kind: kind.key)
def test_any_value_of_a_light_lab_has_a_verdict_in_one_line(kind: type[Lab]) -> None:
    often(25, 400)(given(labs(kind))(says_one_line))()


def says_one_line(lab: Lab) -> None:
    # Whether a lab's own run warns is tested with the page.
    with np.errstate(all="ignore"):
        found = lab.study()
    asked = lab.question()
    assert lab.answer(found) in asked.options
    for claim in CLAIMS:
        if type(claim.lab) is type(lab):
            assert claim.answer(lab, found) in claim.question(lab).options
            why = claim.verdict(lab, found).why
            assert why and "\n" not in why and "nan" not in why.split() and len(why) < 400


@pytest.mark.parametrize("number", [1, 3, 5, 7, 8, 9, 10, 11])
def test_a_verdict_of_a_light_lab_takes_at_most_five_milliseconds(number: int) -> None:
    claim = BY[number]
    found = study(claim.lab)
    times = []
    for _ in range(5):
        begun = time.process_time()
        claim.verdict(claim.lab, found)
        times.append(time.process_time() - begun)
    assert min(times) <= 0.005


ANSWERS = {
    1: "it converges without changing side",
    2: "it lands in one step",
    3: "it converges without changing side",
    4: "it changes side at each step and converges",
    5: "it runs away",
    6: "it converges to a minimum",
    8: "it runs away",
    13: "it reaches the limit",
    14: "it converges to a saddle or a maximum",
    15: "it converges to a minimum",
    16: "it never settles, nor runs away",
    17: "it converges to a minimum",
    19: "it has some wrong",
    21: "it separates them",
}


@pytest.mark.parametrize(("number", "said"), ANSWERS.items())
def test_the_answer_to_predict_is_what_the_run_did(number: int, said: str) -> None:
    lab = BY[number].lab
    asked = lab.question()
    assert said in asked.options
    assert lab.answer(study(lab)) == said


def test_at_twice_the_best_step_the_answer_is_that_it_jumps() -> None:
    lab = OneWeight(eta=1.0)
    assert lab.answer(study(lab)) == "it jumps between two points for ever"


@pytest.mark.parametrize(
    ("eta", "end"),
    [
        (0.18, "it converges to a minimum"),
        (0.1, "it converges to a minimum"),
        (0.21, "it runs away"),
    ],
)
def test_where_plain_descent_goes_in_the_end_is_the_answer_wherever_its_steps_run_out(eta, end):
    lab = ManyWeights(eta=eta, steps=5)  # λ = 1 and 10: 2/λₘₐₓ = 0.2
    found = lab.study()
    assert found.run.outcome().status is Status.OUT_OF_STEPS
    assert lab.answer(found) == end
