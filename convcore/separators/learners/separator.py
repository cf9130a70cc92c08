"""What a learner has learnt from a user's own arrays: a line, and the label of each side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convcore.arrays import Array, numbers
from convcore.separators.learners.lines import scores, wrong_points
from convcore.separators.points import Points


@dataclass(frozen=True, eq=False)
class Separator:
    """A line wᵀx + b = 0 between two classes of points x (N, p).

    weights: (p+1,), w and then b. points: what it was found on. classes: the user's labels of the side
    below and of the side above.
    """

    weights: Array
    points: Points
    classes: tuple[Any, Any]

    @property
    def w(self) -> Array:
        """The weights of the inputs (p,)."""
        return self.weights[:-1]

    @property
    def b(self) -> float:
        """The bias."""
        return float(self.weights[-1])

    @property
    def wrong(self) -> tuple[int, ...]:
        """The indices of the points that are on the wrong side, or on the line."""
        return wrong_points(self.weights, self.points)

    def scores(self, X: Any) -> Array:
        """wᵀx + b (M,) of X (M, p); ValueError unless these are p numbers each."""
        x = numbers(X, "scores(X=...)")
        if x.ndim != 2 or x.shape[1] != len(self.w):
            raise ValueError(f"`scores(X=...)` must be (M, {len(self.w)}); got shape {x.shape}.")
        return scores(self.weights, x)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The user's label (M,) of each row of X (M, p), that of the side below on the line itself.

        Raises ValueError as `scores` does.
        """
        return np.asarray(self.classes)[(self.scores(X) > 0).astype(int)]

    @property
    def line(self) -> str:
        """The line and its points in a few words."""
        w = ", ".join(f"{x:.4g}" for x in self.w[:4]) + (", …" if len(self.w) > 4 else "")
        return (
            f"w = ({w}), b = {self.b:.4g}; {len(self.wrong):,} of {len(self.points):,} points wrong"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.line}>"


def labelled(X: Any, y: Any) -> tuple[Points, tuple[Any, Any]]:
    """Points with labels ±1 from X (N, p) and any two labels y (N,), and these labels, − first.

    Of two labels the larger is +, in the order of numbers or of the alphabet; a single one is − if it is
    negative, 0 or False. Raises ValueError, in one line, for more labels and what `Points` refuses.
    """
    x, marks = numbers(X, "fit(X=...)"), np.asarray(y)
    marks = marks[:, 0] if marks.ndim == 2 and marks.shape[1] == 1 else marks
    if x.ndim != 2 or marks.shape != x.shape[:1]:
        raise ValueError(f"`fit(X, y)` must be (N, p) and (N,); got {x.shape} and {marks.shape}.")
    kinds = np.unique(marks).tolist()
    if len(kinds) > 2:
        raise ValueError(f"`fit(y=...)` must hold two labels; got {len(kinds):,} different ones.")
    if len(kinds) == 1:
        low = isinstance(kinds[0], int | float) and kinds[0] <= 0
        kinds = [kinds[0], None] if low else [None, kinds[0]]
    labels = np.where(marks == kinds[-1], 1.0, -1.0) if len(kinds) == 2 else np.empty(0)
    return Points(x, labels), (kinds[0], kinds[-1]) if kinds else (None, None)
