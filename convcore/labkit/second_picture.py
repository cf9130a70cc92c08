"""A second picture of a lab: a choice among its settings, with a heavy part that is kept."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from convcore.cache import Job
from convcore.setting import Setting


class SecondPicture(Setting):
    """A choice of the second picture; its fields are controls like those of the lab.

    It knows no chart: what it shows is made from its study by a view of the lab's.
    """

    label: ClassVar[str]

    def refused(self, settings: Any) -> str:
        """Why there is no such picture of these settings, in one line; empty if there is."""
        return ""

    @abstractmethod
    def job(self, settings: Any) -> Job[Any] | None:
        """Its heavy part, which is kept; None if nothing of it is heavy."""
