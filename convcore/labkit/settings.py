"""The settings of a lab: a frozen dataclass whose fields, each with its knob, are the controls."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar, Self

from convcore.setting import Setting

SPEED = 3e9  # operations that a core does in a second
LIGHT = 0.1 * SPEED  # what the server does itself, while others wait


class Settings(Setting):
    """The fields of a lab: all that its studies and views know of it.

    Values are hashable and their `repr` is code that makes them, so permalinks, presets and "copy as
    Python" all hold one such value. Raises FieldError, in one line, for a value that a field cannot take.
    """

    key: ClassVar[str]  # its name in a permalink
    title: ClassVar[str]

    @property
    def work(self) -> float:
        """About how many operations a study takes, without what is kept of earlier ones.

        An estimate that costs next to nothing, in the unit of `Objective.work`; `python -m tests.bench
        --only estimates` compares it with the time.
        """
        return self.work_anew

    @property
    def work_anew(self) -> float:
        """The same of what a number that moves makes anew."""
        return 0.0

    @property
    def heavy(self) -> bool:
        """Whether a study is made beside the server, which others would wait for."""
        return self.work > LIGHT

    @property
    def live(self) -> bool:
        """Whether a number that moves draws the run itself.

        Streamlit lets such a run end before it starts the next one. A long run must stop when a newer
        change comes, so settings whose runs may be long are drawn by a rerun of the page.
        """
        return self.work_anew <= LIGHT

    @property
    def plane_key(self) -> Hashable:
        """Names the plane of its paths: paths of two values with equal keys may share one plane."""
        return self

    def after(self, field: str, before: Self | None = None) -> Self:
        """The settings after `field` was chosen: fields that depend on it may take their usual values.

        before: the settings until then, if they are known.
        """
        return self
