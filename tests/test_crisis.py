"""The two thresholds of a minimum against plain loops, and against the orbit of the longest step."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

from convcore.descent.theory import PointKind
from convcore.objectives.gallery import BY_KEY, Function
from convcore.sweeps.crisis import crisis, trap
from convcore.sweeps.stationary import stationary_points

PINHOLE, WELL = BY_KEY["pinhole"].objective, BY_KEY["well"].objective


def pinhole_slope(w):
    return w / np.sqrt(1 + w * w) + (w - 3) / 0.16 * np.exp(-((w - 3) ** 2) / 0.32)


SHARP = brentq(pinhole_slope, 2.6, 3.2, xtol=1e-15)
TOP = brentq(pinhole_slope, 2.0, 2.5, xtol=1e-15)


def minimum(objective, view, near):
    points = [p for p in stationary_points(objective, (view,)) if p.kind is PointKind.MINIMUM]
    return min(points, key=lambda p: abs(p.w[0] - near))


def kept(slope, start, eta, basin, steps=20_000):
    """How many starts never leave the basin: a plain loop."""
    w = np.array(start)
    for _ in range(steps):
        w = w - eta * slope(w)
        w = w[(max(basin[0], -1e6) < w) & (w < min(basin[1], 1e6))]
        if not w.size:
            break
    return w.size


def test_the_pinhole_is_stable_to_0_4154_and_keeps_starts_to_0_6673():
    point = minimum(PINHOLE, (-3.0, 5.0), 2.8)
    found = crisis(PINHOLE, point.w[0], point.limit, (-3.0, 5.0))
    assert found.basin[0] == pytest.approx(TOP, abs=1e-9) and found.basin[1] == math.inf
    assert round(point.limit, 4) == 0.4154 and round(found.eta, 4) == 0.6673

    # At a boundary crisis the longest step from the left leads to a point whose step ends at the top.
    def after_two(eta):
        longest = -minimize_scalar(
            lambda w: -(w - eta * pinhole_slope(w)),
            bounds=(TOP, SHARP),
            method="bounded",
            options={"xatol": 1e-12},
        ).fun
        return longest - eta * pinhole_slope(longest) - TOP

    assert found.eta == pytest.approx(brentq(after_two, 0.5, 0.8), rel=1e-4)


@pytest.mark.parametrize(
    ("eta", "share"), [(0.45, 0.80), (0.5, 0.70), (0.6, 0.62), (0.65, 0.60), (0.6673, 0.0)]
)
def test_between_the_thresholds_a_share_of_the_starts_stays_at_the_pinhole(eta, share):
    start = np.linspace(2.3, 4, 200)
    left = kept(pinhole_slope, start, eta, (TOP, math.inf)) / 200
    assert left == pytest.approx(share, abs=0.006)
    held = trap(PINHOLE, SHARP, (-3.0, 5.0), eta)
    assert (held is not None) == (share > 0)


def test_the_two_wells_merge_at_the_crisis_of_each():
    for at in (-1.0, 1.0):
        found = crisis(WELL, at, 1.0, (-2.0, 2.0))
        assert found.eta == pytest.approx(1.5 * math.sqrt(3) - 1, rel=1e-4)
        assert sorted(map(abs, found.basin)) == [pytest.approx(0, abs=1e-12), math.inf]


def test_a_function_that_rises_like_a_line_keeps_every_start_with_every_step_size():
    found = crisis(Function("log(cosh(w))"), 0.0, 2.0, (-4.0, 4.0))
    assert found.basin == (-math.inf, math.inf) and found.eta == math.inf
    assert kept(np.tanh, np.linspace(-4, 4, 9), 100.0, (-1e6, 1e6), 2000) > 0


def test_on_a_parabola_stability_and_crisis_are_one():
    assert crisis(Function("w^2"), 0.0, 1.0, (-4.0, 4.0)).eta == pytest.approx(1, rel=1e-3)


def test_the_edge_of_the_domain_of_E_is_the_end_of_a_basin():
    # A step leads from w to w − η + η/w, which is below 0 for no w if (w − η/2)² + η − η²/4 > 0: η < 4.
    found = crisis(BY_KEY["barrier"].objective, 1.0, 2.0, (0.05, 5.0))
    assert found.basin == (pytest.approx(0, abs=1e-12), math.inf)
    assert found.eta == pytest.approx(4, rel=1e-3)


def test_only_one_weight_has_a_crisis():
    with pytest.raises(ValueError, match="one weight"):
        crisis(BY_KEY["bowl"].objective, 0.0, 1.0, (-4.0, 4.0))


tenths = st.integers(3, 20).map(lambda k: k / 10)


# Without shrinking: an example takes a second.
@settings(max_examples=3, phases=[Phase.generate])
@given(st.lists(st.tuples(tenths, tenths, tenths), min_size=2, max_size=3))
def test_below_the_crisis_some_of_many_starts_stay_and_beyond_it_none(terms):
    a, b, c = np.array(terms).T
    text = "0.1*w^2" + "".join(f"+{p}*sin({q}*w+{r})" for p, q, r in terms)

    def slope(w):
        return 0.2 * w + (a * b * np.cos(b * w[:, None] + c)).sum(axis=1)

    point = minimum(Function(text), (-4.0, 4.0), 0.0)
    found = crisis(Function(text), point.w[0], point.limit, (-4.0, 4.0))
    if found.eta == math.inf:
        return
    low, high = found.basin
    start = np.linspace(max(low, -4.0), min(high, 4.0), 102)[1:-1]
    below = trap(Function(text), point.w[0], (-4.0, 4.0), 0.998 * found.eta)
    if below is not None:
        inside = np.linspace(*below, 1001)
        moved = inside - 0.998 * found.eta * slope(inside)
        assert below[0] - 1e-6 <= moved.min() and moved.max() <= below[1] + 1e-6
    assert kept(slope, start, 0.997 * found.eta, found.basin, 3000)
    assert not kept(slope, start, 1.003 * found.eta, found.basin)
