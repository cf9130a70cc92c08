"""The lab "Rough ground": where learning rates stop behaving (SCIENCE D and E)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from convcore.charts.picture import Columns, Picture, row
from convcore.charts.rough_ground import CURVE, PLANE
from convcore.descent import Status, Trajectory, descend
from convcore.gallery import Function
from convcore.knobs import FieldError, OneOf, Range, Several, Variant, Vector, Whole
from convcore.labs.bowl import short
from convcore.labs.functions import (
    GROUNDS,
    FromGallery,
    Ground,
    View,
    around,
    landscape,
    positive_definite,
)
from convcore.labs.lab import Facts, Lab, Report, Result
from convcore.labs.local_view import pieces
from convcore.labs.rough_maps import (
    MAPS,
    SECONDS,
    EscapeMap,
    Noise,
    Scene,
    Second,
    place,
    settled_at,
)
from convcore.labs.words import num
from convcore.optimizers import OPTIMIZERS
from convcore.schedules import (
    SCHEDULES,
    Constant,
    Schedule,
)
from convcore.stationary import StationaryPoint, stationary_points

Array = NDArray[np.float64]

KINDS = dict(OPTIMIZERS)
PLANS = dict(SCHEDULES)
ROWS = 1500  # of the table of paths, over all runs
NAMED = 12  # stationary points that are named in pictures and tables


@dataclass(frozen=True)
class RoughGround(Lab):
    """A function with more than one valley: who escapes, who settles, who freezes on the way."""

    ground: Annotated[Ground, Variant("function", "what E is", GROUNDS)] = FromGallery("pinhole")
    start: Annotated[
        tuple[float, ...],
        Vector("start w₀", "one number for each weight; empty for the usual start"),
    ] = ()
    eta: Annotated[
        float,
        Range("step size η₀", "η_k = η₀·f_k; a share of the step for Newton's relatives", 1e-4, 1e1,
              0.01, True, (1e-9, 1e9)),
    ] = 0.8  # fmt: skip
    schedule: Annotated[
        Schedule, Variant("schedule", "how η decays from step to step", SCHEDULES)
    ] = Constant()
    compare: Annotated[
        tuple[str, ...],
        Several(
            "compare with",
            "other schedules from the same start, with their usual settings",
            tuple(PLANS),
            names=tuple((key, kind.label) for key, kind in SCHEDULES),
        ),
    ] = ("linear", "quadratic")
    method: Annotated[
        str,
        OneOf(
            "method",
            "whose runs these are",
            tuple(KINDS),
            names=tuple((key, kind.label) for key, kind in OPTIMIZERS),
        ),
    ] = "gd"
    steps: Annotated[int, Whole("steps", "how many steps each run takes", 1, 1000)] = 200
    second: Annotated[Second, Variant("second picture", "what is drawn below", SECONDS)] = (
        EscapeMap()
    )

    key: ClassVar[str] = "rough"
    title: ClassVar[str] = "Rough ground"

    @property
    def heavy(self) -> bool:  # type: ignore[override]
        """Whether the second picture has still to be computed."""
        if isinstance(self.second, Noise):
            return self.second.runs * len(self.plans()) > 600
        key = self.second.key(self.scene({}))
        return key is not None and key not in MAPS

    def __post_init__(self) -> None:
        objective = self.ground.objective()
        n = objective.n
        if self.start and len(self.start) != n:
            raise FieldError(
                "start", f"The start has {len(self.start)} numbers and E has {n} weights."
            )
        if self.start and np.abs(self.start).max() > 1e6:
            raise FieldError("start", "The start has numbers beyond 1e6.")
        if not 0 < self.eta <= 1e12:
            raise FieldError("eta", "The step size must be positive and at most 1e12.")
        if not 1 <= self.steps <= 5000:
            raise FieldError("steps", "steps must be between 1 and 5,000.")
        if self.method not in KINDS:
            raise FieldError("method", f"{self.method[:40]!r} is none of {', '.join(KINDS)}.")
        unknown = [name for name in self.compare if name not in PLANS]
        if unknown:
            raise FieldError("compare", f"{unknown[0][:40]!r} is none of {', '.join(PLANS)}.")
        if not self.second.fits(n):
            raise FieldError("second", "Basins need a function of two weights.")
        w = self.origin
        if not (np.isfinite(objective.value(w)) and np.isfinite(objective.gradient(w)).all()):
            raise FieldError("start", "E or its gradient is not defined at this start.")

    @property
    def origin(self) -> Array:
        """w₀ (n,)."""
        return np.array(self.start or self.ground.start(), dtype=float)

    def after(self, field: str) -> RoughGround:
        if field.startswith("ground"):
            second = self.second if self.second.fits(self.ground.objective().n) else EscapeMap()
            return replace(self, start=(), eta=self.ground.eta(), second=second)
        if field == "method":
            return replace(self, eta=1.0 if KINDS[self.method].relative else self.ground.eta())
        return self

    def picked(self, selection: str, point: Mapping[str, Any]) -> RoughGround:
        x = float(f"{point['x']:.4g}")
        if selection == "pick_eta":
            return replace(self, eta=x)
        if selection == "pick_cell" and isinstance(self.second, EscapeMap):
            start = (x, *(float(w) for w in self.origin[1:]))
            return replace(self, start=start, eta=float(f"{10 ** point['y']:.3g}"))
        if len(self.origin) > 1:
            return replace(self, start=(x, float(f"{point['y']:.4g}")))
        return replace(self, start=(x,))

    def plans(self) -> dict[str, Schedule]:
        """The lab's own schedule as "run", and those that it is compared with."""
        others = {name: PLANS[name]() for name in self.compare}
        return {"run": self.schedule} | {
            name: plan for name, plan in others.items() if plan != self.schedule
        }

    def scene(self, runs: dict[str, Trajectory]) -> Scene:
        """What the second picture is about."""
        objective, plans = self.ground.objective(), self.plans()
        runs = runs or {"run": _Steps(self.steps)}  # type: ignore[dict-item]
        points = _points(objective, self.ground.view())
        view = self.ground.view()
        optimizer = KINDS[self.method]()
        legend = _legend(plans)
        return Scene(objective, view, self.origin, self.eta, optimizer, plans, runs, points, legend)

    def run(self, report: Report | None = None) -> Result:
        objective, optimizer = self.ground.objective(), KINDS[self.method]()
        runs = {
            name: descend(objective, self.origin, self.eta, optimizer, plan, self.steps)
            for name, plan in self.plans().items()
        }
        scene = self.scene(runs)
        drawn = self.second.draw(scene, report)
        pictures = (self._picture(scene),) + ((drawn.picture,) if drawn else ())
        facts: tuple[Facts, ...] = (self._by_schedule(scene), self._by_point(scene))
        if drawn and drawn.facts:
            facts = (*facts, drawn.facts)
        return Result(
            sentence=self._sentence(scene),
            pictures=pictures,
            facts=facts,
            record=_record(scene),
            notes=self.ground.notes(),
        )

    def _sentence(self, scene: Scene) -> str:
        run, points = scene.runs["run"], scene.points
        at = ", ".join(num(x) for x in self.origin)
        who = f"{scene.optimizer.label[0].upper()}{scene.optimizer.label[1:]}"
        start = at if len(self.origin) == 1 else f"({at})"
        end = settled_at(points, run)
        head = (
            f"$E = {scene.objective.formula.latex()}$. {who} from {start} with "
            f"η₀ = {num(self.eta)}, {scene.schedule.label}: **{run.outcome()}**"
        )
        head += f" at {place(end)}" if end else ""
        said = [head + self._rank(end, points) + "."]
        if isinstance(scene.optimizer, KINDS["gd"]):
            said.append(self._why(scene, end))
        if end and end.kind in ("saddle", "maximum"):
            down = sum(v < 0 for v in end.curvatures)
            said.append(
                f"A point where ∇E = 0 is no minimum by that: the Hessian there has {down} "
                f"negative eigenvalue{'s' if down > 1 else ''}."
            )
        said.append(self._compared(scene))
        return " ".join(part for part in said if part)

    def _rank(self, end: StationaryPoint | None, points: tuple[StationaryPoint, ...]) -> str:
        minima = [p for p in points if p.kind == "minimum"]
        if not end or end.kind != "minimum" or len(minima) < 2:
            return ""
        lowest = minima[0]
        if end.value <= lowest.value + 1e-9 * max(1.0, abs(lowest.value)):
            return ", the lowest in this view"
        return (
            f", not the lowest in this view: E = {num(end.value)} here and {num(lowest.value)} "
            f"at {place(lowest)}"
        )

    def _why(self, scene: Scene, end: StationaryPoint | None) -> str:
        """Escape and settling, by the limits 2η_opt of the minima that are concerned."""
        run = scene.runs["run"]
        how = run.outcome().status
        home = downhill(scene.objective, tuple(self.origin.tolist()), scene.points)
        last = float(run.eta[-1])
        said = []
        if home and end != home and how is not Status.OUT_OF_STEPS:
            beyond = "beyond" if self.eta > home.limit else "below"
            what = "and the run escapes from it" if end else "and the run does not settle there"
            said.append(
                f"Small steps from this start lead to {place(home)}, whose 2η_opt is "
                f"{num(home.limit)}; η₀ = {num(self.eta)} is {beyond} it, {what}."
            )
            if end and end.kind == "minimum":
                said.append(f"At {place(end)}, 2η_opt is {num(end.limit)}.")
                if end.value > home.value and end.limit > home.limit:
                    said.append("**It left the deeper valley for a flatter, higher one.**")
        elif home and end == home:
            if self.eta < home.limit:
                said.append(
                    f"It settles where small steps lead: η₀ is below 2η_opt = {num(home.limit)} "
                    "there."
                )
            elif last < home.limit:
                said.append(
                    f"η₀ is beyond 2η_opt = {num(home.limit)} there; by the last step η has "
                    f"decayed to {num(last)}."
                )
        limits = [p.limit for p in scene.points if p.kind == "minimum"]
        moving = how in (Status.CYCLING, Status.BOUNDED, Status.DIVERGED)
        if moving and limits and isinstance(scene.schedule, Constant) and self.eta > max(limits):
            said.append(
                f"η is beyond the largest 2η_opt in this view, {num(max(limits))}: it can settle "
                "in none."
            )
        if how is Status.FROZEN:
            rest = scene.schedule.remaining(self.steps) * self.eta
            slope = float(np.linalg.norm(scene.objective.gradient(run.w[-1])))
            said.append(
                f"All steps to come add up to Σ η_k = {num(rest)}, and the slope is {num(slope)}: "
                "they end short of the optimum."
            )
        return " ".join(said)

    def _compared(self, scene: Scene) -> str:
        """How many of the schedules got to the lowest minimum in view, and which froze."""
        minima = [p for p in scene.points if p.kind == "minimum"]
        if len(scene.runs) < 2 or not minima:
            return ""
        ends = {name: settled_at(scene.points, run) for name, run in scene.runs.items()}
        best = minima[0].value + 1e-9 * max(1.0, abs(minima[0].value))
        there = sum(end is not None and end.value <= best for end in ends.values())
        frozen = [
            scene.plans[name].label
            for name, run in scene.runs.items()
            if run.outcome().status is Status.FROZEN
        ]
        short_of = f"; frozen on the way: {', '.join(frozen)}" if frozen else ""
        return f"Of {len(ends)} schedules, {there} reach the lowest minimum in view{short_of}."

    def _by_schedule(self, scene: Scene) -> Facts:
        rows = []
        for name, run in scene.runs.items():
            done = int(run.length)
            end = settled_at(scene.points, run)
            rows.append(
                (
                    scene.plans[name].label + (" (this run)" if name == "run" else ""),
                    num(float(run.eta[: max(done, 1)].sum())),
                    num(float(run.eta[max(done, 1) - 1])),
                    ", ".join(num(x, 5) for x in run.w[-1]),
                    num(float(run.loss[-1]), 5),
                    str(run.outcome()) + (f" at {place(end)}" if end else ""),
                )
            )
        return Facts(
            ("schedule", "Σ η_k", "last η_k", "w at the end", "E", "how it ends"), tuple(rows)
        )

    def _by_point(self, scene: Scene) -> Facts:
        rows = [
            (
                point.kind,
                place(point),
                num(round(point.value, 12) + 0.0, 6),
                ", ".join(num(v) for v in point.curvatures),
                num(point.limit) if point.kind == "minimum" else "none: no η holds it",
            )
            for point in scene.points[:NAMED]
        ]
        curvature = "E″" if scene.objective.n == 1 else "eigenvalues of the Hessian"
        return Facts(("stationary point", "where", "E", curvature, "2η_opt = 2/λ_max"), tuple(rows))

    def _picture(self, scene: Scene) -> Picture:
        view = around(scene.view, self.origin)
        best = min(
            [float(run.loss.min()) for run in scene.runs.values()] + [p.value for p in scene.points]
        )
        paths = _paths(scene, best)
        start = float(paths["loss"][0]) if len(paths["loss"]) else 0.0
        elo, ehi = float(paths["eta"].min()), float(paths["eta"].max())
        t = {
            "khi": self.steps,
            "llo": math.floor(max(float(paths["loss"].min()), start - 16)),
            "lhi": min(math.ceil(float(paths["loss"].max()) + 0.01), math.ceil(start) + 3),
            "elo": math.floor(max(elo, ehi - 8) - 0.2),
            "ehi": math.ceil(ehi + 0.2),
            "losses": "E above the lowest",
            "etas": f"η₀ = {num(self.eta)}",
            "shaded": "orange: E does not bend up" if scene.objective.n == 1
            else "blue: positive definite Hessian; orange: not",
        }  # fmt: skip
        shown = _shown(scene.points)
        points: dict[str, Any] = {
            "kind": [p.kind for p in shown],
            "label": [
                f"min, 2η_opt {num(p.limit, 3)}" if p.kind == "minimum" else p.kind for p in shown
            ],
            "x": [p.w[0] for p in shown],
        }
        about = "; ".join(
            f"{scene.plans[name].label}: {run.outcome()}" for name, run in scene.runs.items()
        )
        tables: dict[str, Columns] = {"paths": paths, "legend": scene.legend}
        if scene.objective.n == 1:
            return Picture("ground", CURVE, tables | _line(scene, view, t, points), about + ".")
        (xlo, xhi), (ylo, yhi) = view
        plane = {
            "t": row(**t, xlo=xlo, xhi=xhi, ylo=ylo, yhi=yhi),
            "points": points | {"y": [p.w[1] for p in shown]},
            "ground": {"url": [landscape(scene.objective, view)]},
        }
        return Picture("ground", PLANE, tables | plane, about + ".")


@dataclass(frozen=True)
class _Steps:
    """Stands for a run where only its number of steps counts."""

    steps: int

    @property
    def eta(self) -> range:
        return range(self.steps)


@lru_cache(maxsize=64)
def _points(objective: Function, view: View) -> tuple[StationaryPoint, ...]:
    return stationary_points(objective, tuple((float(low), float(high)) for low, high in view))


@lru_cache(maxsize=256)
def downhill(
    objective: Function, start: tuple[float, ...], points: tuple[StationaryPoint, ...]
) -> StationaryPoint | None:
    """The minimum that small steps from the start lead to, if they lead to one in the view."""
    limits = [p.limit for p in points if p.kind == "minimum" and 0 < p.limit < math.inf]
    if not limits:
        return None
    run = descend(objective, np.array(start), 0.2 * min(limits), steps=2000)
    found = settled_at(points, run)
    return found if found and found.kind == "minimum" else None


def _shown(points: tuple[StationaryPoint, ...]) -> tuple[StationaryPoint, ...]:
    """Those that are marked: all if they are few, else the lowest."""
    return points[:NAMED]


def _legend(plans: dict[str, Schedule]) -> Columns:
    names = [f"{'this run: ' if name == 'run' else ''}{plan.label}" for name, plan in plans.items()]
    i = np.arange(len(plans))
    return {
        "run": list(plans), "name": names, "at3": 0.01 + i % 3 / 3, "line3": i // 3,
        "at1": np.full(len(i), 0.02), "line1": i,
    }  # fmt: skip


def _kept(steps: int, most: int) -> NDArray[np.int64]:
    """The steps that are drawn: the first ones all, then by an odd stride, which shows a cycle."""
    if steps < most:
        return np.arange(steps + 1)
    first = most // 2
    stride = -(-(steps - first) // (most - first)) | 1
    return np.unique(
        np.concatenate([np.arange(first), np.arange(first, steps + 1, stride), [steps]])
    )


def _paths(scene: Scene, best: float) -> dict[str, Any]:
    parts = []
    for name, run in scene.runs.items():
        last = int(run.length)
        k = _kept(last, ROWS // len(scene.runs))
        w, E = run.w[k], run.loss[k]
        with np.errstate(divide="ignore"):
            loss = np.log10(np.maximum(E - best, 1e-300))
            eta = np.log10(np.maximum(run.eta[np.minimum(k, len(run.eta) - 1)], 1e-300))
        other = E if scene.objective.n == 1 else w[:, 1]
        parts.append((np.full(len(k), name), k, w[:, 0], other, loss, eta, (k == last) & (k > 0)))
    run_, k, x, y, loss, eta, end = (np.concatenate(part) for part in zip(*parts, strict=True))
    return {
        "run": run_, "k": k.astype(np.int16), "x": short(x),
        "E" if scene.objective.n == 1 else "y": short(y), "loss": short(loss), "eta": short(eta),
        "last": end.astype(np.int8),
    }  # fmt: skip


def _line(
    scene: Scene, view: View, t: dict[str, Any], points: dict[str, Any]
) -> dict[str, Columns]:
    """E(w) of one weight, and the intervals on which it does not bend up."""
    ((low, high),) = view
    w = np.linspace(low, high, 241)
    E = scene.objective.value(w[:, None])
    known = E[np.isfinite(E)]
    bottom, top = float(known.min()), float(np.quantile(known, 0.96))
    start = float(scene.runs["run"].loss[0])
    top, bottom = max(top, start), min(bottom, start)
    pad = 0.1 * (top - bottom) or 1.0
    bent = ~positive_definite(scene.objective.hessian(w[:, None]))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], bent.astype(int), [0]])))
    half = (w[1] - w[0]) / 2
    spans = np.clip(np.stack([w[edges[::2]] - half, w[edges[1::2] - 1] + half]), low, high)
    return {
        "t": row(**t, xlo=low, xhi=high, ylo=bottom - pad, yhi=top + pad),
        "curve": pieces(w, E, "E"),
        "bent": {"from": spans[0], "to": spans[1]},
        "points": points | {"E": scene.objective.value(np.array(points["x"])[:, None])},
    }


def _record(scene: Scene) -> Columns:
    names, blocks = [], []
    for name, run in scene.runs.items():
        last = int(run.length) + 1
        names += [scene.plans[name].label] * last
        eta = np.append(run.eta, run.eta[-1])[:last]
        blocks.append(np.column_stack([np.arange(last), eta, run.w[:last], run.loss[:last]]))
    table = np.vstack(blocks)
    columns = ["step", "eta", *(f"w{i}" for i in range(1, scene.objective.n + 1)), "E"]
    return {"schedule": names} | {c: table[:, i] for i, c in enumerate(columns)}
