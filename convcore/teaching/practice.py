"""An exercise in a link: `?exercise=7&numbers=3`. With a lab beside it, the lab that its hint opened."""

from __future__ import annotations

from dataclasses import dataclass

from convcore.exercises import EXERCISES, MOST, Task, task


@dataclass(frozen=True)
class Practice:
    """An open exercise. number: from 1 on. numbers: their seed. in_lab: whether a lab is shown."""

    number: int
    numbers: int = 0
    in_lab: bool = False

    @property
    def task(self) -> Task:
        """The exercise with its numbers in."""
        return task(self.number, self.numbers)


def read(number: str, numbers: str, in_lab: bool) -> tuple[Practice | None, list[str]]:
    """The exercise of a link's texts, and a line for what was replaced. Never fails."""
    chosen = _whole(number)
    if chosen is None or not 1 <= chosen <= len(EXERCISES):
        return None, [f"There is no exercise {number[:40]!r} in the link: 1 to {len(EXERCISES)}."]
    seed = _whole(numbers) if numbers.strip() else 0
    if seed is None or seed > MOST:
        said = f"There are no numbers {numbers[:40]!r} for exercise {chosen}; the usual ones are shown."
        return Practice(chosen, 0, in_lab), [said]
    return Practice(chosen, seed, in_lab), []


def write(practice: Practice) -> dict[str, str]:
    """The parameters that hold an exercise."""
    return {"exercise": str(practice.number), "numbers": str(practice.numbers)}


def _whole(text: str) -> int | None:
    """A whole number of a few plain digits; None if it is none."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
