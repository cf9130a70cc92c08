"""The page agrees with PyTorch, Keras and scikit-learn: with numbers that `other_tools.py` wrote."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from convcore.datasets import Upload
from convcore.labkit.own_table import OWN
from convcore.labs import FromData, ManyWeights
from tests.cases.told import DATA
from tests.other_tools import CLASSES, STEPS, TABLES, columns

pytestmark = pytest.mark.filterwarnings("error")

FOUND: dict[str, Any] = json.loads((DATA / "other_tools.json").read_text("utf-8"))
SQUARES = pytest.mark.parametrize("name", TABLES)


def table(path: Any, target: str, features: tuple[str, ...], **how: Any) -> FromData:
    """The file as the page reads it, uploaded by its user."""
    upload = Upload(path.name, path.read_text("utf-8"))
    return FromData(OWN, upload, target=target, features=features, **how)


def of_squares(name: str, **how: Any) -> FromData:
    path, target, features, scaled = TABLES[name]
    scaling = {"scaling": "standardised" if scaled else "raw"}
    return table(path, target, features, **(scaling | how))


@pytest.mark.parametrize("tool", ["torch", "keras"])
@SQUARES
def test_the_limit_of_mse_is_where_full_batch_sgd_of_the_tool_begins_to_diverge(
    name: str, tool: str
) -> None:
    theirs = FOUND["squares"][name]
    lab = ManyWeights(of_squares(name, loss="mean"), methods=("gd",), steps=STEPS - 1)
    limit = lab.study().limits["gd"]
    assert limit == pytest.approx(theirs["limit"], rel=1e-9)
    digits = 1e-9 if tool == "torch" else 1e-5  # Keras reads tables in single precision
    for share, run in theirs[tool].items():
        study = replace(lab, eta=float(share) * limit).study()
        np.testing.assert_allclose(study.run.loss[:3], run["first"], rtol=digits)
        loss = study.objective.value(study.run.w[-1])
        if share == "0.99":
            assert run["last"] < run["first"][0] / 5 and not study.grows
            assert float(loss) == pytest.approx(run["last"], rel=max(digits, 1e-6))
        else:
            assert run["last"] > 1e4 * run["first"][0] and study.grows
            assert study.predicted["gd"] == np.inf


@SQUARES
def test_ridge_of_scikit_learn_has_our_coefficients(name: str) -> None:
    problem = of_squares(name, loss="sum", ridge=3.0, scaling="raw")
    fit = problem.fit()
    ours = fit.back @ fit.objective.stationary
    theirs = np.array(FOUND["squares"][name]["ridge"])
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * np.abs(theirs).max())


def of_classes(name: str, scaling: str) -> FromData:
    path, target, features, rho = CLASSES[name]
    if (
        target == "species"
    ):  # the page takes three words for classes, and logistic regression has two
        X, cells = columns(path, target, features)
        head = ",".join([*features, target])
        rows = [",".join([*map(repr, x), c]) for x, c in zip(X.tolist(), cells, strict=True)]
        upload = Upload("two.csv", "\n".join([head, *rows]))
        ones = ("species: virginica",)
        return FromData(
            OWN, upload, target=target, ones=ones, loss="cross", ridge=rho, scaling=scaling
        )
    return table(path, target, features, loss="cross", ridge=rho, scaling=scaling)


@pytest.mark.parametrize("name", CLASSES)
def test_logistic_regression_of_scikit_learn_has_our_coefficients(name: str) -> None:
    for scaling in ("raw", "standardised"):
        best = of_classes(name, scaling).objective().stationary
        theirs = np.array(FOUND["classes"][name][scaling])
        np.testing.assert_allclose(best, theirs, rtol=1e-9, atol=1e-9 * np.abs(theirs).max())


@pytest.mark.parametrize("name", CLASSES)
def test_the_limit_of_cross_entropy_is_where_pytorch_stops_settling(name: str) -> None:
    theirs = FOUND["classes"][name]
    lab = ManyWeights(of_classes(name, "standardised"), methods=("gd",), steps=STEPS - 1)
    study = lab.study()
    limit, least = study.limits["gd"], float(study.plane.function.value(study.plane.target))
    assert limit == pytest.approx(theirs["limit"], rel=1e-9)
    for share, run in theirs["torch"].items():
        ours = replace(lab, eta=float(share) * limit).study().run
        np.testing.assert_allclose(ours.loss[:3], run["first"], rtol=1e-9)
        excess = run["last"] - least
        if share == "0.99":
            assert excess < 1e-4
            assert float(ours.loss[-1]) == pytest.approx(run["last"], abs=1e-6)
        else:
            assert excess > 1e-3 and ours.loss[-1] - least > 1e-3
