"""What "Rough ground" says of its runs: the sentence, and the tables of schedules and points."""

from __future__ import annotations

import math

import numpy as np

from convcore.descent import Status
from convcore.labkit.tables import Facts
from convcore.labkit.words import num
from convcore.labs.rough_race import rested
from convcore.labs.rough_scene import Scene, called, downhill, origin, place, settled_at
from convcore.schedules import Constant
from convcore.stationary import StationaryPoint

NAMED = 12  # stationary points that are named in the table
# What becomes of a run that does not reach the lowest minimum, in a list of schedules.
FATES = {
    Status.CONVERGED: "settled elsewhere",
    Status.FROZEN: "frozen on the way",
    Status.OUT_OF_STEPS: "still on the way",
    Status.CYCLING: "cycling",
    Status.BOUNDED: "neither settling nor repeating",
    Status.DIVERGED: "diverged",
}


def sentence(scene: Scene) -> str:
    """What the run does and why, in numbers (Markdown)."""
    run = scene.runs["run"]
    who = f"{scene.optimizer.label[0].upper()}{scene.optimizer.label[1:]}"
    start = origin(scene)
    end = settled_at(scene.points, run)
    fixed = isinstance(scene.schedule, Constant)
    step = f"a constant η = {num(scene.eta)}" if fixed else f"η₀ = {num(scene.eta)}"
    plan = "" if fixed else f", {called(scene.schedule)}"
    head = (
        f"$E = {scene.objective.formula.latex()}$. {who} from {start} with {step}{plan}: "
        f"**{run.outcome()}**"
    )
    head += f" at {place(end)}" if end else ""
    said = [head + _rank(end, scene) + "."]
    if scene.plain:
        said.append(_why(scene, end))
    # A kink has no Hessian.
    down = sum(-math.inf < v < 0 for v in end.curvatures) if end else 0
    if end and end.kind in ("saddle", "maximum") and down:
        said.append(
            f"A point where ∇E = 0 is no minimum by that: the Hessian there has {down} "
            f"negative eigenvalue{'s' if down > 1 else ''}."
        )
    said.append(_compared(scene))
    return " ".join(part for part in said if part)


def _rank(end: StationaryPoint | None, scene: Scene) -> str:
    if not end or end.kind != "minimum" or len(scene.minima) < 2:
        return ""
    lowest = scene.lowest[0]
    if end in scene.lowest:
        return ", the lowest in this view"
    return (
        f", not the lowest in this view: E = {num(end.value)} here and {num(lowest.value)} "
        f"at {place(lowest)}"
    )


def _why(scene: Scene, end: StationaryPoint | None) -> str:
    """Escape and settling, by the limits 2η_opt of the minima that are concerned."""
    run = scene.runs["run"]
    how = run.outcome().status
    home = downhill(scene.objective, tuple(scene.origin.tolist()), scene.points)
    last = float(run.eta[-1])
    said = []
    if home and end != home and how is not Status.OUT_OF_STEPS:
        what = "and the run escapes from it" if end else "and the run does not settle there"
        said.append(
            f"Small steps from this start lead to {place(home)}, whose 2η_opt is "
            f"{num(home.limit)}; η₀ = {num(scene.eta)} is {_beside(scene, home)} it, {what}."
        )
        if end and end.kind == "minimum":
            said.append(f"At {place(end)}, 2η_opt is {num(end.limit)}.")
            if end.value > home.value and end.limit > home.limit:
                said.append("**It left the deeper valley for a flatter, higher one.**")
    elif home and end == home:
        where = f"η₀ is {_beside(scene, home)} 2η_opt = {num(home.limit)} there"
        if scene.eta < home.limit:
            said.append(f"It settles where small steps lead: {where}.")
        elif last < home.limit:
            said.append(f"{where}; by the last step η has decayed to {num(last)}.")
    limits = [p.limit for p in scene.points if p.kind == "minimum"]
    moving = how in (Status.CYCLING, Status.BOUNDED, Status.DIVERGED)
    if moving and limits and isinstance(scene.schedule, Constant) and scene.eta > max(limits):
        said.append(
            f"η is beyond the largest 2η_opt in this view, {num(max(limits))}: it can settle "
            "in none."
        )
    if how is Status.FROZEN:
        rest = scene.schedule.remaining(scene.steps) * scene.eta
        slope = float(np.linalg.norm(scene.objective.gradient(run.w[-1])))
        said.append(
            f"All steps to come add up to Σ η_k = {num(rest)}, and the slope is {num(slope)}: "
            "they end short of the optimum."
            if math.isfinite(rest)
            else f"η has decayed to {num(last)}: with a slope of {num(slope)} no step moves w any more."
        )
    return " ".join(said)


def _beside(scene: Scene, point: StationaryPoint) -> str:
    """Where η₀ stands beside a minimum's limit."""
    if math.isclose(scene.eta, point.limit, rel_tol=1e-9):
        return "exactly at"
    return "beyond" if scene.eta > point.limit else "below"


def _compared(scene: Scene) -> str:
    """Which of the schedules got to the lowest minimum in view, and what became of the others."""
    if len(scene.runs) < 2 or not scene.minima:
        return ""
    groups: dict[str, list[str]] = {}
    for name, run in scene.runs.items():
        end = settled_at(scene.points, run)
        status = run.outcome().status
        word = "" if end in scene.lowest else FATES.get(status, str(run.outcome()))
        groups.setdefault(word, []).append(called(scene.plans[name]))
    there = groups.pop("", [])
    reach = "reaches" if len(there) == 1 else "reach"
    which = f" ({', '.join(there)})" if there and groups else ""
    rest = "".join(f"; {word}: {', '.join(names)}" for word, names in groups.items())
    return (
        f"Of {len(scene.runs)} schedules, {len(there) or 'none'}{which} {reach} the lowest minimum "
        f"in view{rest}."
    )


def by_schedule(scene: Scene) -> Facts:
    """How each schedule's run ended: how far Ση could take it, and where it went."""
    rows = []
    for name, run in scene.runs.items():
        done = int(run.length)
        end = settled_at(scene.points, run)
        rows.append(
            (
                called(scene.plans[name]) + (" (this run)" if name == "run" else ""),
                num(float(run.eta[: max(done, 1)].sum())),
                num(float(run.eta[max(done, 1) - 1])),
                ", ".join(num(x, 5) for x in run.w[-1]),
                num(float(run.loss[-1]), 5),
                rested(scene.objective, run),
                str(run.outcome()) + (f" at {place(end)}" if end else ""),
            )
        )
    heads = ("schedule", "Σ η_k", "last η_k", "w at the end", "E", "steps until ∇E is at 10⁻⁶")
    return Facts((*heads, "how it ends"), tuple(rows))


def by_point(scene: Scene) -> Facts:
    """The stationary points in view, named, with their curvatures and 2η_opt."""
    rows = [
        (
            point.kind,
            place(point),
            num(round(point.value, 12) + 0.0, 6),
            ", ".join(num(v) for v in point.curvatures),
            num(point.limit) if point.kind == "minimum" else "none: no η holds it",
        )
        for point in scene.points[:NAMED]
    ]
    curvature = "E″" if scene.objective.n == 1 else "eigenvalues of the Hessian"
    limit = "2η_opt = 2/λ_max, for gradient descent"
    return Facts(("stationary point", "where", "E", curvature, limit), tuple(rows))
