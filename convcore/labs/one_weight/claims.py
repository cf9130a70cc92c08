"""Claims 1 to 5: plain descent on a parabola (SCIENCE A)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from convcore.arrays import Array
from convcore.descent.schedules import OpenLoop
from convcore.descent.theory import SAME
from convcore.labkit.claim import Claim, Verdict, fails, holds, untried
from convcore.labkit.words import num, percent, steps, unlike
from convcore.labs.one_weight import prediction
from convcore.labs.one_weight.lab import OneWeight
from convcore.labs.one_weight.study import CLOSE, Errors, OneWeightStudy

ARRIVED = 1e-6  # share of the error at which a run has converged, whatever η does from there on

Judge = Callable[[OneWeightStudy, Errors], Verdict]


def _of_errors(judge: Judge) -> Callable[[OneWeightStudy], Verdict]:
    """A verdict that needs a minimum, and a start elsewhere."""

    def judged(study: OneWeightStudy) -> Verdict:
        settings, errors = study.settings, study.errors
        if settings.a <= 0:
            what = "E has a maximum" if settings.a < 0 else "E is a line"
            return untried(f"a = {num(settings.a)}: {what}, and there is no ηₒₚₜ. Choose a > 0.")
        if errors is None or settings.starts_at_rest:
            return untried("w₀ is the minimum already: move it.")
        return judge(study, errors)

    return judged


def taylor(study: OneWeightStudy) -> Verdict:
    """Claim 1, by the step from w₀: E one step on, beside the series with and without its ½."""
    step = study.first_step
    if step is None:
        return untried("the first step moves nothing: choose another w₀ or η.")
    a, E, half, bare = study.settings.a, step.E, step.half, step.bare
    if a and abs(step.quadratic) <= 100 * step.rounding:
        return untried("rounding of E hides its quadratic term: choose a longer step.")
    # So many digits that the two series differ, where they do.
    digits = next((n for n in range(4, 13) if num(half, n) != num(bare, n)), 4)
    text = f"one step on, E = {num(E, digits)}; with the ½ the series gives {num(half, digits)}"
    if abs(half - E) > 1e-6 * abs(step.quadratic) + step.rounding:
        return fails(f"{text}.")
    if a == 0:
        return holds(f"{text}, and without it the same, as a = 0.")
    return holds(f"{text}, without it {num(bare, digits)}.")


def one_step(study: OneWeightStudy, errors: Errors) -> Verdict:
    """Claim 2: whether a first step of ηₒₚₜ lands on the minimum."""
    share, factor = _share(errors.shares[:1]), errors.first_factor
    if not _is(errors.shares[:1], 1):
        if abs(study.settings.eta * study.settings.a - 1) <= SAME:
            return untried(f"the first step has {share}: choose the constant schedule.")
        return untried(f"{share}: choose η = ηₒₚₜ = {num(1 / study.settings.a)}.")
    if abs(factor) <= CLOSE:
        return holds(f"{share}: the first step multiplies the error by {num(0.0)}.")
    return fails(f"{share}: one step leaves {percent(abs(factor))} of the error.")


def monotone(study: OneWeightStudy, errors: Errors) -> Verdict:
    """Claim 3: ηₖ below ηₒₚₜ at every step; all factors between 0 and 1, and the error vanishes."""
    if not _all_between(errors.shares, 0, 1):
        best = num(1 / study.settings.a)
        return _missed(study, errors, (0, 1), f"between 0 and ηₒₚₜ = {best}")
    said = f"{_share(errors.shares)}, {_factors(errors)}"
    if errors.factors.min() <= 0:
        return fails(f"{said}.")
    if study.stalls:
        return fails(
            f"monotone, but η decays too fast: {percent(errors.share_left)} of the error stays."
        )
    if errors.factors.max() >= 1:
        return untried(f"{said}: w does not move in double precision. Choose a larger η.")
    if not (_arrives(study, errors) or _reaches_far(study)):
        return untried(f"{said}: {_left(errors)}, and η decays. More steps would tell.")
    return holds(f"{said}: {_left(errors)}.")


def oscillates(study: OneWeightStudy, errors: Errors) -> Verdict:
    """Claim 4: ηₖ between ηₒₚₜ and 2ηₒₚₜ at every step; all factors between −1 and 0.

    E falls at each step where |factor| < 1.
    """
    best = 1 / study.settings.a
    where = f"between ηₒₚₜ = {num(best)} and 2ηₒₚₜ = {num(2 * best)}"
    if not _all_between(errors.shares, 1, 2) or not _arrives(study, errors):
        return _missed(study, errors, (1, 2), where)
    said = f"{_share(errors.shares)}, {_factors(errors)}"
    if errors.factors.min() <= -1 or errors.factors.max() >= 0:
        return fails(f"{said}.")
    return holds(f"{said}: w changes side, E falls at each step; {_left(errors)}.")


def diverges(study: OneWeightStudy, errors: Errors) -> Verdict:
    """Claim 5: ηₖ beyond 2ηₒₚₜ at every step; all factors below −1.

    2ηₒₚₜ itself is a regime of its own, of which the claim says nothing.
    """
    best = 1 / study.settings.a
    if not _all_between(errors.shares, 2, math.inf) or not _lasting(study):
        jumps = ", where w jumps between two points for ever" * _is(errors.shares, 2)
        return _missed(study, errors, (2, math.inf), f"above 2ηₒₚₜ = {num(2 * best)}", jumps)
    said = f"{_share(errors.shares)}, {_factors(errors)}: {_left(errors)}"
    return holds(f"{said}.") if errors.factors.max() < -1 else fails(f"{said}.")


def _all_between(shares: Array, low: float, high: float) -> bool:
    """Whether all shares (k,) lie between two marks, and at neither up to rounding."""
    return bool(np.all((shares > low * (1 + SAME)) & (shares < high * (1 - SAME))))


def _is(shares: Array, mark: float) -> bool:
    """Whether all shares (k,) are this one, up to rounding."""
    return bool(np.abs(shares - mark).max() <= mark * SAME)


def _missed(
    study: OneWeightStudy, errors: Errors, marks: tuple[float, float], where: str, more: str = ""
) -> Verdict:
    """That not every ηₖ lies where the claim speaks of, and what would try it. marks: in ηₒₚₜ."""
    share = np.array([study.settings.eta * study.settings.a])
    if _all_between(share, *marks):
        return untried(
            f"{_share(errors.shares)}: choose the constant schedule, so that η stays {where}."
        )
    return untried(f"{_share(errors.shares)}{more}: choose an η {where}.")


def _lasting(study: OneWeightStudy) -> bool:
    """Whether η stays as it is for ever."""
    schedule, far = study.settings.schedule, np.array([0.0, 1.0, 1e9])
    return isinstance(schedule, OpenLoop) and bool(np.all(schedule.factor(far) == 1))


def _reaches_far(study: OneWeightStudy) -> bool:
    """Whether the steps that are left add up to any length, Σ ηₖ = ∞."""
    schedule = study.settings.schedule
    known = isinstance(schedule, OpenLoop)
    return known and math.isinf(schedule.remaining(study.settings.steps))


def _arrives(study: OneWeightStudy, errors: Errors) -> bool:
    """Whether the error is gone, or goes on as it did, since η lasts."""
    return errors.share_left <= ARRIVED or _lasting(study)


def _share(shares: Array) -> str:
    """ηₖ in units of ηₒₚₜ: "η = 1.4 ηₒₚₜ", or "η from 0.2 to 1.4 ηₒₚₜ"."""
    low, high = float(shares.min()), float(shares.max())
    return (
        f"η = {_units(high)}"
        if high - low <= SAME * max(abs(low), abs(high))
        else f"η from {num(low)} to {_units(high)}"
    )


def _units(share: float) -> str:
    if share == 0:
        return "0"
    mark = next((mark for mark in (1, 2) if abs(share - mark) <= mark * SAME), None)
    return f"{unlike(share, 1, 2)} ηₒₚₜ" if mark is None else {1: "ηₒₚₜ", 2: "2ηₒₚₜ"}[mark]


def _factors(errors: Errors) -> str:
    low, high = (unlike(float(f), 1, -1) for f in (errors.factors.min(), errors.factors.max()))
    return f"factor {low}" if low == high else f"factors from {low} to {high}"


def _left(errors: Errors) -> str:
    taken = steps(len(errors.error) - 1)
    if errors.share_left > 1:
        return f"the error has grown {unlike(errors.share_left, 1)}-fold in {taken}"
    return f"{percent(errors.share_left)} of the error is left after {taken}"


CLAIMS = (
    Claim(
        1,
        "Taylor's ½",
        "Taylor: near wₖ, E(w) ≈ E + E′·(w − wₖ) + ½E″·(w − wₖ)².",
        "The notes drop the ½; without it the “optimal” step is half as long and leaves half the error.",
        OneWeight(eta=0.2, look=0, also="bare"),
        taylor,
        prediction.SERIES,
    ),
    Claim(2, "one step", "η = ηₒₚₜ lands on the minimum in one step.", "", OneWeight(eta=0.5),
          _of_errors(one_step), prediction.FIRST_STEP),
    Claim(3, "monotone", "η < ηₒₚₜ converges monotonically.", "", OneWeight(eta=0.2),
          _of_errors(monotone)),
    Claim(4, "oscillates", "ηₒₚₜ < η < 2ηₒₚₜ oscillates and converges.", "", OneWeight(eta=0.7),
          _of_errors(oscillates)),
    Claim(
        5,
        "diverges",
        "η > 2ηₒₚₜ diverges.",
        "The notes are silent on η = 2ηₒₚₜ: there w jumps between two points for ever.",
        OneWeight(eta=1.1),
        _of_errors(diverges),
    ),
)  # fmt: skip
