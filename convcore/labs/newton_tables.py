"""The tables of the lab "Taylor and Newton", and how near each method came to a gradient of zero."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from convcore.descent import Status, Trajectory
from convcore.gallery import Function
from convcore.labkit.tables import Facts
from convcore.labkit.words import num, steps
from convcore.labs.local import Local
from convcore.labs.local_view import LABELS
from convcore.optimizers import OPTIMIZERS
from convcore.race import gradient_sizes, rested

KINDS = dict(OPTIMIZERS)
ROWS = 16  # of the table along the path; the rest is in the download

CONVERGED = (
    "Converged: the gradient is down to 10⁻⁶ of its size at w₀ (or, if that is more, of the curvature "
    "times the way travelled), and the stationary point of the local model is near."
)

DEGENERATE = (
    "Degenerate: some curvature is 0 or infinite at the point that a path comes to, so the Hessian "
    "cannot tell what it is. Of one weight the slopes on both sides can: minimum, maximum, or just a "
    "point, as 0 is for w³. Towards such a point Newton shortens the way by a mere factor at each "
    "step, or not at all."
)


class Progress(NamedTuple):
    """How far a run's gradient came down: ‖∇E‖ at the end, beside its scale, and when to 10⁻⁶ of it.

    taken: the first step from which on it is as small; inf if it is not at the end.
    """

    end: float
    share: float
    taken: float


def progress(objective: Function, run: Trajectory) -> Progress:
    """What the criterion for "converged" measures of a run (`race.steps_to_rest`)."""
    size, scale = gradient_sizes(objective, run)
    end, top = float(size[-1]), float(scale)
    return Progress(end, end / top if top else 0.0, float(rested(size, scale)))


def counted(found: Progress, run: Trajectory) -> str:
    """How small the gradient of a run is at its end, or when it had become small."""
    status = run.outcome().status
    if run.gone or status is Status.KINK:
        return ""
    if status is Status.CONVERGED:
        return (
            f" (gradient down to 10⁻⁶ after {steps(found.taken)})" if found.taken < np.inf else ""
        )
    down = f"down to {num(found.share, 2)}" if found.share < 1 else "not down at all"
    return f" (gradient {down})"


def degenerate(runs: Iterable[Trajectory]) -> tuple[str, ...]:
    """What "degenerate" means, if a run converged to such a point."""
    ends = [run.outcome() for run in runs]
    named = any(e.status is Status.CONVERGED and e.kind.startswith("degenerate") for e in ends)
    return (DEGENERATE,) if named else ()


def by_method(
    n: int, runs: dict[str, Trajectory], far: dict[str, Progress], eta: float, share: float
) -> Facts:
    """Each method's step, where it ended in n weights, and how `far` its gradient came down."""
    rows = []
    for name, run in runs.items():
        found = far[name]
        size = num(share if KINDS[name].relative else eta)
        step = KINDS[name].words.format(size)
        if KINDS[name].relative:
            step = step.removeprefix("1·").removeprefix("1 of ")
        rows.append(
            (
                LABELS[name],
                step,
                ", ".join(num(x, 6) for x in run.w[-1]),
                num(run.loss[-1], 6),
                num(found.end, 3),
                "–" if run.gone or found.taken == np.inf else num(found.taken),
                str(run.outcome()),
            )
        )
    slope = "∣E′∣" if n == 1 else "‖∇E‖"
    heads = ("method", "its step", "w at the end", "E", f"{slope} there", "steps until 10⁻⁶")
    return Facts((*heads, "how it ends"), tuple(rows))


def along(local: Local) -> Facts:
    """E, its derivatives and η_opt along the path of the local model, up to where it only repeats."""
    head = ("k", "w", "E", "E′", "E″", "η_opt = 1/E″", "Newton sends w to")
    if local.objective.n > 1:
        head = ("k", "w", "E", "‖∇E‖", "λ_min, λ_max", "η_opt = 1/λ_max", "Newton sends w to")
    last, end = local.last, int(local.run.length)
    rows = []
    for k in range(last + 1):
        if last >= ROWS and ROWS - 2 <= k < last:
            continue
        if k == last >= ROWS:
            rows.append(("…",) * len(head))
        rows.append((f"{k} to {end}" if k == last < end else str(k), *_row(local, k)))
    return Facts(head, tuple(rows))


def _row(local: Local, k: int) -> tuple[str, ...]:
    target = local.target[k]
    slope = local.g[k, 0] if local.objective.n == 1 else float(np.linalg.norm(local.g[k]))
    return (
        ", ".join(num(x, 5) for x in local.w[k]),
        num(local.E[k], 5),
        num(slope),
        ", ".join(num(x) for x in local.values[k]),
        num(local.best[k]),
        ", ".join(num(x, 5) for x in target) if np.isfinite(target).all() else "–",
    )
