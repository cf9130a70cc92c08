"""Labelled points to separate: the lecture's sets, clouds, iris, and the user's own (SCIENCE F).

Labels are ±1. The ends of a set that does not make sense are ValueErrors of one line.
"""

from __future__ import annotations

from convcore.pointsets.named import FEATURES, SPECIES, clouds, d8, gate, iris, lecture_set, u12
from convcore.pointsets.own import from_table, parse, written
from convcore.pointsets.points import Points, augment

__all__ = [
    "FEATURES",
    "SPECIES",
    "Points",
    "augment",
    "clouds",
    "d8",
    "from_table",
    "gate",
    "iris",
    "lecture_set",
    "parse",
    "u12",
    "written",
]
