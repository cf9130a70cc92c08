"""Long curves with fewer points, without losing a peak."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from convcore.arrays import Array, Ints


def thinned(k: Sequence[int] | Ints, y: Array, most: int = 240) -> tuple[Ints, Array]:
    """A curve (m,) by the lowest and the highest point of each of `most` stretches: no peak is lost."""
    steps = np.asarray(k)
    if len(steps) <= 2 * most:
        return steps, y
    edges = np.linspace(0, len(steps), most + 1).astype(np.int64)
    kept = {0, len(steps) - 1}
    for low, high in pairwise(edges.tolist()):
        kept |= {int(low + y[low:high].argmin()), int(low + y[low:high].argmax())}
    order = np.array(sorted(kept))
    return steps[order], y[order]
