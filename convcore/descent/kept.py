"""Which steps of a run are kept, for sweeps whose full record would not fit the memory."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from convcore.arrays import Ints, short

Keep = Literal["all", "losses", "last"] | int

BLOCK = 2**21  # weights of full paths at a time (16 MB)


def rows_kept(keep: Any, steps: int) -> tuple[Ints, Ints]:
    """The steps kept of w, and of the loss: (m,) and (j,), the first and the last among them.

    keep: "all"; "losses", the loss at each step; "last"; or a whole number, each so many steps. Raises
    ValueError, in one line, for anything else.
    """
    every, ends = np.arange(steps + 1), np.unique([0, steps])
    if isinstance(keep, str) and keep in ("all", "losses", "last"):
        return {"all": (every, every), "losses": (ends, every), "last": (ends, ends)}[keep]
    if isinstance(keep, int | np.integer) and not isinstance(keep, bool) and keep >= 1:
        some = np.unique(np.append(every[:: int(keep)], steps))
        return some, some
    raise ValueError(
        '`descend(keep=...)` must be "all", "losses", "last", or a number of steps, as in `keep=10`; got '
        f"{short(keep)}."
    )
