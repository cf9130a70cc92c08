"""Races: every number on the map is what a naive loop, or the lab itself, counts."""

from __future__ import annotations

import numpy as np
import pytest

from convcore.descent.schedules import SCHEDULES, Constant, DropOnPlateau, OpenLoop, Schedule
from convcore.labkit.tuning_grid import largest_curvature
from convcore.labkit.tuning_lab import TuningLab
from convcore.labs import (
    BFGS,
    DampedNewton,
    ExactDescent,
    FromFormula,
    FromGallery,
    GradientDescent,
    LinearDecay,
    ManyWeights,
    Momentum,
    Newton,
    Nothing,
    OneWeight,
    RoughGround,
    TaylorAndNewton,
)
from convcore.objectives.gallery import BY_KEY, Function
from convcore.objectives.quadratics import Quadratic, QuadraticForm
from convcore.optimizers import OPTIMIZERS, Optimizer
from convcore.sweeps.tuning import Candidate, TuningEnd, count_steps

BOWL = Quadratic(np.array([[3.0, 1.0], [1.0, 1.0]]), np.array([-1.0, 2.0]))


def naive(
    objective: QuadraticForm,
    w: np.ndarray,
    optimizer: Optimizer,
    plan: Schedule,
    eta: float,
    most: int,
) -> float:
    """Steps to a thousandth of the distance, one run and one step at a time."""
    target = -np.linalg.solve(objective.A, objective.b)
    goal = 1e-3 * np.linalg.norm(w - target)
    memory, held = optimizer.start(w), plan.start(objective.value(w))
    with np.errstate(all="ignore"):
        for k in range(most + 1):
            if np.linalg.norm(w - target) <= goal:
                return k
            f, held = plan.next(k, objective.value(w), held)
            w, memory = optimizer.step(objective, w, memory, np.array([eta * float(f)]))
    return np.inf


ETAS = np.array([0.01, 0.1, 0.25, 0.4, 0.55, 0.6, 0.9])


@pytest.mark.parametrize("plan", [kind() for _, kind in SCHEDULES], ids=lambda plan: plan.label)
def test_steps_over_eta_are_those_of_a_naive_loop_under_every_schedule(plan):
    start = np.array([2.0, 3.0])
    found = count_steps(
        BOWL, start, [Candidate("x", "x", schedule=plan)], ETAS, 80, 1e-3, BOWL.stationary
    ).steps[0]
    expected = [naive(BOWL, start, GradientDescent(), plan, eta, 80) for eta in ETAS]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("kind", [kind for _, kind in OPTIMIZERS], ids=lambda kind: kind.label)
def test_steps_over_eta_are_those_of_a_naive_loop_for_every_method(kind):
    start = np.array([2.0, 3.0])
    found = count_steps(
        BOWL, start, [Candidate("x", "x", kind())], ETAS, 60, 1e-3, BOWL.stationary
    ).steps[0]
    expected = [naive(BOWL, start, kind(), Constant(), eta, 60) for eta in ETAS]
    np.testing.assert_array_equal(found, expected)


def test_schedules_side_by_side_are_as_each_alone():
    objective, start = Function("log(cosh(w))"), [1.5]
    plans = [kind() for _, kind in SCHEDULES]
    together = count_steps(
        objective, start, [Candidate(p.label, p.label, schedule=p) for p in plans], ETAS
    )
    for i, plan in enumerate(plans):
        alone = count_steps(objective, start, [Candidate("x", "x", schedule=plan)], ETAS)
        np.testing.assert_array_equal(together.steps[i], alone.steps[0])
        np.testing.assert_array_equal(together.ends[i], alone.ends[0])


@pytest.mark.parametrize(
    ("objective", "start"), [(BOWL, (2.0, 3.0)), (Quadratic(2, -2, 1), (4.0,))]
)
def test_theory_counts_what_the_runs_count(objective, start):
    plans = [kind() for _, kind in SCHEDULES if issubclass(kind, OpenLoop)]
    candidates = [Candidate(p.label, p.label, schedule=p) for p in plans]
    etas, target = np.linspace(0.02, 1.2, 60), objective.stationary
    by_theory = count_steps(objective, start, candidates, etas, 150, 1e-3, target).steps
    by_run = count_steps(
        objective, start, candidates, etas, 150, 1e-3, target, by_theory=False
    ).steps
    np.testing.assert_array_equal(by_theory, by_run)


def test_what_happens_instead_is_named():
    def ends(text, start, optimizer, eta=1.0, steps=100):
        return count_steps(
            Function(text), start, [Candidate("x", "x", optimizer)], [eta], steps
        ).ends[0, 0]

    assert ends("w^2", [1.0], GradientDescent(), 1.1) is TuningEnd.DIVERGES
    assert ends("w^2", [1.0], GradientDescent(), 1.0) is TuningEnd.CYCLES
    assert ends("w^2", [1.0], GradientDescent(), 1e-4) is TuningEnd.SLOW
    assert ends("w - log(w)", [3.0], Newton()) is TuningEnd.LEAVES
    assert ends("x^2 - y^2", [1.0, 1.0], Newton()) is TuningEnd.SADDLE
    assert ends("cos(w)", [0.1], Newton()) is TuningEnd.MAXIMUM
    assert ends("abs(w)", [1.0], DampedNewton()) is TuningEnd.KINK
    assert ends("log(cosh(w))", [1.0], DampedNewton()) is TuningEnd.REACHED


@pytest.mark.parametrize("optimizer", [DampedNewton(), BFGS(), ExactDescent()])
def test_a_search_that_rests_at_its_minimum_counts_as_one_that_goes_on(optimizer):
    lab = {DampedNewton(): "damped", BFGS(): "bfgs", ExactDescent(): "exact"}[optimizer]
    for key in ("rosenbrock", "himmelblau", "logcosh", "beale"):
        entry = BY_KEY[key]
        found = count_steps(
            entry.objective, entry.start, [Candidate("x", "x", optimizer)], [1.0], 40
        )
        row = TaylorAndNewton(FromGallery(key), methods=(lab,), steps=40).run().facts[0].rows[0]
        at_minimum = row[-1] == "converged to a minimum"
        assert np.isfinite(found.steps[0, 0]) == at_minimum
        if at_minimum:
            assert row[5] == f"{found.steps[0, 0]:.0f}"


def counted(lab: TuningLab, key: str) -> str:
    """The steps that the lab's own page gives for a method or schedule, as written there."""
    facts = lab.run().facts[0]
    rows = {row[0]: row for row in facts.rows}
    names = {e.key: e.label for e in lab.tuning_grid().candidates}
    if isinstance(lab, OneWeight):
        return facts.rows[1][2]
    if isinstance(lab, RoughGround):
        return facts.rows[0][5]
    return rows[names[key]][facts.headings.index("took") if lab.key == "many" else 5]


def some_labs() -> list[TuningLab]:
    rng = np.random.default_rng(7)
    labs: list[TuningLab] = []
    for _ in range(12):
        a, eta = float(rng.uniform(0.1, 9)), float(rng.uniform(0.01, 1))
        plan = SCHEDULES[rng.integers(len(SCHEDULES))][1]()
        w0, tolerance = float(rng.uniform(-5, 5)), float(10 ** rng.uniform(-8, -1))
        labs.append(OneWeight(a=a, eta=eta, w0=w0, schedule=plan, tolerance=tolerance))
        labs.append(
            ManyWeights(
                eta=eta,
                start=tuple(rng.uniform(-4, 4, 2).tolist()),
                schedule=plan,
                methods=("gd", "momentum"),
                beta=float(rng.uniform(0, 0.9)),
                tolerance=tolerance,
            )
        )
    for key in ("logcosh", "exponentials", "tilted", "rosenbrock", "himmelblau", "regression"):
        entry = BY_KEY[key]
        labs.append(TaylorAndNewton(FromGallery(key), eta=entry.eta))
        labs.append(RoughGround(FromGallery(key), eta=entry.eta, steps=100, second=Nothing()))
    return labs


@pytest.mark.parametrize("lab", some_labs(), ids=lambda lab: f"{lab.key}")
def test_the_lab_with_the_best_settings_takes_the_steps_that_were_offered(lab):
    raced = lab.race()
    assert raced is not None
    cells = raced.picture.tables["cells"]
    if raced.best is None:
        assert not (cells["kind"] == "reached").any()
        return
    assert type(raced.best) is type(lab)
    at = int(np.flatnonzero(cells["mark"] == "best")[0])
    took = int(cells["label"][at])
    reached = cells["label"][cells["kind"] == "reached"].astype(int)
    assert took == reached.min(), "the soonest of all on the map"
    assert f"({took} step" in raced.offer
    assert counted(raced.best, str(cells["who"][at])) == str(took)


@pytest.mark.parametrize("lab", some_labs()[::5], ids=lambda lab: f"{lab.key}")
def test_a_click_on_any_cell_brings_a_lab_that_takes_its_steps(lab):
    cells = lab.race().picture.tables["cells"]
    reached = np.flatnonzero(cells["kind"] == "reached")
    for at in np.random.default_rng(3).choice(reached, 6) if reached.size else ():
        point = {"who": str(cells["who"][at]), "eta": float(cells["eta"][at])}
        assert counted(lab.picked("pick_race", point), point["who"]) == cells["label"][at]


def test_the_settings_in_use_are_marked_and_told():
    raced = ManyWeights(eta=0.2, methods=("gd", "momentum")).race()
    cells = raced.picture.tables["cells"]
    marked = {str(w) for w, mark in zip(cells["who"], cells["mark"], strict=True) if mark == "now"}
    assert marked == {"gd", "momentum"}
    assert "Now: gradient descent at η = 0.2: " in raced.sentence


def test_a_number_of_settings_is_told_that_is_the_number_of_cells():
    for lab in (OneWeight(), ManyWeights(), TaylorAndNewton(), RoughGround()):
        raced = lab.race()
        assert f"of the {len(raced.picture.tables['cells']['i'])} settings tried" in raced.sentence


def test_where_nothing_can_arrive_there_is_no_race_or_no_offer():
    assert OneWeight(a=-1).race() is None
    assert OneWeight(a=0).race() is None
    assert OneWeight(w0=1.0).race() is None, "it stands at the minimum"
    raced = TaylorAndNewton(FromFormula("w")).race()
    assert raced.best is None and raced.offer == "" and "**None**" in raced.sentence


def test_the_best_fixed_step_of_theory_is_among_the_soonest():
    lab = ManyWeights(methods=("gd",), schedule=Constant())
    cells = lab.race().picture.tables["cells"]
    plain = cells["who"] == "gd"
    steps = cells["label"][plain & (cells["kind"] == "reached")].astype(int)
    s = BOWL.spectrum
    assert steps.min() <= 1.1 * naive(
        BOWL, np.array([2.0, 3.0]), GradientDescent(), Constant(), 2 / s.values.sum(), 999
    ) + 40  # fmt: skip


def test_the_unit_is_the_curvature_where_the_run_is():
    assert largest_curvature(Function("3*w^2"), (1.0,)) == pytest.approx(6.0, rel=1e-12)
    assert largest_curvature(Function("log(cosh(w))"), (2.0,)) == pytest.approx(1.0, rel=1e-6)
    assert largest_curvature(Function("w"), (2.0,)) == 0.0


def test_no_table_of_the_map_holds_what_json_cannot():
    for lab in some_labs()[::4]:
        for table in lab.race().picture.tables.values():
            for column in table.values():
                column = np.asarray(column)
                assert column.dtype.kind != "f" or np.isfinite(column).all()


def test_momentum_and_decay_run_as_they_are_set():
    lab = ManyWeights(beta=0.9, schedule=LinearDecay())
    candidates = {e.key: e for e in lab.tuning_grid().candidates}
    assert candidates["momentum"].optimizer == Momentum(0.9)
    assert all(e.schedule == LinearDecay() for e in candidates.values())
    plans = {
        e.key: e.schedule for e in OneWeight(schedule=DropOnPlateau(3)).tuning_grid().candidates
    }
    assert plans["plateau"] == DropOnPlateau(3)
    assert plans["constant"] == Constant()
