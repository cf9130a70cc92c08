"""A claim of the lecture, and the verdict of a run on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from convcore.labkit.lab import Lab
from convcore.labkit.prediction import Prediction, Question
from convcore.labkit.study import Study


class Word(Enum):
    """The verdict of a run on a claim; each value is what the page shows.

    A claim fails only where a run meets its premise and contradicts it. Where the premise is not met, or
    the run is too short to tell, the claim is not tried.
    """

    HOLDS = "holds"
    BECAUSE = "holds, but only because"
    FAILS = "fails"
    UNTRIED = "not tried here"


@dataclass(frozen=True)
class Verdict:
    """A word, and one line why, with the number that decides (Markdown)."""

    word: Word
    why: str


@dataclass(frozen=True)
class Claim:
    """A numbered row of SCIENCE.md.

    name: its title in a list, short because the list is sent again at each change of a control. says: the
    claim as the lecture makes it. precisely: what is true, if that differs. lab: the value that tests it.
    judge: study of such a lab -> verdict. predict: what is asked before its run, if not what
    its lab asks.
    """

    number: int
    name: str
    says: str
    precisely: str
    lab: Lab
    judge: Callable[[Any], Verdict]
    predict: Prediction | None = None

    def question(self, lab: Lab) -> Question:
        """What to ask before this lab value is shown."""
        return self.predict.question(lab) if self.predict else lab.question()

    def answer(self, lab: Lab, study: Study) -> str:
        """The answer of the lab's study to that question, one of its options."""
        return self.predict.answer(study) if self.predict else lab.answer(study)

    def verdict(self, lab: Lab, study: Study | None = None) -> Verdict:
        """The verdict of this lab value; study: its study, computed if it is not given.

        Raises TypeError if the lab is of another class than the claim's.
        """
        if type(lab) is not type(self.lab):
            raise TypeError(f"`Claim.verdict(lab=...)` must be a {type(self.lab).__name__}.")
        return self.judge(study or lab.study())


def holds(why: str) -> Verdict:
    """The claim holds."""
    return Verdict(Word.HOLDS, why)


def because(why: str) -> Verdict:
    """The claim holds, but only for a reason that it does not mention."""
    return Verdict(Word.BECAUSE, why)


def fails(why: str) -> Verdict:
    """The run meets the premise of the claim and contradicts it."""
    return Verdict(Word.FAILS, why)


def untried(why: str) -> Verdict:
    """The premise is not met, or the run is too short; `why` says what would test the claim."""
    return Verdict(Word.UNTRIED, why)
