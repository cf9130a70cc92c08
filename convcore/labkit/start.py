"""Checks of a typed start w₀: one number per weight, none too large, E defined there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convcore.arrays import Array
from convcore.knobs import FieldError
from convcore.labkit.words import several
from convcore.objectives.base import Objective


def check_start(start: Sequence[float], n: int, needs: str, exponent: int = 6) -> None:
    """Raises FieldError for "start" unless it is empty or n numbers of at most 10^exponent in size.

    needs: what follows "The start has 3 numbers" in the message, up to its full stop.
    """
    if not start:
        return
    if len(start) != n:
        raise FieldError("start", f"The start has {several(len(start), 'number')}{needs}.")
    if np.abs(start).max() > 10.0**exponent:
        raise FieldError("start", f"The start has numbers beyond 1e{exponent}.")


def check_defined(objective: Objective, w: Array) -> None:
    """Raises FieldError for "start" unless E and its gradient are finite at w (n,)."""
    if not (np.isfinite(objective.value(w)) and np.isfinite(objective.gradient(w)).all()):
        raise FieldError("start", "E or its gradient is not defined at this start.")
