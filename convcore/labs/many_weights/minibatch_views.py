"""What "Many weights" shows of minibatches: a picture, a table, and what follows from both."""

from __future__ import annotations

import math

import numpy as np

from convcore.arrays import Array
from convcore.charts.legend import legend_table
from convcore.charts.paths import needed_points
from convcore.charts.picture import Columns, Picture, row, short
from convcore.labkit.tables import Facts
from convcore.labkit.words import num, steps
from convcore.labs.many_weights.chart_minibatches import (
    EXPECTED,
    FLOOR,
    FULL,
    LINES,
    MEAN,
    MINIBATCHES,
    ONE,
)
from convcore.labs.many_weights.minibatches import MinibatchStudy
from convcore.labs.many_weights.study import ManyWeightsStudy

DEEP = 12  # decades below the start that are drawn
FINE = 500  # parts of the height of the view
NONE = "minibatches are rows of a table: choose data as the quadratic, with a loss of squares"


def picture(study: ManyWeightsStudy) -> Picture:
    """The picture; without a table it says what to choose."""
    found = study.minibatches
    look = min(study.settings.look, study.settings.steps)
    if found is None:
        empty = np.empty(0)
        tables: dict[str, Columns] = {
            "t": row(why=NONE, khi=study.settings.steps, ylo=-1.0, yhi=1.0, look=look),
            "legend": legend_table("line", {}),
            "band": {"k": empty, "low": empty, "high": empty},
            "lines": {"line": [], "k": empty, "loss": empty},
        }
        return Picture("minibatches", MINIBATCHES, tables, f"{NONE[0].upper()}{NONE[1:]}.")
    lines = _lines(found)
    ends = np.concatenate([found.full, found.band.mean])
    high = math.ceil(min(_log(ends, -300).max(), 300.0) + 1e-9)
    low = math.floor(max(min(_log(y, high - DEEP).min() for y in lines.values()), high - DEEP))
    low = min(low, high - 1)
    drawn = {name: np.clip(_log(y, low - 1), low - 1, high + 1) for name, y in lines.items()}
    band = [np.clip(_log(y, low - 1), low - 1, high + 1) for y in (found.band.low, found.band.high)]
    kept = needed_points([*drawn.values(), *band], [(high - low) / FINE] * (len(drawn) + 2))
    corners = dict(zip(drawn, kept, strict=False))
    k = {name: np.flatnonzero(corners[name]) for name in drawn}
    both = kept[-1] | kept[-2]
    tables = {
        "t": row(why="", khi=found.steps, ylo=low, yhi=high, look=look),
        "legend": legend_table("line", {name: LINES[name][0] for name in drawn}),
        "band": {
            "k": np.flatnonzero(both).astype(np.int16),
            "low": short(band[0][both]),
            "high": short(band[1][both]),
        },
        "lines": {
            "line": [name for name in drawn for _ in k[name]],
            "k": np.concatenate([k[name] for name in drawn]).astype(np.int16),
            "loss": short(np.concatenate([drawn[name][k[name]] for name in drawn])),
        },
    }
    return Picture("minibatches", MINIBATCHES, tables, _about(study, found))


def _log(y: Array, least: float) -> Array:
    """log₁₀ of losses (m,), not below `least`."""
    return np.log10(np.maximum(y, 10.0 ** max(least, -300)))


def _lines(found: MinibatchStudy) -> dict[str, Array]:
    """The lines (K+1,) by name: those that there are."""
    lines = {MEAN: found.band.mean, ONE: found.one, FULL: found.full}
    if found.theory is not None:
        lines[EXPECTED] = found.theory
    if 0 < found.floor < math.inf:
        lines[FLOOR] = np.full(found.steps + 1, found.floor)
    return lines


def _about(study: ManyWeightsStudy, found: MinibatchStudy) -> str:
    how = "drawn with replacement" if study.settings.rows == "drawn" else "shuffled each epoch"
    other = found.theory is not None and study.settings.rows != "drawn"
    theirs = " Theory is for rows drawn with replacement, which vary more." * other
    fewer = " (as many as can be computed at once)" * (found.steps < study.settings.steps)
    return (
        f"{found.runs} runs of {steps(found.steps)}{fewer}, each step on {found.batch} of the "
        f"{found.rows} rows, {how}; the gradient of a batch is scaled to the whole table. The line is the "
        f"mean of the runs, the band holds the middle 80 % of them.{theirs}"
    )


def said(study: ManyWeightsStudy) -> tuple[str, ...]:
    """What the runs and theory come to (Markdown)."""
    found = study.minibatches
    if found is None:
        return ()
    lines = []
    gone = f"; {found.gone} of the {found.runs} runs diverged" if found.gone else ""
    if found.interpolates:
        lines.append(
            "The model fits every row: at the minimum no batch asks for a step, so minibatches have **no "
            "floor**."
        )
    late = f"in the last third of the steps the runs have E − E* = **{num(found.late)}** on average{gone}"
    if found.theory is None:
        return (*lines, f"Minibatches: {late}; η depends on the run, so theory says nothing.")
    drawn = study.settings.rows == "drawn"
    expected = f"theory of rows drawn with replacement **{num(found.theory_late)}**"
    lines.append(f"Minibatches: {late}, {expected}.")
    if not drawn and found.late < 0.9 * found.theory_late < math.inf:
        lines.append(
            "Shuffled rows leave less, as all batches of an epoch together are the whole table."
        )
    if found.floors and not found.interpolates and found.floor < math.inf:
        far = abs(found.theory_late - found.floor) > 0.1 * found.floor
        there = f"which takes more than {steps(found.steps)}" if far else "which is reached here"
        lines.append(
            f"By theory rows drawn with replacement keep a floor of **{num(found.floor)}**, {there}."
        )
    limit = study.limits["gd"]
    if found.floors and found.floor == math.inf and study.settings.eta < limit:
        lines.append(
            "By theory the mean over all draws grows without end, though full batches converge: so small "
            "batches need a smaller η."
        )
    return tuple(lines)


def facts(study: ManyWeightsStudy) -> tuple[Facts, ...]:
    """The floor by theory of this setting and of those beside it, and the measured one."""
    found = study.minibatches
    if found is None or not found.floors:
        return ()
    rows = tuple(
        (
            f"{each.batch:,}",
            num(each.eta),
            "none"
            if each.kept == 0
            else "grows without end"
            if each.kept == math.inf
            else num(each.kept),
            num(found.late) if i == 0 else "–",
        )
        for i, each in enumerate(found.floors)
    )
    return (
        Facts(
            (
                "batch size",
                "η",
                "floor of E − E* by theory, rows drawn with replacement",
                "runs, mean of the last third",
            ),
            rows,
        ),
    )
