"""The picture of "One weight": every table that its template reads, from the study."""

from __future__ import annotations

import math

import numpy as np

from convcore.arrays import Array
from convcore.charts.picture import Columns, Picture, row, short
from convcore.charts.pins import trace
from convcore.descent.descent import Trajectory
from convcore.descent.schedules import Constant, OpenLoop
from convcore.labkit.words import num, steps
from convcore.labs.one_weight.chart import DESCENT
from convcore.labs.one_weight.settings import OneWeightSettings
from convcore.labs.one_weight.study import OneWeightStudy
from convcore.sweeps.sweeps import sweep_steps


def picture(study: OneWeightStudy) -> Picture:
    """The ruler of step sizes, the path on E(w), the loss beside theory's, the steps over η."""
    lab, run, theory, last = study.settings, study.run, study.theory, study.last
    K, ws = lab.steps, lab.centre
    (w, E), k = study.at_all_steps(run), np.arange(K + 1)
    factors = (
        lab.schedule.factors(K)
        if isinstance(lab.schedule, OpenLoop)
        else study.etas / (lab.eta or 1.0)
    )
    log = lab.a > 0 and not lab.still and 0.5 * lab.a * (lab.w0 - ws) ** 2 > 1e-290
    low, high = ruler(lab)
    xlo, xhi, ylo, yhi = _view(lab, w[: last + 1])
    level, expected, llo, lhi = _levels(study, log)
    sweep = _sweep(lab, high)
    counted = np.array([study.took]) if 0 < study.took < math.inf else np.empty(0)
    tables: dict[str, Columns] = {
        "t": row(
            a=lab.a, b=lab.b, c=lab.c, w0=lab.w0, ws=ws, eta=lab.eta,
            live=int(theory is not None), log=int(log), look=min(lab.look, last),
            foretold=-1 if theory is None else int(theory.length), unknown=_unpredicted(lab),
        ),
        # What stays when η moves has tables of its own: what depends on it is not drawn again.
        "frame": row(
            llo=llo, lhi=lhi, klo=0, khi=K, slo=0.0,
            shi=max(1.0, math.ceil(sweep["steps"].max(initial=1.0))),
        ),
        "plane": row(
            a=lab.a, b=lab.b, c=lab.c, ws=ws, Es=lab.c - 0.5 * lab.a * ws * ws,
            xlo=xlo, xhi=xhi, ylo=ylo, yhi=yhi,
        ),
        "rule": row(rlo=low, rhi=high),
        "steps": {"k": k.astype(np.int16)},
        "run": {
            "k": k.astype(np.int16), "w": w, "E": E, "y": level, "theory": expected,
            "f": np.append(0.0, factors), "lam": np.full(K + 1, lab.a),
            "eta": np.append(0.0, study.etas), "shown": (k <= last).astype(np.int8),
        },
        "bands": _bands(lab, high),
        "marks": _marks(lab),
        "sweep": sweep,
        "measured": {"eta": np.full(counted.shape, lab.eta), "steps": np.log10(counted)},
    }  # fmt: skip
    way = "falls" if run.loss[-1] < run.loss[0] else "goes"
    about = (
        f"E {way} from {num(run.loss[0])} to {num(run.loss[-1])} while w goes from "
        f"{num(lab.w0)} to {num(w[-1])} in {steps(last)}. Orange: what theory foretells of the "
        "loss; on E(w) the tangent at the step that you point at and, dashed, Taylor's parabola "
        "there, which on a quadratic is E itself."
    )
    seen = slice(last + 1)
    kept = trace(
        k=k[seen].astype(np.int16), w=short(w[seen]), E=short(E[seen]), y=short(level[seen]),
        log=np.full(last + 1, log, np.int8),
    )  # fmt: skip
    return Picture("descent", DESCENT, tables, about, kept)


def ruler(lab: OneWeightSettings) -> tuple[float, float]:
    """The ends of the ruler of step sizes."""
    low, high = min(0.0, 1.1 * lab.eta), 1.1 * abs(lab.eta)
    return low, max(high, 2.5 / lab.a) if lab.a > 0 else max(2 * high, 1e-9)


def _bands(lab: OneWeightSettings, top: float) -> Columns:
    """The regimes along the ruler."""
    if lab.a <= 0:
        edges, names = [0.0, top], ["no minimum"]
        labels = ["no minimum: every η > 0 runs away" if lab.a else "no minimum: a straight line"]
    else:
        edges = [0.0, 1 / lab.a, 2 / lab.a, top]
        labels = names = ["monotone", "oscillates", "diverges"]
    lo, hi = np.array(edges[:-1]), np.array(edges[1:])
    return {"lo": lo, "hi": hi, "middle": (lo + hi) / 2, "regime": names, "label": labels}


def _marks(lab: OneWeightSettings) -> Columns:
    """η_opt and 2η_opt; only the outer one has its name where they stand close together."""
    if lab.a <= 0:
        return {"eta": np.empty(0), "label": []}
    crowded = lab.eta * lab.a > 12
    return {
        "eta": np.array([1, 2]) / lab.a,
        "label": ["", "2η_opt"] if crowded else ["η_opt", "2η_opt"],
    }


def _view(lab: OneWeightSettings, w: Array) -> tuple[float, float, float, float]:
    """The ends of the view of E(w): left, right, low, high."""
    ws, away = lab.centre, abs(lab.w0 - lab.centre)
    if lab.a == 0:
        low, high = float(w.min()), float(w.max())
        pad = max(0.1 * (high - low), 1e-3 * max(1.0, abs(lab.w0)))
        xlo, xhi = low - pad, high + pad
    else:
        # A path that runs away is shown for its first steps; then it leaves the picture.
        furthest = float(np.abs(w - ws).max())
        half = 1.15 * min(furthest, 3 * away) or max(1.0, abs(ws))
        xlo, xhi = ws - half, ws + half
    at = np.array([xlo, xhi, min(max(ws, xlo), xhi)])
    E = lab.objective.value(at[:, None])
    pad = 0.06 * float(np.ptp(E)) or max(1.0, abs(float(E[0])))
    return xlo, xhi, float(E.min()) - pad, float(E.max()) + pad


def _levels(study: OneWeightStudy, log: bool) -> tuple[Array, Array, float, float]:
    """The loss as it is drawn, the theory's, and the axis: log₁₀(E − E*), or E without a minimum."""
    lab = study.settings

    def drawn(run: Trajectory) -> Array:
        w, E = study.at_all_steps(run)
        if not log:
            return E
        excess = 0.5 * lab.a * (w - lab.centre) ** 2
        with np.errstate(divide="ignore"):
            return np.log10(excess)

    level = drawn(study.run)
    expected = drawn(study.theory) if study.theory is not None else level
    seen = level[: study.last + 1]
    if log:
        # Below 16 digits under the start there is only rounding: the axis ends there.
        floor = max(float(seen.min()), level[0] - 16)
        low, high = float(math.floor(floor)), float(math.ceil(float(seen.max())))
        high = max(high, low + 1)
    else:
        pad = 0.05 * float(np.ptp(seen)) or 1.0
        low, high = float(seen.min()) - pad, float(seen.max()) + pad
    level, expected = (np.clip(line, low - 1, high + 1) for line in (level, expected))
    return level, expected, low, high


def _unpredicted(lab: OneWeightSettings) -> str:
    """Why no steps to the tolerance are predicted at any η; "" if they are."""
    if lab.a <= 0:
        return "at no η: E has no minimum"
    if lab.still:
        return "none to take: the start is the minimum"
    return "" if isinstance(lab.schedule, OpenLoop) else "not foretold: η answers to the run"


def _sweep(lab: OneWeightSettings, top: float) -> Columns:
    """Predicted steps to the tolerance over the ruler's η, as log₁₀."""
    if _unpredicted(lab) or not isinstance(lab.schedule, OpenLoop):
        return {"eta": np.empty(0), "steps": np.empty(0)}
    eta = np.linspace(0, top, 161)[1:]
    if isinstance(lab.schedule, Constant):
        with np.errstate(divide="ignore"):
            pace = np.log(np.abs(1 - eta * lab.a))
        count = np.maximum(1, np.ceil(math.log(lab.tolerance) / np.where(pace < 0, pace, -1)))
        count = np.where(pace < -1e-9, count, np.inf)
    else:
        count = sweep_steps(lab.objective, [lab.w0], eta, lab.schedule, 1000, lab.tolerance)
    known = np.isfinite(count)
    return {"eta": eta[known], "steps": np.log10(count[known])}
