"""Claims 6 and 12: Newton's method on convex functions that are no parabola (SCIENCE B and C)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convcore.curvature import curvatures
from convcore.descent import Outcome, Status, descend
from convcore.labkit.claim import Claim, Verdict, Word, fails, holds, untried
from convcore.labkit.functions import FromGallery
from convcore.labkit.words import num, percent, steps
from convcore.labs import Lab, Result, TaylorAndNewton
from convcore.labs.local_view import LABELS
from convcore.optimizers import Newton

Array = NDArray[np.float64]


def local_step(lab: Lab, result: Result) -> Verdict:
    """Claim 6: η_opt(w_k) is 1/E″(w_k), and what becomes of following it."""
    assert isinstance(lab, TaylorAndNewton)
    found = _judged(lab, result, "η_opt(w₀) = 1/E″ = ", "it")
    if lab.relative == 1 or found.word is Word.UNTRIED:
        return found
    gain = 1 - (1 - lab.relative) ** 2
    return fails(
        f"{num(lab.relative)} η_opt gets {percent(gain)} of the fall that the local model offers; "
        f"{found.why}"
    )


def newton(lab: Lab, result: Result) -> Verdict:
    """Claim 12: w ← w − ηH⁻¹∇E."""
    return _judged(lab, result, "1/λ_max(H(w₀)) = ", "H⁻¹∇E")


def _judged(lab: Lab, result: Result, name: str, full: str) -> Verdict:
    """name: what is told of the curvature at w₀; full: what Newton takes at each step."""
    assert isinstance(lab, TaylorAndNewton)
    objective = lab.ground.objective()
    bend = curvatures(objective, lab.origin)
    if not np.isfinite(bend).all():
        return fails("the curvature is not finite at w₀: there is no η_opt.")
    if bend[0] <= 0:
        return fails(f"E bends by {num(bend[0])} at w₀, not up: there is no η_opt.")
    g, H = objective.gradient(lab.origin), objective.hessian(lab.origin)
    if not g.any():
        return untried("∇E = 0 at w₀ already: move it.")
    w, how = path(lab, result)
    at = f"{name}{num(1 / float(bend[-1]))}"
    if how == MINIMUM:
        step = full if lab.relative == 1 else f"{num(lab.relative)} of H⁻¹∇E"
        return holds(f"{at}; Newton, with {step} at each step, is at the minimum in {_taken(w)}.")
    if how == str(Outcome(Status.OUT_OF_STEPS, 0)) and 0 < lab.relative < 2:
        return untried(f"Newton is {how}, after {num(lab.steps)}; more would tell.")
    length = num(lab.relative * float(np.linalg.norm(np.linalg.solve(H, g))))
    why = "The model is local."
    if not 0 < lab.relative < 2:
        why = f"At {num(lab.relative)} of the step not even a quadratic is descended."
    return fails(f"{at}; a first step of {length}, and Newton’s run: {how}. {why}")


def path(lab: TaylorAndNewton, result: Result) -> tuple[Array, str]:
    """Newton's path (K+1, n), and how it ends."""
    told = {row[0]: row[-1] for row in result.facts[0].rows}
    if how := told.get(LABELS["newton"]):
        record = result.record
        here = record["method"] == "newton"
        columns = [x for name, x in record.items() if name[0] == "w"]
        return np.column_stack([np.asarray(x)[here] for x in columns]), how
    objective = lab.ground.objective()
    run = descend(objective, lab.origin, lab.relative, Newton(), steps=lab.steps)
    return run.w[: int(run.length) + 1], str(run.outcome())


def _taken(w: Array) -> str:
    """The steps until w no longer moves by more than a millionth of its way."""
    away = np.abs(w - w[-1]).max(axis=-1)
    return steps(int(np.argmax(away <= 1e-6 * max(float(away.max()), 1e-300))))


MINIMUM = str(Outcome(Status.CONVERGED, 0, "minimum"))
SHOWN = ("gd", "newton", "damped")

CLAIM_6 = Claim(
    6,
    "1/E″, Newton",
    "The best local step is η_opt(w_k) = 1/E″(w_k): Newton's method.",
    "It needs E″ > 0, and the model is local: convergence is not global.",
    TaylorAndNewton(FromGallery("logcosh"), (1.0,), SHOWN),
    local_step,
)
CLAIM_12 = Claim(
    12,
    "Newton, convex",
    "For a generic convex E: w ← w − ηH(w_k)⁻¹∇E.",
    "H must be positive definite; the step goes to the minimum of the local model "
    "(the notes say maximum).",
    TaylorAndNewton(FromGallery("regression"), (0.0, 0.0), SHOWN),
    newton,
)
