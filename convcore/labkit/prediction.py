"""Predict first: what is asked before a lab is shown, and the answers that several labs share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from convcore.descent.descent import Outcome, Status

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


Held = TypeVar("Held")


@dataclass(frozen=True)
class Question:
    """What to ask, and the answers to choose from."""

    asks: str
    options: tuple[str, ...]


def end(outcome: Outcome) -> str:
    """How a run ended, as one of ENDS."""
    if outcome.status is Status.CONVERGED:
        if outcome.kind == "minimum":
            return ENDS[0]
        return ENDS[1] if "saddle" in outcome.kind or "maximum" in outcome.kind else ELSE
    return {
        Status.CYCLING: ENDS[2],
        Status.BOUNDED: ENDS[2],
        Status.DIVERGED: ENDS[3],
        Status.FROZEN: ENDS[4],
        Status.OUT_OF_STEPS: ENDS[5],
    }.get(outcome.status, ELSE)


def same_run(lab: Held) -> Held:
    """The lab without the step that is looked at: what decides the answer."""
    return replace(lab, look=0) if hasattr(lab, "look") else lab  # type: ignore[type-var]
