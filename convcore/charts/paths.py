"""Paths that leave a picture: what is drawn of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
REACH = 6.0  # half widths of the picture within which a path is drawn


def leaving(path: Array, middle: Array, half: float) -> tuple[Array, NDArray[np.int16]]:
    """A path (m, 2) for a picture of half width `half` around `middle` (2,), and its pieces (m,).

    A point beyond REACH half widths is put where the path crosses that circle, and nothing is drawn
    between two such points (a new piece begins): browsers take seconds for a dashed line whose
    ends are 10²⁰ pixels apart.
    """
    d, reach = path - middle, REACH * half
    away = np.hypot(d[:, 0], d[:, 1])
    far = away > reach
    if not far.any():
        return path, np.zeros(len(path), dtype=np.int16)
    # Where both neighbours are far as well, any point on the circle serves.
    drawn = np.where(far[:, None], d * (reach / np.maximum(away, reach))[:, None], d)
    for way in (-1, 1):  # out of the picture last, as that is what one follows
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
