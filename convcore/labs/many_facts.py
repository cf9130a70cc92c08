"""The tables of "Many weights"."""

from __future__ import annotations

import math

import numpy as np

from convcore import curvature
from convcore.curvature import predicted_steps
from convcore.knobs import FieldError
from convcore.labkit.tables import Facts
from convcore.labkit.words import count, num, percent, quoted, steps
from convcore.labs.bowl import Bowl
from convcore.labs.many_theory import KINDS, by_coordinates
from convcore.labs.many_words import Account
from convcore.labs.problems import FromData
from convcore.objectives import EPS, QuadraticForm
from convcore.schedules import Constant


def by_method(account: Account) -> Facts:
    """Limit, rate, predicted and measured steps of each method, and how its run ends."""
    lab, objective, runs = account.lab, account.objective, account.runs
    predicted, took, back = account.predicted, account.took, account.back
    low, top = objective.spectrum.values[[0, -1]].tolist()
    limits = dict.fromkeys(KINDS, math.nan) | {"newton": 2.0}
    if low >= 0:  # where E bends down, no η holds
        limits |= {
            "gd": curvature.limit(objective.spectrum),
            "momentum": curvature.momentum_limit(top, lab.beta),
            "nesterov": curvature.nesterov_limit(top, lab.beta),
        }
        if "coordinate" in runs:  # whose eigenvalues take as long as all the rest
            largest = float(by_coordinates(objective).max(initial=0.0))
            limits["coordinate"] = 2 / (largest or math.nan)
    rows = []
    for name, run in runs.items():
        relative = KINDS[name].relative
        eta = lab.relative if relative else lab.eta
        about = "" if name in ("gd", "newton") or predicted[name] == math.inf else "≈ "
        reached = took[name] < math.inf
        rows.append(
            (
                KINDS[name].label,
                num(eta) + (" of the full step" if relative else ""),
                num(limits[name]),
                num(account.rates[name]),
                "–" if math.isnan(predicted[name]) else about + count(predicted[name]) + back[name],
                count(took[name])
                if reached
                else f"not in {steps(int(run.length) if run.gone else lab.steps)}",
                str(run.outcome()),
            )
        )
    if objective.minimiser is None:
        rows = [(*row[:5], "–", row[6]) for row in rows]
    heads = ("method", "η", "limit of η", "rate", f"predicted to {percent(lab.tolerance)}")
    return Facts((*heads, "took", "how it ends"), tuple(rows))


def limits(objective: QuadraticForm) -> Facts:
    """What the matrix says of the step size."""
    s, A = objective.spectrum, objective.A
    found = *curvature.best_fixed_step(s), *curvature.best_momentum(s)
    safe = s.values[0] >= 0
    bounds = (
        curvature.limit(s),
        curvature.notes_bound(A),
        curvature.trace_bound(A),
        curvature.gershgorin_bound(A),
    )
    limit, notes, trace, discs, best, rate, eta, beta = (
        num(x) if safe else "–"  # where E bends down, no η holds
        for x in (*bounds, *found)
    )
    kappa = num(curvature.condition_number(s))
    return Facts(
        ("of the matrix", "value", "of the step", "value"),
        (
            ("weights n", str(objective.n), "2/λ_max", limit),
            ("λ_min", num(s.values[0]), "notes: 2·min 1/a_ii", notes),
            ("λ_max", num(s.values[-1]), "safe: 2/trace", trace),
            ("κ = λ_max/λ_min", kappa, "safe: Gershgorin", discs),
            ("best η", best, "its rate", rate),
            ("best momentum η", eta, "its β", beta),
        ),
    )


def data(account: Account) -> tuple[Facts, ...]:
    """For a table: the steps that each scaling needs, and the coefficients of the raw features."""
    lab, objective, run = account.lab, account.objective, account.run
    if not isinstance(lab.problem, FromData):
        return ()
    rows = []
    for scaling in ("raw", "standardised", "whitened"):
        try:
            fit = lab.problem.fit(scaling)
        except FieldError as error:
            rows.append((scaling, "–", "–", "–", str(error)))
            continue
        s = fit.objective.spectrum
        eta = 1 / float(s.values[-1])
        from_zero = Bowl(fit.objective, np.zeros(fit.objective.n)).error
        needed = predicted_steps(s.values, from_zero, eta, Constant(), lab.tolerance)
        here = "on this page" if scaling == lab.problem.scaling else ""
        kappa = num(curvature.effective_condition_number(s))
        rows.append((scaling, kappa, num(eta), count(needed), here))
    heads = (
        "features",
        "κ",
        "η = 1/λ_max",
        f"predicted steps from w = 0 to {percent(lab.tolerance)}",
        "",
    )
    fit = lab.problem.fit()
    # What terms that cancel leave of each other is no coefficient.
    s = objective.spectrum
    terms = np.abs(fit.back) @ (np.abs(s.vectors) @ np.abs(s.centre))
    solution, reached = (
        np.where(np.abs(fit.back @ w) > 8 * objective.n * EPS * terms, fit.back @ w, 0.0)
        for w in (objective.stationary, run.w[-1])
    )
    names = (*(quoted(name) for name in fit.names), "intercept")
    coefficients = tuple(
        (name, num(x, 9), num(y, 9)) for name, x, y in zip(names, solution, reached, strict=True)
    )
    return (
        Facts(heads, tuple(rows)),
        Facts(("coefficient (raw units)", "least squares", "plain descent"), coefficients),
    )
