"""The study of "Taylor and Newton" and its local models: what a run found, apart from its words."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convcore.claims import CLAIMS, Word
from convcore.descent.descent import Status, descend
from convcore.labkit.prediction import ENDS, end
from convcore.labs import FromFormula, FromGallery, TaylorAndNewton
from convcore.labs.newton import runs
from convcore.labs.newton.chart_steps import LINES
from convcore.labs.newton.local_model import LocalModel, shares
from convcore.labs.newton.map_labels import MAP_SIZES
from convcore.labs.newton.picture import picture
from convcore.labs.newton.settings import KINDS
from convcore.objectives.gallery import BY_KEY, GALLERY, Function
from convcore.optimizers import Newton
from tests.draw import often

ROOT = Path(__file__).parent.parent
CLAIM_6, CLAIM_12 = (claim for claim in CLAIMS if claim.number in (6, 12))
HIMMELBLAU = TaylorAndNewton(FromGallery("himmelblau"), methods=("gd", "newton"), eta=0.5)


def models(text: str, *start: float, steps: int = 8) -> LocalModel:
    objective = Function(text)
    return LocalModel.along(objective, descend(objective, start, 1.0, Newton(), steps=steps))


# --- local models ------------------------------------------------------------------------------


def test_the_parabola_and_its_minimum_are_those_of_taylor():
    here = models("log(cosh(w))", 1.0)
    g, h = np.tanh(1.0), 1 / np.cosh(1.0) ** 2
    assert here.g[0, 0] == pytest.approx(g, rel=1e-14)
    assert here.best[0] == pytest.approx(1 / h, rel=1e-14)
    assert here.target[0, 0] == pytest.approx(1 - g / h, rel=1e-14)
    assert here.target[0, 0] == pytest.approx(here.w[1, 0], rel=1e-14)


def test_the_local_model_of_a_quadratic_is_the_quadratic_and_leads_to_its_minimum():
    here = models("2*x^2 + x*y + y^2 - 3*x", 5.0, -7.0, steps=1)
    d = np.random.default_rng(1).normal(size=(12, 2))
    x, y = (here.w[0] + d).T
    model = here.E[0] + d @ here.g[0] + np.einsum("ki,ij,kj->k", d, here.H[0], d) / 2
    np.testing.assert_allclose(model, 2 * x**2 + x * y + y**2 - 3 * x, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(here.target[0], [6 / 7, -3 / 7], rtol=1e-14)
    assert here.best[0] == pytest.approx(1 / np.linalg.eigvalsh([[4, 1], [1, 2]])[-1])


@pytest.mark.parametrize("w", [0.5, 1.0887, 3.0])
def test_the_local_model_of_log_cosh_leads_where_newtons_map_says(w):
    assert models("log(cosh(w))", w).target[0, 0] == pytest.approx(w - np.sinh(2 * w) / 2)


@pytest.mark.parametrize(("x", "up"), [(2.0, True), (0.1, False), (1 / np.sqrt(3), False)])
def test_only_a_local_model_that_bends_up_everywhere_has_a_best_step(x, up):
    here = models("x^4/4 - x^2/2 + y^2", x, 1.0, steps=1)
    bends = sorted([3 * x**2 - 1, 2.0])
    np.testing.assert_allclose(here.values[0], bends, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(here.best[0], 1 / bends[1] if up else np.nan, rtol=1e-14)


def test_a_local_model_where_the_curvature_is_infinite_leads_nowhere():
    objective = BY_KEY["power1.5"].objective
    here = LocalModel.along(objective, descend(objective, [0.0], 1.0, Newton(), steps=3))
    assert np.isnan(here.values).all() and np.isnan(here.target).all() and np.isnan(here.best).all()


# --- studies -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lab", [TaylorAndNewton(model="gd"), HIMMELBLAU, TaylorAndNewton(methods=())]
)
def test_a_study_comes_back_from_a_pickle_with_the_same_numbers_and_shows_the_same(lab):
    study = lab.study()
    back = pickle.loads(pickle.dumps(study))
    assert back.settings == study.settings == lab.settings
    assert list(back.runs) == list(study.runs)
    for name, run in study.runs.items():
        assert back.runs[name].outcome == run.outcome
        assert back.runs[name].progress == run.progress
        np.testing.assert_array_equal(back.runs[name].path.w, run.path.w)
    np.testing.assert_array_equal(back.model.target, study.model.target)
    one, two = lab.show(study), lab.show(back)
    assert (one.said, one.facts, one.notes) == (two.said, two.facts, two.notes)
    for name, table in one.pictures[0].tables.items():
        for column, values in table.items():
            np.testing.assert_array_equal(two.pictures[0].tables[name][column], values)


def test_settings_and_study_load_neither_altair_nor_streamlit_nor_charts():
    # The package of labs itself brings all labs with their charts; it is left empty here.
    program = """
import sys, types
labs = types.ModuleType("convcore.labs")
labs.__path__ = ["convcore/labs"]
sys.modules["convcore.labs"] = labs
import convcore.labs.newton.settings, convcore.labs.newton.study
print(*sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "convcore.labs.newton.study" in loaded
    assert not {"altair", "streamlit", "pandas", "convcore.charts"} & loaded


def test_a_run_that_blew_up_is_kept_up_to_its_last_step_only():
    run = HIMMELBLAU.study().runs["gd"]
    assert run.outcome.status is Status.DIVERGED
    assert len(run.path.w) == len(run.values) == int(run.path.length) + 1 < HIMMELBLAU.steps


def test_the_runs_are_those_of_the_methods_and_that_of_the_local_model():
    study = TaylorAndNewton(methods=("gd", "damped"), model="bfgs").study()
    assert list(study.runs) == ["gd", "damped", "bfgs"]
    assert list(study.shown) == ["gd", "damped"]
    assert study.followed is study.runs["bfgs"]
    assert set(study.record()["method"]) == {"gd", "damped", "bfgs"}


@pytest.mark.parametrize("lab", [CLAIM_6.lab, CLAIM_12.lab, TaylorAndNewton(start=(1.2,))])
def test_words_pictures_verdicts_and_answers_come_from_the_study_without_a_run(lab, monkeypatch):
    study = lab.study()
    monkeypatch.setattr(runs, "descend", lambda *_, **__: pytest.fail("it ran again"))
    monkeypatch.setattr(runs.RUNS, "get_or_make", lambda *_: pytest.fail("it asked for a run"))
    assert lab.show(study).sentence and picture(study).tables
    assert lab.answer(study) in ENDS
    for claim in (CLAIM_6, CLAIM_12):
        assert claim.verdict(lab, study).word in Word


def test_where_newton_does_not_run_its_claims_are_not_tried_and_the_question_is_of_another():
    lab = TaylorAndNewton(start=(1.0,), methods=("damped",), model="gd", eta=5.0)
    study = lab.study()
    assert "newton" not in study.runs and study.newton is None
    for claim in (CLAIM_6, CLAIM_12):
        verdict = claim.verdict(lab, study)
        assert verdict.word is Word.UNTRIED and "choose it" in verdict.why
    assert lab.question().asks == "Where will gradient descent end?"
    assert lab.answer(study) == end(study.runs["gd"].outcome) != end(study.runs["damped"].outcome)
    followed = replace(lab, model="newton")
    assert followed.question().asks == "Where will Newton's method end?"
    assert CLAIM_6.verdict(followed).word is Word.HOLDS


def test_one_weight_has_newtons_map_and_two_have_none():
    curve = TaylorAndNewton(FromFormula("sqrt(1 + w^2)"), start=(0.5,)).study().curve
    assert curve is not None
    assert curve.threshold == pytest.approx((-1.0, 1.0, 0.0), abs=1e-9)
    np.testing.assert_allclose(curve.map.next, -(curve.map.w**3), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(curve.stairs[:3], [0.5, -(0.5**3), 0.5**9], rtol=1e-12)
    assert curve.coefficients[:3, 0] == pytest.approx(
        [1.25**0.5, 0.5 / 1.25**0.5, 0.5 * 1.25**-1.5]
    )
    assert HIMMELBLAU.study().curve is None


@pytest.mark.parametrize("entry", GALLERY, ids=lambda entry: entry.key)
def test_what_a_study_holds_is_finite_but_for_what_is_not_defined(entry):
    study = TaylorAndNewton(FromGallery(entry.key), eta=entry.eta).study()
    for run in study.runs.values():
        assert np.isfinite(run.path.w).all() and np.isfinite(run.path.loss).all()
        assert run.outcome == run.path.outcome()
    model = study.model
    assert np.isfinite(model.g).all() and len(model.w) == model.last + 1
    assert np.isnan(model.best).tolist() == (~(model.values > 0).all(axis=-1)).tolist()


# --- what the picture says of a step, and of a path that leaves it -------------------------------


@pytest.mark.parametrize("key", ["logcosh", "tilted", "rosenbrock", "regression", "camel"])
@pytest.mark.parametrize("name", KINDS)
def test_a_step_that_is_written_as_a_share_is_that_share(key, name):
    eta = 0.5 if KINDS[name].relative else BY_KEY[key].eta
    lab = TaylorAndNewton(FromGallery(key), model=name, eta=BY_KEY[key].eta, relative=0.5, steps=6)
    model = lab.study().model
    rule, share = shares(model, KINDS[name], eta)
    for k in range(model.last):
        way = np.linalg.solve(model.H[k], model.g[k]) if rule[k] == 1 else model.g[k]
        if rule[k]:
            step = model.w[k] - model.w[k + 1]
            np.testing.assert_allclose(share[k] * way, step, rtol=1e-4, atol=1e-4 * abs(step).max())
    if name in ("gd", "newton"):
        assert set(rule.tolist()) == {2 if name == "gd" else 1} and set(share.tolist()) == {eta}
    if key == "logcosh":  # one weight: every step is a share of both
        assert rule[0] == (2 if name == "gd" else 1 if KINDS[name].relative else 3)


@pytest.mark.parametrize("key", ["pinhole", "rosenbrock"])
def test_ten_thousand_steps_are_computed_each_and_drawn_thinned_with_the_numbers_of_those_shown(
    key,
):
    rng = np.random.default_rng(27)
    lab = TaylorAndNewton(
        FromGallery(key), methods=("gd", "momentum", "damped"), model="gd", eta=0.0015,
        steps=10_000, look=int(rng.integers(200, 9_000)),
    )  # fmt: skip
    assert lab.heavy and not lab.live, "a progress bar"
    study = lab.study()
    assert not lab.heavy, "the runs are kept"
    assert [len(run.path.loss) for run in study.shown.values()] == [10_001] * 3
    w, eta = lab.origin.copy(), lab.eta
    for _ in range(10_000):  # plain descent by hand
        w -= eta * lab.objective.gradient(w)
    np.testing.assert_allclose(study.shown["gd"].path.w[-1], w, rtol=1e-9)
    drawn = picture(study)
    tables, shown = drawn.tables, np.array(drawn.steps)
    assert shown[0] == 0 and shown[-1] == 10_000 and lab.look in shown
    assert set(range(50)) < set(shown.tolist()) and len(shown) < 140
    assert "All 10,000 steps are computed." in drawn.about
    assert sum(len(next(iter(table.values()))) for table in tables.values()) < 2000
    # Each step that can be shown has its numbers, those of the run.
    models, path = tables["models"], study.followed.path.w
    last = study.model.last
    names = (("w0", "next"),) if key == "pinhole" else (("x", "nx"), ("y", "ny"))
    np.testing.assert_array_equal(models["k"], shown[shown <= last])
    for axis, (here, following) in enumerate(names):
        np.testing.assert_allclose(models[here], path[models["k"], axis], rtol=1e-6)
        k = np.minimum(models["k"].astype(int) + 1, last)
        np.testing.assert_allclose(models[following], path[k, axis], rtol=1e-6)
    # No peak of a loss is left out.
    for name, run in study.shown.items():
        rows = np.array(tables["paths"]["method"]) == name
        own, loss = tables["paths"]["k"][rows], tables["paths"]["loss"][rows]
        assert set(shown[shown < len(run.path.loss)]) <= set(own.tolist())
        assert int(run.path.loss.argmax()) in own and int(run.path.loss.argmin()) in own
        assert (np.diff(own) > 0).all() and np.isfinite(loss).all()


def test_a_short_run_is_drawn_each_step_and_says_nothing_of_it():
    lab = TaylorAndNewton(steps=100)
    drawn = picture(lab.study())
    assert "are computed" not in drawn.about and lab.live and not lab.heavy
    assert list(drawn.steps) == list(range(101))


def test_a_path_that_leaves_the_picture_has_an_arrow_where_it_does():
    tables = picture(HIMMELBLAU.study()).tables
    t, exits = tables["t"], tables["exits"]
    assert exits["method"] == ["gd"]
    ends = [t[name][0] for name in ("xlo", "xhi", "ylo", "yhi")]
    run = HIMMELBLAU.study().runs["gd"].path.w
    inside = [ends[0] <= x <= ends[1] and ends[2] <= y <= ends[3] for x, y in run]
    k = inside.index(False)
    d = (run[k] - run[k - 1]) / [ends[1] - ends[0], ends[3] - ends[2]]
    assert np.array([exits["across"][0], exits["up"][0]]) == pytest.approx(d / abs(d).max())
    at = np.array([exits["x"][0], exits["y"][0]])
    along = (at - run[k - 1]) / (run[k] - run[k - 1])
    assert along[0] == pytest.approx(along[1], rel=1e-5) and 0 <= along[0] <= 1
    edge = abs(2 * (at - [ends[0], ends[2]]) / [ends[1] - ends[0], ends[3] - ends[2]] - 1)
    assert 0.9 < edge.max() < 1
    assert picture(TaylorAndNewton().study()).tables["exits"]["method"] == []


def test_minima_and_maxima_are_named_and_first_points_numbered_where_there_is_room():
    tables = picture(TaylorAndNewton(FromGallery("tilted")).study()).tables
    names = dict(zip(np.round(tables["points"]["w"], 3), tables["points"]["name"], strict=True))
    assert names[-1.047] == names[0.946] == "minimum" and names[0.101] == "maximum"
    flat = picture(TaylorAndNewton(FromFormula("w^3"), start=(1.0,)).study()).tables["points"]
    assert "minimum" not in flat["name"] and "maximum" not in flat["name"]
    far = picture(TaylorAndNewton(start=(1.05,)).study()).tables["models"]
    assert far["room"][:2].tolist() == [1, 1] and not far["room"][4:].any()
    unseen = picture(TaylorAndNewton(methods=("gd",)).study()).tables["models"]
    assert not unseen["room"].any()


@given(st.floats(0.3, 3), st.floats(-2.5, 2.5), st.floats(0.2, 1.2))
@often(30, 300)
@example(1.0, 1.0, 1.0)
def test_no_number_of_a_step_touches_the_name_of_a_minimum(
    bend: float, start: float, relative: float
):
    lab = TaylorAndNewton(
        FromFormula(f"exp({bend:.4g}*w) - w"), start=(start,), relative=relative, order=2
    )
    tables = picture(lab.study()).tables
    t, models, points = (tables[name] for name in ("t", "models", "points"))
    names = points["w"][np.array(points["name"]) == "minimum"]
    for wide, high in MAP_SIZES.values():  # px of the least plots, as letters are 13 px high
        x = (np.append(names, models["w0"]) - t["xlo"][0]) / (t["xhi"][0] - t["xlo"][0]) * wide
        y = (t["yhi"][0] - models["c0"]) / (t["yhi"][0] - t["ylo"][0]) * high
        numbered = (models["room"] == 1) & (y + 19 > high - 17)
        beside = np.abs(np.subtract.outer(x[len(names) :][numbered], x[: len(names)]))
        assert (beside > 27 + 4).all()


def test_the_legend_has_each_method_and_the_local_model_with_its_dash():
    tables = picture(TaylorAndNewton(order=4).study()).tables["legend"]
    assert tables["method"] == ["gd", "newton", "damped", "model", "taylor"]
    assert tables["name"][-1] == "Taylor, order 4"
    assert set(tables["method"]) <= set(LINES)
    looks = [repr(look) for look in LINES.values()]
    assert looks.count(repr(LINES["model"])) == looks.count(repr(LINES["taylor"])) == 1
