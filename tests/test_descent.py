"""The loop against plain Python, the exact path against the loop, and how runs end."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore.descent.descent import (
    Outcome,
    Status,
    descend,
    descend_by_schedule,
    descend_each,
    exact_descent,
)
from convcore.descent.schedules import (
    SCHEDULES,
    Constant,
    CosineDecay,
    DropOnPlateau,
    ExponentialDecay,
    LinearDecay,
    OpenLoop,
    QuadraticDecay,
    StepDrop,
)
from convcore.descent.theory import PointKind
from convcore.objectives.base import Objective
from convcore.objectives.gallery import BY_KEY, Function
from convcore.objectives.quadratics import LeastSquares, Quadratic
from convcore.optimizers import (
    BFGS,
    OPTIMIZERS,
    Adam,
    BacktrackingDescent,
    DampedNewton,
    GradientDescent,
    Momentum,
    Newton,
    RProp,
)

OPEN = [kind() for _, kind in SCHEDULES if issubclass(kind, OpenLoop)]
BOWL = Quadratic([[2, 0.5], [0.5, 1]], [-1, 0.3])
TILTED = Quadratic([[1.5, 1.5], [1.5, 5.5]])  # λ = 1 along (3, −1) and 6 along (1, 3)
CONVERGED, DIVERGED = Status.CONVERGED, Status.DIVERGED


class OneWeight(Objective):
    """A function of one weight, given with its derivatives."""

    n = 1

    def __init__(self, value, slope, bend):
        self.value_, self.slope, self.bend = value, slope, bend

    def value(self, w):
        return self.value_(w[..., 0])

    def gradient(self, w):
        return self.slope(w)

    def hessian(self, w):
        return self.bend(w)[..., None]


WELL = OneWeight(lambda w: (w**2 - 1) ** 2 / 4, lambda w: w**3 - w, lambda w: 3 * w**2 - 1)
KINK = OneWeight(np.abs, np.sign, np.zeros_like)
SLIDE = OneWeight(lambda w: np.exp(-w), lambda w: -np.exp(-w), lambda w: np.exp(-w))
QUARTIC = OneWeight(lambda w: w**4, lambda w: 4 * w**3, lambda w: 12 * w**2)


def ends(*arguments, **settings):
    return descend(*arguments, **settings).outcome()


# The loop


@pytest.mark.parametrize("schedule", OPEN, ids=str)
def test_the_loop_is_plain_descent_written_out(schedule):
    A, b, w = BOWL.A, BOWL.b, np.array([3.0, -2.0])
    run = descend(BOWL, w, 0.4, schedule=schedule, steps=50)
    for k in range(50):
        eta = 0.4 * float(schedule.factor(np.float64(k)))
        assert run.eta[k] == pytest.approx(eta, rel=1e-14)
        assert run.w[k] == pytest.approx(w, rel=1e-12, abs=1e-14)
        assert run.loss[k] == pytest.approx(0.5 * w @ A @ w + b @ w, rel=1e-12)
        w = w - eta * (A @ w + b)
    assert run.w[50] == pytest.approx(w, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("run", [descend, exact_descent])
@pytest.mark.parametrize(
    "start, eta, runs",
    [
        ((2,), (), ()),
        ((2,), (5,), (5,)),
        ((5, 2), (), (5,)),
        ((5, 2), (5,), (5,)),
        ((3, 1, 2), (5,), (3, 5)),
        ((2,), (3, 5), (3, 5)),
        ((1, 2), (1,), (1,)),
        ((0, 2), (), (0,)),
    ],
)
@pytest.mark.parametrize("steps", [0, 1, 2, 3, 7, 40])
def test_starts_and_step_sizes_broadcast_and_each_run_is_as_if_alone(run, start, eta, runs, steps):
    rng = np.random.default_rng(0)
    starts, etas = rng.normal(size=start), rng.uniform(0, 1.3, size=eta)
    batch = run(BOWL, starts, etas, steps=steps)
    assert batch.w.shape == (steps + 1, *runs, 2)
    assert batch.loss.shape == (steps + 1, *runs)
    assert batch.eta.shape == (steps, *runs)
    for record in (batch.length, batch.ended, batch.status, batch.kind, batch.period):
        assert record.shape == runs
    starts, etas = np.broadcast_to(starts, (*runs, 2)), np.broadcast_to(etas, runs)
    for at in np.ndindex(runs):
        alone = run(BOWL, starts[at], etas[at], steps=steps)
        assert batch.w[:, *at] == pytest.approx(alone.w, rel=1e-9, abs=1e-12)
        assert batch.loss[:, *at] == pytest.approx(alone.loss, rel=1e-9, abs=1e-12)
        assert batch.outcome(at) == alone.outcome()


@pytest.mark.parametrize("run", [descend, exact_descent])
@pytest.mark.parametrize(
    "start, eta", [([1.0], 0.1), (1.0, 0.1), ([1, np.nan], 0.1), ([1, 1], np.inf), ([1e200, 1], 1)]
)
def test_a_start_that_does_not_fit_is_refused(run, start, eta):
    name = "start" if np.isfinite(eta) else "eta"
    with pytest.raises(ValueError, match=rf"`descend\({name}=..."):
        run(BOWL, start, eta)


def test_a_run_cannot_start_outside_of_the_domain():
    log = OneWeight(np.log, lambda w: 1 / w, lambda w: -(w**-2.0))
    with pytest.raises(ValueError, match="where E is finite"):
        descend(log, [-1.0])


def test_a_run_that_steps_out_of_the_domain_has_left_it_and_holds_its_last_point():
    log = OneWeight(np.log, lambda w: 1 / w, lambda w: -(w**-2.0))
    run = descend(log, [[1.0], [4.0]], [2.0, 8.0], steps=9)
    assert [str(run.outcome((i,))) for i in (0, 1)] == [
        "left the domain of E at step 1",
        "left the domain of E at step 2",  # 4 → 2 → −2
    ]
    assert run.gone.all() and run.length.tolist() == [0, 1] and run.w[-1].tolist() == [[1.0], [2.0]]


def test_what_overflows_has_diverged_and_not_left_a_domain():
    # From 1, η = 1 leads to 1 − e²·… where exp(−w) − exp(−2w) is inf − inf.
    rush = OneWeight(
        lambda w: np.exp(-w) - np.exp(-2 * w),
        lambda w: -np.exp(-w) + 2 * np.exp(-2 * w),
        lambda w: np.exp(-w) - 4 * np.exp(-2 * w),
    )
    assert ends(rush, [-1.0], 1000.0, steps=20).status is DIVERGED
    assert ends(BOWL, [3.0, -2.0], 1e300, steps=20).status is DIVERGED


def test_what_overflows_from_a_start_as_high_as_numbers_go_has_diverged_and_does_not_come_back():
    steep = Function("w^2 + exp(exp(5*w^2 + w))")  # 1e175 at the start
    run = descend(steep, [1.0], 10.0, RProp(), steps=100)
    assert run.status[()] is Status.DIVERGED and np.isfinite(run.loss).all()


def test_where_e_has_a_value_and_no_slope_a_run_has_left_too():
    edge = OneWeight(
        lambda w: np.where(w > 0, w, 0.0),
        lambda w: np.where(w > 0, 1.0, np.nan),
        lambda w: np.where(w > 0, 0.0, np.nan),
    )
    assert ends(edge, [1.0], 1.0, steps=20).status is Status.LEFT


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("abs(w)", [2.03]),
        ("abs(w) + w^2", [1.3]),
        ("sqrt(abs(w))", [1.0]),
        ("abs(x) + 2*abs(y)", None),
    ],
)
def test_a_run_that_closes_in_on_a_kink_says_so(text, start):
    objective = Function(text)
    for optimizer in (BFGS(), RProp()):
        said = ends(objective, start or [2.3, -1.7], 1.0 if optimizer.relative else 0.1, optimizer)
        assert said.status is Status.KINK or (
            text == "abs(w) + w^2" and said.kind is PointKind.MINIMUM
        )


def test_newton_beyond_its_threshold_is_stopped_by_rounding_and_on_a_straight_line_it_is_stuck():
    # From 1.2 on log cosh w it jumps to −516.6, where E″ = sech² w underflows.
    said = ends(Function("log(cosh(w))"), [1.2], 1.0, Newton(), steps=15)
    assert str(said) == "stopped by rounding, where E is too flat for double precision"
    assert ends(KINK, [2.0], 1.0, Newton()).status is Status.STUCK
    assert ends(KINK, [2.0], 0.0, Newton()).status is Status.FROZEN


def test_an_infinite_curvature_is_no_kink_and_nothing_is_left_to_cover():
    steep = Function("abs(w)^1.5")
    gone_down = ends(steep, [2.0], 0.1, BacktrackingDescent())
    assert str(gone_down) == "converged to a degenerate minimum"
    assert str(ends(steep, [2.0], 1.0, DampedNewton())) == "converged to a degenerate minimum"


def test_a_smooth_minimum_flat_or_not_is_no_kink():
    for text in ("w^4", "w^2", "log(cosh(w))", "sqrt(1e-6 + w^2)"):
        for optimizer in (DampedNewton(), BacktrackingDescent(), BFGS()):
            said = ends(Function(text), [1.5], 1.0, optimizer, steps=200)
            assert str(said) == "converged to a minimum" or text == "w^4", (text, optimizer)
            assert said.status is not Status.KINK


def test_steps_are_counted_as_in_a_plain_loop():
    run = descend(BOWL, [3, -2], [0.0, 0.1, 0.4, 1.2], steps=80)
    goal = BOWL.minimiser
    for i, took in enumerate(run.steps_to(1e-3, goal)):
        d = [math.dist(w, goal) for w in run.w[:, i]]
        assert took == next((k for k in range(81) if d[k] <= 1e-3 * d[0]), math.inf)


def test_the_worked_example_of_ties_takes_what_theory_says():
    # Factor 0.1 from 4 towards 1: 10⁻³ is met by the third step, rounding or not.
    run = descend(Quadratic(2, -2), [4.0], 0.45, steps=20)
    assert run.steps_to(1e-3, np.array([1.0])) == 3
    assert run.steps_to(1e-9, np.array([1.0])) == 9


# The exact path


@settings(max_examples=150)
@given(
    st.integers(0, 10**6),
    st.integers(1, 6),
    st.sampled_from(OPEN),
    st.floats(0, 2),
    st.booleans(),
)
def test_the_exact_path_is_the_loop_to_rounding_while_no_factor_exceeds_1(
    seed, n, schedule, share, singular
):
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.normal(size=(n, n)))[0]
    values = 10 ** rng.uniform(-4, 0, n)
    if singular and n > 1:
        values[0] = 0
    A = (Q * values) @ Q.T
    bowl = Quadratic(A, A @ rng.normal(size=n))
    eta = share / values.max() * (1 - 1e-12)
    start = rng.normal(size=n)
    loop = descend(bowl, start, eta, schedule=schedule, steps=150)
    exact = exact_descent(bowl, start, eta, schedule, steps=150)
    reach = np.linalg.norm(loop.w - bowl.stationary, axis=-1).max()
    # Coordinates are stored to rounding of their own size, whatever the error.
    reach = max(reach, np.abs(bowl.stationary).max())
    assert np.abs(exact.w - loop.w).max() <= 1e-12 * reach
    assert np.allclose(
        exact.loss, loop.loss, rtol=1e-10, atol=1e-11 * (1 + np.abs(loop.loss).max())
    )


def test_the_exact_path_of_least_squares_and_of_a_drift_is_the_loop():
    rng = np.random.default_rng(1)
    fit = LeastSquares(rng.normal(size=(30, 3)), rng.normal(size=30), ridge=0.1)
    slope = Quadratic(np.diag([0.0, 1.0]), [2.0, 1.0])
    for objective in (fit, slope, Quadratic(0.0, 3.0)):
        start = np.ones(objective.n)
        loop = descend(objective, start, 0.3, schedule=LinearDecay(), steps=99)
        exact = exact_descent(objective, start, 0.3, LinearDecay(), steps=99)
        assert exact.w == pytest.approx(loop.w, rel=1e-11, abs=1e-12)
        assert exact.outcome() == loop.outcome()


def test_growing_modes_follow_the_exact_path_as_well():
    loop, exact = (run(BOWL, [3, -2], 1.2, steps=30) for run in (descend, exact_descent))
    assert loop.outcome().status is exact.outcome().status is DIVERGED
    assert exact.w == pytest.approx(loop.w, rel=1e-10)


def test_beyond_the_limit_rounding_seeds_a_divergence_that_the_exact_path_does_not_know():
    # (3, −1) lies on the slow eigenvector; at η = 0.4 the factors are 0.6 and −1.4.
    loop = descend(TILTED, [3.0, -1.0], 0.4, steps=300)
    exact = exact_descent(TILTED, [3.0, -1.0], 0.4, steps=300)
    assert exact.outcome().status is CONVERGED
    assert np.abs(exact.w[-1]).max() < 1e-12
    assert loop.outcome().status is DIVERGED
    assert 100 < loop.outcome().step < 250
    assert np.abs(loop.w[60]).max() < 1e-3


def test_the_notes_bound_diverges_from_a_general_start():
    notes = Quadratic([[1, 0.9], [0.9, 1]])
    assert ends(notes, [1.0, 0.5], 1.5).status is DIVERGED
    assert ends(notes, [1.0, 0.5], 1.05, steps=4000).status is CONVERGED


# How runs end


@pytest.mark.parametrize("a", [0.3, 1.0, 2.0, 7.7])
def test_one_weight_ends_as_its_regime_says(a):
    etas = np.array([-0.5, 0, 1e-12, 0.3, 1, 1.7, 2, 2.5, 1e30, 1e160, 1e300]) / a
    run = descend(Quadratic(a, -a), [4.0], etas, steps=200)
    assert [str(run.outcome((i,))) for i in range(len(etas))] == [
        f"diverged at step {1 + math.floor(math.log(1e4, 1.5))}",
        "frozen: the steps that remain cannot reach a stationary point",
        "still under way when the steps ran out",
        "converged to a minimum",
        "converged to a minimum",
        "converged to a minimum",
        "cycles with period 2",
        f"diverged at step {1 + math.floor(math.log(1e4, 1.5))}",
        "diverged at step 1",
        "diverged at step 1",
        "diverged at step 1",
    ]
    assert np.isfinite(run.w).all() and np.isfinite(run.loss).all()
    # 1e160 squared is no float any more: the last finite value is the start.
    assert run.length[-3:].tolist() == [1, 0, 0]
    assert (run.w[:, -2:] == 4).all()


def test_a_run_is_cut_off_where_its_distance_or_loss_has_grown_past_the_mark():
    run = descend(Quadratic(1.0), [1.0], 3.0, steps=60)
    # |wₖ| = 2ᵏ and E grows with 4ᵏ: past 10⁸ at k = 14.
    assert run.outcome() == Outcome(DIVERGED, 14)
    assert run.w[:15, 0].tolist() == [(-2.0) ** k for k in range(15)]
    assert (run.w[14:] == run.w[14]).all() and (run.loss[14:] == run.loss[14]).all()


def test_a_maximum_is_left_and_reached_only_by_climbing():
    hill = Quadratic(-1.0)
    assert ends(hill, [1.0], 0.3, steps=60).status is DIVERGED
    assert ends(hill, [1e-9], 0.3, steps=30).status is Status.OUT_OF_STEPS
    assert str(ends(hill, [1.0], -0.5, steps=60)) == "converged to a maximum"
    assert str(ends(hill, [0.0], 0.5, steps=60)) == "converged to a maximum"


@pytest.mark.parametrize("eta", [-0.5, 0.3, 1e9, 1e12])
def test_a_line_is_a_drift_however_long_its_steps(eta):
    run = descend(Quadratic(0.0, 1.0), [4.0], eta, steps=20)
    assert run.outcome().status is Status.DRIFTING
    assert run.w[:, 0] == pytest.approx(4 - eta * np.arange(21))


def test_a_drift_is_seen_beside_directions_that_have_settled_however_slow_it_is():
    for slope in (1.0, 1e-3, 1e-7):
        slide = Quadratic(np.diag([1.0, 0.0]), [0.0, slope])
        assert ends(slide, [1.0, 1.0], 0.5, steps=300).status is Status.DRIFTING


def test_a_drift_under_a_schedule_with_an_end_is_frozen():
    line = Quadratic(0.0, 1.0)
    assert ends(line, [4.0], 0.3, schedule=QuadraticDecay()).status is Status.FROZEN
    assert ends(line, [4.0], 0.3, schedule=LinearDecay()).status is Status.DRIFTING


def test_a_direction_of_little_curvature_is_no_flat_one():
    for low in (1e-7, 1e-10):
        run = ends(Quadratic(np.diag([1.0, low])), [1.0, 1.0], 0.5, steps=300)
        assert run.status is Status.OUT_OF_STEPS
    assert ends(Quadratic(1e-9, 1e-9), [4.0], 0.3).status is Status.OUT_OF_STEPS
    assert ends(Quadratic(1e-9, 1e-9), [4.0], 1e9).status is CONVERGED


@pytest.mark.parametrize("eta", [1e-14, 1e-12, 1e-9, 1e-6])
# RProp and QuickProp soon find steps of their own, however small their first.
@pytest.mark.parametrize("kind", [k for key, k in OPTIMIZERS if key not in ("rprop", "quickprop")])
def test_tiny_steps_are_never_called_converged(eta, kind):
    for objective, start in ((BOWL, [3.0, -2.0]), (WELL, [0.8]), (QUARTIC, [2.0])):
        assert ends(objective, start, eta, kind(), steps=300).status is Status.OUT_OF_STEPS


def test_a_step_below_rounding_moves_nothing_and_is_frozen():
    assert ends(BOWL, [3.0, -2.0], 1e-20, steps=30).status is Status.FROZEN


@pytest.mark.parametrize("kind", [kind for _, kind in OPTIMIZERS if kind.beta < 1])
@pytest.mark.parametrize(
    "schedule",
    [
        QuadraticDecay(),
        ExponentialDecay(0.1),
        ExponentialDecay(2.0),
        StepDrop(10, 0.5),
        CosineDecay(10),
    ],
    ids=str,
)
@pytest.mark.parametrize("steps", [12, 100])
def test_what_is_called_frozen_does_not_arrive_however_long_one_waits(kind, schedule, steps):
    bowl = Quadratic(np.diag([0.2, 1.0]))
    etas = np.array([0.01, 0.05, 0.2, 0.5, 0.9])
    now = descend(bowl, [1.0, -1.0], etas, kind(), schedule, steps)
    later = descend(bowl, [1.0, -1.0], etas, kind(), schedule, 1000)
    frozen = now.status == Status.FROZEN
    assert frozen.any() or steps < 100 or isinstance(schedule, QuadraticDecay)
    assert not (later.status[frozen] == CONVERGED).any()
    assert (np.abs(later.w[-1, frozen]).max(axis=-1) > 1e-6).all()


def test_a_frozen_run_is_frozen_wherever_it_stands():
    assert ends(WELL, [0.2], 0.5, schedule=QuadraticDecay(), steps=300).status is Status.FROZEN
    hill = Quadratic(np.diag([1.0, -1.0]))
    assert ends(hill, [1.0, 0.1], 0.3, schedule=ExponentialDecay(0.5)).status is Status.FROZEN


@pytest.mark.parametrize(
    "eta, expected",
    [
        (0.9, "converged to a minimum"),
        (1.1, "cycles with period 2"),
        (1.25, "cycles with period 4"),
        (1.5, "stays bounded without settling or repeating"),
        (2.5, "diverged at step 3"),
    ],
)
def test_the_symmetric_well_bifurcates_where_it_should(eta, expected):
    assert str(ends(WELL, [1.6 if eta > 2 else 0.5], eta, steps=3000)) == expected


def test_a_start_beside_a_maximum_is_neither_converged_nor_diverged():
    assert str(ends(WELL, [1e-10], 0.1, steps=30)) == "still under way when the steps ran out"
    assert str(ends(WELL, [1e-10], 0.1, steps=1000)) == "converged to a minimum"


def test_newton_is_said_to_reach_the_maximum_that_it_reaches():
    assert str(ends(WELL, [0.2], 1.0, Newton(), steps=30)) == "converged to a maximum"


def test_a_kink_is_cycled_about_and_no_flat_direction():
    assert str(ends(KINK, [0.55], 0.1, steps=300)) == "cycles with period 2"
    closing = ends(KINK, [0.55], 0.1, schedule=LinearDecay(), steps=300)
    assert closing.status is Status.OUT_OF_STEPS


def test_a_long_slide_with_a_small_slope_is_not_converged():
    assert ends(SLIDE, [0.0], 1.0, steps=3000).status is Status.OUT_OF_STEPS


def test_slow_convergence_is_not_called_wandering():
    slow = Quadratic(np.diag([1.0, 1e-6]))
    assert ends(slow, [1.0, 1.0], 1.0, steps=3000).status is Status.OUT_OF_STEPS
    assert ends(slow, [1.0, 1.0], 0.1, Momentum(0.5), steps=3000).status is Status.OUT_OF_STEPS
    near_limit = ends(Quadratic(1.0), [1.0], 2 * (1 - 1e-6), steps=3000)
    assert near_limit.status is Status.OUT_OF_STEPS


def test_a_slow_spiral_is_no_cycle():
    assert ends(Quadratic(1.0, -1.0), [3.0], 2 * (1 - 1e-9), steps=200).status is (
        Status.OUT_OF_STEPS
    )


def test_a_far_away_small_orbit_is_still_a_cycle():
    assert str(ends(Quadratic(1.0, -1e4), [1e4 + 0.5], 2.0, steps=60)) == "cycles with period 2"


def test_converged_means_near_the_minimum_on_ill_conditioned_bowls_too():
    rng = np.random.default_rng(2)
    for _ in range(60):
        values = 10 ** rng.uniform(-9, 0, 3)
        Q = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        bowl, target = Quadratic((Q * values) @ Q.T, 0.0), np.zeros(3)
        run = descend(bowl, rng.normal(size=3), 1.9 / values.max(), steps=400)
        if run.outcome().status is CONVERGED:
            assert math.dist(run.w[-1], target) <= 2e-3 * math.dist(run.w[0], target)


@settings(max_examples=150)
@given(
    st.floats(-1e6, 1e6),
    st.floats(-1e6, 1e6),
    st.floats(-1e6, 1e6),
    st.floats(-1e12, 1e12) | st.floats(-3, 3),
    st.sampled_from([kind for _, kind in SCHEDULES]),
    st.sampled_from([kind for _, kind in OPTIMIZERS]),
    st.integers(0, 80),
)
def test_records_are_finite_and_hold_still_after_the_end_whatever_the_numbers(
    a, b, w0, eta, schedule, optimizer, steps
):
    run = descend(Quadratic(a, b), [w0], eta, optimizer(), schedule(), steps)
    n = int(run.length)
    assert np.isfinite(run.w).all() and np.isfinite(run.loss).all() and np.isfinite(run.eta).all()
    assert (run.w[n:] == run.w[n]).all() and (run.loss[n:] == run.loss[n]).all()
    assert n <= steps and (n == steps or run.outcome().status is DIVERGED)
    assert str(run.outcome())


def test_a_plateau_schedule_records_the_step_sizes_that_were_used():
    run = descend(Quadratic(2.0), [1.0], [0.1, 1.0], schedule=DropOnPlateau(3, 0.1), steps=12)
    assert (run.eta[:, 0] == 0.1).all()
    assert run.eta[:4, 1].tolist() == [1, 1, 1, 0.1]


def test_nothing_happens_in_no_steps():
    assert ends(BOWL, [3, -2], steps=0) == Outcome(Status.OUT_OF_STEPS, 0, PointKind.MINIMUM)
    assert ends(Quadratic(2.0), [0.0], steps=0).status is CONVERGED


def test_an_exact_path_under_a_constant_schedule_needs_no_schedule():
    assert np.array_equal(
        exact_descent(BOWL, [1, 1], 0.3).w, exact_descent(BOWL, [1, 1], 0.3, Constant()).w
    )


@pytest.mark.parametrize("kind", [GradientDescent, Newton, DampedNewton])
def test_a_run_at_rest_is_the_loop_that_goes_on(kind):
    f, w, steps = Function("log(cosh(w - 1)) + 0.1*(w - 1)^2"), np.array([1.7]), 90
    run = descend(f, w, 0.9, kind(), steps=steps)
    path = [w]
    for _ in range(steps):
        path.append(kind().step(f, path[-1], (), np.array([0.9]))[0])
    np.testing.assert_array_equal(run.w, path)
    assert (run.w[-1] == run.w[-20]).all()  # it does come to rest


@pytest.mark.parametrize("schedule", [Constant(), ExponentialDecay(0.05), DropOnPlateau()])
def test_runs_of_several_optimizers_are_judged_as_if_alone(schedule):
    q = Quadratic([[5.0, 1.0], [1.0, 0.5]], [1.0, -1.0])
    candidates = [
        (0.3, GradientDescent()), (0.5, GradientDescent()), (1.0, Newton()), (0.05, Momentum(0.9)),
    ]  # fmt: skip
    exact = 0.3 if isinstance(schedule, OpenLoop) else None
    start = [2.0, -3.0]
    together = descend_each(q, start, candidates, schedule, 60, exact=exact)
    alone = [descend(q, start, eta, optimizer, schedule, 60) for eta, optimizer in candidates]
    if isinstance(schedule, OpenLoop):
        alone.append(exact_descent(q, start, 0.3, schedule, 60))
    assert len(together) == len(alone)
    for a, b in zip(together, alone, strict=True):
        np.testing.assert_array_equal(a.w, b.w)
        np.testing.assert_array_equal(a.eta, b.eta)
        np.testing.assert_allclose(a.loss, b.loss, rtol=1e-13, atol=1e-13)
        assert a.outcome() == b.outcome()
        assert int(a.length) == int(b.length)


@pytest.mark.parametrize("eta", [0.3, 1.7, 40.0])
@pytest.mark.parametrize("optimizer", [GradientDescent(), Momentum(0.8), Adam()], ids=repr)
def test_runs_by_several_schedules_are_those_that_each_would_be_alone(optimizer, eta):
    f, told = BY_KEY["pinhole"].objective, []
    schedules = [kind() for _, kind in SCHEDULES]
    together = descend_by_schedule(
        f, [3.5], eta, optimizer, schedules, 120, report=lambda share: told.append(share)
    )
    alone = [descend(f, [3.5], eta, optimizer, schedule, 120) for schedule in schedules]
    for a, b in zip(together, alone, strict=True):
        np.testing.assert_allclose(a.w, b.w, rtol=1e-12)
        np.testing.assert_allclose(a.loss, b.loss, rtol=1e-12)
        assert a.outcome() == b.outcome() and int(a.length) == int(b.length)
    assert told == sorted(told) and 0 <= told[0] < 0.01 and 0.98 < told[-1] < 1
