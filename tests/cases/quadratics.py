"""Quadratics of one and of two weights, as exercises set them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convcore.descent import theory
from convcore.descent.schedules import ExponentialDecay, LinearDecay, QuadraticDecay
from convcore.labs import FromFormula, ManyWeights, OneWeight, TaylorAndNewton, Typed
from convcore.labs.many_weights.study import ManyWeightsStudy
from tests.cases.told import Told, case


def diagonal(a: float, b: float, **how: Any) -> ManyWeightsStudy:
    """½(ax² + by²) by plain descent, or the methods asked for, from (1, 1)."""
    usual = {"start": (1.0, 1.0), "methods": ("gd",)}
    return ManyWeights(Typed(f"{a!r} 0\n0 {b!r}"), **(usual | how)).study()


@case("one-overshoot")
def overshoot(told: Told) -> None:
    lab = OneWeight(a=2, b=-6, c=9, w0=0, eta=1.5, steps=4)
    study = lab.study()
    told.is_("iterates", study.run.w[:, 0])
    assert study.errors
    told.is_("factor", study.errors.first_factor)
    told.is_("eta_limit", 2 / lab.a)
    assert study.regime is theory.Regime.DIVERGES


@case("one-d2l")
def three_step_sizes(told: Told) -> None:
    for eta in (0.2, 0.05, 1.1):
        run = OneWeight(a=2, b=0, c=0, w0=10, eta=eta, steps=10).study().run
        told.is_(f"x10.{eta}", run.w[-1, 0])
    study = OneWeight(a=2, b=0, c=0, w0=10, eta=0.5).study()
    told.is_("eta_opt", 0.5)
    told.is_("eta_limit", 1.0)
    assert study.took == 1 and study.regime is theory.Regime.ONE_STEP
    assert OneWeight(a=2, b=0, w0=10, eta=1.0).study().regime is theory.Regime.JUMPS


@case("one-slow")
def slow(told: Told) -> None:
    lab = OneWeight(a=2, b=-6, c=13, w0=15, eta=0.001, steps=10_000, tolerance=1e-6)
    study = lab.study()
    assert study.errors and study.predicted == study.took
    told.is_("factor", study.errors.first_factor)
    told.is_("error_after_1000_from_15", study.run.w[1000, 0] - 3)
    told.is_("steps_to_1e_6_of_the_error", study.took)
    best = OneWeight(a=2, b=-6, c=13, w0=15, eta=0.5).study()
    told.is_("steps_at_eta_opt_0p5", best.took)


@case("decay-freeze")
def freezes(told: Told) -> None:
    def end(eta: float, schedule: Any, steps: int) -> float:
        lab = OneWeight(a=1, b=0, c=0, w0=1, eta=eta, schedule=schedule, steps=steps)
        return float(lab.study().run.w[-1, 0])

    squared = OneWeight(a=1, b=0, c=0, w0=1, eta=0.25, schedule=QuadraticDecay(), steps=10_000)
    reached = end(0.25, QuadraticDecay(), 10_000)
    told.is_("quadratic_product_10000", reached)
    # What is left of the way: the sum of all further steps, of first order in it.
    left = QuadraticDecay().remaining(10_000) * 0.25
    told.is_("quadratic_eta0_0p25_limit", reached * (1 - left), to=1e-8)
    told.is_("exponential_eta0_0p5_r_0p5_limit", end(0.5, ExponentialDecay(math.log(2)), 200))
    told.is_("linear_eta0_0p5_after_1000", end(0.5, LinearDecay(), 1000))
    assert "freezes" in squared.run().headline.plain


@case("two-ill-conditioned")
def ill_conditioned(told: Told) -> None:
    study = diagonal(2, 20, eta=0.04, steps=3, tolerance=1e-6)
    s = study.objective.spectrum
    told.is_("factors_0p04", 1 - 0.04 * s.values)
    told.is_("iterates", study.run.w)
    told.is_("eta_limit", study.limits["gd"])
    best, rate = theory.best_fixed_step(s)
    told.is_("eta_best", best)
    told.is_("best_rate", rate)
    told.is_("at_0p11_factor", 1 - 0.11 * s.values[-1])
    # The steep direction is gone by then, so the count is the slow one's.
    alone = diagonal(2, 20, eta=0.04, steps=200, tolerance=1e-6, start=(1.0, 0.0))
    told.is_("steps_to_1e_6", alone.took["gd"])
    assert alone.took == {"gd": alone.predicted["gd"]}
    assert diagonal(2, 20, eta=0.1).regime is theory.Regime.JUMPS
    assert diagonal(2, 20, eta=0.11).regime is theory.Regime.DIVERGES


@case("two-csc311")
def two_conditions(told: Told) -> None:
    for top in (4, 100):
        best = theory.best_fixed_step(diagonal(top, 1).objective.spectrum)[0]
        told.is_(f"best_{top}_1", best)
        run = diagonal(top, 1, eta=best, steps=400).run
        # The largest of both weights below 0.001, as was asked; they are alike at the best η.
        told.is_(f"steps_{top}_1", int(np.argmax(np.abs(run.w).max(axis=1) < 1e-3)))
    told.is_("two_iterates_0p1", diagonal(4, 1, eta=0.1).run.w[1:3])
    assert diagonal(4, 1).limits["gd"] == 0.5 and diagonal(100, 1).limits["gd"] == 0.02
    assert diagonal(100, 1, eta=0.1).regime is theory.Regime.DIVERGES


@case("two-unbounded")
def unbounded(told: Told) -> None:
    ground = FromFormula("x^2 + 3*y + 25")
    lab = TaylorAndNewton(ground, start=(0.0, 0.0), eta=1.0, steps=10, methods=("gd",))
    path = lab.study().runs["gd"].path
    told.is_("after_10", path.w[-1])
    told.is_("E", path.loss[-1])
    # In Many weights too, which says so.
    same = ManyWeights(Typed("2 0\n0 0", b=(0.0, 3.0)), start=(0.0, 0.0), eta=1.0, steps=10)
    assert "without end" in same.run().headline.plain
    flips = ManyWeights(Typed("2 0\n0 0", b=(0.0, 3.0)), start=(1.0, 0.0), eta=1.0, steps=4)
    np.testing.assert_allclose(flips.study().run.w[:, 0], [1, -1, 1, -1, 1])


@case("two-strang")
def exact_search(told: Told) -> None:
    ground = FromFormula("(x^2 + 0.1*y^2)/2")
    how: Any = {"start": (0.1, 1.0), "methods": ("exact",), "steps": 20, "model": "exact"}
    path = TaylorAndNewton(ground, **how).study().runs["exact"].path
    told.is_("x20", path.w[-1])
    told.is_("factor", np.abs(path.w[1:] / path.w[:-1]).mean())
    told.is_("E_ratio_per_step", (path.loss[1:] / path.loss[:-1]).mean())
    moved, slope = path.w[1] - path.w[0], np.array([0.1, 0.1])
    told.is_("step_size_each_time", -moved[0] / slope[0])
    assert (path.w[1:, 0] * path.w[:-1, 0] < 0).all()  # zigzags


@case("two-d2l-momentum")
def momentum(told: Told) -> None:
    def end(method: str, eta: float, beta: float = 0.5) -> Any:
        how = {"start": (-5.0, -2.0), "steps": 20, "beta": beta}
        return diagonal(0.2, 4, eta=eta, methods=(method,), **how).runs[method].w[-1]

    told.is_("gd_0p4", end("gd", 0.4))
    told.is_("gd_0p6", end("gd", 0.6))
    told.is_("momentum_0p6_0p5", end("momentum", 0.6))
    told.is_("momentum_0p6_0p25", end("momentum", 0.6, 0.25))
    study = diagonal(0.2, 4, methods=("momentum",), beta=0.25)
    told.is_("gd_limit", study.limits["gd"])
    assert np.isclose(study.limits["momentum"], 0.625)
    assert np.isclose(diagonal(0.2, 4, methods=("momentum",)).limits["momentum"], 0.75)
    eta, beta = theory.best_momentum(study.objective.spectrum)
    told.is_("best_momentum.eta", eta)
    told.is_("best_momentum.beta", beta)
