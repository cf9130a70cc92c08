"""Claims 6 and 12: Newton's method on convex functions that are not quadratic (SCIENCE B and C)."""

from __future__ import annotations

import numpy as np

from convcore.arrays import Array
from convcore.descent.descent import Status
from convcore.descent.theory import PointKind
from convcore.labkit.claim import Claim, Verdict, Word, fails, holds, untried
from convcore.labkit.functions import FromGallery
from convcore.labkit.words import num, percent, steps
from convcore.labs.newton.lab import TaylorAndNewton
from convcore.labs.newton.study import NewtonStudy


def local_step(study: NewtonStudy) -> Verdict:
    """Claim 6: η_opt(w_k) = 1/E″(w_k), and whether steps of that size arrive."""
    found = _judged(study, "η_opt(w₀) = 1/E″ = ", "it")
    share = study.settings.relative
    if share == 1 or found.word is Word.UNTRIED:
        return found
    gain = 1 - (1 - share) ** 2
    return fails(
        f"{num(share)} η_opt gets {percent(gain)} of the fall that the local model offers; "
        f"{found.why}"
    )


def newton(study: NewtonStudy) -> Verdict:
    """Claim 12: w ← w − ηH⁻¹∇E."""
    return _judged(study, "1/λ_max(H(w₀)) = ", "H⁻¹∇E")


def _judged(study: NewtonStudy, name: str, full: str) -> Verdict:
    """What both claims share. name: of η_opt at w₀; full: what Newton takes at each step."""
    curvatures, share = study.model.values[0], study.settings.relative
    if not np.isfinite(curvatures).all():
        return fails("the curvature is not finite at w₀: there is no η_opt.")
    if curvatures[0] <= 0:
        return fails(f"E bends by {num(curvatures[0])} at w₀, not up: there is no η_opt.")
    if not study.first_slope.any():
        return untried("∇E = 0 at w₀ already: move it.")
    run, end = study.newton, study.newton.outcome
    at = f"{name}{num(1 / float(curvatures[-1]))}"
    if end.status is Status.CONVERGED and end.kind is PointKind.MINIMUM:
        step = full if share == 1 else f"{num(share)} of H⁻¹∇E"
        taken = steps(_taken(run.path.w))
        return holds(f"{at}; Newton, with {step} at each step, is at the minimum in {taken}.")
    if end.status is Status.OUT_OF_STEPS and 0 < share < 2:
        return untried(f"Newton is {end}, after {num(study.settings.steps)}; more would tell.")
    length = num(study.first_length)
    why = "The model is local."
    if not 0 < share < 2:
        why = f"At {num(share)} of the step not even a quadratic is descended."
    return fails(f"{at}; a first step of {length}, and Newton’s run: {end}. {why}")


def _taken(w: Array) -> int:
    """Steps until w (K+1, n) stays where it ends, to a millionth of its way there."""
    away = np.abs(w - w[-1]).max(axis=-1)
    return int(np.argmax(away <= 1e-6 * max(float(away.max()), 1e-300)))


SHOWN = ("gd", "newton", "damped")

CLAIMS: tuple[Claim, ...] = (
    Claim(
        6,
        "1/E″, Newton",
        "The best local step is η_opt(w_k) = 1/E″(w_k): Newton's method.",
        "It needs E″ > 0, and the model is local: convergence is not global.",
        TaylorAndNewton(FromGallery("logcosh"), (1.0,), SHOWN),
        local_step,
    ),
    Claim(
        12,
        "Newton, convex",
        "For a generic convex E: w ← w − ηH(w_k)⁻¹∇E.",
        "H must be positive definite; the step goes to the minimum of the local model "
        "(the notes say maximum).",
        TaylorAndNewton(FromGallery("regression"), (0.0, 0.0), SHOWN),
        newton,
    ),
)
