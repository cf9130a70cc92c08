"""Predict first: of each claim's options one is true, and it is the answer; what is given shows no run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from convcore.claims import CLAIMS, Claim
from convcore.labkit.prediction import ELSE, LEFT, left_of
from convcore.labs import (
    LABS,
    Clouds,
    Constant,
    ExtraPoint,
    FromEigenvalues,
    FromGallery,
    Gate,
    Lab,
    ManyWeights,
    NoMore,
    NoPoint,
    OneWeight,
    RealNetwork,
    Resamples,
)
from convcore.objectives.quadratics import Quadratic
from tests.draw import labs, often

BY = {claim.number: claim for claim in CLAIMS}
each_claim = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"claim {claim.number}")
each_lab = pytest.mark.parametrize("kind", LABS, ids=lambda kind: kind.key)


def answer(number: int, **changed: Any) -> str:
    """The answer to a claim's question at its preset, after these controls were changed."""
    claim = BY[number]
    lab = replace(claim.lab, **changed)  # type: ignore[type-var]
    said = claim.answer(lab, lab.study())
    assert said in claim.question(lab).options
    return said


@each_claim
def test_options_differ_and_no_question_names_its_claim(claim: Claim) -> None:
    asked = claim.question(claim.lab)
    assert 2 <= len(asked.options) == len(set(asked.options)) <= 8
    assert asked.asks.endswith("?") and len(asked.asks) < 200
    assert claim.name not in asked.asks and claim.says not in asked.asks
    assert all(len(option) < 60 for option in asked.options)


ANSWERS = {
    1: "E + E′d + ½E″d²",
    2: "nothing: it lands on the minimum",
    3: "it converges without changing side",
    4: "it changes side at each step and converges",
    5: "it runs away",
    6: "it converges to a minimum",
    7: "nothing of any",
    8: "it runs away",
    9: "after 40, within 80",
    10: "it becomes 1",
    11: "nothing: it lands on the minimum",
    12: "it converges to a minimum",
    13: "more than 1,000, at most 100,000",
    14: "it converges to a saddle or a maximum",
    15: "in another minimum",
    16: "it never settles, nor runs away",
    17: "in the lowest minimum of the picture",
    18: "yes, between some two epochs",
    19: "it has some wrong",
    20: "one or more",
    21: "it stops, with no point wrong",
    22: "the perceptron's",
    23: "at most 2 %",
}


@each_claim
def test_what_the_lecture_says_is_the_answer_at_its_preset(claim: Claim) -> None:
    assert answer(claim.number) == ANSWERS[claim.number]


@pytest.mark.parametrize(
    ("number", "changed", "said"),
    [
        (2, {"eta": 0.25}, "a part, on the same side"),
        (2, {"eta": 0.7}, "a part, on the other side"),
        (2, {"eta": 1.0}, "all of it, on the other side"),
        (2, {"eta": 1.1}, "more than before, on the other side"),
        (2, {"eta": -0.1}, "more than before, on the same side"),
        (2, {"eta": 0.0}, "all of it: it does not move"),
        (2, {"a": -1.0}, ELSE),
        (1, {"a": 0.0}, "both: they are equal here"),
        (7, {"relative": 0.5}, "the same share of each"),
        (7, {"problem": FromEigenvalues(angle=30.0)}, "a larger share of one than of another"),
        (7, {"methods": ("gd",)}, ELSE),
        (8, {"eta": 0.5}, "it converges to a minimum"),
        (9, {"eta": 0.2}, "not within 80"),
        (10, {"problem": FromEigenvalues(lambda1=1.0, lambda2=1.0)}, "it stays as it is"),
        (10, {"problem": FromEigenvalues(lambda1=-1.0)}, ELSE),
        (11, {"relative": 0.5}, "a part, on the same side"),
        (11, {"relative": 2.5}, "more than before, on the other side"),
        (13, {"hidden": (2.0,)}, "more than 10, at most 1,000"),
        (14, {"method": "damped"}, "it converges to a minimum"),
        (15, {"eta": 0.1}, "in the minimum that small steps from there lead to"),
        (15, {"eta": 2.2}, "it never settles, nor runs away"),
        (16, {"eta": 0.1}, "it converges to a minimum"),
        (17, {"eta": 0.1, "schedule": Constant()}, "in a minimum that is higher"),
        (18, {"start": (-1.5, 0.0), "epochs": 3}, "no"),
        (20, {"epsilon": 0.15}, "none"),
        (20, {"epsilon": 0.0}, "there is no minimum"),
        (20, {"second": NoMore()}, "it has some wrong"),
        (21, {"data": Gate("xor")}, "it never stops, however long it runs"),
        (21, {"epochs": 1}, "it is still at work, and would stop later"),
        (22, {"data": Clouds(30, 6.0, 2.0), "second": Resamples("leave", 30)}, "backprop's"),
        (22, {"learners": ("backprop",)}, ELSE),
        (23, {"extra": ExtraPoint(-2.0, 2.0, "minus")}, "more than 2 %, at most 20 %"),
        (23, {"extra": NoPoint()}, "it separates them"),
    ],
)
def test_the_answer_follows_the_controls(number: int, changed: dict[str, Any], said: str) -> None:
    assert answer(number, **changed) == said


@pytest.mark.parametrize("factor", [0, 0.3, 1, 1.7, -0.3, -1, -1.7, 1e-12, 1 + 1e-12, -1 - 1e-12])
def test_of_what_a_step_leaves_one_option_is_true(factor: float) -> None:
    exact = round(factor, 9)
    true = (
        exact == 0, 0 < exact < 1, -1 < exact < 0, exact == -1, exact < -1, exact > 1, exact == 1
    )  # fmt: skip
    assert [said for said, is_so in zip(LEFT, true, strict=True) if is_so] == [left_of(factor)]


def true_of_one_weight(lab: OneWeight) -> Iterator[tuple[int, dict[str, bool]]]:
    """By the closed form of a constant η: which options are true. Only where no rounding is near."""
    factor, error = 1 - lab.eta * lab.a, lab.w0 + lab.b / lab.a
    size = max(1.0, abs(lab.w0), abs(lab.b / lab.a))
    plain = lab.constant_eta and 1e-6 < abs(lab.a) < 1e6 and abs(error) > 1e-3 * size
    if not plain or min(abs(factor - mark) for mark in (0, 1, -1)) < 1e-3 or abs(lab.eta) > 1e6:
        return
    if lab.a > 0:
        yield 2, {
            LEFT[1]: 0 < factor < 1, LEFT[2]: -1 < factor < 0, LEFT[4]: factor < -1,
            LEFT[5]: factor > 1,
        }  # fmt: skip
    yield (
        4,
        {
            "it converges without changing side": 0 < factor < 1,
            "it changes side at each step and converges": -1 < factor < 0,
            "it runs away": abs(factor) > 1,
        },
    )
    d = -lab.eta * (lab.a * lab.w0 + lab.b)
    E = Quadratic(lab.a, lab.b, lab.c)
    before, after = (float(E.value(np.array([w]))) for w in (lab.w0, lab.w0 + d))
    half = before + (lab.a * lab.w0 + lab.b) * d + 0.5 * lab.a * d * d
    if abs(0.5 * lab.a * d * d) > 1e-3 * (abs(before) + abs(after) + abs(lab.c)):
        near = 1e-6 * abs(0.5 * lab.a * d * d)
        bare = half + 0.5 * lab.a * d * d
        yield 1, {
            "E + E′d + ½E″d²": abs(half - after) < near, "E + E′d + E″d²": abs(bare - after) < near
        }  # fmt: skip


def true_of_many_weights(lab: ManyWeights) -> Iterator[tuple[int, dict[str, bool]]]:
    """By a loop in Python on E = ½wᵀAw + bᵀw: in how many steps a run with a constant η is there."""
    objective = lab.plane.objective
    A, b, values = objective.A, objective.b, objective.spectrum.values
    usual = values[0] > 1e-3 and values[-1] < 1e3 and np.abs(lab.origin).max() < 1e3
    if not usual or lab.schedule != ManyWeights().schedule or not 0 < lab.eta < 1e3:
        return
    goal = np.linalg.solve(A, -b)
    w, first = lab.origin, float(np.linalg.norm(lab.origin - goal))
    if first < 1e-3 or np.abs(goal).max() > 1e3:
        return
    took, least = math.inf, math.inf
    for k in range(1, min(lab.steps, 500) + 1):
        w = w - lab.eta * (A @ w + b)
        share = float(np.linalg.norm(w - goal)) / first
        least = min(least, abs(share / lab.tolerance - 1))
        if share <= lab.tolerance:
            took = k
            break
        if share > 1e6:
            break
    if (lab.steps > 500 and took == math.inf) or least < 1e-6 or lab.tolerance < 1e-8:
        return
    marks = sorted({max(1, lab.steps // part) for part in (8, 2, 1)})
    true = {f"within {marks[0]:,}": took <= marks[0], f"not within {lab.steps:,}": took == math.inf}
    for low, high in pairwise(marks):
        true[f"after {low:,}, within {high:,}"] = low < took <= high
    yield 9, true


@pytest.mark.parametrize(
    ("kind", "truths"), [(OneWeight, true_of_one_weight), (ManyWeights, true_of_many_weights)]
)
def test_of_any_lab_exactly_one_option_is_true_and_it_is_the_answer(
    kind: type[Lab], truths: Callable[[Any], Iterator[tuple[int, dict[str, bool]]]]
) -> None:
    tried = []

    @often(60, 1500)
    @given(labs(kind, beyond=False))
    def agrees(lab: Any) -> None:
        if getattr(lab, "a", 1.0) == 0:
            return
        for number, true in truths(lab):
            claim = BY[number]
            with np.errstate(all="ignore"):
                study = lab.study()
            assert [said for said, is_so in true.items() if is_so] == [claim.answer(lab, study)]
            tried.append(number)

    agrees()
    assert len(tried) > 10


@each_lab
def test_what_is_given_of_any_lab_is_finite_and_said_in_one_line(kind: type[Lab]) -> None:
    @often(12, 300)
    @given(labs(kind))
    def stands(lab: Lab) -> None:
        picture = lab.given()
        assert picture.about.startswith("Set here: ") and "\n" not in picture.about
        assert not picture.steps and not picture.trace
        for table in picture.tables.values():
            sizes = {len(column) for column in table.values()}
            assert len(sizes) == 1
            for column in table.values():
                numbers = np.asarray(column)
                assert numbers.dtype.kind != "f" or np.isfinite(numbers).all()

    stands()


def test_what_is_given_is_the_same_whatever_the_run_does() -> None:
    for lab, other in (
        (OneWeight(eta=0.2), OneWeight(eta=1.1)),
        (ManyWeights(eta=0.1), ManyWeights(eta=5.0)),
        (RealNetwork(eta=0.01), RealNetwork(eta=1.0)),
        (BY[15].lab, replace(BY[15].lab, eta=9.0)),  # type: ignore[type-var]
        (BY[6].lab, replace(BY[6].lab, eta=9.0)),  # type: ignore[type-var]
        (BY[21].lab, replace(BY[21].lab, eta=9.0)),  # type: ignore[type-var]
    ):
        one, two = lab.given(), other.given()
        assert one.template == two.template and one.about != two.about
        for name, table in one.tables.items():
            for column, values in table.items():
                assert np.array_equal(values, two.tables[name][column])


def test_a_function_with_a_name_and_a_typed_one_are_told() -> None:
    assert "regularised logistic loss" in BY[12].lab.given().about
    assert "$E = " in replace(BY[6].lab, ground=FromGallery("well")).given().about  # type: ignore[type-var]
