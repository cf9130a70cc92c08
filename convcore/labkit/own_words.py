"""What was understood of a table of the user's own, in a line under the headline."""

from __future__ import annotations

from collections import Counter

from convcore.datasets import COMMAS, THOUSANDS, Upload
from convcore.labkit.own_table import Taken
from convcore.labkit.words import quoted, several

NAMED = 3  # columns that are named for one reason; more are counted
SENTINELS = (-99.0, -999.0, -9999.0, -99999.0)


def understood(
    taken: Taken, file: Upload, predicts: str = "feature", drawn: int | None = None
) -> str:
    """Target, features and rows that are used, what is left out and why, how the file was read (Markdown).

    predicts: what a feature is called. drawn: how many of the rows are used, if they are drawn from these.
    """
    table = taken.table
    used, read = len(taken.rows) if drawn is None else drawn, table.rows + len(table.skipped)
    rows = several(read, "row") if used == read else f"{used:,} of {several(read, 'row')}"
    count = several(len(taken.features), predicts)
    name = f"{quoted(file.name)}: " if file.name else ""
    last = table.columns[-1]
    # The last column is what most tables are about.
    instead = (
        f" (the last, {quoted(last)}, is {taken.unused[last]})" if last in taken.unused else ""
    )
    parts = [f"{name}target {quoted(taken.target)}{instead}, {count}, {rows}"]
    if out := _left_out(taken, drawn):
        parts.append(f"left out: {', '.join(out)}")
    if taken.filled:
        parts.append(f"{several(taken.filled, 'gap')} filled with the mean")
    if how := _read(taken, file):
        parts.append(f"read: {', '.join(how)}")
    if doubt := _sentinels(taken):
        parts.append(doubt)
    return "; ".join(parts)


def _left_out(taken: Taken, drawn: int | None) -> list[str]:
    """Columns and rows that are left out, each with its reason."""
    reasons: dict[str, list[str]] = {}
    for name, why in taken.unused.items():
        reasons.setdefault(why, []).append(quoted(name))
    columns = [
        f"{', '.join(names) if len(names) <= NAMED else several(len(names), 'column')} ({why})"
        for why, names in reasons.items()
    ]
    if taken.gaps:
        columns.append(f"{several(taken.gaps, 'row')} with gaps")
    for why, count in Counter(why for _, why in taken.table.skipped).items():
        lines = [str(line) for line, reason in taken.table.skipped if reason == why]
        if why == "empty":
            columns.append(several(count, "empty row"))
        else:
            columns.append(f"{why} (line {', '.join(lines[:3])}{', …' * (count > 3)})")
    if drawn is not None and drawn < len(taken.rows):
        columns.append(f"{several(len(taken.rows) - drawn, 'row')} not drawn")
    return columns


def _read(taken: Taken, file: Upload) -> list[str]:
    """How the file was read, where that is not plain."""
    said = [_shown(words) for words in taken.table.said]
    if file.encoding:
        said.insert(0, f"as {file.encoding}")
    marks: dict[str, list[str]] = {}
    for name in (*taken.features, taken.target):
        for mark in taken.table.get(name).marks:
            marks.setdefault(mark, []).append(name)
    for mark, names in marks.items():
        where = quoted(", ".join(names)) if len(names) <= NAMED else several(len(names), "column")
        said.append(
            f"{mark} in {where}" if mark in (COMMAS, THOUSANDS) else f"{where} in {quoted(mark)}"
        )
    said += [f"{quoted(name)}: {_shown(word)} = 1" for name, word in taken.ones.items()]
    return said


def _sentinels(taken: Taken) -> str:
    """A number that stands for a gap, perhaps: the only one far below all others of its column."""
    for name in (*taken.features, taken.target):
        x = taken.table.get(name).numbers
        if x is None or name in taken.ones:
            continue
        x = x[taken.rows]
        for mark in SENTINELS:
            found = int((x == mark).sum())
            if 0 < found < len(x) / 2 and (x[x != mark] > mark / 10).all():
                cells = f"{several(found, 'cell')} of {quoted(name)}"
                return f"{cells} = −{-mark:g}: if that is a gap, name it under more gaps"
    return ""


def _shown(words: str) -> str:
    """A user's words on one line, as Markdown."""
    return quoted(" ".join("".join(c if c.isprintable() else " " for c in words).split())[:80])
