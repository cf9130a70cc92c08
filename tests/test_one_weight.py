"""The lab "One weight": what its page says is what its run does."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore.labs import Constant, DropOnPlateau, ExponentialDecay, LinearDecay, OneWeight

CASES = [
    (0.25, "converges monotonically", "under way|converged to a minimum"),
    (1.0, "lands on the minimum in one step", "converged to a minimum"),
    (1.5, "oscillates and converges", "converged to a minimum"),
    (2.0, "jumps between two points for ever", "cycles with period 2"),
    (3.0, "diverges", "diverged at step"),
]


@pytest.mark.parametrize(("share", "promise", "end"), CASES)
@pytest.mark.parametrize("a", [0.5, 2, 3, 1e-6, 1e6])
def test_the_sentence_names_the_regime_and_the_run_bears_it_out(a, share, promise, end):
    result = OneWeight(a=a, b=0, w0=4, eta=share / a, steps=60).run()
    assert promise in result.sentence
    assert re.search(end, result.sentence)


def test_a_line_drifts_a_maximum_throws_out_and_a_flat_place_stays():
    assert "moves w by −η·b, here 0.6 at first" in OneWeight(a=0, b=-2, eta=0.3).run().sentence
    away = OneWeight(a=-1, eta=0.5, steps=60).run().sentence
    assert "**maximum**" in away
    assert "diverged at step" in away
    assert "stays there" in OneWeight(a=2, b=-2, w0=1).run().sentence


@settings(max_examples=150, deadline=None)
@given(
    share=st.floats(0.01, 1.99),
    a=st.floats(1e-3, 1e3),
    w0=st.floats(-50, 50).filter(lambda w: abs(w) > 1e-3),
    tolerance=st.floats(1e-6, 0.4),
    schedule=st.sampled_from([Constant(), LinearDecay(), ExponentialDecay(0.02)]),
)
def test_predicted_and_measured_steps_agree_whenever_the_run_is_long_enough(
    share, a, w0, tolerance, schedule
):
    lab = OneWeight(
        a=a, b=0, w0=w0, eta=share / a, tolerance=tolerance, steps=150, schedule=schedule
    )
    rows = {row[0]: row[1:] for row in lab.run().facts[0].rows}
    predicted, measured = next(row for name, row in rows.items() if name.startswith("steps to"))
    if not measured.startswith("not"):
        assert predicted == measured
    else:
        assert predicted.startswith(("never", "more")) or int(predicted.replace(",", "")) > 150


def test_a_click_on_the_ruler_near_a_limit_means_the_limit():
    lab = OneWeight(a=3)
    assert lab.picked("pick_eta", {"eta": 0.333333}).eta == 1 / 3
    assert lab.picked("pick_eta", {"eta": 0.666667}).eta == 2 / 3
    assert lab.picked("pick_eta", {"eta": 0.4567891}).eta == 0.456789
    assert lab.picked("pick_look", {"k": 7}).look == 7


def test_the_drawn_theory_is_the_closed_form():
    tables = OneWeight(a=2, b=-2, w0=4, eta=0.7, steps=12).run().pictures[0].tables
    k = np.arange(13)
    expected = np.log10(0.5 * 2 * (3 * (1 - 1.4) ** k.astype(float)) ** 2)
    np.testing.assert_allclose(tables["run"]["theory"], expected, atol=1e-9)


def test_the_curve_of_steps_is_what_runs_of_its_step_sizes_take():
    lab = OneWeight(steps=200)
    sweep = lab.run().pictures[0].tables["sweep"]
    for eta, steps in list(zip(sweep["eta"], 10 ** sweep["steps"], strict=True))[::9]:
        if steps <= 200:
            w, count = lab.w0, 0
            while abs(w - 1) > 1e-3 * 3 * (1 + 1e-12):
                w, count = w - eta * (2 * w - 2), count + 1
            assert count == round(steps)


def test_nothing_it_draws_is_ever_infinite():
    for eta in (1e-12, 1e4, 1e12, -0.3):
        for a in (1e-12, 0.0, -5.0, 1e12):
            for table in OneWeight(a=a, b=0, eta=eta).run().pictures[0].tables.values():
                for column in table.values():
                    column = np.asarray(column)
                    assert column.dtype.kind not in "fc" or np.isfinite(column).all()
    assert math.isfinite(OneWeight(eta=1e12).run().record["w"][-1])


def test_a_schedule_that_answers_to_the_run_may_have_no_step_size():
    result = OneWeight(eta=0, schedule=DropOnPlateau()).run()
    assert (result.record["w"] == OneWeight().w0).all()
