"""Level lines of a quadratic of two weights, along its own axes; and those of a plane as a table."""

from __future__ import annotations

import math

import numpy as np

from convcore.arrays import Array
from convcore.cache import kept_while_alive
from convcore.charts.contours import closed_lines
from convcore.charts.landscape import levels
from convcore.charts.picture import Columns, short
from convcore.labs.many_weights.local_plane import LocalPlane
from convcore.labs.many_weights.plane import Frame, QuadraticPlane

ALONG = 25  # points of a line, which the chart joins by a smooth curve


def level_lines(curvatures: Array, drifts: Array, corner: float, count: int = 8) -> list[Array]:
    """Lines (2, m) of ½l₁u² + ½l₂v² + d₁u + d₂v = const within a radius `corner` of the origin.

    Ellipses, hyperbolas, parabolas or parallels, each from its own parametrisation, so that they are
    exact. d_i is not zero only where l_i is.
    """
    l1, l2 = (float(x) for x in curvatures)
    d1, d2 = (float(x) for x in drifts)
    shares = (np.arange(1, count + 1) / count) ** 2
    if l1 * l2 > 0:
        # Levels up to the corner along the flatter axis would crowd the steep one: so their geometric mean.
        top = 0.5 * math.sqrt(abs(l1)) * math.sqrt(abs(l2)) * corner**2
        # Each line begins and ends where it bends least, as the chart does not smooth the seam.
        t = np.linspace(math.pi / 2, 2.5 * math.pi, ALONG)
        return [
            np.sqrt(2 * top * c)
            * np.array([np.cos(t) / abs(l1) ** 0.5, np.sin(t) / abs(l2) ** 0.5])
            for c in shares
        ]
    if l1 * l2 < 0:
        a, b = abs(l1) ** -0.5, abs(l2) ** -0.5
        reach = corner / min(a, b)
        lines = []
        for c in shares[::2]:
            r = c**0.5 * reach / 2
            t = np.linspace(-1, 1, ALONG) * math.acosh(max(1.0, 4 * reach / r))
            along, across = r * np.cosh(t), r * np.sinh(t)
            lines += [np.array([sign * a * along, b * across]) for sign in (1, -1)]
            lines += [np.array([a * across, sign * b * along]) for sign in (1, -1)]
        return lines
    u = np.linspace(-corner, corner, ALONG)
    if l1 or l2:
        # One direction bends (first), the other is flat or a slope.
        bend, slope = (l1, d2) if l1 else (l2, d1)
        if slope:
            levels = np.linspace(-1, 1, 2 * count) * (
                abs(slope) * corner + 0.5 * abs(bend) * corner**2
            )
            lines = [np.array([u, (c - 0.5 * bend * u * u) / slope]) for c in levels]
        else:
            at = np.sqrt(shares) * corner
            lines = [np.array([np.full_like(u, x), u]) for x in np.concatenate([-at, at])]
        return lines if l1 else [line[::-1] for line in lines]
    norm = math.hypot(d1, d2)
    if not norm:
        return []
    e = np.array([d1, d2]) / norm
    side = np.array([-e[1], e[0]])
    return [
        np.outer(e, np.full_like(u, c)) + np.outer(side, u)
        for c in np.linspace(-1, 1, count) * corner
    ]


@kept_while_alive(8)
def level_table(plane: QuadraticPlane, frame: Frame) -> Columns:
    """Level lines in the plane, exact: of two curvatures l and the drifts d along their axes.

    Cached: there are few frames while η moves (see `plane.ROOM`).
    """
    if isinstance(plane, LocalPlane):
        return _traced(plane, frame)
    s = plane.objective.spectrum
    pair = [0, 1] if plane.objective.n == 2 else [plane.slow, -1]
    turn = plane.axes[:, pair]
    corner = float(np.abs(np.array(frame) - np.repeat(plane.middle, 2)).max()) * math.sqrt(2)
    lines = [turn @ line for line in level_lines(s.values[pair], s.drift[pair], corner)]
    if not lines:
        return {"x": np.empty(0), "y": np.empty(0), "line": []}
    xy = np.concatenate(lines, axis=1)
    sizes = [line.shape[1] for line in lines]
    return {
        "x": short(xy[0] + plane.middle[0]), "y": short(xy[1] + plane.middle[1]),
        "line": np.repeat(np.arange(len(lines), dtype=np.int8), sizes),
    }  # fmt: skip


CELLS, BEYOND = 64, 0.1  # of the grid on which lines are traced, and its share beyond the frame


def _traced(plane: LocalPlane, frame: Frame) -> Columns:
    """Level lines of a function that is no quadratic, traced on a grid around the frame."""
    side = (frame[1] - frame[0]) * (1 + 2 * BEYOND)
    low = np.array([frame[0], frame[2]]) - BEYOND * (frame[1] - frame[0])
    at = (np.arange(CELLS) + 0.5) / CELLS * side
    heights = plane.excess(plane.at(low[0] + at[None, :], low[1] + at[:, None]))
    rings = [ring for found in closed_lines(heights, levels(heights)) for ring in found]
    # A ring ends where it begins, and has its high ground outside: the view clips what follows its edge.
    closed = [np.vstack([ring, ring[:1]]) / CELLS * side + low for ring in rings]
    if not closed:
        return {"x": np.empty(0), "y": np.empty(0), "line": []}
    xy = np.concatenate(closed)
    return {
        "x": short(xy[:, 0]), "y": short(xy[:, 1]),
        "line": np.repeat(np.arange(len(closed), dtype=np.int16), [len(ring) for ring in closed]),
    }  # fmt: skip
