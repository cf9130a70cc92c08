"""The bifurcation diagram of "Rough ground": what a fixed step size keeps visiting."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from convcore.bifurcation import Orbits, bifurcation, lyapunov
from convcore.charts.picture import Columns, Picture, row
from convcore.charts.rough_sweeps import BIFURCATION, density
from convcore.descent import Status
from convcore.knobs import Whole
from convcore.labkit.tables import Facts
from convcore.labkit.words import num
from convcore.labs.rough_scene import (
    MAPS,
    Drawn,
    Scene,
    Second,
    downhill,
    limit_marks,
    limits_of,
    origin,
)
from convcore.optimizers import Search
from convcore.workers import Report, paced

SWEEP = (480, 240)  # step sizes and levels of the diagram
SLOW = (96, 100)  # step sizes and transient of a method that takes milliseconds for a step
MARKED = 9  # stationary points whose limits are marked


@dataclass(frozen=True)
class Bifurcation(Second):
    """η → the points that the orbit keeps visiting."""

    transient: Annotated[
        int, Whole("transient", "steps before the points are drawn", 100, 2000)
    ] = 600
    label = "bifurcation diagram"

    def key(self, scene: Scene) -> Hashable:
        start = tuple(scene.origin.tolist())
        reach = _reach(scene)
        return ("orbits", scene.objective, start, reach, scene.optimizer, self.transient)

    def draw(self, scene: Scene, report: Report | None) -> Drawn:
        (low, high), height = _reach(scene), SWEEP[1]
        slow = scene.optimizer.search is Search.MINIMUM
        width, transient = SLOW if slow else (SWEEP[0], self.transient)
        etas = low + (np.arange(width) + 0.5) / width * (high - low)
        made = MAPS.held(
            self.key(scene),
            lambda: bifurcation(
                scene.objective, scene.origin, etas, scene.optimizer, transient,
                report=paced(report),
            ),
        )  # fmt: skip
        w = made.w[:, made.stays, 0]
        ylo, yhi = (float(w.min()), float(w.max())) if w.size else (-1.0, 1.0)
        pad = 0.06 * (yhi - ylo) or 1.0
        ylo, yhi = ylo - pad, yhi + pad
        columns = np.broadcast_to(np.flatnonzero(made.stays), w.shape)
        rows = np.minimum(((w - ylo) / (yhi - ylo) * height).astype(int), height - 1)
        hits = np.zeros((height, width), dtype=np.int64)
        np.add.at(hits, (rows, columns), 1)
        tables: dict[str, Columns] = {
            "t": row(x=scene.eta, y=ylo, xlo=low, xhi=high, ylo=ylo, yhi=yhi),
            "map": {"url": [density(hits)]},
            "limits": limit_marks(scene, low, high, MARKED),
        }
        facts = Facts(
            ("what the orbit does", "first at η", "in theory"), tuple(_changes(scene, made))
        )
        late = int((made.stays & (made.status == Status.OUT_OF_STEPS)).sum())
        about = (
            f"{width} step sizes, for each a run from {origin(scene)}; {transient} steps are thrown "
            f"away and the next {len(made.w)} points drawn"
            + (" (their first weight)" if scene.objective.n > 1 else "")
            + ". As η grows: "
            + "; ".join(f"{what} from η = {eta}" for what, eta, _ in facts.rows)
            + "."
            + (
                f" {late} of the {width} had not settled when their points were drawn: near the η at "
                "which a period doubles orbits settle slowly, so it is seen a little later."
                if late
                else ""
            )
        )
        return Drawn(Picture("orbits", BIFURCATION, tables, about), facts)


def _reach(scene: Scene) -> tuple[float, float]:
    """The smallest and the largest η of the bifurcation diagram."""
    if scene.optimizer.relative:
        return 0.05, 2.6
    limits = limits_of(scene)
    # Within a factor of ten: a needle among wide valleys would take all of the diagram's room.
    high = 2.2 * max(limits)
    return max(0.3 * min(limits), 0.01 * high), high


def _changes(scene: Scene, orbits: Orbits) -> list[tuple[str, str, str]]:
    """What the orbit does, the first η of the sweep at which it does so, and what theory says."""
    chaos = (orbits.period == 0) & orbits.stays
    if scene.plain:
        # Near a doubling orbits settle slowly; there is no period only where neighbours part.
        chaos &= lyapunov(scene.objective, orbits) > 0.01
    else:
        chaos &= orbits.status == Status.BOUNDED
    home = downhill(scene.objective, tuple(scene.origin.tolist()), scene.points)
    seen = [
        ("rests at a point", orbits.period == 1, ""),
        (
            "period 2",
            orbits.period == 2,
            f"2η_opt = {num(home.limit)}" if home and scene.plain else "",
        ),
        *((f"period {p}", orbits.period == p, "") for p in (4, 8, 3)),
        ("chaos: bounded, and neighbours part" if scene.plain else "bounded, no period", chaos, ""),
        ("diverges or leaves the domain", ~orbits.stays, ""),
    ]
    found = [(int(hit.argmax()), what, said) for what, hit, said in seen if hit.any()]
    return [
        (what, num(float(orbits.eta[at])) + ("" if at else ", the first drawn"), said or "–")
        for at, what, said in sorted(found, key=lambda row: row[0])
    ]
