"""The steps of momentum and of Nesterov on a quadratic, from the 2 × 2 recurrence of each eigenmode.

Along an eigenvalue λ the error x_k = z_k − z* obeys x_(k+1) = p·x_k − q·x_(k−1) with x_(−1) = x_0, as the
run starts at rest: p = 1 + β − ηλ, q = β for the heavy ball; p = (1 + β)(1 − ηλ), q = β(1 − ηλ) for
Nesterov (SCIENCE C and H). With the roots r, u of x² − px + q, |r| ≥ |u|, x_k = φ_k·x_0 and
φ_k = r^(k+1)·(1 + (1 − r)(1 − (u/r)^(k+1))/(r − u)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from convcore.arrays import Array, Bools
from convcore.descent.first_crossing import FIRST, REACHED, Decay, first_step
from convcore.descent.schedules import Constant, OpenLoop
from convcore.descent.theory import HORIZON, SAME, predicted_steps


def momentum_steps(
    values: Array,
    error: Array,
    eta: float,
    beta: float,
    schedule: OpenLoop,
    tolerance: float,
    nesterov: bool = False,
) -> float:
    """The smallest k with ‖wₖ − w*‖ ≤ τ‖w_0 − w*‖ for momentum from rest, without running it.

    values: λ (n,) of the modes; error: z_0 − z* (n,) along them, 0 where λ = 0; tolerance: τ > 0. For a
    constant η exact up to 10⁷ steps, beyond by the modes' envelope to three digits; for other schedules
    exact up to HORIZON steps. inf means never, NaN that it takes longer or overflows on the way.
    """
    if beta == 0:
        return predicted_steps(values, error, eta, schedule, tolerance)
    if not error.any() or tolerance >= 1:
        return 0.0
    lam, start = values[error != 0], error[error != 0]
    weight = np.log(np.abs(start)) - math.log(np.linalg.norm(start))
    if not isinstance(schedule, Constant):
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            return _scheduled(lam, np.exp(weight), eta, beta, schedule, tolerance, nesterov)
    weight -= math.log(tolerance)
    return first_step(_modes(eta * lam, weight, beta, nesterov))


@dataclass(frozen=True, eq=False)
class _Real:
    """Modes (m, 1) with real roots: |r| and |u/r| as logs, (1 − r)/(r − u), and log |x_0|.

    lead: (1 − u)/(r − u), which is 1 + share, where |r| is so large that the sum would lose its digits, and
    else 0. opposite: whether the roots have opposite signs. settled: the step from which |φ_k| of the same
    parity only falls, or only grows.
    """

    size: Array
    ratio: Array
    share: Array
    lead: Array
    weight: Array
    opposite: Bools
    settled: Array

    def sizes(self, k: Array) -> Array:
        """|x_k| (m, K)."""
        less = np.expm1((k + 1) * self.ratio)
        minus = self.opposite & (k % 2 == 0)
        turned = 1 + self.share * np.where(minus, 2 + less, -less)
        if self.lead.any():
            small = np.exp((k + 1) * self.ratio)
            apart = self.lead - self.share * np.where(minus, -small, small)
            turned = np.where(self.lead, apart, turned)
        return np.asarray(np.abs(turned) * np.exp((k + 1) * self.size + self.weight))


@dataclass(frozen=True, eq=False)
class _Turning:
    """Modes (m, 1) with complex roots ρe^(±iψ), up to the sign of φ_k = ρ^k(cos kψ + tilt·sin kψ).

    size: log ρ. weight: log |x_0|.
    """

    size: Array
    angle: Array
    tilt: Array
    weight: Array

    def sizes(self, k: Array) -> Array:
        """|x_k| (m, K)."""
        angle = k * self.angle
        turned = np.cos(angle) + self.tilt * np.sin(angle)
        return np.asarray(np.abs(turned) * np.exp(k * self.size + self.weight))

    def most(self, k: Array) -> Array:
        """What |x_k| (m, K) oscillates below."""
        return np.asarray(np.hypot(1, self.tilt) * np.exp(k * self.size + self.weight))


@dataclass(frozen=True, eq=False)
class _Momentum(Decay):
    """The error of all modes together."""

    real: _Real
    turning: _Turning

    def error(self, k: Array) -> Array:
        return _norm(self.real.sizes(k), self.turning.sizes(k))

    def least(self, first: Array, last: Array) -> Array:
        # Each parity's first and last step are among these, and |φ_k| is monotone between them.
        ends = (first, first + 1, np.maximum(last - 1, first), last)
        sizes = np.minimum.reduce([self.real.sizes(k) for k in ends])
        return _norm(np.where(first >= self.real.settled, sizes, 0.0))

    def envelope(self, k: Array) -> Array:
        return _norm(self.real.sizes(k), self.turning.most(k))

    def never_less(self, k: float) -> float:
        sizes = self.real.sizes(np.array([k, k + 1])).min(axis=1, keepdims=True)
        lasting = (self.real.size >= 0) & (self.real.settled <= k)
        return float(_norm(np.where(lasting, sizes, 0.0))[0])


def _norm(*sizes: Array) -> Array:
    return np.asarray(np.sqrt(sum(np.square(x).sum(axis=0) for x in sizes)))


def _modes(x: Array, weight: Array, beta: float, nesterov: bool) -> _Momentum:
    """The modes of ηλ = x (n,); weight (n,): the log of |x_0| in units of the goal."""
    f = 1 - x
    if nesterov:
        p, q = (1 + beta) * f, beta * f
        to_limit = 2 * (1 + beta) - (1 + 2 * beta) * x
        # p² − 4q in factors, as a difference would lose the digits near a double root.
        square = (1 + beta) ** 2 * f * (((1 - beta) / (1 + beta)) ** 2 - x)
        turn = (1 - beta) * f  # p − 2q
    else:
        p, q = beta + f, np.full_like(f, beta)
        to_limit = 2 * (1 + beta) - x
        root = 1 + math.sqrt(beta)
        square = (x - ((1 - beta) / root) ** 2) * (x - root**2)
        turn = 1 - beta - x
    real = (square >= 0) & ((p != 0) | (q != 0))  # p = q = 0 lands in one step
    to_limit = np.where(np.abs(to_limit) > 4 * SAME, to_limit, 0.0)
    return _Momentum(
        _real(*(part[real][:, None] for part in (x, p, q, square, to_limit, weight))),
        _turning(*(part[square < 0][:, None] for part in (p, q, square, turn, weight))),
    )


def _real(x: Array, p: Array, q: Array, square: Array, to_limit: Array, weight: Array) -> _Real:
    apart = np.maximum(np.sqrt(square), 1e-200)  # a double root as two that are a hair apart
    up = p >= 0
    r = np.where(up, p + apart, p - apart) / 2
    u = q / r
    # 1 − |r| by Vieta from (1 − r)(1 − u) = ηλ and (1 + r)(1 + u) = 2 + 2β − ηλ or alike.
    short = np.where(up, x / (1 - u), to_limit / (1 + u))
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(np.abs(short) < 0.5, np.log1p(-short), np.log(np.abs(r)))
        opposite = q < 0
        gap = np.where(opposite, np.abs(p), apart) / np.abs(r)
        ratio = np.where(gap < 0.5, np.log1p(-gap), np.log(np.abs(u / r)))
        share = np.where(up, short / apart, -(1 + np.abs(r)) / apart)
        lead = np.where(np.abs(r) > 2, (1 - u) / np.where(up, apart, -apart), 0.0)
        # |φ_k| = a·|r|^k ± b·|u|^k turns, if at all, where the two change equally fast; and a double root
        # turns before 1/|log r|.
        faster = (ratio + size) / size * (u / r) * (1 - r) / (1 - u)
        turns = np.fmin(np.log(np.abs(faster)) / -ratio, np.where(size < 0, -1 / size, math.inf))
    settled = np.where(up | (size == 0), 0.0, np.fmax(turns, 0.0) + 2)
    return _Real(size, ratio, share, lead, weight, opposite, settled)


def _turning(p: Array, q: Array, square: Array, turn: Array, weight: Array) -> _Turning:
    # Beyond a right angle ψ is taken from the other side, as only the sign of φ_k changes with it.
    side = np.sqrt(-square)  # 2ρ·sin ψ
    tilt = np.where(p < 0, -turn, turn) / side
    return _Turning(np.log(q) / 2, np.arctan2(side, np.abs(p)), tilt, weight)


def _scheduled(
    lam: Array,
    start: Array,
    eta: float,
    beta: float,
    schedule: OpenLoop,
    tolerance: float,
    nesterov: bool,
) -> float:
    """`momentum_steps` with ηₖ = η·f_k: the recurrence itself; start (n,): the error, of norm 1."""
    from scipy.linalg.lapack import dtbtrs  # imported here, as few pages need it

    x = np.stack([start, start])  # x_(k−1) and x_k
    done, size = 0, FIRST
    while done < HORIZON:
        k = np.arange(done, min(done + size, HORIZON), dtype=float)
        f = 1 - np.multiply.outer(eta * lam, schedule.factor(k))
        p, q = ((1 + beta) * f, beta * f) if nesterov else (beta + f, np.full_like(f, beta))
        path = np.zeros(f.shape)
        path[:, 0] = p[:, 0] * x[1] - q[:, 0] * x[0]
        path[:, 1] = -q[:, 1] * x[1]
        band = np.ones((3, len(k)), order="F")  # x_(k+1) − p·x_k + q·x_(k−1) = 0 for all k at once
        for i in range(len(lam)):
            band[1, :-1], band[2, :-2] = -p[i, 1:], q[i, 2:]
            path[i] = dtbtrs(band, path[i, :, None], uplo="L", diag="U")[0][:, 0]
        hit = np.flatnonzero(_norm(path / tolerance) <= REACHED)
        if hit.size:
            return float(done + hit[0] + 1)
        x = path[:, -2:].T.copy()
        done, size = done + len(k), 2 * size
        if not np.isfinite(x).all():
            return math.nan
        # What can still move it: its velocity, and gradients to come, each passed on for 1/(1 − β) steps.
        # By induction no later x_j is farther from x_k than (pull·|x_k| + (β + pull)·|v_k|)/(1 − β − pull).
        left, speed = float(np.linalg.norm(x[1])), float(np.linalg.norm(x[1] - x[0]))
        pull = 3 * abs(eta) * schedule.remaining(done) * float(np.abs(lam).max())
        rest = (1 - beta - pull) * (left - tolerance)
        if pull < 1 - beta and pull * left + (beta + pull) * speed < rest:
            return math.inf
    return math.nan
