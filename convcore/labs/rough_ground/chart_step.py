"""The step with its numbers in, for the step of "Rough ground" that is shown."""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, View
from convcore.charts.live import calculate, keep
from convcore.charts.parts import pointed
from convcore.charts.typeset import BREAK, in_brackets, subscript, written


def step_pointer() -> Mark:
    """Where the pointer chooses the step that is shown."""
    chart: Mark = (
        Mark(alt.NamedData("steps"))
        .mark_rect(fillOpacity=0, clip=True)
        .encode(x="lo:Q", x2="hi:Q", y=alt.value(0), y2=alt.value("height"))
        .add_params(pointed("scrub", "k"))
    )
    return chart


def equation(width: int, weights: int, wide: bool) -> View | Mark:
    """w₁ = w₀ − η₀·E′(w₀) = 3.5 − 0.8·2.1 = 1.82; of two weights with vectors (x, y).

    T.rule: what η multiplies, with @ for the weights before the step; T.told: what it is, in words.
    """
    k = "datum.k"
    last = f"'w' + {subscript(f'{k} - 1')}"

    def vector(name: str, inner: bool = False) -> str:
        if weights == 1:
            return in_brackets(f"datum.{name}1") if inner else f"datum.{name}1"
        return f"'(' + datum.{name}1 + ', ' + datum.{name}2 + ')'"

    rule = f"replace(T.rule, regexp('@', 'g'), {last})"
    symbols = (
        f"'w' + {subscript(k)} + ' = ' + {last} + ' − η' + {subscript(f'{k} - 1')} + '·' + {rule}"
    )
    over = f"(datum.c == '0' ? '' : ' / ' + {in_brackets('datum.c')})"
    numbers = f"{vector('a')} + ' − ' + datum.eta + ' · ' + {vector('d', True)} + {over}"
    gap = "  " if wide else BREAK
    told = " + T.told" if wide else ""
    result = f"'{' ' if wide else BREAK}= ' + {vector('w')}"
    step = f"{symbols} + '{gap}= ' + {numbers} + {result}{told}"
    start = f"'w₀ = ' + {vector('w')} + ', the start'"
    text: Mark = (
        Mark(alt.NamedData("steps"))
        .mark_text(style="step", fontSize=16 if wide else 14, limit=width)
        .encode(x=alt.value(0), y=alt.value(0), text="text:N")
    )
    text.transform = [
        keep("datum.k == K"),
        *written(
            [f"{name}{i}" for name in "adw" for i in range(1, weights + 1)] + ["eta", "c"],
            kept=("k",),
        ),
        calculate(f"{k} == 0 ? {start} : {step}", "text"),
    ]
    quiet: Mark = text.properties(view=alt.ViewConfig(stroke=None))
    return quiet
