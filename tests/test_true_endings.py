"""How runs end, against plain loops and closed forms: flung out and back, kinks, rounding, tolerances."""

from __future__ import annotations

import math
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from convcore.descent.descent import Status, descend
from convcore.descent.schedules import ExponentialDecay, LinearDecay, QuadraticDecay
from convcore.descent.theory import PointKind
from convcore.descent.underflow import is_underflow
from convcore.labkit.functions import FromFormula, FromGallery
from convcore.labkit.words import apart, num
from convcore.labs import LABS, OneWeight, RealNetwork, RoughGround, TaylorAndNewton
from convcore.labs.many_weights.lab import ManyWeights
from convcore.labs.many_weights.quadratics import Typed
from convcore.labs.newton import words as newton_words
from convcore.labs.one_weight import words as one_words
from convcore.labs.rough_ground import words as rough_words
from convcore.labs.rough_ground.second_pictures import Nothing
from convcore.objectives.gallery import BY_KEY, Function
from convcore.objectives.quadratics import Quadratic
from convcore.optimizers import AdaGrad, Adam, GradientDescent, Newton, RMSProp
from convcore.session import permalink

RNG = np.random.default_rng(0)


def outcome(text, start, eta=1.0, method=None, steps=40):
    return descend(Function(text), start, eta, method or Newton(), steps=steps).outcome()


def sentence(lab):
    return lab.run().sentence


# Newton at a kink, and flung out and back


def test_newton_that_lands_on_a_minimum_of_infinite_curvature_has_arrived():
    for text, start, share in (("abs(x)^(4/3)", 1.0, 1 / 3), ("abs(w)^1.5", 2.0, 0.5)):
        assert outcome(text, [start], share).kind is PointKind.DEGENERATE_MINIMUM
    for _ in range(20):
        p, start, at = RNG.uniform(1.2, 1.9), RNG.uniform(0.3, 3), RNG.uniform(-3, 3)
        found = outcome(
            f"abs(w)^{p}", [start], p - 1
        )  # each step multiplies w by 1 − share/(p − 1)
        assert found.status is Status.CONVERGED and found.kind is PointKind.DEGENERATE_MINIMUM
        both = outcome(f"abs(x)^1.5 + (y - {at})^2/2", [0.0, start])
        assert both.status is Status.CONVERGED  # where x has arrived, y goes on
    said = sentence(TaylorAndNewton(FromGallery("power1.5"), (2.0,), ("newton",), relative=0.5))
    assert "converged to a degenerate minimum" in said and "E″ not finite" in said


def test_newton_flung_out_is_followed_until_it_comes_back():
    for text, start, end in (
        ("x^4/4 - x^2/2", 0.5774, 1.0),
        ("x^4/4 - x^2 + 2*x", 0.8165, -1.7692923542386314),
    ):
        run = descend(Function(text), [start], 1.0, Newton(), steps=60)
        assert run.outcome().kind is PointKind.MINIMUM
        assert run.w[-1, 0] == pytest.approx(end, rel=1e-9) and np.abs(run.w).max() > 1e3
    # From beside the inflection 1/√3 as far out as 10⁶: a plain loop says where it ends.
    for _ in range(30):
        start = (1 / 3 + RNG.choice([-1, 1]) * 10 ** RNG.uniform(-6, -2)) ** 0.5
        w = start
        for _ in range(100):
            w -= (w**3 - w) / (3 * w**2 - 1)
        run = descend(Function("w^4/4 - w^2/2"), [start], 1.0, Newton(), steps=100)
        assert run.outcome().status is Status.CONVERGED
        assert run.w[-1, 0] == pytest.approx(w, abs=1e-9) and abs(w) == pytest.approx(1)


def test_a_run_on_its_way_back_is_neither_converged_nor_diverged():
    start = [(1 / 3 + 1e-7) ** 0.5]
    path = descend(Function("w^4/4 - w^2/2"), start, 1.0, Newton(), steps=80)
    for steps in range(1, 80, 4):
        said = descend(Function("w^4/4 - w^2/2"), start, 1.0, Newton(), steps=steps).outcome()
        near = abs(abs(path.w[steps, 0]) - 1) < 1e-3
        assert said.status in (
            (Status.CONVERGED, Status.OUT_OF_STEPS) if near else (Status.OUT_OF_STEPS,)
        )


def test_newton_that_never_comes_back_has_diverged_where_it_passed_the_mark():
    # |w|^(4/3): wₖ = (−2)^k, and the mark is 10⁸ times the first step, 3.
    found = outcome("abs(x)^(4/3)", [1.0], steps=60)
    assert found.status is Status.DIVERGED
    k = next(k for k in range(60) if 2.0 ** (4 * k / 3) - 1 > 1e8 * 4 or abs((-2.0) ** k - 1) > 3e8)
    assert found.step == k
    # √(1 + w²): the map is −w³, which overflows soon.
    assert outcome("sqrt(1 + w^2)", [1.1]).status is Status.DIVERGED
    assert outcome("w^2/2", [1.0], 3.0).status is Status.DIVERGED


# Rounding is called rounding


@pytest.mark.parametrize("text, start", [("log(cosh(w))", 1.2), ("-exp(-w^2/2)", 0.99)])
def test_underflow_is_named_as_rounding(text, start):
    lab = TaylorAndNewton(FromFormula(text), (start,), ("newton",))
    assert "stopped by rounding" in sentence(lab) and "degenerate" not in sentence(lab)


def test_tails_of_gaussians_are_rounding_and_plateaus_are_not():
    for _ in range(5):
        width, at = RNG.uniform(0.3, 3), RNG.uniform(39, 1e3)
        bell = f"-exp(-w^2/(2*{width}^2))"
        assert outcome(bell, [width * at], 0.1, GradientDescent()).status is Status.UNDERFLOW
        edge = RNG.uniform(-2, 2)
        flat, line = f"max(w - {edge}, 0)^2", f"max(w - {edge}, 0)^2 - w"
        below = [edge - RNG.uniform(0.1, 50)]
        assert outcome(flat, below, 0.1, GradientDescent()).status is Status.CONVERGED
        assert outcome(line, below).status is Status.STUCK
    # Newton's steps in the tail are 1/w and never end.
    assert outcome("-exp(-w^2/2)", [0.985], steps=30).status is Status.OUT_OF_STEPS
    assert outcome("w^8", [1e-60], 0.1, GradientDescent()).kind is PointKind.DEGENERATE_MINIMUM


# RMSProp and Adam must stay


@pytest.mark.parametrize("kind", [RMSProp, Adam])
def test_what_comes_near_and_leaves_again_has_not_converged(kind):
    for objective in (Quadratic(1.0), Quadratic([[3, 1], [1, 1]]), Function("log(cosh(w))")):
        starts, etas = RNG.normal(size=(15, objective.n)) * 2, 10 ** RNG.uniform(-2.5, 0, 15)
        now = descend(objective, starts, etas, kind(), steps=800)
        later = descend(objective, starts, etas, kind(), steps=4000)
        way = np.linalg.norm(now.w[-1] - starts, axis=-1)
        away = np.linalg.norm(later.w[800:] - now.w[-1], axis=-1).max(axis=0) / way
        assert not ((now.status == Status.CONVERGED) & (away > 1e-5)).any()
    # Under an η that has decayed away, and with an ε that holds w, it stays.
    assert (
        descend(Quadratic(1.0), [1.0], 0.3, AdaGrad(), steps=3000).outcome().status
        is Status.CONVERGED
    )
    held = descend(Quadratic(1.0), [1.0], 0.3, kind(epsilon=1.0), steps=3000).outcome()
    assert held.status is Status.CONVERGED
    plan = ExponentialDecay(0.02)
    slow = descend(Quadratic(1.0), [1.0], 0.3, kind(), plan, steps=3000).outcome()
    assert slow.status in (Status.CONVERGED, Status.FROZEN)


# One tolerance, one ending


def test_a_tolerance_that_was_reached_is_said_once_and_no_run_is_then_still_under_way():
    for _ in range(30):
        a, w0, share = RNG.uniform(0.2, 5), RNG.uniform(1, 9), RNG.uniform(0.05, 0.9)
        k = next(k for k in range(1000) if (1 - share) ** k <= 1e-3)
        for steps in (k - 1, k, k + 3):
            if not steps >= 1:
                continue
            lab = OneWeight(a=a, b=0.0, w0=w0, eta=share / a, steps=steps)
            said, (table,) = sentence(lab), lab.run().facts
            reached = f"reached 0.1 % at step {k} (of {steps} run)"
            if lab.study().run.outcome().status is Status.OUT_OF_STEPS:
                assert (reached in said) is (steps >= k) is not ("still under way" in said)
                assert (reached in table.rows[-1][2]) is (steps >= k)
                assert (reached in one_words.measured(lab.study())) is (steps >= k)
    assert "reached 0.1 % at step 35 (of 36 run)" in sentence(ManyWeights())


def test_a_run_that_diverges_says_so_however_few_its_steps():
    for _ in range(20):
        a, share, steps = RNG.uniform(0.2, 5), RNG.uniform(2.05, 4), int(RNG.integers(1, 5))
        for lab in (
            OneWeight(a=a, eta=share / a, steps=steps),
            OneWeight(a=-a, eta=share / a, steps=steps),
            ManyWeights(Typed(f"{a}, 0\n0, {a / 3}"), (1.0, 1.0), eta=share / a, steps=steps),
        ):
            assert "still under way" not in sentence(lab) and "diverg" in sentence(lab)
    assert (
        "jumps between two points for ever"
        in sentence(OneWeight(a=2, eta=1, steps=1)).split("After")[1]
    )


def test_a_line_has_no_distance_that_is_left():
    for _ in range(20):
        b, eta, steps = RNG.uniform(-3, 3), RNG.uniform(0.05, 2), int(RNG.integers(10, 60))
        lab = OneWeight(a=0.0, b=b, w0=1.0, eta=eta, schedule=QuadraticDecay(), steps=steps)
        rest = -b * eta * (math.pi**2 / 6 - sum(1 / (k + 1) ** 2 for k in range(steps)))
        said = sentence(lab)
        assert "distance" not in said and f"move it by only {num(rest)}" in said


# The curvature on the way


def largest_share(slope, bend, w, eta, steps=60):
    """The largest η·λ along plain descent, by a plain loop."""
    met = []
    for _ in range(steps):
        met.append(eta * bend(w))
        w = w - eta * slope(w)
        if not abs(w) < 1e6:
            break
    return max(met)


def test_what_diverges_below_its_limit_names_the_curvature_on_the_way():
    three = RoughGround(
        FromGallery("exponentials3"), (0.76, 0.247), eta=0.1, steps=50, second=Nothing()
    )
    well = RoughGround(FromGallery("well"), (1.9,), eta=0.9, steps=50, second=Nothing())
    assert "λₘₐₓ is 46.96" in sentence(three) and "2/λₘₐₓ = 0.04259" in sentence(three)
    assert "E″ is 9.83" in sentence(well) and "2/E″ = 0.2035" in sentence(well)
    for _ in range(8):
        start, eta = RNG.uniform(1.2, 2.2), RNG.uniform(0.3, 0.95)
        lab = replace(well, start=(start,), eta=eta)
        said, study = sentence(lab), lab.study()
        if study.outcome.status is Status.DIVERGED:
            assert largest_share(lambda w: w**3 - w, lambda w: 3 * w**2 - 1, start, eta) > 2
            assert "holds near the minimum only" in said


def test_the_three_exponentials_have_their_name_and_old_links_open():
    lab, lines = permalink.read(
        {"lab": "rough", "ground": "gallery", "ground.name": "logsumexp"}, LABS
    )
    assert lab.ground == FromGallery("exponentials3") == FromGallery("logsumexp") and not lines
    assert "logsumexp" not in BY_KEY and "logsumexp" not in permalink.write(lab).values()


# Where it is, and how large


def test_in_a_valley_the_sentence_says_where_the_run_is():
    lab = RoughGround(
        FromFormula("(x^2*y^2-1)^2/4"), (2.3, 0.5), eta=0.2, steps=2000, second=Nothing()
    )
    assert "at (2.18, 0.4587)" in sentence(lab)
    lab = replace(lab, compare=())
    for _ in range(3):
        start = (RNG.uniform(0.8, 2), RNG.uniform(0.8, 1.5))
        study = replace(lab, start=start, eta=0.05, steps=500).study()
        if study.outcome.status is Status.CONVERGED:
            w = np.array(start)
            for _ in range(500):
                x, y = w
                w = w - 0.05 * (x * x * y * y - 1) * x * y * np.array([y, x])
            at = ", ".join(num(round(v, 9)) for v in w)
            assert f"at ({at})" in rough_words.said(study)[0]
    flat = RoughGround(FromFormula("x^4 + y^4"), (0.5, 0.4), eta=0.5, steps=3000, second=Nothing())
    assert flat.study().end is None or flat.study().end.w == pytest.approx((0, 0), abs=1e-3)


def test_gradients_are_said_as_they_are():
    drift = TaylorAndNewton(FromFormula("x^2 + 3*y + 25"), (0.0, 0.0), ("gd",), eta=1.0, steps=10)
    assert "‖∇E‖ = 3 at each step" in sentence(drift)
    cycle = TaylorAndNewton(FromFormula("abs(x)"), (1.1,), ("gd",), eta=0.3, steps=8)
    assert "∣E′∣ = 1 at each step" in sentence(cycle) and "gradient down" not in sentence(cycle)
    for _ in range(10):
        a, b = RNG.uniform(0.5, 3, 2)
        lab = TaylorAndNewton(
            FromFormula(f"{a}*x^2/2 + {b}*y"), (1.0, 0.0), ("gd",), eta=0.1 / a, steps=5
        )
        said = newton_words.said(lab.study())[-1]
        first, last = math.hypot(a, b), math.hypot(a * 0.9**5, b)
        if lab.study().runs["gd"].outcome.status is Status.OUT_OF_STEPS:
            assert f"(‖∇E‖ {num(first, 3)} at w₀, {num(last, 3)} at the end)" in said


# Numbers in words


def test_two_numbers_that_differ_read_differently_or_are_the_same():
    for _ in range(200):
        x = 10 ** RNG.uniform(-9, 9)
        y = x * (1 + RNG.choice([0, 1e-3, 1e-6, 1e-9, 1e-14]))
        one, two = apart(x, y)
        assert (one == two) is math.isclose(x, y, rel_tol=1e-12)
    said = sentence(ManyWeights(Typed("1, 0.001\n0.001, 0.5"), (1.0, 1.0), eta=0.3))
    limit, notes = (
        said.split("2/λₘₐₓ = **")[1].split("**")[0],
        said.split("1/aᵢᵢ = ")[1].split(" ")[0],
    )
    assert limit != notes and float(limit) < float(notes)


def test_frozen_and_under_way_are_the_same_words_in_headline_and_list():
    for plan in (LinearDecay(), QuadraticDecay(), ExponentialDecay(0.5)):
        for eta in (0.05, 0.3, 2.0):
            lab = RoughGround(eta=eta, schedule=plan, steps=60, second=Nothing())
            said, status = sentence(lab), lab.study().outcome.status
            assert (status is Status.FROZEN) is ("**frozen:" in said)
            if status in (Status.FROZEN, Status.OUT_OF_STEPS):
                own = rough_words.schedule_name(plan)
                listed = "frozen on the way" if status is Status.FROZEN else "still under way"
                assert any(part.startswith(listed) and own in part for part in said.split("; "))


@pytest.mark.parametrize("by_curvature", [True, False])
def test_a_network_that_rests_is_looked_at_with_little_memory(by_curvature):
    lab = RealNetwork()
    net = lab.network()
    assert net.n > 400
    # All units are saturated, so that there is no slope.
    path = np.stack([net.initial(0), 1e6 * np.ones(net.n)])[:, None]
    tracemalloc.start()
    is_underflow(net, path, np.array([by_curvature]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64e6
