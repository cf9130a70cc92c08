"""The tables that ship with the project."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from convcore.datasets.table import Table, read_csv

FOLDER = Path(__file__).parent.parent / "data"


@dataclass(frozen=True)
class Shipped:
    """A table that ships with the project, and the column one would predict from it."""

    name: str
    title: str
    target: str
    source: str


@cache
def load(name: str) -> Table:
    """The shipped table of this name; ValueError if there is none."""
    entry = next((entry for entry in TABLES if entry.name == name), None)
    if entry is None:
        raise ValueError(f"{name[:40]!r} is none of {', '.join(entry.name for entry in TABLES)}")
    text = (FOLDER / f"{name}.csv").read_text(encoding="utf-8")
    return replace(read_csv(text, name), target=entry.target, source=entry.source)


TABLES: tuple[Shipped, ...] = (
    Shipped(
        name="longley",
        title="Longley: US employment, 1947 to 1962",
        target="employed",
        source="J. W. Longley (1967), J. Am. Stat. Assoc. 62, 819-841; coefficients certified by "
        "NIST's Statistical Reference Datasets. In thousands of people, millions of dollars.",
    ),
    Shipped(
        name="iris",
        title="Fisher's iris: 150 flowers of three species",
        target="petal width",
        # As in R's datasets::iris; the UCI copy differs in flowers 35 and 38.
        source="R. A. Fisher (1936), Annals of Eugenics 7, 179-188; as published, without the two "
        "errors of the UCI copy (flowers 35 and 38). In cm.",
    ),
)
