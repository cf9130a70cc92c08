"""Small tables of words: what theory says beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """A small table of words: headings, and rows of as many words."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
