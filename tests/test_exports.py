"""What "copy as Python" gives runs: the star import brings every name that a repr of a lab has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from convcore import labs
from convcore.knobs import Variant, knobs
from convcore.labs import LABS


def names() -> dict[str, Any]:
    """What a notebook has after the star import."""
    found: dict[str, Any] = {}
    exec("from convcore.labs import *", found)
    return found


def offered(kind: type, path: str) -> Iterator[tuple[str, type]]:
    """Every class that a knob offers, of variants within variants too, and its path."""
    yield path, kind
    for name, knob in knobs(kind).items():
        if isinstance(knob, Variant):
            for key, each in knob.kinds:
                yield from offered(each, f"{path}.{name}={key}")


OFFERED = dict(pair for lab in LABS for pair in offered(lab, lab.key))


@pytest.mark.parametrize("path", OFFERED)
def test_the_repr_of_every_entry_of_every_registry_runs_after_the_star_import(path: str) -> None:
    value = OFFERED[path]()
    assert eval(repr(value), names()) == value


def test_no_two_classes_of_one_name_are_exported() -> None:
    for kind in OFFERED.values():
        assert names()[kind.__name__] is kind, f"another class is called {kind.__name__}"


def test_the_star_import_brings_nothing_else() -> None:
    extra = names().keys() - {kind.__name__ for kind in OFFERED.values()} - {"__builtins__"}
    assert extra == {"LABS", "Facts", "Lab", "Result", "Upload"}
    assert len(labs.__all__) == len(set(labs.__all__))


def test_an_uploaded_file_is_written_in_the_names_that_are_there() -> None:
    assert eval(repr(labs.Upload("", "1,2")), names()) == labs.Upload("", "1,2")
