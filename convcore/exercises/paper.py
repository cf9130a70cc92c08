"""Exercises as HTML: the parts of one, and pages of many to print, with answers or without."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from convcore.exercises.key import Entry
from convcore.exercises.task import Task
from convcore.labkit.html import page_html

STYLE = """body { max-width: 760px } h2 { margin-top: 2.5rem }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem }
section { break-inside: avoid } p { margin: .25rem 0; overflow-wrap: anywhere }
.given { margin: .25rem 0; padding-left: 1rem; border-left: 2px solid #8886 }
.asks { font-weight: 600 }
.room { height: 7rem; border-bottom: 1px solid #8886 }
@media print { :root { color-scheme: light } body { font-size: 11pt; margin: 0; max-width: none }
h2 { break-after: avoid } a { color: inherit } }"""


def question(task: Task) -> str:
    """What is given, a line each, and the question."""
    unit = f" (in {escape(task.unit)})" if task.unit and task.unit not in task.asks else ""
    return f'<div class="given">{_lines(task.given)}</div><p class="asks">{escape(task.asks)}{unit}</p>'


def solution(task: Task) -> str:
    """The step with its numbers in, and the answer."""
    return f"{_lines(task.solution)}<p><b>{escape(task.answer_text)}</b></p>"


def sheet(entries: Sequence[Entry], numbers: int, base: str = "", answers: bool = True) -> str:
    """A page to print, with the answers, or with room for them.

    numbers: the seed of all. base: the address of the page that links lead to.
    """
    title = f"{'Answer key' if answers else 'Exercises'}: convergence of gradient descent"
    note = (
        f"Numbers {numbers}. An answer is right within 1 %; counts are exact."
        if answers
        else f"Numbers {numbers}. Three digits will do; counts are exact."
    )
    parts, topic = [f"<h1>{title}</h1>", f'<p class="small">{note}</p>'], ""
    for entry in entries:
        if entry.exercise.topic != topic:
            topic = entry.exercise.topic
            parts.append(f"<h2>{escape(topic)}</h2>")
        parts.append(_section(entry, base, answers))
    return page_html(title, STYLE, parts)


def _section(entry: Entry, base: str, answers: bool) -> str:
    task, name = entry.task, f"{entry.number}. {escape(entry.exercise.name)}"
    lab = f'<a href="{escape(task.link(base))}">{escape(task.lab.title)}</a>'
    tail = (
        f'{solution(task)}<p class="small">Hint: {escape(task.hint)} Try it: {lab}.</p>'
        if answers
        else '<div class="room"></div>'
    )
    return f"<section><h3>{name}</h3>{question(task)}{tail}</section>"


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in lines)
