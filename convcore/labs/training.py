"""What is read off a training: sharpness, spectra and how good the quadratic model is, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from convcore.curvature import inertia, momentum_limit, nesterov_limit
from convcore.descent import Trajectory
from convcore.labs.lab import Report
from convcore.network import Network
from convcore.optimizers import GradientDescent, Momentum, Nesterov, Optimizer
from convcore.spectra import largest

Array = NDArray[np.float64]
Steps = NDArray[np.int64]

READINGS = 100  # intervals between two readings of λ_max
SPECTRA = 12  # intervals between two whole spectra, of small networks
SPEND = 2.5e9  # operations that all spectra together may cost; n³ for each is about right
ALONG = np.linspace(0, 3, 31)  # step sizes along the top eigenvector, in units of η_opt = 1/λ_max
NEAR = 0.9  # share of the limit from which the quadratic is put to the test
HERE = 0.98  # share of the limit at which the sharpness has reached it


@dataclass(frozen=True, eq=False)
class Readings:
    """At steps k (R,): sharpness (R,), its limit (R,), and one step's change of E foreseen and taken.

    limit: inf where the method has none. foreseen: g·Δ + ½ΔᵀHΔ for the step Δ from there; taken: what
    E did. At the last step there is no Δ, so these have R − 1 numbers.
    at (S,): the readings with a whole spectrum; spectra (S, n), ascending; slices (S, 31): the change
    of E along the top eigenvector for the step sizes ALONG, over what the parabola promises at η_opt,
    NaN where E does not bend or slope there.
    """

    k: Steps
    sharpness: Array
    limit: Array
    foreseen: Array
    taken: Array
    at: Steps
    spectra: Array
    slices: Array

    @property
    def share(self) -> Array:
        """Sharpness over its limit (R,); 0 where there is no limit."""
        return self.sharpness / self.limit

    @property
    def crossing(self) -> int | None:
        """The first read step at which sharpness has reached its limit."""
        reached = np.flatnonzero(self.share >= HERE)
        return int(self.k[reached[0]]) if reached.size else None

    @property
    def late(self) -> float:
        """The mean share over the later half of the run."""
        return float(self.share[self.k >= self.k[-1] / 2].mean())

    @property
    def near(self) -> NDArray[np.bool_]:
        """Whether sharpness is near its limit or above, at the readings that foresee a step (R−1,)."""
        return np.asarray(self.share[: len(self.foreseen)] >= NEAR)

    def misfit(self, which: NDArray[np.bool_]) -> float:
        """The median error of the foreseen change, beside the larger of it and the change taken."""
        off = np.abs(self.foreseen - self.taken)[which]
        size = np.maximum(np.abs(self.foreseen), np.abs(self.taken))[which]
        return float(np.median(off[size > 0] / size[size > 0])) if np.any(size > 0) else 0.0

    def signs(self, s: int) -> tuple[int, int, int]:
        """How many eigenvalues of spectrum s are negative, zero to rounding, positive."""
        positive, negative, zero = inertia(self.spectra[s])
        return negative, zero, positive


@dataclass(frozen=True, eq=False)
class Training:
    """A training that is over. run: its record, without the weights; weights (S, n): at `readings.at`."""

    run: Trajectory
    readings: Readings
    weights: Array


def limits(optimizer: Optimizer, eta: Array) -> Array:
    """The curvature above which the method is unstable at its step sizes (...); inf if it has none."""

    def limit(step: float) -> float:
        # ηλ < c reads the same for λ given η as for η given λ.
        if isinstance(optimizer, GradientDescent):
            return momentum_limit(step, 0.0)
        if isinstance(optimizer, Momentum):
            return momentum_limit(step, optimizer.beta)
        if isinstance(optimizer, Nesterov):
            return nesterov_limit(step, optimizer.beta)
        return np.inf

    return np.array([limit(float(step)) for step in eta])


def read(net: Network, run: Trajectory, optimizer: Optimizer, report: Report) -> Readings:
    """Read a training of a network, up to where it blew up."""
    last = int(run.length)
    k = np.unique(np.linspace(0, last, READINGS + 1).round().astype(np.int64))
    every = max(1, len(k) // _spectra(net.n))
    whole = {*range(0, len(k), every), len(k) - 1}
    sharpness, foreseen, spectra, slices, at = [], [], [], [], []
    top: Array | None = None
    with np.errstate(all="ignore"):
        for i, step in enumerate(k.tolist()):
            report(i / len(k))
            w = run.w[step]
            place = net.at(w)
            g = place.gradient()
            move = run.w[min(step + 1, last)] - w
            bend = place.hessian_product(move)
            # A run that has blown up is read as far as its numbers go.
            if not np.isfinite([*g, *bend, *place.hessian_product(g)]).all():
                break
            value, top = largest(place.hessian_product, net.n, top)
            sharpness.append(value)
            foreseen.append(float(g @ move + 0.5 * move @ bend))
            if i in whole:
                at.append(i)
                spectra.append(np.linalg.eigvalsh(net.hessian(w)))
                slices.append(_slice(net, w, value, top, float(g @ top)))
    k = k[: len(sharpness)]
    eta = run.eta[np.minimum(k, max(last - 1, 0))] if len(run.eta) else np.ones(len(k))
    taken = run.loss[np.minimum(k + 1, last)] - run.loss[k]
    return Readings(
        k,
        np.array(sharpness),
        limits(optimizer, eta),
        np.array(foreseen)[k < last],
        taken[k < last],
        np.array(at),
        np.array(spectra),
        np.array(slices),
    )


def _spectra(n: int) -> int:
    """Intervals between whole spectra of n eigenvalues that are worth their time."""
    return int(min(SPECTRA, max(4, SPEND / n**3)))


def _slice(net: Network, w: Array, value: float, top: Array, slope: float) -> Array:
    """E(w − qη_opt(g·u)u) − E(w) for q in ALONG, over (g·u)²/2λ, the fall at η_opt by the parabola."""
    promised = slope**2 / (2 * value) if value > 0 else 0.0
    E = net.value(np.concatenate([w[None], w - np.outer(ALONG * slope / value, top)]))
    # Below the rounding of E itself there is nothing to see.
    if promised <= 1e-13 * abs(E[0]) or promised < 1e-300:
        return np.full(len(ALONG), np.nan)
    return np.asarray((E[1:] - E[0]) / promised)


def thinned(k: Sequence[int] | Steps, y: Array, most: int = 240) -> tuple[Steps, Array]:
    """A curve by the lowest and the highest point of each of `most` stretches: no rise is lost."""
    steps = np.asarray(k)
    if len(steps) <= 2 * most:
        return steps, y
    edges = np.linspace(0, len(steps), most + 1).astype(np.int64)
    kept = {0, len(steps) - 1}
    for low, high in pairwise(edges.tolist()):
        kept |= {int(low + y[low:high].argmin()), int(low + y[low:high].argmax())}
    order = np.array(sorted(kept))
    return steps[order], y[order]
