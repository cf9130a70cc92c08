"""Runs as a table of numbers, for the CSV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convcore.descent import Trajectory


def by_step(what: str, names: Sequence[str], runs: Sequence[Trajectory]) -> dict[str, Any]:
    """A row for each step of each run: whose it is (column `what`), step, w1, w2, …, E."""
    lengths = [int(run.length) + 1 for run in runs]
    w, loss = (
        np.concatenate([part[:m] for part, m in zip(parts, lengths, strict=True)])
        for parts in ([run.w for run in runs], [run.loss for run in runs])
    )
    return {
        what: np.repeat(names, lengths),
        "step": np.concatenate([np.arange(m) for m in lengths]),
        **{f"w{i}": column for i, column in enumerate(w.T, start=1)},
        "E": loss,
    }
