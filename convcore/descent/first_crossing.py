"""The first step at which an error meets a tolerance, found without following each step before it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import numpy as np

from convcore.arrays import Array
from convcore.descent.theory import SAME

EXACT = 10**7  # up to here the step is exact; beyond, where the envelope meets the tolerance
REACHED = 1 + SAME  # so that 0.1³ counts as 10⁻³
BATCH = 1024  # steps that are looked at one by one together: at first, and later up to MOST
MOST = 16 * BATCH
FIRST = 64  # most runs are there within a few dozen steps
RATIO = 1.01  # of the steps beyond EXACT at which the envelope is looked at first


class Decay(ABC):
    """The error ‖wₖ − w*‖ of a linear method in units of τ‖w_0 − w*‖, as a function of the step k ≥ 1."""

    @abstractmethod
    def error(self, k: Array) -> Array:
        """The error (K,) at steps k (K,); NaN or inf where it overflows."""

    @abstractmethod
    def least(self, first: Array, last: Array) -> Array:
        """A lower bound (K,) of the error at all steps from `first` (K,) to `last` (K,)."""

    @abstractmethod
    def envelope(self, k: Array) -> Array:
        """An upper bound (K,) of the error at steps k (K,), without what oscillates below it."""

    @abstractmethod
    def never_less(self, k: float) -> float:
        """A lower bound of the error at step k and all later ones."""


def first_step(decay: Decay) -> float:
    """The smallest k ≥ 1 at which the error is at most 1; inf for never.

    Exact up to EXACT steps; beyond, the first at which the envelope is at most 1, to three digits.
    """
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        return _within(decay, EXACT) or _beyond(decay, EXACT)


def _within(decay: Decay, last: int) -> float | None:
    """The first step up to `last`; None if there is none."""
    # The next range comes last. A range is ruled out by its bound, looked at step by step, or divided.
    ranges = [(FIRST + BATCH + 1, last), (FIRST + 1, FIRST + BATCH), (1, FIRST)]
    most = BATCH
    while ranges:
        batch, size = [], 0
        while ranges and (size := size + ranges[-1][1] - ranges[-1][0] + 1) <= most:
            low, high = ranges.pop()
            batch.append(np.arange(low, high + 1, dtype=float))
        if batch:
            k = np.concatenate(batch)
            hit = np.flatnonzero(decay.error(k) <= REACHED)
            if hit.size:
                return float(k[hit[0]])
            most = min(2 * most, MOST)
            continue
        low, high = ranges.pop()
        edges = np.unique(np.geomspace(low, high + 1, BATCH // 4 + 1).round())
        first, end = edges[:-1], edges[1:] - 1
        # A bound may be too high by its own rounding.
        open_ = ~(decay.least(first, end) > 1 + 1e-9)
        ranges += zip(first[open_][::-1].astype(int), end[open_][::-1].astype(int), strict=True)
    return None


def _beyond(decay: Decay, after: float) -> float:
    """The first k > `after` at which the envelope is at most 1, to three digits; inf for never."""
    k = after * np.power(RATIO, np.arange(BATCH, dtype=float))
    while k[0] < 1e300 and not decay.never_less(float(k[0])) > REACHED:
        hit = np.flatnonzero(decay.envelope(k) <= REACHED)
        if hit.size:
            closer = np.linspace(k[hit[0]] / RATIO, k[hit[0]], BATCH, dtype=np.float64)
            closer = closer[closer >= after]
            return float(closer[decay.envelope(closer) <= REACHED][0].round())
        k = k * (k[-1] / k[0] * RATIO)
    return math.inf
