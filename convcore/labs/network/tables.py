"""The tables of "A real network": the quadratic theory compared with measurements, and costs."""

from __future__ import annotations

import numpy as np

from convcore.labkit.tables import Facts
from convcore.labkit.words import count, num, percent
from convcore.labs.network.cost import costs
from convcore.labs.network.readings import REACHED
from convcore.labs.network.study import NEGATIVE, RealNetworkStudy
from convcore.labs.network.words import ending, place, share_of_limit

BLANK = "–"  # an empty cell


def facts(study: RealNetworkStudy) -> tuple[Facts, ...]:
    """Theory and measurement, and what a Hessian costs."""
    return (_theory(study), costs(study.net.n, len(study.net.inputs)))


def _theory(study: RealNetworkStudy) -> Facts:
    rows = [
        ("weights n", BLANK, f"{study.net.n:,}"),
        *(_sharpness(study) if study.limited else []),
        *(_curvature(study) if len(study.readings.spectra) else []),
        ("how it ends", BLANK, ending(study)),
    ]
    return Facts(("a quantity", "by the quadratic theory", "measured"), tuple(rows))


def _sharpness(study: RealNetworkStudy) -> list[tuple[str, str, str]]:
    settings, readings = study.settings, study.readings
    rows = [
        (
            f"sharpness at {place(study, -1)}, beside {settings.optimizer.limit_words}",
            num(readings.limit[-1]),
            num(readings.sharpness[-1]),
        ),
        (
            "sharpness/limit, mean of the later half",
            "below 1 to converge",
            share_of_limit(readings.late, 4),
        ),
        ("largest sharpness/limit", BLANK, num(float(readings.share.max()), 4)),
        (
            f"first read step with at least {percent(REACHED)} of the limit",
            BLANK,
            "none" if readings.crossing is None else count(readings.crossing),
        ),
    ]
    if settings.optimizer.plain:
        stable = study.stable_throughout
        rows.append(
            (
                "steps at which E rises",
                "0 while λₘₐₓ < 2/η" if stable else "possible where λₘₐₓ > 2/η",
                count(study.rises),
            )
        )
    return rows


def _curvature(study: RealNetworkStudy) -> list[tuple[str, str, str]]:
    readings, last = study.readings, int(study.readings.at[-1])
    end = place(study, last)
    rows = []
    for where, s in (("the start", 0), (end, -1)):
        negative, zero, positive = study.signs[s]
        clear = f" ({study.clearly_negative(s)} below {num(-NEGATIVE)})"
        rows.append(
            (
                f"eigenvalues at {where}: negative, zero, positive",
                "none negative if E were convex",
                f"{negative}{clear * (study.zero(s) < NEGATIVE)}, {zero}, {positive}",
            )
        )
    best = readings.best_along(-1)
    if np.isfinite(best) and (top := float(readings.sharpness[last])) > 0:
        rows.append(
            (
                f"best step size along the sharpest direction, at {end}",
                f"ηₒₚₜ = 1/λₘₐₓ = {num(1 / top)}",
                num(best / top) + (" (seen from aside)" if readings.shifted[-1] else ""),
            )
        )
    return rows
