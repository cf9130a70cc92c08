"""What a source of a quadratic is."""

from __future__ import annotations

from abc import abstractmethod

from convcore.objectives.logistic import Logistic
from convcore.objectives.quadratics import QuadraticForm
from convcore.setting import Setting

MOST = 50  # weights


class Problem(Setting):
    """A source of a quadratic, or of a function that is one near its minimum."""

    label: str

    @abstractmethod
    def objective(self) -> QuadraticForm:
        """The quadratic; FieldError, in one line, if the fields do not make one."""

    def function(self) -> Logistic | None:
        """E where it is no quadratic: then `objective` is what it is near its minimum."""
        return None

    def rows(self) -> int:
        """How many rows of a table it is of; 0 if of none."""
        return 0

    def notes(self) -> tuple[str, ...]:
        """What the reader should know of how it was made, a line each."""
        return ()

    def minimises(self) -> str:
        """The formula of E, if it is not plain from the fields; else ""."""
        return ""

    def read(self) -> str:
        """What was understood of a file of the user's (Markdown); "" if there is none."""
        return ""

    def awaits(self) -> str:
        """What is still to be given, and what is shown until then (Markdown); "" if nothing."""
        return ""

    def default_start(self, n: int) -> tuple[float, ...]:
        """Where descent starts if the lab does not say."""
        return (3.0, 2.0) if n == 2 else (1.0,) * n
