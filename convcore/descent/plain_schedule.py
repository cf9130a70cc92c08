"""A plain Python function of the step as a schedule."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convcore.arrays import Array, short
from convcore.descent.schedules import SCHEDULES, OpenLoop, Schedule
from convcore.knobs import named


@dataclass(frozen=True)
class PlainSchedule(OpenLoop):
    """ηₖ = η₀·f(k) for a plain function f of the step k = 0, 1, …: `PlainSchedule(lambda k: 0.9**k)`.

    It may take one step or an array of them, which is found out by trying. ValueError, in one line, for a
    function that gives no finite number at step 0. `descend` takes such functions as they are.
    """

    function: Callable[[Any], Any]
    label = "own schedule"

    def __post_init__(self) -> None:
        first = np.asarray(self.function(0))
        if first.dtype.kind not in "biuf" or first.size != 1 or not np.isfinite(first).all():
            raise ValueError(
                "`PlainSchedule(function=...)` must give a finite number at step 0; it gives "
                f"{short(first if first.ndim else first.item())}."
            )

    def factor(self, k: Array) -> Array:
        steps = np.asarray(k, dtype=float)
        try:
            found = np.asarray(self.function(steps), dtype=float)
            if found.shape == steps.shape:
                return found
        except (TypeError, ValueError, IndexError):  # made for one step: `if k < 10`, `rates[k]`
            pass
        each = [float(self.function(int(step))) for step in steps.ravel()]
        return np.array(each).reshape(steps.shape)

    def remaining(self, k: int) -> float:
        try:
            return super().remaining(k)
        except Exception:  # whatever it raises beyond the steps that it was made for: `rates[k]`
            return math.inf


def as_schedule(given: Any, what: str = "descend(schedule=...)") -> Schedule:
    """A schedule as it is, and a plain function as a `PlainSchedule`; ValueError in one line if neither."""
    if isinstance(given, Schedule):
        return given
    if callable(given) and not isinstance(given, type):
        return PlainSchedule(given)
    kind = named(given, SCHEDULES) or (given if isinstance(given, type) else SCHEDULES[0][1])
    raise ValueError(
        f"`{what}` must be a schedule, such as `{kind.__name__}()`, or a function k -> factor; got "
        f"{short(given)}."
    )
