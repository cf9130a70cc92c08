"""Pinned runs in a picture: thin lines in the colour of text, each with its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import altair as alt
import numpy as np

from convcore.charts.compose import Mark, View, layer
from convcore.charts.live import keep
from convcore.charts.picture import Columns, Picture

MOST_POINTS = 240  # kept of a pinned run: a thin line needs no more


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

    ends: expressions of the view's ends x low and high, y low and high. apart: columns that, with
    `pin`, identify a line. Names are spread along the visible parts of their lines. made: transforms
    after `when` that compute x and y. named: columns of `apart` whose lines each get a name. dash: of
    the lines; channels: of lines and names, such as a colour.
    """
    names = Mark().mark_text(dy=-6, fontSize=12, fontStyle="italic", clip=True)
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
    """Columns of m points for the table "pins", `k` among them, thinned out to MOST_POINTS."""
    m = len(columns["k"])
    rows = np.arange(m)  # indexing copies: a slice would keep all of a long run that blew up early
    if m > MOST_POINTS:
        rows = np.unique(np.linspace(0, m - 1, MOST_POINTS).astype(int))
    return {name: np.asarray(column)[rows] for name, column in columns.items()}


def with_pins(picture: Picture, pinned: Mapping[str, tuple[Picture, bool]]) -> Picture:
    """The picture with the traces of other pictures of its kind, by name, in its table "pins".

    Those with other axes are left out. The flag of each is whether its plane is the same, so that its
    path can be drawn in it: column `same`. Column `at`: how far along its line its name is, as a share.
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
