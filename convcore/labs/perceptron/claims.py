"""Claims 18 to 23: perceptron and backprop on the same points (SCIENCE F)."""

from __future__ import annotations

import math

from convcore.labkit.claim import Claim, Verdict, fails, holds, untried
from convcore.labkit.words import num, percent, quoted
from convcore.labs.perceptron.learners_training import NAMES
from convcore.labs.perceptron.phrases import fall, loss_text, traded, whole
from convcore.labs.perceptron.presets import (
    FAR_POINT,
    HARDLY_NOTICED,
    ONE_MINIMUM,
    OVERLAPPING,
    TRADES_ONE_POINT,
    TURNS_POINTS_WRONG,
)
from convcore.labs.perceptron.resamples import Resamples, ResamplesStudy
from convcore.labs.perceptron.study import PerceptronStudy
from convcore.separators.points import Points
from convcore.separators.sigmoid_unit import MOST, always_separates

ARRIVED = 1e-3  # a descent has arrived when its slope is at most this share of the first
LITTLE = 0.02  # share of the domain on which a minimally changed boundary changes its answer


def _why_not(study: PerceptronStudy) -> str:
    """Why the claim cannot be tried on these points; empty if a line separates two classes."""
    if study.training.points.one_class:
        return "all points are of one class."
    return "" if study.training.reference.separable else "no line separates these points."


def _wrong(count: int, points: Points) -> str:
    return f"{count:,} of {len(points):,} points wrong"


def proxy(study: PerceptronStudy) -> Verdict:
    """Claim 18: an epoch with fewer points wrong than the last, at a higher divergence."""
    training = study.training
    if training.trade:
        return holds(traded(training.trade))
    if step := training.first_trade:
        was, became = step.wrong
        return holds(
            f"at epoch {step.after:,} E {fall(*step.E)} while {was:,} wrong become {became:,}."
        )
    E, errors = training.run.loss, training.errors
    return fails(
        f"E goes from {loss_text(E[0])} to {loss_text(E[-1])} and at no epoch do errors rise as it falls: "
        f"{errors[0]:,} wrong become {errors[-1]:,}."
    )


def may_fail(study: PerceptronStudy) -> Verdict:
    """Claim 19: where backprop ends on separable points."""
    if why := _why_not(study):
        return untried(why)
    lab, training = study.settings, study.training
    left = int(training.errors[-1])
    end = _wrong(left, training.points)
    if left == 0:
        return fails(f"it separates, from epoch {training.separates_since:,} on.")
    if training.must_separate:
        return fails(
            f"{end} by epoch {training.last_epoch:,}, but cross-entropy with hard targets "
            "and no bound separates in finite time."
        )
    first, slope = training.slopes
    said = f"E = {loss_text(training.run.loss[-1])}, slope {num(slope, 2)}: {end}"
    if not lab.bound and slope > ARRIVED * first:
        return untried(f"{said}; it is still under way, and more epochs would tell.")
    return holds(f"{said}.")


def not_an_optimum(study: PerceptronStudy) -> Verdict:
    """Claim 20: what the lowest minimum of the divergence has wrong."""
    if why := _why_not(study):
        return untried(why)
    lab, points = study.settings, study.training.points
    if len(points) > MOST:
        return untried(f"the minima of more than {MOST:,} points are not sought.")
    if lab.bound:
        return untried("within a bound on ‖w‖ the minima of E decide nothing: take it away.")
    if lab.epsilon == 0 and lab.decay == 0:
        return fails("hard targets: E has no minimum, its infimum lies along separating weights.")
    found = study.minima
    if not found:
        return untried("no minimum was found.")
    lowest, N = found[0], len(points)
    said = f"the lowest minimum, E = {loss_text(lowest.value)}, "
    if lowest.wrong:
        return holds(f"{said}has {_wrong(len(lowest.wrong), points)}.")
    free = lab.divergence == "l2" and lab.decay == 0 and always_separates(lab.epsilon, N)
    sure = f" (it must: N = {N:,} is below the bound {num((0.5 / lab.epsilon - 1) ** 2)})" * free
    stuck = int(study.training.errors[-1])
    tail = f"; this descent ended elsewhere, with {_wrong(stuck, points)}" if stuck else ""
    return fails(f"{said}separates{sure}{tail}.")


def no_errors(study: PerceptronStudy) -> Verdict:
    """Claim 21: the perceptron's mistakes and Novikoff's bound, or the proof that no line separates."""
    training, points = study.training, study.training.points
    run, proof, bound = (
        training.perceptron_run, training.reference.certificate, training.reference.novikoff
    )  # fmt: skip
    left = int(training.perceptron_errors[-1])
    if not proof.separable:
        never = "so it never stops: " if proof.proved else ""
        return fails(f"no line separates these points, {never}{_wrong(left, points)} at the end.")
    made = f"{run.total:,} mistake{'' if run.total == 1 else 's'}"
    said = f"{made}, at most (R/γ)² = {whole(bound.bound)}"
    if not run.converged:
        return fails(f"not yet: {said}; after {run.epochs:,} epochs {_wrong(left, points)}.")
    return holds(f"it separates after {said}.")


def swings_wildly(study: PerceptronStudy) -> Verdict:
    """Claim 22: the expected disagreement over resamples, for the perceptron and for backprop."""
    if not isinstance(study.settings.second, Resamples):
        return untried("choose “fan over resamples” as the second picture.")
    if not (
        isinstance(study.second, ResamplesStudy)
        and {"perceptron", "backprop"} <= study.second.fans.keys()
    ):
        return untried("choose perceptron and backprop as learners.")
    p, b = (study.second.fans[name].disagreement for name in ("perceptron", "backprop"))
    said = (
        f"two boundaries from two samples differ on {percent(p)} of the domain (perceptron) and "
        f"{percent(b)} (backprop)"
    )
    if not (math.isfinite(p) and math.isfinite(b)):
        return untried("too few boundaries to compare.")
    return holds(f"{said}.") if p > b else fails(f"{said}: the perceptron is the steadier one.")


def minimally_changed(study: PerceptronStudy) -> Verdict:
    """Claim 23: the share of the domain whose label the extra point changes, for backprop."""
    training = study.training
    if not training.extra:
        return untried("place one more point: a click does.")
    share = {name: training.changes[name].disagreement for name in ("perceptron", "backprop")}
    extra = training.points.describe(len(training.base))
    said = (
        f"the extra point {quoted(extra)} changes the answer on "
        f"{percent(share['backprop'])} of the domain (backprop), {percent(share['perceptron'])} "
        f"({NAMES['perceptron']})"
    )
    if not math.isfinite(share["backprop"]):
        return untried("there is no boundary to compare.")
    return holds(f"{said}.") if share["backprop"] <= LITTLE else fails(f"{said}.")


CLAIMS = (
    Claim(
        18,
        "only a proxy",
        "The divergence is only a proxy for classification error.",
        "It can fall while errors rise.",
        TURNS_POINTS_WRONG,
        proxy,
    ),
    Claim(
        19,
        "fails to separate",
        "Minimising it may fail to separate separable points.",
        "True for soft targets and for bounded or regularised fits; not for cross-entropy with hard "
        "targets (the notes do not part them).",
        ONE_MINIMUM,
        may_fail,
    ),
    Claim(
        20,
        "not an optimum",
        "… because the separating solution is not a feasible optimum.",
        "The optimum lies at finite weights and may trade one point for many; for "
        "N < (1/(2ε) − 1)² the lowest minimum of soft L2 does separate.",
        TRADES_ONE_POINT,
        not_an_optimum,
    ),
    Claim(
        21,
        "perceptron separates",
        "The perceptron makes no errors if it can.",
        "On separable points it stops after at most (R/γ)² mistakes; on others it never stops.",
        FAR_POINT,
        no_errors,
    ),
    Claim(
        22,
        "perceptron swings",
        "But it swings wildly with small changes of input.",
        "True of resampled or overlapping data; on well separated points it may be the steadier one.",
        OVERLAPPING,
        swings_wildly,
    ),
    Claim(
        23,
        "backprop hardly moves",
        "Backprop is minimally changed by a new instance.",
        "True for saturating L2; a far, badly fitted point moves soft cross-entropy a lot. "
        f"“Minimally” here: on at most {percent(LITTLE)} of the domain.",
        HARDLY_NOTICED,
        minimally_changed,
    ),
)
