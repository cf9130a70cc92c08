"""Claims 18 to 23: perceptron and backprop on the same points (SCIENCE F)."""

from __future__ import annotations

import math

from convcore.labkit.claim import Claim, Verdict, because, fails, holds, untried
from convcore.labkit.words import num, percent, quoted, several
from convcore.labs.perceptron import prediction
from convcore.labs.perceptron.backprop_end import ARRIVED, End
from convcore.labs.perceptron.learners_training import NAMES, LearnersTraining
from convcore.labs.perceptron.phrases import fall, loss_text, traded, whole
from convcore.labs.perceptron.prediction import LITTLE
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
from convcore.labs.perceptron.weight_landscape import WeightLandscapeStudy
from convcore.separators.points import Points
from convcore.separators.sigmoid_unit import MOST, always_separates

ALLOWED = 1e-9  # share of Novikoff's bound that is rounding


def _why_not(study: PerceptronStudy) -> str:
    """Why the claim cannot be tried on these points; empty if a line separates two classes."""
    proof, points = study.training.reference.certificate, study.training.points
    if points.one_class:
        return "all points are of one class."
    if proof.separable:
        return ""
    if not proof.proved:
        return "double precision cannot show whether a line separates these points."
    return "no line separates these points."


def _wrong(count: int, points: Points) -> str:
    return f"{count:,} of {several(len(points), 'point')} wrong"


# What a run that ends so does not show, and what would.
MORE = {
    End.THROWN: "η throws the unit onto a plateau; a smaller η would tell",
    End.PLATEAU: "it starts on a plateau and hardly moves; another start would tell",
    End.RUNS_OFF: "it is on a plateau; another start would tell",
    End.SADDLE: "it rests where E is no minimum; another start would tell",
    End.CYCLING: "it cycles; a smaller η would tell",
    End.FLUNG: "η is too large to settle; a smaller one would tell",
    End.DIVERGED: "it diverges; a smaller η would tell",
    End.FROZEN: "its steps die out; steps that do not would tell",
    End.STILL: "its steps are lost in rounding; a larger η would tell",
    End.UNDER_WAY: "it is still under way; more epochs would tell",
}


def proxy(study: PerceptronStudy) -> Verdict:
    """Claim 18: an epoch with more points wrong than the last, at a lower divergence."""
    training = study.training
    if training.trade:
        return holds(traded(training.trade))
    if step := training.first_trade:
        was, became = step.wrong
        return holds(
            f"at epoch {step.after:,} E {fall(*step.E)} while {was:,} wrong become {became:,}."
        )
    E, errors = training.run.loss, training.errors
    if not errors.any():
        return untried("no point is wrong at any epoch; another start would tell.")
    said = f"at no epoch do errors rise as E falls: {errors[0]:,} wrong become {errors[-1]:,}"
    if not (training.end in ARRIVED or training.stays_separated):
        return untried(f"{said}, but {MORE.get(training.end, MORE[End.UNDER_WAY])}.")
    if training.lineless:
        return untried("it ends at w = 0, where there is no line to have points wrong.")
    if not training.sides_decided:
        return untried(f"{said}, which the rest of the way could change.")
    if errors[-1] == errors[0]:
        return untried(f"{errors[0]:,} wrong stay {errors[-1]:,}; another start would tell.")
    return fails(f"E goes from {loss_text(E[0])} to {loss_text(E[-1])}, and {said}.")


def may_fail(study: PerceptronStudy) -> Verdict:
    """Claim 19: where backprop ends on separable points."""
    if why := _why_not(study):
        return untried(why)
    training = study.training
    left, end = int(training.errors[-1]), training.end
    if left == 0:
        since = f"it separates, from epoch {training.separates_since:,} on"
        if training.stays_separated:
            return fails(f"{since}.")
        return untried(f"{since}, but {MORE.get(end, MORE[End.UNDER_WAY])}.")
    wrong, rest = _wrong(left, training.points), MORE.get(end, "")
    said = f"E = {loss_text(training.run.loss[-1])}, slope {num(training.slopes[1], 2)}: {wrong}"
    if training.must_separate:
        more = "cross-entropy with hard targets separates in the end, and more epochs would tell"
        return untried(f"{wrong} by epoch {training.epochs:,}, but {more}.")
    if end is End.FROZEN and training.out_of_reach:
        return because(f"its steps die out: {said}. Steps that do not die out would go on.")
    if end is End.THROWN:
        return because(f"η = {num(training.backprop.eta)} throws it onto a plateau: {said}.")
    if end is End.PLATEAU:
        return because(f"it starts on a plateau, where the slope vanishes: {said}.")
    if end is End.RUNS_OFF:
        return holds(f"its weights grow along a direction that does not separate: {said}.")
    if end not in ARRIVED:
        return untried(f"{said}; {rest}.")
    if not training.wrong_for_good:
        return untried(f"{said}, by no more than the rest of the way could change.")
    return holds(f"{said}{', on the bound' * (end is End.ON_BOUND)}.")


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
    if not isinstance(study.second, WeightLandscapeStudy):
        return untried("choose “loss over two weights” as the second picture: it seeks the minima.")
    found, N = study.second.found, len(points)
    sure = ""
    if lab.divergence == "l2" and lab.decay == 0 and always_separates(lab.epsilon, N):
        sure = f"N = {N:,} is below (1/(2ε) − 1)² = {num((0.5 / lab.epsilon - 1) ** 2)}"
    if sure and not (found and found[0].separates):
        return fails(f"{sure}, so the lowest minimum separates; the search did not find it.")
    if not found:
        return untried("no minimum was found.")
    lowest = found[0]
    said = f"the lowest minimum found, E = {loss_text(lowest.value)}, "
    if lowest.wrong:
        return holds(f"{said}has {_wrong(len(lowest.wrong), points)}.")
    stuck = int(study.training.errors[-1])
    tail = f"; this descent ended elsewhere, with {_wrong(stuck, points)}" if stuck else ""
    return fails(f"{said}separates{f' (it must: {sure})' if sure else ''}{tail}.")


def no_errors(study: PerceptronStudy) -> Verdict:
    """Claim 21: the perceptron's mistakes and Novikoff's bound; inseparable points are not its premise."""
    training, points = study.training, study.training.points
    run, proof, bound = (
        training.perceptron_run, training.reference.certificate, training.reference.novikoff
    )  # fmt: skip
    left = int(training.perceptron_errors[-1])  # with none left it makes no mistake any more
    if not proof.separable:
        if not proof.proved:
            return untried(_why_not(study))
        never = "so it never stops"
        return untried(f"no line separates these points, {never}: {_wrong(left, points)}.")
    made = several(run.total, "mistake")
    if math.isinf(bound.bound):
        if left:
            return untried(f"{made} so far; the margin is lost in rounding, and so is the bound.")
        return holds(f"it separates after {made}; the margin is lost in rounding.")
    most = f"at most (R/γ)² = {whole(bound.bound)}"
    if run.total > bound.bound * (1 + ALLOWED):
        return fails(f"it has made {made}, {most} by the theorem.")
    if left:
        end = f"{_wrong(left, points)} after {several(run.epochs, 'epoch')}"
        return untried(f"{end} and {made}, {most} in the end; more epochs would tell.")
    return holds(f"it separates after {made}, {most}.")


def _untrained(training: LearnersTraining) -> str:
    """Why backprop's line says nothing of what it converges to; empty if it does."""
    if training.trained:
        return ""
    return f"backprop is not trained to the end: {MORE.get(training.end, MORE[End.UNDER_WAY])}."


def swings_wildly(study: PerceptronStudy) -> Verdict:
    """Claim 22: the expected disagreement over resamples, for the perceptron and for backprop."""
    if not isinstance(study.settings.second, Resamples):
        return untried("choose “fan over resamples” as the second picture.")
    if not (
        isinstance(study.second, ResamplesStudy)
        and {"perceptron", "backprop"} <= study.second.fans.keys()
    ):
        return untried("choose perceptron and backprop as learners.")
    if why := _untrained(study.training):
        return untried(why)
    p, b = (study.second.fans[name].disagreement for name in ("perceptron", "backprop"))
    if not (math.isfinite(p) and math.isfinite(b)):
        return untried("too few boundaries to compare.")
    error = study.second.gap_error("perceptron", "backprop")
    said = (
        f"two boundaries from two samples differ on {percent(p)} of the domain (perceptron) and "
        f"{percent(b)} (backprop)"
    )
    gap = f"the difference, {percent(p - b)}"
    if study.second.all_drawn:
        if p == b:
            return untried(f"{said}: over all samples that there are, both swing alike.")
        gap, error = f"{gap}, is over all samples that there are", 0.0
    elif not abs(p - b) > error:
        more = "more resamples would tell"
        return untried(f"{said}: {gap} ± {percent(error)}, is within its error bar; {more}.")
    else:
        gap = f"{gap} ± {percent(error)}, is beyond its error bar"
    if p > b:
        return holds(f"{said}: {gap}.")
    return fails(f"{said}: the perceptron is the steadier one; {gap}.")


def minimally_changed(study: PerceptronStudy) -> Verdict:
    """Claim 23: the share of the domain whose label the extra point changes, for backprop."""
    training = study.training
    if not training.extra:
        return untried("place one more point: a click does.")
    swing = {name: training.changes[name] for name in ("perceptron", "backprop")}
    share = {name: line.disagreement for name, line in swing.items()}
    if not math.isfinite(share["backprop"]):
        return untried("there is no boundary to compare.")
    if why := _untrained(training):
        return untried(why)
    if training.unfinished:
        more = MORE.get(training.unfinished, MORE[End.UNDER_WAY])
        return untried(f"without the extra point backprop is not trained to the end: {more}.")
    extra = training.points.describe(len(training.base))
    said = (
        f"the extra point {quoted(extra)} changes the answer on "
        f"{percent(share['backprop'])} of the domain (backprop), {percent(share['perceptron'])} "
        f"({NAMES['perceptron']})"
    )
    if swing["backprop"].flips:
        said += "; backprop's line flips, so that its + side is the other one"
    return holds(f"{said}.") if share["backprop"] <= LITTLE else fails(f"{said}.")


CLAIMS = (
    Claim(
        18,
        "only a proxy",
        "The divergence is only a proxy for classification error.",
        "It can fall while errors rise.",
        TURNS_POINTS_WRONG,
        proxy,
        prediction.PROXY,
    ),
    Claim(
        19,
        "fails to separate",
        "Minimising it may fail to separate separable points.",
        "True for soft targets and for bounded or regularised fits; not for cross-entropy with hard "
        "targets (the notes do not part them).",
        ONE_MINIMUM,
        may_fail,
        prediction.SEPARATES,
    ),
    Claim(
        20,
        "not an optimum",
        "… because the separating solution is not a feasible optimum.",
        "The optimum lies at finite weights and may trade one point for many; for "
        "N < (1/(2ε) − 1)² the lowest minimum of soft L2 does separate.",
        TRADES_ONE_POINT,
        not_an_optimum,
        prediction.OPTIMUM,
    ),
    Claim(
        21,
        "perceptron separates",
        "The perceptron makes no errors if it can.",
        "On separable points it stops after at most (R/γ)² mistakes; on others it never stops.",
        FAR_POINT,
        no_errors,
        prediction.PERCEPTRON,
    ),
    Claim(
        22,
        "perceptron swings",
        "But it swings wildly with small changes of input.",
        "True of resampled or overlapping data; on well separated points it may be the steadier one.",
        OVERLAPPING,
        swings_wildly,
        prediction.SWINGING,
    ),
    Claim(
        23,
        "backprop hardly moves",
        "Backprop is minimally changed by a new instance.",
        "True for saturating L2; a far, badly fitted point moves soft cross-entropy a lot. "
        f"“Minimally” here: on at most {percent(LITTLE)} of the domain.",
        HARDLY_NOTICED,
        minimally_changed,
        prediction.NEW_INSTANCE,
    ),
)
