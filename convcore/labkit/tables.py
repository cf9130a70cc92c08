"""Small tables of text: theory next to measurement."""

from __future__ import annotations

from dataclasses import dataclass

from convcore.labkit.html import markdown_plain, table_html


@dataclass(frozen=True, repr=False)
class Facts:
    """A small table of text: headings, and rows of the same length. A prompt prints it as one."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __repr__(self) -> str:
        table = [tuple(map(markdown_plain, row)) for row in (self.headings, *self.rows)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = (table[0], ["─" * width for width in widths], *table[1:])
        return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)

    def _repr_html_(self) -> str:
        return table_html(self.headings, self.rows)
