"""What one visitor may ask for: at each limit the work is done, beyond it one line says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from convcore.datasets import MAX_BYTES, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, Upload, read_csv
from convcore.formula.formula import MAX_LENGTH, Formula
from convcore.knobs import FieldError, Range, Text, Vector, leaves
from convcore.labs import (
    LABS,
    FromFormula,
    Lab,
    ManyWeights,
    OneWeight,
    OwnPoints,
    PerceptronAndBackprop,
    RealNetwork,
    RoughGround,
    TaylorAndNewton,
    Typed,
)
from convcore.labs.many_weights.least_squares import FromData
from convcore.labs.many_weights.problem import MOST
from convcore.labs.network.data_table import MOST_CLASSES, MOST_FEATURES, TableData
from convcore.labs.network.settings import MOST_STEPS, MOST_WEIGHTS
from convcore.labs.perceptron.own_points import LONGEST
from convcore.session import permalink
from convcore.session.pinned import MAX_PINS as PINS
from convcore.session.pinned import read

OWN = "your CSV"


def matrix(n: int) -> str:
    return "\n".join(" ".join("1" if i == j else "0" for j in range(n)) for i in range(n))


def table(columns: int, rows: int = 3) -> str:
    header = ",".join(f"c{i}" for i in range(columns))
    return "\n".join([header, *(",".join([str(k)] * columns) for k in range(rows))])


def classes(many: int) -> TableData:
    rows = "\n".join(f"{i},{'abcdefgh'[i % many]}" for i in range(4 * many))
    return TableData(OWN, Upload("a.csv", f"x,kind\n{rows}"))


def features(many: int) -> TableData:
    rows = "\n".join(",".join(str((i + j) ** 2 % 11) for j in range(many + 1)) for i in range(9))
    names = ",".join(f"c{j}" for j in range(many + 1))
    return TableData(OWN, Upload("a.csv", f"{names}\n{rows}"))


# What is asked for, the most of it that may be, one more, and a word of the line.
LIMITS: dict[str, tuple[Callable[[int], Any], int, int, str]] = {
    "steps, one weight": (lambda k: OneWeight(steps=k), 100_000, 100_001, "100,000"),
    "steps, Newton": (lambda k: TaylorAndNewton(steps=k), 10_000, 10_001, "10,000"),
    "steps, many weights": (lambda k: ManyWeights(steps=k), 10_000, 10_001, "10,000"),
    "steps, rough ground": (lambda k: RoughGround(steps=k), 10_000, 10_001, "10,000"),
    "epochs": (lambda k: PerceptronAndBackprop(epochs=k), 20_000, 20_001, "20000"),
    "steps, network": (lambda k: RealNetwork(steps=k), MOST_STEPS, MOST_STEPS + 1, "10,000"),
    "matrix": (lambda n: ManyWeights(Typed(matrix(n))), MOST, MOST + 1, "at most 50"),
    "features, least squares": (
        lambda n: FromData(OWN, Upload("a.csv", table(n)), scaling="raw").fit(),
        MOST, MOST + 1, "at most 49",
    ),  # one column is the target
    "network": (
        lambda n: RealNetwork(hidden=(float(n),)),
        (MOST_WEIGHTS - 1) // 3, (MOST_WEIGHTS - 1) // 3 + 1, f"at most {MOST_WEIGHTS:,}",
    ),
    "classes, network": (lambda n: classes(n).sample(), MOST_CLASSES, MOST_CLASSES + 1, "classes"),
    "features, network": (
        lambda n: features(n).sample(), MOST_FEATURES, MOST_FEATURES + 1, "at most 50"
    ),
    "formula": (
        lambda n: FromFormula("w".ljust(n)).objective(),
        MAX_LENGTH, MAX_LENGTH + 1, "500 characters",
    ),
    "weights of a formula": (lambda n: FromFormula(f"w{n}^2").objective(), 2, 3, "one or two"),
    "brackets": (lambda n: Formula("(" * n + "w" + ")" * n), 29, 31, "30 deep"),
    "file": (
        lambda n: Upload.decode("a.csv", b"1" * n), MAX_BYTES, MAX_BYTES + 1, "larger than 5 MB"
    ),
    "rows": (lambda n: read_csv("a\n" + "1\n" * n), MAX_ROWS, MAX_ROWS + 1, "100,000"),
    "columns": (lambda n: read_csv(table(n)), MAX_COLUMNS, MAX_COLUMNS + 1, "200"),
    "cells": (
        lambda n: read_csv(table(MAX_COLUMNS, n)),
        MAX_CELLS // MAX_COLUMNS, MAX_CELLS // MAX_COLUMNS + 1, "too many rows",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_as_much_as_may_be_is_taken_and_one_more_is_refused_in_one_line(name: str) -> None:
    make, most, more, word = LIMITS[name]
    make(most)
    with pytest.raises(ValueError) as error:
        make(more)
    line = str(error.value)
    assert word in line and "\n" not in line and len(line) < 250


@pytest.mark.parametrize("kind", LABS, ids=lambda kind: kind.key)
def test_no_link_reaches_beyond_a_control(kind: type[Lab]) -> None:
    for path, knob, _, _ in leaves(kind()):
        beyond = None
        if isinstance(knob, Range):
            beyond = knob.write(2 * abs(knob.bounds[1]) + 1)
        elif isinstance(knob, Text):
            beyond = "1" * (knob.limit + 1)
        elif isinstance(knob, Vector):
            beyond = "1 " * (knob.limit + 1)
        if beyond is None:
            continue
        above = {p: k.write(v) for p, k, v, _ in leaves(kind()) if path.startswith(f"{p}.")}
        lab, (line,) = permalink.read({"lab": kind.key, **above, path: beyond}, LABS)
        assert lab == kind() and f"The link's {path} is replaced by its default" in line


def test_a_text_of_points_and_the_pins_of_a_link_have_their_ends() -> None:
    link = {"lab": "perceptron", "data": "own", "data.text": "1 2 +\n" * (LONGEST // 6 + 1)}
    lab, (line,) = permalink.read(link, LABS)
    assert getattr(lab, "data", None) == OwnPoints() and "20000 characters" in line
    pins, lines = read("!".join(f"{i}~one" for i in range(PINS + 2)), LABS)
    assert len(pins) == PINS and len(lines) == 2


def test_a_value_that_is_made_in_python_is_guarded_as_well() -> None:
    with pytest.raises(FieldError, match="hidden widths"):
        RealNetwork(hidden=(501.0,))
