"""Runs as a table of numbers, for the CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from convcore.descent.descent import Trajectory
from convcore.labkit.study import Record


def later(what: str, runs: Mapping[str, Trajectory]) -> Callable[[], Record]:
    """`by_step`, to be called later; of the runs it keeps only what it needs."""
    return partial(by_step, what, list(runs), [run.cut() for run in runs.values()])


def by_step(what: str, names: Sequence[str], runs: Sequence[Trajectory]) -> dict[str, Any]:
    """A row for each step of each run, `cut` before: the run's name (column `what`), step, w1, w2, …, E."""
    sizes = [len(run.loss) for run in runs]
    w = np.concatenate([run.w for run in runs])
    return {
        what: np.repeat(names, sizes),
        "step": np.concatenate([np.arange(size) for size in sizes]),
        **{f"w{i}": column for i, column in enumerate(w.T, start=1)},
        "E": np.concatenate([run.loss for run in runs]),
    }
