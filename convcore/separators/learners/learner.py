"""The interface of learners; and the two that need no training, linear LMS and maximum margin."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from convcore.arrays import Array
from convcore.parallel import Report
from convcore.separators.learners.separator import Separator, labelled
from convcore.separators.separability import max_margin


class Learner(ABC):
    """A rule that finds weights for points."""

    label: str

    def fit(self, X: Any, y: Any) -> Separator:
        """The line between the two classes of X (N, p), y (N,): arrays, lists, or DataFrames.

        y: any two labels, such as ±1, 0 and 1, or names. Raises ValueError, in one line, for other labels,
        what `Points` refuses, and where the learner finds no line.
        """
        points, classes = labelled(X, y)
        weights = self.lines(points.x, points.labels)
        if not np.isfinite(weights).all():
            raise ValueError(f"`{type(self).__name__}().fit(X, y)` finds no line: none separates.")
        return Separator(weights, points, classes)

    @abstractmethod
    def lines(self, x: Array, labels: Array, report: Report | None = None) -> Array:
        """Weights (..., p + 1) for samples x (..., M, p) and labels (..., M); NaN where there are none.

        report: called now and then with the share that is done, in [0, 1); it may raise to stop the fit.
        """


@dataclass(frozen=True)
class LinearLMS(Learner):
    """Least squares of wᵀx + b against the labels ±1, the shortest solution, to which LMS converges
    (Widrow and Hoff 1960)."""

    label = "linear LMS"

    def lines(self, x: Array, labels: Array, report: Report | None = None) -> Array:
        # Centred inputs and a separate intercept, so that far points keep the digits of near ones.
        middle, level = x.mean(axis=-2, keepdims=True), labels.mean(axis=-1)
        centred = x - middle
        slope = (np.linalg.pinv(centred) @ (labels - level[..., None])[..., None])[..., 0]
        bias = level - np.einsum("...i,...i->...", slope, middle[..., 0, :])
        return np.concatenate([slope, bias[..., None]], axis=-1)


@dataclass(frozen=True)
class MaxMargin(Learner):
    """The line of the largest margin, the bias unpenalised (hard margin, Boser, Guyon and Vapnik 1992); NaN
    where no line separates. Sample by sample: see `max_margin`."""

    label = "max-margin"

    def lines(self, x: Array, labels: Array, report: Report | None = None) -> Array:
        batch, (M, p) = x.shape[:-2], x.shape[-2:]
        samples = x.reshape(-1, M, p)
        lines = np.empty((len(samples), p + 1))
        for i, pair in enumerate(zip(samples, labels.reshape(-1, M), strict=True)):
            if report is not None:
                report(i / len(samples))
            lines[i] = max_margin(*pair)
        return lines.reshape(*batch, p + 1)
