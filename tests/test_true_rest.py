"""Who rests, and who only passes by: a run that converged stays, against the same run made longer."""

from __future__ import annotations

import re

import mpmath
import numpy as np
import pytest
from hypothesis import given

from convcore.claims import CLAIMS, Word
from convcore.descent.descent import Status, descend
from convcore.descent.schedules import (
    Constant,
    CosineDecay,
    DropOnPlateau,
    ExponentialDecay,
    LinearDecay,
    StepDrop,
    WarmUp,
)
from convcore.labkit.functions import FromFormula, FromGallery
from convcore.labs import (
    OneWeight,
    PerceptronAndBackprop,
    RealNetwork,
    RoughGround,
    TaylorAndNewton,
)
from convcore.labs.many_weights.lab import ManyWeights
from convcore.labs.many_weights.quadratics import FromEigenvalues, Typed
from convcore.labs.perceptron.own_points import OwnPoints
from convcore.labs.perceptron.second_pictures import NoMore
from convcore.labs.rough_ground.second_pictures import Nothing
from convcore.objectives.gallery import Function
from convcore.objectives.quadratics import Quadratic
from convcore.optimizers import GradientDescent, Momentum, Nesterov, Newton, PerCoordinate
from tests.draw import SEEDS, often
from tests.printed import RAISED

METHODS = (GradientDescent(), Newton(), PerCoordinate(), Momentum(0.6), Nesterov(0.6))
RNG = np.random.default_rng(25)


def schedules(rng):
    warm = WarmUp(int(rng.integers(1, 25)))
    others = [Constant(), LinearDecay(), ExponentialDecay(0.1), StepDrop(8), CosineDecay(60)]
    return warm if rng.random() < 0.5 else others[rng.integers(len(others))]


def share(rng):
    """η in units of the step that lands: often so that a step of a warm-up lands, to rounding."""
    return float(rng.choice([rng.uniform(0.1, 4), rng.integers(1, 30), rng.integers(1, 30) / 2]))


@often(150, 3000)
@given(SEEDS)
def test_a_run_that_converged_on_a_quadratic_stays_there(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 4))
    values = np.where(rng.random(n) < 0.1, -1, 1) * 10 ** rng.uniform(-1, 1, n)
    Q = np.linalg.qr(rng.normal(size=(n, n)))[0] if rng.random() < 0.7 else np.eye(n)
    error = Q @ (rng.normal(size=n) * (rng.random(n) < 0.7))
    E = Quadratic((Q * values) @ Q.T, rng.normal(size=n) * (rng.random() < 0.5))
    plan, method = schedules(rng), METHODS[rng.integers(len(METHODS))]
    many, K = share(rng), int(rng.choice([2, 5, 12, 40, 150]))
    if rng.random() < 0.4:  # a step of the warm-up lands in every direction
        lands, warm = int(rng.integers(1, 4)), int(rng.integers(2, 40))
        plan, many, K = WarmUp(warm), warm / lands, lands + int(rng.integers(1, 12))
        E, method = Quadratic(Q * abs(values[0]) @ Q.T, E.b), METHODS[rng.integers(3)]
    eta = many / (1 if method.relative else np.abs(E.spectrum.values).max())
    start = E.stationary + error
    run = descend(E, start, eta, method, plan, steps=K)
    if run.outcome().status is not Status.CONVERGED:
        return
    longer = descend(E, start, eta, method, plan, steps=K + 700)
    far = np.linalg.norm(longer.w[K:] - run.w[-1], axis=1).max()
    way = np.linalg.norm(run.w - start, axis=1).max()
    assert far <= 3e-3 * way + 1e-12, (seed, plan, method, K, far, way)


def test_momentum_that_meets_the_minimum_at_speed_has_not_converged():
    run = descend(
        Quadratic(1.43338487), [-1.14], 2.5 / 1.43338487, Nesterov(0.6), WarmUp(4), steps=2
    )
    assert run.w[-1] == pytest.approx(0.0, abs=1e-15)
    assert run.outcome().status is Status.OUT_OF_STEPS


@pytest.mark.parametrize("steps", [5, 8, 12])
def test_newton_that_lands_in_a_warm_up_and_then_takes_ten_steps_at_once_does_not_stay(steps):
    lab = RoughGround(
        FromGallery("matyas"), (1.3, 0.7), 10.0, method="newton", schedule=WarmUp(10), steps=steps,
        second=Nothing(),
    )  # fmt: skip
    result = lab.run()
    assert lab.study().outcome.status is Status.NEAR
    assert result.headline.verdict == "comes near" and "need not stay" in result.headline.plain
    assert "converged" not in result.sentence


def test_one_weight_that_lands_in_a_warm_up_beyond_its_limit_does_not_stay():
    for _ in range(20):
        a, b, warm = RNG.uniform(0.5, 5), RNG.uniform(-5, 5), int(RNG.integers(6, 30))
        lab = OneWeight(a=a, b=b, eta=warm / a, schedule=WarmUp(warm), steps=4)
        study = lab.study()
        if study.run.w[-1] @ [a] + b == 0:
            continue
        assert study.run.outcome().status is not Status.CONVERGED
        assert "converged" not in lab.show(study).sentence


def test_a_run_that_a_plateau_freezes_is_said_to_freeze_in_headline_and_facts():
    frozen = 0
    for _ in range(30):
        a, share = 10 ** RNG.uniform(-2, 2), RNG.uniform(0.3, 6)
        lab = OneWeight(
            a=a, b=0.0, w0=3.0, eta=share / a, schedule=DropOnPlateau(), steps=200, tolerance=1e-6
        )
        study = lab.study()
        if study.run.outcome().status is Status.FROZEN and study.took == np.inf:
            frozen += 1
            assert lab.show(study).headline.verdict == "freezes on its way"
    assert frozen


def test_plain_descent_leaves_a_saddle_that_it_does_not_meet_exactly():
    saddle = Quadratic([[1.0, 0.0], [0.0, -1.0]])
    for method in (GradientDescent(), Momentum(0.5), Nesterov(0.5)):
        kinds = {}
        for off in (0.0, 1e-30):
            kinds[off] = descend(saddle, [1.0, off], 0.1, method, steps=150).outcome()
        assert kinds[0.0].status is Status.CONVERGED and kinds[1e-30].status is Status.NEAR
    for name, start in (("x^2/2 - y^2/2 + x*y^2", (0.3, 1e-9)), ("cos(x) + y^2", (0.0, 1.0))):
        run = descend(Function(name), start, 0.1, steps=160).outcome()
        exact = start[0] == 0 or start[1] == 0
        assert (run.status is Status.CONVERGED) is exact, (name, run)


# Many weights: what exact arithmetic predicts and rounding prevents


@often(25, 600)
@given(SEEDS)
def test_a_run_that_does_not_take_the_predicted_steps_says_why(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 6))
    B = rng.normal(size=(n, n - int(rng.random() < 0.2)))
    rows = [" ".join(map(repr, row)) for row in (B @ B.T).tolist()]
    start = rng.choice([*rng.normal(size=3), 0.0, 1.0], n)
    methods = ("gd", "coordinate", "newton", "momentum", "nesterov")
    lab = ManyWeights(
        problem=Typed("\n".join(rows)),
        start=tuple(start.tolist()) if start.any() else (),
        eta=float(rng.uniform(0.5, 6) / np.linalg.norm(B, 2) ** 2),
        methods=methods,
        relative=float(rng.choice([2.2, 1.0, rng.uniform(0.5, 8)])),
        beta=float(rng.choice([0.0, 0.5, 0.9])),
        schedule=WarmUp(int(rng.integers(2, 60))) if rng.random() < 0.8 else Constant(),
        steps=int(rng.choice([60, 300, 1500])),
        tolerance=float(10 ** rng.uniform(-7, -1)),
    )
    study = lab.study()
    notes = " ".join(lab.show(study).notes)
    for name in methods:
        predicted, took = study.predicted[name], study.took[name]
        if predicted <= lab.steps and took != predicted:
            label = study.settings.optimizer(name).label
            told = label in notes and "In practice the run counts" in notes
            assert told or name in study.would_return or "Rounding in the loop" in notes, (
                seed,
                name,
            )


def right_to_its_digits(said, true):
    """How many digits a text gives of a count of steps, all of which are right but for the last."""
    number = r"(?:([\d.,]+?)(?:·10([⁰¹²³⁴⁵⁶⁷⁸⁹]+))?|10([⁰¹²³⁴⁵⁶⁷⁸⁹]+))"
    found = re.search(rf"(?:≈|about|Predicted \*\*) ?{number} steps", said)
    assert found, said
    digits = (found[1] or "1").replace(",", "")
    exponent = int((found[2] or found[3] or "⁰").translate(RAISED))
    unit = 10.0 ** (exponent - len(digits.partition(".")[2]))
    assert abs(float(digits) * 10.0**exponent - true) <= 1.5 * unit, (said, true)
    return len(digits.replace(".", ""))


def test_claim_9_counts_to_the_digits_that_kappa_has():
    (claim,) = [c for c in CLAIMS if c.number == 9]
    told = 0
    for power in np.linspace(1, 17, 65):
        kappa, angle = 10**power, RNG.uniform(1, 89)
        lab = ManyWeights(FromEigenvalues(1.0, kappa, angle), eta=1.9 / kappa, methods=("gd",))
        verdict = claim.verdict(lab)
        if verdict.word is Word.UNTRIED:
            assert power > 13 and "beyond double precision" in verdict.why
            continue
        A = lab.plane.objective.A
        with mpmath.workdps(50):
            low, top = mpmath.eigsy(mpmath.matrix(A.tolist()), eigvals_only=True)
            true = float(mpmath.log(1e-3) / mpmath.log1p(-2 / (top / low + 1)))
        told += right_to_its_digits(verdict.why, true) < 3
    assert told  # some κ have fewer than three digits


def test_predicted_counts_have_no_more_digits_than_their_eigenvalues():
    fewest = 3
    for power in np.linspace(9, 14, 12):
        eta = float(RNG.uniform(0.2, 1.5)) / 10**power
        lab = ManyWeights(FromEigenvalues(1.0, 10**power, float(RNG.uniform(1, 89))), eta=eta)
        result, A = lab.run(), lab.plane.objective.A
        if "beyond double precision" in result.sentence:
            continue
        with mpmath.workdps(50):
            values, Q = mpmath.eigsy(mpmath.matrix(A.tolist()))
            share = abs((mpmath.matrix([3.0, 2.0]).T * Q[:, 0])[0]) / mpmath.sqrt(13)
            true = float(mpmath.log(1e-3 / share) / mpmath.log1p(-eta * values[0]))
        for text in (result.sentence, result.headline.theory.replace("to 0.1 %", "")):
            fewest = min(fewest, right_to_its_digits(text, true))
    assert fewest < 3


def test_what_rounding_hides_has_not_converged():
    for power in np.linspace(6, 17, 45):
        angle, kappa = RNG.uniform(1, 89), 10**power
        lab = ManyWeights(FromEigenvalues(1.0, kappa, angle), (3.0, 2.0), eta=1 / kappa)
        study = lab.study()
        t = np.radians(angle)
        left = abs(np.array([np.cos(t), np.sin(t)]) @ study.run.w[-1])
        if (
            study.run.outcome().status is Status.CONVERGED
            and not study.objective.spectrum.hidden.any()
        ):
            assert left < 0.01, (power, angle)
        if study.run.outcome().status is Status.UNDERFLOW:
            assert left > 0.01 and "stops short" in lab.show(study).headline.plain


# Claims 6 and 12 name the point as the page does


@pytest.mark.parametrize(
    ("text", "start"), [("relu(x)^1.5", 1.0), ("relu(x-1)^1.7", 3.0), ("log(cosh(x))", 0.9)]
)
def test_claims_6_and_12_name_the_point_as_the_page_does(text, start):
    lab = TaylorAndNewton(FromFormula(text), (start,), ("newton",), steps=200)
    for claim in (c for c in CLAIMS if c.number in (6, 12)):
        study = lab.study()
        verdict, outcome = claim.verdict(lab, study), study.newton.outcome
        if verdict.word is Word.HOLDS:
            the = "the minimum" if outcome.kind.value == "minimum" else f"a {outcome.kind.value}"
            assert f"is at {the} in" in verdict.why
            assert f"converged to a {outcome.kind.value}" in lab.show(study).sentence


# The network, the unit, the kink


def test_no_negative_eigenvalue_is_said_with_what_counts_as_rounding():
    lab = RealNetwork(hidden=(), steps=3)  # a line, so E is convex
    said = lab.run().sentence
    size = re.search(r"negative by more than rounding, ([\d.]+)·10⁻(\S+):", said)
    assert size, said
    counts = RealNetwork(steps=2).run().pictures[0].tables["snaps"]["counts"]
    assert re.fullmatch(r"λ < 0: 97; \|λ\| < \S+: 277; λ > 0: 107", counts[0])


def unit(points, divergence, eta, epochs, start):
    spread = 0.0 if not start else 2.0
    return PerceptronAndBackprop(
        points, divergence, 0.3, eta, epochs, start=start, spread=spread, second=NoMore()
    )


def test_a_unit_that_starts_where_the_pulls_cancel_is_said_to_stay_and_not_to_settle():
    xor, stays = (
        OwnPoints("0 1 +\n1 0 +\n0 0 -\n1 1 -"),
        "stays at its start at **w = 0**, where the pulls",
    )
    result = unit(xor, "l2", 37.8, 100, ()).run()
    assert stays in result.sentence and "backprop stays put at w = 0" in result.headline.plain
    for _ in range(8):
        x, y = RNG.uniform(0.5, 3, 2)
        points = OwnPoints(f"{x} {y} +\n{-x} {-y} +\n{x} {-y} -\n{-x} {y} -")
        divergence = str(RNG.choice(["l2", "entropy"]))
        beside = unit(points, divergence, 1.0, 1, (1e-9, 2e-9, 1e-9))
        top = np.linalg.eigvalsh(beside.study().training.unit.hessian(np.zeros(3)))[-1]
        share = float(RNG.uniform(0.2, 1.8))
        assert stays in unit(points, divergence, share / top, 50, ()).run().sentence
        # A little beside it, it settles below the limit only.
        for near in (share, share + 2.2):
            said = unit(points, divergence, near / top, 1, beside.start).run().headline.plain
            assert ("backprop settles" in said) is (near < 2), (near, said)


def test_small_steps_are_not_said_to_lead_nowhere_where_there_is_a_kink():
    for text, start in (("abs(x)", 1.1), ("abs(x-1)+x^2/4", 2.0), ("max(w,-2*w)", 0.7)):
        lab = RoughGround(
            FromFormula(text), (start,), 0.3, schedule=LinearDecay(), steps=300, second=Nothing()
        )
        verdict = next(c for c in CLAIMS if c.number == 15).verdict(lab)
        assert verdict.word is Word.UNTRIED and "where E has a curvature" in verdict.why


@pytest.mark.parametrize("seed", range(12))
def test_where_a_slope_only_touches_zero_there_is_no_minimum(seed):
    # The slope of a(w + sin w) is a(1 + cos w), of w³ it is 3w²: neither changes its sign.
    rng = np.random.default_rng(seed)
    a, c = 10 ** rng.uniform(-3, 3), rng.uniform(-1, 1)
    rough = RoughGround(
        FromFormula(f"{a}*(w - {c} + sin(w - {c}))" if seed % 2 else f"{a}*(w - {c})^3"),
        (c + rng.uniform(-2, 3),), 1.0, method=rng.choice(["damped", "newton", "shifted"]),
        steps=int(rng.integers(10, 80)), second=Nothing(),
    )  # fmt: skip
    study = rough.study()
    said = rough.show(study)
    assert "minimum" not in str(study.outcome) and "a minimum" not in said.headline.plain
    assert not study.minima and not study.finds_minimum


@pytest.mark.parametrize("method", ["gd", "newton", "damped", "adam"])
@pytest.mark.parametrize("text", ["(w - {c})^2", "(x - {c})^2 + 2*y^2", "cosh(w - {c})"])
def test_a_minimum_outside_of_a_view_without_one_is_settled_at(text, method):
    c = float(np.random.default_rng(len(text) + len(method)).uniform(6, 12))
    rough = RoughGround(
        FromFormula(text.format(c=c)), (), 0.9 if method == "newton" else 0.3, method=method,
        steps=400, second=Nothing(),
    )  # fmt: skip
    study = rough.study()
    said = rough.show(study).headline
    for claim in CLAIMS:
        if type(claim.lab) is RoughGround:
            claim.verdict(rough, study)
    assert not study.minima
    at = study.run.path.w[-1]
    arrived = np.abs(at - np.eye(len(at))[0] * c).max() < 1e-4 * c
    assert arrived == ("outside the view" in said.plain) or "near" in said.plain, said.plain
