"""A case that somebody brought: its numbers, of which each must be found or said to be out of reach."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

DATA = Path(__file__).parents[1] / "data"
CASES: dict[str, dict[str, Any]] = {
    case["id"]: case
    for case in json.loads((DATA / "cases.json").read_text("utf-8"), parse_float=Decimal)
}
Check = Callable[["Told"], None]
CHECKS: dict[str, tuple[Check, Mapping[str, str]]] = {}  # by case, with what it cannot express


def numbers(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all numbers in an answer; a list of numbers, or of such lists, is one."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from numbers(inner, f"{path}.{name}".lstrip("."))
    elif not isinstance(value, (str, bool)):
        yield path


def within(told: Decimal | int) -> float:
    """How far a number may lie from the one told: half of its last digit and a bit.

    Numbers of fewer than four digits, such as 0.5, are exact: 10⁻⁶ of them.
    """
    if not told:
        return 1e-9
    digits, exponent = Decimal(told).normalize().as_tuple()[1:]
    size = abs(float(told))
    return 0.6 * 10.0 ** int(exponent) if len(digits) >= 4 else 1e-6 * size


class Told:
    """The answer to a case."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        self.left = set(numbers(answer))

    def at(self, path: str) -> Any:
        """What is told at a path such as ``raw.lambda_max``, which then counts as tested."""
        self.left.discard(path)
        value: Any = self.answer
        rest = path
        while rest:
            name = rest if rest in value else rest.split(".")[0]  # names such as 0.2 have points
            while name not in value:
                name = rest[: rest.index(".", len(name) + 1)]
            value, rest = value[name], rest[len(name) + 1 :]
        return value

    def is_(self, path: str, found: ArrayLike, to: float | None = None) -> None:
        """The numbers at a path are these, to the digits told, or `to` this much where it told too many."""
        told, have = self.at(path), np.asarray(found, dtype=float)
        want = np.array(told, dtype=float)
        assert have.shape == want.shape, f"{path}: {have.shape} is not {want.shape}"
        exact = np.vectorize(lambda x: Decimal(x), otypes=[object])(np.array(told, dtype=object))
        room = (
            np.vectorize(within, otypes=[float])(exact) if to is None else np.full(want.shape, to)
        )
        assert (np.abs(have - want) <= room).all(), f"{path}: {have} is not {want}"


def case(name: str, **beyond: str) -> Callable[[Check], Check]:
    """Enters the test of a case; beyond: why the app cannot express some of its numbers, by path."""

    def enter(check: Check) -> Check:
        assert name in CASES and name not in CHECKS
        CHECKS[name] = check, beyond
        return check

    return enter
