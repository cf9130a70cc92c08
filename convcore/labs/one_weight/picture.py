"""The picture of "One weight": every table that its template reads, from the study."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array, Ints
from convcore.charts.picture import Columns, Picture, row, short
from convcore.charts.pins import trace
from convcore.descent.descent import Trajectory
from convcore.descent.schedules import Constant, OpenLoop
from convcore.labkit.curves import log_ends, padded, reach, thinned
from convcore.labkit.thinning import drawn_in_part
from convcore.labkit.words import num, steps
from convcore.labs.one_weight.chart import DESCENT, DESCENT_AND_BARE
from convcore.labs.one_weight.settings import OneWeightSettings
from convcore.labs.one_weight.study import OneWeightStudy
from convcore.sweeps.sweeps import sweep_steps

View = tuple[float, float, float, float]  # the ends of the view of E(w): left, right, low, high
# Shares of its width: between numbers, and around the name of the minimum.
APART, NAME = 0.055, 0.16
EACH, STRETCHES = 100, 60  # of a longer run: steps drawn each, and stretches whose peaks are


def picture(study: OneWeightStudy) -> Picture:
    """The ruler of step sizes, the path on E(w), the loss beside theory's, the steps over η."""
    settings, run, exact, last = study.settings, study.run, study.exact, study.last
    K, ws = settings.steps, settings.centre
    (w, E), k = study.at_all_steps(run), np.arange(K + 1)
    factors = (
        settings.schedule.factors(K)
        if isinstance(settings.schedule, OpenLoop)
        else study.etas / (settings.eta or 1.0)
    )
    excess = 0.5 * settings.a * (settings.w0 - ws) ** 2
    log = settings.a > 0 and not settings.starts_at_rest and excess > 1e-290
    low, high = ruler(settings)
    xlo, xhi, ylo, yhi = view_of(settings, w[: last + 1])
    level, expected, llo, lhi = _loss_lines(study, log)
    drawn = _drawn(settings, level)
    sweep = _sweep(settings, high)
    counted = np.array([study.took]) if 0 < study.took < math.inf else np.empty(0)
    tables: dict[str, Columns] = {
        "t": row(
            a=settings.a, b=settings.b, c=settings.c, w0=settings.w0, eta=settings.eta,
            live=int(exact is not None), even=int(settings.constant_eta), log=int(log),
            look=min(settings.look, last), last=last,
            foretold=-1 if exact is None else int(exact.length), unknown=_unpredicted(settings),
        ),
        # The views' ends are in tables of their own: marks that depend only on those that stay when η
        # moves are not drawn again.
        "frame": row(
            # Room for the points at the first step and the last.
            llo=llo, lhi=lhi + 0.03 * (lhi - llo), klo=-0.02 * K, khi=1.02 * K, slo=0.0,
            shi=max(1.0, math.ceil(sweep["steps"].max(initial=1.0))),
        ),
        "plane": row(xlo=xlo, xhi=xhi, ylo=ylo, yhi=yhi),
        "rule": row(rlo=low, rhi=high),
        "steps": reach(k[drawn]),
        "run": {
            "k": k[drawn].astype(np.int16), "w": w[drawn], "E": E[drawn], "y": level[drawn],
            "theory": expected[drawn], "before": short(np.append(w[0], w)[drawn]),
            "n": _least(np.diff(k[drawn], prepend=0)),
            "f": _least(np.append(0.0, factors))[drawn],
            "eta": short(np.append(0.0, study.etas)[drawn]),
            "shown": (k[drawn] <= last).astype(np.int8),
            "tag": _numbered(settings, (xlo, xhi, ylo, yhi), w[: last + 1], E, K)[drawn],
        },
        "bands": _bands(settings, high),
        "marks": _marks(settings),
        "sweep": sweep,
        "measured": {"eta": np.full(counted.shape, settings.eta), "steps": np.log10(counted)},
    }  # fmt: skip
    way = "falls" if run.loss[-1] < run.loss[0] else "goes"
    about = (
        f"E {way} from {num(run.loss[0])} to {num(run.loss[-1])} while w goes from "
        f"{num(settings.w0)} to {num(w[-1])} in {steps(last)}. Orange: what theory predicts of the "
        "loss; on E(w) the tangent at the step that you point at and, dashed, Taylor's parabola "
        "there, which on a quadratic is E itself." + drawn_in_part(drawn)
    )
    seen = drawn[drawn <= last]
    pinned = trace(
        k=k[seen].astype(np.int16), w=short(w[seen]), E=short(E[seen]), y=short(level[seen]),
        log=np.full(len(seen), log, np.int8),
    )  # fmt: skip
    template = DESCENT_AND_BARE if settings.also == "bare" else DESCENT
    return Picture("descent", template, tables, about, pinned, seen.tolist())


def _drawn(settings: OneWeightSettings, level: Array) -> Ints:
    """The steps that are drawn: the first each, then those that the line of losses (K+1,) needs."""
    k, _ = thinned(np.arange(len(level)), level, STRETCHES)
    asked = min(settings.look, settings.steps)
    each = np.arange(min(EACH, settings.steps) + 1)
    return np.union1d(each, np.append(k, [asked, min(asked + 1, settings.steps)]))


def ruler(settings: OneWeightSettings) -> tuple[float, float]:
    """The ends of the ruler of step sizes.

    Where there is a limit they do not follow η > 0: a tap on the ruler must not move it.
    """
    low, high = min(0.0, 1.1 * settings.eta), 1.1 * abs(settings.eta)
    return low, 2.5 / settings.a if settings.a > 0 else max(2 * high, 1e-9)


def _bands(settings: OneWeightSettings, top: float) -> Columns:
    """The regimes along the ruler, each with its name, and a brief one for where that has no room."""
    a = settings.a
    if a <= 0:
        edges, names = [0.0, top], ["no minimum"]
        labels = ["no minimum: every η > 0 runs away" if a else "no minimum: a straight line"]
        briefs = ["no minimum"]
    else:
        edges = [0.0, 1 / a, 2 / a, top]
        names = ["monotone", "oscillates", "diverges"]
        labels = ["comes closer", "jumps across, still converges", "overshoots: diverges"]
        briefs = ["closer", "jumps across", "diverges"]
    lo, hi = np.array(edges[:-1]), np.array(edges[1:])
    return {"lo": lo, "hi": hi, "regime": names, "label": labels, "brief": briefs}


def _marks(settings: OneWeightSettings) -> Columns:
    """ηₒₚₜ and 2ηₒₚₜ."""
    if settings.a <= 0:
        return {"eta": np.empty(0), "label": []}
    return {
        "eta": np.array([1, 2]) / settings.a,
        "label": ["ηₒₚₜ = 1/a: one step", "limit 2ηₒₚₜ"],
    }


def view_of(settings: OneWeightSettings, w: Array) -> View:
    """The ends of the view of E(w) with weights (m,) in it: left, right, low, high."""
    ws, away = settings.centre, abs(settings.w0 - settings.centre)
    if settings.a == 0:
        low, high = float(w.min()), float(w.max())
        pad = max(0.1 * (high - low), 1e-3 * max(1.0, abs(settings.w0)))
        xlo, xhi = low - pad, high + pad
    else:
        # A path that runs away is shown for its first steps; then it leaves the picture.
        furthest = float(np.abs(w - ws).max())
        half = 1.15 * min(furthest, 3 * away) or max(1.0, abs(ws))
        xlo, xhi = ws - half, ws + half
    at = np.array([xlo, xhi, min(max(ws, xlo), xhi)])
    E = settings.objective.value(at[:, None])
    pad = 0.06 * float(np.ptp(E)) or max(1.0, abs(float(E[0])))
    # Room for the name of the minimum or maximum.
    low, high = (2 if settings.a > 0 else 1), (2 if settings.a < 0 else 1)
    return xlo, xhi, float(E.min()) - low * pad, float(E.max()) + high * pad


def _numbered(
    settings: OneWeightSettings, view: View, w: Array, E: Array, K: int
) -> NDArray[np.int8]:
    """On which side of its point each step has its number (K+1,), −1 left or 1 right; 0 for none.

    The first four have one, outside of the parabola, those that are in view and apart from one another and
    from the name of the minimum.
    """
    xlo, xhi, ylo, yhi = view
    ws = (settings.centre - xlo) / (xhi - xlo)
    x, y = (w[:4] - xlo) / (xhi - xlo), (E[: len(w)][:4] - ylo) / (yhi - ylo)
    tag, found = np.zeros(K + 1, dtype=np.int8), list[int]()
    for k in range(len(x)):
        near_name = abs(x[k] - ws) < NAME and (y[k] < 0.15 if settings.a > 0 else y[k] > 0.85)
        apart = all(max(abs(x[k] - x[j]), 0.7 * abs(y[k] - y[j])) > APART for j in found)
        if 0 <= x[k] <= 1 and 0 <= y[k] <= 1 and apart and not (settings.a and near_name):
            tag[k] = 1 if x[k] >= ws else -1
            found.append(k)
    return tag


def _least(values: Array) -> NDArray[Any]:
    """Whole numbers, as the factors of a constant η, as integers of one byte; others as they are."""
    return values.astype(np.int8) if np.isin(values, (0.0, 1.0)).all() else values


def _loss_lines(study: OneWeightStudy, log: bool) -> tuple[Array, Array, float, float]:
    """The loss as it is drawn, of the run and by theory, and the ends of its axis.

    log: draw log₁₀(E − E*); else E itself.
    """
    settings = study.settings

    def drawn(run: Trajectory) -> Array:
        w, E = study.at_all_steps(run)
        if not log:
            return E
        excess = 0.5 * settings.a * (w - settings.centre) ** 2
        with np.errstate(divide="ignore"):
            return np.log10(excess)

    level = drawn(study.run)
    expected = drawn(study.exact) if study.exact is not None else level
    seen = level[: study.last + 1]
    if log:
        low, high = map(float, log_ends(seen, float(level[0])))
    else:
        low, high = padded(float(seen.min()), float(seen.max()), 0.05)
    level, expected = (np.clip(line, low - 1, high + 1) for line in (level, expected))
    return level, expected, low, high


def _unpredicted(settings: OneWeightSettings) -> str:
    """Why no steps to the tolerance are predicted at any η; "" if they are."""
    if settings.a <= 0:
        return "at no η: E has no minimum"
    if settings.starts_at_rest:
        return "none to take: the start is the minimum"
    return "" if isinstance(settings.schedule, OpenLoop) else "not foretold: η answers to the run"


def _sweep(settings: OneWeightSettings, top: float) -> Columns:
    """Predicted steps to the tolerance over the ruler's η, as log₁₀."""
    schedule, tolerance = settings.schedule, settings.tolerance
    if _unpredicted(settings) or not isinstance(schedule, OpenLoop):
        return {"eta": np.empty(0), "steps": np.empty(0)}
    eta = np.linspace(0, top, 161)[1:]
    if isinstance(schedule, Constant):
        with np.errstate(divide="ignore"):
            pace = np.log(np.abs(1 - eta * settings.a))
        count = np.maximum(1, np.ceil(math.log(tolerance) / np.where(pace < 0, pace, -1)))
        count = np.where(pace < -1e-9, count, np.inf)
    else:
        count = sweep_steps(settings.objective, [settings.w0], eta, schedule, 1000, tolerance)
    known = np.isfinite(count)
    return {"eta": eta[known], "steps": np.log10(count[known])}
