"""A quadratic of many weights as seen on the page: the plane that is drawn, and its tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from convcore import curvature
from convcore.charts.levels import level_lines
from convcore.charts.many_weights import BOWL
from convcore.charts.parts import legend_table
from convcore.charts.paths import bends, leaving, told_apart
from convcore.charts.picture import Columns, Picture, row, short
from convcore.charts.pins import trace
from convcore.descent import Trajectory
from convcore.labkit.words import num, steps
from convcore.memory import Memory
from convcore.objectives import QuadraticForm
from convcore.optimizers import OPTIMIZERS
from convcore.schedules import OpenLoop

if TYPE_CHECKING:
    from convcore.labs.many_weights import ManyWeights

Array = NDArray[np.float64]

LIVE_ROWS = 2000  # steps × modes that a browser follows under the pointer without a stutter
DRAWN = 8  # modes in the picture of errors
# A mode's name, by the width and height of its view: how wide it is, how far from its line, how free.
NAME, BESIDE, FREE = 0.22, 0.07, 0.045
PLACES = 9  # along a line that are tried for its name
EVENLY = np.arange(PLACES)
SIDES = np.array([[1], [-1], [2], [-2]])  # above it, below it, and twice as far
DEEP = 16  # digits below the start: further down there is only rounding
# Half widths of the plane, in distances of the start: while η moves, it grows in steps.
ROOM = (1.0, 1.25, 1.6, 2.0)
PIXELS = 580  # of a view's side, at most: on a page just too narrow for two side by side
FINE = 800  # parts of the height of a view over steps: quarters of a pixel


@dataclass(frozen=True, eq=False)
class Bowl:
    """A quadratic and a start, in the coordinates of the picture.

    Two weights are drawn as they are. More are drawn in the plane of the slowest (x) and the steepest
    eigenvector (y), as distances from the stationary point. start: w₀ (n,). It keeps what does not hang
    on η, so a lab that changes only that asks the same one again.
    """

    objective: QuadraticForm
    start: Array

    @cached_property
    def error(self) -> Array:
        """z_0 − z* (n,), 0 along null directions."""
        return self.objective.spectrum.error(self.start)

    @cached_property
    def target(self) -> Array:
        """The minimum (n,) that descent leads to: w*, with the start's part in null directions."""
        s = self.objective.spectrum
        flat = s.vectors[:, s.values == 0]
        w = self.objective.stationary
        return np.asarray(w + flat @ (flat.T @ (self.start - w)))

    @cached_property
    def axes(self) -> Array:
        """The picture's axes (2, n) in eigen-coordinates: (x, y) = axes @ z − offset."""
        s = self.objective.spectrum
        if self.objective.n == 2:
            return np.asarray(s.vectors)
        axes = np.zeros((2, self.objective.n))
        axes[0, self.slow], axes[1, -1] = 1.0, 1.0
        return axes

    @cached_property
    def slow(self) -> int:
        """The index of the slowest mode that moves: the smallest eigenvalue that is not zero."""
        values = self.objective.spectrum.values
        if values[0] < 0:
            return 0
        moving = np.flatnonzero(values[:-1] > 0)
        return int(moving[0]) if moving.size else 0

    @cached_property
    def offset(self) -> Array:
        """(2,); see `axes`."""
        return np.zeros(2) if self.objective.n == 2 else self.axes @ self.objective.spectrum.centre

    def seen(self, w: Array) -> Array:
        """Where weights (..., n) lie in the picture: (..., 2)."""
        return w @ self.objective.spectrum.vectors @ self.axes.T - self.offset

    @cached_property
    def middle(self) -> Array:
        """Where the stationary point lies in the picture: (2,)."""
        return self.seen(self.objective.stationary)

    @cached_property
    def beginning(self) -> Array:
        """Where the start lies in the picture: (2,)."""
        return self.seen(self.start)

    def moved(self, x: float, y: float) -> Array:
        """The start (n,) moved within the picture's plane to (x, y)."""
        s = self.objective.spectrum
        shift = np.array([x, y]) - self.beginning
        return self.start + s.vectors @ (self.axes.T @ shift)

    def direction(self, mode: int) -> str:
        """An eigenvector in words: its entries for a few weights, else its largest entry."""
        v = self.objective.spectrum.vectors[:, mode]
        v = v if v[np.abs(v).argmax()] > 0 else -v
        v = np.where(np.abs(v) > curvature.SAME, v, 0.0)  # no rounding as a number
        if len(v) <= 4:
            return "(" + ", ".join(num(x, 3) for x in v) + ")"
        return f"the eigenvector that is largest in weight {np.abs(v).argmax() + 1}"

    def excess(self, w: Array) -> Array:
        """E(w) − E(w*) (...), without the cancellation; relative to the stationary point."""
        s = self.objective.spectrum
        e = (w - self.objective.stationary) @ s.vectors
        # Far out along a flat direction the square of e alone would overflow.
        return np.asarray(np.einsum("...i,...i->...", 0.5 * e * s.values + s.drift, e))

    def picture(
        self, lab: ManyWeights, runs: dict[str, Trajectory], theory: Trajectory | None
    ) -> Picture:
        """The panel: every table that the template wants."""
        s, n, K = self.objective.spectrum, self.objective.n, lab.steps
        shown = {name: runs[name] for name in runs if name in lab.methods}
        gd = runs["gd"]
        log = s.has_minimum and bool(self.error.any())
        frame = self._frame([run.w[: int(run.length) + 1] for run in shown.values()])
        rlo, rhi = self.ruler(lab.eta)
        white, tall = self._whitened
        paths = self._paths(shown, log, frame, tall)
        llo, lhi = self._loss_ends(paths["loss"], log)
        foretold = self._foretold(theory if "gd" in shown else None, log, llo, lhi)
        errors, elo, ehi = self._errors(gd if "gd" in shown else None)
        # All lines over steps in one go: it takes hardly longer than one.
        losses = np.split(paths["loss"], np.flatnonzero(paths["k"] == 0)[1:])
        lines = [*losses, foretold, *errors.values()]
        within = [(lhi - llo) / FINE] * (len(losses) + 1) + [(ehi - elo) / FINE] * len(errors)
        seen = bends(lines, within)
        axes = (
            "w₁ across, w₂ up"
            if n == 2
            else (
                f"across: slowest eigenvector (λ = {num(s.values[self.slow], 3)}), "
                f"up: steepest (λ = {num(s.values[-1], 3)})"
            )
        )
        why = "" if white else "no whitened space: A is not positive definite"
        positive = s.values[s.values > 0]
        tables: dict[str, Columns] = {
            "t": row(
                eta=lab.eta, live=int(isinstance(lab.schedule, OpenLoop)), log=int(log),
                look=min(lab.look, K), sx=float(self.beginning[0]), sy=float(self.beginning[1]),
                ox=float(self.offset[0]), oy=float(self.offset[1]),
                lmin=float(positive[0] if positive.size and s.values[0] >= 0 else s.values[0]),
                lmax=float(s.values[-1]), top=max(1, n - 1), axes=axes, why=why,
                slow="" if "gd" in shown else "plain descent is not among the methods",
                losses="E − E*" if log else "E, from the stationary point",
            ),
            # The views' ends stand apart: what hangs on those that stay when η moves is not drawn anew.
            "frame": row(llo=llo, lhi=lhi, elo=elo, ehi=ehi),
            "rule": row(rlo=rlo, rhi=rhi),
            "plane": row(
                xlo=frame[0], xhi=frame[1], ylo=frame[2], yhi=frame[3],
                cx=float(self.middle[0]), cy=float(self.middle[1]), stationary=int(not s.drift.any()),
                hlo=-tall, hhi=tall, white=int(white), khi=K,
            ),
            "tracks": self._tracks(paths, (frame[1] - frame[0]) / PIXELS, 2 * tall / PIXELS),
            "losses": _losses(paths, seen[: len(losses)]),
            "theory": _foretold_line(foretold, seen[len(losses)]),
            "plan": self._plan(lab, gd, n),
            "modes": self._modes,
            "errors": _error_lines(errors, seen[len(losses) + 1 :]),
            "tags": self._tags(errors, K, elo, ehi),
            "bands": self._bands(rlo, rhi),
            "marks": self._marks(rhi - rlo),
            "levels": self._lines.held(frame, lambda: self._levels(frame)),
            "legend": legend_table({name: dict(OPTIMIZERS)[name].label for name in shown}),
        }  # fmt: skip
        ends = "; ".join(
            f"{dict(OPTIMIZERS)[name].label} {run.outcome()}, at E = {num(run.loss[-1])}"
            for name, run in shown.items()
        )
        about = f"In {steps(K)} at η = {num(lab.eta)}: {ends or 'no method is chosen'}."
        drawn = {name: paths[name] for name in ("method", "k", "x", "y", "piece", "loss")}
        kept = trace(**drawn, log=np.full(len(paths["k"]), log, np.int8))
        return Picture("bowl", BOWL, tables, about, kept)

    @cached_property
    def _whitened(self) -> tuple[bool, float]:
        """Whether there is a whitened plane, and how far its picture reaches."""
        s = self.objective.spectrum
        white = bool(np.all(s.values[[self.slow, -1]] > 0)) and (
            self.objective.n > 2 or s.values[0] > 0
        )
        tall = float(np.abs(self._white(np.stack([self.start]))).max()) if white else 1.0
        return white, 1.15 * tall or 1.0

    def _white(self, w: Array) -> Array:
        """Weights (..., n) in the whitened plane, from the minimum: (..., 2)."""
        s = self.objective.spectrum
        root = np.sqrt(np.maximum(s.values, 0))
        return (w - self.objective.stationary) @ s.vectors * root @ self.axes.T

    def _frame(self, paths: list[Array]) -> tuple[float, float, float, float]:
        """A square around the stationary point that holds the start, and paths while they are near."""
        middle = self.middle
        away = float(np.abs(self.beginning - middle).max())
        reach = max((float(np.abs(self.seen(w) - middle).max()) for w in paths), default=0.0)
        half = 1.15 * away * next((room for room in ROOM if reach <= room * away), ROOM[-1])
        half = half or max(1.0, float(np.abs(middle).max()))
        x, y = middle.tolist()
        return x - half, x + half, y - half, y + half

    @cached_property
    def limits(self) -> list[float]:
        """2/λ of each direction that bends up, the least last."""
        values = self.objective.spectrum.values
        found: list[float] = (2 / values[values > 0]).tolist()
        return found

    def ruler(self, eta: float) -> tuple[float, float]:
        """The ends of the ruler of step sizes, as log₁₀ η."""
        least, most = min(self.limits, default=math.inf), max(self.limits, default=0.0)
        eta = abs(eta) or 1.0
        # Far slower directions than a thousandth of the steepest would squeeze all else together.
        high = max(min(most, 1e3 * least), eta)
        return math.log10(min(0.1 * least, 0.7 * eta)), math.log10(high * 2)

    def _drawn_loss(self, w: Array, log: bool) -> Array:
        excess = self.excess(w)
        if not log:
            return excess
        with np.errstate(divide="ignore"):
            return np.maximum(np.log10(np.maximum(excess, 0)), -320)

    def _loss_ends(self, loss: Array, log: bool) -> tuple[float, float]:
        if not loss.size:
            return 0.0, 1.0
        least, most = float(loss.min()), float(loss.max())
        if not log:
            pad = 0.05 * (most - least) or 1.0
            return least - pad, most + pad
        top = float(self._drawn_loss(self.start, log))
        low, high = math.floor(max(least, top - DEEP)), math.ceil(most)
        return low, max(high, low + 1)

    def _paths(
        self,
        runs: dict[str, Trajectory],
        log: bool,
        frame: tuple[float, float, float, float],
        tall: float,
    ) -> dict[str, Any]:
        columns = ("k", "x", "y", "piece", "hx", "hy", "hpiece", "loss")
        if not runs:
            return {name: np.empty(0) for name in columns} | {"method": []}
        half = (frame[1] - frame[0]) / 2
        paths = [run.w[: int(run.length) + 1] for run in runs.values()]
        sizes = [len(path) for path in paths]
        w = np.concatenate(paths)
        # As one path: each begins at the start, within the picture, so no line leads from one to the next.
        xy, piece = leaving(self.seen(w), self.middle, half)
        h, white_piece = leaving(self._white(w), np.zeros(2), tall)
        k = np.concatenate([np.arange(size, dtype=np.int16) for size in sizes])
        return {
            "method": np.repeat(list(runs), sizes), "k": k,
            "x": short(xy[:, 0]), "y": short(xy[:, 1]), "piece": piece,
            "hx": short(h[:, 0]), "hy": short(h[:, 1]), "hpiece": white_piece,
            "loss": short(self._drawn_loss(w, log)),
        }  # fmt: skip

    def _tracks(self, paths: dict[str, Any], pixel: float, white: float) -> Columns:
        """What the planes draw of the paths; `until`: the step from which the next point stands for it.

        pixel, white: its length in the plane and in the whitened one.
        """
        at = np.column_stack([paths["x"], paths["y"]]) / pixel
        white_at = np.column_stack([paths["hx"], paths["hy"]]) / white
        method, k = np.asarray(paths["method"]), np.asarray(paths["k"])
        views = (at, np.asarray(paths["piece"])), (white_at, np.asarray(paths["hpiece"]))
        seen = told_apart(method, k, *views)
        columns = ("method", "k", "x", "y", "piece", "hx", "hy", "hpiece")
        tracks = {name: np.asarray(paths[name])[seen] for name in columns}
        following = np.append(tracks["k"], 0)[1:].astype(np.int16)
        return {**tracks, "until": np.where(following > 0, following, np.iinfo(np.int16).max)}

    def _foretold(
        self, theory: Trajectory | None, log: bool, low: float, high: float
    ) -> NDArray[np.float32]:
        """The line of the loss by theory, as far as its view from `low` to `high` shows it."""
        if theory is None:
            return np.empty(0, dtype=np.float32)
        loss = self._drawn_loss(theory.w[: int(theory.length) + 1], log)
        return short(np.clip(loss, low - 1, high + 1))

    def _plan(self, lab: ManyWeights, gd: Trajectory, n: int) -> Columns:
        K = min(lab.steps, max(1, LIVE_ROWS // n))
        eta = lab.eta or 1.0
        factors = (
            lab.schedule.factors(K) if isinstance(lab.schedule, OpenLoop) else gd.eta[:K] / eta
        )
        return {"k": np.arange(K + 1, dtype=np.int16), "f": np.append(0.0, factors)}

    @cached_property
    def _modes(self) -> Columns:
        s, n = self.objective.spectrum, self.objective.n
        cx, cy = self.axes
        root = np.sqrt(np.maximum(s.values, 0))
        drawn = np.zeros(n, dtype=np.int8)
        drawn[self._drawn_modes] = 1
        with np.errstate(divide="ignore"):
            limit = np.where(s.values > 0, np.log10(2 / np.where(s.values > 0, s.values, 1.0)), 0.0)
        return {
            "m": np.arange(n, dtype=np.int8), "lam": s.values, "zc": s.centre, "drift": s.drift,
            "z0": self.start @ s.vectors, "cx": cx, "cy": cy, "root": root, "drawn": drawn,
            "limit": limit,
        }  # fmt: skip

    @cached_property
    def _drawn_modes(self) -> NDArray[np.int64]:
        n = self.objective.n
        return np.unique(np.linspace(0, n - 1, min(n, DRAWN)).round().astype(int))

    def _errors(self, run: Trajectory | None) -> tuple[dict[int, Array], float, float]:
        """log₁₀|z − z*| by step (K+1,) for the drawn modes, and the ends of its axis."""
        s = self.objective.spectrum
        modes = [int(m) for m in self._drawn_modes if s.values[m] != 0]
        if run is None or not modes or not self.error[modes].any():
            return {}, -1.0, 1.0
        w = run.w[: int(run.length) + 1]
        error = np.abs((w - self.objective.stationary) @ s.vectors[:, modes])
        with np.errstate(divide="ignore"):
            y = np.log10(error)
        high = math.ceil(float(y.max()))
        low = float(max(min(float(y[np.isfinite(y)].min()), high - 1), float(y[0].max()) - DEEP))
        low = math.floor(low)
        lines = np.where(y < low, low - 1, y).T  # what is left below is rounding: out of the view
        return dict(zip(modes, lines, strict=True)), float(low), float(max(high, low + 1))

    def _tags(self, errors: dict[int, Array], K: int, low: float, high: float) -> Columns:
        """The names of the slowest and the steepest mode with a line in the view from `low` to `high`."""
        values = self.objective.spectrum.values
        seen = [mode for mode, line in errors.items() if (line >= low).any()]
        names = dict.fromkeys([seen[0], seen[-1]] if seen else [])
        lines, spots = np.array(list(errors.values())), list[tuple[int, float]]()
        for mode in names:
            spots.append(_spot(errors[mode], lines, spots, K, low, high))
        return {
            "m": np.array(list(names), dtype=np.int8),
            "k": np.array([k for k, _ in spots], dtype=np.int16),
            "y": short([y for _, y in spots]),
            "label": [f"λ = {num(values[mode], 3)}" for mode in names],
        }

    def _bands(self, low: float, high: float) -> Columns:
        s = self.objective.spectrum
        if not s.has_minimum or s.values[-1] <= 0:
            word = "no η converges: E has no minimum"
            edges, names, words = [low, high], ["none"], [word]
        else:
            limit = math.log10(curvature.limit(s))
            edges = [low, limit - math.log10(2), limit, high]
            names = words = ["monotone", "oscillates", "diverges"]
        ends = np.array(edges)
        return {
            "lo": ends[:-1], "hi": ends[1:], "middle": (ends[:-1] + ends[1:]) / 2, "regime": names,
            "label": words,
        }  # fmt: skip

    def _marks(self, span: float) -> Columns:
        true = curvature.limit(self.objective.spectrum)
        if not math.isfinite(true) or self.objective.spectrum.values[0] < 0:  # then no η holds
            return {"eta": np.empty(0), "label": [], "row": np.empty(0)}
        at, words, rows = [math.log10(true)], ["2/λ_max"], [0.0]
        notes = curvature.notes_bound(self.objective.A)
        if math.isfinite(notes) and abs(notes - true) > 1e-9 * true:
            # Labels that would touch stand one above the other.
            near = abs(math.log10(notes) - at[0]) < 0.17 * span
            at.append(math.log10(notes))
            words.append("notes")
            rows.append(-13.0 if near else 0.0)
        return {"eta": np.array(at), "label": words, "row": np.array(rows)}

    @cached_property
    def _lines(self) -> Memory:
        """Level lines by frame: while η moves, there are as many frames as ROOM has parts."""
        return Memory(len(ROOM))

    def _levels(self, frame: tuple[float, float, float, float]) -> Columns:
        """Level lines in the plane, exact: of two curvatures l and the drifts d along their axes."""
        s = self.objective.spectrum
        pair = [0, 1] if self.objective.n == 2 else [self.slow, -1]
        bends, slopes = s.values[pair], s.drift[pair]
        turn = self.axes[:, pair]
        corner = float(np.abs(np.array(frame) - np.repeat(self.middle, 2)).max()) * math.sqrt(2)
        lines = [turn @ line for line in level_lines(bends, slopes, corner)]
        if not lines:
            return {"x": np.empty(0), "y": np.empty(0), "line": []}
        xy = np.concatenate(lines, axis=1)
        sizes = [line.shape[1] for line in lines]
        return {
            "x": short(xy[0] + self.middle[0]), "y": short(xy[1] + self.middle[1]),
            "line": np.repeat(np.arange(len(lines), dtype=np.int8), sizes),
        }  # fmt: skip


def _losses(paths: Mapping[str, Any], seen: list[NDArray[np.bool_]]) -> Columns:
    """The lines of the loss, by the points that they bend at."""
    kept = np.concatenate(seen)
    return {name: np.asarray(paths[name])[kept] for name in ("method", "k", "loss")}


def _foretold_line(loss: NDArray[np.float32], seen: NDArray[np.bool_]) -> Columns:
    """The line of the loss by theory, by the points that it bends at."""
    return {"k": np.flatnonzero(seen).astype(np.int16), "loss": loss[seen]}


def _error_lines(errors: Mapping[int, Array], seen: list[NDArray[np.bool_]]) -> Columns:
    """The lines of the errors by mode, by the points that they bend at."""
    if not errors:
        return {"k": np.empty(0), "y": np.empty(0), "m": []}
    line, k = np.nonzero(np.stack(seen))
    m = np.array(list(errors), dtype=np.int8)[line]
    return {"k": k.astype(np.int16), "y": short(np.stack(list(errors.values()))[line, k]), "m": m}


def _spot(
    own: Array, lines: Array, taken: list[tuple[int, float]], K: int, low: float, high: float
) -> tuple[int, float]:
    """Where the name of a line `own` (k + 1,) begins: its step, and its height from `low` to `high`.

    Beside the line at the first place that none of all `lines` (M, k + 1) comes near, nor a name `taken`,
    or where those are farthest; and within the view: those below would give way to a name that sticks out.
    """
    share, wide = high - low, max(1, round(NAME * K))
    inside = np.flatnonzero(own >= low)
    room = inside[inside <= K - wide]
    k = room if room.size else inside[:1]
    k = k[EVENLY * (len(k) - 1) // (PLACES - 1)]  # of few, some twice: the first of equals is taken
    y = np.maximum(own[k] + BESIDE * share * SIDES, low + 0.04 * share)
    y = np.minimum(y, high - 0.04 * share)
    under = np.minimum(k[:, None] + EVENLY * wide // (PLACES - 1), len(own) - 1)
    gaps = np.abs(lines[:, under] - y[:, None, :, None]).min(axis=(1, 3))
    for other, level in taken:
        near = np.abs(k - other) < wide
        gaps = np.where(near, np.minimum(gaps, np.abs(y - level) / 2), gaps)
    best = np.unravel_index(int(np.minimum(gaps, FREE * share).argmax()), gaps.shape)
    return int(k[best[1]]), float(y[best])
