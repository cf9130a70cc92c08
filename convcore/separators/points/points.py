"""Points with labels ±1."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from convcore.arrays import Array, numbers
from convcore.datasets import LARGEST, MAX_ROWS

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
MOST_INPUTS = 50


@dataclass(frozen=True, eq=False)
class Points:
    """N points with labels. x: (N, p); labels: (N,), each 1 or −1; names: of the p inputs.

    x and labels may be arrays, lists, or a DataFrame and its column.
    classes: the names of the labels −1 and +1. Raises ValueError, in one line, for no points,
    numbers that are not finite or beyond 1e100, labels other than ±1, and more than 100,000 points.
    """

    x: Array
    labels: Array
    names: tuple[str, ...] = ()
    classes: tuple[str, str] = ("−", "+")

    def __post_init__(self) -> None:
        x, labels = numbers(self.x, "Points(x=...)"), numbers(self.labels, "Points(labels=...)")
        if x.ndim != 2 or labels.shape != x.shape[:1]:
            raise ValueError(
                f"`Points(x=..., labels=...)` must be (N, p) and (N,); got {x.shape} and {labels.shape}."
            )
        if not len(x):
            raise ValueError("there is no point; give at least one, as in 1 0 +")
        if len(x) > MAX_ROWS:
            raise ValueError(f"there are {len(x):,} points; at most {MAX_ROWS:,}")
        if not 1 <= x.shape[1] <= MOST_INPUTS:
            raise ValueError(f"points have 1 to {MOST_INPUTS} inputs; these have {x.shape[1]}")
        bad = ~(np.abs(x) <= LARGEST).all(axis=1)
        if bad.any():
            raise ValueError(f"point {bad.argmax() + 1} is not finite, or beyond 1e100")
        odd = np.abs(labels) != 1
        if odd.any():
            raise ValueError(f"the label of point {odd.argmax() + 1} is neither 1 nor −1")
        names = self.names or tuple(f"x{i}".translate(SUBSCRIPTS) for i in range(1, x.shape[1] + 1))
        if len(names) != x.shape[1]:
            raise ValueError(f"`Points(names=...)` must be {x.shape[1]} names; got {len(names)}.")
        for field, value in (("x", x), ("labels", labels), ("names", names)):
            object.__setattr__(self, field, value)

    def __len__(self) -> int:
        return len(self.x)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Points) and self._content == other._content)

    def __hash__(self) -> int:
        return hash(self._content)

    @cached_property
    def _content(self) -> tuple[Any, ...]:
        """A digest of everything, the same in each process, so that equal sets compare equal."""
        digest = blake2b(self.x.tobytes())
        digest.update(self.labels.tobytes())
        return self.x.shape, digest.digest(), self.names, self.classes

    @property
    def inputs(self) -> int:
        """p."""
        return int(self.x.shape[1])

    @cached_property
    def counts(self) -> tuple[int, int]:
        """How many points are labelled − and +."""
        plus = int((self.labels > 0).sum())
        return len(self) - plus, plus

    @property
    def one_class(self) -> bool:
        """Whether all labels are the same, so that a constant output separates the points."""
        return 0 in self.counts

    def augmented(self, bias: bool = True) -> Array:
        """x with a constant 1 as the last input, (N, p + 1); x itself (N, p) without bias."""
        return augment(self.x) if bias else self.x

    def with_point(self, x: ArrayLike, label: float) -> Points:
        """These points and, as the last, one more at x (p,), labelled 1 or −1.

        Raises ValueError unless it has p numbers, or if there would be more than 100,000 points.
        """
        at = np.asarray(x, dtype=float).reshape(1, -1)
        if at.shape[1] != self.inputs:
            raise ValueError(f"the extra point needs {self.inputs} numbers; it has {at.shape[1]}")
        labels = np.append(self.labels, label)
        return Points(np.vstack([self.x, at]), labels, self.names, self.classes)

    def describe(self, i: int) -> str:
        """Point i of N in words: "x = −0.5 (+)", "(0, −2) (+)"; IndexError if there is none."""
        at = [f"{v:.6g}".replace("-", "−") for v in self.x[i].tolist()]
        where = f"x = {at[0]}" if len(at) == 1 else f"({', '.join(at)})"
        return f"{where} ({self.classes[int(self.labels[i] > 0)]})"


def augment(x: Array) -> Array:
    """Inputs (..., p) with a constant 1 appended (..., p + 1)."""
    return np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1)
