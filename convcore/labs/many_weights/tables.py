"""The tables of "Many weights"."""

from __future__ import annotations

import math

import numpy as np

from convcore.cache import kept
from convcore.descent import theory
from convcore.descent.schedules import Constant
from convcore.descent.theory import predicted_steps
from convcore.knobs import files
from convcore.labkit.tables import Facts
from convcore.labkit.words import BEYOND, apart, count, known, num, percent, quoted, steps, unlike
from convcore.labs.many_weights import local_words
from convcore.labs.many_weights.least_squares import FromData
from convcore.labs.many_weights.local_plane import LocalPlane
from convcore.labs.many_weights.losses import in_each_loss
from convcore.labs.many_weights.problem import Problem
from convcore.labs.many_weights.quadratics import quadratic
from convcore.labs.many_weights.scalings import Scaling
from convcore.labs.many_weights.settings import KINDS
from convcore.labs.many_weights.study import ManyWeightsStudy
from convcore.labs.many_weights.words import beyond, ending
from convcore.objectives.quadratics import LeastSquares


def facts(study: ManyWeightsStudy) -> tuple[Facts, ...]:
    """All tables: by method, of the matrix, and of the table of data if there is one."""
    plane = study.plane
    of_matrix = (
        local_words.of_minimum(plane)
        if isinstance(plane, LocalPlane)
        else _of_matrix(study.settings.problem)
    )
    return _by_method(study), of_matrix, *_of_data(study)


def _by_method(study: ManyWeightsStudy) -> Facts:
    """Limit, rate, predicted and measured steps of each method, and how its run ends."""
    settings, took = study.settings, study.took
    rows = []
    for name, run in study.runs.items():
        k = study.predicted[name]
        share = " of the full step" if KINDS[name].relative else ""
        rows.append(
            (
                KINDS[name].label,
                num(settings.eta_of(name)) + share,
                num(study.limits[name]),
                unlike(study.rates[name], 1),
                count(k, study.doubt[name]) + beyond(study, name) if study.counted(name) else "–",
                count(took[name])
                if took[name] < math.inf
                else f"not in {steps(int(run.length) if run.gone else settings.steps)}",
                ending(study, name),
            )
        )
    if study.objective.minimiser is None:
        rows = [(*row[:5], "–", row[6]) for row in rows]
    goal, near = percent(settings.tolerance), " near the minimum" * study.local
    heads = ("method", "η", f"limit of η{near}", f"rate{near}", f"predicted{near} to {goal}")
    return Facts((*heads, "took", "how it ends"), tuple(rows))


@kept(16, files)
def _of_matrix(problem: Problem) -> Facts:
    """What the problem's matrix says of the step size; cached, as nothing else changes it."""
    objective = quadratic(problem)
    s, A = objective.spectrum, objective.A
    found = *theory.best_fixed_step(s), *theory.best_momentum(s)
    safe = s.values[0] >= 0
    bounds = (
        theory.limit(s),
        theory.notes_bound(A),
        theory.trace_bound(A),
        theory.gershgorin_bound(A),
    )
    limit, notes, trace, discs, best, rate, eta, beta = (
        x if safe else "–"  # where E bends down, no η holds
        for x in (*apart(*bounds), *(unlike(x, 1) for x in found))
    )
    kappa = theory.condition_number(s)
    ratio = num(kappa) if not safe or kappa == math.inf else known(kappa, theory.condition_doubt(s))
    flat = s.values == 0
    lowest = known(float(s.values[0]), float(s.doubt[flat].min() if flat[0] else s.doubt[0]))
    if s.hidden.any() or lowest == BEYOND:
        best, rate, eta, beta = [BEYOND] * 4  # they follow from λₘᵢₙ
    return Facts(
        ("of the matrix", "value", "of the step", "value"),
        (
            ("weights n", str(objective.n), "2/λₘₐₓ", limit),
            ("λₘᵢₙ", lowest, "notes: 2·min 1/aᵢᵢ", notes),
            ("λₘₐₓ", num(s.values[-1]), "safe: 2/trace", trace),
            ("κ = λₘₐₓ/λₘᵢₙ", ratio, "safe: Gershgorin", discs),
            ("best η", best, "its rate", rate),
            ("best momentum η", eta, "its β", beta),
        ),
    )


def _of_data(study: ManyWeightsStudy) -> tuple[Facts, ...]:
    """For a table: the steps that each scaling needs, and the coefficients of the raw features."""
    problem, found = study.settings.problem, study.coefficients
    if not isinstance(problem, FromData) or found is None:
        return ()
    near = " near the minimum" * study.local
    heads = (
        "features",
        "κ",
        "η = 1/λₘₐₓ",
        f"predicted steps{near} from w = 0 to {percent(study.settings.tolerance)}",
        "note",
    )
    scalings = Facts(heads, tuple(_scaled(x, problem.scaling) for x in study.scalings))
    names = (*(quoted(name) for name in found.names), "intercept")
    rows = zip(names, found.solution, found.reached, strict=True)
    coefficients = tuple((name, num(x, 9), num(y, 9)) for name, x, y in rows)
    best = "at the minimum" if study.local else "least squares"
    fit = Facts(("coefficient (raw units)", best, "plain descent"), coefficients)
    return (scalings, fit) if study.local else (scalings, fit, _of_losses(study, problem))


def _scaled(scaling: Scaling, own: str) -> tuple[str, ...]:
    """The row of a scaling; own: the one that the page shows."""
    if scaling.refused:
        return scaling.name, "–", "–", "–", scaling.refused
    here = "on this page" if scaling.name == own else ""
    return (
        scaling.name,
        known(scaling.kappa, scaling.doubt),
        num(scaling.eta),
        count(scaling.steps, scaling.doubt),
        here,
    )


def _of_losses(study: ManyWeightsStudy, problem: FromData) -> Facts:
    """Which step sizes the same fit takes in the losses of people's tools."""
    objective = problem.fit().objective
    assert isinstance(objective, LeastSquares)
    s, tolerance = objective.spectrum, study.settings.tolerance
    best, _ = theory.best_fixed_step(s)
    needed = predicted_steps(
        s.values, s.error(np.zeros(s.values.size)), best, Constant(), tolerance
    )
    rows = []
    for found in in_each_loss(objective):
        loss = found.loss
        rows.append(
            (
                f"{loss.label}: {loss.formula}",
                loss.used,
                f"{loss.ridge_name} = {num(found.ridge)}" if problem.ridge else "none",
                num(found.limit),
                BEYOND if s.hidden.any() else num(found.best),
                BEYOND if s.hidden.any() else count(needed),
                "on this page" if loss.key == problem.loss else "",
            )
        )
    heads = (
        "loss",
        "used by",
        "ridge",
        "limit of η",
        "best η",
        f"its steps to {percent(tolerance)}",
        "note",
    )
    return Facts(heads, tuple(rows))
