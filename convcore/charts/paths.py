"""What a picture draws of paths and lines: clipped, and thinned out to the points that show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array, Bools

REACH = 6.0  # a path is drawn within this many half widths of the picture


def clip_path(path: Array, middle: Array, half: float) -> tuple[Array, NDArray[np.int16]]:
    """A path (m, 2) clipped for a picture of half width `half` around `middle` (2,), and its pieces (m,).

    A point beyond REACH half widths is moved to where the path crosses that circle, and a new piece
    begins between two such points: browsers take seconds for a dashed line whose ends are 10²⁰ pixels
    apart.
    """
    d, reach = path - middle, REACH * half
    away = np.hypot(d[:, 0], d[:, 1])
    far = away > reach
    if not far.any():
        return path, np.zeros(len(path), dtype=np.int16)
    # Where both neighbours are far as well, any point on the circle serves.
    drawn = np.where(far[:, None], d * (reach / np.maximum(away, reach))[:, None], d)
    for way in (-1, 1):  # the step out of the picture last, as that is the one to show
        at = np.flatnonzero(far)
        at = at[(at - way >= 0) & (at - way < len(d))]
        at = at[~far[at - way]]
        drawn[at] = _crossing(d[at - way], d[at], reach)
    lone = np.append(False, far[1:] & far[:-1])
    return drawn + middle, np.cumsum(lone).astype(np.int16)


def _crossing(inside: Array, outside: Array, reach: float) -> Array:
    """Where the segments from points inside the circle to points outside (m, 2) cross it."""
    u = outside - inside
    u = u / np.hypot(u[:, 0], u[:, 1])[:, None]
    along = (inside * u).sum(axis=1)
    room = reach**2 - (inside**2).sum(axis=1)
    return np.asarray(inside + (np.sqrt(along**2 + room) - along)[:, None] * u)


def visible_points(
    path: NDArray[np.generic], k: NDArray[np.integer], *views: tuple[Array, NDArray[np.integer]]
) -> Bools:
    """Which points of paths (m,) can be seen; the others need not be drawn.

    Left out are those on the same pixel as the one before, and those far out that no line leads to.
    path, k: the path of each point and its step on it. views: positions (m, 2) in pixels and pieces, as
    `clip_path` returns them, for each picture that shows the paths.
    """
    places = np.hstack([at for at, _ in views]).round()
    moved = np.any(np.diff(places, axis=0, prepend=np.inf), axis=1)
    alone = np.all([_alone(path, piece) for _, piece in views], axis=0)
    return (moved & ~alone) | (k == 0)


def _alone(*columns: NDArray[np.generic]) -> Bools:
    """Which rows (m,) differ from both their neighbours in some column (m,)."""
    differs = np.ones(len(columns[0]) + 1, dtype=bool)
    if len(columns[0]):
        differs[1:-1] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return differs[1:] & differs[:-1]


def needed_points(lines: Sequence[Array], within: Sequence[float]) -> list[Bools]:
    """Which points of lines (m,) over even steps are needed to draw them by straight segments.

    The drawn line passes the points left out at a distance of at most its `within`. Whole blocks of 2, 4,
    8, … steps are tried, for all lines at once.
    """
    sizes = [len(line) for line in lines]
    # NaN, so that a block beyond the end of a line is never straight.
    even = np.full((len(lines), max(sizes, default=0)), np.nan)
    for row, line in zip(even, lines, strict=True):
        row[: len(line)] = line
    kept = _needed_points(even, np.array(within)[:, None, None])
    return [row[:size] for row, size in zip(kept, sizes, strict=True)]


def _needed_points(lines: Array, within: Array) -> Bools:
    """`needed_points` of lines (n, m) of one length."""
    kept = np.ones(lines.shape, dtype=bool)
    n, m = lines.shape
    size = 2
    while size < m:
        count = (m - 1) // size
        blocks = lines[:, : count * size].reshape(n, count, size)
        low, high = blocks[..., :1], lines[:, size::size, None][:, :count]
        chord = low + (high - low) * (np.arange(size) / size)
        straight = np.all(np.abs(blocks - chord) <= within, axis=-1)
        kept[:, : count * size].reshape(n, count, size)[..., 1:] &= ~straight[..., None]
        size *= 2
    return kept
