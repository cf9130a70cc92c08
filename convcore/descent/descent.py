"""The one loop that iterates optimizers, the exact path that needs no loop, and how a run ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convcore.arrays import Array, Bools, Ints
from convcore.descent.criteria import squared_norm
from convcore.descent.outcomes import Outcome as Outcome
from convcore.descent.outcomes import Status as Status
from convcore.descent.outcomes import all_gone, judge
from convcore.descent.schedules import Constant, OpenLoop, Schedule
from convcore.descent.theory import SAME
from convcore.objectives.base import EPS, Objective
from convcore.objectives.quadratics import QuadraticForm
from convcore.optimizers import GradientDescent, Optimizer
from convcore.optimizers.base import Rest
from convcore.parallel import Report, part_of

REST_CHECK = 8  # steps between checks whether all runs are at rest
BLOWUP_CHECK = (
    32  # steps between checks whether all runs have blown up; one costs as much as a step
)


@dataclass(frozen=True, eq=False)
class Trajectory:
    """The record of one or many runs, rectangular and finite throughout.

    w: (K+1, ..., n). loss: (K+1, ...). eta: (K, ...), the step sizes ηₖ. length: (...), the last
    step that is recorded; after it w and loss hold their last value. status: (...), an object array
    of `Status`; kind: (...), likewise of `PointKind`, that of the last point by inertia, None if the run
    diverged or left; period: (...), 0 unless cycling; ended: (...), the step at which a run was found
    to diverge or left the domain of E, else its last.
    """

    w: Array
    loss: Array
    eta: Array
    length: Ints
    status: NDArray[np.object_]
    kind: NDArray[np.object_]
    period: Ints
    ended: Ints

    @cached_property
    def gone(self) -> Bools:
        """Which runs (...) diverged or left the domain of E, so that they have no last point."""
        return np.asarray((self.status == Status.DIVERGED) | (self.status == Status.LEFT))

    def outcome(self, run: tuple[int, ...] = ()) -> Outcome:
        """How one run ended; `run` is its index, () for a single run."""
        return Outcome(
            self.status[run], int(self.ended[run]), self.kind[run], int(self.period[run])
        )

    def cut(self) -> Trajectory:
        """A single run up to its last recorded step, as a copy."""
        last = int(self.length)
        return replace(
            self,
            w=self.w[: last + 1].copy(), loss=self.loss[: last + 1].copy(), eta=self.eta[:last].copy(),
        )  # fmt: skip

    def of(self, run: int) -> Trajectory:
        """One of the runs of a batch (m,)."""
        return Trajectory(
            self.w[:, run], self.loss[:, run], self.eta[:, run], self.length[run, ...],
            self.status[run, ...], self.kind[run, ...], self.period[run, ...], self.ended[run, ...],
        )  # fmt: skip

    def steps_to(self, tolerance: float, target: Array) -> Array:
        """The smallest k with ‖wₖ − target‖ ≤ τ‖w_0 − target‖, (...); inf if none was reached.

        The rounding error of the two ends of a distance is allowed for.
        """
        distance = np.sqrt(squared_norm(self.w - target))
        rounding = 2 * EPS * np.abs(target).max()
        hit = distance <= tolerance * (1 + SAME) * distance[0] + rounding
        return np.where(hit.any(axis=0), hit.argmax(axis=0), np.inf)


def descend(
    objective: Objective,
    start: ArrayLike,
    eta: ArrayLike = 0.1,
    optimizer: Optimizer | None = None,
    schedule: Schedule | None = None,
    steps: int = 100,
    tolerance: float = 1e-6,
    report: Report | None = None,
) -> Trajectory:
    """Run `steps` iterations w_(k+1) = optimizer.step(wₖ, η₀·f_k) from every start at once.

    start (..., n) and eta (...) broadcast: one call runs a thousand starts or step sizes.
    optimizer: plain descent by default; schedule: constant by default; tolerance: a run has
    converged when its gradient is this small relative to the largest it can have met (see
    `criteria.has_settled`). report: called before each step with the share that is done; it may raise to
    stop the run. Raises ValueError for a start that does not fit or has no finite E. Divergence is an
    outcome, not an error.
    """
    w0, eta0, schedule = _prepare(objective, start, eta, schedule)
    optimizer = optimizer or GradientDescent()
    w, etas = _walk(objective, w0, eta0, optimizer, schedule, steps, report)
    return _recorded(objective, w, etas, schedule, eta0, tolerance, [optimizer])


def descend_each(
    objective: Objective,
    start: ArrayLike,
    candidates: Sequence[tuple[float, Optimizer]],
    schedule: Schedule | None = None,
    steps: int = 100,
    tolerance: float = 1e-6,
    exact: float | None = None,
) -> list[Trajectory]:
    """`descend` from one start (n,) for each (η, optimizer); all are judged at once, which is faster.

    exact: the η of one more run, the last, by `exact_descent`; only for a quadratic under an
    open-loop schedule. Raises ValueError as `descend` does.
    """
    etas = [eta for eta, _ in candidates] + ([] if exact is None else [exact])
    w0, eta0, plan = _prepare(objective, start, etas, schedule)
    walks = [
        _walk(objective, w0[i], eta0[i], optimizer, plan, steps)
        for i, (_, optimizer) in enumerate(candidates)
    ]
    if exact is not None:
        walks.append(_closed_form(objective, w0[-1], eta0[-1], plan, steps))
    w, taken = (np.stack(part, axis=1) for part in zip(*walks, strict=True))
    methods = [optimizer for _, optimizer in candidates]
    methods += [] if exact is None else [_Exact()]
    runs = _recorded(objective, w, taken, plan, eta0, tolerance, methods)
    return [runs.of(i) for i in range(len(etas))]


def descend_by_schedule(
    objective: Objective,
    start: ArrayLike,
    eta: float,
    optimizer: Optimizer,
    schedules: Sequence[Schedule],
    steps: int = 100,
    tolerance: float = 1e-6,
    report: Report | None = None,
) -> list[Trajectory]:
    """`descend` from one start (n,) under each schedule; all open-loop ones run side by side.

    A step of a few runs takes hardly longer than a step of one. Raises ValueError as `descend` does.
    """
    w0, eta0, _ = _prepare(objective, start, eta, None)
    known = [plan for plan in schedules if isinstance(plan, OpenLoop)]
    others = [plan for plan in schedules if not isinstance(plan, OpenLoop)]
    turns = 1 + len(others)
    runs: dict[Schedule, Trajectory] = {}
    if known:
        etas = np.stack([_step_sizes(eta0, plan, steps) for plan in known], axis=1)
        starts, first = np.tile(w0, (len(known), 1)), part_of(report, 0, turns)
        w, etas = _walk(objective, starts, eta0, optimizer, known[0], steps, first, etas)
        for i, plan in enumerate(known):
            path, taken = np.ascontiguousarray(w[:, i]), np.ascontiguousarray(etas[:, i])
            runs[plan] = _recorded(objective, path, taken, plan, eta0, tolerance, [optimizer])
    for turn, other in enumerate(others, 1):
        runs[other] = descend(
            objective, w0, eta0, optimizer, other, steps, tolerance, part_of(report, turn, turns)
        )
    return [runs[plan] for plan in schedules]


def _walk(
    objective: Objective,
    w0: Array,
    eta0: Array,
    optimizer: Optimizer,
    schedule: Schedule,
    steps: int,
    report: Report | None = None,
    etas: Array | None = None,
) -> tuple[Array, Array]:
    """w (K+1, ..., n) and ηₖ (K, ...) of runs, before they are judged.

    etas: ηₖ (K, ...), where they are not those of the schedule.
    """
    runs = w0.shape[:-1]
    w = np.empty((steps + 1, *w0.shape))
    w[0] = w0
    with np.errstate(all="ignore"):
        height = _start_loss(objective, w0)
        memory, plan = optimizer.start(w0), schedule.start(height)
        if etas is None and isinstance(schedule, OpenLoop):
            etas = _step_sizes(eta0, schedule, steps)
        open_loop = etas is not None
        # Such a step costs as much as many checks, above all far out.
        searching = optimizer.search.brackets
        lasting = etas is not None and bool(np.all(etas == etas[:1]))
        if etas is None:
            etas = np.empty((steps, *runs))
        sizes = etas[..., None]
        for k in range(steps):
            if report is not None:
                report(k / steps)
            if not open_loop:
                f, plan = schedule.next(k, objective.value(w[k]), plan)
                etas[k] = eta0 * f
            w[k + 1], memory = optimizer.step(objective, w[k], memory, sizes[k])
            if (
                k % REST_CHECK == REST_CHECK - 1
                and lasting
                and memory == ()
                and np.all(w[k + 1] == w[k])
            ):
                # Without memory, the same step follows from the same point: it stays for good.
                w[k + 2 :] = w[k + 1]
                break
            if (
                k % BLOWUP_CHECK == BLOWUP_CHECK - 1
                and not np.any(np.abs(w[k + 1]).max(axis=-1) < 1e150)
            ) or (k % REST_CHECK == REST_CHECK - 1 and searching and all_gone(objective, w, k + 1)):
                w[k + 2 :] = w[k + 1]
                if not open_loop:
                    etas[k + 1 :] = etas[k]
                break
    return w, etas


def exact_descent(
    objective: QuadraticForm,
    start: ArrayLike,
    eta: ArrayLike = 0.1,
    schedule: OpenLoop | None = None,
    steps: int = 100,
    tolerance: float = 1e-6,
) -> Trajectory:
    """The path of plain descent on a quadratic by its closed form, eigenmode by eigenmode.

    λ ≠ 0: z_k − z* = ∏(1 − η_jλ)(z_0 − z*); λ = 0: z_k = z_0 − b̃Ση_j (SCIENCE C). Arguments and
    result as for `descend`: start (..., n) and eta (...) broadcast. It equals the loop to rounding
    while every |1 − ηλ| ≤ 1; beyond that, rounding errors in the loop feed the growing modes, which the
    exact path does not show.
    """
    w0, eta0, plan = _prepare(objective, start, eta, schedule)
    w, etas = _closed_form(objective, w0, eta0, plan, steps)
    return _recorded(objective, w, etas, plan, eta0, tolerance, [_Exact()])


class _Exact(GradientDescent):
    """Plain descent in exact arithmetic, which stays where it lands: no rounding is left to grow."""

    def shares(self, eta: Array, rest: Rest) -> tuple[Array, Array]:
        return np.zeros_like(rest.along), np.zeros_like(rest.along)


def _closed_form(
    objective: Objective, w0: Array, eta0: Array, plan: Schedule, steps: int
) -> tuple[Array, Array]:
    """As `_walk`, for plain descent on a quadratic."""
    assert isinstance(objective, QuadraticForm) and isinstance(plan, OpenLoop)
    s = objective.spectrum
    error, flat = s.error(w0), np.where(s.values == 0, w0 @ s.vectors, 0.0)
    with np.errstate(all="ignore"):
        etas = _step_sizes(eta0, plan, steps)
        _start_loss(objective, w0)
        z = np.empty((steps + 1, *w0.shape))
        z[0] = error
        for i, curvature in enumerate(s.values):  # NumPy is slow along a short last axis
            z[1:, ..., i] = 1 - etas * curvature
        np.multiply.accumulate(z, axis=0, out=z)
        # A mode that starts at its centre stays there, however large the factor: avoid 0·inf.
        z[:, error == 0] = 0.0
        z += s.centre + flat
        if s.drift.any():
            z[1:] -= np.cumsum(etas, axis=0)[..., None] * s.drift
        w = z @ s.vectors.T
        w[0] = w0
    return w, etas


def _step_sizes(eta0: Array, schedule: OpenLoop, steps: int) -> Array:
    """η₀·f_k, shape (K, ...); read-only."""
    if isinstance(schedule, Constant):  # a view, not a copy: maps follow thousands of runs
        return np.broadcast_to(eta0, (steps, *eta0.shape))
    return np.multiply.outer(schedule.factors(steps), eta0)


def _prepare(
    objective: Objective, start: ArrayLike, eta: ArrayLike, schedule: Schedule | None
) -> tuple[Array, Array, Schedule]:
    w0, eta0 = np.asarray(start, dtype=float), np.asarray(eta, dtype=float)
    if w0.ndim == 0 or w0.shape[-1] != objective.n:
        raise ValueError(f"`descend(start=...)` must end in {objective.n} weights; got {w0.shape}.")
    if not (np.isfinite(w0).all() and np.isfinite(eta0).all()):
        raise ValueError("`descend(start=..., eta=...)` must be finite.")
    runs = np.broadcast_shapes(w0.shape[:-1], eta0.shape)
    w0 = np.broadcast_to(w0, (*runs, objective.n))
    return w0, np.broadcast_to(eta0, runs), schedule or Constant()


def _start_loss(objective: Objective, w0: Array) -> Array:
    """E(w_0) (...); raises ValueError where it is not finite, outside of the domain of E."""
    height = objective.value(w0)
    if not np.isfinite(height).all():
        raise ValueError("`descend(start=...)` must be where E is finite.")
    return height


def _recorded(
    objective: Objective,
    w: Array,
    etas: Array,
    schedule: Schedule,
    eta0: Array,
    tolerance: float,
    methods: Sequence[Optimizer],
) -> Trajectory:
    """The judged trajectory of runs; from where one blew up its last values are held."""
    with np.errstate(all="ignore"):
        loss = np.asarray(objective.value(w))
        length, ended, status, kind, period = judge(
            objective, w, loss, etas, schedule, eta0, tolerance, methods
        )
    for run in np.argwhere(length < len(etas)):
        at = (int(length[tuple(run)]), *run)
        w[(slice(at[0] + 1, None), *run)] = w[at]
        loss[(slice(at[0] + 1, None), *run)] = loss[at]
    return Trajectory(w, loss, etas, length, status, kind, period, ended)
