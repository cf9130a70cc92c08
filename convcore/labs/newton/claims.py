"""Claims 6 and 12: Newton's method on convex functions that are not quadratic (SCIENCE B and C)."""

from __future__ import annotations

import numpy as np

from convcore.arrays import Array
from convcore.descent.descent import Status
from convcore.descent.theory import SAME, PointKind
from convcore.labkit.claim import Claim, Verdict, fails, holds, untried
from convcore.labkit.functions import FromGallery
from convcore.labkit.words import num, steps, unlike
from convcore.labs.newton import prediction
from convcore.labs.newton.lab import TaylorAndNewton
from convcore.labs.newton.runs import MethodRun
from convcore.labs.newton.study import ROUNDING, NewtonStudy


def local_step(study: NewtonStudy) -> Verdict:
    """Claim 6: ηₒₚₜ(wₖ) = 1/E″(wₖ), and whether steps of that size arrive."""
    share = study.settings.relative
    if abs(share - 1) > SAME:
        return untried(
            f"the share of the Newton step is {unlike(share, 1.0)}: choose the whole step, 1."
        )
    return _judged(study, "ηₒₚₜ(w₀) = 1/E″ = ", "it")


def newton(study: NewtonStudy) -> Verdict:
    """Claim 12: w ← w − ηH⁻¹∇E."""
    share = study.settings.relative
    if not 0 < share < 2 * (1 - SAME):
        return untried(
            f"at {num(share)} of the Newton step not even a quadratic is descended: choose less than 2."
        )
    return _judged(study, "1/λₘₐₓ(H(w₀)) = ", "H⁻¹∇E")


def _judged(study: NewtonStudy, name: str, full: str) -> Verdict:
    """What both claims share. name: of ηₒₚₜ at w₀; full: what Newton takes at each step."""
    run, curvatures, share = study.newton, study.model.values[0], study.settings.relative
    if run is None:
        return untried("Newton is not among the methods: choose it.")
    if not np.isfinite(curvatures).all():
        return untried("the curvature is not finite at w₀: there is no ηₒₚₜ. Move w₀.")
    if curvatures[0] <= 0:
        return untried(f"E bends by {num(curvatures[0])} at w₀, not up: there is no ηₒₚₜ. Move w₀.")
    if study.least_curvature < 0:
        least = num(study.least_curvature)
        return untried(f"E is not convex, it bends by {least} in view: choose a convex function.")
    if not study.first_slope.any():
        return untried("∇E = 0 at w₀ already: move it.")
    end, done = run.outcome, steps(len(run.path.loss) - 1)
    at = f"{name}{num(1 / float(curvatures[-1]))}"
    if end.status is Status.CONVERGED:
        step = full if share == 1 else f"{num(share)} of H⁻¹∇E"
        taken = steps(_taken(run.path.w))
        # On a flat floor, or at a curvature without end, the Hessian does not show it; but E is convex.
        kind = end.kind or PointKind.MINIMUM
        where = "the minimum" if kind is PointKind.MINIMUM else f"a {kind.value}"
        also = "" if kind.is_minimum else ", a minimum as E is convex"
        return holds(f"{at}; Newton, with {step} at each step, is at {where} in {taken}{also}.")
    if end.status in (Status.OUT_OF_STEPS, Status.FROZEN):
        return untried(f"Newton is still under way after {done}: more steps would tell.")
    if not _climbs(run) and end.status in DOWNHILL:
        return untried(
            f"E fell until the end, and Newton’s run: {end}. Choose another w₀ or function."
        )
    length = num(study.first_length)
    return fails(f"{at}; a first step of {length}, and Newton’s run: {end}. The model is local.")


def _climbs(run: MethodRun) -> bool:
    """Whether E rises at one of the steps that Newton takes from where H is positive definite."""
    if run.outcome.step > len(run.path.loss) - 1:  # to where E is not finite
        return True
    definite = np.all(run.values > 0, axis=-1)  # False where it is not finite
    last = len(definite) if definite.all() else int(np.argmin(definite))
    loss = run.path.loss[: last + 1]
    return bool(np.any(np.diff(loss) > ROUNDING * np.abs(loss[:-1])))


def _taken(w: Array) -> int:
    """Steps until w (K+1, n) stays where it ends, to a millionth of its way there."""
    away = np.abs(w - w[-1]).max(axis=-1)
    return int(np.argmax(away <= 1e-6 * max(float(away.max()), 1e-300)))


# Ways to end that contradict nothing if E fell until then: it may have no minimum, or no curvature there.
DOWNHILL = (Status.DIVERGED, Status.DRIFTING, Status.STUCK, Status.BOUNDED, Status.KINK)

SHOWN = ("gd", "newton", "damped")

CLAIMS: tuple[Claim, ...] = (
    Claim(
        6,
        "1/E″, Newton",
        "The best local step is ηₒₚₜ(wₖ) = 1/E″(wₖ): Newton's method.",
        "It needs E″ > 0, and the model is local: convergence is not global.",
        TaylorAndNewton(FromGallery("logcosh"), (1.0,), SHOWN),
        local_step,
        prediction.LOCAL_STEP,
    ),
    Claim(
        12,
        "Newton, convex",
        "For a generic convex E: w ← w − ηH(wₖ)⁻¹∇E.",
        "H must be positive definite; the step goes to the minimum of the local model "
        "(the notes say maximum).",
        TaylorAndNewton(FromGallery("regression"), (0.0, 0.0), SHOWN),
        newton,
        prediction.NEWTON,
    ),
)
