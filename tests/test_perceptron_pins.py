"""Pinned runs of "Perceptron and backprop": in the pictures of others, and in words."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from convcore.charts.pins import Pinned, with_pins
from convcore.labs import U12, ExtraPoint, Gate, LectureSet, NoMore, PerceptronAndBackprop
from convcore.labs.perceptron.chart_parts import pinned_boundaries
from convcore.separators.learners import boundary

ALL = ("perceptron", "backprop", "margin", "lms", "hard")
BARE = PerceptronAndBackprop(second=NoMore())


def test_a_pinned_run_keeps_its_boundaries_and_its_divergence() -> None:
    lab = replace(BARE, eta=0.2, epochs=300, learners=ALL)
    result = lab.run()
    kept = {name: np.asarray(column) for name, column in result.pictures[0].trace.items()}
    assert len(set(map(len, kept.values()))) == 1
    for name in ("backprop", "perceptron"):
        w = [float(result.record[f"{name} {c}"][-1]) for c in ("w1", "w2", "bias")]
        mine = (kept["learner"] == name) & (kept["part"] == 0)
        for column, x in zip("uvb", w, strict=True):
            np.testing.assert_allclose(kept[column][mine] * np.abs(w[:2]).max(), x, rtol=1e-12)
    curve = kept["part"] == 1
    np.testing.assert_array_equal(kept["E"][curve], result.record["E"][kept["k"][curve]])
    assert {0, 300} <= set(kept["k"][curve].tolist())
    assert set(kept["learner"][~curve].tolist()) == set(ALL)
    # One input: an upright line.
    line = replace(BARE, data=U12(), eta=0.1).run().pictures[0].trace
    assert line.keys() == kept.keys() and not np.asarray(line["v"]).any()


def test_a_pinned_boundary_is_drawn_to_the_edge_of_any_view() -> None:
    """The chart's own expressions, worked out here."""
    steps = pinned_boundaries().spec["transform"]
    for view, (u, v, b) in itertools.product(
        ((-1.3, 1.3, -12, 3), (0, 1e-3, 0, 1e6)), ((1, 0, 0.5), (0.3, -1, 1e-4), (1, 2e-9, 0))
    ):
        t = SimpleNamespace(**dict(zip(("xlo", "xhi", "ylo", "yhi"), view, strict=True)))
        ends = []
        for s in (-1.0, 1.0):
            datum = SimpleNamespace(u=u, v=v, b=b, s=s, part=0, same=True)
            for step in steps:
                words = (step.get("calculate") or step["filter"]).replace("&&", "and")
                value = eval(words, {"datum": datum, "T": t, "sqrt": math.sqrt})
                if "filter" in step and not value:
                    break
                if "calculate" in step:
                    setattr(datum, step["as"], value)
            else:
                assert abs(u * datum.x + v * datum.y + b) < 1e-9 * (abs(v * datum.y) + 1)
                ends.append((datum.x, datum.y))
        box = ((t.xlo, t.xhi), (t.ylo, t.yhi))
        cut = boundary(np.array([u, v, b]), box)
        if cut is None:
            continue
        assert len(ends) == 2
        for (low, high), at, edge in zip(box, zip(*ends, strict=True), cut.T, strict=True):
            slack = 1e-9 * (high - low)
            assert min(at) <= edge.min() + slack and max(at) >= edge.max() - slack
            assert max(map(abs, at)) <= max(abs(low), abs(high)) + 2 * (high - low)


def test_pins_share_a_plane_on_the_same_points_and_a_landscape_on_the_same_loss() -> None:
    lab = PerceptronAndBackprop()
    other, extra = replace(lab, divergence="entropy"), replace(lab, extra=ExtraPoint(1, 1))
    elsewhere = replace(lab, data=LectureSet(5))
    assert lab.plane_key == other.plane_key == extra.plane_key != elsewhere.plane_key
    which = [x.run().pictures[1].tables["t"]["unit"] for x in (lab, other, extra)]
    assert len({w[0] for w in which}) == 3
    assert which[0] == replace(lab, eta=0.1, epochs=10).run().pictures[1].tables["t"]["unit"]
    shown = lab.run().pictures[1]
    t, path = ({k: np.asarray(v) for k, v in shown.tables[name].items()} for name in ("t", "path"))
    for name, axis in (("x", "a"), ("y", "c")):
        seen = sum((shown.trace[w] - t[f"o{w}"]) * t[f"{axis}{w}"] for w in "uvb")
        np.testing.assert_allclose(seen, path[name], atol=1e-5)
    drawn = with_pins(shown, {"a": Pinned(shown, True, 0)})
    assert '"pins"' in json.dumps(drawn.spec(840)) and '"pins"' not in json.dumps(shown.spec(840))


def test_what_a_pin_says_is_the_bound_and_the_mistakes() -> None:
    result = replace(BARE, learners=("perceptron", "backprop")).run()
    assert result.predicted == "a line separates; perceptron: at most 505 mistakes"
    made = result.facts[0].rows[0][-1].split()[0]
    assert result.measured.startswith(f"perceptron: {made} mistakes, 0 wrong; backprop: E = 0.8")
    xor = replace(BARE, data=Gate("xor")).run()
    assert xor.predicted == "no line separates"
