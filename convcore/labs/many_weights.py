"""The lab "Many weights": methods side by side on E(w) = ½wᵀAw + bᵀw + c (SCIENCE C)."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from convcore import curvature
from convcore.charts.parts import marked
from convcore.curvature import SAME, less_rounding, predicted_steps
from convcore.descent import Trajectory, descend_each
from convcore.knobs import FieldError, Range, Several, Variant, Vector, Whole, refuse_tiny
from convcore.labs.bowl import Bowl
from convcore.labs.course import Course
from convcore.labs.lab import Facts, Report, Result
from convcore.labs.problems import PROBLEMS, FromData, FromEigenvalues, Problem
from convcore.labs.racing import RacingLab
from convcore.labs.words import (
    count,
    followed,
    foretold,
    num,
    percent,
    quoted,
    several,
    steps,
    stopped,
    taken,
    unlike,
)
from convcore.objectives import EPS, QuadraticForm
from convcore.optimizers import OPTIMIZERS, Momentum, Nesterov, Optimizer
from convcore.race import Entrant
from convcore.schedules import SCHEDULES, Constant, OpenLoop, Schedule

Array = NDArray[np.float64]

METHODS = ("gd", "coordinate", "newton", "momentum", "nesterov")
KINDS = {key: kind for key, kind in OPTIMIZERS if key in METHODS}


@dataclass(frozen=True)
class ManyWeights(RacingLab):
    """Descent on a quadratic of n weights by several methods from one start."""

    problem: Annotated[
        Problem, Variant("the quadratic", "where A and b in E = ½wᵀAw + bᵀw come from", PROBLEMS)
    ] = FromEigenvalues()
    start: Annotated[
        tuple[float, ...],
        Vector("start w₀", "n numbers; or click on the level lines", empty="the usual start"),
    ] = ()
    eta: Annotated[
        float,
        Range("step size η", "of plain descent and momentum", 1e-4, 1e2, 0.01, True, (-1e12, 1e12)),
    ] = 0.18
    methods: Annotated[
        tuple[str, ...],
        Several(
            "methods",
            "each has one colour in all pictures",
            METHODS,
            names=tuple((key, kind.label) for key, kind in KINDS.items()),
        ),
    ] = ("gd", "newton", "momentum")
    relative: Annotated[
        float,
        Range(
            "η of per coordinate and Newton",
            "a share of the full step: 1 goes all the way, below 2 converges for Newton",
            0.05,
            2.5,
            0.05,
            limits=(-1e6, 1e6),
        ),
    ] = 1.0
    beta: Annotated[
        float,
        Range(
            "momentum β", "share of the last step that momentum and Nesterov keep", 0, 0.99, 0.01
        ),
    ] = 0.5
    schedule: Annotated[
        Schedule, Variant("schedule", "how η changes from step to step", SCHEDULES)
    ] = Constant()
    steps: Annotated[int, Whole("steps", "how many steps each method takes", 1, 200)] = 36
    tolerance: Annotated[
        float,
        Range(
            "tolerance τ",
            "steps are counted until ‖w − w*‖ ≤ τ‖w₀ − w*‖",
            1e-9,
            0.5,
            0.001,
            log=True,
        ),
    ] = 1e-3
    look: Annotated[
        int, Whole("look at step", "the step that is ringed; or point at the loss", 0, 200)
    ] = 3

    key: ClassVar[str] = "many"
    title: ClassVar[str] = "Many weights"

    def __post_init__(self) -> None:
        for name in ("eta", "relative"):
            if not abs(getattr(self, name)) <= 1e12:
                raise FieldError(name, "the step size must be a number of at most 1e12 in size.")
            refuse_tiny(name, "the step size", getattr(self, name))
        if not 0 <= self.beta < 1:
            raise FieldError("beta", "momentum β must be at least 0 and below 1.")
        if not 1 <= self.steps <= 10_000:
            raise FieldError("steps", "steps must be between 1 and 10,000.")
        if not 0 < self.tolerance < 1:
            raise FieldError("tolerance", "the tolerance must lie between 0 and 1.")
        unknown = [name for name in self.methods if name not in KINDS]
        if unknown:
            raise FieldError("methods", f"{unknown[0]!r} is none of {', '.join(KINDS)}.")
        n = quadratic(self.problem).n
        if self.start and len(self.start) != n:
            raise FieldError(
                "start",
                f"The start has {several(len(self.start), 'number')} and there are {n} weights: "
                f"give {n}, or none for the usual start.",
            )
        if self.start and np.abs(self.start).max() > 1e12:
            raise FieldError("start", "The start has numbers beyond 1e12.")
        refuse_tiny("start", "each number of the start", *self.start)

    @property
    def origin(self) -> Array:
        """w₀ (n,)."""
        n = quadratic(self.problem).n
        return np.array(self.start or self.problem.default_start(n))

    def course(self) -> Course | None:
        objective = quadratic(self.problem)
        s = objective.spectrum
        if objective.minimiser is None or not s.error(self.origin).any() or s.values[-1] <= 0:
            return None
        target = _target(objective, self.origin)
        entrants = [
            Entrant(key, KINDS[key].label, self.optimizer(key), self.schedule) for key in METHODS
        ]
        return Course(
            objective=objective,
            start=tuple(self.origin.tolist()),
            entrants=tuple(entrants),
            steps=min(max(self.steps, 200), 1000),
            own=self.steps,
            unit=1 / float(s.values[-1]),
            unit_words=f"1/λ_max = {num(1 / float(s.values[-1]))}",
            goal=f"{percent(self.tolerance)} of the starting error",
            kind="method",
            here=tuple(
                (key, self.relative if KINDS[key].relative else self.eta)
                for key in dict.fromkeys(("gd", *self.methods))
            ),
            tolerance=self.tolerance,
            target=tuple(target.tolist()),
        )

    def entered(self, key: str, eta: float, steps: int) -> ManyWeights:
        methods = tuple(name for name in METHODS if name in (*self.methods, key))
        field = "relative" if KINDS[key].relative else "eta"
        return replace(self, methods=methods, steps=steps, **{field: eta})  # type: ignore[arg-type]

    def picked(self, selection: str, point: Mapping[str, Any]) -> ManyWeights:
        if selection == "pick_race":
            return self.chosen(point)
        if selection == "pick_eta":
            return replace(self, eta=self._pointed_at(float(point["eta"])))
        if selection == "pick_look":
            return replace(self, look=int(point["k"]))
        objective = quadratic(self.problem)
        w = Bowl(objective, self.origin).moved(float(point["x"]), float(point["y"]))
        return replace(self, start=tuple(float(f"{x:.4g}") for x in w))

    def _pointed_at(self, digits: float) -> float:
        """The step size at log₁₀ η on the ruler, or the limit that is marked there."""
        bowl = Bowl(quadratic(self.problem), self.origin)
        marks = {math.log10(limit): limit for limit in bowl.limits}
        at = marked(digits, marks, *bowl.ruler(self.eta))
        return marks.get(at) or float(f"{10.0**digits:.3g}")

    def optimizer(self, method: str) -> Optimizer:
        """The optimizer of this key with the lab's settings."""
        kind = KINDS[method]
        return kind(self.beta) if kind in (Momentum, Nesterov) else kind()

    def run(self, report: Report | None = None) -> Result:
        objective = quadratic(self.problem)
        start = self.origin
        methods = tuple(dict.fromkeys(("gd", *self.methods)))
        optimizers = [self.optimizer(method) for method in methods]
        entrants = [(self.relative if o.relative else self.eta, o) for o in optimizers]
        exact = self.eta if isinstance(self.schedule, OpenLoop) else None
        found = descend_each(objective, start, entrants, self.schedule, self.steps, exact=exact)
        runs = dict(zip(methods, found, strict=False))
        theory = None if exact is None else found[-1]
        bowl = Bowl(objective, start)
        predicted = self._predicted(objective, bowl)
        took = {name: self._took(objective, run) for name, run in runs.items()}
        # Under a constant η nothing but rounding stops a run that arrives by theory.
        brought_back = {
            name
            for name, run in runs.items()
            if run.gone
            and took[name] == math.inf
            and predicted[name] < math.inf
            and not isinstance(self.schedule, Constant)
            and (name != "gd" or (theory is not None and theory.gone))
        }
        back = {n: followed(predicted[n], runs[n]) if n in brought_back else "" for n in runs}
        return Result(
            sentence=self._sentence(
                objective, bowl, runs["gd"], predicted["gd"], took["gd"], back["gd"]
            ),
            pictures=(bowl.picture(self, runs, theory),),
            facts=(
                self._by_method(objective, runs, predicted, took, back),
                self._limits(objective),
                *self._data(objective, runs["gd"]),
            ),
            record=self._record(objective, runs),
            notes=(
                *self.problem.notes(),
                *self._notes(objective, runs, theory, predicted, took),
            ),
            predicted=self._each(
                {n: foretold(predicted[n], self.tolerance) + back[n] for n in self.methods}
            ),
            measured=self._each(
                {
                    name: taken(took[name], self.steps)
                    if took[name] < math.inf or (took[name] == math.inf and not runs[name].gone)
                    else str(runs[name].outcome())
                    for name in self.methods
                }
            ),
        )

    def _each(self, said: dict[str, str]) -> str:
        return "; ".join(f"{KINDS[name].label}: {words}" for name, words in said.items()) or "–"

    @property
    def ground(self) -> Hashable:
        return self.problem

    def _took(self, objective: QuadraticForm, run: Trajectory) -> float:
        if objective.minimiser is None:
            return math.nan
        if not objective.spectrum.error(self.origin).any():
            return 0.0
        return float(run.steps_to(self.tolerance, _target(objective, self.origin)))

    def _predicted(self, objective: QuadraticForm, bowl: Bowl) -> dict[str, float]:
        """Steps to the tolerance by theory; NaN where there is none.

        Exact for plain descent and Newton; from the asymptotic rate for the others.
        """
        predicted = dict.fromkeys(KINDS, math.nan)
        if objective.minimiser is None or not isinstance(self.schedule, OpenLoop):
            return predicted
        lam, error = objective.spectrum.values, bowl.error

        def exact(values: Array, eta: float) -> float:
            plan = self.schedule
            assert isinstance(plan, OpenLoop)
            return predicted_steps(values, error, eta, plan, self.tolerance)

        predicted["gd"] = exact(lam, self.eta)
        predicted["newton"] = exact((lam > 0).astype(float), self.relative)
        if isinstance(self.schedule, Constant) and error.any():
            for name in ("coordinate", "momentum", "nesterov"):
                rate = self.rate(objective, name)
                if rate < 1:
                    k = math.log(self.tolerance) / math.log(rate) if rate > 0 else 1.0
                    predicted[name] = max(1.0, math.ceil(k))
                elif rate > 1:
                    predicted[name] = math.inf
        return predicted

    def rate(self, objective: QuadraticForm, method: str) -> float:
        """The asymptotic factor per step of a method at its constant η; NaN if there is none.

        Only directions in which the start has an error count.
        """
        s = objective.spectrum
        lam = s.values[(s.values != 0) & (s.error(self.origin) != 0)]
        if not lam.size:
            return math.nan
        if method == "gd":
            return less_rounding(float(np.abs(1 - self.eta * lam).max()))
        if method == "newton":
            return abs(1 - self.relative)
        if method == "coordinate":
            values = _by_coordinates(objective, self.origin)
            if not values.size:
                return math.nan
            return less_rounding(float(np.abs(1 - self.relative * values).max()))
        return curvature.momentum_rate(lam, self.eta, self.beta, nesterov=method == "nesterov")

    def _sentence(
        self,
        objective: QuadraticForm,
        bowl: Bowl,
        run: Trajectory,
        predicted: float,
        took: float,
        back: str,
    ) -> str:
        s = objective.spectrum
        low, top = float(s.values[0]), float(s.values[-1])
        ends = f" After {steps(int(run.length))} of plain descent: {run.outcome()}."
        if top <= 0 and low == 0 and not s.drift.any():
            return "A = 0 and b = 0: E is flat, and nothing moves."
        singular = ""
        if low == 0:
            singular = (
                f" A is singular: along {bowl.direction(0)} nothing bends, and the start's part "
                "there stays."
            )
        if not bowl.error.any() and not s.drift.any():
            kind = "minimum" if low >= 0 else "saddle" if top > 0 else "maximum"
            moved = "only rounding moves it" if np.any(run.w != run.w[0]) else "nothing moves"
            said = f"The start is a {kind}: the gradient vanishes and {moved}.{singular}"
            return said + (ends if np.any(run.w != run.w[0]) else "")
        eta = float(run.eta[0])
        if low < 0:
            kind = "indefinite" if top > 0 else f"negative {'semi-' if top == 0 else ''}definite"
            which = "each" if isinstance(self.schedule, Constant) else "the first"
            unseen = (
                "" if bowl.error[0] else " The start has no part there: only rounding seeds it."
            )
            return (
                f"**A is {kind}**: along {bowl.direction(0)} the curvature is λ = {num(low)}, so E has "
                f"no minimum. Every η > 0 makes the error there grow, however small it is at the start: "
                f"{which} step multiplies it by 1 − ηλ = **{_factor(eta, low)}**.{unseen}{ends}"
            )
        bound = self._bounds_in_words(objective)
        if s.drift.any():
            slope = bowl.direction(int(np.flatnonzero(s.drift)[0]))
            return (
                f"**A is singular and b is not in its range**: along {slope} E is a "
                f"straight slope without end, and every η > 0 drifts down it. {bound}{ends}"
            )
        kappa = curvature.effective_condition_number(s)
        ends_of = _factor(eta, float(s.values[s.values > 0][0])), _factor(eta, top)
        factors = (
            f"the errors by **{ends_of[0]}** (slowest direction) to **{ends_of[1]}** (steepest)"
        )
        if ends_of[0] == ends_of[1]:
            factors = f"all errors by **{ends_of[0]}**"
        step = "" if isinstance(self.schedule, Constant) else "The first step's "
        among = " among the directions that bend" if singular else ""
        return (
            f"**κ = {num(kappa)}**{among}. {bound} {step}η = {unlike(eta, 1 / top, 2 / top)} multiplies "
            f"{factors}: {self._does(s.values[bowl.error != 0], top, run)}.{singular}"
            f"{self._counted(run, predicted, took, back)}{ends}"
        )

    def _does(self, met: Array, top: float, run: Trajectory) -> str:
        """What becomes of the directions of curvatures `met`, ascending, that the start has an error in."""
        if self.eta <= 0:
            return "no descent: η is not positive"
        slow, share = self.eta * float(met[0]), self.eta * float(met[-1])
        seen = met[-1] >= (1 - SAME) * top
        along = "the steepest direction" if seen else "the steepest of its own"
        if abs(share - 2) <= 2 * SAME:
            does = f"**jumps between two points for ever** along {along}"
        elif share > 2:
            does = f"**diverges** along {along}"
        elif abs(share - 1) <= SAME and abs(slow - 1) <= SAME:
            does = "**lands on the minimum in one step**, as all directions with an error are alike"
        elif share > 1 + SAME:
            does = f"**converges**, oscillating along {along}"
        else:
            does = "**converges** without oscillating"
        start = "" if seen else "the start has no part along the steepest direction, and "
        if not seen and run.eta.max() * top > 2 * (1 + SAME) and share <= 2:
            does += " unless rounding seeds that one"
        if isinstance(self.schedule, Constant):
            return f"{start}descent {does}"
        kept = "leaves it so in these steps" if np.all(run.eta == self.eta) else "changes it"
        return (
            f"{start}with η = {num(self.eta)} kept, descent {does}; "
            f"the schedule ({self.schedule.label}) {kept}"
        )

    def _bounds_in_words(self, objective: QuadraticForm) -> str:
        true = curvature.limit(objective.spectrum)
        notes = curvature.notes_bound(objective.A)
        if not math.isfinite(true):
            return "There is no upward curvature to limit η."
        if abs(notes - true) <= 1e-9 * true:
            return (
                f"Limit of η: 2/λ_max = **{num(true)}**; the notes' 2·min 1/a_ii is the same, "
                "as the steepest direction is a weight's own."
            )
        return (
            f"Limit of η: 2/λ_max = **{num(true)}**; the notes' 2·min 1/a_ii = {num(notes)} is too "
            "generous, as it holds for diagonal A only."
        )

    def _counted(self, run: Trajectory, predicted: float, took: float, back: str) -> str:
        goal = percent(self.tolerance)
        measured = (
            f"took {count(took)}" if took < math.inf else f"not reached in {steps(self.steps)}"
        )
        if not isinstance(self.schedule, OpenLoop):
            return f" To {goal} of the starting error: {measured}."
        if predicted == math.inf:
            return f" Predicted: {goal} of the starting error is **never** reached; {measured}."
        if back:
            measured = f"the schedule would bring it back by then, but {stopped(run)}"
        return f" Predicted **{steps(predicted)}** to {goal} of the starting error; {measured}."

    def _by_method(
        self,
        objective: QuadraticForm,
        runs: dict[str, Trajectory],
        predicted: dict[str, float],
        took: dict[str, float],
        back: dict[str, str],
    ) -> Facts:
        low, top = objective.spectrum.values[[0, -1]].tolist()
        limits = dict.fromkeys(KINDS, math.nan) | {"newton": 2.0}
        if low >= 0:  # where E bends down, no η holds
            limits |= {
                "gd": curvature.limit(objective.spectrum),
                "coordinate": 2 / float(_by_coordinates(objective).max(initial=0.0) or math.nan),
                "momentum": curvature.momentum_limit(top, self.beta),
                "nesterov": curvature.nesterov_limit(top, self.beta),
            }
        rows = []
        for name, run in runs.items():
            relative = KINDS[name].relative
            eta = self.relative if relative else self.eta
            about = "" if name in ("gd", "newton") or predicted[name] == math.inf else "≈ "
            reached = took[name] < math.inf
            rows.append(
                (
                    KINDS[name].label,
                    num(eta) + (" of the full step" if relative else ""),
                    num(limits[name]),
                    num(self.rate(objective, name)),
                    "–"
                    if math.isnan(predicted[name])
                    else about + count(predicted[name]) + back[name],
                    count(took[name])
                    if reached
                    else f"not in {steps(int(run.length) if run.gone else self.steps)}",
                    str(run.outcome()),
                )
            )
        if objective.minimiser is None:
            rows = [(*row[:5], "–", row[6]) for row in rows]
        heads = ("method", "η", "limit of η", "rate", f"predicted to {percent(self.tolerance)}")
        return Facts((*heads, "took", "how it ends"), tuple(rows))

    def _limits(self, objective: QuadraticForm) -> Facts:
        s, A = objective.spectrum, objective.A
        found = *curvature.best_fixed_step(s), *curvature.best_momentum(s)
        safe = s.values[0] >= 0
        bounds = (
            curvature.limit(s),
            curvature.notes_bound(A),
            curvature.trace_bound(A),
            curvature.gershgorin_bound(A),
        )
        limit, notes, trace, discs, best, rate, eta, beta = (
            num(x) if safe else "–"  # where E bends down, no η holds
            for x in (*bounds, *found)
        )
        kappa = num(curvature.condition_number(s))
        return Facts(
            ("of the matrix", "value", "of the step", "value"),
            (
                ("weights n", str(objective.n), "2/λ_max", limit),
                ("λ_min", num(s.values[0]), "notes: 2·min 1/a_ii", notes),
                ("λ_max", num(s.values[-1]), "safe: 2/trace", trace),
                ("κ = λ_max/λ_min", kappa, "safe: Gershgorin", discs),
                ("best η", best, "its rate", rate),
                ("best momentum η", eta, "its β", beta),
            ),
        )

    def _data(self, objective: QuadraticForm, run: Trajectory) -> tuple[Facts, ...]:
        """For a table: the steps that each scaling needs, and the coefficients of the raw features."""
        if not isinstance(self.problem, FromData):
            return ()
        rows = []
        for scaling in ("raw", "standardised", "whitened"):
            try:
                fit = self.problem.fit(scaling)
            except FieldError as error:
                rows.append((scaling, "–", "–", "–", str(error)))
                continue
            s = fit.objective.spectrum
            eta = 1 / float(s.values[-1])
            from_zero = Bowl(fit.objective, np.zeros(fit.objective.n)).error
            needed = predicted_steps(s.values, from_zero, eta, Constant(), self.tolerance)
            here = "on this page" if scaling == self.problem.scaling else ""
            kappa = num(curvature.effective_condition_number(s))
            rows.append((scaling, kappa, num(eta), count(needed), here))
        heads = (
            "features",
            "κ",
            "η = 1/λ_max",
            f"predicted steps from w = 0 to {percent(self.tolerance)}",
            "",
        )
        fit = self.problem.fit()
        # What terms that cancel leave of each other is no coefficient.
        s = objective.spectrum
        terms = np.abs(fit.back) @ (np.abs(s.vectors) @ np.abs(s.centre))
        solution, reached = (
            np.where(np.abs(fit.back @ w) > 8 * objective.n * EPS * terms, fit.back @ w, 0.0)
            for w in (objective.stationary, run.w[-1])
        )
        names = (*(quoted(name) for name in fit.names), "intercept")
        coefficients = tuple(
            (name, num(x, 9), num(y, 9))
            for name, x, y in zip(names, solution, reached, strict=True)
        )
        return (
            Facts(heads, tuple(rows)),
            Facts(("coefficient (raw units)", "least squares", "plain descent"), coefficients),
        )

    def _notes(
        self,
        objective: QuadraticForm,
        runs: dict[str, Trajectory],
        theory: Trajectory | None,
        predicted: dict[str, float],
        took: dict[str, float],
    ) -> tuple[str, ...]:
        notes, run = [], runs["gd"]
        if theory is not None and theory.outcome().status is not run.outcome().status:
            notes.append(
                f"The exact path: {theory.outcome()}; the run: {run.outcome()}. Rounding in "
                "the loop seeds a direction that the exact path does not know. In practice the run counts."
            )
        seeded = [n for n in runs if n != "gd" and runs[n].gone and predicted[n] < math.inf]
        if seeded and isinstance(self.schedule, Constant):
            notes.append(
                f"{', '.join(KINDS[name].label for name in seeded)}: rounding seeds a direction that the "
                "start has no part in, and that the prediction leaves out. In practice the run counts."
            )
        passing = [n for n in runs if predicted[n] == math.inf and took[n] < math.inf]
        if passing:
            notes.append(
                f"{', '.join(KINDS[name].label for name in passing)}: predicted for the long run; "
                "on the way the error was small for a while."
            )
        if objective.n > 2:
            notes.append(
                "The level lines show the plane through the minimum along the slowest (across) and the "
                "steepest eigenvector (up), as distances from the minimum."
            )
        if "coordinate" in self.methods and (np.diagonal(objective.A) <= 0).any():
            notes.append(
                "Per coordinate leaves a weight alone whose own curvature is not positive."
            )
        return tuple(notes)

    def _record(
        self, objective: QuadraticForm, runs: dict[str, Trajectory]
    ) -> dict[str, Array | list[str]]:
        names: list[str] = []
        blocks, losses = [], []
        for name, run in runs.items():
            last = int(run.length)
            names += [name] * (last + 1)
            blocks.append(np.column_stack([np.arange(last + 1), run.w[: last + 1]]))
            losses.append(run.loss[: last + 1])
        table = np.vstack(blocks)
        record: dict[str, Array | list[str]] = {"method": names, "step": table[:, 0].astype(int)}
        record |= {f"w{i}": table[:, i] for i in range(1, table.shape[1])}
        return {**record, "E": np.concatenate(losses)}


@lru_cache(maxsize=16)
def quadratic(problem: Problem) -> QuadraticForm:
    """The problem's quadratic, kept, as each change of another control asks for it again."""
    return problem.objective()


def _factor(eta: float, curved: float) -> str:
    """1 − ηλ in words."""
    return unlike(less_rounding(1 - eta * curved), -1, 0, 1)


def _by_coordinates(objective: QuadraticForm, start: Array | None = None) -> Array:
    """The eigenvalues that are not 0 of D^−½AD^−½, D the diagonal of A where it is positive.

    They are to per coordinate what λ is to plain descent. start (n,): only those in whose directions it
    has an error. Empty where a weight that is left alone, as a_ii ≤ 0, bends E all the same.
    """
    a = np.diagonal(objective.A)
    up = a > 0
    if np.any(objective.A[~up] != 0):
        return np.empty(0)
    root = np.sqrt(a[up])
    values, Q = np.linalg.eigh(objective.A[np.ix_(up, up)] / np.outer(root, root))
    kept = np.abs(values) > 1e-13 * np.abs(values).max(initial=0.0)
    if start is not None:
        w, centre = start[up], objective.stationary[up]
        noise = 8 * len(a) * EPS * np.abs(Q.T) @ (root * (np.abs(w) + np.abs(centre)))
        kept &= np.abs(Q.T @ (root * (w - centre))) > noise
    return np.asarray(values[kept])


def _target(objective: QuadraticForm, start: Array) -> Array:
    """The minimum that descent from here leads to: w*, with the start's part in null directions."""
    s = objective.spectrum
    flat = s.vectors[:, s.values == 0]
    return np.asarray(objective.stationary + flat @ (flat.T @ (start - objective.stationary)))
