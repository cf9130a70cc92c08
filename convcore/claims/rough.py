"""Claims 14 to 17: where there is more than one valley (SCIENCE D and E)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from convcore.curvature import curvatures
from convcore.descent import Status
from convcore.labkit.claim import Claim, Verdict, because, fails, holds, status_of, untried
from convcore.labkit.words import num
from convcore.labs import Lab, Result, RoughGround
from convcore.labs.rough_ground import KINDS
from convcore.labs.rough_presets import PRESETS
from convcore.labs.rough_scene import downhill, place
from convcore.optimizers import Needs
from convcore.schedules import Constant
from convcore.stationary import StationaryPoint


@dataclass(frozen=True)
class Told:
    """What a run on rough ground came to: how it ended, where, and where small steps would lead."""

    lab: RoughGround
    how: str
    status: Status
    end: StationaryPoint | None
    home: StationaryPoint | None
    minima: tuple[StationaryPoint, ...]

    @classmethod
    def of(cls, lab: Lab, result: Result) -> Told:
        """Read it from the result, whose first table has this run in its first line."""
        assert isinstance(lab, RoughGround)
        points = lab.scene().points
        how = result.facts[0].rows[0][-1]
        end = next((p for p in points if how.endswith(f" at {place(p)}")), None)
        home = downhill(lab.ground.objective(), tuple(lab.origin.tolist()), points)
        minima = tuple(p for p in points if p.kind == "minimum")
        return cls(lab, how, status_of(how), end, home, minima)

    @property
    def settled(self) -> bool:
        """Whether it converged to a minimum in view."""
        return self.end is not None and self.end.kind == "minimum"

    @property
    def why_not(self) -> str:
        """Why claims on η and 2η_opt cannot be tried on this run; empty if they can."""
        if self.lab.method != "gd":
            return "2η_opt is the limit of plain descent: choose it as the method."
        if not self.minima:
            return "there is no minimum in this view, so no η_opt."
        return ""


def wrong_thing(lab: Lab, result: Result) -> Verdict:
    """Claim 14: the Hessian at the start, and what Newton's method came to."""
    told = Told.of(lab, result)
    assert isinstance(lab, RoughGround)
    bend = curvatures(told.lab.ground.objective(), told.lab.origin)
    low = float(bend.min())
    said = f"at w₀ the smallest curvature is {num(low)}; run: {told.how}"
    if not math.isfinite(low):
        return untried("the Hessian is not finite at this start.")
    if KINDS[lab.method].needs is not Needs.HESSIAN:
        return untried(f"{said}: choose one of Newton's methods.")
    if low > 0:
        return fails(f"{said}: H is positive definite at w₀.")
    if told.how.startswith("converged to a minimum"):
        return fails(f"{said}.")
    return holds(f"{said}.")


def escapes(lab: Lab, result: Result) -> Verdict:
    """Claim 15: η beside 2η_opt of the minimum that small steps lead to."""
    told = Told.of(lab, result)
    if told.why_not:
        return untried(told.why_not)
    home = told.home
    if home is None:
        return untried("small steps from this start lead to no minimum in view.")
    said = (
        f"η = {num(told.lab.eta)} and 2η_opt = {num(home.limit)} of {place(home)}; run: {told.how}"
    )
    if told.end == home:
        return fails(f"{said}, where small steps lead.")
    if told.end is None or not told.settled:
        if told.lab.eta <= home.limit:
            return untried(f"{said}. η is not beyond 2η_opt, and more steps would tell.")
        return untried(f"{said}. It settles in no minimum, so it left none for good.")
    if told.lab.eta <= home.limit:
        return fails(f"{said}; η is not beyond it.")
    if told.end.value > home.value:
        return because(f"that minimum is sharp, not because it is poor. {said}, which is higher.")
    return holds(f"{said}.")


def never_settles(lab: Lab, result: Result) -> Verdict:
    """Claim 16: the run beside 2η_opt of every minimum in view."""
    told = Told.of(lab, result)
    if told.why_not:
        return untried(told.why_not)
    limits = [p.limit for p in told.minima]
    eta, low, high = told.lab.eta, min(limits), max(limits)
    between = f"from {num(low)} to {num(high)}" if low < high else f"{num(high)}"
    said = f"2η_opt of the minima in view: {between}; η = {num(eta)}; run: {told.how}"
    if not isinstance(told.lab.schedule, Constant):
        return untried("η decays, so it is not always beyond: choose the constant schedule.")
    if told.settled and told.end:
        home = told.home
        if home and home != told.end and eta > home.limit:
            return fails(f"{said}: beyond the one of {place(home)}, below the one that it found.")
        return fails(f"{said}; η is not beyond it there.")
    if eta > high and told.status is not Status.OUT_OF_STEPS:
        return holds(f"{said}.")
    return untried(f"{said}.")


def decays(lab: Lab, result: Result) -> Verdict:
    """Claim 17: η_0 beyond a limit at first, and whether decay lets the run settle."""
    told = Told.of(lab, result)
    if told.why_not:
        return untried(told.why_not)
    record = result.record
    labels = list(record["schedule"])
    # The lab's own run comes first; no η goes with its last point, which may be its only one.
    taken = record["eta"][: labels.count(labels[0]) - 1]
    last = float(taken[-1]) if len(taken) else told.lab.eta
    said = f"η goes from {num(told.lab.eta)} to {num(last)}; run: {told.how}"
    if isinstance(told.lab.schedule, Constant):
        return fails(f"η does not decay: run: {told.how}.")
    if told.status is Status.OUT_OF_STEPS:
        return untried(f"{said}; more would tell.")
    if not told.settled or told.end is None:
        return fails(f"{said}.")
    if told.lab.eta <= told.end.limit:
        return because(f"η₀ is below 2η_opt = {num(told.end.limit)} from the start. {said}.")
    if told.end != told.minima[0]:
        return because(f"any minimum counts as a solution. {said}, not the lowest in view.")
    return holds(f"{said}, whose 2η_opt is {num(told.end.limit)}.")


def preset(number: int, words: str) -> RoughGround:
    """The lab's own preset for a claim."""
    return next(lab for claims, said, lab in PRESETS if number in claims and words in said)


CLAIMS = (
    Claim(
        14,
        "Newton goes wrong",
        "Where the Hessian is not positive definite, Newton can diverge.",
        "More often it converges to the wrong thing: a saddle or a maximum.",
        preset(14, "local maximum"),
        wrong_thing,
    ),
    Claim(
        15,
        "large η escapes",
        "η > 2η_opt can escape a local optimum.",
        "2η_opt of that optimum: it escapes the sharp ones, whether they are poor or not.",
        preset(15, "escapes and settles"),
        escapes,
    ),
    Claim(
        16,
        "always too large",
        "Always η > 2η_opt never finds a solution.",
        "Beyond 2η_opt of every minimum; beyond one of them it can still settle in another.",
        preset(16, "never settles"),
        never_settles,
    ),
    Claim(
        17,
        "let η decay",
        "So let η decay.",
        "Slowly: where Σ η_k is finite the run can freeze on the way.",
        preset(17, "finds the wide one"),
        decays,
    ),
)
