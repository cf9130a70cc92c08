"""The lab "One weight": what its page says is what its run does."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore.claims import CLAIMS
from convcore.knobs import FieldError
from convcore.labkit.words import num, unlike
from convcore.labs import (
    Constant,
    CosineDecay,
    DropOnPlateau,
    ExponentialDecay,
    LinearDecay,
    OneWeight,
    QuadraticDecay,
    StepDrop,
    WarmUp,
)


@pytest.mark.parametrize(
    ("eta", "does", "end"),
    [
        (0.0, "moves nothing", "frozen"),
        (-0.5, "climbs to it", "converged to a maximum"),
        (-2.0, "jumps across it for ever", "cycles with period 2"),
        (-3.0, "jumps over it, further each time", "diverged"),
    ],
)
def test_beside_a_maximum_a_step_size_that_is_not_positive_does_what_is_told(eta, does, end):
    result = OneWeight(a=-1, eta=eta, steps=60).run()
    assert f"; η = {num(eta)} {does}. Each step" in result.sentence
    assert end in result.sentence
    expected, measured = result.facts[0].rows[-1][1:]
    assert measured.startswith(end)
    assert ("climbs" in expected) == (end == "converged to a maximum")


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
    assert "moves w by −η·b, here 0.6. " in OneWeight(a=0, b=-2, eta=0.3).run().sentence
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


finite = st.floats(-5, 5).filter(lambda x: abs(x) > 0.05)


@settings(max_examples=60, deadline=None)
@given(a=finite, b=finite, w0=finite, share=finite)
def test_the_first_points_are_numbered_in_view_apart_and_outside_of_the_parabola(a, b, w0, share):
    lab = OneWeight(a=a, b=b, w0=w0, eta=share / abs(a), steps=12)
    tables = {
        k: {c: np.asarray(v) for c, v in t.items()} for k, t in lab.run().pictures[0].tables.items()
    }
    run, plane = tables["run"], tables["plane"]
    ends = {name: float(plane[name][0]) for name in ("xlo", "xhi", "ylo", "yhi")}
    ws = -b / a
    Es = lab.c - b * b / (2 * a)
    tagged = np.flatnonzero(run["tag"])
    assert (tagged <= 3).all()
    w, E = run["w"][tagged], run["E"][tagged]
    assert (np.sign(w - ws) * run["tag"][tagged] >= 0).all()
    x = (w - ends["xlo"]) / (ends["xhi"] - ends["xlo"])
    y = (E - ends["ylo"]) / (ends["yhi"] - ends["ylo"])
    assert ((x >= 0) & (x <= 1) & (y >= 0) & (y <= 1)).all()
    gaps = [max(abs(x[i] - x[j]), abs(y[i] - y[j])) for i in range(len(x)) for j in range(i)]
    assert min(gaps, default=1) > 0.05
    # The stationary point is in view, with room for its name beyond it.
    room = Es - ends["ylo"] if a > 0 else ends["yhi"] - Es
    assert room >= 0.08 * (ends["yhi"] - ends["ylo"])


def test_the_series_without_its_half_is_a_picture_of_claim_1():
    assert CLAIMS[0].lab.also == "bare" and CLAIMS[0].lab.look == 0
    with_it, without = (OneWeight(also=also).run().pictures[0] for also in ("bare", "nothing"))
    assert with_it.tables.keys() == without.tables.keys()
    assert "without ½" in str(with_it.spec(880)) and "without ½" not in str(without.spec(880))
    with pytest.raises(FieldError, match="no parabola"):
        OneWeight(also="half")


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


def rows_of(result):
    """The facts by the name of their row, with the count of steps as "steps"."""
    rows = {row[0]: row[1:] for row in result.facts[0].rows}
    return {name if not name.startswith("steps to") else "steps": row for name, row in rows.items()}


def test_the_first_factor_under_a_schedule_is_that_of_the_first_step_taken():
    warm = OneWeight(schedule=WarmUp(), eta=1).run().sentence
    assert "1 − ηₖ·a, the first by **0.8**: with η = 1 kept, descent jumps" in warm
    assert "−1" not in warm
    line = OneWeight(a=0, b=-2, eta=1, schedule=WarmUp()).run().sentence
    assert "here 0.2 at first" in line
    rest = OneWeight(schedule=StepDrop(every=200)).run().sentence
    assert "the schedule (step drop) leaves it so in these steps" in rest


def test_a_run_that_its_schedule_would_bring_back_says_where_and_why_it_is_stopped():
    lab = OneWeight(schedule=ExponentialDecay(0.1), eta=3, steps=60)
    result = lab.run()
    assert (
        "Predicted **23 steps** to 0.1 % of the starting error; the schedule would bring it back by "
        "then, but the run is stopped at step 8, as E − E* is past 10⁸ times its start"
    ) in result.sentence
    assert rows_of(result)["steps"] == ("23, if followed beyond step 8", "not in 8 steps")
    assert result.predicted == "23 steps to 0.1 %, if followed beyond step 8"
    error, k = np.float64(3.0), 0
    grown = []
    while abs(error) > 3e-3:
        grown.append((error / 3) ** 2)
        error, k = error * (1 - 6 * np.exp(-0.1 * k)), k + 1
    assert k == 23 and grown[7] <= 1e8 < grown[8]


PLANS = st.one_of(
    st.sampled_from([Constant(), LinearDecay(), QuadraticDecay()]),
    st.builds(ExponentialDecay, st.floats(0.002, 2)),
    st.builds(StepDrop, st.integers(1, 60), st.floats(0.05, 1)),
    st.builds(CosineDecay, st.integers(1, 200), st.sampled_from([0.0, 0.2])),
    st.builds(WarmUp, st.integers(1, 60)),
)


@settings(max_examples=400)
@given(
    a=st.sampled_from([-1.0, 1.0]).flatmap(lambda s: st.floats(0.02, 50).map(lambda a: s * a)),
    b=st.integers(-10, 10),
    w0=st.integers(-10, 10),
    share=st.one_of(st.floats(0.01, 40), st.sampled_from([1.0, 2.0, 1e3])),
    schedule=PLANS,
    tolerance=st.sampled_from([1e-9, 1e-3, 0.5]),
    steps=st.sampled_from([1, 20, 150]),
)
def test_theory_and_run_agree_or_it_is_said_why(a, b, w0, share, schedule, tolerance, steps):
    lab = OneWeight(
        a, b, 0, w0, share / abs(a), schedule=schedule, tolerance=tolerance, steps=steps
    )
    result = lab.run()
    rows = rows_of(result)
    expected, ended = rows["how it ends"]
    if "steps" not in rows:
        assert lab.starts_at_rest and expected.startswith("stands still")
        return
    predicted, took = rows["steps"]
    if "followed" in predicted:
        assert "diverged" in ended and expected.startswith("comes back")
        assert a < 0 or "would bring it back" in result.sentence
    elif took.startswith("not"):
        known = predicted.replace(",", "")
        assert not known.isdigit() or int(known) > steps
    else:
        assert predicted == took
    assert len(set(rows["factor of the first step"])) == 1


def test_where_descent_stands_still_the_table_does_not_foretell_a_way():
    for eta in (0.3, 0.7, 3.0):
        for schedule in (Constant(), LinearDecay()):
            rows = rows_of(OneWeight(w0=1.0, eta=eta, schedule=schedule).run())
            assert rows["how it ends"] == ("stands still", "converged to a minimum")
    # 3·0.1 − 0.3 is no more than rounding, which η = 3 lets grow.
    result = OneWeight(a=3, b=-0.3, w0=0.1, eta=3, steps=60).run()
    assert "**E′ = 0** to rounding, and only rounding moves it" in result.sentence
    assert rows_of(result)["how it ends"][0] == "stands still, but for rounding"
    assert result.predicted == "0 steps to 0.1 %"


def test_just_beside_a_limit_numbers_have_the_digits_that_tell_them_from_it():
    above = OneWeight(eta=1.0000001).run().sentence
    assert "η = 1.0000001 is 2.0000002 ηₒₚₜ" in above and "**−1.0000002**" in above
    below = OneWeight(eta=0.49999999).run().sentence
    assert "η = 0.49999999 is 0.99999998 ηₒₚₜ" in below
    assert "**η = 1 is exactly 2ηₒₚₜ**" in OneWeight(eta=1.0).run().sentence
    assert "= **0.9999999998**" in OneWeight(eta=1e-10).run().sentence
    assert unlike(1.0, 1, 2) == "1" and unlike(1.000001, 1) == "1.000001" and num(-0.0) == "0"


def test_what_is_left_by_rounding_of_a_factor_is_no_number():
    rows = rows_of(OneWeight(a=3, b=-0.1, w0=1, eta=1 / 3).run())
    assert rows["factor of the first step"] == ("0", "0")


@pytest.mark.parametrize("field", ["a", "b", "c", "w0", "eta"])
@pytest.mark.parametrize("tiny", [5e-324, -1e-308, 1e-300, 9e-21])
def test_numbers_whose_squares_leave_the_range_of_floats_are_refused(field, tiny):
    with pytest.raises(FieldError, match=f"{field} must be 0 or at least 1e-20 in size") as told:
        OneWeight(**{field: tiny})
    assert told.value.field == field


@pytest.mark.parametrize("schedule", [Constant(), DropOnPlateau(), LinearDecay()])
def test_the_least_numbers_that_are_taken_give_true_counts(schedule):
    for extreme in ({"a": 1e-20, "b": 0.0}, {"b": 0.0, "w0": 1e-20}, {"a": 1e12, "b": 1e-20}):
        result = OneWeight(**extreme, schedule=schedule).run()
        for table in result.pictures[0].tables.values():
            for column in table.values():
                column = np.asarray(column)
                assert column.dtype.kind not in "fc" or np.isfinite(column).all()
    result = OneWeight(b=0.0, w0=1e-20, eta=0.25).run()
    assert result.predicted.startswith("10 steps") and result.measured.startswith("10 steps")
