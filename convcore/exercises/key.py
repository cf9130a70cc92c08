"""The answer key: all exercises with one set of numbers, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from convcore.exercises import EXERCISES, task
from convcore.exercises.answers import slips
from convcore.exercises.task import Exercise, Task


@dataclass(frozen=True)
class Entry:
    """An exercise with its number, from 1 on, and its task."""

    number: int
    exercise: Exercise
    task: Task


def entries(seed: int = 0) -> tuple[Entry, ...]:
    """All exercises with the numbers of a seed; ValueError if there is no such seed."""
    return tuple(
        Entry(number, exercise, task(number, seed)) for number, exercise in enumerate(EXERCISES, 1)
    )


def as_json(held: Sequence[Entry], base: str = "") -> str:
    """The key as JSON, an object an exercise. base: the address of the page that links lead to."""
    return json.dumps([_plain(entry, base) for entry in held], ensure_ascii=False, indent=1) + "\n"


def _plain(entry: Entry, base: str) -> dict[str, object]:
    held = entry.task
    return {
        "number": entry.number,
        "name": entry.exercise.name,
        "topic": entry.exercise.topic,
        "claim": entry.exercise.claim or None,
        "given": held.given,
        "question": held.asks,
        "answer": held.answer,
        "unit": held.unit,
        "tolerance": held.tolerance,
        "solution": held.solution,
        "hint": held.hint,
        "link": held.link(base),
        "wrong": [
            {"value": slip.value, "fault": slip.fault.value, "says": slip.says}
            for slip in slips(held)
        ],
    }
