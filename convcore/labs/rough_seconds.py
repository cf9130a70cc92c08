"""The choices of the second picture of "Rough ground"; to add one, add it to SECONDS."""

from __future__ import annotations

from dataclasses import dataclass

from convcore.labs.rough_maps import Basins, EscapeMap
from convcore.labs.rough_noise import Noise
from convcore.labs.rough_orbits import Bifurcation
from convcore.labs.rough_scene import Scene, Second
from convcore.labs.rough_schedules import BySchedule
from convcore.workers import Report


@dataclass(frozen=True)
class Nothing(Second):
    """No second picture."""

    label = "none"

    def draw(self, scene: Scene, report: Report | None) -> None:
        return None


SECONDS: tuple[tuple[str, type[Second]], ...] = (
    ("escape", EscapeMap),
    ("schedules", BySchedule),
    ("basins", Basins),
    ("bifurcation", Bifurcation),
    ("noise", Noise),
    ("none", Nothing),
)
