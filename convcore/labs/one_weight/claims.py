"""Claims 1 to 5: plain descent on a parabola (SCIENCE A)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convcore.descent.theory import Regime
from convcore.labkit.claim import Claim, Verdict, fails, holds, untried
from convcore.labkit.words import num, percent, steps
from convcore.labs.one_weight.lab import OneWeight
from convcore.labs.one_weight.study import CLOSE, Errors, OneWeightStudy

Judge = Callable[[OneWeightStudy, Errors], Verdict]


def _of_errors(judge: Judge) -> Callable[[OneWeightStudy], Verdict]:
    """A verdict that needs a minimum, and a start elsewhere."""

    def judged(study: OneWeightStudy) -> Verdict:
        a = study.settings.a
        if a <= 0:
            what = "a maximum and η_opt means nothing" if a < 0 else "no curvature and no η_opt"
            return fails(f"a = {num(a)}: there is {what}.")
        errors = study.errors
        return judge(study, errors) if errors else untried("w₀ is the minimum already: move it.")

    return judged


def taylor(study: OneWeightStudy) -> Verdict:
    """Claim 1, by the step from w₀: E one step on, beside the series with and without its ½."""
    settings = study.settings
    w, E = study.run.w[:, 0], study.run.loss
    if len(w) < 2 or w[1] == w[0]:
        return untried("The first step does not move: there is nothing to foresee.")
    d = w[1] - w[0]
    half = E[0] + (settings.a * w[0] + settings.b) * d + 0.5 * settings.a * d * d
    scale = max(abs(E[0]), abs(E[1]), abs(half), settings.a**2)
    bare = half + 0.5 * settings.a * d * d
    # So many digits that the two series differ, where they do.
    digits = next((n for n in range(4, 13) if num(half, n) != num(bare, n)), 4)
    text = f"one step on, E = {num(E[1], digits)}; with the ½ the series gives {num(half, digits)}"
    if abs(half - E[1]) > 1e-6 * scale:
        return fails(f"{text}.")
    if settings.a == 0:
        return holds(f"{text}, and without it the same, as a = 0.")
    return holds(f"{text}, without it {num(bare, digits)}.")


def one_step(study: OneWeightStudy, errors: Errors) -> Verdict:
    """Claim 2: whether the first step lands on the minimum."""
    share = _share(study)
    if abs(errors.first_factor) <= CLOSE:
        return holds(f"{share}: the first step multiplies the error by {num(0.0)}.")
    left = percent(abs(errors.first_factor))
    return fails(
        f"{share}: one step leaves {left} of the error (factor {num(errors.first_factor)})."
    )


def monotone(study: OneWeightStudy, errors: Errors) -> Verdict:
    """Claim 3: whether all factors lie between 0 and 1."""
    share = _share(study)
    if not (errors.factors.min() > 0 and errors.factors.max() < 1):
        landed = abs(errors.first_factor) <= CLOSE
        return fails(f"{share}, {'one step is all' if landed else _factors(errors)}.")
    if study.stalls:
        return fails(
            f"monotone, but η decays too fast: {percent(errors.share_left)} of the error stays."
        )
    return holds(f"{share}, {_factors(errors)}: {_left(errors)}.")


def oscillates(study: OneWeightStudy, errors: Errors) -> Verdict:
    """Claim 4: whether all factors lie between −1 and 0; E falls at each step where |factor| < 1."""
    share = f"{_share(study)}, {_factors(errors)}"
    if not (errors.factors.min() > -1 and errors.factors.max() < 0):
        return fails(f"{share}{'' if errors.first_factor else ': it lands'}.")
    if study.stalls:
        return fails(f"it changes side, but η decays too fast: {percent(errors.share_left)} stays.")
    return holds(f"{share}: w changes side, E falls at each step; {_left(errors)}.")


def diverges(study: OneWeightStudy, errors: Errors) -> Verdict:
    """Claim 5: whether all factors are below −1; 2η_opt itself is a regime of its own."""
    share = _share(study)
    if errors.factors.max() < -1 - 1e-9:
        return holds(f"{share}, {_factors(errors)}: {_left(errors)}.")
    if np.abs(errors.factors + 1).max() <= 1e-9:
        return fails(f"{share} exactly, factor −1: it jumps between two points for ever.")
    return fails(f"{share}, {_factors(errors)}: {_left(errors)}.")


def _share(study: OneWeightStudy) -> str:
    """η beside η_opt: "η = 1.4 η_opt"."""
    if study.regime is Regime.ONE_STEP:
        return "η = η_opt"
    if study.regime is Regime.JUMPS:
        return "η = 2η_opt"
    return f"η = {num(study.settings.eta * study.settings.a)} η_opt"


def _factors(errors: Errors) -> str:
    low, high = num(float(errors.factors.min())), num(float(errors.factors.max()))
    return f"factor {low}" if low == high else f"factors from {low} to {high}"


def _left(errors: Errors) -> str:
    taken = steps(len(errors.error) - 1)
    if errors.share_left > 1:
        return f"the error has grown {num(errors.share_left)}-fold in {taken}"
    return f"{percent(errors.share_left)} of the error is left after {taken}"


CLAIMS = (
    Claim(
        1,
        "Taylor's ½",
        "Taylor: near w_k, E(w) ≈ E + E′·(w − w_k) + ½E″·(w − w_k)².",
        "The notes drop the ½; without it the “optimal” step is half as long and leaves half the error.",
        OneWeight(eta=0.2),
        taylor,
    ),
    Claim(2, "one step", "η = η_opt lands on the minimum in one step.", "", OneWeight(eta=0.5),
          _of_errors(one_step)),
    Claim(3, "monotone", "η < η_opt converges monotonically.", "", OneWeight(eta=0.2),
          _of_errors(monotone)),
    Claim(4, "oscillates", "η_opt < η < 2η_opt oscillates and converges.", "", OneWeight(eta=0.7),
          _of_errors(oscillates)),
    Claim(
        5,
        "diverges",
        "η > 2η_opt diverges.",
        "The notes are silent on η = 2η_opt: there w jumps between two points for ever.",
        OneWeight(eta=1.1),
        _of_errors(diverges),
    ),
)  # fmt: skip
