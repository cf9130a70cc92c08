"""What is measured along a training: sharpness, spectra, and the error of the quadratic model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from convcore.arrays import Array, Bools, Ints
from convcore.descent.descent import Trajectory
from convcore.descent.theory import inertia
from convcore.network import Linearised, Network
from convcore.network.spectra import DENSE, largest
from convcore.objectives.base import EPS
from convcore.optimizers import Optimizer
from convcore.parallel import Report

READINGS = 100  # intervals between two readings of λₘₐₓ
SPECTRA = 12  # intervals between two whole spectra, of small networks
SPEND = 2.5e9  # operations that all spectra together may cost, at about n³ each
ALONG = np.linspace(0, 3, 31)  # step sizes along the top eigenvector, in units of ηₒₚₜ = 1/λₘₐₓ
SHIFT = 0.01  # share of E by which a slice starts higher if there is no slope at w itself
STEEP = 1e-11  # share of E above which a fall along the top eigenvector is more than rounding
FINE = 1e-14  # share of the first E: a fall that is no larger may be rounding
NEAR = 0.9  # share of the limit from which sharpness counts as near it
REACHED = 0.98  # share of the limit from which sharpness counts as having reached it


@dataclass(frozen=True, eq=False)
class Readings:
    """At steps k (R,): sharpness (R,), its limit (R,), and one step's change of E predicted and taken.

    limit: inf where the method has none. predicted: g·Δ + ½ΔᵀHΔ for the step Δ from there; taken: what
    E did; both 0 where they are within the rounding of E. They have F numbers: at the last step there is
    no Δ, so F = R − 1 if the run was read to its end, and F = R if reading stopped before.
    at (S,): the readings with a whole spectrum; spectra (S, n), ascending; slices (S, 31): the change
    of E along the top eigenvector for the step sizes ALONG, in units of the fall that the parabola
    predicts at ηₒₚₜ, NaN where E does not bend upward; shifted (S,): whether E has no slope along it at
    wₖ, so the slice starts next to wₖ, where the parabola is higher by SHIFT·E. slope (R,): ‖∇E‖.
    """

    k: Ints
    sharpness: Array
    limit: Array
    predicted: Array
    taken: Array
    at: Ints
    spectra: Array
    slices: Array
    shifted: Bools
    slope: Array

    @property
    def share(self) -> Array:
        """Sharpness over its limit (R,); 0 where there is no limit."""
        return self.sharpness / self.limit

    @property
    def crossing(self) -> int | None:
        """The first read step at which sharpness has reached its limit."""
        reached = np.flatnonzero(self.share >= REACHED)
        return int(self.k[reached[0]]) if reached.size else None

    @property
    def later(self) -> Array:
        """The shares over the later half of the run, (L,)."""
        return self.share[self.k >= self.k[-1] / 2]

    @property
    def late(self) -> float:
        """The mean share over the later half of the run."""
        return float(self.later.mean())

    @property
    def near(self) -> Bools:
        """Whether sharpness is near its limit or above, at the readings that predict a step (F,)."""
        return np.asarray(self.share[: len(self.predicted)] >= NEAR)

    def misfit(self, which: Bools) -> float:
        """The median error of the predicted change, as a share of the larger of it and the actual change.

        which: of the readings that predict a step (F,). NaN if E changed at none of them.
        """
        off = np.abs(self.predicted - self.taken)[which]
        size = np.maximum(np.abs(self.predicted), np.abs(self.taken))[which]
        moved = size > 0
        # A prediction that overflows is wrong by 100 %.
        known = moved & np.isfinite(size)
        shares = np.divide(off, size, out=np.ones_like(size), where=known)[moved]
        return float(np.median(shares)) if shares.size else np.nan

    def best_along(self, s: int) -> float:
        """The step size along the top eigenvector that lowers E most, in ηₒₚₜ; 1 by the parabola.

        NaN where there is no slice, inf where E is lowest at the end of the slice.
        """
        y = self.slices[s]
        if not np.isfinite(y).all():
            return np.nan
        i = int(y.argmin())
        if not 0 < i < len(y) - 1:
            return np.inf if i else 0.0
        # The vertex of the parabola through the lowest three points.
        left, middle, right = y[i - 1 : i + 2]
        off = (left - right) / (2 * (left - 2 * middle + right))
        return float(ALONG[i] + off * (ALONG[1] - ALONG[0]))

    def signs(self, s: int) -> tuple[int, int, int]:
        """How many eigenvalues of spectrum s are negative, zero to rounding, positive."""
        positive, negative, zero = inertia(self.spectra[s])
        return negative, zero, positive


def limits(optimizer: Optimizer, eta: Array) -> Array:
    """The curvature above which the method is unstable at its step sizes (...); inf if it has none."""

    def limit(step: float) -> float:
        # ηλ < c limits λ given η as it limits η given λ; a share of a step limits no λ.
        return np.inf if optimizer.relative else optimizer.limit(step)

    return np.array([limit(float(step)) for step in eta])


class Checkpoints(NamedTuple):
    """The steps k (R,) at which a training is read, their weights w (R, n) and next moves (R, n).

    Nothing else is needed of a run's weights, which take tens of megabytes.
    """

    k: Ints
    w: Array
    move: Array


def checkpoints(run: Trajectory) -> Checkpoints:
    """Evenly spaced steps, up to where the training diverged."""
    last = int(run.length)
    k = np.unique(np.linspace(0, last, READINGS + 1).round().astype(np.int64))
    with np.errstate(all="ignore"):
        return Checkpoints(k, run.w[k], run.w[np.minimum(k + 1, last)] - run.w[k])


def read(
    net: Network,
    run: Trajectory,
    stops: Checkpoints,
    optimizer: Optimizer,
    report: Report | None = None,
) -> Readings:
    """Read a training of a network at its checkpoints; `run` no longer needs its weights."""
    last, k = int(run.length), stops.k
    every = max(1, len(k) // _spectra(net.n))
    whole = {*range(0, len(k), every), len(k) - 1}
    sharpness, predicted, slope, spectra, slices, at = [], [], [], [], [], []
    shifted: list[bool] = []
    top: Array | None = None
    with np.errstate(all="ignore"):
        for i, (w, move) in enumerate(zip(stops.w, stops.move, strict=True)):
            if report is not None:
                report(i / len(k))
            here = net.at(w)
            g = here.gradient()
            bend = here.hessian_product(move)
            # A diverged run is read while its numbers are finite.
            if not np.isfinite([*g, *bend, *here.hessian_product(g)]).all():
                break
            value, top = _sharpest(net, here, top)
            sharpness.append(value)
            slope.append(math.hypot(*g))  # which does not overflow, as a sum of squares would
            predicted.append(float(g @ move + 0.5 * move @ bend))
            if i in whole:
                at.append(i)
                spectra.append(np.linalg.eigvalsh(net.hessian(w)))
                slice_, beside = _slice(net, w, value, top, float(g @ top), FINE * run.loss[0])
                slices.append(slice_)
                shifted.append(beside)
    k = k[: len(sharpness)]
    eta = run.eta[np.minimum(k, max(last - 1, 0))] if len(run.eta) else np.ones(len(k))
    taken = run.loss[np.minimum(k + 1, last)] - run.loss[k]
    expected = np.array(predicted)
    largest_change = np.maximum(np.abs(expected), np.abs(taken))
    seen = largest_change > 8 * EPS * np.maximum(run.loss[k], run.loss[0])
    return Readings(
        k,
        np.array(sharpness),
        limits(optimizer, eta),
        np.where(seen, expected, 0.0)[k < last],
        np.where(seen, taken, 0.0)[k < last],
        np.array(at),
        np.array(spectra),
        np.array(slices),
        np.array(shifted, dtype=bool),
        np.array(slope),
    )


def _sharpest(net: Network, here: Linearised, guess: Array | None) -> tuple[float, Array]:
    """λₘₐₓ of ∇²E at one w, and its unit eigenvector (n,)."""
    if net.n > DENSE:
        return largest(here.hessian_product, net.n, guess)
    values, Q = np.linalg.eigh(net.hessian(here.w))
    return float(values[-1]), Q[:, -1]


def _spectra(n: int) -> int:
    """How many intervals between whole spectra of n eigenvalues are affordable."""
    return int(min(SPECTRA, max(4, SPEND / n**3)))


def _slice(
    net: Network, w: Array, value: float, top: Array, slope: float, least: float
) -> tuple[Array, bool]:
    """E(w − qηₒₚₜ(g·u)u) − E(w) for q in ALONG, over (g·u)²/2λ, the fall at ηₒₚₜ by the parabola.

    Where that fall is lost in the rounding of E, from w + εu with ½λε² = SHIFT·E instead, and True.
    least: the smallest fall that is more than rounding.
    """
    if value <= 0:
        return np.full(len(ALONG), np.nan), False
    E = float(net.value(w))
    step, promised, shifted = slope / value, slope**2 / (2 * value), False
    if promised <= max(STEEP * abs(E), least):
        promised, shifted = SHIFT * abs(E), True
        step = np.sqrt(2 * promised / value)
        w = w + step * top
        if promised <= least:
            return np.full(len(ALONG), np.nan), True
    values = net.value(np.concatenate([w[None], w - np.outer(ALONG * step, top)]))
    return np.asarray((values[1:] - values[0]) / promised), shifted
