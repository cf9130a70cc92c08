"""What a run of a lab found, before anybody puts it into words or pictures."""

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

    Everything that is said, drawn or judged of a run is read from its study. It pickles, and holds no
    more of a run than its views and verdicts read. settings: what was run.
    """

    settings: Settings

    @abstractmethod
    def record(self) -> Record:
        """The run as a table, for the CSV: made each time it is asked for."""
