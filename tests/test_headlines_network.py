"""The headline of "A real network": short, and true of the run whatever its numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore.cache import Cache
from convcore.descent.descent import Outcome, Status
from convcore.descent.schedules import LinearDecay, WarmUp
from convcore.descent.theory import PointKind
from convcore.labkit.headline import AGREES, Headline, Tone
from convcore.labs.network.headline import catapult, headline
from convcore.labs.network.lab import RealNetwork
from convcore.labs.network.study import Edge, RealNetworkStudy
from convcore.optimizers import Adam, Momentum, Nesterov, Newton
from convcore.optimizers.hessian_free import GaussNewton
from tests.draw import labs

SMALL = RealNetwork(hidden=(3.0,), steps=40)
METHODS = (SMALL.optimizer, Momentum(), Nesterov(), Newton(), Adam(), GaussNewton())


@pytest.fixture(autouse=True)
def small_trainings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks are trained for fewer steps, and their Hessians read less often."""
    monkeypatch.setattr("convcore.labs.network.settings.BUDGET", 2e7)
    monkeypatch.setattr("convcore.labs.network.readings.READINGS", 10)
    monkeypatch.setattr("convcore.labs.network.readings.SPECTRA", 1)
    for module in ("settings", "study"):
        monkeypatch.setattr(f"convcore.labs.network.{module}.TRAININGS", Cache(16))


def is_true(said: Headline, study: RealNetworkStudy) -> None:
    """The sentence is short, has its verdict once, and agrees with plain counts over the record."""
    plain, loss = said.plain, study.run.loss[: study.length + 1]
    assert len(plain.split(" ")) <= 20, plain
    assert said.says.count("{}") == 1 and said.says.count("**") == 2 and said.verdict in plain
    assert "_" not in plain + said.theory and "  " not in plain
    diverged = study.outcome.status is Status.DIVERGED
    assert (said.verdict == "diverges") == diverged
    assert not diverged or f"at step {study.outcome.step:,}." in plain
    rises = sum(b - a > 1e-12 * abs(a) for a, b in pairwise(loss))
    if rose := re.search(r"rises at ([\d,]+)", plain):
        assert int(rose[1].replace(",", "")) == rises
    large = sum(b - a > 0.1 * abs(a) for a, b in pairwise(loss))
    for told in re.finditer(r"by over 10 % at (none|[\d,]+)", plain + said.theory):
        assert (0 if told[1] == "none" else int(told[1].replace(",", ""))) == large
    rose = re.search(r"E rose at ([\d,]+) of [\d,]+ steps?(, by over)?", said.theory)
    if rose:
        assert int(rose[1].replace(",", "")) == rises and bool(rose[2]) == (rises > 0)
    if "falls at every step" in plain:
        assert all(b < a for a, b in pairwise(loss))
    if "never rises" in plain:
        assert rises == 0
    share = study.readings.sharpness / study.readings.limit
    if "Every reading of sharpness is below" in plain:
        assert share.max() < 0.98 and np.isfinite(study.readings.limit).any()
    if times := re.search(r"(starts at|step ([\d,]+) is) ([\d.]+) times its limit", plain):
        k = int(times[2].replace(",", "")) if times[2] else 0
        i = list(study.readings.k).index(k)
        assert float(times[3]) == pytest.approx(share[i], rel=5e-3)
    if "Too sharp at first" in plain:
        assert share[0] > 1 and loss.max() > loss[0] and share.min() < 1
        assert loss.argmin() > 0 and loss.min() < loss[0]
    if "so did this" in said.theory:
        up = next(i for i, (a, b) in enumerate(pairwise(loss)) if b > a)
        assert diverged and share[0] > 1 and all(np.diff(loss[up:]) > 0)
    elif said.theory.count(AGREES):
        assert "E rose at 0 of" in said.theory and rises == 0 and (share < 1).all()


@settings(max_examples=12)
@given(labs(RealNetwork))
def test_the_headline_of_any_network_is_short_and_true(lab: RealNetwork) -> None:
    study = lab.study()
    is_true(lab.show(study).headline, study)


OUTCOMES = [
    Outcome(status, 40, period=3 if status is Status.CYCLING else 0)
    for status in Status
    if status not in (Status.CONVERGED, Status.DIVERGED)
] + [Outcome(Status.CONVERGED, 40, kind) for kind in PointKind]


@settings(max_examples=200)
@given(
    st.sampled_from(METHODS),
    st.sampled_from(OUTCOMES) | st.just(Outcome(Status.DIVERGED, 41)),
    st.integers(0, 10**6),
    st.sampled_from([1e-6, 0.5, 1, 30, 1e12]),
    st.booleans(),
)
def test_the_headline_is_short_and_true_whatever_was_measured(
    method, outcome, seed, scale, scheduled
) -> None:
    # A training whose sharpness and loss are replaced by drawn ones: all kinds of endings come up.
    rng = np.random.default_rng(seed)
    lab = replace(SMALL, optimizer=method)
    trained = SMALL.study().training
    r = len(trained.readings.k)
    limit = lab.optimizer.limit(1.0) if not lab.optimizer.relative else np.inf
    limits = limit * (rng.uniform(0.5, 2, r) if scheduled else np.ones(r))
    shares = np.abs(scale * (1 + rng.choice([0.01, 0.3, 3]) * rng.normal(size=r)))
    sharpness = shares * np.where(np.isfinite(limits), limits, 1.0)
    kinds = (
        np.sort(rng.uniform(0, 1, 41))[::-1],
        np.exp(rng.normal(size=41).cumsum()),
        np.full(41, 0.3),
        np.geomspace(1, 1e9, 41),
    )
    loss = kinds[rng.integers(4)]
    if outcome.status is Status.DIVERGED:
        loss = np.append(loss[:40], 1e12)
    readings = replace(trained.readings, sharpness=sharpness, limit=limits)
    run = replace(trained.run, loss=loss)
    schedule = LinearDecay() if scheduled else lab.schedule
    study = RealNetworkStudy(
        replace(lab, schedule=schedule).settings,
        SMALL.study().sample,
        SMALL.network(),
        replace(trained, run=run, readings=readings),
    )
    vars(study)["outcome"] = outcome
    is_true(headline(study), study)


@pytest.mark.parametrize(
    "lab, edge, says",
    [
        (RealNetwork(eta=0.01, hidden=(3.0,), steps=50), Edge.NEVER_REACHED, "below its limit"),
        (RealNetwork(eta=1e5, hidden=(3.0,), steps=10), Edge.DIVERGED, "training diverges"),
        (RealNetwork(eta=0.4, steps=17, schedule=WarmUp()), Edge.LEFT_AGAIN, "leaves it again"),
        (replace(SMALL, optimizer=Newton(), eta=1.0, steps=5), Edge.NO_LIMIT, "E"),
    ],
)
def test_the_sentence_is_that_of_what_the_sharpness_did(lab, edge, says, monkeypatch) -> None:
    monkeypatch.setattr("convcore.labs.network.settings.BUDGET", 1e10)
    monkeypatch.setattr("convcore.labs.network.readings.READINGS", 100)
    study = lab.study()
    assert study.edge is edge and says in headline(study).plain
    is_true(headline(study), study)


def test_a_network_that_catapults_is_not_said_to_diverge_as_a_quadratic(monkeypatch) -> None:
    monkeypatch.setattr("convcore.labs.network.settings.BUDGET", 1e10)
    monkeypatch.setattr("convcore.labs.network.readings.READINGS", 100)
    study = RealNetwork(eta=0.6, steps=250).study()
    thrown, said, loss = catapult(study), headline(study), study.run.loss
    assert thrown is not None and thrown.at == int(loss[: study.length + 1].argmin())
    assert thrown.peak == pytest.approx(loss[:10].max()) and thrown.peak > loss[0]
    # Digits of the end are the run's: what it flings depends on how this processor rounds.
    assert said.plain == (
        f"Too sharp at first, E rises, falls to {loss[thrown.at]:.3g} over flatter ground, "
        f"then diverges at step {study.length}."
    )
    assert 170 < thrown.at < study.length < 210
    assert AGREES not in said.theory and "so did" not in said.theory
    # Without its end it is one that has come to rest in a flatter place.
    early = RealNetwork(eta=0.6, steps=60).study()
    said = headline(early)
    assert early.edge is Edge.BELOW and said.tone is Tone.STRUGGLES
    assert "the weights reach a flatter place and E falls to" in said.plain
    is_true(said, early)


@pytest.mark.parametrize("eta", [0.5, 0.9, 1.0])
def test_a_linear_network_is_a_quadratic_that_has_no_catapult(eta) -> None:
    # Its λₘₐₓ does not change, so E can come down once and for all or never.
    study = RealNetwork(hidden=(), eta=eta * 4, steps=30).study()
    assert catapult(study) is None
    assert study.readings.sharpness == pytest.approx(study.readings.sharpness[0])
    is_true(headline(study), study)
