"""What "A real network" puts into tables: theory beside measurement, and the run for the CSV."""

from __future__ import annotations

import numpy as np

from convcore.charts.picture import Columns
from convcore.descent import Trajectory
from convcore.labkit.tables import Facts
from convcore.labkit.words import count, num, percent
from convcore.labs.real_network_words import Account, rises, share_of_limit
from convcore.labs.training import HERE, Readings
from convcore.optimizers import GradientDescent

BLANK = "–"  # of a cell with nothing to say


def facts(told: Account) -> Facts:
    """Theory beside measurement."""
    run, readings = told.run, told.readings
    rows = [("weights n", BLANK, f"{told.net.n:,}")]
    share, limit = readings.share, readings.limit
    if np.isfinite(limit).any():
        rows += [
            (
                f"sharpness at {told.place(-1)}, beside {told.lab.optimizer.limit_words}",
                num(limit[-1]),
                num(readings.sharpness[-1]),
            ),
            (
                "sharpness/limit, mean of the later half",
                "below 1 to converge",
                share_of_limit(readings.late, 4),
            ),
            ("largest sharpness/limit", BLANK, num(float(share.max()), 4)),
            (
                f"first read step with at least {percent(HERE)} of the limit",
                BLANK,
                "none" if readings.crossing is None else count(readings.crossing),
            ),
        ]
        if isinstance(told.lab.optimizer, GradientDescent):
            stable = bool((share[: len(readings.foreseen)] < 1).all())
            rows.append(
                (
                    "steps at which E rises",
                    "0 while λ_max < 2/η" if stable else "possible where λ_max > 2/η",
                    count(rises(run)),
                )
            )
    if len(readings.spectra):
        last = int(readings.at[-1])
        for place, s in (("the start", 0), (told.place(last), -1)):
            negative, zero, positive = readings.signs(s)
            rows.append(
                (
                    f"eigenvalues at {place}: negative, zero, positive",
                    "none negative if E were convex",
                    f"{negative}, {zero}, {positive}",
                )
            )
        best = readings.best_along(-1)
        if np.isfinite(best) and (top := float(readings.sharpness[last])) > 0:
            rows.append(
                (
                    f"best step size along the sharpest direction, at {told.place(last)}",
                    f"η_opt = 1/λ_max = {num(1 / top)}",
                    num(best / top) + (" (seen from aside)" if readings.aside[-1] else ""),
                )
            )
    rows.append(("how it ends", BLANK, told.ending()))
    return Facts(("a quantity", "by the quadratic theory", "measured"), tuple(rows))


def record(run: Trajectory, readings: Readings) -> Columns:
    """The run as a table: the sharpness where it was read; no η goes with the last step."""
    last = int(run.length)
    sharpness: list[float | str] = [""] * (last + 1)
    for k, value in zip(readings.k.tolist(), readings.sharpness.tolist(), strict=True):
        sharpness[k] = value
    return {
        "step": np.arange(last + 1),
        "eta": [*run.eta[:last].tolist(), ""],
        "E": run.loss[: last + 1],
        "sharpness": sharpness,
    }
