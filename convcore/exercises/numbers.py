"""The numbers of an exercise: those of the lecture, or others drawn by a seed."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

Value = TypeVar("Value")
MOST = 999_999  # the largest seed


class Numbers:
    """Chooses the numbers of one variant of an exercise: seed 0 brings the usual ones, others draw.

    Raises ValueError if the seed is not a whole number from 0 to `MOST`.
    """

    def __init__(self, seed: int = 0) -> None:
        if not 0 <= seed <= MOST:
            raise ValueError(f"`Numbers(seed=...)` must be from 0 to {MOST:,}; got {seed}.")
        self.usual = seed == 0
        self._random = np.random.default_rng(seed)

    def of(self, usual: Value, *others: Value) -> Value:
        """One of these values; the first with seed 0."""
        if self.usual:
            return usual
        return (usual, *others)[int(self._random.integers(len(others) + 1))]
