"""Level lines of heights on a grid, by marching squares (Lorensen and Cline 1987, in the plane)."""

from __future__ import annotations

import numpy as np

from convcore.arrays import Array, Bools, Ints

# Of a cell's sides (0 below, 1 right, 2 above, 3 left): from which to which a line goes that has the high
# ground on its left. By the corners that are high: 1 lower left, 2 lower right, 4 upper right, 8 upper
# left.
TURNS = {
    1: (0, 3), 2: (1, 0), 3: (1, 3), 4: (2, 1), 5: (0, 3), 6: (2, 0), 7: (2, 3), 8: (3, 2), 9: (0, 2),
    10: (1, 0), 11: (1, 2), 12: (3, 1), 13: (0, 1), 14: (3, 0),
}  # fmt: skip
# Where high corners face each other diagonally a second line keeps them apart.
SECOND = {5: (2, 1), 10: (3, 2)}
FROM, TO = (np.array([TURNS.get(kind, (0, 0))[i] for kind in range(16)]) for i in (0, 1))
STRAIGHT = 0.1  # cells: how far a point may be off the line between its neighbours to be left out
ROUNDS = 3  # of leaving out every second point


def closed_lines(heights: Array, levels: Array) -> list[list[Array]]:
    """For each of `levels` (m,) the edges of where heights (rows, columns) are above it, as rings (k, 2).

    Positions are (x, y) in cells: the height [i, j] is at (j + ½, i + ½). All beyond the grid counts as
    low, so that each line is closed: outside of the grid. What is not finite is low.
    """
    # The heights at the border hold up to the edge of the picture, and beyond it.
    grid = np.pad(np.pad(heights, 1, mode="edge"), 1, constant_values=np.nan)
    known = np.isfinite(grid)
    start, end = _pieces(np.where(known, grid, -np.inf) > levels[:, None, None])
    rings: list[list[Array]] = [[] for _ in levels]
    if not start.size:
        return rings
    ids, index = np.unique(start, return_inverse=True)
    after = np.empty(len(ids), dtype=np.int64)
    after[index] = np.searchsorted(ids, end)
    order, first = _rings(after)
    level, side = np.divmod(ids[order], 2 * grid.size)
    at, first, kept = _bent(_positions(grid, levels[level], side), first)
    for ring, n in zip(np.split(at, first[1:]), level[kept].tolist(), strict=True):
        if len(ring) > 2:
            rings[n].append(ring)
    return rings


def _pieces(high: Bools) -> tuple[Ints, Ints]:
    """The lines' pieces in all cells (s,), (s,), of what is high (levels, rows, columns): from which side
    of the grid to which.

    A side has the number 2·(its left or lower end) + (1 if it goes up), after those of the levels before.
    """
    bits = high.astype(np.int8)
    bits = bits[:, :-1, :-1] + 2 * bits[:, :-1, 1:] + 4 * bits[:, 1:, 1:] + 8 * bits[:, 1:, :-1]
    cells = np.flatnonzero((bits > 0) & (bits < 15))
    kind = bits.ravel()[cells]
    levels, rows, columns = np.unravel_index(cells, bits.shape)
    wide = high.shape[2]
    place = (levels * high.shape[1] + rows) * wide + columns
    sides = 2 * np.stack([place, place + 1, place + wide, place]) + np.array([[0], [1], [0], [1]])
    every = np.arange(len(cells))
    pieces = [(sides[FROM[kind], every], sides[TO[kind], every])]
    pieces += [(sides[a][kind == k], sides[b][kind == k]) for k, (a, b) in SECOND.items()]
    start, end = zip(*pieces, strict=True)
    return np.concatenate(start), np.concatenate(end)


def _positions(grid: Array, level: Array, side: Ints) -> Array:
    """Where lines of some levels (s,) cross sides (s,): (s, 2), by linear interpolation of the heights."""
    up, place = side % 2, side // 2
    low, high = grid.ravel()[place], grid.ravel()[place + np.where(up, grid.shape[1], 1)]
    with np.errstate(all="ignore"):
        share = np.clip((level - low) / (high - low), 0, 1)
    # Beside a height that is not known the line runs halfway.
    share = np.where(np.isfinite(low) & np.isfinite(high), share, 0.5)
    y, x = np.divmod(place, grid.shape[1])
    return np.stack([x - 1.5 + share * (1 - up), y - 1.5 + share * up], axis=-1)


def _rings(after: Ints) -> tuple[Ints, Ints]:
    """The cycles of a permutation (s,), one after the other, and where each begins.

    By doubling the stride, as a walk from one to the next takes milliseconds.
    """
    s = len(after)
    least, jump = np.arange(s), after
    while ((lower := np.minimum(least, least[jump])) < least).any():
        least, jump = lower, jump[jump]
    # How far each is from the end of its ring, which is before the smallest.
    last = after == least
    left, jump = np.where(last, 0, 1), np.where(last, np.arange(s), after)
    while left[jump].any():
        left, jump = left + left[jump], jump[jump]
    order = np.lexsort([-left, least])
    return order, np.flatnonzero(np.diff(least[order], prepend=-1))


def _bent(at: Array, first: Ints) -> tuple[Array, Ints, Ints]:
    """Points (s, 2) of rings without those that are all but on the line between their neighbours.

    first: where each ring begins. Returns the points, where each ring begins now, and where it began.
    """
    began = first
    for _ in range(ROUNDS):
        last = np.append(first[1:], len(at)) - 1
        before, after = np.arange(len(at)) - 1, np.arange(len(at)) + 1
        before[first], after[last] = last, first
        u, v = at[after] - at[before], at - at[before]
        off = np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
        kept = off > STRAIGHT * np.hypot(u[:, 0], u[:, 1])
        kept |= (np.arange(len(at)) - np.repeat(first, last - first + 1)) % 2 == 0
        at, first = at[kept], np.cumsum(kept)[first] - 1
    return at, first, began


def svg_path(rings: list[Array], size: float, grid: tuple[int, int]) -> str:
    """Rings in cells of a grid (rows, columns) as a path in a square of `size`, y downwards.

    Its numbers are whole: they need few bytes.
    """
    rows, columns = grid
    scale = np.array([size / columns, -size / rows])
    return "".join(_moves((ring * scale + [0, size]).round().astype(np.int64)) for ring in rings)


def _moves(at: Ints) -> str:
    (x, y), steps = at[0].tolist(), np.diff(at, axis=0).ravel().tolist()
    return f"M{x} {y}l{' '.join(map(str, steps)).replace(' -', '-')}z"
