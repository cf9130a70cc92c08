"""The words that stand in a chart whatever its data: titles of panels and axes, and labels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

QUOTED = re.compile(r"'([^']*)'")  # a text within an expression


def words(spec: Any) -> Iterator[str]:
    """The constant words of a Vega-Lite spec or a part of one, in their order there."""
    if isinstance(spec, list):
        for part in spec:
            yield from words(part)
    elif isinstance(spec, dict):
        for name, part in spec.items():
            if name in ("title", "text"):
                yield from _said(part)
            else:
                yield from words(part)


def _said(part: Any) -> Iterator[str]:
    """The words of a title or a text channel: a string, a value, or an expression of texts."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        yield from _said(part.get("text"))
        yield from _said(part.get("value"))
        yield from QUOTED.findall(str(part.get("expr", "")))
