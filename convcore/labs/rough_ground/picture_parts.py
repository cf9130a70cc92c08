"""Tables that several pictures of "Rough ground" share."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from convcore.charts.grid import plot_width
from convcore.charts.legend import legend_table
from convcore.charts.parts import LETTER, WIDE
from convcore.charts.picture import Columns
from convcore.labkit.words import num
from convcore.labs.rough_ground.chart_parts import ROWS
from convcore.labs.rough_ground.study import RoughStudy
from convcore.labs.rough_ground.words import place

BRIEF = {"crisis": "crisis", "η": "η now"}  # names on a narrow page
MARKED = 9  # minima whose limits are marked


def line_names(runs: Mapping[str, str]) -> dict[str, str]:
    """What the lines of runs of these names are called, by their keys."""
    return {key: f"{'this run: ' * (key == 'run')}{name}" for key, name in runs.items()}


def legend(runs: Mapping[str, str], *more: tuple[str, str]) -> Columns:
    """The table "legend": how runs are called, by their keys, and `more` lines (key, name).

    Empty for a single run, whose line needs no name.
    """
    names = line_names(runs) | dict(more)
    return legend_table("run", names if len(names) > 1 else {})


def limit_marks(study: RoughStudy, low: float, high: float, log: bool = False) -> Columns:
    """The table "limits": the current η, 2ηₒₚₜ of minima in (low, high), and the crisis, with names.

    Minima with the same limit share a line. log: whether the picture's axis is log₁₀ η. wide, narrow: the
    row of its name above the data, on a page of either width, ROWS if it has none. wideleft, narrowleft:
    whether the name is left of its line; widelabel, narrowlabel: the name.
    """
    limits: dict[float, list[str]] = {}
    for point in sorted(study.minima[:MARKED], key=lambda point: point.limit):
        if low < point.limit < high:
            limits.setdefault(float(f"{point.limit:.6g}"), []).append(place(point))
    marks = [(at, "2ηₒₚₜ", places) for at, places in limits.items()]
    if (at := study.crisis) and study.home:
        marks.append((at, "crisis", [place(study.home)]))
    marks.append((study.scene.eta, "η", []))
    marks = sorted(mark for mark in marks if low < mark[0] < high)
    x = np.array([math.log10(at) if log else at for at, *_ in marks])
    ends = np.log10([low, high]) if log else np.array([low, high])
    at = (x - ends[0]) / (ends[1] - ends[0])
    words = {
        "wide": [f"{what} = {num(at, 3)}{_of(where, 2)}" for at, what, where in marks],
        "narrow": [BRIEF.get(what, f"{what}{_of(where, 1)}") for _, what, where in marks],
    }
    columns: dict[str, object] = {"x": x, "now": [int(what == "η") for _, what, _ in marks]}
    for name, page in (("wide", 1.3 * WIDE), ("narrow", 0.5 * WIDE)):
        sizes = [LETTER * len(label) / plot_width(int(page)) for label in words[name]]
        rows, lefts = _rows(at, sizes)
        columns |= {name: rows, f"{name}left": lefts, f"{name}label": words[name]}
    return columns


def _of(places: list[str], most: int) -> str:
    """Whose limit it is: of at most so many places; "" for none."""
    more = " …" if len(places) > most else ""
    return f" of {' and '.join(places[:most])}{more}" if places else ""


def _rows(at: np.ndarray, sizes: list[float]) -> tuple[list[int], list[int]]:
    """For each line at a share of the width, rising, the row of its name and whether that is on its left.

    A name takes the first row where it covers no other name and no line that comes down from a higher row;
    the lines that come later stay clear of it too. sizes: of the names, as shares of the width.
    """
    rows, lefts = [ROWS] * len(at), [0] * len(at)
    spans: list[tuple[int, float, float]] = []
    for i in sorted(range(len(at)), key=lambda i: at[i]):
        for row, left in ((row, left) for row in range(ROWS) for left in (0, 1)):
            low, high = (at[i] - sizes[i], at[i]) if left else (at[i], at[i] + sizes[i])
            fits = low >= 0 and high <= 1
            covers = any(r == row and low < to and since < high for r, since, to in spans)
            crossed = any(rows[j] <= row and low < at[j] < high for j in range(i))
            crosses = any(r >= row and since < at[i] < to for r, since, to in spans)
            if fits and not (covers or crossed or crosses):
                rows[i], lefts[i] = row, left
                spans.append((row, low, high))
                break
    return rows, lefts
