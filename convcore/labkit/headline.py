"""The headline of a run: what happened in one short sentence, and theory beside measurement."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Tone(Enum):
    """What the verdict of a headline means to a visitor; each value is its colour on the page."""

    ARRIVES = "green"
    STRUGGLES = "orange"  # it oscillates, crawls, stops short, or arrives where nobody wants to be
    FAILS = "red"
    NEUTRAL = "blue"  # nothing to be glad or sorry about


# The sentence of a headline with {} for its verdict, the verdict, and how good that is.
Said = tuple[str, str, Tone]
WORDS = 20  # of a headline at most
AGREES = " ✓"  # after a measurement that is as predicted


@dataclass(frozen=True)
class Headline:
    """One sentence of at most 20 words, and a line on prediction and measurement (Markdown).

    says: the sentence, with {} where its verdict goes; the number that decides is **bold**. verdict: its
    one coloured phrase. theory: what theory said of the run, and what it did. minimises: the formula of E.
    """

    says: str
    verdict: str
    tone: Tone
    theory: str = ""
    minimises: str = ""

    @property
    def plain(self) -> str:
        """The sentence without markup."""
        return self.says.replace("{}", self.verdict).replace("**", "")

    @property
    def below(self) -> str:
        """The small line below the sentence."""
        return " · ".join(filter(None, (self.minimises, self.theory)))

    @property
    def markdown(self) -> str:
        """The sentence with its verdict in colour."""
        return self.says.replace("{}", f":{self.tone.value}[{self.verdict}]")
