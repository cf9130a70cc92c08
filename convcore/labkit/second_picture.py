"""A second picture of a lab: a choice among its settings, with a heavy part that is cached.

To add one to a lab: its setting and job in a file of its own, an entry in the lab's `second_pictures`,
and its view in the lab's `second_views`.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from convcore.cache import Cache, Job
from convcore.parallel import Report, portion
from convcore.setting import Setting

Task = TypeVar("Task", contravariant=True)
LONG = 3e9  # operations of a job that takes long, or more


class SecondPicture(Setting, Generic[Task]):
    """A choice of the second picture; its fields are controls like those of the lab.

    It knows no chart: its view draws its study. Task: the part of the lab's settings that it reads.
    """

    label: ClassVar[str]
    job_share: ClassVar[float] = 1.0  # of its work; the rest is `finished`

    def refused(self, task: Task) -> str:
        """Why there is no such picture of these settings, in one line; empty if there is."""
        return ""

    @abstractmethod
    def job(self, task: Task) -> Job[Any] | None:
        """Its heavy part, which is cached; None if it has none."""

    def takes_long(self, task: Task) -> bool:
        """Whether its job takes long; a short one is done anew each time."""
        return True

    def finished(self, task: Task, found: Any, report: Report | None = None) -> Any:
        """Its study from what its job found: the same, unless it also reads the lab's own run."""
        return found

    def pending(self, task: Task, cache: Cache) -> bool:
        """Whether there is something to wait for: a long job that is not in the cache."""
        job = self.job(task)
        return job is not None and self.takes_long(task) and job not in cache

    def work(self, task: Task, cache: Cache) -> float:
        """About how many operations are still to be done."""
        return LONG if self.pending(task, cache) else 0.0

    def study(self, task: Task, cache: Cache, report: Report | None = None) -> Any:
        """What its view draws; None if it has no job. The job is done once and kept in the cache."""
        job = self.job(task)
        if job is None:
            return None
        found = cache.result(job, portion(report, 0, self.job_share))
        return self.finished(task, found, portion(report, self.job_share, 1))


@dataclass(frozen=True)
class NoPicture(SecondPicture[Any]):
    """No second picture."""

    label = "none"

    def job(self, task: Any) -> None:
        return None
