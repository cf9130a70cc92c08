"""What is on the page as one HTML file: headline, pictures, tables, settings, and the lines to run it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from convcore.charts.picture import Picture
from convcore.labkit.html import markdown_html, page_html, table_html
from convcore.labkit.words import quoted
from convcore.labs import Facts, Lab, Result
from convcore.session.pinned import in_words

STYLE = """* { box-sizing: border-box } body { max-width: 880px }
figure { margin: 1.5rem 0; overflow-x: auto } figcaption { font-size: .875rem; opacity: .8 }
.wide { overflow-x: auto; margin: .75rem 0 } table { border-collapse: collapse; font-size: .875rem }
th, td { text-align: left; vertical-align: top; min-width: 3rem; padding: .2rem .75rem .2rem 0 }
th, td { border-bottom: 1px solid #8886 }
pre { padding: .75rem; border: 1px solid #8886; font-size: .875rem; white-space: pre-wrap }
pre { overflow-wrap: anywhere }
li, p, h1, figcaption { overflow-wrap: anywhere }"""

NEEDS = (
    "The pictures are drawn by Vega, which the browser loads from cdn.jsdelivr.net: without a connection "
    "they are missing. All else is in this file."
)


def report(
    lab: Lab, result: Result, pictures: Sequence[Picture], code: str, pins: Facts | None = None
) -> str:
    """The page of a lab and its result.

    pictures: those shown, with pins if there are any. code: the lines that run the lab. pins: their table.
    """
    headline = result.headline
    below = (headline.below, result.read, result.awaits)
    parts = [
        f'<p class="small">Convergence Explorer · {escape(lab.title)}</p>',
        f"<h1>{markdown_html(headline.markdown)}</h1>",
        *(f"<p>{markdown_html(line)}</p>" for line in below if line),
        *map(_figure, pictures),
        *([f"<h2>Pinned runs</h2>{_table(pins)}"] if pins else []),
        "<h2>Settings</h2>",
        _settings(lab),
        "<h2>Why</h2>",
        _list(result.said),
        *map(_table, result.facts),
        _list(result.notes),
        "<h2>Run it again</h2>",
        f"<pre><code>{escape(code)}</code></pre>",
        f'<p class="small">{NEEDS}</p>',
    ]
    return page_html(f"{lab.title}: {headline.plain}", STYLE, parts)


def _figure(picture: Picture) -> str:
    about = f"<figcaption>{markdown_html(picture.about)}</figcaption>" if picture.about else ""
    return f"<figure>{picture.html()}{about}</figure>"


def _table(facts: Facts) -> str:
    return f'<div class="wide">{table_html(facts.headings, facts.rows)}</div>'


def _settings(lab: Lab) -> str:
    """Each control with its value, in its words."""
    rows = tuple((label, quoted(value) or "–") for label, value in in_words(lab).values())
    return _table(Facts(("control", "value"), rows))


def _list(lines: Sequence[str]) -> str:
    return (
        f"<ul>{''.join(f'<li>{markdown_html(line)}</li>' for line in lines)}</ul>" if lines else ""
    )
