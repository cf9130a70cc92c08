"""The lab "Rough ground": its experiments come out as their sentences say."""

from __future__ import annotations

import base64
import itertools
import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from convcore.claims import CLAIMS
from convcore.descent.descent import Status, descend
from convcore.descent.schedules import DropOnPlateau, ExponentialDecay, LinearDecay, QuadraticDecay
from convcore.descent.theory import PointKind
from convcore.knobs import FieldError
from convcore.labkit.functions import FromFormula, FromGallery
from convcore.labkit.lab import Result
from convcore.labs.rough_ground.bifurcation import Bifurcation, Orbit
from convcore.labs.rough_ground.by_schedule import BySchedule
from convcore.labs.rough_ground.end_maps import LISTED, Basins, EndMap, EscapeMap, group_ends
from convcore.labs.rough_ground.end_maps_picture import PALETTES, WAYS, map_tables
from convcore.labs.rough_ground.lab import RoughGround
from convcore.labs.rough_ground.noise import Noise
from convcore.labs.rough_ground.presets import PRESETS
from convcore.labs.rough_ground.scene import MAPS
from convcore.labs.rough_ground.second_pictures import SECONDS, Nothing
from convcore.labs.rough_ground.second_views import SECOND_VIEWS
from convcore.labs.rough_ground.settings import METHODS
from convcore.labs.rough_ground.study import RoughStudy
from convcore.labs.rough_ground.words import said
from convcore.objectives.gallery import GALLERY
from convcore.sweeps.end_maps import STATUSES, Ends

QUICK = EscapeMap(60, 20)

# How each preset ends, and where: from SCIENCE D and known minima, not from the lab's words.
ENDS = (
    (Status.CONVERGED, PointKind.MINIMUM, [2.8358507811]),
    (Status.CONVERGED, PointKind.MINIMUM, [0.0]),
    (Status.CYCLING, None, None),
    (Status.CONVERGED, PointKind.MINIMUM, [0.0]),
    (Status.FROZEN, None, None),
    (Status.FROZEN, None, None),
    (Status.CONVERGED, PointKind.MINIMUM, [0.9456492739]),
    (Status.CONVERGED, PointKind.MAXIMUM, [-0.2708445907, -0.9230385565]),
    (Status.CONVERGED, PointKind.SADDLE, [0.0, 0.0]),
    (Status.CONVERGED, PointKind.MINIMUM, [3.0, 2.0]),
    (Status.CONVERGED, PointKind.MINIMUM, None),
    (Status.CYCLING, None, None),
    (Status.CONVERGED, PointKind.MINIMUM, [0.0]),
    (Status.CONVERGED, PointKind.MINIMUM, [0.0, 0.0]),
)


def study_of(lab: RoughGround) -> RoughStudy:
    return replace(lab, second=Nothing()).study()


@pytest.mark.parametrize(("preset", "expected"), list(zip(PRESETS, ENDS, strict=True)))
def test_every_preset_ends_as_its_sentence_says(preset, expected):
    claims, sentence, lab = preset
    status, kind, where = expected
    assert sentence and set(claims) <= set(range(1, 24))
    study = study_of(lab)
    assert study.outcome.status is status
    if kind:
        assert study.outcome.kind is kind
    if where is not None:
        assert study.run.path.w[-1] == pytest.approx(where, abs=1e-3)
    assert str(study.outcome) in said(study)[0]


def test_the_presets_cover_the_claims_of_section_d():
    assert {15, 16, 17, 14} <= {claim for claims, _, _ in PRESETS for claim in claims}


def test_a_slow_exponential_decay_arrives_where_a_fast_one_freezes():
    fast = RoughGround(eta=4.0, schedule=ExponentialDecay(0.5), compare=(), second=Nothing())
    slow = replace(fast, schedule=ExponentialDecay(0.1))
    assert study_of(fast).outcome.status is Status.FROZEN
    assert study_of(slow).outcome.status is Status.CONVERGED


def test_the_sentence_names_the_limits_that_were_passed():
    words = RoughGround(eta=0.8, second=Nothing()).run().sentence
    assert "2ηₒₚₜ is 0.4154" in words and "escapes" in words and "the lowest in this view" in words
    stays = RoughGround(eta=0.1, compare=(), second=Nothing()).run().sentence
    assert "escapes" not in stays and "not the lowest" in stays
    never = RoughGround(eta=2.2, compare=(), second=Nothing()).run().sentence
    assert "can settle in none" in never and "converged" not in never


def test_a_step_size_at_the_limit_is_said_to_be_at_it():
    study = study_of(RoughGround(FromGallery("square"), (3.0,), 2.0, compare=()))
    assert study.outcome.status is Status.CYCLING and study.outcome.period == 2
    assert study.home is not None and study.home.limit == pytest.approx(2)
    assert "whose 2ηₒₚₜ is 2; η₀ = 2 is exactly at it" in said(study)[1]


def test_a_plateau_schedule_that_no_longer_moves_w_is_not_told_of_steps_to_come():
    lab = RoughGround(eta=0.8, start=(3.5,), schedule=DropOnPlateau(), steps=400, second=Nothing())
    study = lab.study()
    assert study.outcome.status is Status.FROZEN
    words = " ".join(said(study))
    assert "∞" not in words and "no step moves w any more" in words


@pytest.mark.parametrize("scale", [1e-10, 1.0, 1e10])
def test_which_minimum_is_lowest_does_not_hang_on_the_scale_of_E(scale):
    lab = RoughGround(FromFormula(f"{scale}*((w^2-1)^2/4+0.1*w)"), (1.5,), 0.1 / scale,
                      compare=(), second=Nothing())  # fmt: skip
    study = lab.study()
    assert "converged to a minimum** at w = 0.9456, not the lowest in this view" in said(study)[0]
    # By hand: E′ = w³ − w + 0.1 = 0.
    (lowest,) = study.lowest
    assert lowest.w[0] == pytest.approx(min(np.roots([1, 0, -1, 0.1]).real), rel=1e-9)
    assert study.end not in study.lowest


def test_no_step_size_is_recorded_with_the_last_point():
    record = RoughGround(steps=7, second=Nothing()).run().record
    run = [i for i, name in enumerate(record["schedule"]) if name == record["schedule"][0]]
    assert record["eta"][run[-1]] == "" and all(float(record["eta"][i]) for i in run[:-1])


def test_frozen_schedules_are_said_to_be_frozen():
    lab = RoughGround(eta=4.0, compare=("quadratic", "linear"), second=Nothing())
    study = lab.study()
    run = study.runs["quadratic"]
    assert run.outcome.status is Status.FROZEN and run.rests_from is None
    # Σ η₀/(k+1)² over 200 steps, summed by hand
    assert run.taken.sum() == pytest.approx(4 * sum(1 / (k + 1) ** 2 for k in range(200)))
    assert "frozen on the way: quadratic decay" in said(study)[-1]


def test_the_flat_valley_is_told_from_the_deep_one():
    study = study_of(RoughGround(FromGallery("tilted"), (-1.5,), 1.0, compare=()))
    assert study.home and study.end and study.end.value > study.home.value
    assert study.home.limit == pytest.approx(0.8747, abs=1e-4)
    assert study.end.limit == pytest.approx(1.189, abs=1e-3)
    assert "left the deeper valley for a flatter, higher one" in said(study)[-1]


def test_stationary_points_stand_in_a_table_with_their_limits():
    rows = RoughGround(second=Nothing()).run().facts[1].rows
    assert [(r[0], r[1], r[4]) for r in rows][:2] == [
        ("minimum", "w = 0", "2"),
        ("minimum", "w = 2.836", "0.4154"),
    ]


def test_an_escape_map_is_computed_once_for_all_places_in_it():
    lab = RoughGround(second=EscapeMap(61, 20))
    assert lab.heavy
    told: list[float] = []
    first = lab.run(told.append)
    assert told and told == sorted(told) and told[-1] == 1
    assert not lab.heavy and not replace(lab, eta=0.3, start=(1.0,)).heavy
    moved = replace(lab, eta=0.3, start=(1.0,)).run()
    assert moved.pictures[1].tables["map"] is first.pictures[1].tables["map"]
    t = moved.pictures[1].tables["t"]
    assert t["x"] == [1.0] and t["y"] == pytest.approx([np.log10(0.3)])


def test_a_map_that_was_superseded_leaves_nothing_behind():
    class Superseded(Exception):
        pass

    def stop(share: float) -> None:
        raise Superseded

    lab = RoughGround(second=EscapeMap(62, 20))
    with pytest.raises(Superseded):
        lab.run(stop)
    assert lab.heavy and lab.second.job(lab.scene) not in MAPS


def test_a_click_in_the_escape_map_sets_start_and_step_size():
    lab = RoughGround(second=QUICK).picked("pick_cell", {"x": 1.23456, "y": -0.5})
    assert lab.start == (1.235,) and lab.eta == 0.316
    plane = RoughGround(FromGallery("bowl"), second=QUICK).picked("pick_cell", {"x": 1, "y": 0})
    assert plane.start == (1.0, 0.4) and plane.eta == 1
    basin = RoughGround(FromGallery("bowl"), second=Basins(20))
    assert basin.picked("pick_cell", {"x": 1, "y": 0.5}).start == (1.0, 0.5)
    assert RoughGround(second=Bifurcation()).picked("pick_eta", {"x": 1.5}).eta == 1.5
    assert RoughGround(second=QUICK).picked("pick_start", {"x": -1.0}).start == (-1.0,)


def test_shares_in_the_key_of_a_map_add_up_to_everything():
    for lab in (
        RoughGround(second=QUICK),
        RoughGround(FromGallery("himmelblau"), method="newton", eta=1.0, second=Basins(40)),
        RoughGround(FromGallery("rastrigin"), eta=0.002, second=Basins(30), steps=60),
    ):
        picture = lab.run().pictures[1]
        names = picture.tables["key"]["name"]
        total = sum(float(name.rsplit(": ", 1)[1].removesuffix(" %")) for name in names)
        assert total == pytest.approx(100, abs=0.5)
        png = base64.b64decode(picture.tables["map"]["url"][0].split(",")[1])
        assert png.startswith(b"\x89PNG") and len(names) == len(
            set(picture.tables["key"]["colour"])
        )


def test_every_way_to_end_has_its_own_line_in_the_key_of_a_map():
    n = len(STATUSES)
    period = np.where(np.array(STATUSES) == Status.CYCLING, 2, 0)
    codes = np.arange(n, dtype=np.int8)
    made = Ends(np.zeros((n, 1)), codes[None], period[None], np.full((1, n), -1), ())
    tables, _ = map_tables(EndMap((0.0, 1.0), (0.0, 1.0), *group_ends(made)))
    assert len(tables["key"]["name"]) == len(set(tables["key"]["colour"])) == n


def test_noise_stands_beside_its_floor():
    lab = RoughGround(FromGallery("square"), (3.0,), 0.8, compare=("linear",), steps=300,
                      second=Noise(1.0, 500))  # fmt: skip
    result = lab.run()
    fixed, decayed = result.study.second
    # ½·ησ²/(2 − η) on ½w²
    assert fixed.late == pytest.approx(0.5 * 0.8 / 1.2, rel=0.05)
    assert decayed.late < 0.05 * fixed.late
    floors = [row[2] for row in result.facts[-1].rows]
    assert float(floors[0]) == pytest.approx(0.5 * 0.8 / 1.2, rel=1e-3) and floors[1] == "–"


def test_noise_is_told_of_plain_descent_whatever_the_method():
    lab = RoughGround(FromGallery("square"), (3.0,), 0.5, compare=(), steps=300, method="adam",
                      second=Noise(1.0, 500))  # fmt: skip
    result = lab.run()
    assert float(result.facts[-1].rows[0][2]) == pytest.approx(0.5 * 0.5 / 1.5, rel=1e-3)
    assert "of plain descent with η₀ = 0.5" in result.pictures[-1].about


def test_noise_without_a_minimum_is_told_above_the_lowest_met():
    lab = RoughGround(FromFormula("-w^2"), (1.0,), 0.1, compare=(), steps=60, second=Noise(0.5, 50))
    result = lab.run()
    assert "E above the lowest met" in result.pictures[-1].about
    assert "minimum" not in result.facts[-1].headings[1]


def test_the_bifurcation_table_finds_the_cascade():
    lab = RoughGround(FromGallery("well"), (0.7,), 1.1, compare=(), second=Bifurcation(2000))
    result = lab.run()
    etas = {onset.orbit: onset.eta for onset in result.study.second.onsets}
    assert etas[Orbit.PERIOD_2] == pytest.approx(1.0, abs=0.01)
    assert etas[Orbit.PERIOD_4] == pytest.approx(np.sqrt(5) - 1, abs=0.01)
    assert etas[Orbit.NO_PERIOD] == pytest.approx(1.3023, abs=0.01)
    assert etas[Orbit.GONE] == pytest.approx(2.0, abs=0.01)
    rows = result.facts[-1].rows
    assert ("period 2", "2ηₒₚₜ = 1") in [(what, theory) for what, _, theory in rows]
    assert "chaos: bounded, and neighbours part" in [what for what, _, _ in rows]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("start", {"start": (1.0, 2.0)}),
        ("start", {"ground": FromFormula("log(w)"), "start": (-1.0,)}),
        ("eta", {"eta": 0.0}),
        ("steps", {"steps": 0}),
        ("method", {"method": "magic"}),
        ("compare", {"compare": ("magic",)}),
        ("methods", {"methods": ("gd", "magic")}),
        ("methods", {"methods": tuple(METHODS)[:8]}),
        ("second", {"second": Basins()}),
    ],
)
def test_fields_that_do_not_go_together_are_named(field, values):
    with pytest.raises(FieldError) as error:
        RoughGround(**values)
    assert error.value.field == field


def test_a_new_function_brings_its_usual_start_and_step_size():
    lab = RoughGround(FromGallery("bowl"), (1.0, 1.0), 0.8, second=Basins())
    line = replace(lab, ground=FromGallery("well"), start=(), second=Nothing()).after("ground.name")
    assert line.eta == FromGallery("well").eta() and line.start == ()
    assert replace(line, method="newton").after("method").eta == 1


def test_another_method_keeps_the_step_size_unless_it_means_a_share_of_its_own_step():
    lab = RoughGround(FromGallery("well"), eta=0.123, second=Nothing())
    for first, second in itertools.product(METHODS, METHODS):
        before = replace(lab, method=first)
        after = replace(lab, method=second).after("method", before)
        kept = METHODS[first].relative == METHODS[second].relative
        shares = METHODS[second].relative
        assert after.eta == (0.123 if kept else 1.0 if shares else lab.ground.eta())


def test_every_schedule_can_be_compared_with_every_other():
    keys = ("constant", "linear", "quadratic", "exponential", "drop", "plateau", "cosine", "warmup")
    lab = RoughGround(schedule=LinearDecay(), compare=keys, steps=1000, second=Nothing())
    result = lab.run()
    assert set(result.study.runs) == {"run", *keys} - {"linear"}
    paths = result.pictures[0].tables["paths"]
    assert len(paths["k"]) <= 1600 and np.isfinite(paths["eta"]).all()
    size = sum(np.asarray(column).nbytes for name, column in paths.items() if name != "run")
    assert size < 50_000
    assert RoughGround(schedule=QuadraticDecay(), second=Nothing()).run().sentence


@pytest.mark.parametrize("seed", range(6))
def test_methods_run_beside_the_labs_own_by_the_same_schedule_each_as_if_alone(seed):
    rng = np.random.default_rng(seed)
    entry = GALLERY[rng.integers(len(GALLERY))]
    own, *others = rng.choice(list(METHODS), 5, replace=False).tolist()
    lab = RoughGround(
        FromGallery(entry.key), eta=1.3 * entry.eta, schedule=LinearDecay(), compare=("constant",),
        method=own, methods=(own, *others), steps=40, second=Nothing(),
    )  # fmt: skip
    study = lab.study()
    assert set(study.runs) == {"run", "constant", *others}
    for name in others:
        same = METHODS[name].relative == METHODS[own].relative
        eta = lab.eta if same else 1.0 if METHODS[name].relative else lab.ground.eta()
        alone = descend(
            lab.ground.objective(), lab.origin, eta, METHODS[name](), LinearDecay(), steps=40
        ).cut()
        np.testing.assert_array_equal(study.runs[name].path.w, alone.w)
        assert str(study.runs[name].outcome) == str(alone.outcome())
    result = lab.show(study)
    labels = {METHODS[name].label for name in (own, *others)}
    assert set(result.record["method"]) == labels
    drawn = result.pictures[0].tables
    assert set(drawn["paths"]["run"]) == set(study.runs) == set(drawn["legend"]["run"])
    assert len(result.facts[0].rows) == len(study.runs)
    for label in labels:
        assert any(label in row[0] for row in result.facts[0].rows)
        assert label in " ".join(drawn["legend"]["name"])
    if study.minima:
        for what, names in (("5 methods", ("run", *others)), ("2 schedules", ("run", "constant"))):
            there = sum(study.ends[name] in study.lowest for name in names)
            assert f"Of {what}, {there or 'none'}" in result.sentence


def test_long_runs_of_other_methods_wait_for_a_progress_bar_and_are_kept():
    lab = RoughGround(methods=("momentum",), compare=(), steps=900, second=Nothing())
    assert lab.heavy and lab.study() and not lab.heavy
    more = replace(lab, methods=("momentum", "nesterov"))
    assert not more.heavy, "but for one they are kept"
    assert replace(lab, methods=("momentum", "bfgs")).heavy


def test_newton_is_called_by_its_name():
    lab = RoughGround(FromGallery("himmelblau"), (0.0, 0.0), 1.0, method="newton", second=Nothing())
    words = lab.run().sentence
    assert "Newton from (0, 0)" in words and "whitened" not in words


def test_what_became_of_each_schedule_is_said_by_name():
    words = RoughGround(second=Nothing()).run().sentence
    assert "Of 3 schedules, 1 (constant) reaches the lowest minimum in view" in words
    assert "still under way: linear decay η₀/(k+1)" in words
    assert "frozen on the way: quadratic decay η₀/(k+1)²" in words
    many = RoughGround(eta=4.0, compare=("linear", "exponential"), second=Nothing()).run().sentence
    assert "2 (linear decay η₀/(k+1), exponential decay (β = 0.1)) reach the" in many
    assert "; cycling: constant" in many


def test_schedules_with_other_settings_are_told_apart():
    lab = RoughGround(eta=4.0, schedule=ExponentialDecay(0.5), compare=("exponential",))
    result = replace(lab, second=Nothing()).run()
    assert [row[0] for row in result.facts[0].rows] == [
        "exponential decay (β = 0.5) (this run)", "exponential decay (β = 0.1)",
    ]  # fmt: skip
    assert set(result.record["schedule"]) == {
        "exponential decay (β = 0.5)", "exponential decay (β = 0.1)",
    }  # fmt: skip


def test_schedules_by_step_size_are_those_of_runs_one_by_one():
    lab = RoughGround(eta=4.0, compare=("linear", "quadratic"), second=BySchedule(20))
    result = lab.run()
    rows = {row[0]: row for row in result.facts[-1].rows}
    low, high = np.log10(0.4154) - 1, np.log10(2) + 1
    for plan, label in ((LinearDecay(), "linear"), (QuadraticDecay(), "quadratic")):
        here = [
            descend(lab.ground.objective(), [3.5], eta, None, plan, 200)
            for eta in np.logspace(low, high, 20)
        ]
        row = next(row for name, row in rows.items() if name.startswith(label))
        there = sum(r.outcome().status is Status.CONVERGED and abs(r.w[-1, 0]) < 0.02 for r in here)
        frozen = sum(r.outcome().status is Status.FROZEN for r in here)
        assert row[1] == f"{there} of 20" and row[3] == str(frozen)
        assert sum(map(int, row[3:])) + there == 20
    lines = result.pictures[1].tables["remains"]
    assert len(lines["x"]) == 60 and np.isfinite(lines["y"]).all()


def test_of_several_lowest_minima_the_nearest_is_the_goal():
    lab = RoughGround(FromGallery("himmelblau"), eta=0.01, compare=(), second=BySchedule(20))
    result = lab.run()
    assert result.facts[-1].headings[1] == "η₀ that reach one of the 4 lowest minima"
    assert result.pictures[1].tables["remains"]["y"].min() < -6


def test_without_a_minimum_in_view_schedules_have_no_distance():
    lab = RoughGround(FromFormula("w"), (1.0,), 0.1, second=BySchedule())
    assert not lab.heavy
    picture = lab.run().pictures[1]
    assert "no minimum" in picture.about and not len(picture.tables["remains"]["x"])


@pytest.mark.parametrize("second", [BySchedule(40), Noise(0.7, 320), Bifurcation(150)])
def test_heavy_pictures_report_often_stop_when_told_and_are_kept(second, monkeypatch):
    monkeypatch.setattr("convcore.parallel.throttled.__defaults__", (0.0,))
    lab = RoughGround(eta=0.77, compare=("linear", "quadratic"), steps=150, second=second)
    assert lab.heavy

    class Superseded(Exception):
        pass

    def stop(share: float) -> None:
        raise Superseded

    with pytest.raises(Superseded):
        lab.run(stop)
    assert lab.heavy
    told: list[float] = []
    first = lab.run(told.append)
    assert told == sorted(told) and told[-1] == 1 and len(told) > 50
    assert not lab.heavy
    again = lab.run(told.clear)
    assert again.pictures[1].about == first.pictures[1].about


def test_paths_that_leave_are_cut_where_they_leave():
    lab = RoughGround(FromGallery("himmelblau"), eta=0.1, compare=(), second=Nothing())
    paths = lab.run().pictures[0].tables["paths"]
    # the run is at 37264 when it is seen to diverge; six half widths of the view are 30
    assert np.abs(paths["x"]).max() < 40 and np.abs(paths["y"]).max() < 40
    line = RoughGround(FromGallery("quartic"), (3.0,), 5.0, compare=(), second=Nothing()).run()
    tables = line.pictures[0].tables
    t = {name: column[0] for name, column in tables["t"].items()}
    assert np.abs(tables["paths"]["x"]).max() < 4 * (t["xhi"] - t["xlo"])
    assert np.abs(tables["paths"]["E"]).max() < 4 * (t["yhi"] - t["ylo"])


def test_the_map_says_why_its_last_row_is_not_the_limit():
    result = RoughGround(second=EscapeMap(400, 200)).run()
    (lowest, _) = result.study.second.held
    assert abs(lowest.point.w[0]) < 1e-9 and lowest.largest == pytest.approx(1.942, abs=1e-3)
    rows = {row[0]: row for row in result.facts[-1].rows}
    # the next row of the map shrinks the distance by |1 − 1.9925·1|, and 0.9925^400 = 0.0496
    assert rows["w = 0"][3].startswith("1.9925, below 2ηₒₚₜ") and "4.96 %" in rows["w = 0"][3]
    assert "Of these 40,000 runs" in result.pictures[1].about


@pytest.mark.parametrize("text", ["1e100", "-1e100", "0", "7"])
def test_a_constant_however_high_has_a_picture(text: str):
    lab = RoughGround(FromFormula(text), steps=1)
    tables = lab.run().pictures[0].tables
    assert tables["t"]["ylo"][0] < tables["points"]["E"][0] < tables["t"]["yhi"][0]


SMALL = (
    QUICK,
    BySchedule(20),
    Bifurcation(100),
    Noise(0.5, 20),
    Nothing(),
)


def assert_shown_alike(one: Result, two: Result) -> None:
    for name in ("said", "facts", "notes", "measured"):
        assert getattr(one, name) == getattr(two, name)
    for p, q in zip(one.pictures, two.pictures, strict=True):
        assert (p.name, p.about) == (q.name, q.about) and p.tables.keys() == q.tables.keys()
        for name, table in p.tables.items():
            for column, values in table.items():
                np.testing.assert_array_equal(values, q.tables[name][column])
    for x, y in zip(one.record.values(), two.record.values(), strict=True):
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("second", SMALL, ids=lambda second: second.label)
def test_all_that_is_shown_and_judged_is_read_from_the_study(second, monkeypatch):
    lab = RoughGround(eta=0.3, compare=("exponential",), steps=90, second=second)
    study = lab.study()
    found = pickle.loads(pickle.dumps(study))

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it ran, or looked for stationary points, again")

    monkeypatch.setattr("convcore.descent.descent._walk", refuse)
    monkeypatch.setattr("convcore.labs.rough_ground.scene.stationary_points", refuse)
    assert found.settings == lab.settings
    assert_shown_alike(lab.show(study), lab.show(found))
    for claim in CLAIMS:
        if isinstance(claim.lab, RoughGround):
            assert claim.verdict(lab, found) == claim.verdict(lab, study)
    assert lab.answer(found) == "it converges to a minimum" and lab.answer(found) in (
        lab.question().options
    )


def test_settings_and_study_load_neither_altair_nor_streamlit():
    program = (
        "import sys, convcore.labs.rough_ground.settings, convcore.labs.rough_ground.study;"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "convcore.labs.rough_ground.study" in loaded
    assert not {"altair", "streamlit", "convcore.charts"} & loaded


def test_every_second_picture_has_its_view():
    assert SECOND_VIEWS.keys() == {kind for _, kind in SECONDS} - {Nothing}


def test_every_point_that_is_told_apart_in_a_map_has_a_colour_of_its_own():
    assert {kind: len(colours) for kind, colours in PALETTES.items()} == LISTED
    assert set(WAYS) == set(Status)


def test_a_job_is_the_key_of_what_it_gives():
    lab = RoughGround(second=EscapeMap(63, 20), method="exact", steps=60)
    assert lab.heavy
    study = lab.study()
    assert not lab.heavy and MAPS.get(lab.second.job(lab.scene)) is study.second
    # A map takes in all places in it, the runs are of one start and one step size.
    moved = replace(lab, eta=0.5)
    assert moved.second.job(moved.scene) == lab.second.job(lab.scene)
    assert moved.jobs() != lab.jobs() and moved.heavy


def test_the_thresholds_of_a_minimum_are_drawn_where_small_steps_lead_to_it():
    lab = RoughGround(eta=0.5, second=EscapeMap(60, 20))
    marks = lab.run().pictures[1].tables["thresholds"]
    assert 10 ** np.array(marks["y"]) == pytest.approx([0.41541, 0.66726], abs=1e-4)
    assert marks["below"][0] == "2ηₒₚₜ = 0.4154 of w = 2.836"
    assert marks["above"][1] == "crisis = 0.6673 of w = 2.836"
    assert "it stays trapped around it" in lab.run().sentence
    decaying = replace(lab, schedule=LinearDecay()).run().pictures[1]
    assert not decaying.tables["thresholds"]["y"]
    plane = RoughGround(FromGallery("bowl"), (3.3, 0.4), 0.7, compare=(), second=QUICK).run()
    assert len(plane.pictures[1].tables["thresholds"]["y"]) == 1
    orbits = RoughGround(eta=0.5, compare=(), second=Bifurcation(100)).run().pictures[1]
    assert "crisis = 0.667 of w = 2.836" in orbits.tables["limits"]["widelabel"]


def test_ten_thousand_steps_are_all_computed_and_drawn_by_the_points_that_show():
    lab = RoughGround(
        FromGallery("rosenbrock"), eta=0.001, compare=(), steps=10_000, second=Nothing()
    )
    result = lab.run()
    assert len(result.record["E"]) == 10_001
    plain = descend(lab.scene.objective, lab.origin, 0.001, steps=10_000)
    assert result.record["E"][-1] == pytest.approx(plain.loss[-1], rel=1e-9)
    drawn = result.pictures[0].tables["paths"]
    assert len(drawn["k"]) < 2000 and drawn["k"][-1] <= 10_000
    assert "All 10,000 steps are computed." in result.pictures[0].about
    # Each step that can be shown has its numbers, those of the run.
    steps, shown = result.pictures[0].tables["steps"], np.array(result.pictures[0].steps)
    assert steps["k"].tolist() == shown.tolist() and shown[-1] == 10_000
    assert set(shown) <= set(drawn["k"].tolist())
    for i in range(2):
        np.testing.assert_allclose(steps[f"w{i + 1}"], plain.w[shown, i], rtol=1e-6)
        np.testing.assert_allclose(steps[f"a{i + 1}"][1:], plain.w[shown[1:] - 1, i], rtol=1e-6)
