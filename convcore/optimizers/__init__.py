"""Optimizers: one pure step each, and its properties.

To add one, write it in a file here and enter it below; tests/test_optimizers.py says what is missing.
"""

from __future__ import annotations

from convcore.optimizers.adam import Adam as Adam
from convcore.optimizers.adam import AdamW as AdamW
from convcore.optimizers.adaptive import AdaGrad as AdaGrad
from convcore.optimizers.adaptive import QuickProp as QuickProp
from convcore.optimizers.adaptive import RMSProp as RMSProp
from convcore.optimizers.adaptive import RProp as RProp
from convcore.optimizers.base import Memory as Memory
from convcore.optimizers.base import Needs as Needs
from convcore.optimizers.base import Optimizer as Optimizer
from convcore.optimizers.base import Search as Search
from convcore.optimizers.base import newton_step as newton_step
from convcore.optimizers.conjugate import ConjugateGradient as ConjugateGradient
from convcore.optimizers.first_order import GradientDescent as GradientDescent
from convcore.optimizers.first_order import Momentum as Momentum
from convcore.optimizers.first_order import Nesterov as Nesterov
from convcore.optimizers.first_order import PerCoordinate as PerCoordinate
from convcore.optimizers.line_search import BacktrackingDescent as BacktrackingDescent
from convcore.optimizers.line_search import ExactDescent as ExactDescent
from convcore.optimizers.newton import AbsoluteNewton as AbsoluteNewton
from convcore.optimizers.newton import DampedNewton as DampedNewton
from convcore.optimizers.newton import Newton as Newton
from convcore.optimizers.newton import ShiftedNewton as ShiftedNewton
from convcore.optimizers.quasi_newton import BFGS as BFGS

# Permalink key and class of each optimizer.
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
    ("cg", ConjugateGradient),
    ("bfgs", BFGS),
    ("rprop", RProp),
    ("quickprop", QuickProp),
    ("adagrad", AdaGrad),
    ("rmsprop", RMSProp),
    ("adam", Adam),
    ("adamw", AdamW),
)
