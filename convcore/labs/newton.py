"""The lab "Taylor and Newton": local models, and the methods that trust them (SCIENCE B and D)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from convcore.charts.parts import MOST
from convcore.charts.picture import Columns
from convcore.descent import Status, Trajectory, descend
from convcore.gallery import BY_KEY, Function
from convcore.knobs import FieldError, OneOf, Range, Several, Variant, Vector, Whole
from convcore.labs.functions import GROUNDS, FromGallery, Ground
from convcore.labs.lab import Facts, Lab, Report, Result
from convcore.labs.local import Local, finite
from convcore.labs.local_view import LABELS, picture
from convcore.labs.newton_map import threshold
from convcore.labs.words import num, steps
from convcore.optimizers import OPTIMIZERS

Array = NDArray[np.float64]

KINDS = dict(OPTIMIZERS)
ROWS = 16  # of the table along the path; the rest is in the download
NAMES = tuple(LABELS.items())


@dataclass(frozen=True)
class TaylorAndNewton(Lab):
    """Methods side by side on a function of one or two weights, with the local model at each step."""

    ground: Annotated[
        Ground, Variant("E is", "a named function, or a formula that you type", GROUNDS)
    ] = FromGallery()
    start: Annotated[
        tuple[float, ...],
        Vector("start w₀", "one number for each weight; empty for the usual start"),
    ] = ()
    methods: Annotated[
        tuple[str, ...],
        Several("methods", "each has one colour in all pictures", tuple(KINDS), names=NAMES),
    ] = ("gd", "newton", "damped")
    eta: Annotated[
        float,
        Range("step size η", "of methods whose step is η·∇E", 1e-4, 1e2, 0.01, True, (1e-12, 1e12)),
    ] = 0.5
    relative: Annotated[
        float,
        Range(
            "share of the Newton step",
            "η of the methods that know curvature: 1 goes all the way",
            0.05,
            2.0,
            0.05,
            limits=(1e-6, 1e3),
        ),
    ] = 1.0
    steps: Annotated[int, Whole("steps", "how many steps each method takes", 1, 100)] = 15
    model: Annotated[
        str,
        OneOf("local model of", "whose path the Taylor model follows", tuple(KINDS), names=NAMES),
    ] = "newton"
    look: Annotated[
        int, Whole("look at step", "the step of the local model; or point at the loss", 0, 100)
    ] = 0
    order: Annotated[
        int,
        Whole("Taylor order", "of the second curve, one weight: what order 2 leaves out", 1, 6),
    ] = 2

    key: ClassVar[str] = "newton"
    title: ClassVar[str] = "Taylor and Newton"

    def __post_init__(self) -> None:
        objective = self.ground.objective()
        n = objective.n
        if self.start and len(self.start) != n:
            raise FieldError(
                "start", f"The start has {len(self.start)} numbers and E has {n} weights."
            )
        if self.start and np.abs(self.start).max() > 1e6:
            raise FieldError("start", "The start has numbers beyond 1e6.")
        for name in ("eta", "relative"):
            if not 0 < getattr(self, name) <= 1e12:
                raise FieldError(name, "The step size must be positive and at most 1e12.")
        if not 1 <= self.steps <= 1000:
            raise FieldError("steps", "steps must be between 1 and 1,000.")
        if not 1 <= self.order <= 6:
            raise FieldError("order", "The order must be between 1 and 6.")
        unknown = [name for name in (*self.methods, self.model) if name not in KINDS]
        if unknown:
            raise FieldError("methods", f"{unknown[0][:40]!r} is none of {', '.join(KINDS)}.")
        if len(self.methods) > MOST:
            raise FieldError(
                "methods", f"At most {MOST} methods at once: more cannot be told apart."
            )
        w = self.origin
        if not (np.isfinite(objective.value(w)) and np.isfinite(objective.gradient(w)).all()):
            raise FieldError("start", "E or its gradient is not defined at this start.")

    @property
    def origin(self) -> Array:
        """w₀ (n,)."""
        return np.array(self.start or self.ground.start(), dtype=float)

    def after(self, field: str) -> TaylorAndNewton:
        if field.startswith("ground"):
            return replace(self, start=(), eta=self.ground.eta())
        return self

    def picked(self, selection: str, point: Mapping[str, Any]) -> TaylorAndNewton:
        if selection == "pick_look":
            return replace(self, look=int(point["k"]))
        return replace(self, start=tuple(float(f"{point[axis]:.4g}") for axis in ("x", "y")))

    def run(self, report: Report | None = None) -> Result:
        objective = self.ground.objective()
        runs = {}
        for name in dict.fromkeys((*self.methods, self.model)):
            eta = self.relative if KINDS[name].relative else self.eta
            runs[name] = _descended(objective, tuple(self.origin.tolist()), name, eta, self.steps)
        local = Local(objective, self.ground.view(), runs[self.model], self.order)
        shown = {name: runs[name] for name in self.methods}
        return Result(
            sentence=self._sentence(local, shown),
            pictures=(picture(local, self, shown),),
            facts=(self._by_method(shown), self._along(local)),
            record=self._record(runs),
            notes=(*self._named()[1], *self.ground.notes()),
        )

    def _sentence(self, local: Local, runs: dict[str, Trajectory]) -> str:
        objective = local.objective
        w = self.origin
        best = local.best[0]
        at = ", ".join(num(x) for x in w)
        name, _ = self._named()
        echo = f"{name} from w₀ = {at if len(w) == 1 else f'({at})'}. "
        if np.isnan(local.values[0]).any():
            bend = "There the curvature of E is **not finite**: no η_opt, and no step of Newton."
        elif math.isnan(best):
            bend = (
                "There E does not bend up"
                + (" in every direction" if len(w) > 1 else "")
                + ": **no η_opt**, and Newton's step does not lead downhill for sure."
            )
        else:
            what = "1/E″" if len(w) == 1 else "1/λ_max"
            bend = f"There η_opt = {what} = **{num(best)}**."
        said = [
            f"{LABELS[name]} **{run.outcome()}**{_counted(objective, run)}"
            for name, run in runs.items()
        ]
        told = "; ".join(said) or "no method is chosen"
        ends = f" {told[0].upper()}{told[1:]}."
        return echo + bend + ends + self._threshold(local)

    def _named(self) -> tuple[str, tuple[str, ...]]:
        """What E is, for the sentence, and in notes what is too long for it."""
        formula = f"$E = {self.ground.objective().formula.latex()}$"
        ground = self.ground
        if isinstance(ground, FromGallery) and len(ground.view()) > 1:
            return f"**{BY_KEY[ground.name].title}**", (formula,)
        return formula, ()

    def _threshold(self, local: Local) -> str:
        """What Newton's map says of where it converges from."""
        if local.objective.n > 1:
            return ""
        pair = threshold(local.objective, local.view[0])
        if pair is None or "newton" not in self.methods or self.relative != 1:
            return ""
        return (
            f" Newton's map swaps w = {num(pair[0], 5)} and {num(pair[1], 5)}: from between them it "
            f"goes to {num(round(pair[2], 12))}, from a little beyond it does not."
        )

    def _by_method(self, runs: dict[str, Trajectory]) -> Facts:
        rows = []
        for name, run in runs.items():
            relative = KINDS[name].relative
            rows.append(
                (
                    LABELS[name],
                    f"{num(self.relative)} of the step" if relative else num(self.eta),
                    ", ".join(num(x, 6) for x in run.w[-1]),
                    num(run.loss[-1], 6),
                    str(run.outcome()),
                )
            )
        return Facts(("method", "η", "w at the end", "E", "how it ends"), tuple(rows))

    def _along(self, local: Local) -> Facts:
        """E, its derivatives and η_opt along the path of the local model."""
        head = ("k", "w", "E", "E′", "E″", "η_opt = 1/E″", "Newton sends w to")
        if local.objective.n > 1:
            head = ("k", "w", "E", "‖∇E‖", "λ_min, λ_max", "1/λ_max", "Newton sends w to")
        rows = []
        last = len(local.w) - 1
        shown = [k for k in range(last + 1) if last < ROWS or k < ROWS - 2 or k == last]
        for k in shown:
            if k == last >= ROWS:
                rows.append(("…",) * len(head))
            target = local.target[k]
            sent = ", ".join(num(x, 5) for x in target) if np.isfinite(target).all() else "–"
            slope = local.g[k, 0] if local.objective.n == 1 else float(np.linalg.norm(local.g[k]))
            rows.append(
                (
                    str(k),
                    ", ".join(num(x, 5) for x in local.w[k]),
                    num(local.E[k], 5),
                    num(slope),
                    ", ".join(num(x) for x in local.values[k]),
                    num(local.best[k]),
                    sent,
                )
            )
        return Facts(head, tuple(rows))

    def _record(self, runs: dict[str, Trajectory]) -> Columns:
        names, blocks = [], []
        for name, run in runs.items():
            last = int(run.length) + 1
            names += [name] * last
            blocks.append(np.column_stack([np.arange(last), run.w[:last], run.loss[:last]]))
        table = np.vstack(blocks)
        columns = ["step", *(f"w{i}" for i in range(1, table.shape[1] - 1)), "E"]
        return {"method": names} | {c: table[:, i] for i, c in enumerate(columns)}


@lru_cache(maxsize=128)
def _descended(
    objective: Function, start: tuple[float, ...], name: str, eta: float, steps: int
) -> Trajectory:
    """A method's run; most changes of a control leave most of the runs as they were."""
    return descend(objective, start, eta, KINDS[name](), steps=steps)


def _counted(objective: Function, run: Trajectory) -> str:
    """When the gradient of a run that converged had fallen to a millionth of its largest."""
    if run.outcome().status is not Status.CONVERGED:
        return ""
    g = np.linalg.norm(finite(objective.gradient(run.w)), axis=-1)
    small = np.flatnonzero(g <= 1e-6 * g.max())
    return f" (gradient down to 10⁻⁶ after {steps(float(small[0]))})" if small.size else ""
