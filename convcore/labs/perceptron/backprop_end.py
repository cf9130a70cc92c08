"""How backprop's run ends: one answer, which sentences, tables and verdicts share (SCIENCE F and I)."""

from __future__ import annotations

from enum import Enum

import numpy as np

from convcore.arrays import Array
from convcore.descent.descent import Trajectory
from convcore.descent.outcomes import Status
from convcore.descent.schedules import Constant
from convcore.separators.learners import Backprop
from convcore.separators.sigmoid_unit import ON, NearRest, SigmoidUnit, tangent

SLOW = 0.01  # a change of sides in one epoch that is none, beside the logistic's scale of 1
GONE_QUIET = 1e-9  # the same, for methods whose steps are more than −η∇E
ROUND = 1e-6  # the same, for a cycle that is rounding
LEFT = 0.1  # the change of sides that is left to the steps to come, if it is none
SWAY = 0.1  # share by which curvatures may change on the way to the point of rest
FLAT = 1e-3  # slope y(1 − y) of the logistic below which a point is saturated
STAYS = 1000  # epochs, or as many as were run, in which no point may move by 1 on a plateau
JUMP = 7.0  # the change of a side that does so: y(1 − y) is FLAT at 6.9
JUMPS = 256  # epochs that are looked at at a time
LATE = 10  # share of the epochs, 1/LATE, and least number, in which E rises if η is too large
RISE = 1e-12  # share of E above which a rise is more than rounding


class End(Enum):
    """How backprop's run ends."""

    SETTLED = "at a minimum"
    ON_BOUND = "at the least E within the bound, on the bound itself"
    SADDLE = "at rest where E is no minimum"
    THROWN = "thrown by large steps onto a plateau, where the slope vanishes"
    PLATEAU = "on the plateau on which it started"
    RUNS_OFF = (
        "far out and still going, where the slope vanishes, after steps that never left it at once"
    )
    CYCLING = "in a cycle"
    FLUNG = "E still rises now and then, as η is too large"
    DIVERGED = "diverged"
    FROZEN = "the steps that remain cannot get there"
    STILL = "it no longer moves, as its steps are lost in rounding"
    UNDER_WAY = "none of these, yet"


ARRIVED = (End.SETTLED, End.ON_BOUND)
TOO_LARGE = (End.DIVERGED, End.FLUNG, End.CYCLING)  # a smaller η would help


def end_of(unit: SigmoidUnit, run: Trajectory, backprop: Backprop, rest: NearRest | None) -> End:
    """How the run ends; rest: the point of rest beside its last weights."""
    status, w = run.outcome().status, run.w
    if status in (Status.DIVERGED, Status.LEFT):
        return End.DIVERGED
    # In units of a point's side.
    last = float(np.abs(unit.sides(w[-1]) - unit.sides(w[-2])).max())
    cycling = status is Status.CYCLING and last > ROUND
    # A method with momentum, or with steps of one length, can pass by slowly and leave again.
    plain = backprop.optimizer.plain
    quiet = last <= SLOW if plain else status is Status.CONVERGED or last <= GONE_QUIET
    if (
        rest is not None
        and quiet
        and not cycling
        and (last == 0 or _held(unit, w[-1], backprop, rest))
    ):
        if not rest.minimum:
            return End.SADDLE if status is Status.CONVERGED or last == 0 else End.UNDER_WAY
        return End.ON_BOUND if rest.on_bound else End.SETTLED
    slow = last * max(STAYS, len(w) - 1) <= 1
    if slow and (end := _end_on_plateau(unit, w, backprop)):
        return end
    if cycling:
        return End.CYCLING
    if status is Status.BOUNDED:
        return End.FLUNG
    left = backprop.eta * backprop.schedule.remaining(len(run.eta))
    if status is Status.FROZEN:
        return End.FROZEN if np.isfinite(left) else End.STILL
    # Where a bound or momentum hides that the steps which are left are all but none.
    slope = np.abs(unit.sides(unit.gradient(w[-1]))).max()
    if last <= SLOW and slope == 0:
        return End.STILL
    if last <= SLOW and left * slope <= LEFT:
        return End.FROZEN
    if plain and isinstance(backprop.schedule, Constant) and _rises(run.loss):
        return End.FLUNG
    return End.UNDER_WAY


def _held(unit: SigmoidUnit, w: Array, backprop: Backprop, rest: NearRest) -> bool:
    """Whether a lasting η of plain descent is below 2/λₘₐₓ at w (n,), so that it can stay there.

    At the point of rest beside w curvatures may differ by a share of `SWAY`.
    """
    if not (backprop.optimizer.plain and isinstance(backprop.schedule, Constant)):
        return True
    H = unit.hessian(w)
    if rest.on_bound:
        # Along the sphere; where the slope pushes outwards, pulling back shortens errors, too.
        across = tangent(w)
        inward = float(unit.gradient(w) @ w) / float(w @ w)
        H = across.T @ H @ across + inward * np.eye(len(w) - 1)
    return backprop.eta * float(np.linalg.eigvalsh(H)[-1]) <= 2 * (1 + SWAY)


def _on_plateau(unit: SigmoidUnit, w: Array, eta: float) -> bool:
    """Whether L2 has wrong points, no point has a slope, as each output is near 0 or 1, and steps of the
    full η would stay there too."""
    s = unit.sides(w)
    if unit.divergence != "l2" or not (s <= 0).any() or not _saturated(s):
        return False
    return bool(eta * np.abs(unit.sides(unit.gradient(w))).max() * STAYS <= 1)


def _end_on_plateau(unit: SigmoidUnit, w: Array, backprop: Backprop) -> End | None:
    """How a path w (K+1, n) came to the plateau where it ends; None if there is none.

    Nor is there an answer for one that crept up to the bound.
    """
    if not _on_plateau(unit, w[-1], backprop.eta):
        return None
    bound = backprop.bound
    moved = float(np.abs(unit.sides(w[-1]) - unit.sides(w[0])).max())
    outward = bool(unit.gradient(w[-1]) @ w[-1] < 0)
    held = bound is not None and float(np.linalg.norm(w[-1])) >= bound * (1 - ON)
    grows, stayed = outward and not held, _stays_saturated(unit, w)
    if moved <= 1 or (stayed and not grows):
        return End.PLATEAU
    jumps = not stayed and _jumps(unit, w)
    if grows and not jumps:
        return End.RUNS_OFF
    # The slope of a plateau leads back where targets are soft: many steps with momentum went up there.
    return End.THROWN if jumps or not outward else None


def _stays_saturated(unit: SigmoidUnit, w: Array) -> bool:
    """Whether no point is off a plateau at any epoch of a path (K+1, n)."""
    return all(_saturated(unit.sides(w[k : k + JUMPS])) for k in range(0, len(w), JUMPS))


def _saturated(s: Array) -> bool:
    """Whether the logistic has no slope worth mentioning at any of these sides."""
    y = 1 / (1 + np.exp(np.minimum(np.abs(s), 700.0)))
    return bool((y * (1 - y) <= FLAT).all())


def _jumps(unit: SigmoidUnit, w: Array) -> bool:
    """Whether a single epoch of a path (K+1, n) carries a point from y = ½ to where it is saturated."""
    return any(
        float(np.abs(np.diff(unit.sides(w[k : k + JUMPS + 1]), axis=0)).max(initial=0.0)) > JUMP
        for k in range(0, len(w) - 1, JUMPS)
    )


def _rises(loss: Array) -> bool:
    """Whether E rises late in the run, by more than rounding."""
    late = loss[-max(LATE, len(loss) // LATE) - 1 :]
    return bool((np.diff(late) > RISE * late[:-1]).any())
