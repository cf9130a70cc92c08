"""Labelled points to separate: the lecture's sets, clouds, iris, and the user's own (SCIENCE F).

Labels are ±1. The ends of a set that does not make sense are ValueErrors of one line.
"""

from __future__ import annotations

from convcore.pointsets.named import FEATURES as FEATURES
from convcore.pointsets.named import SPECIES as SPECIES
from convcore.pointsets.named import clouds as clouds
from convcore.pointsets.named import d8 as d8
from convcore.pointsets.named import gate as gate
from convcore.pointsets.named import iris as iris
from convcore.pointsets.named import lecture_set as lecture_set
from convcore.pointsets.named import u12 as u12
from convcore.pointsets.own import from_table as from_table
from convcore.pointsets.own import parse as parse
from convcore.pointsets.own import written as written
from convcore.pointsets.points import Points as Points
from convcore.pointsets.points import augment as augment
