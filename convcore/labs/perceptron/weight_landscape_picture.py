"""The view of "loss over two weights": what it explains, its picture and its table."""

from __future__ import annotations

import math
import zlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array
from convcore.charts.landscape import drawn
from convcore.charts.picture import Columns, Picture, row, short
from convcore.labkit.second_view import SecondView
from convcore.labkit.tables import Facts
from convcore.labkit.words import num
from convcore.labs.perceptron.backprop_end import End
from convcore.labs.perceptron.chart_second import LANDSCAPE
from convcore.labs.perceptron.learners_training import LearnersTraining
from convcore.labs.perceptron.phrases import loss_name, loss_text, points_named
from convcore.labs.perceptron.study import PerceptronStudy
from convcore.labs.perceptron.weight_landscape import WeightLandscape, WeightLandscapeStudy
from convcore.labs.perceptron.weight_plane import Plane, Surface

NUMBERED = 3  # epochs whose number is beside them on the path: 0 to 3
APART = np.array([0.06, 0.08])  # of the view: room for a number
ROOM = np.array([0.25, 0.1])  # of the view: room for the name of a minimum
PASSES = (
    "start and end",
    "minimum, end, start",
    "two minima and the end",
)  # by minima in the plane
VALLEYS = {1: "line", 2: "plane"}  # of at most three weights, by the directions that are free


def landscape_view(
    study: PerceptronStudy, second: WeightLandscape, found: WeightLandscapeStudy | None
) -> SecondView | None:
    """The landscape, its minima and what they explain; None of too many points."""
    if found is None:
        return None
    training = study.training
    said = tuple(filter(None, (explanation(training, found), valley(found))))
    return SecondView(_picture(training, found), (_facts(training, found),), said)


def _picture(training: LearnersTraining, study: WeightLandscapeStudy) -> Picture:
    k, path, low, high = study.k, study.path, study.low, study.high
    lines, ruler = _limits(training, study)
    off = list(study.off) or [False]
    two = training.unit.n == 2
    xname, yname = f"plane through {PASSES[study.passes]}", ""
    if two:
        xname, yname = f"weight of {training.points.names[0][:40]}", "bias"
    tables = {
        "t": row(
            xlo=low[0], xhi=high[0], ylo=low[1], yhi=high[1], **ruler, xname=xname, yname=yname,
            unit=_which(training), **_axes(study.plane),
        ),
        "ground": {"url": [_image(study.surface)]},
        "path": {
            "x": short(path[:, 0]), "y": short(path[:, 1]), "k": k.astype(np.int32),
            "last": k == k[-1], "numbered": _numbered(path, study.marks, low, high),
        },
        "minima": {**lines, "off": off, **_beside(study.marks, low, high)},
    }  # fmt: skip
    about = (
        f"Blue where E bends up in all directions{' in which it changes' * bool(study.flat)}, orange "
        "elsewhere; the ring is the start, the dot the end. Green minima separate, red crosses do not"
        + ("; faint ones lie off this plane." if any(off) else ".")
    )
    w = np.insert(training.run.w[k], 1, 0.0, axis=1) if two else training.run.w[k]
    kept = {"k": k.astype(np.int32), **dict(zip("uvb", short(w.T), strict=True)),
            "unit": np.full(len(k), _which(training), dtype=np.int32)}  # fmt: skip
    return Picture("landscape", LANDSCAPE, tables, about, kept)


def _numbered(path: Array, marks: Array, low: Array, high: Array) -> NDArray[np.int8]:
    """Which of the first points of a path (m, 2) have their epoch beside them: as far as there is room."""
    at = (path - low) / (high - low)
    apart = np.abs(np.diff(at[: NUMBERED + 2], axis=0)) > APART
    free = np.append(apart.any(axis=1), False)[: NUMBERED + 1]
    names = (marks.reshape(-1, 2) - low) / (high - low)
    near = np.abs(at[: len(free), None] - names) < ROOM
    free &= ~near.all(axis=-1).any(axis=-1)
    shown = np.zeros(len(path), dtype=np.int8)
    shown[: len(free)] = np.logical_and.accumulate(free)
    return shown


def _beside(marks: Array, low: Array, high: Array) -> Columns:
    """Where the name of each minimum (m, 2) is: inside the view, and not on that of another one."""
    at = (marks.reshape(-1, 2) - low) / (high - low)
    if not len(at):
        return {"side": ["center"], "up": [0]}
    side = np.select([at[:, 0] < 0.2, at[:, 0] > 0.8], ["left", "right"], "center")
    up = at[:, 1] < 0.85
    for i, place in enumerate(at):
        near = (np.abs(at[:i] - place) < ROOM).all(axis=1)
        up[i] = not up[i] if (near & (up[:i] == up[i])).any() and at[i, 1] > 0.1 else up[i]
    return {"side": side.tolist(), "up": up.astype(np.int8)}


@lru_cache(maxsize=48)  # by identity: showing a study again encodes nothing
def _image(surface: Surface) -> str:
    """E over the plane as a data URI, blue where it bends up in all directions."""
    return drawn(surface.E, surface.bends_up)


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


def _which(training: LearnersTraining) -> int:
    """A number for the loss: only paths on the same loss share a plane."""
    b, extra = training.backprop, training.points.x[len(training.base) :].tolist()
    sign = training.points.labels[-1]
    settings = (b.divergence, b.epsilon, b.decay, b.activation, extra, sign)
    return zlib.crc32(repr(settings).encode()) & 0x7FFFFFFF


def explanation(training: LearnersTraining, study: WeightLandscapeStudy) -> str:
    """What the minima explain about how backprop ended."""
    found, home, b = study.found, study.home, training.backprop
    if not found:
        return (
            "E has no minimum at finite weights: it falls for ever as separating weights grow."
        ) * training.least_at_infinity
    lowest, better = found[0], study.better
    if b.bound is not None:
        return ""
    if not lowest.separates and b.epsilon == 0 and b.decay == 0:
        # With hard targets the infimum 0 lies at infinity, along separating weights.
        return (
            f"E has a minimum of {loss_text(lowest.value)} with "
            f"{points_named(training, lowest.wrong)} wrong, but falls below it far out along separating "
            "weights."
        ) * training.reference.separable
    if not lowest.separates:
        return (
            f"Even the lowest minimum found, E = {loss_text(lowest.value)}, has "
            f"{points_named(training, lowest.wrong)} wrong: separating does not pay."
        ) * training.reference.separable
    if better is None or training.errors[-1] == 0 or "backprop" not in training.ends:
        return ""
    said = f"A minimum that separates, E = {loss_text(better.value)}, has λₘₐₓ = {num(better.sharpness)}"
    if home is not None and not home.separates:
        said = f"It is in a minimum of E = {loss_text(home.value)}. {said}"
    if not training.constant:
        return f"{said}."
    if b.eta > better.limit:
        beyond = f"η = {num(b.eta)} is beyond 2/λₘₐₓ = {num(better.limit)}"
        return f"{said}: {beyond}, **descent cannot settle there**."
    below = f"{said}: η = {num(b.eta)}, below 2/λₘₐₓ = {num(better.limit)}, could settle there"
    if home is not None and not home.separates:
        return f"{below}; the start decides."
    if training.end is End.UNDER_WAY:
        return f"{below}; it is still under way."
    return f"{below}."


def valley(study: WeightLandscapeStudy) -> str:
    """That each minimum is one of many, where the points leave some of the weights free."""
    if not (study.flat and study.found):
        return ""
    along = "a direction" if study.flat == 1 else "two directions"
    return (
        f"**Each minimum is one of a {VALLEYS[study.flat]} of them**: the points leave {along} of the "
        "weights free, along which neither their outputs nor E change. The picture shows the one nearest "
        "to where training ended."
    )


def _limits(
    training: LearnersTraining, study: WeightLandscapeStudy
) -> tuple[Columns, dict[str, float | str]]:
    """The table of minima with the stretch of step sizes that can settle at each; the ruler's ends."""
    shown, marks, b = study.shown, study.marks, training.backprop
    eta = abs(b.eta) or 1.0
    tops = [m.limit for m in shown if math.isfinite(m.limit) and m.limit > 0] or [1.0]
    low, high = math.log10(min(eta, *tops)) - 1, math.log10(max(eta, *tops)) + 0.7
    ruler: dict[str, float | str] = {
        "rlo": low, "rhi": high, "eta": math.log10(eta), "name": f"η = {num(b.eta)}",
        "rows": float(max(3, len(shown))),
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
        "label": [f"E = {loss_text(m.value)}" for m in shown],
        "from": [low] * len(shown),
        "to": [math.log10(m.limit) if 0 < m.limit < math.inf else high for m in shown],
        "line": list(range(len(shown))),
        "words": [
            f"E = {loss_text(m.value)}, {'separates' if m.separates else 'does not separate'}: "
            f"η ≤ {num(m.limit)}"
            for m in shown
        ],
    }, ruler  # fmt: skip


def _facts(training: LearnersTraining, study: WeightLandscapeStudy) -> Facts:
    """The minima; the last column adds up to all starts of the search."""
    found, shown, tried = study.found, study.shown, study.tried
    one = f"{VALLEYS[study.flat]} of minima" if found and study.flat else "minimum"
    heads = (
        f"{one} of {loss_name(training)}"
        + ", without the bound" * (training.backprop.bound is not None),
        "E",
        "separates",
        "λₘₐₓ",
        "2/λₘₐₓ",
        f"starts that end here, of {tried}" if found else "starts that end here",
    )
    rows = [
        (
            ("training ended here" if m is study.home else "found"),
            loss_text(m.value),
            "yes" if m.separates else f"no: {points_named(training, m.wrong)} wrong",
            num(m.sharpness),
            num(m.limit),
            str(m.starts),
        )
        for m in shown
    ]
    none = ("–",) * 4
    if more := study.others:
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
