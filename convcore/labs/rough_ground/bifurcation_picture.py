"""The bifurcation diagram drawn, and the η at which each kind of orbit begins."""

from __future__ import annotations

from functools import lru_cache

from convcore.charts.picture import Columns, Picture, row
from convcore.labkit.second_view import SecondView
from convcore.labkit.tables import Facts
from convcore.labkit.words import num
from convcore.labs.rough_ground.bifurcation import Bifurcation, Diagram, Orbit
from convcore.labs.rough_ground.chart_sweeps import BIFURCATION, density
from convcore.labs.rough_ground.picture_parts import limit_marks
from convcore.labs.rough_ground.study import RoughStudy
from convcore.labs.rough_ground.words import origin, place

WORDS = {
    Orbit.RESTS: "rests at a point",
    Orbit.PERIOD_2: "period 2",
    Orbit.PERIOD_4: "period 4",
    Orbit.PERIOD_8: "period 8",
    Orbit.PERIOD_3: "period 3",
    Orbit.NO_PERIOD: "bounded, no period",
    Orbit.GONE: "diverges or leaves the domain",
}
CHAOS = "chaos: bounded, and neighbours part"  # as measured for plain descent


def bifurcation_view(study: RoughStudy, second: Bifurcation, found: Diagram) -> SecondView:
    """The diagram and its table."""
    scene, (low, high), (ylo, yhi) = study.scene, found.xs, found.ys
    tables: dict[str, Columns] = {
        "t": row(x=scene.eta, y=ylo, xlo=low, xhi=high, ylo=ylo, yhi=yhi),
        "map": {"url": [_image(found)]},
        "limits": limit_marks(study, low, high),
    }
    facts = Facts(("what the orbit does", "first at η", "in theory"), _rows(study, found))
    width = found.hits.shape[1]
    about = (
        f"{width} step sizes, for each a run from {origin(scene)}; {found.transient} steps are "
        f"thrown away and the next {found.kept} points drawn"
        + (" (their first weight)" if scene.objective.n > 1 else "")
        + ". As η grows: "
        + "; ".join(f"{what} from η = {eta}" for what, eta, _ in facts.rows)
        + "."
        + (
            f" {found.late} of the {width} had not settled when their points were drawn: near the η "
            "at which a period doubles orbits settle slowly, so it is seen a little later."
            if found.late
            else ""
        )
        + _crisis(study)
    )
    return SecondView(Picture("orbits", BIFURCATION, tables, about), (facts,))


def _crisis(study: RoughStudy) -> str:
    """From which η on no start stays at the minimum that small steps lead to."""
    at = study.crisis
    if at is None or study.home is None:
        return ""
    leaves = f"almost every start leaves the basin of {place(study.home)}"
    return f" From the crisis at η = {num(at)} on {leaves}."


@lru_cache(maxsize=48)  # by identity: another η does not change the diagram
def _image(found: Diagram) -> str:
    """The diagram as a data URI."""
    return density(found.hits)


def _rows(study: RoughStudy, found: Diagram) -> tuple[tuple[str, str, str], ...]:
    """What the orbit does, the first η of the sweep at which it does so, and what theory says."""
    plain, home = study.scene.plain, study.home
    rows = []
    for onset in found.onsets:
        doubles = plain and home and onset.orbit is Orbit.PERIOD_2
        rows.append(
            (
                CHAOS if plain and onset.orbit is Orbit.NO_PERIOD else WORDS[onset.orbit],
                num(onset.eta) + (", the first drawn" if onset.first else ""),
                f"2ηₒₚₜ = {num(home.limit)}" if doubles and home else "–",
            )
        )
    return tuple(rows)
