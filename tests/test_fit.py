"""A slide's picture fills its window: how high it will be is known before the browser draws it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcore.charts import fit
from convcore.charts.picture import Picture
from convcore.labs import ManyWeights, OneWeight, TaylorAndNewton
from tests.draw import often


@pytest.fixture(scope="module")
def descent() -> Picture:
    return OneWeight().run().pictures[0]


@pytest.mark.parametrize(
    ("lab", "width", "height"),
    [
        (OneWeight(), 660, 544),
        (TaylorAndNewton(), 660, 621),
        (ManyWeights(), 660, 455),
        (ManyWeights(), 830, 469),
    ],
)
def test_a_picture_is_as_high_as_a_browser_draws_it(
    lab: OneWeight, width: int, height: int
) -> None:
    assert fit.height(lab.run().pictures[0], width) == height


def test_another_row_of_the_legend_counts() -> None:
    lab = ManyWeights()
    more = replace(lab, methods=("gd", "newton", "momentum", "nesterov", "adam", "rmsprop", "bfgs"))
    few, many = (fit.height(one.run().pictures[0], 660) for one in (lab, more))
    assert many - few == 18


@given(st.integers(600, 2000), st.integers(300, 1200))
@often(12, 100)
def test_a_picture_fills_a_window_and_stays_within_it(
    descent: Picture, wide: int, high: int
) -> None:
    pixels, scale = fit.fitted(descent, wide, high, words=100)
    tall = scale * fit.height(descent, pixels)
    assert scale * pixels <= wide + 1e-9 and tall <= high + 1e-9
    # In one direction it fills it, but for the words below it.
    within = fit.LEAST < pixels < fit.MOST
    assert not within or scale * pixels > 0.95 * wide or tall > 0.95 * (high - 100)


def test_a_phone_has_the_picture_as_wide_as_its_window(descent: Picture) -> None:
    assert fit.fitted(descent, 374, 500, 100) == (374, 1)
