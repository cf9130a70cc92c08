"""What is marked on the paths of "Rough ground": names of points, numbers of steps, where a run leaves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from convcore.arrays import Array, Ints
from convcore.charts.grid import plot_width
from convcore.charts.parts import LETTER, WIDE
from convcore.charts.picture import Columns, short
from convcore.descent.theory import PointKind
from convcore.labkit.curves import reach
from convcore.labkit.functions import View
from convcore.labkit.thinning import drawn_steps
from convcore.labkit.words import num
from convcore.labs.rough_ground.study import RoughStudy
from convcore.optimizers import Needs, Search

LETTER_SHARE = LETTER / plot_width(int(1.3 * WIDE), 2)  # of the picture's width
LINE_SHARE = 0.065  # a line of text, as a share of the picture's height
# Of words: their left, their right, and the middle of the lowest line and of the highest.
Box = tuple[float, float, float, float]
NUMBERED = 4  # points of a path
NEAR = (0.045, LINE_SHARE)  # numbers closer than these shares of the picture would overlap
FOLLOWED = 240  # steps that can be shown, of a longer run
ARROW = 0.04  # of the picture: half of an arrow, which is all inside
ENDS = ": the run ends here"


def labelled(points: Columns, frame: View, path: Array) -> Columns:
    """Stationary points with their words aligned to stay in the picture, and left out where they
    would cover others. `ends` of a point where the run wrongly ends: what it is, in bold.

    path: the run in the picture (k+1, 2); the name of its end is not on the side that it comes from.
    """
    at = _shares(np.column_stack([points["x"], points["E" if "E" in points else "y"]]), frame)
    columns = {name: list(column) for name, column in points.items() if name != "at"}
    columns |= {"side": [], "below": []}
    taken: list[Box] = []
    for i, (x, y) in enumerate(at.tolist()):
        word = columns["label"][i] + (ENDS if columns["ends"][i] else "")
        size = LETTER_SHARE * max(map(len, word.split("\n")))
        side = "left" if x < size / 2 else "right" if x > 1 - size / 2 else "center"
        # Minima have theirs below, others above, unless that is outside.
        below = (PointKind(points["kind"][i]).is_minimum and y > LINE_SHARE) or y > 1 - LINE_SHARE
        if columns["ends"][i] and LINE_SHARE < y < 1 - LINE_SHARE:
            below = _comes_from_above(_shares(path, frame))
        box = _box(x, y, word, side, below)
        covers = any(_cover(box, other) for other in taken)
        if not covers:
            taken.append(box)
        columns["label"][i] = "" if covers or columns["ends"][i] else word
        columns["ends"][i] = word if columns["ends"][i] and not covers else ""
        columns["side"].append(side)
        columns["below"].append(int(below))
    return columns


def in_picture(study: RoughStudy) -> Array:
    """The lab's own run in the picture (k+1, 2): w and E, or both weights."""
    path = study.run.path
    return np.column_stack([path.w[:, 0], path.loss if path.w.shape[-1] == 1 else path.w[:, 1]])


def path_marks(study: RoughStudy, frame: View, points: Columns) -> dict[str, Columns]:
    """The tables "numbers", of the first points of the lab's own run, and "exits", where it leaves.

    points: the marked stationary points, as `labelled` returns them.
    """
    path = study.run.path
    line = study.scene.objective.n == 1
    y, seen = "E" if line else "y", in_picture(study)
    at = _shares(seen, frame)
    inside = np.all((at >= 0) & (at <= 1), axis=1)
    numbered: dict[int, int] = {}
    taken = list(_names(points, _shares(np.column_stack([points["x"], points[y]]), frame)))
    for k in range(min(NUMBERED, len(at))):
        if not inside[k] or _near(at[k], at[list(numbered)]):
            continue
        half = LETTER_SHARE * len(_number(k)) / 2
        for up in (-1, 1) if at[k, 1] > 1 - LINE_SHARE else (1, -1):
            middle = at[k, 1] + up * 0.8 * LINE_SHARE
            box = at[k, 0] - half, at[k, 0] + half, middle, middle
            if not any(_cover(box, other) for other in taken):
                numbered[k] = -13 if up > 0 else 15
                break
    steps = list(numbered)
    numbers: Columns = {
        "x": short(seen[steps, 0]),
        y: short(seen[steps, 1]),
        "k": np.array(steps, dtype=np.int16),
        "text": [_number(k) for k in steps],
        "dy": [numbered[k] for k in steps],
    }
    left = np.flatnonzero(inside[:-1] & ~inside[1:])[:1]
    start, way = at[left], at[left + 1] - at[left]
    with np.errstate(all="ignore"):
        # How far along the step each side of the picture is.
        shares = np.where(way > 0, (1 - start) / way, np.where(way < 0, -start / way, np.inf))
    edge = start + shares.min(axis=1, initial=np.inf, keepdims=True) * way if left.size else start
    low, high = np.array(frame).T
    size = np.hypot(*way.T)[:, None] if left.size else np.ones((0, 1))
    way = way / size
    edge_at = low + (edge - ARROW * way) * (high - low)
    # The words are on the side that the step does not come from.
    upright = np.minimum(edge[:, 1], 1 - edge[:, 1]) < 1e-6  # it leaves by the top or the bottom
    beside = np.clip(edge[:, 0], 0.25, 0.75) == edge[:, 0]
    left_of = np.where(upright & beside, way[:, 0] > 0, edge[:, 0] < 0.5).astype(int)
    # In a corner there is no such side: far enough below, by how steep the step is.
    fall = np.minimum(np.abs(way[:, 1]) / np.maximum(np.abs(way[:, 0]), 1e-9), 0.6)
    inwards = np.where(edge[:, 1] > 0.5, 1, -1) * np.where(beside, 13, 20 + 80 * fall)
    down = np.where(upright, inwards, np.where(way[:, 1] > 0, -15, 15))
    exits: Columns = {
        "x": short(edge_at[:, 0]),
        y: short(edge_at[:, 1]),
        "dx": short(way[:, 0]),
        "dy": short(way[:, 1]),
        "k": (left + 1).astype(np.int16),
        "left": left_of,
        "down": down,
        "text": [
            f"{k + 1}" + (f": w = {num(path.w[k + 1, 0], 3)}" if line else "")
            for k in left.tolist()
        ],
    }
    return {"numbers": numbers, "exits": exits}


def _names(points: Columns, at: Array) -> Iterator[Box]:
    """Where the words of points are that are at (m, 2) shares of the picture."""
    columns = (points[name] for name in ("label", "ends", "side", "below"))
    for (x, y), label, ends, side, below in zip(at.tolist(), *columns, strict=True):
        if word := label or ends:
            yield _box(x, y, word, side, bool(below))


def _box(x: float, y: float, word: str, side: str, below: bool) -> Box:
    size = LETTER_SHARE * max(map(len, word.split("\n")))
    low = x - size * {"left": 0.0, "center": 0.5, "right": 1.0}[side]
    first = y + (-1 if below else 1) * LINE_SHARE
    further = word.count("\n") * LINE_SHARE
    return low, low + size, first - below * further, first + (not below) * further


def _cover(one: Box, other: Box) -> bool:
    wide = one[0] < other[1] and other[0] < one[1]
    return wide and one[2] - LINE_SHARE < other[3] and other[2] - LINE_SHARE < one[3]


def _number(k: int) -> str:
    return "0 start" if k == 0 else str(k)


def _comes_from_above(at: Array) -> bool:
    """Whether a run, at (k+1, 2) shares of the picture, comes to its end from above."""
    with np.errstate(invalid="ignore"):
        away = np.flatnonzero(np.abs(at - at[-1]).max(axis=1) > 0.02)
    return bool(away.size and at[away[-1], 1] > at[-1, 1])


def _near(place: Array, others: Array) -> bool:
    """Whether a place (2,) is so close to one of others (m, 2) that their words would overlap."""
    return bool(np.any(np.all(np.abs(others - place) < NEAR, axis=1)))


def _shares(where: Array, frame: View) -> Array:
    """Places (m, 2) as shares of the picture's width and height, from the lower left corner."""
    low, high = np.array(frame).T
    return np.asarray((where.reshape(-1, 2) - low) / (high - low))


def about(study: RoughStudy) -> list[float]:
    """The limits 2ηₒₚₜ that a run of plain descent is about: of its own minimum, and where it ends."""
    if not study.scene.plain:
        return []
    points = [p for p in (study.home, study.end) if p and p.kind.is_minimum]
    return sorted({p.limit for p in points if 0 < p.limit < math.inf})


def stable(study: RoughStudy, low: float, high: float) -> Columns:
    """The table "stable": log₁₀ of those limits within (low, high)."""
    found = [math.log10(limit) for limit in about(study)]
    return {"at": [at for at in found if low < at < high]}


def step_shown(study: RoughStudy) -> int:
    """The step whose numbers are shown first: the one that leaves the valley, else the first."""
    left = (not study.run.path.gone and study.escape and study.escape.left) or 1
    return min(left, int(study.run.path.length))


def steps_shown(study: RoughStudy) -> Ints:
    """The steps of the lab's own run that can be shown (m,), the last among them."""
    drawn = drawn_steps(int(study.run.path.length), FOLLOWED)
    return np.union1d(drawn, [step_shown(study)])


def step_table(study: RoughStudy, steps: Ints) -> tuple[str, str, Columns]:
    """What η multiplies, as symbols and in words, and the table "steps" of steps (m,) of the lab's own run.

    Each row has the step that led to its weights w (n,) from a (n,): η times d (n,), divided by c unless
    that is 0. Row 0 is step 0.
    """
    scene, path = study.scene, study.run.path
    objective, line = scene.objective, scene.objective.n == 1
    k = steps[1:]
    w, a, eta = path.w[steps], path.w[k - 1], path.eta[k - 1]
    with np.errstate(all="ignore"):
        # A schedule may bring η to 0: what it then multiplies is unknown, and moves nothing.
        d = np.where(eta[:, None] != 0, (a - w[1:]) / eta[:, None], 0.0)
        c = np.zeros(len(k))
        rule, told = "d(@)", f",  where η·d is {scene.optimizer.described('η')}"
        if scene.plain:
            d = objective.gradient(a).reshape(d.shape)
            rule, told = ("E′(@)" if line else "∇E(@)"), ""
        elif scene.optimizer.needs is Needs.HESSIAN and scene.optimizer.search is Search.NONE:
            rule, told = ("E′(@)/E″(@)" if line else "H(@)⁻¹∇E(@)"), ""
            if line:
                curvature = objective.hessian(a)[:, 0, 0]
                divides = np.isfinite(curvature) & (curvature != 0)
                c = np.where(divides, curvature, 0.0)
                d = np.where(divides[:, None], objective.gradient(a).reshape(d.shape), d)
    first = np.zeros((1, d.shape[1]))
    columns: dict[str, Any] = {
        **reach(steps),
        "eta": short(np.append(0.0, eta)),
        "c": short(np.append(0.0, c)) if c.any() else np.zeros(len(steps), dtype=np.int8),
    }
    for i in range(objective.n):
        columns[f"w{i + 1}"] = short(w[:, i])
        columns[f"a{i + 1}"] = short(np.append(w[0, i], a[:, i]))
        columns[f"d{i + 1}"] = short(np.vstack([first, d])[:, i])
    return rule, told, columns
