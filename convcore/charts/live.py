"""What moves in a picture without the server: the step that is shown, and plain descent's closed form.

The page's Play sets the step (`shown_step`), and paths end there while it does. The closed form redraws
a path under the pointer: an error mode with curvature λ is multiplied by h = 1 − η·f·λ at each step, so
after k steps by exp(Σ log|h|)·(−1)^#(h<0), running sums that a window transform makes in the browser.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark
from convcore.charts.parts import clicked, plane_pointer, pointed, tries

TINY = "1e-300"
PLAYED = "PLAYED"  # the parameter that the page's Play sets: a step, or −1
SO_FAR = "datum.k <= DRAWN"  # of a row of a path: whether it is drawn yet
HIGHEST = 60  # power of ten up to which an axis follows a run under the pointer
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


def shown_step(*pointers: str, otherwise: str = "T.look") -> list[alt.Parameter]:
    """K, the step that a picture shows, and DRAWN, the last step of what it draws.

    pointers: selections by k, the first of which that is set has the word; after them the step that is
    played, then `otherwise`. DRAWN is K while a step is played, and beyond every run otherwise. PLAYED is
    bound to an input, so that a script on the page can set it.
    """
    # The text of an input is a string, which a sum would write behind the other number.
    step = f"toNumber({PLAYED})"
    pointed_at = "".join(f"isValid({name}.k) ? {name}.k[0] : " for name in pointers)
    return [
        alt.param(name=PLAYED, value=-1, bind=alt.binding("number")),
        alt.param(name="K", expr=f"{pointed_at}{step} >= 0 ? {step} : {otherwise}"),
        alt.param(name="DRAWN", expr=f"{step} >= 0 ? K : 1e9"),
    ]


def curtain(x: alt.X | str = "k:Q", at: str = "DRAWN", **channels: Any) -> Mark:
    """Dims a view over steps beyond the one that is played. at: an expression of its place, named as in x.

    It is drawn over the curves and under what the pointer looks for.
    """
    field = x.split(":")[0] if isinstance(x, str) else str(x.shorthand).split(":")[0]
    chart: Mark = (
        Mark(alt.sequence(1))
        .transform_filter("DRAWN < 1e9")
        .transform_calculate(**{field: at})
        .mark_rect(style="curtain")
        .encode(x=x, x2=alt.value("width"), y=alt.value(0), y2=alt.value("height"), **channels)
    )
    return chart


def followed_top(start: str, pace: str, steps: str) -> str:
    """The upper end of an axis of log₁₀ losses where a run under the pointer climbs, FRAME.lhi otherwise.

    start: the log₁₀ loss at the start. pace: the largest |1 − ηλ|. T.even: whether η is the same at each
    step, so that the run's highest loss is known.
    """
    top = f"{start} + 2 * {steps} * log({pace}) / LN10"
    return f"ON && T.log && T.even ? max(FRAME.lhi, min(ceil({top}), {HIGHEST})) : FRAME.lhi"


def calculate(expression: str, name: str) -> Any:
    """One calculate transform."""
    return alt.CalculateTransform(**{"calculate": expression, "as": name})


def keep(expression: str) -> Any:
    """One filter transform."""
    return alt.FilterTransform(filter=expression)


def start_pointer(live: bool) -> Mark:
    """Where the pointer may choose a start in the plane: `hover_start` follows, `pick_start` keeps.

    live: whether the path follows the pointer, or a click alone moves the start.
    """
    follows, keeps = pointed("hover_start", "x", "y"), clicked("pick_start", "x", "y")
    pointer = plane_pointer(GRID, *[follows] * live, keeps)
    pointer.mark.cursor = tries("move") if live else "crosshair"
    return pointer
