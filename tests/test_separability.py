"""Certificates and margins against programs of the tests' own, and exact arithmetic."""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog, minimize

from convcore.separators.points import (
    Points,
    augment,
    clouds,
    d8,
    gate,
    iris,
    lecture_set,
    parse,
    u12,
)
from convcore.separators.separability import certificate, max_margin, novikoff

RNG = np.random.default_rng(7)


def exact_sides(points, w):
    """ℓ·(wᵀx + b) of each point in rational arithmetic."""
    w = [Fraction(v) for v in w.tolist()]
    return [
        int(label) * sum(a * Fraction(b) for a, b in zip(w, [*x, 1.0], strict=True))
        for x, label in zip(points.x.tolist(), points.labels.tolist(), strict=True)
    ]


def check_certificate(points, separable):
    found = certificate(points)
    assert found.proved and found.separable is separable
    if separable:
        assert min(exact_sides(points, found.weights)) > 0
        return
    at, share = list(found.witnesses), np.array(found.shares)
    labels, x = points.labels[at], points.x[at]
    assert (share > 0).all() and len(at) <= points.inputs + 2
    scale = np.abs(points.x).max()
    for side in (1, -1):
        assert share[labels == side].sum() == pytest.approx(1, rel=1e-12)
        meeting = share[labels == side] @ x[labels == side]
        assert meeting == pytest.approx(found.common, rel=1e-12, abs=1e-12 * scale)


def feasible(points):
    """Whether ℓ·wᵀx̃ ≥ 1 has a solution, by a linear program."""
    Z = points.labels[:, None] * augment(points.x)
    bounds = [(None, None)] * Z.shape[1]
    return linprog(np.zeros(Z.shape[1]), -Z, -np.ones(len(Z)), bounds=bounds).status == 0


def widest(points):
    """The largest margin of a plane set, from all pairs and triples of points that may carry it."""
    x, labels = points.x, points.labels
    best, weights = 0.0, None
    normals = [
        (a - b, (a + b) / 2) for a, b in ((x[i], x[j]) for i in pos(labels) for j in neg(labels))
    ]
    for i, j in combinations(range(len(x)), 2):
        if labels[i] == labels[j]:
            along = x[j] - x[i]
            for k in range(len(x)):
                if labels[k] != labels[i]:
                    normals.append((np.array([-along[1], along[0]]), (x[i] + x[k]) / 2))
    for normal, through in normals:
        length = np.linalg.norm(normal)
        if length == 0:
            continue
        for u in (normal / length, -normal / length):
            side = (labels * (x @ u - through @ u)).min()
            if side > best:
                best, weights = side, np.append(u, -through @ u) / side
    return best, weights


def pos(labels):
    return np.flatnonzero(labels > 0)


def neg(labels):
    return np.flatnonzero(labels < 0)


NAMED = {
    "AND": (gate("and"), True),
    "OR": (gate("or"), True),
    "XOR": (gate("xor"), False),
    "U12": (u12(), True),
    "D8": (d8(), True),
    "lecture 1": (lecture_set(1), True),
    "lecture 100": (lecture_set(100), True),
    "a gap of 1e-9": (parse("0 0 +\n1 1 +\n1e-9 0 -\n2 1 -"), True),
    "a gap of 1e-14": (parse("1 +\n1.00000000000001 -"), True),
    "an overlap of 1e-14": (parse("1 -\n1.00000000000001 +\n1.00000000000001 -\n1 +"), False),
    "touching": (parse("0 0 +\n2 0 +\n1 0 -\n1 5 -"), False),
    "touching at a corner": (parse("0 0 +\n1 0 +\n1 0 -\n2 0 -"), False),
    "duplicated": (parse("0 0 +\n0 0 +\n1 1 -\n1 1 -\n1 1 -"), True),
    "opposite labels in one place": (parse("3 4 +\n3 4 -"), False),
    "all in one place": (parse("3 4 +\n3 4 +"), True),
    "one point": (parse("3 4 -"), True),
    "one class": (parse("3 4 -\n5 6 -\n-1 0 -"), True),
    "on a line": (parse("0 0 +\n1 1 -\n2 2 +"), False),
    "large numbers": (parse("1e90 0 +\n2e90 1 -"), True),
    "odd scales": (parse("1e-8 1e8 +\n2e-8 1e8 -\n1e-8 2e8 +\n2e-8 3e8 -"), True),
    "iris, setosa": (iris("setosa", "virginica"), True),
    "iris": (iris(), False),
    "clouds with a margin": (clouds(500, 3, 0.01), True),
    "clouds that overlap": (clouds(500, 3), False),
}


@pytest.mark.parametrize("name", NAMED)
def test_the_certificate_is_right_and_checks_exactly(name):
    check_certificate(*NAMED[name])


def test_the_certificate_agrees_with_a_linear_program_on_random_points():
    seen = set()
    for _ in range(60):
        N, p = RNG.integers(2, 14), RNG.integers(1, 4)
        points = Points(RNG.normal(size=(N, p)), np.where(RNG.random(N) < 0.5, 1.0, -1.0))
        verdict = feasible(points)
        seen.add(verdict)
        check_certificate(points, verdict)
    assert seen == {True, False}


def test_points_on_a_grid_with_many_ties_agree_with_a_linear_program():
    for _ in range(40):
        x = RNG.integers(0, 3, size=(8, 2)).astype(float)
        points = Points(x, np.where(RNG.random(8) < 0.6, 1.0, -1.0))
        check_certificate(points, feasible(points))


def test_without_bias_only_lines_through_zero_count():
    assert certificate(u12()).separable and not certificate(u12(), bias=False).separable
    proof = certificate(u12(), bias=False)
    Z = u12().labels[:, None] * u12().x
    assert np.array(proof.shares) @ Z[list(proof.witnesses)] == pytest.approx([0.0], abs=1e-15)
    assert certificate(parse("1 0 +\n-1 0 -"), bias=False).separable


def test_max_margin_is_the_widest_line_of_all_candidates():
    tried = 0
    for draw in range(40):
        points = clouds(10, 1.0, 0.3, draw)
        best, weights = widest(points)
        found = max_margin(points.x, points.labels)
        assert 1 / np.linalg.norm(found[:-1]) == pytest.approx(best, rel=1e-11)
        assert found == pytest.approx(weights, rel=1e-9, abs=1e-9)
        tried += 1
    assert tried == 40


def test_max_margin_agrees_with_a_quadratic_program_in_more_dimensions():
    for draw in range(5):
        rng = np.random.default_rng(draw)
        x = rng.normal(size=(15, 4))
        labels = np.where(x @ np.array([1.0, -1, 0.5, 0]) + 0.1 > 0, 1.0, -1.0)
        D = augment(x)
        start = certificate(Points(x, labels)).weights
        start = start / (labels * (D @ start)).min()
        found = minimize(
            lambda w: w[:-1] @ w[:-1],
            start,
            jac=lambda w: 2 * np.append(w[:-1], 0.0),
            constraints={
                "type": "ineq",
                "fun": lambda w, D=D, y=labels: y * (D @ w) - 1,
                "jac": lambda w, D=D, y=labels: y[:, None] * D,
            },
            method="SLSQP",
            options={"ftol": 1e-14, "maxiter": 500},
        ).x
        assert max_margin(x, labels) == pytest.approx(found, rel=1e-5, abs=1e-5)


def test_max_margin_by_hand():
    assert max_margin(gate("and").x, gate("and").labels) == pytest.approx([2, 2, -3], rel=1e-14)
    assert max_margin(u12().x, u12().labels) == pytest.approx([2, 2], rel=1e-14)
    assert max_margin(d8().x, d8().labels) == pytest.approx([2, 7], rel=1e-14)
    doubled = parse("0 0 +\n0 0 +\n1 1 -\n1 1 -")
    assert max_margin(doubled.x, doubled.labels) == pytest.approx([-1, -1, 1], rel=1e-14)
    narrow = parse("1 +\n1.000000001 -")
    gap = 1.000000001 - 1
    assert max_margin(narrow.x, narrow.labels)[0] == pytest.approx(-2 / gap, rel=1e-12)


@pytest.mark.parametrize("name", [name for name, (_, yes) in NAMED.items() if not yes])
def test_max_margin_has_no_line_where_none_separates(name):
    points = NAMED[name][0]
    assert np.isnan(max_margin(points.x, points.labels)).all()


def test_max_margin_of_one_class_is_constant():
    assert max_margin(np.array([[1.0, 2], [3, 4]]), -np.ones(2)).tolist() == [0, 0, -1]


def test_the_margin_of_the_augmented_vectors_is_that_of_a_quadratic_program():
    # Least ‖w‖ with ℓ·wᵀx̃ ≥ 1: its length is 1/γ. By hand for the lecture set: w = (2, 0, 1) for t > 1/2.
    assert novikoff(lecture_set(3)).margin == pytest.approx(1 / np.sqrt(5), rel=1e-13)
    assert novikoff(lecture_set(3)).radius == pytest.approx(np.sqrt(10), rel=1e-15)
    assert novikoff(gate("and")).bound == pytest.approx(51, rel=1e-12)
    assert novikoff(gate("or")).bound == pytest.approx(27, rel=1e-12)
    assert novikoff(gate("xor")).bound == np.inf
    for n in (1, 2, 5, 9):
        unit = Points(np.eye(n), np.where(np.arange(n) % 3 == 0, 1.0, -1.0))
        assert novikoff(unit, bias=False).bound == pytest.approx(n, rel=1e-13)


@pytest.mark.parametrize("distance, margin", [(4, 0), (4, 1), (12, 1e-6)])
def test_a_hundred_thousand_points_are_decided_within_two_seconds(distance, margin):
    points = clouds(100_000, distance, margin)
    start = time.process_time()
    found = certificate(points)
    line = max_margin(points.x, points.labels)
    bound = novikoff(points).bound
    assert time.process_time() - start < 2
    assert found.separable is np.isfinite(line).all().item() is np.isfinite(bound).item()
    if found.separable:
        assert (points.labels * (augment(points.x) @ line)).min() == pytest.approx(1, rel=1e-9)


def test_a_hundred_thousand_points_on_a_circle_are_decided_within_two_seconds():
    angle = np.linspace(0, 6.28, 100_000)
    points = Points(np.column_stack([np.cos(angle), np.sin(angle)]), np.where(angle < 3, 1.0, -1.0))
    start = time.process_time()
    assert certificate(points).separable
    assert time.process_time() - start < 2
