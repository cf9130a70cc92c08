"""The user's own points for "Perceptron and backprop", typed in; and the list of all sources."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from convcore.knobs import FieldError, OneOf, Text
from convcore.labs.perceptron.own_file import FromCSV
from convcore.labs.perceptron.points import (
    D8,
    U12,
    Clouds,
    Gate,
    Iris,
    LectureSet,
    Source,
    one_line,
)
from convcore.separators import points as pointsets
from convcore.separators.points import Points

LONGEST = 20_000  # characters of the user's own points


@dataclass(frozen=True)
class OwnPoints(Source):
    """The user's own points, a line of text each."""

    text: Annotated[
        str,
        Text("points", "one a line: x y label, or x label; labels + or −", limit=LONGEST, lines=6),
    ] = "2 1 +\n1 3 +\n3 2 +\n-1 0 -\n0 -2 -\n-2 1 -"
    click: Annotated[
        str,
        OneOf(
            "a click on the plot",
            "a click adds a line to your points, or places the extra point",
            ("extra", "plus", "minus"),
            names=(("extra", "places the extra point"), ("plus", "adds a +"),
                   ("minus", "adds a −")),
        ),
    ] = "extra"  # fmt: skip
    label = "your own points"

    def clicked(self, at: tuple[float, ...]) -> OwnPoints | None:
        """The points after a click at (p,); None if the click places the extra point."""
        sign = {"plus": "+", "minus": "-"}.get(self.click)
        text = f"{self.text.rstrip()}\n{' '.join(map(str, at))} {sign}"
        return replace(self, text=text) if sign and len(text) <= LONGEST else None

    def points(self) -> Points:
        try:
            return pointsets.parse(self.text)
        except ValueError as error:
            raise FieldError("text", one_line(error)) from None


SOURCES: tuple[tuple[str, type[Source]], ...] = (
    ("lecture", LectureSet),
    ("u12", U12),
    ("d8", D8),
    ("gate", Gate),
    ("clouds", Clouds),
    ("iris", Iris),
    ("own", OwnPoints),
    ("csv", FromCSV),
)
