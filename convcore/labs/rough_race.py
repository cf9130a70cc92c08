"""What is raced on rough ground: all schedules under the lab's method, over step sizes."""

from __future__ import annotations

from convcore.descent import Status, Trajectory
from convcore.gallery import Function
from convcore.labkit.functions import Ground
from convcore.labkit.words import count, num
from convcore.labs.course import Course, affordable, bend, plans
from convcore.optimizers import Optimizer, Search
from convcore.race import Entrant, steps_to_rest
from convcore.schedules import SCHEDULES, Schedule


def course(
    ground: Ground,
    start: tuple[float, ...],
    optimizer: Optimizer,
    schedule: Schedule,
    eta: float,
    steps: int,
) -> Course:
    """The race from `start` to a minimum; schedule, eta and steps are the lab's own."""
    objective = ground.objective()
    dear = optimizer.search is not Search.NONE
    largest = bend(objective, start)
    unit = 1 / largest if 1e-12 < largest < 1e12 else ground.eta()
    words = f"{num(unit)} (1/λ_max, at w₀ or where damped Newton ends)"
    named = plans(schedule)
    return Course(
        objective=objective,
        start=start,
        entrants=tuple(Entrant(key, plan.label, optimizer, plan) for key, plan in named),
        steps=affordable(objective, [optimizer, optimizer], 30, 200),
        own=steps,
        unit=1.0 if optimizer.relative else unit,
        unit_words="the full step" if optimizer.relative else words,
        goal="a minimum, with the gradient down to 10⁻⁶",
        kind="schedule",
        here=tuple((key, eta) for key, kind in SCHEDULES if isinstance(schedule, kind)),
        sparse=frozenset(key for key, _ in named) if dear else frozenset(),
    )


def rested(objective: Function, run: Trajectory) -> str:
    """For the table: from which step on the gradient of a run that converged is 10⁻⁶ of its scale."""
    if run.outcome().status is not Status.CONVERGED:
        return "–"
    return count(float(steps_to_rest(objective, run)))
