"""One more point in "Perceptron and backprop", or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from convcore.cache import kept
from convcore.knobs import FieldError, OneOf, Range, files
from convcore.labs.perceptron.points import Source, one_line, points_of
from convcore.separators.points import Points
from convcore.setting import Setting


class Extra(Setting):
    """One more point, or none."""

    label: str


@dataclass(frozen=True)
class NoPoint(Extra):
    """No extra point."""

    label = "none; a click places one"


@dataclass(frozen=True)
class ExtraPoint(Extra):
    """One more point, visited last."""

    x: Annotated[
        float, Range("x", "across; of one input its only number", -20, 20, 0.1, limits=(-1e6, 1e6))
    ] = 0.0
    y: Annotated[float, Range("y", "up; unused with one input", -20, 20, 0.1,
                              limits=(-1e6, 1e6))] = 0.0  # fmt: skip
    sign: Annotated[
        str, OneOf("its label", "", ("plus", "minus"), names=(("plus", "+"), ("minus", "−")))
    ] = "plus"
    label = "one more point"


EXTRAS: tuple[tuple[str, type[Extra]], ...] = (("none", NoPoint), ("point", ExtraPoint))


@kept(32, files)
def points_with(source: Source, extra: Extra) -> Points:
    """The points to learn, the same object as long as the controls do not change.

    Raises FieldError, in one line, if there are none, or if the extra point cannot be added.
    """
    base = points_of(source)
    if not isinstance(extra, ExtraPoint):
        return base
    sign = 1.0 if extra.sign == "plus" else -1.0
    try:
        return base.with_point((extra.x, extra.y)[: base.inputs], sign)
    except ValueError as error:
        raise FieldError("extra", one_line(error)) from None
