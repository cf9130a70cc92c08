"""Claims 18 to 23: perceptron and backprop on the same points (SCIENCE F)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convcore.charts.picture import Columns
from convcore.classifiers import Learner
from convcore.labkit.claim import Claim, Verdict, fails, holds, untried
from convcore.labkit.words import num, percent, quoted
from convcore.labs import Lab, PerceptronAndBackprop, Result
from convcore.labs.perceptron.learners_training import NAMES, fitted, reference, taught
from convcore.labs.perceptron.points import known
from convcore.labs.perceptron.presets import PRESETS
from convcore.labs.perceptron.resamples import KEPT, Resamples, Scene
from convcore.labs.perceptron.weight_landscape_view import WeightLandscape
from convcore.labs.perceptron.words import fall, height, traded, whole
from convcore.pointsets import Points
from convcore.sigmoid_unit import MOST, Minimum, SigmoidUnit, always_separates, minima
from convcore.swing import Fan, disagreement, domain

Array = NDArray[np.float64]

STILL = 1e-3  # of the slope at the start: what is left of it when a descent has arrived
LITTLE = 0.02  # of the domain: a boundary that changes its answer on less is minimally changed


def _unit(lab: PerceptronAndBackprop) -> SigmoidUnit:
    return lab.backprop().unit(lab.points.x, lab.points.labels)


def _scene(lab: PerceptronAndBackprop) -> Scene:
    return Scene(lab.data, lab.extra, lab.backprop(), lab.perceptron(), lab.learners)


def _end(record: Columns, learner: str) -> Array:
    """A learner's last weights, from the run's record."""
    names = [name for name in record if name.startswith(f"{learner} ")]
    return np.array([float(record[n][-1]) for n in names if not n.endswith("wrong")])


def _separable(points: Points) -> str:
    """Why the claim cannot be tried on these points; empty if a line separates two classes."""
    if points.one_class:
        return "all points are of one class."
    return "" if reference(points).separable else "no line separates these points."


def _wrong(count: int, points: Points) -> str:
    return f"{count:,} of {len(points):,} points wrong"


def proxy(lab: Lab, result: Result) -> Verdict:
    """Claim 18: an epoch with fewer points wrong than the last, at a higher divergence."""
    assert isinstance(lab, PerceptronAndBackprop)
    record = result.record
    E = np.asarray(record["E"], dtype=float)
    errors = np.asarray(record["backprop wrong"], dtype=int)
    if said := traded(E, errors, _end(record, "backprop")):
        return holds(said)
    rises = np.flatnonzero((np.diff(errors) > 0) & (np.diff(E) < 0))
    if rises.size:
        at = int(rises[0])
        return holds(
            f"at epoch {at + 1:,} E {fall(E[at], E[at + 1])} while {errors[at]:,} "
            f"wrong become {errors[at + 1]:,}."
        )
    return fails(
        f"E goes from {height(E[0])} to {height(E[-1])} and at no epoch do errors rise as it falls: "
        f"{errors[0]:,} wrong become {errors[-1]:,}."
    )


def may_fail(lab: Lab, result: Result) -> Verdict:
    """Claim 19: where backprop ends on separable points."""
    assert isinstance(lab, PerceptronAndBackprop)
    if why := _separable(lab.points):
        return untried(why)
    record = result.record
    errors = np.asarray(record["backprop wrong"], dtype=int)
    end = _wrong(int(errors[-1]), lab.points)
    if errors[-1] == 0:
        since = int(np.max(np.flatnonzero(errors), initial=-1)) + 1
        return fails(f"it separates, from epoch {since:,} on.")
    if lab.divergence == "entropy" and lab.epsilon == 0 and not (lab.decay or lab.bound):
        return fails(
            f"{end} by epoch {len(errors) - 1:,}, but cross-entropy with hard targets "
            "and no bound separates in finite time."
        )
    slope, first = _slopes(lab, result)
    said = f"E = {height(float(record['E'][-1]))}, slope {num(slope, 2)}: {end}"
    if not lab.bound and slope > STILL * first:
        return untried(f"{said}; it is still under way, and more epochs would tell.")
    return holds(f"{said}.")


def _slopes(lab: PerceptronAndBackprop, result: Result) -> tuple[float, float]:
    """‖∇E‖ where backprop ended, and where it began."""
    record = result.record
    names = [n for n in record if n.startswith("backprop ") and not n.endswith("wrong")]
    ends = [[float(record[n][k]) for n in names] for k in (-1, 0)]
    last, first = np.linalg.norm(_unit(lab).gradient(np.array(ends)), axis=-1)
    return float(last), float(first)


def _minima(lab: PerceptronAndBackprop) -> tuple[Minimum, ...]:
    """The minima that the lab's own landscape shows, and keeps."""
    return KEPT.held(WeightLandscape().key(_scene(lab)), lambda: minima(_unit(lab)))


def not_an_optimum(lab: Lab, result: Result) -> Verdict:
    """Claim 20: what the lowest minimum of the divergence has wrong."""
    assert isinstance(lab, PerceptronAndBackprop)
    if why := _separable(lab.points):
        return untried(why)
    if len(lab.points) > MOST:
        return untried(f"the minima of more than {MOST:,} points are not sought.")
    if lab.bound:
        return untried("within a bound on ‖w‖ the minima of E decide nothing: take it away.")
    if lab.epsilon == 0 and lab.decay == 0:
        return fails("hard targets: E has no minimum, its infimum lies along separating weights.")
    found = _minima(lab)
    if not found:
        return untried("no minimum was found.")
    lowest, N = found[0], len(lab.points)
    said = f"the lowest minimum, E = {height(lowest.value)}, "
    if lowest.wrong:
        return holds(f"{said}has {_wrong(len(lowest.wrong), lab.points)}.")
    free = lab.divergence == "l2" and lab.decay == 0 and always_separates(lab.epsilon, N)
    sure = f" (it must: N = {N:,} is below the bound {num((0.5 / lab.epsilon - 1) ** 2)})" * free
    stuck = int(np.asarray(result.record["backprop wrong"])[-1])
    tail = f"; this descent ended elsewhere, with {_wrong(stuck, lab.points)}" if stuck else ""
    return fails(f"{said}separates{sure}{tail}.")


def no_errors(lab: Lab, result: Result) -> Verdict:
    """Claim 21: the perceptron's mistakes beside Novikoff's bound, or the proof that no line separates."""
    assert isinstance(lab, PerceptronAndBackprop)
    points = lab.points
    run, wrong = taught(lab.perceptron(), points)
    proof, bound = reference(points).certificate, reference(points).novikoff
    left = int(wrong[-1])
    if not proof.separable:
        never = "so it never stops: " if proof.proved else ""
        return fails(f"no line separates these points, {never}{_wrong(left, points)} at the end.")
    made = f"{run.total:,} mistake{'' if run.total == 1 else 's'}"
    said = f"{made}, at most (R/γ)² = {whole(bound.bound)}"
    if not run.converged:
        return fails(f"not yet: {said}; after {run.epochs:,} epochs {_wrong(left, points)}.")
    return holds(f"it separates after {said}.")


def swings_wildly(lab: Lab, result: Result) -> Verdict:
    """Claim 22: the expected disagreement over resamples, the perceptron's beside backprop's."""
    assert isinstance(lab, PerceptronAndBackprop)
    if not isinstance(lab.second, Resamples):
        return untried("choose “fan over resamples” as the second picture.")
    if not {"perceptron", "backprop"} <= set(lab.learners):
        return untried("choose perceptron and backprop as learners.")
    key = lab.second.key(_scene(lab))
    if key not in KEPT:
        lab.run()
    fans: dict[str, Fan] = KEPT.held(key, dict)
    if not fans:
        return untried("the samples are gone from memory: change a control.")
    p, b = fans["perceptron"].disagreement, fans["backprop"].disagreement
    said = (
        f"two boundaries from two samples differ on {percent(p)} of the domain (perceptron) and "
        f"{percent(b)} (backprop)"
    )
    if not np.isfinite([p, b]).all():
        return untried("too few boundaries to compare.")
    return holds(f"{said}.") if p > b else fails(f"{said}: the perceptron is the steadier one.")


def minimally_changed(lab: Lab, result: Result) -> Verdict:
    """Claim 23: the share of the domain whose label the extra point changes, for backprop."""
    assert isinstance(lab, PerceptronAndBackprop)
    base, points = known(lab.data), lab.points
    if len(points) == len(base):
        return untried("place one more point: a click does.")
    box, share, record = domain(base), {}, result.record
    learners: dict[str, Learner] = {"perceptron": lab.perceptron(), "backprop": lab.backprop()}
    for name, learner in learners.items():
        before, after = fitted(learner, base), _end(record, name)
        share[name] = float(disagreement(before, after, box))
    said = (
        f"the extra point {quoted(points.describe(len(base)))} changes the answer on "
        f"{percent(share['backprop'])} of the domain (backprop), {percent(share['perceptron'])} "
        f"({NAMES['perceptron']})"
    )
    if not np.isfinite(share["backprop"]):
        return untried("there is no boundary to compare.")
    return holds(f"{said}.") if share["backprop"] <= LITTLE else fails(f"{said}.")


def preset(number: int, words: str) -> PerceptronAndBackprop:
    """The lab's own preset for a claim."""
    return next(lab for claims, said, lab in PRESETS if number in claims and words in said)


CLAIMS = (
    Claim(
        18,
        "only a proxy",
        "The divergence is only a proxy for classification error.",
        "It can fall while errors rise.",
        preset(18, "turns wrong"),
        proxy,
    ),
    Claim(
        19,
        "fails to separate",
        "Minimising it may fail to separate separable points.",
        "True for soft targets and for bounded or regularised fits; not for cross-entropy with hard "
        "targets (the notes do not part them).",
        preset(19, "one minimum"),
        may_fail,
    ),
    Claim(
        20,
        "not an optimum",
        "… because the separating solution is not a feasible optimum.",
        "The optimum lies at finite weights and may trade one point for many; for "
        "N < (1/(2ε) − 1)² the lowest minimum of soft L2 does separate.",
        preset(20, "trades one"),
        not_an_optimum,
    ),
    Claim(
        21,
        "perceptron separates",
        "The perceptron makes no errors if it can.",
        "On separable points it stops after at most (R/γ)² mistakes; on others it never stops.",
        preset(21, "whatever t"),
        no_errors,
    ),
    Claim(
        22,
        "perceptron swings",
        "But it swings wildly with small changes of input.",
        "True of resampled or overlapping data; on well separated points it may be the steadier one.",
        preset(22, "Overlapping"),
        swings_wildly,
    ),
    Claim(
        23,
        "backprop hardly moves",
        "Backprop is minimally changed by a new instance.",
        "True for saturating L2; a far, badly fitted point moves soft cross-entropy a lot. "
        f"“Minimally” here: on at most {percent(LITTLE)} of the domain.",
        preset(23, "hardly notices"),
        minimally_changed,
    ),
)
