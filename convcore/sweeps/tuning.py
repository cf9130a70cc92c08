"""Which method or schedule is fastest: the steps that each needs, over a row of step sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convcore.arrays import Array
from convcore.descent.criteria import squared_norm, way
from convcore.descent.descent import Status, Trajectory, descend
from convcore.descent.divergence import GROWTH
from convcore.descent.schedules import Constant, OpenLoop, Schedule
from convcore.descent.theory import SAME, PointKind
from convcore.objectives.base import Objective
from convcore.objectives.quadratics import QuadraticForm
from convcore.optimizers import GradientDescent, Memory, Optimizer, Search
from convcore.sweeps.sweeps import sweep_losses, sweep_steps

SETTLED = 1e-6  # the tolerance of `descend`, relative to the largest gradient a run can have met
AT_REST = 1e-9  # relative to the gradient at the start: from here on a run is stopped
FAR = 1e20  # weights beyond this have blown up


class TuningEnd(Enum):
    """What comes of a setting: its run reaches the goal, or how it fails to."""

    REACHED = "reached"
    SLOW = "slow"  # not within the steps
    DIVERGES = "diverges"
    LEAVES = "leaves"  # the domain of E
    CYCLES = "cycles"
    KINK = "kink"
    SADDLE = "saddle"
    MAXIMUM = "maximum"
    DEGENERATE = "degenerate"


# How a run fails to reach the goal, by its status or where it converged; anything else is slow.
FAILURES: dict[Any, TuningEnd] = {
    Status.DIVERGED: TuningEnd.DIVERGES,
    Status.LEFT: TuningEnd.LEAVES,
    Status.KINK: TuningEnd.KINK,
    Status.CYCLING: TuningEnd.CYCLES,
    PointKind.SADDLE: TuningEnd.SADDLE,
    PointKind.MAXIMUM: TuningEnd.MAXIMUM,
    PointKind.DEGENERATE: TuningEnd.DEGENERATE,
    PointKind.DEGENERATE_MAXIMUM: TuningEnd.DEGENERATE,
}


@dataclass(frozen=True)
class Candidate:
    """A method under a schedule, with a key and a name; η is what is tuned."""

    key: str
    label: str
    optimizer: Optimizer = GradientDescent()
    schedule: Schedule = Constant()


@dataclass(frozen=True, eq=False)
class StepCounts:
    """The steps (m, r) of m candidates at r step sizes each, inf where the goal is not reached.

    ends: (m, r) of `TuningEnd`. loss: (m, r), E at the minimum that was reached where there was no
    target, else NaN.
    """

    etas: Array
    steps: Array
    ends: NDArray[np.object_]
    loss: Array


def count_steps(
    objective: Objective,
    start: ArrayLike,
    candidates: Sequence[Candidate],
    etas: ArrayLike,
    steps: int = 100,
    tolerance: float = SETTLED,
    target: ArrayLike | None = None,
    by_theory: bool = True,
) -> StepCounts:
    """Run every candidate from one start (n,) at each of its η: etas (r,) or (m, r).

    With a target (n,) the goal is ‖wₖ − target‖ ≤ τ‖w_0 − target‖. Without one the goal is to
    converge to a minimum, and steps count until the gradient is τ of its scale (`steps_to_rest`).
    by_theory: whether steps of plain descent on a quadratic come from its closed form (SCIENCE C)
    instead of a run.
    """
    w0 = np.asarray(start, dtype=float)
    eta = np.broadcast_to(np.asarray(etas, dtype=float), (len(candidates), np.shape(etas)[-1]))
    found, loss = np.full(eta.shape, np.inf), np.full(eta.shape, np.nan)
    ends = np.full(eta.shape, TuningEnd.SLOW, dtype=object)
    goal = None if target is None else np.asarray(target, dtype=float)
    left = list(range(len(candidates)))
    if by_theory and goal is not None and isinstance(objective, QuadraticForm):
        for i in left[:]:
            plan = candidates[i].schedule
            if candidates[i].optimizer.plain and isinstance(plan, OpenLoop):
                found[i], ends[i] = _by_theory(objective, w0, eta[i], plan, steps, tolerance)
                left.remove(i)
    # One call per optimizer: its schedules run side by side.
    for optimizer in dict.fromkeys(candidates[i].optimizer for i in left):
        rows = [i for i in left if candidates[i].optimizer == optimizer]
        plans = tuple(candidates[i].schedule for i in rows)
        plan = plans[0] if len(set(plans)) == 1 else SideBySide(plans)
        run = descend(objective, w0, eta[rows], StopAtRest(optimizer), plan, steps)
        found[rows], ends[rows] = _by_run(objective, run, tolerance, goal)
        if goal is None:
            loss[rows] = np.where(np.isfinite(found[rows]), run.loss[-1], np.nan)
    return StepCounts(eta, found, ends, loss)


def steps_to_rest(objective: Objective, run: Trajectory, tolerance: float = SETTLED) -> Array:
    """The step of each run (...) from which its gradient stays small; inf if it is not small at the end.

    Small means at most τ times its scale: its size at w_0 or, if larger, the curvature at the end
    times the distance travelled, as in `criteria.has_settled`.
    """
    size, scale = gradient_sizes(objective, run)
    return settling_step(size, bounded_scale(objective, run, size, scale), tolerance)


def bounded_scale(objective: Objective, run: Trajectory, size: Array, scale: Array) -> Array:
    """The scale (...) of `gradient_sizes`; ‖∇E(w_0)‖ where curvature grows without bound, as in |w|^1.5.

    There curvature times distance would call the slope at the start small already.
    """
    degenerate = np.array(
        [kind is not None and kind.degenerate for kind in run.kind.ravel().tolist()]
    )
    if not degenerate.any():
        return scale
    with np.errstate(all="ignore"):
        halfway = np.abs(objective.eigen((run.w[0] + run.w[-1]) / 2)[0]).max(axis=-1)
        at_end = np.abs(objective.eigen(run.w[-1])[0]).max(axis=-1)
    grows = degenerate.reshape(scale.shape) & ~(at_end <= 10 * halfway)
    return np.where(grows, size[0], scale)


def settling_step(size: Array, scale: Array, tolerance: float = SETTLED) -> Array:
    """The step (...) from which sizes (K+1, ...) stay within τ times a scale (...); inf if none."""
    large = ~(size <= tolerance * scale)
    K = len(size) - 1
    last = np.where(large.any(axis=0), K - large[::-1].argmax(axis=0), -1)
    return np.where(last < K, last + 1.0, np.inf)


def gradient_sizes(objective: Objective, run: Trajectory) -> tuple[Array, Array]:
    """‖∇E(wₖ)‖ (K+1, ...), and the scale (...) of each run: see `steps_to_rest`."""
    with np.errstate(all="ignore"):
        g = np.nan_to_num(objective.gradient(run.w), nan=np.inf, posinf=np.inf, neginf=np.inf)
        size = np.sqrt(squared_norm(np.clip(g, -1e150, 1e150)))
        values, _ = objective.eigen(run.w[-1])
        curvature = np.nan_to_num(np.abs(values), nan=0.0, posinf=0.0).max(axis=-1)
        travel = way(np.sqrt(squared_norm(run.w - run.w[0]).max(axis=0)), run.w[0], run.w[-1])
        scale = np.maximum(size[0], curvature * travel)
    return size, scale


def _by_theory(
    objective: QuadraticForm,
    w0: Array,
    eta: Array,
    plan: OpenLoop,
    steps: int,
    tolerance: float,
) -> tuple[Array, NDArray[np.object_]]:
    loss = np.abs(sweep_losses(objective, w0, eta, plan, steps))
    # A loss that has grown so much counts as diverged, even if a decaying η would bring it back.
    blown = loss.max(axis=0) > GROWTH * loss[0]
    found = sweep_steps(objective, w0, eta, plan, steps, tolerance)
    found = np.where((found <= steps) & ~blown, found, np.inf)
    grows = blown | (isinstance(plan, Constant) & (loss[-1] > (1 + SAME) * loss[0]))
    ends = np.full(found.shape, TuningEnd.SLOW, dtype=object)
    ends[grows] = TuningEnd.DIVERGES
    ends[np.isfinite(found)] = TuningEnd.REACHED
    return found, ends


def _by_run(
    objective: Objective, run: Trajectory, tolerance: float, goal: Array | None
) -> tuple[Array, NDArray[np.object_]]:
    why = run.status
    if goal is not None:
        found = run.steps_to(tolerance, goal)
    else:
        settled = run.status == Status.CONVERGED
        # A flat bottom, as of w⁴, is a minimum too.
        low = (run.kind == PointKind.MINIMUM) | (run.kind == PointKind.DEGENERATE_MINIMUM)
        found = np.where(settled & low, steps_to_rest(objective, run, tolerance), np.inf)
        why = np.where(settled, run.kind, why)
    ends = np.vectorize(lambda each: FAILURES.get(each, TuningEnd.SLOW), otypes=[object])(why)
    ends[np.isfinite(found)] = TuningEnd.REACHED
    return found, ends


@dataclass(frozen=True)
class SideBySide(Schedule):
    """Several schedules at once: a run's schedule is its index along the first axis of the runs."""

    plans: tuple[Schedule, ...]
    label = "side by side"
    open_loop = False

    def start(self, loss: Array) -> list[Any]:
        return [plan.start(part) for plan, part in zip(self.plans, loss, strict=True)]

    def next(self, k: int, loss: Array, memory: list[Any]) -> tuple[Array, list[Any]]:
        f, kept = np.empty(loss.shape), []
        for i, (plan, part, held) in enumerate(zip(self.plans, loss, memory, strict=True)):
            f[i], after = plan.next(k, part, held)
            kept.append(after)
        return f, kept

    def remaining(self, k: int) -> float:
        # The plans differ, and no caller needs a bound for each.
        return np.inf


@dataclass(frozen=True)
class StopAtRest(Optimizer):
    """An optimizer whose runs take no more steps once they have blown up or come to rest.

    At a minimum a line search takes far longer than on the way there, without moving w.
    """

    optimizer: Optimizer
    label = "resting"

    def start(self, w: Array) -> Memory:
        """‖∇E(w_0)‖ (...), NaN before the first step; whether a run is over (...); the inner memory."""
        shape = w.shape[:-1]
        return np.full(shape, np.nan), np.zeros(shape), *self.optimizer.start(w)

    def step(
        self, objective: Objective, w: Array, memory: Memory, eta: Array
    ) -> tuple[Array, Memory]:
        first, over, *own = memory
        live = over == 0
        if not live.any():
            return w, memory
        if np.isnan(first).all():
            first = np.sqrt(squared_norm(objective.gradient(w)))
        here = w[live]
        moved, held = self.optimizer.step(
            objective,
            here,
            tuple(part[live] for part in own),
            np.broadcast_to(eta, (*w.shape[:-1], 1))[live],
        )
        done = ~(np.abs(moved).max(axis=-1) < FAR)
        # A line search keeps no memory that a stop would affect.
        if self.optimizer.search is not Search.NONE:
            size = np.sqrt(squared_norm(objective.gradient(moved)))
            done |= (size <= AT_REST * first[live]) | np.all(moved == here, axis=-1)
        after, over, kept = w.copy(), over.copy(), [part.copy() for part in own]
        after[live], over[live] = moved, done
        for part, new in zip(kept, held, strict=True):
            part[live] = new
        return after, (first, over, *kept)
