"""A function of two weights as a picture: bands of height, in a small PNG embedded in the page."""

from __future__ import annotations

import base64
import struct
import zlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array, Bools, Ints
from convcore.descent.theory import positive_definite
from convcore.objectives.gallery import Function

BANDS = 16
COOL, WARM = (52, 110, 190), (205, 95, 30)  # where the Hessian is positive definite, and elsewhere


def bands(E: Array) -> Ints:
    """The band (0 lowest … BANDS − 1) of each height (rows, columns); −1 where E is not finite.

    The edges are quantiles of the heights, denser near the bottom: a narrow valley stays visible between
    steep walls.
    """
    known = np.isfinite(E)
    if not known.any():
        return np.full(E.shape, -1)
    edges = np.quantile(E[known], np.linspace(0, 1, BANDS + 1)[1:-1] ** 1.5)
    return np.where(known, np.searchsorted(edges, E), -1)


def png(E: Array, convex: Bools) -> str:
    """A data URI of the landscape; E and convex (rows, columns), first row lowest.

    Height is opacity, so one picture serves both themes; `convex` marks where the Hessian is
    positive definite. Level lines are the edges of the bands.
    """
    level = bands(E)[::-1]
    rgba = np.zeros((*level.shape, 4), dtype=np.uint8)
    rgba[..., :3] = np.where(convex[::-1, :, None], COOL, WARM)
    edge = np.zeros(level.shape, dtype=bool)
    edge[:-1] |= level[:-1] != level[1:]
    edge[:, :-1] |= level[:, :-1] != level[:, 1:]
    rgba[..., 3] = np.where(level < 0, 0, 16 + level * 150 // BANDS + 50 * edge)
    return data_uri(rgba)


def data_uri(rgba: NDArray[np.uint8]) -> str:
    """A PNG of pixels (rows, columns, 4), first row on top, as text that a page can hold."""
    return "data:image/png;base64," + base64.b64encode(_encoded(rgba)).decode()


def _encoded(rgba: NDArray[np.uint8]) -> bytes:
    """PNG (ISO 15948): a header, the rows compressed, an end; each row starts with filter type 0."""
    height, width = rgba.shape[:2]
    rows = np.zeros((height, 1 + 4 * width), dtype=np.uint8)
    rows[:, 1:] = rgba.reshape(height, -1)

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 6)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


@lru_cache(maxsize=32)
def landscape(objective: Function, view: tuple[tuple[float, float], ...], size: int = 128) -> str:
    """The picture of a function of two weights over a view; blue where its Hessian is positive definite."""
    (xlo, xhi), (ylo, yhi) = view
    # Pixel centres, so that the picture fills the view exactly.
    at = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(xlo + at * (xhi - xlo), ylo + at * (yhi - ylo))
    w = np.stack([x, y], axis=-1)
    return png(objective.value(w), positive_definite(objective.hessian(w)))
