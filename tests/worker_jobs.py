"""What tests let the worker process do; it imports nothing, so that neither does the worker for it."""

from __future__ import annotations

import sys
from typing import Any


def fail(settings: Any, report: Any) -> Any:
    """A study with a mistake."""
    raise ZeroDivisionError("by a mistake")


def loaded_modules(settings: Any, report: Any) -> Any:
    """The names of all modules that the process has loaded."""
    return list(sys.modules)
