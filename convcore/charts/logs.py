"""Axes of log₁₀: ticks at 1, 2, 5 · 10ⁿ, or at whole powers where these would be many."""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.typeset import power_of_ten

PLAIN = (-3, 3)  # 10ⁿ between these is written out


def log_axis(low: str, high: str, count: int = 8) -> alt.Axis:
    """An axis of log₁₀ x between two expressions, with at most about `count` labels."""
    return alt.Axis(
        values=alt.ExprRef(decades(low, high)), labelExpr=decade("datum.value"), tickCount=count
    )


def power_axis(count: int = 5, **options: Any) -> alt.Axis:
    """An axis of log₁₀ x with ticks at whole powers of ten."""
    label = (
        f"inrange(datum.value, [{PLAIN[0]}, {PLAIN[1]}]) ? format(pow(10, datum.value), '~r') : "
        f"{power_of_ten('datum.value')}"
    )
    return alt.Axis(labelExpr=label, tickMinStep=1, tickCount=count, **options)


def decades(low: str, high: str) -> str:
    """The ticks of an axis of log₁₀ between two expressions.

    An axis leaves out those beyond its ends, and every second one if they are more than its `tickCount`.
    """
    first = f"floor({low})"
    marks = ", ".join(f"{first} + {n + m:.5f}" for n in range(4) for m in (0, 0.30103, 0.69897))
    whole = f"sequence(ceil({low}), floor({high}) + 1)"
    return f"{high} - {low} > 2.9 ? {whole} : [{marks}]"


def decade(v: str) -> str:
    """The label of such a tick: 0.02, or 5·10⁻⁷ where that would be long."""
    power = f"floor({v} + 1e-3)"
    mantissa = f"format(pow(10, {v} - {power}), '.1r')"
    long = f"({mantissa} == '1' ? '' : {mantissa} + '·') + {power_of_ten(power)}"
    return f"abs({power}) > 4 ? {long} : format(pow(10, {v}), ',.1~r')"
