"""The headline of "One weight", beside a loop written here."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcore.descent.schedules import LinearDecay, QuadraticDecay
from convcore.labkit.headline import Headline, Tone
from convcore.labs import OneWeight
from convcore.labs.one_weight.headline import headline as headline_of
from tests.draw import labs


def hundredths(least: int, most: int) -> st.SearchStrategy[float]:
    return st.integers(least, most).map(lambda k: k / 100)


@st.composite
def parabolas(draw: st.DrawFn) -> OneWeight:
    """A lab with a minimum, a start elsewhere and a constant η of −0.5 to 3 ηₒₚₜ."""
    a, away = draw(hundredths(1, 1000)), draw(st.sampled_from([-1, 1])) * draw(hundredths(10, 1000))
    centre, share = draw(hundredths(-500, 500)), draw(hundredths(-50, 300))
    return OneWeight(
        a=a, b=-a * centre, w0=centre + away, eta=share / a, steps=draw(st.integers(1, 200))
    )


def headline(lab: OneWeight) -> Headline:
    return headline_of(lab.study())


def number(text: str) -> float:
    """A number as the page writes it."""
    signs = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")
    mantissa, _, power = text.translate(signs).replace(",", "").partition("·10")
    if not power and re.fullmatch(r"-?10-?\d+", mantissa) and text[-1] >= "⁰":
        return float(f"{mantissa.partition('10')[0] or ''}1e{mantissa.partition('10')[2]}")
    return float(f"{mantissa}e{power or 0}")


@given(labs(OneWeight))
def test_a_headline_is_short_and_its_verdict_is_in_it(lab: OneWeight) -> None:
    made = headline(lab)
    assert len(made.plain.split()) <= 20
    assert made.verdict in made.plain and made.says.count("{}") == 1
    assert f":{made.tone.value}[{made.verdict}]" in made.markdown


@given(parabolas())
def test_the_share_that_a_step_keeps_is_that_of_a_loop(lab: OneWeight) -> None:
    made = headline(lab)
    factor = 1 - lab.eta * lab.a
    kept = re.search(r"keeps (\S+) %", made.plain)
    if kept:
        assert number(kept[1]) == pytest.approx(100 * abs(factor), rel=1e-2)
        assert ("jumps across" in made.plain) == (factor < 0)
        assert abs(factor) < 1 and made.tone in (Tone.ARRIVES, Tone.STRUGGLES)
    elif made.verdict == "overshoots further":
        assert factor < -1 and made.tone is Tone.FAILS
        said = re.search(r"multiplied by (\S+)\.$", made.plain)
        assert said and number(said[1]) == pytest.approx(factor, rel=1e-3)


@given(parabolas())
def test_predicted_and_taken_steps_of_the_line_below_are_those_of_a_loop(lab: OneWeight) -> None:
    made = headline(lab)
    w, centre, took = lab.w0, -lab.b / lab.a, math.inf
    for k in range(1, lab.steps + 1):
        w -= lab.eta * (lab.a * w + lab.b)
        if abs(w - centre) <= lab.tolerance * abs(lab.w0 - centre):
            took = k
            break
    found = re.search(r"took ([\d,]+)", made.theory)
    assert (number(found[1]) if found else math.inf) == pytest.approx(took, abs=1)
    if "✓" in made.theory and found:
        assert f"Theory: {found[1]} step" in made.theory


@pytest.mark.parametrize(
    ("lab", "says", "tone"),
    [
        (OneWeight(), "At η = 0.7 every step jumps across the minimum and keeps 40 % of the error.",
         Tone.STRUGGLES),
        (OneWeight(eta=0.5), "At η = 0.5, which is ηₒₚₜ, one step leads to the minimum.", Tone.ARRIVES),
        (OneWeight(eta=1.0), "At η = 1, which is 2ηₒₚₜ, descent jumps between two points for ever.",
         Tone.FAILS),
        (OneWeight(eta=1.1), "At η = 1.1 every step overshoots further: the error is multiplied by −1.2.",
         Tone.FAILS),
        (OneWeight(eta=0.0), "At η = 0 nothing moves.", Tone.NEUTRAL),
        (OneWeight(eta=-0.1), "At η = −0.1 every step climbs away from the minimum.", Tone.FAILS),
        (OneWeight(w0=1.0), "At w₀ = 1 the slope is zero: descent stays put, whatever η.", Tone.NEUTRAL),
        (OneWeight(a=0.0), "E is a straight line of slope −2: descent moves on and never arrives.",
         Tone.FAILS),
        (OneWeight(a=-1.0), "E bends down (a = −1) and has no minimum: every step runs away from the "
         "maximum.", Tone.FAILS),
        (OneWeight(schedule=QuadraticDecay(), eta=0.1), "η changes from 0.1: descent freezes on its way, "
         "with 70.9 % of the error left after 20 steps.", Tone.FAILS),
        (OneWeight(schedule=LinearDecay(), eta=4.0), "η changes from 4: descent reaches the minimum to "
         "0.1 % in 8 steps.", Tone.ARRIVES),
    ],
)  # fmt: skip
def test_each_regime_has_its_headline(lab: OneWeight, says: str, tone: Tone) -> None:
    assert (headline(lab).plain, headline(lab).tone) == (says, tone)
