"""The settings of a lab: a frozen dataclass whose fields, each with its knob, are the controls."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar, Self

from convcore.setting import Setting


class Settings(Setting):
    """The fields of a lab and what they may hold; a lab's studies and views know no more of it.

    Values are hashable and their `repr` runs, so a permalink, a preset and "copy as Python" are all
    this one thing. Making one raises FieldError, in one line, for a value that a field cannot take.
    """

    key: ClassVar[str]  # its name in a permalink
    title: ClassVar[str]
    heavy: ClassVar[bool] = False  # whether a study may take over half a second

    @property
    def plane_key(self) -> Hashable:
        """What its paths lie on: those of two values with equal keys may be drawn in one plane."""
        return self

    def after(self, field: str) -> Self:
        """The settings after `field` was chosen: fields that depend on it may go to its usual values."""
        return self
