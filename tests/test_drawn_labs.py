"""Any value of a lab, drawn from its knobs and beyond: it runs, shows finite numbers, and theory is right.

`--hypothesis-profile thorough` draws 2,000 values of a light lab and 200 of a heavy one, new at each run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from convcore.descent.theory import PointKind
from convcore.labs import (
    LABS,
    Lab,
    ManyWeights,
    OneWeight,
    PerceptronAndBackprop,
    RealNetwork,
    Result,
    RoughGround,
    TaylorAndNewton,
)
from convcore.labs.perceptron.study import PerceptronStudy
from convcore.labs.rough_ground.scene import points_in
from tests.draw import labs, often

each_lab = pytest.mark.parametrize("kind", LABS, ids=lambda kind: kind.key)
# How many values are drawn unless more are asked for: some labs compute for seconds, and the tests of what
# is true draw them, too. Of others, 8 if they are heavy and 25 if not.
FEW = {"one": 40, "newton": 25, "many": 40, "rough": 2, "perceptron": 4, "network": 3}


@pytest.fixture(autouse=True)
def small_trainings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks are trained for fewer steps, and their Hessians read less often."""
    monkeypatch.setattr("convcore.labs.network.settings.BUDGET", 2e8)
    monkeypatch.setattr("convcore.labs.network.readings.READINGS", 10)
    monkeypatch.setattr("convcore.labs.network.readings.SPECTRA", 4)


@each_lab
def test_any_lab_runs_without_a_warning_shows_finite_numbers_and_agrees_with_theory(
    kind: type[Lab],
) -> None:
    few = FEW.get(kind.key, 25 if kind().live else 8)

    @often(few, 2000 if few >= 25 else 200)
    @given(labs(kind))
    def runs(lab: Lab) -> None:
        result = lab.run()
        shows_only_finite_numbers(result)
        agrees(lab, result)

    runs()


def shows_only_finite_numbers(result: Result) -> None:
    assert result.sentence and result.pictures
    tables = [*(t.items() for p in result.pictures for t in p.tables.values())]
    for columns in [*tables, result.record.items()]:
        sizes = set()
        for name, column in columns:
            values = np.asarray(column)
            sizes.add(values.shape)
            assert values.ndim == 1
            assert values.dtype.kind != "f" or np.isfinite(values).all(), name
        assert len(sizes) <= 1


def agrees(lab: Lab, result: Result) -> None:
    """What theory foretells of the run is what the run did, wherever it foretells anything.

    Of a lab without a case here, only what holds for all labs is asked.
    """
    match lab:
        case OneWeight():
            one_weight_takes_the_steps_foretold(lab, result)
        case ManyWeights():
            descent_and_newton_take_the_steps_foretold(lab, result)
        case PerceptronAndBackprop():
            the_perceptron_keeps_to_its_bound(lab, result)
        case RealNetwork():
            the_sharpness_is_the_largest_eigenvalue(lab)
        case TaylorAndNewton() | RoughGround():
            points_at_rest_are_what_they_are_called(lab)


def one_weight_takes_the_steps_foretold(lab: OneWeight, result: Result) -> None:
    def counted(result: Result) -> list[tuple[str, str, str]]:
        rows = [row for row in result.facts[0].rows if row[0].startswith("steps to")]
        return [(row[1], row[2], result.measured) for row in rows]

    same_steps(lab, counted(result), counted)


def descent_and_newton_take_the_steps_foretold(lab: ManyWeights, result: Result) -> None:
    # Of a cross-entropy the steps are those of a quadratic that it only resembles.
    if lab.plane.local or any("rounding may decide when it is met" in n for n in result.notes):
        return

    def counted(result: Result) -> list[tuple[str, str, str]]:
        rows = [row for row in result.facts[0].rows if row[0] in ("gradient descent", "Newton")]
        return [(row[4], row[5], row[-1]) for row in rows]

    same_steps(lab, counted(result), counted)


Counts = list[tuple[str, str, str]]  # steps foretold and taken, and how the run ends


def same_steps(
    lab: OneWeight | ManyWeights, found: Counts, counted: Callable[[Result], Counts]
) -> None:
    """Each count foretold is the one taken; or the run was too short for it."""
    if all(agree(*row, lab.steps) for row in found):
        return
    # Where the path touches the mark to rounding, a step more or less is no difference.
    beside = [replace(lab, tolerance=lab.tolerance * share) for share in (1 - 1e-9, 1 + 1e-9)]
    for row, *others in zip(found, *(counted(other.run()) for other in beside), strict=True):
        assert any(agree(other[0], *row[1:], lab.steps) for other in (row, *others)), row


def agree(predicted: str, measured: str, end: str, steps: int) -> bool:
    """Whether a count foretold goes with the run."""
    # A run that is ended as diverged may be foretold to come back later, as η decays: the page says so.
    if predicted == "–" or (measured.startswith("not") and "diverged" in end):
        return True
    if measured.startswith("not"):
        return predicted.startswith(("never", "more")) or count(predicted) > steps
    return predicted == measured


def count(words: str) -> float:
    """12, 1,234, or 3.1·10⁷ as a number."""
    plain = words.removeprefix("≈ ").replace(",", "").replace("·10", "e")
    return float(plain.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")).replace("10e", "1e"))


def the_perceptron_keeps_to_its_bound(lab: PerceptronAndBackprop, result: Result) -> None:
    assert isinstance(result.study, PerceptronStudy)
    training = result.study.training
    proof, run = training.reference.certificate, training.perceptron_run
    assert run.total <= training.reference.novikoff.bound * (1 + 1e-9)
    if run.converged:
        assert proof.separable and training.perceptron_errors[-1] == 0
    if proof.separable and not (run.converged or run.cut):
        assert run.epochs == lab.epochs


def the_sharpness_is_the_largest_eigenvalue(lab: RealNetwork) -> None:
    study = lab.study()
    readings, net = study.readings, study.net
    for s, at in enumerate(readings.at.tolist()):
        w = study.training.weights[s]
        dense = np.linalg.eigvalsh(net.hessian(w))
        near = 1e-5 * np.abs(dense).max()
        assert abs(readings.sharpness[at] - dense[-1]) <= near


def points_at_rest_are_what_they_are_called(lab: TaylorAndNewton | RoughGround) -> None:
    objective, view = lab.ground.objective(), lab.ground.view()
    for point in points_in(objective, view):
        w = np.array(point.w)
        if point.kind.degenerate or not np.isfinite(point.curvatures).all():
            continue
        size = np.abs(objective.hessian(w)).max() * max(1.0, np.abs(w).max())
        assert np.abs(objective.gradient(w)).max() <= 1e-4 * max(size, 1e-300)
        bends = np.linalg.eigvalsh(objective.hessian(w))
        clear = np.abs(bends) > 1e-6 * max(np.abs(bends).max(), 1e-300)
        if clear.all():
            up = int((bends > 0).sum())
            extrema = {objective.n: PointKind.MINIMUM, 0: PointKind.MAXIMUM}
            assert point.kind is extrema.get(up, PointKind.SADDLE)
