"""The losses of least squares as people's tools count them, and what each makes of the step size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from convcore.descent import theory
from convcore.objectives.quadratics import LeastSquares


@dataclass(frozen=True)
class Loss:
    """A loss c·‖Dw − y‖²/2N + ½p‖w‖² of N rows, with the ridge as its tool counts it.

    label, used: what it is called, and where. formula: of its fit. ridge: of its penalty, and what the
    tool calls ρ. scale: c by N. halves: p/ρ.
    """

    key: str
    label: str
    used: str
    formula: str
    ridge: str
    ridge_name: str
    scale: Callable[[int], float]
    halves: float


LOSSES = (
    Loss("half", "½ mean", "the lecture, Ng", "‖Xw − y‖²/2N", "½ρ‖w‖²", "ρ",
         lambda N: 1.0, 1.0),
    Loss("mean", "mean", "PyTorch, Keras: MSE", "‖Xw − y‖²/N", "½ρ‖w‖²",
         "ρ = weight_decay", lambda N: 2.0, 1.0),
    Loss("sum", "sum", "scikit-learn: Ridge", "‖Xw − y‖²", "ρ‖w‖²", "ρ = α",
         lambda N: 2.0 * N, 2.0),
)  # fmt: skip
# The one that is no quadratic, for a target of two values.
CROSS = "cross"
CROSS_ENTROPY = "−mean[y ln p + (1 − y) ln(1 − p)]"
CROSS_LABEL = "cross-entropy"
CROSS_USED = "logistic regression"
BY_KEY = {loss.key: loss for loss in LOSSES}


@dataclass(frozen=True)
class InLoss:
    """What plain descent needs on the same fit in one loss.

    ridge: the same penalty as this loss counts it. limit: 2/λₘₐₓ. best: the best fixed step size, NaN if
    rounding hides it; its steps to a tolerance are the same in each loss.
    """

    loss: Loss
    ridge: float
    limit: float
    best: float


def in_each_loss(objective: LeastSquares) -> tuple[InLoss, ...]:
    """The same fit and penalty in each loss: curvatures are multiples of each other."""
    s, N = objective.spectrum, len(objective.target)
    limit, (best, _) = theory.limit(s), theory.best_fixed_step(s)
    found = []
    for loss in LOSSES:
        times = loss.scale(N) / objective.scale
        found.append(
            InLoss(loss, objective.ridge * times / loss.halves, limit / times, best / times)
        )
    return tuple(found)
