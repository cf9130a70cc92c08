"""The result of a run of a lab as data, before words and pictures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from convcore.cache import Job
from convcore.labkit.settings import Settings
from convcore.parallel import Report

Record = Mapping[str, Any]  # a table of a run: column name -> array or list, all of one length


@dataclass(frozen=True, eq=False)
class Study(ABC):
    """The typed result of a run: trajectories, limits, counts and enums; no words and no pictures.

    Sentences, pictures and verdicts are all made from it. It can be pickled, and keeps only what they
    read. settings: what was run, as a value of the settings' own class and not of the lab, which brings
    its views along.
    """

    settings: Settings

    def __init_subclass__(cls) -> None:
        cls.__repr__ = Study.__repr__  # type: ignore[method-assign]  # a dataclass would print every array

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.settings!r}>"

    @abstractmethod
    def record(self) -> Record:
        """The run as a table, for the CSV: made on each access."""


Found = TypeVar("Found", bound=Study, covariant=True)


@dataclass(frozen=True)
class StudyJob(Job[Found]):
    """The study of some settings, to be made here or in another process, which then loads no views.

    study: a lab's study function; a pickle holds only its name.
    """

    study: Callable[[Any, Report | None], Found]
    settings: Settings

    def compute(self, report: Report | None = None) -> Found:
        return self.study(self.settings, report)
