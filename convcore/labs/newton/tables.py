"""The tables of "Taylor and Newton": what each method did, and the local models along a path."""

from __future__ import annotations

import numpy as np

from convcore.labkit.tables import Facts
from convcore.labkit.words import num
from convcore.labs.newton.local_model import LocalModel
from convcore.labs.newton.settings import KINDS, LABELS
from convcore.labs.newton.study import NewtonStudy

ROWS = 16  # of the table along the path; the rest is in the download


def facts(study: NewtonStudy) -> tuple[Facts, ...]:
    """Both tables: by method, and along the path of the local model."""
    return _by_method(study), _along(study)


def _by_method(study: NewtonStudy) -> Facts:
    """Each method's step, where it ended, and how far its gradient came down."""
    rows = []
    for name, run in study.shown.items():
        found = run.progress
        rows.append(
            (
                LABELS[name],
                KINDS[name].described(num(study.settings.eta_of(name))),
                ", ".join(num(x, 6) for x in run.path.w[-1]),
                num(run.path.loss[-1], 6),
                num(found.end, 3),
                "–" if run.path.gone or found.taken == np.inf else num(found.taken),
                str(run.outcome),
            )
        )
    slope = "∣E′∣" if study.objective.n == 1 else "‖∇E‖"
    heads = ("method", "its step", "w at the end", "E", f"{slope} there", "steps until 10⁻⁶")
    return Facts((*heads, "how it ends"), tuple(rows))


def _along(study: NewtonStudy) -> Facts:
    """E, its derivatives and ηₒₚₜ along the path of the local model, as long as it moves."""
    head = ("k", "w", "E", "E′", "E″", "ηₒₚₜ = 1/E″", "Newton sends w to")
    if study.objective.n > 1:
        head = ("k", "w", "E", "‖∇E‖", "λₘᵢₙ, λₘₐₓ", "ηₒₚₜ = 1/λₘₐₓ", "Newton sends w to")
    last, end = study.model.last, int(study.followed.path.length)
    rows = []
    for k in range(last + 1):
        if last >= ROWS and ROWS - 2 <= k < last:
            continue
        if k == last >= ROWS:
            rows.append(("…",) * len(head))
        rows.append((f"{k} to {end}" if k == last < end else str(k), *_row(study.model, k)))
    return Facts(head, tuple(rows))


def _row(model: LocalModel, k: int) -> tuple[str, ...]:
    g, target = model.g[k], model.target[k]
    return (
        ", ".join(num(x, 5) for x in model.w[k]),
        num(model.E[k], 5),
        num(g[0] if len(g) == 1 else float(np.linalg.norm(g))),
        ", ".join(num(x) for x in model.values[k]),
        num(model.best[k]),
        ", ".join(num(x, 5) for x in target) if np.isfinite(target).all() else "–",
    )
