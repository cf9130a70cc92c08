"""A typed answer: read as a number, compared with the task's, and told what is wrong with it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from convcore.exercises.task import CLOSE, EXACT, Fault, Slip, Task
from convcore.labkit.words import num

LONGEST = 60  # characters of an answer
NEAR = 0.05  # share of the answer within which only the rounding is wrong
MANY = 10  # counts from which half of an odd one may be rounded either way
# Per cent of a pure number is a number, too.
UNITLESS = ("", "%")

_TIMES = r"\s*(?:[·*x×]\s*10\s*\^?\s*|[eE])"
_NUMBER = rf"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:{_TIMES}\(?(?:[+-]?\d+)\)?)?"
_ANSWER = re.compile(rf"({_NUMBER})\s*(?:/\s*({_NUMBER}))?\s*([^\d\s+*/.,-]\D{{0,20}})?")
_GROUPED = re.compile(r"([+-]?[1-9]\d{0,2}(?:,\d{3})+)\s*(\D{0,20})")
_NAMED = re.compile(r"[^\d\s=]{1,3}[\d₀-₉]*\s*=\s*")  # what stands before it, as in w₃ = 27
_MARKS = str.maketrans(
    {"−": "-", "–": "-", "\xa0": " ", "\u202f": " ", "\u2009": " "}
    | dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", strict=True))
)


@dataclass(frozen=True)
class Reply:
    """What is said to an answer: whether it is right; if not, what is wrong, and a sentence of it."""

    right: bool
    fault: Fault | None
    says: str


def read(text: str, task: Task) -> float:
    """The number of an answer: −0.4, 2,5, 1/3, 3·10⁻⁴, 12.5 %, with or without the task's unit.

    Counts may have separators: 6,901. Raises ValueError, in one line, if it is no number.
    """
    plain = text.strip()[: LONGEST + 1]
    if len(plain) > LONGEST:
        raise ValueError("That is too long for a number.")
    if named := _NAMED.match(plain):
        plain = plain[named.end() :]
    plain = plain.translate(_MARKS).strip()
    if not plain:
        raise ValueError("Type a number.")
    if task.whole and (grouped := _GROUPED.fullmatch(plain)):
        plain = f"{grouped[1].replace(',', '')} {grouped[2]}".strip()
    found = _ANSWER.fullmatch(plain)
    if found is None:
        raise ValueError("That is no number: type one like −0.4, 1/3 or 2.5e-3.")
    above, below, after = found[1], found[2], (found[3] or "").strip()
    expected = UNITLESS if task.unit in UNITLESS else ("", task.unit, task.unit.removesuffix("s"))
    if after not in expected:
        unit = f"is in {task.unit}" if task.unit else "has no unit"
        raise ValueError(f"The answer {unit}: type the number alone.")
    x = _float(above)
    if below:
        if _float(below) == 0:
            raise ValueError("That divides by 0.")
        x /= _float(below)
    if not math.isfinite(x):
        raise ValueError("That is no finite number.")
    return x / 100 if after == "%" != task.unit else x


def _float(text: str) -> float:
    """A number with a decimal point or comma, and a power of ten in any spelling."""
    head, *power = re.split(_TIMES, text.replace(",", "."), maxsplit=1)
    return float(f"{head}e{int(power[0].strip('()')) if power else 0}")


def check(task: Task, x: float) -> Reply:
    """What to say to the answer x."""
    if _within(x, task.answer, task.tolerance):
        return Reply(True, None, f"Right: {task.answer_text}.")
    told = [slip for slip in slips(task) if _within(x, slip.value, reach(task, slip))]
    if told:
        # The first of those that are as near, which is the task's own.
        nearest = min(told, key=lambda slip: abs(x - slip.value))
        return Reply(False, nearest.fault, nearest.says)
    if task.whole and x != round(x):
        said = f"{num(x)} is no whole number, and {task.unit} are counted."
        return Reply(False, Fault.WHOLE, said)
    if not task.whole and _within(x, task.answer, NEAR * abs(task.answer)):
        said = "Near, but not within 1 %: keep three digits or more on the way."
        return Reply(False, Fault.NEAR, said)
    return Reply(False, Fault.OTHER, "No. The hint says how to begin.")


def slips(task: Task) -> tuple[Slip, ...]:
    """The wrong answers that are told as such: the task's own, then those of any number, each value once.

    Those that would count as right are left out. One of the task's own that happens to be twice or half the
    answer, or to differ in its sign alone, is told as that, too.
    """
    found: list[Slip] = []
    general = _general(task)
    for slip in (*task.slips, *general):
        wrong = math.isfinite(slip.value) and not _within(slip.value, task.answer, task.tolerance)
        if not wrong or any(math.isclose(slip.value, other.value) for other in found):
            continue
        alike = [other for other in general[:3] if math.isclose(slip.value, other.value)]
        if alike and slip.fault not in (*(other.fault for other in alike), Fault.NO_HALF):
            said = f"{alike[0].says} {slip.says}"
            slip = Slip(slip.value, alike[0].fault, said)
        found.append(slip)
    return tuple(found)


def _general(task: Task) -> tuple[Slip, ...]:
    """Wrong answers of any task; the first three have a fault that tells all about them."""
    x = task.answer
    found = [
        Slip(2 * x, Fault.TWICE, "Twice the answer."),
        Slip(x / 2, Fault.HALF, "Half the answer."),
        Slip(-x, Fault.SIGN, "The size is right, the sign is not."),
    ]
    if task.unit == "%":
        said = "That is the share; in per cent it is 100 times that."
        found.append(Slip(x / 100, Fault.PERCENT, said))
    if task.whole:
        found.append(Slip(x + 1, Fault.ONE_OFF, "One too many."))
        found.append(Slip(x - 1, Fault.ONE_OFF, "One too few."))
    return tuple(found)


def reach(task: Task, slip: Slip) -> float:
    """How far from a wrong answer one is still told it."""
    if task.whole:
        return 0.5 if task.answer >= MANY and slip.value % 1 else EXACT
    return CLOSE * abs(slip.value)


def _within(x: float, y: float, tolerance: float) -> bool:
    # A rounding more, so that the very end of the tolerance is within.
    return abs(x - y) <= tolerance * (1 + 1e-9)
