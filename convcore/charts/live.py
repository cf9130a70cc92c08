"""The closed form of plain descent as chart expressions: a path redrawn while a hand moves something.

An error mode with curvature λ is multiplied by h = 1 − η·f·λ at each step, so after k steps by
exp(Σ log|h|)·(−1)^#(h<0): running sums, which a window transform makes inside the browser.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark
from convcore.charts.parts import clicked, plane_pointer, pointed

TINY = "1e-300"
GRID = 31  # start points along each side that the pointer can choose


def held(*names: str) -> list[alt.Parameter]:
    """A parameter HELD_NAME for each number that a control outside of the chart may hold; "" if none does.

    The page's script writes it into an input that the chart renders, which the page hides (see
    `page.streamlit_ways.TELL_CHARTS`); a notebook leaves that out.
    """
    return [alt.param(name=f"HELD_{name}", value="", bind=alt.binding("number")) for name in names]


def moved(name: str, shown: str) -> str:
    """An expression: whether a control holds another number than the one `shown`.

    Once the run with that number is there, the picture is the run's again.
    """
    return f"(HELD_{name} !== '' && +HELD_{name} !== {shown})"


def at_hand(name: str, shown: str) -> str:
    """An expression: the number that a control holds, or else the one `shown`."""
    return f"(HELD_{name} !== '' ? +HELD_{name} : {shown})"


def factors(eta: str, by: list[str], times: str = "1") -> list[Any]:
    """Transforms that turn columns f and lam into P = ∏(1 − η·f·λ) and S = Σf, running over k.

    eta: expression of the step size. by: the columns that identify a mode. Row k carries the factor
    that led to it; row 0 carries f = 0. times: how many steps with this factor led to it, an expression.
    """
    return [
        calculate(f"1 - {eta} * datum.f * datum.lam", "h"),
        calculate(f"{times} * log(max(abs(datum.h), {TINY}))", "lg"),
        calculate(f"datum.h < 0 ? {times} : 0", "neg"),
        calculate(f"{times} * datum.f", "went"),
        alt.WindowTransform(
            window=[
                {"op": "sum", "field": "lg", "as": "L"},
                {"op": "sum", "field": "neg", "as": "N"},
                {"op": "sum", "field": "went", "as": "S"},
            ],
            groupby=by,
            sort=[{"field": "k", "order": "ascending"}],
            frame=[None, 0],
        ),
        # e^80 is far outside of every picture, and its square is still finite.
        calculate("exp(min(datum.L, 80)) * (datum.N % 2 ? -1 : 1)", "P"),
    ]


def calculate(expression: str, name: str) -> Any:
    """One calculate transform."""
    return alt.CalculateTransform(**{"calculate": expression, "as": name})


def keep(expression: str) -> Any:
    """One filter transform."""
    return alt.FilterTransform(filter=expression)


def start_pointer() -> Mark:
    """Where the pointer may choose a start in the plane: `hover_start` follows, `pick_start` keeps."""
    follows, keeps = pointed("hover_start", "x", "y"), clicked("pick_start", "x", "y")
    return plane_pointer(GRID, follows, keeps)
