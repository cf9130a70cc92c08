"""What a claim of the lecture is, and what a run can say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from convcore.labkit.lab import Lab
from convcore.labkit.study import Study


class Word(Enum):
    """What a run says of a claim; each is its wording."""

    HOLDS = "holds"
    BECAUSE = "holds only because"
    FAILS = "fails here"
    UNTRIED = "not tried here"


@dataclass(frozen=True)
class Verdict:
    """A word, and in one line why, with the number that decides (Markdown)."""

    word: Word
    why: str


@dataclass(frozen=True)
class Claim:
    """A numbered row of SCIENCE.md.

    name: a few words for a list, which is sent anew at each change of a control. says: the claim as the
    lecture makes it. precisely: what is true, where that differs. lab: the value that tries it.
    judge: the verdict on a study of the same lab.
    """

    number: int
    name: str
    says: str
    precisely: str
    lab: Lab
    judge: Callable[[Any], Verdict]

    def verdict(self, lab: Lab, study: Study | None = None) -> Verdict:
        """What this lab value says of the claim; `study` is its own, made if it is not given.

        Raises TypeError for another lab than the claim's.
        """
        if type(lab) is not type(self.lab):
            raise TypeError(f"`Claim.verdict(lab=...)` must be a {type(self.lab).__name__}.")
        return self.judge(study or lab.study())


def holds(why: str) -> Verdict:
    """The claim holds."""
    return Verdict(Word.HOLDS, why)


def because(why: str) -> Verdict:
    """The claim holds, but only for a reason that it does not name."""
    return Verdict(Word.BECAUSE, why)


def fails(why: str) -> Verdict:
    """The claim fails here."""
    return Verdict(Word.FAILS, why)


def untried(why: str) -> Verdict:
    """The run says nothing of the claim; `why` says what would."""
    return Verdict(Word.UNTRIED, why)
