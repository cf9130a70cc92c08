"""Axes of powers of ten, on a scale of log₁₀: ticks at 1, 2, 5 × 10ⁿ, or at whole powers only."""

from __future__ import annotations

import math
from typing import Any

import altair as alt

from convcore.charts.typeset import power_of_ten

SPAN = 15  # powers of ten on both sides of 1 that have ticks at 2 and 5
TICKS = [n + math.log10(m) for n in range(-SPAN, SPAN) for m in (1, 2, 5)]
PLAIN = (-3, 3)  # 10ⁿ between these is written out


def fine_axis(count: int = 8, **options: Any) -> alt.Axis:
    """An axis of log₁₀ x with ticks at 1, 2, 5 × 10ⁿ, every other one where there are over `count`."""
    n = "floor(datum.value + 1e-6)"
    mantissa = f"format(pow(10, datum.value - {n}), '.1~r')"
    power = f"({mantissa} == '1' ? '' : {mantissa} + '·') + {power_of_ten(n)}"
    plain = f"inrange(datum.value, [{PLAIN[0] - 0.01}, {PLAIN[1] + 0.99}])"
    label = f"{plain} ? format(pow(10, datum.value), '.1~r') : {power}"
    return alt.Axis(values=TICKS, tickCount=count, labelExpr=label, **options)


def power_axis(count: int = 5, **options: Any) -> alt.Axis:
    """An axis of log₁₀ x with ticks at whole powers of ten."""
    label = (
        f"inrange(datum.value, [{PLAIN[0]}, {PLAIN[1]}]) ? format(pow(10, datum.value), '~r') : "
        f"{power_of_ten('datum.value')}"
    )
    return alt.Axis(labelExpr=label, tickMinStep=1, tickCount=count, **options)
