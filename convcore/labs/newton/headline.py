"""The headline of "Taylor and Newton": where a method ended, and the local model beside its first step."""

from __future__ import annotations

import math

import numpy as np

from convcore.arrays import Array
from convcore.descent.outcomes import Status
from convcore.descent.theory import PointKind
from convcore.labkit.headline import AGREES, WORDS, Headline, Said, Tone
from convcore.labkit.words import count, num, steps
from convcore.labs.newton.local_model import last_move
from convcore.labs.newton.newton_map import Threshold
from convcore.labs.newton.runs import Gait, MethodRun
from convcore.labs.newton.settings import KINDS, LABELS
from convcore.labs.newton.study import NewtonStudy

LETTERS = 105  # of a headline that has one line on a laptop, three on a phone
SAME_CHANGE = 1e-3  # relative difference within which predicted and measured changes of E agree

# Where a run that converged has come to: the verdict, what is said of it, and how good that is.
ENDS = {
    PointKind.MINIMUM: ("reaches a minimum", "", Tone.ARRIVES),
    PointKind.MAXIMUM: (
        "ends at a maximum",
        ": the slope is zero there, but E is highest nearby",
        Tone.STRUGGLES,
    ),
    PointKind.SADDLE: (
        "ends at a saddle",
        ": from there E still falls in one direction",
        Tone.STRUGGLES,
    ),
    PointKind.DEGENERATE_MINIMUM: (
        "reaches a degenerate minimum",
        ": curvature there is zero or infinite",
        Tone.ARRIVES,
    ),
    PointKind.DEGENERATE_MAXIMUM: (
        "ends at a degenerate maximum",
        ": curvature there is zero or infinite",
        Tone.STRUGGLES,
    ),
    PointKind.DEGENERATE: (
        "ends at a degenerate point",
        ": some curvature there is zero or infinite",
        Tone.STRUGGLES,
    ),
}


WHO = {"coordinate": "descent per coordinate"}  # labels that cannot be the subject of a sentence


def subject(study: NewtonStudy) -> str:
    """The method that the headline is about: the local model's if it is drawn, else Newton or the first."""
    settings, shown = study.settings, study.shown
    if settings.model in shown or not shown:
        return settings.model
    return "newton" if "newton" in shown else next(iter(shown))


def headline(study: NewtonStudy) -> Headline:
    """How the run ended, from its outcome; and what gradient descent did beside it, if there is room."""
    name = subject(study)
    says, verdict, tone = _ended(study, name)
    for beside in _beside(study, name):
        longer = Headline(f"{says[:-1]}{beside}.", verdict, tone)
        if len(longer.plain.split()) <= WORDS and len(longer.plain) <= LETTERS:
            says = longer.says
            break
    return Headline(says, verdict, tone, _theory(study, name))


def _ended(study: NewtonStudy, name: str) -> Said:
    """The sentence, its verdict and how good that is."""
    run, it = study.runs[name], WHO.get(name, LABELS[name])
    who = it[0].upper() + it[1:]
    status, last = run.outcome.status, int(run.path.length)
    moves = last_move(run.path)
    if status is Status.KINK:
        at = _point(run.path.w[-1])
        return (
            f"{who} {{}} of E at **{at}**: the slope changes sign at once.",
            "settles at a kink",
            Tone.STRUGGLES,
        )
    if not moves and not study.first_slope.any():
        at = _point(study.settings.origin, "w₀")
        return f"At **{at}** the slope is zero: {it} {{}}.", "stays put", Tone.NEUTRAL
    if status is Status.CONVERGED:
        return _converged(study, name, who)
    after = f"after **{steps(last)}**"
    if study.no_minimum and (said := _nowhere_to_go(run, it, last)):
        return said
    match status:
        case Status.DIVERGED:
            why = _too_long(study, name)
            from_where = "" if why else f"From **{_point(study.settings.origin, 'w₀')}** "
            says = f"{from_where}{it if from_where else who} {{}} at step"
            return f"{says} **{count(run.outcome.step)}**{why}.", "diverges", Tone.FAILS
        case Status.LEFT:
            return (
                f"{who} {{}} where E is defined, at step **{count(run.outcome.step)}**.",
                "leaves the region",
                Tone.FAILS,
            )
        case Status.STUCK:
            return (
                f"{who} {{}} {_halt(run)}: a slope is left, but the computed curvature is zero.",
                "is stuck",
                Tone.FAILS,
            )
        case Status.FROZEN:
            return f"{who} {{}} {_halt(run)}: its steps no longer change w.", "freezes", Tone.FAILS
        case Status.CYCLING:
            return (
                f"{who} {{}} through **{run.outcome.period} points** and comes no closer.",
                "cycles",
                Tone.FAILS,
            )
        case Status.BOUNDED:
            return f"{who} {{}}: {after} it neither settles nor repeats.", "wanders", Tone.FAILS
        case Status.DRIFTING:
            return f"{who} {{}} along a straight slope, still {after}.", "drifts", Tone.FAILS
        case Status.UNDERFLOW:
            at = _point(run.path.w[-1])
            return (
                f"{who} {{}} at **{at}**, where E is too flat for double precision.",
                "is stopped by rounding",
                Tone.FAILS,
            )
        case Status.NEAR:
            at = _point(run.path.w[-1])
            return (
                f"{who} {{}} at **{at}**, {after}, and need not stay.",
                "comes near",
                Tone.STRUGGLES,
            )
    return f"{who} {{}}: after {_left(run, last)}.", _moves(run), Tone.STRUGGLES


def _nowhere_to_go(run: MethodRun, it: str, last: int) -> Said | None:
    """The sentence of a run that goes on and on, as E has no minimum in view."""
    none = "E has no minimum in view"
    match run.outcome.status:
        case Status.OUT_OF_STEPS:
            after = count(last) if run.progress.left < 1 else f"**{steps(last)}**"
            left = _slope_left(run, mark="**")
            return f"{none}: {it} {{}}, {left} after {after}.", "moves on", Tone.FAILS
        case Status.DRIFTING:
            says = f"{none}: {it} {{}} along a straight slope, still after **{steps(last)}**."
            return says, "drifts", Tone.FAILS
        case Status.DIVERGED:
            return (
                f"{none}: {it} {{}} at step **{count(run.outcome.step)}**.",
                "diverges",
                Tone.FAILS,
            )
        case Status.STUCK:
            return (
                f"{none}: {it} {{}} {_halt(run)}, as the computed curvature is zero.",
                "is stuck",
                Tone.FAILS,
            )
    return None


def _halt(run: MethodRun) -> str:
    """Where a run no longer moves."""
    moves = last_move(run.path)
    return f"after **{steps(moves)}**" if moves else "at **the start**"


def _slope_left(run: MethodRun, digits: int = 3, mark: str = "") -> str:
    """The share of the slope that is left; mark: around its number."""
    left = run.progress.left
    if left >= 1:
        return "the slope no smaller"
    return f"{mark}{_small_percent(left, digits)}{mark} of the slope left"


def _moves(run: MethodRun) -> str:
    """How a run moves; of several weights only some change side of the minimum."""
    several = run.path.w.shape[-1] > 1
    return "zigzags" if several and run.gait is Gait.OSCILLATES else run.gait.value


def _left(run: MethodRun, last: int) -> str:
    """The share of the slope that is left after the last step."""
    left = run.progress.left
    if left >= 1:
        return f"**{steps(last)}** the slope is no smaller than at the start"
    return f"{steps(last)} **{_small_percent(left)}** of the slope is left"


def _converged(study: NewtonStudy, name: str, who: str) -> Said:
    run = study.runs[name]
    assert run.outcome.kind is not None  # as it converged
    verdict, more, tone = ENDS[run.outcome.kind]
    taken = run.progress.taken
    if math.isinf(taken) or taken == 0:
        at = f"at **{_point(run.path.w[-1])}**"
        return f"{who} {{}} {at}{more}.", verdict, tone
    return f"{who} {{}} in **{steps(taken)}**{more}.", verdict, tone


def _beside(study: NewtonStudy, name: str) -> tuple[str, ...]:
    """What gradient descent did meanwhile, if it is drawn beside another method; the longest first."""
    run = study.shown.get("gd")
    if run is None or name == "gd":
        return ()
    outcome, taken = run.outcome, run.progress.taken
    counted = 0 < taken < math.inf
    match outcome.status:
        case Status.CONVERGED if outcome.kind is not None:
            verdict, _, _ = ENDS[outcome.kind]
            alike = _reaches_minimum(study.runs[name])
            if outcome.kind is not PointKind.MINIMUM or not counted:
                return (f"; gradient descent {verdict}",)
            if not alike:
                return (
                    f"; gradient descent {verdict} in {count(taken)}",
                    f"; gradient descent {verdict}",
                )
            if run.gait is Gait.OSCILLATES:
                return (
                    f"; gradient descent {_moves(run)} and takes {count(taken)}",
                    f", gradient descent in {count(taken)}",
                )
            return (f", gradient descent in {count(taken)}",)
        case Status.OUT_OF_STEPS:
            does, left = f"; gradient descent {_moves(run)}", _slope_left(run, digits=2)
            return (f"{does}, {left} after {count(study.settings.steps)}", f"{does}, {left}", does)
        case Status.CYCLING:
            return (f"; gradient descent cycles through {outcome.period} points",)
        case Status.DIVERGED:
            comma = "," if _reaches_minimum(study.runs[name]) else ";"
            return (f"{comma} gradient descent diverges",)
        case Status.DRIFTING:
            return ("; gradient descent drifts along a straight slope", "; gradient descent drifts")
        case Status.BOUNDED:
            return ("; gradient descent wanders",)
        case Status.LEFT:
            return ("; gradient descent leaves the region where E is defined",)
    return ()


def _reaches_minimum(run: MethodRun) -> bool:
    """Whether the sentence of a run counts its steps to a minimum."""
    found = run.outcome.status is Status.CONVERGED and run.outcome.kind is PointKind.MINIMUM
    return found and 0 < run.progress.taken < math.inf


def _too_long(study: NewtonStudy, name: str) -> str:
    """Why a run diverged, where the size of its step shows it."""
    settings, best = study.settings, float(study.model.best[0])
    if KINDS[name].plain and settings.eta > 2 * best:
        return f": η is {num(settings.eta / best, 3)} ηₒₚₜ at the start"
    if name == "newton" and settings.relative > 2:
        return f": {num(settings.relative)} Newton steps at once are too far"
    return ""


def _small_percent(share: float, digits: int = 3) -> str:
    """A share below 1 that rounding does not make 100 %."""
    told = num(100 * share, digits)
    return f"{told} %" if told != "100" else "almost 100 %"


def _point(w: Array, name: str = "w") -> str:
    at = ", ".join(num(x) for x in w)
    return f"{name} = {at}" if len(w) == 1 else f"{name} = ({at})"


def _theory(study: NewtonStudy, name: str) -> str:
    """Newton's threshold where it is known, else the local model's word on the first step; ηₒₚₜ."""
    pair = study.curve.threshold if study.curve else None
    run = study.runs[name]
    if pair and name == "newton" and _concerned(study, run, pair):
        first = _beside_threshold(study, run, pair)
    else:
        first = _first_step(study, run)
    best, bends = float(study.model.best[0]), study.model.values[0]
    symbol = "1/E″" if study.curve else "1/λₘₐₓ"
    if not math.isnan(best):
        second = f"ηₒₚₜ = {symbol} = {num(best)} at w₀"
    elif np.isfinite(bends).all() and bends[0] <= 0:
        every = "" if study.curve else " in every direction"
        second = f"no ηₒₚₜ at w₀, where E does not bend up{every}"
    else:
        second = ""
    ended = study.runs[name].outcome.status is Status.CONVERGED
    third = "E has no minimum in view" if study.no_minimum and ended else ""
    return " · ".join(part for part in (first, second, third) if part)


def _concerned(study: NewtonStudy, run: MethodRun, pair: Threshold) -> bool:
    """Whether Newton's threshold says something of this run: the start is inside, or Newton was lost."""
    inside = pair.low < float(study.settings.origin[0]) < pair.high
    lost = run.outcome.status is not Status.CONVERGED
    return study.settings.relative == 1 and (inside or lost)


def _beside_threshold(study: NewtonStudy, run: MethodRun, pair: Threshold) -> str:
    """The starts from which Newton's map comes to its limit, and where this one is and went."""
    start, limit = float(study.settings.origin[0]), round(pair.limit, 9) + 0.0
    theory = f"Theory: Newton comes to {num(limit)} from between {num(pair.low, 5)} and {num(pair.high, 5)}"
    if not pair.low < start < pair.high:
        return f"{theory}; w₀ = {num(start)} is outside"
    after = steps(int(run.path.length))
    arrived = run.outcome.status is Status.CONVERGED and abs(run.path.w[-1, 0] - limit) < 1e-4
    came = f"it did{AGREES}" if arrived else f"it came to {num(run.path.w[-1, 0])} in {after}"
    return f"{theory}; from w₀ = {num(start)} {came}"


def _first_step(study: NewtonStudy, run: MethodRun) -> str:
    """How much the first step changed E, by the local model at the start and in truth."""
    change = changes(study, run)
    if change is None:
        return ""
    predicted, measured = change
    agree = abs(predicted - measured) <= SAME_CHANGE * max(abs(predicted), abs(measured))
    return (
        f"Theory: by the local model step 1 changes E by {num(predicted)}; "
        f"measured {num(measured)}{AGREES * agree}"
    )


def changes(study: NewtonStudy, run: MethodRun) -> tuple[float, float] | None:
    """The change of E in a run's first step, predicted and measured; None if it moves nowhere known."""
    path, model = run.path, study.model
    if len(path.w) < 2 or not np.isfinite(model.H[0]).all():
        return None
    d = path.w[1] - path.w[0]
    with np.errstate(over="ignore", invalid="ignore"):
        predicted = float(model.g[0] @ d + 0.5 * d @ model.H[0] @ d)
        measured = float(path.loss[1] - path.loss[0])
    if not d.any() or not (math.isfinite(predicted) and math.isfinite(measured)):
        return None
    return predicted, measured
