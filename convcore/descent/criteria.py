"""The criteria by which `outcomes.judge` decides how a run ended, one function each."""

from __future__ import annotations

import math

import numpy as np

from convcore.arrays import Array, Bools, Ints
from convcore.descent.schedules import Constant, OpenLoop, Schedule
from convcore.objectives.base import EPS, Objective
from convcore.objectives.quadratics import QuadraticForm

PERIODS = 64  # the longest cycle that is searched for
STABLE = 1e-9  # share of a limit of stability within which η is at it
STEADY = 0.01  # share by which a curvature may still change on the rest of the way to a point
FLUNG = 100  # times as far as it ends from its start, a run has been flung out and come back
FAINT = (
    1e-30  # a gradient smaller than this share of the first may be that of a tail, not of a minimum
)
UNDERFLOWN = 1e-300  # a slope whose square or cube has lost its digits
LONG = 60  # steps of Newton after which a tail has been told from a minimum
VISIBLE = 1e-9  # share of a weight's size that is more than the rounding of a few steps
LATER = 4096  # steps to come that are looked at for growth
TOGETHER = 256  # runs that are looked at at a time, to save memory
ROUNDS = 6  # blocks of a path's end that are compared to see whether it approaches a cycle


def squared_norm(x: Array) -> Array:
    """‖x‖², (..., n) -> (...); for short rows a product with ones is much faster than `sum`."""
    return np.asarray(x * x @ np.ones(x.shape[-1]))


def way(travel: Array, start: Array, end: Array) -> Array:
    """How far runs have come (...): the largest distance from the start, `travel` (...), within reason.

    A run that was flung a million times as far and came back has made no such way: a millionth of that is
    as long as all of it.
    """
    return np.minimum(travel, FLUNG * np.sqrt(squared_norm(end - start)))


def has_left(objective: Objective, w: Array, length: Ints, lost: Bools) -> Bools:
    """Which of the runs that were lost after step `length` (...) stepped out of the domain of E.

    E is NaN at the next w without having grown without bound on the way there; or ∇E is not finite
    at the last w.
    """
    out = np.zeros(lost.shape, dtype=bool)
    if not lost.any():
        return out
    runs, k = np.flatnonzero(lost), length[lost]
    objective = objective.for_runs(runs)
    paths = w.reshape(len(w), -1, objective.n)
    a, b = paths[k, runs], paths[k + 1, runs]
    known = np.asarray(np.isfinite(b).all(axis=-1))
    outside = known & np.isnan(objective.value(b))
    stuck = ~known & ~np.isfinite(objective.gradient(a)).all(axis=-1)
    # Bisect the step until its ends bracket the edge. An overflow, inf − inf, is not an edge.
    inner, outer = np.zeros(len(a)), np.ones(len(a))
    for _ in range(60 if outside.any() else 0):
        middle = (inner + outer) / 2
        inside = np.isfinite(objective.value(a + middle[:, None] * (b - a)))
        inner, outer = np.where(inside, middle, inner), np.where(inside, outer, middle)
    edge = np.abs(objective.value(np.where(known[:, None], a + inner[:, None] * (b - a), a)))
    out.flat[runs] = ((outside & (inner > 0)) | stuck) & (edge < 1e300)
    return out


def at_kink(
    objective: Objective,
    start: Array,
    last: list[Array],
    travel: Array,
    doubted: Bools,
    tolerance: float,
) -> Bools:
    """Whether the last points (..., n) lie within τ·travel of where every slope ∂ᵢE changes sign.

    Where E is smooth the gradient would be small there, and the run would have converged. doubted: (...),
    the runs to examine. The slopes beside a kink must be at least a thousandth of that at the start.
    """
    if not doubted.any():
        return doubted
    end, reach = last[0], tolerance * travel
    near = [np.abs(x - end).max(axis=-1, initial=0.0) <= reach for x in last[1:]]
    found = doubted & np.all(near, axis=0) & (reach > 0)
    if not found.any():
        return found
    g0 = np.abs(objective.gradient(start)).max(axis=-1)
    largest = np.zeros(found.shape)
    for i in range(objective.n):
        beside = reach[..., None] * np.eye(objective.n)[i]
        up, down = (
            objective.gradient(end + beside)[..., i],
            objective.gradient(end - beside)[..., i],
        )
        found = found & (up > 0) & (down < 0)
        largest = np.maximum(largest, np.minimum(up, -down))
    return np.asarray(found & (largest > 1e-3 * g0))


def has_settled(
    objective: Objective,
    start: Array,
    end: Array,
    along: Array,
    values: Array,
    travel: Array,
    tolerance: float,
) -> Bools:
    """Whether the gradient at the end is small; the length of a step plays no part.

    along: the gradient in the eigenbasis (..., n). It must be small relative to the gradient at the
    start, or to curvature times the distance travelled (near a maximum there is hardly any gradient);
    and the local model's stationary point must be near, since on a long flat floor gradients are
    small far from the minimum. Anything within the rounding error of ∇E counts as zero.
    """
    curvature = np.abs(values).max(axis=-1)
    noise = rounding(values, end)
    g0 = np.sqrt(squared_norm(objective.gradient(start)))
    g = np.sqrt(squared_norm(along))
    small = g <= tolerance * np.maximum(g0, curvature * travel) + noise
    doubtful = small & (g > g0 + noise)
    if doubtful.any():
        # The slope of √|w| grows without bound towards its kink.
        halfway = np.sqrt(squared_norm(objective.gradient((start + end) / 2)))
        small = small & (~doubtful | (g <= halfway))
    loud = np.where(np.abs(along) > noise[..., None], along, 0.0)
    near = np.array(distance(loud, values) <= math.sqrt(tolerance) * travel)
    faint = small & near & (g <= FAINT * g0) & along.any(axis=-1)
    if faint.any() and not isinstance(objective, QuadraticForm):
        # On e^(−w²/2) far out, Newton's steps are short and never end.
        most = 10 * math.sqrt(tolerance) * travel[faint]
        near[faint] = newton_ends(objective.for_runs(np.flatnonzero(faint)), end[faint], most)
    # Where the curvature is infinite, as for |w|^1.5 at 0, only the slope counts.
    return np.asarray(small & near | ~along.any(axis=-1))


def newton_ends(objective: Objective, w: Array, most: Array) -> Bools:
    """Whether `LONG` steps of Newton from w (m, n) lead no further than `most` (m,)."""
    at = w
    for _ in range(LONG):
        values, Q = objective.eigen(at)
        along = np.einsum("...ij,...i->...j", Q, objective.gradient(at))
        along = np.divide(along, values, out=np.zeros_like(along), where=values != 0)
        at = at - np.einsum("...ij,...j->...i", Q, along)
    return np.asarray(np.sqrt(squared_norm(at - w)) <= most)


def is_carried_off(
    shares: Array, errors: Array, saddle: Bools, schedule: Schedule, K: int, reach: Array
) -> Bools:
    """Whether steps to come carry w farther than `reach` (...) from a point of rest, however near it is.

    shares, errors: (..., n), see `Optimizer.shares`, at step K. saddle (...): whether it is a saddle or a
    maximum, where errors grow along negative curvature; elsewhere such a curvature is rounding. A run that
    lands on a minimum and then takes steps beyond its limit is thrown off again by what rounding leaves.
    """
    ahead = np.ones(1)  # η of the steps to come, in units of the last
    lasting = not isinstance(schedule, OpenLoop) or isinstance(schedule, Constant)
    if isinstance(schedule, OpenLoop) and not lasting:
        factors = schedule.factor(np.arange(K - 1, K + LATER, dtype=float))
        ahead = factors[1:] / factors[0] if factors[0] else np.zeros(1)
    unstable = (shares * ahead.max() > 2 * (1 + STABLE)) | (saddle[..., None] & (shares < 0))
    unstable &= np.isfinite(errors) & (errors != 0) & np.isfinite(shares)
    off = np.array(unstable.any(axis=-1))
    if lasting or not off.any():
        return off
    growing = np.where(unstable, shares, 0.0)[off]
    growth = np.empty_like(growing)
    for i in range(0, len(growing), TOGETHER):
        left = 1 - np.multiply.outer(ahead, growing[i : i + TOGETHER])
        with np.errstate(divide="ignore"):
            growth[i : i + TOGETHER] = np.cumsum(np.log(np.abs(left)), axis=0).max(axis=0)
    with np.errstate(over="ignore"):
        error = np.where(unstable[off], np.abs(errors[off]) * np.exp(np.minimum(growth, 700)), 0.0)
    off[off] = error.max(axis=-1) > reach[off]
    return off


def distance(along: Array, values: Array) -> Array:
    """Distance (...) to the local model's stationary point; inf for a slope without curvature."""
    reach = np.where(along == 0, 0.0, np.abs(along) / np.abs(values))
    return np.sqrt(squared_norm(reach))


def curvatures_at_rest(objective: Objective, w: Array) -> Array:
    """Eigenvalues (..., n) of the Hessian at the stationary points near w (..., n), ascending.

    Near a point where E is flat the Hessian is not yet zero: w³ curves up at every w > 0. So it is
    compared with the Hessian after a Newton step, halfway there, and on both sides by as much as
    rounding and underflow move that step. Where a curvature differs between these, the search goes on
    from the end of the step, which squares the distance to a non-degenerate point; a curvature that
    never settles is NaN, and so is one of a single weight that the rounding of slopes could make.
    """
    if isinstance(objective, QuadraticForm):
        return np.broadcast_to(objective.eigen(w)[0], w.shape)
    shape, w = w.shape, w.reshape(-1, objective.n)
    runs, at_rest = objective, np.copy(w)
    out, left = np.empty(w.shape), np.arange(len(w))
    at, reach = w, np.full(len(w), np.inf)
    for _ in range(12):
        values, unsteady, step = _unsteady(objective, at)
        out[left], at_rest[left] = np.where(unsteady, np.nan, values), at
        # Beyond ten times the first step lies another stationary point.
        reach = np.where(np.isinf(reach), 10 * np.sqrt(squared_norm(step)), reach)
        on = at + step
        near = np.sqrt(squared_norm(on - w[left])) <= reach
        more = unsteady.any(axis=-1) & near & np.isfinite(on).all(axis=-1)
        if not more.any():
            break
        objective, left, at, reach = objective.for_runs(more), left[more], on[more], reach[more]
    if objective.n == 1:
        out[_made_by_rounding(runs, at_rest, out)] = np.nan
    return out.reshape(shape)


def _made_by_rounding(objective: Objective, w: Array, values: Array) -> Bools:
    """Whether extrema (m, 1) may be none: up to the next one the slope is less than its rounding.

    Of 1 + cos w, the slope of w + sin w, rounding leaves nothing near π, where E bends neither way. Where a
    curvature c changes by t per unit of w, the next extremum is c/t away, and slopes in between are at most
    c²/2t, which are told from rounding if there are others of an eighth of that.
    """
    reach = np.maximum(1.0, np.abs(w))
    near = 1e-4 * reach
    made = np.zeros(w.shape, dtype=bool)
    with np.errstate(all="ignore"):
        sides = objective.eigen(np.stack([w + near, w - near]))[0]
        changes = np.abs(sides[0] - sides[1]) / (2 * near)
        away = np.abs(values) / changes
        rows = np.flatnonzero((away > 0) & (away < 1e-6 * reach))
        if rows.size:
            steps = np.concatenate([sign * 2.0 ** np.arange(-6, 15) for sign in (-1, 1)])
            looked = w[rows] + steps[:, None, None] * away[rows]
            slopes = np.abs(objective.for_runs(rows).gradient(looked))
            least = np.min(slopes, axis=0, where=slopes > 0, initial=np.inf)
            made[rows] = least > np.abs(values * away)[rows] / 16
    return made


def extrema_from_sides(objective: Objective, w: Array, reach: Array | float) -> tuple[Bools, Bools]:
    """Which points (m, 1) of one weight are minima, and which maxima, by the slopes at ± `reach`."""
    left, right = objective.gradient(w - reach)[:, 0], objective.gradient(w + reach)[:, 0]
    return (left < 0) & (right > 0), (left > 0) & (right < 0)


def _unsteady(objective: Objective, w: Array) -> tuple[Array, Bools, Array]:
    """Curvatures at points w (m, n), which of them change nearby, and Newton steps (m, n)."""
    values, Q = objective.eigen(w)
    along = np.einsum("...ij,...i->...j", Q, objective.gradient(w))
    nonzero = np.where(values == 0, np.inf, values)
    step = -np.einsum("...ij,...j->...i", Q, along / nonzero)
    # So far the gradient is 0 to rounding, or has underflowed as those of w³ and w⁴ do.
    unseen = rounding(values, w)[:, None] + UNDERFLOWN
    slip = np.einsum("...ij,...j->...i", Q, unseen / np.abs(nonzero))
    others = objective.eigen(np.stack([w + step, w + step / 2, w + slip, w - slip]))[0]
    # Comparisons with NaN are false: a curvature that is not finite somewhere is unsteady.
    with np.errstate(over="ignore"):
        steady = np.all(np.abs(others - values) <= STEADY * np.abs(values), axis=0)
    return values, np.logical_not(steady), step


def is_hidden(objective: QuadraticForm, w: Array, reach: Array) -> Bools:
    """Whether w (..., n) are farther than `reach` (...) from where ∇E is 0, though its rounding hides that.

    Of curvatures 1 and 10¹⁵ the slope along the first is less than the rounding of that along the other.
    """
    away = np.sqrt(squared_norm(objective.spectrum.error(w)))
    size = np.sqrt(squared_norm(w)) + np.linalg.norm(objective.stationary)
    return np.asarray(away > np.maximum(reach, VISIBLE * size))


def rounding(values: Array, w: Array) -> Array:
    """The rounding error (...) of ∇E at w (..., n), where the curvatures are `values` (..., n)."""
    largest = np.abs(values).max(axis=-1)
    return (16 + w.shape[-1]) * EPS * largest * np.sqrt(squared_norm(w))


def is_going_straight(w: Array) -> Bools:
    """Whether paths (K+1, ..., n) still move and, in their later half, do not turn back.

    Between the two sides of a kink a run under small steps goes straight for long, and turns.
    """
    moves = np.diff(w[len(w) // 2 - 1 :], axis=0)
    straight = np.einsum("...i,...i->...", moves[1:], moves[:-1]) >= 0
    return np.asarray(np.any(moves[-1] != 0, axis=-1) & straight.all(axis=0))


def on_the_flat(along: Array, values: Array) -> Bools:
    """Whether the gradient (..., n) lies in directions without curvature."""
    if np.all(values):
        return np.zeros(along.shape[:-1], dtype=bool)
    flat = squared_norm(np.where(values == 0, along, 0.0))
    return np.asarray(flat > (1 - 1e-6) * squared_norm(along))


def is_frozen(
    along: Array, values: Array, last: list[Array], eta: Array, left: Array, beta: Array
) -> Bools:
    """Whether the steps to come are too short for the remaining distance; left: the rest of Ση (...).

    The distance per unit of η is measured at the last step, so the test works for every optimizer.
    With momentum β (...), a step is followed by β/(1 − β) times its length without any gradient.
    """
    if not len(eta):
        return np.zeros(left.shape, dtype=bool)
    one, two = last[0] - last[1], last[1] - last[2]
    push = np.sqrt(squared_norm(one - beta[..., None] * two)) / np.abs(eta[-1])
    pushed = np.where(left > 0, left * push, 0.0)
    reach = (pushed + beta * np.sqrt(squared_norm(one))) / (1 - beta)
    return np.asarray(reach < distance(along, values))


def periods(w: Array) -> Ints:
    """The smallest p with which the ends of the paths (K+1, runs, n) repeat; 0 if none.

    They must repeat twice, to rounding relative to the orbit's extent, so that a slow spiral is not
    taken for a cycle.
    """
    most = min(PERIODS, (len(w) - 1) // 2)
    tail = w[-2 * most - 1 :]
    noise = 64 * EPS * np.abs(tail).max(axis=(0, 2))
    back = np.abs(tail[-1 - most : -1][::-1] - tail[-1]).max(axis=-1)
    close = back <= 1e-10 * np.ptp(tail, axis=0).max(axis=-1)
    period = np.zeros(w.shape[1], dtype=np.int64)
    for p in np.flatnonzero(close.any(axis=1)) + 1:
        window = tail[-2 * p - 1 :]
        change = np.abs(window[p:] - window[:-p]).max(axis=(0, 2))
        extent = np.ptp(window, axis=0).max(axis=-1)
        repeats = change <= np.minimum(1e-10 * extent, 1e-12 * extent + noise)
        period = np.where((period == 0) & repeats, p, period)
    return _undoubled(tail, period)


def _undoubled(w: Array, period: Ints) -> Ints:
    """Periods (runs,) of paths (m, runs, n), with spurious multiples reduced to the true period.

    An orbit that approaches a cycle of period d from alternate sides, as just below a doubling,
    repeats after 2d steps long before it repeats after d. The branches of a cycle that has really
    doubled separate like a square root of η: they are within 1e-4 only for η within 1e-8.
    """
    if period.max(initial=0) < 4:
        return period  # too short to be a multiple of a true period ≥ 2
    period = period.copy()
    for d in range(2, PERIODS // 2 + 1):
        runs = np.flatnonzero((period > d) & (period % d == 0))
        if runs.size:
            rounds = w[-3 * d :, runs]
            apart = np.abs(rounds[d:] - rounds[:-d]).max(axis=(0, 2))
            near = apart <= 1e-4 * np.ptp(rounds, axis=0).max(axis=-1)
            period[runs[near]] = d
    return period


def is_wandering(loss: Array) -> Bools:
    """Whether the loss (K+1, ...) rises and falls without a trend in a run's last two thirds."""
    third = (len(loss) - 1) // 3
    if third < PERIODS:
        return np.zeros(loss.shape[1:], dtype=bool)
    late = loss[-2 * third :] - loss[-2 * third :].min(axis=0)
    change = np.diff(late, axis=0)
    rises, way = np.maximum(change, 0).sum(axis=0), np.abs(change).sum(axis=0)
    both = (rises > 0.2 * way) & (rises < 0.8 * way)
    level = late[third:].mean(axis=0) / late[:third].mean(axis=0)
    # Rounding errors rise and fall as well.
    real = way > 1e-12 * third * np.abs(loss[-1])
    return np.asarray(both & real & (level > 0.8) & (level < 1.25))


def is_closing_in(w: Array) -> Bools:
    """Whether paths (K+1, runs, n) approach a cycle: each round is nearer to the one before.

    A round takes p steps, after which a path returns closest to itself. Over blocks of the last two
    thirds the largest |wₖ − w_(k−p)| falls from block to block, by at least a fifth in total.
    """
    size = (len(w) - 1) // 3 * 2 // ROUNDS
    late = w[-ROUNDS * size - PERIODS :]
    if size < 1 or len(late) < ROUNDS * size + PERIODS:
        return np.zeros(w.shape[1], dtype=bool)
    end = late[-size:]
    back = [np.abs(end - late[-size - p : -p]).max(axis=(0, 2)) for p in range(1, PERIODS + 1)]
    p = np.argmin(back, axis=0) + 1
    at = np.arange(PERIODS, len(late))[:, None]
    runs = np.arange(w.shape[1])
    apart = np.abs(late[PERIODS:] - late[at - p, runs]).max(axis=-1)
    apart = apart.reshape(ROUNDS, size, -1).max(axis=1)
    falls = (np.diff(apart, axis=0) < 0).all(axis=0)
    return np.asarray(falls & (apart[-1] < 0.8 * apart[0]))
