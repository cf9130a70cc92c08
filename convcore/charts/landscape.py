"""A function of two weights as a picture: level lines on shades of height, embedded in the page as SVG."""

from __future__ import annotations

import base64
import struct
import zlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array, Bools
from convcore.charts.contours import closed_lines, svg_path
from convcore.descent.theory import positive_definite
from convcore.objectives.gallery import Function

QUANTILES = (np.arange(1, 12) / 12) ** 1.5  # of the heights, at which there are level lines
CROSSED = 6500  # sides of cells from which fewer lines are drawn: a hundred wells would need 100 kB
COOL, WARM = "#346ebe", "#cd5f1e"  # where the Hessian is positive definite, and elsewhere
SHADE = 0.06  # opacity that each level adds to those below
LINE = 0.55  # opacity of a level line
SIZE = 600.0  # units along each side
WHOLE = f"M0 0h{SIZE:g}v{SIZE:g}h{-SIZE:g}z"


def levels(E: Array) -> Array:
    """The heights of the level lines (m,), ascending; none where E is nowhere finite.

    As quantiles that are denser near the bottom, they show a narrow valley between steep walls, too.
    """
    known = np.sort(E[np.isfinite(E)])
    if not known.size:
        return known
    found = known[(len(known) * QUANTILES).astype(np.int64)]
    band = np.searchsorted(found, E)
    crossed = sum(int(np.abs(np.diff(band, axis=axis)).sum()) for axis in (0, 1))
    return found[:: 1 + 2 * (crossed // CROSSED)]


def drawn(E: Array, convex: Bools) -> str:
    """A data URI of the landscape; E and convex (rows, columns), first row lowest.

    Height is opacity, so one picture serves both themes; `convex` marks where the Hessian is
    positive definite.
    """
    rows, columns = E.shape
    heights = "".join(
        f"<path d='{path}'/>"
        for rings in closed_lines(E, levels(E))
        if (path := svg_path(rings, SIZE, (rows, columns)))
    )
    [elsewhere] = closed_lines(_softened(~convex), np.array([0.5]))
    edge = svg_path(elsewhere, SIZE, (rows, columns))
    # The edge of the two regions is there once: it may be as long as all level lines.
    regions = [
        f"<g {which}='url(#{name})' fill='{colour}' stroke='{colour}'>"
        f"<path stroke='none' d='{WHOLE}' fill-opacity='.06'/><use href='#h'/></g>"
        for which, name, colour in (("mask", "a", COOL), ("clip-path", "b", WARM))
    ]
    return "data:image/svg+xml," + (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{SIZE:g}' height='{SIZE:g}' "
        f"viewBox='0 0 {SIZE:g} {SIZE:g}' preserveAspectRatio='none'>"
        f"<defs><path id='e' fill-rule='evenodd' clip-rule='evenodd' d='{edge}'/>"
        f"<mask id='a'><path fill='#fff' d='{WHOLE}'/><use href='#e'/></mask>"
        f"<clipPath id='b'><use href='#e'/></clipPath>"
        f"<g id='h' fill-rule='evenodd' fill-opacity='{SHADE:g}' stroke-width='1.2' "
        f"stroke-opacity='{LINE:g}'>{heights}</g></defs>{''.join(regions)}</svg>"
    ).replace("%", "%25").replace("#", "%23").replace("<", "%3C").replace(">", "%3E")


def _softened(region: Bools) -> Array:
    """A region (rows, columns) as shares of it around each cell, so that its edge has no steps."""
    share = region.astype(float)
    for _ in range(4):
        for rows in (share, share.T):
            inner = 0.25 * (rows[:-2] + rows[2:]) + 0.5 * rows[1:-1]
            rows[1:-1] = inner
    return share


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
    return drawn(objective.value(w), positive_definite(objective.hessian(w)))
