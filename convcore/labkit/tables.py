"""Small tables of text: theory next to measurement."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """A small table of text: headings, and rows of the same length."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
