"""The record of runs: where they went, what E was there, and how they ended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convcore.arrays import Array, Bools, Ints
from convcore.descent import shown
from convcore.descent.criteria import squared_norm
from convcore.descent.outcomes import Outcome, Status
from convcore.descent.theory import SAME
from convcore.objectives.base import EPS

SETTLED = 1e-3  # share of its way within which a run has converged; it ends much nearer


@dataclass(frozen=True, eq=False, repr=False)
class Trajectory:
    """The record of one or many runs, rectangular and finite throughout.

    w: (K+1, ..., n). loss: (K+1, ...). eta: (K, ...), the step sizes ηₖ. length: (...), the last
    step that is recorded; after it w and loss hold their last value. status: (...), an object array
    of `Status`; kind: (...), likewise of `PointKind`, that of the last point by inertia, None if the run
    diverged or left; period: (...), 0 unless cycling; ended: (...), the step at which a run was found
    to diverge or left the domain of E, else its last. kept (j,): the steps of the rows of w, None for all
    (see `descend(keep=...)`); settled (...): `converged_at`, where w is not kept.
    """

    w: Array
    loss: Array
    eta: Array
    length: Ints
    status: NDArray[np.object_]
    kind: NDArray[np.object_]
    period: Ints
    ended: Ints
    kept: Ints | None = None
    settled: Array | None = None

    def __repr__(self) -> str:
        return shown.words(self)

    def html(self) -> str:
        """The losses as curves and a row for each run, for a notebook."""
        return shown.html(self)

    _repr_html_ = html

    @property
    def steps(self) -> Ints:
        """The steps of the rows of w (K+1,)."""
        return np.arange(len(self.w)) if self.kept is None else self.kept

    @property
    def loss_steps(self) -> Ints:
        """The steps of the rows of the loss (K+1,): those of w, or all."""
        return self.steps if len(self.loss) == len(self.w) else np.arange(len(self.loss))

    @cached_property
    def converged_at(self) -> Array:
        """From which step on (...) a run stays near its last point; inf for a run that did not converge.

        Near: within 0.1 % of the furthest that it was from there. For other shares see `steps_to`.
        """
        if self.settled is not None:
            return self.settled
        away = squared_norm(self.w - self.w[-1])
        far = away > SETTLED**2 * away.max(axis=0)
        last = np.where(far.any(axis=0), len(far) - far[::-1].argmax(axis=0), 0)
        return np.where(self.status == Status.CONVERGED, self.steps[last], np.inf)

    @cached_property
    def gone(self) -> Bools:
        """Which runs (...) diverged or left the domain of E, so that they have no last point."""
        return np.asarray((self.status == Status.DIVERGED) | (self.status == Status.LEFT))

    def outcome(self, run: int | tuple[int, ...] = ()) -> Outcome:
        """How one run ended; `run` is its index, () for a single run; ValueError if that is not one run."""
        runs = self.status.shape
        if np.ndim(run) > 1 or np.size(run) != len(runs):
            first = 0 if len(runs) == 1 else (0,) * len(runs)
            raise ValueError(
                f"`outcome(run=...)` must be the index of one of the {self.status.size} runs {runs}, as in "
                f"`outcome({first})`; got {run!r}."
            )
        return Outcome(
            self.status[run], int(self.ended[run]), self.kind[run], int(self.period[run])
        )

    def cut(self) -> Trajectory:
        """A single run up to its last recorded step, as a copy."""
        last = int(self.length)
        rows, losses = (np.searchsorted(k, last, "right") for k in (self.steps, self.loss_steps))
        return replace(
            self,
            w=self.w[:rows].copy(), loss=self.loss[:losses].copy(), eta=self.eta[:last].copy(),
            kept=None if self.kept is None else self.kept[:rows],
        )  # fmt: skip

    def of(self, run: int) -> Trajectory:
        """One of the runs of a batch (m,)."""
        return Trajectory(
            self.w[:, run], self.loss[:, run], self.eta[:, run], self.length[run, ...],
            self.status[run, ...], self.kind[run, ...], self.period[run, ...], self.ended[run, ...],
            self.kept, None if self.settled is None else self.settled[run, ...],
        )  # fmt: skip

    def steps_to(self, tolerance: float, target: ArrayLike | None = None) -> Array:
        """The smallest k kept with ‖wₖ − target‖ ≤ τ‖w_0 − target‖, (...); inf if none was reached.

        target: (n,) or (..., n); by default the last point of each run, and inf for runs that did not
        converge. The rounding error of the two ends of a distance is allowed for.
        """
        end = self.w[-1] if target is None else np.asarray(target, dtype=float)
        distance = np.sqrt(squared_norm(self.w - end))
        rounding = 2 * EPS * np.abs(end).max(axis=-1)
        hit = distance <= tolerance * (1 + SAME) * distance[0] + rounding
        if target is None:
            hit = hit & (self.status == Status.CONVERGED)
        return np.where(hit.any(axis=0), self.steps[hit.argmax(axis=0)], np.inf)

    def steps_to_loss(self, level: ArrayLike) -> Array:
        """The smallest k kept with E(wₖ) ≤ level, (...); inf if none was reached. level: (...)."""
        hit = self.loss <= np.asarray(level, dtype=float)
        return np.where(hit.any(axis=0), self.loss_steps[hit.argmax(axis=0)], np.inf)
