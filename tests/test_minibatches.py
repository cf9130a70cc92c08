"""Minibatches of a table: the rows of each step, theory's mean and floor, and what the lab says."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given

from convcore.datasets import Upload
from convcore.labkit.own_table import OWN
from convcore.labs import Constant, DropOnPlateau, FromData, LinearDecay, ManyWeights
from convcore.objectives.quadratics import LeastSquares, Quadratic
from convcore.sweeps.minibatches import MinibatchDescent, MinibatchTheory, minibatch_runs
from tests.draw import SEEDS, often


def table(seed: int, noise: float = 0.5) -> LeastSquares:
    rng = np.random.default_rng(seed)
    N, p = int(rng.integers(6, 30)), int(rng.integers(1, 4))
    X = rng.normal(size=(N, p)) * rng.uniform(0.3, 1.5, p)
    y = X @ rng.normal(size=p) + noise * rng.normal(size=N) + 0.3
    return LeastSquares(X, y, float(rng.choice([0.0, 0.2])), float(rng.choice([1.0, 2.0, 2.0 * N])))


@pytest.mark.parametrize("batch", [1, 4, 7, 10, 50])
def test_an_epoch_takes_each_row_once_and_its_batches_are_of_the_size(batch: int) -> None:
    rng = np.random.default_rng(0)
    E = LeastSquares(rng.normal(size=(10, 2)), rng.normal(size=10))
    seen: list[np.ndarray] = []
    taken = E.batch_gradient

    class Watched(LeastSquares):
        def batch_gradient(self, w, rows):
            seen.append(np.array(rows))
            return taken(w, rows)

    minibatch_runs(
        Watched(E.features, E.target), np.zeros(3), 0.1, MinibatchDescent(batch), runs=3, steps=20
    )
    per = math.ceil(10 / batch)
    sizes = [rows.shape[-1] for rows in seen[:per]]
    assert sizes == [min(batch, 10)] * (10 // batch) + [10 % batch] * bool(
        10 % batch and batch < 10
    ) or (batch > 10 and sizes == [10])
    for first in range(0, 20 - per, per):
        epoch = np.concatenate(seen[first : first + per], axis=-1)
        assert np.array_equal(np.sort(epoch, axis=-1), np.tile(np.arange(10), (3, 1)))
    assert not np.array_equal(seen[0][0], seen[0][1]) or batch >= 10, "each run has its own"


def test_a_batch_of_all_rows_is_full_descent_and_a_seed_gives_the_same_rows() -> None:
    E = table(3)
    plain = E.gradient(np.ones(E.n))
    rows = np.arange(len(E.target))[::-1]
    assert E.batch_gradient(np.ones(E.n), rows) == pytest.approx(plain, rel=1e-10, abs=1e-12)
    each = [E.batch_gradient(np.ones(E.n), np.array([i])) for i in rows]
    assert np.mean(each, axis=0) == pytest.approx(plain, rel=1e-10, abs=1e-12)

    def run(seed: int) -> np.ndarray:
        return minibatch_runs(
            E, np.ones(E.n), 1e-3, MinibatchDescent(2, True, seed), runs=2, steps=9
        ).w

    assert np.array_equal(run(1), run(1)) and not np.array_equal(run(1), run(2))


@often(12, 200)
@given(seed=SEEDS)
def test_theory_s_mean_is_that_of_every_way_to_draw(seed: int) -> None:
    rng = np.random.default_rng(seed)
    N, B, K = 3, int(rng.integers(1, 3)), 2
    E = LeastSquares(rng.normal(size=(N, 1)), rng.normal(size=N), float(rng.choice([0, 0.3])), 2.0)
    etas, start = rng.uniform(0.05, 0.5, K), rng.normal(size=2)
    lowest, ends = E.value(E.stationary), []
    # All N^(BK) ways, each as likely.
    for ways in itertools.product(itertools.product(range(N), repeat=B), repeat=K):
        w = start
        for eta, rows in zip(etas, ways, strict=True):
            w = w - eta * E.batch_gradient(w, np.array(rows))
        ends.append(float(E.value(w) - lowest))
    found = MinibatchTheory(E, B).excess(start, etas)
    assert found[-1] == pytest.approx(np.mean(ends), rel=1e-7)
    assert found[0] == pytest.approx(float(E.value(start) - lowest), rel=1e-7)


@often(10, 100)
@given(seed=SEEDS)
def test_the_floor_is_where_theory_s_mean_ends_and_a_solved_system_agrees(seed: int) -> None:
    E, rng = table(seed), np.random.default_rng(seed)
    B, top = int(rng.integers(1, 6)), float(E.spectrum.values[-1])
    eta = float(rng.choice([0.05, 0.3, 1.0]) / top)
    theory = MinibatchTheory(E, B)
    # vec M = (I − T)⁻¹ vec(η²C/B), by a dense matrix of n² × n² in the weights themselves.
    n, N = E.n, len(E.target)
    H = [E.scale * np.outer(d, d) + np.diag(E.penalty) for d in E.design]
    g = np.array([E.batch_gradient(E.stationary, np.array([i])) for i in range(N)])
    eye, A = np.eye(n), E.A
    each = sum(np.kron(h - A, h - A) for h in H) / N
    T = np.kron(eye - eta * A, eye - eta * A) + eta**2 / B * each
    if np.abs(np.linalg.eigvals(T)).max() >= 1:
        assert theory.floor(eta) == math.inf
        return
    M = np.linalg.solve(np.eye(n * n) - T, (eta**2 / B * g.T @ g / N).ravel()).reshape(n, n)
    assert theory.floor(eta) == pytest.approx(0.5 * np.trace(A @ M), rel=1e-5)


def test_the_mean_of_many_runs_is_theory_s_and_the_floor_falls_with_eta_over_b() -> None:
    E = table(5)
    eta = 0.1 / float(E.spectrum.values[-1])
    start = E.stationary + 1.0
    run = minibatch_runs(E, start, eta, MinibatchDescent(3, True, 1), runs=4000, steps=60)
    away = E.value(run.w) - E.value(E.stationary)
    error = away.std(axis=1) / math.sqrt(4000)
    expected = MinibatchTheory(E, 3).excess(start, np.full(60, eta))
    assert np.all(np.abs(away.mean(axis=1) - expected) <= 5 * error + 1e-9)
    small = eta / 100  # where the batches' curvatures hardly matter
    floors = [MinibatchTheory(E, b).floor(small * x) for b, x in ((3, 1), (6, 1), (3, 2), (6, 2))]
    assert floors[0] / floors[1] == pytest.approx(2, rel=0.02)
    assert floors[2] / floors[0] == pytest.approx(2, rel=0.02)
    assert floors[3] == pytest.approx(floors[0], rel=0.02)


def test_where_the_model_interpolates_there_is_no_floor() -> None:
    E = table(7, noise=0.0)
    E = LeastSquares(E.features, E.target, 0.0, 1.0)
    theory, eta = MinibatchTheory(E, 2), 0.2 / float(E.spectrum.values[-1])
    assert theory.interpolates and theory.floor(eta) == 0.0
    run = minibatch_runs(E, E.stationary + 1, eta, MinibatchDescent(2), runs=8, steps=4000)
    assert E.value(run.w[-1]).max() < 1e-10 * E.value(run.w[0]).max()
    assert not MinibatchTheory(LeastSquares(E.features, E.target, 0.1), 2).interpolates
    assert MinibatchTheory(E, 1).floor(3 / float(E.spectrum.values[-1])) == math.inf


def test_what_is_no_table_and_what_is_no_batch_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"`MinibatchDescent\(batch=...\)` must be at least 1; got 0"
    ):
        MinibatchDescent(0)
    bowl = Quadratic(np.eye(2))
    with pytest.raises(TypeError, match="needs `LeastSquares`"):
        minibatch_runs(bowl, np.ones(2), 0.1, MinibatchDescent(1), steps=1)  # type: ignore[arg-type]


def lines_of(lab: ManyWeights) -> dict[str, np.ndarray]:
    drawn = lab.run().pictures[1].tables["lines"]
    names = np.array(drawn["line"])
    return {name: np.asarray(drawn["loss"])[names == name] for name in dict.fromkeys(names)}


def test_the_lab_shows_mean_and_band_beside_full_batches_and_the_floor() -> None:
    text = "x,z,y\n" + "\n".join(
        f"{k},{k % 7},{2 * k - k % 7 + (k * 37 % 11) / 3}" for k in range(40)
    )
    lab = ManyWeights(
        FromData(OWN, Upload("mine.csv", text)), eta=0.2, steps=120, also="minibatches", batch=4,
        rows="drawn",
    )  # fmt: skip
    study = lab.study()
    found = study.minibatches
    assert found is not None and (found.rows, found.batch, found.runs) == (40, 4, 64)
    plain = study.plane.excess(study.run.w)
    assert found.full[: len(plain)] == pytest.approx(plain, rel=1e-6, abs=1e-9)
    assert np.all(found.band.low <= found.band.high)
    assert found.late == pytest.approx(found.theory_late, rel=0.3)
    assert found.late == pytest.approx(found.floor, rel=0.3)
    assert set(lines_of(lab)) == {"mean", "one", "full", "expected", "floor"}
    result = lab.show(study)
    assert any("keep a floor of" in line and "reached here" in line for line in result.said)
    assert result.facts[-1].rows[0][:2] == ("4", "0.2") and len(result.facts[-1].rows) == 4
    assert "64 runs of 120 steps, each step on 4 of the 40 rows" in result.pictures[1].about


@pytest.mark.parametrize("rows", ["drawn", "shuffled"])
@pytest.mark.parametrize("batch", [1, 5, 10**6])
@pytest.mark.parametrize("schedule", [Constant(), LinearDecay(), DropOnPlateau()])
@pytest.mark.parametrize("eta", [-0.1, 0.0, 0.3, 5.0])
def test_every_setting_makes_a_picture_and_says_what_the_runs_show(
    rows: str, batch: int, schedule: Constant, eta: float
) -> None:
    lab = ManyWeights(
        FromData("iris"), eta=eta, steps=12, also="minibatches", batch=batch, rows=rows,
        schedule=schedule,
    )  # fmt: skip
    study = lab.study()
    found, result = study.minibatches, lab.run()
    assert found is not None
    for columns in result.pictures[1].tables.values():
        for column in columns.values():
            x = np.asarray(column)
            assert x.dtype.kind != "f" or np.isfinite(x).all()
    if rows == "shuffled" and batch > 150:
        assert found.one == pytest.approx(found.full, rel=1e-6)
    assert (found.theory is None) is isinstance(schedule, DropOnPlateau)
    grows = any("grows without end" in line for line in result.said)
    assert grows == (bool(found.floors) and found.floor == math.inf and eta < 1)
    differs = "Theory is for rows drawn with replacement" in result.pictures[1].about
    assert differs == (rows == "shuffled" and found.theory is not None)
    assert result.html()


def test_without_a_table_it_is_said_what_to_choose() -> None:
    result = ManyWeights(also="minibatches").run()
    assert "choose data" in result.pictures[1].about and ManyWeights().study().minibatches is None


def test_a_model_that_fits_every_row_is_said_to_have_no_floor() -> None:
    exact = "x,y\n" + "\n".join(f"{k},{3 * k + 1}" for k in range(12))
    lab = ManyWeights(FromData(OWN, Upload("e.csv", exact)), also="minibatches", eta=0.3)
    assert any("**no floor**" in line for line in lab.run().said)
    assert not any("keep a floor" in line for line in lab.run().said)
