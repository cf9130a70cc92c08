"""The headline of "Perceptron and backprop": who separates, or what an extra point moves; and theory."""

from __future__ import annotations

import math

from convcore.labkit.headline import AGREES, Headline, Said, Tone
from convcore.labkit.words import num, several, unlike
from convcore.labs.perceptron.backprop_end import End
from convcore.labs.perceptron.learners_training import NAMES, LearnersTraining
from convcore.labs.perceptron.phrases import loss_text, share_text, whole
from convcore.labs.perceptron.resamples import ResamplesStudy
from convcore.labs.perceptron.study import PerceptronStudy
from convcore.labs.perceptron.weight_landscape import WeightLandscapeStudy
from convcore.separators.learners import margin

# How backprop ends that has points wrong: its verdict, and how good that is.
ENDS = {
    End.SETTLED: ("settles", Tone.STRUGGLES),
    End.ON_BOUND: ("settles on the bound", Tone.STRUGGLES),
    End.SADDLE: ("rests at no minimum", Tone.STRUGGLES),
    End.THROWN: ("is thrown onto a plateau", Tone.FAILS),
    End.PLATEAU: ("stays on a plateau", Tone.FAILS),
    End.RUNS_OFF: ("runs off", Tone.FAILS),
    End.CYCLING: ("cycles", Tone.FAILS),
    End.FLUNG: ("is thrown about", Tone.FAILS),
    End.DIVERGED: ("diverges", Tone.FAILS),
    End.FROZEN: ("freezes", Tone.FAILS),
    End.STILL: ("stands still", Tone.STRUGGLES),
    End.UNDER_WAY: ("is still on its way", Tone.STRUGGLES),
}  # fmt: skip
THE = {"perceptron": "the perceptron"}
# Ends after which a line without wrong points may not last.
RESTLESS = (End.CYCLING, End.FLUNG, End.DIVERGED)


def headline(study: PerceptronStudy) -> Headline:
    """What an extra point moves, if there is one that moves a line; else who separates."""
    training = study.training
    says, verdict, tone = _moved(training) or _separated(training)
    return Headline(says, verdict, tone, _theory(study))


def _moved(training: LearnersTraining) -> Said | None:
    """What the extra point did to the learners' lines: the most and the least moved."""
    moved = {
        THE.get(name, NAMES[name]): s.disagreement
        for name, s in training.swings.items()
        if math.isfinite(s.disagreement)
    }
    if not moved:
        return None
    most, least = max(moved, key=moved.__getitem__), min(moved, key=moved.__getitem__)
    share = {name: f"**{share_text(x)}**" for name, x in moved.items()}
    if not moved[most]:
        return (
            "The extra point {}: **0 %** of the answers change.",
            "moves no line",
            Tone.NEUTRAL,
        )
    if most == least:
        says = f"The extra point {{}}: {share[most]} of its answers change."
        return says, f"moves {most}'s line", Tone.NEUTRAL
    if moved[most] == moved[least]:
        says = f"The extra point {{}}: {share[most]} of each one's answers change."
        return says, "moves all lines alike", Tone.NEUTRAL
    says = f"The extra point {{}}: it changes {share[most]} of its answers, {share[least]} of {least}'s."
    return says, f"moves {most} most", Tone.NEUTRAL


def _separated(training: LearnersTraining) -> Said:
    """Who separates the points, and who has some wrong."""
    if training.points.one_class:
        says = f"All **{len(training.points):,}** points are of one class: {{}} separates them."
        return says, "any constant answer", Tone.NEUTRAL
    both = ("perceptron" in training.ends, "backprop" in training.ends)
    if both == (True, True):
        return _both(training)
    if both == (True, False):
        return _perceptron_alone(training)
    if both == (False, True):
        return _backprop_alone(training)
    return _no_learner(training)


def _both(training: LearnersTraining) -> Said:
    p, b = int(training.perceptron_errors[-1]), int(training.errors[-1])
    total, made = len(training.points), _mistakes(training)
    if not p and not b:
        if training.end in RESTLESS:
            verdict, tone = ENDS[training.end]
            says = (
                f"The perceptron separates after {made}; backprop has **0** points wrong, but {{}}."
            )
            return says, verdict, tone
        at = f"**epoch {training.separates_first:,}**"
        says = f"Perceptron and backprop {{}}: after {made} and from {at} on."
        if training.separates_since > training.separates_first:
            says = f"Perceptron and backprop {{}} in the end, first after {made} and at {at}."
        return says, "both separate", Tone.ARRIVES
    if not p:
        ended, verdict, tone = _ended(training)
        return f"The perceptron separates; backprop {ended}.", verdict, tone
    if not b:
        now = "has **0** points wrong for now" if training.end in RESTLESS else "separates"
        says = f"Backprop {now}; the perceptron {{}} yet, after {made}."
        return says, "has not separated", Tone.STRUGGLES
    counts = f"the perceptron has **{p:,}** of {total:,} points wrong, backprop **{b:,}**"
    if training.reference.separable:
        tone = ENDS[training.end][1]
        return f"A line separates, but {{}}: {counts}.", "neither has found one", tone
    if not training.reference.certificate.proved:
        return f"Whether a line separates {{}}; {counts}.", "cannot be seen", Tone.NEUTRAL
    ended, verdict, tone = _ended(training, "backprop ")
    return f"No line separates: the perceptron never stops, {ended}.", verdict, tone


def _perceptron_alone(training: LearnersTraining) -> Said:
    made = _mistakes(training)
    if not training.perceptron_errors[-1]:
        return f"The perceptron {{}} the points after {made}.", "separates", Tone.ARRIVES
    so_far = f"{made} in {several(training.perceptron_run.epochs, 'epoch')}"
    if not training.reference.separable and training.reference.certificate.proved:
        says = f"No line separates these points, so the perceptron {{}}: {so_far}."
        return says, "never stops", Tone.FAILS
    return f"The perceptron {{}} the points: {so_far}.", "has not separated", Tone.STRUGGLES


def _backprop_alone(training: LearnersTraining) -> Said:
    if not training.errors[-1]:
        at = f"**epoch {training.separates_first:,}**"
        if training.end in RESTLESS:
            verdict, tone = ENDS[training.end]
            return f"Backprop separates the points at {at}, but {{}}.", verdict, tone
        return f"Backprop {{}} the points, first at {at}.", "separates", Tone.ARRIVES
    ended, verdict, tone = _ended(training, "Backprop ")
    if training.reference.separable:
        return f"{ended}, though a line separates them.", verdict, tone
    none = ", as no line separates them" * training.reference.certificate.proved
    return f"{ended}{none}.", verdict, tone


def _no_learner(training: LearnersTraining) -> Said:
    proof, these = training.reference.certificate, f"these **{len(training.points):,}** points"
    if not proof.separable:
        if proof.proved:
            return f"{{}} {these}.", "No line separates", Tone.NEUTRAL
        return f"Whether a line separates {these} {{}}.", "cannot be seen", Tone.NEUTRAL
    gap = margin(training.reference.margin, training.points)
    if not gap > 0:
        return f"A line {{}} {these}, by less than rounding.", "separates", Tone.NEUTRAL
    says = f"A line {{}} the points with a margin of **{num(gap)}** at best."
    return says, "separates", Tone.NEUTRAL


def _ended(training: LearnersTraining, who: str = "") -> Said:
    """How backprop ends with points wrong: after `who`, its verdict, and how good that is."""
    verdict, tone = ENDS[training.end]
    if training.never_moves:
        verdict, tone = "stays put", Tone.NEUTRAL
    if training.lineless:
        none = "where its slope is zero" if training.never_moves else "without a line"
        return f"{who}{{}} at **w = 0**, {none}", verdict, tone
    wrong = f"**{training.errors[-1]:,} of {len(training.points):,}** points"
    return f"{who}{{}} with {wrong} wrong", verdict, tone


def _mistakes(training: LearnersTraining) -> str:
    return f"**{several(training.perceptron_run.total, 'mistake')}**"


def _theory(study: PerceptronStudy) -> str:
    """What theory says of the perceptron and of backprop, and what they did."""
    training, parts = study.training, []
    if "perceptron" in training.ends and not training.points.one_class:
        parts.append(_of_perceptron(training))
    if "backprop" in training.ends:
        parts.append(_of_backprop(study))
    if isinstance(study.second, ResamplesStudy) and (shares := study.second.compared):
        listed = ", ".join(f"{NAMES[name]} {share_text(x)}" for name, x in shares.items())
        parts.append(f"two of {study.second.samples} samples differ on: {listed}")
    said = " · ".join(filter(None, parts))
    return said[:1].upper() + said[1:]


def _of_perceptron(training: LearnersTraining) -> str:
    run, known = training.perceptron_run, training.reference
    made = several(run.total, "mistake")
    if known.separable and not math.isinf(known.novikoff.bound):
        bound = known.novikoff.bound
        most = f"Theory: the perceptron makes at most (R/γ)² = {whole(bound)} mistakes"
        so_far = "made" if not training.perceptron_errors[-1] else "so far"
        return f"{most}; {so_far} {run.total:,}{AGREES * (run.total <= bound * (1 + 1e-9))}"
    if not known.separable and known.certificate.proved:
        last = several(int(run.mistakes[-1]), "mistake")
        return f"Theory: the perceptron never stops; {last} in its last epoch{AGREES}"
    return f"perceptron: {made} in {several(run.epochs, 'epoch')}"


def _of_backprop(study: PerceptronStudy) -> str:
    """Whether theory has backprop separate, or settle where it separates; how it ended."""
    training, b = study.training, study.training.backprop
    if training.points.one_class:
        return ""
    if training.must_separate:
        done = f"it does{AGREES}" if not training.errors[-1] else "not yet"
        return f"theory: backprop must separate in the end; {done}"
    ended = f"backprop: E = {loss_text(float(training.run.loss[-1]))}"
    if any(math.isfinite(s.disagreement) for s in training.swings.values()):
        ended += f" with {training.errors[-1]:,} of {len(training.points):,} points wrong"
    if training.end is End.UNDER_WAY:
        ended += f" after {several(training.epochs, 'epoch')}"
    found = study.second.better if isinstance(study.second, WeightLandscapeStudy) else None
    if found is None or not training.errors[-1] or not training.constant:
        return ended
    eta, limit = unlike(b.eta, found.limit), f"2/λₘₐₓ = {num(found.limit)}"
    if b.eta > found.limit:
        return f"backprop cannot settle where it separates: η = {eta} > {limit}{AGREES}"
    return f"{ended}; η = {eta} is below {limit} of the minimum that separates"
