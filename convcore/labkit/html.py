"""What labs write in Markdown, as HTML for a notebook; and the frame of a page of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

# Colours by their names in Markdown (see `headline.Tone`); 3:1 against both themes' backgrounds.
COLOURS = {"green": "#00966c", "orange": "#c98500", "red": "#d0443c", "blue": "#1f7ad6"}

PAGE_STYLE = """:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; line-height: 1.3 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
.small { font-size: .875rem; opacity: .8 }"""


def markdown_html(text: str) -> str:
    """The Markdown that labs write as HTML: bold, colours, code, escapes, paragraphs; formulas stay."""
    held = escape(text, quote=False)
    # What is between dollars is a formula, which the notebook sets; an escaped dollar is one of the user's.
    parts = re.split(r"((?<!\\)\$[^$]+(?<!\\)\$|(?<!\\)`[^`]+`)", held)
    held = "".join(map(_part, parts))
    held = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", held)
    held = re.sub(
        r":(green|orange|red|blue)\[(.*?)\]",
        lambda found: f'<span style="color:{COLOURS[found[1]]}">{found[2]}</span>',
        held,
    )
    return held.replace("\n\n", "<br>")


def _part(text: str) -> str:
    """A formula as it is, code as code, other words without their escapes."""
    if text.startswith("$"):
        return text
    return f"<code>{text[1:-1]}</code>" if text.startswith("`") else _unescaped(text)


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


def page_html(title: str, style: str, parts: Sequence[str]) -> str:
    """A page in one file, of parts that are HTML. title: plain text; style: CSS."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{PAGE_STYLE}\n{style}</style></head>\n"
        f"<body>\n{chr(10).join(parts)}\n</body></html>\n"
    )
