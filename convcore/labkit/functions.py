"""Where a lab's function comes from: the gallery, or a typed formula."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from convcore.arrays import Array
from convcore.formula.formula import FormulaError
from convcore.knobs import FieldError, OneOf, Text
from convcore.objectives.gallery import BY_KEY, GALLERY, RENAMED, Function
from convcore.setting import Setting

View = tuple[tuple[float, float], ...]


class FunctionSource(Setting):
    """A function to descend on, with its usual view, start and step size."""

    label: str

    @abstractmethod
    def objective(self) -> Function:
        """The function; raises FieldError, in one line, if there is none."""

    @abstractmethod
    def view(self) -> View:
        """(low, high) of each weight."""

    @abstractmethod
    def start(self) -> tuple[float, ...]:
        """Where a run usually starts."""

    @abstractmethod
    def eta(self) -> float:
        """The usual step size."""

    def notes(self) -> tuple[str, ...]:
        """What the reader should know about it, a line each."""
        return ()


@dataclass(frozen=True)
class FromGallery(FunctionSource):
    """A named function; raises FieldError if the gallery has none of that name."""

    name: Annotated[
        str,
        OneOf(
            "function",
            "convex and not convex, of one and of two weights",
            tuple(entry.key for entry in GALLERY),
            names=tuple((entry.key, entry.title) for entry in GALLERY),
            renamed=tuple(RENAMED.items()),
        ),
    ] = "logcosh"
    label = "from the gallery"

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", RENAMED.get(self.name, self.name))
        if self.name not in BY_KEY:
            raise FieldError("name", f"There is no function {self.name[:40]!r} in the gallery.")

    def objective(self) -> Function:
        return _function(BY_KEY[self.name].text)

    def view(self) -> View:
        return BY_KEY[self.name].view

    def start(self) -> tuple[float, ...]:
        return BY_KEY[self.name].start

    def eta(self) -> float:
        return BY_KEY[self.name].eta

    def notes(self) -> tuple[str, ...]:
        entry = BY_KEY[self.name]
        note = f"{entry.title}: {entry.note}. " if entry.note else ""
        return (f"{note}Source: {entry.source}.",)


@dataclass(frozen=True)
class FromFormula(FunctionSource):
    """A typed formula of w, of x and y, or of w1 and w2."""

    text: Annotated[
        str,
        Text("E =", "of w, or of x and y: for example (w^2 - 1)^2 or log(cosh(x)) + y^2", 500),
    ] = "(w^2 - 1)^2/4 + 0.1*w"
    label = "typed formula"

    def objective(self) -> Function:
        try:
            function = _function(self.text)
        except FormulaError as error:
            raise FieldError("text", str(error)) from None
        if function.n > 2:
            raise FieldError("text", "This lab draws one or two weights; the formula has more.")
        return function

    def view(self) -> View:
        return tuple((w - 4.0, w + 4.0) for w in self.start())

    def start(self) -> tuple[float, ...]:
        return (1.0,) if self.objective().n == 1 else (1.0, 1.5)

    def eta(self) -> float:
        return 0.1


FUNCTION_SOURCES: tuple[tuple[str, type[FunctionSource]], ...] = (
    ("gallery", FromGallery),
    ("formula", FromFormula),
)


@lru_cache(maxsize=64)
def _function(text: str) -> Function:
    return Function(text)


def around(view: View, point: Array) -> View:
    """The view, widened until the point (n,) is well inside."""
    wide = []
    for (low, high), w in zip(view, point.tolist(), strict=True):
        pad = 0.08 * (high - low)
        wide.append((min(low, w - pad), max(high, w + pad)))
    return tuple(wide)
