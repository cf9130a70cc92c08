"""What labs write in Markdown, as HTML for a notebook."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

# Colours by their names in Markdown (see `headline.Tone`); 3:1 against both themes' backgrounds.
COLOURS = {"green": "#00966c", "orange": "#c98500", "red": "#d0443c", "blue": "#1f7ad6"}


def markdown_html(text: str) -> str:
    """The Markdown that labs write as HTML: bold, colours, code, escapes, paragraphs; formulas stay."""
    held = escape(text, quote=False)
    # What is between dollars is a formula, which the notebook sets; an escaped dollar is one of the user's.
    parts = re.split(r"((?<!\\)\$[^$]+(?<!\\)\$|(?<!\\)`[^`]+`)", held)
    held = "".join(
        part
        if part.startswith("$")
        else f"<code>{part[1:-1]}</code>"
        if part[:1] == "`"
        else _unescaped(part)
        for part in parts
    )
    held = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", held)
    held = re.sub(
        r":(green|orange|red|blue)\[(.*?)\]",
        lambda found: f'<span style="color:{COLOURS[found[1]]}">{found[2]}</span>',
        held,
    )
    return held.replace("\n\n", "<br>")


def markdown_plain(text: str) -> str:
    """The same without markup, for a prompt."""
    bare = re.sub(r":(?:green|orange|red|blue)\[(.*?)\]", r"\1", text.replace("**", ""))
    return _unescaped(bare)


def _unescaped(text: str) -> str:
    """Without the backslashes that keep a mark from being Markdown."""
    return re.sub(r"\\([^\w\s\\])", r"\1", text)


def table_html(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A small table of Markdown cells as HTML."""
    head = "".join(f"<th>{markdown_html(cell)}</th>" for cell in headings)
    body = "".join(
        "<tr>" + "".join(f"<td>{markdown_html(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return (
        f'<table style="color:inherit"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    )
