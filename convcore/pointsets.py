"""Labelled points to separate: the lecture's sets, clouds, iris, and the user's own (SCIENCE F).

Labels are ±1. The ends of a set that does not make sense are ValueErrors of one line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from convcore.datasets import LARGEST, MAX_ROWS, Table, load

Array = NDArray[np.float64]

SIGNS = {
    "+": 1,
    "+1": 1,
    "1": 1,
    "1.0": 1,
    "-": -1,
    "-1": -1,
    "−": -1,
    "−1": -1,
    "0": -1,
    "-1.0": -1,
}
MOST_INPUTS = 50


@dataclass(frozen=True, eq=False)
class Points:
    """N points with labels. x: (N, p); labels: (N,), each 1 or −1; names: of the p inputs.

    classes: what the labels −1 and +1 are called. Raises ValueError, in one line, for no point at all,
    numbers that are not finite or beyond 1e100, labels other than ±1, and more than 100,000 points.
    """

    x: Array
    labels: Array
    names: tuple[str, ...] = ()
    classes: tuple[str, str] = ("−", "+")

    def __post_init__(self) -> None:
        x, labels = np.asarray(self.x, dtype=float), np.asarray(self.labels, dtype=float)
        if x.ndim != 2 or labels.shape != x.shape[:1]:
            raise ValueError(
                f"`Points(x=..., labels=...)` must be (N, p) and (N,); got {x.shape} and {labels.shape}."
            )
        if not len(x):
            raise ValueError("there is no point; give at least one, as in 1 0 +")
        if len(x) > MAX_ROWS:
            raise ValueError(f"there are {len(x):,} points; at most {MAX_ROWS:,}")
        if not 1 <= x.shape[1] <= MOST_INPUTS:
            raise ValueError(f"points have 1 to {MOST_INPUTS} inputs; these have {x.shape[1]}")
        bad = ~(np.abs(x) <= LARGEST).all(axis=1)
        if bad.any():
            raise ValueError(f"point {bad.argmax() + 1} is not finite, or beyond 1e100")
        odd = np.abs(labels) != 1
        if odd.any():
            raise ValueError(f"the label of point {odd.argmax() + 1} is neither 1 nor −1")
        names = self.names or tuple(f"x{i + 1}" for i in range(x.shape[1]))
        if len(names) != x.shape[1]:
            raise ValueError(f"`Points(names=...)` must be {x.shape[1]} names; got {len(names)}.")
        for field, value in (("x", x), ("labels", labels), ("names", names)):
            object.__setattr__(self, field, value)

    def __len__(self) -> int:
        return len(self.x)

    @property
    def inputs(self) -> int:
        """p."""
        return int(self.x.shape[1])

    @cached_property
    def counts(self) -> tuple[int, int]:
        """How many points are labelled − and +."""
        plus = int((self.labels > 0).sum())
        return len(self) - plus, plus

    @property
    def one_class(self) -> bool:
        """Whether all labels are the same: then every constant output separates the points."""
        return 0 in self.counts

    def augmented(self, bias: bool = True) -> Array:
        """x with a constant 1 as the last input, (N, p + 1); x itself (N, p) without bias."""
        return augment(self.x) if bias else self.x

    def with_point(self, x: ArrayLike, label: float) -> Points:
        """These points and, as the last, one more; x: (p,)."""
        at = np.asarray(x, dtype=float).reshape(1, -1)
        if at.shape[1] != self.inputs:
            raise ValueError(f"the extra point needs {self.inputs} numbers; it has {at.shape[1]}")
        labels = np.append(self.labels, label)
        return Points(np.vstack([self.x, at]), labels, self.names, self.classes)

    def contradictions(self) -> tuple[Array, NDArray[np.int64]]:
        """Positions (m, p) at which points of both labels stand, and how many points are at each."""
        at, inverse, count = np.unique(self.x, axis=0, return_inverse=True, return_counts=True)
        inverse = inverse.reshape(-1)
        plus = np.bincount(inverse, self.labels > 0, len(at))
        both = (plus > 0) & (plus < count)
        return at[both], count[both]

    def describe(self, i: int) -> str:
        """Point i in words: "x = −0.5 (+)", "(0, −2) (+)"."""
        at = [f"{v:.6g}".replace("-", "−") for v in self.x[i].tolist()]
        where = f"x = {at[0]}" if len(at) == 1 else f"({', '.join(at)})"
        return f"{where} ({self.classes[int(self.labels[i] > 0)]})"


def augment(x: Array) -> Array:
    """Inputs (..., p) with a constant 1 behind them (..., p + 1)."""
    return np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1)


# The lecture's sets (SCIENCE F)


def lecture_set(t: float = 1.0) -> Points:
    """A(1, 0)+, B(0, 1)+, C(−1, 0)−, D(0, −t)+; separable for every t."""
    return Points(np.array([[1.0, 0], [0, 1], [-1, 0], [0, -t]]), np.array([1.0, 1, -1, 1]))


def u12() -> Points:
    """One input: +2 five times and −0.5, all +; −2 five times and −1.5, all −."""
    x = np.array([2.0] * 5 + [-0.5] + [-2.0] * 5 + [-1.5])
    return Points(x[:, None], np.repeat([1.0, -1.0], 6), ("x",))


def d8() -> Points:
    """One input: + at 9, 10, 11, −3; − at −9, −10, −11, −4."""
    x = np.array([9.0, 10, 11, -3, -9, -10, -11, -4])
    return Points(x[:, None], np.repeat([1.0, -1.0], 4), ("x",))


def gate(name: str) -> Points:
    """The logical AND, OR or XOR of two inputs 0 and 1; the last is not separable."""
    x = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    true = {"and": x.all(axis=1), "or": x.any(axis=1), "xor": x.sum(axis=1) == 1}
    if name not in true:
        raise ValueError(f"{name[:40]!r} is none of {', '.join(true)}")
    return Points(x, np.where(true[name], 1.0, -1.0))


def clouds(points: int = 40, distance: float = 4.0, margin: float = 0.0, draw: int = 0) -> Points:
    """Two Gaussian clouds in the plane, of variance 1, their centres `distance` apart.

    margin > 0: a strip of that width between the classes, around the line halfway, is kept free: the
    coordinate across it is drawn from what the normal law leaves. At 0 nothing is left out, and the
    clouds overlap as they may. draw: the seed; the first class has the odd point. Labels alternate.
    """
    if points < 2:
        raise ValueError(f"two clouds need at least 2 points; got {points}")
    if not (math.isfinite(distance) and distance >= 0 and math.isfinite(margin) and margin >= 0):
        raise ValueError("`clouds(distance=..., margin=...)` must be finite and ≥ 0.")
    if margin > distance + 12:
        raise ValueError(f"no cloud reaches beyond a margin of {margin:.6g}; at most distance + 12")
    rng = np.random.default_rng(draw)
    labels = np.where(np.arange(points) % 2 == 0, 1.0, -1.0)
    uniform, along = rng.random(points), rng.standard_normal(points)
    cut = (margin - distance) / 2 if margin > 0 else -np.inf
    # From the upper tail, which keeps its digits where almost nothing of the cloud is left.
    across = distance / 2 - ndtri((1 - uniform) * ndtr(-cut))
    if margin > 0:
        across = np.maximum(across, margin / 2)
    across = labels * across
    # Across the diagonal, so that neither weight alone tells the classes apart.
    return Points(np.column_stack([across - along, across + along]) / math.sqrt(2), labels)


SPECIES = ("setosa", "versicolor", "virginica")
FEATURES = ("petal length", "petal width")


def iris(
    minus: str = "versicolor", plus: str = "virginica", features: Sequence[str] = FEATURES
) -> Points:
    """Two species of Fisher's iris by some of their measures, in cm; setosa is separable."""
    return from_table(load("iris"), features, "species", plus, minus)


# The user's own


def from_table(
    table: Table, features: Sequence[str], label: str, plus: str = "", minus: str = ""
) -> Points:
    """The rows of a table; the cells of column `label` are the classes.

    plus and minus name two classes, and rows of others are left out; without `minus` all others are
    −; without `plus` the column must hold two classes, and the second to appear is +, except that of
    0 and 1, or −1 and 1, the larger is +. Raises ValueError in one line.
    """
    if not features:
        raise ValueError("no input is chosen; choose one or two columns of numbers")
    x, cells = table.features(features), np.array(table.text(label))
    kinds = list(dict.fromkeys(cells.tolist()))
    for name in (plus, minus):
        if name and name not in kinds:
            raise ValueError(f"column {label[:60]!r} holds no {name[:40]!r}")
    if plus and plus == minus:
        raise ValueError(f"both classes are {plus[:40]!r}; choose two")
    if not plus:
        if len(kinds) > 2:
            raise ValueError(f"column {label[:60]!r} holds {len(kinds):,} classes; choose one as +")
        signs = [SIGNS.get(kind, 0) for kind in kinds]
        kinds = kinds if 0 in signs else [k for _, k in sorted(zip(signs, kinds, strict=True))]
        plus = kinds[-1]
        if len(kinds) == 1 and signs == [-1]:
            plus, minus = "", kinds[0]
    kept = np.isin(cells, [plus, minus]) if minus else np.ones(len(cells), dtype=bool)
    rest = [kind for kind in kinds if kind != plus]
    other = minus or (rest[0] if len(rest) == 1 else "others")
    labels = np.where(cells[kept] == plus, 1.0, -1.0) if plus else np.full(kept.sum(), -1.0)
    return Points(x[kept], labels, tuple(features), (other, plus or "+"))


def parse(text: str) -> Points:
    """Points from text, one a line: its coordinates and its label, as in `1 0 +` or `-2.5, 3; -1`.

    Labels are + or −, 1 or −1, 1 or 0. Coordinates are one or two numbers, as many on each line;
    empty lines and what follows # are skipped. Raises ValueError: the line, and what would be right.
    """
    rows: list[list[float]] = []
    labels: list[int] = []
    width = 0
    for number, line in enumerate(text.splitlines(), 1):
        cells = line.split("#")[0].replace(",", " ").replace(";", " ").split()
        if not cells:
            continue
        *coordinates, label = cells
        if label not in SIGNS:
            raise ValueError(f"line {number} ends in {label[:20]!r}; end it in a label, + or −")
        if not 1 <= len(coordinates) <= 2:
            has = f"{len(coordinates)} number" + "s" * (len(coordinates) != 1)
            raise ValueError(
                f"line {number} has {has} before its label; write x y label or x label"
            )
        width = width or len(coordinates)
        if len(coordinates) != width:
            has = "1 coordinate" if width == 2 else "2 coordinates"
            raise ValueError(f"line {number} has {has} and the first point {width}")
        rows.append([_coordinate(cell, number) for cell in coordinates])
        labels.append(SIGNS[label])
        if len(rows) > MAX_ROWS:
            raise ValueError(f"there are more than {MAX_ROWS:,} points")
    if not rows:
        raise ValueError("there is no point; write one a line, as in 1 0 +")
    return Points(np.array(rows), np.array(labels, dtype=float), ("x", "y")[:width])


def _coordinate(cell: str, line: int) -> float:
    try:
        # float() takes 1_000 for a number.
        value = math.nan if "_" in cell else float(cell.replace("−", "-"))
    except ValueError:
        raise ValueError(f"line {line} holds {cell[:20]!r}, which is no number") from None
    if not abs(value) <= LARGEST:
        raise ValueError(f"line {line} holds {cell[:20]!r}; numbers must be finite, at most 1e100")
    return value


def written(points: Points) -> str:
    """The text that `parse` reads these points from."""
    rows = zip(points.x.tolist(), points.labels.tolist(), strict=True)
    return "\n".join(" ".join(map(repr, x)) + (" +" if label > 0 else " -") for x, label in rows)
