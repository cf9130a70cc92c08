"""What a lab is: a frozen dataclass whose fields are its controls and whose panels are its page."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from convcore.charts.picture import Columns, Picture
from convcore.knobs import knobs
from convcore.setting import Setting

Report = Callable[[float], None]


@dataclass(frozen=True)
class Facts:
    """A small table of words: headings, and rows of as many words."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class Result:
    """What a run of a lab gives to see.

    sentence: what happens and why, in numbers (Markdown). pictures: the panels. facts: small tables,
    theory beside measurement. recorded: gives `record`. notes: what the reader should know besides, a
    line each. awaits: what is still to be given, and what is shown until then (Markdown). predicted,
    measured: what theory says of the run and what it did, in a few words each, to stand beside those of
    other runs.
    """

    sentence: str
    pictures: tuple[Picture, ...]
    facts: tuple[Facts, ...]
    recorded: Callable[[], Columns]
    notes: tuple[str, ...] = ()
    awaits: str = ""
    predicted: str = "–"
    measured: str = "–"

    @property
    def record(self) -> Columns:
        """The run as a table, for the CSV and for verdicts: made anew each time it is asked for."""
        return self.recorded()


@dataclass(frozen=True, eq=False)
class Raced:
    """Which settings of a lab are soonest: a sentence, the map of all that were tried, and an offer.

    offer: what the best is called on its button, and best: the lab with it; "" and None if none of the
    settings gets there.
    """

    sentence: str
    offer: str
    best: Lab | None
    picture: Picture


class Lab(Setting):
    """A lab: its fields, each with a knob, are the controls; a value of it is the whole state.

    Values are hashable and their `repr` runs, so a permalink, a preset and "copy as Python" are all
    this one thing. Making one raises FieldError, in one line, for a value that a field cannot take.
    """

    key: ClassVar[str]  # its name in a permalink
    title: ClassVar[str]
    heavy: ClassVar[bool] = False  # whether a run may take over half a second
    aside: ClassVar[str] = ""  # the title of `besides`, if there is something besides the run

    @abstractmethod
    def run(self, report: Report | None = None) -> Result:
        """Compute everything the page shows; pure. A long run calls `report(fraction)`."""

    @property
    def ground(self) -> Hashable:
        """What its paths lie on: those of two values of equal ground may stand in one plane."""
        return self

    def panels(self) -> tuple[Picture, ...]:
        """The pictures of a run, each of which displays itself in a notebook."""
        return self.run().pictures

    def besides(self) -> tuple[Picture, ...]:
        """Pictures that are no part of a run, such as times measured on this machine; asked for apart."""
        return ()

    def race(self) -> Raced | None:
        """Which η and which method or schedule is soonest here; None where that is no question."""
        return None

    def picked(self, selection: str, point: Mapping[str, Any]) -> Self:
        """The lab after a click that selected `point` in a picture: it only sets fields."""
        values = {name: point[name] for name in knobs(type(self)) if name in point}
        return replace(self, **values)  # type: ignore[type-var]

    def after(self, field: str) -> Self:
        """The lab after `field` was chosen anew: fields that hang on it may go to its usual values."""
        return self
