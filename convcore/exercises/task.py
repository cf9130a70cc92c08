"""What an exercise is: a task with its numbers in, the answer of a study, and the usual wrong answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlencode

from convcore.exercises.numbers import Numbers
from convcore.labkit.words import num
from convcore.labs import Lab
from convcore.session import permalink

CLOSE = 0.01  # share of the answer by which one may be off: three digits will do
EXACT = 0.01  # by which a count may be off


class Fault(Enum):
    """What is wrong with an answer."""

    TWICE = "twice the answer"
    HALF = "half the answer"
    SIGN = "the wrong sign"
    NO_HALF = "the ½ is missing"
    PERCENT = "a share instead of per cent"
    WHOLE = "not a whole number"
    ONE_OFF = "one too many or too few"
    NEAR = "rounded too much"
    OTHER = "another step was taken"


@dataclass(frozen=True)
class Slip:
    """A usual wrong answer: its value, what is wrong, and a sentence that says what was done."""

    value: float
    fault: Fault
    says: str


@dataclass(frozen=True)
class Task:
    """An exercise with its numbers in. All texts are plain, with no markup.

    given: what is known, a line each. asks: the question. answer: the number, from a study of `lab`;
    unit: what it counts, "" for a pure number. whole: whether it is a count, which has to be met exactly.
    hint: how to begin; lab: where the hint leads, with the task's numbers. solution: the step with its
    numbers in, a line each. slips: wrong answers of this exercise, the likeliest first.
    """

    given: tuple[str, ...]
    asks: str
    answer: float
    lab: Lab
    hint: str
    solution: tuple[str, ...]
    unit: str = ""
    whole: bool = False
    slips: tuple[Slip, ...] = ()

    @property
    def tolerance(self) -> float:
        """How far from the answer is still right: 1 % of it, nothing but rounding for counts."""
        return EXACT if self.whole else CLOSE * abs(self.answer)

    @property
    def answer_text(self) -> str:
        """The answer with its unit."""
        text = f"{self.answer:,.0f}" if self.whole else num(self.answer)
        unit = self.unit.removesuffix("s") if self.answer == 1 else self.unit
        return f"{text} {unit}".strip()

    def link(self, base: str = "") -> str:
        """The link to the lab with these numbers. base: the page's address, "" for a relative link."""
        return f"{base}?{urlencode(permalink.write(self.lab))}"


@dataclass(frozen=True)
class Exercise:
    """An exercise, whose numbers can be drawn again.

    name: in a list. topic: the part of the lecture. claim: the claim that it practises, 0 for none.
    make: the task with these numbers in.
    """

    name: str
    topic: str
    claim: int
    make: Callable[[Numbers], Task]
