"""Predict first: what is asked before a run, what its study answers, and options that labs share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

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
# What one step leaves of an error; see `left_of`.
LANDS, CLOSER, ACROSS, MIRRORED, FARTHER, UPHILL, STAYS = LEFT = (
    "nothing: it lands on the minimum",
    "a part, on the same side",
    "a part, on the other side",
    "all of it, on the other side",
    "more than before, on the other side",
    "more than before, on the same side",
    "all of it: it does not move",
)
EXACT = 1e-9  # factors this close to 0, 1 or −1 are taken for it


AnyLab = TypeVar("AnyLab")


@dataclass(frozen=True)
class Question:
    """What to ask, and the answers to choose from."""

    asks: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Prediction:
    """What to ask of settings before their run, and the answer of its study: one of the options."""

    question: Callable[[Any], Question]
    answer: Callable[[Any], str]


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


def left_of(factor: float) -> str:
    """The answer in LEFT that says what a step leaves of an error that it multiplies by `factor`."""
    for exact, said in ((0, LANDS), (1, STAYS), (-1, MIRRORED)):
        if abs(factor - exact) <= EXACT:
            return said
    if abs(factor) < 1:
        return CLOSER if factor > 0 else ACROSS
    return UPHILL if factor > 0 else FARTHER


def same_run(lab: AnyLab) -> AnyLab:
    """The lab with `look` at 0: which step is shown does not change the answer."""
    return replace(lab, look=0) if hasattr(lab, "look") else lab  # type: ignore[type-var]
