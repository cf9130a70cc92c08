"""What "copy as Python" gives runs: the star import brings every name that a repr of a lab has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore import labs
from convcore.knobs import Variant, knobs
from convcore.labkit.lab import Lab
from convcore.labs import LABS
from convcore.setting import Setting
from tests.draw import labs as drawn


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


@pytest.mark.parametrize("path", OFFERED)
def test_every_entry_of_every_registry_is_a_setting(path: str) -> None:
    kind = OFFERED[path]
    assert issubclass(kind, Setting), (
        f"write `class {kind.__name__}(Setting)`, or derive its base from it"
    )


@pytest.mark.parametrize("path", OFFERED)
def test_every_field_of_every_entry_has_a_control(path: str) -> None:
    kind = OFFERED[path]
    bare = [each.name for each in fields(kind) if each.name not in knobs(kind)]
    assert not bare, (
        f"{kind.__name__}.{bare[0]} has no control: write "
        f'`{bare[0]}: Annotated[float, Range("name", "what it is", low, high)] = ...`, or another knob'
    )


def in_numpys_types(value: Any, pick: st.DataObject) -> Any:
    """The same value, made of scalars of NumPy's where it can be."""
    if is_dataclass(value):
        made = {f.name: in_numpys_types(getattr(value, f.name), pick) for f in fields(value)}
        return type(value)(**made)
    if isinstance(value, tuple):
        return tuple(in_numpys_types(each, pick) for each in value)
    kinds: dict[type, list[Any]] = {
        bool: [np.bool_],
        int: [np.int64, np.int32],
        float: [np.float64, np.longdouble],
        str: [np.str_],
    }
    # A fixed-width text of NumPy's drops its zeros at the end.
    if type(value) not in kinds or (isinstance(value, str) and value.endswith("\0")):
        return value
    return pick.draw(st.sampled_from([*kinds[type(value)], lambda x: x]))(value)


@given(drawn(), st.data())
@settings(max_examples=200)
def test_a_lab_made_of_numpys_numbers_is_the_lab_of_plain_ones(
    lab: Lab, pick: st.DataObject
) -> None:
    other = in_numpys_types(lab, pick)
    assert other == lab and hash(other) == hash(lab) and repr(other) == repr(lab)


def test_numpys_numbers_become_plain_in_a_lab_in_its_variants_and_in_tuples() -> None:
    there = names()
    lab = there["OneWeight"](a=np.float64(2))
    assert eval(repr(lab), there) == lab == there["OneWeight"](a=2.0)
    problem = there["FromEigenvalues"](np.float64(2), lambda2=np.float32(0.5))
    whole = there["ManyWeights"](problem, start=(np.float64(1), np.int64(2)), steps=np.int64(9))
    assert "np." not in repr(whole) and eval(repr(whole), there) == whole
    assert type(whole.steps) is int and type(whole.problem.lambda2) is float
    assert repr(there["Momentum"](np.float64(0.5))) == "Momentum(beta=0.5)"
