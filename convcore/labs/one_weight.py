"""The lab "One weight": plain descent on E(w) = ½aw² + bw + c (SCIENCE A)."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from convcore.charts.one_weight import DESCENT
from convcore.charts.parts import marked
from convcore.charts.picture import Columns, Picture, row, short
from convcore.charts.pins import trace
from convcore.curvature import Regime, less_rounding, predicted_steps, regime
from convcore.descent import Trajectory, descend, descend_each
from convcore.knobs import FieldError, Range, Variant, Whole, refuse_tiny
from convcore.labkit.lab import Result
from convcore.labkit.study import Unsplit
from convcore.labkit.tables import Facts
from convcore.labkit.words import (
    count,
    followed,
    foretold,
    num,
    percent,
    steps,
    stopped,
    taken,
    unlike,
)
from convcore.labs.course import Course, plans
from convcore.labs.racing import RacingLab
from convcore.objectives import EPS, Quadratic
from convcore.optimizers import GradientDescent
from convcore.race import Entrant
from convcore.schedules import SCHEDULES, Constant, OpenLoop, Schedule
from convcore.sweeps import sweep_steps
from convcore.workers import Report

Array = NDArray[np.float64]

BIG = 1e12  # beyond this the pictures have nothing to say, and products near overflow
WIDE = (-BIG, BIG)


@dataclass(frozen=True)
class OneWeight(RacingLab):
    """Plain descent on E(w) = ½aw² + bw + c from w₀ with step size η and a schedule."""

    a: Annotated[
        float,
        Range(
            "curvature a", "E″: how sharply E(w) = ½aw² + bw + c bends", -5, 10, 0.1, limits=WIDE
        ),
    ] = 2.0
    b: Annotated[float, Range("slope b", "E′ at w = 0", -10, 10, 0.1, limits=WIDE)] = -2.0
    c: Annotated[
        float, Range("height c", "E at w = 0; it changes no step", -10, 10, 0.1, limits=WIDE)
    ] = 1.5
    w0: Annotated[float, Range("start w₀", "where descent starts", -10, 10, 0.1, limits=WIDE)] = 4.0
    eta: Annotated[
        float,
        Range("step size η", "each step is w ← w − η·E′(w)", 1e-4, 1e2, 0.01, True, WIDE),
    ] = 0.7
    schedule: Annotated[
        Schedule, Variant("schedule", "how η changes from step to step", SCHEDULES)
    ] = Constant()
    steps: Annotated[int, Whole("steps", "how many steps are taken", 1, 200)] = 20
    tolerance: Annotated[
        float,
        Range(
            "tolerance τ",
            "steps are counted until the error is this share of its start, |w − w*| ≤ τ|w₀ − w*|",
            1e-9,
            0.5,
            0.001,
            log=True,
        ),
    ] = 1e-3
    look: Annotated[
        int,
        Whole(
            "look at step",
            "of the Taylor parabola; or point at the loss; beyond the last it is the last",
            0,
            200,
        ),
    ] = 1

    key: ClassVar[str] = "one"
    title: ClassVar[str] = "One weight"

    def __post_init__(self) -> None:
        for name in ("a", "b", "c", "w0", "eta"):
            if not abs(getattr(self, name)) <= BIG:
                raise FieldError(name, f"{name} must be a number of at most 1e12 in size.")
            refuse_tiny(name, name, getattr(self, name))
        if self.a != 0 and not abs(self.b / self.a) <= BIG:
            raise FieldError("a", "a is too small beside b: the minimum −b/a is beyond 1e12.")
        if not 1 <= self.steps <= 100_000:
            raise FieldError("steps", "steps must be between 1 and 100,000.")
        if not 0 < self.tolerance < 1:
            raise FieldError("tolerance", "the tolerance must lie between 0 and 1.")

    def course(self) -> Course | None:
        if self.a <= 0 or self.still:
            return None
        return Course(
            objective=Quadratic(self.a, self.b, self.c),
            start=(self.w0,),
            entrants=tuple(
                Entrant(key, plan.label, schedule=plan) for key, plan in plans(self.schedule)
            ),
            steps=min(max(self.steps, 200), 1000),
            own=self.steps,
            unit=1 / self.a,
            unit_words=f"η_opt = {num(1 / self.a)}",
            goal=f"{percent(self.tolerance)} of the starting error",
            kind="schedule",
            here=tuple(
                (key, self.eta) for key, kind in SCHEDULES if isinstance(self.schedule, kind)
            ),
            tolerance=self.tolerance,
            target=(self.centre,),
        )

    def entered(self, key: str, eta: float, steps: int) -> OneWeight:
        return replace(self, schedule=dict(plans(self.schedule))[key], eta=eta, steps=steps)

    def picked(self, selection: str, point: Mapping[str, Any]) -> OneWeight:
        if selection == "pick_race":
            return self.chosen(point)
        if selection == "pick_eta":
            eta = float(f"{float(point['eta']):.6g}")
            marks = (1 / self.a, 2 / self.a) if self.a > 0 else ()
            return replace(self, eta=marked(eta, marks, *self._ruler()))
        return replace(self, look=int(point["k"]))

    def run(self, report: Report | None = None) -> Result:
        objective = Quadratic(self.a, self.b, self.c)
        theory = predicted = None
        if isinstance(self.schedule, OpenLoop):
            entrants = [(self.eta, GradientDescent())]
            run, theory = descend_each(
                objective, [self.w0], entrants, self.schedule, self.steps, exact=self.eta
            )
            if self.still:
                predicted = 0.0
            elif self.a != 0:
                error = np.array([self.w0 - self.centre])
                predicted = predicted_steps(
                    np.array([self.a]), error, self.eta, self.schedule, self.tolerance
                )
        else:
            run = descend(objective, [self.w0], self.eta, schedule=self.schedule, steps=self.steps)
        took = math.nan
        if self.a:
            took = float(run.steps_to(self.tolerance, np.array([self.centre])))
        lost = took == math.inf and bool(run.gone)
        foreseen = None if theory is None else theory.w[: int(run.length) + 1, 0].copy()
        return Result(
            study=Unsplit(self, partial(_record, run.cut(), foreseen)),
            said=(self._sentence(run, predicted, took),),
            pictures=(self._picture(run, theory, took),),
            facts=self._facts(run, theory, predicted, took),
            notes=self._notes(),
            predicted=foretold(predicted, self.tolerance)
            + (followed(predicted, run) if lost and predicted is not None else ""),
            measured=str(run.outcome())
            if lost or math.isnan(took)
            else f"{taken(took, self.steps)}: {run.outcome()}",
        )

    @property
    def plane_key(self) -> Hashable:
        return self.a, self.b, self.c

    @property
    def centre(self) -> float:
        """w* = −b/a, where E′ = 0; for a line (a = 0) the start, as there is no such place."""
        return -self.b / self.a if self.a else self.w0

    @property
    def still(self) -> bool:
        """Whether E′(w₀) = 0, to the rounding of its two terms."""
        return abs(self.a * self.w0 + self.b) <= 4 * EPS * abs(self.b)

    def _sentence(self, run: Trajectory, predicted: float | None, took: float) -> str:
        at = regime(self.a, self.eta, self.b)
        ends = f" After {steps(int(run.length))}, w = {num(run.w[-1, 0], 6)}: {run.outcome()}."
        if self.still:
            here = f"w₀ = {num(self.w0)} is where **E′ = 0**"
            if self.a * self.w0 + self.b:
                return f"{here} to rounding, and only rounding moves it.{ends}"
            return f"{here}: the gradient vanishes and descent stays there, whatever η."
        if self.a == 0:
            first = "" if isinstance(self.schedule, Constant) else " at first"
            return (
                f"a = 0: E is a straight line of slope {num(self.b)} without a minimum. Each step "
                f"moves w by −η·b, here {num(-float(run.eta[0]) * self.b)}{first}.{ends}"
            )
        if self.a < 0:
            return (
                f"a < 0: −b/a = {num(self.centre)} is a **maximum**, and η_opt = 1/a means nothing. "
                f"Every η > 0 leads away from it{self._uphill(at)}. "
                f"{self._multiplies('distance from it', run)}.{ends}"
            )
        return (
            f"**{self._stand()}** (η_opt = 1/a = {num(1 / self.a)}, limit 2η_opt = "
            f"{num(2 / self.a)}). {self._multiplies('error', run)}: {self._does(at, run)}."
            f"{self._counted(run, predicted, took)}{ends}"
        )

    def _uphill(self, at: Regime) -> str:
        """What an η that is not positive does beside a maximum, as a clause."""
        does = {
            Regime.STILL: "moves nothing",
            Regime.CLIMBS: "climbs to it",
            Regime.JUMPS: "jumps across it for ever",
            Regime.DIVERGES: "jumps over it, further each time",
        }.get(at)
        kept = "" if isinstance(self.schedule, Constant) else ", if it is kept,"
        return f"; η = {num(self.eta)}{kept} {does}" if does else ""

    def _stand(self) -> str:
        share = self.eta * self.a
        if regime(self.a, self.eta) is Regime.ONE_STEP:
            return f"η = {num(self.eta)} is η_opt"
        if regime(self.a, self.eta) is Regime.JUMPS:
            return f"η = {num(self.eta)} is exactly 2η_opt"
        eta = unlike(self.eta, 1 / self.a, 2 / self.a)
        return f"η = {eta} is {unlike(share, 1, 2)} η_opt"

    def _multiplies(self, what: str, run: Trajectory) -> str:
        factor = self._factor(float(run.eta[0]))
        if isinstance(self.schedule, Constant):
            return f"Each step multiplies the {what} by 1 − ηa = **{factor}**"
        return f"Each step multiplies the {what} by 1 − η_k·a, the first by **{factor}**"

    def _factor(self, eta: float, digits: int = 4) -> str:
        return unlike(less_rounding(1 - eta * self.a), -1, 0, 1, digits=digits)

    def _does(self, at: Regime, run: Trajectory) -> str:
        if isinstance(self.schedule, Constant):
            return f"descent **{at.value}**"
        kept = "leaves it so in these steps" if np.all(run.eta == self.eta) else "changes it"
        return (
            f"with η = {num(self.eta)} kept, descent {at.value}; "
            f"the schedule ({self.schedule.label}) {kept}"
        )

    def _counted(self, run: Trajectory, predicted: float | None, took: float) -> str:
        goal = percent(self.tolerance)
        within = f" in {steps(int(run.length) if run.gone else self.steps)}"
        measured = f"took {count(took)}" if took < math.inf else f"not reached{within}"
        if predicted is None:
            why = "no prediction, as the schedule waits for the loss"
            return f" To {goal} of the starting error: {measured}; {why}."
        if predicted == math.inf:
            return f" Predicted: {goal} of the starting error is **never** reached; {measured}."
        if run.gone and took == math.inf and math.isfinite(predicted):
            measured = f"the schedule would bring it back by then, but {stopped(run)}"
        return f" Predicted **{steps(predicted)}** to {goal} of the starting error; {measured}."

    def _notes(self) -> tuple[str, ...]:
        if self.a <= 0:
            return ()
        notes = [
            "The notes leave out the ½ of Taylor's second-order term; precisely E(w) ≈ E + E′·d + "
            "**½**E″·d². Without it the “optimal” step is half as long and leaves half of the error."
        ]
        if regime(self.a, self.eta) is Regime.JUMPS and isinstance(self.schedule, Constant):
            notes.append("The notes are silent on η = 2η_opt: neither convergence nor divergence.")
        return tuple(notes)

    def _facts(
        self, run: Trajectory, theory: Trajectory | None, predicted: float | None, took: float
    ) -> tuple[Facts, ...]:
        last = int(run.length)
        end = num(theory.w[last, 0], 6) if theory is not None else "–"
        rows = [(f"w after {steps(last)}", end, num(run.w[last, 0], 6))]
        back = ""
        if self.a and not self.still:
            rows.insert(0, ("factor of the first step", *self._first(run)))
            lost = took == math.inf and bool(run.gone)
            reached = (
                count(took) if took < math.inf else f"not in {steps(last if lost else self.steps)}"
            )
            back = followed(predicted, run) if lost and predicted is not None else ""
            expected = "–" if predicted is None else count(predicted) + back
            rows.insert(1, (f"steps to {percent(self.tolerance)}", expected, reached))
        expected = f"comes back{back}" if back else self._expected(theory)
        rows.append(("how it ends", expected, str(run.outcome())))
        return (Facts(("quantity", "predicted", "measured"), tuple(rows)),)

    def _first(self, run: Trajectory) -> tuple[str, str]:
        """The factor of the first step, predicted and measured."""
        away, eta = self.w0 - self.centre, float(run.eta[0])
        factor, first = 1 - eta * self.a, float(run.w[1, 0] - self.centre) / away
        said = self._factor(eta, 6)
        rounding = 8 * EPS * (1 + abs(eta * self.a)) * (abs(self.w0) + abs(self.centre))
        return said, said if abs(first - factor) * abs(away) <= rounding else num(first, 6)

    def _expected(self, theory: Trajectory | None) -> str:
        if self.still:
            moved = ", but for rounding" if self.a * self.w0 + self.b else ""
            return Regime.STILL.value + moved
        if isinstance(self.schedule, Constant):
            return f"in the long run it {regime(self.a, self.eta, self.b).value}"
        return str(theory.outcome()) if theory is not None else "–"

    def _picture(self, run: Trajectory, theory: Trajectory | None, took: float) -> Picture:
        K, last, ws = self.steps, int(run.length), self.centre
        w, k = run.w[:, 0], np.arange(self.steps + 1)
        factors = (
            self.schedule.factors(K)
            if isinstance(self.schedule, OpenLoop)
            else run.eta / (self.eta or 1.0)
        )
        log = self.a > 0 and not self.still and 0.5 * self.a * (self.w0 - ws) ** 2 > 1e-290
        ruler = self._ruler()
        xlo, xhi, ylo, yhi = self._view(w[: last + 1])
        level, expected, llo, lhi = self._levels(run, theory, log)
        sweep = self._sweep(ruler[1])
        counted = np.array([took]) if 0 < took < math.inf else np.empty(0)
        tables: dict[str, Columns] = {
            "t": row(
                a=self.a, b=self.b, c=self.c, w0=self.w0, ws=ws, eta=self.eta,
                live=int(theory is not None), log=int(log), look=min(self.look, last),
                foretold=-1 if theory is None else int(theory.length), unknown=self._unknown(),
            ),
            # What stays when η moves stands in tables of its own: what hangs on it is not drawn anew.
            "frame": row(
                llo=llo, lhi=lhi, klo=0, khi=K, slo=0.0,
                shi=max(1.0, math.ceil(sweep["steps"].max(initial=1.0))),
            ),
            "plane": row(
                a=self.a, b=self.b, c=self.c, ws=ws, Es=self.c - 0.5 * self.a * ws * ws,
                xlo=xlo, xhi=xhi, ylo=ylo, yhi=yhi,
            ),
            "rule": row(rlo=ruler[0], rhi=ruler[1]),
            "steps": {"k": k.astype(np.int16)},
            "run": {
                "k": k.astype(np.int16), "w": w, "E": run.loss, "y": level, "theory": expected,
                "f": np.append(0.0, factors), "lam": np.full(K + 1, self.a),
                "eta": np.append(0.0, run.eta), "shown": (k <= last).astype(np.int8),
            },
            "bands": self._bands(ruler[1]),
            "marks": self._marks(),
            "sweep": sweep,
            "measured": {"eta": np.full(counted.shape, self.eta), "steps": np.log10(counted)},
        }  # fmt: skip
        way = "falls" if run.loss[-1] < run.loss[0] else "goes"
        about = (
            f"E {way} from {num(run.loss[0])} to {num(run.loss[-1])} while w goes from "
            f"{num(self.w0)} to {num(w[-1])} in {steps(last)}. Orange: what theory foretells of the "
            "loss; on E(w) the tangent at the step that you point at and, dashed, Taylor's parabola "
            "there, which on a quadratic is E itself."
        )
        seen = slice(last + 1)
        kept = trace(
            k=k[seen].astype(np.int16), w=short(w[seen]), E=short(run.loss[seen]), y=short(level[seen]),
            log=np.full(last + 1, log, np.int8),
        )  # fmt: skip
        return Picture("descent", DESCENT, tables, about, kept)

    def _ruler(self) -> tuple[float, float]:
        low, high = min(0.0, 1.1 * self.eta), 1.1 * abs(self.eta)
        return low, max(high, 2.5 / self.a) if self.a > 0 else max(2 * high, 1e-9)

    def _bands(self, top: float) -> Columns:
        if self.a <= 0:
            edges, names = [0.0, top], ["no minimum"]
            words = [
                "no minimum: every η > 0 runs away" if self.a else "no minimum: a straight line"
            ]
        else:
            edges = [0.0, 1 / self.a, 2 / self.a, top]
            names = ["monotone", "oscillates", "diverges"]
            words = ["monotone", "oscillates", "diverges"]
        lo, hi = np.array(edges[:-1]), np.array(edges[1:])
        return {
            "lo": lo,
            "hi": hi,
            "middle": (lo + hi) / 2,
            "regime": names,
            "label": words,
        }

    def _marks(self) -> Columns:
        if self.a <= 0:
            return {"eta": np.empty(0), "label": []}
        crowded = self.eta * self.a > 12
        return {
            "eta": np.array([1, 2]) / self.a,
            "label": ["", "2η_opt"] if crowded else ["η_opt", "2η_opt"],
        }

    def _view(self, w: Array) -> tuple[float, float, float, float]:
        ws, away = self.centre, abs(self.w0 - self.centre)
        if self.a == 0:
            low, high = float(w.min()), float(w.max())
            pad = max(0.1 * (high - low), 1e-3 * max(1.0, abs(self.w0)))
            xlo, xhi = low - pad, high + pad
        else:
            # A path that runs away is shown for its first steps; then it leaves the picture.
            furthest = float(np.abs(w - ws).max())
            half = 1.15 * min(furthest, 3 * away) or max(1.0, abs(ws))
            xlo, xhi = ws - half, ws + half
        at = np.array([xlo, xhi, min(max(ws, xlo), xhi)])
        E = Quadratic(self.a, self.b, self.c).value(at[:, None])
        pad = 0.06 * float(np.ptp(E)) or max(1.0, abs(float(E[0])))
        return xlo, xhi, float(E.min()) - pad, float(E.max()) + pad

    def _levels(
        self, run: Trajectory, theory: Trajectory | None, log: bool
    ) -> tuple[Array, Array, float, float]:
        """The loss as it is drawn, the theory's, and the axis: log₁₀(E − E*), or E without a minimum."""
        last = int(run.length)

        def drawn(path: Array) -> Array:
            if not log:
                return Quadratic(self.a, self.b, self.c).value(path)
            excess = 0.5 * self.a * (path[:, 0] - self.centre) ** 2
            with np.errstate(divide="ignore"):
                return np.log10(excess)

        level = drawn(run.w)
        expected = drawn(theory.w) if theory is not None else level
        seen = level[: last + 1]
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

    def _unknown(self) -> str:
        """Why no steps to the tolerance are foretold at any η; "" if they are."""
        if self.a <= 0:
            return "at no η: E has no minimum"
        if self.still:
            return "none to take: the start is the minimum"
        return "" if isinstance(self.schedule, OpenLoop) else "not foretold: η answers to the run"

    def _sweep(self, top: float) -> Columns:
        """Predicted steps to the tolerance over the ruler's η, as log₁₀."""
        if self._unknown() or not isinstance(self.schedule, OpenLoop):
            return {"eta": np.empty(0), "steps": np.empty(0)}
        eta = np.linspace(0, top, 161)[1:]
        if isinstance(self.schedule, Constant):
            with np.errstate(divide="ignore"):
                pace = np.log(np.abs(1 - eta * self.a))
            count = np.maximum(1, np.ceil(math.log(self.tolerance) / np.where(pace < 0, pace, -1)))
            count = np.where(pace < -1e-9, count, np.inf)
        else:
            objective = Quadratic(self.a, self.b, self.c)
            count = sweep_steps(objective, [self.w0], eta, self.schedule, 1000, self.tolerance)
        known = np.isfinite(count)
        return {"eta": eta[known], "steps": np.log10(count[known])}


def _record(run: Trajectory, foreseen: Array | None) -> Columns:
    """A run that is `cut`, by step, beside w by the closed form (K+1,)."""
    record = {
        "step": np.arange(len(run.loss)),
        "eta": np.append(run.eta, 0.0),
        "w": run.w[:, 0],
        "E": run.loss,
    }
    return record if foreseen is None else record | {"w predicted": foreseen}
