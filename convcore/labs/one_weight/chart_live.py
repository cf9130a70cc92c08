"""What pointer and controls draw in the pictures of "One weight" while they move: the closed form."""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, View, layer
from convcore.charts.live import (
    SO_FAR,
    at_hand,
    calculate,
    factors,
    followed_top,
    held,
    keep,
    moved,
    shown_step,
)
from convcore.charts.picture import table_param
from convcore.charts.style import METHODS

BLUE = METHODS["gd"][0]


# Names that expressions use. T: the run's numbers; FRAME, PLANE, RULE: the views' ends, in tables of
# their own, so that marks that depend only on those that stay when η moves are not drawn again; ETA, W0
# and K: from the pointer, else from the control; A, B, C: from the control, which may be ahead of the run;
# WS: the minimum; SHARE: η/ηₒₚₜ; STRETCH: how much longer than on the run's ruler each η is.
NUMBERS = ("ETA", "A", "B", "C", "W0")
STARTS = 120  # places along E(w) that the pointer can choose
PARAMS = [
    *held(*NUMBERS, "LOOK"),
    table_param("t"),
    table_param("frame"),
    table_param("plane"),
    table_param("rule"),
    alt.param(name="TRIED", expr="isValid(hover.eta) && T.live"),
    alt.param(name="START", expr="isValid(hover_start.x) && T.live"),
    alt.param(
        name="ON",
        expr=f"TRIED || START || T.live && ({' || '.join(moved(x, f'T.{x.lower()}') for x in NUMBERS)})",
    ),
    alt.param(name="ETA", expr=f"TRIED ? hover.eta[0] : ON ? {at_hand('ETA', 'T.eta')} : T.eta"),
    *(
        alt.param(name=x, expr=f"ON ? {at_hand(x, f'T.{x.lower()}')} : T.{x.lower()}")
        for x in NUMBERS[1:-1]
    ),
    alt.param(name="W0", expr=f"START ? hover_start.x[0] : ON ? {at_hand('W0', 'T.w0')} : T.w0"),
    alt.param(name="WS", expr="A != 0 ? -B / A : W0"),
    *shown_step("scrub", otherwise=f"min({at_hand('LOOK', 'T.look')}, T.last)"),
    alt.param(name="SHARE", expr="ETA * A"),
    alt.param(name="STRETCH", expr="A > 0 && T.a > 0 ? T.a / A : 1"),
    alt.param(
        name="LHI",
        expr=followed_top("log(0.5 * A * pow(W0 - WS, 2)) / LN10", "abs(1 - SHARE)", "FRAME.khi"),
    ),
]
REGIME = (
    "ETA == 0 ? 'stands still' : ETA < 0 && SHARE < 2 - 1e-9 ? 'climbs' : ETA > 0 && A < 0 ? "
    "'runs away: no minimum' : A == 0 ? 'no curvature: a straight line' : "
    "abs(SHARE - 1) < 1e-9 ? 'lands in one step' : abs(SHARE - 2) < 1e-9 ? 'jumps for ever' : "
    "SHARE < 1 ? 'converges monotonically' : SHARE < 2 ? 'oscillates, converges' : 'diverges'"
)
PLANE = ("PLANE.xlo", "PLANE.xhi", "PLANE.ylo", "PLANE.yhi")
LEVELS = ("FRAME.klo", "FRAME.khi", "FRAME.llo", "LHI")


def paths() -> tuple[View, View]:
    """The run's path, and the closed form's, which is drawn instead while the pointer asks for it."""

    def marks(**shared: Any) -> View:
        return layer(
            Mark().mark_line(color=BLUE, strokeWidth=1.2, opacity=0.75, clip=True),
            Mark().mark_point(color=BLUE, filled=True, size=32, opacity=1, clip=True),
            **shared,
        )

    return marks(
        data=alt.NamedData("run"), transform=[keep(f"!ON && datum.shown && {SO_FAR}")]
    ), marks()


def live_path() -> list[Any]:
    """Transforms of the run's table to the closed form's w, E and y under the pointer."""
    along = "A != 0 ? WS + (W0 - WS) * datum.P : W0 - B * ETA * datum.S"
    excess = "max(0.5 * A * pow(datum.w - WS, 2), 1e-300)"
    return [
        # Where η changes from step to step, no further than each step is there.
        keep(f"ON && (T.even || datum.n <= 1) && {SO_FAR}"),
        calculate("A", "lam"),
        *factors("ETA", by=[], times="datum.n"),
        calculate(along, "w"),
        keep("abs(datum.w) < 1e30"),
        calculate("(0.5 * A * datum.w + B) * datum.w + C", "E"),
        calculate(f"T.log ? max(log({excess}) / LN10, FRAME.llo - 1) : datum.E", "y"),
    ]
