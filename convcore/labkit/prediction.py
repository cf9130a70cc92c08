"""Predict first: the question before a lab is shown, and answers that several labs share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from convcore.descent.descent import Outcome, Status
from convcore.descent.theory import PointKind

ELSE = "none of these"
ENDS = (
    "it converges to a minimum",
    "it converges to a saddle or a maximum",
    "it never settles, nor runs away",
    "it runs away",
    "it freezes on the way",
    "it needs more steps to tell",
    ELSE,
)
NO_MINIMA = (PointKind.SADDLE, PointKind.MAXIMUM)


AnyLab = TypeVar("AnyLab")


@dataclass(frozen=True)
class Question:
    """What to ask, and the answers to choose from."""

    asks: str
    options: tuple[str, ...]


def end(outcome: Outcome) -> str:
    """The answer in ENDS that says how a run ended."""
    if outcome.status is Status.CONVERGED:
        kind = outcome.kind and outcome.kind.plain
        if kind is PointKind.MINIMUM:
            return ENDS[0]
        return ENDS[1] if kind in NO_MINIMA else ELSE
    return {
        Status.CYCLING: ENDS[2],
        Status.BOUNDED: ENDS[2],
        Status.DIVERGED: ENDS[3],
        Status.DRIFTING: ENDS[3],
        Status.KINK: ENDS[0],  # the slope changes from − to + there
        Status.FROZEN: ENDS[4],
        Status.OUT_OF_STEPS: ENDS[5],
    }.get(outcome.status, ELSE)


def same_run(lab: AnyLab) -> AnyLab:
    """The lab with `look` at 0: which step is shown does not change the answer."""
    return replace(lab, look=0) if hasattr(lab, "look") else lab  # type: ignore[type-var]
