"""The result of a run of a lab as data, before words and pictures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from convcore.labkit.settings import Settings

Record = Mapping[str, Any]  # a table of a run: column name -> array or list, all of one length


@dataclass(frozen=True, eq=False)
class Study(ABC):
    """The typed result of a run: trajectories, limits, counts and enums; no words and no pictures.

    Sentences, pictures and verdicts are all made from it. It can be pickled, and keeps only what they
    read. settings: what was run.
    """

    settings: Settings

    @abstractmethod
    def record(self) -> Record:
        """The run as a table, for the CSV: made on each access."""
