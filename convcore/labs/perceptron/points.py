"""Points for "Perceptron and backprop": named sets, clouds, iris."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar

from convcore.cache import kept
from convcore.datasets import load
from convcore.knobs import FieldError, OneOf, Range, Several, Whole, files
from convcore.separators import points as pointsets
from convcore.separators.points import SPECIES, Points
from convcore.setting import Setting

INPUTS = 2  # that a picture in the plane can show


class Source(Setting):
    """A source of labelled points in one or two dimensions."""

    label: str
    usual: ClassVar[tuple[float, float]] = (
        0.1,
        0.0,
    )  # η and the spread of the start that suit them

    @abstractmethod
    def points(self) -> Points:
        """The points; raises FieldError, in one line, if the fields give none."""

    def drawn(self) -> Callable[[int], Points] | None:
        """A function that draws a fresh sample by its number; None if there is only one sample."""
        return None

    def notes(self) -> tuple[str, ...]:
        """What the reader should know about the points, a line each."""
        return ()

    def read(self) -> str:
        """What was understood of a file of the user's (Markdown); "" if there is none."""
        return ""

    def awaits(self) -> str:
        """What is not uploaded yet, and what is shown until then (Markdown); "" if nothing."""
        return ""


@dataclass(frozen=True)
class LectureSet(Source):
    """A(1, 0)+, B(0, 1)+, C(−1, 0)−, D(0, −t)+: separable for every t."""

    t: Annotated[
        float, Range("t", "how far down D(0, −t) lies", 0.5, 100, 0.5, limits=(1e-6, 1e6))
    ] = 10.0
    label = "the lecture's four points"
    usual = (0.5, 2.0)

    def points(self) -> Points:
        return pointsets.lecture_set(self.t)


@dataclass(frozen=True)
class U12(Source):
    """Twelve points on a line: separable, but the best soft L2 has x = −0.5 wrong."""

    label = "U12: twelve on a line"

    def points(self) -> Points:
        return pointsets.u12()


@dataclass(frozen=True)
class D8(Source):
    """Eight points on a line, far ones and near ones: ε decides whether the best fit separates."""

    label = "D8: eight on a line"

    def points(self) -> Points:
        return pointsets.d8()


@dataclass(frozen=True)
class Gate(Source):
    """A logical gate of two inputs 0 and 1."""

    gate: Annotated[
        str,
        OneOf("gate", "XOR is the one that no line separates", ("and", "or", "xor"),
              names=(("and", "AND"), ("or", "OR"), ("xor", "XOR"))),
    ] = "xor"  # fmt: skip
    label = "a logical gate"

    def points(self) -> Points:
        return pointsets.gate(self.gate)


@dataclass(frozen=True)
class Clouds(Source):
    """Two Gaussian clouds of variance 1, with a strip kept free between them or an overlap."""

    number: Annotated[int, Whole("points", "of both classes together", 4, 200)] = 40
    distance: Annotated[float, Range("distance", "between the clouds' centres", 0, 10, 0.1)] = 4.0
    margin: Annotated[
        float, Range("margin", "width of the strip kept free; 0 keeps none", 0, 5, 0.1)
    ] = 1.0
    draw: Annotated[int, Whole("draw", "the seed of the random points", 0, 99)] = 0
    label = "two clouds"

    def points(self) -> Points:
        return self._sample(self.draw)

    def _sample(self, draw: int) -> Points:
        return pointsets.clouds(self.number, self.distance, self.margin, draw)

    def drawn(self) -> Callable[[int], Points]:
        return self._sample


@dataclass(frozen=True)
class Iris(Source):
    """Two species of Fisher's iris by one or two of their measures."""

    minus: Annotated[str, OneOf("species −", "the class −", SPECIES)] = "versicolor"
    plus: Annotated[str, OneOf("species +", "the class +", SPECIES)] = "virginica"
    measures: Annotated[
        tuple[str, ...],
        Several("measures", "one or two, in cm", load("iris").numeric),
    ] = pointsets.FEATURES
    label = "Fisher's iris"
    usual = (0.01, 0.0)

    def points(self) -> Points:
        if self.minus == self.plus:
            raise FieldError("plus", "Both species are the same: choose two.")
        check_count(self.measures, "measures")
        return pointsets.iris(self.minus, self.plus, self.measures)

    def notes(self) -> tuple[str, ...]:
        return ("Fisher's iris (1936), 50 flowers of each species.",)


def check_count(names: tuple[str, ...], field: str) -> None:
    """FieldError unless one or two names are chosen."""
    if not 1 <= len(names) <= INPUTS:
        raise FieldError(field, f"Choose one or two {field}: the picture is a plane.")


def one_line(error: Exception) -> str:
    """An error of the numerics as a sentence for the page."""
    text = str(error)
    return text[0].upper() + text[1:] + "."


@kept(32, files)
def points_of(source: Source) -> Points:
    """The source's points, cached: each change of another control needs them again.

    Raises FieldError, in one line, if there are none.
    """
    try:
        return source.points()
    except FieldError:
        raise
    except ValueError as error:
        raise FieldError("data", one_line(error)) from None
