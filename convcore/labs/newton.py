"""The lab "Taylor and Newton": local models, and the methods that trust them (SCIENCE B and D)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from convcore.charts.parts import MOST
from convcore.descent import Trajectory, descend
from convcore.gallery import BY_KEY, Function
from convcore.knobs import FieldError, OneOf, Range, Several, Variant, Vector, Whole
from convcore.labkit.functions import GROUNDS, FromGallery, Ground
from convcore.labkit.lab import Result
from convcore.labkit.record import later
from convcore.labkit.study import Unsplit
from convcore.labkit.words import num, several
from convcore.labs.course import Course, affordable, bend
from convcore.labs.local import Local
from convcore.labs.local_view import LABELS, picture
from convcore.labs.newton_map import threshold
from convcore.labs.newton_tables import (
    CONVERGED,
    KINDS,
    Progress,
    along,
    by_method,
    counted,
    degenerate,
    progress,
)
from convcore.labs.racing import RacingLab
from convcore.race import Entrant
from convcore.workers import Report

Array = NDArray[np.float64]

NAMES = tuple(LABELS.items())
RACERS = ("gd", "newton", "momentum", "nesterov", "damped", "bfgs")  # besides those on the page


@dataclass(frozen=True)
class TaylorAndNewton(RacingLab):
    """Methods side by side on a function of one or two weights, with the local model at each step."""

    ground: Annotated[
        Ground, Variant("E is", "a named function, or a formula that you type", GROUNDS)
    ] = FromGallery()
    start: Annotated[
        tuple[float, ...],
        Vector("start w₀", "one number for each weight", empty="the usual start"),
    ] = ()
    methods: Annotated[
        tuple[str, ...],
        Several("methods", "each has one colour in all pictures", tuple(KINDS), names=NAMES),
    ] = ("gd", "newton", "damped")
    eta: Annotated[
        float,
        Range("step size η", "of methods whose step is η·∇E", 1e-4, 1e2, 0.01, True, (1e-12, 1e12)),
    ] = 0.5
    relative: Annotated[
        float,
        Range(
            "share of the Newton step",
            "η of the methods that know curvature: 1 goes all the way",
            0.05,
            2.0,
            0.05,
            limits=(1e-6, 1e3),
        ),
    ] = 1.0
    steps: Annotated[int, Whole("steps", "how many steps each method takes", 1, 100)] = 15
    model: Annotated[
        str,
        OneOf("local model of", "whose path the Taylor model follows", tuple(KINDS), names=NAMES),
    ] = "newton"
    look: Annotated[
        int,
        Whole(
            "look at step",
            "the step of the local model; or point at the loss; beyond the last it is the last",
            0,
            100,
        ),
    ] = 0
    order: Annotated[
        int,
        Whole("Taylor order", "of the second curve, one weight: what order 2 leaves out", 1, 6),
    ] = 2

    key: ClassVar[str] = "newton"
    title: ClassVar[str] = "Taylor and Newton"

    def __post_init__(self) -> None:
        objective = self.ground.objective()
        n = objective.n
        if self.start and len(self.start) != n:
            raise FieldError(
                "start",
                f"The start has {several(len(self.start), 'number')} and E has {several(n, 'weight')}.",
            )
        if self.start and np.abs(self.start).max() > 1e6:
            raise FieldError("start", "The start has numbers beyond 1e6.")
        for name in ("eta", "relative"):
            if not 0 < getattr(self, name) <= 1e12:
                raise FieldError(name, "The step size must be positive and at most 1e12.")
        if not 1 <= self.steps <= 1000:
            raise FieldError("steps", "steps must be between 1 and 1,000.")
        if not 1 <= self.order <= 6:
            raise FieldError("order", "The order must be between 1 and 6.")
        unknown = [name for name in (*self.methods, self.model) if name not in KINDS]
        if unknown:
            raise FieldError("methods", f"{unknown[0][:40]!r} is none of {', '.join(KINDS)}.")
        if len(self.methods) > MOST:
            raise FieldError(
                "methods", f"At most {MOST} methods at once: more cannot be told apart."
            )
        w = self.origin
        if not (np.isfinite(objective.value(w)) and np.isfinite(objective.gradient(w)).all()):
            raise FieldError("start", "E or its gradient is not defined at this start.")

    @property
    def origin(self) -> Array:
        """w₀ (n,)."""
        return np.array(self.start or self.ground.start(), dtype=float)

    def after(self, field: str) -> TaylorAndNewton:
        if field.startswith("ground"):
            return replace(self, start=(), eta=self.ground.eta())
        return self

    def course(self) -> Course | None:
        objective, start = self.ground.objective(), tuple(self.origin.tolist())
        asked = tuple(dict.fromkeys((*self.methods, *RACERS)))[:MOST]
        names = [key for key in KINDS if key in asked]
        largest = bend(objective, start)
        unit = 1 / largest if 1e-12 < largest < 1e12 else self.ground.eta()
        return Course(
            objective=objective,
            start=start,
            entrants=tuple(Entrant(key, LABELS[key], KINDS[key]()) for key in names),
            steps=affordable(objective, [KINDS[key]() for key in names], 15, 40),
            own=self.steps,
            unit=unit,
            unit_words=f"{num(unit)} (1/λ_max, at w₀ or where damped Newton ends)",
            goal="a minimum, with the gradient down to 10⁻⁶",
            kind="method",
            here=tuple(
                (key, self.relative if KINDS[key].relative else self.eta) for key in self.methods
            ),
            sparse=frozenset(key for key in names if KINDS[key].beta == 1 or KINDS[key].relative),
        )

    def entered(self, key: str, eta: float, steps: int) -> TaylorAndNewton:
        kept = self.methods if key in self.methods else self.methods[: MOST - 1]
        methods = tuple(name for name in KINDS if name in (*kept, key))
        field = "relative" if KINDS[key].relative else "eta"
        return replace(self, methods=methods, steps=steps, **{field: eta})  # type: ignore[arg-type]

    def picked(self, selection: str, point: Mapping[str, Any]) -> TaylorAndNewton:
        if selection == "pick_race":
            return self.chosen(point)
        if selection == "pick_look":
            return replace(self, look=int(point["k"]))
        return replace(self, start=tuple(float(f"{point[axis]:.4g}") for axis in ("x", "y")))

    def run(self, report: Report | None = None) -> Result:
        objective = self.ground.objective()
        runs = {}
        for name in dict.fromkeys((*self.methods, self.model)):
            eta = self.relative if KINDS[name].relative else self.eta
            runs[name] = _descended(objective, tuple(self.origin.tolist()), name, eta, self.steps)
        local = Local(objective, self.ground.view(), runs[self.model], self.order)
        shown = {name: runs[name] for name in self.methods}
        far = {name: progress(objective, run) for name, run in shown.items()}
        return Result(
            study=Unsplit(self, later("method", runs)),
            said=(self._sentence(local, shown, far),),
            pictures=(picture(local, self, shown),),
            facts=(by_method(objective.n, shown, far, self.eta, self.relative), along(local)),
            notes=(
                *self._named()[1],
                CONVERGED,
                *degenerate(shown.values()),
                *self.ground.notes(),
            ),
            measured="; ".join(f"{LABELS[name]}: {run.outcome()}" for name, run in shown.items()),
        )

    def _sentence(self, local: Local, runs: dict[str, Trajectory], far: dict[str, Progress]) -> str:
        w = self.origin
        best = local.best[0]
        at = ", ".join(num(x) for x in w)
        name, _ = self._named()
        echo = f"{name} from w₀ = {at if len(w) == 1 else f'({at})'}. "
        if np.isnan(local.values[0]).any():
            bend = "There the curvature of E is **not finite**: no η_opt, and no step of Newton."
        elif math.isnan(best):
            bend = (
                "There E does not bend up"
                + (" in every direction" if len(w) > 1 else "")
                + ": **no η_opt**, and Newton's step does not lead downhill for sure."
            )
        else:
            what = "1/E″" if len(w) == 1 else "1/λ_max"
            bend = f"There η_opt = {what} = **{num(best)}**."
        said = [
            f"{LABELS[name]}: **{run.outcome()}**{counted(far[name], run)}"
            for name, run in runs.items()
        ]
        told = "; ".join(said) or "no method is chosen"
        ends = f" {told[0].upper()}{told[1:]}."
        return echo + bend + self._in_use(best, runs) + ends + self._threshold(local)

    def _in_use(self, best: float, runs: dict[str, Trajectory]) -> str:
        """The step size of those methods that have one, beside η_opt."""
        users = [LABELS[name] for name in runs if not KINDS[name].relative]
        if not users:
            return ""
        who = " and ".join(users) if len(users) < 3 else f"{len(users)} methods"
        share = "" if math.isnan(best) else f", {num(self.eta / best, 3)} η_opt"
        return f" In use for {who}: η = **{num(self.eta)}**{share}."

    def _named(self) -> tuple[str, tuple[str, ...]]:
        """What E is, for the sentence, and in notes what is too long for it."""
        formula = f"$E = {self.ground.objective().formula.latex()}$"
        ground = self.ground
        if isinstance(ground, FromGallery) and len(ground.view()) > 1:
            return f"**{BY_KEY[ground.name].title}**", (formula,)
        return formula, ()

    def _threshold(self, local: Local) -> str:
        """What Newton's map says of where it converges from."""
        if local.objective.n > 1:
            return ""
        pair = threshold(local.objective, local.view[0])
        if pair is None or "newton" not in self.methods or self.relative != 1:
            return ""
        return (
            f" Newton's map swaps w = {num(pair[0], 5)} and {num(pair[1], 5)}: from between them it "
            f"goes to {num(round(pair[2], 12))}, from a little beyond it does not."
        )


@lru_cache(maxsize=128)
def _descended(
    objective: Function, start: tuple[float, ...], name: str, eta: float, steps: int
) -> Trajectory:
    """A method's run; most changes of a control leave most of the runs as they were."""
    return descend(objective, start, eta, KINDS[name](), steps=steps)
