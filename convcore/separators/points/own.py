"""The user's own points: from the rows of a table, or from lines of text."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from convcore.arrays import Array
from convcore.datasets import LARGEST, MAX_ROWS, Table
from convcore.separators.points.points import Points

SIGNS = {
    "+": 1,
    "+1": 1,
    "1": 1,
    "1.0": 1,
    "-": -1,
    "-1": -1,
    "−": -1,
    "−1": -1,
    "0": -1,
    "-1.0": -1,
}


def from_table(
    table: Table, features: Sequence[str], label: str, plus: str = "", minus: str = ""
) -> Points:
    """The rows of a table; the cells of column `label` are the classes, as in `labelled`.

    Raises ValueError, in one line, as that does, and for columns that are not numbers in each row.
    """
    if not features:
        raise ValueError("no input is chosen; choose one or two columns of numbers")
    return labelled(table.features(features), table.text(label), features, label, plus, minus)


def labelled(
    x: Array,
    cells: Sequence[str],
    names: Sequence[str],
    label: str,
    plus: str = "",
    minus: str = "",
) -> Points:
    """Points x (N, p) whose classes are the N cells of a column called `label`.

    plus and minus name two classes, and rows of others are left out; without `minus` all others are
    −; without `plus` the column must hold two classes, of which the second to appear is +, or the
    larger of 0 and 1, or of −1 and 1. Raises ValueError in one line.
    """
    held = np.array(cells)
    kinds = list(dict.fromkeys(cells))
    for name in (plus, minus):
        if name and name not in kinds:
            raise ValueError(f"column {label[:60]!r} holds no {name[:40]!r}")
    if plus and plus == minus:
        raise ValueError(f"both classes are {plus[:40]!r}; choose two")
    if not plus:
        if len(kinds) > 2:
            raise ValueError(f"column {label[:60]!r} holds {len(kinds):,} classes; choose one as +")
        signs = [SIGNS.get(kind, 0) for kind in kinds]
        kinds = kinds if 0 in signs else [k for _, k in sorted(zip(signs, kinds, strict=True))]
        plus = kinds[-1]
        if len(kinds) == 1 and signs == [-1]:
            plus, minus = "", kinds[0]
    kept = np.isin(held, [plus, minus]) if minus else np.ones(len(held), dtype=bool)
    rest = [kind for kind in kinds if kind != plus]
    other = minus or (rest[0] if len(rest) == 1 else "others")
    labels = np.where(held[kept] == plus, 1.0, -1.0) if plus else np.full(kept.sum(), -1.0)
    return Points(x[kept], labels, tuple(names), (other, plus or "+"))


def parse(text: str) -> Points:
    """Points from text, one a line: its coordinates and its label, as in `1 0 +` or `-2.5, 3; -1`.

    Labels are + or −, 1 or −1, 1 or 0. Coordinates are one or two numbers, as many on each line;
    empty lines and what follows # are skipped. Raises ValueError: the line, and what would be right.
    """
    rows: list[list[float]] = []
    labels: list[int] = []
    width = 0
    for number, line in enumerate(text.splitlines(), 1):
        cells = line.split("#")[0].replace(",", " ").replace(";", " ").split()
        if not cells:
            continue
        *coordinates, label = cells
        if label not in SIGNS:
            raise ValueError(f"line {number} ends in {label[:20]!r}; end it in a label, + or −")
        if not 1 <= len(coordinates) <= 2:
            has = f"{len(coordinates)} number" + "s" * (len(coordinates) != 1)
            raise ValueError(
                f"line {number} has {has} before its label; write x y label or x label"
            )
        width = width or len(coordinates)
        if len(coordinates) != width:
            has = "1 coordinate" if width == 2 else "2 coordinates"
            raise ValueError(f"line {number} has {has} and the first point {width}")
        rows.append([_coordinate(cell, number) for cell in coordinates])
        labels.append(SIGNS[label])
        if len(rows) > MAX_ROWS:
            raise ValueError(f"there are more than {MAX_ROWS:,} points")
    if not rows:
        raise ValueError("there is no point; write one a line, as in 1 0 +")
    return Points(np.array(rows), np.array(labels, dtype=float), ("x", "y")[:width])


def _coordinate(cell: str, line: int) -> float:
    try:
        # float() accepts 1_000.
        value = math.nan if "_" in cell else float(cell.replace("−", "-"))
    except ValueError:
        raise ValueError(f"line {line} holds {cell[:20]!r}, which is no number") from None
    if not abs(value) <= LARGEST:
        raise ValueError(f"line {line} holds {cell[:20]!r}; numbers must be finite, at most 1e100")
    return value


def written(points: Points) -> str:
    """The text that `parse` reads these points from."""
    rows = zip(points.x.tolist(), points.labels.tolist(), strict=True)
    return "\n".join(" ".join(map(repr, x)) + (" +" if label > 0 else " -") for x, label in rows)
