"""Point sets: the lecture's, clouds, iris and the user's own, and the one line that bad ones get."""

from __future__ import annotations

import pickle
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcore.datasets import load, read_csv
from convcore.separators.points import (
    Points,
    clouds,
    d8,
    from_table,
    gate,
    iris,
    lecture_set,
    parse,
    u12,
    written,
)


def complaint(action, *arguments):
    """The message of the ValueError that an action raises, having checked that it is one line."""
    with pytest.raises(ValueError) as caught:
        action(*arguments)
    message = str(caught.value)
    assert message and message.isprintable() and len(message) < 200
    return message


def test_the_lectures_sets_are_those_of_section_f():
    lecture = lecture_set(7)
    assert lecture.x.tolist() == [[1, 0], [0, 1], [-1, 0], [0, -7]]
    assert lecture.labels.tolist() == [1, 1, -1, 1]
    assert sorted(u12().x[u12().labels > 0, 0]) == [-0.5, 2, 2, 2, 2, 2]
    assert sorted(u12().x[u12().labels < 0, 0]) == [-2, -2, -2, -2, -2, -1.5]
    assert sorted(d8().x[d8().labels > 0, 0]) == [-3, 9, 10, 11]
    assert sorted(d8().x[d8().labels < 0, 0]) == [-11, -10, -9, -4]


@pytest.mark.parametrize("name, truth", [("and", "0001"), ("or", "0111"), ("xor", "0110")])
def test_a_gate_is_its_truth_table(name, truth):
    assert ["01"[int(label > 0)] for label in gate(name).labels] == list(truth)


def test_clouds_keep_their_strip_free_and_are_normal_elsewhere():
    free = clouds(4000, 3.0, 2.0, draw=1)
    across = free.labels * (free.x @ np.array([1, 1])) / np.sqrt(2)
    assert across.min() >= 1 - 1e-12
    # A normal of mean 1.5 above 1: its mean is 1.5 + φ(−.5)/Φ(.5).
    assert across.mean() == pytest.approx(1.5 + 0.35206532676 / 0.69146246127, abs=0.06)
    open_ = clouds(4000, 3.0, 0.0, draw=1)
    both = open_.labels * (open_.x @ np.array([1, 1])) / np.sqrt(2)
    assert both.min() < 0
    assert both.mean() == pytest.approx(1.5, abs=0.06) and both.std() == pytest.approx(1, abs=0.05)
    along = open_.x @ np.array([-1, 1]) / np.sqrt(2)
    assert along.mean() == pytest.approx(0, abs=0.06) and along.std() == pytest.approx(1, abs=0.05)


def test_clouds_are_the_same_for_a_seed_and_halve_their_points():
    assert np.array_equal(clouds(41, draw=3).x, clouds(41, draw=3).x)
    assert not np.array_equal(clouds(41, draw=3).x, clouds(41, draw=4).x)
    assert clouds(41).counts == (20, 21)
    wide = clouds(50, 0.0, 12.0)
    assert np.isfinite(wide.x).all()


def test_iris_is_two_species_of_the_shipped_table():
    points = iris()
    assert points.counts == (50, 50) and points.classes == ("versicolor", "virginica")
    expected = load("iris").features(("petal length", "petal width"))[50:]
    assert np.array_equal(points.x, expected)
    assert points.labels.tolist() == [-1] * 50 + [1] * 50
    assert "no 'rosa'" in complaint(iris, "rosa")


def test_text_is_read_one_point_a_line():
    points = parse("# mine\n1 0 +\n\n -2.5, 3 ; -1  # far\n−1\t1e2 0\n")
    assert points.x.tolist() == [[1, 0], [-2.5, 3], [-1, 100]]
    assert points.labels.tolist() == [1, -1, -1]
    assert parse("3 +\n-1 −").names == ("x",)


@pytest.mark.parametrize(
    "text, part",
    [
        ("", "no point"),
        ("# only words", "no point"),
        ("1 2", "line 1 ends in '2'"),
        ("1 0 +\n1 0 2 3 -", "line 2 has 4 numbers"),
        ("+", "line 1 has 0 numbers"),
        ("1 0 +\n1 -", "line 2 has 1 coordinate and the first point 2"),
        ("one 0 +", "line 1 holds 'one', which is no number"),
        ("nan 0 +", "finite"),
        ("1 inf -", "finite"),
        ("1e200 0 +", "1e100"),
        ("1_000 0 +", "line 1 holds '1_000'"),
    ],
)
def test_text_that_is_no_point_is_refused_with_its_line(text, part):
    assert part in complaint(parse, text)


@given(st.text(st.sampled_from("01 -+.,;#\nnaife_−"), max_size=60))
def test_any_text_is_points_or_one_line(text):
    try:
        points = parse(text)
    except ValueError as error:
        assert str(error).isprintable() and len(str(error)) < 200
    else:
        assert np.isfinite(points.x).all() and (np.abs(points.labels) == 1).all()


@given(
    st.lists(
        st.tuples(st.floats(-1e100, 1e100), st.floats(-1e100, 1e100), st.sampled_from([1.0, -1.0])),
        min_size=1,
        max_size=9,
    )
)
def test_what_is_written_is_read_back(rows):
    points = Points(np.array([row[:2] for row in rows]), np.array([row[2] for row in rows]))
    again = parse(written(points))
    assert np.array_equal(again.x, points.x) and np.array_equal(again.labels, points.labels)


def test_a_table_gives_points_by_its_classes():
    table = read_csv("a,b,kind\n1,2,0\n3,4,1\n5,6,0\n")
    points = from_table(table, ("a", "b"), "kind")
    assert points.labels.tolist() == [-1, 1, -1] and points.classes == ("0", "1")
    assert from_table(read_csv("a,k\n1,1\n2,-1\n"), ("a",), "k").labels.tolist() == [1, -1]
    three = read_csv("a,k\n1,x\n2,y\n3,z\n")
    assert from_table(three, ("a",), "k", plus="y").classes == ("others", "y")
    assert from_table(three, ("a",), "k", plus="y", minus="z").x.tolist() == [[2], [3]]
    assert from_table(read_csv("a,k\n1,0\n2,0\n"), ("a",), "k").labels.tolist() == [-1, -1]


def test_a_table_that_makes_no_points_is_refused_in_one_line():
    table = read_csv("a,b,kind\n1,,x\n3,4,y\n5,6,z\n")
    assert "3 classes" in complaint(from_table, table, ("a",), "kind")
    assert "no number in line 2" in complaint(from_table, table, ("a", "b"), "kind", "x")
    assert "no column 'c'" in complaint(from_table, table, ("c",), "kind", "x")
    assert "no input" in complaint(from_table, table, (), "kind", "x")
    assert "both classes" in complaint(from_table, table, ("a",), "kind", "x", "x")


def test_points_that_make_no_sense_are_refused_in_one_line():
    one = np.ones(1)
    assert "no point" in complaint(Points, np.empty((0, 2)), np.empty(0))
    assert "point 2 is not finite" in complaint(Points, np.array([[0.0], [np.nan]]), np.ones(2))
    assert "label of point 1" in complaint(Points, np.zeros((1, 1)), 2 * one)
    assert "label of point 1" in complaint(Points, np.zeros((1, 1)), np.nan * one)
    assert "at most 100,000" in complaint(Points, np.zeros((100_001, 1)), np.ones(100_001))
    assert "(N, p)" in complaint(Points, np.zeros((2, 1)), one)
    assert "needs 2 numbers" in complaint(lecture_set().with_point, [1.0], 1.0)
    assert "at least 2" in complaint(clouds, 1)
    assert "none of" in complaint(gate, "nand")


def test_an_extra_point_is_the_last_and_a_point_has_words():
    points = u12().with_point([-5.0], 1)
    assert points.x[-1].tolist() == [-5] and points.labels[-1] == 1 and len(points) == 13
    assert points.describe(5) == "x = −0.5 (+)"
    assert lecture_set(2).describe(3) == "(0, −2) (+)"


def test_a_hundred_thousand_lines_are_read_within_two_seconds():
    text = written(clouds(100_000, 4.0, 1.0))
    start = time.process_time()
    assert len(parse(text)) == 100_000
    assert time.process_time() - start < 2


def test_sets_of_the_same_points_are_one_key() -> None:
    one, two = Points(np.eye(2), np.array([1, -1])), Points(np.eye(2), np.array([1, -1]))
    others = [
        Points(np.eye(2), np.array([-1, 1])),
        Points(2 * np.eye(2), np.array([1, -1])),
        Points(np.eye(2), np.array([1, -1]), ("a", "b")),
        Points(np.eye(2), np.array([1, -1]), classes=("no", "yes")),
        Points(np.array([[1.0], [0], [0], [1]])[:2], np.array([1, -1])),
    ]
    assert one == two and hash(one) == hash(two) and one == pickle.loads(pickle.dumps(two))
    assert all(other != one for other in others) and one != "no points"
