"""The headline of "Rough ground": where the run ends, in which valley, and what theory says of that."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice

import numpy as np

from convcore.descent.descent import Status
from convcore.descent.schedules import Constant
from convcore.descent.theory import PointKind
from convcore.labkit.headline import AGREES, Headline, Said, Tone
from convcore.labkit.words import num, several, steps, unlike
from convcore.labs.rough_ground.study import RoughStudy
from convcore.labs.rough_ground.words import at_point
from convcore.optimizers import GradientDescent, Needs, Optimizer, PerCoordinate, Search
from convcore.sweeps.stationary import StationaryPoint

SUBJECTS = {GradientDescent: "descent", PerCoordinate: "the run"}  # others have their own name
CLOSE = 1e-9  # η this close to a limit is at it
SHOWN = 2  # parts of the line of theory, of which a phone shows few
KINDS = {
    PointKind.SADDLE: "{{}} at {where}: no slope there, yet no minimum.",
    PointKind.MAXIMUM: "{{}} at {where}: no slope there, yet no minimum.",
    PointKind.DEGENERATE_MINIMUM: "{{}} at {where}.",
    PointKind.DEGENERATE_MAXIMUM: "{{}} at {where}.",
    PointKind.DEGENERATE: "{{}} at {where}, of no clear kind.",
}


def headline(study: RoughStudy) -> Headline:
    """What happened, by how the lab's own run ended."""
    says, verdict, tone = _said(study)
    return Headline(says, verdict, tone, " · ".join(islice(_theory(study), SHOWN)))


def _said(study: RoughStudy) -> Said:
    """The sentence with {} for its verdict, the verdict, and how good it is."""
    kind = study.outcome.kind
    if study.never_moves:
        return _stays_put(study)
    if study.outcome.status is not Status.CONVERGED:
        return _not_settled(study)
    if kind is PointKind.MINIMUM:
        return _settled(study)
    kind = kind or PointKind.DEGENERATE
    lands = "settles" if kind is PointKind.DEGENERATE_MINIMUM else "lands"
    tone = Tone.ARRIVES if lands == "settles" else Tone.STRUGGLES
    says = KINDS[kind].format(where=_where(study))
    return f"{_run(study)} {says}", f"{lands} on a {kind.value}", tone


def _stays_put(study: RoughStudy) -> Said:
    kind = study.outcome.kind or PointKind.DEGENERATE
    still = not study.scene.objective.gradient(study.scene.origin).any()
    slope = "the slope is zero" if still else "the slope is almost zero"
    says = f"The run {{}}: it starts at a {kind.value}, **{_where(study)}**, where {slope}."
    return says, "stays put", Tone.NEUTRAL


def _settled(study: RoughStudy) -> Said:
    """The sentence for a minimum: whether the run left its valley for it, and how low it is."""
    home, rest, run = study.home, study.rest, _run(study)
    tone = Tone.ARRIVES if study.finds_lowest else Tone.STRUGGLES
    where, rank = _where(study), _rank(study)
    if home is None or rest is None or not study.scene.plain or len(study.minima) < 2:
        return f"{run} {{}} at {where}, {rank}.", "settles", tone
    left = study.escape.left if study.escape else None
    if rest == home:
        if study.escape and left is None:
            return f"{run} {{}} and settles at {where}, {rank}.", "stays in its valley", tone
        return f"{run} {{}}: {where}, {rank}.", "settles where small steps do", tone
    if left:
        return f"{run} {{}} and settles at {where}, {rank}.", "escapes its valley", tone
    return f"{run} {{}} the minimum that small steps reach, for {where}, {rank}.", "skips", tone


def _rank(study: RoughStudy) -> str:
    """How the minimum where the run rests compares with those in view."""
    home, rest = study.home, study.rest
    if rest not in study.minima:
        return "outside the view"
    if len(study.minima) == 1:
        return "the only minimum in view"
    if study.finds_lowest:
        return "the lowest in view" if len(study.lowest) == 1 else "as low as any"
    higher = home and rest and home.value < rest.value and home.limit < rest.limit
    return "higher but flatter" if higher else "not the lowest"


def _not_settled(study: RoughStudy) -> Said:
    """The sentence for a run that has not converged."""
    run, outcome, where = _run(study), study.outcome, _where(study)
    nowhere = _run(study, ", too large for every minimum in view," * _beyond_all(study))
    trapped = study.escape is not None and study.escape.trapped
    match outcome.status:
        case Status.KINK:
            tone = Tone.ARRIVES if study.finds_minimum else Tone.STRUGGLES
            return (
                f"{run} {{}} of E, {where}, where the slope jumps.",
                "settles at a kink",
                tone,
            )
        case Status.FROZEN:
            return (
                f"{run} {{}} at {where}: its steps are too small to arrive.",
                "freezes",
                Tone.FAILS,
            )
        case Status.STUCK:
            return f"{run} {{}} at {where}: a slope but no curvature.", "gets stuck", Tone.FAILS
        case Status.CYCLING if trapped:
            says = f"{run} {{}}, repeating every {outcome.period} steps."
            return says, "stays trapped in its valley", Tone.FAILS
        case Status.CYCLING:
            return (
                f"{nowhere} {{}} and does not settle.",
                f"repeats every {outcome.period} steps",
                Tone.FAILS,
            )
        case Status.BOUNDED if trapped:
            says = f"{run} {{}} and neither settles nor repeats."
            return says, "stays trapped in its valley", Tone.FAILS
        case Status.BOUNDED:
            return f"{nowhere} {{}}.", "neither settles nor repeats", Tone.FAILS
        case Status.DIVERGED:
            return f"{nowhere} {{}} at step {outcome.step:,}.", "diverges", Tone.FAILS
        case Status.LEFT:
            return f"{run} {{}} at step {outcome.step:,}.", "leaves the domain of E", Tone.FAILS
        case Status.DRIFTING:
            return f"{run} {{}} along a straight slope, to {where}.", "drifts", Tone.FAILS
        case Status.UNDERFLOW:
            says = f"{run} {{}} at {where}: E is too flat for double precision."
            return says, "is stopped by rounding", Tone.FAILS
        case Status.NEAR:
            kind = outcome.kind or PointKind.DEGENERATE
            says = f"{run} {{}} a {kind.value} at {where}, where it need not stay."
            return says, "comes near", Tone.STRUGGLES
        case Status.OUT_OF_STEPS:
            says = f"{run} {{}} after {steps(outcome.step)}, at {where}."
            return says, "is still on its way", Tone.STRUGGLES
        case _:
            return f"{run} {{}} after {steps(outcome.step)}.", "has not settled", Tone.STRUGGLES


def _run(study: RoughStudy, aside: str = "") -> str:
    """The η and who runs with it: At η = 0.8 descent; aside: words between them."""
    scene = study.scene
    kind = type(scene.optimizer)
    limits = [p.limit for p in study.minima] if scene.plain else []
    eta = unlike(scene.eta, *limits)
    fixed = isinstance(scene.schedule, Constant)
    at = f"At **η = {eta}**" if fixed else f"From **η₀ = {eta}**"
    return f"{at}{aside} {SUBJECTS.get(kind, kind.label)}"


def _where(study: RoughStudy) -> str:
    """Where the run ends: w = 2.836, or (3, 2)."""
    rest, outcome = study.rest, study.outcome
    exact = rest and (outcome.status is Status.KINK or rest.kind is outcome.kind)
    return at_point(rest.w if rest and exact else study.run.path.w[-1].tolist())


def _is_newton(optimizer: Optimizer) -> bool:
    """Whether its steps solve with the Hessian as it is, and take no care of where E bends down."""
    return optimizer.needs is Needs.HESSIAN and optimizer.search is Search.NONE


def _beyond_all(study: RoughStudy) -> bool:
    """Whether a constant η of plain descent is beyond the limits of all minima in view."""
    scene, limits = study.scene, [p.limit for p in study.minima]
    fixed = scene.plain and isinstance(scene.schedule, Constant)
    return fixed and bool(limits) and scene.eta > (1 + CLOSE) * max(limits)


def _theory(study: RoughStudy) -> Iterator[str]:
    """Limits of η beside what the run did; how many schedules reach the lowest minimum."""
    scene, home, rest = study.scene, study.home, study.rest
    if study.never_moves:
        yield "Theory: without a slope no step moves, whatever η"
    elif scene.plain and isinstance(scene.schedule, Constant):
        if home:
            yield f"Theory: {_limit(home)}{_at_home(study, home)}"
        if rest and rest != home and rest.kind.is_minimum:
            below = scene.eta < (1 - CLOSE) * rest.limit
            yield f"{'' if home else 'Theory: '}{_limit(rest)}: settled{AGREES * below}"
        elif not home and _beyond_all(study):
            most = max(p.limit for p in study.minima)
            yield f"Theory: every minimum in view needs η below {num(most)}; it settled in none{AGREES}"
    elif scene.plain:
        yield from _by_schedule(study)
    elif _is_newton(scene.optimizer) and (low := study.start_curvature) < 0:
        off = study.outcome.status is Status.CONVERGED and not study.finds_minimum
        yield (
            "Theory: Newton may climb where E bends down; "
            f"smallest curvature at w₀: {num(low)}{AGREES * off}"
        )
    if study.no_minimum:
        yield "E has no minimum in view"
    for what, names in (("methods", scene.method_names()), ("schedules", scene.plan_names())):
        if len(names) > 1 and study.minima:
            there = sum(study.ends[name] in study.lowest for name in names)
            reach = "reaches" if there == 1 else "reach"
            yield f"{there or 'None'} of {len(names)} {what} {reach} the lowest minimum in view"


def _limit(point: StationaryPoint) -> str:
    if point.limit == 0:
        return f"{at_point(point.w)} is a kink, stable at no fixed η"
    return f"{at_point(point.w)} is stable below 2ηₒₚₜ = {num(point.limit)}"


def _at_home(study: RoughStudy, home: StationaryPoint) -> str:
    """What a constant η did at the minimum that small steps lead to."""
    eta, crisis, escape = study.scene.eta, study.crisis, study.escape
    settled = study.rest == home
    if eta < (1 - CLOSE) * home.limit:
        return f": settled{AGREES}" if settled else f": {_elsewhere(study)}"
    if eta <= (1 + CLOSE) * home.limit:
        return ", which η is"
    if settled:
        return ": it settled all the same"
    if crisis is None or escape is None:
        return f": {_elsewhere(study)}{AGREES}"
    most = f", and keeps some starts up to the crisis, {num(crisis)}"
    if escape.left is not None:
        return f"{most}: left at step {escape.left:,}{AGREES * (eta > crisis)}"
    return f"{most}: {'trapped' if escape.trapped else 'not left yet'}{AGREES * (eta < crisis)}"


def _elsewhere(study: RoughStudy) -> str:
    under_way = study.outcome.status is Status.OUT_OF_STEPS
    return "not settled there yet" if under_way else "it did not settle there"


def _by_schedule(study: RoughStudy) -> Iterator[str]:
    """What an η that changes allows: where it falls below a limit, or how far all steps lead."""
    scene, run = study.scene, study.run
    total = scene.schedule.remaining(0) * scene.eta
    if study.outcome.status is Status.FROZEN and math.isfinite(total):
        yield f"Theory: all steps add up to Σηₖ = {num(total)}, so a run can freeze{AGREES}"
        return
    point = study.rest if study.finds_minimum else study.home
    if point is None or point.limit == 0:
        return
    beyond = np.flatnonzero(run.taken >= point.limit)
    first = int(beyond[-1]) + 1 if beyond.size else 0
    if first == len(run.taken):
        ends = f"; ηₖ is never below it in {several(len(run.taken), 'step')}"
    else:
        ends = f"; ηₖ is below it from step {first + 1:,} on{AGREES * (study.rest == point)}"
    yield f"Theory: {_limit(point)}{ends}"
