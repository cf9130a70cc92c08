"""A plain Python function as an optimizer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convcore.arrays import Array, short
from convcore.knobs import named
from convcore.objectives.base import Objective
from convcore.optimizers.base import Memory, Needs, Optimizer


@dataclass(frozen=True)
class PlainStep(Optimizer):
    """A pure step as a plain function: `PlainStep(lambda w, g, eta: w - eta * np.sign(g))`.

    function: (w, g, eta) -> w′, or (objective, w, memory, eta) -> (w′, memory′) as `Optimizer.step`, which
    may ask the objective for more and keep a memory that is () at first. w, g = ∇E(w) and w′: (..., n);
    eta: (..., 1). ValueError, in one line, for a function of another number of arguments, or one that gives
    no array like w. `descend` takes such functions as they are.
    """

    function: Callable[..., Any]
    label = "own step"
    words = "by a step of your own"
    needs = Needs.GRADIENT
    beta = 1.0  # what it remembers is unknown, so it never counts as frozen

    def __post_init__(self) -> None:
        if self._takes not in (3, 4):
            raise ValueError(
                "`PlainStep(function=...)` must take (w, g, eta) or (objective, w, memory, eta); got "
                f"{short(self.function)} of {self._takes}."
            )

    @property
    def _takes(self) -> int:
        """How many arguments the function takes by position, without those that have defaults."""
        given = inspect.signature(self.function).parameters.values()
        places = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        return sum(each.kind in places and each.default is each.empty for each in given)

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        """As `Optimizer.step`, with w (..., n); raises ValueError if the function gives no array like w."""
        if self._takes == 3:
            found, kept = self.function(w, objective.gradient(w), eta), memory
        else:
            given = self.function(objective, w, memory, eta)
            if not (isinstance(given, tuple) and len(given) == 2):
                raise ValueError(
                    f"`PlainStep(function=...)` must give the next w and memory; it gives {short(given)}."
                )
            found, kept = given[0], given[1] if isinstance(given[1], tuple) else (given[1],)
        if np.shape(found) != w.shape:
            raise ValueError(
                f"`PlainStep(function=...)` must give weights of shape {w.shape}; it gives "
                f"{short(np.asarray(found))}."
            )
        return np.asarray(found, dtype=float), kept


def as_optimizer(
    given: Any, kinds: tuple[tuple[str, type[Optimizer]], ...], what: str
) -> Optimizer:
    """An optimizer as it is, and a plain function as a `PlainStep`; kinds: those with names.

    Raises ValueError, in one line, for anything else.
    """
    if isinstance(given, Optimizer):
        return given
    if callable(given) and not isinstance(given, type):
        return PlainStep(given)
    meant = named(given, kinds) or (given if isinstance(given, type) else kinds[0][1])
    raise ValueError(
        f"`{what}` must be an optimizer, such as `{meant.__name__}()`, or a function (w, g, eta) -> w; got "
        f"{short(given)}."
    )
