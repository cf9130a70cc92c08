"""The table of a run: how far each path goes in it, and how little of a lost one is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from functools import partial
from typing import Any

import numpy as np

from convcore.descent.descent import Trajectory, descend
from convcore.labkit.record import by_step
from convcore.labs import ManyWeights, OneWeight
from convcore.objectives.quadratics import Quadratic


def test_each_run_is_in_the_table_as_far_as_it_went() -> None:
    quadratic = Quadratic([[1.0, 0.0], [0.0, 2.0]])
    near = descend(quadratic, [3.0, 1.0], 0.4, steps=5)
    lost = descend(quadratic, [3.0, 1.0], 1e9, steps=5)
    assert int(lost.length) < 5
    table = by_step("method", ["near", "lost"], [near.cut(), lost.cut()])
    size = int(lost.length) + 1
    assert list(table) == ["method", "step", "w1", "w2", "E"]
    assert table["method"].tolist() == ["near"] * 6 + ["lost"] * size
    assert table["step"].tolist() == [*range(6), *range(size)]
    w = np.concatenate([near.w, lost.w[:size]])
    np.testing.assert_array_equal(np.column_stack([table["w1"], table["w2"]]), w)
    np.testing.assert_array_equal(table["E"], np.concatenate([near.loss, lost.loss[:size]]))


def test_of_runs_that_blew_up_early_nothing_long_is_kept() -> None:
    # Their steps are cut off; who keeps hundreds of results keeps no 10,000 rows of nothing.
    for lab in (ManyWeights(eta=1e3, methods=("gd", "momentum"), steps=10_000), OneWeight(eta=1e3)):
        result = lab.run()
        runs = list(trajectories(result.study))
        assert runs
        for run in runs:
            assert len(run.w) < 500 and run.w.flags.owndata and run.loss.flags.owndata
        # What a pin draws is no view of it either.
        assert all(column.flags.owndata for column in result.pictures[0].trace.values())


def trajectories(held: Any) -> Iterator[Trajectory]:
    """All runs that a study holds, directly or in what it holds."""
    if isinstance(held, Trajectory):
        yield held
    elif isinstance(held, partial):
        yield from trajectories(held.args)
    elif is_dataclass(held):
        yield from trajectories(vars(held))
    elif isinstance(held, Mapping):
        yield from trajectories(tuple(held.values()))
    elif isinstance(held, tuple | list):
        for part in held:
            yield from trajectories(part)
