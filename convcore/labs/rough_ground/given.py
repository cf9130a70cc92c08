"""E with the start, as it is before the runs of "Rough ground"."""

from __future__ import annotations

from convcore.charts.picture import Picture
from convcore.labkit.given import of_function, schedule
from convcore.labkit.words import num, steps
from convcore.labs.rough_ground.settings import RoughSettings


def given(settings: RoughSettings) -> Picture:
    """What is there before the runs."""
    scene = settings.scene
    about = [
        scene.optimizer.label,
        f"η = {num(scene.eta)}" + " of the full step" * settings.relative,
        schedule(scene.schedule),
        steps(scene.steps),
    ]
    return of_function(scene.ground, scene.origin, about)
