"""Schedules against closed forms, brute-force sums and hand-computed values."""

from __future__ import annotations

import inspect
import math

import mpmath as mp
import numpy as np
import pytest
from scipy.special import gammaln, gammasgn, zeta

from convcore.descent.descent import descend
from convcore.descent.schedules import (
    SCHEDULES,
    Constant,
    CosineDecay,
    DropOnPlateau,
    ExponentialDecay,
    LinearDecay,
    OpenLoop,
    QuadraticDecay,
    Schedule,
    StepDrop,
    WarmUp,
)
from convcore.descent.theory import predicted_steps
from convcore.knobs import knobs
from convcore.objectives.quadratics import Quadratic

# What is missing in a class keeps a value of it from being made: a test of its own names it.
WHOLE = [(key, kind) for key, kind in SCHEDULES if not inspect.isabstract(kind)]
OPEN = [kind() for _, kind in WHOLE if issubclass(kind, OpenLoop)]
FINITE = [
    QuadraticDecay(),
    ExponentialDecay(0.05),
    ExponentialDecay(2.0),
    StepDrop(7, 0.3),
    StepDrop(3, 0.0),
    CosineDecay(40),
    CosineDecay(1),
    *(each for each in OPEN if each.remaining(0) < math.inf),
]


def final_share(schedule, c, steps):
    """w_K/w_0 on ½aw² with c = aη₀, by descent."""
    return descend(Quadratic(1.0), [1.0], c, schedule=schedule, steps=steps).w[-1, 0]


WRITE = {
    "factor": "`def factor(self, k: Array) -> Array`: f_k at steps k, counted from 0",
    "remaining": "`def remaining(self, k: int) -> float`: the sum of f_j over j ≥ k, math.inf if endless",
    "start": "`def start(self, loss: Array) -> Any`: memory before the first step",
    "next": "`def next(self, k: int, loss: Array, memory: Any) -> tuple[Array, Any]`: f_k, new memory",
}


@pytest.mark.parametrize("kind", [kind for _, kind in SCHEDULES])
def test_every_schedule_has_what_runs_ask_of_it(kind):
    lacks = [WRITE[name] for name in sorted(kind.__abstractmethods__)]
    lacks += [] if kind.label else ['`label = "polynomial decay"`, its name on the page']
    assert not lacks, f"write into {kind.__name__} of {kind.__module__}: {'; '.join(lacks)}"


def test_every_schedule_that_is_written_is_on_the_page():
    every = {*Schedule.__subclasses__(), *OpenLoop.__subclasses__()} - {OpenLoop}
    home = Schedule.__module__
    names = {k.__name__ for k in every if k.__module__ == home} - {k.__name__ for _, k in SCHEDULES}
    assert not names, f"write an entry, (key, class), into SCHEDULES of {home} for {sorted(names)}"


def test_no_two_schedules_have_the_same_key_or_label():
    for found in ([key for key, _ in SCHEDULES], [kind.label for _, kind in SCHEDULES]):
        assert len(set(found)) == len(found), f"taken twice: {found}"


@pytest.mark.parametrize("schedule", OPEN, ids=str)
def test_factors_are_the_factors_at_each_step_and_start_within_0_and_1(schedule):
    f = schedule.factors(300)
    one_by_one = [float(schedule.next(k, np.zeros(()), None)[0]) for k in range(300)]
    assert f.shape == (300,)
    assert np.allclose(f, one_by_one, rtol=1e-14, atol=0)
    assert np.all((f >= 0) & (f <= 1)), f"{schedule}.factor must give numbers from 0 to 1"


@pytest.mark.parametrize("key, kind", WHOLE)
def test_every_schedule_is_a_hashable_value_whose_repr_runs(key, kind):
    assert eval(repr(kind()), {kind.__name__: kind}) == kind()
    assert hash(kind()) == hash(kind())
    assert kind.open_loop == issubclass(kind, OpenLoop), (
        f"derive {kind.__name__} from OpenLoop if it is known beforehand, from Schedule if not"
    )
    assert key == key.lower(), f"write the key {key!r} in small letters"


def test_factors_by_hand():
    assert Constant().factors(3).tolist() == [1, 1, 1]
    assert LinearDecay().factors(4).tolist() == [1, 1 / 2, 1 / 3, 1 / 4]
    assert QuadraticDecay().factors(3).tolist() == [1, 1 / 4, 1 / 9]
    assert ExponentialDecay(math.log(2)).factors(4) == pytest.approx([1, 0.5, 0.25, 0.125])
    assert StepDrop(2, 0.5).factors(5).tolist() == [1, 1, 0.5, 0.5, 0.25]
    assert CosineDecay(4, 0.5).factors(6) == pytest.approx(
        [1, 0.75 + 0.25 * math.sqrt(0.5), 0.75, 0.75 - 0.25 * math.sqrt(0.5), 0.5, 0.5]
    )
    assert WarmUp(4).factors(5) == pytest.approx([0.25, 0.5, 0.75, 1, math.sqrt(0.8)])


@pytest.mark.parametrize("schedule", FINITE, ids=str)
@pytest.mark.parametrize("k", [0, 1, 5, 17, 39, 40, 41, 200])
def test_what_remains_of_a_finite_schedule_is_the_sum_of_what_comes(schedule, k):
    if isinstance(schedule, QuadraticDecay):
        expected = float(zeta(2, k + 1))
    else:
        expected = math.fsum(schedule.factor(np.arange(k, k + 4000, dtype=float)))
    assert schedule.remaining(k) == pytest.approx(expected, rel=1e-11, abs=1e-15), (
        f"{schedule}.remaining({k}) must be the sum of `factor` over all steps from {k} on"
    )


@pytest.mark.parametrize("schedule", [s for s in OPEN if s.remaining(0) == math.inf], ids=str)
def test_what_is_said_to_remain_for_ever_grows_without_an_end(schedule):
    grown = math.fsum(schedule.factor(np.arange(10**5, 10**6, dtype=float)))
    assert grown > 1, (
        f"the factors of {schedule} add up to little: `remaining` must be their sum, not math.inf"
    )


def test_the_whole_of_quadratic_decay_is_pi_squared_over_6():
    assert QuadraticDecay().remaining(0) == pytest.approx(math.pi**2 / 6, rel=1e-12)


@pytest.mark.parametrize("steps", [10**6, 10**9])
def test_what_remains_of_a_long_cosine_takes_no_time(steps):
    assert CosineDecay(steps).remaining(0) == pytest.approx(steps / 2, rel=1e-5)


@pytest.mark.parametrize(
    "schedule",
    [
        Constant(),
        LinearDecay(),
        WarmUp(),
        CosineDecay(9, 0.1),
        DropOnPlateau(),
        ExponentialDecay(0.0),
        StepDrop(3, 1.0),
    ],
    ids=str,
)
def test_a_schedule_without_an_end_can_travel_for_ever(schedule):
    assert schedule.remaining(0) == math.inf == schedule.remaining(1000)


@pytest.mark.parametrize("c", [0.1, 0.5, 0.9, 1.5, 2.3, 3.7])
def test_linear_decay_on_a_parabola_follows_the_gamma_function(c):
    for K in (1, 2, 7, 40, 300):
        size = math.exp(gammaln(K + 1 - c) - gammaln(1 - c) - gammaln(K + 1))
        sign = gammasgn(K + 1 - c) * gammasgn(1 - c)
        assert final_share(LinearDecay(), c, K) == pytest.approx(sign * size, rel=1e-11)


@pytest.mark.parametrize("c", [0.1, 0.5, 0.9, 1.7, 3.0])
def test_quadratic_decay_on_a_parabola_freezes_at_the_sine_product(c):
    frozen = math.sin(math.pi * math.sqrt(c)) / (math.pi * math.sqrt(c))
    # What is left after K steps multiplies it by about exp(−c/K).
    assert final_share(QuadraticDecay(), c, 20_000) == pytest.approx(frozen, rel=2e-4)


def test_exponential_decay_on_a_parabola_freezes_at_a_q_pochhammer_symbol():
    frozen = float(mp.qp(0.8, mp.exp(-0.1)))
    assert final_share(ExponentialDecay(0.1), 0.8, 600) == pytest.approx(frozen, rel=1e-10)


def test_linear_decay_reaches_any_tolerance_and_quadratic_decay_does_not():
    one = np.ones(1)
    assert math.isfinite(predicted_steps(one, one, 0.9, LinearDecay(), 1e-3))
    assert predicted_steps(one, one, 0.9, QuadraticDecay(), 1e-3) == math.inf


def test_a_plateau_drops_the_step_size_after_the_patience_is_over():
    schedule = DropOnPlateau(patience=3, by=0.1)
    memory, seen = schedule.start(np.array([1.0, 1.0])), []
    falling, stuck = np.array([0.5**k for k in range(9)]), np.ones(9)
    for k in range(9):
        f, memory = schedule.next(k, np.array([falling[k], stuck[k]]), memory)
        seen.append(f)
    assert np.array(seen)[:, 0].tolist() == [1] * 9
    assert np.array(seen)[:, 1] == pytest.approx([1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01])


def test_a_plateau_schedule_rescues_a_run_that_jumps_for_ever():
    kept = descend(Quadratic(2.0), [1.0], 1.0, steps=60)
    dropped = descend(Quadratic(2.0), [1.0], 1.0, schedule=DropOnPlateau(5, 0.5), steps=60)
    assert str(kept.outcome()) == "cycles with period 2"
    assert str(dropped.outcome()) == "converged to a minimum"


@pytest.mark.parametrize(
    "make",
    [
        lambda: ExponentialDecay(-0.1),
        lambda: ExponentialDecay(math.nan),
        lambda: StepDrop(0),
        lambda: StepDrop(5, 1.5),
        lambda: CosineDecay(0),
        lambda: CosineDecay(5, -0.1),
        lambda: WarmUp(0),
        lambda: DropOnPlateau(0),
        lambda: DropOnPlateau(5, 2),
    ],
)
def test_settings_out_of_range_are_named_in_the_error(make):
    with pytest.raises(ValueError, match=r"`\w+\(\w+=\.\.\.\)` must be in \[.*\]; got"):
        make()


@pytest.mark.parametrize(("key", "kind"), WHOLE)
def test_a_control_takes_what_the_class_takes_and_no_more(key, kind):
    for name, knob in knobs(kind).items():
        low, high = knob.bounds
        for value in (low, high):
            assert knob.read(knob.write(value)) == getattr(kind(**{name: value}), name)
        for beyond in (low - 1e-3, high * (1 + 1e-9)):
            with pytest.raises(ValueError, match=r"`\w+\(\w+=\.\.\.\)` must be (in|a whole)"):
                taken = kind(**{name: beyond})
                pytest.fail(
                    f"{taken} is taken, beyond the knob's {low:g} to {high:g}: write "
                    f'`_check(self, "{name}", self.{name}, {low:g}, {high:g})` into '
                    f"{kind.__name__}.__post_init__"
                )
