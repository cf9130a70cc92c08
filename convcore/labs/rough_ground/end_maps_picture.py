"""The maps of "Rough ground" drawn: a colour for each way to end, and the largest η of each minimum."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from convcore.charts.picture import Columns, Picture, row
from convcore.descent.descent import Status
from convcore.descent.schedules import Constant
from convcore.descent.theory import PointKind
from convcore.labkit.second_view import SecondView
from convcore.labkit.tables import Facts
from convcore.labkit.words import num, percent, steps
from convcore.labs.rough_ground.chart_end_maps import (
    BASINS,
    ESCAPE,
    MAXIMA,
    MINIMA,
    OTHER,
    SADDLES,
    image,
)
from convcore.labs.rough_ground.end_maps import (
    Basins,
    EndGroup,
    EndMap,
    EscapeEnds,
    EscapeMap,
    Held,
)
from convcore.labs.rough_ground.study import RoughStudy
from convcore.labs.rough_ground.words import place

FEWER = " (fewer than asked for, as a step of this method takes long)"
PALETTES = {PointKind.MINIMUM: MINIMA, PointKind.SADDLE: SADDLES, PointKind.MAXIMUM: MAXIMA}
PERIODS = {2: "period 2", 4: "period 4"}
# How runs end that reach no point with its own colour: in words, and as the name of a colour.
WAYS = {
    Status.CONVERGED: ("other stationary points", "other points"),
    Status.CYCLING: ("cycles, longer or odd period", "another period"),
    Status.BOUNDED: ("bounded, no period", "bounded, no period"),
    Status.FROZEN: ("frozen on the way", "frozen"),
    Status.NEAR: ("near a point, need not stay there", "near a point"),
    Status.UNDERFLOW: ("stopped by rounding", "rounding"),
    Status.STUCK: ("stuck: slope, no curvature", "stuck"),
    Status.DRIFTING: ("drifts", "drifts"),
    Status.OUT_OF_STEPS: ("still under way", "still under way"),
    Status.KINK: ("settles at a kink", "kink"),
    Status.DIVERGED: ("diverges", "gone"),
    Status.LEFT: ("outside the domain of E, or leaves it", "left"),
}


def escape_view(study: RoughStudy, second: EscapeMap, found: EscapeEnds) -> SecondView:
    """The escape map, and the largest η at which runs end at each minimum."""
    scene, made = study.scene, found.map
    tables, about = map_tables(made)
    side = len(made.codes)
    t = _frame(made) | row(x=float(scene.start[0]), y=math.log10(scene.eta))
    counted = (
        f"Each cell is a run of {steps(second.steps)}, {side} starts by {side} step sizes"
        f"{FEWER if side < second.cells else ''}; "
        f"from one row of cells to the next η grows by {percent(found.growth)}. "
        f"Of these {side * side:,} runs: "
    )
    marks, lines = _thresholds(study, made)
    picture = Picture(
        "escape", ESCAPE, tables | {"t": t, "thresholds": marks}, counted + about + lines
    )
    return SecondView(picture, () if found.held is None else (_limits(found.held, second.steps),))


def basins_view(study: RoughStudy, second: Basins, found: EndMap) -> SecondView:
    """The plane of starts."""
    tables, about = map_tables(found)
    side = len(found.codes)
    x, y = study.scene.start
    counted = (
        f"Each cell is a run of {steps(study.scene.steps)}, {side} × {side} starts"
        f"{FEWER if side < second.cells else ''}. "
        f"Of these {side * side:,} runs: "
    )
    t = _frame(found) | row(x=x, y=y)
    return SecondView(Picture("basins", BASINS, tables | {"t": t}, counted + about))


def _thresholds(study: RoughStudy, made: EndMap) -> tuple[Columns, str]:
    """The thresholds of the minimum that small steps lead to, as lines of a map, and in words."""
    scene, home, (low, high) = study.scene, study.home, made.ys
    lines: list[tuple[float, str, str]] = []
    if home and scene.plain and isinstance(scene.schedule, Constant):
        lines.append((home.limit, "", f"2ηₒₚₜ = {num(home.limit)} of {place(home)}"))
        if at := study.crisis:
            lines.append((at, f"crisis = {num(at)} of {place(home)}", ""))
    lines = [line for line in lines if line[0] > 0 and low < math.log10(line[0]) < high]
    marks: Columns = {
        "y": [math.log10(eta) for eta, _, _ in lines],
        "left": np.full(len(lines), int(scene.start[0] > sum(made.xs) / 2)),
        "above": [above for _, above, _ in lines],
        "below": [below for _, _, below in lines],
    }
    words = "; ".join(above or below for _, above, below in lines)
    return marks, f" Lines: {words}." if lines else ""


def _frame(made: EndMap) -> dict[str, list[float]]:
    """The ends of a map's axes, as a table of one row."""
    (xlo, xhi), (ylo, yhi) = made.xs, made.ys
    return row(xlo=xlo, xhi=xhi, ylo=ylo, yhi=yhi)


def _limits(held: tuple[Held, ...], steps: int) -> Facts:
    """The largest η at which runs end at each minimum, by theory and in the map."""
    return Facts(
        (
            "minimum",
            "2ηₒₚₜ = 2/λₘₐₓ",
            "largest η of the map with which over 1 % of the starts end there",
            "its next η",
        ),
        tuple(
            (
                place(each.point),
                num(each.point.limit),
                "none" if each.largest is None else num(each.largest),
                _beyond(each, steps),
            )
            for each in held
        ),
    )


def _beyond(held: Held, steps: int) -> str:
    """The next larger η, and why no runs end at the minimum with it."""
    eta, point = held.following, held.point
    if eta is None:
        return "–"
    if eta >= point.limit:
        return f"{num(eta, 5)}, beyond 2ηₒₚₜ"
    # Near the minimum each step multiplies the distance by this: |1 − ηλₘₐₓ| or |1 − ηλₘᵢₙ|.
    left = max(abs(1 - eta * v) for v in point.curvatures)
    return (
        f"{num(eta, 5)}, below 2ηₒₚₜ: but a step leaves {num(100 * left, 5)} % of the distance, "
        f"and {steps} steps {percent(left**steps)}"
    )


@lru_cache(maxsize=48)  # by identity: a click in a map does not change it
def map_tables(made: EndMap) -> tuple[dict[str, Columns], str]:
    """The image of a map with its key, each colour with its share; and the key in words."""
    names = [f"{_name(group)}: {percent(group.share)}" for group in made.groups]
    colours = [_colour(group) for group in made.groups]
    key = {
        "name": names,
        "colour": colours,
        "line": np.arange(len(names)),
        "at": np.full(len(names), 0.03),
    }
    tables: dict[str, Columns] = {"map": {"url": [image(made.codes, colours)]}, "key": key}
    return tables, "; ".join(names) + "."


def _name(group: EndGroup) -> str:
    """How the runs of a group end, in words."""
    if point := group.point:
        # Two weights fill a line of the key by themselves.
        short = point.kind.is_minimum and len(point.w) == 1
        return f"{point.kind.value} {place(point)}" + (
            f", 2ηₒₚₜ = {num(point.limit)}" if short else ""
        )
    if group.period:
        return f"cycles, {PERIODS[group.period]}"
    return WAYS[group.status][0]


def _colour(group: EndGroup) -> str:
    """The colour of a group."""
    if group.point:
        return PALETTES[group.point.kind.plain][group.rank]
    return OTHER[PERIODS[group.period] if group.period else WAYS[group.status][1]]
