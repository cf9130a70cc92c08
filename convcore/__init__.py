"""Why gradient descent converges, crawls, oscillates, diverges or lands on the wrong thing.

Plain NumPy, and batched: one call runs a thousand step sizes or starts and names how each run ends.

>>> from convcore import Quadratic, descend
>>> run = descend(Quadratic([[1, 0.9], [0.9, 1]]), start=[3, 2], eta=[0.5, 1, 1.5], steps=200)
>>> for i, eta in enumerate([0.5, 1, 1.5]):
...     print(f"η = {eta}: {run.outcome(i)}")
η = 0.5: converged to a minimum
η = 1: converged to a minimum
η = 1.5: diverged at step 15

To run     descend(objective, start, eta, optimizer, schedule, steps, keep=...) -> Trajectory
           .outcome(i)  .converged_at  .steps_to(τ)  .w  .loss; a line at a prompt, curves in a notebook
What       Quadratic, LeastSquares, Logistic, Function("x^2 + 3*y^4"), Network; or any function of w
By what    Adam, Momentum, Newton, BFGS, …, or any function (w, g, eta) -> w
Schedule   CosineDecay, StepDrop, WarmUp, …, or any function k -> factor
Asked      lr_limit(X, y)  condition(X)  steps_needed(X, y)  sharpness(hvp, n)
first      Perceptron().fit(X, y).predict(X)   stationary_points(Function(...), view)
Labs       from convcore.labs import *; OneWeight(a=2, eta=0.7) shows itself in a notebook; .run() has the
           sentence, tables and pictures, .race() the fastest setting, .study() the numbers

The packages, from the bottom up; `help` on each gives shapes, units and errors:

formula       a typed formula, and its exact derivatives
objectives    what is minimised: quadratics, least squares, named functions, your own
optimizers    one pure step each, and its properties
network       a small network, its Hessian's spectrum, and the cost of a Hessian
descent       `descend`, the one loop; how a run ends; schedules; what theory predicts
sweeps        many runs at once over η, schedules and starts; where they end; stationary points
separators    labelled points, whether a line separates them, and methods that find one
charts        the building blocks of pictures
labkit        the building blocks of labs: settings, study, words, claims, tuning
labs          the page's labs as values, one folder each
claims        the lecture's claims and their verdicts
exercises     numeric exercises, their answers, and keys for teachers

The names below are loaded on first use: importing `convcore` loads neither NumPy, Altair nor Streamlit.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convcore.descent.answers import condition as condition
    from convcore.descent.answers import lr_limit as lr_limit
    from convcore.descent.answers import sharpness as sharpness
    from convcore.descent.answers import steps_needed as steps_needed
    from convcore.descent.descent import descend as descend
    from convcore.descent.descent import exact_descent as exact_descent
    from convcore.descent.outcomes import Outcome as Outcome
    from convcore.descent.outcomes import Status as Status
    from convcore.descent.plain_schedule import PlainSchedule as PlainSchedule
    from convcore.descent.schedules import *  # noqa: F403
    from convcore.descent.schedules import OpenLoop as OpenLoop
    from convcore.descent.schedules import Schedule as Schedule
    from convcore.descent.theory import PointKind as PointKind
    from convcore.descent.trajectory import Trajectory as Trajectory
    from convcore.network.multilayer import Network as Network
    from convcore.objectives.base import Objective as Objective
    from convcore.objectives.gallery import Function as Function
    from convcore.objectives.logistic import Logistic as Logistic
    from convcore.objectives.plain import PlainFunction as PlainFunction
    from convcore.objectives.quadratics import LeastSquares as LeastSquares
    from convcore.objectives.quadratics import Quadratic as Quadratic
    from convcore.optimizers import *  # noqa: F403
    from convcore.optimizers.base import Optimizer as Optimizer
    from convcore.optimizers.hessian_free import *  # noqa: F403
    from convcore.optimizers.plain import PlainStep as PlainStep
    from convcore.separators.learners.backprop import Backprop as Backprop
    from convcore.separators.learners.learner import LinearLMS as LinearLMS
    from convcore.separators.learners.learner import MaxMargin as MaxMargin
    from convcore.separators.learners.perceptron import Perceptron as Perceptron
    from convcore.sweeps.stationary import stationary_points as stationary_points

_HOMES = {
    "condition": "convcore.descent.answers",
    "lr_limit": "convcore.descent.answers",
    "sharpness": "convcore.descent.answers",
    "steps_needed": "convcore.descent.answers",
    "descend": "convcore.descent.descent",
    "exact_descent": "convcore.descent.descent",
    "Outcome": "convcore.descent.outcomes",
    "Status": "convcore.descent.outcomes",
    "PlainSchedule": "convcore.descent.plain_schedule",
    "OpenLoop": "convcore.descent.schedules",
    "Schedule": "convcore.descent.schedules",
    "PointKind": "convcore.descent.theory",
    "Trajectory": "convcore.descent.trajectory",
    "Network": "convcore.network.multilayer",
    "Objective": "convcore.objectives.base",
    "Function": "convcore.objectives.gallery",
    "Logistic": "convcore.objectives.logistic",
    "PlainFunction": "convcore.objectives.plain",
    "LeastSquares": "convcore.objectives.quadratics",
    "Quadratic": "convcore.objectives.quadratics",
    "Optimizer": "convcore.optimizers.base",
    "PlainStep": "convcore.optimizers.plain",
    "Backprop": "convcore.separators.learners.backprop",
    "LinearLMS": "convcore.separators.learners.learner",
    "MaxMargin": "convcore.separators.learners.learner",
    "Perceptron": "convcore.separators.learners.perceptron",
    "stationary_points": "convcore.sweeps.stationary",
}
_REGISTRIES = {
    "convcore.optimizers": "OPTIMIZERS",
    "convcore.optimizers.hessian_free": "HESSIAN_FREE",
    "convcore.descent.schedules": "SCHEDULES",
}


def _registered() -> dict[str, Any]:
    """The optimizers and schedules, by class name."""
    return {
        kind.__name__: kind
        for home, registry in _REGISTRIES.items()
        for _, kind in getattr(import_module(home), registry)
    }


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return sorted([*_HOMES, *_registered()])
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    # Class names are capitalised; a module's name must not load the registries.
    if name[0].isupper() and name in (registered := _registered()):
        return registered[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    names: list[str] = __getattr__("__all__")
    return names
