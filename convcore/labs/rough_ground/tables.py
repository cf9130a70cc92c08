"""The tables of "Rough ground": how each run ended, and the stationary points in view."""

from __future__ import annotations

from convcore.descent.theory import PointKind
from convcore.labkit.tables import Facts
from convcore.labkit.words import count, num
from convcore.labs.rough_ground.study import RoughStudy
from convcore.labs.rough_ground.words import ended, place
from convcore.sweeps.stationary import StationaryPoint

NAMED = 12  # stationary points that are named in the table


def facts(study: RoughStudy) -> tuple[Facts, ...]:
    """How each run ended, and where it could."""
    return (_by_run(study), _by_point(study))


def _by_run(study: RoughStudy) -> Facts:
    """How each run ended: how far Ση could take it, and where it went."""
    rows = []
    for name, called in study.scene.run_names().items():
        run = study.runs[name]
        rows.append(
            (
                called + (" (this run)" if name == "run" else ""),
                num(float(run.taken.sum())),
                num(float(run.taken[-1])),
                ", ".join(num(x, 5) for x in run.path.w[-1]),
                num(float(run.path.loss[-1]), 5),
                "–" if run.rests_from is None else count(run.rests_from),
                ended(study, name),
            )
        )
    what = "run" if study.scene.rivals else "schedule"
    heads = (what, "Σ ηₖ", "last ηₖ", "w at the end", "E", "steps until ∇E is at 10⁻⁶")
    return Facts((*heads, "how it ends"), tuple(rows))


def _limit(point: StationaryPoint) -> str:
    """Up to which η plain descent stays at a point."""
    if point.kind.is_minimum:
        return num(point.limit)
    if point.kind is PointKind.DEGENERATE and min(point.curvatures) >= 0:
        return "not shown by the Hessian"
    return "none: no η holds it"


def _by_point(study: RoughStudy) -> Facts:
    """The stationary points in view, named, with their curvatures and 2ηₒₚₜ."""
    rows = [
        (
            point.kind.value,
            place(point),
            num(round(point.value, 12) + 0.0, 6),
            ", ".join(num(v) for v in point.curvatures),
            _limit(point),
        )
        for point in study.points[:NAMED]
    ]
    curvature = "E″" if study.scene.objective.n == 1 else "eigenvalues of the Hessian"
    limit = "2ηₒₚₜ = 2/λₘₐₓ, for gradient descent"
    return Facts(("stationary point", "where", "E", curvature, limit), tuple(rows))
