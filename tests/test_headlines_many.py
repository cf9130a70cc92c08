"""The headlines of "Many weights": short, and true of the run that they are of."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore.descent.descent import Status
from convcore.labkit.headline import AGREES, Tone
from convcore.labs import (
    Constant,
    CosineDecay,
    ExponentialDecay,
    FromData,
    FromEigenvalues,
    ManyWeights,
    StepDrop,
    Typed,
    WarmUp,
)
from convcore.labs.many_weights.headline import headline
from convcore.labs.many_weights.settings import EVERY, KINDS, METHODS
from convcore.labs.many_weights.study import ManyWeightsStudy
from tests.draw import labs


def said(**fields: Any) -> str:
    return ManyWeights(**fields).run().headline.plain


def holds(study: ManyWeightsStudy) -> None:
    """A headline is short, in our words, and nothing in it is at odds with the run."""
    found, run = headline(study), study.runs[leading(study)]
    sentence = found.plain
    assert len(sentence.split(" ")) <= 20, sentence
    assert (
        sentence.endswith(".") and found.says.count("{}") == 1 and found.says.count("**") % 2 == 0
    )
    assert found.verdict in sentence and "-1" not in sentence and "nan" not in sentence
    assert not re.search(r"[_{}]|e[+-]\d", sentence + found.theory)
    status = run.outcome().status
    away = [float(np.linalg.norm(w - study.plane.target)) for w in (run.w[0], run.w[-1])]
    has_minimum = study.objective.minimiser is not None
    if found.tone is Tone.ARRIVES:
        assert has_minimum and not run.gone and away[1] < away[0] * (1 + 1e-9)
    if found.verdict == "nothing moves":
        assert (run.w == run.w[0]).all()
    if found.verdict in ("diverges", "runs away"):
        assert status is Status.DIVERGED
    if status is Status.DIVERGED:
        assert found.tone is Tone.FAILS
    if status is Status.DRIFTING:
        assert "drifts" in sentence
    if not has_minimum and status is Status.CONVERGED:
        assert "settles at a" in sentence or sentence.startswith("The start is a")
    if "has no minimum" in sentence:
        assert not has_minimum
    if reached := re.search(r"arrives at .* in ([\d,]+) step", sentence):
        assert study.took[leading(study)] == float(reached[1].replace(",", ""))
    if match := re.search(r"keep(?:s|ing)? ([\d.]+) %", sentence):
        met = study.objective.spectrum.values[study.plane.error != 0]
        kept = max(abs(1 - study.settings.eta * met))
        assert float(match[1]) == pytest.approx(100 * kept, rel=5e-3, abs=1e-9)
    if "best η" in sentence:
        met = study.objective.spectrum.values[study.plane.error != 0]
        factors = 1 - study.settings.eta * met
        off, most = min(1 - abs(factors[0]), 1 - abs(factors[-1])), 2 * met[0] / (met[0] + met[-1])
        more = 0.05 if "close to" in sentence else 0
        # As many steps as at 2/(λ + λ′), or hardly more.
        assert math.log1p(-most) / math.log1p(-off) <= 1 + more + 1e-6
        if kappa := re.search(r"κ = ([\d.,]+) ", sentence):
            assert float(kappa[1].replace(",", "")) == pytest.approx(met[-1] / met[0], rel=1e-3)
            assert max(abs(factors)) > 0.75
    if has_minimum and study.plane.error.any():
        drawn = study.settings.methods or ("gd",)
        agree = sum(study.predicted[name] == study.took[name] for name in drawn)
        assert found.theory.count(AGREES) == agree


def leading(study: ManyWeightsStudy) -> str:
    methods = study.settings.methods
    return "gd" if "gd" in methods or not methods else methods[0]


@settings(max_examples=150, deadline=None)
@given(lab=labs(ManyWeights))
def test_a_headline_of_any_lab_is_short_and_true(lab: ManyWeights) -> None:
    holds(lab.study())


@settings(max_examples=150, deadline=None)
@given(
    lambdas=st.tuples(*[st.sampled_from([-1.0, 0.0, 0.01, 1.0, 1.0, 5.0])] * 2),
    angle=st.sampled_from([0.0, 30.0, 45.0]),
    b=st.sampled_from([0.0, 0.0, 1.0]),
    start=st.sampled_from([(), (1.0, -1.0), (1.0, 1.0), (0.0, 0.0), (1.0, 0.0)]),
    share=st.sampled_from([-1.0, 0.0, 1e-17, 0.1, 0.3, 1.0, 1.6, 1.9, 2.0, 2.001, 2.5, 8.0, 40.0]),
    methods=st.sampled_from([("gd",), METHODS, ("newton",), ("momentum", "coordinate"), ()]),
    schedule=st.sampled_from(
        [Constant(), Constant(), ExponentialDecay(0.5), StepDrop(80), CosineDecay(60), WarmUp(20)]
    ),
    count=st.sampled_from([1, 40, 200]),
    relative=st.sampled_from([0.0, 0.5, 1.0, 2.0, 2.5]),
)
def test_a_headline_is_short_and_true_on_every_kind_of_ground(
    lambdas: tuple[float, float],
    angle: float,
    b: float,
    start: tuple[float, ...],
    share: float,
    methods: tuple[str, ...],
    schedule: Any,
    count: int,
    relative: float,
) -> None:
    top = max(map(abs, lambdas)) or 1.0
    problem = FromEigenvalues(*lambdas, angle, b1=b)
    lab = ManyWeights(problem, start, share / top, methods, relative, 0.5, schedule, count)
    holds(lab.study())


@pytest.mark.parametrize("table", ["longley", "iris"])
@pytest.mark.parametrize("scaling", ["raw", "standardised", "whitened"])
@pytest.mark.parametrize("eta", [1e-12, 0.1, 1.0])
def test_a_headline_of_a_table_is_short_and_true(table: str, scaling: str, eta: float) -> None:
    holds(ManyWeights(FromData(table, scaling=scaling), eta=eta, steps=60).study())


def test_the_directions_and_what_a_step_keeps_of_them() -> None:
    """By hand, with λ = 1 and 10: the limit is 0.2, the best η 2/11."""
    assert said(eta=0.15) == (
        "The steep direction limits η to 0.2; at 0.15 the flat one crawls, keeping 85 % a step."
    )
    assert said(eta=0.19).endswith(
        "zigzags: the steep direction jumps across, keeping 90 % a step."
    )
    assert said(eta=0.2).startswith("At η = 0.2, the limit 2/λₘₐₓ, descent jumps for ever along")
    assert said(eta=0.21).endswith(": error × −1.1 a step.")
    assert said(eta=0.2000001).startswith("At η = 0.2000001 descent will diverge")
    assert "steps are small" in said(eta=0.01)
    assert "one step leads" in said(problem=FromEigenvalues(2.0, 2.0), eta=0.5)


def test_the_best_step_size_and_one_close_to_it_are_called_so_and_what_slows_them() -> None:
    """With λ = 1 and 10 a step at η = 2/11 keeps 9/11 of both errors; 5 % more steps are close."""
    assert said(eta=2 / 11) == (
        "At η = 0.1818, the best η, κ = 10 still slows descent: each step keeps 81.8 %."
    )
    assert said() == (
        "At η = 0.18, close to the best η, κ = 10 still slows descent: each step keeps 82 %."
    )
    assert "close to the best η" in said(eta=0.182) and "best" not in said(eta=0.17)
    fast = FromEigenvalues(1.0, 2.0)
    assert said(problem=fast, eta=2 / 3) == (
        "At η = 0.6667, the best η, steep and flat directions both keep 33.3 % a step."
    )
    assert "close to the best η, steep and flat directions keep at most" in said(
        problem=fast, eta=0.66
    )
    # κ is of all directions; what limits the run are those that it has an error along.
    some = said(problem=Typed("1 0 0; 0 2 0; 0 0 10"), start=(0.0, 1.0, 1.0), eta=1 / 6)
    assert some == "At η = 0.1667, the best η, steep and slow directions both keep 66.7 % a step."


def test_where_there_is_no_minimum_it_is_said() -> None:
    assert said(problem=FromEigenvalues(-1.0, 4.0), steps=200) == (
        "E bends down (λₘᵢₙ = −1) and has no minimum: descent runs away."
    )
    slope = FromEigenvalues(0.0, 4.0, 0.0, b1=1.0)
    assert "slope (1) without end and has no minimum: descent drifts on" in said(
        problem=slope, steps=200
    )
    assert said(start=(0.0, 0.0)) == "The start is a minimum: its slope is zero and nothing moves."


def test_what_rounding_seeds_is_said() -> None:
    lab = ManyWeights(FromEigenvalues(0.5, 0.01, 45.0), (1.0, -1.0), 6.0, METHODS, steps=200)
    assert "diverges: rounding seeds the steep direction" in lab.run().headline.plain
    typed = said(problem=Typed(), start=(1.0, -1.0), eta=1.5, steps=60)
    assert typed.startswith("The start has no error along the steepest direction: at η = 1.5")


def test_theory_stands_beside_each_method_that_is_drawn() -> None:
    theory = ManyWeights(methods=("gd", "newton")).run().headline.theory
    assert theory == (
        "Theory: gradient descent 35 steps to 0.1 %, took 35 ✓ · Newton 1, took 1 ✓ · κ = 10"
    )
    never = ManyWeights(methods=("gd",), eta=0.3).run().headline.theory
    assert never.startswith("Theory: gradient descent never to 0.1 %, not in") and "✓" in never
    assert not math.isnan(ManyWeights().study().took["gd"])


def test_theorys_line_of_all_methods_names_each_and_fits_two_lines_of_a_laptop() -> None:
    study = ManyWeights(methods=EVERY).study()
    line = headline(study).below
    assert len(line) <= 290  # at 1280 px a line has room for 150
    for name in EVERY:
        assert line.count(f" {KINDS[name].label} ") + line.count(f" {KINDS[name].label},") >= 1
    assert "gradient descent 35 steps to 0.1 %, took 35 ✓ · per coordinate 28 ✓" in line
    assert "RProp, AdaGrad, Adam, AdamW not in 36 steps" in line
    # What is not as predicted is told in full.
    off = headline(replace(study, took=study.took | {"newton": 3.0})).below
    assert "Newton 1, took 3 ·" in off
