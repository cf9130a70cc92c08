"""The loss of a unit over two weights: its minima, which of them separate, and which η settles there."""

from __future__ import annotations

import math
import zlib
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convcore.charts.picture import Columns, Picture, row, short
from convcore.labkit.curves import thinned
from convcore.labkit.tables import Facts
from convcore.labkit.words import num
from convcore.labs.perceptron.chart_second import LANDSCAPE
from convcore.labs.perceptron.learners_training import Contest
from convcore.labs.perceptron.points import Source
from convcore.labs.perceptron.resamples import KEPT, Further, Scene, Shown
from convcore.labs.perceptron.weight_plane import Plane, framed, ground, near, through
from convcore.labs.perceptron.words import called, height, named
from convcore.schedules import Constant
from convcore.sigmoid_unit import MOST, Minimum, minima
from convcore.workers import Report, part_of

Array = NDArray[np.float64]

SHOWN = 5  # minima in the picture and the table
NEAR = 0.02  # of a minimum's size: an end so close to it has arrived


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
        found = KEPT.held(key, lambda: minima(contest.unit, report=part_of(report, 0, 2)))
        shown = chosen(found, contest)
        w = contest.run.w
        places = near(w, np.array([m.w for m in shown[:2]]).reshape(-1, w.shape[1]))
        plane = through([*places, w[-1], w[0]])
        return Shown(
            self._picture(contest, shown, plane, len(places), part_of(report, 1, 2)),
            says(contest, found),
            _facts(contest, found, shown),
        )

    def _picture(
        self,
        contest: Contest,
        shown: tuple[Minimum, ...],
        plane: Plane,
        places: int,
        report: Report | None,
    ) -> Picture:
        k, _ = thinned(range(len(contest.run.loss)), contest.run.loss, 100)
        path = plane.seen(contest.run.w[k])
        marks = plane.seen(np.array([m.w for m in shown])) if shown else np.empty((0, 2))
        low, high = framed(path, marks)
        lines, ruler = _limits(contest, shown, marks)
        off = [plane.off(np.array(m.w)) for m in shown] or [False]
        names = (*contest.points.names, "bias")
        passes = {0: "start and end", 1: "minimum, end, start", 2: "two minima and the end"}
        axes = f"plane through {passes[places]}"
        if contest.unit.n == 2:
            axes = f"weight of {names[0][:40]} →, bias ↑"
        tables = {
            "t": row(
                xlo=low[0], xhi=high[0], ylo=low[1], yhi=high[1], **ruler, axes=axes,
                unit=_which(contest), **_axes(plane),
            ),
            "ground": {"url": [ground(contest.unit, plane, low, high, report)]},
            "path": {
                "x": short(path[:, 0]), "y": short(path[:, 1]), "k": k.astype(np.int32),
                "last": k == k[-1],
            },
            "minima": {**lines, "off": off},
        }  # fmt: skip
        about = (
            "Blue where E bends up in all directions, orange elsewhere; the ring is the start, the dot "
            "the end. Green minima separate, red crosses do not"
            + ("; faint ones lie off this plane." if any(off) else ".")
        )
        w = np.insert(contest.run.w[k], 1, 0.0, axis=1) if contest.unit.n == 2 else contest.run.w[k]
        kept = {"k": k.astype(np.int32), **dict(zip("uvb", short(w.T), strict=True)),
                "unit": np.full(len(k), _which(contest), dtype=np.int32)}  # fmt: skip
        return Picture("landscape", LANDSCAPE, tables, about, kept)


def _axes(plane: Plane) -> dict[str, float]:
    """The plane for pinned paths: origin o, across a, up c, each of the weights u, v and the bias b."""
    vectors = {"o": plane.origin, "a": plane.across, "c": plane.up}
    if len(plane.origin) == 2:
        vectors = {name: np.insert(vector, 1, 0.0) for name, vector in vectors.items()}
    return {
        f"{name}{w}": float(x)
        for name, vector in vectors.items()
        for w, x in zip("uvb", vector, strict=True)
    }


def _which(contest: Contest) -> int:
    """A number that tells the loss on the same data apart from others: a path lies on its own."""
    b, extra = contest.backprop, contest.points.x[len(contest.base) :].tolist()
    sign = contest.points.labels[-1]
    settings = (b.divergence, b.epsilon, b.decay, b.activation, extra, sign)
    return zlib.crc32(repr(settings).encode()) & 0x7FFFFFFF


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
            f"E has a minimum of {height(lowest.value)} with {named(contest, lowest.wrong)} wrong, but "
            "falls below it far out along separating weights."
        ) * contest.reference.separable
    if not lowest.separates:
        return (
            f"Even the lowest minimum found, E = {height(lowest.value)}, has "
            f"{named(contest, lowest.wrong)} wrong: separating does not pay."
        ) * contest.reference.separable
    if better is None or contest.errors[-1] == 0 or "backprop" not in contest.ends:
        return ""
    said = (
        f"A minimum that separates, E = {height(better.value)}, has λ_max = {num(better.sharpness)}"
    )
    if home is not None and not home.separates:
        said = f"It is in a minimum of E = {height(home.value)}. {said}"
    if not (contest.plain and isinstance(b.schedule, Constant)):
        return f"{said}."
    if b.eta > better.limit:
        beyond = f"η = {num(b.eta)} is beyond 2/λ_max = {num(better.limit)}"
        return f"{said}: {beyond}, **descent cannot settle there**."
    below = f"η = {num(b.eta)}, below 2/λ_max = {num(better.limit)},"
    return f"{said}: {below} could settle there; the start decides."


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
        "label": [f"E = {height(m.value)}" for m in shown],
        "from": [low] * len(shown),
        "to": [math.log10(m.limit) if 0 < m.limit < math.inf else high for m in shown],
        "line": list(range(len(shown))),
        "words": [
            f"E = {height(m.value)}, {'separates' if m.separates else 'does not separate'}: "
            f"η ≤ {num(m.limit)}"
            for m in shown
        ],
    }, ruler  # fmt: skip


def _facts(contest: Contest, found: tuple[Minimum, ...], shown: tuple[Minimum, ...]) -> Facts:
    """The minima; the starts of the last column, which add up, are those of the search for them."""
    tried = found[0].tried if found else 0
    heads = (
        f"minimum of {called(contest)}"
        + ", without the bound" * (contest.backprop.bound is not None),
        "E",
        "separates",
        "λ_max",
        "2/λ_max",
        f"starts that end here, of {tried}" if found else "starts that end here",
    )
    home = arrived(contest, shown)
    rows = [
        (
            ("training ended here" if m is home else "found"),
            height(m.value),
            "yes" if m.separates else f"no: {named(contest, m.wrong)} wrong",
            num(m.sharpness),
            num(m.limit),
            str(m.starts),
        )
        for m in shown
    ]
    none = ("–",) * 4
    if more := [m for m in found if m not in shown]:
        others = (
            f"{len(more)} more, higher"
            if min(m.value for m in more) >= max(m.value for m in shown)
            else f"{len(more)} more"
        )
        rows.append((others, *none, str(sum(m.starts for m in more))))
    if not found:
        rows.append(("none at finite weights", *none, "0"))
    elsewhere = tried - sum(m.starts for m in found)
    if elsewhere or not found:
        rows.append(("elsewhere, or still under way", *none, str(elsewhere) if found else "all"))
    return Facts(heads, tuple(rows))
