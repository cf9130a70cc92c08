"""Points that leave some of a unit's weights free: lines and planes of minima, found by other means."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import minimize

from convcore.claims import CLAIMS, Word
from convcore.labs import (
    ExtraPoint,
    Momentum,
    NoPoint,
    OwnPoints,
    PerceptronAndBackprop,
    WeightLandscape,
)
from convcore.labs.perceptron.weight_landscape import WeightLandscapeStudy
from convcore.separators.points import Points, lecture_set, u12
from convcore.separators.sigmoid_unit import SigmoidUnit, minima
from tests.draw import SEEDS, often

TWENTY = next(claim for claim in CLAIMS if claim.number == 20)
# Two points and three weights: "no minimum was found" was said of them.
TWO = PerceptronAndBackprop(
    OwnPoints("1 4 -"), "entropy", 0.2, 0.1, 500, extra=ExtraPoint(-2.0, 4.8, "plus"),
    spread=30.0, second=WeightLandscape(),
)  # fmt: skip


def landscape(lab: PerceptronAndBackprop) -> WeightLandscapeStudy:
    second = lab.study().second
    assert isinstance(second, WeightLandscapeStudy)
    return second


def few(number: int) -> SigmoidUnit:
    """Points with more weights than directions: few, in one place, on a line, or with a constant input."""
    rng = np.random.default_rng(number)
    N, kind = int(rng.integers(2, 8)), rng.integers(4)
    x = rng.integers(-4, 5, (N, 2)).astype(float)
    if kind == 0:
        x = np.unique(x[:2], axis=0)
    elif kind == 1:
        x = np.tile(x[:1], (N, 1))[:, : rng.integers(1, 3)]
    elif kind == 2:
        x = x[0] + rng.integers(-3, 4, (N, 1)) * (x[1] - x[0])
    else:
        x[:, rng.integers(2)] = rng.integers(-4, 5)
    labels = rng.choice([-1.0, 1.0], len(x))
    return SigmoidUnit(
        x, labels, rng.choice(["l2", "entropy"]), rng.choice([0.05, 0.1, 0.2, 0.4]), 0.0,
        rng.choice(["logistic", "tanh"]),
    )  # fmt: skip


# The unit by its formulas


def rows_of(unit: SigmoidUnit) -> np.ndarray:
    """ℓ·(x, 1) of each point, twice that for tanh z = 2σ(2z) − 1."""
    rows = np.column_stack([unit.x, np.ones(len(unit.x))]) * unit.labels[:, None]
    return rows * (2 if unit.activation == "tanh" else 1)


def value_and_slope(unit: SigmoidUnit, w: np.ndarray) -> tuple[float, np.ndarray]:
    Z, e, high = rows_of(unit), unit.epsilon, 4 if unit.activation == "tanh" else 1
    s = Z @ w
    m = 1 / (1 + np.exp(np.clip(s, -700, 700)))
    if unit.divergence == "l2":
        return float(high * ((e - m) ** 2).sum()), 2 * high * ((e - m) * m * (1 - m)) @ Z
    return float((np.logaddexp(0, -s) + e * s).sum()), (e - m) @ Z


def rank(unit: SigmoidUnit) -> int:
    """Of the points' rows, by Gauss on fractions."""
    rows = [[Fraction(v) for v in (*x, 1.0)] for x in unit.x.tolist()]
    found = 0
    for column in range(len(rows[0])):
        pivot = next((row for row in rows if row[column]), None)
        if pivot is None:
            continue
        found += 1
        rows = [
            [a - b * row[column] / pivot[column] for a, b in zip(row, pivot, strict=True)]
            for row in rows
            if row is not pivot
        ]
    return found


def wrong(unit: SigmoidUnit, w: np.ndarray, by: float = 0.0) -> tuple[int, ...]:
    return tuple(i for i, s in enumerate((rows_of(unit) @ w).tolist()) if s <= by)


@often(25, 200)
@given(SEEDS.map(few))
def test_the_lowest_minimum_is_the_one_that_scipy_finds(unit: SigmoidUnit) -> None:
    rng, found = np.random.default_rng(0), minima(unit)
    starts = rng.normal(size=(25, unit.n)) * 10 ** rng.uniform(-2, 1, (25, 1))
    starts[0] = 0
    # From zero, and along each point's own row, too.
    ends = [
        minimize(lambda w: value_and_slope(unit, w), w, jac=True, method="BFGS")
        for w in [*starts, *rows_of(unit)]
    ]
    low = min(ends, key=lambda end: end.fun)
    assert found and found[0].value == pytest.approx(low.fun, abs=1e-7)
    alike = [end.x for end in ends if end.fun < low.fun + 1e-6]
    if all(np.abs(rows_of(unit) @ w).min() > 1e-4 for w in alike):
        assert found[0].wrong in {wrong(unit, w) for w in alike}


@often(25, 200)
@given(SEEDS.map(few))
def test_each_minimum_is_one_of_all_those_along_its_valley(unit: SigmoidUnit) -> None:
    rng, n = np.random.default_rng(0), unit.n
    flat = n - rank(unit)
    found = minima(unit)
    for m in found:
        w, along = np.array(m.w), np.array(m.valley)
        assert along.shape == (flat, n) if flat else not m.valley
        if flat:
            np.testing.assert_allclose(along @ along.T, np.eye(flat), atol=1e-12)
            assert np.abs(along @ w).max() <= 1e-9 * np.linalg.norm(w) + 1e-12
            np.testing.assert_allclose(rows_of(unit) @ along.T, 0, atol=1e-12)
        anywhere = w + (rng.normal(0, 5, flat) @ along if flat else 0)
        E, slope = value_and_slope(unit, anywhere)
        assert abs(E - m.value) < 1e-10 and np.abs(slope).max() < 1e-7
        assert set(wrong(unit, anywhere, -1e-7)) <= set(m.wrong) <= set(wrong(unit, anywhere, 1e-7))
        # Differences of slopes: it bends up across the valley, and along it not at all.
        h = 1e-5
        H = np.array(
            [
                (value_and_slope(unit, w + h * e)[1] - value_and_slope(unit, w - h * e)[1])
                / (2 * h)
                for e in np.eye(n)
            ]
        )
        values = np.linalg.eigvalsh((H + H.T) / 2)
        np.testing.assert_allclose(m.curvatures, values, atol=1e-6 * max(1, values[-1]))
        assert m.curvatures[:flat] == (0.0,) * flat and all(v > 0 for v in m.curvatures[flat:])
        assert m.sharpness == m.curvatures[-1]
        w0 = rng.normal(0, 5, n)
        beside = m.beside(w0)
        np.testing.assert_allclose(rows_of(unit) @ (beside - w), 0, atol=1e-9 * np.abs(w0).max())
        assert np.linalg.norm(beside - w0) <= np.linalg.norm(anywhere - w0) + 1e-9
    # Ends of one valley are one minimum.
    sides = [rows_of(unit) @ m.w for m in found]
    assert all(np.abs(a - b).max() > 1e-7 for i, a in enumerate(sides) for b in sides[:i])


@pytest.mark.parametrize(
    ("x", "labels"),
    [([[3.0]] * 3, [1, 1, 1]), ([[1, 4]], [-1]), ([[1, 1], [2, 2]], [1, -1])],
    ids=str,
)
def test_a_plateau_is_no_minimum_and_neither_is_an_infimum_at_infinity(
    x: list[list[float]], labels: list[float]
) -> None:
    for divergence in ("l2", "entropy"):
        hard = SigmoidUnit(np.array(x), np.array(labels), divergence, 0.0)
        assert minima(hard) == ()
        # Far out on the wrong side soft L2 is as flat; at its only minimum each output is at its target.
        (only,) = minima(replace(hard, epsilon=0.1))
        assert rows_of(hard) @ only.w == pytest.approx(np.log(9))


def test_decay_makes_one_minimum_of_a_valley() -> None:
    x, labels = np.array([[1.0, 4.0], [-2.0, 4.8]]), np.array([-1.0, 1.0])
    (valley,) = minima(SigmoidUnit(x, labels, "entropy", 0.2))
    (point,) = minima(SigmoidUnit(x, labels, "entropy", 0.2, decay=1e-9))
    assert len(valley.valley) == 1 and not point.valley
    # Of the whole line the shortest, and the curvature along it is that of the decay.
    assert point.w == pytest.approx(valley.w, abs=1e-7)
    assert point.curvatures[0] == pytest.approx(1e-9, rel=1e-6) and valley.curvatures[0] == 0
    np.testing.assert_array_equal(point.beside(np.ones(3)), point.w)


@pytest.mark.parametrize("size", [1e-9, 1e-3, 1e4, 1e9])
@pytest.mark.parametrize("away", [0.0, 1.0, 1e5])
@pytest.mark.parametrize("points", [u12(), lecture_set(5)], ids=["U12", "lecture set"])
def test_the_minima_are_the_same_in_any_unit_and_from_any_zero(
    points: Points, size: float, away: float
) -> None:
    # Curvatures of weights that differ by 10¹⁸ and more are no valley.
    x = (points.x + away) * np.resize([size, 1.0], points.inputs)
    plain = minima(SigmoidUnit(points.x, points.labels, "l2", 0.2))
    found = minima(SigmoidUnit(x, points.labels, "l2", 0.2))
    assert [(m.wrong, m.valley) for m in found] == [(m.wrong, ()) for m in plain]
    assert [m.value for m in found] == pytest.approx([m.value for m in plain], rel=1e-6)
    slopes = [m.w[0] for m in plain]
    assert [size * m.w[0] for m in found] == pytest.approx(slopes, rel=1e-5)


@pytest.mark.parametrize(
    "x", [[0.1, 0.3], [1e-7, 3e-7], [1e7, 3e7], [2000.1, 6000.3], [1 / 3, 1.0]], ids=str
)
def test_typed_decimals_on_a_line_are_on_it(x: list[float]) -> None:
    k = np.array([1.0, 2.0, 3.0, 7.0])
    unit = SigmoidUnit(k[:, None] * np.array(x), np.array([1.0, -1, 1, 1]), "entropy", 0.2)
    (only,) = minima(unit)
    assert len(only.valley) == 1
    # A thousandth off the line is off it.
    bent = replace(unit, x=unit.x * (1 + 1e-3 * np.outer(k == 2, [0, 1])))
    assert not minima(bent)[0].valley


# What the page says


def test_claim_20_is_decided_of_two_points_and_three_weights() -> None:
    for optimizer in (TWO.optimizer, Momentum()):
        lab = replace(TWO, optimizer=optimizer)
        found = TWENTY.verdict(lab, lab.study())
        assert found.word is Word.FAILS and "E = 1.0008, separates" in found.why
    # −0.8 ln 0.8 − 0.2 ln 0.2 of each point.
    least = -2 * (0.8 * np.log(0.8) + 0.2 * np.log(0.2))
    assert landscape(TWO).found[0].value == pytest.approx(least, rel=1e-12)


def test_a_valley_is_said_to_be_one_and_the_path_ends_at_its_mark() -> None:
    study = landscape(TWO)
    assert study.home is study.found[0] and study.flat == 1
    np.testing.assert_allclose(study.marks[0], study.path[-1], atol=1e-3)
    shown = TWO.run()
    assert "one of a line of them" in shown.sentence
    assert any("line of minima of cross-entropy" in str(f) for f in shown.facts)
    plane = replace(TWO, data=OwnPoints("1 4 +\n1 4 +"), extra=NoPoint())
    assert "one of a plane of them" in plane.run().sentence
    assert any("plane of minima" in str(f) for f in plane.run().facts)
    for single in (replace(TWO, decay=0.1), replace(TWO, data=OwnPoints("1 4 -\n0 1 +"))):
        said = single.run()
        assert "of them" not in said.sentence and "of minima" not in str(said.facts)


def test_the_picture_is_blue_where_e_bends_up_across_a_valley() -> None:
    lab = replace(TWO, data=OwnPoints("3 +\n3 -\n3 -"), divergence="l2", extra=NoPoint())
    study = landscape(lab)
    blue, size = study.surface.bends_up, len(study.surface.bends_up)
    cells = (np.arange(size) + 0.5) / size
    x, y = (study.low[i] + cells * (study.high[i] - study.low[i]) for i in (0, 1))
    s = 3 * x[None, :] + y[:, None]

    def bend(s: np.ndarray) -> np.ndarray:
        """d²/ds² of (σ(s) − 0.8)², by the chain rule."""
        p = 1 / (1 + np.exp(-s))
        slope = p * (1 - p)
        return np.asarray(2 * slope**2 + 2 * (p - 0.8) * slope * (1 - 2 * p))

    np.testing.assert_array_equal(blue, bend(s) + 2 * bend(-s) > 0)
    assert blue.any() and not blue.all()
    assert "in all directions in which it changes," in lab.run().pictures[1].about
    # With hard targets there is no minimum of two points, but the same direction in which E is flat.
    none = replace(TWO, epsilon=0.0).run()
    assert "in which it changes," in none.pictures[1].about and "of them" not in none.sentence
    assert not any("line of minima" in str(facts) for facts in none.facts)
