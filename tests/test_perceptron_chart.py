"""What the pictures of "Perceptron and backprop" write beside points and lines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcore.labs import U12, Clouds, Gate, LectureSet, PerceptronAndBackprop
from convcore.labs.perceptron.second_pictures import NoMore

SHORT = PerceptronAndBackprop(epochs=80, second=NoMore())


@pytest.mark.parametrize(
    "data", [LectureSet(3.0), LectureSet(30.0), U12(), Gate("xor"), Clouds(12, 1.0, 0.0)]
)
def test_the_updates_that_are_written_lead_to_the_weights_of_the_epoch(data):
    lab = replace(SHORT, data=data, eta=0.05)
    study = lab.study()
    table = lab.show(study).pictures[0].tables["snaps"]
    record, run = study.record(), lab.perceptron().train(study.training.points)
    one = study.training.points.inputs == 1
    for i, k in enumerate(np.asarray(table["k"]).tolist()):
        if k:  # backprop: wₖ = w_{k−1} − η·g
            for name, column in (("u", "w1"), ("v", "w2"), ("b", "bias")):
                if one and name == "v":
                    continue
                w = record[f"backprop {column}"]
                moved = -table["eta"][i] * table[f"g{name}"][i]
                assert w[k - 1] + moved == pytest.approx(w[k], rel=1e-5, abs=1e-6)
        # The perceptron: the last mistake up to this epoch, by its whole record.
        made = int(run.mistakes[:k].sum())
        if not made:
            assert table["sense"][i] == 0
            continue
        wrong = run.points[made - 1]
        x, label = study.training.points.x[wrong], study.training.points.labels[wrong]
        assert (table["lx"][i], table["sense"][i]) == (pytest.approx(x[0], rel=1e-6), label)
        assert run.mistakes[table["le"][i] - 1] > 0 and not run.mistakes[table["le"][i] : k].any()
        before, after = run.path[made - 1], run.path[made]
        assert after == pytest.approx(before + label * np.append(x, 1), abs=1e-9)
        shown = [table[name][i] for name in (("pu", "pb") if one else ("pu", "pv", "pb"))]
        assert shown == pytest.approx(after.tolist())


@pytest.mark.parametrize("data", [LectureSet(10.0), Clouds(30, 4.0, 1.0), Gate("and")])
def test_the_plus_beside_a_line_is_on_its_side_and_clear_of_the_points_where_it_can_be(data):
    lab = replace(SHORT, data=data, learners=("perceptron", "backprop", "margin", "lms"))
    study = lab.study()
    lines = lab.show(study).pictures[0].tables["lines"]
    (xlo, xhi), (ylo, yhi) = study.view
    size = np.array([xhi - xlo, yhi - ylo])
    along = np.asarray(lines["along"])
    assert ((along >= 0.1) & (along <= 0.9)).all()
    one = np.column_stack([lines["x"], lines["y"]])
    two = np.column_stack([lines["x2"], lines["y2"]])
    at = one + along[:, None] * (two - one)
    away = np.abs((at[:, None] - study.training.points.x) / size).max(axis=2).min(axis=1)
    usual = one + 0.5 * (two - one)
    middle = np.abs((usual[:, None] - study.training.points.x) / size).max(axis=2).min(axis=1)
    assert (away > 0.08).mean() >= (middle > 0.08).mean() - 0.05
    for name in ("margin", "lms"):
        i = lines["learner"].index(name)
        d = (two[i] - one[i]) / size
        left = at[i] + 0.036 * np.array([-d[1], d[0]]) / np.hypot(*d) * size
        w = study.training.ends[name]
        assert w[:2] @ left + w[2] > 0
