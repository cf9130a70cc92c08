"""The pictures of "Many weights": level lines, planes, the ruler, names and arrows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from convcore.knobs import FieldError
from convcore.labkit.words import num
from convcore.labs import (
    FromEigenvalues,
    ManyWeights,
    Typed,
)
from convcore.labs.many_weights.level_lines import level_lines, level_table
from convcore.labs.many_weights.plane import QuadraticPlane
from convcore.labs.many_weights.settings import METHODS
from convcore.objectives.quadratics import Quadratic

ETAS = np.geomspace(0.01, 1, 15)


def tables_at(eta: float, **other: Any) -> dict[str, dict[str, Any]]:
    """The tables of the lab's picture as arrays."""
    return arrays(ManyWeights(eta=float(eta), **other).run().pictures[0].tables)


def arrays(tables: Any) -> dict[str, dict[str, Any]]:
    return {
        name: {key: np.asarray(x) for key, x in table.items()} for name, table in tables.items()
    }


def second_at(also: str, eta: float, **other: Any) -> dict[str, dict[str, Any]]:
    """The tables of the lab's second picture as arrays."""
    return arrays(ManyWeights(eta=float(eta), also=also, **other).run().pictures[1].tables)


@pytest.mark.parametrize("eta", ETAS)
def test_for_each_step_in_a_plane_stands_a_point_that_cannot_be_told_from_it(eta: float) -> None:
    lab = ManyWeights(eta=float(eta), methods=METHODS)
    tables, A, away = tables_at(eta, methods=METHODS), lab.problem.objective().A, steps_of(lab)
    tracks, plane = tables["tracks"], tables["plane"]
    second = second_at("whitened", eta, methods=METHODS)
    white_tracks, white_plane = second["tracks"], second["plane"]
    # A view's side has at most 580 pixels.
    pixel = (plane["xhi"] - plane["xlo"])[0] / 580
    white = (white_plane["hhi"] - white_plane["hlo"])[0] / 580
    assert len(tracks["k"]) < sum(map(len, away.values()))
    centre = np.array([plane["cx"][0], plane["cy"][0]])
    for method, w in away.items():
        xy, h = w + centre, w @ sqrtm(A)
        views = (
            (tracks, "x", "y", xy, plane["xhi"][0], pixel),
            (white_tracks, "hx", "hy", h, white_plane["hhi"][0], white),
        )
        for rows, across, up, true, end, unit in views:
            drawn = {key: column[rows["method"] == method] for key, column in rows.items()}
            for k in np.flatnonzero((np.abs(true) <= end).all(axis=1)):
                (at,) = np.flatnonzero((drawn["k"] <= k) & (k < drawn["until"]))
                gap = true[k] - [drawn[across][at], drawn[up][at]]
                assert np.abs(gap).max() <= unit * (1 + 1e-5)


@pytest.mark.parametrize("eta", ETAS)
def test_the_lines_over_steps_pass_every_step_within_half_a_pixel(eta: float) -> None:
    lab = ManyWeights(eta=float(eta), methods=METHODS)
    tables, objective, away = (
        tables_at(eta, methods=METHODS),
        lab.problem.objective(),
        steps_of(lab),
    )
    losses, theory, ends = (tables[name] for name in ("losses", "theory", "frame"))
    half = (ends["lhi"] - ends["llo"])[0] / 200 / 2  # of a view of 200 pixels
    for method, w in away.items():
        with np.errstate(divide="ignore"):
            loss = np.log10(0.5 * np.einsum("ki,ij,kj->k", w, objective.A, w))
        loss = np.clip(loss, ends["llo"], ends["lhi"])
        of = losses["method"] == method
        drawn = np.interp(np.arange(len(w)), losses["k"][of], losses["loss"][of])
        assert np.abs(np.maximum(drawn, ends["llo"]) - loss).max() <= half
        if method == "gd":
            foretold = np.interp(np.arange(len(w)), theory["k"], theory["loss"])
            foretold = np.clip(foretold, ends["llo"], ends["lhi"])
            assert np.abs(foretold - loss).max() <= half
    second = second_at("errors", eta, methods=METHODS)
    errors, ends = second["errors"], second["frame"]
    half = (ends["ehi"] - ends["elo"])[0] / 200 / 2
    z = np.abs(away["gd"] @ objective.spectrum.vectors)
    for mode in (0, 1):
        drawn = np.interp(
            np.arange(len(z)), errors["k"][errors["m"] == mode], errors["y"][errors["m"] == mode]
        )
        true = np.log10(np.maximum(z[:, mode], 10.0 ** ends["elo"][0]))
        assert np.abs(np.maximum(drawn, ends["elo"]) - true).max() <= half
    # Under a constant η these are straight lines.
    assert len(errors["k"]) <= 2 * (np.log2(len(z)) + 3)


def steps_of(lab: ManyWeights) -> dict[str, Any]:
    """w − w* (steps, n) of each method's run."""
    record = lab.run().record
    w = np.column_stack([record["w1"], record["w2"]]) - lab.problem.objective().stationary
    return {method: w[np.asarray(record["method"]) == method] for method in lab.methods}


def test_the_plane_reaches_further_in_few_steps_while_eta_moves() -> None:
    ends = {float(tables_at(eta)["plane"]["xhi"][0]) for eta in ETAS}
    assert 2 <= len(ends) <= 4
    assert max(ends) == pytest.approx(2 * min(ends))


@pytest.mark.parametrize("eta", ETAS)
def test_the_names_of_the_modes_stay_within_their_view(eta: float) -> None:
    tables = second_at("errors", eta)
    (low,), (high,) = tables["frame"]["elo"], tables["frame"]["ehi"]
    assert len(tables["tags"]["y"]) == 2
    assert (tables["tags"]["y"] > low).all() and (tables["tags"]["y"] < high).all()


@pytest.mark.parametrize("eta", ETAS)
@pytest.mark.parametrize("matrix", ["1 0\n0 10", "3 0.2 0.1\n0.2 1 0.3\n0.1 0.3 0.7", "2 1\n1 2"])
def test_a_name_of_a_mode_stands_beside_its_own_line_and_on_none(matrix: str, eta: float) -> None:
    lab = ManyWeights(problem=Typed(matrix), eta=eta, steps=40, also="errors")
    tables = lab.run().pictures[1].tables
    (low,), (high,) = tables["frame"]["elo"], tables["frame"]["ehi"]
    tags, errors = tables["tags"], tables["errors"]
    spectrum = lab.problem.objective().spectrum
    assert len(tags["m"]) > 0
    for m, k, y, label in zip(
        *(np.asarray(tags[n]) for n in ("m", "k", "y", "label")), strict=True
    ):
        assert label == f"λ = {num(float(spectrum.values[m]), 3)}"
        under = np.arange(k, min(k + 9, errors["k"].max() + 1))
        lines = {
            mode: np.interp(
                under, errors["k"][errors["m"] == mode], errors["y"][errors["m"] == mode]
            )
            for mode in set(errors["m"].tolist())
        }
        away = {mode: np.abs(line - y) / (high - low) for mode, line in lines.items()}
        assert away[m][0] < 0.15
        assert min(float(line.min()) for line in away.values()) >= 0.02, "no line goes through it"


@pytest.mark.parametrize(
    "matrix, start, eta, names",
    [
        ("4 1\n1 4", (3.0, -3.0), 0.18, ["λ = 3"]),  # no error along the other
        ("0.01 0\n0 10", (100.0, 1.0), 0.21, ["λ = 0.01", "λ = 10"]),  # one begins on the floor
        ("1 0\n0 10", (1.0, 1e-20), 0.25, ["λ = 1", "λ = 10"]),  # one rises into the view
    ],
)
def test_a_mode_has_a_name_where_its_line_is_in_the_view(
    matrix: str, start: tuple[float, ...], eta: float, names: list[str]
) -> None:
    lab = ManyWeights(problem=Typed(matrix), start=start, eta=eta, steps=200, also="errors")
    tables = lab.run().pictures[1].tables
    assert tables["tags"]["label"] == names
    assert (tables["tags"]["y"] > tables["frame"]["elo"]).all()


@settings(max_examples=40, deadline=None)
@given(
    l1=st.floats(0.05, 5),
    l2=st.floats(0.05, 20),
    angle=st.integers(0, 180),
    share=st.floats(0.1, 3),
)
def test_on_the_ruler_a_line_crosses_1_at_the_limit_and_two_cross_at_the_best_step(
    l1: float, l2: float, angle: int, share: float
) -> None:
    eta = share / max(l1, l2)
    rule = tables_at(eta, problem=FromEigenvalues(l1, l2, float(angle)))["rule"]
    limit, best, rate = (float(rule[name][0]) for name in ("limit", "best", "rate"))
    kept = {x: sorted(abs(1 - x * np.array([l1, l2]))) for x in (limit, best)}
    assert kept[limit][-1] == pytest.approx(1, rel=1e-9)
    assert kept[best] == pytest.approx([rate, rate], abs=1e-9)
    assert rule["rlo"][0] <= 0 < 1.2 * limit <= rule["rhi"][0] <= 2.21 * limit
    other = tables_at(eta / 3, problem=FromEigenvalues(l1, l2, float(angle)))["rule"]
    assert other["rhi"][0] == rule["rhi"][0], "a tap on the ruler does not move it"


@pytest.mark.parametrize("eta", ETAS)
def test_the_step_in_numbers_is_that_of_the_run(eta: float) -> None:
    problem = FromEigenvalues(1.0, 10.0, 30.0, 1.0, -2.0)
    tables, w = tables_at(eta, problem=problem), ManyWeights(problem, eta=float(eta)).study().run.w
    plan, plane, last = tables["plan"], tables["plane"], int(tables["t"]["last"][0])
    assert last == len(w) - 1
    np.testing.assert_allclose(np.column_stack([plan["x"], plan["y"]])[: last + 1], w, rtol=1e-6)
    a11, a12, a22, b1, b2 = (float(plane[name][0]) for name in ("a11", "a12", "a22", "b1", "b2"))
    step = w[0] - eta * (np.array([[a11, a12], [a12, a22]]) @ w[0] + [b1, b2])
    np.testing.assert_allclose(step, w[1], rtol=1e-9)


@pytest.mark.parametrize("eta", ETAS)
def test_an_arrow_shows_where_a_path_leaves_the_view_and_numbers_stay_in_it(eta: float) -> None:
    lab = ManyWeights(eta=float(eta), methods=METHODS, steps=60)
    tables = arrays(lab.run().pictures[0].tables)
    plane, exits, plan = tables["plane"], tables["exits"], tables["plan"]
    low, high = np.array([[plane[f"{c}lo"][0], plane[f"{c}hi"][0]] for c in "xy"]).T
    for name, run in lab.study().shown.items():
        inside = ((low <= run.w) & (run.w <= high)).all(axis=1)
        assert (name in exits["method"]) == (not inside.all())
    place = np.column_stack([exits["x"], exits["y"]])
    edge = np.abs(place - (low + high) / 2).max(axis=1) if len(place) else np.empty(0)
    assert edge == pytest.approx(0.97 * (high - low)[0] / 2, rel=1e-5) or not edge.size
    tagged = plan["tag"] > 0
    assert not tagged[4:].any() and tagged[0]
    numbered = np.column_stack([plan["x"], plan["y"]])[tagged]
    assert ((low <= numbered) & (numbered <= high)).all()


def test_a_second_picture_is_one_of_those_that_there_are() -> None:
    assert len(ManyWeights().run().pictures) == 1
    assert [p.name for p in ManyWeights(also="whitened").run().pictures] == ["bowl", "whitened"]
    with pytest.raises(FieldError, match="no second picture"):
        ManyWeights(also="more")


@pytest.mark.parametrize(
    "A",
    [[[2, 1], [1, 3]], [[2, 3], [3, 1]], [[1, 1], [1, 1]], [[-2, 0], [0, -1]]],
    ids=["bowl", "saddle", "valley", "dome"],
)
def test_level_lines_are_level(A):
    objective = Quadratic(A, [0.3, 0.3])
    plane = QuadraticPlane(objective, np.array([1.5, -1.0]))
    levels = level_table(plane, (-3.0, 3.0, -3.0, 3.0))
    xy = np.column_stack([levels["x"], levels["y"]]).astype(float)
    line = np.asarray(levels["line"])
    assert len(set(line)) > 4
    for number in set(line):
        E = objective.value(xy[line == number])
        assert np.ptp(E) <= 1e-4 * (1 + np.abs(xy).max() ** 2)


def test_a_flat_ground_with_a_slope_has_parallel_level_lines():
    for line in level_lines(np.zeros(2), np.array([3.0, 4.0]), 2.0):
        assert np.ptp(np.array([3.0, 4.0]) @ line) < 1e-12


@pytest.mark.parametrize("n", [2, 3, 7])
def test_a_click_moves_the_start_to_where_it_was(n):
    rng = np.random.default_rng(n)
    root = rng.normal(size=(n, n))
    plane = QuadraticPlane(Quadratic(root @ root.T, rng.normal(size=n)), rng.normal(size=n))
    w = plane.moved(0.25, -0.5)
    np.testing.assert_allclose(plane.in_picture(w), [0.25, -0.5], atol=1e-9)
    # Only within the picture's plane.
    s = plane.objective.spectrum
    assert np.count_nonzero(np.abs((w - plane.start) @ s.vectors) > 1e-9) <= 2
