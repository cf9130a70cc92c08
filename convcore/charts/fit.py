"""How high a picture is, before the browser draws it, and what it is built for to fill a window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from convcore.charts.legend import height_of_rows
from convcore.charts.parts import WIDE
from convcore.charts.picture import Columns, Picture

BELOW = 20  # px that Streamlit leaves below each chart
LEAST, MOST = 660, 1920  # px: the widths of a picture that is scaled
STEP = 20  # px between two widths, each of which is a spec to build
ROUNDS = 3  # of the search for a width: a picture that is wider is hardly higher
SMALL = 0.82  # the scale down to which words of 12 px are read easily


def height(picture: Picture, width: int) -> float:
    """The height in px of a picture for a page `width` px wide."""
    return _height(picture.spec(width), picture.tables) + BELOW


def _height(view: Mapping[str, Any], tables: Mapping[str, Columns]) -> float:
    if rows := view.get("vconcat"):
        return sum(_height(row, tables) for row in rows)
    if columns := view.get("hconcat"):
        return max(_height(column, tables) for column in columns)
    if isinstance(view["height"], Mapping):
        return height_of_rows(view, tables)
    # A panel's frame has the margins for all that is outside of the plot.
    tops, ends = zip(*_frames(view), strict=True)
    return max(ends) - min(tops)


def _frames(view: Mapping[str, Any]) -> Iterator[tuple[float, float]]:
    """The top and the end of the frames in a view, which are invisible marks."""
    match view.get("mark"):
        case {"opacity": 0, "y": top, "y2": end}:
            yield top, end
    for part in view.get("layer", ()):
        yield from _frames(part)


def fitted(picture: Picture, wide: int, high: float, words: float) -> tuple[int, float]:
    """The width in px to build a picture for, and the scale that makes it fill a window of this size.

    words: px below it for words, which are left in view where the picture stays large enough beside them.
    """
    if wide < WIDE - 2 * STEP:  # a phone, on which panels are below each other
        return wide, 1.0
    pixels, scale = _filling(picture, wide, high - words)
    return (pixels, scale) if scale >= SMALL else _filling(picture, wide, high)


def _filling(picture: Picture, wide: int, high: float) -> tuple[int, float]:
    pixels = LEAST
    for _ in range(ROUNDS):
        asked = wide * height(picture, pixels) / high
        pixels = min(max(STEP * round(asked / STEP), LEAST), MOST)
    return pixels, min(wide / pixels, high / height(picture, pixels))
