"""The one loop that iterates optimizers, the exact path that needs no loop, and how a run ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from convcore.arrays import Array
from convcore.descent.arguments import Arguments, accepted, whole
from convcore.descent.kept import BLOCK, Keep, rows_kept
from convcore.descent.outcomes import Outcome as Outcome
from convcore.descent.outcomes import Status as Status
from convcore.descent.outcomes import all_gone, judge
from convcore.descent.schedules import Constant, OpenLoop, Schedule
from convcore.descent.trajectory import Trajectory as Trajectory
from convcore.objectives.base import Objective
from convcore.objectives.plain import Plain
from convcore.objectives.quadratics import QuadraticForm
from convcore.optimizers import GradientDescent, Optimizer
from convcore.optimizers.base import Rest
from convcore.parallel import Report, part_of

REST_CHECK = 8  # steps between checks whether all runs are at rest
BLOWUP_CHECK = (
    32  # steps between checks whether all runs have blown up; one costs as much as a step
)


def descend(
    objective: Objective | Plain,
    start: ArrayLike,
    eta: ArrayLike = 0.1,
    optimizer: Optimizer | Callable[..., Any] | None = None,
    schedule: Schedule | Callable[[Any], Any] | None = None,
    steps: int = 100,
    tolerance: float = 1e-6,
    report: Report | None = None,
    keep: Keep = "all",
) -> Trajectory:
    """Run `steps` iterations w_(k+1) = optimizer.step(wₖ, η₀·f_k) from every start at once.

    start (..., n) and eta (...) broadcast: one call runs a thousand starts or step sizes.
    objective: an `Objective`, or a plain function of w (see `PlainFunction`). optimizer: plain descent by
    default; a plain function (w, g, eta) -> w will do (see `PlainStep`). schedule: constant by default; a
    plain function k -> f_k will do (see `PlainSchedule`). tolerance: a run has
    converged when its gradient is this small relative to the largest it can have met (see
    `criteria.has_settled`). report: called before each step with the share that is done; it may raise to
    stop the run. keep: "all" steps; "losses", of w only the first and the last; "last", also of the loss;
    or a number, each so many steps: runs are then followed a block at a time and judged in full, so that
    16 MB are enough (or what one run takes). A batch takes at most 1.5 times a plain NumPy loop; a single
    run up to three times, as its verdict costs 0.4 ms at 100 steps and some 2 ms at 1,000.
    Raises ValueError, in one line, for an argument that it cannot take, and for a start without a finite E.
    Divergence is an outcome, not an error.
    """
    given, steps = (
        accepted(objective, start, eta, optimizer, schedule),
        whole(steps, "descend(steps=...)"),
    )
    if keep != "all":
        return _thinned(given, steps, tolerance, report, keep)
    E, w0, eta0, method, plan = given
    w, etas = _walk(E, w0, eta0, method, plan, steps, report)
    return _recorded(E, w, etas, plan, eta0, tolerance, [method])


def _thinned(
    given: Arguments, steps: int, tolerance: float, report: Report | None, keep: Keep
) -> Trajectory:
    """`descend` a block of runs at a time, of which only the rows to keep stay in memory."""
    E, w0, eta0, method, plan = given
    (rows, losses), runs, n = rows_kept(keep, steps), w0.shape[:-1], E.n
    starts, etas = w0.reshape(-1, n), eta0.reshape(-1)
    most = max(1, BLOCK // ((steps + 1) * n))
    turns, parts = -(-len(starts) // most), []
    for turn in range(turns):
        part = np.arange(len(starts))[turn * most : (turn + 1) * most]
        own, first = E.for_runs(part), etas[part]
        w, taken = _walk(
            own, starts[part], first, method, plan, steps, part_of(report, turn, turns)
        )
        run = _recorded(own, w, taken, plan, first, tolerance, [method])
        parts.append(
            replace(run, w=run.w[rows], loss=run.loss[losses], kept=rows, settled=run.converged_at)
        )

    def joined(name: str, axis: int = 0) -> Any:
        """A field of all runs (j, ...), or (...)."""
        each = np.concatenate([getattr(part, name) for part in parts], axis=axis)
        return each.reshape((*each.shape[:axis], *runs, *each.shape[axis + 1 :]))

    names = ("length", "status", "kind", "period", "ended", "settled")
    return Trajectory(
        w=joined("w", 1),
        loss=joined("loss", 1),
        eta=_step_sizes(eta0, plan, steps) if isinstance(plan, OpenLoop) else joined("eta", 1),
        kept=rows,
        **{name: joined(name) for name in names},
    )


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
    _, w0, eta0, _, plan = accepted(objective, start, etas, schedule=schedule)
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
    _, w0, eta0, _, _ = accepted(objective, start, eta)
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
    _, w0, eta0, _, plan = accepted(objective, start, eta, schedule=schedule)
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
