"""Claims 14 to 17: where there is more than one valley (SCIENCE D)."""

from __future__ import annotations

import math

import numpy as np

from convcore.descent.descent import Status
from convcore.descent.schedules import Constant, OpenLoop
from convcore.descent.theory import PointKind
from convcore.labkit.claim import Claim, Verdict, because, fails, holds, untried
from convcore.labkit.words import num
from convcore.labs.rough_ground import prediction
from convcore.labs.rough_ground.presets import DECAYS_IN_TIME, ESCAPES, LOCAL_MAXIMUM, NEVER_SETTLES
from convcore.labs.rough_ground.study import RoughStudy
from convcore.labs.rough_ground.words import ended, place
from convcore.optimizers import Needs

GONE = (Status.DIVERGED, Status.LEFT)
RESTLESS = (Status.CYCLING, Status.BOUNDED)


def why_not(study: RoughStudy) -> str:
    """Why claims about η and 2ηₒₚₜ cannot be tried on this run; empty if they can."""
    if not study.scene.plain:
        return "2ηₒₚₜ is the limit of plain descent: choose it as the method."
    if not study.minima:
        return "the Hessian shows no minimum in this view, so there is no ηₒₚₜ."
    if all(math.isinf(p.limit) for p in study.minima):
        return "at each minimum in this view the curvature is 0, so there is no 2ηₒₚₜ."
    if study.never_moves:
        return f"∇E = 0 at this start: with any η the run stays there ({ended(study)})."
    return ""


def wrong_thing(study: RoughStudy) -> Verdict:
    """Claim 14: the Hessian at the start, and where Newton's method ended."""
    low, status, kind = study.start_curvature, study.outcome.status, study.outcome.kind
    said = f"at w₀ the smallest curvature is {num(low)}; run: {ended(study)}"
    if not math.isfinite(low):
        return untried("the Hessian is not finite at this start.")
    if study.scene.optimizer.needs is not Needs.HESSIAN:
        return untried(f"{said}: choose one of Newton's methods.")
    if low > 0:
        return untried(f"{said}: H is positive definite at w₀.")
    if study.never_moves:
        return untried(f"{said}: ∇E = 0 at this start, where every method stays.")
    if status is Status.KINK or (status is Status.CONVERGED and kind and kind.is_minimum):
        return fails(f"{said}.")
    if status is Status.CONVERGED and kind is PointKind.DEGENERATE:
        return untried(f"{said}: the Hessian there does not show what it is.")
    too_far = study.scene.optimizer.relative and study.scene.eta >= 2
    if status in (Status.OUT_OF_STEPS, Status.DRIFTING):
        tells = "a share of the step below 2" if too_far else "more steps"
        return untried(f"{said}: {tells} would tell.")
    if status is Status.FROZEN:
        return untried(f"{said}: choose the constant schedule.")
    if status is not Status.CONVERGED and too_far:
        return because(
            f"η = {num(study.scene.eta)} is at least 2, which fails on a quadratic too. {said}."
        )
    return holds(f"{said}.")


def escapes(study: RoughStudy) -> Verdict:
    """Claim 15: η compared with the two thresholds of the minimum that small steps lead to."""
    if why := why_not(study):
        return untried(why)
    home, rest, status, escape = study.home, study.rest, study.outcome.status, study.escape
    if home is None:
        return untried(
            "small steps from this start lead to no minimum in view where E has a curvature."
        )
    eta = float(study.run.taken.max())
    said = f"η = {num(eta)} and 2ηₒₚₜ = {num(home.limit)} of {place(home)}"
    if study.crisis:
        said += f", whose crisis is at {num(study.crisis)}"
    said += f"; run: {ended(study)}"
    if not beyond(eta, home.limit):
        return untried(f"{said}. η is not beyond 2ηₒₚₜ: choose a larger one.")
    if len(study.minima) == 1 and rest in (None, home):
        return untried(f"{said}. It is the only minimum in view: there is none to escape to.")
    if rest == home:
        if isinstance(study.scene.schedule, Constant):
            return fails(f"{said}: it lands on it exactly, as almost no start does.")
        return untried(f"{said}. η has decayed before the run left: choose the constant schedule.")
    if escape and escape.trapped:
        return fails(f"{said}: it stays trapped around that minimum, as some starts do.")
    left = escape.left if escape else None
    if left and not beyond(float(study.run.taken[left - 1]), home.limit):
        return untried(f"{said}. It left at step {left}, when η was not beyond 2ηₒₚₜ.")
    if rest and study.finds_minimum:
        if rest.value > home.value and not study.finds_lowest:
            return because(
                f"that minimum is sharp, not because it is poor. {said}, which is higher."
            )
        return holds(f"{said}.")
    if status in GONE or rest or (left is not None and status in RESTLESS):
        return because(f"this η leaves every minimum. {said}.")
    return untried(f"{said}. Whether it leaves for good is not yet decided: try more steps.")


def never_settles(study: RoughStudy) -> Verdict:
    """Claim 16: η compared with 2ηₒₚₜ of the minimum that small steps lead to, and of every other."""
    if why := why_not(study):
        return untried(why)
    limits = [p.limit for p in study.minima]
    eta, low, high = study.scene.eta, min(limits), max(limits)
    home, rest, status = study.home, study.rest, study.outcome.status
    between = f"from {num(low)} to {num(high)}" if low < high else f"{num(high)}"
    said = f"2ηₒₚₜ of the minima in view: {between}; η = {num(eta)}; run: {ended(study)}"
    if not isinstance(study.scene.schedule, Constant):
        return untried("η decays, so it is not always beyond: choose the constant schedule.")
    if not beyond(eta, home.limit if home else high):
        where = f"2ηₒₚₜ = {num(home.limit)} of {place(home)}" if home else "every 2ηₒₚₜ"
        return untried(f"{said}. η is not beyond {where}.")
    if rest and study.finds_minimum:
        if beyond(eta, rest.limit):
            return fails(f"{said}: it lands on it exactly, as almost no start does.")
        there = " the one that it found,"
        first = f"beyond the one of {place(home)}, " if home else "beyond those in view, "
        return fails(f"{said}: {first}below{there} {num(rest.limit)}.")
    trapped = study.escape is not None and study.escape.trapped
    if status in GONE or status is Status.CYCLING:
        kept = f": it stays trapped around {place(home)}" if trapped and home else ""
        return holds(f"{said}{kept}.")
    if status is Status.BOUNDED and (trapped or beyond(eta, high)):
        return holds(f"{said}.")
    if rest:
        return untried(f"{said}. ∇E = 0 there, so it stays with any η: try another start.")
    return untried(f"{said}. More steps would tell.")


def decays(study: RoughStudy) -> Verdict:
    """Claim 17: η₀ starts beyond a limit; whether decay lets the run settle."""
    if why := why_not(study):
        return untried(why)
    home, rest, status = study.home, study.rest, study.outcome.status
    taken, plan = study.run.taken, study.scene.schedule
    top, last = float(taken.max()), float(taken[-1])
    said = f"η goes from {num(top)} to {num(last)}; run: {ended(study)}"
    if last >= top:
        if isinstance(plan, Constant):
            return untried(f"η does not decay: it stays {num(top)}; run: {ended(study)}.")
        return untried(f"the run ends before η decays: {said}.")
    settled = rest is not None and study.finds_minimum
    first = home.limit if home else min(p.limit for p in study.minima)
    limit = rest.limit if rest and settled else first
    if not beyond(top, limit):
        if settled and beyond(top, first):
            return because(f"η₀ is below 2ηₒₚₜ = {num(limit)} from the start. {said}.")
        return untried(f"η₀ is not beyond 2ηₒₚₜ = {num(limit)}: no decay is needed. {said}.")
    if settled:
        if not study.finds_lowest:
            return because(f"any minimum counts as a solution. {said}, not the lowest in view.")
        return holds(f"{said}, whose 2ηₒₚₜ is {num(limit)}.")
    if status in RESTLESS and isinstance(plan, OpenLoop):
        final = study.scene.eta * float(plan.factor(np.array(1e12)))
        if beyond(final, limit):
            return fails(f"{said}: η never falls below 2ηₒₚₜ = {num(limit)}.")
    if status in (*GONE, Status.FROZEN) or rest:
        return fails(f"{said}.")
    return untried(f"{said}; more steps would tell.")


def beyond(eta: float, limit: float) -> bool:
    """Whether η is beyond a limit, rounding apart."""
    return eta > limit and not math.isclose(eta, limit, rel_tol=1e-9)


CLAIMS = (
    Claim(
        14,
        "Newton goes wrong",
        "Where the Hessian is not positive definite, Newton can diverge.",
        "More often it converges to the wrong thing: a saddle or a maximum.",
        LOCAL_MAXIMUM,
        wrong_thing,
        prediction.NEWTON,
    ),
    Claim(
        15,
        "large η escapes",
        "η > 2ηₒₚₜ can escape a local optimum.",
        "2ηₒₚₜ of that optimum ends its stability; some starts stay trapped up to a second threshold, the "
        "crisis. It escapes the sharp ones, whether they are poor or not.",
        ESCAPES,
        escapes,
        prediction.ESCAPES,
    ),
    Claim(
        16,
        "always too large",
        "Always η > 2ηₒₚₜ never finds a solution.",
        "Beyond 2ηₒₚₜ of every minimum; beyond one of them it can still settle in another.",
        NEVER_SETTLES,
        never_settles,
        prediction.SETTLES,
    ),
    Claim(
        17,
        "let η decay",
        "So let η decay.",
        "Slowly: where Σ ηₖ is finite the run can freeze on the way.",
        DECAYS_IN_TIME,
        decays,
        prediction.DECAYS,
    ),
)
