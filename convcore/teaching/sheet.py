"""The hand-in sheet: one HTML file of what was predicted and what came out, to print."""

from __future__ import annotations

from html import escape

from convcore.labkit.html import markdown_html
from convcore.session.report import STYLE
from convcore.teaching import link as links
from convcore.teaching.log import Entry, Log

OWN = """.fields { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 1rem 0 }
.fields label { flex: 1 1 14rem; display: flex; gap: .5rem; align-items: baseline }
input { flex: 1; min-width: 0; font: inherit; color: inherit; background: none; border: 0;
border-bottom: 1px solid #8888 }
section { border-top: 1px solid #8886; padding: .25rem 0; break-inside: avoid }
section h2 { margin: .75rem 0 .25rem } section p { margin: .25rem 0 }
@media print { body { max-width: none; margin: 0; color: #000 } a { color: inherit } }"""


def write(log: Log, address: str, title: str = "") -> str:
    """The sheet of a session. address: of the page, for the links. title: of the lesson, or ""."""
    head = title or "What I tried"
    score = f"{log.score} predictions were right." if log.predicted else ""
    parts = [
        '<p class="small">Convergence Explorer</p>',
        f"<h1>{escape(head)}</h1>",
        # Without a form or a script, what is typed here goes nowhere.
        '<div class="fields"><label>Name <input autocomplete="off"></label>'
        '<label>Date <input autocomplete="off"></label></div>',
        f"<p><b>{score}</b></p>" if score else "",
        *(_section(i, entry, address) for i, entry in enumerate(log.entries.values(), 1)),
        "" if log.entries else "<p>Nothing was tried yet.</p>",
        '<p class="small">The name and the date stay in this file: print it, or save the page.</p>',
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(head)}</title><style>{STYLE}\n{OWN}</style></head>\n"
        f"<body>\n{chr(10).join(filter(None, parts))}\n</body></html>\n"
    )


def _section(i: int, entry: Entry, address: str) -> str:
    lines = []
    if entry.guess:
        right = "✓ right" if entry.right else f"✗ no: {escape(entry.answer)}"
        lines += [
            f"Asked: {escape(entry.asked)}",
            f"I predicted: <b>{escape(entry.guess)}</b>. {right}",
        ]
    if entry.word:
        lines.append(f"The claim: {escape(entry.says)}")
        lines.append(f"In this run it <b>{escape(entry.word)}</b>: {markdown_html(entry.why)}")
    lines.append(f"Settings: {escape(entry.settings)}")
    lines.append(_link(entry, address))
    body = "".join(f"<p>{line}</p>" for line in lines)
    return f"<section><h2>{i}. {escape(entry.name)}</h2>{body}</section>"


def _link(entry: Entry, address: str) -> str:
    url = escape(links.address(address, dict(entry.params)))
    # Only a page that was opened in a browser has an address to go to.
    return f'Link: <a href="{url}" rel="noreferrer">{url}</a>' if url[0] == "h" else f"Link: {url}"
