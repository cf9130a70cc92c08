"""Least squares on tables: "my weights are NaN"."""

from __future__ import annotations

from typing import Any

import numpy as np

from convcore import descend, lr_limit
from convcore.arrays import Array
from convcore.datasets import Upload, load
from convcore.descent import theory
from convcore.labkit.own_table import OWN
from convcore.labs import FromData, ManyWeights, OneWeight, Typed
from convcore.labs.many_weights.losses import in_each_loss
from convcore.labs.many_weights.study import ManyWeightsStudy
from tests.cases.told import DATA, Told, case

GRADES = "x,y\n98,97\n94,94\n93,94\n88,78\n84,85\n82,85\n79,76\n"
AGES = "age,spending\n" + "".join(f"{x},{10 * x - 450}\n" for x in range(65, 101, 5))
TWICE = "x,y\n" + "".join(f"{x},{2 * x}\n" for x in range(200))
RANGE = "x,y\n" + "".join(f"{x},{(x + 3) / 10}\n" for x in range(100))
HOUSES = "size,bedrooms,price\n2104,3,400\n1600,3,330\n2400,3,369\n1416,2,232\n3000,4,540\n"


def table(text: str, **how: Any) -> FromData:
    return FromData(OWN, Upload("mine.csv", text), **({"scaling": "raw"} | how))


def studied(problem: FromData, **how: Any) -> ManyWeightsStudy:
    """The lab with plain descent alone."""
    return ManyWeights(problem, **({"methods": ("gd",)} | how)).study()


def curvatures(told: Told, study: ManyWeightsStudy, under: str = "") -> None:
    """λ, κ, limit and best η are those told."""
    s = study.objective.spectrum
    told.is_(f"{under}lambda_max", s.values[-1])
    told.is_(f"{under}lambda_min", s.values[0])
    told.is_(f"{under}condition", theory.condition_number(s))
    told.is_(f"{under}eta_limit_2_over_lambda_max", study.limits["gd"])
    told.is_(f"{under}eta_best_2_over_sum", theory.best_fixed_step(s)[0])


def steepest_factor(study: ManyWeightsStudy) -> float:
    return float(1 - study.settings.eta * study.objective.spectrum.values[-1])


def optimum(study: ManyWeightsStudy) -> Array:
    found = study.coefficients
    assert found is not None
    return found.solution


@case("ls-grades7")
def grades(told: Told) -> None:
    lab = ManyWeights(table(GRADES), start=(1.0, 1.0), eta=0.001, steps=3, methods=("gd",))
    study = lab.study()
    curvatures(told, study)
    told.is_("factor_at_asked_eta", steepest_factor(study))
    told.is_("optimum_slope_intercept", optimum(study))
    told.is_("first_three_iterates", study.run.w[1:])
    scaled = studied(table(GRADES, scaling="standardised"))
    told.is_("standardised_condition", theory.condition_number(scaled.objective.spectrum))
    assert "will diverge" in lab.run().headline.plain and "× −6.837" in lab.run().headline.plain


@case("ls-rand100")
def two_units_of_x(told: Told) -> None:
    wide = ManyWeights(Typed("10000/3 50\n50 1"), eta=0.02).study()
    unit = ManyWeights(Typed("1/3 1/2\n1/2 1")).study()
    told.is_("eta_limit_scaled_0_100", wide.limits["gd"])
    told.is_("asker_lr_limit_0_100", wide.limits["gd"] / 2)
    told.is_("eta_limit_0_1", unit.limits["gd"])
    told.is_("asker_lr_limit_0_1", unit.limits["gd"] / 2)
    told.is_("factor_0_100", steepest_factor(wide))
    told.is_("condition_0_100", theory.condition_number(wide.objective.spectrum))
    told.is_("condition_0_1", theory.condition_number(unit.objective.spectrum))


@case("ls-ages")
def ages(told: Told) -> None:
    study = studied(table(AGES), eta=0.002, steps=1000)
    curvatures(told, study)
    told.is_("factor", steepest_factor(study))
    told.is_("optimum", optimum(study))
    assert study.run.gone
    slow = studied(table(AGES), eta=float(1 / study.objective.spectrum.values[-1]), steps=1000)
    told.is_("at_eta_1_over_lambda_max_after_1000", slow.run.w[-1])
    scaled = studied(table(AGES, scaling="standardised"), eta=1.0)
    told.is_("standardised_eigenvalues", scaled.objective.spectrum.values)
    assert scaled.took["gd"] == scaled.predicted["gd"] == 1


@case("ls-keras-200")
def twice(told: Told) -> None:
    study = studied(table(TWICE), eta=0.002)
    curvatures(told, study)
    told.is_("optimum", optimum(study))
    told.is_("full_batch_lr_limit", studied(table(TWICE, loss="mean")).limits["gd"])
    safe = min(lr_limit([[x]]) for x in range(200))
    told.is_("largest_lr_safe_for_every_sample", safe)
    assert study.run.gone


@case("ls-tf-arange")
def hundred(told: Told) -> None:
    study = studied(table(RANGE), eta=1.0)
    curvatures(told, study)
    told.is_("factor", steepest_factor(study))
    s, solution = study.objective.spectrum, study.objective.stationary
    # Of an error along the slow direction alone.
    slow = tuple((solution + s.vectors[:, 0]).tolist())
    for path, eta in (("at_2e_4", 2e-4), ("at_best_eta", theory.best_fixed_step(s)[0])):
        along = studied(table(RANGE), eta=eta, start=slow, tolerance=0.01, steps=100)
        told.is_(f"steps_to_1pct_{path}", along.predicted["gd"], to=1)
    far = descend(study.objective, np.array(slow), 2e-4, steps=40_000, keep="last")
    left = np.linalg.norm(far.w[-1] - solution)
    told.is_("left_of_slow_error_after_40000_at_2e_4", left)
    hundredths = np.arange(100)[:, None] / 100
    told.is_("scaled_by_100_eta_limit", lr_limit(hundredths, loss="half mean"))


@case("ls-torch-borderline")
def borderline(told: Told) -> None:
    """The excess over the floor as a parabola, which its curvature and its first loss give."""
    log = (36.448, 43.946, 53.462, 65.540, 80.870, 100.327, 125.020, 156.358)
    a = float(told.at("lambda_max_of_this_draw_from_the_log"))
    floor = float(told.at("loss_at_minimum_from_the_log"))
    lab = OneWeight(a=a, b=0.0, c=floor, w0=(2 * (log[0] - floor) / a) ** 0.5, eta=0.02, steps=7)
    study = lab.study()
    np.testing.assert_allclose(study.run.loss, log, rtol=1e-3)
    excess = study.run.loss - floor
    told.is_("ratio_of_excess_loss", excess[1] / excess[0])
    assert study.errors and study.errors.first_factor < -1


@case("ls-houses5")
def houses(told: Told) -> None:
    study = studied(table(HOUSES))
    curvatures(told, study)
    told.is_("optimum_size_bedrooms_intercept", optimum(study))
    summed = table(HOUSES, loss="sum").objective()
    told.is_("sum_of_squares", float(summed.value(summed.stationary)))
    scaled = studied(table(HOUSES, scaling="standardised"))
    told.is_("standardised_condition", theory.condition_number(scaled.objective.spectrum))
    told.is_("standardised_eta_limit", scaled.limits["gd"])


@case("ls-ex1data1")
def profits(told: Told) -> None:
    text = (DATA / "population_profit.csv").read_text("utf-8")
    lab = ManyWeights(table(text), eta=0.01, steps=1500, methods=("gd",))
    study = lab.study()
    curvatures(told, study)
    reached = study.run.w
    told.is_("after_200", reached[200])
    told.is_("after_1500_slope_intercept", reached[1500])
    told.is_("optimum", optimum(study))
    told.is_("loss_at_0", study.run.loss[0])
    told.is_("loss_after_1500", study.run.loss[1500])
    told.is_("loss_minimum", float(study.objective.value(study.objective.stationary)))
    told.is_("prediction_35000_people", 10_000 * (reached[1500] @ [3.5, 1.0]))
    assert "crawls" in lab.run().headline.plain
    assert study.took["gd"] == np.inf and study.predicted["gd"] > 1500
    # As it was found: tabs, and names with a dash that is no ASCII.
    found = "Poblaci—n\tGanacias\n" + text.split("\n", 1)[1].replace(",", "\t")
    for as_found in (
        table(found),
        FromData(OWN, Upload.decode("f.tsv", found.encode("cp1252")), scaling="raw"),
    ):
        np.testing.assert_array_equal(as_found.objective().A, study.objective.A)


@case("ls-adaline-iris")
def adaline(told: Told) -> None:
    iris = load("iris")
    kinds = iris.text("species")
    cells = zip(kinds, iris.features(("sepal length", "petal length")).tolist(), strict=True)
    sign = {"setosa": -1, "versicolor": 1}
    rows = [f"{x},{z},{sign[kind]}" for kind, (x, z) in cells if kind in sign]
    text = "sepal,petal,target\n" + "\n".join(rows)
    raw = studied(table(text), eta=1.0, steps=10)
    curvatures(told, raw, "raw.")
    told.is_("factor_at_1", steepest_factor(raw))
    least = float(raw.objective.spectrum.values[0])
    told.is_("slowest_factor_at_0p01", 1 - 0.01 * least)
    scaled = studied(table(text, scaling="standardised"), eta=1.0, steps=10)
    curvatures(told, scaled, "standardised.")
    told.is_("optimum", optimum(raw))
    told.is_("minimum_loss", float(raw.objective.value(raw.objective.stationary)))
    # Adaline's sum of squares, halved, is 100 times the mean: its 0.01 is 1 here.
    assert raw.run.loss[1] > raw.run.loss[0] and scaled.run.loss[-1] < scaled.run.loss[0]
    summed = {x.loss.key: x.limit for x in in_each_loss(raw.objective)}["sum"]  # type: ignore[arg-type]
    assert np.isclose(200 * summed, raw.limits["gd"])
