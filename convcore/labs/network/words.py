"""What "A real network" says of a training: the sentence, the notes, and a few words for pins."""

from __future__ import annotations

import numpy as np

from convcore.descent.descent import Status
from convcore.descent.schedules import Constant
from convcore.labkit.own_table import STAND_IN
from convcore.labkit.words import awaited, count, first_few, num, percent, quoted, steps
from convcore.labs.network.data import Sample
from convcore.labs.network.readings import NEAR, REACHED
from convcore.labs.network.study import NEGATIVE, RISE, SEEN, Edge, RealNetworkStudy


def said(study: RealNetworkStudy) -> tuple[str, ...]:
    """What happened to sharpness and loss, and how far the quadratic theory holds (Markdown)."""
    facts = (_edge(study), _fall(study), _model(study), _indefinite(study))
    return tuple(fact for fact in facts if fact)


def predicted(study: RealNetworkStudy) -> str:
    """What the quadratic theory says of stability, in a few words to compare runs by."""
    if not study.limited:
        return "no fixed limit of λₘₐₓ"
    return f"stable while λₘₐₓ < {study.settings.optimizer.limit_words} = {_limits(study)}"


def measured(study: RealNetworkStudy) -> str:
    """What the run did, in a few words to compare runs by."""
    if study.outcome.status is Status.DIVERGED:
        return ending(study)
    readings = study.readings
    sharp = f"λₘₐₓ {num(readings.sharpness[-1])} at {place(study, -1)}"
    if study.limited:
        sharp += f", {share_of_limit(readings.late)} of the limit over the later half"
    return f"{sharp}; E {num(study.run.loss[-1], 3)} after {steps(study.length)}"


def place(study: RealNetworkStudy, reading: int) -> str:
    """Where a reading was taken: the end, or the number of an earlier step."""
    k = study.step_of(reading)
    return "the end" if k == study.length else f"step {count(k)}"


def ending(study: RealNetworkStudy) -> str:
    """How the run ends."""
    if study.fits_exactly:
        return "converged to E = 0 to rounding, the least there is"
    return str(study.outcome)


def share_of_limit(x: float, digits: int = 3) -> str:
    """A share of the limit: 1.002, or in powers of ten if very large or small."""
    if x >= 1000:
        return num(x, digits + 1)
    return f"{x:.{digits}f}" if x >= 10**-digits or x == 0 else num(x, 2)


def _limits(study: RealNetworkStudy) -> str:
    """The limit; first and last if the schedule changes it."""
    limit = study.readings.limit
    first, last = num(limit[0]), num(limit[-1])
    return first if isinstance(study.settings.schedule, Constant) else f"{first} … {last}"


def _edge(study: RealNetworkStudy) -> str:
    """Where the sharpness is relative to the limit that a quadratic would have."""
    settings, readings, edge = study.settings, study.readings, study.edge
    lam, share = readings.sharpness, readings.share
    first, last = num(lam[0], 3), num(lam[-1], 3)
    if edge is Edge.NO_LIMIT:
        return (
            f"**{settings.optimizer.label}** has no fixed limit of curvature; the sharpness λₘₐₓ "
            f"goes from {first} to **{last}**."
        )
    at = f"the limit {settings.optimizer.limit_words} = **{_limits(study)}**"
    if edge is Edge.DIVERGED:
        return _diverges(study, at)
    k = readings.crossing
    if k is None:
        return (
            f"**Below the edge**: λₘₐₓ goes from {first} to {last} and never reaches {at} "
            f"(at most {percent(float(share.max()))} of it): no direction is sharp enough to "
            "overshoot for good."
        )
    arrives = f"starts at {first}, reaches {percent(REACHED)} of {at} by step {count(k)}"
    if k == 0:
        arrives = f"starts at {first}, {num(share[0], 3)} times {at},"
    if edge in (Edge.JUST_REACHED, Edge.LEFT_AGAIN):
        now = edge is Edge.JUST_REACHED
        stays = now and study.outcome.status is Status.OUT_OF_STEPS
        return (
            f"**{'At the edge only now' if now else 'Not at the edge for good'}**: λₘₐₓ {arrives} and "
            f"at {place(study, -1)} is **{share_of_limit(share[-1])}** of it."
            + (" The run is too short to tell whether it stays." if stays else "")
        )
    least, most = (share_of_limit(end) for end in (readings.later.min(), readings.later.max()))
    mean = f"**{share_of_limit(readings.late)}** of the limit on average"
    mean += f" (from {least} to {most})" if least != most else ""
    if edge is Edge.STAYS:
        after = "then stays about it" if k else "goes to it"
        return (
            f"**The edge of stability**: λₘₐₓ {arrives} and {after}: over the later half of the "
            f"run it is {mean}. A quadratic sharper than the limit blows up; this E bends back."
        )
    side = "above" if edge is Edge.ABOVE else "below"
    return (
        f"**Not at the edge for good**: λₘₐₓ {arrives} and over the later half of the run it is "
        f"{mean}, {side} it."
    )


def _diverges(study: RealNetworkStudy, at: str) -> str:
    """How a run came to diverge; at: its limit in words. What a quadratic cannot do is named."""
    settings, readings, loss = study.settings, study.readings, study.run.loss
    share, first = readings.share, num(readings.sharpness[0], 3)
    goes = f"the run **diverges** at step {count(study.outcome.step)}"
    if share[0] <= 1:
        above = np.flatnonzero(share > 1)
        where = f"is above it at step {count(study.step_of(int(above[0])))}" if above.size else ""
        yet = f", {where}, and {goes}" if where else f" wherever it was read, and yet {goes}"
        return f"Sharpness λₘₐₓ starts at {first}, below {at}{yet}."
    starts = f"Sharpness λₘₐₓ starts at {first}, {num(share[0], 3)} times {at},"
    dip, back = study.dip, study.comeback
    fixed = settings.optimizer.plain and isinstance(settings.schedule, Constant)
    on_the_way, unlike = [], []
    if dip is not None:
        sharp = num(readings.sharpness[dip], 3)
        on_the_way.append(f"is **{sharp}** at step {count(study.step_of(dip))}, below it")
        unlike.append("λₘₐₓ would not change")
    if back is not None and fixed:
        on_the_way.append(f"E comes down to {num(loss[back])} at step {count(back)}")
        unlike.append("E, once it rises, would rise for good")
    if unlike:
        return (
            f"{starts} {'; '.join(on_the_way)}; then {goes}. On a quadratic {' and '.join(unlike)}."
        )
    return f"{starts} and {goes}" + (", as it would on a quadratic." if back is None else ".")


def seen(study: RealNetworkStudy) -> str:
    """At how many of the steps E rises by more than what can hardly be seen."""
    over = count(study.rises_seen) if study.rises_seen else "none"
    return f"by over {percent(SEEN)} at {over}"


def _fall(study: RealNetworkStudy) -> str:
    """How E fell, and how the run ends."""
    falls = "falling at each step" if study.always_falls else "rising at none of them"
    if study.rises:
        falls = f"rising at **{count(study.rises)}** of them, {seen(study)}"
    if study.length == 1:
        falls = "rising" if study.rises else "falling" if study.always_falls else "not rising"
    loss = study.run.loss
    return (
        f"E goes from {num(loss[0])} to {num(loss[-1])} in {steps(study.length)}, {falls}; "
        f"{ending(study)}."
    )


def _model(study: RealNetworkStudy) -> str:
    """How well the quadratic at wₖ predicts the next change of E."""
    readings = study.readings
    if not len(readings.predicted):
        return ""
    near, says = readings.near, "The quadratic at wₖ foresees the next change of E"
    far_off, near_off = readings.misfit(~near), readings.misfit(near)
    if np.isnan(far_off) or np.isnan(near_off):
        always = readings.misfit(np.ones_like(near))
        # A constant E has no change to predict.
        if np.isnan(always):
            return ""
        return f"{says} with a median error of **{percent(always)}** of that change."
    return (
        f"{says}; its median error is **{percent(far_off)}** of that change while λₘₐₓ is below "
        f"{percent(NEAR)} of the limit, and **{percent(near_off)}** nearer to it or above."
    )


def _indefinite(study: RealNetworkStudy) -> str:
    """How many eigenvalues of the Hessian are negative, and when."""
    negative = [negative for negative, _, _ in study.signs]
    if not negative:
        return ""
    end = place(study, int(study.readings.at[-1]))
    if not any(negative):
        size = num(max(study.zero(s) for s in range(len(study.signs))), 2)
        return (
            f"No eigenvalue of the Hessian is negative by more than rounding, {size}: this "
            "E is convex wherever it was read."
        )
    if not negative[-1]:
        size = num(study.zero(-1), 2)
        none = f"t {end} no eigenvalue of the Hessian is negative by more than rounding, {size}"
        if negative[0]:
            return f"A{none}; at the start {below_zero(study, 0, '**')}."
        most = int(np.argmax(negative))
        k = study.step_of(int(study.readings.at[most]))
        return f"At the start and a{none}; at step {count(k)} {below_zero(study, most, '**')}."
    always = "; some are at every step that was read" if all(negative) else ""
    return f"At {end} {below_zero(study, -1, '**')}{always}: along those Newton's step climbs."


def below_zero(study: RealNetworkStudy, s: int, bold: str = "") -> str:
    """How many eigenvalues of spectrum s are negative, with the size from which that is said."""
    negative, n = study.signs[s][0], study.net.n
    are = "is" if negative == 1 else "are"
    said = f"{bold}{negative}{bold} of {n:,} eigenvalues of the Hessian {are} below 0"
    if study.zero(s) >= NEGATIVE:
        return f"{said} by more than rounding, {num(study.zero(s), 2)}"
    return f"{said}, {bold}{study.clearly_negative(s)}{bold} below {num(-NEGATIVE)}"


def notes(study: RealNetworkStudy) -> tuple[str, ...]:
    """What the reader should know about the points, the readings and the theory, a line each."""
    settings, asked, ran = study.settings, study.settings.steps, len(study.run.eta)
    lines = [*about_points(study.sample), *_read(study)]
    if ran < asked:
        lines.insert(
            0,
            f"{steps(asked)} are asked for and {steps(ran)} can be run: each step of "
            f"{settings.optimizer.label} takes some {num(settings.step_cost, 1)} operations at this size, "
            f"and a training may take {num(settings.budget, 2)}.",
        )
    lines.append(
        "The lecture notes say that the Hessian of a large network is extremely hard to compute; "
        "precisely, it takes n² numbers and its solve n³/3 operations. A product with it takes "
        "two gradients' operations besides the gradient's own passes, which the products of a full "
        "Hessian share; alone, as in the table, it costs three gradients."
    )
    if settings.activation == "relu" and settings.hidden:
        lines.append(
            "ReLU has kinks: E is a patchwork of smooth pieces, and the Hessian is that of the piece "
            "on which w stands; crossings between pieces are not in it."
        )
    return tuple(lines)


def about_points(sample: Sample) -> tuple[str, ...]:
    """What was used of a table, a line each; empty for other points."""
    origin = sample.origin
    if origin is None:
        return ()
    n = f"{len(sample.names)} standardised feature{'' if len(sample.names) == 1 else 's'}"
    if sample.classes:
        about = f"Classes: {quoted(sample.target)}, from {n}."
        if len(sample.names) > 2:
            about += (
                " The picture is the plane in which the points vary most; rings tell what the network "
                "says at the points themselves."
            )
    else:
        about = f"Values: {quoted(sample.target)}, standardised, from {n}."
    lines = [about]
    if origin.left_out:
        column = "The column" if len(origin.left_out) == 1 else "Each of the columns"
        gone = ", ".join(first_few(origin.left_out, quoted))
        lines.append(f"{column} {gone} has one value in the rows used and is left out.")
    if (used := len(sample.inputs)) < origin.rows:
        each = ", at least one of each class" if sample.classes else ""
        lines.append(f"{used} of the {origin.rows:,} rows are used, drawn at random{each}.")
    if origin.source:
        lines.append(f"Source: {origin.source}")
    return tuple(lines)


def awaits(sample: Sample) -> str:
    """That a file is not uploaded yet, and what is shown until then; "" if none is needed."""
    return awaited(STAND_IN.title) if sample.origin and sample.origin.waiting else ""


def _read(study: RealNetworkStudy) -> list[str]:
    """How often λₘₐₓ and the spectrum are read, and what counts as zero, as a rise, as an error."""
    readings = study.readings
    if len(readings.k) < 2 or not len(readings.spectra):
        return []
    stride = float(np.diff(readings.k).mean())
    every = "every step" if stride == 1 else f"every {num(stride, 3)} steps"
    if stride % 1:
        every = f"about {every}"
    end = place(study, int(readings.at[-1]))
    zero = num(study.zero(-1), 2)
    return [
        f"λₘₐₓ is read {every} ({len(readings.k)} readings), the whole spectrum at "
        f"{len(readings.spectra)} of them, the steps that one can look at. An eigenvalue counts as "
        f"zero up to n·2.2·10⁻¹⁶ of the largest in size ({zero} at {end}), and E as rising from a "
        f"share of {num(RISE)}. The quadratic's error is told beside the change of E foreseen or "
        "taken, whichever is larger."
    ]
