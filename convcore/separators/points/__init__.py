"""Labelled points to separate: the lecture's sets, clouds, iris, and the user's own (SCIENCE F).

Labels are ±1. A set that does not make sense raises a ValueError of one line.
"""

from __future__ import annotations

from convcore.separators.points.named import FEATURES as FEATURES
from convcore.separators.points.named import SPECIES as SPECIES
from convcore.separators.points.named import clouds as clouds
from convcore.separators.points.named import d8 as d8
from convcore.separators.points.named import gate as gate
from convcore.separators.points.named import iris as iris
from convcore.separators.points.named import lecture_set as lecture_set
from convcore.separators.points.named import u12 as u12
from convcore.separators.points.own import from_table as from_table
from convcore.separators.points.own import labelled as labelled
from convcore.separators.points.own import parse as parse
from convcore.separators.points.own import written as written
from convcore.separators.points.points import Points as Points
from convcore.separators.points.points import augment as augment
