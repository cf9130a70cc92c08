"""Local models along a path, and the tables that show them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from convcore.charts.newton import CURVE, PLANE
from convcore.charts.parts import legend_table
from convcore.charts.picture import Columns, Picture, row
from convcore.descent import Trajectory
from convcore.gallery import BY_KEY, Function
from convcore.labs.bowl import short
from convcore.labs.functions import FromGallery, View, around, curvatures, landscape
from convcore.labs.words import num
from convcore.optimizers import OPTIMIZERS

if TYPE_CHECKING:
    from convcore.labs.newton import TaylorAndNewton

Array = NDArray[np.float64]

DEEP = 16  # digits of the loss below its start that are drawn


@dataclass(frozen=True, eq=False)
class Local:
    """The second-order model E + g·d + ½dᵀHd at each step of a run, and for one weight more orders.

    run: the path that is followed. order: of the Taylor polynomial that is drawn besides.
    """

    objective: Function
    view: View
    run: Trajectory
    order: int

    @cached_property
    def w(self) -> Array:
        """The path (K+1, n), up to its last step."""
        return self.run.w[: int(self.run.length) + 1]

    @cached_property
    def E(self) -> Array:
        """E along the path (K+1,)."""
        return self.run.loss[: int(self.run.length) + 1]

    @cached_property
    def g(self) -> Array:
        """∇E along the path (K+1, n); 0 where there is none (a kink)."""
        return finite(self.objective.gradient(self.w))

    @cached_property
    def values(self) -> Array:
        """Eigenvalues of the Hessian along the path (K+1, n); NaN where it is not finite."""
        return curvatures(self.objective, self.w)

    @cached_property
    def best(self) -> Array:
        """η_opt(w_k) = 1/λ_max along the path (K+1,); NaN unless E bends up in every direction."""
        up = np.all(self.values > 0, axis=-1)
        return np.where(up, 1 / np.where(up, self.values[:, -1], 1.0), np.nan)

    @cached_property
    def target(self) -> Array:
        """Where the model's stationary point lies (K+1, n): Newton's next step; NaN if nowhere."""
        H = self.objective.hessian(self.w)
        solvable = np.isfinite(self.values).all(axis=-1) & np.all(self.values != 0, axis=-1)
        H = np.where(solvable[:, None, None], H, np.eye(self.objective.n))
        step = np.linalg.solve(H, self.g[..., None])[..., 0]
        target = np.where(solvable[:, None], self.w - step, np.nan)
        return np.where(np.abs(target) < 1e30, target, np.nan)

    def newton_map(self, w: Array) -> Array:
        """N(w) = w − E′/E″ for one weight, w (m,); NaN where E″ = 0 or E is not defined."""
        g, H = (
            self.objective.gradient(w[:, None])[:, 0],
            self.objective.hessian(w[:, None])[:, 0, 0],
        )
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            N = w - g / H
        return np.where(np.isfinite(N) & (np.abs(N) < 1e30), N, np.nan)

    def threshold(self) -> tuple[float, float, float] | None:
        """A two-cycle (w, N(w)) of Newton's map that parts starts, and the limit between its points.

        Between them Newton goes to this limit, from a hundredth beyond it does not. One weight only.
        """
        if self.objective.n > 1:
            return None
        return _threshold(self.objective, self.view[0])

    def picture(self, lab: TaylorAndNewton, runs: dict[str, Trajectory]) -> Picture:
        """The panel for one weight or for two."""
        view = around(self.view, lab.origin)
        base, log = self._ground_level(runs)
        paths = self._paths(runs, base, log)
        llo, lhi = _ends(paths["loss"], log)
        best = paths["best"][paths["bends"] == 1]
        elo = math.floor(min(best.min(initial=math.log10(lab.eta)), math.log10(lab.eta)) - 0.2)
        ehi = math.ceil(max(best.max(initial=math.log10(lab.eta)), math.log10(lab.eta)) + 0.2)
        common = {
            "eta": math.log10(lab.eta), "etaword": f"η = {num(lab.eta)}", "order": self.order,
            "look": min(lab.look, len(self.w) - 1), "khi": lab.steps, "llo": llo, "lhi": lhi,
            "elo": float(elo), "ehi": float(max(ehi, elo + 1)), "log": int(log),
            "losses": "E above the lowest known" if log else "E",
        }  # fmt: skip
        legend = legend_table({name: dict(OPTIMIZERS)[name].label for name in runs})
        if self.objective.n == 1:
            template, tables = CURVE, self._curve_tables(view, common)
        else:
            template, tables = PLANE, self._plane_tables(lab, view, common)
        about = "; ".join(
            f"{dict(OPTIMIZERS)[name].label}: E = {num(run.loss[-1])}, {run.outcome()}"
            for name, run in runs.items()
        )
        return Picture("local", template, tables | {"paths": paths, "legend": legend}, about + ".")

    def _ground_level(self, runs: dict[str, Trajectory]) -> tuple[float, bool]:
        """What the loss is measured from, and whether its logarithm is drawn: the lowest E known."""
        lowest = [float(run.loss.min()) for run in runs.values()] or [float(self.E.min())]
        known = _lowest(self.objective)
        base = min([*lowest, known])
        return base, known < math.inf and known <= min(lowest) + 1e-9 * max(1.0, abs(known))

    def _paths(self, runs: dict[str, Trajectory], base: float, log: bool) -> dict[str, Any]:
        parts = []
        for name, run in runs.items():
            w = run.w[: int(run.length) + 1]
            loss = run.loss[: int(run.length) + 1] - (base if log else 0.0)
            values = curvatures(self.objective, w)
            with np.errstate(divide="ignore", invalid="ignore"):
                best = np.where(np.all(values > 0, axis=-1), -np.log10(values[:, -1]), np.nan)
                if log:
                    loss = np.log10(np.maximum(loss, 1e-300))
            parts.append((np.full(len(w), name), np.arange(len(w)), w, loss, best))
        if not parts:
            empty = np.empty(0)
            names = ("k", "w", "E", "x", "y", "loss", "best", "bends")
            return {"method": [], **dict.fromkeys(names, empty)}
        method, k, w, loss, best = (np.concatenate(part) for part in zip(*parts, strict=True))
        place = {"w": short(w[:, 0]), "E": short(self.objective.value(w))}
        if self.objective.n > 1:
            place = {"x": short(w[:, 0]), "y": short(w[:, 1])}
        bends = np.abs(best) < 300  # False for NaN: there is no η_opt
        return {
            "method": method, "k": k.astype(np.int16), **place, "loss": short(loss),
            "bends": bends.astype(np.int8), "best": np.where(bends, best, 0.0),
        }  # fmt: skip

    def _curve_tables(self, view: View, common: dict[str, Any]) -> dict[str, Columns]:
        ((low, high),) = view
        w = np.linspace(low, high, 241)
        E = self.objective.value(w[:, None])
        N = self.newton_map(w)
        known = E[np.isfinite(E)]
        seen = self.E[(self.w[:, 0] >= low) & (self.w[:, 0] <= high)]
        bottom = float(min(known.min(), seen.min(initial=math.inf)))
        top = float(max(np.quantile(known, 0.96), seen.max(initial=-math.inf)))
        pad = 0.08 * (top - bottom) or 1.0
        order = self.objective.formula.polynomial(self.w[:, 0], 6)
        c = np.array(finite(np.asarray(order.coefficients)))
        second = c.copy()
        if self.order < 6:
            c[self.order + 1 :] = 0.0
        target, sends = self.target[:, 0], np.isfinite(self.target[:, 0])
        bends = self.values[:, 0]
        words = [
            f"k = {k}:  w = {num(x)},  E′ = {num(g)},  E″ = {num(h)},  "
            + (
                f"η_opt = {num(b)},  Newton → {num(t)}"
                if h > 0
                else "E″ ≤ 0: no minimum of the model"
            )
            for k, (x, g, h, b, t) in enumerate(
                zip(self.w[:, 0], self.g[:, 0], bends, self.best, target, strict=True)
            )
        ]
        d = np.where(sends, target - self.w[:, 0], 0.0)
        with np.errstate(over="ignore", invalid="ignore"):
            bottoms = finite(second[0] + d * (second[1] + d * second[2]))
        models = {
            "k": np.arange(len(self.w), dtype=np.int16), "w0": self.w[:, 0], "words": words,
            "sends": sends.astype(np.int8), "target": finite(target), "bottom": bottoms,
            **{f"c{i}": c[i] for i in range(7)},
        }  # fmt: skip
        models["c2"] = second[2] if self.order < 2 else c[2]
        return {
            "t": row(**common, xlo=low, xhi=high, ylo=bottom - pad, yhi=top + pad),
            "curve": pieces(w, E, "E"),
            "map": pieces(w, np.where(np.abs(N) < 1e6, N, np.nan), "next"),
            "stairs": self._stairs(),
            "points": self._points((low, high)),
            "models": models,
        }

    def _stairs(self) -> Columns:
        """The staircase of the followed path: (w_k, w_(k+1)), then (w_(k+1), w_(k+1))."""
        w = self.w[:, 0]
        x, y = np.repeat(w, 2)[:-1], np.repeat(w, 2)[1:]
        return {"w": x, "next": y, "i": np.arange(len(x))}

    def _points(self, view: tuple[float, float]) -> Columns:
        fixed, cycle = list(_fixed(self.objective, view)), list(_two_cycles(self.objective, view))
        w = np.array(fixed + cycle)
        N = self.newton_map(w) if w.size else w
        on = np.isfinite(N)
        kinds = np.array(["fixed"] * len(fixed) + ["cycle"] * len(cycle))
        label = [num(x, 5) for x in w[on]]
        return {"w": w[on], "next": N[on], "kind": kinds[on], "label": label}

    def _plane_tables(
        self, lab: TaylorAndNewton, view: View, common: dict[str, Any]
    ) -> dict[str, Columns]:
        (xlo, xhi), (ylo, yhi) = view
        H = self.objective.hessian(self.w)
        known = np.asarray(np.isfinite(H).all(axis=(-2, -1)))
        H = np.where(known[:, None, None], H, 0.0)
        values, Q = np.linalg.eigh(H)
        sends = np.asarray(np.isfinite(self.target).all(axis=-1))
        target = np.where(sends[:, None], self.target, self.w)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            level = 0.5 * np.einsum("ki,ki->k", self.g, self.w - target)
            radius = finite(np.sqrt(2 * np.abs(level)))
            ru, rv = finite(np.abs(values[:, 0]) ** -0.5), finite(np.abs(values[:, 1]) ** -0.5)
        product = values[:, 0] * values[:, 1]
        shape = np.where(
            sends & (radius > 0), np.where(product > 0, 1, np.where(product < 0, 2, 0)), 0
        )
        # A saddle's level line through w_k opens along the axis on whose side w_k lies.
        flip = (product < 0) & (level * values[:, 0] < 0)
        u = np.where(flip[:, None], Q[:, :, 1], Q[:, :, 0])
        v = np.where(flip[:, None], Q[:, :, 0], Q[:, :, 1])
        words = [
            f"k = {k}:  w = ({num(x)}, {num(y)}),  λ = {num(low)} and {num(high)},  "
            + (f"η_opt = {num(best)}" if low > 0 else "not bent up in every direction")
            for k, ((x, y), (low, high), best) in enumerate(
                zip(self.w, self.values, self.best, strict=True)
            )
        ]
        models = {
            "k": np.arange(len(self.w), dtype=np.int16), "words": words, "shape": shape.astype(np.int8),
            "sends": sends.astype(np.int8), "tx": finite(target[:, 0]), "ty": finite(target[:, 1]),
            "size": radius, "ru": np.where(flip, rv, ru), "rv": np.where(flip, ru, rv),
            "ux": u[:, 0], "uy": u[:, 1], "vx": v[:, 0], "vy": v[:, 1],
        }  # fmt: skip
        minima = BY_KEY[lab.ground.name].minima if isinstance(lab.ground, FromGallery) else ()
        known = np.array(minima, dtype=float).reshape(-1, 2)
        words2 = "blue: E bends up; orange: it does not; + known minima"
        return {
            "t": row(**common, xlo=xlo, xhi=xhi, ylo=ylo, yhi=yhi, legend=words2),
            "ground": {"url": [landscape(self.objective, view)]},
            "known": {"x": known[:, 0], "y": known[:, 1]},
            "models": models,
        }


def finite(x: Array) -> Array:
    """x with what is not finite set to 0, and what no picture shows clipped."""
    return np.clip(np.nan_to_num(x, nan=0.0, posinf=0.0, neginf=0.0), -1e30, 1e30)


def pieces(x: Array, y: Array, name: str) -> Columns:
    """A curve (m,) without its gaps: rows where y is finite, numbered by piece."""
    known = np.isfinite(y)
    piece = np.cumsum(~known)[known]
    return {"w": x[known], name: np.clip(y[known], -1e30, 1e30), "piece": piece.astype(np.int16)}


def _ends(loss: Array, log: bool) -> tuple[float, float]:
    if not loss.size:
        return 0.0, 1.0
    low, high = float(loss.min()), float(loss.max())
    if log:
        low = math.floor(max(low, float(loss[0]) - DEEP))
        return float(low), float(max(math.ceil(high), low + 1))
    pad = 0.06 * (high - low) or 1.0
    return low - pad, high + pad


@lru_cache(maxsize=64)
def _lowest(objective: Function) -> float:
    """E at the lowest known minimum of a gallery function; inf where none is known."""
    for entry in BY_KEY.values():
        if entry.text == objective.text and entry.minima:
            return float(objective.value(np.array(entry.minima, dtype=float)).min())
    return math.inf


@lru_cache(maxsize=64)
def _fixed(objective: Function, view: tuple[float, float]) -> tuple[float, ...]:
    """Where E′ = 0 in the view: the fixed points of Newton's map."""
    return _roots(lambda w: objective.gradient(np.atleast_1d(w)[:, None])[:, 0], view)


@lru_cache(maxsize=64)
def _two_cycles(objective: Function, view: tuple[float, float]) -> tuple[float, ...]:
    local = Local(objective, (view,), None, 2)  # type: ignore[arg-type]

    def returned(w: Array) -> Array:
        return local.newton_map(local.newton_map(np.atleast_1d(w))) - w

    fixed = _fixed(objective, view)
    width = view[1] - view[0]
    return tuple(
        w
        for w in _roots(returned, view)
        if all(abs(w - f) > 1e-6 * width for f in fixed)
        and abs(float(local.newton_map(np.array([w]))[0]) - w) > 1e-6 * width
    )


@lru_cache(maxsize=64)
def _threshold(objective: Function, view: tuple[float, float]) -> tuple[float, float, float] | None:
    local = Local(objective, (view,), None, 2)  # type: ignore[arg-type]
    for a in _two_cycles(objective, view):
        b = float(local.newton_map(np.array([a]))[0])
        middle, half = (a + b) / 2, (b - a) / 2
        w = middle + half * np.array([-0.99, 0.99, -1.01, 1.01])
        for _ in range(200):
            w = local.newton_map(w)
        same = np.abs(w - w[0]) <= 1e-9 * max(1.0, abs(w[0]))
        if half > 0 and same[1] and not same[2:].any():
            return a, b, float(w[0])
    return None


def _roots(f: Any, view: tuple[float, float], most: int = 12) -> tuple[float, ...]:
    """Sign changes of f over the view, refined; poles, where f jumps, are left out."""
    w = np.linspace(*view, 1601)
    y = f(w)
    found = [float(x) for x in w[y == 0]]
    with np.errstate(invalid="ignore"):
        changes = np.flatnonzero(y[:-1] * y[1:] < 0)
    for i in changes[: 4 * most]:
        try:
            root = brentq(lambda x: float(f(np.array([x]))[0]), w[i], w[i + 1], xtol=1e-14)
        except ValueError:  # a gap of the domain lies between
            continue
        if abs(float(f(np.array([root]))[0])) < 1e-6 * max(1.0, abs(root)):
            found.append(float(root))
    return tuple(sorted(found)[:most])
