"""The loss of a unit over two weights: its minima, which of them separate, and which η settles there."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convcore.charts.landscape import png
from convcore.charts.perceptron_second import LANDSCAPE
from convcore.charts.picture import Columns, Picture, row, short
from convcore.labs.contest import Contest
from convcore.labs.lab import Facts, Report
from convcore.labs.perceptron_words import called, named
from convcore.labs.point_sets import Source
from convcore.labs.resamples import KEPT, Further, Scene, Shown
from convcore.labs.training import thinned
from convcore.labs.words import num, percent
from convcore.schedules import Constant
from convcore.sigmoid_unit import MOST, Minimum, SigmoidUnit, minima

Array = NDArray[np.float64]

SHOWN = 5  # minima in the picture and the table
PIXELS = 72  # along each side of the ground
COARSE = 40  # where there are many points
FAR = 15  # times the picture so far: a minimum beyond is left to the table
NEAR = 0.02  # of a minimum's size: an end so close to it has arrived


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane through weight space: w = origin + across·x + up·y, in coordinates (x, y)."""

    origin: Array
    across: Array
    up: Array

    def seen(self, w: Array) -> Array:
        """Coordinates (..., 2) of the shadows of weights (..., n)."""
        return np.stack([(w - self.origin) @ self.across, (w - self.origin) @ self.up], axis=-1)

    def at(self, xy: Array) -> Array:
        """Weights (..., n) at coordinates (..., 2)."""
        return np.asarray(self.origin + xy[..., :1] * self.across + xy[..., 1:] * self.up)


def through(places: list[Array]) -> Plane:
    """The plane through the first places that span one; of two weights, the weights themselves."""
    n = len(places[0])
    if n == 2:
        return Plane(np.zeros(2), np.array([1.0, 0]), np.array([0, 1.0]))
    basis: list[Array] = []
    # After the places the axes, so that two directions are always found.
    for way in [*(w - places[0] for w in places[1:]), *np.eye(n)]:
        rest = way - sum(((way @ e) * e for e in basis), np.zeros(n))
        size = float(np.linalg.norm(rest))
        if size > 1e-6 * max(1.0, float(np.linalg.norm(way))):
            basis.append(rest / size)
        if len(basis) == 2:
            break
    return Plane(places[0], basis[0], basis[1])


@dataclass(frozen=True)
class WeightLandscape(Further):
    """E over two weights, the path of training on it, and its minima with what they separate."""

    label = "loss over two weights"

    def key(self, scene: Scene) -> Hashable:
        # The minima do not hang on how they are trained for.
        b = scene.backprop
        return ("minima", scene.source, scene.extra, b.divergence, b.epsilon, b.decay, b.activation)

    def missing(self, points: int) -> str:
        if points > MOST:
            return f"There is no landscape of {points:,} points; at most {MOST:,}."
        return ""

    def draw(
        self, contest: Contest, source: Source, key: Hashable, report: Report | None
    ) -> Shown | None:
        if len(contest.points) > MOST:
            return None
        found = KEPT.held(key, lambda: minima(contest.unit))
        shown = chosen(found, contest)
        w = contest.run.w
        near = _near(w, np.array([m.w for m in shown[:2]]).reshape(-1, w.shape[1]))
        plane = through([*near, w[-1], w[0]])
        return Shown(
            self._picture(contest, shown, plane), says(contest, found), _facts(contest, shown)
        )

    def _picture(self, contest: Contest, shown: tuple[Minimum, ...], plane: Plane) -> Picture:
        k, _ = thinned(range(len(contest.run.loss)), contest.run.loss, 100)
        path = plane.seen(contest.run.w[k])
        marks = plane.seen(np.array([m.w for m in shown])) if shown else np.empty((0, 2))
        low, high = _framed(path, marks)
        lines, ruler = _limits(contest, shown, marks)
        names = (*contest.points.names, "bias")
        passes = {0: "start and end", 1: "minimum, end, start", 2: "two minima and the end"}
        axes = f"plane through {passes[min(2, len(_near(path, marks[:2])))]}"
        if contest.unit.n == 2:
            axes = f"weight of {names[0][:40]} →, bias ↑"
        tables = {
            "t": row(
                xlo=low[0], xhi=high[0], ylo=low[1], yhi=high[1], **ruler,
                axes=axes,
            ),
            "ground": {"url": [_ground(contest.unit, plane, low, high)]},
            "path": {
                "x": short(path[:, 0]), "y": short(path[:, 1]), "k": k.astype(np.int32),
                "last": k == k[-1],
            },
            "minima": lines,
        }  # fmt: skip
        about = (
            "Blue where E bends up in all directions, brown elsewhere; the ring is the start, the dot "
            "the end. Green minima separate, red crosses do not."
        )
        return Picture("landscape", LANDSCAPE, tables, about)


def _near(path: Array, marks: Array) -> Array:
    """Of places (m, n), the first and those that are not too far from a path (K, n) to see both."""
    kept, shown = [], path
    for i, mark in enumerate(marks):
        if i == 0 or np.linalg.norm(mark - marks[0]) <= FAR * np.ptp(shown, axis=0).max():
            kept.append(mark)
            shown = np.vstack([shown, mark])
    return np.array(kept).reshape(-1, path.shape[1])


def _framed(path: Array, marks: Array) -> tuple[Array, Array]:
    """The corners of the view: around the path and the minima near it."""
    shown = np.vstack([path, _near(path, marks)])
    low, high = shown.min(axis=0), shown.max(axis=0)
    pad = np.maximum(0.2 * (high - low), 0.05 * (high - low).max() + 1e-3)
    return low - pad, high + pad


def _ground(unit: SigmoidUnit, plane: Plane, low: Array, high: Array) -> str:
    size = PIXELS if len(unit.x) <= 300 else COARSE
    at = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(low[0] + at * (high[0] - low[0]), low[1] + at * (high[1] - low[1]))
    w = plane.at(np.stack([x, y], axis=-1))
    with np.errstate(over="ignore", invalid="ignore"):
        E = unit.value(w)
        H = unit.hessian(w.reshape(-1, unit.n))
    bent = np.linalg.eigvalsh(np.nan_to_num(H))[:, 0] > 0
    return png(E, bent.reshape(size, size))


def arrived(contest: Contest, found: tuple[Minimum, ...]) -> Minimum | None:
    """The minimum that training ended at, or None."""
    w = contest.run.w[-1]
    for m in found:
        away = float(np.linalg.norm(w - np.array(m.w)))
        if away <= NEAR * max(1.0, float(np.linalg.norm(m.w))):
            return m
    return None


def chosen(found: tuple[Minimum, ...], contest: Contest) -> tuple[Minimum, ...]:
    """The lowest minimum, then the one where training ended or the next that differs, then others."""
    if len(found) < 2:
        return found
    home = arrived(contest, found)
    other = next((m for m in found[1:] if m.separates != found[0].separates), found[1])
    first = [found[0], home if home and home is not found[0] else other]
    return (*first, *(m for m in found if m not in first))[:SHOWN]


def says(contest: Contest, found: tuple[Minimum, ...]) -> str:
    """What the minima explain of how backprop ended."""
    if not found:
        return "E has no minimum at finite weights: they grow for ever." * contest.must_separate
    lowest, home, b = found[0], arrived(contest, found), contest.backprop
    if b.bound is not None:
        return ""
    better = next((m for m in found if m.separates), None)
    if not lowest.separates and b.epsilon == 0 and b.decay == 0:
        # Of hard targets the infimum 0 lies at infinity, along separating weights.
        return (
            f"E has a minimum of {num(lowest.value)} with {named(contest, lowest.wrong)} wrong, but "
            "falls below it far out along separating weights."
        ) * contest.reference.separable
    if not lowest.separates:
        return (
            f"Even the lowest minimum found, E = {num(lowest.value)}, has "
            f"{named(contest, lowest.wrong)} wrong: separating does not pay."
        ) * contest.reference.separable
    if better is None or contest.errors[-1] == 0 or "backprop" not in contest.ends:
        return ""
    said = f"A minimum that separates, E = {num(better.value)}, has λ_max = {num(better.sharpness)}"
    if home is not None and not home.separates:
        said = f"It is in a minimum of E = {num(home.value)}. {said}"
    if not (contest.plain and isinstance(b.schedule, Constant)):
        return f"{said}."
    if b.eta > better.limit:
        return f"{said}: beyond η = 2/λ_max = {num(better.limit)} **descent cannot settle there**."
    return f"{said}: η = {num(b.eta)} could settle there; the start decides."


def _limits(
    contest: Contest, shown: tuple[Minimum, ...], marks: Array
) -> tuple[Columns, dict[str, float | str]]:
    """The table of minima with the stretch of step sizes that can settle at each; the ruler's ends."""
    b = contest.backprop
    eta = abs(b.eta) or 1.0
    tops = [m.limit for m in shown if math.isfinite(m.limit) and m.limit > 0] or [1.0]
    low, high = math.log10(min(eta, *tops)) - 1, math.log10(max(eta, *tops)) + 0.7
    ruler: dict[str, float | str] = {
        "rlo": low, "rhi": high, "eta": math.log10(eta), "name": f"η = {num(b.eta)}",
    }  # fmt: skip
    if not shown:
        table: Columns = {
            "x": [1e30], "y": [1e30], "separates": ["none"], "label": [""], "from": [low],
            "to": [low], "line": [0], "words": ["No minimum at finite weights was found."],
        }  # fmt: skip
        return table, ruler
    ends = ["yes" if m.separates else "no" for m in shown]
    return {
        "x": marks[:, 0], "y": marks[:, 1], "separates": ends,
        "label": [f"E = {num(m.value, 3)}" for m in shown],
        "from": [low] * len(shown),
        "to": [math.log10(m.limit) if 0 < m.limit < math.inf else high for m in shown],
        "line": list(range(len(shown))),
        "words": [
            f"E = {num(m.value)}, {'separates' if m.separates else 'does not separate'}: "
            f"η ≤ {num(m.limit)}"
            for m in shown
        ],
    }, ruler  # fmt: skip


def _facts(contest: Contest, shown: tuple[Minimum, ...]) -> Facts:
    heads = (
        f"minimum of {called(contest)}"
        + ", without the bound" * (contest.backprop.bound is not None),
        "E",
        "separates",
        "λ_max",
        "2/λ_max",
        "starts that end here",
    )
    home = arrived(contest, shown)
    rows = tuple(
        (
            ("training ended here" if m is home else "found"),
            num(m.value, 8),
            "yes" if m.separates else f"no: {named(contest, m.wrong)} wrong",
            num(m.sharpness),
            num(m.limit),
            percent(m.share),
        )
        for m in shown
    )
    none = ("none at finite weights", "–", "–", "–", "–", "–")
    return Facts(heads, rows or (none,))
