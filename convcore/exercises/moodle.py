"""Exercises as Moodle XML: numerical questions with tolerances, and with feedback on wrong answers.

Written by the standard library: the format has few tags (docs.moodle.org, "Moodle XML format"). Each
exercise has a category of its own, so that a quiz can take a random variant of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from convcore.exercises import paper
from convcore.exercises.answers import reach, slips
from convcore.exercises.key import Entry, entries
from convcore.exercises.task import Task

TOP = "$course$/top/Convergence Explorer"
PENALTY = "0.3333333"  # Moodle's usual one for another try
# None is asked for, as the question says what is counted.
UNITS = (("unitgradingtype", "0"), ("unitpenalty", "0.1"), ("showunits", "3"), ("unitsleft", "0"))


def moodle_xml(seeds: Iterable[int], base: str = "") -> str:
    """All exercises, a variant of each for each seed; those with the same numbers come once.

    base: the address of the page that links lead to. Raises ValueError if there is no such seed.
    """
    quiz = Element("quiz")
    every = [(seed, entry) for seed in seeds for entry in entries(seed)]
    every.sort(key=lambda pair: pair[1].number)
    for number, variants in groupby(every, key=lambda pair: pair[1].number):
        seen: set[tuple[str, ...]] = set()
        for seed, entry in variants:
            if not seen:
                _category(quiz, entry)
            if entry.task.given not in seen:
                seen.add(entry.task.given)
                name = f"{number:02} {entry.exercise.name} ({seed})"
                _question(quiz, name, entry.task, base)
    indent(quiz, " ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(quiz, encoding="unicode")}\n'


def _category(quiz: Element, entry: Entry) -> None:
    question = SubElement(quiz, "question", type="category")
    # A slash would begin another category.
    name = f"{entry.number:02} {entry.exercise.name}".replace("/", "//")
    _text(question, "category", f"{TOP}/{name}", html=False)


def _question(quiz: Element, name: str, task: Task, base: str) -> None:
    question = SubElement(quiz, "question", type="numerical")
    _text(question, "name", name, html=False)
    _text(question, "questiontext", paper.question(task))
    _text(question, "generalfeedback", paper.solution(task))
    for tag, text in (("defaultgrade", "1"), ("penalty", PENALTY), ("hidden", "0")):
        SubElement(question, tag).text = text
    _answer(question, task.answer, task.tolerance, 100, f"Right: {task.answer_text}.")
    for slip in slips(task):
        _answer(question, slip.value, reach(task, slip), 0, slip.says)
    for tag, text in UNITS:
        SubElement(question, tag).text = text
    link = f'<a href="{escape(task.link(base))}">Try it in the lab</a>' if base else ""
    _text(question, "hint", f"<p>{escape(task.hint)} {link}</p>")


def _answer(question: Element, value: float, tolerance: float, grade: int, says: str) -> None:
    answer = SubElement(question, "answer", fraction=f"{grade}", format="moodle_auto_format")
    SubElement(answer, "text").text = f"{value:.10g}"
    SubElement(answer, "tolerance").text = f"{tolerance:.4g}"
    _text(answer, "feedback", f"<p>{escape(says)}</p>")


def _text(parent: Element, tag: str, text: str, html: bool = True) -> None:
    """A tag with its text in a tag, as Moodle has it."""
    node = SubElement(parent, tag, {"format": "html"} if html else {})
    SubElement(node, "text").text = text
