"""What is given before a run: the picture of a function of one or two weights, and what is set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from convcore.arrays import Array
from convcore.charts import given
from convcore.charts.landscape import landscape
from convcore.charts.picture import Picture, short
from convcore.descent.schedules import Constant, Schedule
from convcore.labkit.curves import padded, pieces
from convcore.labkit.functions import FromGallery, FunctionSource, around
from convcore.labkit.words import num
from convcore.objectives.gallery import BY_KEY

FEW = 50  # letters of a formula that goes without its function's name


def of_function(source: FunctionSource, start: Array, told: Iterable[str]) -> Picture:
    """The picture of a function with a start (n,). told: what else is set."""
    objective, view = source.objective(), around(source.view(), start)
    about = set_here(_formula(source), f"start w₀ = {vector(start.tolist())}", *told)
    if objective.n == 2:
        x, y = start.tolist()
        names = "first weight", "second weight"
        return given.plane(landscape(objective, view), (x, y), (view[0], view[1]), names, about)
    ((low, high),) = view
    w = np.linspace(low, high, 241)
    E, first = objective.value(w[:, None]), float(objective.value(start))
    known = E[np.isfinite(E)]
    ends = min(float(known.min()), first), max(float(np.quantile(known, 0.96)), first)
    heights = padded(*ends, 0.1, rounding=1e-9)
    return of_curve(w, E, (float(start[0]), first), heights, about)


def of_curve(
    w: Array, E: Array, start: tuple[float, float], heights: tuple[float, float], about: str
) -> Picture:
    """The picture of E (m,) over w (m,), with the ends of E's axis."""
    line = pieces(w, E, "y")
    columns = {"x": line["w"], "y": short(line["y"]), "piece": line["piece"]}
    view = (float(w[0]), float(w[-1])), heights
    return given.curve(columns, start, view, about)


def set_here(*told: str) -> str:
    """What is set, in one sentence (Markdown)."""
    return f"Set here: {'; '.join(filter(None, told))}."


def vector(w: Sequence[float]) -> str:
    """Weights in words: 3.5, or (3.3, 0.4)."""
    said = ", ".join(map(num, w))
    return said if len(w) == 1 else f"({said})"


def schedule(plan: Schedule) -> str:
    """How η changes; "" if it does not."""
    return "" if isinstance(plan, Constant) else f"schedule: {plan.label}"


def _formula(source: FunctionSource) -> str:
    """The formula, or the name of one that is long."""
    formula = source.objective().formula.latex()
    if isinstance(source, FromGallery) and len(BY_KEY[source.name].text) > FEW:
        return f"E is “{BY_KEY[source.name].title}”"
    return f"$E = {formula}$"
