"""The lab "Perceptron and backprop": its sentences and pictures say what the runs did."""

from __future__ import annotations

import base64
import json
import math
import re
import struct
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.optimize import minimize
from scipy.spatial import ConvexHull
from scipy.special import expit

from convcore.claims import CLAIMS
from convcore.datasets import Upload
from convcore.knobs import FieldError
from convcore.labs import (
    D8,
    U12,
    Clouds,
    DropOnPlateau,
    ExtraPoint,
    FromCSV,
    Gate,
    Iris,
    LectureSet,
    NoMore,
    NoPoint,
    OwnPoints,
    PerceptronAndBackprop,
    Resamples,
    WeightLandscape,
)
from convcore.labs.perceptron.fitted_lines import LINES, FittedLine, TrainedPerceptron
from convcore.labs.perceptron.own_points import SOURCES
from convcore.labs.perceptron.points import points_of
from convcore.labs.perceptron.presets import PRESETS
from convcore.labs.perceptron.second_pictures import SECOND_JOBS
from convcore.labs.perceptron.weight_landscape import WeightLandscapeStudy
from convcore.separators.learners import Perceptron

ALL = ("perceptron", "backprop", "margin", "lms")
BARE = PerceptronAndBackprop(second=NoMore())


def table(lab: PerceptronAndBackprop, name: str, picture: int = 0) -> dict[str, np.ndarray]:
    columns = lab.run().pictures[picture].tables[name]
    return {key: np.asarray(column) for key, column in columns.items()}


def wrong_by_hand(lab: PerceptronAndBackprop, w: np.ndarray) -> list[int]:
    """Point by point, without the package's own scores."""
    points = lab.points
    return [
        i
        for i, (x, label) in enumerate(zip(points.x.tolist(), points.labels.tolist(), strict=True))
        if not label * (sum(a * b for a, b in zip(w, x, strict=False)) + w[-1]) > 0
    ]


# The experiments of SCIENCE F: what each sentence must hold, and must not.
SAID: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ("x = −0\\.5 \\(\\+\\) wrong", "only a proxy", "from epoch 323", "separating does not pay"),
        (),
    ),
    (("x = −0\\.5 \\(\\+\\) wrong", "E = 0.1332", "though a line separates"), ("only a proxy",)),
    (("**separates** at epoch 32.", "hard targets", "no minimum"), ("wrong",)),
    (("**separates** at epoch 1,724.",), ("wrong",)),
    (("x = −3 \\(\\+\\) wrong",), ("must separate", "no minimum")),
    (("x = −3 \\(\\+\\) wrong", "separating does not pay"), ()),
    (("x = −3 \\(\\+\\) wrong", "A minimum that separates", "the start decides"), ("pay",)),
    (("ε = 0.15) **separates**",), ("wrong", "the start decides")),
    (("\\(0, −10\\) \\(\\+\\) wrong", "the start decides"), ("cannot settle",)),
    (("ε = 0.1) **separates** at epoch 6",), ("wrong",)),
    (("ε = 0.1) **separates**",), ("wrong",)),
    (("wrong", "**descent cannot settle there**"), ("the start decides",)),
    (
        ("after 104 mistakes (at most (R/γ)² = 10001/0.2 = 50,005) in 69 epochs"),
        ("never stops",),
    ),
    (("**No line separates", "(0.5, 0.5)", "4 of them", "**never stops**"), ("**Separable",)),
    (("100 fresh samples", "Steadiest here: **backprop and hard cross-entropy**"), ()),
    (("30 samples, each without one", "1.02 % of the domain (perceptron), 2.3 % (backprop)"), ()),
    (
        (
            "100 bootstrap samples",
            "6.49 % of the domain (perceptron), 12 % (backprop)",
            "Steadiest here: **hard cross-entropy**",
        ),
        (),
    ),
    (("0 % (backprop)", "the perceptron swings more", "No line separates"), ()),
    (("12.2 % (backprop)", "19.4 % (linear LMS)", "the perceptron swings more"), ()),
    (("0 % of the domain (perceptron)", "10.4 % (backprop)", "backprop swings more"), ()),
)


@pytest.mark.parametrize(("preset", "said"), list(zip(PRESETS, SAID, strict=True)))
def test_every_preset_comes_out_as_its_sentence_says(preset: Any, said: Any) -> None:
    claims, sentence, lab = preset
    assert sentence and set(claims) <= set(range(1, 24))
    found = lab.run().sentence
    for part in said[0]:
        assert part in found, found
    for part in said[1]:
        assert part not in found, found


def test_the_presets_cover_the_claims_of_section_f() -> None:
    assert set(range(18, 24)) <= {claim for claims, _, _ in PRESETS for claim in claims}


def test_the_divergence_falls_while_errors_rise_as_a_naive_descent_does() -> None:
    x = np.array([2.0] * 5 + [-0.5] + [-2.0] * 5 + [-1.5])
    target = np.where(np.arange(12) < 6, 0.8, 0.2)
    w, b = 1.5, 1.5
    losses, wrong = [], []
    for _ in range(1001):
        y = expit(w * x + b)
        losses.append(((y - target) ** 2).sum())
        wrong.append(int(((y > 0.5) != (target > 0.5)).sum()))
        slope = 2 * (y - target) * y * (1 - y)
        w, b = w - 0.1 * (slope * x).sum(), b - 0.1 * slope.sum()
    lab = PRESETS[0][2]
    record = lab.run().record
    assert record["E"] == pytest.approx(losses, rel=1e-9)
    assert record["backprop wrong"].tolist() == wrong
    assert wrong[323] == 0 and wrong[324] == wrong[-1] == 1
    assert np.diff(losses).max() < 1e-15


@pytest.mark.parametrize("data", [kind() for _, kind in SOURCES], ids=lambda d: type(d).__name__)
@pytest.mark.parametrize("extra", [NoPoint(), ExtraPoint(0.5, -3.0, "minus")], ids=["", "extra"])
def test_who_separates_is_what_the_weights_in_the_record_do(data: Any, extra: Any) -> None:
    lab = replace(BARE, data=data, extra=extra, eta=0.05, epochs=60, learners=ALL)
    result = lab.run()
    rows = {row[0]: row for row in result.facts[0].rows}
    n = lab.points.inputs
    for name in ("perceptron", "backprop"):
        w = np.array([result.record[f"{name} w{i + 1}"][-1] for i in range(n)])
        w = np.append(w, result.record[f"{name} bias"][-1])
        wrong = wrong_by_hand(lab, w)
        assert result.record[f"{name} wrong"][-1] == len(wrong)
        assert rows[name][1] == ("no" if wrong else "yes")
        assert rows[name][2].partition(":")[0] == f"{len(wrong):,}"
    separable = "**Separable**" in result.sentence
    assert separable == (rows["max-margin"][1] == "yes")
    assert separable or "**No line separates these points**" in result.sentence


def test_drawn_boundaries_lie_on_their_lines_and_end_on_the_edge() -> None:
    lab = replace(BARE, learners=ALL, epochs=300)
    record, t, lines = lab.run().record, table(lab, "t"), table(lab, "lines")
    box = [(t["xlo"][0], t["xhi"][0]), (t["ylo"][0], t["yhi"][0])]
    seen = set()
    for k, learner, *ends in zip(
        *(lines[c].tolist() for c in ("k", "learner", "x", "y", "x2", "y2")), strict=True
    ):
        for place in (ends[:2], ends[2:]):
            edge = [
                min(abs(v - low), abs(v - high)) for v, (low, high) in zip(place, box, strict=True)
            ]
            assert min(edge) <= 1e-9 * (box[1][1] - box[1][0])
            if k >= 0:
                names = (f"{learner} w1", f"{learner} w2", f"{learner} bias")
                u, v, b = (record[name][k] for name in names)
                assert u * place[0] + v * place[1] + b == pytest.approx(
                    0, abs=1e-9 * (abs(u) + abs(v) + 1)
                )
        seen.add((learner, k))
    assert {name for name, _ in seen} == set(ALL)
    assert ("margin", -1) in seen and ("backprop", 300) in seen


def test_on_one_input_a_boundary_is_where_the_output_is_a_half() -> None:
    lab = replace(BARE, data=U12(), epsilon=0.2, eta=0.1, spread=0.0, epochs=1000)
    lines = table(lab, "lines")
    last = (lines["k"] == 1000) & (lines["learner"] == "backprop")
    assert lines["x"][last] == pytest.approx([-0.345], abs=2e-3)  # SCIENCE F
    assert lines["x"][last] == lines["x2"][last]
    points = table(lab, "points")
    assert sorted(set(points["y"].tolist())) == pytest.approx([0.2, 0.8])
    assert sorted(points["sign"].tolist()) == ["", "", "×5", "×5"]


def pixels(url: str) -> np.ndarray:
    """RGBA (rows, columns, 4) of a data URI of a PNG without filters, first row on top."""
    raw = base64.b64decode(url.partition(",")[2])
    width, height = struct.unpack(">II", raw[16:24])
    at, body = 8, b""
    while at < len(raw):
        (size,) = struct.unpack(">I", raw[at : at + 4])
        if raw[at + 4 : at + 8] == b"IDAT":
            body += raw[at + 8 : at + 8 + size]
        at += 12 + size
    rows = np.frombuffer(zlib.decompress(body), np.uint8).reshape(height, 1 + 4 * width)
    return rows[:, 1:].reshape(height, width, 4)


def test_the_shading_is_the_units_output_at_that_epoch() -> None:
    lab = replace(BARE, epochs=50)
    record, t, shades = lab.run().record, table(lab, "t"), table(lab, "shades")
    for k, url in zip(shades["k"].tolist(), shades["url"].tolist(), strict=True):
        image = pixels(url)[::-1]
        at = (np.arange(len(image)) + 0.5) / len(image)
        x = t["xlo"] + at * (t["xhi"] - t["xlo"])
        y = t["ylo"] + at * (t["yhi"] - t["ylo"])
        w1, w2, b = (record[f"backprop {name}"][k] for name in ("w1", "w2", "bias"))
        out = expit(w1 * x[None, :] + w2 * y[:, None] + b)
        sure = np.abs(out - 0.5) > 1e-6
        assert ((image[..., 0] > image[..., 2]) == (out > 0.5))[sure].all()
        # The surer, the stronger: in steps, never falling.
        order = np.argsort(np.abs(out - 0.5).ravel())
        assert (np.diff(image[..., 3].ravel()[order].astype(int)) >= 0).all()


def test_the_proof_of_overlap_is_drawn_inside_both_hulls() -> None:
    lab = replace(BARE, data=Clouds(40, 1.0, 0.0), eta=0.05)
    proof, points = table(lab, "proof"), lab.points
    common = np.array(
        [proof["x"][proof["label"] == "common"], proof["y"][proof["label"] == "common"]]
    )
    for label in (1.0, -1.0):
        hull = ConvexHull(points.x[points.labels == label]).equations
        assert (hull[:, :2] @ common[:, 0] + hull[:, 2] <= 1e-9).all()
    spots = {tuple(x) for x in points.x.tolist()}
    marked = zip(proof["x"].tolist(), proof["y"].tolist(), proof["label"].tolist(), strict=True)
    assert all((x, y) in spots for x, y, label in marked if label != "common")


def test_minima_are_marked_with_what_they_separate_and_their_limits() -> None:
    lab = PerceptronAndBackprop(LectureSet(10.0))
    result = lab.run()
    marks, t = table(lab, "minima", 1), table(lab, "t", 1)
    assert marks["separates"].tolist() == ["yes", "no"]
    x, d = lab.points.x, np.where(lab.points.labels > 0, 0.9, 0.1)

    def value(w: np.ndarray) -> float:
        return float(((expit(x @ w[:2] + w[2]) - d) ** 2).sum())

    # The local one of SCIENCE F: weights → logit(1 − ε)·(1, 1, 0), E → (1 − ε)².
    w = math.log(9) * np.array([1.0, 1, 0])
    assert value(w) == pytest.approx(float(result.facts[1].rows[1][1]), rel=1e-6)
    h = 1e-4
    e = np.eye(3) * h
    H = [
        [
            (value(w + a + b) - value(w + a - b) - value(w - a + b) + value(w - a - b))
            / (4 * h * h)
            for b in e
        ]
        for a in e
    ]
    limit = 2 / np.linalg.eigvalsh(np.array(H))[-1]
    assert 10 ** marks["to"][1] == pytest.approx(limit, rel=1e-3)
    # The sharp one: λₘₐₓ ≈ 2(ε(1 − ε))²t².
    assert 10 ** marks["to"][0] == pytest.approx(2 / (2 * 0.09**2 * 100), rel=0.05)
    assert 10 ** t["eta"][0] == pytest.approx(0.5)
    assert "training ended here" in result.facts[1].rows[1][0]


def test_minima_off_the_plane_are_marked_and_two_lie_in_it() -> None:
    lab = PerceptronAndBackprop(Gate("xor"), "l2", 0.1, 0.1, spread=0.0)
    picture = lab.run().pictures[1]
    # Training does not leave w = 0, the first minimum; the plane goes through another, too.
    assert picture.tables["minima"]["off"] == [False, False, True, True, True]
    assert "faint" in picture.about
    two = PerceptronAndBackprop().run().pictures[1]
    assert two.tables["minima"]["off"] == [False, False] and "faint" not in two.about


def test_no_step_size_beyond_a_minimums_limit_settles_there() -> None:
    """The link to sections A and D: from beside the sharp minimum, on either side of its limit."""
    lab = PerceptronAndBackprop(LectureSet(100.0), epochs=400)
    second = lab.study().second
    assert isinstance(second, WeightLandscapeStudy)
    limit = second.found[0].limit
    x, d = lab.points.x, np.where(lab.points.labels > 0, 0.9, 0.1)
    found = minimize(lambda w: ((expit(x @ w[:2] + w[2]) - d) ** 2).sum(), [4.0, 0, 1], tol=1e-12)
    near = (found.x[0], found.x[1] + 1e-4, found.x[2])
    below = replace(lab, eta=0.9 * limit, start=near).run()
    beyond = replace(lab, eta=1.1 * limit, start=near).run()
    assert below.record["E"][-1] == pytest.approx(found.fun, rel=1e-6)
    assert beyond.record["E"][-100:].min() > 1.01 * found.fun, "it goes round it for ever"


def test_hard_cross_entropy_on_separable_points_has_no_minimum_to_mark() -> None:
    lab = PerceptronAndBackprop(U12(), "entropy", 0.0, 0.1, spread=0.0)
    result = lab.run()
    assert "no minimum at finite weights" in result.sentence
    assert result.facts[1].rows[0][0] == "none at finite weights"
    assert any("cannot" in note for note in result.notes)
    soft = replace(lab, epsilon=0.2).run()
    assert not any("cannot" in note for note in soft.notes)
    few = replace(lab, epochs=10).run().sentence
    assert "wrong" in few and "must separate in the end" in few
    wild = replace(lab, epochs=1, eta=100.0).run().sentence
    assert "must separate" not in wild, "with a step so large that is not known"


def test_the_fan_draws_the_boundaries_whose_disagreement_it_tells() -> None:
    lab = PerceptronAndBackprop(
        Clouds(30, 2.0, 0.0), eta=0.1, spread=0.0, epochs=200, second=Resamples("bootstrap", 20),
        learners=("backprop", "margin"),
    )  # fmt: skip
    result = lab.run()
    rows = {row[0]: row for row in result.facts[1].rows}
    lines = table(lab, "fan", 1)
    drawn = {name: int((lines["learner"] == name).sum()) for name in ("backprop", "margin")}
    assert drawn["backprop"] == 20 and rows["backprop"][1] == "20 of 20"
    assert drawn["margin"] == int(rows["max-margin"][1].split()[0]) < 20
    assert "Steadiest" not in result.sentence, "max-margin has no line on the hard samples"
    # Pairs of the drawn lines, compared on a grid of this test's own.
    points = lab.points.x
    low, high = points.min(axis=0), points.max(axis=0)
    low, high = low - 0.15 * (high - low), high + 0.15 * (high - low)
    x, y = np.meshgrid(np.linspace(low[0], high[0], 80), np.linspace(low[1], high[1], 80))
    mine = lines["learner"] == "backprop"
    x1, y1, x2, y2 = (lines[c][mine] for c in ("x", "y", "x2", "y2"))
    side = (x2 - x1) * (y[..., None] - y1) - (y2 - y1) * (x[..., None] - x1)
    plus = points[lab.points.labels > 0].mean(axis=0)
    side *= np.sign((x2 - x1) * (plus[1] - y1) - (y2 - y1) * (plus[0] - x1))
    k = (side > 0).sum(axis=-1)
    differ = (2 * k * (20 - k) / (20 * 19)).mean()
    assert result.study.second.fans["backprop"].disagreement == pytest.approx(differ, rel=0.05)


def test_a_far_point_swings_who_the_notes_say_and_who_they_do_not() -> None:
    result = PRESETS[-2][2].run()
    training = result.study.training
    shares = {name: swing.disagreement for name, swing in training.swings.items()}
    assert shares["backprop"] == pytest.approx(0.122, abs=0.005)
    assert shares["lms"] == pytest.approx(0.194, abs=0.005)
    assert shares["perceptron"] > 0.9
    assert not training.has_line("margin") and math.isnan(shares["margin"])
    row = next(row for row in result.facts[0].rows if row[0] == "max-margin")
    assert row[1] == "no such line" and row[-1] == "–"
    assert any("no max-margin line" in note for note in result.notes)
    faint = table(PRESETS[-2][2], "lines")
    assert set(faint["learner"][faint["before"]].tolist()) == set(ALL)


def test_the_extra_point_is_said_to_come_last_only_where_the_perceptron_visits_it_last() -> None:
    lab = replace(BARE, extra=ExtraPoint(1.0, -0.5, "plus"), learners=("perceptron", "backprop"))
    last = "visits the extra point last"
    assert last in " ".join(lab.run().notes)
    for other in (replace(lab, order="shuffled"), replace(lab, learners=("backprop",))):
        notes = " ".join(other.run().notes)
        assert "dotted box" in notes and last not in notes


def test_a_perceptron_that_is_cut_short_names_the_limit_that_it_met() -> None:
    # 30 points that overlap: 200,008 mistakes in 11,355 epochs, 340,650 visits.
    lab = replace(BARE, data=Clouds(30, 0.0, 0.0, 1), epochs=20_000)
    (note,) = [note for note in lab.run().notes if "stopped short" in note]
    assert "11,355 epochs" in note and "200,008 mistakes" in note
    assert "no epoch after 200,000" in note and "visit" not in note
    lab = replace(BARE, data=Clouds(200, 3.0, 0.0, 1), epochs=20_000)
    (note,) = [note for note in lab.run().notes if "stopped short" in note]
    assert "3,000 epochs" in note and "600,000 visits" in note and "mistake" not in note


def test_what_is_kept_of_a_perceptron_has_no_record_of_its_updates() -> None:
    points, learner = points_of(Clouds(30, 0.0, 0.0, 7)), Perceptron(3000)
    run, wrong, last = LINES.result(TrainedPerceptron(learner, points))
    assert LINES.result(TrainedPerceptron(learner, points))[0] is run
    whole = learner.train(points)
    assert run.total == whole.total == len(whole.visits) == len(whole.path) - 1 > 10_000
    assert np.array_equal(run.weights, whole.weights) and len(wrong) == run.epochs + 1
    arrays = [run.points, run.visits, run.path]
    assert sum(array.nbytes for array in arrays) == 0
    assert all(array.base is None for array in arrays)
    at, expected = 0, [-1]
    for made in whole.mistakes.tolist():
        at += made
        expected.append(int(whole.points[at - 1]) if made else -1)
    assert last.tolist() == expected
    # Nor does a line that is kept hold on to the run that it ended.
    assert LINES.result(FittedLine(learner, points)).base is None


def test_a_click_places_the_extra_point_and_a_click_on_a_curve_sets_the_epoch() -> None:
    placed = BARE.picked("pick_point", {"x": 1.23456, "y": -0.5})
    assert placed.extra == ExtraPoint(1.23, -0.5, "plus") and len(placed.points) == 5
    again = replace(placed, extra=ExtraPoint(0, 0, "minus")).picked("pick_point", {"x": 2, "y": 1})
    assert again.extra == ExtraPoint(2.0, 1.0, "minus")
    on_line = replace(BARE, data=U12()).picked("pick_point", {"x": 1.0, "y": 0.7})
    assert on_line.extra == ExtraPoint(1.0, 0.0, "plus") and on_line.run().sentence
    looked = BARE.picked("pick_loss", {"k": 7})
    assert looked.look == 7 and table(looked, "t")["look"].tolist() == [7]


def test_clicks_can_write_points_of_ones_own() -> None:
    lab = replace(BARE, data=OwnPoints("0 0 +\n2 2 -", click="minus"))
    more = lab.picked("pick_point", {"x": 1.5, "y": -0.251}).picked("pick_point", {"x": 3, "y": 1})
    assert more.points.x.tolist() == [[0, 0], [2, 2], [1.5, -0.251], [3, 1]]
    assert more.points.labels.tolist() == [1, -1, -1, -1] and more.extra == NoPoint()
    line = replace(BARE, data=OwnPoints("0 +\n2 -", click="plus"))
    assert line.picked("pick_point", {"x": 1, "y": 9}).points.x.tolist() == [[0], [2], [1]]
    extra = replace(BARE, data=OwnPoints("0 0 +\n2 2 -")).picked("pick_point", {"x": 1, "y": 1})
    assert extra.extra == ExtraPoint(1.0, 1.0, "plus")


def test_a_fan_reports_and_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convcore.parallel.throttled.__defaults__", (0.0,))

    class Superseded(Exception):
        pass

    lab = replace(BARE, data=Gate("or"), eta=0.1, epochs=30, schedule=DropOnPlateau(),
                  second=Resamples("bootstrap", 8), learners=ALL)  # fmt: skip
    told: list[float] = []
    untold = lab.run()
    assert not lab.heavy
    other = replace(lab, second=Resamples("bootstrap", 8, 1))

    def stop(share: float) -> None:
        told.append(share)
        if len(told) > 6:
            raise Superseded

    with pytest.raises(Superseded):
        other.run(stop)
    assert other.heavy and told == sorted(told)
    again = other.run(told.append)
    assert again.facts[1].headings == untold.facts[1].headings and not other.heavy


def test_the_epoch_that_is_looked_at_can_be_looked_at() -> None:
    for look in (0, 123, 400, 3000):
        lab = replace(BARE, look=look, epochs=400)
        t, snaps = table(lab, "t"), table(lab, "snaps")
        assert t["look"][0] == min(look, 400) and t["look"][0] in snaps["k"]
        record = lab.run().record
        for k, u, b, pu in zip(*(snaps[c].tolist() for c in ("k", "u", "b", "pu")), strict=True):
            assert (u, b) == (record["backprop w1"][k], record["backprop bias"][k])
            assert pu == record["perceptron w1"][k]


@pytest.mark.parametrize(
    "data", [LectureSet(t) for t in (1, 3.3, 10, 100)] + [U12(), D8(), Clouds()]
)
def test_the_bound_can_be_worked_out_again_from_what_is_printed(data: Any) -> None:
    said = replace(BARE, data=data, eta=0.1).run().sentence
    square, gap, bound = re.search(r"\(R/γ\)² = ([\d.]+)/([\d.]+) = ([\d.,]+)\)", said).groups()  # type: ignore[union-attr]
    assert round(float(square) / float(gap), 1) == float(bound.replace(",", ""))
    x = points_of(data).augmented()
    assert float(square) == pytest.approx((x * x).sum(axis=1).max(), rel=1e-3)


def test_the_starts_of_the_search_for_minima_add_up() -> None:
    for lab in (PerceptronAndBackprop(), PerceptronAndBackprop(Gate("xor"))):
        facts = lab.run().facts[1]
        tried = int(facts.headings[-1].split()[-1])
        assert sum(int(row[-1]) for row in facts.rows) == tried >= 200


def test_hard_cross_entropy_takes_part_and_separates_each_separable_sample() -> None:
    lab = PerceptronAndBackprop(
        Clouds(30, 6.0, 1.5), epsilon=0.2, eta=0.1, spread=0.0, decay=0.5, epochs=300,
        learners=("backprop", "hard"), second=Resamples("bootstrap", 20),
    )  # fmt: skip
    result = lab.run()
    rows = {row[0]: row for row in result.facts[1].rows}
    assert rows["hard cross-entropy"][4] == "20 of 20"
    assert result.study.second.fans["hard"].separating == 20
    assert not result.study.training.wrong("hard")
    # Plain descent on Σ log(1 + e^−s), by this test's own loop.
    x = np.column_stack([lab.points.x, np.ones(30)]) * lab.points.labels[:, None]
    w = np.zeros(3)
    for _ in range(300):
        w = w + 0.1 * x.T @ expit(-x @ w)
    line, lines = result.pictures[0].tables["lines"], result.pictures[0].trace
    assert "hard" in line["learner"]
    mine = np.flatnonzero(np.asarray(lines["learner"]) == "hard")[0]
    assert lines["b"][mine] == pytest.approx(w[2] / np.abs(w[:2]).max(), rel=1e-9)


@pytest.mark.parametrize("width", [390, 840, 1280])
@pytest.mark.parametrize("second", [NoMore(), WeightLandscape(), Resamples("leave", 10)], ids=repr)
def test_templates_hold_no_number_of_a_run_and_use_every_table(width: int, second: Any) -> None:
    labs = [
        replace(BARE, second=second),
        replace(BARE, data=D8(), eta=0.05, epochs=99, second=second),
    ]
    for one, two in zip(*(lab.run().pictures for lab in labs), strict=True):
        assert one.template is two.template
        text = json.dumps(one.template.spec(width), ensure_ascii=False)
        for picture in (one, two):
            for name in picture.tables:
                assert f'"name": "{name}"' in text, f"{name} is drawn by no mark"
            for columns in picture.tables.values():
                for column in columns.values():
                    values = np.asarray(column)
                    assert values.size, "a table without rows has no columns to read"
                    assert values.dtype.kind != "f" or np.isfinite(values).all()


@pytest.mark.parametrize("data", [LectureSet(), U12(), Clouds(), Iris(), Gate()], ids=repr)
def test_a_change_sends_little_and_is_light_once_the_minima_are_known(data: Any) -> None:
    lab = PerceptronAndBackprop(data, eta=0.03, extra=ExtraPoint(1.0, 1.0), learners=ALL)
    pictures = lab.run().pictures
    size = sum(pa.table(dict(t)).nbytes for p in pictures for t in p.tables.values())
    assert size < 50_000
    assert not lab.heavy and not replace(lab, eta=0.04).heavy


def test_a_lab_is_heavy_until_its_second_picture_is_kept() -> None:
    lab = PerceptronAndBackprop(OwnPoints("0 0 +\n1 0.25 -\n2 1 -"), epochs=20)
    assert lab.heavy
    told: list[float] = []
    lab.run(told.append)
    assert told and not lab.heavy and lab.second.job(lab) in SECOND_JOBS
    assert replace(lab, epochs=9000).heavy and not replace(BARE, epochs=300).heavy


BAD = (
    ({"data": OwnPoints("1 2\n")}, "text"),
    ({"data": OwnPoints("")}, "text"),
    ({"data": OwnPoints("nan 2 +")}, "text"),
    ({"data": Iris("setosa", "setosa")}, "plus"),
    ({"data": Iris(measures=())}, "measures"),
    ({"data": Clouds(10, 0.0, 20.0)}, "data"),
    ({"data": FromCSV(Upload("a.csv", "x,y\n1,2\n"))}, "file"),
    ({"data": FromCSV(Upload("a.csv", "x,y\nnan,2\n1,3\n"))}, "gaps"),
    ({"start": (1.0,)}, "start"),
    ({"start": (1e9, 0.0, 0.0)}, "start"),
    ({"epsilon": 0.5}, "epsilon"),
    ({"eta": math.nan}, "eta"),
    ({"second": Resamples("fresh")}, "second"),
    ({"data": OwnPoints("1 2 +"), "second": Resamples("leave")}, "second"),
    ({"learners": ("svm",)}, "learners"),
    ({"bound": 1e-12}, "bound"),
    ({"schedule": DropOnPlateau(), "epochs": 3000, "second": Resamples()}, "second"),
)


@pytest.mark.parametrize(("fields", "field"), BAD, ids=repr)
def test_what_makes_no_points_gets_one_line(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldError) as error:
        replace(BARE, **fields)
    assert error.value.field == field
    assert "\n" not in str(error.value) and str(error.value).endswith(".")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 2 +", "All points are of one class"),
        ("1 2 +\n3 4 +", "All points are of one class"),
        ("1 2 +\n1 2 -", "No line separates"),
        ("1 2 +\n1 2 +\n3 1 -", "Separable"),
        ("0 +\n1 -", "Separable"),
        ("1e100 2 +\n3 4 -", "Separable"),
        ("1e-300 0 +\n0 1e-300 -", "Separable"),
        ("0 0 +\n1 1 -\n2 2 +", "No line separates"),
    ],
)
@pytest.mark.parametrize(
    "second", [NoMore(), WeightLandscape(), Resamples("bootstrap", 5)], ids=repr
)
def test_odd_points_work(text: str, said: str, second: Any) -> None:
    lab = PerceptronAndBackprop(OwnPoints(text), second=second, epochs=50, learners=ALL)
    result = lab.run()
    assert said in result.sentence
    for picture in result.pictures:
        for columns in picture.tables.values():
            for column in columns.values():
                values = np.asarray(column)
                assert values.dtype.kind != "f" or np.isfinite(values).all()


def test_one_more_point_than_can_be_is_one_line_beside_the_extra_point() -> None:
    rows = "\n".join(f"{i % 7},{i % 11},{'u' if i % 2 else 'v'}" for i in range(100_000))
    lab = replace(BARE, data=FromCSV(Upload("full.csv", "a,b,kind\n" + rows)))
    with pytest.raises(FieldError, match="100,001 points") as error:
        replace(lab, extra=ExtraPoint(1, 1))
    assert error.value.field == "extra"


def test_many_points_of_a_file_work() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((20_000, 2))
    rows = [f"{a:.4f},{b:.4f},{'u' if a + b > 0.1 else 'v'}" for a, b in x.tolist()]
    data = FromCSV(Upload("big.csv", "a,b,kind\n" + "\n".join(rows)))
    lab = replace(BARE, data=data, eta=1e-4, learners=ALL)
    result = lab.run()
    assert "20,000 rows; inputs a and b; kind: " in result.notes[-1]
    assert len(table(lab, "points")["x"]) < 600
    more = replace(lab, second=WeightLandscape()).run()
    assert len(more.pictures) == 1 and "no landscape of 20,000 points" in more.notes[-2]


def test_a_file_names_its_classes_and_columns() -> None:
    text = "kind,a,b\nu,1,2\nv,2,1\nw,0,0\nu,2,3\n"
    data = FromCSV(Upload("three.csv", text))
    assert data.kinds(data.known_table()) == ("u", "v", "w")  # type: ignore[arg-type]
    assert points_of(data).labels.tolist() == [1, -1, -1, 1] and points_of(data).names == ("a", "b")
    assert points_of(replace(data, plus="w", inputs=("b",))).labels.tolist() == [-1, -1, 1, -1]
    said = replace(BARE, data=data).run()
    assert any("kind: u is \\+" in note or "kind: u is +" in note for note in said.notes)
    assert FromCSV().waiting and "Choose your CSV" in FromCSV().awaits()


def test_until_a_file_is_there_the_points_in_its_place_are_scaled_as_it_will_be() -> None:
    raw, scaled = points_of(FromCSV()), points_of(FromCSV(scaling="standardised"))
    assert np.allclose(scaled.x, (raw.x - raw.x.mean(0)) / raw.x.std(0))
    assert scaled.names == tuple(f"{name} (standardised)" for name in raw.names)
    white = points_of(FromCSV(scaling="whitened")).x
    assert np.allclose(white.T @ white / len(white), np.eye(2))


@pytest.mark.parametrize(
    "lab",
    [
        PerceptronAndBackprop(
            Clouds(distance=0.0, margin=0.0), second=Resamples("leave", 5), learners=("margin",)
        ),
        PerceptronAndBackprop(
            Clouds(distance=0.0, margin=0.0, number=100),
            second=Resamples("fresh", 5),
            learners=("margin",),
        ),
    ],
)
def test_where_no_sample_has_a_boundary_nothing_is_said_of_two(lab):
    result = lab.run()
    assert "differ on" not in result.sentence + result.measured
    assert any("0 of 5" in row for facts in result.facts for row in facts.rows)


@pytest.mark.parametrize("decay, eta", [(0.0, 0.5), (8.0, 0.1)])
def test_no_line_is_made_of_the_rounding_that_is_left_where_the_minimum_is_w_0(
    decay: float, eta: float
) -> None:
    lab = PerceptronAndBackprop(data=Gate("xor"), decay=decay, eta=eta)
    result = lab.run()
    record = result.record
    ended = [record[f"backprop {name}"][-1] for name in ("w1", "w2", "bias")]
    assert ended == [0.0, 0.0, 0.0]
    assert record["backprop wrong"][-1] == 4, "on no side of a line"
    assert np.abs(record["backprop w1"][:5]).min() > 1e-6, "before it came there the weights stand"
    assert "at **w = 0**" in result.sentence and "proxy" not in result.sentence
    assert result.study.training.trade is None
    row = next(row for row in result.facts[0].rows if row[0] == "backprop")
    assert row[3] == "–", "without a line there is no margin"


@pytest.mark.parametrize(
    "text, decay, eta, spread",
    [("1e-6 0 +\n-1e-6 0 -", 1.0, 0.1, 2.0), ("1e-7 1e-7 +\n-1e-7 -1e-7 -", 0.1, 0.5, 0.0)],
)
def test_a_line_of_small_weights_stands(text: str, decay: float, eta: float, spread: float) -> None:
    lab = PerceptronAndBackprop(
        data=OwnPoints(text), decay=decay, eta=eta, spread=spread, learners=("backprop",)
    )
    result = lab.run()
    assert 0 < result.record["backprop w1"][-1] < 1e-5
    assert result.record["backprop wrong"][-1] == 0 and "separates" in result.sentence


def test_what_swings_is_no_line_of_rounding() -> None:
    learners = ("backprop", "margin", "hard", "lms")
    lab = PerceptronAndBackprop(data=Gate("xor"), learners=learners, extra=ExtraPoint())
    rows = {row[0]: row for row in lab.run().facts[0].rows}
    for name in ("backprop", "linear LMS", "hard cross-entropy"):
        assert rows[name][-2:] == ("–", "–"), "there was no line before the extra point"
    alone = {row[0]: row for row in replace(lab, extra=NoPoint()).run().facts[0].rows}
    for name in ("backprop", "linear LMS", "hard cross-entropy"):
        assert alone[name][2:4] == ("4", "–")


def test_the_claim_of_the_proxy_does_not_hold_by_a_line_that_is_none() -> None:
    lab = PerceptronAndBackprop(data=Gate("xor"))
    claim = next(c for c in CLAIMS if c.number == 18)
    assert "become 4" not in claim.verdict(lab).why


def test_a_unit_that_settles_on_one_answer_has_no_line_but_keeps_its_bias() -> None:
    five = OwnPoints("0 0 -\n1 1 -\n0 1 +\n1 0 +\n0.5 0.5 +")
    lab = PerceptronAndBackprop(data=five, eta=0.2, epochs=3000)
    record = lab.run().record
    assert (
        record["backprop w1"][-1] == record["backprop w2"][-1] == 0.0 != record["backprop bias"][-1]
    )
