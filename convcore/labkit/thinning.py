"""Long runs drawn with fewer points: which steps are kept, and what is said of it."""

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


def drawn_steps(steps: int, most: int) -> Ints:
    """About `most` of a run's steps 0 to `steps` (m,): all of the first half, then an odd stride.

    An odd one shows cycles of 2. All are kept of a run that is no longer.
    """
    if steps < most:
        return np.arange(steps + 1)
    first = most // 2
    stride = -(-(steps - first) // (most - first)) | 1
    later = np.arange(first, steps + 1, stride)
    return np.unique(np.concatenate([np.arange(first), later, [steps]]))


def drawn_in_part(k: Ints) -> str:
    """A sentence, after others, where not each step is among those drawn (m,), of which 0 is one."""
    last, each = int(k[-1]), int(np.append(np.flatnonzero(np.diff(k) > 1), len(k) - 1)[0])
    if each == last:
        return ""
    return (
        f" All {last:,} steps are computed. The first {each:,} are drawn and shown each; of later ones "
        "those that the lines need."
    )
