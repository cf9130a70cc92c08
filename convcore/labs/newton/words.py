"""What "Taylor and Newton" says of its runs: facts, notes, and a few words beside pins."""

from __future__ import annotations

import math

import numpy as np

from convcore.descent.descent import Status
from convcore.labkit.functions import FromGallery
from convcore.labkit.words import at_end, num, steps
from convcore.labs.newton.runs import MethodRun
from convcore.labs.newton.settings import KINDS, LABELS, NewtonSettings
from convcore.labs.newton.study import NewtonStudy
from convcore.objectives.gallery import BY_KEY

CONVERGED = (
    "Converged: the gradient is down to 10⁻⁶ of its size at w₀ (or, if that is more, of the curvature "
    "times the way travelled), and the stationary point of the local model is near."
)

DEGENERATE = (
    "Degenerate: some curvature is 0 or infinite at the point that a path comes to, so the Hessian "
    "cannot tell what it is. Of one weight the slopes on both sides can: minimum, maximum, or just a "
    "point, as 0 is for w³. Towards such a point Newton shortens the way by a mere factor at each "
    "step, or not at all."
)


def said(study: NewtonStudy) -> tuple[str, ...]:
    """What happens and why, a fact each (Markdown)."""
    w = study.settings.origin
    at = ", ".join(num(x) for x in w)
    facts = (
        f"{_name(study.settings)} from w₀ = {at if len(w) == 1 else f'({at})'}.",
        _best(study),
        _in_use(study),
        _outcomes(study),
        _threshold(study),
    )
    return tuple(fact for fact in facts if fact)


def notes(study: NewtonStudy) -> tuple[str, ...]:
    """What the reader should know too, a line each."""
    settings = study.settings
    formula = (_formula(settings),) if _is_named(settings) else ()
    return (*formula, CONVERGED, *_degenerate(study), *settings.ground.notes())


def measured(study: NewtonStudy) -> str:
    """What the methods did, in a few words each."""
    return "; ".join(
        f"{LABELS[name]}: {run.outcome}, {at_end(run.path)}" for name, run in study.shown.items()
    )


def about(study: NewtonStudy) -> str:
    """What the picture shows, in one sentence."""
    ends = "; ".join(
        f"{LABELS[name]}: E = {num(run.path.loss[-1])}, {run.outcome}"
        for name, run in study.shown.items()
    )
    return (ends or "No method is chosen") + "."


def _is_named(settings: NewtonSettings) -> bool:
    """Whether E goes by its name, as its formula is too long for a sentence."""
    return isinstance(settings.ground, FromGallery) and len(settings.ground.view()) > 1


def _name(settings: NewtonSettings) -> str:
    if isinstance(settings.ground, FromGallery) and _is_named(settings):
        return f"**{BY_KEY[settings.ground.name].title}**"
    return _formula(settings)


def _formula(settings: NewtonSettings) -> str:
    return f"$E = {settings.objective.formula.latex()}$"


def _best(study: NewtonStudy) -> str:
    """ηₒₚₜ at the start."""
    one, best = study.curve is not None, study.model.best[0]
    if np.isnan(study.model.values[0]).any():
        return "There the curvature of E is **not finite**: no ηₒₚₜ, and no step of Newton."
    if math.isnan(best):
        return (
            "There E does not bend up"
            + ("" if one else " in every direction")
            + ": **no ηₒₚₜ**, and Newton's step does not lead downhill for sure."
        )
    return f"There ηₒₚₜ = {'1/E″' if one else '1/λₘₐₓ'} = **{num(best)}**."


def _in_use(study: NewtonStudy) -> str:
    """The step size of the methods that have one, beside ηₒₚₜ."""
    users = [LABELS[name] for name in study.shown if not KINDS[name].relative]
    if not users:
        return ""
    eta, best = study.settings.eta, study.model.best[0]
    who = " and ".join(users) if len(users) < 3 else f"{len(users)} methods"
    share = "" if math.isnan(best) else f", {num(eta / best, 3)} ηₒₚₜ"
    return f"In use for {who}: η = **{num(eta)}**{share}."


def _outcomes(study: NewtonStudy) -> str:
    ends = "; ".join(
        f"{LABELS[name]}: **{run.outcome}**{_counted(run)}" for name, run in study.shown.items()
    )
    ends = ends or "no method is chosen"
    return f"{ends[0].upper()}{ends[1:]}."


def _counted(run: MethodRun) -> str:
    """How large the gradient of a run is, from its start to its end, or since when it is small."""
    status, found, at_end = run.outcome.status, run.progress, run.values[-1]
    if run.path.gone or status in (Status.KINK, Status.UNDERFLOW):
        return ""
    if status in (Status.CONVERGED, Status.NEAR):
        bend = "E″" if len(at_end) == 1 else "the Hessian"
        if found.end == 0 and not np.isfinite(at_end).all():
            return f" (the gradient is 0 there, and {bend} not finite)"
        if found.start == 0:
            return " (the gradient is 0 from the start)"
        return (
            f" (gradient down to 10⁻⁶ after {steps(found.taken)})" if found.taken < np.inf else ""
        )
    slope = "∣E′∣" if len(at_end) == 1 else "‖∇E‖"
    low, high = num(found.low, 3), num(found.high, 3)
    if low == high:
        return f" ({slope} = {high} at each step)"
    if status is Status.CYCLING:
        return f" ({slope} from {low} to {high} on the cycle)"
    return f" ({slope} {num(found.start, 3)} at w₀, {num(found.end, 3)} at the end)"


def _threshold(study: NewtonStudy) -> str:
    """What Newton's map says of where it converges from."""
    pair = study.curve.threshold if study.curve else None
    if pair is None or "newton" not in study.settings.methods or study.settings.relative != 1:
        return ""
    return (
        f"Newton's map swaps w = {num(pair.low, 5)} and {num(pair.high, 5)}: from between them it "
        f"goes to {num(round(pair.limit, 12))}, from a little beyond it does not."
    )


def _degenerate(study: NewtonStudy) -> tuple[str, ...]:
    """What "degenerate" means, if a run converged to such a point."""
    ends = [run.outcome for run in study.shown.values()]
    named = any(e.status is Status.CONVERGED and e.kind and e.kind.degenerate for e in ends)
    return (DEGENERATE,) if named else ()
