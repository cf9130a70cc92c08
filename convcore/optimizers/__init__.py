"""Optimizers: one pure step each, and what is true of them.

To add one, write it in a file here and enter it below; tests/test_optimizers.py says what is missing.
"""

from __future__ import annotations

from convcore.optimizers.adaptive import AdaGrad, Adam, QuickProp, RMSProp, RProp
from convcore.optimizers.base import Array, Memory, Needs, Optimizer, Search, solve
from convcore.optimizers.first_order import GradientDescent, Momentum, Nesterov, PerCoordinate
from convcore.optimizers.line_search import BacktrackingDescent, ExactDescent
from convcore.optimizers.newton import AbsoluteNewton, DampedNewton, Newton, ShiftedNewton
from convcore.optimizers.quasi_newton import BFGS

__all__ = [
    "BFGS",
    "OPTIMIZERS",
    "AbsoluteNewton",
    "AdaGrad",
    "Adam",
    "Array",
    "BacktrackingDescent",
    "DampedNewton",
    "ExactDescent",
    "GradientDescent",
    "Memory",
    "Momentum",
    "Needs",
    "Nesterov",
    "Newton",
    "Optimizer",
    "PerCoordinate",
    "QuickProp",
    "RMSProp",
    "RProp",
    "Search",
    "ShiftedNewton",
    "solve",
]

# One entry an optimizer: its key in a permalink, its class.
OPTIMIZERS: tuple[tuple[str, type[Optimizer]], ...] = (
    ("gd", GradientDescent),
    ("coordinate", PerCoordinate),
    ("newton", Newton),
    ("momentum", Momentum),
    ("nesterov", Nesterov),
    ("damped", DampedNewton),
    ("absolute", AbsoluteNewton),
    ("shifted", ShiftedNewton),
    ("backtracking", BacktrackingDescent),
    ("exact", ExactDescent),
    ("bfgs", BFGS),
    ("rprop", RProp),
    ("quickprop", QuickProp),
    ("adagrad", AdaGrad),
    ("rmsprop", RMSProp),
    ("adam", Adam),
)
