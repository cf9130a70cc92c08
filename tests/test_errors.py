"""Errors that help: one line that names the argument, what came, and what would be right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import convcore
from convcore import (
    Adam,
    Function,
    LeastSquares,
    LinearLMS,
    MaxMargin,
    Momentum,
    Network,
    Objective,
    Perceptron,
    PlainFunction,
    Quadratic,
    condition,
    descend,
    lr_limit,
    sharpness,
    stationary_points,
    steps_needed,
)
from convcore.descent.schedules import SCHEDULES
from convcore.labs import LABS, CosineDecay, ManyWeights, OneWeight
from convcore.optimizers import OPTIMIZERS
from convcore.separators.points import Points

BOWL = Quadratic([[1, 0.9], [0.9, 1]])
FRAME = pd.DataFrame({"a": [1.0, 2.0], "name": ["x", "y"]})


class OnePoint(Objective):
    n = 2

    def value(self, w: Any) -> Any:
        return (w**2).sum()

    def gradient(self, w: Any) -> Any:
        return 2 * w


class OneSlope(Objective):
    n = 2

    def value(self, w: Any) -> Any:
        return (w**2).sum(axis=-1)

    def gradient(self, w: Any) -> Any:
        return 2 * w[0]


def pair(w: Any) -> Any:
    return w


def fails(w: Any) -> Any:
    return w[7]


def one_argument(w: Any) -> Any:
    return w


NUMBER_OF_STEPS = "`descend(steps=...)` must be a whole number of at least 0; got "
ERRORS: dict[str, tuple[Callable[[], Any], str]] = {
    "optimizer, a text": (
        lambda: descend(BOWL, [3, 2], optimizer="adam"),  # type: ignore[arg-type]
        "`descend(optimizer=...)` must be an optimizer, such as `Adam()`, or a function (w, g, eta) -> w; "
        "got the text 'adam'.",
    ),
    "optimizer, an unknown text": (
        lambda: descend(BOWL, [3, 2], optimizer="lion"),  # type: ignore[arg-type]
        "`descend(optimizer=...)` must be an optimizer, such as `GradientDescent()`, or a function "
        "(w, g, eta) -> w; got the text 'lion'.",
    ),
    "optimizer, its class": (
        lambda: descend(BOWL, [3, 2], optimizer=Adam),
        "`descend(optimizer=...)` must be an optimizer, such as `Adam()`, or a function (w, g, eta) -> w; "
        "got the class Adam.",
    ),
    "optimizer, a function of one argument": (
        lambda: descend(BOWL, [3, 2], optimizer=one_argument),
        "`PlainStep(function=...)` must take (w, g, eta) or (objective, w, memory, eta); got the function "
        "one_argument of 1.",
    ),
    "optimizer, a function that gives another shape": (
        lambda: descend(BOWL, [3, 2], optimizer=lambda w, g, eta: w[:1]),
        "`PlainStep(function=...)` must give weights of shape (2,); it gives an array of shape (1,).",
    ),
    "optimizer, a function that forgets the memory": (
        lambda: descend(BOWL, [3, 2], optimizer=lambda objective, w, memory, eta: w),
        "`PlainStep(function=...)` must give the next w and memory; it gives an array of shape (2,).",
    ),
    "schedule, a text": (
        lambda: descend(BOWL, [3, 2], schedule="cosine"),  # type: ignore[arg-type]
        "`descend(schedule=...)` must be a schedule, such as `CosineDecay()`, or a function k -> factor; "
        "got the text 'cosine'.",
    ),
    "schedule, its class": (
        lambda: descend(BOWL, [3, 2], schedule=CosineDecay),
        "`descend(schedule=...)` must be a schedule, such as `CosineDecay()`, or a function k -> factor; "
        "got the class CosineDecay.",
    ),
    "schedule, a function that gives a text": (
        lambda: descend(BOWL, [3, 2], schedule=lambda k: "a"),
        "`PlainSchedule(function=...)` must give a finite number at step 0; it gives the text 'a'.",
    ),
    "start, too long": (
        lambda: descend(BOWL, [3, 2, 1]),
        "`descend(start=...)` must end in 2 weights, as in `[0.0] * 2`; got shape (3,).",
    ),
    "start, a number": (
        lambda: descend(Function("w^2"), 3.0),
        "`descend(start=...)` must end in 1 weights, as in `[2.0]`; got shape ().",
    ),
    "start, a text": (
        lambda: descend(BOWL, "3, 2"),  # type: ignore[arg-type]
        "`descend(start=...)` must be numbers; got the text '3, 2'.",
    ),
    "start, texts": (
        lambda: descend(BOWL, ["3", "2"]),  # type: ignore[list-item]
        "`descend(start=...)` must be numbers; got the text '3'.",
    ),
    "start, ragged": (
        lambda: descend(BOWL, [[1, 2], [3]]),
        "`descend(start=...)` must be numbers in rows of one length; got [[1, 2], [3]].",
    ),
    "start, not finite": (
        lambda: descend(BOWL, [np.nan, 2]),
        "`descend(start=...)` must be finite; got nan.",
    ),
    "start, outside of the domain": (
        lambda: descend(Function("log(w)"), [-1.0]),
        "`descend(start=...)` must be where E is finite.",
    ),
    "start, outside of the domain of a plain function": (
        lambda: descend(lambda w: np.log(w[0]), [-1.0]),
        "`PlainFunction(function=...)` must give a finite number for w = [-1.0]; it gives nan.",
    ),
    "eta, a text": (
        lambda: descend(BOWL, [3, 2], "0.1"),  # type: ignore[arg-type]
        "`descend(eta=...)` must be numbers; got the text '0.1'.",
    ),
    "eta, of another shape than the starts": (
        lambda: descend(BOWL, np.ones((3, 2)), [0.1, 0.2]),
        "`descend(eta=...)` must go with starts of shape (3,); got shape (2,). For each η from each start, "
        "write `eta[:, None]`.",
    ),
    "steps, a fraction": (lambda: descend(BOWL, [3, 2], steps=2.5), NUMBER_OF_STEPS + "2.5."),  # type: ignore[arg-type]
    "steps, below 0": (lambda: descend(BOWL, [3, 2], steps=-1), NUMBER_OF_STEPS + "-1."),
    "steps, a text": (
        lambda: descend(BOWL, [3, 2], steps="9"),  # type: ignore[arg-type]
        "`descend(steps=...)` must be numbers; got the text '9'.",
    ),
    "keep, an unknown word": (
        lambda: descend(BOWL, [3, 2], keep="some"),  # type: ignore[arg-type]
        '`descend(keep=...)` must be "all", "losses", "last", or a number of steps, as in `keep=10`; got '
        "the text 'some'.",
    ),
    "objective, a text": (
        lambda: descend("x^2", [1.0]),  # type: ignore[arg-type]
        "`descend(objective=...)` must be an objective or a function of w; write `Function('x^2')` for a "
        "formula; got the text 'x^2'.",
    ),
    "objective, a matrix": (
        lambda: descend([[2, 1], [1, 2]], [1.0, 1.0]),  # type: ignore[arg-type]
        "`descend(objective=...)` must be an objective or a function of w; write `Quadratic(A)` for ½wᵀAw; "
        "got [[2, 1], [1, 2]].",
    ),
    "objective, a class": (
        lambda: descend(Quadratic, [1.0]),
        "`descend(objective=...)` must be an objective or a function of w, such as a value "
        "`Quadratic(...)`; got the class Quadratic.",
    ),
    "objective, whose value is not batched": (
        lambda: descend(OnePoint(), [3, 2]),
        "`descend(objective=...)`: `OnePoint.value` must take a batch, w of shape (2, 2), and give shape "
        "(2,); it gives shape (). A plain function of one w will do instead.",
    ),
    "objective, whose gradient is not batched": (
        lambda: descend(OneSlope(), [3, 2]),
        "`descend(objective=...)`: `OneSlope.gradient` must take a batch, w of shape (2, 2), and give "
        "shape (2, 2); it gives shape (2,). A plain function of one w will do instead.",
    ),
    "objective, a function that gives no number": (
        lambda: descend(pair, [3, 2]),
        "`PlainFunction(function=...)` must give a finite number for w = [3.0, 2.0]; it gives an array of "
        "shape (2,).",
    ),
    "objective, a function that fails": (
        lambda: descend(fails, [3, 2]),
        "`PlainFunction(function=...)` must give a finite number for w = [3.0, 2.0]; it raises IndexError: "
        "index 7 is out of bounds for axis 0 with size 2.",
    ),
    "gradient, of another length": (
        lambda: PlainFunction(lambda w: w @ w, [3, 2], gradient=lambda w: w @ w),
        "`PlainFunction(gradient=...)` must give 2 finite numbers for w = [3.0, 2.0]; it gives 13.0.",
    ),
    "at, two points": (
        lambda: PlainFunction(lambda w: w @ w, [[3, 2], [1, 1]]),
        "`PlainFunction(at=...)` must be one point of finite numbers; got an array of shape (2, 2).",
    ),
    "outcome of a batch": (
        lambda: descend(BOWL, [3, 2], [0.1, 0.2]).outcome(),
        "`outcome(run=...)` must be the index of one of the 2 runs (2,), as in `outcome(0)`; got ().",
    ),
    "outcome of a grid": (
        lambda: descend(BOWL, np.ones((3, 1, 2)), [0.1, 0.2]).outcome(1),
        "`outcome(run=...)` must be the index of one of the 6 runs (3, 2), as in `outcome((0, 0))`; got 1.",
    ),
    "a lab's number, a text": (
        lambda: OneWeight(a="2"),  # type: ignore[arg-type]
        "`OneWeight(a=...)` must be a number; got the text '2'.",
    ),
    "a lab's number of steps, a fraction": (
        lambda: OneWeight(steps=2.5),  # type: ignore[arg-type]
        "`OneWeight(steps=...)` must be a whole number; got 2.5.",
    ),
    "a lab's schedule, a text": (
        lambda: OneWeight(schedule="cosine"),  # type: ignore[arg-type]
        "`OneWeight(schedule=...)` must be a value such as `CosineDecay()`; got the text 'cosine'.",
    ),
    "a lab's methods, a text": (
        lambda: ManyWeights(methods="gd"),  # type: ignore[arg-type]
        "`ManyWeights(methods=...)` must be a tuple of texts; got the text 'gd'.",
    ),
    "a method's setting, a text": (
        lambda: Momentum(beta="0.9"),  # type: ignore[arg-type]
        "`Momentum(beta=...)` must be a number; got the text '0.9'.",
    ),
    "X, a column of texts": (
        lambda: LeastSquares(FRAME, [1, 2]),  # type: ignore[arg-type]
        "`LeastSquares(features=...)` must be numbers; column 'name' holds the text 'x'.",
    ),
    "X and y of different lengths": (
        lambda: LeastSquares([[1.0], [2.0]], [1.0]),  # type: ignore[arg-type]
        "`LeastSquares(features=..., target=...)` must be (N, p) and (N,); got (2, 1) and (1,).",
    ),
    "inputs of a network, texts": (
        lambda: Network(FRAME, [[1], [2]]),  # type: ignore[arg-type]
        "`Network(inputs=...)` must be numbers; column 'name' holds the text 'x'.",
    ),
    "points, texts": (
        lambda: Points([["1", "2"]], [1]),  # type: ignore[arg-type]
        "`Points(x=...)` must be numbers; got the text '1'.",
    ),
    "y of three labels": (
        lambda: Perceptron().fit([[1], [2], [3]], ["a", "b", "c"]),
        "`fit(y=...)` must hold two labels; got 3 different ones.",
    ),
    "y of another length": (
        lambda: LinearLMS().fit([[1], [2], [3]], [0, 1]),
        "`fit(X, y)` must be (N, p) and (N,); got (3, 1) and (2,).",
    ),
    "no line separates": (
        lambda: MaxMargin().fit([[0], [1], [2]], [0, 1, 0]),
        "`MaxMargin().fit(X, y)` finds no line: none separates.",
    ),
    "X to predict, of another width": (
        lambda: Perceptron().fit([[0], [1]], [0, 1]).predict([[1, 2]]),
        "`scores(X=...)` must be (M, 1); got shape (1, 2).",
    ),
    "loss, unknown": (
        lambda: lr_limit([[1], [2]], loss="mse"),
        "`lr_limit(loss=...)` must be one of mean, half mean, sum; got 'mse'.",
    ),
    "X, a single row of numbers": (
        lambda: condition([1, 2]),
        "`condition(X=...)` must be (N, p), as many rows as y has; got (2,).",
    ),
    "X, not finite": (
        lambda: lr_limit([[1, np.inf]]),
        "`lr_limit(X=..., y=...)` must have finite numbers only.",
    ),
    "tolerance beyond 1": (
        lambda: steps_needed([[1], [2]], [1, 2], tolerance=2),
        "`steps_needed(tolerance=...)` must be in (0, 1); got 2.",
    ),
    "start of a linear model, too short": (
        lambda: steps_needed([[1], [2]], [1, 2], start=[1]),
        "`steps_needed(y=..., start=...)` must be (N,) and (2,); got (2,) and (1,).",
    ),
    "product of another length": (
        lambda: sharpness(lambda v: v[:2], 3),
        "`sharpness(hvp=...)` must give 3 finite numbers; it gives shape (2,).",
    ),
    "product that is not finite": (
        lambda: sharpness(lambda v: v * np.nan, 3),
        "`sharpness(hvp=...)` must give 3 finite numbers; it gives numbers that are not finite.",
    ),
    "view, one number for each weight": (
        lambda: stationary_points(Function("w^2"), [-1, 1]),
        "`stationary_points(view=...)` must be (low, high) of each weight; got [-1, 1].",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_an_error_names_the_argument_what_came_and_what_would_be_right(case: str) -> None:
    call, text = ERRORS[case]
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == text and "\n" not in text


@pytest.mark.parametrize("key", dict(OPTIMIZERS) | dict(SCHEDULES))
def test_a_name_of_a_method_or_schedule_leads_to_its_class(key: str) -> None:
    kinds, field = (OPTIMIZERS, "optimizer") if key in dict(OPTIMIZERS) else (SCHEDULES, "schedule")
    kind: type = dict(kinds)[key]  # type: ignore[arg-type]
    for name in (key, kind.__name__, kind.__name__.upper(), kind.label, kind):  # type: ignore[attr-defined]
        given: Any = {field: name}
        with pytest.raises(ValueError, match=rf"such as `{kind.__name__}\(\)`"):
            descend(BOWL, [3, 2], **given)


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.__name__)
def test_a_lab_takes_lists_for_tuples_and_no_field_takes_any_other_type(lab: Any) -> None:
    usual = lab()
    for name in vars(usual):
        value = getattr(usual, name)
        if isinstance(value, tuple):
            assert getattr(lab(**{name: list(value)}), name) == value
        wrong = [complex(1, 2), None, lab] if isinstance(value, int | float) else [3.5]
        for given in wrong:
            if name in lab.__dataclass_fields__ and type(value).__name__ != "Upload":
                with pytest.raises(
                    ValueError, match=rf"`{lab.__name__}\({name}=\.\.\.\)` must be "
                ):
                    lab(**{name: given})


def test_a_name_that_is_not_there_says_so() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Lion'"):
        convcore.Lion  # noqa: B018
