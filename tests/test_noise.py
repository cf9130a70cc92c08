"""Noisy gradients against the exact variance on ½aw² (SCIENCE E)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from convcore.descent.descent import descend
from convcore.descent.schedules import LinearDecay, QuadraticDecay
from convcore.objectives.quadratics import Quadratic
from convcore.sweeps.noise import Band, NoisyDescent, floor, noisy_runs


def variances(a, eta, sigma, factors):
    """The variance of wₖ on ½aw² from a fixed start, (K+1,): v′ = (1 − ηₖ a)²v + ηₖ²σ²."""
    v = [0.0]
    for step in eta * factors:
        v.append((1 - step * a) ** 2 * v[-1] + (step * sigma) ** 2)
    return np.array(v)


@pytest.mark.parametrize(("a", "eta", "sigma"), [(1.0, 0.5, 1.0), (2.0, 0.3, 0.5), (0.5, 3.0, 2.0)])
def test_a_fixed_step_size_keeps_the_floor_of_theory(a, eta, sigma):
    run = noisy_runs(Quadratic(a), [4.0], eta, sigma, runs=1000, steps=300, seed=3)
    late = run.w[-100:, :, 0]
    assert late.var() == pytest.approx(floor(a, eta, sigma), rel=0.03)
    assert late.mean() == pytest.approx(0, abs=0.03 * math.sqrt(floor(a, eta, sigma)) + 0.02)


def test_the_floor_is_where_the_exact_variance_goes():
    assert variances(2.0, 0.3, 0.5, np.ones(500))[-1] == pytest.approx(
        floor(2.0, 0.3, 0.5), rel=1e-12
    )
    assert floor(1.0, 2.0, 1.0) == floor(1.0, 0.0, 1.0) == math.inf
    # by hand, one step from a point: η²σ²
    assert variances(1.0, 0.1, 3.0, np.ones(1))[1] == pytest.approx(0.09)


def test_robbins_and_monros_decay_removes_the_floor():
    # With c = aη₀ = 1 the variance after K steps of η₀/(k+1) is σ²/a²K: an average of K draws.
    v = variances(1.0, 1.0, 2.0, LinearDecay().factors(400))
    assert v[1:] == pytest.approx(4 / np.arange(1, 401), rel=1e-10)
    run = noisy_runs(Quadratic(1.0), [4.0], 1.0, 2.0, LinearDecay(), runs=4000, steps=400)
    assert run.w[-1, :, 0].var() == pytest.approx(v[-1], rel=0.08)


def test_decay_that_is_too_fast_keeps_the_error_of_the_start():
    run = noisy_runs(Quadratic(1.0), [4.0], 0.5, 0.1, QuadraticDecay(), runs=400, steps=400)
    c = math.pi * math.sqrt(0.5)
    assert run.w[-1].mean() == pytest.approx(4 * math.sin(c) / c, rel=0.02)


def test_a_seed_names_the_same_noise_and_runs_differ():
    bowl = Quadratic(np.diag([1.0, 3.0]))
    one, same, other = (
        noisy_runs(bowl, [1, 1], 0.1, 1.0, runs=5, steps=20, seed=s) for s in (1, 1, 2)
    )
    assert one.w.tolist() == same.w.tolist() != other.w.tolist()
    assert len(np.unique(one.w[1, :, 0])) == 5
    steps = one.w[1:] - one.w[:-1] * (1 - 0.1 * np.array([1.0, 3.0]))
    assert len(np.unique(steps.round(12))) == steps.size


def test_without_noise_it_is_plain_descent():
    bowl = Quadratic(2.0, -1.0)
    plain = descend(bowl, [3.0], 0.2, steps=50)
    quiet = descend(bowl, [3.0], 0.2, NoisyDescent(0.0), steps=50)
    assert quiet.w.tolist() == plain.w.tolist()


def test_a_band_holds_the_mean_and_quantiles_of_all_runs():
    x = np.vstack([np.arange(11.0), np.full(11, 2.0)])
    band = Band.of(x)
    assert (
        band.mean.tolist() == [5, 2]
        and band.low.tolist() == [1, 2]
        and band.high.tolist() == [9, 2]
    )


def test_negative_noise_is_refused():
    with pytest.raises(ValueError, match="sigma"):
        NoisyDescent(-1.0)
