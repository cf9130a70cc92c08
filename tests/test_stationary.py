"""Stationary points against those that are known, and against solutions by hand."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from convcore.descent.theory import PointKind
from convcore.objectives.gallery import BY_KEY, GALLERY, Function
from convcore.sweeps.stationary import stationary_points

# A kink has no gradient that vanishes.
SMOOTH = [entry for entry in GALLERY if entry.key != "ackley"]


def view_of(entry):
    return tuple((float(low), float(high)) for low, high in entry.view)


@pytest.mark.parametrize("entry", SMOOTH, ids=[entry.key for entry in SMOOTH])
def test_every_known_minimum_of_the_gallery_is_found_and_named(entry):
    points = stationary_points(entry.objective, view_of(entry))
    for known in entry.minima:
        near = [p for p in points if np.allclose(p.w, known, atol=1e-6)]
        assert len(near) == 1 and near[0].kind.is_minimum
    values = [p.value for p in points]
    assert values == pytest.approx(sorted(values), abs=1e-9)


@pytest.mark.parametrize("entry", SMOOTH, ids=[entry.key for entry in SMOOTH])
def test_the_gradient_vanishes_at_every_point(entry):
    for point in stationary_points(entry.objective, view_of(entry)):
        g = entry.objective.gradient(np.array(point.w))
        size = max([1.0, *(abs(v) for v in point.curvatures if math.isfinite(v))])
        assert np.abs(g).max() <= 1e-7 * size


def test_the_counts_of_the_literature_are_met():
    def kinds(key):
        entry = BY_KEY[key]
        return Counter(p.kind.value for p in stationary_points(entry.objective, view_of(entry)))

    assert kinds("himmelblau") == {"minimum": 4, "saddle": 4, "maximum": 1}
    assert kinds("camel") == {"minimum": 6, "saddle": 7, "maximum": 2}
    assert kinds("styblinski") == {"minimum": 4, "saddle": 4, "maximum": 1}
    assert kinds("rastrigin") == {"minimum": 121, "saddle": 220, "maximum": 100}
    assert kinds("well") == {"minimum": 2, "maximum": 1}


def test_limits_are_two_over_the_largest_curvature():
    well = stationary_points(BY_KEY["well"].objective, ((-2.0, 2.0),))
    assert [(p.w, p.limit) for p in well[:2]] == [
        ((-1.0,), pytest.approx(1.0, rel=1e-12)),
        ((1.0,), pytest.approx(1.0, rel=1e-12)),
    ]
    assert well[2].limit == math.inf and not well[2].holds(0.1)
    wide, sharp, _ = stationary_points(BY_KEY["pinhole"].objective, ((-3.0, 5.0),))
    assert wide.limit == pytest.approx(2, rel=1e-4) and sharp.limit == pytest.approx(
        0.4154, rel=1e-4
    )
    assert wide.holds(1.5) and not sharp.holds(1.5)


def test_flat_bottoms_inflections_and_kinks_are_named_by_both_sides():
    def only(text):
        (point,) = stationary_points(Function(text), ((-2.0, 3.0),))
        return point

    assert only("w^4").kind is PointKind.DEGENERATE_MINIMUM and only("w^4").limit == math.inf
    assert only("-w^4").kind is PointKind.DEGENERATE_MAXIMUM
    assert only("w^3").kind is PointKind.DEGENERATE and abs(only("w^3").w[0]) < 1e-6
    assert only("abs(w)^1.5").limit == 0
    # π is no float: the kink's point has the curvature of one side.
    *kinks, top = stationary_points(Function("abs(sin(w))"), ((2.0, 5.0),))
    assert [(p.kind, p.limit) for p in kinks] == [
        (PointKind.MINIMUM, 0)
    ] and top.kind is PointKind.MAXIMUM
    assert kinks[0].w[0] == pytest.approx(math.pi, abs=1e-15)
    (top,) = stationary_points(Function("-abs(sin(w))"), ((2.0, 4.0),))
    assert (top.kind, top.curvatures, top.limit) == (PointKind.MAXIMUM, (-math.inf,), math.inf)
    assert only("-abs(w)").curvatures == (-math.inf,)
    for text in ("abs(w)", "abs(w-1)", "exp(abs(w-1.1))", "abs(w)+w^2"):
        assert (only(text).kind, only(text).limit) == (PointKind.MINIMUM, 0), text
    assert stationary_points(Function("1/w"), ((-2.0, 3.0),)) == ()
    assert stationary_points(Function("cosh(1/w)"), ((-2.0, 3.0),)) == ()
    assert stationary_points(Function("w"), ((-2.0, 3.0),)) == ()


@pytest.mark.parametrize(
    "text, at, view",
    [
        ("1e9*(w-5)^2", 5, (-3, 5)),  # where the slope is exactly 0 at the view's end
        ("1e10*(w+3)^2", -3, (-3, 5)),
        ("1e10*w^2", 0, (0, 3)),
        ("w^2", 0, (-3e-7, 5e-7)),  # narrow views
        ("w^4", 0, (-1e-4, 1e-4)),
        ("(w-1)^4", 1, (0.9999, 1.0001)),
        ("(w-1000)^2", 1000, (999.9998, 1000.0003)),
        ("(w-1000)^4", 1000, (999.9, 1000.1)),
        ("(w-1e5)^4", 1e5, (99_990, 100_010)),
        ("-exp(-(1e6*w)^2)", 0, (-1e-5, 1e-5)),  # a narrow well, seen from inside and from outside
        ("-exp(-(1e5*w)^2)", 0, (-1e-3, 1e-3)),
    ],
)
def test_a_smooth_minimum_is_one_in_any_view(text, at, view):
    (point,) = (p for p in stationary_points(Function(text), (view,)) if p.kind.is_minimum)
    assert point.w[0] == pytest.approx(at, abs=1e-4 * (view[1] - view[0]))
    assert math.isfinite(point.curvatures[0])


def test_kinks_close_together_are_named_each_by_its_own_sides():
    w, kinds = (
        [getattr(p, name) for p in stationary_points(Function("abs(sin(30000w))"), ((1.0, 1.01),))]
        for name in ("w", "kind")
    )
    assert len(w) > 150
    for (x,), kind in zip(w, kinds, strict=True):
        height = abs(math.sin(30_000 * x))
        assert kind is (PointKind.MINIMUM if height < 0.5 else PointKind.MAXIMUM)
        assert abs(height - 0.5) > 0.49


# Many rates, as it hangs on the processor's last digits which waves rounding turns.
@pytest.mark.parametrize("rate", [20, *range(150, 260, 5)])
def test_where_rounding_alone_turns_the_slope_nothing_is_named(rate):
    # From exp(20w) = 10¹² on, the next number after w is another part of the wave.
    found = stationary_points(Function(f"sin(exp({rate}w))"), ((-3.0, 5.0),))
    points = [point for point in found if point.kind is not PointKind.DEGENERATE]  # where exp is 0
    assert len(points) > 10
    for point in points:
        assert rate * point.w[0] < math.log(1e12)
        # Up to where rounding of w turns the wave by 10⁻⁴: half its square is missing from the top.
        assert point.value == pytest.approx(-1 if point.kind is PointKind.MINIMUM else 1, abs=1e-8)


def test_a_domain_with_an_edge_is_searched_up_to_it():
    (point,) = stationary_points(Function("w - log(w)"), ((-1.0, 4.0),))
    assert point.w == pytest.approx((1.0,), abs=1e-12) and point.limit == pytest.approx(2)


def test_more_than_two_weights_are_refused():
    with pytest.raises(ValueError, match="one or two weights"):
        stationary_points(Function("w1^2 + w2^2 + w3^2"), ((-1.0, 1.0),) * 3)
