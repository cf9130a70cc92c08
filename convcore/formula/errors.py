"""What is wrong with a typed formula, and where."""

from __future__ import annotations

from typing import NoReturn


class FormulaError(ValueError):
    """What is wrong with a formula, in one line, and `position`, the index of the character."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position

    def __reduce__(self) -> tuple[type[FormulaError], tuple[str, int]]:
        return FormulaError, (str(self), self.position)


def refuse(message: str, position: int) -> NoReturn:
    """Raise FormulaError for a position in the text, counted from 0."""
    raise FormulaError(f"At character {position + 1}: {message}", position)
