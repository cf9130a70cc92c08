"""The headline of "A real network": sharpness beside its limit, or how the run ends where that decides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convcore.descent.descent import Status
from convcore.descent.schedules import Constant
from convcore.labkit.headline import AGREES, Headline, Said, Tone
from convcore.labkit.words import count, num, percent, steps
from convcore.labs.network.study import RISE, Edge, RealNetworkStudy
from convcore.labs.network.words import place, seen, share_of_limit

NARROW = (0.95, 1.05)  # shares of the limit: a sharpness that leaves them does not stay at it
# What a run does that ends for another reason than its sharpness.
ENDS = {
    Status.FROZEN: ("freezes on its way", Tone.FAILS),
    Status.STUCK: ("is stuck", Tone.FAILS),
    Status.DRIFTING: ("drifts along a straight slope", Tone.STRUGGLES),
    Status.KINK: ("ends at a kink", Tone.STRUGGLES),
    Status.LEFT: ("leaves the domain of E", Tone.FAILS),
}


@dataclass(frozen=True)
class Catapult:
    """E rises above its start at once too sharp, and comes back below it over flatter ground.

    On a quadratic with a minimum, plain descent with a fixed η cannot: E is a convex sequence. peak: the
    highest E before it is back; low: the lowest after, at the step `at`.
    """

    peak: float
    low: float
    at: int


def headline(study: RealNetworkStudy) -> Headline:
    """What happened: to the sharpness where the method has a limit of it, else to E."""
    says, verdict, tone = (
        _at_rest(study)
        or _diverges(study)
        or _thrown(study)
        or _ends_early(study)
        or (_beside_limit(study) if study.limited else _without_limit(study))
    )
    return Headline(says, verdict, tone, _theory(study))


def catapult(study: RealNetworkStudy) -> Catapult | None:
    """How E came back from a rise that the sharpness at the start made; None if it did not."""
    readings, loss = study.readings, study.run.loss[: study.length + 1]
    if not (_fixed(study) and readings.share[0] > 1):
        return None
    up = np.flatnonzero(loss > loss[0] * (1 + RISE))
    back = np.flatnonzero(loss < loss[0] * (1 - RISE))
    if not up.size or not (back := back[back > up[0]]).size:
        return None
    top = int(up[0] + loss[up[0] : back[0]].argmax())
    at = int(back[0] + loss[back[0] :].argmin())
    after = readings.share[(readings.k > top) & (readings.k <= at)]
    return Catapult(float(loss[top]), float(loss[at]), at) if (after < 1).any() else None


def _fixed(study: RealNetworkStudy) -> bool:
    """Whether a step is −η∇E with one η, which the theory of a quadratic is about."""
    settings = study.settings
    return settings.optimizer.plain and isinstance(settings.schedule, Constant)


def _constant_limit(study: RealNetworkStudy) -> bool:
    return study.limited and isinstance(study.settings.schedule, Constant)


def _at_rest(study: RealNetworkStudy) -> Said | None:
    loss = study.run.loss[: study.length + 1]
    if study.run.gone or np.any(loss != loss[0]):
        return None
    return (
        f"E {{}} from **{num(loss[0])}** in {steps(study.length)}.",
        "does not move",
        Tone.NEUTRAL,
    )


def _diverges(study: RealNetworkStudy) -> Said | None:
    """The sentence of a run that blew up; what came before, if no quadratic does that."""
    if study.outcome.status is not Status.DIVERGED:
        return None
    readings, step = study.readings, count(study.outcome.step)
    verdict, tone = "diverges", Tone.FAILS
    goes = f"{{}} at step {step}."
    if not study.limited:
        return f"E grows without bound: training {{}} at step **{step}**.", verdict, tone
    if (thrown := catapult(study)) is not None:
        down = f"E rises, falls to **{num(thrown.low, 3)}** over flatter ground"
        return f"Too sharp at first, {down}, then {goes}", verdict, tone
    limit = study.settings.optimizer.limit_words
    above = np.flatnonzero(readings.share > 1)
    if not above.size:
        least = percent(float(readings.share.max()))
        below = f"Every reading of sharpness is below its limit {limit}, at most **{least}**"
        return f"{below}, yet training {goes}", verdict, tone
    first = int(above[0])
    where = "starts at" if first == 0 else f"at step {count(study.step_of(first))} is"
    times = f"**{num(float(readings.share[first]), 3)}** times its limit {limit}"
    return f"Sharpness {where} {times}: training {goes}", verdict, tone


def _thrown(study: RealNetworkStudy) -> Said | None:
    """The sentence of a run that a sharp start threw to a flatter place, where it stays."""
    thrown = catapult(study)
    if thrown is None or study.edge is not Edge.BELOW:
        return None
    return (
        f"Too sharp at first, E rises to **{num(thrown.peak, 3)}**; then the weights {{}} and E falls to "
        f"{num(thrown.low, 3)}.",
        "reach a flatter place",
        Tone.STRUGGLES,
    )


def _ends_early(study: RealNetworkStudy) -> Said | None:
    """The sentence of a run that stopped for another reason than the sharpness."""
    ended = ENDS.get(study.outcome.status)
    if ended is None:
        return None
    last = study.run.loss[study.length]
    return f"Training {{}}: E = **{num(last, 3)}** after {steps(study.length)}.", *ended


def _beside_limit(study: RealNetworkStudy) -> Said:
    """The sentence on the sharpness beside its limit, of a run that did not diverge."""
    readings, edge = study.readings, study.edge
    limit = study.settings.optimizer.limit_words
    last, late = share_of_limit(readings.share[-1]), share_of_limit(readings.late)
    k = readings.crossing
    if k is None:
        most = percent(float(readings.share.max()))
        falls = Tone.NEUTRAL if study.rises else Tone.ARRIVES
        return (
            f"Every reading of sharpness is {{}} {limit}, at most **{most}** of it; E {_course(study)}.",
            "below its limit",
            falls,
        )
    if edge is Edge.JUST_REACHED:
        return (
            f"Sharpness {{}} {limit} only by step {count(k)} of {count(study.length)}: **{last}** of it at "
            "the end.",
            "reaches its limit",
            Tone.STRUGGLES,
        )
    if edge is Edge.LEFT_AGAIN:
        return (
            f"Sharpness reaches its limit {limit} by step {count(k)} and {{}}, to **{last}** of it.",
            "leaves it again",
            Tone.NEUTRAL,
        )
    if edge is Edge.STAYS:
        return _stays(study, limit, late)
    starts = "starts above" if readings.share[0] > 1 else "reaches"
    if edge is Edge.BELOW:
        return (
            f"Sharpness {starts} its limit {limit}; over the later half it is {{}}, **{late}** of it on "
            "average.",
            "below it",
            Tone.NEUTRAL,
        )
    return (
        f"Sharpness {starts} its limit {limit}; over the later half it is {{}}, **{late}** of it on "
        "average.",
        "above it",
        Tone.STRUGGLES,
    )


def _stays(study: RealNetworkStudy, limit: str, late: str) -> Said:
    """The sentence at the edge of stability."""
    readings, later = study.readings, study.readings.later
    still = NARROW[0] <= later.min() and later.max() <= NARROW[1]
    does = "stays there" if still else "hovers about it"
    edge = "the edge of stability"
    if not _constant_limit(study):
        return (
            f"Sharpness meets its limit {limit} and {{}}, **{late}** of it on average: {edge}.",
            does,
            Tone.STRUGGLES,
        )
    at = f"its limit {limit} = **{num(float(readings.limit[0]))}**"
    if readings.crossing:
        return f"Sharpness rises to {at} and {{}}: {edge}.", does, Tone.STRUGGLES
    starts = num(float(readings.share[0]), 3)
    return (
        f"Sharpness starts at {starts} times {at} and {{}}: {edge}.",
        "settles there" if still else does,
        Tone.STRUGGLES,
    )


def _without_limit(study: RealNetworkStudy) -> Said:
    """The sentence on E, where the method has no fixed limit of sharpness."""
    outcome, loss, ran = study.outcome, study.run.loss, steps(study.length)
    first, last = num(loss[0], 3), f"**{num(loss[study.length], 3)}**"
    if study.fits_exactly:
        return f"E {{}} in {ran}, but for rounding.", "reaches 0", Tone.ARRIVES
    if outcome.status is Status.CONVERGED and outcome.kind is not None:
        kind = outcome.kind
        tone = Tone.ARRIVES if kind.is_minimum else Tone.STRUGGLES
        return f"Training {{}}, E = {last}, in {ran}.", f"converges to a {kind.value}", tone
    if outcome.status is Status.CYCLING:
        return (
            f"Training {{}}; E = {last} after {ran}.",
            f"repeats every {steps(outcome.period)}",
            Tone.FAILS,
        )
    if outcome.status is Status.BOUNDED:
        return f"Training {{}}; E = {last} after {ran}.", "neither settles nor repeats", Tone.FAILS
    if study.rises:
        return (
            f"E goes from {first} to {last} in {ran} and {{}}, {seen(study)}.",
            f"rises at {count(study.rises)}",
            Tone.STRUGGLES,
        )
    return f"E {{}}, from {first} to {last} in {ran}.", _course(study), Tone.ARRIVES


def _course(study: RealNetworkStudy) -> str:
    """Whether E falls at each step."""
    if study.rises:
        return f"rises at {steps(study.rises)}"
    return "falls at every step" if study.always_falls else "never rises"


def limits(study: RealNetworkStudy) -> str:
    """The limit of sharpness as formula and number; first and last if the schedule changes it."""
    limit = study.readings.limit
    first, last = num(limit[0]), num(limit[-1])
    at = first if isinstance(study.settings.schedule, Constant) else f"{first} … {last}"
    return f"{study.settings.optimizer.limit_words} = {at}"


def _theory(study: RealNetworkStudy) -> str:
    """What theory says of a quadratic as sharp as this E, and what the run did."""
    went = _went(study)
    if not study.limited:
        return f"{study.settings.optimizer.label} has no fixed limit of λₘₐₓ · {went}".strip()
    bound, readings = limits(study), study.readings
    rose = f"E rose at {count(study.rises)} of {steps(study.length)}"
    rose += f", {seen(study)}" * (study.rises > 0)
    if not _fixed(study):
        return f"Theory: stable while λₘₐₓ < {bound}; {rose} · {went}"
    if study.stable_throughout:
        agrees = AGREES * (study.rises == 0)
        return f"Theory: a quadratic never rises while λₘₐₓ < {bound}; {rose}{agrees} · {went}"
    if catapult(study) is not None:
        return (
            f"Theory: with λₘₐₓ > {bound} the E of a quadratic never comes back below its start; this did "
            f"· {went}"
        )
    theory = f"Theory: a quadratic with λₘₐₓ > {bound} diverges"
    if study.outcome.status is Status.DIVERGED:
        change = np.diff(study.run.loss[: study.length + 1])
        grows = change[int((change > 0).argmax()) :]  # from its first rise on
        as_foreseen = bool(readings.share[0] > 1 and np.all(grows > 0))
        return f"{theory}; so did this{AGREES}" if as_foreseen else f"{theory} · {went}"
    return f"{theory}; here {rose} · {went}"


def _went(study: RealNetworkStudy) -> str:
    """How sharpness went, to its last reading."""
    readings = study.readings
    first, last = num(readings.sharpness[0], 3), num(readings.sharpness[-1], 3)
    where = "" if place(study, -1) == "the end" else f" at {place(study, -1)}"
    return f"λₘₐₓ {first} → {last}{where}"
