"""What "Many weights" says of a cross-entropy: its quadratic at the minimum, and what holds everywhere."""

from __future__ import annotations

import math

import numpy as np

from convcore.descent import theory
from convcore.descent.schedules import Constant
from convcore.labkit.tables import Facts
from convcore.labkit.words import (
    BEYOND,
    apart,
    count,
    known,
    num,
    percent,
    predicted_text,
    steps,
    unlike,
)
from convcore.labs.many_weights.local_plane import LocalPlane
from convcore.labs.many_weights.settings import KINDS
from convcore.labs.many_weights.study import ManyWeightsStudy
from convcore.labs.many_weights.words import direction, ending


def said(study: ManyWeightsStudy) -> tuple[str, ...]:
    """What happened and why, in numbers, a fact each (Markdown)."""
    if not study.plane.error.any():
        return ("The start is a minimum: the gradient vanishes, and only rounding moves it.",)
    s = study.objective.spectrum
    limit, safe, eta = apart(theory.limit(s), study.plane.other_bound, float(study.etas[0]))
    found = [
        "**E is convex, but no quadratic**: its curvatures, limit and best η are those at the minimum.",
        f"There the limit of η is 2/λₘₐₓ = **{limit}** and {_kappa(study)}.",
        f"Nowhere is the curvature larger than L = ¼·λₘₐₓ(XᵀX)/N + ρ: below 2/L = **{safe}** descent "
        "arrives from every start.",
        _beside(study, eta),
        _counted(study),
    ]
    if s.values[0] == 0:
        along = direction(study.objective, 0)
        found.append(
            f"The Hessian is singular: along {along} nothing bends, and the start's part there stays."
        )
    drawn = "" if "gd" in study.settings.methods else ", which is not drawn"
    ran = steps(int(study.run.length))
    return (*found, f"After {ran} of plain descent{drawn}: {ending(study, 'gd')}.")


def _kappa(study: ManyWeightsStudy) -> str:
    s = study.objective.spectrum
    kappa = known(theory.effective_condition_number(s), theory.condition_doubt(s))
    return f"κ {'is' if kappa == BEYOND else '='} **{kappa}**"


def _beside(study: ManyWeightsStudy, eta: str) -> str:
    """What steps of η do beside the minimum, and what is certain of them from far away."""
    s, given = study.objective.spectrum, float(study.etas[0])
    if given <= 0:
        return f"η = {num(given)} is not positive: no descent."
    constant = isinstance(study.settings.schedule, Constant)
    which = "η" if constant else "The first step's η"
    if given > theory.limit(s) * (1 + theory.SAME):
        kept = "" if constant else " with it kept"
        return (
            f"{which} = {eta} is beyond the limit:{kept} descent does not settle at the minimum, from "
            "almost every start. It need not run away, as slopes are bounded."
        )
    met = s.values[s.values > 0]
    slow, steep = (unlike(theory.less_rounding(1 - given * x), -1, 0, 1) for x in met[[0, -1]])
    by = f"by **{slow}**" if slow == steep else f"by **{slow}** (slowest) to **{steep}** (steepest)"
    return f"{which} = {eta} multiplies small errors {by} a step."


def _counted(study: ManyWeightsStudy) -> str:
    """The steps of plain descent to the tolerance, by the quadratic and by the run."""
    k, took, settings = study.predicted["gd"], study.took["gd"], study.settings
    goal = f"{percent(settings.tolerance)} of the starting error"
    ran = int(study.run.length) if study.run.gone else settings.steps
    measured = f"took {count(took)}" if took < math.inf else f"not reached in {steps(ran)}"
    if not study.counted("gd"):
        return f"To {goal}: {measured}."
    if k == math.inf:
        return f"Predicted by the quadratic there: {goal} is **never** reached; {measured}."
    return f"Predicted by the quadratic there: **{steps(k, study.doubt['gd'])}** to {goal}; {measured}."


def predicted(study: ManyWeightsStudy) -> str:
    """What the quadratic at the minimum says of each method, in a few words."""
    tolerance = study.settings.tolerance
    found = [
        f"{KINDS[name].label}: {predicted_text(study.predicted[name], tolerance, study.doubt[name])}"
        for name in study.settings.methods
        if study.counted(name)
    ]
    return f"near the minimum {'; '.join(found)}" if found else "–"


def theory_line(study: ManyWeightsStudy) -> str:
    """The line below the headline: the limit at the minimum, and steps by the quadratic and the run."""
    settings, s = study.settings, study.objective.spectrum
    drawn = settings.methods or ("gd",)
    found = []
    for name in drawn:
        took, run = study.took[name], study.runs[name]
        ran = steps(float(run.length if run.gone else settings.steps))
        measured = f"took {count(took)}" if took < math.inf else f"not in {ran}"
        k = _about(study, name)
        found.append(f"{KINDS[name].label} {k}{measured}")
    kappa, limit = _kappa(study).replace("**", ""), num(theory.limit(s))
    goal = f"steps to {percent(settings.tolerance)}"
    return f"Near the minimum: limit of η {limit} · {kappa} · {goal}: {' · '.join(found)}"


def _about(study: ManyWeightsStudy, name: str) -> str:
    """The steps of a method by the quadratic, with a comma; nothing where it has no theory."""
    if not study.counted(name):
        return ""
    k = count(study.predicted[name], study.doubt[name])
    return f"≈ {k}, " if k[0].isdigit() else f"{k}, "


def of_minimum(plane: LocalPlane) -> Facts:
    """What the Hessian at the minimum says of the step size, and the bound that holds everywhere."""
    objective, s = plane.objective, plane.objective.spectrum
    limit, safe, trace, best, rate = apart(
        theory.limit(s),
        plane.other_bound,
        2 / float(np.trace(objective.A)),
        *theory.best_fixed_step(s),
    )
    kappa = theory.condition_number(s)
    ratio = num(kappa) if kappa == math.inf else known(kappa, theory.condition_doubt(s))
    flat = s.values == 0
    lowest = known(float(s.values[0]), float(s.doubt[flat].min() if flat[0] else s.doubt[0]))
    if s.hidden.any() or lowest == BEYOND:
        best = rate = BEYOND
    return Facts(
        ("of the Hessian at the minimum", "value", "of the step", "value"),
        (
            ("weights n", str(objective.n), "at the minimum: 2/λₘₐₓ", limit),
            ("λₘᵢₙ", lowest, "from every start: 2/L", safe),
            ("λₘₐₓ", num(s.values[-1]), "safe at the minimum: 2/trace", trace),
            ("κ = λₘₐₓ/λₘᵢₙ", ratio, "best η at the minimum", best),
            ("L = ¼·λₘₐₓ(XᵀX)/N + ρ", num(2 / plane.other_bound), "its rate", rate),
        ),
    )
