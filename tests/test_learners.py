"""Learners against naive programs, Novikoff's bound and least squares; and the lines they draw."""

from __future__ import annotations

import pickle
import re
import time
from fractions import Fraction

import numpy as np
import pytest

from convcore.descent.descent import descend
from convcore.descent.schedules import DropOnPlateau
from convcore.objectives.quadratics import LeastSquares
from convcore.optimizers import Adam, BacktrackingDescent, Momentum
from convcore.separators.learners import (
    Backprop,
    LinearLMS,
    MaxMargin,
    Perceptron,
    affordable,
    angle,
    boundary,
    margin,
    wrong_points,
)
from convcore.separators.points import Points, clouds, d8, gate, iris, lecture_set, parse, u12
from convcore.separators.separability import certificate, max_margin, novikoff
from convcore.separators.sigmoid_unit import SigmoidUnit

LEARNERS = [Perceptron(), Backprop(epochs=200), LinearLMS(), MaxMargin()]
learners = pytest.mark.parametrize("learner", LEARNERS, ids=lambda learner: learner.label)


def rosenblatt(points, epochs, bias=True):
    """The perceptron in rational arithmetic, word by word from section F."""
    rows = [
        (int(label), [Fraction(v) for v in x] + [Fraction(1)] * bias)
        for x, label in zip(points.x.tolist(), points.labels.tolist(), strict=True)
    ]
    w, mistakes, updated = [Fraction(0)] * len(rows[0][1]), [], []
    for _ in range(epochs):
        mistakes.append(0)
        for i, (label, x) in enumerate(rows):
            if label * sum(a * b for a, b in zip(w, x, strict=True)) <= 0:
                w = [a + label * b for a, b in zip(w, x, strict=True)]
                mistakes[-1] += 1
                updated.append(i)
        if not mistakes[-1]:
            break
    return [float(v) for v in w], mistakes, updated


@pytest.mark.parametrize(
    "points, mistakes, epochs",
    [
        (gate("and"), 18, 9),
        (gate("or"), 9, 6),
        (lecture_set(1), 5, 3),
        (lecture_set(2), 6, 4),
        (lecture_set(5), 9, 6),
        (lecture_set(10), 14, 9),
        (lecture_set(50), 54, 36),
        (lecture_set(100), 104, 69),
        (u12(), 2, 2),
        (d8(), 19, 15),
    ],
    ids=["AND", "OR", "t=1", "t=2", "t=5", "t=10", "t=50", "t=100", "U12", "D8"],
)
def test_mistakes_in_cyclic_order_are_exact_and_within_novikoffs_bound(points, mistakes, epochs):
    run = Perceptron().train(points)
    w, each, updated = rosenblatt(points, 1000)
    assert run.mistakes.tolist() == each and run.points.tolist() == updated
    assert run.path[-1].tolist() == w and run.weights[-1].tolist() == w
    assert (run.total, run.epochs, run.converged, run.cut) == (mistakes, epochs, True, False)
    assert run.total <= novikoff(points).bound * (1 + 1e-9)
    assert not wrong_points(run.path[-1], points)


@pytest.mark.parametrize("n", [1, 2, 5, 20])
def test_orthonormal_vectors_without_bias_meet_the_bound_exactly(n):
    points = Points(np.eye(n), np.where(np.arange(n) % 2 == 0, 1.0, -1.0))
    run = Perceptron(bias=False).train(points)
    bound = novikoff(points, bias=False)
    assert run.total == n and bound.bound == pytest.approx(n, rel=1e-12)


def test_the_bound_holds_in_every_order_and_on_random_points():
    for seed in range(30):
        points = clouds(30, 2.0, 0.2, seed)
        bound = novikoff(points)
        for shuffle in (False, True):
            run = Perceptron(shuffle=shuffle, seed=seed).train(points)
            assert run.converged and run.total <= bound.bound * (1 + 1e-9)
            assert not wrong_points(run.weights[-1], points)


def test_the_record_of_a_perceptron_tells_each_update():
    points = d8()
    run = Perceptron().train(points)
    Z = points.labels[:, None] * points.augmented()
    assert np.array_equal(np.diff(run.path, axis=0), Z[run.points])
    assert (np.diff(run.visits) > 0).all()
    assert np.array_equal((run.visits - 1) % len(points), run.points)
    ends = np.searchsorted(run.visits, np.arange(run.epochs + 1) * len(points), side="right")
    assert np.array_equal(run.weights, run.path[ends])
    for before, i in zip(run.path, run.points, strict=False):
        assert Z[i] @ before <= 0


def test_whole_numbers_beyond_the_digits_of_a_double_stay_exact():
    points = parse("1e15 3 +\n999999999999999 -4 -\n-1e15 7 +")
    run = Perceptron(epochs=50).train(points)
    w, mistakes, _ = rosenblatt(points, 50)
    assert run.mistakes.tolist() == mistakes and run.weights[-1].tolist() == w


def test_on_inseparable_points_the_perceptron_never_stops():
    run = Perceptron(epochs=300).train(gate("xor"))
    assert not run.converged and not run.cut and run.epochs == 300
    assert run.mistakes.min() >= 1 and novikoff(gate("xor")).bound == np.inf
    assert not certificate(gate("xor")).separable


def test_a_seed_gives_one_shuffled_order():
    points = clouds(20, 2, 0.1)
    one, two, other = (Perceptron(shuffle=True, seed=s).train(points) for s in (1, 1, 2))
    assert np.array_equal(one.path, two.path) and not np.array_equal(one.points, other.points)


def test_samples_side_by_side_are_fitted_as_one_by_one():
    sets = [clouds(12, 2.0, 0.1 * (draw % 2), draw) for draw in range(6)]
    x, labels = np.stack([p.x for p in sets]), np.stack([p.labels for p in sets])
    shaped = x.reshape(2, 3, 12, 2), labels.reshape(2, 3, 12)
    for learner in (
        Perceptron(epochs=60),
        Perceptron(epochs=60, bias=False),
        Backprop(epochs=100),
        Backprop("entropy", 0.0, epochs=100, bound=2.0, optimizer=Momentum(0.5)),
        Backprop(epochs=100, optimizer=Adam(), spread=0.3),
        Backprop(epochs=20, optimizer=BacktrackingDescent()),
        Backprop(epochs=60, schedule=DropOnPlateau()),
        LinearLMS(),
        MaxMargin(),
    ):
        many = learner.lines(*shaped)
        assert many.shape == (2, 3, 3)
        for w, points in zip(many.reshape(6, 3), sets, strict=True):
            alone = learner.lines(points.x, points.labels)
            assert w == pytest.approx(alone, rel=1e-9, abs=1e-12, nan_ok=True)


def test_a_fit_ends_where_the_training_ends():
    points = clouds(12, 2.0)
    perceptron = Perceptron(epochs=40)
    assert perceptron.lines(points.x, points.labels) == pytest.approx(
        perceptron.train(points).weights[-1]
    )
    backprop = Backprop("entropy", 0.05, eta=0.1, epochs=300, decay=0.01)
    unit = SigmoidUnit.on(points, "entropy", 0.05, 0.01)
    run = backprop.train(points)
    assert np.array_equal(run.w, descend(unit, np.zeros(3), 0.1, steps=300).w)
    assert backprop.lines(points.x, points.labels) == pytest.approx(run.w[-1])


def test_linear_lms_is_least_squares_and_may_not_separate():
    for points in (iris(), clouds(9), u12(), d8()):
        found = LinearLMS().lines(points.x, points.labels)
        assert found == pytest.approx(LeastSquares(points.x, points.labels).minimiser, rel=1e-9)
    assert wrong_points(LinearLMS().lines(u12().x, u12().labels), u12()) == (5,)
    assert wrong_points(LinearLMS().lines(d8().x, d8().labels), d8()) == (3,)


def test_the_margin_of_max_margin_is_the_largest_of_all_learners():
    for draw in range(10):
        points = clouds(20, 3.0, 0.5, draw)
        best = margin(MaxMargin().lines(points.x, points.labels), points)
        assert best >= 0.25 - 1e-12
        for learner in LEARNERS[:3]:
            assert margin(learner.lines(points.x, points.labels), points) <= best + 1e-12


# Lines


def test_a_boundary_is_drawn_to_the_edge():
    box = ((-2.0, 2.0), (-1.0, 1.0))
    assert boundary(np.array([1.0, 0, 0.5]), box).tolist() == [[-0.5, -1], [-0.5, 1]]
    assert boundary(np.array([0, -3.0, 1.5]), box).tolist() == [[-2, 0.5], [2, 0.5]]
    assert boundary(np.array([1.0, -2, 0]), box).tolist() == [[-2, -1], [2, 1]]
    assert boundary(np.array([1.0, 1, -9]), box) is None
    assert boundary(np.array([0.0, 0, 1]), box) is None
    assert boundary(np.array([np.nan] * 3), box) is None
    assert boundary(np.array([2.0, -1]), ((0.0, 1.0),)).tolist() == [[0.5]]
    assert boundary(np.array([2.0, 5]), ((0.0, 1.0),)) is None
    rng = np.random.default_rng(9)
    for w in rng.normal(size=(200, 3)):
        ends = boundary(w, box)
        if ends is not None:
            assert ends @ w[:2] + w[2] == pytest.approx([0, 0], abs=1e-12)
            assert (np.isclose(np.abs(ends), [2, 1])).any(axis=1).all()


def test_an_angle_keeps_its_digits_however_small():
    for degrees in (1e-9, 1e-3, 30, 90, 179.999999, 180):
        a = np.radians(degrees)
        turned = np.array([3 * np.cos(a), 3 * np.sin(a), 7])
        assert angle(np.array([0.5, 0, -1]), turned) == pytest.approx(degrees, rel=1e-6)
    assert angle(np.array([2.0, 1]), np.array([-1.0, 5])) == 180
    assert np.isnan(angle(np.zeros(3), np.ones(3)))


# Points that make trouble

TROUBLE = {
    "one class": parse("1 0 +\n2 3 +\n0 0 +"),
    "one point": parse("1 2 -"),
    "one point of one input": parse("1 -"),
    "identical points with opposite labels": parse("1 2 +\n1 2 -"),
    "all in one place": parse("1 2 +\n1 2 +\n1 2 +"),
    "on one line": parse("1 1 +\n2 2 -\n3 3 -"),
    "huge": parse("1e100 0 +\n-1e100 1 -"),
    "tiny": parse("1e-100 0 +\n-1e-100 1e-100 -"),
}


@learners
@pytest.mark.parametrize("name", TROUBLE)
def test_every_learner_works_on_points_that_make_trouble(name, learner):
    points = TROUBLE[name]
    w = learner.lines(points.x, points.labels)
    assert w.shape == (points.inputs + 1,)
    assert np.isfinite(w).all() or isinstance(learner, MaxMargin)
    if points.one_class:
        assert not wrong_points(w, points)


def passes(points, work):
    """How many times as long as a gradient over all points `work` takes: machines differ, ratios hardly."""

    def least(run, rounds):
        times = []
        for _ in range(rounds):
            start = time.process_time()
            run()
            times.append(time.process_time() - start)
        return min(times)

    unit, w = Backprop().unit(points.x, points.labels), np.ones(points.inputs + 1)
    return least(work, 1) / least(lambda: unit.value_and_gradient(w), 9)


@learners
def test_a_hundred_thousand_points_take_no_longer_than_some_thousand_gradients(learner):
    points = clouds(100_000, 4.0, 0.0)
    assert passes(points, lambda: learner.lines(points.x, points.labels)) < 3000


def test_a_record_of_a_hundred_thousand_points_takes_no_longer_than_some_thousand_gradients():
    points, backprop, runs = clouds(100_000, 4.0, 0.0), Backprop(), []
    assert passes(points, lambda: runs.append(backprop.train(points))) < 3000
    assert len(runs[0].w) == backprop.steps(100_000) + 1


def test_a_perceptron_that_is_cut_short_says_so():
    run = Perceptron().train(clouds(100_000, 4.0, 0.0))
    assert run.cut and not run.converged and run.epochs < 1000
    assert Perceptron().turns(40) == 1000 and Perceptron().turns(10_000) == 10
    assert Backprop().steps(40) == 2000 and Backprop().steps(100_000) == 100


@pytest.mark.parametrize("size", [5e-324, 1e-310, 1e-200, 1.0, 1e200, 1.7e308])
def test_the_angle_of_boundaries_does_not_hang_on_the_size_of_their_weights(size):
    one, two = np.array([size, 0.0, 3.0]), np.array([size, size, -1.0])
    assert angle(one, two) == pytest.approx(45, abs=1e-12)
    assert angle(np.array([1.0, 1.0, 0]), one) == pytest.approx(45, abs=1e-12)
    points = Points(np.array([[1.0, 0], [-1.0, 2]]), np.array([1.0, -1]))
    assert margin(np.array([size, 0.0, 0.0]), points) == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize(
    "points", [lecture_set(50), iris(), iris("setosa"), clouds(600, 4.0, 0.3), clouds(70, 5.0, 0.0)]
)
def test_asking_many_points_at_a_time_makes_the_mistakes_of_asking_one_by_one(points, shuffle):
    run = Perceptron(200, shuffle, 3).train(points)
    rng, w, made = np.random.default_rng(3), [0.0] * (points.inputs + 1), []
    for _ in range(run.epochs):
        for i in rng.permutation(len(points)) if shuffle else range(len(points)):
            z = [points.labels[i] * x for x in (*points.x[i].tolist(), 1.0)]
            if sum(a * b for a, b in zip(w, z, strict=True)) <= 0:
                w = [a + b for a, b in zip(w, z, strict=True)]
                made.append(i)
    assert run.points.tolist() == made and run.weights[-1].tolist() == w


def test_epochs_are_limited_by_the_work_that_they_are():
    assert affordable(40, 2000) == 2000
    assert affordable(100_000, 2000) < 2000
    assert affordable(10**9, 2000) == 1


@pytest.mark.parametrize(
    "make", [lambda: Perceptron(epochs=0), lambda: Backprop(epochs=0), lambda: Backprop(eta=np.nan)]
)
def test_settings_that_train_nothing_are_refused(make):
    with pytest.raises(ValueError, match="must be"):
        make()


def test_max_margin_is_the_function_of_its_name():
    assert (
        MaxMargin().lines(u12().x, u12().labels).tolist()
        == max_margin(u12().x, u12().labels).tolist()
    )


OWN = [Perceptron(), Perceptron(bias=False), LinearLMS(), MaxMargin(), Backprop()]


@pytest.mark.parametrize(
    "names", [(0, 1), (-1, 1), (False, True), ("cat", "dog"), (1.5, 2.5)], ids=str
)
@pytest.mark.parametrize("learner", OWN, ids=str)
def test_a_learner_fits_ones_own_arrays_and_predicts_in_ones_own_labels(learner, names):
    rng = np.random.default_rng(4)
    side = rng.random(30) < 0.5
    X = rng.normal(size=(30, 2)) + np.where(side, 4, -4)[:, None]
    y = np.where(side, names[1], names[0])
    for given_X, given_y in ((X, y), (X.tolist(), y.tolist()), (X.astype(np.float32), y[:, None])):
        model = learner.fit(given_X, given_y)
        assert model.predict(X).tolist() == y.tolist() and model.wrong == ()
        assert model.w.shape == (2,) and model.scores(X) == pytest.approx(
            X @ model.w + model.b, rel=1e-5
        )
    if isinstance(learner, Perceptron):
        assert (
            model.mistakes[-1] == 0 and model.converged and model.mistakes.sum() == model.run.total
        )
        says = r"<TrainedPerceptron: w = .*; 0 of 30 points wrong; \d+ mistakes in \d+ epochs>"
        assert re.fullmatch(says, repr(model))
        assert pickle.loads(pickle.dumps(model)).predict(X).tolist() == y.tolist()


def test_where_no_line_separates_the_perceptron_gives_its_last_and_says_so():
    model = Perceptron(epochs=7).fit([[0], [1], [2]], [0, 1, 0])
    assert (
        not model.converged
        and len(model.mistakes) == 7
        and model.mistakes.min() > 0
        and model.wrong
    )
    one = Perceptron().fit([[1], [2]], ["a", "a"])
    assert one.predict([[1], [5]]).tolist() == ["a", "a"]
