"""The study of "Rough ground": the runs, where they end, and what the second picture shows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from convcore.descent.descent import Outcome, Status
from convcore.descent.theory import SAME, curvatures
from convcore.labkit.record import by_step
from convcore.labkit.study import Record, Study
from convcore.labs.rough_ground.bifurcation import Diagram
from convcore.labs.rough_ground.by_schedule import SchedulesByEta
from convcore.labs.rough_ground.end_maps import EndMap, EscapeEnds
from convcore.labs.rough_ground.escape import Escape, escape
from convcore.labs.rough_ground.noise import Noise, NoisyRuns
from convcore.labs.rough_ground.runs import ScheduleRun
from convcore.labs.rough_ground.scene import (
    MAPS,
    Scene,
    downhill,
    lowest,
    minima,
    resting_point,
    schedule_name,
    settled_at,
)
from convcore.labs.rough_ground.settings import RoughSettings
from convcore.parallel import Report, part_of
from convcore.sweeps.crisis import EXACT
from convcore.sweeps.stationary import StationaryPoint, without_minimum

SecondStudy = EscapeEnds | SchedulesByEta | EndMap | Diagram | tuple[NoisyRuns, ...]


class Overstep(NamedTuple):
    """A step beyond 2/λₘₐₓ: its number, w (n,) before it, λₘₐₓ there, and its η."""

    step: int
    w: tuple[float, ...]
    curvature: float
    eta: float


@dataclass(frozen=True, eq=False)
class RoughStudy(Study):
    """The runs by all schedules and methods, and the stationary points in view.

    runs: by the names of the scene's plans and rivals. points: in view, lowest first. home: the minimum
    in view that small steps of plain descent lead to, if any run here is plain descent. rest: the
    stationary point, in view or not, where the lab's own run rests, None if it has not converged.
    escape: from home, None but for plain descent on one weight. second: the study of the second
    picture, None if it has none.
    """

    settings: RoughSettings
    runs: Mapping[str, ScheduleRun]
    points: tuple[StationaryPoint, ...]
    home: StationaryPoint | None
    rest: StationaryPoint | None
    escape: Escape | None
    second: SecondStudy | None

    @property
    def scene(self) -> Scene:
        """What was run, and where."""
        return self.settings.scene

    @property
    def run(self) -> ScheduleRun:
        """The lab's own run."""
        return self.runs["run"]

    @property
    def outcome(self) -> Outcome:
        """How the lab's own run ended."""
        return self.run.outcome

    @property
    def end(self) -> StationaryPoint | None:
        """The stationary point in view that the lab's own run converged to."""
        return self.ends["run"]

    @cached_property
    def ends(self) -> dict[str, StationaryPoint | None]:
        """The stationary point in view that each run converged to."""
        E, runs = self.scene.objective, self.runs
        return {name: settled_at(self.points, run.path, E) for name, run in runs.items()}

    @cached_property
    def minima(self) -> tuple[StationaryPoint, ...]:
        """Those in view, lowest first."""
        return minima(self.points)

    @property
    def no_minimum(self) -> bool:
        """Whether E has none in view, and no run found one beyond."""
        found = any(run.outcome.at_minimum for run in self.runs.values())
        none = not found and not self.minima
        return none and without_minimum(self.scene.objective, self.scene.view)

    @cached_property
    def lowest(self) -> tuple[StationaryPoint, ...]:
        """The minimum in view with the smallest E, or all that are as low."""
        return lowest(self.points)

    @property
    def settles(self) -> bool:
        """Whether the lab's own run converged to a minimum in view."""
        return self.end is not None and self.end.kind.is_minimum

    @property
    def crisis(self) -> float | None:
        """The η from which on no start stays at `home`; None if there is none, or it is 2ηₒₚₜ."""
        if self.home is None or self.escape is None:
            return None
        at = self.escape.crisis.eta
        return at if (1 + EXACT) * self.home.limit < at < math.inf else None

    @property
    def finds_minimum(self) -> bool:
        """Whether the lab's own run rests at a minimum, in view or not."""
        return self.rest is not None and self.rest.kind.is_minimum

    @cached_property
    def finds_lowest(self) -> bool:
        """Whether that minimum is as low as any in view, of which there may be none."""
        if self.rest is None or not self.finds_minimum:
            return False
        return self.rest in self.lowest or all(self.rest.value <= p.value for p in self.lowest)

    @property
    def never_moves(self) -> bool:
        """Whether the lab's own run starts where ∇E is 0, so that every method stays there."""
        path = self.run.path
        return self.outcome.status is Status.CONVERGED and bool((path.w == path.w[0]).all())

    @cached_property
    def first_overstep(self) -> Overstep | None:
        """The first step of plain descent that was beyond 2/λₘₐₓ where it was taken; None if none was.

        Beyond it a step can raise E (SCIENCE I, smoothness). A run that was lost at a step took it too.
        """
        path, etas = self.run.path, self.run.taken
        k = min(len(path.w), len(etas) + int(path.gone))
        steps = np.append(etas, self.run.next_eta)[:k]
        with np.errstate(all="ignore"):
            top = np.nan_to_num(curvatures(self.scene.objective, path.w[:k])[..., -1])
            beyond = steps * top > 2 * (1 + SAME)
        if not beyond.any():
            return None
        at = int(beyond.argmax())
        w = tuple(path.w[at].tolist())
        return Overstep(at, w, float(top[at]), float(steps[at]))

    @cached_property
    def start_curvature(self) -> float:
        """The smallest eigenvalue of the Hessian at w₀."""
        return float(curvatures(self.scene.objective, self.scene.origin).min())

    def record(self) -> Record:
        scene, paths = self.scene, [run.path for run in self.runs.values()]
        rivals = [method.label for _, method, _ in scene.rivals]
        methods = [scene.optimizer.label] * len(scene.plans) + rivals
        plans = [*scene.plan_names().values(), *[schedule_name(scene.schedule)] * len(rivals)]
        table = by_step("schedule", plans, paths)
        method = np.repeat(methods, [len(path.loss) for path in paths])
        etas: list[float | str] = []
        for path in paths:
            etas += [*path.eta.tolist(), ""]  # the last point has no η
        first = {"schedule": table["schedule"], "method": method, "step": table["step"]}
        return {**first, "eta": etas} | table


def study(settings: RoughSettings, report: Report | None = None) -> RoughStudy:
    """Run by all schedules and methods, compute the second picture; long runs and its job are cached."""
    scene, long, jobs = settings.scene, settings.long, settings.jobs()
    first = part_of(report, 0, 2)
    runs = [
        run
        for turn, job in enumerate(jobs)
        for run in (MAPS.result(job, part_of(first, turn, len(jobs))) if long else job.compute())
    ]
    points = scene.points
    about_plain = scene.plain or isinstance(settings.second, Noise)
    home = downhill(scene.objective, scene.start, points) if about_plain else None
    second = settings.second.study(scene, MAPS, part_of(report, 1, 2) if long else report)
    own = runs[0]
    return RoughStudy(
        settings,
        dict(zip(scene.run_names(), runs, strict=True)),
        points,
        home,
        resting_point(scene.objective, points, own.path),
        escape(scene, home, own) if home and scene.plain else None,
        second,
    )
