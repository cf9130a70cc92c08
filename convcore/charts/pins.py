"""Pinned runs in a picture: thin lines in the text's own ink, each with its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import altair as alt
import numpy as np

from convcore.charts.compose import Mark, View, layer
from convcore.charts.live import keep
from convcore.charts.picture import Columns, Picture

MOST_POINTS = 240  # of a pinned run in a picture: a thin line needs no more


def pinned_lines(
    x: str,
    y: str,
    when: str,
    ends: tuple[str, str, str, str],
    *apart: str,
    made: Sequence[Any] = (),
    named: Sequence[str] = (),
    dash: Any = None,
    **channels: Any,
) -> View:
    """A layer of the columns x and y of the table "pins" where `when` (of a row, `datum`) holds.

    ends: expressions of the view's ends x low and high, y low and high. apart: columns besides `pin`
    that tell lines apart. Each name stands at another part of what is seen of its line. made:
    transforms after `when` that make x and y. named: columns of `apart` whose lines are named each.
    dash: of the lines; channels: of lines and names, such as a colour.
    """
    names = Mark().mark_text(dy=-6, fontSize=10, fontStyle="italic", clip=True)
    names.transform = [
        keep(f"inrange(datum.{x}, [{ends[0]}, {ends[1]}])"),
        keep(f"inrange(datum.{y}, [{ends[2]}, {ends[3]}])"),
        alt.JoinAggregateTransform(
            joinaggregate=[{"op": "count", "as": "seen"}], groupby=["pin", *named]
        ),
        alt.WindowTransform(window=[{"op": "row_number", "as": "row"}], groupby=["pin", *named]),
        keep("datum.row == ceil(datum.at * datum.seen)"),
    ]
    return layer(
        Mark()
        .mark_line(style="pin", clip=True)
        .encode(
            detail=[f"{column}:N" for column in ("pin", *apart)],
            **({} if dash is None else {"strokeDash": dash}),
        ),
        names.encode(text="pin:N"),
        data=alt.NamedData("pins"),
        transform=[keep(when), *made],
    ).encode(x=f"{x}:Q", y=f"{y}:Q", order="k:Q", **channels)


def trace(**columns: Any) -> Columns:
    """What is kept of a run for the table "pins": columns of m points, `k` among them, thinned out."""
    m = len(columns["k"])
    rows = np.arange(m)  # which copies: a slice would keep all of a long run that blew up early
    if m > MOST_POINTS:
        rows = np.unique(np.linspace(0, m - 1, MOST_POINTS).astype(int))
    return {name: np.asarray(column)[rows] for name, column in columns.items()}


def with_pins(picture: Picture, pinned: Mapping[str, tuple[Picture, bool]]) -> Picture:
    """The picture with the traces of others of its kind, by name, in its table "pins".

    Those that live in a plane of other axes are left out. The flag of each says whether it lies on the
    same ground, so that its path may stand in the same plane: column `same`. Column `at`: the share of
    its line at which its name stands.
    """
    parts = []
    for i, (name, (other, same)) in enumerate(pinned.items()):
        if other.trace.keys() != picture.trace.keys():
            continue
        m = len(other.trace["k"])
        share = np.full(m, (i + 1) / (len(pinned) + 1), dtype=np.float32)
        parts.append(
            {**other.trace, "pin": [name] * m, "at": share, "same": np.full(m, same, np.int8)}
        )
    if not parts:
        return picture
    table = {name: np.concatenate([np.asarray(part[name]) for part in parts]) for name in parts[0]}
    return replace(picture, tables={**picture.tables, "pins": table})
