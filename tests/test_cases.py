"""The problems that people brought: the app gives the answers, to the digits told (`tests/cases/`)."""

from __future__ import annotations

import pytest

from tests.cases import functions, points, quadratics, tables
from tests.cases.told import CASES, CHECKS, Told, numbers

pytestmark = pytest.mark.filterwarnings("error")

ALL = functions, points, quadratics, tables  # whose imports enter the checks

NOT_EXPRESSED = {
    "adam-reddi": "needs a loss that changes with the step; E is one function here",
}


@pytest.mark.parametrize("name", CHECKS)
def test_the_answer_to_a_case_is_found(name: str) -> None:
    check, beyond = CHECKS[name]
    told = Told(CASES[name]["correct"])
    check(told)
    assert told.left == beyond.keys(), (
        "these numbers are neither tested nor said to be out of reach"
    )


def test_each_case_is_tested_or_it_is_said_why_not() -> None:
    assert set(CHECKS) | set(NOT_EXPRESSED) == set(CASES)
    assert not set(CHECKS) & set(NOT_EXPRESSED) and all(mod.__doc__ for mod in ALL)


def test_all_numbers_of_a_case_are_seen() -> None:
    assert list(numbers({"a": 1, "b": {"c": [1, 2], "d": "no"}, "e": True})) == ["a", "b.c"]
