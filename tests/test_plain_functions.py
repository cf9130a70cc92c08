"""Plain functions as objectives, optimizers and schedules, against formulas and classes of the same."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore import (
    Adam,
    Function,
    GradientDescent,
    Newton,
    Objective,
    OpenLoop,
    Optimizer,
    PlainFunction,
    PlainSchedule,
    PlainStep,
    Quadratic,
    descend,
    stationary_points,
)
from convcore.descent.schedules import SCHEDULES
from convcore.objectives.plain import Calls, Slopes
from convcore.optimizers import OPTIMIZERS

X = np.random.default_rng(1).normal(size=(7, 2))
Y = X @ [1.0, -2.0]


def unpacked(w: Any) -> Any:
    x, y = w
    return x**2 * y - np.sin(y)


def branching(w: Any) -> Any:
    return w[0] ** 2 if w[0] > w[1] else w[1] ** 2 * (w[0] - w[1] + 1)


# Each way to write a function of two weights: how it may be called, where its gradient comes from, and the
# same as a formula.
WAYS = {
    "by index": (
        lambda w: w[0] ** 2 * w[1] - np.sin(w[1]), Calls.FIRST, Slopes.COMPLEX, "x^2*y - sin(y)"
    ),
    "unpacked": (unpacked, Calls.FIRST, Slopes.COMPLEX, "x^2*y - sin(y)"),
    "last axis": (
        lambda w: (w**4).sum(axis=-1), Calls.LAST, Slopes.COMPLEX, "x^4 + y^4"
    ),
    "axis 1, batches only": (
        lambda w: np.exp(w).sum(axis=1), Calls.LAST, Slopes.COMPLEX, "exp(x) + exp(y)"
    ),
    "ellipsis": (
        lambda w: w[..., 0] * np.cosh(w[..., 1]), Calls.LAST, Slopes.COMPLEX, "x*cosh(y)"
    ),
    "one sum": (lambda w: (w**2).sum(), Calls.ALONE, Slopes.COMPLEX, "x^2 + y^2"),
    "data": (
        lambda w: ((X @ w - Y) ** 2).sum(), Calls.ALONE, Slopes.COMPLEX,
        "+".join(
            f"({a!r}*x + {b!r}*y - {c!r})^2" for (a, b), c in zip(X.tolist(), Y.tolist(), strict=True)
        ),
    ),
    "math": (
        lambda w: math.exp(w[0]) + math.cos(w[1]), Calls.ALONE, Slopes.DIFFERENCES, "exp(x) + cos(y)"
    ),
    "norm": (lambda w: np.linalg.norm(w), Calls.ALONE, Slopes.DIFFERENCES, "sqrt(x^2 + y^2)"),
    "float": (lambda w: float(w @ w), Calls.ALONE, Slopes.DIFFERENCES, "x^2 + y^2"),
    "sizes": (
        lambda w: np.abs(w).sum(axis=-1), Calls.LAST, Slopes.COMPLEX, "abs(x) + abs(y)"
    ),
    "builtin sizes": (
        lambda w: abs(w[0]) ** 3 + abs(w[1]), Calls.FIRST, Slopes.COMPLEX, "abs(x)^3 + abs(y)"
    ),
    "pieces": (
        lambda w: np.where(np.abs(w) < 1, w**2 / 2, np.abs(w) - 0.5).sum(axis=-1),
        Calls.LAST, Slopes.COMPLEX, "min(x^2/2, abs(x) - 0.5 + 9*max(0, 1 - abs(x)))"
        " + min(y^2/2, abs(y) - 0.5 + 9*max(0, 1 - abs(y)))",
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_how_a_function_may_be_called_and_its_gradient_are_found_out_and_said(way: str) -> None:
    function, calls, slopes, text = WAYS[way]
    own, formula = PlainFunction(function, at=[0.7, 1.3]), Function(text)
    assert (own.calls, own.slopes, own.n) == (calls, slopes, 2)
    assert calls.value in repr(own) and slopes.value in repr(own)
    w = np.random.default_rng(2).normal(size=(2, 3, 2)) * 2
    near = 1e-6 if slopes is Slopes.DIFFERENCES else 1e-12
    assert own.value(w) == pytest.approx(formula.value(w), rel=1e-12)
    assert own.gradient(w) == pytest.approx(formula.gradient(w), rel=near, abs=near)
    assert own.gradient(w[0, 0]) == pytest.approx(formula.gradient(w[0, 0]), rel=near, abs=near)
    assert own.hessian(w) == pytest.approx(formula.hessian(w), rel=1e-4, abs=1e-4)


@given(st.integers(1, 4), st.integers(0, 2**31), st.sampled_from(["first", "last", "alone"]))
@settings(max_examples=12)
def test_a_drawn_quadratic_as_a_plain_function_runs_like_the_quadratic(
    n: int, seed: int, how: str
) -> None:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(n, n))
    A, b, start = root @ root.T / n + 0.5 * np.eye(n), rng.normal(size=n), rng.normal(size=(2, n))
    written = {
        "first": lambda w: sum(
            0.5 * A[i, j] * w[i] * w[j] for i in range(n) for j in range(n)
        ) + sum(b[i] * w[i] for i in range(n)),
        "last": lambda w: 0.5 * ((w @ A) * w).sum(-1) + w @ b,
        "alone": lambda w: (0.5 * w @ A @ w.T + w @ b).item() if w.ndim == 1 else np.empty(0),
    }  # fmt: skip
    eta = 1 / np.linalg.eigvalsh(A)[-1]
    for optimizer in (None, Newton()):
        own = descend(written[how], start, eta if optimizer is None else 1.0, optimizer, steps=30)
        known = descend(
            Quadratic(A, b), start, eta if optimizer is None else 1.0, optimizer, steps=30
        )
        assert own.w == pytest.approx(known.w, rel=1e-5, abs=1e-5)
        assert own.status.tolist() == known.status.tolist()


def test_a_function_of_one_weight_may_take_an_array_or_a_number() -> None:
    for function in (lambda w: w**4 / 4, lambda w: w[0] ** 4 / 4, lambda w: (w @ w) ** 2 / 4):
        assert PlainFunction(function, [0.5]).gradient(np.array([[2.0]])) == pytest.approx(8.0)
    cosh = PlainFunction(math.cosh, 1.0)
    assert cosh.calls is Calls.NUMBER and "one number at a time" in repr(cosh)
    assert cosh.gradient(np.array([1.0])) == pytest.approx(math.sinh(1), rel=1e-8)
    assert str(descend(math.cosh, [1.0], 0.5).outcome()) == "converged to a minimum"
    assert cosh.value(np.array([1e4])) == math.inf  # math raises OverflowError there


def test_outside_its_domain_a_function_that_raises_or_gives_nan_is_left() -> None:
    for function in (lambda w: w[0] - math.log(w[0]), lambda w: w[0] - np.log(w[0])):
        run = descend(function, [3.0], 6.0, steps=20)
        assert str(run.outcome()) == "left the domain of E at step 1"
        assert np.isnan(PlainFunction(function, [3.0]).gradient(np.array([-1.0]))).all()


def test_a_given_gradient_is_used_and_may_be_written_in_each_way_too() -> None:
    called = []

    def slope(w: Any) -> Any:
        called.append(np.shape(w))
        return 2 * w

    own = PlainFunction(lambda w: (w**2).sum(), at=[1, 2, 3], gradient=slope)
    assert own.slopes is Slopes.GIVEN and called
    assert own.gradient(np.ones((4, 3))).tolist() == [[2.0] * 3] * 4
    row = PlainFunction(
        lambda w: w[0] ** 2 + w[1],
        [1, 2],
        gradient=lambda w: [2 * w[0], 1 + 0 * w[1]],
        hessian=lambda w: [[2, 0], [0, 0]],
    )  # fmt: skip
    assert row.gradient(np.array([[3.0, 1.0], [4.0, 1.0]])).tolist() == [[6, 1], [8, 1]]
    assert row.hessian(np.zeros((3, 2))).tolist() == [[[2, 0], [0, 0]]] * 3


def test_a_function_in_float32_gets_longer_differences() -> None:
    single = PlainFunction(lambda w: (np.asarray(w, np.float32) ** 2).sum(), [1, 2])
    assert single.slopes is Slopes.DIFFERENCES
    assert single.gradient(np.array([1.0, 2.0])) == pytest.approx([2, 4], rel=1e-3)
    assert single.hessian(np.array([1.0, 2.0])) == pytest.approx(2 * np.eye(2), abs=1e-2)


def test_first_order_methods_need_no_hessian_of_an_objective() -> None:
    class Mine(Objective):
        n = 2

        def value(self, w: Any) -> Any:
            return (w**2 * [1, 10]).sum(axis=-1)

        def gradient(self, w: Any) -> Any:
            return 2 * w * [1, 10]

    run = descend(Mine(), [[1, 1], [2, 0]], 0.09, steps=300)
    assert [str(run.outcome(i)) for i in range(2)] == ["converged to a minimum"] * 2
    assert Mine().hessian(np.ones((5, 2))) == pytest.approx(
        np.array([np.diag([2.0, 20.0])] * 5), rel=1e-8
    )


def test_stationary_points_of_a_plain_function_are_those_of_the_formula() -> None:
    view = [(-2, 2)]
    own = stationary_points(lambda w: (w**2 - 1) ** 2 / 4, view)
    known = stationary_points(Function("(w^2 - 1)^2/4"), view)
    assert [p.kind for p in own] == [p.kind for p in known]
    assert [p.w[0] for p in own] == pytest.approx([p.w[0] for p in known], abs=1e-6)


@pytest.mark.parametrize("key", dict(OPTIMIZERS))
def test_a_registered_step_as_a_plain_function_makes_the_same_steps(key: str) -> None:
    method = dict(OPTIMIZERS)[key]()
    E, starts = Function("x^2 + 3*y^2 + x*y^3"), [[0.4, 0.3], [-0.2, 0.5]]

    def step(objective: Any, w: Any, memory: Any, eta: Any) -> Any:
        return method.step(objective, w, memory or method.start(w), eta)

    own, known = (descend(E, starts, 0.1, each, steps=40) for each in (step, method))
    assert own.w.tolist() == known.w.tolist()


def test_a_step_of_three_arguments_gets_the_gradient() -> None:
    own = descend(Function("x^2 + y^2"), [3, 2], [0.1, 0.2], lambda w, g, eta: w - eta * g)
    assert own.w.tolist() == descend(Function("x^2 + y^2"), [3, 2], [0.1, 0.2]).w.tolist()

    class Mine(Optimizer):
        def step(self, objective: Any, w: Any, memory: Any, eta: Any) -> Any:
            return w - eta * objective.gradient(w), memory

    assert descend(Function("x^2"), [3], 0.1, Mine()).w[-1] == pytest.approx(3 * 0.8**100)


@pytest.mark.parametrize("key", [key for key, kind in SCHEDULES if issubclass(kind, OpenLoop)])
def test_a_schedule_needs_no_sum_what_remains_is_found_from_its_factors(key: str) -> None:
    known = dict(SCHEDULES)[key]()
    assert isinstance(known, OpenLoop)

    class Mine(OpenLoop):
        def factor(self, k: Any) -> Any:
            return known.factor(k)

    for k in (0, 7, 90):
        exact = known.remaining(k)
        for own in (Mine(), PlainSchedule(known.factor)):
            assert own.remaining(k) == pytest.approx(exact, rel=1e-3)
    run = descend(Quadratic([[1, 0.9], [0.9, 1]]), [3, 2], 0.2, schedule=known.factor, steps=60)
    assert (
        run.status == descend(Quadratic([[1, 0.9], [0.9, 1]]), [3, 2], 0.2, None, known, 60).status
    )


def test_a_plain_schedule_may_be_made_for_one_step_or_hold_a_table() -> None:
    rates = [1.0, 0.5, 0.25]
    for schedule in (
        lambda k: rates[int(k)],
        lambda k: rates[k],
        lambda k: 1.0 if k == 0 else 0.5**k,
    ):
        run = descend(Quadratic(2.0), [1.0], 0.1, schedule=schedule, steps=3)
        assert run.eta.tolist() == pytest.approx([0.1, 0.05, 0.025])
    assert PlainSchedule(lambda k: rates[k]).remaining(3) == math.inf
    assert PlainSchedule(lambda k: 1 / (k + 1) ** 1.02).remaining(0) == math.inf  # too slow to tell


def valley(w: Any) -> Any:
    return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2


def shorter(w: Any, g: Any, eta: Any) -> Any:
    return w - eta * g / (1 + np.abs(g))


def slower(k: Any) -> Any:
    return 1 / (k + 1)


def test_what_is_made_of_plain_functions_pickles() -> None:
    values = PlainFunction(valley, [-1.2, 1]), PlainStep(shorter), PlainSchedule(slower)
    own, again = (descend(E, [-1.2, 1], 0.1, step, plan) for E, step, plan in (
        values, pickle.loads(pickle.dumps(values)),
    ))  # fmt: skip
    assert again.w.tolist() == own.w.tolist()
    assert pickle.loads(pickle.dumps(own)).outcome() == own.outcome()


@pytest.mark.parametrize("kind", [np.float32, np.int64, np.float16, bool, int], ids=str)
def test_numbers_of_any_type_are_taken_without_a_warning(kind: type) -> None:
    start, eta = np.array([1, 0]).astype(kind), np.array([0, 1]).astype(kind)
    A = np.eye(2).astype(kind)
    for optimizer in (GradientDescent(), Adam(), Newton()):
        run = descend(Quadratic(A), start, eta, optimizer, steps=5)
        assert run.w.dtype == np.float64 and run.w[0].tolist() == [[1, 0], [1, 0]]
    assert descend(valley, start, 0.001, steps=5).w.dtype == np.float64
