"""All that is said of one run and one point agrees: kinds, ends, tolerances, and what rounding hides."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from convcore.claims import CLAIMS, Word
from convcore.descent.descent import Status, descend
from convcore.descent.schedules import Constant, LinearDecay, QuadraticDecay, WarmUp
from convcore.descent.theory import PointKind
from convcore.labkit.functions import FromFormula
from convcore.labkit.prediction import ENDS, end
from convcore.labs.many_weights.lab import ManyWeights
from convcore.labs.many_weights.quadratics import FromEigenvalues
from convcore.labs.newton.lab import TaylorAndNewton
from convcore.labs.one_weight.lab import OneWeight
from convcore.labs.perceptron.lab import PerceptronAndBackprop
from convcore.labs.perceptron.points import Gate
from convcore.labs.perceptron.second_pictures import NoMore
from convcore.labs.rough_ground.lab import RoughGround
from convcore.labs.rough_ground.second_pictures import Nothing
from convcore.objectives.gallery import Function
from convcore.optimizers import Newton

RNG = np.random.default_rng(0)
UNTRIED = Word.UNTRIED


def rough(text, start, eta, steps=1000, **fields):
    return RoughGround(
        FromFormula(text), start=start, eta=eta, steps=steps, compare=(), second=Nothing(), **fields
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{c}*(w - {m})^4", PointKind.DEGENERATE_MINIMUM),
        ("-{c}*(w - {m})^6", PointKind.DEGENERATE_MAXIMUM),
        ("{c}*(w - {m})^3", PointKind.DEGENERATE),
    ],
)
def test_the_run_and_the_list_of_points_name_a_flat_point_alike(text, kind):
    c, m = RNG.uniform(0.2, 5), round(RNG.uniform(-1, 1), 1)
    study = rough(text.format(c=c, m=m), (m + 1.0,), 1.0, method="newton").study()
    assert study.outcome.kind is kind and study.end is not None and study.end.kind is kind
    assert (
        end(study.outcome)
        == {
            PointKind.DEGENERATE_MINIMUM: ENDS[0],
            PointKind.DEGENERATE_MAXIMUM: ENDS[1],
            PointKind.DEGENERATE: "none of these",
        }[kind]
    )


@pytest.mark.parametrize("steps", [900, 2000, 3000, 5000])
def test_a_flat_point_stays_degenerate_when_its_slope_has_underflowed(steps):
    for text in ("w^3", "w^4", "x^4 + y^4", "(x*y)^2/2"):
        start = RNG.uniform(0.5, 2, 2 if "x" in text else 1)
        run = descend(Function(text), start, 1.0, Newton(), steps=steps)
        assert run.outcome().kind.degenerate, (text, start)


def test_small_steps_from_side_to_side_of_a_kink_do_not_drift():
    low, high = RNG.uniform(0.5, 3, 2)
    text = f"max({high}*w, -{low}*w)"
    for plan in (Constant(), LinearDecay()):
        run = descend(Function(text), [RNG.uniform(0.5, 1.5)], 0.3, schedule=plan, steps=1000)
        assert (np.diff(np.sign(run.w[:, 0])) != 0).any()  # it changes side
        assert run.outcome().status is not Status.DRIFTING
    straight = descend(Function("x^2 + 3*y"), [1.0, 0.0], 0.4, steps=1000)
    assert straight.outcome().status is Status.DRIFTING
    assert end(straight.outcome()) == "it runs away"


def test_the_gradient_is_not_small_from_the_start_on_where_curvature_has_no_bound():
    p = RNG.uniform(1.55, 1.9)
    run = (
        TaylorAndNewton(FromFormula(f"abs(w)^{p}"), (1.0,), relative=0.5, steps=100).study().newton
    )
    k, factor = 0, 1 - 0.5 / (p - 1)  # each step multiplies w by this
    while abs(factor) ** (k * (p - 1)) > 1e-6:
        k += 1
    assert run.outcome.kind is PointKind.DEGENERATE_MINIMUM
    assert k / 3 <= run.progress.taken <= k


@pytest.mark.parametrize("text", ["w^2 + 3*sin(2*w)", "w^4/4 - w^2/2", "log(cosh(w))", "cos(w)"])
def test_from_between_the_points_of_a_two_cycle_newton_goes_where_it_is_said_to(text):
    curve = TaylorAndNewton(FromFormula(text), (0.2,)).study().curve
    found, E = curve.threshold, Function(text)
    assert found is not None
    for w in RNG.uniform(found.low + 1e-3, found.high - 1e-3, 12):
        at = w
        for _ in range(200):
            x = np.array([at])
            at -= E.gradient(x)[0] / E.hessian(x)[0, 0]
        assert at == pytest.approx(found.limit, abs=1e-6), w


def test_the_predicted_end_of_one_weight_has_the_tolerance_of_the_measured_one():
    share, warm = RNG.uniform(1.1, 1.9), int(RNG.integers(15, 25))
    lab = OneWeight(a=2.0, eta=share / 2, schedule=WarmUp(warm), steps=25)
    predicted, measured = lab.run().facts[0].rows[-1][1:]
    assert predicted == measured
    flat = OneWeight(a=0.0, b=RNG.uniform(1, 5), schedule=QuadraticDecay())
    assert "stationary point" not in str(flat.run().facts)


def test_no_claim_calls_a_curvature_zero_that_rounding_hides():
    big, small = 10 ** RNG.uniform(7, 9), 10 ** RNG.uniform(-9, -8)
    lab = ManyWeights(FromEigenvalues(big, small, RNG.uniform(10, 80)), eta=1e-9)
    study = lab.study()
    for claim in CLAIMS[6:11]:
        found = claim.verdict(lab, study)
        assert "λₘᵢₙ = 0" not in found.why and "singular" not in found.why
    result = lab.show(study)
    assert "singular" not in result.sentence and "beyond double precision" in result.sentence
    assert result.facts[1].rows[4][3] == "beyond double precision"  # the best η
    exact = ManyWeights(FromEigenvalues(big, 0.0, 0.0))
    assert "λₘᵢₙ = 0" in CLAIMS[8].verdict(exact).why


def test_the_best_rate_of_a_badly_conditioned_matrix_is_not_1():
    kappa = 10 ** RNG.uniform(6, 9)
    rows = ManyWeights(FromEigenvalues(1.0, kappa, 0.0)).run().facts[1].rows
    K = Fraction(kappa)
    assert float(rows[4][3]) < 1
    assert 1 - float(rows[4][3]) == pytest.approx(float(2 / (K + 1)), rel=0.5)


def test_flat_minima_have_no_limit_and_no_claim_of_one_is_tried():
    lab = rough(f"{RNG.uniform(0.5, 2)}*w^4", (1.0,), 0.1)
    study = lab.study()
    for n in (15, 16, 17):
        found = CLAIMS[n - 1].verdict(lab, study)
        assert found.word is UNTRIED and "the curvature is 0" in found.why
    assert study.home is None


def test_errors_that_only_meet_at_w_0_are_no_verdict_on_the_proxy():
    seeds = RNG.choice(99, 3, replace=False).tolist()
    for seed in seeds:
        lab = PerceptronAndBackprop(
            Gate(), "entropy", epsilon=0.2, eta=0.65, seed=seed, epochs=1800, second=NoMore()
        )
        found = CLAIMS[17].verdict(lab)
        # The loss of XOR is convex and least at w = 0, where every point lies on "the line".
        assert not lab.study().training.run.w[-1].any()
        assert found.word is not Word.FAILS, found


def test_on_a_flat_floor_the_sentence_says_where_the_run_is():
    for text, floor in (("relu(w)^1.5", (-2.9, -0.1)), ("max(abs(w-1)-2, 0)^2", (-0.9, 2.9))):
        w = round(float(RNG.uniform(*floor)), 4)
        lab = rough(text, (w,), 0.3, steps=50)
        assert f"at w = {w:.4g}".replace("-", "−") in lab.run().sentence, w
