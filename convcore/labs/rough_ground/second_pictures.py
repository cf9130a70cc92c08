"""The choices of the second picture of "Rough ground"."""

from __future__ import annotations

from dataclasses import dataclass

from convcore.labkit.second_picture import NoPicture, SecondPicture
from convcore.labs.rough_ground.bifurcation import Bifurcation
from convcore.labs.rough_ground.by_schedule import BySchedule
from convcore.labs.rough_ground.end_maps import Basins, EscapeMap
from convcore.labs.rough_ground.noise import Noise
from convcore.labs.rough_ground.scene import Scene


@dataclass(frozen=True)
class Nothing(NoPicture):
    """No second picture."""


SECONDS: tuple[tuple[str, type[SecondPicture[Scene]]], ...] = (
    ("escape", EscapeMap),
    ("schedules", BySchedule),
    ("basins", Basins),
    ("bifurcation", Bifurcation),
    ("noise", Noise),
    ("none", Nothing),
)
