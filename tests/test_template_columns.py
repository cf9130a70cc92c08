"""Every template reads only columns that the tables which fill it have: a renamed one fails by name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from convcore.charts.picture import Picture, Template
from convcore.datasets import Upload
from convcore.knobs import Variant, knobs
from convcore.labkit.own_table import OWN
from convcore.labs import (
    LABS,
    Chebyshev,
    FromData,
    FromGallery,
    Lab,
    ManyWeights,
    OneWeight,
    RealNetwork,
    RoughGround,
    Spirals,
    TaylorAndNewton,
)
from tests.test_templates import TEMPLATES

VIEWS = ("layer", "hconcat", "vconcat", "concat")
EXPRESSIONS = ("expr", "calculate", "filter", "test")
WORDS = re.compile(r"'[^']*'|\"[^\"]*\"")
DATUM = re.compile(r"datum\.(\w+)|datum\['(\w+)'\]")
ROW = re.compile(r"data\('(\w+)'\)\[0\]")
Reads = dict[str, set[str]]  # the name of a table -> the columns that are read of it


def dicts(part: Any, apart: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """All objects in a part of a spec, but for those under the names `apart`."""
    if isinstance(part, dict):
        yield part
        part = [inner for name, inner in part.items() if name not in apart]
    for inner in part if isinstance(part, list) else ():
        yield from dicts(inner, apart)


def expressions(part: Any, apart: tuple[str, ...] = ()) -> Iterator[str]:
    for found in dicts(part, apart):
        yield from (text for key in EXPRESSIONS if isinstance(text := found.get(key), str))


def fields(part: Any) -> Iterator[str]:
    """The columns that encodings and transforms name."""
    for found in dicts(part):
        if isinstance(name := found.get("field"), str):
            yield name
        for key in ("groupby", "fields"):
            yield from (name for name in found.get(key, ()) if isinstance(name, str))


def made(transforms: list[dict[str, Any]]) -> Iterator[str]:
    """The columns that transforms add."""
    for transform in transforms:
        for found in dicts(transform):
            names = found.get("as", [])
            yield from [names] if isinstance(names, str) else names


def marks(
    spec: dict[str, Any],
    data: dict[str, Any] | None = None,
    transforms: tuple[dict[str, Any], ...] = (),
    channels: dict[str, Any] | None = None,
) -> Iterator[tuple[str, dict[str, Any], list[dict[str, Any]], dict[str, Any]]]:
    """Each mark over a named table: the table, its own part, transforms and channels, shared ones too."""
    if "data" in spec:  # what a layer makes of its own data is no part of another's
        data, transforms = spec["data"], ()
    transforms = (*transforms, *spec.get("transform", ()))
    channels = {**(channels or {}), **spec.get("encoding", {})}
    for inner in [view for name in VIEWS for view in spec.get(name, ())]:
        yield from marks(inner, data, transforms, channels)
    if "mark" in spec and data and "name" in data:
        kind = spec["mark"]["type"] if isinstance(spec["mark"], dict) else spec["mark"]
        if kind not in ("line", "area", "trail"):  # others have no order
            channels = {name: channel for name, channel in channels.items() if name != "order"}
        yield data["name"], spec, list(transforms), channels


def read(spec: dict[str, Any]) -> Reads:
    """Every column that a spec reads of each named table."""
    found: Reads = defaultdict(set)
    rows = {}  # a parameter that is the one row of a table -> the table
    for param in (param for part in dicts(spec) for param in part.get("params", ())):
        if row := ROW.match(str(param.get("expr", ""))):
            rows[param["name"]] = row[1]
    for text in expressions(spec):
        for name, table in rows.items():
            found[table] |= set(re.findall(rf"(?<![\w.]){name}\.(\w+)", WORDS.sub("", text)))
    for table, own, transforms, channels in marks(spec):
        apart = ("params", "data", "encoding", "transform")
        parts = [{k: v for k, v in own.items() if k not in apart}, transforms, channels]
        named = {name for part in parts for name in fields(part)}
        named |= {
            plain or quoted
            for part in parts
            for text in expressions(part)
            for plain, quoted in DATUM.findall(text)
        }
        found[table] |= named - set(made(transforms))
    return found


def logistic() -> Iterator[FromData]:
    """Cross-entropy of three and of two weights."""
    table = "a,b,y\n1,2,0\n2,1,1\n3,4,0\n4,2,1\n"
    for features in (("a", "b"), ("a",)):
        upload = Upload("two.csv", table)
        yield FromData(OWN, upload, features=features, loss="cross", ridge=0.1)


def drawn() -> Iterator[Lab]:
    """Lab values whose pictures between them fill every template: each lab, each second picture."""
    small = {
        "network": {"steps": 30, "hidden": (3.0,)},
        "perceptron": {"epochs": 20},
        "rough": {"steps": 30},
    }
    for kind in LABS:
        lab = replace(kind(), **small.get(kind.key, {}))  # type: ignore[type-var]
        yield lab
        second = knobs(kind).get("second")
        for _, picture in second.kinds if isinstance(second, Variant) else ():
            cells = {"cells": 20} if "cells" in knobs(picture) else {}
            if isinstance(lab, RoughGround) and picture.__name__ == "Basins":
                yield replace(
                    lab, ground=FromGallery("himmelblau"), start=(), second=picture(**cells)
                )
            else:
                yield replace(lab, second=picture(**cells))  # type: ignore[type-var]
    yield from (ManyWeights(also=also) for also in ("errors", "whitened", "minibatches"))
    yield ManyWeights(FromData(), also="minibatches")
    yield from (ManyWeights(data, steps=5) for data in logistic())
    yield OneWeight(also="bare")
    yield TaylorAndNewton(FromGallery("himmelblau"), start=())
    yield RealNetwork(Spirals(), steps=30, hidden=(3.0,))
    yield RealNetwork(Chebyshev(2), steps=30, hidden=())


@cache
def pictures() -> tuple[Picture, ...]:
    found: list[Picture] = []
    for lab in drawn():
        found += [*lab.panels(), *lab.besides(), lab.given()]
        raced = lab.race() if lab == type(lab)() else None
        found += [raced.picture] if raced else []
    return tuple(found)


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_a_template_reads_only_columns_that_its_tables_have(template: Template) -> None:
    filled = [picture for picture in pictures() if picture.template == template]
    assert filled, (
        "no lab fills this template: fill it in the `picture` of its lab, enter the lab in "
        "convcore/labs/registry.py; if only some of its values show it, add one to `drawn`"
    )
    for picture in filled:
        for width in (320, 880):
            for table, columns in read(template.spec(width, pinned=False)).items():
                assert table in picture.tables, f"{picture.name} has no table {table!r}"
                missing = columns - picture.tables[table].keys()
                assert not missing, f"table {table!r} of {picture.name} lacks {sorted(missing)}"


def test_a_renamed_column_is_missed_by_name() -> None:
    picture = next(picture for picture in pictures() if picture.name == "descent")
    reads = read(picture.template.spec(880))
    assert {"w", "E", "k"} <= reads["run"] and {"a", "eta", "look"} <= reads["t"]
    assert "h" not in reads["run"], "what a transform makes is not read of the table"
