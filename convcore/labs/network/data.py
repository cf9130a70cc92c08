"""What the network of "A real network" learns: the Chebyshev fit, two spirals, two moons.

Tables are in `data_table`.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from convcore.arrays import Array, Ints
from convcore.cache import kept
from convcore.knobs import OneOf, Range, Whole, files
from convcore.labkit.words import subscript
from convcore.network import DIVERGENCES
from convcore.setting import Setting


@dataclass(frozen=True)
class Origin:
    """How points were taken from a table.

    rows: those of the table that can be used; fewer may be. left_out: features that are constant in the
    rows used. source: where a table that comes with the app is from. waiting: whether the points replace a
    file that has not been uploaded yet. read: what was understood of a file of the user's (Markdown).
    """

    rows: int
    left_out: tuple[str, ...] = ()
    source: str = ""
    waiting: bool = False
    read: str = ""


@dataclass(frozen=True, eq=False)
class Sample:
    """Points to learn, and what they are called.

    inputs: (N, p), as the network sees them. targets: (N, q), one-hot for classes. names: of the p
    inputs. classes: the q classes' names, () if targets are values. divergence: a key of
    `network.DIVERGENCES`. target: what is learned. origin: the table that they are from, if any.
    """

    inputs: Array
    targets: Array
    names: tuple[str, ...]
    classes: tuple[str, ...] = ()
    divergence: str = "l2"
    target: str = "t"
    origin: Origin | None = None


class Data(Setting):
    """A source of points; its fields are controls."""

    label: str

    @abstractmethod
    def sample(self) -> Sample:
        """The points; raises FieldError, in one line, if the fields give none."""


@kept(8, files)
def sampled(data: Data) -> Sample:
    """The points of a source, cached: each change of another control needs them again."""
    return data.sample()


divergence_knob = OneOf(
    "divergence",
    "what is minimised",
    tuple(reversed(DIVERGENCES)),
    tuple((key, kind.label) for key, kind in DIVERGENCES.items()),
)


@dataclass(frozen=True)
class Chebyshev(Data):
    """N points of the Chebyshev polynomial T_d(x) = cos(d·arccos x) on [−1, 1] (SCIENCE G)."""

    degree: Annotated[
        int, Whole("degree", "of the Chebyshev polynomial that is the curve to fit", 1, 8)
    ] = 4
    points: Annotated[int, Whole("points", "evenly spaced on [−1, 1]", 5, 100)] = 20
    label = "Chebyshev fit"

    def sample(self) -> Sample:
        x = np.linspace(-1, 1, self.points)
        t = np.cos(self.degree * np.arccos(x))
        degree = subscript(self.degree)
        return Sample(x[:, None], t[:, None], ("x",), target=f"T{degree}(x)")


@dataclass(frozen=True)
class Spirals(Data):
    """Two spirals wound into each other, one a class; N points in all, with normal noise.

    Arm c: s·(cos θ, sin θ), θ = 2π·turns·s + πc, for s from 0.1 to 1 (after Lang and Witbrock 1988).
    """

    points: Annotated[int, Whole("points", "of both classes together", 10, 200)] = 100
    turns: Annotated[float, Range("turns", "how often each spiral winds around", 0.25, 2, 0.05)] = (
        1.0
    )
    noise: Annotated[
        float, Range("noise", "standard deviation of each coordinate", 0, 0.3, 0.01)
    ] = 0.02
    draw: Annotated[int, Whole("draw", "the seed of the random points", 0, 99)] = 0
    divergence: Annotated[str, divergence_knob] = "softmax"
    label = "two spirals"

    def sample(self) -> Sample:
        rng = np.random.default_rng(self.draw)
        side = np.arange(self.points) % 2
        s = np.linspace(0.1, 1, self.points)
        angle = 2 * math.pi * self.turns * s + math.pi * side
        x = s[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        return _two_classes(x + self.noise * rng.standard_normal(x.shape), side, self.divergence)


@dataclass(frozen=True)
class Moons(Data):
    """Two half circles that reach into each other, one a class; N points in all, with normal noise.

    Of radius 1, about (∓0.5, ∓0.25): scikit-learn's `make_moons`, centred.
    """

    points: Annotated[int, Whole("points", "of both classes together", 10, 200)] = 80
    noise: Annotated[
        float, Range("noise", "standard deviation of each coordinate", 0, 0.5, 0.01)
    ] = 0.1
    draw: Annotated[int, Whole("draw", "the seed of the random points", 0, 99)] = 0
    divergence: Annotated[str, divergence_knob] = "softmax"
    label = "two moons"

    def sample(self) -> Sample:
        rng = np.random.default_rng(self.draw)
        side = np.arange(self.points) % 2
        angle = math.pi * np.linspace(0, 1, self.points)
        sign = 1 - 2 * side
        x = np.column_stack(
            [sign * np.cos(angle) + side - 0.5, sign * np.sin(angle) + 0.5 * side - 0.25]
        )
        return _two_classes(x + self.noise * rng.standard_normal(x.shape), side, self.divergence)


def _two_classes(x: Array, side: Ints, divergence: str) -> Sample:
    return Sample(x, np.eye(2)[side], ("x₁", "x₂"), ("A", "B"), divergence)
