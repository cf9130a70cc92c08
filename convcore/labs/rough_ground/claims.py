"""Claims 14 to 17: where there is more than one valley (SCIENCE D)."""

from __future__ import annotations

import math

from convcore.descent.descent import Status
from convcore.descent.schedules import Constant
from convcore.descent.theory import PointKind
from convcore.labkit.claim import Claim, Verdict, because, fails, holds, untried
from convcore.labkit.words import num
from convcore.labs.rough_ground.presets import DECAYS_IN_TIME, ESCAPES, LOCAL_MAXIMUM, NEVER_SETTLES
from convcore.labs.rough_ground.study import RoughStudy
from convcore.labs.rough_ground.words import ended, place
from convcore.optimizers import Needs


def why_not(study: RoughStudy) -> str:
    """Why claims about η and 2η_opt cannot be tried on this run; empty if they can."""
    if not study.scene.plain:
        return "2η_opt is the limit of plain descent: choose it as the method."
    if not study.minima:
        return "there is no minimum in this view, so no η_opt."
    return ""


def wrong_thing(study: RoughStudy) -> Verdict:
    """Claim 14: the Hessian at the start, and where Newton's method ended."""
    low = study.start_curvature
    said = f"at w₀ the smallest curvature is {num(low)}; run: {ended(study)}"
    if not math.isfinite(low):
        return untried("the Hessian is not finite at this start.")
    if study.scene.optimizer.needs is not Needs.HESSIAN:
        return untried(f"{said}: choose one of Newton's methods.")
    if low > 0:
        return fails(f"{said}: H is positive definite at w₀.")
    if study.outcome.status is Status.CONVERGED and study.outcome.kind is PointKind.MINIMUM:
        return fails(f"{said}.")
    return holds(f"{said}.")


def escapes(study: RoughStudy) -> Verdict:
    """Claim 15: η compared with 2η_opt of the minimum that small steps lead to."""
    if why := why_not(study):
        return untried(why)
    eta, home, end = study.scene.eta, study.home, study.end
    if home is None:
        return untried("small steps from this start lead to no minimum in view.")
    said = f"η = {num(eta)} and 2η_opt = {num(home.limit)} of {place(home)}; run: {ended(study)}"
    if end == home:
        return fails(f"{said}, where small steps lead.")
    if end is None or not study.settles:
        if eta <= home.limit:
            return untried(f"{said}. η is not beyond 2η_opt, and more steps would tell.")
        return untried(f"{said}. It settles in no minimum, so it left none for good.")
    if eta <= home.limit:
        return fails(f"{said}; η is not beyond it.")
    if end.value > home.value:
        return because(f"that minimum is sharp, not because it is poor. {said}, which is higher.")
    return holds(f"{said}.")


def never_settles(study: RoughStudy) -> Verdict:
    """Claim 16: η compared with 2η_opt of every minimum in view."""
    if why := why_not(study):
        return untried(why)
    limits = [p.limit for p in study.minima]
    eta, low, high = study.scene.eta, min(limits), max(limits)
    between = f"from {num(low)} to {num(high)}" if low < high else f"{num(high)}"
    said = f"2η_opt of the minima in view: {between}; η = {num(eta)}; run: {ended(study)}"
    if not isinstance(study.scene.schedule, Constant):
        return untried("η decays, so it is not always beyond: choose the constant schedule.")
    if study.settles:
        home = study.home
        if home and home != study.end and eta > home.limit:
            return fails(f"{said}: beyond the one of {place(home)}, below the one that it found.")
        return fails(f"{said}; η is not beyond it there.")
    if eta > high and study.outcome.status is not Status.OUT_OF_STEPS:
        return holds(f"{said}.")
    return untried(f"{said}.")


def decays(study: RoughStudy) -> Verdict:
    """Claim 17: η_0 starts beyond a limit; whether decay lets the run settle."""
    if why := why_not(study):
        return untried(why)
    eta, end, steps = study.scene.eta, study.end, study.run.path.eta
    last = float(steps[-1]) if len(steps) else eta
    said = f"η goes from {num(eta)} to {num(last)}; run: {ended(study)}"
    if isinstance(study.scene.schedule, Constant):
        return fails(f"η does not decay: run: {ended(study)}.")
    if study.outcome.status is Status.OUT_OF_STEPS:
        return untried(f"{said}; more would tell.")
    if end is None or not study.settles:
        return fails(f"{said}.")
    if eta <= end.limit:
        return because(f"η₀ is below 2η_opt = {num(end.limit)} from the start. {said}.")
    if end != study.minima[0]:
        return because(f"any minimum counts as a solution. {said}, not the lowest in view.")
    return holds(f"{said}, whose 2η_opt is {num(end.limit)}.")


CLAIMS = (
    Claim(
        14,
        "Newton goes wrong",
        "Where the Hessian is not positive definite, Newton can diverge.",
        "More often it converges to the wrong thing: a saddle or a maximum.",
        LOCAL_MAXIMUM,
        wrong_thing,
    ),
    Claim(
        15,
        "large η escapes",
        "η > 2η_opt can escape a local optimum.",
        "2η_opt of that optimum: it escapes the sharp ones, whether they are poor or not.",
        ESCAPES,
        escapes,
    ),
    Claim(
        16,
        "always too large",
        "Always η > 2η_opt never finds a solution.",
        "Beyond 2η_opt of every minimum; beyond one of them it can still settle in another.",
        NEVER_SETTLES,
        never_settles,
    ),
    Claim(
        17,
        "let η decay",
        "So let η decay.",
        "Slowly: where Σ η_k is finite the run can freeze on the way.",
        DECAYS_IN_TIME,
        decays,
    ),
)
