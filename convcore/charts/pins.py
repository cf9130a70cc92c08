"""Pinned runs in a picture: thin lines, each pin's in its colour and dash, with its name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import altair as alt
import numpy as np

from convcore.charts.compose import Mark, View, layer
from convcore.charts.live import keep
from convcore.charts.picture import Columns, Picture
from convcore.charts.style import PINS

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
) -> View:
    """A layer of the columns x and y of the table "pins" where `when` (of a row, `datum`) holds.

    ends: expressions of the view's ends x low and high, y low and high. apart: columns that, with
    `pin`, identify a line. Names are spread along the visible parts of their lines. made: transforms
    after `when` that compute x and y. named: columns of `apart` whose lines each get a name. dash: of
    the lines, if not the pin's own.
    """
    colours, dashes = zip(*PINS, strict=True)
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
        .mark_line(
            style="pin",
            clip=True,
            color=_look(colours),
            strokeDash=_look(dashes) if dash is None else alt.Undefined,
        )
        .encode(
            detail=[f"{column}:N" for column in ("pin", *apart)],
            **({} if dash is None else {"strokeDash": dash}),
        ),
        names.encode(text="pin:N"),
        data=alt.NamedData("pins"),
        transform=[keep(when), *made],
    ).encode(x=f"{x}:Q", y=f"{y}:Q", order="k:Q")


def _look(looks: Sequence[Any]) -> alt.ExprRef:
    """What the pin of a row has, among the looks of all."""
    return alt.ExprRef(f"{json.dumps(looks)}[datum.look]")


def trace(**columns: Any) -> Columns:
    """Columns of m points for the table "pins", `k` among them, thinned out to MOST_POINTS."""
    m = len(columns["k"])
    rows = np.arange(m)  # indexing copies: a slice would keep all of a long run that blew up early
    if m > MOST_POINTS:
        rows = np.unique(np.linspace(0, m - 1, MOST_POINTS).astype(int))
    return {name: np.asarray(column)[rows] for name, column in columns.items()}


class Pinned(NamedTuple):
    """A pinned run's picture, to be drawn in another.

    same: whether their planes are the same, so that its path can be drawn too. look: which of `PINS`.
    """

    picture: Picture
    same: bool
    look: int


def with_pins(picture: Picture, pinned: Mapping[str, Pinned]) -> Picture:
    """The picture with the traces of other pictures of its kind, by name, in its table "pins".

    Those with other axes are left out. Column `at`: how far along its line its name is, as a share.
    """
    parts = []
    for i, (name, (other, same, look)) in enumerate(pinned.items()):
        if other.trace.keys() != picture.trace.keys():
            continue
        m = len(other.trace["k"])
        share = np.full(m, (i + 1) / (len(pinned) + 1), dtype=np.float32)
        parts.append(
            {
                **other.trace,
                "pin": [name] * m,
                "at": share,
                "same": np.full(m, same, np.int8),
                "look": np.full(m, look, np.int8),
            }
        )
    if not parts:
        return picture
    table = {name: np.concatenate([np.asarray(part[name]) for part in parts]) for name in parts[0]}
    return replace(picture, tables={**picture.tables, "pins": table})
