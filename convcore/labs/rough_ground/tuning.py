"""The tuning grid of "Rough ground": all schedules with the lab's method, over step sizes."""

from __future__ import annotations

from convcore.descent.schedules import SCHEDULES
from convcore.labkit.tuning_grid import (
    TuningGrid,
    affordable_steps,
    all_schedules,
    largest_curvature,
)
from convcore.labkit.words import num
from convcore.labs.rough_ground.scene import Scene
from convcore.optimizers import Search
from convcore.sweeps.tuning import Candidate


def grid(scene: Scene) -> TuningGrid:
    """All schedules from the scene's start to a minimum; its own schedule as it is set."""
    objective, optimizer, own = scene.objective, scene.optimizer, scene.schedule
    dear = optimizer.search is not Search.NONE
    largest = largest_curvature(objective, scene.start)
    unit = 1 / largest if 1e-12 < largest < 1e12 else scene.ground.eta()
    words = f"{num(unit)} (1/λₘₐₓ, at w₀ or where damped Newton ends)"
    named = all_schedules(own)
    return TuningGrid(
        objective=objective,
        start=scene.start,
        candidates=tuple(Candidate(key, plan.label, optimizer, plan) for key, plan in named),
        steps=affordable_steps(objective, [optimizer, optimizer], 30, 200),
        own=scene.steps,
        unit=1.0 if optimizer.relative else unit,
        unit_words="the full step" if optimizer.relative else words,
        goal="a minimum, with the gradient down to 10⁻⁶",
        kind="schedule",
        here=tuple((key, scene.eta) for key, kind in SCHEDULES if isinstance(own, kind)),
        sparse=frozenset(key for key, _ in named) if dear else frozenset(),
    )
