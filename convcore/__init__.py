"""Why gradient descent converges, crawls, oscillates, diverges or lands on the wrong thing.

Everything is batched: one call runs a thousand step sizes or starts.

>>> from convcore import Quadratic, descend
>>> run = descend(Quadratic([[1, 0.9], [0.9, 1]]), start=[3, 2], eta=[0.5, 1, 1.5], steps=200)
>>> for i, eta in enumerate([0.5, 1, 1.5]):
...     print(f"η = {eta}: {run.outcome((i,))}")
η = 0.5: converged to a minimum
η = 1: converged to a minimum
η = 1.5: diverged at step 15

The packages, from the bottom up; `help` on each gives shapes, units and errors:

formula       a typed formula, and its exact derivatives
objectives    what is minimised: quadratics, least squares, named functions
optimizers    one pure step each, and its properties
network       a small network, its Hessian's spectrum, and the cost of a Hessian
descent       `descend`, the one loop; how a run ends; schedules; what theory predicts
sweeps        many runs at once over η, schedules and starts; where they end; stationary points
separators    labelled points, whether a line separates them, and methods that find one
charts        the building blocks of pictures
labkit        the building blocks of labs: settings, study, words, claims, tuning
labs          the page's labs as values, one folder each
claims        the lecture's claims and their verdicts

A lab, from `convcore.labs`, is a value. In a notebook, ``OneWeight(a=2, eta=0.7).panels()`` gives its
pictures as Altair charts, which display themselves; ``.run()`` also gives the sentence and the tables,
and ``.study()`` the numbers behind them. The names below are loaded on first use: importing `convcore`
loads neither NumPy nor Altair nor Streamlit.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convcore.descent.descent import Trajectory as Trajectory
    from convcore.descent.descent import descend as descend
    from convcore.descent.descent import exact_descent as exact_descent
    from convcore.descent.outcomes import Outcome as Outcome
    from convcore.descent.outcomes import Status as Status
    from convcore.descent.schedules import *  # noqa: F403
    from convcore.descent.theory import PointKind as PointKind
    from convcore.objectives.base import Objective as Objective
    from convcore.objectives.gallery import Function as Function
    from convcore.objectives.quadratics import LeastSquares as LeastSquares
    from convcore.objectives.quadratics import Quadratic as Quadratic
    from convcore.optimizers import *  # noqa: F403
    from convcore.optimizers.hessian_free import *  # noqa: F403
    from convcore.sweeps.stationary import stationary_points as stationary_points

_HOMES = {
    "Trajectory": "convcore.descent.descent",
    "descend": "convcore.descent.descent",
    "exact_descent": "convcore.descent.descent",
    "Outcome": "convcore.descent.outcomes",
    "Status": "convcore.descent.outcomes",
    "PointKind": "convcore.descent.theory",
    "Objective": "convcore.objectives.base",
    "Function": "convcore.objectives.gallery",
    "LeastSquares": "convcore.objectives.quadratics",
    "Quadratic": "convcore.objectives.quadratics",
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
