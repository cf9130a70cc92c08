"""The closed form of plain descent as chart expressions: a path redrawn under the pointer.

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


def factors(eta: str, by: list[str]) -> list[Any]:
    """Transforms that turn columns f and lam into P = ∏(1 − η·f·λ) and S = Σf, running over k.

    eta: expression of the step size. by: the columns that identify a mode. Row k carries the factor
    that led to it; row 0 carries f = 0.
    """
    return [
        alt.CalculateTransform(**{"calculate": f"1 - {eta} * datum.f * datum.lam", "as": "h"}),
        alt.CalculateTransform(**{"calculate": f"log(max(abs(datum.h), {TINY}))", "as": "lg"}),
        alt.CalculateTransform(**{"calculate": "datum.h < 0 ? 1 : 0", "as": "neg"}),
        alt.WindowTransform(
            window=[
                {"op": "sum", "field": "lg", "as": "L"},
                {"op": "sum", "field": "neg", "as": "N"},
                {"op": "sum", "field": "f", "as": "S"},
            ],
            groupby=by,
            sort=[{"field": "k", "order": "ascending"}],
            frame=[None, 0],
        ),
        # e^80 is far outside of every picture, and its square is still finite.
        alt.CalculateTransform(
            **{"calculate": "exp(min(datum.L, 80)) * (datum.N % 2 ? -1 : 1)", "as": "P"}
        ),
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
