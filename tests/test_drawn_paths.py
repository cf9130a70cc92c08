"""What is drawn of a path that leaves its picture."""

from __future__ import annotations

import numpy as np
import pytest

from convcore.charts.paths import REACH, leaving

MIDDLE = np.array([1.0, -2.0])


def test_a_path_within_the_picture_is_drawn_as_it_is() -> None:
    path = np.random.default_rng(0).uniform(-3, 3, (40, 2))
    drawn, piece = leaving(path, MIDDLE, 1.0)
    assert drawn is path
    assert not piece.any()


@pytest.mark.parametrize("factor", [-2.5, 2.0, -40.0, 1e18])
def test_a_path_leaves_in_its_true_direction_and_stays_near(factor: float) -> None:
    errors = np.array([[0.3 * factor**k, 0.2 * (-factor / 2) ** k] for k in range(9)])
    path = MIDDLE + errors
    drawn, piece = leaving(path, MIDDLE, 0.5)
    away = np.hypot(*(drawn - MIDDLE).T)
    assert away.max() <= REACH * 0.5 * (1 + 1e-12)
    inside = np.hypot(*errors.T) <= REACH * 0.5
    assert np.array_equal(drawn[inside], path[inside])
    out = int(np.flatnonzero(~inside)[0])
    true, shown = path[out] - path[out - 1], drawn[out] - drawn[out - 1]
    assert np.arctan2(*shown) == pytest.approx(np.arctan2(*true), abs=1e-12)
    # The first far point ends its piece; each one after it begins another.
    assert piece.tolist() == [0] * (out + 1) + list(range(1, len(path) - out))


def test_a_path_that_comes_back_comes_from_its_true_direction() -> None:
    path = np.array([[0.0, 0.0], [50.0, 10.0], [60.0, -80.0], [0.5, 0.25]])
    drawn, piece = leaving(path, np.zeros(2), 1.0)
    true, shown = path[3] - path[2], drawn[3] - drawn[2]
    assert np.arctan2(*shown) == pytest.approx(np.arctan2(*true), abs=1e-12)
    assert piece.tolist() == [0, 0, 1, 1]
