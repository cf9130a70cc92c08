"""What a Hessian costs, for the page: counted for this network and for larger ones, and timed here."""

from __future__ import annotations

import math

import numpy as np

from convcore.arrays import Array
from convcore.charts.picture import Columns, Picture, short
from convcore.labkit.tables import Facts
from convcore.labkit.words import num
from convcore.labs.network.chart_cost import COST
from convcore.network.hessian_cost import Timings, count_costs

# Lines of stored bytes: the key in the picture, the name among the counted costs.
STORED = {
    "gradient": "gradient",
    "product": "Hessian·vector",
    "L-BFGS": "L-BFGS step",
    "hessian": "full Hessian",
}


def costs(n: int, points: int) -> Facts:
    """The table of counted costs: of n weights on a batch of points, and of larger networks."""
    sizes = (n, 1e5, 1e6, 1e9, 1e12)
    rows = [
        (f"n = {num(size, 3)}", *(line.words() for line in count_costs(size, points)))
        for size in sizes
    ]
    heads = tuple(line.name for line in count_costs(n, points))
    said = f"bytes stored; operations, for n weights and a batch of {points} points"
    return Facts((said, *heads), tuple(rows))


def cost_lines(n: int, points: int) -> Columns:
    """log₁₀ of the counted operations for a batch of points, by log₁₀ of the weights; the last row is n.

    The columns: gradient, full Hessian, Newton's solve.
    """
    size = 10.0 ** np.arange(0, 13, 3)
    rows = [
        {cost.name: math.log10(cost.operations) for cost in count_costs(x, points)}
        for x in [*size.tolist(), float(n)]
    ]
    return {
        "n": short(np.log10([*size, n])),
        "gradient": short([row["gradient"] for row in rows]),
        "hessian": short([row["full Hessian"] for row in rows]),
        "solve": short([row["Newton's solve"] for row in rows]),
        "here": np.array([0] * len(size) + [1], dtype=np.int8),
    }


def cost_picture(timings: Timings) -> Picture:
    """Bytes and seconds against the number of weights: measured here, then extrapolated."""
    n = 10.0 ** np.arange(2, 12.5, 0.5)
    counts = [{line.name: line for line in count_costs(float(x))} for x in n]
    lines: dict[str, list[object]] = {"panel": [], "what": [], "n": [], "y": []}

    def add(panel: str, what: str, x: Array, y: Array) -> None:
        lines["panel"] += [panel] * len(x)
        lines["what"] += [what] * len(x)
        lines["n"] += np.log10(x).tolist()
        lines["y"] += np.log10(y).tolist()

    for what, name in STORED.items():
        add("bytes", what, n, np.array([of[name].bytes for of in counts]))
    for what in ("gradient", "product", "hessian", "solve"):
        add("seconds", what, n, timings.extrapolate(what, n))
    seen: dict[str, list[object]] = {"what": [], "n": [], "y": []}
    for what in ("gradient", "product", "hessian", "solve"):
        seen["what"] += [what] * len(timings.n)
        seen["n"] += np.log10(timings.n).tolist()
        seen["y"] += np.log10(getattr(timings, what)).tolist()
    last, times = float(timings.n[-1]), float(timings.product[-1] / timings.gradient[-1])
    about = (
        f"At n = {num(last)} a Hessian-vector product took {num(times, 2)} times as long as a gradient "
        f"here (3 by the count), and the full Hessian {num(float(timings.hessian[-1]), 2)} seconds; at "
        f"10⁶ it would take {num(float(timings.extrapolate('hessian', np.array(1e6))), 2)} seconds."
    )
    return Picture("cost", COST, {"lines": lines, "seen": seen}, about)
