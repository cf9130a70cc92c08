"""What `descend` is given, as it needs it; each thing that it cannot take is an error of one line."""

from __future__ import annotations

from typing import Any, NamedTuple
from weakref import WeakSet

import numpy as np
from numpy.typing import ArrayLike

from convcore.arrays import Array, numbers, short
from convcore.descent.plain_schedule import as_schedule
from convcore.descent.schedules import Constant, Schedule
from convcore.objectives.base import Objective
from convcore.objectives.plain import as_objective
from convcore.optimizers import OPTIMIZERS, GradientDescent, Optimizer
from convcore.optimizers.plain import as_optimizer

_BATCHED: WeakSet[type] = WeakSet()  # classes of objectives that have been tried


class Arguments(NamedTuple):
    """What a run needs: start (..., n) and eta (...) of the shape of all runs."""

    objective: Objective
    start: Array
    eta: Array
    optimizer: Optimizer
    schedule: Schedule


def accepted(
    objective: Any, start: ArrayLike, eta: ArrayLike, optimizer: Any = None, schedule: Any = None
) -> Arguments:
    """The arguments of `descend`, with plain functions wrapped, and start (..., n) and eta (...) broadcast.

    Raises ValueError, in one line, for what cannot be taken.
    """
    w0, eta0 = numbers(start, "descend(start=...)"), numbers(eta, "descend(eta=...)")
    found = as_objective(objective, w0)
    if w0.ndim == 0 or w0.shape[-1] != found.n:
        one = "[2.0]" if found.n == 1 else f"[0.0] * {found.n}"
        raise ValueError(
            f"`descend(start=...)` must end in {found.n} weights, as in `{one}`; got shape {w0.shape}."
        )
    for name, given in (("start", w0), ("eta", eta0)):
        if not np.isfinite(given).all():
            odd = given[~np.isfinite(given)].flat[0]
            raise ValueError(f"`descend({name}=...)` must be finite; got {odd}.")
    try:
        runs = np.broadcast_shapes(w0.shape[:-1], eta0.shape)
    except ValueError:
        raise ValueError(
            f"`descend(eta=...)` must go with starts of shape {w0.shape[:-1]}; got shape {eta0.shape}. For "
            "each η from each start, write `eta[:, None]`."
        ) from None
    w0 = np.broadcast_to(w0, (*runs, found.n))
    _check_batched(found, w0)
    return Arguments(
        found,
        w0,
        np.broadcast_to(eta0, runs),
        GradientDescent()
        if optimizer is None
        else as_optimizer(optimizer, OPTIMIZERS, "descend(optimizer=...)"),
        Constant() if schedule is None else as_schedule(schedule),
    )


def whole(steps: Any, what: str) -> int:
    """A number of steps; ValueError, in one line, unless it is a whole number of at least 0."""
    found = numbers(steps, what)
    if found.ndim or not found >= 0 or found % 1:
        raise ValueError(f"`{what}` must be a whole number of at least 0; got {short(steps)}.")
    return int(found)


def _check_batched(objective: Objective, w0: Array) -> None:
    """Raise ValueError unless an objective takes a batch; each class is tried once."""
    kind = type(objective)
    if kind in _BATCHED:
        return
    two = np.stack([w0, w0])
    for name, shape in (("value", two.shape[:-1]), ("gradient", two.shape)):
        try:
            with np.errstate(all="ignore"):
                got = f"gives shape {np.shape(getattr(objective, name)(two))}"
        except Exception as error:  # whatever a method raises that was made for one point
            got = f"raises {type(error).__name__}: {error}"
        if got != f"gives shape {shape}":
            raise ValueError(
                f"`descend(objective=...)`: `{kind.__name__}.{name}` must take a batch, w of shape "
                f"{two.shape}, and give shape {shape}; it {got}. A plain function of one w will do instead."
            )
    _BATCHED.add(kind)
