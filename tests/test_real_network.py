"""The lab "A real network": SCIENCE G's run, and that the sentence says what the run bears out."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from convcore.cache import Cache
from convcore.charts.pins import Pinned, with_pins
from convcore.charts.typeset import SUBSCRIPTS
from convcore.datasets import Upload
from convcore.descent.descent import Status, descend
from convcore.descent.schedules import LinearDecay, WarmUp
from convcore.knobs import FieldError
from convcore.labkit.curves import thinned
from convcore.labkit.words import num
from convcore.labs.network.claims import hard_to_compute
from convcore.labs.network.data import Chebyshev, Moons, Spirals, sampled
from convcore.labs.network.data_table import TableData
from convcore.labs.network.lab import RealNetwork
from convcore.labs.network.learnt import LearntCurve, LearntOutputs, LearntRegions, misclassified
from convcore.labs.network.readings import checkpoints, limits, read
from convcore.labs.network.settings import DATA, METHODS
from convcore.labs.network.study import Edge, RealNetworkStudy
from convcore.labs.network.tables import facts
from convcore.labs.network.training import NetworkTraining, TrainedNetwork
from convcore.labs.network.words import about_points, measured, notes, said, share_of_limit
from convcore.network.hessian_cost import count_costs
from convcore.optimizers import (
    AdaGrad,
    GradientDescent,
    Momentum,
    Nesterov,
    Newton,
    PerCoordinate,
    RProp,
)
from convcore.optimizers.first_order import momentum_limit
from convcore.optimizers.hessian_free import CGNewton, GaussNewton

QUICK = RealNetwork(hidden=(6.0,), steps=120)
MANY = "".join(f"{i},class {i}\n" for i in range(9))  # classes
KEPT = Cache(16)
SUBSCRIPT = str.maketrans(SUBSCRIPTS, "0123456789")


@pytest.fixture(autouse=True)
def few_spectra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each whole spectrum takes n³ operations; a handful shows what twenty would."""
    monkeypatch.setattr("convcore.labs.network.readings.SPECTRA", 4)
    # Trainings are kept, also those of other files, with as many spectra as they have.
    for module in ("settings", "study"):
        monkeypatch.setattr(f"convcore.labs.network.{module}.TRAININGS", KEPT)


@cache
def trained(lab: RealNetwork):
    """The network, its run with all weights, and what is read off it."""
    net = lab.network()
    run = descend(net, net.initial(lab.seed), lab.eta, lab.optimizer, lab.schedule, lab.taken)
    return net, run, read(net, run, checkpoints(run), lab.optimizer)


@pytest.mark.parametrize("seed", range(3))
def test_sharpness_rises_to_two_over_eta_and_hovers_there(seed):
    study = RealNetwork(seed=seed).study()
    run, readings = study.run, study.readings
    assert study.edge is Edge.STAYS and 0.95 <= readings.late <= 1.05
    assert readings.crossing is not None and readings.crossing < 1000
    assert study.rises > 0 and run.loss[-1] < run.loss[0] / 100
    assert readings.sharpness[0] < 6
    assert all(negative >= 12 for negative, _, _ in study.signs)


def test_a_small_step_size_stays_below_its_limit_and_falls_at_each_step():
    lab = RealNetwork(eta=0.01)
    study = lab.study()
    assert study.rises == 0 and study.always_falls and np.all(np.diff(study.run.loss) < 0)
    assert study.edge is Edge.NEVER_REACHED and study.readings.crossing is None
    sentence = lab.show(study).sentence
    assert "Below the edge" in sentence and "falling at each step" in sentence


def test_the_sentence_has_the_numbers_of_the_run():
    lab = RealNetwork()
    study = lab.study()
    sentence = lab.show(study).sentence
    assert "edge of stability" in sentence and "2/η = **10**" in sentence
    assert f"by step {study.readings.crossing}" in sentence
    assert f"**{study.readings.late:.3f}** of the limit" in sentence
    assert f"**{study.rises:,}** of them" in sentence
    assert f"**{study.signs[-1][0]}** of 481 eigenvalues" in sentence


@pytest.mark.parametrize("steps", [460, 500, 540])
def test_whether_sharpness_stays_at_its_limit_is_not_said_of_a_run_that_has_just_come_there(steps):
    study = RealNetwork(steps=steps).study()
    first, *_ = said(study)
    assert study.edge is Edge.JUST_REACHED and study.readings.crossing > steps / 2
    assert "At the edge only now" in first and "too short to tell" in first
    assert f"**{study.readings.share[-1]:.3f}** of it" in first


@pytest.mark.parametrize("steps", [15, 17])
def test_a_sharpness_that_has_left_its_limit_again_is_not_at_it(steps):
    study = RealNetwork(steps=steps, eta=0.4, schedule=WarmUp()).study()
    first, *_ = said(study)
    assert study.edge is Edge.LEFT_AGAIN and study.readings.crossing > steps / 2
    assert study.readings.share[-1] < 0.9
    assert "Not at the edge for good" in first and "too short" not in first
    assert f"**{study.readings.share[-1]:.3f}** of it" in first


def test_a_share_that_is_huge_is_told_in_powers_of_ten():
    assert share_of_limit(652758364128.9323, 4) == "6.5276·10¹¹"
    assert share_of_limit(999.5) == "999.500" and share_of_limit(1e-9) == "10⁻⁹"


def test_a_training_that_is_kept_does_not_hold_the_weights_of_all_steps():
    run = QUICK.study().run
    assert run.w.size == 0 and run.w.base is None


def test_readings_agree_with_dense_spectra():
    net, run, readings = trained(QUICK)
    for s, i in enumerate(readings.at):
        values = np.linalg.eigvalsh(net.hessian(run.w[readings.k[i]]))
        np.testing.assert_allclose(readings.spectra[s], values, atol=1e-12)
        assert readings.sharpness[i] == pytest.approx(values[-1], rel=1e-6)


def test_the_quadratic_predicts_small_steps_and_is_exact_for_a_linear_network():
    _, _, small = trained(replace(QUICK, eta=1e-3))
    assert small.misfit(np.ones(len(small.predicted), bool)) < 1e-3
    _, _, linear = trained(RealNetwork(hidden=(), steps=20))
    np.testing.assert_allclose(linear.predicted, linear.taken, rtol=1e-9, atol=1e-15)
    q = np.linspace(0, 3, 31)
    sloped = np.isfinite(linear.slices).all(axis=-1)
    assert sloped.any()
    for y in linear.slices[sloped]:
        np.testing.assert_allclose(y, q**2 - 2 * q, atol=1e-3)


@pytest.mark.parametrize(
    "optimizer, limit",
    [(GradientDescent(), 10), (Momentum(0.5), 15), (Nesterov(0.5), 7.5), (Newton(), np.inf)],
)
def test_each_method_has_its_own_limit_of_curvature(optimizer, limit):
    assert limits(optimizer, np.array([0.2])) == pytest.approx(limit)
    assert limits(GradientDescent(), np.array([0.2, 0.1])) == pytest.approx([10, 20])


def test_momentum_finds_an_edge_of_its_own():
    lab = RealNetwork(optimizer=Momentum(0.5), eta=0.2, steps=4000)
    readings = lab.study().readings
    assert readings.limit[0] == pytest.approx(momentum_limit(0.2, 0.5))
    assert readings.late == pytest.approx(1, abs=0.05)
    assert "2(1+β)/η = **15**" in lab.run().sentence


def test_a_schedule_moves_the_limit():
    _, _, readings = trained(replace(QUICK, schedule=LinearDecay()))
    np.testing.assert_allclose(readings.limit[:-1], 10 * (readings.k[:-1] + 1))


def test_a_run_that_diverges_is_told_so():
    study = RealNetwork(eta=5.0, steps=50).study()
    assert study.edge is Edge.DIVERGED and study.outcome.status is Status.DIVERGED
    sentence = " ".join(said(study))
    assert "**diverges**" in sentence and "diverged at step" in sentence


@pytest.mark.parametrize("data", [kind() for _, kind in DATA], ids=[key for key, _ in DATA])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_every_data_set_is_learnt_a_little(data, activation):
    lab = replace(QUICK, data=data, activation=activation)
    result = lab.run()
    net, run, _ = trained(lab)
    assert run.loss[-1] < run.loss[0]
    (picture,) = result.pictures
    assert {"t", "snaps", "sharp", "loss", "bars"} <= picture.tables.keys()
    words = picture.tables["snaps"]["more"][-1]
    if lab.network().divergence == "softmax":
        missed = int(misclassified(sampled(data), net.output(run.w[-1])).sum())
        assert f"{missed} of {len(net.inputs)} points wrong" in words


def test_another_optimizer_keeps_eta_and_steps_where_they_mean_the_same():
    before = replace(QUICK, eta=0.0321, steps=77)
    same = replace(before, optimizer=Momentum()).after("optimizer", before)
    assert (same.eta, same.steps) == (0.0321, 77)
    for other in (AdaGrad(), RProp(), Newton()):
        assert (other.relative, other.sized) != (GradientDescent.relative, GradientDescent.sized)
        moved = replace(before, optimizer=other).after("optimizer", before)
        assert (moved.eta, moved.steps) == other.usual


@pytest.mark.parametrize("key, kind", METHODS)
def test_every_optimizer_trains_and_costs_no_more_than_it_may(key, kind):
    lab = QUICK.after("optimizer") if key == "gd" else replace(QUICK, optimizer=kind())
    lab = replace(lab.after("optimizer"), hidden=(5.0,))
    assert lab.method == key
    lab = replace(lab, steps=min(lab.steps, 40))
    result = lab.run()
    assert result.sentence and len(result.record["E"]) <= 41


def test_dear_steps_are_fewer_and_a_line_says_so():
    lab = RealNetwork(optimizer=Newton(), eta=1.0)
    assert 10 <= lab.taken < 100
    quick = replace(lab, hidden=(3.0,), steps=3)
    assert quick.taken == 3 and not any("asked for" in note for note in quick.run().notes)
    assert replace(lab, optimizer=CGNewton()).taken > 100


@pytest.mark.parametrize("optimizer", [CGNewton(), GaussNewton()])
def test_hessian_free_methods_have_no_fixed_limit(optimizer):
    study = replace(QUICK, optimizer=optimizer, eta=1.0, steps=20).study()
    assert study.edge is Edge.NO_LIMIT and "no fixed limit" in said(study)[0]


def test_the_spectrums_bars_hold_every_eigenvalue_once():
    net = QUICK.network()
    (picture,), (_, run, _) = QUICK.run().pictures, trained(QUICK)
    bars, snaps = picture.tables["bars"], picture.tables["snaps"]
    for k, counts in zip(snaps["k"], snaps["counts"], strict=True):
        here = np.asarray(bars["k"]) == k
        by_side = [int(bars["count"][here & (bars["side"] == side)].sum()) for side in (-1, 0, 1)]
        assert sum(by_side) == net.n
        values = np.linalg.eigvalsh(net.hessian(run.w[k]))
        least = num(net.n * np.finfo(float).eps * np.abs(values).max(), 1)
        negative, zero, positive = by_side
        assert counts == f"λ < 0: {negative}; |λ| < {least}: {zero}; λ > 0: {positive}"


def test_a_thinned_curve_keeps_its_ends_and_every_peak():
    y = np.sin(np.arange(5000) / 3)
    y[1234], y[4321] = 9, -9
    k, thin = thinned(np.arange(5000), y, 100)
    assert len(k) <= 202 and k[0] == 0 and k[-1] == 4999
    assert {1234, 4321} <= set(k.tolist())
    np.testing.assert_array_equal(thin, y[k])


def test_training_reports_and_can_be_stopped():
    shares = []
    RealNetwork(steps=2000).run(shares.append)
    assert len(shares) > 2 and shares == sorted(shares) and shares[0] >= 0 and shares[-1] <= 1

    class Superseded(Exception):
        pass

    def stop(_: float) -> None:
        raise Superseded

    with pytest.raises(Superseded):
        RealNetwork(steps=2000, seed=1).run(stop)


def test_a_click_looks_at_a_step_without_training_again():
    clicked = QUICK.picked("pick_loss", {"k": 60})
    assert clicked.look == 60
    assert clicked.study().training is QUICK.study().training
    assert replace(QUICK, seed=1).study().training is not QUICK.study().training
    assert clicked.run().pictures[0].tables["t"]["look"] == [60]


def test_the_same_lab_gives_the_same_result():
    one, two = QUICK.run(), QUICK.run()
    assert one.sentence == two.sentence and one.facts == two.facts


def test_the_cost_of_a_hessian_is_no_part_of_a_run():
    (cost,) = QUICK.besides()
    assert cost.name == "cost" and cost.name not in {p.name for p in QUICK.run().pictures}
    assert np.isfinite(cost.tables["lines"]["y"]).all()


@pytest.mark.parametrize(
    "lab, field",
    [
        ({"hidden": (2.5,)}, "hidden"),
        ({"hidden": (0.0,)}, "hidden"),
        ({"hidden": (1e12, -1e12)}, "hidden"),
        ({"hidden": (100.0, 100.0)}, "hidden"),
        ({"eta": 0.0}, "eta"),
        ({"steps": 0}, "steps"),
        ({"activation": "sine"}, "activation"),
        ({"data": TableData("your CSV", Upload("x.csv", "x,y\n1,2\n"))}, "file"),
        ({"data": TableData("your CSV", Upload("x.csv", "x,y\na,b\nc,d\n"))}, "features"),
        ({"data": TableData("your CSV", Upload("x.csv", "x,y\n1,2\n1,3\n"))}, "features"),
        ({"data": TableData("your CSV", Upload("x.csv", "x,y\n1,2\n2,2\n"))}, "target"),
        ({"data": TableData("your CSV", Upload("x.csv", "x,y\n" + MANY))}, "target"),
    ],
)
def test_what_does_not_fit_is_told_at_its_control(lab, field):
    with pytest.raises(FieldError) as error:
        RealNetwork(**lab)
    assert error.value.field == field and "\n" not in str(error.value)


def test_a_file_with_words_makes_classes_and_one_with_numbers_values():
    words = TableData("your CSV", Upload("x.csv", "x,y,kind\n1,2,a\n3,1,b\n2,2,a\n"))
    assert sampled(words).classes == ("a", "b")
    np.testing.assert_array_equal(sampled(words).targets, [[1, 0], [0, 1], [1, 0]])
    numbers = TableData("your CSV", Upload("x.csv", "x,y\n1,2\n3,1\n2,2\n"))
    assert sampled(numbers).classes == () and sampled(numbers).target == "y"
    np.testing.assert_allclose(sampled(numbers).targets.mean(), 0, atol=1e-15)


def test_until_a_file_comes_a_table_of_the_apps_own_is_shown():
    assert "Choose your CSV file" in RealNetwork(data=TableData("your CSV"), steps=5).run().awaits
    assert replace(QUICK, data=TableData("your CSV")) != QUICK


def test_a_column_of_numbers_with_a_gap_is_not_taken_for_classes():
    sample = TableData("your CSV", Upload("x.csv", "x,y\n1,2\nnan,3\n3,4\n")).sample()
    assert sample.classes == () and len(sample.inputs) == 2
    assert "2 of 3 rows; left out: 1 row with gaps" in sample.origin.read
    with pytest.raises(FieldError, match=r"holds text .'o' in line 3"):
        TableData("your CSV", Upload("x.csv", "x,y\n1,2\no,3\n3,4\n")).sample()


def test_a_long_table_is_sampled_and_a_line_says_so():
    rows = "\n".join(f"{i},{i * i}" for i in range(1000))
    sample = sampled(TableData("your CSV", Upload("x.csv", "x,y\n" + rows)))
    assert len(sample.inputs) == 200 and any(
        "200 of the 1,000" in note for note in about_points(sample)
    )


def long_table(rare: int, feature: int, rows: int = 20_000) -> TableData:
    """A table of two features, a rare 0/1 column, and a rare class."""
    lines = ["a,b,flag,kind"]
    for i in range(rows):
        # Far from each other, and from both ends.
        flag = int(feature and i % (rows // feature) == 7)
        kind = "rare" if i % (rows // rare) == 11 else "common"
        lines.append(f"{i},{i * i % 101},{flag},{kind}")
    return TableData("your CSV", Upload("long.csv", "\n".join(lines)))


def test_a_rare_class_of_a_long_table_is_drawn():
    sample = long_table(rare=4, feature=2000).sample()
    assert sample.classes == ("common", "rare") and sample.target == "kind"
    assert len(sample.inputs) == len(sample.targets) == 200
    assert sample.targets.sum(axis=0).tolist() == [199, 1]
    assert "drawn at random, at least one of each class" in " ".join(about_points(sample))
    # A class that is drawn anyway changes nothing of what is drawn.
    often = long_table(rare=10_000, feature=2000).sample()
    values = replace(long_table(rare=10_000, feature=2000), target="b").sample()
    np.testing.assert_array_equal(often.inputs[:, 0], values.inputs[:, 0])
    assert "class" not in " ".join(about_points(values))


def test_a_feature_that_is_flat_only_in_the_rows_drawn_is_left_out_and_a_line_says_so():
    data = long_table(rare=4, feature=1)
    sample = data.sample()
    assert sample.names == ("a", "b") and sample.inputs.shape == (200, 2)
    assert "The column flag has one value in the rows used and is left out." in about_points(sample)
    assert "from 2 standardised features" in about_points(sample)[0]
    for field, lab in (
        ("features", replace(data, features=("flag",))),
        ("target", replace(data, target="flag")),
    ):
        with pytest.raises(
            FieldError, match="'flag' is the same in all 200 rows that are"
        ) as error:
            lab.sample()
        assert error.value.field == field
    # What is flat in the whole table is said to be so.
    whole = long_table(rare=4, feature=0).sample()
    assert whole.names == ("a", "b") and "flag (constant)" in whole.origin.read


def test_named_points_are_what_they_are_called():
    cheb = Chebyshev(3, 5).sample()
    np.testing.assert_allclose(cheb.targets[:, 0], [-1, 1, 0, -1, 1], atol=1e-12)
    arms = Spirals(noise=0.0, turns=0.5).sample()
    np.testing.assert_allclose(np.linalg.norm(arms.inputs, axis=1), np.linspace(0.1, 1, 100))
    moon = np.add(Moons(noise=0.0).sample().inputs, [0.5, 0.25])
    np.testing.assert_allclose(np.linalg.norm(moon[::2], axis=1), 1)
    np.testing.assert_allclose(np.linalg.norm(moon[1::2] - [1, 0.5], axis=1), 1)


def test_a_pinned_training_lies_in_the_pictures_where_it_lay_when_it_was_the_run():
    other = replace(QUICK, eta=0.05, look=60)
    (here,), (there,) = QUICK.run().pictures, other.run().pictures
    pinned = Pinned(there, QUICK.plane_key == other.plane_key, 0)
    table = with_pins(here, {"slow": pinned}).tables["pins"]
    part, k, x, y = (np.asarray(table[name]) for name in ("part", "k", "x", "y"))
    _, run, readings = trained(other)
    np.testing.assert_allclose(10.0 ** y[part == 0], run.loss[k[part == 0]], rtol=1e-6)
    np.testing.assert_allclose(y[part == 1], readings.sharpness, rtol=1e-6)
    np.testing.assert_array_equal(k[part == 1], readings.k)
    # The curve is that of the step that was looked at, and only it.
    looked = there.tables["t"]["look"][0]
    fit = other.network().output(run.w[looked], x[part == 2][:, None].astype(float))[:, 0]
    np.testing.assert_allclose(y[part == 2], fit, atol=1e-5)
    assert set(table["pin"]) == {"slow"} and set(table["same"]) == {1}


def test_trainings_on_other_points_are_pinned_without_their_fit():
    flat = replace(QUICK, data=Moons())
    assert flat.plane_key != QUICK.plane_key == replace(QUICK, eta=1.0, seed=3).plane_key
    (here,), (there,) = QUICK.run().pictures, flat.run().pictures
    table = with_pins(here, {"moons": Pinned(there, False, 0)}).tables["pins"]
    assert set(np.asarray(table["part"]).tolist()) == {0, 1}
    assert with_pins(there, {"curve": Pinned(here, False, 0)}).tables["pins"]["k"].size


def test_pins_tell_the_limit_and_what_became_of_it():
    lab = replace(QUICK, optimizer=Momentum(0.5))
    result, (_, _, readings) = lab.run(), trained(lab)
    assert result.predicted == "stable while λₘₐₓ < 2(1+β)/η = 15"
    assert f"{readings.late:.3f} of the limit" in result.measured
    assert replace(QUICK, optimizer=CGNewton(), steps=3).run().predicted.startswith("no fixed")
    assert "diverged at step" in RealNetwork(eta=5.0, steps=50).run().measured


def test_a_slice_without_a_slope_starts_aside_and_tells_so():
    _, _, readings = trained(replace(QUICK, hidden=(), steps=400))
    assert readings.shifted[-1] and not readings.shifted[0]
    q = np.linspace(0, 3, 31)
    np.testing.assert_allclose(readings.slices[-1], q**2 - 2 * q, atol=1e-6)
    assert readings.best_along(-1) == pytest.approx(1, abs=1e-6)


def test_every_word_on_the_page_is_there_and_no_cell_is_empty():
    result = QUICK.run()
    for table in result.facts:
        assert all(table.headings) and all(cell for row in table.rows for cell in row)
    notes = " ".join(result.notes)
    assert "λₘₐₓ is read about every 1.2 steps (101 readings)" in notes
    assert "two gradients' operations besides" in notes and "it costs three gradients" in notes
    cost = {line.name: line.operations for line in count_costs(QUICK.network().n)}
    assert cost["Hessian·vector"] == pytest.approx(3 * cost["gradient"])


def test_where_reading_broke_off_the_table_names_the_steps_that_it_speaks_of():
    net, run, _ = trained(QUICK)
    w = run.w.copy()
    # λₘₐₓ is read at step 100, and no more at 101; the whole spectrum was last read at 90.
    w[101:] = 1e200
    broken = replace(run, w=w)
    readings = read(net, broken, checkpoints(broken), QUICK.optimizer)
    assert readings.k[-1] == 100 and readings.k[readings.at[-1]] == 90
    assert len(readings.predicted) == len(readings.taken) == len(readings.k)
    training = TrainedNetwork(
        replace(broken, w=w[:0]),
        readings,
        w[readings.k[readings.at]],
        QUICK.study().training.learnt,
    )
    study = RealNetworkStudy(QUICK, sampled(QUICK.data), net, training)
    rows = {name: (theory, found) for name, theory, found in facts(study)[0].rows}
    assert not any("at the end" in name for name in rows)
    assert "eigenvalues at step 90: negative, zero, positive" in rows
    assert rows["sharpness at step 100, beside 2/η"][1] == num(readings.sharpness[-1])
    theory, found = rows["best step size along the sharpest direction, at step 90"]
    top = np.linalg.eigvalsh(net.hessian(w[90]))[-1]
    assert theory == f"ηₒₚₜ = 1/λₘₐₓ = {num(1 / top)}"
    assert found.split()[0] == num(readings.best_along(-1) / top)
    # So do the words: E is followed to the end, the Hessian is not.
    for line in (*said(study), measured(study), *notes(study)):
        assert "at the end" not in line.lower()
    assert said(study)[-1].startswith("At step 90 **") and " at step 100" in measured(study)
    # A run that was read to its end is spoken of as before.
    assert any("at the end" in row[0] for row in QUICK.run().facts[0].rows)


def test_the_bytes_that_are_drawn_do_not_depend_on_the_order_in_which_costs_are_counted(
    monkeypatch,
):
    monkeypatch.setattr(
        "convcore.labs.network.cost.count_costs", lambda n, batch=20: count_costs(n, batch)[::-1]
    )
    (cost,) = QUICK.besides()
    lines = {name: np.asarray(column) for name, column in cost.tables["lines"].items()}
    last = (lines["panel"] == "bytes") & (lines["n"] == 6)
    drawn = dict(zip(lines["what"][last], 10.0 ** lines["y"][last], strict=True))
    # Of 10⁶ weights, 8 bytes each: one vector, two, twenty, and a square of them.
    assert drawn == pytest.approx(
        {"gradient": 8e6, "product": 16e6, "L-BFGS": 160e6, "hessian": 8e12}
    )


def test_a_perfect_fit_is_told_as_one_and_not_by_the_signs_of_rounding():
    lab = RealNetwork(data=Moons(), hidden=(8.0, 8.0), optimizer=RProp(), eta=0.01, steps=600)
    lab = replace(lab, seed=1)
    study = lab.study()
    loss = study.run.loss
    assert study.fits_exactly and loss[-1] <= 2.3e-16 * loss[0]
    sentence = lab.show(study).sentence
    assert "converged to E = 0 to rounding" in sentence and "saddle" not in sentence


def test_a_loss_that_stands_still_is_not_said_to_fall():
    still = replace(QUICK, eta=1e-9, steps=3, optimizer=CGNewton())
    assert "falling at each step" in still.run().sentence
    dead = RealNetwork(hidden=(1.0,) * 6, activation="relu", steps=400).run().sentence
    assert "rising at none of them" in dead and "falling at each step" not in dead


def test_a_change_that_is_predicted_beyond_the_largest_number_is_off_by_all_of_it():
    _, _, readings = trained(QUICK)
    predicted = readings.predicted.copy()
    predicted[:3] = -np.inf
    wild = replace(readings, predicted=predicted)
    first = np.arange(len(predicted)) < 3
    assert wild.misfit(first) == 1 and wild.misfit(~first) == readings.misfit(~first)


@pytest.mark.parametrize(
    ("hidden", "optimizer", "seed"),
    [((1, 2, 5), AdaGrad(epsilon=0.001953125), 4), ((1, 3, 1), PerCoordinate(), 0)],
)
def test_a_training_far_beyond_what_a_picture_can_hold_has_pictures(hidden, optimizer, seed):
    lab = RealNetwork(Chebyshev(1, 5), hidden, "relu", optimizer, 1e6, steps=1, seed=seed)
    for table in [table for picture in lab.run().pictures for table in picture.tables.values()]:
        for column in map(np.asarray, table.values()):
            assert column.dtype.kind != "f" or np.isfinite(column).all()


def test_a_study_is_the_same_after_a_round_trip_through_another_process():
    lab = replace(QUICK, data=Moons())
    study = lab.study()
    back = pickle.loads(pickle.dumps(study))
    assert back.settings == study.settings and back.edge is study.edge
    one, two = lab.show(study), lab.show(back)
    assert (one.said, one.facts, one.notes) == (two.said, two.facts, two.notes)
    np.testing.assert_array_equal(back.readings.sharpness, study.readings.sharpness)
    for p, q in zip(one.pictures, two.pictures, strict=True):
        assert p.tables.keys() == q.tables.keys()
        for name, table in p.tables.items():
            for column, values in table.items():
                np.testing.assert_array_equal(values, q.tables[name][column])


def test_views_claim_and_answer_read_the_study_and_train_nothing(monkeypatch):
    study = QUICK.study()

    def refused(*_, **__):
        raise AssertionError("something is trained or computed again")

    monkeypatch.setattr("convcore.labs.network.training.descend", refused)
    monkeypatch.setattr("convcore.labs.network.training.read", refused)
    for name in ("output", "value", "gradient", "hessian", "at"):
        monkeypatch.setattr(f"convcore.network.Network.{name}", refused)
    assert QUICK.show(study).pictures
    assert "for these" in hard_to_compute(study).why
    assert QUICK.answer(study) in QUICK.question().options


def test_only_what_a_training_reads_decides_whether_it_is_trained_again():
    base = replace(QUICK, steps=30)
    read_by_it = {
        "data": Moons(),
        "hidden": (5.0,),
        "activation": "relu",
        "optimizer": Momentum(),
        "eta": 0.1,
        "schedule": LinearDecay(),
        "steps": 20,
        "seed": 1,
    }
    assert read_by_it.keys() == {field.name for field in fields(NetworkTraining)}
    for name, value in read_by_it.items():
        assert replace(base, **{name: value}).job != base.job
    assert replace(base, look=7).job == base.job
    # Steps beyond what a training may cost are not taken, so they change nothing.
    dear = RealNetwork(optimizer=Newton(), eta=1.0, steps=9000)
    assert dear.taken < 9000 and replace(dear, steps=8000).job == dear.job


def test_a_lab_is_heavy_until_it_is_trained():
    lab = replace(QUICK, steps=11, seed=7)
    assert lab.heavy
    lab.study()
    assert not lab.heavy and not replace(lab, look=3).heavy


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (Chebyshev(), LearntCurve),
        (Moons(), LearntRegions),
        (TableData("longley"), LearntOutputs),
    ],
)
def test_what_was_learnt_is_what_the_network_gives(data, kind):
    study = replace(QUICK, data=data, steps=20).study()
    learnt, y = study.training.learnt, study.net.output(study.training.weights)
    assert isinstance(learnt, kind)
    if isinstance(learnt, LearntCurve):
        fit = study.net.output(study.training.weights, learnt.x[:, None])[..., 0]
        np.testing.assert_array_equal(learnt.y, fit)
    elif isinstance(learnt, LearntOutputs):
        np.testing.assert_array_equal(learnt.y, y[..., 0])
    else:
        assert learnt.winner.max() < len(study.sample.classes) and learnt.lead.max() <= 6
        wrong = [misclassified(study.sample, scores) for scores in y]
        np.testing.assert_array_equal(learnt.wrong, wrong)


def test_settings_and_study_load_no_charts():
    # The package of all labs loads them all, charts included: here it stands empty.
    program = (
        "import sys, types; labs = types.ModuleType('convcore.labs');"
        "labs.__path__ = ['convcore/labs']; sys.modules['convcore.labs'] = labs;"
        "import convcore.labs.network.settings, convcore.labs.network.study; print(*sys.modules)"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "convcore.labs.network.study" in loaded
    assert not {"altair", "streamlit", "convcore.charts"} & loaded


def test_the_step_is_shown_with_its_numbers_in():
    net, run, readings = trained(QUICK)
    (picture,) = QUICK.run().pictures
    snaps = picture.tables["snaps"]
    for k, text, slope in zip(snaps["k"], snaps["step"], readings.slope[readings.at], strict=True):
        w, g = np.linalg.norm(run.w[k]), np.linalg.norm(net.gradient(run.w[k]))
        assert slope == pytest.approx(g)
        rule, size, product = text.translate(SUBSCRIPT).split("\n")
        assert rule == f"w{k + 1} = w{k} − 0.2·∇E(w{k})"
        assert float(size.removeprefix(f"‖w{k}‖ = ")) == pytest.approx(w, rel=1e-3)
        eta, steep, step = map(float, re.findall(r"[\d.]+", product))
        assert (eta, steep) == (0.2, pytest.approx(g, rel=1e-3))
        assert step == pytest.approx(0.2 * g, rel=6e-3)
        if k < len(run.eta):
            assert step == pytest.approx(np.linalg.norm(run.w[k + 1] - run.w[k]), rel=6e-3)


def test_no_step_beyond_the_last_is_shown_where_its_step_size_is_not_known():
    (decays,) = replace(QUICK, schedule=LinearDecay()).run().pictures
    first, last = (decays.tables["snaps"]["step"][i].translate(SUBSCRIPT) for i in (0, -1))
    assert first.startswith("w1 = w0 − 0.2·∇E") and last.endswith(": the last step")
    (newton,) = replace(QUICK, optimizer=Newton(), eta=1.0, steps=2).run().pictures
    assert newton.tables["snaps"]["step"][0].startswith("Newton, η = 1\n‖w₀‖ = ")


def test_the_curve_of_costs_is_that_of_the_count():
    net = QUICK.network()
    n, N = net.n, len(net.inputs)
    (picture,) = QUICK.run().pictures
    cost = {
        name: np.asarray(column, dtype=float) for name, column in picture.tables["cost"].items()
    }
    size = 10 ** cost["n"]
    assert size[cost["here"] == 1] == pytest.approx([n], rel=1e-5)
    np.testing.assert_allclose(10 ** cost["gradient"], 6 * N * size, rtol=1e-4)
    np.testing.assert_allclose(10 ** cost["hessian"], 6 * N * size + 12 * N * size**2, rtol=1e-4)
    np.testing.assert_allclose(10 ** cost["solve"], size**3 / 3, rtol=1e-4)


@pytest.mark.parametrize("eta, steps", [(0.01, 50), (0.2, 120), (5.0, 50)])
def test_the_limit_is_named_and_drawn_where_it_is_in_the_picture(eta, steps):
    lab = replace(QUICK, eta=eta, steps=steps)
    (picture,), readings = lab.run().pictures, lab.study().readings
    t, sharp = picture.tables["t"], picture.tables["sharp"]
    assert t["limit"][0].startswith(f"limit 2/η = {num(2 / eta)}")
    inside = np.asarray(sharp["limit"]) <= t["shi"][0]
    assert inside.all() == t["dashed"][0] == ("above this picture" not in t["limit"][0])
    assert ("↑" in t["limit"][0]) == (readings.sharpness.max() > t["shi"][0])


def test_a_fit_that_has_left_its_picture_is_said_to_have():
    (picture,) = RealNetwork(eta=5.0, steps=50, hidden=(20.0, 20.0)).run().pictures
    curve, t, snaps = (picture.tables[name] for name in ("curve", "t", "snaps"))
    for k, more in zip(snaps["k"], snaps["more"], strict=True):
        y = np.asarray(curve["y"])[np.asarray(curve["k"]) == k]
        seen = ((y >= t["ylo"][0]) & (y <= t["yhi"][0])).any()
        assert seen == (more == "") and (seen or more.startswith("outside"))
