"""What theory says of a step: regimes, limits, rates, steps to a tolerance, whitening, inertia.

Everything here follows from eigenvalues; nothing is run (SCIENCE A and C).
"""

from __future__ import annotations

import math
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array, Bools
from convcore.descent.schedules import Constant, OpenLoop
from convcore.objectives.base import Objective, drop_rounding
from convcore.objectives.graded import symmetric
from convcore.objectives.quadratics import Spectrum


class Regime(Enum):
    """What plain descent with a fixed η does along one direction of curvature a."""

    STILL = "stands still"
    CLIMBS = "climbs: a step of η < 0 goes uphill"
    MONOTONE = "converges monotonically"
    ONE_STEP = "lands on the minimum in one step"
    OSCILLATES = "oscillates and converges"
    JUMPS = "jumps between two points for ever"
    DIVERGES = "diverges"
    RUNS_AWAY = "runs away: the curvature is negative"
    DRIFTS = "drifts at a constant speed: there is no curvature"


class PointKind(Enum):
    """What a stationary point is, by the signs of the Hessian's eigenvalues there; each is its name.

    Degenerate: some eigenvalue is 0 or not finite. Of one weight, its two sides may still show a minimum or
    a maximum, as of w⁴.
    """

    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    SADDLE = "saddle"
    DEGENERATE = "degenerate point"
    DEGENERATE_MINIMUM = "degenerate minimum"
    DEGENERATE_MAXIMUM = "degenerate maximum"

    @property
    def degenerate(self) -> bool:
        """Whether curvature does not decide."""
        return self not in (PointKind.MINIMUM, PointKind.MAXIMUM, PointKind.SADDLE)

    @property
    def plain(self) -> PointKind:
        """The same, with a degenerate minimum as a minimum and a degenerate maximum as a maximum."""
        known = {
            PointKind.DEGENERATE_MINIMUM: PointKind.MINIMUM,
            PointKind.DEGENERATE_MAXIMUM: PointKind.MAXIMUM,
        }
        return known.get(self, self)

    @property
    def is_minimum(self) -> bool:
        """Whether it is a minimum, degenerate or not."""
        return self.plain is PointKind.MINIMUM


CRAWLS = 0.75  # an error of which a step keeps more takes over 24 steps to 0.1 %
# η/ηₒₚₜ is compared with 1 and 2 to this relative accuracy: some rounding errors of typed decimals.
SAME = 1e-12


def less_rounding(x: float) -> float:
    """x, a difference of terms of about 1, or 0 if it is within their rounding error."""
    return x if abs(x) > SAME else 0.0


def regime(a: float, eta: float, slope: float = 0.0) -> Regime:
    """The regime of step size η on curvature a; `slope` is b, which matters only where a = 0.

    >>> regime(a=2, eta=0.7)
    <Regime.OSCILLATES: 'oscillates and converges'>
    """
    if eta == 0 or (a == 0 and slope == 0):
        return Regime.STILL
    share = eta * a
    if eta < 0 and share < 2 * (1 - SAME):
        return Regime.CLIMBS
    if eta > 0 and a <= 0:
        return Regime.RUNS_AWAY if a < 0 else Regime.DRIFTS
    if abs(share - 1) <= SAME:
        return Regime.ONE_STEP
    if abs(share - 2) <= 2 * SAME:
        return Regime.JUMPS
    if share < 1:
        return Regime.MONOTONE
    return Regime.OSCILLATES if share < 2 else Regime.DIVERGES


def limit(spectrum: Spectrum) -> float:
    """2/λₘₐₓ, below which plain descent converges; inf if nothing curves upwards."""
    top = float(spectrum.values[-1])
    return 2 / top if top > 0 else math.inf


def condition_number(spectrum: Spectrum) -> float:
    """κ = λₘₐₓ/λₘᵢₙ; inf for a singular matrix, NaN if it is not positive semi-definite or rounding
    hides λₘᵢₙ."""
    low, top = float(spectrum.values[0]), float(spectrum.values[-1])
    if low < 0 or top <= 0:
        return math.nan
    if low > 0:
        return top / low
    return math.nan if spectrum.hidden[spectrum.values == 0].all() else math.inf


def effective_condition_number(spectrum: Spectrum) -> float:
    """λₘₐₓ over the smallest positive eigenvalue, which sets the pace when A is singular.

    NaN if no eigenvalue is positive, or rounding hides one.
    """
    positive = spectrum.values[spectrum.values > 0]
    if not positive.size or spectrum.hidden.any():
        return math.nan
    return float(positive[-1] / positive[0])


def condition_doubt(spectrum: Spectrum) -> float:
    """About the relative error that rounding leaves in `effective_condition_number`; inf if hidden."""
    return float(spectrum.doubt[spectrum.values >= 0].max(initial=0.0))


def best_fixed_step(spectrum: Spectrum) -> tuple[float, float]:
    """(η, rate): η = 2/(λₘᵢₙ + λₘₐₓ) over the positive λ, rate (κ−1)/(κ+1); NaNs if none."""
    positive = spectrum.values[spectrum.values > 0]
    if not positive.size:
        return math.nan, math.nan
    low, top = float(positive[0]), float(positive[-1])
    return 2 / (low + top), less_rounding((top - low) / (top + low))


def notes_bound(A: Array) -> float:
    """2·min 1/a_ii: the lecture notes' limit of η, true for diagonal A (n, n) only (claim 8)."""
    top = float(np.diagonal(A).max())
    return 2 / top if top > 0 else math.inf


def trace_bound(A: Array) -> float:
    """2/trace(A): a safe η for A (n, n) ⪰ 0 that needs no eigenvalues."""
    trace = float(np.trace(A))
    return 2 / trace if trace > 0 else math.inf


def gershgorin_bound(A: Array) -> float:
    """2/max_i Σ_j |a_ij|: a safe η for A (n, n) ⪰ 0 by Gershgorin's discs, without eigenvalues."""
    reach = float(np.abs(A).sum(axis=1).max())
    return 2 / reach if reach > 0 else math.inf


def best_momentum(spectrum: Spectrum) -> tuple[float, float]:
    """(η, β) = (4/(√L+√μ)², ((√κ−1)/(√κ+1))²), the best of heavy-ball momentum (Polyak 1964)."""
    positive = spectrum.values[spectrum.values > 0]
    if not positive.size:
        return math.nan, math.nan
    low, top = math.sqrt(positive[0]), math.sqrt(positive[-1])
    return 4 / (top + low) ** 2, less_rounding((top - low) / (top + low)) ** 2


def momentum_rate(values: Array, eta: float, beta: float, nesterov: bool = False) -> float:
    """The asymptotic factor per step: max over λ (n,) of the larger root of the mode's recursion.

    Heavy ball: x² − (1 + β − ηλ)x + β = 0; Nesterov: x² − (1 + β)(1 − ηλ)x + β(1 − ηλ) = 0.
    """
    f = 1 - eta * values
    f = np.where(np.abs(f) > SAME, f, 0.0)  # as `less_rounding`: the root would make 1e-8 of 1e-16
    p, q = ((1 + beta) * f, beta * f) if nesterov else (beta + f, np.full_like(f, beta))
    root = np.sqrt((p * p - 4 * q).astype(complex))
    return float(np.maximum(abs(p + root), abs(p - root)).max() / 2)


def whitening(A: Array, root: str = "symmetric") -> Array:
    """S (n, n) with SᵀS = A, so that in ŵ = Sw all directions have curvature 1 (claim 10).

    root: "symmetric" for A^½, "cholesky" for Lᵀ with A = LLᵀ. Raises ValueError unless A is
    symmetric positive definite.
    """
    if not np.allclose(A, A.T, rtol=SAME, atol=0):
        raise ValueError("`whitening(A=...)` must be symmetric.")
    values, Q, _ = symmetric(A)
    if values[0] <= 0:
        raise ValueError("`whitening(A=...)` must be positive definite.")
    if root == "cholesky":
        return np.asarray(np.linalg.cholesky(A).T, dtype=float)
    return np.asarray((Q * np.sqrt(values)) @ Q.T)


def inertia(values: Array) -> tuple[int, int, int]:
    """How many eigenvalues (n,) are positive, negative and zero."""
    v = drop_rounding(np.asarray(values, dtype=float))
    return int((v > 0).sum()), int((v < 0).sum()), int((v == 0).sum())


def kinds_of_points(values: Array) -> NDArray[np.object_]:
    """The `PointKind` (...) of stationary points with Hessian eigenvalues (..., n), by inertia.

    Where an eigenvalue is 0, or NaN as the Hessian is not finite, curvature cannot decide.
    """
    v = drop_rounding(values)
    up, down = (v > 0).any(axis=-1), (v < 0).any(axis=-1)
    flat = ((v == 0) | np.isnan(v)).any(axis=-1)
    kinds = [PointKind.SADDLE, PointKind.DEGENERATE, PointKind.MINIMUM]
    return np.asarray(np.select([up & down, flat, up], kinds, PointKind.MAXIMUM))  # type: ignore[call-overload]


# A schedule is followed term by term up to this many steps.
HORIZON = 20_000


def predicted_steps(
    values: Array,
    error: Array,
    eta: float,
    schedule: OpenLoop,
    tolerance: float,
) -> float:
    """The smallest k with ‖wₖ − w*‖ ≤ τ‖w_0 − w*‖ for plain descent, without running it.

    values: λ (n,) of the modes; error: z_0 − z* (n,) along them; tolerance: τ. The answer is exact
    up to rounding for a constant η, however large, and up to HORIZON steps for other schedules; inf
    means never, NaN that it takes more steps than that. Source: error = ∏(1 − η_j λ)(z_0 −
    z*).
    """
    if isinstance(schedule, Constant):
        return float(constant_steps(values, error, np.array([eta]), tolerance)[0])
    if not error.any() or tolerance >= 1:
        return 0.0
    goal, lam, weight = _log_goal(tolerance), values[error != 0], _log_weights(error)
    if np.any((eta * lam[:, None] <= 0) & (weight > goal)):
        return math.inf  # an error that no step makes smaller, as factors of a schedule are ≥ 0
    done, total = 0, np.zeros((len(lam), 1))
    while done < HORIZON:
        k = np.arange(done, min(max(2 * done, 256), HORIZON), dtype=float)
        # A factor of exactly 0 ends its mode: −inf stays −inf in the running sum.
        logs = log_factor(np.multiply.outer(lam, eta * schedule.factor(k)))
        total = total[:, -1:] + np.cumsum(logs, axis=1)
        left = _log_sum(weight + 2 * total)
        hit = np.flatnonzero(left <= goal)
        if hit.size:
            return float(done + hit[0] + 1)
        done += len(k)
        # Once steps are small, |log(1 − x)| ≤ 1.1x bounds how much the error can still shrink.
        rest = abs(eta) * schedule.remaining(done) * float(np.abs(lam).max())
        if rest < 0.1 and left[-1] - 2.2 * rest > goal:
            return math.inf
    return math.nan


def constant_steps(
    values: Array, error: Array, eta: Array, tolerance: float, most: float = 1e300
) -> Array:
    """`predicted_steps` for many constant step sizes η (r,): (r,); inf beyond `most` steps.

    values: λ (n,), or (n, r) where each step size has its own.
    """
    if not error.any() or tolerance >= 1:
        return np.zeros(eta.shape)
    goal, weight = _log_goal(tolerance), _log_weights(error)
    lam = values[error != 0]
    pace = np.minimum(log_factor((lam if lam.ndim > 1 else lam[:, None]) * eta), 1e6)
    slope = np.where(pace > -math.inf, pace, 0.0)

    def over(k: Array | float) -> Bools:
        # ‖wₖ − w*‖² = Σ weight·factor^(2k) is convex in k: once it rises it never falls again.
        logs = weight + 2 * k * pace
        peak = _peak(logs)
        shares = np.exp(logs - peak)
        reached = np.log(shares.sum(axis=0)) + peak <= goal
        return np.asarray(reached | ((slope * shares).sum(axis=0) >= 0))

    with np.errstate(divide="ignore", under="ignore", invalid="ignore", over="ignore"):
        # A mode that is above the goal on its own and does not shrink stays above it.
        never = ((pace >= 0) & (weight > goal)).any(axis=0)
        # Where all modes shrink: bounds by each mode on its own, and as if all shrank like the slowest.
        slowest = pace.max(axis=0)
        alone = np.where(pace < 0, (goal - weight) / (2 * pace), 0.0).max(axis=0)
        enough = np.where(slowest < 0, (1 + SAME) * goal / (2 * slowest) + 2, most)
        high = np.where(never | over(1.0), 1.0, np.ceil(np.fmin(enough, most)))
        low = np.clip(np.floor((1 - SAME) * alone - 1), 0, high - 1)
        low = np.where(slowest < 0, low, 0.0)
        while True:
            # Bisect the exponent while the ends are far apart, then the interval.
            far = high > 4 * low
            middle = np.floor(
                np.where(far, np.sqrt(np.maximum(low, 1)) * np.sqrt(high), (low + high) / 2)
            )
            inside = (low < middle) & (middle < high)
            if not inside.any():
                break
            ended = over(np.maximum(middle, 1))
            low = np.where(inside & ~ended, middle, low)
            high = np.where(inside & ended, middle, high)
    arrived = (_log_sum(weight + 2 * high * pace) <= goal) & (high <= most) & ~never
    return np.where(arrived, high, np.inf)


def _log_goal(tolerance: float) -> float:
    """log τ² plus a few rounding errors, so that 0.1³ counts as 10⁻³."""
    return 2 * (math.log(tolerance) + SAME) if tolerance > 0 else -math.inf


def _log_weights(error: Array) -> Array:
    """The log of each nonzero mode's share of ‖w_0 − w*‖²: a column (n, 1)."""
    logs = 2 * np.log(np.abs(error[error != 0]))[:, None]
    return np.asarray(logs - _log_sum(logs))


def log_factor(x: Array) -> Array:
    """log|1 − x| of x (...), to full accuracy near 0 and 2; −inf at 1, and 0 at 2 as `regime` sees it."""
    near = np.where(x < 1, -x, x - 2)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log1p(np.where((x > 1) & (np.abs(near) <= 2 * SAME), 0.0, near)))


def _log_sum(logs: Array) -> Array:
    """log Σ exp over the first axis."""
    peak = _peak(logs)
    with np.errstate(divide="ignore", under="ignore"):
        return np.asarray(np.log(np.exp(logs - peak).sum(axis=0)) + peak)


def _peak(logs: Array) -> Array:
    """The largest of each column, or −1e300 if all are −inf."""
    return np.asarray(np.maximum(logs.max(axis=0), -1e300))


def positive_definite(H: Array) -> Bools:
    """Whether Hessians (..., 1, 1) or (..., 2, 2) are positive definite; False where NaN."""
    if H.shape[-1] == 1:
        return np.asarray(H[..., 0, 0] > 0)
    with np.errstate(over="ignore", invalid="ignore"):
        det = H[..., 0, 0] * H[..., 1, 1] - H[..., 0, 1] ** 2
        return np.asarray((H[..., 0, 0] > 0) & (det > 0))


def curvatures(objective: Objective, w: Array) -> Array:
    """Eigenvalues (..., n) of the Hessian at w (..., n); NaN where it is not finite."""
    H = objective.hessian(w)
    known = np.asarray(np.isfinite(H).all(axis=(-2, -1)))
    values = np.linalg.eigvalsh(np.where(known[..., None, None], H, 0.0))
    return np.where(known[..., None], drop_rounding(values), np.nan)
