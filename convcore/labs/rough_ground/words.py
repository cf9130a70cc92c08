"""What "Rough ground" says about its runs, one fact a line."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from convcore.descent.descent import Status
from convcore.descent.schedules import Constant
from convcore.descent.theory import PointKind
from convcore.labkit.words import apart, at_end, num
from convcore.labs.rough_ground.scene import Scene, schedule_name
from convcore.labs.rough_ground.study import RoughStudy
from convcore.sweeps.stationary import StationaryPoint

# How a run ends that does not reach the lowest minimum, in a list of schedules.
FATES = {
    Status.CONVERGED: "settled elsewhere",
    Status.NEAR: "near a point where it need not stay",
    Status.FROZEN: "frozen on the way",
    Status.OUT_OF_STEPS: "still under way",
    Status.CYCLING: "cycling",
    Status.BOUNDED: "neither settling nor repeating",
    Status.DIVERGED: "diverged",
    Status.LEFT: "left the domain of E",
    Status.DRIFTING: "drifting",
    Status.STUCK: "stuck",
    Status.UNDERFLOW: "stopped by rounding",
    Status.KINK: "settled at a kink",
}


def place(point: StationaryPoint) -> str:
    """Where a point lies, in words: w = 2.836, or (3, 2)."""
    return at_point(point.w)


def at_point(w: Sequence[float]) -> str:
    """A point w (n,) in words."""
    at = [num(round(x, 9) + 0.0) for x in w]
    return f"w = {at[0]}" if len(at) == 1 else f"({', '.join(at)})"


def origin(scene: Scene) -> str:
    """The start in words: 3.5, or (3.3, 0.4)."""
    said = ", ".join(num(x) for x in scene.start)
    return said if len(scene.start) == 1 else f"({said})"


def ended(study: RoughStudy, name: str = "run") -> str:
    """How a run ended, and at which stationary point in view."""
    return str(study.runs[name].outcome) + _at(study, name)


def _at(study: RoughStudy, name: str = "run") -> str:
    """At which point a run rests, and whether it is outside of the view; empty if it does not rest."""
    end = study.ends[name]
    if end or name != "run" or study.outcome.status is not Status.CONVERGED or study.rest is None:
        return f" at {place(end)}" if end else ""
    view = zip(study.rest.w, study.scene.view, strict=True)
    outside = any(not low <= x <= high for x, (low, high) in view)
    return f" at {place(study.rest)}" + ", outside of this view" * outside


def said(study: RoughStudy) -> tuple[str, ...]:
    """What the run does and why, in numbers (Markdown)."""
    return tuple(_facts(study))


def measured(study: RoughStudy) -> str:
    """What the run did, in a few words to compare runs by."""
    return f"{study.outcome}; {at_end(study.run.path)}"


def notes(study: RoughStudy) -> tuple[str, ...]:
    """What the reader should know about the function, a line each."""
    return study.settings.ground.notes()


def _facts(study: RoughStudy) -> Iterator[str]:
    scene, end = study.scene, study.end
    who = f"{scene.optimizer.label[0].upper()}{scene.optimizer.label[1:]}"
    fixed = isinstance(scene.schedule, Constant)
    step = f"a constant η = {num(scene.eta)}" if fixed else f"η₀ = {num(scene.eta)}"
    plan = "" if fixed else f", {schedule_name(scene.schedule)}"
    head = (
        f"$E = {scene.objective.formula.latex()}$. {who} from {origin(scene)} with {step}{plan}: "
        f"**{study.outcome}**"
    )
    yield head + _at(study) + _rank(study) + "."
    if scene.plain:
        yield from _escape(study)
        yield from _limits(study)
        yield from _freezing(study)
    # A kink has no Hessian.
    down = sum(-math.inf < v < 0 for v in end.curvatures) if end else 0
    if end and end.kind in (PointKind.SADDLE, PointKind.MAXIMUM) and down:
        yield (
            f"A point where ∇E = 0 is no minimum by that: the Hessian there has {down} "
            f"negative eigenvalue{'s' if down > 1 else ''}."
        )
    scene = study.scene
    groups = (("schedules", scene.plan_names()), ("methods", scene.method_names()))
    for what, names in groups:
        if len(names) > 1 and study.minima:
            yield _compared(study, what, names)


def _rank(study: RoughStudy) -> str:
    """How the minimum that was reached compares with others."""
    if not study.settles or not study.end or len(study.minima) < 2:
        return ""
    lowest = study.lowest[0]
    if study.end in study.lowest:
        return ", the lowest in this view"
    here, there = apart(study.end.value, lowest.value)
    return f", not the lowest in this view: E = {here} here and {there} at {place(lowest)}"


def _escape(study: RoughStudy) -> Iterator[str]:
    """Whether the run left the minimum that small steps lead to, and its limit 2ηₒₚₜ."""
    eta, home, end = study.scene.eta, study.home, study.end
    if home is None:
        return
    if end == home:
        where = f"η₀ is {_relation(eta, home)} 2ηₒₚₜ = {apart(home.limit, eta)[0]} there"
        last = float(study.run.taken[-1])
        if eta < home.limit:
            yield f"It settles where small steps lead: {where}."
        elif last < home.limit:
            yield f"{where}; by the last step η has decayed to {num(last)}."
    elif study.outcome.status is not Status.OUT_OF_STEPS:
        what = "and the run escapes from it" if end else "and the run does not settle there"
        if study.escape and study.escape.trapped:
            what += ": it stays trapped around it"
        limit, given = apart(home.limit, eta)
        yield (
            f"Small steps from this start lead to {place(home)}, whose 2ηₒₚₜ is "
            f"{limit}; η₀ = {given} is {_relation(eta, home)} it, {what}."
        )
        yield from _crisis(study)
        if eta < home.limit and (met := study.first_overstep):
            name = "E″" if len(met.w) == 1 else "λₘₐₓ"
            limit, taken = apart(2 / met.curvature, met.eta)
            yield (
                f"That limit holds near the minimum only: on the way, at {at_point(met.w)}, {name} is "
                f"{num(met.curvature)}, and a step of {taken} is beyond 2/{name} = {limit} there."
            )
        if end and end.kind.is_minimum:
            yield f"At {place(end)}, 2ηₒₚₜ is {num(end.limit)}."
            if end.value > home.value and end.limit > home.limit:
                yield "**It left the deeper valley for a flatter, higher one.**"


def _crisis(study: RoughStudy) -> Iterator[str]:
    """Up to which η some starts stay trapped around the minimum that small steps lead to."""
    if study.home and study.crisis:
        yield (
            f"With a constant η from 2ηₒₚₜ to the crisis, {num(study.crisis)}, some starts stay trapped "
            f"around {place(study.home)}; with a larger one almost every start leaves."
        )


def _limits(study: RoughStudy) -> Iterator[str]:
    """Whether a run that does not settle could settle anywhere in view."""
    scene, limits = study.scene, [p.limit for p in study.minima]
    moving = study.outcome.status in (Status.CYCLING, Status.BOUNDED, Status.DIVERGED)
    if moving and limits and isinstance(scene.schedule, Constant) and scene.eta > max(limits):
        yield (
            f"η is beyond the largest 2ηₒₚₜ in this view, {apart(max(limits), scene.eta)[0]}: "
            "it can settle in none."
        )


def _freezing(study: RoughStudy) -> Iterator[str]:
    """Why a frozen run gets no further."""
    if study.outcome.status is not Status.FROZEN:
        return
    scene, run = study.scene, study.run
    rest = scene.schedule.remaining(scene.steps) * scene.eta
    slope = float(np.linalg.norm(scene.objective.gradient(run.path.w[-1])))
    yield (
        f"All steps to come add up to Σ ηₖ = {num(rest)}, and the slope is {num(slope)}: "
        "they end short of the optimum."
        if math.isfinite(rest)
        else f"η has decayed to {num(float(run.taken[-1]))}: with a slope of {num(slope)} no step "
        "moves w any more."
    )


def _relation(eta: float, point: StationaryPoint) -> str:
    """How η₀ compares with a minimum's limit."""
    if math.isclose(eta, point.limit, rel_tol=1e-9):
        return "exactly at"
    return "beyond" if eta > point.limit else "below"


def _compared(study: RoughStudy, what: str, names: Mapping[str, str]) -> str:
    """Which of these runs reach the lowest minimum in view, and how the others end.

    names: how they are called, by their keys; what: what they differ by.
    """
    groups: dict[str, list[str]] = {}
    for name, called in names.items():
        outcome = study.runs[name].outcome
        lowest = study.ends[name] in study.lowest
        word = "" if lowest else FATES.get(outcome.status, str(outcome))
        groups.setdefault(word, []).append(called)
    there = groups.pop("", [])
    reach = "reaches" if len(there) == 1 else "reach"
    which = f" ({', '.join(there)})" if there and groups else ""
    rest = "".join(f"; {word}: {', '.join(names)}" for word, names in groups.items())
    return (
        f"Of {len(names)} {what}, {len(there) or 'none'}{which} {reach} the lowest minimum "
        f"in view{rest}."
    )
