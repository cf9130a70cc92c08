"""The choices of the second picture of "Rough ground".

To add one: its settings, job and result in a file of its own, an entry here, and its view in
`second_views`.
"""

from __future__ import annotations

from dataclasses import dataclass

from convcore.labs.rough_ground.bifurcation import Bifurcation
from convcore.labs.rough_ground.by_schedule import BySchedule
from convcore.labs.rough_ground.end_maps import Basins, EscapeMap
from convcore.labs.rough_ground.noise import Noise
from convcore.labs.rough_ground.scene import RoughPicture, Scene


@dataclass(frozen=True)
class Nothing(RoughPicture):
    """No second picture."""

    label = "none"

    def job(self, scene: Scene) -> None:
        return None


SECONDS: tuple[tuple[str, type[RoughPicture]], ...] = (
    ("escape", EscapeMap),
    ("schedules", BySchedule),
    ("basins", Basins),
    ("bifurcation", Bifurcation),
    ("noise", Noise),
    ("none", Nothing),
)
