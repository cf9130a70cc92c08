"""Exercises in the order of the lecture, with answers from the labs' studies, and keys for teachers.

No module here knows the page. To add one, write a function from `Numbers` to a `Task`, and enter it at the
end of its file.
"""

from functools import lru_cache

from convcore.exercises import (
    decay,
    many_weights,
    newton,
    one_weight,
    separable,
    trouble,
)
from convcore.exercises.numbers import MOST as MOST
from convcore.exercises.numbers import Numbers as Numbers
from convcore.exercises.task import Exercise as Exercise
from convcore.exercises.task import Fault as Fault
from convcore.exercises.task import Slip as Slip
from convcore.exercises.task import Task as Task

EXERCISES: tuple[Exercise, ...] = (
    *one_weight.EXERCISES,
    *newton.EXERCISES,
    *many_weights.QUADRATICS,
    *trouble.EXERCISES,
    *decay.EXERCISES,
    *separable.EXERCISES,
    *many_weights.MOMENTUM,
)


@lru_cache(maxsize=256)
def task(number: int, seed: int = 0) -> Task:
    """Exercise `number`, from 1 on, with the numbers of a seed; 0 has those of the lecture.

    Raises IndexError if there is no such exercise, ValueError if there is no such seed.
    """
    if number < 1:
        raise IndexError(f"`task(number=...)` must be from 1 to {len(EXERCISES)}; got {number}.")
    return EXERCISES[number - 1].make(Numbers(seed))


def other_numbers(number: int, seed: int) -> int:
    """The next seed at which the numbers of an exercise are others; IndexError as in `task`."""
    here, following = task(number, seed).given, seed
    while True:
        following = following + 1 if following < MOST else 1
        if task(number, following).given != here:
            return following
